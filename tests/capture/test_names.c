// SPDX-License-Identifier: GPL-2.0-only
/* When a device is announced. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../user/capture/names.h"
#include "../../user/core/event/decode.h"

#define UUID "aa618089-8b16-4d01-a136-25a0f3c73123"

/* What came through. */
struct told {
	unsigned int infos; /* DEV_INFO */
	int group; /* of the last */
};

static int take(void *ctx, const union vs_record *rec)
{
	struct told *told = ctx;

	if (rec->h.kind != VS_DEV_INFO)
		return 0;
	assert_string_equal(rec->dev_info.name, UUID);
	told->infos++;
	told->group = rec->dev_info.iommu_group;
	return 0;
}

static void opened(struct vs_names *names, struct told *told, uint64_t dev, int group)
{
	union vs_record rec;

	vs_record_init(&rec, VS_DEV_OPEN, 1);
	rec.ev.dev.dev = dev;
	rec.ev.dev.iommu_group = group;
	strcpy(rec.ev.dev.name, UUID);
	assert_int_equal(vs_names_pass(names, &rec, take, told), 0);
}

static int begin_names(void **state)
{
	*state = vs_names_new();
	return *state ? 0 : -1;
}

static int end_names(void **state)
{
	vs_names_free(*state);
	return 0;
}

#define NAMES_TEST(name) cmocka_unit_test_setup_teardown(name, begin_names, end_names)

static void once_for_a_device(void **state)
{
	struct vs_names *names = *state;
	struct told told = { 0 };

	opened(names, &told, 0x1000, 12);
	opened(names, &told, 0x1000, 12);
	assert_int_equal(told.infos, 1);
	assert_int_equal(told.group, 12);
}

/* As a mediated device that is made anew for each VM. */
static void another_device_of_the_name(void **state)
{
	struct vs_names *names = *state;
	struct told told = { 0 };

	opened(names, &told, 0x1000, 12);
	opened(names, &told, 0x2000, 13);
	assert_int_equal(told.infos, 2);
	assert_int_equal(told.group, 13);
	opened(names, &told, 0x2000, 12);
	assert_int_equal(told.infos, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		NAMES_TEST(once_for_a_device),
		NAMES_TEST(another_device_of_the_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
