// SPDX-License-Identifier: GPL-2.0-only
/* What became of the observed program, what is said of it, and the exit code. */
#include "render.h"
#include "../../user/core/event/phases.h"
#include "../../user/core/tally.h"

/* An observed program that failed, and @t. */
static enum vs_exit failed(struct vs_tally t, int fail_on)
{
	t.program.end.exit_status = 3;
	return vs_tally_exit(&t, fail_on);
}

static void exit_code_of_a_program(void **state)
{
	struct vs_tally t = { .events = 9, .program.end = { .exit_status = 0 } };

	(void)state;
	assert_int_equal(vs_tally_exit(&t, VS_WARNING), VS_EXIT_OK);
	t.program.end.exit_status = -1; /* it goes on */
	assert_int_equal(vs_tally_exit(&t, VS_WARNING), VS_EXIT_OK);
	t.program.end.signal = 9;
	assert_int_equal(vs_tally_exit(&t, VS_WARNING), VS_EXIT_UNEXPLAINED);
	t.program.end.told = true;
	assert_int_equal(vs_tally_exit(&t, VS_WARNING), VS_EXIT_OK);
	t = (struct vs_tally){ .events = 9 };
	assert_int_equal(failed(t, VS_WARNING), VS_EXIT_UNEXPLAINED);
	/* No severity of findings is about that. */
	assert_int_equal(failed(t, VS_ERROR + 1), VS_EXIT_UNEXPLAINED);
	t.program.end.calls = 5;
	assert_int_equal(failed(t, VS_WARNING), VS_EXIT_UNEXPLAINED);
	t.program.call_failed = true;
	assert_int_equal(failed(t, VS_WARNING), VS_EXIT_OK);
}

/* A finding is an explanation, whether it counts or not; what is only worth knowing is none. */
static void exit_code_of_a_program_with_findings(void **state)
{
	struct vs_tally t = { .findings = { [VS_INFO] = 1 } };

	(void)state;
	assert_int_equal(failed(t, VS_WARNING), VS_EXIT_UNEXPLAINED);
	assert_int_equal(failed(t, VS_INFO), VS_EXIT_FINDINGS);
	t.findings[VS_WARNING] = 1;
	assert_int_equal(failed(t, VS_WARNING), VS_EXIT_FINDINGS);
	assert_int_equal(failed(t, VS_ERROR), VS_EXIT_OK);
	t.findings[VS_WARNING] = 0;
	t.findings[VS_ERROR] = 1;
	assert_int_equal(failed(t, VS_ERROR), VS_EXIT_FINDINGS);
	assert_int_equal(failed(t, VS_ERROR + 1), VS_EXIT_OK);
}

/* Where a verdict that is unknown is tolerated, a program that failed is not. */
static void exit_code_of_a_program_before_doubts(void **state)
{
	struct vs_tally t = { .lost = 1, .path_unseen = true };

	(void)state;
	t.opens[VS_VERDICT_UNKNOWN] = 1;
	assert_int_equal(failed(t, VS_WARNING), VS_EXIT_UNEXPLAINED);
	t.program.call_failed = true;
	assert_int_equal(failed(t, VS_WARNING), VS_EXIT_INCONCLUSIVE);
}

static struct vs_tally tally;

static struct vs_sink *counting(void)
{
	static const struct vs_sink_ops nothing;
	static struct vs_sink end = { .ops = &nothing };

	memset(&tally, 0, sizeof(tally));
	return vs_tally_sink(&tally, &end);
}

static void program_ends(struct lab *l, int exit_status, uint32_t signal)
{
	union vs_record rec = make_record(VS_PROGRAM_END, l->now, 0);

	rec.program_end.exit_status = exit_status;
	rec.program_end.signal = signal;
	rec.program_end.calls = 4;
	lab_feed(l, &rec);
}

static void program_that_ended(void **state)
{
	struct lab *l = *state;

	l->next = counting();
	program_ends(l, 3, 0);
	finish(l);
	assert_int_equal(tally.program.end.exit_status, 3);
	assert_int_equal(tally.program.end.calls, 4);
	assert_false(tally.program.call_failed);
	assert_int_equal(vs_tally_exit(&tally, VS_WARNING), VS_EXIT_UNEXPLAINED);
}

static void program_in_json(void **state)
{
	static const struct {
		int exit_status;
		uint32_t signal;
		const char *json;
	} ends[] = {
		{ 3, 0,
		  "\"program\":{\"exit_status\":3,\"signal\":null,\"told_to_end\":false,"
		  "\"calls\":4,\"call_failed\":false}" },
		{ -1, 9,
		  "\"program\":{\"exit_status\":null,\"signal\":9,\"told_to_end\":false,"
		  "\"calls\":4,\"call_failed\":false}" },
		{ 0, 0, "\"program\":null" },
	};
	struct lab *l = *state;
	struct render r;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		lab_end(l);
		render_begin(&r, AS_JSON, false);
		lab_begin_for(l, &defaults, r.sink);
		if (i < 2)
			program_ends(l, ends[i].exit_status, ends[i].signal);
		finish(l);
		render_close(&r);
		assert_non_null(strstr(r.out, ends[i].json));
		free(r.out);
	}
}

/* Only the program's own calls, and not an answer that something does not exist. */
static void call_of_the_program_that_failed(void **state)
{
	static const struct {
		unsigned int kind;
		uint32_t flags, parent;
		int64_t ret;
		uint64_t failed;
		bool explains;
	} calls[] = {
		{ VS_SET_CONTAINER, VS_F_TRACKED, 0, -EBUSY, 0, true },
		{ VS_SET_CONTAINER, 0, 0, -EBUSY, 0, false },
		{ VS_SET_CONTAINER, VS_F_TRACKED, 0, 0, 0, false },
		{ VS_DEV_FEATURE, VS_F_TRACKED, 0, -ENOTTY, 0, false },
		{ VS_DEV_FEATURE, VS_F_TRACKED, 0, -EINVAL, 0, true },
		{ VS_PHASE, VS_F_TRACKED, VS_PHASE_NONE, -EINVAL, 1, true },
		{ VS_PHASE, VS_F_TRACKED, VS_PHASE_NONE, 0, 2, true },
		{ VS_PHASE, VS_F_TRACKED, VS_PHASE_DRIVER_OPEN, -EINVAL, 1, false },
		{ VS_PHASE, VS_F_TRACKED, VS_PHASE_NONE, 0, 0, false },
	};
	struct lab *l = *state;
	union vs_record rec;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		lab_end(l);
		lab_begin_for(l, &defaults, counting());
		rec = make_record(calls[i].kind, l->now, 0);
		rec.h.flags = calls[i].flags;
		rec.h.ret = calls[i].ret;
		if (calls[i].kind == VS_PHASE) {
			rec.ev.phase.parent = calls[i].parent;
			rec.ev.phase.failed = calls[i].failed;
		}
		lab_feed(l, &rec);
		program_ends(l, -1, 9);
		finish(l);
		assert_int_equal(tally.program.call_failed, calls[i].explains);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exit_code_of_a_program),
		cmocka_unit_test(exit_code_of_a_program_with_findings),
		cmocka_unit_test(exit_code_of_a_program_before_doubts),
		TEST(program_that_ended),
		TEST(program_in_json),
		TEST(call_of_the_program_that_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
