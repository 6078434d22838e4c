// SPDX-License-Identifier: GPL-2.0-only
/* What is missing from the stream, by cause; and what that makes of an exit code. */
#include "model_test.h"
#include "../../user/core/tally.h"

/* The end of a chain, which shows nothing. */
static const struct vs_sink_ops silent_ops = { .start = NULL };
static struct vs_sink silent = { .ops = &silent_ops };
static struct vs_tally tally;

static int begin_counted(void **state)
{
	struct lab *l;

	begin(state);
	l = *state;
	memset(&tally, 0, sizeof(tally));
	l->next = vs_tally_sink(&tally, &silent);
	return !l->next;
}

#define LEDGER_TEST(name) cmocka_unit_test_setup_teardown(name, begin_counted, end)

static void missed(struct lab *l, uint64_t count)
{
	union vs_record rec = make_record(VS_MISSED, l->now, 0);

	rec.missed.count = count;
	lab_feed(l, &rec);
}

static void loss(struct lab *l, enum vs_loss cause, uint64_t count)
{
	union vs_record rec = make_record(VS_LOSS, l->now, 0);
	__u64 *counts = &rec.loss.ring_buffer_full;

	counts[cause] = count;
	lab_feed(l, &rec);
}

static void stream_ends(struct lab *l)
{
	union vs_record rec = make_record(VS_END, l->now += MS, 0);

	lab_feed(l, &rec);
}

static void assert_lost(const struct lab *l, enum vs_loss cause, uint64_t count)
{
	uint64_t total = 0;
	int i;

	for (i = 0; i < VS_LOSS_COUNT; i++) {
		assert_int_equal(l->losses.by_cause[i], i == (int)cause ? count : 0);
		total += l->losses.by_cause[i];
	}
	assert_int_equal(vs_ledger_total(&l->losses), total);
	assert_int_equal(tally.lost, total);
	assert_int_equal(vs_tally_exit(&tally, VS_WARNING),
			 total ? VS_EXIT_INCONCLUSIVE : VS_EXIT_OK);
}

static void nothing_lost(void **state)
{
	struct lab *l = *state;

	loss(l, VS_LOSS_RINGBUF, 0);
	stream_ends(l);
	assert_lost(l, VS_LOSS_RINGBUF, 0);
}

/* A source that ends without LOSS says nothing of causes. */
static void without_causes(void **state)
{
	struct lab *l = *state;

	stream_ends(l);
	assert_lost(l, VS_LOSS_RINGBUF, 0);
}

/* Each cause is counted by itself; three of them have records of their own. */
static void lost_by_cause(void **state)
{
	struct lab *l = *state;
	int cause;

	for (cause = 0; cause < VS_LOSS_COUNT; cause++) {
		bool own = cause == VS_LOSS_BUSY || cause == VS_LOSS_GAP || cause == VS_LOSS_LOOK;

		end(state);
		begin_counted(state);
		l = *state;
		loss(l, (enum vs_loss)cause, 3);
		stream_ends(l);
		assert_lost(l, (enum vs_loss)cause, own ? 0 : 3);
	}
}

/* LOSS counts from the beginning: the last one counts, and is not added. */
static void told_twice_is_lost_once(void **state)
{
	struct lab *l = *state;

	loss(l, VS_LOSS_CALLS, 3);
	loss(l, VS_LOSS_CALLS, 5);
	stream_ends(l);
	assert_lost(l, VS_LOSS_CALLS, 5);
}

/* MISSED counts what came since the last one. */
static void missed_probes_add_up(void **state)
{
	struct lab *l = *state;

	missed(l, 2);
	missed(l, 0);
	missed(l, 3);
	loss(l, VS_LOSS_RINGBUF, 0);
	stream_ends(l);
	assert_lost(l, VS_LOSS_BUSY, 5);
}

static void all_causes_together(void **state)
{
	struct lab *l = *state;

	missed(l, 2);
	attach(l, 0, VS_F_ATTACH_FAILED);
	attach(l, 0, VS_F_LOOK);
	look_ends(l, -EAGAIN);
	loss(l, VS_LOSS_TRACKED, 7);
	stream_ends(l);
	assert_int_equal(l->losses.by_cause[VS_LOSS_BUSY], 2);
	assert_int_equal(l->losses.by_cause[VS_LOSS_GAP], 1);
	assert_int_equal(l->losses.by_cause[VS_LOSS_LOOK], 1);
	assert_int_equal(l->losses.by_cause[VS_LOSS_TRACKED], 7);
	assert_int_equal(vs_ledger_total(&l->losses), 11);
	assert_int_equal(tally.lost, 11);
	assert_int_equal(vs_tally_exit(&tally, VS_WARNING), VS_EXIT_INCONCLUSIVE);
}

/* What is certain meanwhile */

/* Between two of these records a probe was not run: what is open may have been closed. */
static void open_meanwhile_is_unknown(void **state)
{
	struct lab *l = *state;

	dev_open(l, DPDK, 0);
	missed(l, 1);
	missed(l, 0);
	dev_open(l, DPDK, 2);
	dev_close(l, DPDK, 2);
	assert_verdict(l, VS_VERDICT_NO_VM);
	dev_close(l, DPDK, 0);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
	assert_reason(l, VS_REASON_RECORDS_LOST);
}

/* In doubt nothing that begins is certain, either; when it is over, it is again. */
static void opened_in_doubt_is_unknown(void **state)
{
	struct lab *l = *state;

	missed(l, 1);
	dev_open(l, DPDK, 0);
	missed(l, 0);
	dev_close(l, DPDK, 0);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
	assert_reason(l, VS_REASON_RECORDS_LOST);
	dev_open(l, DPDK, 0);
	dev_close(l, DPDK, 0);
	assert_verdict(l, VS_VERDICT_NO_VM);
}

static void missed_probe_makes_an_absent_add_unknown(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	missed(l, 1);
	tick_after(l, 60 * SEC);
	assert_silent(l);
	dev_close(l, VMM, 0);
	assert_reason(l, VS_REASON_RECORDS_LOST);
}

/* What is proven stays so. */
static void missed_probe_does_not_undo_a_verdict(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	dev_open(l, VMM, 2);
	group_add(l, VMM, 0, 1);
	missed(l, 1);
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_ORDERED);
	dev_close(l, VMM, 2);
	assert_verdict(l, VS_VERDICT_VIOLATION);
}

/* Attaching */

/* Something may have been missed while other probes took over; it is no loss. */
static void attached_again(void **state)
{
	struct lab *l = *state;

	dev_open(l, DPDK, 0);
	attach(l, 0, 0);
	dev_open(l, DPDK, 2);
	loss(l, VS_LOSS_RINGBUF, 0);
	stream_ends(l);
	assert_int_equal(l->attached_count, 1);
	assert_int_equal(l->closed_count, 2);
	assert_int_equal(l->closed[0].open.verdict, VS_VERDICT_UNKNOWN);
	assert_int_equal(l->closed[1].open.verdict, VS_VERDICT_NO_VM);
	assert_int_equal(vs_ledger_total(&l->losses), 0);
	assert_int_equal(vs_tally_exit(&tally, VS_WARNING), VS_EXIT_INCONCLUSIVE);
}

/* It could not: what was loaded is not observed, and that is a loss. */
static void attach_failed(void **state)
{
	struct lab *l = *state;

	attach(l, 0, VS_F_ATTACH_FAILED);
	stream_ends(l);
	assert_int_equal(l->attached_count, 1);
	assert_lost(l, VS_LOSS_GAP, 1);
}

/* Other probes may see less, or more. */
static void blind_from_now_on(void **state)
{
	struct lab *l = *state;

	dev_open(l, DPDK, 0);
	dev_close(l, DPDK, 0);
	assert_verdict(l, VS_VERDICT_NO_VM);
	attach(l, VS_BLIND_VM, 0);
	dev_open(l, DPDK, 0);
	dev_close(l, DPDK, 0);
	assert_reason(l, VS_REASON_VMS_BLIND);
	attach(l, 0, 0);
	dev_open(l, DPDK, 0);
	dev_close(l, DPDK, 0);
	assert_verdict(l, VS_VERDICT_NO_VM);
}

/* A look that saw not everything */

static void look_that_is_not_complete(void **state)
{
	struct lab *l = *state;

	attach(l, 0, VS_F_LOOK);
	look_ends(l, -EAGAIN);
	stream_ends(l);
	assert_lost(l, VS_LOSS_LOOK, 1);
}

/* What it did not show may have been there: a registration it did not find proves nothing. */
static void not_found_by_a_look_that_is_not_complete(void **state)
{
	struct lab *l = *state;
	int err;

	for (err = 0; err >= -EAGAIN; err -= EAGAIN) {
		restart(l, &with_look);
		had_vm(l, 0, VMM);
		was_open(l, VMM, 0);
		found_vm(l, 0);
		found_device(l, 0);
		look_ends(l, err);
		tick_after(l, 60 * SEC);
		assert_int_equal(l->finding_count, !err);
		finish(l);
		assert_verdict(l, err ? VS_VERDICT_UNKNOWN : VS_VERDICT_VIOLATION);
	}
}

/* No deadline during a look: it may still show what seems to be missing. */
static void no_deadline_during_a_look(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	attach(l, 0, VS_F_LOOK);
	tick_after(l, 60 * SEC);
	assert_silent(l);
	look_done(l);
	/* It was open while other probes took over: its ADD may have been missed. */
	assert_silent(l);
	dev_open(l, VMM, 2);
	attach(l, 0, 0);
	stream_ends(l);
	assert_silent(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEDGER_TEST(nothing_lost),
		LEDGER_TEST(without_causes),
		LEDGER_TEST(lost_by_cause),
		LEDGER_TEST(told_twice_is_lost_once),
		LEDGER_TEST(missed_probes_add_up),
		LEDGER_TEST(all_causes_together),
		TEST(open_meanwhile_is_unknown),
		TEST(opened_in_doubt_is_unknown),
		TEST(missed_probe_makes_an_absent_add_unknown),
		TEST(missed_probe_does_not_undo_a_verdict),
		LEDGER_TEST(attached_again),
		LEDGER_TEST(attach_failed),
		TEST(blind_from_now_on),
		LEDGER_TEST(look_that_is_not_complete),
		TEST(not_found_by_a_look_that_is_not_complete),
		TEST(no_deadline_during_a_look),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
