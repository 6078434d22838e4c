// SPDX-License-Identifier: GPL-2.0-only
/* What was shown is counted, and becomes an exit code. */
#include "model_test.h"
#include "../../user/core/filter.h"
#include "../../user/core/moment.h"
#include "../../user/core/tally.h"

static void exit_codes(void **state)
{
	struct vs_tally t = { .events = 9 };

	(void)state;
	t.opens[VS_VERDICT_ORDERED] = 3;
	t.opens[VS_VERDICT_NO_VM] = 1;
	assert_int_equal(vs_tally_exit(&t, VS_WARNING), 0);
	t.opens[VS_VERDICT_UNKNOWN] = 1;
	assert_int_equal(vs_tally_exit(&t, VS_WARNING), 4);
	assert_int_equal(vs_tally_exit(&t, VS_ERROR + 1), 4);
	t.findings[VS_INFO] = 1;
	assert_int_equal(vs_tally_exit(&t, VS_WARNING), 4);
	t.findings[VS_WARNING] = 1;
	assert_int_equal(vs_tally_exit(&t, VS_WARNING), 1);
	assert_int_equal(vs_tally_exit(&t, VS_ERROR), 4);
	t.findings[VS_ERROR] = 1;
	assert_int_equal(vs_tally_exit(&t, VS_ERROR), 1);
	assert_int_equal(vs_tally_exit(&t, VS_WARNING), 1);
	assert_int_equal(vs_tally_exit(&t, VS_ERROR + 1), 4);
}

/* With a violation found at --fail-on never, and nothing unknown: done. */
static void exit_code_never(void **state)
{
	struct vs_tally t = { .findings = { [VS_ERROR] = 2 } };

	(void)state;
	assert_int_equal(vs_tally_exit(&t, VS_ERROR + 1), 0);
}

/* What was lost may have been a violation. */
static void exit_code_after_losses(void **state)
{
	struct vs_tally t = { .lost = 1 };

	(void)state;
	assert_int_equal(vs_tally_exit(&t, VS_WARNING), 4);
	t.findings[VS_WARNING] = 1;
	assert_int_equal(vs_tally_exit(&t, VS_WARNING), 1);
}

/* The sink */

/* The end of a chain: what it was given to show as the sum. */
struct shown {
	struct vs_sink sink; /* first */
	const struct vs_tally *tally;
	size_t events, findings, closed;
	bool ended;
};

static struct shown shown;
static struct vs_tally tally;

static void show_event(struct vs_sink *s, const union vs_event *ev, const struct vs_refs *refs)
{
	(void)ev;
	(void)refs;
	((struct shown *)s)->events++;
}

static void show_finding(struct vs_sink *s, const struct vs_finding *f)
{
	(void)f;
	((struct shown *)s)->findings++;
}

static void show_closed(struct vs_sink *s, const struct vs_open *open)
{
	(void)open;
	((struct shown *)s)->closed++;
}

static void show_end(struct vs_sink *s, const struct vs_ending *ending)
{
	((struct shown *)s)->tally = ending->tally;
	((struct shown *)s)->ended = true;
}

static const struct vs_sink_ops show_ops = {
	.event = show_event,
	.finding = show_finding,
	.closed = show_closed,
	.end = show_end,
};

static struct vs_sink *counting(void)
{
	memset(&tally, 0, sizeof(tally));
	memset(&shown, 0, sizeof(shown));
	shown.sink.ops = &show_ops;
	return vs_tally_sink(&tally, &shown.sink);
}

/* An open of each verdict, and findings of each severity. */
static void something_of_everything(struct lab *l)
{
	vm_create(l, 0, VMM);
	vm_create(l, 1, OTHER);
	group_add(l, VMM, 0, 0);
	coherency(l, VMM, 0, true); /* info */
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0); /* ordered */
	dev_open(l, VMM, 2);
	dev_close(l, VMM, 2); /* violation: warning */
	group_add(l, OTHER, 1, 0); /* two VMs: error */
	dev_open(l, DPDK, 3);
	dev_close(l, DPDK, 3); /* no VM */
	was_open(l, DPDK, 3);
	dev_close(l, DPDK, 3); /* unknown */
}

static void assert_counts(uint64_t events, uint64_t opens, uint64_t info, uint64_t warnings,
			  uint64_t errors)
{
	int i;

	assert_int_equal(tally.events, events);
	for (i = VS_VERDICT_ORDERED; i < VS_VERDICT_COUNT; i++)
		assert_int_equal(tally.opens[i], opens);
	assert_int_equal(tally.opens[VS_VERDICT_PENDING], 0);
	assert_int_equal(tally.findings[VS_INFO], info);
	assert_int_equal(tally.findings[VS_WARNING], warnings);
	assert_int_equal(tally.findings[VS_ERROR], errors);
}

static void what_comes_through_is_counted(void **state)
{
	struct lab *l = *state;

	l->next = counting();
	something_of_everything(l);
	finish(l);
	assert_counts(l->events, 1, 1, 1, 1);
	assert_true(shown.ended);
	assert_ptr_equal(shown.tally, &tally);
	assert_int_equal(shown.events, l->events);
	assert_int_equal(shown.findings, 3);
	assert_int_equal(shown.closed, 4);
	assert_int_equal(tally.lost, 0);
	assert_int_equal(vs_tally_exit(&tally, VS_ERROR), VS_EXIT_FINDINGS);
}

/* Whoever filters stands before who counts. */
static void what_is_filtered_is_not_counted(void **state)
{
	const struct vs_filter nobodys = { .pid = 1, .group = -1, .device_group = -1 };
	struct lab *l = *state;

	l->next = vs_filter_sink(&nobodys, counting());
	something_of_everything(l);
	l->lost = 2;
	finish(l);
	assert_counts(0, 0, 0, 0, 0);
	assert_true(shown.ended);
	assert_int_equal(tally.lost, 2); /* nobody knows whose it was */
	assert_int_equal(vs_tally_exit(&tally, VS_WARNING), VS_EXIT_INCONCLUSIVE);
}

/* A way to use devices that is not observed: nobody can say that nothing went wrong. */
static void what_cannot_be_observed(void **state)
{
	struct lab_config blind = defaults;
	struct lab *l = *state;
	bool later;
	int i;

	for (i = 0; i < 3; i++) {
		later = i == 1;
		blind.blind = i ? VS_BLIND_CDEV : VS_BLIND_DEL;
		lab_end(l);
		lab_begin_for(l, later ? &defaults : &blind, counting());
		if (later)
			attach(l, VS_BLIND_CDEV, 0);
		attach(l, 0, 0); /* again: what has been missed stays so */
		finish(l);
		assert_int_equal(vs_tally_exit(&tally, VS_WARNING),
				 i ? VS_EXIT_INCONCLUSIVE : VS_EXIT_OK);
		tally.findings[VS_ERROR] = 1;
		assert_int_equal(vs_tally_exit(&tally, VS_WARNING), VS_EXIT_FINDINGS);
	}
}

/* One moment is counted by what it shows: its opens are not closed. */
static void moment_is_counted(void **state)
{
	const struct vs_filter any = { .group = -1, .device_group = -1 };
	struct lab *l = *state;

	l->next = vs_moment_sink(&any, counting());
	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	dev_open(l, DPDK, 2);
	finish(l);
	assert_int_equal(tally.events, 0);
	assert_int_equal(tally.opens[VS_VERDICT_ORDERED], 1);
	assert_int_equal(tally.opens[VS_VERDICT_NO_VM], 1);
	assert_int_equal(shown.closed, 0);
	assert_int_equal(vs_tally_exit(&tally, VS_WARNING), VS_EXIT_OK);
}

static void without_a_next_one(void **state)
{
	(void)state;
	assert_null(vs_tally_sink(&tally, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exit_codes),
		cmocka_unit_test(exit_code_never),
		cmocka_unit_test(exit_code_after_losses),
		TEST(what_comes_through_is_counted),
		TEST(what_is_filtered_is_not_counted),
		TEST(what_cannot_be_observed),
		TEST(moment_is_counted),
		cmocka_unit_test(without_a_next_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
