// SPDX-License-Identifier: GPL-2.0-only
/* BARs that the host keeps. */
#include <errno.h>

#include "model_test.h"

#define DEV 2

static void region_map(struct lab *l, unsigned int region, const char *owner, int64_t ret)
{
	union vs_event ev = lab_event(l, VS_REGION_MAP, VMM);

	ev.h.ret = ret;
	ev.region.dev = l->dev[DEV].ptr;
	ev.region.region = region;
	ev.region.bytes = 1 << 20;
	ev.region.iommu_group = 13;
	SET_STRING(ev.region.name, l->dev[DEV].name);
	snprintf(ev.region.owner, sizeof(ev.region.owner), "%s", owner);
	lab_emit(l, &ev);
}

static void boot_framebuffer(void **state)
{
	struct lab *l = *state;

	df_open(l, VMM, DEV);
	region_map(l, 1, "efifb", -EBUSY);
	assert_one_finding(l, VS_RULE_BAR_BUSY);
	assert_int_equal(l->finding[0].severity, VS_ERROR);
	assert_string_equal(l->finding[0].device, l->dev[DEV].name);
	EVIDENCE(&l->finding[0], VS_REGION_MAP);
	assert_says(l->said_cause, "BAR 1 of");
	assert_says(l->said_cause, "belongs to efifb on the host");
	assert_says(l->said_cause, "initcall_blacklist=sysfb_init");
}

static void another_owner(void **state)
{
	struct lab *l = *state;

	region_map(l, 0, "ramoops\033[2J", -EBUSY);
	assert_one_finding(l, VS_RULE_BAR_BUSY);
	assert_says(l->said_cause, "belongs to ramoops\\x1b[2J on the host (/proc/iomem).");
}

static void owner_that_is_not_known(void **state)
{
	struct lab *l = *state;

	region_map(l, 0, "", -EBUSY);
	assert_one_finding(l, VS_RULE_BAR_BUSY);
	assert_says(l->said_cause, "by whom is not known");
	assert_says(l->said_cause, "/resource) in /proc/iomem.");
}

/* A VMM maps a BAR in pieces, and again as the guest moves it. */
static void once_for_each_open_and_bar(void **state)
{
	struct lab *l = *state;

	df_open(l, VMM, DEV);
	region_map(l, 0, "efifb", -EBUSY);
	region_map(l, 0, "efifb", -EBUSY);
	region_map(l, 1, "efifb", -EBUSY);
	region_map(l, 70, "", -EBUSY);
	region_map(l, 71, "", -EBUSY);
	assert_int_equal(count_rule(l, VS_RULE_BAR_BUSY), 3);
	dev_close(l, VMM, DEV);
	df_open(l, VMM, DEV);
	region_map(l, 0, "efifb", -EBUSY);
	assert_int_equal(count_rule(l, VS_RULE_BAR_BUSY), 4);
}

static void what_is_no_owner(void **state)
{
	struct lab *l = *state;

	df_open(l, VMM, DEV);
	region_map(l, 0, "", 0);
	region_map(l, 4, "", -EINVAL); /* the page with the MSI-X table */
	region_map(l, 0, "", -EAGAIN);
	assert_int_equal(count_rule(l, VS_RULE_BAR_BUSY), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(boot_framebuffer),	       TEST(another_owner),
		TEST(owner_that_is_not_known), TEST(once_for_each_open_and_bar),
		TEST(what_is_no_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
