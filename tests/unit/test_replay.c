// SPDX-License-Identifier: GPL-2.0-only
/*
 * The same records give the same output, however they are read: one by one as they
 * come, all at once, in pieces, beside another stream; with or without a record of
 * time in between.
 */
#include "render.h"
#include "toy_history.h"

#define GRACE (40 * MS)

/* Both views of one stream. */
struct rendered {
	struct render as[AS_VIEWS];
	struct vs_sink *sink; /* of both */
};

static void rendering_begins(struct rendered *r)
{
	render_begin(&r->as[AS_TEXT], AS_TEXT, false);
	render_begin(&r->as[AS_JSON], AS_JSON, false);
	r->sink = tee_new(r->as[AS_TEXT].sink, r->as[AS_JSON].sink);
}

/* The sink has been freed. */
static void rendering_ends(struct rendered *r)
{
	render_close(&r->as[AS_TEXT]);
	render_close(&r->as[AS_JSON]);
}

static void rendered_free(struct rendered *r)
{
	free(r->as[AS_TEXT].out);
	free(r->as[AS_JSON].out);
}

/* The first line that differs. */
static void assert_same_output(const char *a, const char *b, const char *how)
{
	const char *line = a;
	size_t i, number = 1;

	for (i = 0; a[i] && a[i] == b[i]; i++)
		if (a[i] == '\n') {
			line = a + i + 1;
			number++;
		}
	if (a[i] == b[i])
		return;
	fail_msg("%s: line %zu is\n%.*s\nand not\n%.*s", how, number,
		 (int)strcspn(b + (line - a), "\n"), b + (line - a), (int)strcspn(line, "\n"),
		 line);
}

static void assert_same(const struct rendered *a, const struct rendered *b, const char *how)
{
	assert_same_output(a->as[AS_TEXT].out, b->as[AS_TEXT].out, how);
	assert_same_output(a->as[AS_JSON].out, b->as[AS_JSON].out, how);
	assert_int_equal(a->as[AS_JSON].length, b->as[AS_JSON].length);
}

/* Records, one after the other without anything in between, as in a file. */
struct recording {
	unsigned char *bytes;
	size_t size;
};

static void recording_add(struct recording *to, const void *record, size_t size)
{
	to->bytes = realloc(to->bytes, to->size + size);
	assert_non_null(to->bytes);
	memcpy(to->bytes + to->size, record, size);
	to->size += size;
}

/* A reader of a recording, with a model of its own. */
struct reader {
	const struct recording *from;
	size_t at;
	struct vs_model *model;
	struct rendered out;
};

static void reader_begin(struct reader *r, const struct recording *from)
{
	const struct vs_model_config config = { .grace_ns = GRACE };

	memset(r, 0, sizeof(*r));
	r->from = from;
	rendering_begins(&r->out);
	r->model = vs_model_new(&config, r->out.sink);
	assert_non_null(r->model);
}

/* The next records, up to @limit bytes; a record that is not there yet waits. */
static bool reader_goes_on(struct reader *r, size_t limit)
{
	union vs_record rec;
	int err;

	while (r->at < r->from->size) {
		err = vs_decode(r->from->bytes + r->at, limit - r->at, &rec);
		if (err == -EMSGSIZE && limit < r->from->size)
			return true;
		assert_int_equal(err, 0);
		r->at += rec.h.size;
		assert_int_equal(vs_model_feed(r->model, &rec), 0);
		memset(&rec, 0xee, sizeof(rec));
		if (r->at >= limit)
			break;
	}
	return r->at < r->from->size;
}

static void reader_end(struct reader *r)
{
	assert_int_equal(r->at, r->from->size);
	vs_model_free(r->model);
	vs_sink_free(r->out.sink);
	rendering_ends(&r->out);
}

static void replayed_at_once(const struct recording *rec, const struct rendered *live,
			     const char *how)
{
	struct reader r;

	reader_begin(&r, rec);
	assert_false(reader_goes_on(&r, rec->size));
	reader_end(&r);
	assert_same(live, &r.out, how);
	rendered_free(&r.out);
}

/* As a reader of a file gets it: cut anywhere; and two of them at a time. */
static void replayed_in_pieces(const struct recording *rec, const struct rendered *live,
			       uint32_t seed)
{
	size_t limit[2] = { 0, 0 };
	bool more = true;
	struct reader r[2];
	int i;

	for (i = 0; i < 2; i++)
		reader_begin(&r[i], rec);
	while (more)
		for (more = false, i = 0; i < 2; i++) {
			limit[i] += next_random(&seed) % (i ? 3000 : 300);
			if (limit[i] > rec->size)
				limit[i] = rec->size;
			more |= reader_goes_on(&r[i], limit[i]);
		}
	for (i = 0; i < 2; i++) {
		reader_end(&r[i]);
		assert_same(live, &r[i].out, "in pieces");
		rendered_free(&r[i].out);
	}
}

/* Random histories */

static struct history history;

/* What a source tells beside the kernel's records. */
enum beside { NAMES, EVERYTHING };

static void told_beside(struct history *h, enum beside what)
{
	struct lab *l = h->l;
	union vs_record rec;

	if (l->head != l->tail)
		return;
	switch (h_random(h, what == NAMES ? 12 : 24)) {
	case 0:
		vm_name(l, h_random(h, K_VMS), VMM, h_random(h, 2) ? "web" : "a\nb");
		break;
	case 1:
		rec = make_record(VS_DEV_INFO, l->now, 0);
		SET_STRING(rec.dev_info.name, l->dev[h_random(h, K_DEVICES)].name);
		SET_STRING(rec.dev_info.text, "Vendor Device");
		lab_feed(l, &rec);
		break;
	case 12:
		rec = make_record(VS_MISSED, l->now, 0);
		rec.missed.count = h_random(h, 2);
		lab_feed(l, &rec);
		break;
	case 13:
		if (!h->looking && !h_random(h, 8))
			attach(l, l->blind, h_random(h, 2) ? VS_F_ATTACH_FAILED : 0);
	}
}

/* Time passes without a record, now and then so long that only this one tells. */
static void time_passes(struct history *h)
{
	if (h->l->head != h->l->tail || h_random(h, 8))
		return;
	h->l->now += h_random(h, 30) * MS;
	tick(h->l, h->l->now);
}

static void run_steps(struct history *h, unsigned int loss_percent, enum beside beside)
{
	unsigned int step;

	for (step = 0; step < 300; step++) {
		if (h_random(h, 100) < loss_percent)
			h->l->lose = 1 + h_random(h, 3);
		h_step(h);
		if (h->looking && h_random(h, 2))
			h_look_step(h);
		h->l->lose = 0;
		time_passes(h);
		told_beside(h, beside);
	}
	while (h->looking)
		h_look_step(h);
	h_quiet(h);
	finish(h->l);
}

/* A history, as it is shown while it happens; and its records. */
static void live(struct lab *l, uint32_t seed, unsigned int loss_percent, enum beside beside,
		 struct rendered *out, struct recording *rec)
{
	const struct lab_config config = { .grace_ns = GRACE,
					   .arch = seed & 4 ? "s390x" : "x86_64",
					   .look = seed & 8,
					   .log = true };

	lab_end(l);
	memset(l, 0, sizeof(*l));
	rendering_begins(out);
	lab_begin_for(l, &config, out->sink);
	h_begin(&history, l, seed * 104729, seed % K_KERNELS);
	h_prefix(&history, config.look);
	run_steps(&history, loss_percent, beside);
	recording_add(rec, l->log, l->log_size);
	vs_sink_free(l->next);
	l->next = NULL;
	rendering_ends(out);
	assert_true(out->as[AS_TEXT].length > 1000);
	assert_true(out->as[AS_JSON].length > 1000);
}

static void random_histories_read_again(void **state)
{
	size_t findings = 0;
	struct lab *l = *state;
	uint32_t seed;

	for (seed = 1; seed <= 200; seed++) {
		struct recording rec = { 0 };
		struct rendered out;

		live(l, seed, seed % 3, EVERYTHING, &out, &rec);
		findings += l->finding_count;
		replayed_at_once(&rec, &out, "at once");
		replayed_in_pieces(&rec, &out, seed);
		rendered_free(&out);
		free(rec.bytes);
	}
	assert_true(findings > 200);
}

/* Of a recording, all records but those of time; or those as @late records as can be. */
static struct recording retimed(const struct recording *from, unsigned int late, uint32_t *seed)
{
	struct recording to = { 0 };
	union vs_record rec, time = { .h.kind = VS_NONE };
	unsigned int wait = 0;
	size_t at;

	for (at = 0; at < from->size; at += rec.h.size) {
		assert_int_equal(vs_decode(from->bytes + at, from->size - at, &rec), 0);
		if (rec.h.kind == VS_TIME) {
			time = rec;
			wait = late ? 1 + next_random(seed) % late : 0;
			continue;
		}
		if (wait && !--wait && rec.h.kind != VS_END)
			recording_add(&to, &time, time.h.size);
		recording_add(&to, &rec, rec.h.size);
	}
	return to;
}

/* With nothing lost, that time has passed is said by the next record as well. */
static void random_histories_with_other_times(void **state)
{
	uint32_t seed, random = 0x71e;
	size_t findings = 0;
	struct lab *l = *state;

	for (seed = 1; seed <= 200; seed++) {
		struct recording rec = { 0 }, other;
		struct rendered out;
		unsigned int late;

		live(l, seed, 0, NAMES, &out, &rec);
		findings += count_rule(l, VS_RULE_OPEN_WITHOUT_ADD);
		for (late = 0; late < 9; late += 4) {
			other = retimed(&rec, late, &random);
			replayed_at_once(&other, &out, late ? "late times" : "no times");
			free(other.bytes);
		}
		rendered_free(&out);
		free(rec.bytes);
	}
	assert_true(findings > 50);
}

/* By hand: a grace period that ends between two records */

static uint64_t first, second; /* the deadlines */

/* Two devices without their VM; of the second the record came first. */
static void two_suspects(struct lab *l)
{
	union vs_event later;
	size_t place;

	vm_create(l, 0, VMM);
	place = lab_reserve(l);
	df_open(l, VMM, 0);
	first = l->now + defaults.grace_ns;
	df_open_begin(l, VMM, 2);
	later = dev_event(l, VS_DEV_OPEN, VMM, &l->dev[2]);
	second = later.h.ts + defaults.grace_ns;
	lab_fill(l, place, &later);
}

static void assert_both_in_order(const struct lab *l)
{
	assert_int_equal(l->finding_count, 2);
	assert_rule(&l->finding[0], VS_RULE_OPEN_WITHOUT_ADD);
	assert_string_equal(l->finding[0].device, l->dev[0].name);
	assert_int_equal(l->finding[0].ts, first);
	assert_string_equal(l->finding[1].device, l->dev[2].name);
	assert_int_equal(l->finding[1].ts, second);
}

/* However late the clock is read: a finding has the time at which it became one. */
static void stamped_with_the_deadline(void **state)
{
	static const uint64_t late[] = { 0, 1 * MS, 40 * MS, 100 * MS };
	struct lab *l = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(late); i++) {
		restart(l, &defaults);
		two_suspects(l);
		tick(l, first - 1);
		assert_silent(l);
		tick(l, second + late[i]);
		assert_both_in_order(l);
	}
}

/* Any record meets it, if none of time does. */
static void met_by_whatever_comes_next(void **state)
{
	enum { EVENT, ATTACHED, END, CASES };
	struct lab *l = *state;
	unsigned int what;

	for (what = 0; what < CASES; what++) {
		restart(l, &defaults);
		two_suspects(l);
		l->now = second + 50 * MS;
		if (what == EVENT)
			vm_create(l, 1, OTHER);
		else if (what == ATTACHED)
			attach(l, 0, 0);
		else
			finish(l);
		assert_both_in_order(l);
	}
}

/* After a look, all that it kept waiting, in order and with the time of each. */
static void met_by_the_end_of_a_look(void **state)
{
	struct lab *l = *state;

	restart(l, &with_look);
	two_suspects(l);
	tick(l, second + 1 * MS);
	vm_create(l, 1, OTHER);
	assert_silent(l);
	l->now = second + 1 * SEC;
	look_done(l);
	assert_both_in_order(l);
}

/* An event after the deadline, and the time read before it, after it, or never. */
static void around_an_event(struct lab *l, uint64_t before, uint64_t after, char **out)
{
	struct render r;

	lab_end(l);
	memset(l, 0, sizeof(*l));
	render_begin(&r, AS_JSON, false);
	lab_begin_for(l, &defaults, r.sink);
	two_suspects(l);
	if (before)
		tick(l, first + before);
	l->now = first + 50 * MS;
	vm_create(l, 1, OTHER);
	if (after)
		tick(l, first + after);
	l->now = first + 1 * SEC;
	finish(l);
	vs_sink_free(l->next);
	l->next = NULL;
	render_close(&r);
	*out = r.out;
}

static void a_late_time_changes_no_order(void **state)
{
	static const uint64_t times[][2] = {
		{ 1 * MS, 0 },	      { 40 * MS, 0 },	    { 0, 100 * MS },
		{ 1 * MS, 100 * MS }, { 40 * MS, 55 * MS }, { 0, 0 },
	};
	const char *event, *finding;
	char *expected, *out;
	size_t i;

	around_an_event(*state, 1 * MS, 51 * MS, &expected);
	/* Both became true before it. */
	finding = strstr(expected, "\"type\":\"finding\"");
	assert_non_null(finding);
	finding = strstr(finding + 1, "\"type\":\"finding\"");
	assert_non_null(finding);
	event = strstr(finding, "\"op\":\"vm_create\",\"ts_ns\":105");
	assert_non_null(event);
	for (i = 0; i < ARRAY_SIZE(times); i++) {
		around_an_event(*state, times[i][0], times[i][1], &out);
		assert_same_output(expected, out, "around an event");
		free(out);
	}
	free(expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(random_histories_read_again), TEST(random_histories_with_other_times),
		TEST(stamped_with_the_deadline),   TEST(met_by_whatever_comes_next),
		TEST(met_by_the_end_of_a_look),	   TEST(a_late_time_changes_no_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
