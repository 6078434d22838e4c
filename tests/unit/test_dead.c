// SPDX-License-Identifier: GPL-2.0-only
/* Devices that do not answer: when that is told, and that it is told once. */
#include <errno.h>

#include "model_test.h"

#define DEV 2

static void reset(struct lab *l, unsigned int kind, int64_t ret, uint64_t dur, uint32_t flags)
{
	union vs_event ev = lab_event(l, kind, VMM);

	ev.h.ret = ret;
	ev.h.dur = dur;
	ev.h.flags = flags;
	ev.dev_call.dev = l->dev[DEV].ptr;
	ev.dev_call.iommu_group = 13;
	SET_STRING(ev.dev_call.name, l->dev[DEV].name);
	lab_emit(l, &ev);
}

static void not_powered_up(void **state)
{
	struct lab *l = *state;

	l->flags = VS_F_NO_POWER;
	df_open(l, VMM, DEV);
	l->flags = 0;
	assert_one_finding(l, VS_RULE_DEVICE_DEAD);
	assert_true(l->finding[0].about_open);
	assert_false(l->finding[0].pending);
	assert_int_equal(l->finding[0].severity, VS_ERROR);
	assert_string_equal(l->finding[0].device, l->dev[DEV].name);
	EVIDENCE(&l->finding[0], VS_DEV_OPEN);
	assert_says(l->said_cause, "was to be powered up");
	df_open(l, VMM, DEV);
	dev_close(l, VMM, DEV);
	only_finding(l);
}

static void given_up_at_the_close(void **state)
{
	struct lab *l = *state;

	df_open(l, VMM, DEV);
	l->flags = VS_F_FAILED;
	dev_close(l, VMM, DEV);
	assert_one_finding(l, VS_RULE_DEVICE_DEAD);
	EVIDENCE(&l->finding[0], VS_DEV_OPEN, VS_DEV_CLOSE);
	assert_says(l->said_cause, "given the device up");
	assert_verdict(l, VS_VERDICT_NO_VM);
}

/* The next open is another one. */
static void once_for_each_open(void **state)
{
	struct lab *l = *state;

	l->flags = VS_F_NO_POWER;
	df_open(l, VMM, DEV);
	dev_close(l, VMM, DEV);
	df_open(l, VMM, DEV);
	assert_int_equal(count_rule(l, VS_RULE_DEVICE_DEAD), 2);
}

static void not_back_from_a_reset(void **state)
{
	static const struct {
		unsigned int kind;
		int err;
		uint64_t dur;
		uint32_t flags;
		bool dead;
	} cases[] = {
		{ VS_DEV_RESET, ETIMEDOUT, MS, 0, true },
		{ VS_DEV_HOT_RESET, ETIMEDOUT, MS, 0, true },
		{ VS_DEV_RESET, ENOTTY, 10 * SEC, 0, true },
		{ VS_DEV_HOT_RESET, ENOTTY, 65 * SEC, 0, true },
		{ VS_DEV_RESET, ENOTTY, 10 * SEC - 1, 0, false },
		{ VS_DEV_RESET, ENOTTY, VS_NOT_SEEN, 0, false },
		{ VS_DEV_RESET, EIO, 65 * SEC, 0, false },
		{ VS_DEV_RESET, EINVAL, MS, VS_F_NO_POWER, true },
		{ VS_DEV_RESET, ENOTTY, MS, VS_F_FAILED, true },
	};
	struct lab *l = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		restart(l, &defaults);
		reset(l, cases[i].kind, -cases[i].err, cases[i].dur, cases[i].flags);
		finish(l);
		assert_int_equal(count_rule(l, VS_RULE_DEVICE_DEAD), cases[i].dead);
		if (cases[i].dead)
			only_finding(l); /* and not reset-failed, too */
	}
}

static void a_reset_after_the_open_adds_nothing(void **state)
{
	struct lab *l = *state;

	df_open(l, VMM, DEV);
	reset(l, VS_DEV_RESET, -ETIMEDOUT, MS, 0);
	assert_one_finding(l, VS_RULE_DEVICE_DEAD);
	EVIDENCE(&l->finding[0], VS_DEV_OPEN, VS_DEV_RESET);
	reset(l, VS_DEV_RESET, -ETIMEDOUT, MS, 0);
	l->flags = VS_F_NO_POWER;
	dev_close(l, VMM, DEV);
	only_finding(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(not_powered_up),	     NOTIFIER_TEST(not_powered_up),
		TEST(given_up_at_the_close), TEST(once_for_each_open),
		TEST(not_back_from_a_reset), TEST(a_reset_after_the_open_adds_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
