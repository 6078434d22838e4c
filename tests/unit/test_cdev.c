// SPDX-License-Identifier: GPL-2.0-only
/* Verdicts of devices used through their cdevs: FILE_ADD, BIND_IOMMUFD. */
#include "model_test.h"
#include "toy_cdev.h"

/* Device 2 is used through its cdev: where the toy kernel says group 1, it is that file. */
#define DEV 2
#define CDEV 1

static int begin_cdev(void **state)
{
	begin(state);
	use_cdev(*state, DEV);
	return 0;
}

#define CDEV_TEST(name) cmocka_unit_test_setup_teardown(name, begin_cdev, end)

static void again(struct lab *l, const struct lab_config *config)
{
	restart(l, config);
	use_cdev(l, DEV);
}

static void registered_first_is_ordered(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, CDEV);
	assert_int_equal(l->last_vm, 1);
	assert_int_equal(l->last_group_vm, 1);
	cdev_bind(l, VMM, DEV);
	group_del(l, VMM, 0, CDEV);
	dev_close(l, VMM, DEV);
	assert_silent(l);
	assert_verdict(l, VS_VERDICT_ORDERED);
	assert_string_equal(last_closed(l)->open.reason.id, "took-pointer");
	assert_string_equal(last_closed(l)->open.reason.text,
			    vs_reasons[VS_REASON_TOOK_POINTER].cdev);
	assert_int_equal(last_closed(l)->open.path, VS_PATH_CDEV);
	assert_int_equal(last_closed(l)->open.backend, VS_BACKEND_IOMMUFD);
	assert_int_equal(last_closed(l)->open.group, 13);
	assert_int_equal(last_closed(l)->kvm, 1);
	assert_int_equal(last_closed(l)->open.opens, 1);
}

/* Of a cdev, the reason and the rule speak of it. */
static void assert_broken_by(const struct lab *l, enum vs_rule_id rule)
{
	assert_verdict(l, VS_VERDICT_VIOLATION);
	assert_reason_of(&last_closed(l)->open, vs_rules[rule].name, vs_rules[rule].cdev.title);
}

static void bound_before_its_file_is_registered(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	cdev_bind(l, VMM, DEV);
	group_add(l, VMM, 0, CDEV);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
	EVIDENCE(&l->finding[0], VS_DEV_OPEN, VS_BIND_IOMMUFD, VS_FILE_ADD);
	assert_int_equal(l->finding[0].vm, 1);
	assert_int_equal(l->finding[0].group, 13);
	assert_string_equal(l->finding[0].device, l->dev[DEV].name);
	assert_string_equal(l->finding[0].title, vs_rules[VS_RULE_OPEN_BEFORE_ADD].cdev.title);
	assert_string_equal(l->finding[0].fix, vs_rules[VS_RULE_OPEN_BEFORE_ADD].cdev.fix);
	group_del(l, VMM, 0, CDEV);
	dev_close(l, VMM, DEV);
	assert_broken_by(l, VS_RULE_OPEN_BEFORE_ADD);
	assert_int_equal(l->finding_count, 1);
}

/* Its ADD is lost; the file has the VM's pointer when the device is closed. */
static void bound_too_early_by_the_state_at_its_close(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	cdev_bind(l, VMM, DEV);
	l->lose = 2;
	group_add(l, VMM, 0, CDEV);
	dev_close(l, VMM, DEV);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
	assert_broken_by(l, VS_RULE_OPEN_BEFORE_ADD);
}

static void never_registered(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	cdev_bind(l, VMM, DEV);
	dev_close(l, VMM, DEV);
	assert_one_finding(l, VS_RULE_OPEN_WITHOUT_ADD);
	assert_false(l->finding[0].pending);
	assert_broken_by(l, VS_RULE_OPEN_WITHOUT_ADD);
}

static void never_registered_so_far(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	cdev_bind(l, VMM, DEV);
	tick_after(l, 5 * SEC - 2 * MS);
	assert_silent(l);
	tick_after(l, 2 * MS);
	assert_one_finding(l, VS_RULE_OPEN_WITHOUT_ADD);
	assert_true(l->finding[0].pending);
	EVIDENCE(&l->finding[0], VS_VM_CREATE, VS_DEV_OPEN, VS_BIND_IOMMUFD);
	dev_close(l, VMM, DEV);
	assert_int_equal(l->finding_count, 1);
}

static void a_user_space_driver_has_no_vm(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	cdev_bind(l, DPDK, DEV);
	tick_after(l, 10 * SEC);
	dev_close(l, DPDK, DEV);
	assert_silent(l);
	assert_verdict(l, VS_VERDICT_NO_VM);
	assert_reason(l, VS_REASON_NO_VM);
}

/* The file may be registered all the time by a VM that nobody has heard of yet. */
static void on_a_list_without_a_pointer(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_create(l, 1, OTHER);
	group_add(l, VMM, 0, CDEV);
	group_add(l, OTHER, 1, CDEV);
	group_del(l, OTHER, 1, CDEV);
	cdev_bind(l, DPDK, DEV);
	tick_after(l, 6 * SEC);
	assert_int_equal(l->finding_count, 2);
	assert_rule(&l->finding[0], VS_RULE_TWO_VMS);
	assert_rule(&l->finding[1], VS_RULE_OPEN_WITHOUT_ADD);
	assert_int_equal(l->finding[1].vm, 1);
}

static void mismatch(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_create(l, 1, OTHER);
	group_add(l, VMM, 0, CDEV);
	cdev_bind(l, VMM, DEV);
	group_del(l, VMM, 0, CDEV);
	group_add(l, OTHER, 1, CDEV);
	assert_one_finding(l, VS_RULE_KVM_MISMATCH);
	EVIDENCE(&l->finding[0], VS_DEV_OPEN, VS_BIND_IOMMUFD, VS_FILE_ADD);
	assert_string_equal(l->finding[0].fix, vs_rules[VS_RULE_KVM_MISMATCH].cdev.fix);
	assert_int_equal(l->finding[0].severity, VS_ERROR);
	group_del(l, OTHER, 1, CDEV);
	dev_close(l, VMM, DEV);
	assert_broken_by(l, VS_RULE_KVM_MISMATCH);
	assert_int_equal(l->finding_count, 1);
}

static void two_vms(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_create(l, 1, OTHER);
	group_add(l, VMM, 0, CDEV);
	group_add(l, OTHER, 1, CDEV);
	assert_one_finding(l, VS_RULE_TWO_VMS);
	EVIDENCE(&l->finding[0], VS_FILE_ADD, VS_FILE_ADD);
	assert_string_equal(l->finding[0].device, l->dev[DEV].name);
	assert_string_equal(l->finding[0].title, vs_rules[VS_RULE_TWO_VMS].cdev.title);
	assert_string_equal(l->finding[0].harm, vs_rules[VS_RULE_TWO_VMS].cdev.harm);
}

/* By the pointer that the file had just before, if the first ADD was not seen. */
static void two_vms_by_the_pointer(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_group(l, 0, CDEV);
	vm_create(l, 1, OTHER);
	group_add(l, OTHER, 1, CDEV);
	assert_one_finding(l, VS_RULE_TWO_VMS);
	EVIDENCE(&l->finding[0], VS_FILE_ADD);
}

static void handed_on_to_another_vm(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_create(l, 1, OTHER);
	group_add(l, VMM, 0, CDEV);
	group_del(l, VMM, 0, CDEV);
	group_add(l, OTHER, 1, CDEV);
	cdev_bind(l, OTHER, DEV);
	group_del(l, OTHER, 1, CDEV);
	dev_close(l, OTHER, DEV);
	assert_silent(l);
	assert_int_equal(last_closed(l)->kvm, 2);
	assert_verdict(l, VS_VERDICT_ORDERED);
}

/* It came from GET_DEVICE_FD: the pointer that its file is given nobody takes. */
static void add_without_effect(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	device_add(l, VMM, 0, 0);
	assert_one_finding(l, VS_RULE_ADD_WITHOUT_EFFECT);
	EVIDENCE(&l->finding[0], VS_FILE_ADD);
	assert_string_equal(l->finding[0].device, l->dev[0].name);
	assert_string_equal(l->finding[0].fix, vs_rules[VS_RULE_ADD_WITHOUT_EFFECT].cdev.fix);
	dev_close(l, VMM, 0);
	assert_rule(last_finding(l), VS_RULE_OPEN_WITHOUT_ADD);
	assert_int_equal(last_closed(l)->open.path, VS_PATH_GROUP);
	assert_string_equal(last_finding(l)->fix, vs_rules[VS_RULE_OPEN_WITHOUT_ADD].fix);
}

static void add_with_an_effect(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, CDEV);
	assert_silent(l);
}

static void add_failed(void **state)
{
	static const struct {
		uint64_t what;
		int err;
		unsigned int kind;
	} cases[] = {
		{ KVM_DEV_VFIO_GROUP_ADD, EBADF, VS_FILE_ADD },
		{ KVM_DEV_VFIO_GROUP_ADD, EEXIST, VS_FILE_ADD },
		{ KVM_DEV_VFIO_GROUP_DEL, ENOENT, VS_FILE_DEL },
	};
	struct lab *l = *state;
	size_t i;

	vm_create(l, 0, VMM);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		attr_fails(l, VMM, 0, CDEV, cases[i].what, -cases[i].err);
		assert_int_equal(l->finding_count, i + 1);
		assert_rule(&l->finding[i], VS_RULE_ADD_FAILED);
		EVIDENCE(&l->finding[i], cases[i].kind);
		assert_string_equal(l->finding[i].title, vs_rules[VS_RULE_ADD_FAILED].cdev.title);
		assert_non_null(l->finding[i].cause);
	}
	/* and nothing is registered */
	cdev_bind(l, VMM, DEV);
	dev_close(l, VMM, DEV);
	assert_broken_by(l, VS_RULE_OPEN_WITHOUT_ADD);
}

/* What is opened after it was closed for good may get its address: it is another file. */
static void address_used_again_by_another_file(void **state)
{
	struct lab *l = *state;
	uint64_t ptr;

	ptr = l->group[CDEV].ptr;
	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, CDEV);
	cdev_bind(l, VMM, DEV);
	group_del(l, VMM, 0, CDEV);
	dev_close(l, VMM, DEV);
	cdev_reopened(l, DEV, ptr);
	cdev_bind(l, DPDK, DEV);
	dev_close(l, DPDK, DEV);
	assert_silent(l);
	assert_verdict(l, VS_VERDICT_NO_VM);
	/* of another device */
	use_cdev(l, 3);
	cdev_reopened(l, 3, ptr);
	l->group[CDEV].ptr = 0x1;
	cdev_bind(l, VMM, 3);
	group_add(l, VMM, 0, 2);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
	assert_string_equal(l->finding[0].device, l->dev[3].name);
	assert_int_equal(l->finding[0].group, 14);
}

/* A new address, and no trace of the old file. */
static void another_file_of_the_same_device(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	cdev_bind(l, DPDK, DEV);
	dev_close(l, DPDK, DEV);
	cdev_reopened(l, DEV, l->group[CDEV].ptr + 0x400);
	group_add(l, VMM, 0, CDEV);
	cdev_bind(l, VMM, DEV);
	group_del(l, VMM, 0, CDEV);
	dev_close(l, VMM, DEV);
	assert_silent(l);
	assert_verdict(l, VS_VERDICT_ORDERED);
}

/* A device's group is not its file: what is done to one does not reach the other. */
static void the_group_of_a_cdevs_device_is_not_its_file(void **state)
{
	struct k_group group = { .ptr = 0xffff888000210000, .number = 13 };
	struct lab *l = *state;
	union vs_event ev;

	vm_create(l, 0, VMM);
	cdev_bind(l, VMM, DEV);
	ev = lab_event(l, VS_GROUP_ADD, VMM);
	ev.attr.kvm = ev.attr.group_kvm = l->vm[0].ptr;
	ev.attr.kvm_vfio = l->vm[0].kvm_vfio;
	ev.attr.creator = ev.attr.group_creator = VMM;
	ev.attr.group = group.ptr;
	ev.attr.iommu_group = group.number;
	lab_emit(l, &ev);
	assert_silent(l);
	dev_close(l, VMM, DEV);
	assert_broken_by(l, VS_RULE_OPEN_WITHOUT_ADD);
}

/* Without the site, what became of a pointer cannot be told, nor of what has none. */
static void blind_for_calls_on_cdevs(void **state)
{
	struct lab_config blind = defaults;
	struct lab *l = *state;

	blind.blind = VS_BLIND_CDEV;
	again(l, &blind);
	vm_create(l, 0, VMM);
	vm_create(l, 1, OTHER);
	cdev_bind(l, VMM, DEV);
	tick_after(l, 6 * SEC);
	dev_close(l, VMM, DEV);
	assert_silent(l);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
	assert_string_equal(last_closed(l)->open.reason.id, "cdev-not-observed");

	group_add(l, VMM, 0, CDEV);
	cdev_bind(l, VMM, DEV);
	group_del(l, VMM, 0, CDEV);
	group_add(l, OTHER, 1, CDEV); /* the pointer may be lost by now */
	assert_silent(l);
	group_del(l, OTHER, 1, CDEV);
	dev_close(l, VMM, DEV);
	assert_verdict(l, VS_VERDICT_ORDERED);
	assert_silent(l);
}

/* It says nothing of devices that are used through their groups. */
static void blind_for_cdevs_and_a_group(void **state)
{
	struct lab *l = *state;

	restart_blind(l, VS_BLIND_CDEV);
	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_VIOLATION);
	dev_open(l, DPDK, 0);
	dev_close(l, DPDK, 0);
	assert_verdict(l, VS_VERDICT_NO_VM);
}

/* The state at one moment proves it, whatever is not observed. */
static void blind_for_cdevs_and_proven_by_state(void **state)
{
	struct lab_config blind = defaults;
	struct lab *l = *state;

	blind.blind = VS_BLIND_CDEV;
	again(l, &blind);
	vm_create(l, 0, VMM);
	cdev_bind(l, VMM, DEV);
	group_add(l, VMM, 0, CDEV);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
}

static void loss_makes_it_unknown(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	cdev_bind(l, VMM, DEV);
	l->lose = 1;
	coherency(l, VMM, 0, true);
	tick_after(l, 6 * SEC);
	dev_close(l, VMM, DEV);
	assert_silent(l);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
	assert_reason(l, VS_REASON_RECORDS_LOST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CDEV_TEST(registered_first_is_ordered),
		CDEV_TEST(bound_before_its_file_is_registered),
		CDEV_TEST(bound_too_early_by_the_state_at_its_close),
		CDEV_TEST(never_registered),
		CDEV_TEST(never_registered_so_far),
		CDEV_TEST(a_user_space_driver_has_no_vm),
		CDEV_TEST(on_a_list_without_a_pointer),
		CDEV_TEST(mismatch),
		CDEV_TEST(two_vms),
		CDEV_TEST(two_vms_by_the_pointer),
		CDEV_TEST(handed_on_to_another_vm),
		CDEV_TEST(add_without_effect),
		CDEV_TEST(add_with_an_effect),
		CDEV_TEST(add_failed),
		CDEV_TEST(address_used_again_by_another_file),
		CDEV_TEST(another_file_of_the_same_device),
		CDEV_TEST(the_group_of_a_cdevs_device_is_not_its_file),
		CDEV_TEST(blind_for_calls_on_cdevs),
		CDEV_TEST(blind_for_cdevs_and_a_group),
		CDEV_TEST(blind_for_cdevs_and_proven_by_state),
		CDEV_TEST(loss_makes_it_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
