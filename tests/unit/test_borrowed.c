// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernels whose devices copy their VM's pointer and do not hold the VM (6.1):
 * it may end while they carry it. Only a last close is recorded there.
 */
#include "model_test.h"

/* Ends of VMs */

static void vm_ended_on_purpose_while_open(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_name(l, 0, VMM, "web");
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	dev_open(l, VMM, 2);
	group_del(l, VMM, 0, 0);
	vm_destroy(l, 0, VMM);
	assert_int_equal(l->finding_count, 2);
	assert_rule(&l->finding[0], VS_RULE_DEL_WHILE_OPEN);
	assert_rule(&l->finding[1], VS_RULE_VM_GONE_WHILE_OPEN);
	assert_string_equal(l->finding[1].device, l->dev[0].name);
	assert_string_equal(l->finding[1].vm_name, "web");
	EVIDENCE(&l->finding[1], VS_DEV_OPEN, VS_GET_DEVICE_FD, VS_VM_DESTROY);
	dev_close(l, VMM, 0);
	assert_int_equal(l->finding_count, 2);
	assert_verdict(l, VS_VERDICT_VIOLATION);
	assert_int_equal(last_closed(l)->kvm, 1);
	assert_string_equal(last_closed(l)->vm_name, "web");
}

static void vm_ended_by_an_exit_or_in_another_process(void **state)
{
	static const uint32_t flags[] = { VS_F_EXITING, VS_F_OTHER_MM,
					  VS_F_EXITING | VS_F_OTHER_MM };
	struct lab *l = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		restart(l, &defaults);
		vm_create(l, 0, VMM);
		group_add(l, VMM, 0, 0);
		dev_open(l, VMM, 0);
		l->flags = flags[i];
		vm_destroy(l, 0, VMM);
		l->flags = 0;
		dev_close(l, VMM, 0);
		assert_silent(l);
		assert_verdict(l, VS_VERDICT_ORDERED);
	}
}

static void vm_ended_after_the_last_close(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	vm_destroy(l, 0, VMM);
	assert_silent(l);
}

static void vm_ended_after_a_loss(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	l->lose = 1;
	dev_close(l, VMM, 0);
	vm_destroy(l, 0, VMM);
	finish(l);
	assert_silent(l);
	assert_verdict(l, VS_VERDICT_ORDERED);
}

/* Early ones: what is on the VM's list stays there until its end. */
static void vm_and_its_registrations_end_together(void **state)
{
	struct lab *l = *state;

	l->kernel = K_BORROWED_EARLY;
	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	kvm_vfio_close(l, VMM, 0);
	assert_silent(l);
	vm_destroy(l, 0, VMM);
	assert_int_equal(l->finding_count, 2);
	assert_rule(&l->finding[0], VS_RULE_DEL_WHILE_OPEN);
	assert_rule(&l->finding[1], VS_RULE_VM_GONE_WHILE_OPEN);
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_VIOLATION);
}

/* Another VM at the address */

static void old_vm_and_new(struct lab *l, uint32_t flags)
{
	vm_create(l, 0, VMM);
	vm_name(l, 0, VMM, "old");
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	l->flags = flags;
	vm_destroy(l, 0, VMM);
	l->flags = 0;
	vm_create(l, 0, OTHER);
	vm_name(l, 0, OTHER, "new");
}

static void the_next_vm_at_the_address_is_not_the_devices(void **state)
{
	static const uint32_t flags[] = { 0, VS_F_OTHER_MM };
	struct lab *l = *state;
	size_t i, before;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		restart(l, &with_look);
		old_vm_and_new(l, flags[i]);
		before = l->finding_count;
		dev_open(l, VMM, 0);
		look(l);
		vm_destroy(l, 0, OTHER);
		assert_int_equal(l->finding_count, before);
		dev_close(l, VMM, 0);
		assert_int_equal(l->closed_count, 0);
		dev_close(l, VMM, 0);
		assert_int_equal(l->finding_count, before);
		assert_verdict(l, flags[i] ? VS_VERDICT_ORDERED : VS_VERDICT_VIOLATION);
		assert_int_equal(last_closed(l)->open.opens, 2);
		assert_int_equal(last_closed(l)->vm, 1);
		assert_string_equal(last_closed(l)->vm_name, "old");
	}
}

/* Group and device carry the same number now, and mean two VMs. */
static void registered_with_the_next_vm_at_the_address(void **state)
{
	struct lab *l = *state;

	old_vm_and_new(l, VS_F_OTHER_MM);
	group_add(l, OTHER, 0, 0);
	assert_one_finding(l, VS_RULE_KVM_MISMATCH);
	assert_string_equal(l->finding[0].vm_name, "old");
	dev_close(l, VMM, 0);
	assert_int_equal(l->finding_count, 1);
	assert_verdict(l, VS_VERDICT_VIOLATION);
}

/* Found with a pointer to nothing */

static void was_left_behind(struct lab *l, unsigned int vm, unsigned int dev)
{
	unsigned int group = (unsigned int)(l->dev[dev].group - l->group);

	had_vm(l, vm, VMM);
	had_group(l, vm, group);
	was_open(l, OTHER, dev);
	l->armed = false;
	vm_destroy(l, vm, VMM);
	l->armed = true;
}

static void found_after_its_vm(void **state)
{
	struct lab *l = *state;

	was_left_behind(l, 0, 0);
	look(l);
	assert_one_finding(l, VS_RULE_VM_GONE_WHILE_OPEN);
	assert_false(l->finding[0].pending);
	assert_int_equal(l->finding[0].pid, OTHER);
	assert_int_equal(l->finding[0].vm_pid, 0);
	EVIDENCE(&l->finding[0], VS_FOUND_DEVICE);
	assert_int_equal(l->opened[0].open.verdict, VS_VERDICT_VIOLATION);
	found_device(l, 0);
	dev_close(l, OTHER, 0);
	assert_int_equal(l->finding_count, 1);
	assert_int_equal(l->closed_count, 1);
	assert_verdict(l, VS_VERDICT_VIOLATION);
	assert_int_equal(last_closed(l)->kvm_ptr, l->vm[0].ptr);
}

static void found_after_its_vm_by_two_processes(void **state)
{
	struct lab *l = *state;

	was_left_behind(l, 0, 0);
	found_device(l, 0);
	found_device_at(l, lab_reserve(l), 0, DPDK);
	look_done(l);
	finish(l);
	assert_one_finding(l, VS_RULE_VM_GONE_WHILE_OPEN);
	assert_int_equal(l->closed_count, 1);
}

static void found_two_after_their_vm(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_group(l, 0, 0);
	was_open(l, OTHER, 0);
	was_open(l, OTHER, 1);
	l->armed = false;
	vm_destroy(l, 0, VMM);
	l->armed = true;
	look(l);
	assert_int_equal(count_rule(l, VS_RULE_VM_GONE_WHILE_OPEN), 2);
	finish(l);
	assert_int_equal(l->finding_count, 2);
	assert_int_equal(l->closed_count, 2);
}

static void found_with_its_vm_there(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_vm(l, 1, OTHER);
	had_group(l, 0, 0);
	was_open(l, OTHER, 0);
	l->armed = false;
	vm_destroy(l, 1, OTHER);
	l->armed = true;
	look(l);
	finish(l);
	assert_silent(l);
	assert_verdict(l, VS_VERDICT_ORDERED);
}

/* A VM that comes to the address is new, whatever tells of it first. */
static void next_vm_at_the_address_of_one_gone(void **state)
{
	enum { CREATED, CREATED_LATER, NAMED, CASES };
	struct lab *l = *state;
	unsigned int how;

	for (how = 0; how < CASES; how++) {
		restart(l, &with_look);
		was_left_behind(l, 0, 0);
		found_device(l, 0);
		if (how == CREATED_LATER)
			look_done(l);
		if (how == NAMED)
			vm_name_new(l, 0, VMM, "new");
		vm_create(l, 0, VMM);
		assert_int_equal(l->last_vm, 2);
		assert_int_equal(l->last_vm_pid, VMM);
		if (how != CREATED_LATER)
			look_done(l);
		vm_name(l, 0, VMM, "new");
		group_add(l, VMM, 0, 1);
		assert_int_equal(l->last_vm, 2);
		vm_destroy(l, 0, VMM);
		dev_close(l, OTHER, 0);
		assert_one_finding(l, VS_RULE_VM_GONE_WHILE_OPEN);
		assert_verdict(l, VS_VERDICT_VIOLATION);
		assert_int_equal(last_closed(l)->vm, 1);
		assert_int_equal(last_closed(l)->vm_pid, 0);
		assert_string_equal(last_closed(l)->vm_name, "");
	}
}

/* What named the old one did not know whose it was; of the new one it is known. */
static void next_vm_at_the_address_has_a_process(void **state)
{
	struct lab *l = *state;

	was_left_behind(l, 0, 0);
	dev_open(l, DPDK, 2);
	dev_close(l, OTHER, 0);
	vm_create(l, 0, DPDK);
	look(l);
	tick_after(l, 60 * SEC);
	assert_one_finding(l, VS_RULE_OPEN_WITHOUT_ADD);
	assert_int_equal(l->finding[0].vm_pid, DPDK);
}

/* Registered by the VM before, found with the pointer of this one: the same number. */
static void registered_before_the_next_vm_at_the_address(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_group(l, 0, 0);
	was_open(l, OTHER, 0);
	group_del(l, VMM, 0, 0);
	group_add(l, VMM, 0, 0);
	l->flags = VS_F_EXITING;
	vm_destroy(l, 0, VMM);
	l->flags = 0;
	vm_create(l, 0, VMM);
	look(l);
	finish(l);
	assert_one_finding(l, VS_RULE_DEL_WHILE_OPEN);
	assert_verdict(l, VS_VERDICT_ORDERED);
}

/* The list was read after the end, and what came before that is told after it. */
static void found_just_when_its_vm_ends(void **state)
{
	struct lab *l = *state;
	size_t place;

	had_vm(l, 0, VMM);
	had_group(l, 0, 0);
	was_open(l, OTHER, 0);
	found_vm(l, 0);
	place = lab_reserve(l);
	group_del(l, VMM, 0, 0);
	group_add(l, VMM, 0, 0);
	vm_destroy(l, 0, VMM);
	found_device_at(l, place, 0, OTHER);
	look_done(l);
	vm_create(l, 0, OTHER);
	dev_close(l, OTHER, 0);
	assert_int_equal(count_rule(l, VS_RULE_VM_GONE_WHILE_OPEN), 1);
	assert_int_equal(count_rule(l, VS_RULE_DEL_WHILE_OPEN), 1);
	assert_int_equal(l->finding_count, 2);
	assert_verdict(l, VS_VERDICT_VIOLATION);
	assert_int_equal(last_closed(l)->vm_pid, VMM);
}

/* Only last closes are recorded */

static void closes_that_are_not_recorded(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	/* Counted 1 by then; whoever opens again says 2 at least. */
	df_open_counted(l, VMM, 0, 2);
	group_add(l, VMM, 0, 0);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
	dev_close(l, VMM, 0);
	assert_int_equal(l->closed_count, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(l->opened_count, 1);
	assert_int_equal(l->closed_count, 1);
	assert_int_equal(last_closed(l)->open.opens, 3);
	assert_verdict(l, VS_VERDICT_VIOLATION);
}

/* Registered before there is a container */

static void registered_without_a_container(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	l->group[0].no_container = true;
	group_add(l, VMM, 0, 0);
	assert_one_finding(l, VS_RULE_ADD_WITHOUT_EFFECT);
	assert_int_equal(l->finding[0].vm, 1);
	assert_int_equal(l->finding[0].group, 12);
	assert_int_equal(l->finding[0].pid, VMM);
	EVIDENCE(&l->finding[0], VS_GROUP_ADD);
	l->group[0].no_container = false;
	/* It is a registration all the same. */
	dev_open(l, VMM, 0);
	group_del(l, VMM, 0, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(l->finding_count, 2);
	assert_rule(&l->finding[1], VS_RULE_DEL_WHILE_OPEN);
	assert_verdict(l, VS_VERDICT_ORDERED);
}

static void registered_twice_without_a_container(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_create(l, 1, OTHER);
	l->group[0].no_container = true;
	group_add(l, VMM, 0, 0);
	group_add(l, VMM, 0, 0); /* EEXIST */
	assert_int_equal(count_rule(l, VS_RULE_ADD_WITHOUT_EFFECT), 1);
	group_add(l, OTHER, 1, 0);
	group_del(l, OTHER, 1, 0);
	assert_int_equal(count_rule(l, VS_RULE_ADD_WITHOUT_EFFECT), 2);
	assert_int_equal(count_rule(l, VS_RULE_ADD_FAILED), 1);
	assert_int_equal(count_rule(l, VS_RULE_TWO_VMS), 1);
	assert_int_equal(l->finding_count, 4);
}

static void registered_without_a_container_after_the_open(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	l->group[0].no_container = true;
	group_add(l, VMM, 0, 0);
	assert_int_equal(count_rule(l, VS_RULE_ADD_WITHOUT_EFFECT), 1);
	assert_int_equal(count_rule(l, VS_RULE_OPEN_BEFORE_ADD), 1);
	assert_int_equal(l->finding_count, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BORROWED_TEST(vm_ended_on_purpose_while_open),
		BORROWED_TEST(vm_ended_by_an_exit_or_in_another_process),
		BORROWED_TEST(vm_ended_after_the_last_close),
		BORROWED_TEST(vm_ended_after_a_loss),
		BORROWED_TEST(vm_and_its_registrations_end_together),
		BORROWED_TEST(the_next_vm_at_the_address_is_not_the_devices),
		BORROWED_TEST(registered_with_the_next_vm_at_the_address),
		BORROWED_LOOK_TEST(found_after_its_vm),
		BORROWED_LOOK_TEST(found_after_its_vm_by_two_processes),
		BORROWED_LOOK_TEST(found_two_after_their_vm),
		BORROWED_LOOK_TEST(found_with_its_vm_there),
		BORROWED_LOOK_TEST(next_vm_at_the_address_of_one_gone),
		BORROWED_LOOK_TEST(next_vm_at_the_address_has_a_process),
		BORROWED_LOOK_TEST(registered_before_the_next_vm_at_the_address),
		BORROWED_LOOK_TEST(found_just_when_its_vm_ends),
		BORROWED_TEST(closes_that_are_not_recorded),
		BORROWED_TEST(registered_without_a_container),
		BORROWED_TEST(registered_twice_without_a_container),
		BORROWED_TEST(registered_without_a_container_after_the_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
