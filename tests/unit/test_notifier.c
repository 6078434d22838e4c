// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernels that notify drivers of their VM (5.10): devices hold no kvm pointer,
 * and every file is an open and a close of its own.
 */
#include "model_test.h"

/* The first file decides */

static void registered_first_is_ordered(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	assert_int_equal(l->opened_count, 1);
	assert_int_equal(l->opened[0].open.verdict, VS_VERDICT_ORDERED);
	dev_close(l, VMM, 0);
	assert_int_equal(l->closed_count, 1);
	assert_verdict(l, VS_VERDICT_ORDERED);
	assert_int_equal(last_closed(l)->kvm, 1);
	assert_int_equal(last_closed(l)->vm, 1);
	assert_int_equal(last_closed(l)->open.pid, VMM);
	assert_int_equal(last_closed(l)->open.closed_ns, l->now);
	assert_silent(l);
}

static void add_after_the_first_file_is_a_violation(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	assert_silent(l);
	group_add(l, VMM, 0, 0);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
	assert_int_equal(l->finding[0].vm, 1);
	EVIDENCE(&l->finding[0], VS_DEV_OPEN, VS_GET_DEVICE_FD, VS_GROUP_ADD);
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_VIOLATION);
	assert_int_equal(last_closed(l)->kvm, 0);
	assert_int_equal(l->finding_count, 1);
}

static void never_registered_is_a_violation(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	tick_after(l, 1 * SEC);
	assert_silent(l);
	tick_after(l, 5 * SEC);
	assert_one_finding(l, VS_RULE_OPEN_WITHOUT_ADD);
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_VIOLATION);
	assert_int_equal(l->finding_count, 1);
}

static void user_space_driver_has_no_vm(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, DPDK, 0);
	dev_open(l, DPDK, 0);
	tick_after(l, 60 * SEC);
	dev_close(l, DPDK, 0);
	dev_close(l, DPDK, 0);
	assert_int_equal(l->closed_count, 1);
	assert_int_equal(last_closed(l)->open.opens, 2);
	assert_verdict(l, VS_VERDICT_NO_VM);
	assert_silent(l);
}

/* The group has the VM by then; the first file's driver was told of it late. */
static void a_second_file_changes_nothing(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(l->closed_count, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(l->closed_count, 1);
	assert_verdict(l, VS_VERDICT_VIOLATION);
	assert_int_equal(last_closed(l)->open.opens, 2);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
}

static void a_second_file_after_a_removal(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	group_del(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	tick_after(l, 60 * SEC);
	dev_close(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_one_finding(l, VS_RULE_DEL_WHILE_OPEN);
	assert_verdict(l, VS_VERDICT_ORDERED);
	assert_int_equal(last_closed(l)->kvm, 1);
}

static void opened_again_is_a_new_open(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	group_add(l, VMM, 0, 0);
	dev_close(l, VMM, 0);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(l->closed_count, 2);
	assert_int_equal(l->closed[0].open.verdict, VS_VERDICT_VIOLATION);
	assert_int_equal(l->closed[1].open.verdict, VS_VERDICT_ORDERED);
}

/* Files are counted as they come */

/* A file is taken off the count when its close begins, its record is later. */
static void a_new_file_while_the_last_is_closed(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	df_open_counted(l, VMM, 0, 1);
	group_add(l, VMM, 0, 0);
	df_open_counted(l, VMM, 0, 1);
	assert_int_equal(l->closed_count, 0);
	dev_close_counted(l, VMM, 0, 0);
	assert_int_equal(l->closed_count, 0);
	assert_int_equal(l->opened_count, 1);
	dev_close_counted(l, VMM, 0, 0);
	assert_int_equal(l->opened_count, 1);
	assert_int_equal(l->closed_count, 1);
	assert_verdict(l, VS_VERDICT_VIOLATION);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
}

/* Two closes have begun before the first is told. */
static void closes_that_count_nothing_left(void **state)
{
	struct lab *l = *state;
	unsigned int i;

	dev_open(l, DPDK, 0);
	dev_open(l, DPDK, 0);
	dev_open(l, DPDK, 0);
	for (i = 0; i < 3; i++) {
		assert_int_equal(l->closed_count, 0);
		dev_close_counted(l, DPDK, 0, 0);
	}
	assert_int_equal(l->opened_count, 1);
	assert_int_equal(l->closed_count, 1);
	assert_verdict(l, VS_VERDICT_NO_VM);
}

/* The last of them has been told of first: it counts one left. */
static void closes_told_in_another_order(void **state)
{
	struct lab *l = *state;

	dev_open(l, DPDK, 0);
	dev_open(l, DPDK, 0);
	dev_close_counted(l, DPDK, 0, 0);
	assert_int_equal(l->closed_count, 0);
	dev_close_counted(l, DPDK, 0, 1);
	assert_int_equal(l->closed_count, 1);
	assert_int_equal(l->opened_count, 1);
}

static void other_devices_of_the_group_count_for_themselves(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 1);
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_VIOLATION);
	dev_close(l, VMM, 1);
	assert_verdict(l, VS_VERDICT_ORDERED);
	assert_int_equal(l->closed_count, 2);
}

/* A file that went by nobody's look: it was not counted when it came, either. */
static void close_of_an_uncounted_file(void **state)
{
	struct lab *l = *state;

	dev_open(l, DPDK, 0);
	dev_close_uncounted(l, DPDK, 0);
	assert_int_equal(l->closed_count, 0);
	dev_close(l, DPDK, 0);
	assert_int_equal(l->closed_count, 1);
	assert_verdict(l, VS_VERDICT_NO_VM);
}

static void close_of_an_uncounted_file_alone(void **state)
{
	struct lab *l = *state;

	dev_close_uncounted(l, DPDK, 0);
	assert_int_equal(l->closed_count, 1);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
	assert_silent(l);
}

/* Both counted before either is told: the first of them is not known to be it. */
static void two_first_files_at_a_time(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	df_open_counted(l, VMM, 0, 2);
	group_add(l, VMM, 0, 0);
	df_open_counted(l, VMM, 0, 2);
	dev_close(l, VMM, 0);
	assert_int_equal(l->closed_count, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(l->closed_count, 1);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(l->closed_count, 2);
	assert_verdict(l, VS_VERDICT_ORDERED);
	assert_silent(l);
}

/* What was removed before that, was not removed while they were open. */
static void two_first_files_after_a_removal(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_group(l, 0, 0);
	group_del(l, VMM, 0, 0);
	df_open_counted(l, VMM, 0, 2);
	df_open_counted(l, VMM, 0, 2);
	look(l);
	finish(l);
	assert_silent(l);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
}

/* Nor if the first of them is closed meanwhile, and only the other is shown. */
static void found_after_two_first_files(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_group(l, 0, 0);
	group_del(l, VMM, 0, 0);
	df_open_counted(l, VMM, 0, 2);
	df_open_counted(l, VMM, 0, 1);
	dev_close(l, VMM, 0);
	look(l);
	finish(l);
	assert_silent(l);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
}

/* There was no room to count it, nor for what came next. */
static void files_that_could_not_be_counted(void **state)
{
	unsigned int count;
	struct lab *l = *state;

	for (count = 0; count < 3; count++) {
		restart(l, &defaults);
		vm_create(l, 0, VMM);
		group_add(l, VMM, 0, 0);
		df_open_counted(l, VMM, 0, 0);
		df_open_counted(l, VMM, 0, count);
		finish(l);
		assert_silent(l);
		assert_int_equal(l->opened_count, 1);
		assert_verdict(l, VS_VERDICT_UNKNOWN);
	}
}

/* Never what only kernels with pointers can find */

static void another_vm_later_is_no_mismatch(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_create(l, 1, OTHER);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	group_del(l, VMM, 0, 0);
	group_add(l, OTHER, 1, 0);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_one_finding(l, VS_RULE_DEL_WHILE_OPEN);
	assert_verdict(l, VS_VERDICT_ORDERED);
	assert_int_equal(last_closed(l)->kvm, 1);
	assert_int_equal(last_closed(l)->vm, 1);
}

static void two_vms_at_a_time_are_told_but_are_no_mismatch(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_create(l, 1, OTHER);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	group_add(l, OTHER, 1, 0);
	dev_close(l, VMM, 0);
	assert_one_finding(l, VS_RULE_TWO_VMS);
	assert_verdict(l, VS_VERDICT_ORDERED);
}

static void a_pointer_that_the_group_lost_is_not_lost(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	dev_open(l, VMM, 0);
	group_del(l, VMM, 0, 0);
	dev_close(l, VMM, 0);
	look(l);
	dev_close(l, VMM, 0);
	assert_one_finding(l, VS_RULE_DEL_WHILE_OPEN);
	assert_verdict(l, VS_VERDICT_ORDERED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		NOTIFIER_TEST(registered_first_is_ordered),
		NOTIFIER_TEST(add_after_the_first_file_is_a_violation),
		NOTIFIER_TEST(never_registered_is_a_violation),
		NOTIFIER_TEST(user_space_driver_has_no_vm),
		NOTIFIER_TEST(a_second_file_changes_nothing),
		NOTIFIER_TEST(a_second_file_after_a_removal),
		NOTIFIER_TEST(opened_again_is_a_new_open),
		NOTIFIER_TEST(a_new_file_while_the_last_is_closed),
		NOTIFIER_TEST(closes_that_count_nothing_left),
		NOTIFIER_TEST(closes_told_in_another_order),
		NOTIFIER_TEST(other_devices_of_the_group_count_for_themselves),
		NOTIFIER_TEST(close_of_an_uncounted_file),
		NOTIFIER_TEST(close_of_an_uncounted_file_alone),
		NOTIFIER_TEST(two_first_files_at_a_time),
		NOTIFIER_LOOK_TEST(two_first_files_after_a_removal),
		NOTIFIER_LOOK_TEST(found_after_two_first_files),
		NOTIFIER_TEST(files_that_could_not_be_counted),
		NOTIFIER_TEST(another_vm_later_is_no_mismatch),
		NOTIFIER_TEST(two_vms_at_a_time_are_told_but_are_no_mismatch),
		NOTIFIER_LOOK_TEST(a_pointer_that_the_group_lost_is_not_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
