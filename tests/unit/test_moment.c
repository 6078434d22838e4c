// SPDX-License-Identifier: GPL-2.0-only
/* What there is at one moment, as a person counts it: the world, walked and chosen from. */
#include "toy_moment.h"

#define CONTAINER 0xffff888000500000

static int begin_moment(void **state)
{
	struct lab_config config = with_look;

	config.grace_ns = 0;
	return begin_with(state, &config);
}

#define MOMENT_TEST(name) cmocka_unit_test_setup_teardown(name, begin_moment, end)

/* The look is over: every verdict is final. */
static void counted(struct lab *l)
{
	look_done(l);
	finish(l);
}

static void assert_counts_of(const struct vs_moment *m, size_t vm, size_t group, size_t container,
			     size_t device)
{
	assert_int_equal(m->vm_count, vm);
	assert_int_equal(m->group_count, group);
	assert_int_equal(m->container_count, container);
	assert_int_equal(m->open_count, device);
}

static void assert_counts(struct lab *l, size_t vm, size_t group, size_t container, size_t device)
{
	assert_counts_of(moment_now(l), vm, group, container, device);
	assert_false(moment_now(l)->narrowed);
}

static size_t count_holders(const struct vs_holder *h)
{
	size_t n = 0;

	for (; h; h = h->next)
		n++;
	return n;
}

/* One VM with one device, all of it as it should be. */
static void one_vm(struct lab *l)
{
	had_vm(l, 0, VMM);
	had_group(l, 0, 0);
	was_open(l, VMM, 0);
	found_vm(l, 0);
	found_kvm_vfio(l, 0);
	found_registration(l, 0, 0);
	found_group(l, 0, VMM, CONTAINER);
	found_container(l, CONTAINER, VMM, "vfio-iommu-type1");
	found_device(l, 0);
}

static void everything_in_its_place(void **state)
{
	const struct vs_open *d;
	const struct vs_group *g;
	const struct vs_vm *vm;
	struct lab *l = *state;
	bool noncoherent;

	one_vm(l);
	counted(l);
	assert_counts(l, 1, 1, 1, 1);
	vm = vm_at(l, 1);
	assert_int_equal(vm->pid, VMM);
	assert_int_equal(vs_vm_kvm_vfios(vm, &noncoherent), 1);
	assert_false(noncoherent);
	assert_int_equal(vs_vm_holders(vm)->pid, VMM);
	assert_int_equal(vs_vm_holders(vm)->fd, 11);
	assert_string_equal(vs_vm_holders(vm)->comm, "vmm");
	g = group_at(l, 0);
	assert_int_equal(vm_id(g->kvm), 1);
	assert_true(registered_with(l, 0, 1));
	assert_false(registered_with(l, 0, 2));
	assert_false(g->container->iommufd);
	assert_int_equal(vs_group_holders(g)->fd, 20);
	assert_string_equal(g->container->driver, "vfio-iommu-type1");
	assert_int_equal(count_holders(vs_container_holders(g->container)), 1);
	d = device_of(l, 0);
	assert_int_equal(vm_id(d->vm), 1);
	assert_int_equal(vm_id(d->kvm), 1);
	assert_int_equal(group_vm(d), 1);
	assert_int_equal(d->verdict, VS_VERDICT_ORDERED);
	assert_string_equal(d->reason.id, "carries-pointer");
	assert_int_equal(d->group, 12);
	assert_int_equal(vs_open_holders(d)->fd, FOUND_FD);
	assert_false(vs_open_notifier(d));
}

static void nothing_at_all(void **state)
{
	struct lab *l = *state;

	counted(l);
	assert_counts(l, 0, 0, 0, 0);
}

static void verdicts_and_what_they_rest_on(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	was_open(l, VMM, 0); /* before its ADD */
	had_group(l, 0, 0);
	was_open(l, VMM, 2); /* never registered */
	was_open(l, DPDK, 3);
	found_device(l, 0);
	found_device(l, 2);
	found_device(l, 3);
	counted(l);
	assert_int_equal(device_of(l, 0)->verdict, VS_VERDICT_VIOLATION);
	assert_int_equal(vm_id(device_of(l, 0)->kvm), 0);
	assert_int_equal(group_vm(device_of(l, 0)), 1);
	assert_int_equal(vm_id(device_of(l, 0)->vm), 1);
	assert_int_equal(device_of(l, 2)->verdict, VS_VERDICT_VIOLATION);
	assert_int_equal(group_vm(device_of(l, 2)), 0);
	assert_int_equal(vm_id(device_of(l, 2)->vm), 1);
	assert_int_equal(device_of(l, 3)->verdict, VS_VERDICT_UNKNOWN);
	assert_int_equal(vm_id(device_of(l, 3)->vm), 0);
	/* named by the devices alone */
	assert_counts(l, 1, 3, 0, 3);
	assert_int_equal(count_holders(vs_vm_holders(vm_at(l, 1))), 0);
}

/* Several processes have it; a file shown twice is one. */
static void holders_are_counted_once(void **state)
{
	struct lab *l = *state;
	bool noncoherent;
	size_t i;

	was_open(l, VMM, 0);
	had_vm(l, 0, VMM);
	for (i = 0; i < 2; i++) {
		found_device(l, 0);
		found_device_at(l, lab_reserve(l), 0, OTHER);
		found_group(l, 0, VMM, CONTAINER);
		found_group(l, 0, OTHER, CONTAINER);
		found_group(l, 0, DPDK, CONTAINER);
		found_container(l, CONTAINER, VMM, "");
		found_vm(l, 0);
		found_kvm_vfio(l, 0);
	}
	counted(l);
	assert_counts(l, 1, 1, 1, 1);
	assert_int_equal(count_holders(vs_open_holders(device_of(l, 0))), 2);
	assert_int_equal(count_holders(vs_group_holders(group_at(l, 0))), 3);
	assert_int_equal(count_holders(vs_vm_holders(vm_at(l, 1))), 1);
	assert_int_equal(vs_vm_kvm_vfios(vm_at(l, 1), &noncoherent), 1);
}

static void two_fds_of_one_process_are_two(void **state)
{
	union vs_event ev;
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	found_vm(l, 0);
	ev = lab_event(l, VS_FOUND_VM, VMM);
	ev.found_vm.fd = 33;
	ev.found_vm.kvm = l->vm[0].ptr;
	ev.found_vm.creator = VMM;
	lab_emit(l, &ev);
	counted(l);
	assert_int_equal(count_holders(vs_vm_holders(vm_at(l, 1))), 2);
}

static void two_vms_on_one_group(void **state)
{
	const struct vs_vm *at;
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_vm(l, 1, OTHER);
	had_group(l, 0, 0);
	had_group(l, 1, 0);
	found_registration(l, 0, 0);
	found_registration(l, 1, 0);
	found_registration(l, 0, 0);
	counted(l);
	assert_counts(l, 2, 1, 0, 0);
	assert_true(registered_with(l, 0, 1));
	assert_true(registered_with(l, 0, 2));
	assert_int_equal(vm_id(group_at(l, 0)->kvm), 2);
	at = vs_walk_registered(group_at(l, 0), NULL);
	at = vs_walk_registered(group_at(l, 0), at);
	assert_null(vs_walk_registered(group_at(l, 0), at));
}

/* Nobody holds the group any more, but a list keeps its file. */
static void group_without_a_holder(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_group(l, 0, 1);
	found_registration(l, 0, 1);
	counted(l);
	assert_counts(l, 1, 1, 0, 0);
	assert_null(vs_group_holders(group_at(l, 1)));
	assert_int_equal(vm_id(group_at(l, 1)->kvm), 1);
	assert_null(group_at(l, 1)->container);
}

static void registered_file_that_is_no_group(void **state)
{
	union vs_event ev;
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	ev = lab_event(l, VS_FOUND_REGISTRATION, VMM);
	ev.registration.fd = 12;
	ev.registration.kvm = l->vm[0].ptr;
	ev.registration.kvm_vfio = l->vm[0].kvm_vfio;
	ev.registration.iommu_group = -1;
	lab_emit(l, &ev);
	counted(l);
	assert_int_equal(moment_now(l)->group_count, 0);
}

static void noncoherent_vm_and_iommufd_group(void **state)
{
	union vs_event ev;
	struct lab *l = *state;
	bool noncoherent;

	had_vm(l, 0, VMM);
	l->vm[0].noncoherent = true;
	found_kvm_vfio(l, 0);
	ev = lab_event(l, VS_FOUND_GROUP, VMM);
	ev.found_group.fd = 20;
	ev.found_group.group = l->group[0].ptr;
	ev.found_group.iommu_group = 12;
	ev.found_group.iommufd = 0xffff888000600000;
	lab_emit(l, &ev);
	counted(l);
	assert_int_equal(vs_vm_kvm_vfios(vm_at(l, 1), &noncoherent), 1);
	assert_true(noncoherent);
	assert_true(group_at(l, 0)->container->iommufd);
	assert_int_equal(group_at(l, 0)->container->id, 1);
}

static void sorted(void **state)
{
	const struct vs_moment *m;
	struct lab *l = *state;
	unsigned int i;

	for (i = K_GROUPS; i--;)
		found_group(l, i, VMM, CONTAINER + i);
	for (i = K_DEVICES; i--;) {
		was_open(l, DPDK, i);
		found_device(l, i);
	}
	counted(l);
	m = moment_now(l);
	for (i = 0; i < m->group_count; i++)
		assert_int_equal(m->groups[i]->number, 12 + (int)i);
	for (i = 1; i < m->open_count; i++)
		assert_true(strcmp(m->opens[i - 1]->device, m->opens[i]->device) < 0);
	assert_counts(l, 0, K_GROUPS, K_GROUPS, K_DEVICES);
}

/* Calls show what there is, too; who holds it only a look does. */
static void what_calls_have_made(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	counted(l);
	assert_counts(l, 1, 1, 0, 1);
	assert_null(vs_vm_holders(vm_at(l, 1)));
	assert_null(vs_group_holders(group_at(l, 0)));
	assert_null(vs_open_holders(device_of(l, 0)));
	assert_int_equal(vm_id(group_at(l, 0)->kvm), 1);
}

/* What has ended is not there: nor is a VM's pointer in its group. */
static void what_has_ended_is_gone(void **state)
{
	struct lab *l = *state;

	one_vm(l);
	look_done(l);
	dev_close(l, VMM, 0);
	group_del(l, VMM, 0, 0);
	vm_destroy(l, 0, VMM);
	finish(l);
	assert_counts(l, 0, 1, 1, 0); /* somebody holds the group, and the container */
	assert_null(group_at(l, 0)->kvm);
	assert_null(vs_walk_registered(group_at(l, 0), NULL));
}

/* Another look tells who holds what, and what is not there any more. */
static void another_look(void **state)
{
	struct lab *l = *state;

	one_vm(l);
	look_done(l);
	attach(l, 0, VS_F_LOOK);
	found_vm(l, 0);
	found_registration(l, 0, 0);
	found_device_at(l, lab_reserve(l), 0, OTHER);
	counted(l);
	assert_counts(l, 1, 1, 0, 1);
	assert_null(vs_group_holders(group_at(l, 0)));
	assert_null(group_at(l, 0)->container);
	assert_int_equal(count_holders(vs_open_holders(device_of(l, 0))), 1);
	assert_int_equal(vs_open_holders(device_of(l, 0))->pid, OTHER);
}

/* Two VMs, a group each, and a user-space driver. */
static void three_processes(struct lab *l)
{
	one_vm(l);
	had_vm(l, 1, OTHER);
	had_group(l, 1, 1);
	was_open(l, OTHER, 2);
	vm_name(l, 1, OTHER, "web");
	found_vm(l, 1);
	found_registration(l, 1, 1);
	found_group(l, 1, OTHER, CONTAINER + 0x1000);
	found_container(l, CONTAINER + 0x1000, OTHER, "vfio-iommu-type1");
	found_device(l, 2);
	was_open(l, DPDK, 3);
	found_group(l, 2, DPDK, CONTAINER + 0x2000);
	found_container(l, CONTAINER + 0x2000, DPDK, "vfio-iommu-type1");
	found_device(l, 3);
	counted(l);
	assert_counts(l, 2, 3, 3, 3);
}

static void kept_for(struct lab *l, const struct vs_filter *f, const char *device, int group,
		     uint32_t vm)
{
	const struct vs_moment *m = moment_of(l, f);

	assert_true(m->narrowed);
	assert_counts_of(m, vm ? 1 : 0, 1, 1, 1);
	assert_string_equal(m->opens[0]->device, device);
	assert_int_equal(m->groups[0]->number, group);
	if (vm)
		assert_int_equal(m->vms[0]->id, vm);
}

static void kept_without_a_filter(void **state)
{
	struct lab *l = *state;

	three_processes(l);
	assert_counts(l, 2, 3, 3, 3);
}

static void kept_by_vm(void **state)
{
	struct vs_filter f = any;
	struct lab *l = *state;

	three_processes(l);
	f.vm = "web";
	kept_for(l, &f, l->dev[2].name, 13, 2);
}

static void kept_by_vm_id(void **state)
{
	struct vs_filter f = any;
	struct lab *l = *state;

	three_processes(l);
	f.vm = "vm1";
	kept_for(l, &f, l->dev[0].name, 12, 1);
}

static void kept_by_device(void **state)
{
	struct vs_filter f = any;
	struct lab *l = *state;

	three_processes(l);
	f.device = l->dev[2].name;
	f.device_group = 13;
	kept_for(l, &f, l->dev[2].name, 13, 2);
}

/* Its group stays, the other devices in it do not. */
static void kept_by_device_of_a_shared_group(void **state)
{
	struct vs_filter f = any;
	const struct vs_moment *m;
	struct lab *l = *state;

	was_open(l, VMM, 0);
	was_open(l, VMM, 1);
	found_device(l, 0);
	found_device(l, 1);
	counted(l);
	f.device = l->dev[1].name;
	f.device_group = 12;
	m = moment_of(l, &f);
	assert_counts_of(m, 0, 1, 0, 1);
	assert_string_equal(m->opens[0]->device, l->dev[1].name);
}

/* The device is not open; its group is of interest all the same. */
static void kept_by_device_that_is_not_open(void **state)
{
	struct vs_filter f = any;
	const struct vs_moment *m;
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_group(l, 0, 0);
	had_group(l, 0, 1);
	found_registration(l, 0, 0);
	found_registration(l, 0, 1);
	counted(l);
	f.device = l->dev[0].name;
	f.device_group = 12;
	m = moment_of(l, &f);
	assert_counts_of(m, 1, 1, 0, 0);
	assert_int_equal(m->groups[0]->number, 12);
}

static void kept_by_group(void **state)
{
	struct vs_filter f = any;
	struct lab *l = *state;

	three_processes(l);
	f.group = 14;
	kept_for(l, &f, l->dev[3].name, 14, 0);
}

static void kept_by_process(void **state)
{
	struct vs_filter f = any;
	struct lab *l = *state;

	three_processes(l);
	f.pid = OTHER;
	kept_for(l, &f, l->dev[2].name, 13, 2);
}

static void kept_by_process_without_a_device(void **state)
{
	struct vs_filter f = any;
	const struct vs_moment *m;
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_vm(l, 1, OTHER);
	found_vm(l, 0);
	found_vm(l, 1);
	counted(l);
	f.pid = OTHER;
	m = moment_of(l, &f);
	assert_counts_of(m, 1, 0, 0, 0);
	assert_int_equal(m->vms[0]->pid, OTHER);
}

static void kept_by_nothing_that_is_there(void **state)
{
	struct vs_filter f = any;
	const struct vs_moment *m;
	struct lab *l = *state;

	three_processes(l);
	f.vm = "nobody";
	m = moment_of(l, &f);
	assert_counts_of(m, 0, 0, 0, 0);
}

static void group_about_a_vm(void **state)
{
	const struct vs_vm *one, *two;
	const struct vs_moment *m;
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_vm(l, 1, OTHER);
	had_group(l, 0, 0);
	was_open(l, VMM, 0); /* takes the first VM's pointer */
	l->armed = false;
	group_del(l, VMM, 0, 0);
	l->armed = true;
	found_vm(l, 0);
	found_vm(l, 1);
	found_device(l, 0);
	counted(l);
	assert_null(group_at(l, 0)->kvm);
	one = vm_at(l, 1);
	two = vm_at(l, 2);
	m = moment_now(l);
	assert_true(vs_moment_group_about(m, m->groups[0], one)); /* by its device */
	assert_false(vs_moment_group_about(m, m->groups[0], two));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MOMENT_TEST(everything_in_its_place),
		MOMENT_TEST(nothing_at_all),
		MOMENT_TEST(verdicts_and_what_they_rest_on),
		MOMENT_TEST(holders_are_counted_once),
		MOMENT_TEST(two_fds_of_one_process_are_two),
		MOMENT_TEST(two_vms_on_one_group),
		MOMENT_TEST(group_without_a_holder),
		MOMENT_TEST(registered_file_that_is_no_group),
		MOMENT_TEST(noncoherent_vm_and_iommufd_group),
		MOMENT_TEST(sorted),
		MOMENT_TEST(what_calls_have_made),
		MOMENT_TEST(what_has_ended_is_gone),
		MOMENT_TEST(another_look),
		MOMENT_TEST(kept_without_a_filter),
		MOMENT_TEST(kept_by_vm),
		MOMENT_TEST(kept_by_vm_id),
		MOMENT_TEST(kept_by_device),
		MOMENT_TEST(kept_by_device_of_a_shared_group),
		MOMENT_TEST(kept_by_device_that_is_not_open),
		MOMENT_TEST(kept_by_group),
		MOMENT_TEST(kept_by_process),
		MOMENT_TEST(kept_by_process_without_a_device),
		MOMENT_TEST(kept_by_nothing_that_is_there),
		MOMENT_TEST(group_about_a_vm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
