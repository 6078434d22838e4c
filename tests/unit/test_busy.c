// SPDX-License-Identifier: GPL-2.0-only
/* What somebody wants and others hold: who is named, and when it is told. */
#include <errno.h>

#include "../../user/core/rules/errnos.h"
#include "model_test.h"
#include "toy_cdev.h"

#define DEV 2
#define GROUP 1 /* of device 2 */
#define NODE "13"

static void group_open(struct lab *l, uint32_t pid, int64_t ret)
{
	union vs_event ev = lab_event(l, VS_GROUP_OPEN, pid);

	ev.h.ret = ret;
	ev.group_open.group = ret ? 0 : l->group[GROUP].ptr;
	ev.group_open.iommu_group = ret ? -1 : l->group[GROUP].number;
	SET_STRING(ev.group_open.node, NODE);
	lab_emit(l, &ev);
}

static void look_again(struct lab *l)
{
	union vs_record rec = make_record(VS_LOOK_AGAIN, l->now, 0);

	rec.h.lost = l->lost;
	lab_feed(l, &rec);
}

/* Refused; a look finds the process @holder with the group open. */
static void refused(struct lab *l, uint32_t pid, uint32_t holder)
{
	group_open(l, pid, -EBUSY);
	look_again(l);
	if (holder)
		found_group(l, GROUP, holder, 0);
	look_done(l);
}

static void holder_is_named_after_the_grace_period(void **state)
{
	struct lab *l = *state;
	const struct said_finding *f;

	refused(l, VMM, DPDK);
	assert_silent(l);
	tick(l, l->now + 4 * SEC);
	assert_silent(l);
	tick(l, l->now + 6 * SEC);
	f = only_finding(l);
	assert_rule(f, VS_RULE_BUSY);
	assert_int_equal(f->severity, VS_WARNING);
	assert_int_equal(f->group, 13);
	assert_int_equal(f->pid, VMM);
	assert_null(f->cause);
	EVIDENCE(f, VS_GROUP_OPEN);
	assert_int_equal(f->ts, f->evidence[0].h.ts + 5 * SEC);
	assert_int_equal(f->hold_count, 1);
	assert_int_equal(f->hold[0].kind, VS_HOLD_GROUP);
	assert_int_equal(f->hold[0].pid, DPDK);
	assert_int_equal(f->hold[0].fd, 20 + GROUP);
	tick(l, l->now + 60 * SEC);
	only_finding(l);
}

/* In the grace period: it waited, and that was all. */
static void success_makes_it_info(void **state)
{
	struct lab *l = *state;

	refused(l, VMM, DPDK);
	group_open(l, VMM, -EBUSY); /* once more is the same */
	group_open(l, VMM, 0);
	assert_one_finding(l, VS_RULE_BUSY);
	assert_int_equal(l->finding[0].severity, VS_INFO);
	EVIDENCE(&l->finding[0], VS_GROUP_OPEN, VS_GROUP_OPEN);
	assert_int_equal(l->finding[0].hold_count, 1);
	tick(l, l->now + 6 * SEC);
	only_finding(l);
}

/* Of a group without an IOMMU. */
static void noiommu_group(void **state)
{
	struct lab *l = *state;
	union vs_event ev = lab_event(l, VS_GROUP_OPEN, VMM);

	ev.h.ret = -EBUSY;
	ev.group_open.iommu_group = -1;
	SET_STRING(ev.group_open.node, "noiommu-" NODE);
	lab_emit(l, &ev);
	look_again(l);
	found_group(l, GROUP, DPDK, 0);
	look_done(l);
	group_open(l, VMM, 0);
	assert_one_finding(l, VS_RULE_BUSY);
	assert_int_equal(l->finding[0].severity, VS_INFO);
	assert_int_equal(l->finding[0].group, 13);
	assert_int_equal(l->finding[0].hold_count, 1);
}

static void success_of_somebody_else_is_none(void **state)
{
	struct lab *l = *state;

	refused(l, VMM, DPDK);
	group_open(l, OTHER, 0);
	assert_silent(l);
	tick(l, l->now + 6 * SEC);
	assert_int_equal(only_finding(l)->severity, VS_WARNING);
}

static void the_end_tells_it(void **state)
{
	struct lab *l = *state;

	refused(l, VMM, VMM);
	finish(l);
	assert_one_finding(l, VS_RULE_BUSY);
	assert_int_equal(l->finding[0].hold[0].pid, VMM); /* itself */
}

/* All that keeps a group in use: itself, its devices, up to 5.18 its VM. */
static void every_hold_is_named(void **state)
{
	struct lab *l = *state;
	const struct said_finding *f;

	vm_create(l, 0, OTHER);
	group_add(l, OTHER, 0, GROUP);
	dev_open(l, OTHER, DEV);
	refused(l, VMM, OTHER);
	finish(l);
	f = only_finding(l);
	assert_int_equal(f->hold_count, 3);
	assert_int_equal(f->hold[0].kind, VS_HOLD_GROUP);
	assert_int_equal(f->hold[0].vm, 1);
	assert_int_equal(f->hold[1].kind, VS_HOLD_REGISTRATION);
	assert_int_equal(f->hold[1].vm, 1);
	assert_int_equal(f->hold[1].pid, OTHER);
	assert_int_equal(f->hold[2].kind, VS_HOLD_DEVICE);
	assert_int_equal(f->hold[2].pid, OTHER); /* its opener, as no file of it was found */
	assert_int_equal(f->hold[2].fd, -1);
	assert_string_equal(f->hold[2].device, l->dev[DEV].name);
}

/* Of another group nobody is named, and nobody who let go before. */
static void only_who_holds_it_is_named(void **state)
{
	struct lab *l = *state;
	const struct said_finding *f;

	dev_open(l, OTHER, 0);
	look_again(l);
	found_group(l, GROUP, OTHER, 0);
	look_done(l);
	refused(l, VMM, 0);
	finish(l);
	f = only_finding(l);
	assert_true(f->looked);
	assert_int_equal(f->hold_count, 0);
	assert_string_equal(f->cause, vs_errno_why(VS_ERRNO_GROUP_OPEN, EBUSY));
}

static void nobody_could_look(void **state)
{
	struct lab *l = *state;

	group_open(l, VMM, -EBUSY);
	finish(l);
	assert_one_finding(l, VS_RULE_BUSY);
	assert_false(l->finding[0].looked);
	assert_non_null(l->finding[0].cause);
}

/* A device cannot be bound while its group is open; or for what only the kernel knows. */
static void a_bind_that_is_refused(void **state)
{
	struct lab *l = *state;
	const struct said_finding *f;

	dev_open(l, DPDK, 3);
	use_cdev(l, 3);
	bind_returns(l, VMM, 3, -EBUSY);
	look_again(l);
	look_done(l);
	tick(l, l->now + 6 * SEC);
	f = only_finding(l);
	assert_rule(f, VS_RULE_BUSY);
	assert_string_equal(f->title, vs_rules[VS_RULE_BUSY].cdev.title);
	assert_string_equal(f->device, l->dev[3].name);
	assert_int_equal(f->hold[0].pid, DPDK);
	dev_close(l, DPDK, 3);
	bind_returns(l, VMM, 3, -EBUSY);
	look_again(l);
	look_done(l);
	tick(l, l->now + 6 * SEC);
	assert_rule(last_finding(l), VS_RULE_ATTACH_FAILED);
	assert_string_equal(last_finding(l)->cause, vs_errno_why(VS_ERRNO_BIND_IOMMUFD, EBUSY));
}

/* Other errors are told at once. */
static void other_errors_of_an_open(void **state)
{
	struct lab *l = *state;

	group_open(l, VMM, -EPERM);
	assert_one_finding(l, VS_RULE_ATTACH_FAILED);
	assert_string_equal(l->finding[0].cause, vs_errno_why(VS_ERRNO_GROUP_OPEN, EPERM));
	group_open(l, VMM, 0);
	only_finding(l);
}

/* What was not seen by a look that missed something is not known. */
static void a_look_that_missed_something(void **state)
{
	struct lab *l = *state;

	group_open(l, VMM, -EBUSY);
	look_again(l);
	look_ends(l, -EAGAIN);
	finish(l);
	assert_one_finding(l, VS_RULE_BUSY);
	assert_false(l->finding[0].looked);
}

/* Found after the descriptors: it counts for whoever has none. */
static void mappings_hold_too(void **state)
{
	struct lab *l = *state;
	const struct said_finding *f;
	int i;

	dev_open(l, OTHER, DEV);
	group_open(l, VMM, -EBUSY);
	look_again(l);
	found_device_at(l, lab_reserve(l), DEV, OTHER);
	for (i = 0; i < 2; i++) {
		found_mapped_at(l, lab_reserve(l), DEV, OTHER);
		found_mapped_at(l, lab_reserve(l), DEV, DPDK);
	}
	look_done(l);
	finish(l);
	f = only_finding(l);
	assert_false(f->mapped_unseen);
	assert_int_equal(f->hold_count, 2);
	assert_int_equal(f->hold[0].kind, VS_HOLD_DEVICE);
	assert_int_equal(f->hold[0].pid, OTHER);
	assert_int_equal(f->hold[1].kind, VS_HOLD_MAPPING);
	assert_int_equal(f->hold[1].pid, DPDK);
	assert_int_equal(f->hold[1].fd, -1);
	assert_string_equal(f->hold[1].device, l->dev[DEV].name);
}

/* The look shows its file, and then the call returns that has opened it. */
static void an_open_is_under_way(void **state)
{
	struct lab *l = *state;
	union vs_event ev;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, GROUP);
	group_open(l, OTHER, -EBUSY);
	look_again(l);
	ev = dev_event(l, VS_FOUND_DEVICE, VMM, &l->dev[DEV]);
	ev.dev.fd = 7;
	ev.dev.open_count = 1;
	ev.dev.kvm = ev.dev.group_kvm;
	lab_emit(l, &ev);
	look_done(l);
	assert_int_equal(l->opened_count, 0);
	dev_open(l, VMM, DEV);
	assert_int_equal(l->opened_count, 1);
	assert_int_equal(l->opened[0].open.pid, VMM);
	dev_close(l, VMM, DEV);
	assert_int_equal(l->closed_count, 1);
}

/* It was closed meanwhile, and still is mapped. */
static void the_descriptor_goes_and_the_mapping_stays(void **state)
{
	struct lab *l = *state;

	dev_open(l, OTHER, DEV);
	look_again(l);
	found_device_at(l, lab_reserve(l), DEV, OTHER);
	look_done(l);
	group_open(l, VMM, -EBUSY);
	look_again(l);
	found_mapped_at(l, lab_reserve(l), DEV, OTHER);
	look_done(l);
	finish(l);
	assert_int_equal(only_finding(l)->hold_count, 1);
	assert_int_equal(only_finding(l)->hold[0].kind, VS_HOLD_MAPPING);
}

/* Of whoever a look has met, also if what it holds was known before. */
static void who_they_are(void **state)
{
	struct lab *l = *state;
	const struct said_finding *f;

	dev_open(l, OTHER, DEV);
	group_open(l, VMM, -EBUSY);
	look_again(l);
	met(l, OTHER, 7 * SEC, "0123", "/a");
	found_device_at(l, lab_reserve(l), DEV, OTHER);
	met(l, DPDK, 0, "", "");
	l->flags = VS_F_EXITING;
	found_group(l, GROUP, DPDK, 0);
	l->flags = 0;
	look_done(l);
	finish(l);
	f = only_finding(l);
	assert_int_equal(f->hold_count, 2);
	assert_int_equal(f->hold[0].pid, DPDK);
	assert_true(f->hold[0].process.met);
	assert_true(f->hold[0].process.exiting);
	assert_int_equal(f->hold[0].process.started_ns, 0);
	assert_int_equal(f->hold[0].opened_ns, 0);
	assert_int_equal(f->hold[1].pid, OTHER);
	assert_false(f->hold[1].process.exiting);
	assert_int_equal(f->hold[1].process.started_ns, 7 * SEC);
	assert_string_equal(f->hold[1].process.pod, "0123");
	assert_string_equal(f->hold[1].process.cgroup, "/a");
	assert_true(f->hold[1].opened_ns);
}

/* Another process may have its number by now. */
static void what_an_earlier_look_knew(void **state)
{
	struct lab *l = *state;

	dev_open(l, OTHER, DEV);
	look_again(l);
	met(l, OTHER, 7 * SEC, "0123", "/a");
	found_device_at(l, lab_reserve(l), DEV, OTHER);
	look_done(l);
	group_open(l, VMM, -EBUSY);
	look_again(l);
	look_done(l);
	finish(l);
	assert_int_equal(only_finding(l)->hold_count, 1);
	assert_false(only_finding(l)->hold[0].process.met);
	assert_string_equal(only_finding(l)->hold[0].process.pod, "");
}

static void a_kernel_that_shows_no_mappings(void **state)
{
	struct lab *l = *state;

	group_open(l, VMM, -EBUSY);
	look_again(l);
	look_ends_blind(l, 0, VS_BLIND_MAPPED);
	finish(l);
	assert_true(only_finding(l)->looked);
	assert_true(only_finding(l)->mapped_unseen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(holder_is_named_after_the_grace_period),
		TEST(success_makes_it_info),
		TEST(noiommu_group),
		TEST(success_of_somebody_else_is_none),
		TEST(the_end_tells_it),
		TEST(every_hold_is_named),
		TEST(only_who_holds_it_is_named),
		TEST(nobody_could_look),
		TEST(a_look_that_missed_something),
		TEST(a_bind_that_is_refused),
		TEST(other_errors_of_an_open),
		TEST(mappings_hold_too),
		TEST(who_they_are),
		TEST(what_an_earlier_look_knew),
		TEST(an_open_is_under_way),
		TEST(the_descriptor_goes_and_the_mapping_stays),
		TEST(a_kernel_that_shows_no_mappings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
