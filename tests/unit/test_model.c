// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "toy_kernel.h"

/* Two VMMs and a user-space driver. */
#define VMM 100
#define OTHER 200
#define DPDK 300

static const struct vs_model_config defaults = { .grace_ns = 5 * SEC, .arch = "x86_64" };

static void begin_with(void **state, const struct vs_model_config *config)
{
	struct lab *l = malloc(sizeof(*l));

	assert_non_null(l);
	lab_begin(l, config);
	*state = l;
}

static int begin(void **state)
{
	begin_with(state, &defaults);
	return 0;
}

static int end(void **state)
{
	struct lab *l = *state;

	vs_model_free(l->model);
	free(l);
	return 0;
}

static void restart(struct lab *l, const struct vs_model_config *config)
{
	vs_model_free(l->model);
	lab_begin(l, config);
}

static const struct said_open *last_closed(const struct lab *l)
{
	assert_true(l->closed_count > 0);
	return &l->closed[l->closed_count - 1];
}

static const struct said_finding *only_finding(const struct lab *l)
{
	assert_int_equal(l->finding_count, 1);
	return &l->finding[0];
}

#define assert_verdict(l, expected)                                        \
	assert_string_equal(vs_verdict_name(last_closed(l)->open.verdict), \
			    vs_verdict_name(expected))

#define assert_one_finding(l, expected) \
	assert_string_equal(vs_rules[only_finding(l)->rule].name, vs_rules[expected].name)

/* Evidence is of these kinds, and each later than the one before. */
static void assert_evidence(const struct said_finding *f, const unsigned int *kinds, size_t count)
{
	size_t i;

	assert_int_equal(f->evidence_count, count);
	for (i = 0; i < count; i++)
		assert_int_equal(f->evidence[i].h.kind, kinds[i]);
	for (i = 1; i < count; i++)
		assert_true(f->evidence[i - 1].h.ts < f->evidence[i].h.ts);
}

#define EVIDENCE(f, ...)                                          \
	assert_evidence(f, (const unsigned int[]){ __VA_ARGS__ }, \
			sizeof((const unsigned int[]){ __VA_ARGS__ }) / sizeof(unsigned int))

/* The four verdicts */

static void registered_first_is_ordered(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_name(l, 0, VMM, "web");
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	assert_int_equal(l->opened_count, 1);
	assert_int_equal(l->opened[0].open.verdict, VS_VERDICT_ORDERED);
	dev_close(l, VMM, 0);
	assert_int_equal(l->closed_count, 1);
	assert_verdict(l, VS_VERDICT_ORDERED);
	assert_int_equal(l->finding_count, 0);
	assert_int_equal(last_closed(l)->kvm, 1);
	assert_int_equal(last_closed(l)->vm, 1);
	assert_string_equal(last_closed(l)->vm_name, "web");
}

static void open_tells_who_and_what(void **state)
{
	struct lab *l = *state;
	const struct vs_open *open;
	uint64_t opened, closed;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 1);
	l->tid = VMM + 7;
	l->flags = VS_F_TRACKED;
	df_open(l, VMM, 2);
	opened = l->now;
	dev_close(l, VMM, 2);
	closed = l->now;
	open = &last_closed(l)->open;
	assert_string_equal(open->device, "0000:5e:00.0");
	assert_string_equal(open->driver, "vfio-pci");
	assert_string_equal(open->comm, "vmm");
	assert_int_equal(open->group, 13);
	assert_int_equal(open->pid, VMM);
	assert_int_equal(open->tid, VMM + 7);
	assert_true(open->tracked);
	assert_int_equal(open->opened_ns, opened);
	assert_int_equal(open->closed_ns, closed);
	assert_int_equal(open->opens, 1);
}

static void user_space_driver_has_no_vm(void **state)
{
	struct lab *l = *state;

	dev_open(l, DPDK, 0);
	assert_int_equal(l->opened[0].open.verdict, VS_VERDICT_PENDING);
	tick_after(l, 60 * SEC);
	dev_close(l, DPDK, 0);
	assert_verdict(l, VS_VERDICT_NO_VM);
	assert_int_equal(last_closed(l)->vm, 0);
	assert_int_equal(l->finding_count, 0);
}

static void vm_of_another_process_does_not_matter(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_create(l, 1, OTHER);
	group_add(l, VMM, 0, 1);
	dev_open(l, DPDK, 0);
	vm_create(l, 2, VMM);
	tick_after(l, 60 * SEC);
	dev_close(l, DPDK, 0);
	assert_verdict(l, VS_VERDICT_NO_VM);
	assert_int_equal(l->finding_count, 0);
}

/* A user-space driver that once had a VM, and has none now. */
static void vm_that_is_gone_does_not_matter(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_destroy(l, 0, VMM);
	dev_open(l, VMM, 0);
	tick_after(l, 60 * SEC);
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_NO_VM);
	assert_int_equal(l->finding_count, 0);
}

/* Open before add */

static void add_after_open_is_a_violation(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_name(l, 0, VMM, "web");
	dev_open(l, VMM, 0);
	assert_int_equal(l->finding_count, 0);
	group_add(l, VMM, 0, 0);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
	assert_false(l->finding[0].pending);
	assert_int_equal(l->finding[0].ts, l->now);
	assert_string_equal(l->finding[0].device, "0000:3b:00.0");
	assert_int_equal(l->finding[0].vm, 1);
	assert_string_equal(l->finding[0].vm_name, "web");
	tick_after(l, 60 * SEC);
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_VIOLATION);
	assert_int_equal(last_closed(l)->kvm, 0);
	assert_int_equal(last_closed(l)->vm, 1);
	assert_int_equal(l->finding_count, 1);
}

static void evidence_of_add_after_open(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	group_add(l, VMM, 0, 0);
	EVIDENCE(only_finding(l), VS_DEV_OPEN, VS_GROUP_IOCTL, VS_KVM_ATTR);
	assert_int_equal(l->finding[0].evidence[1].h.ret, 30);
	assert_int_equal(l->finding[0].evidence[2].attr.attr, KVM_DEV_VFIO_GROUP_ADD);
	assert_int_equal(l->finding[0].evidence_vm[2], 1);
}

/* The VMM's VM may come late: what counts is the group's registration. */
static void vm_created_after_the_open(void **state)
{
	struct lab *l = *state;

	dev_open(l, VMM, 0);
	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_close(l, VMM, 0);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
	assert_verdict(l, VS_VERDICT_VIOLATION);
}

/* The ADD was lost, but the group's state at the close proves it. */
static void add_proven_by_state_at_close(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	l->lose = 2;
	group_add(l, VMM, 0, 0);
	assert_int_equal(l->finding_count, 0);
	dev_close(l, VMM, 0);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
	assert_int_equal(l->finding[0].vm, 1);
	EVIDENCE(only_finding(l), VS_DEV_OPEN, VS_GROUP_IOCTL, VS_DEV_CLOSE);
	assert_verdict(l, VS_VERDICT_VIOLATION);
}

/* A process gives its open device to the VM of another. */
static void add_to_a_vm_of_another_process(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, OTHER);
	dev_open(l, VMM, 0);
	group_add(l, OTHER, 0, 0);
	dev_close(l, VMM, 0);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
	assert_int_equal(l->finding[0].vm_pid, OTHER);
}

/* Found late, but its group was registered: no second finding that denies it. */
static void registered_late_is_not_also_never_registered(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, OTHER);
	dev_open(l, VMM, 0);
	group_add(l, OTHER, 0, 0);
	vm_create(l, 1, VMM);
	tick_after(l, 60 * SEC);
	dev_close(l, VMM, 0);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
	assert_int_equal(last_closed(l)->vm, 1);
}

static void reported_once_however_often_added(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	group_add(l, VMM, 0, 0);
	group_del(l, VMM, 0, 0);
	group_add(l, VMM, 0, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(l->finding_count, 1);
	assert_int_equal(l->closed_count, 1);
}

static void deleted_again_stays_a_violation(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	group_add(l, VMM, 0, 0);
	group_del(l, VMM, 0, 0);
	dev_close(l, VMM, 0);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
	assert_verdict(l, VS_VERDICT_VIOLATION);
}

static void failed_add_is_no_registration(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	attr(l, VMM, 0, 0, KVM_DEV_VFIO_GROUP_ADD, -EINVAL);
	assert_int_equal(l->finding_count, 0);
	dev_close(l, VMM, 0);
	assert_one_finding(l, VS_RULE_OPEN_WITHOUT_ADD);
}

static void del_and_others_are_no_registration(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	group_del(l, VMM, 0, 0);
	attr(l, VMM, 0, 0, KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE, -ENXIO);
	assert_int_equal(l->finding_count, 0);
	dev_close(l, VMM, 0);
	assert_one_finding(l, VS_RULE_OPEN_WITHOUT_ADD);
}

static void add_of_another_group_is_not_ours(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	group_add(l, VMM, 0, 1);
	assert_int_equal(l->finding_count, 0);
	dev_close(l, VMM, 0);
	assert_one_finding(l, VS_RULE_OPEN_WITHOUT_ADD);
}

static void add_after_close_is_fine(void **state)
{
	struct lab *l = *state;

	dev_open(l, DPDK, 0);
	dev_close(l, DPDK, 0);
	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(l->finding_count, 0);
	assert_int_equal(l->closed_count, 2);
	assert_int_equal(l->closed[0].open.verdict, VS_VERDICT_NO_VM);
	assert_int_equal(l->closed[1].open.verdict, VS_VERDICT_ORDERED);
}

/* Open without add */

static void never_registered_is_told_at_the_close(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	tick_after(l, 1 * SEC);
	assert_int_equal(l->finding_count, 0);
	dev_close(l, VMM, 0);
	assert_one_finding(l, VS_RULE_OPEN_WITHOUT_ADD);
	assert_false(l->finding[0].pending);
	assert_int_equal(l->finding[0].vm, 1);
	assert_verdict(l, VS_VERDICT_VIOLATION);
	assert_int_equal(last_closed(l)->vm, 1);
}

static void never_registered_is_told_after_the_grace_period(void **state)
{
	struct lab *l = *state;
	uint64_t opened;

	vm_create(l, 0, VMM);
	df_open(l, VMM, 0);
	opened = l->now;
	vs_model_tick(l->model, opened + 5 * SEC - 1);
	assert_int_equal(l->finding_count, 0);
	vs_model_tick(l->model, opened + 5 * SEC);
	assert_one_finding(l, VS_RULE_OPEN_WITHOUT_ADD);
	assert_true(l->finding[0].pending);
	vs_model_tick(l->model, opened + 50 * SEC);
	dev_close(l, VMM, 0);
	assert_int_equal(l->finding_count, 1);
	assert_verdict(l, VS_VERDICT_VIOLATION);
}

/* What was said so far is mended by what comes: the group is registered late. */
static void registered_after_the_grace_period(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	tick_after(l, 6 * SEC);
	assert_one_finding(l, VS_RULE_OPEN_WITHOUT_ADD);
	group_add(l, VMM, 0, 0);
	assert_int_equal(l->finding_count, 2);
	assert_int_equal(l->finding[1].rule, VS_RULE_OPEN_BEFORE_ADD);
	dev_close(l, VMM, 0);
	assert_int_equal(l->finding_count, 2);
	assert_string_equal(last_closed(l)->open.reason, vs_rules[VS_RULE_OPEN_BEFORE_ADD].title);
}

static void grace_runs_from_the_vm_if_it_came_later(void **state)
{
	struct lab *l = *state;
	uint64_t created;

	dev_open(l, VMM, 0);
	tick_after(l, 60 * SEC);
	vm_create(l, 0, VMM);
	created = l->now;
	vs_model_tick(l->model, created + 5 * SEC - 1);
	assert_int_equal(l->finding_count, 0);
	vs_model_tick(l->model, created + 5 * SEC);
	assert_one_finding(l, VS_RULE_OPEN_WITHOUT_ADD);
}

static void no_grace_at_all(void **state)
{
	const struct vs_model_config config = { .grace_ns = 0, .arch = "x86_64" };
	struct lab *l = *state;

	restart(l, &config);
	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	vs_model_tick(l->model, l->now);
	assert_one_finding(l, VS_RULE_OPEN_WITHOUT_ADD);
}

static void evidence_of_never_registered(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	EVIDENCE(only_finding(l), VS_VM_CREATE, VS_DEV_OPEN, VS_GROUP_IOCTL, VS_DEV_CLOSE);
	assert_int_equal(l->finding[0].evidence_vm[0], 1);
}

static void evidence_in_order_when_the_vm_came_later(void **state)
{
	struct lab *l = *state;

	dev_open(l, VMM, 0);
	vm_create(l, 0, VMM);
	dev_close(l, VMM, 0);
	EVIDENCE(only_finding(l), VS_DEV_OPEN, VS_GROUP_IOCTL, VS_VM_CREATE, VS_DEV_CLOSE);
}

/* A VM from before we came: the kernel names it at the open. */
static void vm_created_before_tracing(void **state)
{
	struct lab *l = *state;

	l->vm[0].pid = VMM;
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_one_finding(l, VS_RULE_OPEN_WITHOUT_ADD);
	assert_int_equal(l->finding[0].vm_pid, VMM);
}

static void vms_that_can_not_be_looked_up(void **state)
{
	struct lab *l = *state;

	l->no_vm_list = true;
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
	assert_int_equal(l->finding_count, 0);
	/* but one we saw being created is known */
	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_one_finding(l, VS_RULE_OPEN_WITHOUT_ADD);
}

static void blind_for_vms(void **state)
{
	const struct vs_model_config config = { .grace_ns = 5 * SEC, .blind_vm = true };
	struct lab *l = *state;

	restart(l, &config);
	dev_open(l, DPDK, 0);
	dev_close(l, DPDK, 0);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
	l->vm[0].pid = VMM;
	dev_open(l, VMM, 0);
	tick_after(l, 60 * SEC);
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
	assert_int_equal(l->finding_count, 0);
	/* what the device holds is proof all the same */
	l->group[0].vm = &l->vm[0];
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_ORDERED);
}

/* Severity and harm are the driver's */

static void driver_decides_the_severity(void **state)
{
	const struct vs_model_config s390 = { .grace_ns = 5 * SEC, .arch = "s390x" };
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
		l->dev[0].driver = cases[i].driver;
		vm_create(l, 0, VMM);
		dev_open(l, VMM, 0);
		group_add(l, VMM, 0, 0);
		assert_int_equal(only_finding(l)->severity, cases[i].severity);
		assert_non_null(l->finding[0].harm);
		assert_ptr_equal(
			l->finding[0].harm,
			vs_driver_find(cases[i].driver, cases[i].s390 ? "s390x" : "x86_64")->harm);
	}
}

/* One open, several fds */

static void second_get_device_fd_is_the_same_open(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(l->closed_count, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(l->opened_count, 1);
	assert_int_equal(l->closed_count, 1);
	assert_int_equal(last_closed(l)->open.opens, 2);
	assert_verdict(l, VS_VERDICT_ORDERED);
}

/* Later opens take nothing: ADD between two opens helps neither. */
static void add_between_two_opens(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
	assert_int_equal(l->closed_count, 1);
	assert_verdict(l, VS_VERDICT_VIOLATION);
}

static void reopening_is_a_new_open(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	group_add(l, VMM, 0, 0);
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_VIOLATION);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_ORDERED);
	assert_int_equal(l->opened_count, 2);
	assert_int_equal(l->closed_count, 2);
	assert_int_equal(l->finding_count, 1);
}

static void each_wrong_open_is_told(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(l->finding_count, 2);
	assert_int_equal(l->closed_count, 2);
}

static void failed_open_is_no_open(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open_fails(l, VMM, 0, -EINVAL);
	group_add(l, VMM, 0, 0);
	tick_after(l, 60 * SEC);
	finish(l);
	assert_int_equal(l->opened_count, 0);
	assert_int_equal(l->closed_count, 0);
	assert_int_equal(l->finding_count, 0);
}

static void failed_second_open_counts_nothing(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	dev_open_fails(l, VMM, 0, -EBUSY);
	dev_close(l, VMM, 0);
	assert_int_equal(last_closed(l)->open.opens, 1);
	assert_int_equal(l->closed_count, 1);
}

/* Several devices and groups */

static void devices_in_two_groups(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	dev_open(l, VMM, 2);
	group_add(l, VMM, 0, 1);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
	assert_string_equal(l->finding[0].device, l->dev[2].name);
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_ORDERED);
	dev_close(l, VMM, 2);
	assert_verdict(l, VS_VERDICT_VIOLATION);
}

static void devices_in_one_group(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	dev_open(l, VMM, 1);
	group_add(l, VMM, 0, 0);
	assert_int_equal(l->finding_count, 2);
	assert_string_equal(l->finding[0].device, l->dev[0].name);
	assert_string_equal(l->finding[1].device, l->dev[1].name);
	dev_close(l, VMM, 1);
	dev_close(l, VMM, 0);
	assert_int_equal(l->finding_count, 2);
	assert_int_equal(l->closed_count, 2);
}

/* One opened too early, the other in time. */
static void devices_in_one_group_around_the_add(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 1);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_VIOLATION);
	dev_close(l, VMM, 1);
	assert_verdict(l, VS_VERDICT_ORDERED);
}

/* Opened before we came */

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
	assert_non_null(strstr(last_closed(l)->open.reason, "before"));
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

/* Losses */

static void loss_during_an_open_makes_it_unknown(void **state)
{
	struct lab *l = *state;

	dev_open(l, DPDK, 0);
	l->lose = 1;
	vm_create(l, 0, DPDK);
	dev_close(l, DPDK, 0);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
	assert_non_null(strstr(last_closed(l)->open.reason, "lost"));
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

/* VMs come and go */

static void address_used_again_is_another_vm(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	assert_int_equal(l->last_vm, 1);
	vm_name(l, 0, VMM, "old");
	vm_destroy(l, 0, VMM);
	vm_create(l, 0, OTHER);
	assert_int_equal(l->last_vm, 2);
	assert_int_equal(l->last_vm_pid, OTHER);
	group_add(l, OTHER, 0, 0);
	dev_open(l, OTHER, 0);
	dev_close(l, OTHER, 0);
	assert_int_equal(last_closed(l)->vm, 2);
	assert_string_equal(last_closed(l)->vm_name, "");
}

static void address_used_again_after_a_lost_end(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_name(l, 0, VMM, "old");
	l->lose = 1;
	vm_destroy(l, 0, VMM);
	vm_create(l, 0, OTHER);
	assert_int_equal(l->last_vm, 2);
	assert_int_equal(l->last_vm_pid, OTHER);
}

/* As the source does it: the name of a new VM comes just before its creation. */
static void named_before_its_creation(void **state)
{
	struct lab *l = *state;

	vm_name_new(l, 0, VMM, "old");
	vm_create(l, 0, VMM);
	assert_int_equal(l->last_vm, 1);
	l->lose = 1;
	vm_destroy(l, 0, VMM);
	vm_name_new(l, 0, OTHER, "new");
	vm_create(l, 0, OTHER);
	assert_int_equal(l->last_vm, 2);
	assert_int_equal(l->last_vm_pid, OTHER);
	group_add(l, OTHER, 0, 0);
	dev_open(l, OTHER, 0);
	dev_close(l, OTHER, 0);
	assert_int_equal(last_closed(l)->vm, 2);
	assert_string_equal(last_closed(l)->vm_name, "new");
}

static void destroyed_while_open_keeps_its_name(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_name(l, 0, VMM, "web");
	dev_open(l, VMM, 0);
	vm_destroy(l, 0, VMM);
	vm_create(l, 0, OTHER); /* same address */
	vm_name(l, 0, OTHER, "new");
	dev_close(l, VMM, 0);
	assert_one_finding(l, VS_RULE_OPEN_WITHOUT_ADD);
	assert_string_equal(l->finding[0].vm_name, "web");
	assert_int_equal(l->finding[0].vm, 1);
	assert_int_equal(l->finding[0].vm_pid, VMM);
	assert_string_equal(last_closed(l)->vm_name, "web");
}

static void destroyed_after_the_violation_keeps_its_name(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_name(l, 0, VMM, "web");
	dev_open(l, VMM, 0);
	group_add(l, VMM, 0, 0);
	vm_destroy(l, 0, VMM);
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_VIOLATION);
	assert_string_equal(last_closed(l)->vm_name, "web");
}

/* Many short-lived VMs, each with a device open when it ends. */
static void many_vms(void **state)
{
	struct lab *l = *state;
	unsigned int i;

	for (i = 0; i < 500; i++) {
		vm_create(l, i % K_VMS, VMM + i);
		group_add(l, VMM + i, i % K_VMS, 0);
		dev_open(l, VMM + i, 0);
		dev_open(l, VMM + i, 2);
		dev_close(l, VMM + i, 2);
		dev_close(l, VMM + i, 0);
		vm_destroy(l, i % K_VMS, VMM + i);
	}
	assert_int_equal(l->closed_count, 1000);
	assert_int_equal(l->finding_count, 500);
	assert_int_equal(last_closed(l)->vm, 500);
	assert_verdict(l, VS_VERDICT_ORDERED);
}

/*
 * The inner call returns first: the first record that shows a VM from before
 * we came does not say whose it is, the next one does.
 */
static void process_of_a_vm_learnt_later(void **state)
{
	struct lab *l = *state;

	l->vm[0].pid = VMM;
	group_add(l, VMM, 0, 0);
	assert_int_equal(l->last_vm, 1);
	assert_int_equal(l->last_vm_pid, VMM);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(last_closed(l)->vm_pid, VMM);
}

/* As the source does it: a name before the first record that tells the process. */
static void process_of_a_vm_learnt_with_its_name(void **state)
{
	struct lab *l = *state;

	l->vm[0].pid = VMM;
	set_kvm(l, VMM, &l->group[0], &l->vm[0], true);
	vm_name(l, 0, VMM, "web");
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(last_closed(l)->vm_pid, VMM);
	assert_string_equal(last_closed(l)->vm_name, "web");
}

/* Evidence from other threads */

static void call_of_another_thread_is_no_evidence(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	l->tid = VMM + 1;
	df_open(l, VMM, 0);
	l->tid = VMM + 2;
	get_device_fd(l, VMM, 0, 31);
	l->tid = VMM + 1;
	get_device_fd(l, VMM, 0, 30);
	l->tid = 0;
	group_add(l, VMM, 0, 0);
	EVIDENCE(only_finding(l), VS_DEV_OPEN, VS_GROUP_IOCTL, VS_KVM_ATTR);
	assert_int_equal(l->finding[0].evidence[1].h.tid, VMM + 1);
	assert_int_equal(l->finding[0].evidence[1].h.ret, 30);
}

static void failed_or_foreign_group_calls_are_no_evidence(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	df_open(l, VMM, 0);
	get_device_fd(l, VMM, 0, -EINTR);
	get_device_fd(l, VMM, 2, 32); /* another device */
	group_add(l, VMM, 0, 0);
	EVIDENCE(only_finding(l), VS_DEV_OPEN, VS_KVM_ATTR);
}

/* The end */

static void finish_settles_what_is_open(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0); /* ordered */
	dev_open(l, VMM, 2);
	group_add(l, VMM, 0, 1); /* too late */
	dev_open(l, DPDK, 3); /* no VM */
	finish(l);
	assert_int_equal(l->closed_count, 3);
	assert_int_equal(l->finding_count, 1);
	while (l->closed_count) {
		const struct said_open *o = last_closed(l);
		enum vs_verdict expected =
			!strcmp(o->open.device, l->dev[0].name) ? VS_VERDICT_ORDERED :
			!strcmp(o->open.device, l->dev[2].name) ? VS_VERDICT_VIOLATION :
								  VS_VERDICT_NO_VM;

		assert_verdict(l, expected);
		assert_int_equal(o->open.closed_ns, 0);
		l->closed_count--;
	}
}

static void finish_before_the_grace_period_is_over(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	finish(l);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
	assert_non_null(strstr(last_closed(l)->open.reason, "grace"));
	assert_int_equal(l->finding_count, 0);
}

static void finish_after_the_grace_period(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	l->now += 6 * SEC;
	finish(l);
	assert_one_finding(l, VS_RULE_OPEN_WITHOUT_ADD);
	assert_true(l->finding[0].pending);
	assert_verdict(l, VS_VERDICT_VIOLATION);
}

static void finish_twice_says_nothing_twice(void **state)
{
	struct lab *l = *state;

	dev_open(l, DPDK, 0);
	finish(l);
	finish(l);
	assert_int_equal(l->closed_count, 1);
}

static void freed_with_everything_open(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_create(l, 1, VMM);
	vm_name(l, 2, OTHER, "third");
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	dev_open(l, VMM, 2);
	dev_open(l, DPDK, 3);
	vm_destroy(l, 1, VMM);
	group_add(l, VMM, 0, 1);
	/* end() frees it */
}

/* Names and other events */

static void device_info_is_kept(void **state)
{
	union vs_event ev = make_event(VS_DEV_INFO, 1 * SEC, 0);
	struct lab *l = *state;

	SET_STRING(ev.dev_info.name, "0000:3b:00.0");
	SET_STRING(ev.dev_info.text, "first");
	assert_int_equal(vs_model_feed(l->model, &ev), 0);
	SET_STRING(ev.dev_info.text, "Vendor Device");
	assert_int_equal(vs_model_feed(l->model, &ev), 0);
	assert_int_equal(l->events, 0); /* nothing the kernel did */
	df_open(l, DPDK, 0);
	assert_string_equal(l->last_info, "Vendor Device");
	dev_close(l, DPDK, 0);
	assert_string_equal(last_closed(l)->open.info, "Vendor Device");
	dev_open(l, DPDK, 1);
	dev_close(l, DPDK, 1);
	assert_string_equal(last_closed(l)->open.info, "");
}

static void every_kernel_event_is_passed_on(void **state)
{
	struct lab *l = *state;
	unsigned int kind, expected = 0;

	for (kind = 1; kind < VS_KIND_COUNT; kind++) {
		union vs_event ev = lab_event(l, kind, VMM);

		lab_emit(l, &ev);
		expected += kind != VS_VM_NAME && kind != VS_DEV_INFO;
	}
	assert_int_equal(l->events, expected);
}

static void events_are_given_their_objects(void **state)
{
	struct lab *l = *state;
	union vs_event ev;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 1);
	assert_int_equal(l->last_vm, 1);
	assert_int_equal(l->last_group_vm, 1);
	assert_int_equal(l->last_refs.group, 13);
	group_del(l, VMM, 0, 1);
	assert_int_equal(l->last_vm, 1);
	assert_int_equal(l->last_group_vm, 0);
	/* cleared: what it belonged to is still told */
	set_kvm(l, VMM, &l->group[1], &l->vm[0], true);
	set_kvm(l, VMM, &l->group[1], NULL, false);
	assert_int_equal(l->last_vm, 1);
	assert_int_equal(l->last_group_vm, 0);
	df_open(l, DPDK, 2);
	assert_int_equal(l->last_vm, 0);
	assert_int_equal(l->last_refs.group, 13);
	ev = lab_event(l, VS_COHERENCY, VMM);
	ev.coherency.kvm = l->vm[0].ptr;
	lab_emit(l, &ev);
	assert_int_equal(l->last_vm, 1);
	assert_int_equal(l->last_refs.group, -1);
}

/* Against an oracle */

struct truth {
	uint64_t opened; /* when, which is also its name */
	unsigned int dev;
	uint32_t pid;
	bool kvm, added, has_vm;
};

static enum vs_verdict true_verdict(const struct truth *t)
{
	if (t->kvm)
		return VS_VERDICT_ORDERED;
	return t->added || t->has_vm ? VS_VERDICT_VIOLATION : VS_VERDICT_NO_VM;
}

struct oracle {
	struct truth now[K_DEVICES]; /* of the devices' present opens */
	struct truth past[K_MAX];
	size_t past_count, judged;
};

/* One random step, with what it means for the opens it touches. */
static void random_step(struct lab *l, struct oracle *o, uint32_t *seed)
{
	static const uint32_t pids[] = { VMM, OTHER, DPDK };
	uint32_t pid = pids[next_random(seed) % 3];
	unsigned int vm = next_random(seed) % K_VMS, group = next_random(seed) % K_GROUPS;
	unsigned int dev = next_random(seed) % K_DEVICES, i;
	struct k_device *d = &l->dev[dev];
	bool held = false;

	switch (next_random(seed) % 8) {
	case 0:
		if (l->vm[vm].pid)
			return;
		vm_create(l, vm, pid);
		for (i = 0; i < K_DEVICES; i++)
			if (l->dev[i].opens && o->now[i].pid == pid)
				o->now[i].has_vm = true;
		return;
	case 1:
		/* A device holds a reference to the VM whose pointer it took. */
		for (i = 0; i < K_DEVICES; i++)
			held |= l->dev[i].opens && l->dev[i].vm == &l->vm[vm];
		if (l->vm[vm].pid && !held)
			vm_destroy(l, vm, l->vm[vm].pid);
		return;
	case 2:
	case 3:
		if (!l->vm[vm].pid || l->group[group].vm)
			return;
		group_add(l, l->vm[vm].pid, vm, group);
		for (i = 0; i < K_DEVICES; i++)
			if (l->dev[i].opens && l->dev[i].group == &l->group[group])
				o->now[i].added = true;
		return;
	case 4:
		if (l->group[group].vm)
			group_del(l, l->group[group].vm->pid,
				  (unsigned int)(l->group[group].vm - l->vm), group);
		return;
	case 5:
	case 6:
		if (d->opens > 2)
			return;
		if (!d->opens)
			o->now[dev] = (struct truth){
				.opened = l->now + MS,
				.dev = dev,
				.pid = pid,
				.kvm = d->group->vm != NULL,
				.has_vm = vm_of_process(l, pid) != NULL,
			};
		dev_open(l, pid, dev);
		return;
	case 7:
		if (!d->opens)
			return;
		if (d->opens == 1)
			o->past[o->past_count++] = o->now[dev];
		dev_close(l, o->now[dev].pid, dev);
		return;
	}
}

/*
 * Is the verdict true? An open whose first record was lost has no start to
 * know it by: then it must be true of one of the device's opens.
 */
static bool is_true(const struct lab *l, const struct oracle *o, const struct vs_open *open)
{
	const struct truth *t;
	bool known, right = false;
	size_t i;

	for (i = 0; i < o->past_count + K_DEVICES; i++) {
		t = i < K_DEVICES ? &o->now[i] : &o->past[i - K_DEVICES];
		known = open->opened_ns ? t->opened == open->opened_ns :
					  !strcmp(l->dev[t->dev].name, open->device);
		right |= known && true_verdict(t) == open->verdict;
	}
	return right;
}

/* Every open reported so far has its true verdict; unknown only with losses. */
static void judge(const struct lab *l, struct oracle *o)
{
	for (; o->judged < l->closed_count; o->judged++) {
		const struct vs_open *open = &l->closed[o->judged].open;

		if (open->verdict == VS_VERDICT_UNKNOWN && l->lost)
			continue;
		if (!is_true(l, o, open))
			fail_msg("open %zu, of %s at %llu: %s is wrong", o->judged, open->device,
				 (unsigned long long)open->opened_ns,
				 vs_verdict_name(open->verdict));
	}
}

static size_t run_random(struct lab *l, uint32_t seed, unsigned int loss_percent)
{
	static struct oracle o;
	unsigned int step;

	memset(&o, 0, sizeof(o));
	restart(l, &defaults);
	for (step = 0; step < 600; step++) {
		if (next_random(&seed) % 100 < loss_percent)
			l->lose = 1 + next_random(&seed) % 2;
		random_step(l, &o, &seed);
		l->lose = 0;
		judge(l, &o);
	}
	return l->closed_count;
}

static void random_histories_are_judged_right(void **state)
{
	struct lab *l = *state;
	size_t opens = 0;
	uint32_t seed;

	for (seed = 1; seed <= 200; seed++) {
		opens += run_random(l, seed * 7919, 0);
		/* "unknown" is no way out: nothing was lost */
		assert_int_equal(l->lost, 0);
	}
	assert_true(opens > 1000);
}

/* Never wrong, rather silent. */
static void random_histories_with_losses_are_never_judged_wrong(void **state)
{
	struct lab *l = *state;
	uint32_t seed;

	for (seed = 1; seed <= 200; seed++)
		run_random(l, seed * 104729, 3);
}

/* A record whose addresses and counts have few values, so that they meet. */
static union vs_event random_record(uint32_t *seed)
{
	unsigned int kind = 1 + next_random(seed) % (VS_KIND_COUNT - 1);
	union vs_event ev = make_event(kind, next_random(seed) % 16, next_random(seed) % 3);
	char *payload = (char *)&ev + sizeof(ev.h);
	size_t at, room = ev.h.size - sizeof(ev.h);

	for (at = 0; at < room; at += 8)
		payload[at] = (char)(next_random(seed) % 3);
	for (at = 4; at < room; at += 8)
		payload[at] = (char)(next_random(seed) % 16 == 0);
	ev.h.tid = next_random(seed) % 3;
	ev.h.ret = next_random(seed) % 3 ? 0 : -1;
	ev.h.lost = next_random(seed) % 50 ? 0 : next_random(seed) % 1000;
	if (kind == VS_KVM_ATTR) {
		ev.attr.attr_group = KVM_DEV_VFIO_GROUP;
		ev.attr.attr = KVM_DEV_VFIO_GROUP_ADD + next_random(seed) % 2;
	}
	if (kind == VS_GROUP_IOCTL)
		ev.group_ioctl.cmd = VFIO_GROUP_GET_DEVICE_FD;
	return ev;
}

/* Records that make no sense together: anything may be said, but safely. */
static void random_records_do_no_harm(void **state)
{
	struct lab *l = *state;
	uint32_t seed = 0xf00d, i, round;

	for (round = 0; round < 100; round++) {
		restart(l, &defaults);
		for (i = 0; i < 1500; i++) {
			union vs_event ev = random_record(&seed), decoded;

			assert_int_equal(vs_decode(&ev, ev.h.size, &decoded), 0);
			assert_int_equal(vs_model_feed(l->model, &decoded), 0);
			if (next_random(&seed) % 4 == 0)
				vs_model_tick(l->model, next_random(&seed) % 8 * SEC);
		}
		vs_model_finish(l->model, 100 * SEC, 0);
	}
}

static void verdicts_have_names(void **state)
{
	(void)state;
	assert_string_equal(vs_verdict_name(VS_VERDICT_PENDING), "pending");
	assert_string_equal(vs_verdict_name(VS_VERDICT_ORDERED), "ordered");
	assert_string_equal(vs_verdict_name(VS_VERDICT_VIOLATION), "violation");
	assert_string_equal(vs_verdict_name(VS_VERDICT_NO_VM), "no-vm");
	assert_string_equal(vs_verdict_name(VS_VERDICT_UNKNOWN), "unknown");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(registered_first_is_ordered),
		TEST(open_tells_who_and_what),
		TEST(user_space_driver_has_no_vm),
		TEST(vm_of_another_process_does_not_matter),
		TEST(vm_that_is_gone_does_not_matter),
		TEST(add_after_open_is_a_violation),
		TEST(evidence_of_add_after_open),
		TEST(vm_created_after_the_open),
		TEST(add_proven_by_state_at_close),
		TEST(add_to_a_vm_of_another_process),
		TEST(registered_late_is_not_also_never_registered),
		TEST(reported_once_however_often_added),
		TEST(deleted_again_stays_a_violation),
		TEST(failed_add_is_no_registration),
		TEST(del_and_others_are_no_registration),
		TEST(add_of_another_group_is_not_ours),
		TEST(add_after_close_is_fine),
		TEST(never_registered_is_told_at_the_close),
		TEST(never_registered_is_told_after_the_grace_period),
		TEST(registered_after_the_grace_period),
		TEST(grace_runs_from_the_vm_if_it_came_later),
		TEST(no_grace_at_all),
		TEST(evidence_of_never_registered),
		TEST(evidence_in_order_when_the_vm_came_later),
		TEST(vm_created_before_tracing),
		TEST(vms_that_can_not_be_looked_up),
		TEST(blind_for_vms),
		TEST(driver_decides_the_severity),
		TEST(second_get_device_fd_is_the_same_open),
		TEST(add_between_two_opens),
		TEST(reopening_is_a_new_open),
		TEST(each_wrong_open_is_told),
		TEST(failed_open_is_no_open),
		TEST(failed_second_open_counts_nothing),
		TEST(devices_in_two_groups),
		TEST(devices_in_one_group),
		TEST(devices_in_one_group_around_the_add),
		TEST(opened_before_and_holding_its_vm),
		TEST(opened_before_and_proven_wrong),
		TEST(opened_before_and_nothing_to_see),
		TEST(opened_before_and_registered_while_watched),
		TEST(opened_before_and_one_fd_closed),
		TEST(loss_during_an_open_makes_it_unknown),
		TEST(loss_makes_an_absent_add_unknown),
		TEST(loss_told_only_at_the_end),
		TEST(loss_before_the_open_does_not_matter),
		TEST(loss_does_not_undo_ordered),
		TEST(loss_does_not_undo_a_proven_violation),
		TEST(lost_close_before_the_add_proves_nothing),
		TEST(lost_end_of_a_vm),
		TEST(address_used_again_is_another_vm),
		TEST(address_used_again_after_a_lost_end),
		TEST(named_before_its_creation),
		TEST(destroyed_while_open_keeps_its_name),
		TEST(destroyed_after_the_violation_keeps_its_name),
		TEST(many_vms),
		TEST(process_of_a_vm_learnt_later),
		TEST(process_of_a_vm_learnt_with_its_name),
		TEST(call_of_another_thread_is_no_evidence),
		TEST(failed_or_foreign_group_calls_are_no_evidence),
		TEST(finish_settles_what_is_open),
		TEST(finish_before_the_grace_period_is_over),
		TEST(finish_after_the_grace_period),
		TEST(finish_twice_says_nothing_twice),
		TEST(freed_with_everything_open),
		TEST(device_info_is_kept),
		TEST(every_kernel_event_is_passed_on),
		TEST(events_are_given_their_objects),
		TEST(random_histories_are_judged_right),
		TEST(random_histories_with_losses_are_never_judged_wrong),
		TEST(random_records_do_no_harm),
		TEST(verdicts_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
