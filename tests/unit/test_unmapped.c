// SPDX-License-Identifier: GPL-2.0-only
/* Devices in a container that has lost its maps. */
#include "model_test.h"

#define DEV 0 /* in group 0 */
#define CONTAINER 0xffff888000500000

static void set_iommu(struct lab *l)
{
	union vs_event ev = lab_event(l, VS_SET_IOMMU, VMM);

	ev.set_iommu.iommu_group = -1;
	lab_emit(l, &ev);
}

/* In a container that has its IOMMU for the second time. */
static void opened(struct lab *l)
{
	set_iommu(l);
	set_iommu(l);
	dev_open(l, VMM, DEV);
}

static void found_unmapped(struct lab *l, uint64_t container, bool unmapped)
{
	union vs_event ev = lab_event(l, VS_FOUND_CONTAINER, VMM);

	ev.found_container.container = container;
	ev.found_container.unmapped = unmapped;
	SET_STRING(ev.found_container.driver, "vfio-iommu-type1");
	lab_emit(l, &ev);
}

static void look_begins(struct lab *l)
{
	union vs_record rec = make_record(VS_LOOK_AGAIN, l->now, 0);

	rec.h.lost = l->lost;
	lab_feed(l, &rec);
}

static void look_at(struct lab *l, bool unmapped)
{
	look_begins(l);
	found_group(l, 0, VMM, CONTAINER);
	found_unmapped(l, CONTAINER, unmapped);
	found_device_at(l, lab_reserve(l), DEV, VMM);
	look_done(l);
}

static void later(struct lab *l, uint64_t ns)
{
	l->now += ns;
	tick(l, l->now);
}

static void nothing_is_mapped(void **state)
{
	struct lab *l = *state;

	opened(l);
	later(l, 4 * SEC);
	look_at(l, true); /* somebody else's: it is too early */
	assert_int_equal(count_rule(l, VS_RULE_NO_DMA_MAPS), 0);
	later(l, 2 * SEC);
	look_at(l, true);
	assert_int_equal(count_rule(l, VS_RULE_NO_DMA_MAPS), 1);
	assert_rule(last_finding(l), VS_RULE_NO_DMA_MAPS);
	assert_int_equal(last_finding(l)->severity, VS_WARNING);
	assert_string_equal(last_finding(l)->device, l->dev[DEV].name);
	assert_says(l->said_cause, "The last group that leaves a container takes the IOMMU");
	EVIDENCE(last_finding(l), VS_DEV_OPEN);
	later(l, 60 * SEC);
	look_at(l, true);
	assert_int_equal(count_rule(l, VS_RULE_NO_DMA_MAPS), 1);
}

static void set_up_once(void **state)
{
	struct lab *l = *state;

	set_iommu(l);
	dev_open(l, VMM, DEV);
	later(l, 6 * SEC);
	look_at(l, true);
	assert_int_equal(count_rule(l, VS_RULE_NO_DMA_MAPS), 0);
}

/* As DPDK does. */
static void mapped_after_the_open(void **state)
{
	struct lab *l = *state;

	opened(l);
	later(l, 6 * SEC);
	look_at(l, false);
	look_at(l, true); /* all was unmapped later */
	assert_int_equal(count_rule(l, VS_RULE_NO_DMA_MAPS), 0);
}

static void closed_in_time(void **state)
{
	struct lab *l = *state;

	opened(l);
	dev_close(l, VMM, DEV);
	later(l, 6 * SEC);
	look_at(l, true);
	assert_int_equal(count_rule(l, VS_RULE_NO_DMA_MAPS), 0);
}

static void without_a_look_nothing_is_certain(void **state)
{
	struct lab *l = *state;

	opened(l);
	later(l, 60 * SEC);
	look_at(l, true);
	assert_int_equal(count_rule(l, VS_RULE_NO_DMA_MAPS), 0);
}

/* The group's container is not among what was found. */
static void container_that_was_not_found(void **state)
{
	struct lab *l = *state;

	opened(l);
	later(l, 6 * SEC);
	look_begins(l);
	look_done(l);
	assert_int_equal(count_rule(l, VS_RULE_NO_DMA_MAPS), 0);
}

/* With a virtual IOMMU: the guest maps nothing for a device whose driver it has not loaded. */
static void container_for_each_device(void **state)
{
	struct lab *l = *state;

	set_iommu(l);
	dev_open(l, VMM, 2);
	set_iommu(l);
	dev_open(l, VMM, DEV);
	later(l, 6 * SEC);
	look_begins(l);
	found_group(l, 0, VMM, CONTAINER);
	found_group(l, 1, VMM, CONTAINER + 4096);
	found_unmapped(l, CONTAINER, true);
	found_unmapped(l, CONTAINER + 4096, true);
	found_device_at(l, lab_reserve(l), DEV, VMM);
	found_device_at(l, lab_reserve(l), 2, VMM);
	look_done(l);
	assert_int_equal(count_rule(l, VS_RULE_NO_DMA_MAPS), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_mapped),
		TEST(set_up_once),
		TEST(mapped_after_the_open),
		TEST(closed_in_time),
		TEST(without_a_look_nothing_is_certain),
		TEST(container_that_was_not_found),
		TEST(container_for_each_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
