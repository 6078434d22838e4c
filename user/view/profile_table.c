// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "profile_table.h"
#include "profile_words.h"

#define MARGIN 2
#define GAP 2

/* Columns of the table, after the phase. */
enum column { COUNT, P50, P90, P99, MAX, SHARE, COLUMNS };

static const char *const titles[COLUMNS] = { "count", "p50", "p90", "p99", "max", "share" };

/* What is left out last comes first. */
static const enum column by_worth[COLUMNS] = { MAX, P50, P99, COUNT, P90, SHARE };

/* The rows of one driver. */
struct table {
	const struct vs_page *page;
	const struct vs_phase_stat *stat;
	size_t rows;
	size_t name, width[COLUMNS]; /* 0: left out */
};

static size_t terminal(const struct vs_page *p)
{
	return (size_t)(p->config.width ? p->config.width : VS_WIDTH);
}

/* The row that a part belongs to: the last one before it. */
static const struct vs_phase_stat *parent_of(const struct table *t, const struct vs_phase_stat *s)
{
	const struct vs_phase_stat *before;

	for (before = s; before > t->stat; before--)
		if (before[-1].phase == s->parent && before[-1].later == s->later)
			return before - 1;
	return NULL;
}

static size_t depth_of(const struct table *t, const struct vs_phase_stat *s)
{
	size_t depth = 0;

	while (s->parent != VS_PHASE_NONE && (s = parent_of(t, s)))
		depth++;
	return depth;
}

static void put_name(struct vs_text *line, const struct table *t, const struct vs_phase_stat *s)
{
	vs_put_left(line, line->used, depth_of(t, s) * MARGIN);
	vs_put(line, s->name);
}

static void put_value(struct vs_text *line, const struct vs_phase_stat *s, enum column column)
{
	const uint64_t times[COLUMNS] = {
		[P50] = s->p50_ns, [P90] = s->p90_ns, [P99] = s->p99_ns, [MAX] = s->max_ns
	};

	if (column == COUNT)
		vs_put_uint(line, s->count);
	else if (column != SHARE)
		vs_put_time(line, times[column]);
	else if (s->later)
		vs_put(line, "-");
	else
		vs_put_share(line, s->share);
}

static void widen(size_t *width, struct vs_text *line)
{
	if (line->used > *width)
		*width = line->used;
	vs_text_init(line, line->buf, line->size);
}

static void measure(struct table *t)
{
	const struct vs_phase_stat *s;
	struct vs_text line;
	char buf[128];
	int column;

	vs_text_init(&line, buf, sizeof(buf));
	for (column = 0; column < COLUMNS; column++)
		t->width[column] = strlen(titles[column]);
	for (s = t->stat; s < t->stat + t->rows; s++) {
		put_name(&line, t, s);
		widen(&t->name, &line);
		for (column = 0; column < COLUMNS; column++) {
			put_value(&line, s, column);
			widen(&t->width[column], &line);
		}
	}
}

static void fit(struct table *t)
{
	size_t used = MARGIN + t->name, all = terminal(t->page);
	bool full = false;
	int i;

	for (i = 0; i < COLUMNS; i++) {
		size_t *width = &t->width[by_worth[i]];

		full = full || used + GAP + *width > all;
		if (full)
			*width = 0;
		else
			used += GAP + *width;
	}
}

/* @s: NULL: the titles. */
static void print_row(const struct table *t, const struct vs_phase_stat *s)
{
	struct vs_text line;
	char buf[512];
	int column;

	vs_text_init(&line, buf, sizeof(buf));
	vs_put(&line, s ? "" : vs_paint(t->page, DIM));
	vs_put_left(&line, line.used, MARGIN);
	if (s)
		put_name(&line, t, s);
	else
		vs_put(&line, "phase");
	vs_put_left(&line, s ? 0 : strlen(vs_paint(t->page, DIM)), MARGIN + t->name);
	for (column = 0; column < COLUMNS; column++) {
		size_t at = line.used;

		if (!t->width[column])
			continue;
		if (s)
			put_value(&line, s, column);
		else
			vs_put(&line, titles[column]);
		vs_put_right(&line, at, GAP + t->width[column]);
	}
	vs_put(&line, s ? "" : vs_paint(t->page, PLAIN));
	vs_print_line(t->page->config.file, &line);
}

static void print_driver(const struct table *t)
{
	struct vs_text line;
	char buf[VS_LINE_LEN];

	vs_text_init(&line, buf, sizeof(buf));
	vs_put(&line, *t->stat->driver ? "driver " : "driver not known");
	vs_put_escaped(&line, t->stat->driver);
	vs_print_folded(t->page->config.file, 0, MARGIN, t->page->config.width, buf);
}

static void print_table(struct table *t)
{
	const struct vs_phase_stat *s, *end = t->stat + t->rows;

	measure(t);
	fit(t);
	print_driver(t);
	print_row(t, NULL);
	for (s = t->stat; s < end; s++) {
		if (s->later && (s == t->stat || !s[-1].later))
			fprintf(t->page->config.file, "%safter the device was usable:%s\n",
				vs_paint(t->page, DIM), vs_paint(t->page, PLAIN));
		print_row(t, s);
	}
	fputc('\n', t->page->config.file);
}

static void print_tables(const struct vs_page *p, const struct vs_profile *profile)
{
	const struct vs_phase_stat *s = profile->stat, *end = s + profile->stat_count;

	while (s < end) {
		struct table t = { .page = p, .stat = s };

		while (s < end && !strcmp(s->driver, t.stat->driver))
			s++;
		t.rows = (size_t)(s - t.stat);
		print_table(&t);
	}
}

/* Times in columns, names of any length last. */
static void put_slow(struct vs_text *line, const struct vs_attach *a)
{
	static const char *const states[VS_ATTACH_STATE_COUNT] = { "", ", failed", ", going on" };
	size_t at = line->used;

	vs_put(line, "attach ");
	vs_put_uint(line, a->id);
	vs_put_left(line, at, 11);
	at = line->used;
	vs_put_time(line, a->total_ns);
	vs_put_right(line, at, 8);
	vs_put(line, "  kernel ");
	at = line->used;
	vs_put_time(line, vs_attach_kernel_ns(a));
	vs_put_right(line, at, 8);
	vs_put(line, "  ");
	at = line->used;
	vs_put_longest(line, a);
	vs_put(line, states[a->state]);
	vs_put_left(line, at, 23);
	vs_put(line, "  ");
	vs_put_attached(line, a);
	vs_put(line, ", ");
	vs_put_user(line, a);
}

static void print_top(const struct vs_page *p, const struct vs_profile *profile)
{
	char buf[VS_LINE_LEN];
	struct vs_text line;
	size_t i;

	if (!profile->top_count)
		return;
	fputs("slowest attaches, and their longest call\n", p->config.file);
	for (i = 0; i < profile->top_count; i++) {
		vs_text_init(&line, buf, sizeof(buf));
		put_slow(&line, profile->top[i]);
		vs_print_folded(p->config.file, MARGIN, MARGIN, p->config.width, buf);
	}
	fputc('\n', p->config.file);
}

static void put_number(struct vs_text *line, uint64_t n, const char *what)
{
	if (!n)
		return;
	vs_put(line, ", ");
	vs_put_uint(line, n);
	vs_put(line, what);
}

/* What it was all about, in one sentence. */
static void put_totals(struct vs_text *line, const struct vs_profile *profile)
{
	vs_put_uint(line, profile->attaches);
	vs_put(line, profile->attaches == 1 ? " attach" : " attaches");
	put_number(line, profile->failed, " failed");
	put_number(line, profile->going_on, " going on");
	put_number(line, profile->incomplete, " incomplete");
	if (!profile->total_ns)
		return;
	vs_put(line, "; in all, the kernel took ");
	vs_put_time(line, profile->kernel_ns);
	vs_put(line, " of ");
	vs_put_time(line, profile->total_ns);
	vs_put(line, " (");
	vs_put_share(line, vs_share(profile->kernel_ns, profile->total_ns));
	vs_put(line, ")");
}

void vs_print_profile(const struct vs_page *p, const struct vs_profile *profile)
{
	struct vs_text line;
	char buf[512];

	vs_text_init(&line, buf, sizeof(buf));
	if (!p->config.quiet)
		fputc('\n', p->config.file);
	print_tables(p, profile);
	print_top(p, profile);
	if (profile->attaches || profile->failed || profile->going_on)
		put_totals(&line, profile);
	else
		vs_put(&line, p->config.narrowed ?
				      "no device that was asked for was attached during this run" :
				      "no device was attached during this run");
	vs_print_folded(p->config.file, 0, MARGIN, p->config.width, buf);
}
