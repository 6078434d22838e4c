// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernels that notify drivers of their VM (5.10): registrations end with the VM
 * only; and what is left to say after losses.
 */
#include "model_test.h"

/* The end of a VM takes its registrations along */

static void vm_ended_on_purpose_while_open(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	kvm_vfio_close(l, VMM, 0);
	assert_silent(l);
	vm_destroy(l, 0, VMM);
	assert_one_finding(l, VS_RULE_DEL_WHILE_OPEN);
	EVIDENCE(&l->finding[0], VS_DEV_OPEN, VS_GET_DEVICE_FD, VS_VM_DESTROY);
	dev_close(l, VMM, 0);
	assert_int_equal(l->finding_count, 1);
	assert_verdict(l, VS_VERDICT_ORDERED);
	assert_int_equal(last_closed(l)->kvm, 1);
}

static void vm_ended_by_an_exit_or_in_another_process(void **state)
{
	static const uint32_t flags[] = { VS_F_EXITING, VS_F_OTHER_MM };
	struct lab *l = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		restart(l, &defaults);
		vm_create(l, 0, VMM);
		group_add(l, VMM, 0, 0);
		dev_open(l, VMM, 0);
		l->flags = flags[i];
		vm_destroy(l, 0, VMM);
		dev_close(l, VMM, 0);
		assert_silent(l);
		assert_verdict(l, VS_VERDICT_ORDERED);
	}
}

static void vm_ended_after_its_registration_or_the_device(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	group_add(l, VMM, 0, 1);
	group_del(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	dev_open(l, VMM, 2);
	dev_close(l, VMM, 2);
	vm_destroy(l, 0, VMM);
	assert_silent(l);
}

static void each_device_of_the_vm_that_ended(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	group_add(l, VMM, 0, 1);
	dev_open(l, VMM, 0);
	dev_open(l, VMM, 1);
	dev_open(l, VMM, 2);
	dev_open(l, DPDK, 3);
	vm_destroy(l, 0, VMM);
	assert_int_equal(l->finding_count, 3);
	assert_int_equal(count_rule(l, VS_RULE_DEL_WHILE_OPEN), 3);
}

/* Its registrations may have ended among what was lost, or unseen. */
static void vm_ended_with_registrations_that_are_not_certain(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	l->lose = 2;
	group_del(l, VMM, 0, 0);
	vm_create(l, 1, OTHER);
	dev_open(l, VMM, 0);
	vm_destroy(l, 0, VMM);
	assert_silent(l);

	l->kernel = K_BORROWED_EARLY;
	restart_blind(l, VS_BLIND_SET_KVM);
	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	group_del(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	vm_destroy(l, 0, VMM);
	assert_silent(l);
}

/* What is taken down when a VM has ended, brings no VM to life. */
static void no_vm_comes_of_an_end(void **state)
{
	union vs_event ev;
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	vm_destroy(l, 0, VMM); /* SET_KVM and kvm-vfio release come after it */
	assert_int_equal(l->last_vm, 0);
	ev = lab_event(l, VS_CLEAR_KVM, VMM);
	ev.set_kvm.group = l->group[0].ptr;
	ev.set_kvm.kvm_before = l->vm[0].ptr;
	ev.set_kvm.kvm_vfio = l->vm[0].kvm_vfio;
	lab_emit(l, &ev);
	assert_int_equal(l->last_vm, 0);
	coherency(l, VMM, 0, false);
	assert_int_equal(l->last_vm, 0);
	/* Nothing of it is left where a process's VMs have to be remembered. */
	l->no_vm_list = true;
	dev_open(l, VMM, 0);
	tick_after(l, 60 * SEC);
	assert_silent(l);
	vm_create(l, 1, OTHER);
	assert_int_equal(l->last_vm, 2);
}

/* The next VM at the address is another one; neither says anything of the old. */
static void another_vm_at_the_address(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_name(l, 0, VMM, "old");
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	l->flags = VS_F_OTHER_MM;
	vm_destroy(l, 0, VMM);
	l->flags = 0;
	vm_create(l, 0, OTHER);
	vm_name(l, 0, OTHER, "new");
	group_add(l, OTHER, 0, 0);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	vm_destroy(l, 0, OTHER);
	assert_one_finding(l, VS_RULE_DEL_WHILE_OPEN);
	dev_close(l, VMM, 0);
	assert_int_equal(l->finding_count, 1);
	assert_verdict(l, VS_VERDICT_ORDERED);
	assert_string_equal(last_closed(l)->vm_name, "old");
}

/* Records lost */

static void loss_ends_what_was_known(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	l->lose = 2;
	dev_close(l, VMM, 0);
	df_open(l, VMM, 0); /* another open, not seen */
	group_add(l, VMM, 0, 0);
	assert_silent(l);
	dev_open(l, VMM, 0);
	assert_int_equal(l->closed_count, 1);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
	assert_reason(l, VS_REASON_RECORDS_LOST);
	dev_close(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(l->closed_count, 2);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
	assert_silent(l);
}

/* The group's state proves nothing of a device that may be another open's. */
static void loss_of_the_add(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	l->lose = 2;
	group_add(l, VMM, 0, 0);
	dev_close(l, VMM, 0);
	assert_silent(l);
	assert_int_equal(l->closed_count, 1);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
}

static void loss_does_not_undo_what_was_proven(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 2);
	group_add(l, VMM, 0, 0);
	group_add(l, VMM, 0, 1);
	dev_open(l, VMM, 0);
	l->lost++;
	dev_close(l, VMM, 0);
	assert_int_equal(l->closed[0].open.verdict, VS_VERDICT_ORDERED);
	dev_close(l, VMM, 2);
	assert_int_equal(l->closed[2].open.verdict, VS_VERDICT_VIOLATION);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
}

static void first_file_after_a_loss_is_judged(void **state)
{
	struct lab *l = *state;

	dev_open(l, DPDK, 0);
	l->lose = 1;
	dev_close(l, DPDK, 0);
	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(l->closed_count, 2);
	assert_verdict(l, VS_VERDICT_ORDERED);
	assert_silent(l);
}

/* The event names a VM that only the open kept in memory. */
static void loss_ends_the_last_that_names_a_vm(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	l->flags = VS_F_EXITING;
	vm_destroy(l, 0, VMM);
	l->flags = 0;
	vm_create(l, 0, OTHER);
	group_add(l, OTHER, 0, 0);
	l->lost++;
	dev_open(l, OTHER, 0);
	group_del(l, OTHER, 0, 0);
	finish(l);
	assert_int_equal(l->closed_count, 2);
	assert_int_equal(l->closed[0].open.verdict, VS_VERDICT_ORDERED);
	assert_int_equal(l->closed[0].vm_pid, VMM);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
	assert_one_finding(l, VS_RULE_DEL_WHILE_OPEN);
	assert_int_equal(l->finding[0].evidence_vm[0], 2);
}

/* No probe writes such a close: the device has no pointer. It must be safe all the same. */
static void close_that_names_a_vm_of_its_open_only(void **state)
{
	union vs_event ev;
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	l->flags = VS_F_EXITING;
	vm_destroy(l, 0, VMM);
	l->flags = 0;
	l->lost++;
	ev = dev_event(l, VS_DEV_CLOSE, VMM, &l->dev[0]);
	ev.dev.kvm = l->vm[0].ptr;
	lab_emit(l, &ev);
	finish(l);
	assert_silent(l);
	assert_int_equal(l->closed_count, 2);
	assert_int_equal(l->closed[0].open.verdict, VS_VERDICT_ORDERED);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
}

/* The close that goes on meanwhile is of the file before: not this open's. */
static void first_file_after_a_loss_while_the_last_is_closed(void **state)
{
	union vs_event ev;
	struct lab *l = *state;

	df_open(l, DPDK, 0);
	l->lost++;
	ev = dev_event(l, VS_DEV_CLOSE, DPDK, &l->dev[0]);
	df_open_counted(l, VMM, 0, 1);
	assert_int_equal(l->closed_count, 1);
	l->dev[0].opens--;
	ev.h.ts = l->now + 2 * MS;
	ev.h.dur = 5 * MS;
	ev.dev.open_count = 0;
	lab_emit(l, &ev);
	l->now += 3 * MS;
	assert_int_equal(l->closed_count, 1); /* the new one goes on */
	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_VIOLATION);
}

static void blind_for_closes(void **state)
{
	struct lab *l = *state;

	restart_blind(l, VS_BLIND_CLOSE);
	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	group_add(l, VMM, 0, 0);
	group_del(l, VMM, 0, 0);
	vm_destroy(l, 0, VMM);
	finish(l);
	assert_silent(l);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		NOTIFIER_TEST(vm_ended_on_purpose_while_open),
		NOTIFIER_TEST(vm_ended_by_an_exit_or_in_another_process),
		NOTIFIER_TEST(vm_ended_after_its_registration_or_the_device),
		NOTIFIER_TEST(each_device_of_the_vm_that_ended),
		NOTIFIER_TEST(vm_ended_with_registrations_that_are_not_certain),
		NOTIFIER_TEST(no_vm_comes_of_an_end),
		NOTIFIER_TEST(another_vm_at_the_address),
		NOTIFIER_TEST(loss_ends_what_was_known),
		NOTIFIER_TEST(loss_of_the_add),
		NOTIFIER_TEST(loss_does_not_undo_what_was_proven),
		NOTIFIER_TEST(first_file_after_a_loss_is_judged),
		NOTIFIER_TEST(loss_ends_the_last_that_names_a_vm),
		NOTIFIER_TEST(close_that_names_a_vm_of_its_open_only),
		NOTIFIER_TEST(first_file_after_a_loss_while_the_last_is_closed),
		NOTIFIER_TEST(blind_for_closes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
