// SPDX-License-Identifier: GPL-2.0-only
/* The four verdicts, and the rule about a registration that came too late. */
#include "model_test.h"

/* The four verdicts */

static void registered_first_is_ordered(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_name(l, 0, VMM, "web");
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	assert_int_equal(l->opened_count, 1);
	assert_int_equal(l->opened[0].open.verdict, VS_VERDICT_ORDERED);
	dev_close(l, VMM, 0);
	assert_int_equal(l->closed_count, 1);
	assert_verdict(l, VS_VERDICT_ORDERED);
	assert_int_equal(l->finding_count, 0);
	assert_int_equal(last_closed(l)->kvm, 1);
	assert_int_equal(last_closed(l)->vm, 1);
	assert_string_equal(last_closed(l)->vm_name, "web");
}

static void open_tells_who_and_what(void **state)
{
	struct lab *l = *state;
	const struct vs_open *open;
	uint64_t opened, closed;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 1);
	l->tid = VMM + 7;
	l->flags = VS_F_TRACKED;
	df_open(l, VMM, 2);
	opened = l->now;
	dev_close(l, VMM, 2);
	closed = l->now;
	open = &last_closed(l)->open;
	assert_string_equal(open->device, "0000:5e:00.0");
	assert_string_equal(open->driver, "vfio-pci");
	assert_string_equal(open->comm, "vmm");
	assert_int_equal(open->group, 13);
	assert_int_equal(open->pid, VMM);
	assert_int_equal(open->tid, VMM + 7);
	assert_true(open->tracked);
	assert_int_equal(open->opened_ns, opened);
	assert_int_equal(open->closed_ns, closed);
	assert_int_equal(open->opens, 1);
}

static void user_space_driver_has_no_vm(void **state)
{
	struct lab *l = *state;

	dev_open(l, DPDK, 0);
	assert_int_equal(l->opened[0].open.verdict, VS_VERDICT_PENDING);
	tick_after(l, 60 * SEC);
	dev_close(l, DPDK, 0);
	assert_verdict(l, VS_VERDICT_NO_VM);
	assert_int_equal(last_closed(l)->vm, 0);
	assert_int_equal(l->finding_count, 0);
}

static void vm_of_another_process_does_not_matter(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_create(l, 1, OTHER);
	group_add(l, VMM, 0, 1);
	dev_open(l, DPDK, 0);
	vm_create(l, 2, VMM);
	tick_after(l, 60 * SEC);
	dev_close(l, DPDK, 0);
	assert_verdict(l, VS_VERDICT_NO_VM);
	assert_int_equal(l->finding_count, 0);
}

/* A user-space driver that once had a VM, and has none now. */
static void vm_that_is_gone_does_not_matter(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_destroy(l, 0, VMM);
	dev_open(l, VMM, 0);
	tick_after(l, 60 * SEC);
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_NO_VM);
	assert_int_equal(l->finding_count, 0);
}

/* Open before add */

static void add_after_open_is_a_violation(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_name(l, 0, VMM, "web");
	dev_open(l, VMM, 0);
	assert_int_equal(l->finding_count, 0);
	group_add(l, VMM, 0, 0);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
	assert_false(l->finding[0].pending);
	assert_int_equal(l->finding[0].ts, l->now);
	assert_string_equal(l->finding[0].device, "0000:3b:00.0");
	assert_int_equal(l->finding[0].vm, 1);
	assert_string_equal(l->finding[0].vm_name, "web");
	tick_after(l, 60 * SEC);
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_VIOLATION);
	assert_int_equal(last_closed(l)->kvm, 0);
	assert_int_equal(last_closed(l)->vm, 1);
	assert_int_equal(l->finding_count, 1);
}

static void evidence_of_add_after_open(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	group_add(l, VMM, 0, 0);
	EVIDENCE(only_finding(l), VS_DEV_OPEN, VS_GET_DEVICE_FD, VS_GROUP_ADD);
	assert_int_equal(l->finding[0].evidence[1].h.ret, 30);
	assert_int_equal(l->finding[0].evidence[2].attr.attr, KVM_DEV_VFIO_GROUP_ADD);
	assert_int_equal(l->finding[0].evidence_vm[2], 1);
}

/* The VMM's VM may come late: what counts is the group's registration. */
static void vm_created_after_the_open(void **state)
{
	struct lab *l = *state;

	dev_open(l, VMM, 0);
	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_close(l, VMM, 0);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
	assert_verdict(l, VS_VERDICT_VIOLATION);
}

/* The ADD was lost, but the group's state at the close proves it. */
static void add_proven_by_state_at_close(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	l->lose = 2;
	group_add(l, VMM, 0, 0);
	assert_int_equal(l->finding_count, 0);
	dev_close(l, VMM, 0);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
	assert_int_equal(l->finding[0].vm, 1);
	/* Its beginning is no proof any more: that may have been another open's. */
	EVIDENCE(only_finding(l), VS_DEV_CLOSE);
	assert_int_equal(last_closed(l)->open.opened_ns, 0);
	assert_verdict(l, VS_VERDICT_VIOLATION);
}

/* A process gives its open device to the VM of another. */
static void add_to_a_vm_of_another_process(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, OTHER);
	dev_open(l, VMM, 0);
	group_add(l, OTHER, 0, 0);
	dev_close(l, VMM, 0);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
	assert_int_equal(l->finding[0].vm_pid, OTHER);
}

/* Found late, but its group was registered: no second finding that denies it. */
static void registered_late_is_not_also_never_registered(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, OTHER);
	dev_open(l, VMM, 0);
	group_add(l, OTHER, 0, 0);
	vm_create(l, 1, VMM);
	tick_after(l, 60 * SEC);
	dev_close(l, VMM, 0);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
	assert_int_equal(last_closed(l)->vm, 1);
}

static void reported_once_however_often_added(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	group_add(l, VMM, 0, 0);
	group_del(l, VMM, 0, 0);
	group_add(l, VMM, 0, 0);
	group_del(l, VMM, 0, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(l->finding_count, 2);
	assert_rule(&l->finding[0], VS_RULE_OPEN_BEFORE_ADD);
	assert_rule(&l->finding[1], VS_RULE_DEL_WHILE_OPEN);
	assert_int_equal(l->closed_count, 1);
	assert_int_equal(last_closed(l)->open.fired,
			 1ULL << VS_RULE_OPEN_BEFORE_ADD | 1ULL << VS_RULE_DEL_WHILE_OPEN);
}

static void deleted_again_stays_a_violation(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	group_add(l, VMM, 0, 0);
	group_del(l, VMM, 0, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(count_rule(l, VS_RULE_OPEN_BEFORE_ADD), 1);
	assert_int_equal(count_rule(l, VS_RULE_OPEN_WITHOUT_ADD), 0);
	assert_verdict(l, VS_VERDICT_VIOLATION);
	assert_broken(l, VS_RULE_OPEN_BEFORE_ADD);
}

static void failed_add_is_no_registration(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	attr_fails(l, VMM, 0, 0, KVM_DEV_VFIO_GROUP_ADD, -EINVAL);
	assert_one_finding(l, VS_RULE_ADD_FAILED);
	dev_close(l, VMM, 0);
	assert_int_equal(l->finding_count, 2);
	assert_rule(last_finding(l), VS_RULE_OPEN_WITHOUT_ADD);
}

static void del_and_others_are_no_registration(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	group_del(l, VMM, 0, 0); /* ENOENT */
	attr(l, VMM, 0, 0, KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE);
	attr_fails(l, VMM, 0, 0, KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE, 0);
	assert_int_equal(count_rule(l, VS_RULE_ADD_FAILED), 2);
	dev_close(l, VMM, 0);
	assert_int_equal(l->finding_count, 3);
	assert_rule(last_finding(l), VS_RULE_OPEN_WITHOUT_ADD);
}

static void add_of_another_group_is_not_ours(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	group_add(l, VMM, 0, 1);
	assert_int_equal(l->finding_count, 0);
	dev_close(l, VMM, 0);
	assert_one_finding(l, VS_RULE_OPEN_WITHOUT_ADD);
}

static void add_after_close_is_fine(void **state)
{
	struct lab *l = *state;

	dev_open(l, DPDK, 0);
	dev_close(l, DPDK, 0);
	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(l->finding_count, 0);
	assert_int_equal(l->closed_count, 2);
	assert_int_equal(l->closed[0].open.verdict, VS_VERDICT_NO_VM);
	assert_int_equal(l->closed[1].open.verdict, VS_VERDICT_ORDERED);
}

/* One open, several fds */

static void second_get_device_fd_is_the_same_open(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(l->closed_count, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(l->opened_count, 1);
	assert_int_equal(l->closed_count, 1);
	assert_int_equal(last_closed(l)->open.opens, 2);
	assert_verdict(l, VS_VERDICT_ORDERED);
}

/* Later opens take nothing: ADD between two opens helps neither. */
static void add_between_two_opens(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
	assert_int_equal(l->closed_count, 1);
	assert_verdict(l, VS_VERDICT_VIOLATION);
}

static void reopening_is_a_new_open(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	group_add(l, VMM, 0, 0);
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_VIOLATION);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_ORDERED);
	assert_int_equal(l->opened_count, 2);
	assert_int_equal(l->closed_count, 2);
	assert_int_equal(l->finding_count, 1);
}

static void each_wrong_open_is_told(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(l->finding_count, 2);
	assert_int_equal(l->closed_count, 2);
}

static void failed_open_is_no_open(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open_fails(l, VMM, 0, -EINVAL);
	group_add(l, VMM, 0, 0);
	tick_after(l, 60 * SEC);
	finish(l);
	assert_int_equal(l->opened_count, 0);
	assert_int_equal(l->closed_count, 0);
	assert_one_finding(l, VS_RULE_OPEN_REFUSED);
}

static void failed_second_open_counts_nothing(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	dev_open_fails(l, VMM, 0, -EBUSY);
	dev_close(l, VMM, 0);
	assert_int_equal(last_closed(l)->open.opens, 1);
	assert_int_equal(l->closed_count, 1);
}

/* Several devices and groups */

static void devices_in_two_groups(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	dev_open(l, VMM, 2);
	group_add(l, VMM, 0, 1);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
	assert_string_equal(l->finding[0].device, l->dev[2].name);
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_ORDERED);
	dev_close(l, VMM, 2);
	assert_verdict(l, VS_VERDICT_VIOLATION);
}

static void devices_in_one_group(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	dev_open(l, VMM, 1);
	group_add(l, VMM, 0, 0);
	assert_int_equal(l->finding_count, 2);
	assert_string_equal(l->finding[0].device, l->dev[0].name);
	assert_string_equal(l->finding[1].device, l->dev[1].name);
	dev_close(l, VMM, 1);
	dev_close(l, VMM, 0);
	assert_int_equal(l->finding_count, 2);
	assert_int_equal(l->closed_count, 2);
}

/* One opened too early, the other in time. */
static void devices_in_one_group_around_the_add(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 1);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_VIOLATION);
	dev_close(l, VMM, 1);
	assert_verdict(l, VS_VERDICT_ORDERED);
}

/* The end */

static void finish_settles_what_is_open(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0); /* ordered */
	dev_open(l, VMM, 2);
	group_add(l, VMM, 0, 1); /* too late */
	dev_open(l, DPDK, 3); /* no VM */
	finish(l);
	assert_int_equal(l->closed_count, 3);
	assert_int_equal(l->finding_count, 1);
	while (l->closed_count) {
		const struct said_open *o = last_closed(l);
		enum vs_verdict expected =
			!strcmp(o->open.device, l->dev[0].name) ? VS_VERDICT_ORDERED :
			!strcmp(o->open.device, l->dev[2].name) ? VS_VERDICT_VIOLATION :
								  VS_VERDICT_NO_VM;

		assert_verdict(l, expected);
		assert_int_equal(o->open.closed_ns, 0);
		l->closed_count--;
	}
}

static void finish_before_the_grace_period_is_over(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	finish(l);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
	assert_reason(l, VS_REASON_ENDED_IN_GRACE);
	assert_int_equal(l->finding_count, 0);
}

static void finish_after_the_grace_period(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	l->now += 6 * SEC;
	finish(l);
	assert_one_finding(l, VS_RULE_OPEN_WITHOUT_ADD);
	assert_true(l->finding[0].pending);
	assert_verdict(l, VS_VERDICT_VIOLATION);
}

static void finish_twice_says_nothing_twice(void **state)
{
	struct lab *l = *state;

	dev_open(l, DPDK, 0);
	finish(l);
	finish(l);
	assert_int_equal(l->closed_count, 1);
}

static void verdicts_have_names(void **state)
{
	(void)state;
	assert_string_equal(vs_verdict_name(VS_VERDICT_PENDING), "pending");
	assert_string_equal(vs_verdict_name(VS_VERDICT_ORDERED), "ordered");
	assert_string_equal(vs_verdict_name(VS_VERDICT_VIOLATION), "violation");
	assert_string_equal(vs_verdict_name(VS_VERDICT_NO_VM), "no-vm");
	assert_string_equal(vs_verdict_name(VS_VERDICT_UNKNOWN), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(registered_first_is_ordered),
		TEST(open_tells_who_and_what),
		TEST(user_space_driver_has_no_vm),
		TEST(vm_of_another_process_does_not_matter),
		TEST(vm_that_is_gone_does_not_matter),
		TEST(add_after_open_is_a_violation),
		TEST(evidence_of_add_after_open),
		TEST(vm_created_after_the_open),
		TEST(add_proven_by_state_at_close),
		TEST(add_to_a_vm_of_another_process),
		TEST(registered_late_is_not_also_never_registered),
		TEST(reported_once_however_often_added),
		TEST(deleted_again_stays_a_violation),
		TEST(failed_add_is_no_registration),
		TEST(del_and_others_are_no_registration),
		TEST(add_of_another_group_is_not_ours),
		TEST(add_after_close_is_fine),
		TEST(second_get_device_fd_is_the_same_open),
		TEST(add_between_two_opens),
		TEST(reopening_is_a_new_open),
		TEST(each_wrong_open_is_told),
		TEST(failed_open_is_no_open),
		TEST(failed_second_open_counts_nothing),
		TEST(devices_in_two_groups),
		TEST(devices_in_one_group),
		TEST(devices_in_one_group_around_the_add),
		TEST(finish_settles_what_is_open),
		TEST(finish_before_the_grace_period_is_over),
		TEST(finish_after_the_grace_period),
		TEST(finish_twice_says_nothing_twice),
		TEST(verdicts_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
