// SPDX-License-Identifier: GPL-2.0-only
/* A device that its VM never registers: the grace period, and what is said when. */
#include "model_test.h"

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
	tick(l, opened + 5 * SEC - 1);
	assert_int_equal(l->finding_count, 0);
	tick(l, opened + 5 * SEC);
	assert_one_finding(l, VS_RULE_OPEN_WITHOUT_ADD);
	assert_true(l->finding[0].pending);
	tick(l, opened + 50 * SEC);
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
	assert_broken(l, VS_RULE_OPEN_BEFORE_ADD);
}

static void grace_runs_from_the_vm_if_it_came_later(void **state)
{
	struct lab *l = *state;
	uint64_t created;

	dev_open(l, VMM, 0);
	tick_after(l, 60 * SEC);
	vm_create(l, 0, VMM);
	created = l->now;
	tick(l, created + 5 * SEC - 1);
	assert_int_equal(l->finding_count, 0);
	tick(l, created + 5 * SEC);
	assert_one_finding(l, VS_RULE_OPEN_WITHOUT_ADD);
}

/* Modules are attached to anew, and looked at, after the tick took its time. */
static void grace_of_what_began_after_the_tick(void **state)
{
	struct lab *l = *state;
	uint64_t before = l->now;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	tick(l, before);
	assert_silent(l);
	tick_after(l, 6 * SEC);
	assert_one_finding(l, VS_RULE_OPEN_WITHOUT_ADD);
}

/* Of two CPUs the later open has taken its place in the ring buffer first. */
static void grace_does_not_wait_for_an_earlier_record(void **state)
{
	struct lab *l = *state;
	union vs_event later;
	uint64_t opened;
	size_t place;

	vm_create(l, 0, VMM);
	place = lab_reserve(l);
	df_open(l, VMM, 0);
	opened = l->now;
	df_open_begin(l, VMM, 2);
	later = dev_event(l, VS_DEV_OPEN, VMM, &l->dev[2]);
	lab_fill(l, place, &later);
	tick(l, opened + 5 * SEC);
	assert_one_finding(l, VS_RULE_OPEN_WITHOUT_ADD);
	assert_string_equal(l->finding[0].device, l->dev[0].name);
	tick(l, later.h.ts + 5 * SEC);
	assert_int_equal(l->finding_count, 2);
	assert_string_equal(l->finding[1].device, l->dev[2].name);
}

static void no_grace_at_all(void **state)
{
	const struct lab_config config = { .grace_ns = 0, .arch = "x86_64" };
	struct lab *l = *state;

	restart(l, &config);
	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	tick(l, l->now);
	assert_one_finding(l, VS_RULE_OPEN_WITHOUT_ADD);
}

static void evidence_of_never_registered(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	EVIDENCE(only_finding(l), VS_VM_CREATE, VS_DEV_OPEN, VS_GET_DEVICE_FD, VS_DEV_CLOSE);
	assert_int_equal(l->finding[0].evidence_vm[0], 1);
}

static void evidence_in_order_when_the_vm_came_later(void **state)
{
	struct lab *l = *state;

	dev_open(l, VMM, 0);
	vm_create(l, 0, VMM);
	dev_close(l, VMM, 0);
	EVIDENCE(only_finding(l), VS_DEV_OPEN, VS_GET_DEVICE_FD, VS_VM_CREATE, VS_DEV_CLOSE);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(never_registered_is_told_at_the_close),
		TEST(never_registered_is_told_after_the_grace_period),
		TEST(registered_after_the_grace_period),
		TEST(grace_runs_from_the_vm_if_it_came_later),
		TEST(grace_of_what_began_after_the_tick),
		TEST(grace_does_not_wait_for_an_earlier_record),
		TEST(no_grace_at_all),
		TEST(evidence_of_never_registered),
		TEST(evidence_in_order_when_the_vm_came_later),
		TEST(vm_created_before_tracing),
		TEST(vms_that_can_not_be_looked_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
