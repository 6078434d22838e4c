// SPDX-License-Identifier: GPL-2.0-only
/* What a look finds of device cdevs and iommufds, and how ps shows it. */
#include "render.h"
#include "toy_cdev.h"
#include "toy_moment.h"

#define DEV 2
#define CDEV 1

static int begin_cdev_look(void **state)
{
	begin_look(state);
	use_cdev(*state, DEV);
	return 0;
}

#define CDEV_LOOK_TEST(name) cmocka_unit_test_setup_teardown(name, begin_cdev_look, end)

/* One VM with one device, all of it as it should be. */
static void one_vm(struct lab *l)
{
	had_vm(l, 0, VMM);
	had_group(l, 0, CDEV);
	was_open(l, VMM, DEV);
	found_vm(l, 0);
	found_kvm_vfio(l, 0);
	found_registration(l, 0, CDEV);
	found_cdev(l, DEV, VMM);
	found_device(l, DEV);
	found_iommufd(l, K_IOMMUFD, VMM);
}

static void look_finds_a_bound_cdev(void **state)
{
	const struct vs_moment *m;
	const struct vs_open *d;
	const struct vs_group *g;
	struct lab *l = *state;

	one_vm(l);
	look_done(l);
	finish(l);
	assert_silent(l);
	m = moment_now(l);
	assert_int_equal(m->vm_count, 1);
	assert_int_equal(m->group_count, 1);
	assert_int_equal(m->container_count, 1);
	assert_int_equal(m->open_count, 1);
	g = group_at(l, CDEV);
	assert_true(g->cdev);
	assert_string_equal(g->device, l->dev[DEV].name);
	assert_int_equal(vm_id(g->kvm), 1);
	assert_true(registered_with(l, CDEV, 1));
	assert_true(g->container->iommufd);
	assert_ptr_equal(g->container, m->containers[0]);
	assert_int_equal(vs_group_holders(g)->pid, VMM);
	assert_int_equal(vs_container_holders(g->container)->fd, 9);
	d = device_of(l, DEV);
	assert_ptr_equal(vs_open_group(d), g);
	assert_int_equal(d->verdict, VS_VERDICT_ORDERED);
	assert_string_equal(d->reason.id, "carries-pointer");
	assert_int_equal(d->path, VS_PATH_CDEV);
	assert_int_equal(d->backend, VS_BACKEND_IOMMUFD);
}

/* Its state proves it, as with a group: the file has the pointer that the device lacks. */
static void look_finds_a_cdev_bound_too_early(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	was_open(l, VMM, DEV);
	had_group(l, 0, CDEV);
	look(l);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
	assert_string_equal(l->finding[0].title, vs_rules[VS_RULE_OPEN_BEFORE_ADD].cdev.title);
}

static void look_finds_a_cdev_never_registered(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	was_open(l, VMM, DEV);
	look(l);
	assert_silent(l);
	tick_after(l, 6 * SEC);
	assert_one_finding(l, VS_RULE_OPEN_WITHOUT_ADD);
	assert_true(l->finding[0].pending);
}

/* A file that is not bound has nothing open; registered or not. */
static void look_finds_an_unbound_cdev(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_group(l, 0, CDEV);
	found_cdev(l, DEV, VMM);
	found_registration(l, 0, CDEV);
	look_done(l);
	finish(l);
	assert_silent(l);
	assert_int_equal(moment_now(l)->open_count, 0);
	assert_true(group_at(l, CDEV)->cdev);
	assert_null(group_at(l, CDEV)->container);
	assert_true(registered_with(l, CDEV, 1));
}

/* Released, it is held by nobody; the next file at its address is another one. */
static void a_release_ends_it(void **state)
{
	struct lab *l = *state;
	union vs_event ev;

	found_cdev(l, DEV, VMM);
	look_done(l);
	ev = lab_event(l, VS_CDEV_RELEASE, VMM);
	ev.cdev.file = l->group[CDEV].ptr;
	ev.cdev.dev = l->dev[DEV].ptr;
	SET_STRING(ev.cdev.name, l->dev[DEV].name);
	lab_emit(l, &ev);
	finish(l);
	assert_int_equal(moment_now(l)->group_count, 0);
}

/* In order: the group, the files of its devices; containers, then iommufds. */
static void in_order(void **state)
{
	const struct vs_moment *m;
	struct lab *l = *state;

	use_cdev(l, 3);
	l->group[CDEV].number = l->group[2].number = l->group[0].number;
	found_cdev(l, 3, VMM);
	found_iommufd(l, K_IOMMUFD + 1, VMM);
	found_iommufd(l, K_IOMMUFD, VMM);
	found_cdev(l, DEV, VMM);
	found_container(l, 0xffff888000500000, OTHER, "");
	found_group(l, 0, OTHER, 0xffff888000500000);
	look_done(l);
	finish(l);
	m = moment_now(l);
	assert_int_equal(m->group_count, 3);
	assert_false(m->groups[0]->cdev);
	assert_string_equal(m->groups[1]->device, l->dev[DEV].name);
	assert_string_equal(m->groups[2]->device, l->dev[3].name);
	assert_int_equal(m->container_count, 3);
	assert_false(m->containers[0]->iommufd);
	assert_int_equal(m->containers[1]->id, 1);
	assert_int_equal(m->containers[2]->id, 2);
}

/* What a filter keeps: a cdev by its device, by its process, by its VM. */
static void kept_by_a_filter(void **state)
{
	struct vs_filter by[3] = { any, any, any };
	const struct vs_moment *m;
	struct lab *l = *state;
	size_t i;

	use_cdev(l, 3);
	one_vm(l);
	found_cdev(l, 3, OTHER);
	look_done(l);
	finish(l);
	by[0].device = l->dev[DEV].name;
	by[0].device_group = l->group[2].number; /* of another file */
	by[1].pid = VMM;
	by[2].vm = "vm1";
	for (i = 0; i < ARRAY_SIZE(by); i++) {
		m = moment_of(l, &by[i]);
		assert_int_equal(m->group_count, 1);
		assert_string_equal(m->groups[0]->device, l->dev[DEV].name);
		assert_int_equal(m->container_count, 1);
	}
}

/* The backend: what maps the device's DMA */

static const struct backend_case {
	const char *arch;
	uint64_t iommufd;
	uint32_t flags;
	const char *name;
} backends[] = {
	{ "x86_64", 0, 0, "type1" },
	{ "ppc64le", 0, 0, "spapr" },
	{ "x86_64", 0, VS_F_NOIOMMU_GROUP, "noiommu" },
	{ "ppc64le", 0, VS_F_NOIOMMU_GROUP, "noiommu" },
	{ "x86_64", K_IOMMUFD, 0, "iommufd-compat" },
	{ "x86_64", K_IOMMUFD, VS_F_CDEV, "iommufd" },
	{ "ppc64le", K_IOMMUFD, VS_F_CDEV, "iommufd" },
};

static char *render_open(struct lab *l, const struct lab_config *config, enum render_as as,
			 void (*world)(struct lab *l, const struct backend_case *c),
			 const struct backend_case *c)
{
	struct render r;

	lab_end(l);
	memset(l, 0, sizeof(*l));
	render_begin(&r, as, false);
	lab_begin_for(l, config, r.sink);
	world(l, c);
	finish(l);
	vs_sink_free(l->next);
	l->next = NULL;
	render_close(&r);
	return r.out;
}

static void open_it(struct lab *l, const struct backend_case *c)
{
	union vs_event ev = dev_event(l, VS_DEV_OPEN, DPDK, &l->dev[DEV]);

	ev.dev.iommufd = c->iommufd;
	ev.h.flags |= c->flags;
	ev.dev.open_count = 1;
	lab_emit(l, &ev);
}

static void backend_of_an_open(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(backends); i++) {
		const struct backend_case *c = &backends[i];
		const struct lab_config config = { .grace_ns = 5 * SEC, .arch = c->arch };
		bool cdev = c->flags & VS_F_CDEV;
		char expected[96], *out;

		out = render_open(*state, &config, AS_JSON, open_it, c);
		snprintf(expected, sizeof(expected), "\"path\":\"%s\",\"backend\":\"%s\"",
			 cdev ? "cdev" : "group", c->name);
		assert_says(out, expected);
		free(out);
		out = render_open(*state, &config, AS_TEXT, open_it, c);
		snprintf(expected, sizeof(expected), ", IOMMU group 13, by %s (%s)",
			 cdev ? "cdev" : "group", c->name);
		assert_says(out, expected);
		free(out);
	}
}

/* Known by its close alone, which does not tell. */
static void close_it(struct lab *l, const struct backend_case *c)
{
	if (c->flags & VS_F_CDEV)
		use_cdev(l, DEV);
	was_open(l, DPDK, DEV);
	dev_close(l, DPDK, DEV);
}

static void backend_of_an_open_that_was_not_seen(void **state)
{
	static const struct backend_case cases[] = { { .flags = VS_F_CDEV }, { .flags = 0 } };
	const char *expected;
	size_t i;
	char *out;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		expected = cases[i].flags ? "\"path\":\"cdev\",\"backend\":null" :
					    "\"path\":\"group\",\"backend\":null";
		out = render_open(*state, &defaults, AS_JSON, close_it, &cases[i]);
		assert_says(out, expected);
		free(out);
		out = render_open(*state, &defaults, AS_TEXT, close_it, &cases[i]);
		assert_says(out, cases[i].flags ? ", by cdev" : ", by group");
		assert_null(strstr(out, ", by cdev ("));
		assert_null(strstr(out, ", by group ("));
		free(out);
	}
}

/* ps */

static void assert_ps(struct lab *l, enum render_as as, void (*world)(struct lab *l),
		      const char *expected)
{
	struct render r;

	lab_end(l);
	memset(l, 0, sizeof(*l));
	render_begin(&r, as, true);
	lab_begin_for(l, &with_look, r.sink);
	use_cdev(l, DEV);
	world(l);
	look_done(l);
	finish(l);
	vs_sink_free(l->next);
	l->next = NULL;
	render_close(&r);
	if (!strstr(r.out, expected))
		fail_msg("ps says\n%s\nand not\n%s", r.out, expected);
	free(r.out);
}

/* Of a process that no look has met. */
#define UNMET "\"started_ns\":null,\"exiting\":null,\"pod\":null,\"cgroup\":null"

static void ps_of_a_bound_cdev(void **state)
{
	assert_ps(*state, AS_TEXT, one_vm,
		  "vm1 (pid 100): kvm-vfio device, coherent, open in vmm (pid 100, fd 11)\n"
		  "  device 0000:5e:00.0, driver vfio-pci, cdev: ordered, kvm pointer of vm1, "
		  "file registered with vm1, iommufd 1, "
		  "open in vmm (pid 100, fd 42)\n"
		  "1 open: 1 ordered\n");
	assert_ps(*state, AS_JSON, one_vm,
		  "{\"type\":\"iommufd\",\"schema\":1,\"iommufd\":\"iommufd1\","
		  "\"holders\":[{\"pid\":100,\"comm\":\"vmm\",\"fd\":9," UNMET "}]}\n"
		  "{\"type\":\"cdev\",\"schema\":1,\"device\":\"0000:5e:00.0\",\"group\":13,"
		  "\"registered_with\":[\"vm1\"],\"kvm\":\"vm1\",\"bound\":true,"
		  "\"iommufd_id\":\"iommufd1\","
		  "\"holders\":[{\"pid\":100,\"comm\":\"vmm\",\"fd\":42," UNMET "}]}\n"
		  "{\"type\":\"device\",");
	assert_ps(*state, AS_JSON, one_vm,
		  "\"path\":\"cdev\",\"backend\":\"iommufd\",\"iommufd_id\":\"iommufd1\","
		  "\"kvm\":\"vm1\",\"group_kvm\":\"vm1\",\"vm\":\"vm1\",");
}

/* What the file has is said if the device does not have it. */
static void too_early(struct lab *l)
{
	had_vm(l, 0, VMM);
	was_open(l, VMM, DEV);
	had_group(l, 0, CDEV);
	found_vm(l, 0);
	found_registration(l, 0, CDEV);
	found_cdev(l, DEV, VMM);
	found_device(l, DEV);
}

static void ps_of_a_cdev_bound_too_early(void **state)
{
	assert_ps(*state, AS_TEXT, too_early,
		  "  device 0000:5e:00.0, driver vfio-pci, cdev: violation, no kvm pointer, "
		  "file registered with vm1, kvm pointer of vm1, iommufd 1, "
		  "open in vmm (pid 100, fd 42)\n");
	assert_ps(*state, AS_JSON, too_early, "\"kvm\":null,\"group_kvm\":\"vm1\",");
}

static void unbound(struct lab *l)
{
	found_cdev(l, DEV, DPDK);
}

static void ps_of_an_unbound_cdev(void **state)
{
	assert_ps(*state, AS_TEXT, unbound,
		  "no VM\n"
		  "  device 0000:5e:00.0, cdev: not bound, file not registered, "
		  "no kvm pointer, open in vmm (pid 300, fd 42)\n");
	assert_ps(*state, AS_JSON, unbound,
		  "{\"type\":\"cdev\",\"schema\":1,\"device\":\"0000:5e:00.0\",\"group\":13,"
		  "\"registered_with\":[],\"kvm\":null,\"bound\":false,\"iommufd_id\":null,"
		  "\"holders\":[{\"pid\":300,\"comm\":\"vmm\",\"fd\":42," UNMET "}]}\n");
}

/* Two files of one device: it is open by one of them. */
static void bound_and_unbound(struct lab *l)
{
	uint64_t bound = l->group[CDEV].ptr;

	was_open(l, DPDK, DEV);
	found_cdev(l, DEV, DPDK);
	found_device(l, DEV);
	l->dev[DEV].opens = 0;
	l->group[CDEV].ptr += 0x400;
	found_cdev(l, DEV, OTHER);
	l->group[CDEV].ptr = bound;
	l->dev[DEV].opens = 1;
}

static void ps_of_two_files_of_a_device(void **state)
{
	assert_ps(*state, AS_TEXT, bound_and_unbound,
		  "  device 0000:5e:00.0, driver vfio-pci, cdev: unknown, no kvm pointer, "
		  "file not registered, iommufd 1, open in vmm (pid 300, fd 42)\n"
		  "      the device was opened before tracing started and its state shows no VM\n");
	assert_ps(*state, AS_TEXT, bound_and_unbound,
		  "  device 0000:5e:00.0, cdev: not bound, file not registered, "
		  "no kvm pointer, open in vmm (pid 200, fd 42)\n");
}

/* A group that uses an iommufd in place of a container, as its devices do. */
static void group_with_an_iommufd(struct lab *l)
{
	union vs_event ev;

	was_open(l, DPDK, 0);
	ev = lab_event(l, VS_FOUND_GROUP, DPDK);
	ev.found_group.fd = 20;
	ev.found_group.group = l->group[0].ptr;
	ev.found_group.iommu_group = 12;
	ev.found_group.iommufd = K_IOMMUFD;
	lab_emit(l, &ev);
	ev = dev_event(l, VS_FOUND_DEVICE, DPDK, &l->dev[0]);
	ev.dev.iommufd = K_IOMMUFD;
	ev.dev.fd = 21;
	lab_emit(l, &ev);
}

static void ps_of_a_group_with_an_iommufd(void **state)
{
	assert_ps(*state, AS_TEXT, group_with_an_iommufd,
		  "  group 12: not registered, no kvm pointer, iommufd 1, "
		  "open in vmm (pid 300, fd 20)\n");
	assert_ps(*state, AS_JSON, group_with_an_iommufd,
		  "{\"type\":\"group\",\"schema\":1,\"group\":12,\"registered_with\":[],"
		  "\"kvm\":null,\"container\":null,\"iommufd\":true,"
		  "\"iommufd_id\":\"iommufd1\",");
	assert_ps(*state, AS_JSON, group_with_an_iommufd,
		  "\"path\":\"group\",\"backend\":\"iommufd-compat\","
		  "\"iommufd_id\":\"iommufd1\",");
}

static void group_with_a_container(struct lab *l)
{
	found_group(l, 0, DPDK, 0xffff888000500000);
	found_container(l, 0xffff888000500000, DPDK, "vfio-iommu-type1");
}

static void ps_of_a_group_with_a_container(void **state)
{
	assert_ps(*state, AS_TEXT, group_with_a_container, ", container 1 (vfio-iommu-type1), ");
	assert_ps(*state, AS_JSON, group_with_a_container,
		  "\"container\":\"container1\",\"iommufd\":false,\"iommufd_id\":null,");
}

static void nothing(struct lab *l)
{
	(void)l;
}

static void ps_of_nothing(void **state)
{
	assert_ps(*state, AS_TEXT, nothing, "no VM, no VFIO group and no device cdev is open\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CDEV_LOOK_TEST(look_finds_a_bound_cdev),
		CDEV_LOOK_TEST(look_finds_a_cdev_bound_too_early),
		CDEV_LOOK_TEST(look_finds_a_cdev_never_registered),
		CDEV_LOOK_TEST(look_finds_an_unbound_cdev),
		CDEV_LOOK_TEST(a_release_ends_it),
		CDEV_LOOK_TEST(in_order),
		CDEV_LOOK_TEST(kept_by_a_filter),
		TEST(backend_of_an_open),
		TEST(backend_of_an_open_that_was_not_seen),
		TEST(ps_of_a_bound_cdev),
		TEST(ps_of_a_cdev_bound_too_early),
		TEST(ps_of_an_unbound_cdev),
		TEST(ps_of_two_files_of_a_device),
		TEST(ps_of_a_group_with_an_iommufd),
		TEST(ps_of_a_group_with_a_container),
		TEST(ps_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
