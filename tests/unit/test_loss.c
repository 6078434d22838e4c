// SPDX-License-Identifier: GPL-2.0-only
/* Never wrong, rather silent: records lost, and what cannot be observed at all. */
#include "toy_history.h"

static void loss_during_an_open_makes_it_unknown(void **state)
{
	struct lab *l = *state;

	dev_open(l, DPDK, 0);
	l->lose = 1;
	vm_create(l, 0, DPDK);
	dev_close(l, DPDK, 0);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
	assert_reason(l, VS_REASON_RECORDS_LOST);
}

static void loss_makes_an_absent_add_unknown(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	l->lose = 4;
	group_add(l, VMM, 0, 0);
	group_del(l, VMM, 0, 0);
	vm_create(l, 1, OTHER); /* its record tells of the loss */
	tick_after(l, 60 * SEC);
	assert_int_equal(l->finding_count, 0);
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
	assert_int_equal(l->finding_count, 0);
}

static void loss_told_only_at_the_end(void **state)
{
	struct lab *l = *state;

	dev_open(l, DPDK, 0);
	l->lost++;
	finish(l);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
}

/* Attaching anew counts as a loss of its own, which the source does not count. */
static void loss_told_only_at_the_end_after_attaching_anew(void **state)
{
	struct lab *l = *state;

	attach(l, 0, 0);
	dev_open(l, DPDK, 0);
	l->lost++;
	finish(l);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
}

static void attaching_anew_makes_what_is_open_uncertain(void **state)
{
	struct lab *l = *state;

	dev_open(l, DPDK, 0);
	attach(l, 0, 0);
	dev_open(l, OTHER, 1);
	finish(l);
	assert_int_equal(l->closed_count, 2);
	assert_int_equal(l->closed[0].open.verdict, VS_VERDICT_UNKNOWN);
	assert_int_equal(l->closed[1].open.verdict, VS_VERDICT_NO_VM);
}

/* No record has come since that could tell of it. */
static void loss_not_told_when_the_grace_period_is_over(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	l->lose = 2;
	group_add(l, VMM, 0, 0);
	tick_after(l, 60 * SEC);
	assert_silent(l);
	finish(l);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
}

/* Records about the stream tell of it, too: a deadline is met with what they say. */
static void loss_told_by_the_record_that_meets_the_deadline(void **state)
{
	enum { TIME, ATTACHED, LOOK_DONE, END, CASES };
	struct lab *l = *state;
	unsigned int what;

	for (what = 0; what < CASES; what++) {
		restart(l, what == LOOK_DONE ? &with_look : &defaults);
		vm_create(l, 0, VMM);
		dev_open(l, VMM, 0);
		l->lose = 2;
		group_add(l, VMM, 0, 0);
		l->now += 60 * SEC;
		if (what == TIME)
			tick(l, l->now);
		else if (what == ATTACHED)
			attach(l, 0, 0);
		else if (what == LOOK_DONE)
			look_done(l);
		if (what != END)
			assert_silent(l);
		finish(l);
		assert_silent(l);
		assert_reason(l, VS_REASON_RECORDS_LOST);
	}
}

static void loss_before_the_open_does_not_matter(void **state)
{
	struct lab *l = *state;

	l->lose = 3;
	group_add(l, OTHER, 1, 1);
	vm_create(l, 0, OTHER);
	dev_open(l, DPDK, 0);
	dev_close(l, DPDK, 0);
	assert_verdict(l, VS_VERDICT_NO_VM);
}

static void loss_does_not_undo_ordered(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	l->lost += 5;
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_ORDERED);
}

static void loss_does_not_undo_a_proven_violation(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	group_add(l, VMM, 0, 0);
	l->lost += 5;
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_VIOLATION);
	assert_int_equal(l->finding_count, 1);
}

/* The close was lost: the device may long have been closed when ADD came. */
static void lost_close_before_the_add_proves_nothing(void **state)
{
	struct lab *l = *state;

	dev_open(l, DPDK, 0);
	l->lose = 1;
	dev_close(l, DPDK, 0);
	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(l->finding_count, 0);
	assert_int_equal(l->closed_count, 2);
	assert_int_equal(l->closed[0].open.verdict, VS_VERDICT_UNKNOWN);
	assert_int_equal(l->closed[1].open.verdict, VS_VERDICT_ORDERED);
}

/* The kernel says the process has no VM: it knows better than our memory. */
static void lost_end_of_a_vm(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	l->lose = 1;
	vm_destroy(l, 0, VMM);
	dev_open(l, VMM, 0);
	tick_after(l, 60 * SEC);
	dev_close(l, VMM, 0);
	assert_int_equal(l->finding_count, 0);
	assert_int_not_equal(last_closed(l)->open.verdict, VS_VERDICT_VIOLATION);
}

/* The kernel gives a new VM the address of the last one; what tells them apart was lost. */
static void vm_replaced_unseen(struct lab *l, uint32_t pid)
{
	l->lose = 100; /* all there are */
	vm_destroy(l, 0, l->vm[0].pid);
	vm_create(l, 0, pid);
	l->lose = 0;
}

static void lost_end_and_another_vm_at_its_address(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_name(l, 0, VMM, "old");
	vm_replaced_unseen(l, OTHER);
	group_add(l, OTHER, 0, 0);
	assert_int_equal(l->last_vm, 2);
	assert_int_equal(l->last_vm_pid, OTHER);
	dev_open(l, OTHER, 0);
	dev_close(l, OTHER, 0);
	assert_verdict(l, VS_VERDICT_ORDERED);
	assert_int_equal(last_closed(l)->vm, 2);
	assert_int_equal(last_closed(l)->vm_pid, OTHER);
	assert_string_equal(last_closed(l)->vm_name, "");
}

/* As the source does it: a VM that another process has created is named anew. */
static void lost_end_and_another_vm_named(void **state)
{
	struct lab *l = *state;

	vm_name_new(l, 0, VMM, "old");
	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	vm_replaced_unseen(l, OTHER);
	l->lose = 2;
	group_add(l, OTHER, 0, 0);
	vm_name(l, 0, OTHER, "new");
	dev_open(l, OTHER, 0);
	dev_close(l, OTHER, 0);
	assert_verdict(l, VS_VERDICT_ORDERED);
	assert_int_equal(last_closed(l)->vm, 2);
	assert_int_equal(last_closed(l)->vm_pid, OTHER);
	assert_string_equal(last_closed(l)->vm_name, "new");
}

/* Only the close of the new VM's device is left. */
static void lost_end_and_the_close_of_another_vms_device(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_replaced_unseen(l, OTHER);
	l->lose = 100;
	group_add(l, OTHER, 0, 0);
	dev_open(l, OTHER, 0);
	l->lose = 0;
	dev_close(l, OTHER, 0);
	assert_verdict(l, VS_VERDICT_ORDERED);
	assert_int_equal(last_closed(l)->vm_pid, OTHER);
}

/* A device that the old VM had open as well: what carries the new one is another open. */
static void lost_close_and_another_vm_with_the_device(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	l->lose = 1;
	dev_close(l, VMM, 0);
	vm_replaced_unseen(l, OTHER);
	l->lose = 100;
	group_add(l, OTHER, 0, 0);
	dev_open(l, OTHER, 0);
	l->lose = 0;
	dev_close(l, OTHER, 0);
	assert_int_equal(l->last_vm_pid, OTHER);
	assert_int_equal(l->closed_count, 2);
	assert_int_equal(l->closed[0].vm_pid, VMM);
	assert_int_equal(l->closed[0].open.closed_ns, 0);
	assert_int_equal(l->closed[1].vm_pid, OTHER);
	assert_int_equal(l->closed[1].open.opened_ns, 0);
	assert_silent(l);
}

/* Who created the VM could not be read: nobody is named. */
static void lost_end_and_a_vm_of_nobody_knows_whom(void **state)
{
	struct lab *l = *state;
	union vs_event ev;

	vm_create(l, 0, VMM);
	vm_replaced_unseen(l, OTHER);
	df_open_begin(l, OTHER, 0);
	l->group[0].vm = l->dev[0].vm = &l->vm[0];
	ev = dev_event(l, VS_DEV_OPEN, OTHER, &l->dev[0]);
	ev.dev.kvm_creator = ev.dev.group_creator = 0;
	lab_emit(l, &ev);
	assert_int_equal(l->opened_count, 1);
	assert_int_equal(l->opened[0].vm_pid, 0);
	assert_int_equal(l->last_vm_pid, 0);
	dev_close(l, OTHER, 0);
	assert_verdict(l, VS_VERDICT_ORDERED);
	assert_int_equal(last_closed(l)->kvm_ptr, l->vm[0].ptr);
	assert_int_equal(last_closed(l)->vm_pid, 0);
}

/*
 * The device has dropped its reference too early and kept the pointer: whose VM that was
 * only the open and the VM's end could have told.
 */
static void lost_end_of_a_vm_that_a_device_carries_on_with(void **state)
{
	struct lab *l = *state;

	l->lose = 100;
	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	vm_destroy(l, 0, VMM);
	l->lose = 0;
	vm_create(l, 0, OTHER);
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_ORDERED);
	assert_int_equal(last_closed(l)->kvm_ptr, l->vm[0].ptr);
	assert_int_equal(last_closed(l)->vm_pid, 0);
	group_add(l, OTHER, 0, 0);
	assert_int_equal(l->last_vm_pid, OTHER);
	dev_open(l, OTHER, 0);
	dev_close(l, OTHER, 0);
	assert_int_equal(last_closed(l)->vm_pid, OTHER);
	assert_silent(l);
}

/* The same, if the open was seen: its close is no other open's, whoever has the address. */
static void lost_end_of_a_vm_that_an_open_carries_on_with(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	vm_replaced_unseen(l, OTHER);
	dev_close(l, VMM, 0);
	assert_int_not_equal(l->last_vm_pid, VMM);
	assert_int_not_equal(l->last_vm_pid, OTHER);
	assert_int_equal(l->closed_count, 1);
	assert_verdict(l, VS_VERDICT_ORDERED);
	assert_int_equal(last_closed(l)->vm_pid, VMM);
	assert_silent(l);
}

/* Whose VM it carries is not known; nor is it another's, when more is lost. */
static void lost_records_of_an_open_whose_vm_is_not_known(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_create(l, 1, OTHER);
	group_add(l, VMM, 0, 0);
	l->lose = 100;
	dev_open(l, VMM, 0);
	l->lose = 0;
	group_add(l, OTHER, 1, 0);
	dev_open(l, VMM, 0);
	assert_int_equal(l->opened_count, 1);
	assert_int_equal(l->opened[0].vm_pid, 0);
	assert_int_equal(count_rule(l, VS_RULE_KVM_MISMATCH), 1);
	l->lost++;
	dev_close(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(l->closed_count, 1);
	assert_int_equal(count_rule(l, VS_RULE_KVM_MISMATCH), 1);
}

/* Records that do not say who created the VM name none, until another one says. */
static void lost_records_and_a_vm_whose_creator_is_not_told(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_name(l, 0, VMM, "web");
	group_add(l, VMM, 0, 0);
	set_kvm(l, VMM, &l->group[0], &l->vm[0], &l->vm[0], 0, true);
	assert_int_equal(l->last_vm, 1);
	l->lost++;
	set_kvm(l, VMM, &l->group[0], &l->vm[0], &l->vm[0], 0, true);
	assert_int_equal(l->last_vm, 0);
	assert_int_equal(l->last_group_vm, 0);
	dev_open(l, VMM, 0);
	set_kvm(l, VMM, &l->group[0], &l->vm[0], &l->vm[0], 0, true);
	assert_int_equal(l->last_vm, 1);
	assert_int_equal(l->last_group_vm, 1);
	dev_close(l, VMM, 0);
	assert_string_equal(last_closed(l)->vm_name, "web");
}

/* A process that has another VM by now, at the address of the last one's. */
static void lost_end_and_another_vm_of_an_opener(void **state)
{
	struct lab *l = *state;
	union vs_event ev;

	vm_create(l, 0, VMM);
	vm_replaced_unseen(l, OTHER);
	df_open_begin(l, OTHER, 0);
	ev = dev_event(l, VS_DEV_OPEN, OTHER, &l->dev[0]);
	ev.dev.owner_creator = 0; /* it is being created */
	lab_emit(l, &ev);
	tick_after(l, 60 * SEC);
	assert_one_finding(l, VS_RULE_OPEN_WITHOUT_ADD);
	assert_int_equal(l->finding[0].vm, 2);
	assert_int_equal(l->finding[0].vm_pid, OTHER);
}

/* Without the call, what it did to a group; whose VM it was nobody says. */
static void lost_end_and_a_pointer_set_unseen(void **state)
{
	struct lab *l = *state;

	restart_blind(l, VS_BLIND_ADD);
	vm_create(l, 0, VMM);
	vm_replaced_unseen(l, OTHER);
	dev_open(l, DPDK, 0);
	group_add(l, OTHER, 0, 0);
	dev_close(l, DPDK, 0);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
	assert_int_equal(l->finding[0].vm_pid, OTHER);
}

/* Nor does what was known of a process's VMs, where its list cannot be read. */
static void lost_end_of_a_vm_and_no_list(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	l->lose = 2;
	vm_destroy(l, 0, VMM);
	l->no_vm_list = true;
	dev_open(l, VMM, 0);
	tick_after(l, 60 * SEC);
	dev_close(l, VMM, 0);
	assert_silent(l);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
	assert_reason(l, VS_REASON_VMS_UNKNOWN);
}

/* Its creator is the same: so is the VM, as far as anybody can tell. */
static void lost_records_and_the_same_vm(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_name(l, 0, VMM, "web");
	l->lost++;
	group_add(l, VMM, 0, 0);
	assert_int_equal(l->last_vm, 1);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(last_closed(l)->vm, 1);
	assert_string_equal(last_closed(l)->vm_name, "web");
}

/* The thread that created it is what records name; a look names its process. */
static void lost_records_and_a_vm_made_by_a_thread(void **state)
{
	enum { THREAD = 4711 };
	struct lab *l = *state;
	union vs_record rec;

	restart(l, &with_look);
	vm_create_begin(l, 0, VMM);
	found_vm(l, 0);
	look_done(l);
	assert_int_equal(l->last_vm, 1);
	rec = make_record(VS_VM_NAME, l->now += MS, VMM);
	rec.h.tid = THREAD;
	rec.vm_name.kvm = l->vm[0].ptr;
	SET_STRING(rec.vm_name.name, "web");
	lab_feed(l, &rec);
	l->lost++;
	l->vm[0].pid = THREAD;
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(last_closed(l)->vm, 1);
	assert_int_equal(last_closed(l)->vm_pid, VMM);
	assert_string_equal(last_closed(l)->vm_name, "web");
}

/* A name that came late is not that of the VM which has its address now. */
static void name_of_another_vm(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_name(l, 0, VMM, "web");
	vm_name(l, 0, OTHER, "old");
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(last_closed(l)->vm, 1);
	assert_string_equal(last_closed(l)->vm_name, "web");
}

/* Its registration was lost with its beginning, and another VM's end has cleared the pointer. */
static void lost_beginning_and_registration(void **state)
{
	struct lab *l = *state;

	l->lose = 100;
	df_open(l, VMM, 0);
	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	l->lose = 0;
	vm_create(l, 1, VMM);
	group_add(l, VMM, 1, 0);
	group_del(l, VMM, 1, 0);
	df_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(count_rule(l, VS_RULE_OPEN_WITHOUT_ADD), 0);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
	assert_reason(l, VS_REASON_RECORDS_LOST);
}

/* Registrations that may have ended among what was lost count for nothing. */
static void loss_makes_a_list_uncertain(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_create(l, 1, OTHER);
	group_add(l, VMM, 0, 0);
	group_add(l, OTHER, 1, 0);
	group_del(l, OTHER, 1, 0);
	l->lose = 2;
	group_del(l, VMM, 0, 0);
	dev_open(l, DPDK, 0);
	dev_close(l, DPDK, 0);
	assert_int_equal(count_rule(l, VS_RULE_OPEN_WITHOUT_ADD), 0);
}

static void loss_before_a_del_makes_it_uncertain(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	l->lose = 1;
	dev_close(l, VMM, 0);
	group_del(l, VMM, 0, 0);
	assert_silent(l);
}

static void loss_before_the_end_of_a_vm_makes_it_uncertain(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	l->lose = 1;
	dev_close(l, VMM, 0);
	vm_destroy(l, 0, VMM);
	assert_silent(l);
}

/* Another open of the same device by then: its beginning is not that one's. */
static void state_that_proves_it_of_another_open(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, OTHER, 0);
	l->lose = 4;
	dev_close(l, OTHER, 0);
	df_open(l, VMM, 0);
	group_add(l, VMM, 0, 0);
	l->lose = 0;
	dev_close(l, VMM, 0);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
	assert_int_equal(l->finding[0].pid, 0); /* not OTHER */
	assert_int_equal(l->finding[0].opened_ns, 0);
	assert_int_equal(last_closed(l)->open.pid, 0);
}

/* Blindness: what rests on sites that are missing is unknown, with the reason */

static void blind_for_vms(void **state)
{
	struct lab *l = *state;

	restart_blind(l, VS_BLIND_VM);
	dev_open(l, DPDK, 0);
	dev_close(l, DPDK, 0);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
	assert_reason(l, VS_REASON_VMS_BLIND);
	assert_silent(l);
	/* what the device holds is proof all the same */
	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_ORDERED);
	/* and so is what the kernel says of the process */
	dev_open(l, VMM, 2);
	dev_close(l, VMM, 2);
	assert_one_finding(l, VS_RULE_OPEN_WITHOUT_ADD);
}

static void blind_for_registrations(void **state)
{
	static const unsigned int blind[] = { VS_BLIND_ADD, VS_BLIND_SET_KVM,
					      VS_BLIND_ADD | VS_BLIND_SET_KVM };
	struct lab *l = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(blind); i++) {
		restart_blind(l, blind[i]);
		vm_create(l, 0, VMM);
		dev_open(l, VMM, 0);
		tick_after(l, 60 * SEC);
		dev_close(l, VMM, 0);
		assert_silent(l);
		assert_verdict(l, VS_VERDICT_UNKNOWN);
		assert_reason(l, VS_REASON_REGISTRATIONS_BLIND);
		/* the state at the close shows what was not seen */
		dev_open(l, VMM, 0);
		group_add(l, VMM, 0, 0);
		dev_close(l, VMM, 0);
		assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
	}
}

/* Without the call, what it did to the group shows it, at once. */
static void blind_for_the_call_but_not_for_what_it_did(void **state)
{
	struct lab *l = *state;

	restart_blind(l, VS_BLIND_ADD);
	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	group_add(l, VMM, 0, 0);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
	EVIDENCE(&l->finding[0], VS_DEV_OPEN, VS_GET_DEVICE_FD, VS_SET_KVM);
	/* a pointer that is cleared may have been a DEL's, or an exit's */
	group_del(l, VMM, 0, 0);
	assert_int_equal(l->finding_count, 1);
}

/* The group was looked up by an fd that names another file by now. */
static void blind_for_the_group_of_a_registration(void **state)
{
	struct k_attr a = { .what = KVM_DEV_VFIO_GROUP_ADD };
	struct lab *l = *state;

	restart_blind(l, VS_BLIND_SET_KVM);
	vm_create(l, 0, VMM);
	vm_create(l, 1, OTHER);
	group_add(l, OTHER, 1, 0);
	dev_open(l, OTHER, 0);
	attr_end(l, VMM, &a);
	a.what = KVM_DEV_VFIO_GROUP_DEL;
	attr_end(l, VMM, &a);
	dev_close(l, OTHER, 0);
	assert_silent(l);
	assert_verdict(l, VS_VERDICT_ORDERED);
}

/* Without the group, no DEL ends a registration: none is taken for certain. */
static void blind_for_the_group_of_a_removal(void **state)
{
	struct lab *l = *state;

	restart_blind(l, VS_BLIND_SET_KVM);
	vm_create(l, 0, VMM);
	vm_create(l, 1, OTHER);
	group_add(l, VMM, 0, 0);
	group_del(l, VMM, 0, 0);
	group_add(l, OTHER, 1, 0);
	group_del(l, OTHER, 1, 0);
	dev_open(l, DPDK, 0);
	dev_close(l, DPDK, 0);
	assert_silent(l);
}

static void blind_for_closes(void **state)
{
	struct lab *l = *state;

	restart_blind(l, VS_BLIND_CLOSE);
	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	group_add(l, VMM, 0, 0); /* it was closed by then */
	group_del(l, VMM, 0, 0);
	dev_open(l, DPDK, 2);
	tick_after(l, 60 * SEC);
	finish(l);
	assert_silent(l);
	assert_int_equal(l->closed_count, 2);
	assert_int_equal(l->closed[0].open.verdict, VS_VERDICT_UNKNOWN);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
	assert_reason(l, VS_REASON_CLOSES_BLIND);
}

static void blind_for_closes_and_opened_again(void **state)
{
	struct lab *l = *state;

	restart_blind(l, VS_BLIND_CLOSE);
	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	assert_int_equal(l->closed_count, 1);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
	finish(l);
	assert_int_equal(l->closed_count, 2);
	assert_verdict(l, VS_VERDICT_ORDERED);
	assert_silent(l);
}

/* Whose registration it was that ended is not known: none is taken for certain. */
static void blind_for_ends_of_registrations(void **state)
{
	struct lab *l = *state;

	restart_blind(l, VS_BLIND_DEL);
	vm_create(l, 0, VMM);
	vm_create(l, 1, OTHER);
	group_add(l, VMM, 0, 0);
	kvm_vfio_close(l, VMM, 0);
	group_add(l, OTHER, 1, 0);
	group_del(l, OTHER, 1, 0);
	dev_open(l, DPDK, 0);
	dev_close(l, DPDK, 0);
	assert_silent(l);
}

static void blind_for_ends_of_vms(void **state)
{
	struct lab *l = *state;

	restart_blind(l, VS_BLIND_VM_END);
	vm_create(l, 0, VMM);
	vm_destroy(l, 0, VMM);
	l->no_vm_list = true;
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_silent(l);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
	assert_reason(l, VS_REASON_VMS_UNKNOWN);
}

/* Random histories with losses and blindness: never wrong, rather silent */

/*
 * Closed too early. After a loss files are not known of: there the count says that none
 * is open, although closes that have begun are still under way.
 */
static bool closed_early(const struct history *h, const struct truth *t, uint64_t closed_ns)
{
	bool empty = h->l->lost && t->emptied_ns && t->emptied_ns <= closed_ns;

	return closed_ns && t->to > closed_ns && !empty;
}

/*
 * Its VM's creator, or nobody; or anybody, if the VM may have ended before a device was seen
 * that carries its pointer all the same.
 */
static bool vm_fits(const struct history *h, const struct truth *t, const struct said_open *said)
{
	bool dangling = on_borrowed(h->l) && (t->vague || !said->open.opened_ns);

	return !said->vm_pid || said->vm_pid == t->kvm_pid || dangling;
}

static bool verdict_fits(const struct history *h, const struct truth *t,
			 const struct said_open *said)
{
	const struct vs_open *open = &said->open;
	uint64_t proven = BIT(VS_RULE_OPEN_BEFORE_ADD);

	/* With its beginning forgotten, it may be two in one: each finding was right. */
	if (open->opened_ns && (open->fired & ~t->may))
		return false;
	if (open->opened_ns && closed_early(h, t, open->closed_ns))
		return false;
	switch (open->verdict) {
	case VS_VERDICT_ORDERED:
		return t->kvm && said->kvm && said->kvm_ptr == t->kvm && vm_fits(h, t, said);
	case VS_VERDICT_VIOLATION:
		return open->fired & BREAKS_ORDER & t->may;
	case VS_VERDICT_NO_VM:
		/* An incomplete list of registrations proves nothing. */
		return !t->kvm && !t->has_vm && !(t->must & proven);
	default:
		return open->verdict == VS_VERDICT_UNKNOWN;
	}
}

/* Of an open from before, on a kernel that notifies. */
static bool overrates(const struct history *h, const struct vs_open *open)
{
	return on_notifier(h) && !open->opened_ns && open->verdict != VS_VERDICT_UNKNOWN;
}

static void judge_loosely(struct history *h)
{
	bool right = false;
	size_t i;

	for (; h->judged < h->l->closed_count; h->judged++) {
		const struct said_open *said = &h->l->closed[h->judged];

		assert_false(overrates(h, &said->open));
		for (right = false, i = 0; i < h->count && !right; i++)
			right = is_of(h->l, &h->t[i], said->open.device, said->open.opened_ns) &&
				verdict_fits(h, &h->t[i], said);
		if (!right)
			fail_msg("open %zu, of %s at %llu: %s is wrong, rules %#llx", h->judged,
				 said->open.device, (unsigned long long)said->open.opened_ns,
				 vs_verdict_name(said->open.verdict),
				 (unsigned long long)said->open.fired);
	}
	check_findings(h);
}

static struct history history;

/* Returns how many verdicts were not "unknown". */
static size_t run_random(struct lab *l, enum k_kernel kernel, uint32_t seed,
			 unsigned int loss_percent, unsigned int blind, bool look)
{
	const struct lab_config config = {
		.grace_ns = 40 * MS, .arch = "x86_64", .blind = blind, .look = look
	};
	struct history *h = &history;
	unsigned int step;
	size_t known = 0;

	restart(l, &config);
	h_begin(h, l, seed, kernel);
	h_prefix(h, look);
	for (step = 0; step < 400; step++) {
		if (h_random(h, 100) < loss_percent)
			l->lose = 1 + h_random(h, 3);
		h_step(h);
		if (h->looking && h_random(h, 2))
			h_look_step(h);
		l->lose = 0;
		h_tick(h);
		judge_loosely(h);
	}
	while (h->looking)
		h_look_step(h);
	h_quiet(h);
	finish(l);
	judge_loosely(h);
	for (step = 0; step < l->closed_count; step++)
		known += l->closed[step].open.verdict != VS_VERDICT_UNKNOWN;
	return known;
}

static void random_losses(void **state)
{
	size_t known = 0;
	uint32_t seed;

	for (seed = 1; seed <= 300; seed++)
		known += run_random(*state, seed % K_KERNELS, seed * 7919, 1 + seed % 5, 0, false);
	assert_true(known > 1000);
}

static void random_losses_with_a_look(void **state)
{
	size_t known = 0;
	uint32_t seed;

	for (seed = 1; seed <= 600; seed++)
		known += run_random(*state, seed % K_KERNELS, seed * 104729, 1 + seed % 5, 0, true);
	assert_true(known > 1000);
}

/* Every combination of missing sites, with losses and without. */
static void random_blindness(void **state)
{
	unsigned int blind, round;

	for (blind = 0; blind < VS_BLIND_CDEV << 1; blind++)
		for (round = 0; round < 4 * K_KERNELS; round++)
			run_random(*state, round >> 2, (blind * 16 + round + 1) * 15485863,
				   round & 2 ? 2 : 0, blind, round & 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(loss_during_an_open_makes_it_unknown),
		TEST(loss_makes_an_absent_add_unknown),
		TEST(loss_told_only_at_the_end),
		TEST(loss_told_only_at_the_end_after_attaching_anew),
		TEST(attaching_anew_makes_what_is_open_uncertain),
		TEST(loss_not_told_when_the_grace_period_is_over),
		TEST(loss_told_by_the_record_that_meets_the_deadline),
		TEST(loss_before_the_open_does_not_matter),
		TEST(loss_does_not_undo_ordered),
		TEST(loss_does_not_undo_a_proven_violation),
		TEST(lost_close_before_the_add_proves_nothing),
		TEST(lost_end_of_a_vm),
		TEST(lost_end_and_another_vm_at_its_address),
		TEST(lost_end_and_another_vm_named),
		TEST(lost_end_and_the_close_of_another_vms_device),
		TEST(lost_close_and_another_vm_with_the_device),
		TEST(lost_end_and_a_vm_of_nobody_knows_whom),
		TEST(lost_end_of_a_vm_that_a_device_carries_on_with),
		TEST(lost_end_of_a_vm_that_an_open_carries_on_with),
		TEST(lost_records_of_an_open_whose_vm_is_not_known),
		TEST(lost_records_and_a_vm_whose_creator_is_not_told),
		TEST(lost_end_and_another_vm_of_an_opener),
		TEST(lost_end_and_a_pointer_set_unseen),
		TEST(lost_end_of_a_vm_and_no_list),
		TEST(lost_records_and_the_same_vm),
		TEST(lost_records_and_a_vm_made_by_a_thread),
		TEST(name_of_another_vm),
		TEST(lost_beginning_and_registration),
		TEST(loss_makes_a_list_uncertain),
		TEST(loss_before_a_del_makes_it_uncertain),
		TEST(loss_before_the_end_of_a_vm_makes_it_uncertain),
		TEST(state_that_proves_it_of_another_open),
		TEST(blind_for_vms),
		TEST(blind_for_registrations),
		TEST(blind_for_the_call_but_not_for_what_it_did),
		TEST(blind_for_the_group_of_a_registration),
		TEST(blind_for_the_group_of_a_removal),
		TEST(blind_for_closes),
		TEST(blind_for_closes_and_opened_again),
		TEST(blind_for_ends_of_registrations),
		TEST(blind_for_ends_of_vms),
		TEST(random_losses),
		TEST(random_losses_with_a_look),
		TEST(random_blindness),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
