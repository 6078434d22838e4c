// SPDX-License-Identifier: GPL-2.0-only
/* Each rule about a call fires when it should, and not when it almost should. */
#include "model_test.h"
#include "../../user/core/rules/errnos.h"

static void assert_cause(const struct said_finding *f, enum vs_errno_op op, int err)
{
	assert_ptr_equal(f->cause, vs_errno_why(op, err));
}

/* open-refused */

static void refused_for_want_of_a_vm(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	l->flags = VS_F_TRACKED;
	dev_open_fails(l, VMM, 0, -EINVAL);
	assert_one_finding(l, VS_RULE_OPEN_REFUSED);
	assert_false(l->finding[0].about_open);
	assert_int_equal(l->finding[0].severity, VS_ERROR);
	assert_string_equal(l->finding[0].device, l->dev[0].name);
	assert_int_equal(l->finding[0].group, 12);
	assert_int_equal(l->finding[0].pid, VMM);
	assert_string_equal(l->finding[0].comm, "vmm");
	assert_true(l->finding[0].tracked);
	assert_int_equal(l->finding[0].vm, 1);
	assert_cause(&l->finding[0], VS_ERRNO_DRIVER_OPEN, EINVAL);
	EVIDENCE(&l->finding[0], VS_DEV_OPEN);
}

static void refused_by_a_driver_that_needs_a_vm(void **state)
{
	struct lab *l = *state;

	l->dev[3].driver = "intel_vgpu_mdev";
	dev_open_fails(l, DPDK, 3, -ESRCH);
	assert_one_finding(l, VS_RULE_OPEN_REFUSED);
	assert_int_equal(l->finding[0].vm, 0);
}

/* It has its VM, or nobody needs one: then it has nothing to do with VMs. */
static void refused_for_another_reason(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open_fails(l, VMM, 0, -EAGAIN);
	assert_one_finding(l, VS_RULE_DRIVER_REFUSED);
	assert_int_equal(l->finding[0].severity, VS_ERROR);
	assert_string_equal(l->finding[0].device, l->dev[0].name);
	assert_int_equal(l->finding[0].vm, 1);
	EVIDENCE(&l->finding[0], VS_DEV_OPEN);
	dev_open_fails(l, DPDK, 2, -EAGAIN);
	assert_int_equal(l->finding_count, 2);
	assert_rule(&l->finding[1], VS_RULE_DRIVER_REFUSED);
}

/* By a driver of this name, after so long. */
static void refused_after(struct lab *l, const char *driver, int64_t ret, uint64_t dur)
{
	struct k_device d = l->dev[2];
	union vs_event ev;

	d.driver = driver;
	ev = dev_event(l, VS_DEV_OPEN, DPDK, &d);
	ev.h.ret = ret;
	ev.h.dur = dur;
	lab_emit(l, &ev);
}

static void a_refusal_says_how(void **state)
{
	static const struct {
		const char *driver;
		int err;
		uint64_t dur;
		const char *says;
	} cases[] = {
		{ "nvidia", EIO, 25000 * MS,
		  "The driver nvidia was asked to open the device, and returned EIO after 25.00 s. "
		  "VFIO and the bindings are in order." },
		{ "nvidia", EIO, 990 * MS, " EIO after 990 ms." },
		{ "nvidia", EIO, MS - 1, " EIO at once." },
		{ "nvidia", EIO, VS_NOT_SEEN, " returned EIO. VFIO" },
		{ "nvidia", EIO, 0, "look for nvidia and for 0000:5e:00.0." },
		{ "nvidia", 4000, 0, "an unknown errno" },
		{ "vfio-pci", EAGAIN, MS, " 1.0 ms. The PCI device is locked" },
		{ "nvidia", EAGAIN, MS, " 1.0 ms. VFIO" },
		{ "", EIO, MS, "The driver ? " },
		{ "a\x1b[31m", EIO, MS, "The driver a\\x1b[31m " },
	};
	struct lab *l = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		refused_after(l, cases[i].driver, -cases[i].err, cases[i].dur);
		assert_int_equal(l->finding_count, i + 1);
		assert_rule(last_finding(l), VS_RULE_DRIVER_REFUSED);
		assert_says(l->said_cause, cases[i].says);
	}
}

/* Its process was killed, or the kernel makes the call again. */
static void an_interrupted_open_is_no_refusal(void **state)
{
	static const int errs[] = { 512, 513, 514, 516 };
	struct lab *l = *state;
	size_t i;

	vm_create(l, 0, VMM);
	for (i = 0; i < ARRAY_SIZE(errs); i++) {
		dev_open_fails(l, VMM, 0, -errs[i]);
		dev_open_fails(l, DPDK, 2, -errs[i]);
		get_device_fd(l, DPDK, 2, -errs[i]);
	}
	assert_silent(l);
	dev_open_fails(l, DPDK, 2, -515);
	assert_one_finding(l, VS_RULE_DRIVER_REFUSED);
	assert_says(l->said_cause, "ENOIOCTLCMD");
}

/* VFIO itself says no to whoever may not use a group without an IOMMU. */
static void no_privilege_is_no_refusal(void **state)
{
	struct lab *l = *state;

	l->flags = VS_F_NOIOMMU_GROUP;
	df_open_fails(l, DPDK, 2, -EPERM);
	l->flags = 0;
	assert_silent(l);
	get_device_fd(l, DPDK, 2, -EPERM);
	assert_one_finding(l, VS_RULE_ATTACH_FAILED);
}

/* There was no IOMMU yet: the driver was not asked, the call around it failed. */
static void refused_before_the_driver_was_asked(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	l->flags = VS_F_NOT_ASKED;
	df_open_fails(l, VMM, 0, -EINVAL);
	l->flags = 0;
	assert_silent(l);
	get_device_fd(l, VMM, 0, -EINVAL);
	assert_one_finding(l, VS_RULE_ATTACH_FAILED);
}

static void the_call_around_a_refusal_is_told_once(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open_fails(l, VMM, 0, -EINVAL);
	assert_one_finding(l, VS_RULE_OPEN_REFUSED);
	/* a later failure of the same thread is another one */
	get_device_fd(l, VMM, 2, -ENODEV);
	assert_int_equal(l->finding_count, 2);
	assert_rule(&l->finding[1], VS_RULE_ATTACH_FAILED);
}

/* The record of the call around it was lost: it does not hide the next one. */
static void a_refusal_alone_hides_no_later_failure(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	df_open_fails(l, VMM, 0, -EINVAL);
	l->lose = 1;
	get_device_fd(l, VMM, 0, -EINVAL);
	l->now += SEC;
	get_device_fd(l, VMM, 2, -ENODEV);
	assert_int_equal(l->finding_count, 2);
	assert_rule(&l->finding[1], VS_RULE_ATTACH_FAILED);
}

static void a_refusal_hides_no_other_threads_failure(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	l->tid = VMM + 1;
	df_open_fails(l, VMM, 0, -EINVAL);
	l->tid = VMM + 2;
	get_device_fd(l, VMM, 2, -ENODEV);
	assert_int_equal(count_rule(l, VS_RULE_ATTACH_FAILED), 1);
	l->tid = VMM + 1;
	l->now += SEC;
	dev_open_fails(l, VMM, 0, -EINVAL);
	assert_int_equal(count_rule(l, VS_RULE_OPEN_REFUSED), 2);
	assert_int_equal(count_rule(l, VS_RULE_ATTACH_FAILED), 1);
}

/* add-failed */

static void failed_registrations(void **state)
{
	static const struct {
		uint64_t what;
		int err;
		enum vs_errno_op op;
	} cases[] = {
		{ KVM_DEV_VFIO_GROUP_ADD, EBADF, VS_ERRNO_ADD },
		{ KVM_DEV_VFIO_GROUP_ADD, EEXIST, VS_ERRNO_ADD },
		{ KVM_DEV_VFIO_GROUP_DEL, EBADF, VS_ERRNO_DEL },
		{ KVM_DEV_VFIO_GROUP_DEL, ENOENT, VS_ERRNO_DEL },
		{ KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE, ENXIO, VS_ERRNO_ATTR },
	};
	struct lab *l = *state;
	size_t i;

	vm_create(l, 0, VMM);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		attr_fails(l, VMM, 0, 0, cases[i].what, -cases[i].err);
		assert_int_equal(l->finding_count, i + 1);
		assert_rule(&l->finding[i], VS_RULE_ADD_FAILED);
		assert_int_equal(l->finding[i].severity, VS_WARNING);
		assert_cause(&l->finding[i], cases[i].op, cases[i].err);
		assert_int_equal(l->finding[i].vm, 1);
		assert_int_equal(l->finding[i].group, 12);
		EVIDENCE(&l->finding[i], attr_kind(cases[i].what, false));
	}
}

static void registrations_that_work(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	group_del(l, VMM, 0, 0);
	attr_fails(l, VMM, 0, 0, KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE, 0);
	assert_silent(l);
}

/* A failed DEL leaves the group on the list. */
static void failed_del_removes_nothing(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_create(l, 1, OTHER);
	group_add(l, VMM, 0, 0);
	attr_fails(l, VMM, 0, 0, KVM_DEV_VFIO_GROUP_DEL, -EBADF);
	group_add(l, OTHER, 1, 0);
	assert_rule(last_finding(l), VS_RULE_TWO_VMS);
}

/* two-vms */

static void on_two_lists(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_create(l, 1, OTHER);
	group_add(l, VMM, 0, 0);
	group_add(l, OTHER, 1, 0);
	assert_one_finding(l, VS_RULE_TWO_VMS);
	assert_int_equal(l->finding[0].severity, VS_ERROR);
	assert_int_equal(l->finding[0].vm, 2);
	assert_int_equal(l->finding[0].group, 12);
	assert_int_equal(l->finding[0].pid, OTHER);
	EVIDENCE(&l->finding[0], VS_GROUP_ADD, VS_GROUP_ADD);
	assert_int_equal(l->finding[0].evidence_vm[0], 1);
	assert_int_equal(l->finding[0].evidence_vm[1], 2);
}

/* By the list alone: the group's pointer was cleared meanwhile. */
static void on_two_lists_and_cleared(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_create(l, 1, OTHER);
	group_add(l, VMM, 0, 0);
	group_takes(&l->group[0], NULL);
	group_add(l, OTHER, 1, 0);
	assert_one_finding(l, VS_RULE_TWO_VMS);
}

/* The first ADD was before us, and there was no look: the pointer tells. */
static void carried_another_vms_pointer(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_group(l, 0, 0);
	vm_create(l, 1, OTHER);
	group_add(l, OTHER, 1, 0);
	assert_one_finding(l, VS_RULE_TWO_VMS);
	EVIDENCE(&l->finding[0], VS_GROUP_ADD);
}

static void one_after_the_other(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_create(l, 1, OTHER);
	group_add(l, VMM, 0, 0);
	group_add(l, VMM, 0, 1);
	group_del(l, VMM, 0, 0);
	group_add(l, OTHER, 1, 0);
	group_del(l, OTHER, 1, 0);
	kvm_vfio_close(l, VMM, 0);
	group_add(l, OTHER, 1, 1);
	assert_silent(l);
}

/* The kvm-vfio fd is being closed: this group is off the list, others not yet. */
static void handed_on_during_a_release(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_create(l, 1, OTHER);
	group_add(l, VMM, 0, 0);
	l->vm[0].listed[0] = false;
	set_kvm(l, VMM, &l->group[0], NULL, &l->vm[0], group_takes(&l->group[0], NULL), false);
	group_add(l, OTHER, 1, 0);
	kvm_vfio_close(l, VMM, 0);
	assert_silent(l);
}

static void same_vm_twice(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	group_add(l, VMM, 0, 0); /* EEXIST */
	group_add(l, VMM, 0, 1);
	assert_one_finding(l, VS_RULE_ADD_FAILED);
	/* an ADD whose DEL was lost is no second VM either */
	l->lose = 2;
	group_del(l, VMM, 0, 0);
	group_add(l, VMM, 0, 0);
	assert_int_equal(count_rule(l, VS_RULE_TWO_VMS), 0);
}

/* The end of the first registration may be among what was lost. */
static void two_lists_after_a_loss_are_not_certain(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_create(l, 1, OTHER);
	group_add(l, VMM, 0, 0);
	l->lose = 2;
	group_del(l, VMM, 0, 0);
	group_add(l, OTHER, 1, 0);
	assert_silent(l);
}

/* add-without-effect */

static void add_of_a_device_opened_through_its_group(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	device_add(l, VMM, 0, 0);
	assert_one_finding(l, VS_RULE_ADD_WITHOUT_EFFECT);
	assert_int_equal(l->finding[0].severity, VS_WARNING);
	assert_int_equal(l->finding[0].vm, 1);
	/* and no registration */
	dev_close(l, VMM, 0);
	assert_rule(last_finding(l), VS_RULE_OPEN_WITHOUT_ADD);
}

/* second-kvm-vfio */

static void second_kvm_vfio(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	kvm_vfio_create(l, VMM, 0, 0);
	assert_silent(l);
	kvm_vfio_create(l, VMM, 0, -EBUSY);
	assert_one_finding(l, VS_RULE_SECOND_KVM_VFIO);
	assert_int_equal(l->finding[0].severity, VS_WARNING);
	assert_int_equal(l->finding[0].vm, 1);
	assert_cause(&l->finding[0], VS_ERRNO_CREATE_KVM_VFIO, EBUSY);
}

static void kvm_vfio_without_memory(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	kvm_vfio_create(l, VMM, 0, -ENOMEM);
	assert_silent(l);
}

/* attach-failed */

static void container_call(struct lab *l, unsigned int kind, int64_t ret)
{
	union vs_event ev = lab_event(l, kind, VMM);

	ev.h.ret = ret;
	lab_emit(l, &ev);
}

static void set_container(struct lab *l, int64_t ret)
{
	union vs_event ev = lab_event(l, VS_SET_CONTAINER, VMM);

	ev.h.ret = ret;
	ev.set_container.group = l->group[0].ptr;
	ev.set_container.iommu_group = l->group[0].number;
	lab_emit(l, &ev);
}

static void failed_attach(void **state)
{
	struct lab *l = *state;

	set_container(l, -EPERM);
	assert_cause(last_finding(l), VS_ERRNO_SET_CONTAINER, EPERM);
	assert_int_equal(last_finding(l)->group, 12);
	get_device_fd(l, VMM, 0, -ENODEV);
	assert_cause(last_finding(l), VS_ERRNO_GET_DEVICE_FD, ENODEV);
	assert_string_equal(last_finding(l)->device, l->dev[0].name);
	container_call(l, VS_SET_IOMMU, -EPERM);
	assert_cause(last_finding(l), VS_ERRNO_SET_IOMMU, EPERM);
	container_call(l, VS_DMA_MAP, -ENOMEM);
	assert_cause(last_finding(l), VS_ERRNO_MAP_DMA, ENOMEM);
	container_call(l, VS_SPAPR_REGISTER, -ENOMEM);
	assert_cause(last_finding(l), VS_ERRNO_SPAPR_REGISTER, ENOMEM);
	container_call(l, VS_SPAPR_ENABLE, -EBUSY);
	assert_cause(last_finding(l), VS_ERRNO_SPAPR_ENABLE, EBUSY);
	container_call(l, VS_TCE_CREATE, -ENOSPC);
	assert_cause(last_finding(l), VS_ERRNO_SPAPR_WINDOW, ENOSPC);
	assert_int_equal(last_finding(l)->severity, VS_WARNING);
	assert_int_equal(l->finding_count, 7);
	assert_int_equal(count_rule(l, VS_RULE_ATTACH_FAILED), 7);
}

/* Where the group is kept is named. */
static void firmware_demands_a_mapping(void **state)
{
	struct lab *l = *state;

	l->flags = VS_F_DIRECT | VS_F_WITHOUT_CONTAINER;
	set_container(l, -EINVAL);
	assert_one_finding(l, VS_RULE_ATTACH_FAILED);
	assert_says(l->said_cause, "\"direct\" in /sys/kernel/iommu_groups/12/reserved_regions");
	l->flags = VS_F_WITHOUT_CONTAINER;
	set_container(l, -EINVAL);
	assert_cause(last_finding(l), VS_ERRNO_SET_CONTAINER, EINVAL);
}

/* Whoever has the physical function is evidence, if known. */
static void token_of_a_physical_function(void **state)
{
	struct lab *l = *state;
	union vs_event ev;

	df_open(l, DPDK, 1);
	ev = group_call(l, VS_GET_DEVICE_FD, VMM, &l->group[0], -EACCES);
	SET_STRING(ev.get_device_fd.name, l->dev[0].name);
	SET_STRING(ev.get_device_fd.pf, l->dev[1].name);
	lab_emit(l, &ev);
	assert_rule(last_finding(l), VS_RULE_ATTACH_FAILED);
	assert_says(l->said_cause, "set on the physical function, ");
	assert_says(l->said_cause, l->dev[1].name);
	EVIDENCE(last_finding(l), VS_DEV_OPEN, VS_GET_DEVICE_FD);
	SET_STRING(ev.get_device_fd.pf, "0000:0f:00.0");
	lab_emit(l, &ev);
	assert_says(l->said_cause, "ps --device 0000:0f:00.0");
	EVIDENCE(last_finding(l), VS_GET_DEVICE_FD);
	SET_STRING(ev.get_device_fd.pf, "");
	lab_emit(l, &ev);
	assert_cause(last_finding(l), VS_ERRNO_GET_DEVICE_FD, EACCES);
}

static void group_ioctl(struct lab *l, uint32_t cmd, int64_t ret)
{
	union vs_event ev = group_call(l, VS_GROUP_IOCTL, VMM, &l->group[0], ret);

	ev.group_call.cmd = cmd;
	lab_emit(l, &ev);
}

static void no_such_call_on_a_group(void **state)
{
	struct lab *l = *state;

	group_ioctl(l, 0x5401, -ENOTTY); /* TCGETS: is it a terminal? */
	group_ioctl(l, 0x3b99, -EFAULT);
	assert_silent(l);
	group_ioctl(l, 0x3b99, -ENOTTY);
	assert_one_finding(l, VS_RULE_ATTACH_FAILED);
	assert_cause(last_finding(l), VS_ERRNO_GROUP_IOCTL, ENOTTY);
	group_ioctl(l, 0x20003b99, -ENOTTY);
	assert_int_equal(l->finding_count, 2);
}

static void attach_that_works(void **state)
{
	struct lab *l = *state;
	union vs_event ev;

	set_container(l, 0);
	container_call(l, VS_SET_IOMMU, 0);
	container_call(l, VS_DMA_MAP, 0);
	get_device_fd(l, VMM, 0, 30);
	assert_silent(l);
	/* and failures that are no attach's */
	container_call(l, VS_DMA_UNMAP, -EINVAL);
	container_call(l, VS_SPAPR_REGISTER, 0);
	container_call(l, VS_SPAPR_UNREGISTER, -ENOENT);
	container_call(l, VS_TCE_CREATE, 0);
	ev = group_call(l, VS_UNSET_CONTAINER, VMM, &l->group[0], -EBUSY);
	lab_emit(l, &ev);
	ev = group_call(l, VS_GROUP_GET_STATUS, VMM, &l->group[0], -EFAULT);
	lab_emit(l, &ev);
	assert_silent(l);
}

/* noncoherent-dma */

static void noncoherent_once(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_create(l, 1, OTHER);
	coherency(l, VMM, 0, true);
	assert_one_finding(l, VS_RULE_NONCOHERENT_DMA);
	assert_int_equal(l->finding[0].severity, VS_INFO);
	assert_int_equal(l->finding[0].vm, 1);
	coherency(l, VMM, 0, true); /* one more assignment */
	assert_int_equal(l->finding_count, 1);
	coherency(l, OTHER, 1, true);
	assert_int_equal(l->finding_count, 2);
	coherency(l, VMM, 0, false);
	coherency(l, VMM, 0, true); /* its device left and came back */
	assert_int_equal(l->finding_count, 2);
}

static void noncoherent_is_the_vms_not_the_addresss(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	coherency(l, VMM, 0, true);
	vm_destroy(l, 0, VMM);
	vm_create(l, 0, OTHER);
	coherency(l, OTHER, 0, true);
	assert_int_equal(l->finding_count, 2);
	assert_int_equal(last_finding(l)->vm, 2);
}

static void coherent_again_is_no_finding(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	coherency(l, VMM, 0, false);
	assert_silent(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(refused_for_want_of_a_vm),
		TEST(refused_by_a_driver_that_needs_a_vm),
		TEST(refused_for_another_reason),
		TEST(a_refusal_says_how),
		TEST(an_interrupted_open_is_no_refusal),
		TEST(no_privilege_is_no_refusal),
		TEST(refused_before_the_driver_was_asked),
		TEST(the_call_around_a_refusal_is_told_once),
		TEST(a_refusal_alone_hides_no_later_failure),
		TEST(a_refusal_hides_no_other_threads_failure),
		TEST(failed_registrations),
		TEST(registrations_that_work),
		TEST(failed_del_removes_nothing),
		TEST(on_two_lists),
		TEST(on_two_lists_and_cleared),
		TEST(carried_another_vms_pointer),
		TEST(one_after_the_other),
		TEST(handed_on_during_a_release),
		TEST(same_vm_twice),
		TEST(two_lists_after_a_loss_are_not_certain),
		TEST(add_of_a_device_opened_through_its_group),
		TEST(second_kvm_vfio),
		TEST(kvm_vfio_without_memory),
		TEST(failed_attach),
		TEST(firmware_demands_a_mapping),
		TEST(token_of_a_physical_function),
		TEST(no_such_call_on_a_group),
		TEST(attach_that_works),
		TEST(noncoherent_once),
		TEST(noncoherent_is_the_vms_not_the_addresss),
		TEST(coherent_again_is_no_finding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
