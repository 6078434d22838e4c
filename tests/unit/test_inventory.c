// SPDX-License-Identifier: GPL-2.0-only
/* What a look found, as a person counts it. */
#include "model_test.h"

#define CONTAINER 0xffff888000500000

static int begin_inventory(void **state)
{
	struct vs_model_config config = with_look;
	struct lab *l;

	config.grace_ns = 0;
	begin_with(state, &config);
	l = *state;
	l->inventory = vs_inventory_new();
	assert_non_null(l->inventory);
	return 0;
}

#define INVENTORY_TEST(name) cmocka_unit_test_setup_teardown(name, begin_inventory, end)

/* The look is over: verdicts, order. */
static void counted(struct lab *l)
{
	look_done(l);
	finish(l);
	vs_inventory_sort(l->inventory);
}

#define COUNT(kind)                                                  \
	static size_t kind##s(const struct lab *l)                   \
	{                                                            \
		const struct vs_inv_##kind *at = NULL;               \
		size_t n = 0;                                        \
                                                                     \
		while ((at = vs_inventory_##kind(l->inventory, at))) \
			n++;                                         \
		return n;                                            \
	}

COUNT(vm)
COUNT(group)
COUNT(container)
COUNT(device)

static void assert_counts(const struct lab *l, size_t vm, size_t group, size_t container,
			  size_t device)
{
	assert_int_equal(vms(l), vm);
	assert_int_equal(groups(l), group);
	assert_int_equal(containers(l), container);
	assert_int_equal(devices(l), device);
}

static const struct vs_inv_device *device_of(const struct lab *l, unsigned int dev)
{
	const struct vs_inv_device *d = NULL;

	while ((d = vs_inventory_device(l->inventory, d)))
		if (!strcmp(d->open.device, l->dev[dev].name))
			return d;
	fail_msg("%s is not there", l->dev[dev].name);
	return NULL;
}

static const struct vs_inv_group *group_at(const struct lab *l, unsigned int group)
{
	const struct vs_inv_group *g = NULL;

	while ((g = vs_inventory_group(l->inventory, g)))
		if (g->group == l->group[group].number)
			return g;
	fail_msg("group %d is not there", l->group[group].number);
	return NULL;
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
	const struct vs_inv_container *c;
	const struct vs_inv_device *d;
	const struct vs_inv_group *g;
	const struct vs_inv_vm *vm;
	struct lab *l = *state;

	one_vm(l);
	counted(l);
	assert_counts(l, 1, 1, 1, 1);
	vm = vs_inventory_vm(l->inventory, NULL);
	assert_int_equal(vm->vm.id, 1);
	assert_int_equal(vm->vm.pid, VMM);
	assert_int_equal(vm->kvm_vfio, 1);
	assert_false(vm->noncoherent);
	assert_int_equal(vm->holders->pid, VMM);
	assert_int_equal(vm->holders->fd, 11);
	assert_string_equal(vm->holders->comm, "vmm");
	g = group_at(l, 0);
	assert_int_equal(g->vm, 1);
	assert_true(vs_inv_registered(g, 1));
	assert_false(vs_inv_registered(g, 2));
	assert_false(g->iommufd);
	assert_int_equal(g->holders->fd, 20);
	c = vs_inventory_find_container(l->inventory, g->container);
	assert_string_equal(c->driver, "vfio-iommu-type1");
	assert_int_equal(count_holders(c->holders), 1);
	d = device_of(l, 0);
	assert_int_equal(d->vm, 1);
	assert_int_equal(d->kvm, 1);
	assert_int_equal(d->group_kvm, 1);
	assert_int_equal(d->open.verdict, VS_VERDICT_ORDERED);
	assert_int_equal(d->open.group, 12);
	assert_int_equal(d->holders->fd, FOUND_FD);
}

static void nothing_at_all(void **state)
{
	struct lab *l = *state;

	counted(l);
	assert_counts(l, 0, 0, 0, 0);
	assert_null(vs_inventory_find_vm(l->inventory, 1));
	assert_null(vs_inventory_find_container(l->inventory, 1));
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
	assert_int_equal(device_of(l, 0)->open.verdict, VS_VERDICT_VIOLATION);
	assert_int_equal(device_of(l, 0)->kvm, 0);
	assert_int_equal(device_of(l, 0)->group_kvm, 1);
	assert_int_equal(device_of(l, 0)->vm, 1);
	assert_int_equal(device_of(l, 2)->open.verdict, VS_VERDICT_VIOLATION);
	assert_int_equal(device_of(l, 2)->group_kvm, 0);
	assert_int_equal(device_of(l, 2)->vm, 1);
	assert_int_equal(device_of(l, 3)->open.verdict, VS_VERDICT_UNKNOWN);
	assert_int_equal(device_of(l, 3)->vm, 0);
	/* named by the devices alone */
	assert_counts(l, 1, 3, 0, 3);
	assert_int_equal(count_holders(vs_inventory_vm(l->inventory, NULL)->holders), 0);
}

/* Several processes have it; a file shown twice is one. */
static void holders_are_counted_once(void **state)
{
	struct lab *l = *state;
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
	assert_int_equal(count_holders(device_of(l, 0)->holders), 2);
	assert_int_equal(count_holders(group_at(l, 0)->holders), 3);
	assert_int_equal(count_holders(vs_inventory_vm(l->inventory, NULL)->holders), 1);
	assert_int_equal(vs_inventory_vm(l->inventory, NULL)->kvm_vfio, 1);
}

static void two_fds_of_one_process_are_two(void **state)
{
	union vs_event ev;
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	found_vm(l, 0);
	ev = found_event(l, VS_FOUND_VM, VMM, 33);
	ev.vm.kvm = l->vm[0].ptr;
	ev.vm.creator = VMM;
	lab_emit(l, &ev);
	counted(l);
	assert_int_equal(count_holders(vs_inventory_vm(l->inventory, NULL)->holders), 2);
}

static void two_vms_on_one_group(void **state)
{
	const struct vs_inv_group *g;
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
	g = group_at(l, 0);
	assert_true(vs_inv_registered(g, 1));
	assert_true(vs_inv_registered(g, 2));
	assert_int_equal(g->vm, vs_inventory_find_vm(l->inventory, 2)->vm.id);
	assert_null(g->regs->next->next);
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
	assert_null(group_at(l, 1)->holders);
	assert_int_equal(group_at(l, 1)->vm, 1);
	assert_int_equal(group_at(l, 1)->container, 0);
}

static void registered_file_that_is_no_group(void **state)
{
	union vs_event ev;
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	ev = found_event(l, VS_FOUND_REGISTRATION, VMM, 12);
	ev.registration.kvm = l->vm[0].ptr;
	ev.registration.kvm_vfio = l->vm[0].kvm_vfio;
	ev.registration.iommu_group = -1;
	lab_emit(l, &ev);
	counted(l);
	assert_int_equal(groups(l), 0);
}

static void noncoherent_vm_and_iommufd_group(void **state)
{
	union vs_event ev;
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	l->vm[0].noncoherent = true;
	found_kvm_vfio(l, 0);
	ev = found_event(l, VS_FOUND_GROUP, VMM, 20);
	ev.found_group.group = l->group[0].ptr;
	ev.found_group.iommu_group = 12;
	ev.found_group.iommufd = 0xffff888000600000;
	lab_emit(l, &ev);
	counted(l);
	assert_true(vs_inventory_vm(l->inventory, NULL)->noncoherent);
	assert_true(group_at(l, 0)->iommufd);
	assert_int_equal(group_at(l, 0)->container, 0);
}

static void sorted(void **state)
{
	const struct vs_inv_device *d = NULL, *before = NULL;
	const struct vs_inv_group *g;
	struct lab *l = *state;
	unsigned int i;

	for (i = K_GROUPS; i--;)
		found_group(l, i, VMM, CONTAINER + i);
	for (i = K_DEVICES; i--;) {
		was_open(l, DPDK, i);
		found_device(l, i);
	}
	counted(l);
	for (i = 0, g = NULL; (g = vs_inventory_group(l->inventory, g)); i++)
		assert_int_equal(g->group, 12 + (int)i);
	while ((d = vs_inventory_device(l->inventory, d))) {
		assert_true(!before || strcmp(before->open.device, d->open.device) < 0);
		before = d;
	}
	assert_counts(l, 0, K_GROUPS, K_GROUPS, K_DEVICES);
}

/* Calls are no things. */
static void other_events_are_ignored(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	counted(l);
	assert_counts(l, 0, 0, 0, 0);
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

static const struct vs_filter any = { .group = -1, .device_group = -1 };

static void kept_for(struct lab *l, const struct vs_filter *f, const char *device, int group,
		     uint32_t vm)
{
	vs_inventory_keep(l->inventory, f);
	assert_counts(l, vm ? 1 : 0, 1, 1, 1);
	assert_string_equal(vs_inventory_device(l->inventory, NULL)->open.device, device);
	assert_int_equal(vs_inventory_group(l->inventory, NULL)->group, group);
	if (vm)
		assert_int_equal(vs_inventory_vm(l->inventory, NULL)->vm.id, vm);
}

static void kept_without_a_filter(void **state)
{
	struct lab *l = *state;

	three_processes(l);
	vs_inventory_keep(l->inventory, &any);
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
	struct lab *l = *state;

	was_open(l, VMM, 0);
	was_open(l, VMM, 1);
	found_device(l, 0);
	found_device(l, 1);
	counted(l);
	f.device = l->dev[1].name;
	f.device_group = 12;
	vs_inventory_keep(l->inventory, &f);
	assert_counts(l, 0, 1, 0, 1);
	assert_string_equal(vs_inventory_device(l->inventory, NULL)->open.device, l->dev[1].name);
}

/* The device is not open; its group is of interest all the same. */
static void kept_by_device_that_is_not_open(void **state)
{
	struct vs_filter f = any;
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_group(l, 0, 0);
	had_group(l, 0, 1);
	found_registration(l, 0, 0);
	found_registration(l, 0, 1);
	counted(l);
	f.device = l->dev[0].name;
	f.device_group = 12;
	vs_inventory_keep(l->inventory, &f);
	assert_counts(l, 1, 1, 0, 0);
	assert_int_equal(vs_inventory_group(l->inventory, NULL)->group, 12);
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
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_vm(l, 1, OTHER);
	found_vm(l, 0);
	found_vm(l, 1);
	counted(l);
	f.pid = OTHER;
	vs_inventory_keep(l->inventory, &f);
	assert_counts(l, 1, 0, 0, 0);
	assert_int_equal(vs_inventory_vm(l->inventory, NULL)->vm.pid, OTHER);
}

static void kept_by_nothing_that_is_there(void **state)
{
	struct vs_filter f = any;
	struct lab *l = *state;

	three_processes(l);
	f.vm = "nobody";
	vs_inventory_keep(l->inventory, &f);
	assert_counts(l, 0, 0, 0, 0);
}

static void group_about_a_vm(void **state)
{
	const struct vs_inv_group *g;
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
	g = group_at(l, 0);
	assert_int_equal(g->vm, 0);
	assert_true(vs_inventory_group_about(l->inventory, g, 1)); /* by its device */
	assert_false(vs_inventory_group_about(l->inventory, g, 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		INVENTORY_TEST(everything_in_its_place),
		INVENTORY_TEST(nothing_at_all),
		INVENTORY_TEST(verdicts_and_what_they_rest_on),
		INVENTORY_TEST(holders_are_counted_once),
		INVENTORY_TEST(two_fds_of_one_process_are_two),
		INVENTORY_TEST(two_vms_on_one_group),
		INVENTORY_TEST(group_without_a_holder),
		INVENTORY_TEST(registered_file_that_is_no_group),
		INVENTORY_TEST(noncoherent_vm_and_iommufd_group),
		INVENTORY_TEST(sorted),
		INVENTORY_TEST(other_events_are_ignored),
		INVENTORY_TEST(kept_without_a_filter),
		INVENTORY_TEST(kept_by_vm),
		INVENTORY_TEST(kept_by_vm_id),
		INVENTORY_TEST(kept_by_device),
		INVENTORY_TEST(kept_by_device_of_a_shared_group),
		INVENTORY_TEST(kept_by_device_that_is_not_open),
		INVENTORY_TEST(kept_by_group),
		INVENTORY_TEST(kept_by_process),
		INVENTORY_TEST(kept_by_process_without_a_device),
		INVENTORY_TEST(kept_by_nothing_that_is_there),
		INVENTORY_TEST(group_about_a_vm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
