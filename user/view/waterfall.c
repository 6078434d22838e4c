// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "profile_words.h"
#include "waterfall.h"

#define MARGIN 2 /* columns before the names, and what a part is indented by */
#define GAP 2 /* columns between two columns of text */
#define BAR_LEAST 10
#define BAR_GOOD 20 /* less is not worth to have what follows in the same line */
#define BAR_MOST 240

/* Of the waterfall: a phase, or what is no phase. */
struct row {
	const char *name;
	int depth;
	uint64_t ns;
	const struct vs_attach_phase *phase; /* NULL: time of no phase */
};

/* How wide columns are; 0: they are left out. */
struct layout {
	int name, calls, time, share, bar, extra;
};

struct waterfall {
	const struct vs_page *page;
	const struct vs_attach *a;
	struct row row[VS_ATTACH_PHASES + 2];
	size_t rows;
	struct layout layout;
};

/* What a cell of a bar shows. SUM: so much time, somewhere. */
enum cell { EMPTY, THIN, FULL, SUM, CELLS };

static const struct vs_attach_phase *parent_of(const struct vs_attach *a,
					       const struct vs_attach_phase *part)
{
	const struct vs_attach_phase *p;

	for (p = a->phase; p < part; p++)
		if (p->phase == part->parent && p->root == part->root)
			return p;
	return NULL;
}

static int depth_of(const struct vs_attach *a, const struct vs_attach_phase *p)
{
	int depth = 0;

	while (p->parent != VS_PHASE_NONE && (p = parent_of(a, p)))
		depth++;
	return depth;
}

static void add_row(struct waterfall *w, const char *name, uint64_t ns,
		    const struct vs_attach_phase *phase)
{
	struct row *row = &w->row[w->rows++];

	row->name = name;
	row->ns = ns;
	row->phase = phase;
	row->depth = phase ? depth_of(w->a, phase) : 0;
}

static void add_rows(struct waterfall *w)
{
	const struct vs_attach *a = w->a;
	size_t i;

	for (i = 0; i < a->phase_count; i++)
		add_row(w, vs_phase_name(a->phase[i].phase), a->phase[i].total_ns, &a->phase[i]);
	add_row(w, "vmm", a->vmm_ns, NULL);
	if (a->unaccounted_ns)
		add_row(w, "unaccounted", a->unaccounted_ns, NULL);
}

static void put_calls(struct vs_text *t, const struct row *row)
{
	if (!row->phase || row->phase->count < 2)
		return;
	vs_put_uint(t, row->phase->count);
	vs_put(t, "x");
}

static void put_row_share(struct vs_text *t, const struct waterfall *w, const struct row *row)
{
	vs_put_share(t, vs_share(row->ns, w->a->total_ns));
}

static const char *comma(const struct vs_text *t, size_t from)
{
	return t->used > from ? ", " : "";
}

/* Bytes, pages, failures. */
static void put_extra(struct vs_text *t, const struct row *row)
{
	const struct vs_attach_phase *p = row->phase;
	size_t at = t->used;

	if (!p)
		return;
	if (p->bytes)
		vs_put_size(t, p->bytes);
	if (p->pages) {
		vs_put(t, comma(t, at));
		vs_put_uint(t, p->pages);
		vs_put(t, p->pages == 1 ? " page" : " pages");
	}
	if (p->failed) {
		vs_put(t, comma(t, at));
		vs_put_uint(t, p->failed);
		vs_put(t, " failed");
	}
}

static void widen(int *width, struct vs_text *t)
{
	if ((int)t->used > *width)
		*width = (int)t->used;
	vs_text_init(t, t->buf, t->size);
}

static void measure(struct waterfall *w)
{
	struct layout *l = &w->layout;
	const struct row *row;
	char buf[128];
	struct vs_text t;

	vs_text_init(&t, buf, sizeof(buf));
	for (row = w->row; row < w->row + w->rows; row++) {
		vs_put_left(&t, 0, (size_t)row->depth * MARGIN);
		vs_put(&t, row->name);
		widen(&l->name, &t);
		put_calls(&t, row);
		widen(&l->calls, &t);
		vs_put_time(&t, row->ns);
		widen(&l->time, &t);
		put_row_share(&t, w, row);
		widen(&l->share, &t);
		put_extra(&t, row);
		widen(&l->extra, &t);
	}
}

/* Takes a column from the room, or leaves it out. */
static void place(int *room, int *column)
{
	if (*column && *room >= GAP + *column)
		*room -= GAP + *column;
	else
		*column = 0;
}

/* What is left out first is placed last. */
static void fit(struct layout *l, int width)
{
	int room = width - MARGIN - l->name;

	place(&room, &l->time);
	place(&room, &l->calls);
	place(&room, &l->share);
	if (l->extra && room < GAP + BAR_GOOD + GAP + l->extra)
		l->extra = 0;
	l->bar = room - GAP - (l->extra ? GAP + l->extra : 0);
	if (l->bar > BAR_MOST)
		l->bar = BAR_MOST;
	if (l->bar < BAR_LEAST)
		l->bar = 0;
}

/* A stretch of the axis: @begin and @end are in cells. */
static void fill(enum cell *cells, int bar, double begin, double end, enum cell with)
{
	int from = (int)(begin + 0.5), to = (int)(end + 0.5);

	if (begin < 0 || begin >= bar)
		return;
	if (end - begin < 0.5 || from >= to) {
		if (cells[(int)begin] == EMPTY)
			cells[(int)begin] = THIN;
		return;
	}
	for (; from < to && from < bar; from++)
		cells[from] = with;
}

static bool is_span_of(const struct vs_span *span, const struct row *row)
{
	return row->phase && span->phase == row->phase->phase && span->parent == row->phase->parent;
}

/* Where each run is, if that is known; else how long all of them are. */
static void fill_bar(const struct waterfall *w, const struct row *row, enum cell *cells)
{
	const struct vs_attach *a = w->a;
	double scale = (double)w->layout.bar / (double)(a->total_ns ? a->total_ns : 1);
	const struct vs_span *s;
	bool placed = false;

	for (s = a->span; s < a->span + a->span_count; s++) {
		double begin = ((double)s->begin_ns - (double)a->begin_ns) * scale;

		if (!is_span_of(s, row))
			continue;
		fill(cells, w->layout.bar, begin, begin + (double)s->ns * scale, FULL);
		placed = true;
	}
	if (!placed && row->ns)
		fill(cells, w->layout.bar, 0, (double)row->ns * scale, SUM);
}

static bool has_extra(const struct waterfall *w, const struct row *row)
{
	const struct vs_attach_phase *p = row->phase;

	return w->layout.extra && p && (p->bytes || p->pages || p->failed);
}

static void put_bar(struct vs_text *t, const struct waterfall *w, const struct row *row)
{
	static const char *const ascii[CELLS] = { " ", "|", "#", "-" };
	static const char *const blocks[CELLS] = { " ", "\u258f", "\u2588", "\u2591" };
	const char *const *shown = w->page->config.utf8 ? blocks : ascii;
	enum cell cells[BAR_MOST] = { EMPTY };
	int i, end = w->layout.bar;

	fill_bar(w, row, cells);
	/* Nothing follows: no spaces at the end of a line. */
	while (!has_extra(w, row) && end && cells[end - 1] == EMPTY)
		end--;
	for (i = 0; i < end; i++)
		vs_put(t, shown[cells[i]]);
}

static void put_column(struct vs_text *t, size_t from, int width)
{
	vs_put_right(t, from, (size_t)(width ? GAP + width : 0));
}

static void put_row(struct vs_text *t, const struct waterfall *w, const struct row *row)
{
	const struct layout *l = &w->layout;
	size_t at;

	vs_put_left(t, 0, MARGIN + (size_t)row->depth * MARGIN);
	vs_put(t, row->name);
	vs_put_left(t, 0, (size_t)(MARGIN + l->name));
	at = t->used;
	if (l->calls)
		put_calls(t, row);
	put_column(t, at, l->calls);
	at = t->used;
	if (l->time)
		vs_put_time(t, row->ns);
	put_column(t, at, l->time);
	at = t->used;
	if (l->share)
		put_row_share(t, w, row);
	put_column(t, at, l->share);
	if (l->bar) {
		vs_put_left(t, t->used, GAP);
		put_bar(t, w, row);
	}
	if (!has_extra(w, row))
		return;
	vs_put_left(t, t->used, GAP);
	vs_put(t, vs_paint(w->page, row->phase->failed ? BAD : PLAIN));
	put_extra(t, row);
	vs_put(t, vs_paint(w->page, PLAIN));
}

/* The entry that a wait is shown under: several have the same phase if it has two parents. */
static const struct vs_attach_phase *waiter(const struct vs_attach *a,
					    const struct vs_lock_waited *w)
{
	const struct vs_attach_phase *p, *first = NULL;

	for (p = a->phase; p < a->phase + a->phase_count; p++) {
		if (p->phase != w->phase)
			continue;
		if (p->lock_ns >= w->wait_ns)
			return p;
		first = first ? first : p;
	}
	return first;
}

static void print_note(const struct waterfall *w, int depth, struct vs_text *t)
{
	const struct vs_view_config *c = &w->page->config;

	vs_print_folded(c->file, MARGIN + (depth + 1) * MARGIN, MARGIN, c->width, t->buf);
	vs_text_init(t, t->buf, t->size);
}

/* Those of a phase, or of no phase that is shown; returns how many. */
static size_t print_waits(const struct waterfall *w, const struct vs_attach_phase *p, int depth)
{
	const struct vs_attach *a = w->a;
	char buf[VS_LINE_LEN];
	struct vs_text t;
	size_t i, n = 0;

	vs_text_init(&t, buf, sizeof(buf));
	for (i = 0; i < a->wait_count; i++) {
		if (waiter(a, &a->wait[i]) != p)
			continue;
		vs_put(&t, vs_paint(w->page, WARN));
		vs_put_waited(&t, &a->wait[i]);
		vs_put(&t, vs_paint(w->page, PLAIN));
		print_note(w, depth, &t);
		n++;
	}
	return n;
}

/* What has no room in the row, and what most rows do not have. */
static void print_notes(const struct waterfall *w, const struct row *row)
{
	const struct vs_attach_phase *p = row->phase;
	char buf[256];
	struct vs_text t;

	vs_text_init(&t, buf, sizeof(buf));
	if (!w->layout.extra)
		put_extra(&t, row);
	if (p->count > 1 && p->max_bytes) {
		vs_put(&t, comma(&t, 0));
		vs_put(&t, "slowest ");
		vs_put_time(&t, p->max_ns);
		vs_put(&t, " for ");
		vs_put_size(&t, p->max_bytes);
	}
	if (t.used)
		print_note(w, row->depth, &t);
	if (print_waits(w, p, row->depth) || !p->lock_ns)
		return;
	vs_put(&t, "waited ");
	vs_put_time(&t, p->lock_ns);
	vs_put(&t, " for locks");
	print_note(w, row->depth, &t);
}

static void print_row(const struct waterfall *w, const struct row *row)
{
	char buf[VS_LINE_LEN];
	struct vs_text t;

	vs_text_init(&t, buf, sizeof(buf));
	put_row(&t, w, row);
	vs_print_line(w->page->config.file, &t);
	if (row->phase)
		print_notes(w, row);
}

static void print_more_waits(const struct waterfall *w)
{
	const struct vs_attach *a = w->a;

	print_waits(w, NULL, 0);
	if (a->waits > a->wait_count)
		fprintf(w->page->config.file, "%*sand %zu more waits for locks\n", MARGIN, "",
			a->waits - a->wait_count);
}

void vs_print_waterfall(const struct vs_page *p, const struct vs_attach *a)
{
	struct waterfall w = { .page = p, .a = a };
	const struct row *row;

	add_rows(&w);
	measure(&w);
	fit(&w.layout, p->config.width ? p->config.width : VS_WIDTH);
	for (row = w.row; row < w.row + w.rows; row++)
		print_row(&w, row);
	print_more_waits(&w);
}
