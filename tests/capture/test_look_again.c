// SPDX-License-Identifier: GPL-2.0-only
/* When the open files are looked at again: as the model stops to wait, and not before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../user/capture/waits.h"

#define MS 1000000ULL
#define GRACE (1000 * MS)

static void tell(struct vs_waits *w, enum vs_kind kind, uint32_t pid, uint64_t ts, long ret)
{
	union vs_event ev = { 0 };

	ev.h.kind = kind;
	ev.h.pid = ev.h.tid = pid;
	ev.h.ts = ts;
	ev.h.ret = ret;
	vs_waits_note(w, &ev, GRACE);
}

static void an_unbind_that_lasts(void **state)
{
	struct vs_waits w = { 0 };

	(void)state;
	tell(&w, VS_UNBIND_BEGIN, 7, 100 * MS, 0);
	assert_false(vs_waits_late(&w, 1099 * MS));
	assert_true(vs_waits_late(&w, 1100 * MS));
	assert_false(vs_waits_late(&w, 9000 * MS));
}

static void an_unbind_that_ends(void **state)
{
	struct vs_waits w = { 0 };

	(void)state;
	tell(&w, VS_UNBIND_BEGIN, 7, 100 * MS, 0);
	tell(&w, VS_UNBIND, 7, 900 * MS, 0);
	assert_false(vs_waits_late(&w, 9000 * MS));
}

/* The wait begins with the open: the IOMMU may have been set up long before. */
static void an_open_after_a_second_iommu(void **state)
{
	struct vs_waits w = { 0 };

	(void)state;
	tell(&w, VS_SET_IOMMU, 7, 100 * MS, 0);
	tell(&w, VS_SET_IOMMU, 7, 200 * MS, 0);
	tell(&w, VS_DEV_OPEN, 7, 700 * MS, 0);
	assert_false(vs_waits_late(&w, 1600 * MS));
	assert_true(vs_waits_late(&w, 1700 * MS));
}

static void opens_that_are_no_reason(void **state)
{
	struct vs_waits w = { 0 };

	(void)state;
	tell(&w, VS_SET_IOMMU, 7, 100 * MS, 0);
	tell(&w, VS_DEV_OPEN, 7, 200 * MS, 0);
	tell(&w, VS_SET_IOMMU, 7, 300 * MS, -22);
	tell(&w, VS_DEV_OPEN, 7, 400 * MS, 0);
	tell(&w, VS_SET_IOMMU, 7, 500 * MS, 0);
	tell(&w, VS_DEV_OPEN, 7, 600 * MS, -22);
	tell(&w, VS_DEV_OPEN, 8, 600 * MS, 0);
	tell(&w, VS_DEV_OPEN, 7, 700 * MS, 0);
	tell(&w, VS_DEV_CLOSE, 7, 800 * MS, 0);
	assert_false(vs_waits_late(&w, 9000 * MS));
}

/* Of too many the later ones are left out, and those that were in time are not. */
static void more_than_there_is_room_for(void **state)
{
	struct vs_waits w = { 0 };
	uint32_t tid;

	(void)state;
	for (tid = 1; tid <= VS_WAITS_MAX + 4; tid++)
		tell(&w, VS_UNBIND_BEGIN, tid, 100 * MS, 0);
	for (tid = 1; tid <= VS_WAITS_MAX + 4; tid++)
		tell(&w, VS_UNBIND, tid, 200 * MS, 0);
	assert_false(vs_waits_late(&w, 9000 * MS));
	tell(&w, VS_UNBIND_BEGIN, 1, 300 * MS, 0);
	assert_true(vs_waits_late(&w, 1300 * MS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unbind_that_lasts),
		cmocka_unit_test(an_unbind_that_ends),
		cmocka_unit_test(an_open_after_a_second_iommu),
		cmocka_unit_test(opens_that_are_no_reason),
		cmocka_unit_test(more_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
