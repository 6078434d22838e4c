// SPDX-License-Identifier: GPL-2.0-only
/* DMA calls that the kernel adds up: what is new in each record. */
#include "events.h"
#include "../../bpf/phases.h"
#include "../../user/core/profile/totals.h"

static struct ev_phase sum_of(uint64_t container, uint64_t since, uint64_t count, uint64_t ns)
{
	struct ev_phase ev = make_event(VS_PHASE, SEC, 7).phase;

	ev.container = container;
	ev.since = since;
	ev.phase = VS_PHASE_DMA_MAP;
	ev.count = count;
	ev.h.dur = ns;
	ev.max_ns = 500;
	ev.max_bytes = 4096;
	ev.bytes = count * 4096;
	ev.pages = count;
	ev.pins = 2 * count;
	ev.pin_ns = ns / 2;
	ev.lock_ns = ns / 10;
	ev.failed = count / 10;
	return ev;
}

static void what_is_new(void **state)
{
	struct p_totals *t = p_totals_new();
	struct ev_phase ev = sum_of(1, 100, 10, 1000), out;

	(void)state;
	assert_non_null(t);
	assert_int_equal(p_totals_take(t, &ev, &out), 1);
	assert_memory_equal(&ev, &out, sizeof(ev));
	ev = sum_of(1, 100, 30, 4000);
	assert_int_equal(p_totals_take(t, &ev, &out), 1);
	assert_int_equal(out.count, 20);
	assert_int_equal(out.h.dur, 3000);
	assert_int_equal(out.bytes, 20 * 4096);
	assert_int_equal(out.pages, 20);
	assert_int_equal(out.pins, 40);
	assert_int_equal(out.pin_ns, 1500);
	assert_int_equal(out.lock_ns, 300);
	assert_int_equal(out.failed, 2);
	/* The longest is an old one. */
	assert_int_equal(out.max_ns, 0);
	assert_int_equal(out.max_bytes, 0);
	p_totals_free(t);
}

static void nothing_new(void **state)
{
	struct p_totals *t = p_totals_new();
	struct ev_phase ev = sum_of(1, 100, 10, 1000), out;

	(void)state;
	assert_int_equal(p_totals_take(t, &ev, &out), 1);
	assert_int_equal(p_totals_take(t, &ev, &out), 0);
	p_totals_free(t);
}

static void the_longest_is_new(void **state)
{
	struct p_totals *t = p_totals_new();
	struct ev_phase ev = sum_of(1, 100, 10, 1000), out;

	(void)state;
	p_totals_take(t, &ev, &out);
	ev = sum_of(1, 100, 11, 2000);
	ev.max_ns = 900;
	ev.max_bytes = 8192;
	assert_int_equal(p_totals_take(t, &ev, &out), 1);
	assert_int_equal(out.max_ns, 900);
	assert_int_equal(out.max_bytes, 8192);
	p_totals_free(t);
}

/* Another container at the address, another one beside it, and another phase. */
static void sums_are_kept_apart(void **state)
{
	struct p_totals *t = p_totals_new();
	struct ev_phase ev = sum_of(1, 100, 50, 5000), out;

	(void)state;
	p_totals_take(t, &ev, &out);
	ev = sum_of(1, 200, 60, 6000);
	assert_int_equal(p_totals_take(t, &ev, &out), 1);
	assert_int_equal(out.count, 60);
	ev = sum_of(2, 200, 70, 7000);
	p_totals_take(t, &ev, &out);
	assert_int_equal(out.count, 70);
	ev.phase = VS_PHASE_DMA_UNMAP;
	ev.count = 80;
	p_totals_take(t, &ev, &out);
	assert_int_equal(out.count, 80);
	p_totals_free(t);
}

/* A counter that was read while others grew may seem to go back. */
static void counters_do_not_go_back(void **state)
{
	struct p_totals *t = p_totals_new();
	struct ev_phase ev = sum_of(1, 100, 10, 1000), out;

	(void)state;
	p_totals_take(t, &ev, &out);
	ev.count = 11;
	ev.bytes -= 1;
	assert_int_equal(p_totals_take(t, &ev, &out), 1);
	assert_int_equal(out.count, 1);
	assert_int_equal(out.bytes, 0);
	p_totals_free(t);
}

/* Containers come and go for ever. */
static void memory_is_bounded(void **state)
{
	struct p_totals *t = p_totals_new();
	struct ev_phase ev, out;
	uint64_t i;

	(void)state;
	for (i = 1; i <= 10000; i++) {
		ev = sum_of(i, 100, 10, 1000);
		assert_int_equal(p_totals_take(t, &ev, &out), 1);
	}
	/* The last ones are known, the first are not. */
	assert_int_equal(p_totals_take(t, &ev, &out), 0);
	ev = sum_of(1, 100, 10, 1000);
	assert_int_equal(p_totals_take(t, &ev, &out), 1);
	p_totals_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_new),
		cmocka_unit_test(nothing_new),
		cmocka_unit_test(the_longest_is_new),
		cmocka_unit_test(sums_are_kept_apart),
		cmocka_unit_test(counters_do_not_go_back),
		cmocka_unit_test(memory_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
