// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each rule about an open fires when it should, and not when it almost should.
 * The two about the order are in test_verdicts.c, what only a look can show in
 * test_snapshot.c, rules about calls in test_rules_calls.c.
 */
#include "model_test.h"
#include "../../user/core/rules/drivers.h"

/* Severity and harm are the driver's */

static void driver_decides_the_severity(void **state)
{
	const struct lab_config s390 = { .grace_ns = 5 * SEC, .arch = "s390x" };
	static const struct {
		const char *driver;
		bool s390;
		enum vs_severity severity;
	} cases[] = {
		{ "vfio-pci", false, VS_WARNING },	{ "vfio-pci", true, VS_ERROR },
		{ "intel_vgpu_mdev", false, VS_ERROR }, { "vfio_ap_mdev", true, VS_ERROR },
		{ "some_driver", false, VS_WARNING },	{ "", false, VS_WARNING },
	};
	struct lab *l = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		restart(l, cases[i].s390 ? &s390 : &defaults);
		l->dev[0].driver = l->dev[2].driver = cases[i].driver;
		vm_create(l, 0, VMM);
		dev_open(l, VMM, 0);
		group_add(l, VMM, 0, 0);
		assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
		dev_open(l, VMM, 2);
		dev_close(l, VMM, 2);
		assert_rule(&l->finding[1], VS_RULE_OPEN_WITHOUT_ADD);
		for (size_t f = 0; f < 2; f++) {
			assert_int_equal(l->finding[f].severity, cases[i].severity);
			assert_ptr_equal(
				l->finding[f].harm,
				vs_driver_find(cases[i].driver, cases[i].s390 ? "s390x" : "x86_64")
					->harm);
		}
	}
}

/* All others have a severity and a harm of their own, whatever the driver. */
static void other_rules_do_not_ask_the_driver(void **state)
{
	struct lab *l = *state;

	l->dev[0].driver = "intel_vgpu_mdev";
	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	group_del(l, VMM, 0, 0);
	assert_one_finding(l, VS_RULE_DEL_WHILE_OPEN);
	assert_int_equal(l->finding[0].severity, VS_WARNING);
	assert_ptr_equal(l->finding[0].harm, vs_rules[VS_RULE_DEL_WHILE_OPEN].harm);
	assert_null(l->finding[0].cause);
}

/* open-without-add: a group on a list, whose pointer another VM's DEL has cleared */

static void cleared_by_another_vms_del(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_create(l, 1, OTHER);
	group_add(l, VMM, 0, 0);
	group_add(l, OTHER, 1, 0);
	assert_one_finding(l, VS_RULE_TWO_VMS);
	group_del(l, OTHER, 1, 0);
	dev_open(l, DPDK, 0); /* a process without a VM of its own */
	dev_close(l, DPDK, 0);
	assert_int_equal(l->finding_count, 2);
	assert_rule(last_finding(l), VS_RULE_OPEN_WITHOUT_ADD);
	assert_int_equal(last_finding(l)->vm, 1);
	assert_verdict(l, VS_VERDICT_VIOLATION);
}

static void on_no_list_any_more(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_create(l, 1, OTHER);
	group_add(l, VMM, 0, 0);
	group_add(l, OTHER, 1, 0);
	group_del(l, OTHER, 1, 0);
	group_del(l, VMM, 0, 0);
	dev_open(l, DPDK, 0);
	dev_close(l, DPDK, 0);
	assert_int_equal(count_rule(l, VS_RULE_OPEN_WITHOUT_ADD), 0);
	assert_verdict(l, VS_VERDICT_NO_VM);
}

/* A VM's end takes its list along. */
static void on_the_list_of_a_vm_that_ended(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	vm_destroy(l, 0, VMM);
	dev_open(l, DPDK, 0);
	dev_close(l, DPDK, 0);
	assert_silent(l);
	assert_verdict(l, VS_VERDICT_NO_VM);
}

/* kvm-mismatch */

static void added_to_another_vm_while_open(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_create(l, 1, OTHER);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	group_add(l, OTHER, 1, 0);
	assert_int_equal(l->finding_count, 2);
	assert_int_equal(count_rule(l, VS_RULE_TWO_VMS), 1);
	assert_rule(last_finding(l), VS_RULE_KVM_MISMATCH);
	assert_int_equal(last_finding(l)->severity, VS_ERROR);
	EVIDENCE(last_finding(l), VS_DEV_OPEN, VS_GET_DEVICE_FD, VS_GROUP_ADD);
	assert_int_equal(last_finding(l)->evidence_vm[0], 1);
	assert_int_equal(last_finding(l)->evidence_vm[2], 2);
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_VIOLATION);
	assert_int_equal(last_closed(l)->kvm, 1);
	assert_int_equal(l->finding_count, 2);
}

static void handed_on_while_open(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_create(l, 1, OTHER);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	group_del(l, VMM, 0, 0);
	assert_one_finding(l, VS_RULE_DEL_WHILE_OPEN);
	group_add(l, OTHER, 1, 0);
	assert_int_equal(l->finding_count, 2);
	assert_rule(last_finding(l), VS_RULE_KVM_MISMATCH);
	assert_int_equal(count_rule(l, VS_RULE_TWO_VMS), 0);
}

static void handed_on_between_two_opens(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_create(l, 1, OTHER);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	group_del(l, VMM, 0, 0);
	group_add(l, OTHER, 1, 0);
	dev_open(l, OTHER, 0);
	dev_close(l, OTHER, 0);
	assert_silent(l);
	assert_int_equal(l->closed[0].kvm, 1);
	assert_int_equal(l->closed[1].kvm, 2);
	assert_verdict(l, VS_VERDICT_ORDERED);
}

static void added_again_to_the_same_vm(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	group_del(l, VMM, 0, 0);
	group_add(l, VMM, 0, 0);
	dev_close(l, VMM, 0);
	assert_one_finding(l, VS_RULE_DEL_WHILE_OPEN);
	assert_verdict(l, VS_VERDICT_ORDERED);
}

/* The ADD was lost; the state at the close proves it. */
static void mismatch_proven_by_state(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_create(l, 1, OTHER);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	l->lose = 2;
	group_add(l, OTHER, 1, 0);
	dev_close(l, VMM, 0);
	assert_one_finding(l, VS_RULE_KVM_MISMATCH);
	assert_verdict(l, VS_VERDICT_VIOLATION);
}

/* del-while-open */

static void del_while_open(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	dev_open(l, VMM, 1);
	dev_open(l, VMM, 2); /* of another group */
	group_del(l, VMM, 0, 0);
	assert_int_equal(l->finding_count, 2);
	assert_rule(&l->finding[0], VS_RULE_DEL_WHILE_OPEN);
	assert_rule(&l->finding[1], VS_RULE_DEL_WHILE_OPEN);
	assert_string_equal(l->finding[1].device, l->dev[1].name);
	assert_int_equal(l->finding[0].severity, VS_WARNING);
	assert_int_equal(l->finding[0].vm, 1);
	EVIDENCE(&l->finding[0], VS_DEV_OPEN, VS_GET_DEVICE_FD, VS_GROUP_DEL);
	/* what the device holds stays; the order was right */
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_ORDERED);
	assert_int_equal(last_closed(l)->open.fired, 1ULL << VS_RULE_DEL_WHILE_OPEN);
}

static void kvm_vfio_closed_while_open(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	kvm_vfio_close(l, VMM, 0);
	assert_one_finding(l, VS_RULE_DEL_WHILE_OPEN);
	EVIDENCE(&l->finding[0], VS_DEV_OPEN, VS_GET_DEVICE_FD, VS_CLEAR_KVM);
	dev_close(l, VMM, 0);
	assert_int_equal(l->finding_count, 1);
}

static void fds_closed_by_the_end_of_a_process(void **state)
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
		dev_close(l, VMM, 0);
		assert_silent(l);
		assert_verdict(l, VS_VERDICT_ORDERED);
	}
}

/* Without the release around it, nobody knows who did it and why. */
static void pointer_cleared_by_somebody(void **state)
{
	struct lab *l = *state;

	restart_blind(l, VS_BLIND_DEL);
	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	kvm_vfio_close(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_silent(l);
}

static void del_after_the_close(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	group_del(l, VMM, 0, 0);
	group_add(l, VMM, 0, 0);
	kvm_vfio_close(l, VMM, 0);
	assert_silent(l);
}

/* A registration of another group ends, and one that never was. */
static void del_that_does_not_matter(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	group_add(l, VMM, 0, 1);
	dev_open(l, VMM, 0);
	group_del(l, VMM, 0, 1);
	assert_silent(l);
	attr_fails(l, VMM, 0, 0, KVM_DEV_VFIO_GROUP_DEL, -EBADF);
	assert_one_finding(l, VS_RULE_ADD_FAILED);
}

/* kvm-lost */

static void pointer_lost(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	l->dev[0].vm = NULL; /* the second BIND of a device, on 6.12 */
	dev_close(l, VMM, 0);
	assert_one_finding(l, VS_RULE_KVM_LOST);
	assert_int_equal(l->finding[0].severity, VS_ERROR);
	EVIDENCE(&l->finding[0], VS_DEV_OPEN, VS_GET_DEVICE_FD, VS_DEV_CLOSE);
	assert_int_equal(l->closed_count, 1);
	assert_verdict(l, VS_VERDICT_VIOLATION);
}

static void pointer_changed(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_create(l, 1, OTHER);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	l->dev[0].vm = &l->vm[1];
	df_open(l, VMM, 0); /* seen at a second open */
	assert_one_finding(l, VS_RULE_KVM_LOST);
	dev_close(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(l->finding_count, 1);
	assert_int_equal(l->closed_count, 1);
}

/* Once it is told to be lost, nothing is said of the device as if it had it. */
static void pointer_lost_for_good(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_create(l, 1, OTHER);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	l->dev[0].vm = NULL;
	df_open(l, VMM, 0);
	group_del(l, VMM, 0, 0);
	group_add(l, OTHER, 1, 0);
	vm_destroy(l, 0, VMM);
	assert_int_equal(count_rule(l, VS_RULE_KVM_LOST), 1);
	assert_int_equal(count_rule(l, VS_RULE_KVM_MISMATCH), 0);
	assert_int_equal(count_rule(l, VS_RULE_VM_GONE_WHILE_OPEN), 0);
}

/* With records lost, it is another open that is being closed. */
static void pointer_of_another_open(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	l->lose = 5;
	dev_close(l, VMM, 0);
	group_del(l, VMM, 0, 0);
	df_open(l, VMM, 0);
	l->lose = 0;
	dev_close(l, VMM, 0);
	assert_int_equal(count_rule(l, VS_RULE_KVM_LOST), 0);
	assert_int_equal(l->closed_count, 2);
	assert_int_equal(l->closed[0].open.verdict, VS_VERDICT_ORDERED);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
}

/* vm-gone-while-open */

static void vm_gone_while_open(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_name(l, 0, VMM, "web");
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	group_del(l, VMM, 0, 0);
	vm_destroy(l, 0, VMM);
	assert_int_equal(l->finding_count, 2);
	assert_rule(last_finding(l), VS_RULE_VM_GONE_WHILE_OPEN);
	assert_int_equal(last_finding(l)->severity, VS_ERROR);
	assert_string_equal(last_finding(l)->vm_name, "web");
	EVIDENCE(last_finding(l), VS_DEV_OPEN, VS_GET_DEVICE_FD, VS_VM_DESTROY);
	/* the pointer dangles until the close, which adds nothing */
	dev_close(l, VMM, 0);
	assert_int_equal(l->finding_count, 2);
	assert_verdict(l, VS_VERDICT_VIOLATION);
	assert_string_equal(last_closed(l)->vm_name, "web");
}

/* On kernels that clear the device's pointer: no kvm-lost on top. */
static void vm_gone_and_pointer_with_it(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	group_del(l, VMM, 0, 0);
	vm_destroy(l, 0, VMM);
	l->dev[0].vm = NULL;
	dev_close(l, VMM, 0);
	assert_int_equal(count_rule(l, VS_RULE_VM_GONE_WHILE_OPEN), 1);
	assert_int_equal(count_rule(l, VS_RULE_KVM_LOST), 0);
}

/* Read again, it is gone with its VM: what other VMs do with the group is no mismatch. */
static void pointer_gone_for_good(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_create(l, 1, OTHER);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	group_del(l, VMM, 0, 0);
	vm_destroy(l, 0, VMM);
	l->dev[0].vm = NULL;
	df_open(l, OTHER, 0);
	group_add(l, OTHER, 1, 0);
	assert_int_equal(count_rule(l, VS_RULE_VM_GONE_WHILE_OPEN), 1);
	assert_int_equal(count_rule(l, VS_RULE_KVM_LOST), 0);
	assert_int_equal(count_rule(l, VS_RULE_KVM_MISMATCH), 0);
}

static void vm_gone_after_the_close(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	vm_destroy(l, 0, VMM);
	assert_silent(l);
}

static void another_vm_gone(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_create(l, 1, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	dev_open(l, VMM, 2); /* without a pointer */
	vm_destroy(l, 1, VMM);
	assert_silent(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(driver_decides_the_severity),
		TEST(other_rules_do_not_ask_the_driver),
		TEST(cleared_by_another_vms_del),
		TEST(on_no_list_any_more),
		TEST(on_the_list_of_a_vm_that_ended),
		TEST(added_to_another_vm_while_open),
		TEST(handed_on_while_open),
		TEST(handed_on_between_two_opens),
		TEST(added_again_to_the_same_vm),
		TEST(mismatch_proven_by_state),
		TEST(del_while_open),
		TEST(kvm_vfio_closed_while_open),
		TEST(fds_closed_by_the_end_of_a_process),
		TEST(pointer_cleared_by_somebody),
		TEST(del_after_the_close),
		TEST(del_that_does_not_matter),
		TEST(pointer_lost),
		TEST(pointer_changed),
		TEST(pointer_lost_for_good),
		TEST(pointer_of_another_open),
		TEST(vm_gone_while_open),
		TEST(vm_gone_and_pointer_with_it),
		TEST(pointer_gone_for_good),
		TEST(vm_gone_after_the_close),
		TEST(another_vm_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
