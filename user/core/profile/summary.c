// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../hash.h"
#include "histogram.h"
#include "summary.h"

/* What has times of its own and is no phase. */
enum {
	WHAT_TOTAL = VS_PHASE_COUNT,
	WHAT_VMM,
	WHAT_UNACCOUNTED,
};

static const char *name_of(unsigned int what)
{
	switch (what) {
	case WHAT_TOTAL:
		return "total";
	case WHAT_VMM:
		return "vmm";
	case WHAT_UNACCOUNTED:
		return "unaccounted";
	}
	return vs_phase_name(what);
}

/* Of a row; in an order, too: see by_order(). */
struct key {
	char driver[VS_DRIVER_LEN];
	uint32_t what; /* enum vs_phase, or one of those above */
	uint32_t parent; /* enum vs_phase */
	uint32_t later;
};

struct row {
	struct key key;
	struct vs_histogram *times;
	bool placed; /* in the profile */
	UT_hash_handle hh;
};

/* What one attach adds to a row. */
struct sample {
	uint32_t what, parent, later;
	uint64_t ns;
};

/* A phase of either list may have waited for locks as well. */
#define MOST_SAMPLES (3 + 4 * VS_ATTACH_PHASES)

struct samples {
	struct sample sample[MOST_SAMPLES];
	size_t count;
};

struct summary_sink {
	struct vs_wrap wrap;
	int error;
	struct vs_profile sums; /* without lists */
	struct row *rows;
	struct vs_attach **top; /* slowest first */
	size_t top_count, top_max;
};

static struct summary_sink *of(struct vs_sink *s)
{
	return (struct summary_sink *)s;
}

/* Samples */

/* In one attach a phase may be in several calls, and is one sample. */
static void take(struct samples *to, uint32_t what, uint32_t parent, bool later, uint64_t ns)
{
	struct sample *s;

	for (s = to->sample; s < to->sample + to->count; s++) {
		if (s->what == what && s->parent == parent && s->later == later) {
			s->ns += ns;
			return;
		}
	}
	to->sample[to->count++] = (struct sample){ what, parent, later, ns };
}

static void take_phases(struct samples *to, const struct vs_attach_phase *phase, size_t count,
			bool later)
{
	const struct vs_attach_phase *p;

	for (p = phase; p < phase + count; p++) {
		take(to, p->phase, p->parent, later, p->total_ns);
		if (p->lock_ns)
			take(to, VS_PHASE_LOCK_WAIT, p->phase, later, p->lock_ns);
	}
}

static struct row *find_row(const struct summary_sink *s, const struct key *key)
{
	struct row *row;

	HASH_FIND(hh, s->rows, key, sizeof(*key), row);
	return row;
}

static struct row *new_row(struct summary_sink *s, const struct key *key)
{
	struct row *row = calloc(1, sizeof(*row));

	if (!row)
		return NULL;
	row->key = *key;
	row->times = vs_histogram_new();
	if (row->times)
		HASH_ADD(hh, s->rows, key, sizeof(row->key), row);
	if (row->hh.tbl)
		return row;
	vs_histogram_free(row->times);
	free(row);
	return NULL;
}

static int add_sample(struct summary_sink *s, const char *driver, const struct sample *sample)
{
	struct key key = {
		.what = sample->what,
		.parent = sample->parent,
		.later = sample->later,
	};
	struct row *row;

	/* The rest stays zero: all bytes of a key count. */
	memcpy(key.driver, driver, strnlen(driver, sizeof(key.driver) - 1));
	row = find_row(s, &key);
	if (!row)
		row = new_row(s, &key);
	return row ? vs_histogram_add(row->times, sample->ns) : -ENOMEM;
}

static void add_samples(struct summary_sink *s, const struct vs_attach *a)
{
	struct samples samples = { .count = 0 };
	size_t i;

	take(&samples, WHAT_TOTAL, VS_PHASE_NONE, false, a->total_ns);
	take(&samples, WHAT_VMM, VS_PHASE_NONE, false, a->vmm_ns);
	take(&samples, WHAT_UNACCOUNTED, VS_PHASE_NONE, false, a->unaccounted_ns);
	take_phases(&samples, a->phase, a->phase_count, false);
	take_phases(&samples, a->later, a->later_count, true);
	for (i = 0; i < samples.count; i++)
		if (add_sample(s, a->driver, &samples.sample[i]))
			s->error = -ENOMEM;
}

/* Every attach counts once. */
static void count(struct summary_sink *s, const struct vs_attach *a)
{
	if (!a->complete) {
		s->sums.incomplete++;
		return;
	}
	switch (a->state) {
	case VS_ATTACH_FAILED:
		s->sums.failed++;
		return;
	case VS_ATTACH_GOING_ON:
		s->sums.going_on++;
		return;
	default:
		s->sums.attaches++;
		s->sums.total_ns += a->total_ns;
		s->sums.kernel_ns += vs_attach_kernel_ns(a);
		add_samples(s, a);
	}
}

/* The slowest */

/* Room for one more copy, that of the fastest if there is no other; NULL: no memory. */
static struct vs_attach *room(struct summary_sink *s)
{
	if (s->top_count == s->top_max)
		return s->top[--s->top_count];
	return malloc(sizeof(struct vs_attach));
}

/* Of those that took the same time the earlier one stands first. */
static void keep_slowest(struct summary_sink *s, const struct vs_attach *a)
{
	struct vs_attach *copy;
	size_t i;

	if (s->top_count == s->top_max &&
	    (!s->top_max || s->top[s->top_max - 1]->total_ns >= a->total_ns))
		return;
	copy = room(s);
	if (!copy) {
		s->error = -ENOMEM;
		return;
	}
	*copy = *a;
	for (i = s->top_count++; i && s->top[i - 1]->total_ns < a->total_ns; i--)
		s->top[i] = s->top[i - 1];
	s->top[i] = copy;
}

static void on_detach(struct vs_sink *s, const struct vs_attach *attach)
{
	count(of(s), attach);
	keep_slowest(of(s), attach);
	vs_pass_detach(s, attach);
}

/* The profile */

/* Those that are no phase stand around those that are. */
static int section(const struct key *k)
{
	switch (k->what) {
	case WHAT_TOTAL:
		return 0;
	case WHAT_VMM:
		return 1;
	case WHAT_UNACCOUNTED:
		return 3;
	}
	return k->later ? 4 : 2;
}

static bool same_section(const struct key *a, const struct key *b)
{
	return !strcmp(a->driver, b->driver) && section(a) == section(b);
}

static int by_order(const void *x, const void *y)
{
	const struct key *a = &(*(struct row *const *)x)->key;
	const struct key *b = &(*(struct row *const *)y)->key;
	int driver = strcmp(a->driver, b->driver);

	if (driver)
		return driver;
	if (section(a) != section(b))
		return section(a) - section(b);
	if (a->what != b->what)
		return a->what < b->what ? -1 : 1;
	return (a->parent > b->parent) - (a->parent < b->parent);
}

/* The total of all attaches of a driver. */
static uint64_t total_of(const struct summary_sink *s, const char *driver)
{
	struct key key = { .what = WHAT_TOTAL };
	const struct row *row;

	memcpy(key.driver, driver, sizeof(key.driver));
	row = find_row(s, &key);
	return row ? vs_histogram_sum(row->times) : 0;
}

static void describe(const struct summary_sink *s, const struct row *row, struct vs_phase_stat *to)
{
	const struct key *k = &row->key;
	const struct vs_histogram *h = row->times;
	uint64_t all = k->later ? 0 : total_of(s, k->driver);

	*to = (struct vs_phase_stat){
		.name = name_of(k->what),
		.phase = k->what < VS_PHASE_COUNT ? k->what : VS_PHASE_NONE,
		.parent = k->parent,
		.later = k->later,
		.count = vs_histogram_count(h),
		.p50_ns = vs_histogram_at(h, 500),
		.p90_ns = vs_histogram_at(h, 900),
		.p99_ns = vs_histogram_at(h, 990),
		.max_ns = vs_histogram_max(h),
		.total_ns = vs_histogram_sum(h),
	};
	memcpy(to->driver, k->driver, sizeof(to->driver));
	if (all)
		to->share = (double)to->total_ns / (double)all;
}

/* Rows of one section, and where they go. */
struct placing {
	const struct summary_sink *summary;
	struct row **rows;
	size_t count;
	struct vs_phase_stat *to;
};

/* A row, and what it consists of. A part of several phases stands after the first of them. */
static void place(struct placing *p, struct row *row)
{
	size_t i;

	if (row->placed)
		return;
	row->placed = true;
	describe(p->summary, row, p->to++);
	for (i = 0; i < p->count; i++)
		if (p->rows[i]->key.parent == row->key.what)
			place(p, p->rows[i]);
}

/* Calls with their parts; then parts whose call is not there. */
static void place_section(struct placing *p)
{
	size_t i;

	for (i = 0; i < p->count; i++)
		if (p->rows[i]->key.parent == VS_PHASE_NONE)
			place(p, p->rows[i]);
	for (i = 0; i < p->count; i++)
		place(p, p->rows[i]);
}

static void place_all(const struct summary_sink *s, struct row **rows, size_t count,
		      struct vs_phase_stat *to)
{
	struct placing p = { .summary = s, .rows = rows, .to = to };

	for (; p.rows < rows + count; p.rows += p.count) {
		p.count = 1;
		while (p.rows + p.count < rows + count &&
		       same_section(&p.rows[0]->key, &p.rows[p.count]->key))
			p.count++;
		place_section(&p);
	}
}

/* NULL if there is no memory; else to be freed. */
static struct vs_phase_stat *stats_of(const struct summary_sink *s)
{
	size_t count = HASH_COUNT(s->rows), i = 0;
	struct vs_phase_stat *stats = calloc(count + 1, sizeof(*stats));
	struct row **rows = calloc(count + 1, sizeof(struct row *)), *row;

	if (stats && rows) {
		for (row = s->rows; row; row = row->hh.next)
			rows[i++] = row;
		qsort(rows, count, sizeof(struct row *), by_order);
		place_all(s, rows, count, stats);
	} else {
		free(stats);
		stats = NULL;
	}
	free(rows);
	return stats;
}

static void on_end(struct vs_sink *sink, const struct vs_ending *ending)
{
	struct summary_sink *s = of(sink);
	struct vs_phase_stat *stats = stats_of(s);
	struct vs_profile profile = s->sums;

	if (!stats)
		s->error = -ENOMEM;
	profile.stat = stats;
	profile.stat_count = stats ? HASH_COUNT(s->rows) : 0;
	profile.top = (const struct vs_attach *const *)s->top;
	profile.top_count = s->top_count;
	vs_pass_profile(sink, &profile);
	free(stats);
	vs_pass_end(sink, ending);
}

static void on_free(struct vs_sink *sink)
{
	struct summary_sink *s = of(sink);
	struct row *row, *next;
	size_t i;

	HASH_ITER(hh, s->rows, row, next) {
		HASH_DEL(s->rows, row);
		vs_histogram_free(row->times);
		free(row);
	}
	for (i = 0; i < s->top_count; i++)
		free(s->top[i]);
	free(s->top);
	vs_pass_free(sink);
}

static const struct vs_sink_ops summary_ops = {
	.start = vs_pass_start,
	.attached = vs_pass_attached,
	.device = vs_pass_device,
	.event = vs_pass_event,
	.opened = vs_pass_opened,
	.finding = vs_pass_finding,
	.closed = vs_pass_closed,
	.attach = vs_pass_attach,
	.stuck = vs_pass_stuck,
	.detach = on_detach,
	.profile = vs_pass_profile,
	.moment = vs_pass_moment,
	.end = on_end,
	.free = on_free,
};

struct vs_sink *vs_summary_sink(size_t top, struct vs_sink *next)
{
	struct summary_sink *s = vs_wrap_new(sizeof(*s), &summary_ops, next);

	if (!s)
		return NULL;
	s->top_max = top;
	s->top = calloc(top + !top, sizeof(struct vs_attach *));
	if (!s->top) {
		vs_sink_free(&s->wrap.sink);
		return NULL;
	}
	return &s->wrap.sink;
}

int vs_summary_error(const struct vs_sink *summary_sink)
{
	return ((const struct summary_sink *)summary_sink)->error;
}
