// SPDX-License-Identifier: GPL-2.0-only
/* What was there before us: told by its later signs, or by a look. */
#include "model_test.h"

static void opened_before_and_holding_its_vm(void **state)
{
	struct lab *l = *state;

	l->vm[0].pid = VMM;
	l->group[0].vm = l->dev[0].vm = &l->vm[0];
	l->dev[0].opens = 1;
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_ORDERED);
	assert_int_equal(last_closed(l)->open.opened_ns, 0);
	assert_int_equal(last_closed(l)->open.pid, 0);
	assert_int_equal(last_closed(l)->open.closed_ns, l->now);
	assert_int_equal(l->finding_count, 0);
}

static void opened_before_and_proven_wrong(void **state)
{
	struct lab *l = *state;

	l->vm[0].pid = VMM;
	l->group[0].vm = &l->vm[0];
	l->dev[0].opens = 1;
	dev_close(l, VMM, 0);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
	assert_int_equal(l->finding[0].vm, 1);
	EVIDENCE(only_finding(l), VS_DEV_CLOSE);
	assert_verdict(l, VS_VERDICT_VIOLATION);
}

static void opened_before_and_nothing_to_see(void **state)
{
	struct lab *l = *state;

	l->dev[0].opens = 1;
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
	assert_reason(l, VS_REASON_BEFORE);
	/* even if the process has a VM: it may have been registered once */
	vm_create(l, 0, VMM);
	l->dev[0].opens = 1;
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
	assert_int_equal(l->finding_count, 0);
}

/* One of several fds is closed, or another opened: the open is known from then. */
static void opened_before_and_registered_while_watched(void **state)
{
	struct lab *l = *state;

	l->vm[0].pid = VMM;
	l->dev[0].opens = 1;
	dev_open(l, VMM, 0);
	assert_int_equal(l->opened_count, 1);
	assert_int_equal(l->opened[0].open.opened_ns, 0);
	group_add(l, VMM, 0, 0);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
	dev_close(l, VMM, 0);
	assert_int_equal(l->closed_count, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(l->closed_count, 1);
	assert_verdict(l, VS_VERDICT_VIOLATION);
}

static void opened_before_and_one_fd_closed(void **state)
{
	struct lab *l = *state;

	l->dev[0].opens = 2;
	dev_close(l, VMM, 0);
	assert_int_equal(l->closed_count, 0);
	tick_after(l, 60 * SEC);
	dev_close(l, VMM, 0);
	assert_int_equal(l->closed_count, 1);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
}

/* What a look finds */

static void found_and_holding_its_vm(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_group(l, 0, 0);
	was_open(l, VMM, 0);
	look(l);
	assert_int_equal(l->opened_count, 1);
	assert_int_equal(l->opened[0].open.verdict, VS_VERDICT_ORDERED);
	assert_int_equal(l->opened[0].open.pid, 0); /* who opened it is not known */
	assert_int_equal(l->opened[0].open.holder_pid, VMM);
	assert_string_equal(l->opened[0].open.holder_comm, "vmm");
	assert_int_equal(l->opened[0].vm_pid, VMM);
	finish(l);
	assert_verdict(l, VS_VERDICT_ORDERED);
	assert_silent(l);
}

static void found_opened_before_its_add(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	was_open(l, VMM, 0);
	had_group(l, 0, 0);
	look(l);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
	assert_int_equal(l->finding[0].pid, VMM);
	assert_string_equal(l->finding[0].comm, "vmm");
	assert_int_equal(l->finding[0].vm, 1);
	EVIDENCE(&l->finding[0], VS_FOUND_DEVICE);
}

static void found_with_another_vms_pointer(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_vm(l, 1, OTHER);
	had_group(l, 0, 0);
	was_open(l, VMM, 0);
	had_group(l, 1, 0);
	look(l);
	assert_int_equal(count_rule(l, VS_RULE_KVM_MISMATCH), 1);
	assert_int_equal(count_rule(l, VS_RULE_TWO_VMS), 1);
	assert_int_equal(l->finding_count, 2);
}

static void found_never_registered(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	was_open(l, VMM, 0);
	look(l);
	assert_silent(l);
	tick_after(l, 6 * SEC);
	assert_one_finding(l, VS_RULE_OPEN_WITHOUT_ADD);
	assert_true(l->finding[0].pending);
	finish(l);
	assert_verdict(l, VS_VERDICT_VIOLATION);
	assert_int_equal(l->finding_count, 1);
}

/* A moment has no future to wait for. */
static void found_never_registered_without_patience(void **state)
{
	struct lab_config config = with_look;
	struct lab *l = *state;

	config.grace_ns = 0;
	restart(l, &config);
	had_vm(l, 0, VMM);
	was_open(l, VMM, 0);
	look(l);
	finish(l);
	assert_one_finding(l, VS_RULE_OPEN_WITHOUT_ADD);
}

/* Nothing that can be found tells what was once: unknown, and not no-vm. */
static void found_without_any_vm(void **state)
{
	struct lab *l = *state;

	was_open(l, DPDK, 0);
	look(l);
	tick_after(l, 6 * SEC);
	dev_close(l, DPDK, 0);
	assert_silent(l);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
	assert_reason(l, VS_REASON_BEFORE);
}

/* Shown by the process without a VM first, then by the one that has it. */
static void found_in_two_processes(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	was_open(l, DPDK, 0);
	found_device(l, 0);
	found_device_at(l, lab_reserve(l), 0, VMM);
	look_done(l);
	assert_int_equal(l->opened_count, 1);
	assert_int_equal(l->opened[0].open.holder_pid, DPDK);
	tick_after(l, 6 * SEC);
	assert_one_finding(l, VS_RULE_OPEN_WITHOUT_ADD);
	assert_int_equal(l->finding[0].vm, 1);
}

/* On a list, but the pointer was cleared by another VM's DEL. */
static void found_on_a_list_without_a_pointer(void **state)
{
	unsigned int order;
	struct lab *l = *state;

	for (order = 0; order < 2; order++) {
		restart(l, &with_look);
		had_vm(l, 0, VMM);
		had_group(l, 0, 0);
		group_takes(&l->group[0], NULL);
		was_open(l, DPDK, 0);
		if (order)
			found_device(l, 0);
		found_registration(l, 0, 0);
		if (!order)
			found_device(l, 0);
		look_done(l);
		assert_silent(l);
		tick_after(l, 6 * SEC);
		assert_one_finding(l, VS_RULE_OPEN_WITHOUT_ADD);
		assert_int_equal(l->finding[0].vm, 1);
	}
}

static void found_with_registration_and_pointer(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_group(l, 0, 0);
	was_open(l, VMM, 0);
	found_device(l, 0);
	found_registration(l, 0, 0);
	look_done(l);
	tick_after(l, 6 * SEC);
	assert_silent(l);
}

/* The pointer was dropped from the group after the device took it. */
static void found_with_a_pointer_and_off_the_list(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_group(l, 0, 0);
	was_open(l, VMM, 0);
	l->armed = false;
	group_del(l, VMM, 0, 0);
	l->armed = true;
	look(l);
	finish(l);
	assert_silent(l);
	assert_verdict(l, VS_VERDICT_ORDERED);
}

static void found_on_two_lists(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_vm(l, 1, OTHER);
	had_group(l, 0, 0);
	had_group(l, 1, 0);
	look(l);
	assert_one_finding(l, VS_RULE_TWO_VMS);
	EVIDENCE(&l->finding[0], VS_FOUND_REGISTRATION, VS_FOUND_REGISTRATION);
}

static void found_on_one_list_twice(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_group(l, 0, 0);
	found_registration(l, 0, 0);
	found_registration(l, 0, 0);
	look(l);
	assert_silent(l);
}

/* The call that made it says more than the look that shows it again. */
static void found_on_a_list_after_its_add(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_create(l, 1, OTHER);
	group_add(l, VMM, 0, 0);
	look(l);
	group_add(l, OTHER, 1, 0);
	assert_one_finding(l, VS_RULE_TWO_VMS);
	EVIDENCE(&l->finding[0], VS_GROUP_ADD, VS_GROUP_ADD);
}

static void found_noncoherent(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_vm(l, 1, OTHER);
	l->vm[0].noncoherent = true;
	look(l);
	assert_one_finding(l, VS_RULE_NONCOHERENT_DMA);
	assert_int_equal(l->finding[0].vm, 1);
	coherency(l, VMM, 0, true); /* known already */
	assert_int_equal(l->finding_count, 1);
}

static void registration_found_ends_as_any_other(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_vm(l, 1, OTHER);
	had_group(l, 0, 0);
	had_group(l, 0, 1);
	look(l);
	group_del(l, VMM, 0, 0);
	group_add(l, OTHER, 1, 0);
	kvm_vfio_close(l, VMM, 0);
	group_add(l, OTHER, 1, 1);
	assert_silent(l);
}

/* A device that is not open, as a file of its own may be before BIND. */
static void found_but_not_open(void **state)
{
	struct lab *l = *state;

	found_device(l, 0);
	look_done(l);
	finish(l);
	assert_int_equal(l->opened_count, 0);
}

static void found_after_its_open_was_seen(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	dev_open(l, VMM, 0);
	look(l);
	dev_close(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(l->closed_count, 1);
	assert_int_equal(last_closed(l)->open.opens, 2);
	assert_int_equal(last_closed(l)->open.pid, VMM);
	assert_int_equal(last_closed(l)->open.holder_pid, 0);
	assert_verdict(l, VS_VERDICT_ORDERED);
}

static void found_open_several_times(void **state)
{
	struct lab *l = *state;

	was_open(l, DPDK, 0);
	was_open(l, DPDK, 0);
	look(l);
	dev_open(l, DPDK, 0);
	dev_close(l, DPDK, 0);
	dev_close(l, DPDK, 0);
	assert_int_equal(l->closed_count, 0);
	dev_close(l, DPDK, 0);
	assert_int_equal(l->closed_count, 1);
	assert_int_equal(last_closed(l)->open.opens, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(opened_before_and_holding_its_vm),
		TEST(opened_before_and_proven_wrong),
		TEST(opened_before_and_nothing_to_see),
		TEST(opened_before_and_registered_while_watched),
		TEST(opened_before_and_one_fd_closed),
		LOOK_TEST(found_and_holding_its_vm),
		LOOK_TEST(found_opened_before_its_add),
		LOOK_TEST(found_with_another_vms_pointer),
		LOOK_TEST(found_never_registered),
		LOOK_TEST(found_never_registered_without_patience),
		LOOK_TEST(found_without_any_vm),
		LOOK_TEST(found_in_two_processes),
		LOOK_TEST(found_on_a_list_without_a_pointer),
		LOOK_TEST(found_with_registration_and_pointer),
		LOOK_TEST(found_with_a_pointer_and_off_the_list),
		LOOK_TEST(found_on_two_lists),
		LOOK_TEST(found_on_one_list_twice),
		LOOK_TEST(found_on_a_list_after_its_add),
		LOOK_TEST(found_noncoherent),
		LOOK_TEST(registration_found_ends_as_any_other),
		LOOK_TEST(found_but_not_open),
		LOOK_TEST(found_after_its_open_was_seen),
		LOOK_TEST(found_open_several_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
