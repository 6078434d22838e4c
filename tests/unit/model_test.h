/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of the model share beside the toy kernel. */
#ifndef VS_TEST_MODEL_TEST_H
#define VS_TEST_MODEL_TEST_H

#include "toy_look.h"

/* Two VMMs and a user-space driver. */
#define VMM 100
#define OTHER 200
#define DPDK 300

static const struct lab_config defaults = { .grace_ns = 5 * SEC, .arch = "x86_64" };
static const struct lab_config with_look = { .grace_ns = 5 * SEC, .arch = "x86_64", .look = true };

static inline int begin_with(void **state, const struct lab_config *config)
{
	struct lab *l = malloc(sizeof(*l));

	assert_non_null(l);
	lab_begin(l, config);
	*state = l;
	return 0;
}

static inline int begin(void **state)
{
	return begin_with(state, &defaults);
}

static inline int begin_look(void **state)
{
	return begin_with(state, &with_look);
}

/* The same on other kernels. */
#define BEGIN_ON(name, start, which)                      \
	static inline int name(void **state)              \
	{                                                 \
		start(state);                             \
		((struct lab *)*state)->kernel = (which); \
		return 0;                                 \
	}

BEGIN_ON(begin_notifier, begin, K_NOTIFIER)
BEGIN_ON(begin_notifier_look, begin_look, K_NOTIFIER)
BEGIN_ON(begin_borrowed, begin, K_BORROWED)
BEGIN_ON(begin_borrowed_look, begin_look, K_BORROWED)

static inline int end(void **state)
{
	lab_end(*state);
	free(*state);
	return 0;
}

static inline void restart(struct lab *l, const struct lab_config *config)
{
	enum k_kernel kernel = l->kernel;

	lab_end(l);
	lab_begin(l, config);
	l->kernel = kernel;
}

static inline void restart_blind(struct lab *l, unsigned int blind)
{
	struct lab_config config = defaults;

	config.blind = blind;
	restart(l, &config);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
#define LOOK_TEST(name) cmocka_unit_test_setup_teardown(name, begin_look, end)
#define NOTIFIER_TEST(name) cmocka_unit_test_setup_teardown(name, begin_notifier, end)
#define NOTIFIER_LOOK_TEST(name) cmocka_unit_test_setup_teardown(name, begin_notifier_look, end)
#define BORROWED_TEST(name) cmocka_unit_test_setup_teardown(name, begin_borrowed, end)
#define BORROWED_LOOK_TEST(name) cmocka_unit_test_setup_teardown(name, begin_borrowed_look, end)

static inline const struct said_open *last_closed(const struct lab *l)
{
	assert_true(l->closed_count > 0);
	return &l->closed[l->closed_count - 1];
}

static inline const struct said_finding *last_finding(const struct lab *l)
{
	assert_true(l->finding_count > 0);
	return &l->finding[l->finding_count - 1];
}

static inline const struct said_finding *only_finding(const struct lab *l)
{
	assert_int_equal(l->finding_count, 1);
	return &l->finding[0];
}

static inline size_t count_rule(const struct lab *l, enum vs_rule_id rule)
{
	size_t i, n = 0;

	for (i = 0; i < l->finding_count; i++)
		n += l->finding[i].rule == rule;
	return n;
}

#define assert_verdict(l, expected)                                        \
	assert_string_equal(vs_verdict_name(last_closed(l)->open.verdict), \
			    vs_verdict_name(expected))

static inline void assert_reason_of(const struct vs_open *open, const char *id, const char *text)
{
	assert_string_equal(open->reason.id, id);
	assert_string_equal(open->reason.text, text);
}

/* Of the last verdict: one of vs_reasons, or the rule that was broken. */
#define assert_reason(l, which) \
	assert_reason_of(&last_closed(l)->open, vs_reasons[which].id, vs_reasons[which].text)

#define assert_broken(l, which) \
	assert_reason_of(&last_closed(l)->open, vs_rules[which].name, vs_rules[which].title)

#define assert_rule(f, expected) \
	assert_string_equal(vs_rules[(f)->rule].name, vs_rules[expected].name)

#define assert_one_finding(l, expected) assert_rule(only_finding(l), expected)

#define assert_silent(l) assert_int_equal((l)->finding_count, 0)

#define assert_says(text, what) assert_non_null(strstr(text, what))

/* Evidence is of these kinds, and each later than the one before. */
static inline void assert_evidence(const struct said_finding *f, const unsigned int *kinds,
				   size_t count)
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

#endif
