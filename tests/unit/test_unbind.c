// SPDX-License-Identifier: GPL-2.0-only
/* Devices that cannot be taken from their driver, as somebody uses them. */
#include "model_test.h"

#define DEV 2 /* in a group of its own, 13 */
#define GROUP 1
#define ADMIN 400

static void unbind(struct lab *l, unsigned int kind, unsigned int dev)
{
	union vs_event ev = lab_event(l, kind, ADMIN);

	ev.dev_call.dev = kind == VS_UNBIND ? 0 : l->dev[dev].ptr;
	ev.dev_call.iommu_group = l->dev[dev].group->number;
	SET_STRING(ev.dev_call.name, l->dev[dev].name);
	lab_emit(l, &ev);
}

static void look_again(struct lab *l)
{
	union vs_record rec = make_record(VS_LOOK_AGAIN, l->now, 0);

	rec.h.lost = l->lost;
	lab_feed(l, &rec);
}

/* Another look, in which @holder has the device. */
static void look_for(struct lab *l, uint32_t holder)
{
	look_again(l);
	if (holder)
		found_device_at(l, lab_reserve(l), DEV, holder);
	look_done(l);
}

static void later(struct lab *l, uint64_t ns)
{
	l->now += ns;
	tick(l, l->now);
}

static void holder_is_named(void **state)
{
	struct lab *l = *state;
	const struct said_finding *f;

	df_open(l, VMM, DEV);
	unbind(l, VS_UNBIND_BEGIN, DEV);
	later(l, 4 * SEC);
	assert_silent(l);
	later(l, 2 * SEC);
	assert_silent(l); /* a look comes */
	look_for(l, OTHER);
	f = only_finding(l);
	assert_rule(f, VS_RULE_UNBIND_BLOCKED);
	assert_int_equal(f->severity, VS_WARNING);
	assert_int_equal(f->pid, ADMIN);
	assert_string_equal(f->device, l->dev[DEV].name);
	assert_int_equal(f->group, 13);
	EVIDENCE(f, VS_UNBIND_BEGIN);
	assert_int_equal(f->hold_count, 1);
	assert_int_equal(f->hold[0].kind, VS_HOLD_DEVICE);
	assert_int_equal(f->hold[0].pid, OTHER);
	later(l, 60 * SEC);
	look_for(l, OTHER);
	only_finding(l);
}

static void its_end_is_told(void **state)
{
	struct lab *l = *state;

	df_open(l, VMM, DEV);
	unbind(l, VS_UNBIND_BEGIN, DEV);
	later(l, 6 * SEC);
	look_for(l, VMM);
	dev_close(l, VMM, DEV);
	later(l, 6 * SEC);
	unbind(l, VS_UNBIND, DEV);
	assert_int_equal(count_rule(l, VS_RULE_UNBIND_BLOCKED), 2);
	assert_int_equal(last_finding(l)->severity, VS_INFO);
	EVIDENCE(last_finding(l), VS_UNBIND_BEGIN, VS_UNBIND);
	assert_says(l->said_cause, "free now, after 12.00 s.");
	later(l, 60 * SEC);
	assert_int_equal(count_rule(l, VS_RULE_UNBIND_BLOCKED), 2);
}

static void over_within_the_grace_period(void **state)
{
	struct lab *l = *state;

	unbind(l, VS_UNBIND_BEGIN, DEV);
	later(l, 4 * SEC);
	unbind(l, VS_UNBIND, DEV);
	later(l, 60 * SEC);
	look_for(l, VMM);
	finish(l);
	assert_silent(l);
}

/* Where nobody can look. */
static void told_without_a_look(void **state)
{
	struct lab *l = *state;

	df_open(l, VMM, DEV);
	unbind(l, VS_UNBIND_BEGIN, DEV);
	later(l, 9 * SEC);
	assert_silent(l);
	later(l, 2 * SEC);
	assert_one_finding(l, VS_RULE_UNBIND_BLOCKED);
	assert_false(l->finding[0].looked);
}

static void told_at_the_end(void **state)
{
	struct lab *l = *state;

	unbind(l, VS_UNBIND_BEGIN, DEV);
	later(l, 6 * SEC);
	finish(l);
	assert_one_finding(l, VS_RULE_UNBIND_BLOCKED);
	restart(l, &defaults);
	unbind(l, VS_UNBIND_BEGIN, DEV);
	later(l, 4 * SEC);
	finish(l);
	assert_silent(l);
}

/* Before the look, but not in time. */
static void over_before_the_look(void **state)
{
	struct lab *l = *state;

	unbind(l, VS_UNBIND_BEGIN, DEV);
	l->now += 6 * SEC;
	unbind(l, VS_UNBIND, DEV);
	assert_int_equal(count_rule(l, VS_RULE_UNBIND_BLOCKED), 2);
	look_for(l, VMM);
	finish(l);
	assert_int_equal(count_rule(l, VS_RULE_UNBIND_BLOCKED), 2);
}

/* If the device is not open, who has its group keeps it (up to 5.18). */
static void nobody_has_the_device_itself(void **state)
{
	struct lab *l = *state;

	unbind(l, VS_UNBIND_BEGIN, DEV);
	later(l, 6 * SEC);
	look_again(l);
	found_group(l, GROUP, OTHER, 0);
	look_done(l);
	assert_int_equal(only_finding(l)->hold_count, 1);
	assert_int_equal(l->finding[0].hold[0].kind, VS_HOLD_GROUP);
}

/* An end whose beginning was not seen, and one of another thread. */
static void ends_of_others(void **state)
{
	struct lab *l = *state;

	unbind(l, VS_UNBIND, DEV);
	unbind(l, VS_UNBIND_BEGIN, DEV);
	l->tid = ADMIN + 1;
	unbind(l, VS_UNBIND, DEV);
	l->tid = 0;
	later(l, 6 * SEC);
	look_for(l, 0);
	assert_one_finding(l, VS_RULE_UNBIND_BLOCKED);
	assert_true(l->finding[0].looked);
	assert_int_equal(l->finding[0].hold_count, 0);
}

/* Another device is unbound by the same thread, within a second. */
static void unbind_another(struct lab *l)
{
	unbind(l, VS_UNBIND_BEGIN, 0);
	later(l, SEC);
	unbind(l, VS_UNBIND, 0);
	later(l, 20 * SEC);
	look_for(l, 0);
}

/* Nobody has the device: its unbind may be over. */
static void end_that_was_lost(void **state)
{
	struct lab *l = *state;

	unbind(l, VS_UNBIND_BEGIN, DEV);
	l->lost++;
	later(l, 6 * SEC);
	look_for(l, 0);
	later(l, 3600 * SEC);
	assert_silent(l);
	unbind_another(l);
	assert_silent(l);
}

static void next_begin_after_a_lost_end(void **state)
{
	struct lab *l = *state;

	unbind(l, VS_UNBIND_BEGIN, DEV);
	l->lost++;
	later(l, SEC);
	unbind_another(l);
	assert_silent(l);
}

/* Something was lost, but not its end: somebody has the device. */
static void loss_beside_a_holder(void **state)
{
	struct lab *l = *state;

	df_open(l, VMM, DEV);
	unbind(l, VS_UNBIND_BEGIN, DEV);
	l->lost++;
	later(l, 6 * SEC);
	look_for(l, OTHER);
	assert_int_equal(count_rule(l, VS_RULE_UNBIND_BLOCKED), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(end_that_was_lost),
		TEST(next_begin_after_a_lost_end),
		TEST(loss_beside_a_holder),
		TEST(holder_is_named),
		TEST(its_end_is_told),
		TEST(told_without_a_look),
		TEST(over_within_the_grace_period),
		TEST(told_at_the_end),
		TEST(over_before_the_look),
		TEST(ends_of_others),
		TEST(nobody_has_the_device_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
