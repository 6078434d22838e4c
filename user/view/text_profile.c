// SPDX-License-Identifier: GPL-2.0-only
/* Where attach time goes, for people: the first line of an attach is the answer. */
#include <stdlib.h>

#include "../core/profile/summary.h"
#include "../core/text/cause.h"
#include "../core/text/describe.h"
#include "profile_table.h"
#include "profile_words.h"
#include "waterfall.h"

#define MARGIN 2

/*
 * A program may attach thousands of times in a second: after so many attaches a waterfall
 * is drawn of those only that failed, took long, or took longer than all before.
 */
#define DRAWN_ALL 16
#define LONG_NS 1000000000ULL

/* What comes later is told of attaches that were drawn: the last ones of them. */
#define DRAWN_KEPT 64

struct profile_view {
	struct vs_sink sink;
	struct vs_page page;
	uint64_t drawn, brief; /* attaches: with a waterfall, and in one line */
	uint64_t slowest_ns;
	uint32_t last[DRAWN_KEPT]; /* their numbers */
};

static struct vs_page *page_of(struct vs_sink *s)
{
	return &((struct profile_view *)s)->page;
}

/* A sentence, folded, with an empty text after it. */
static void print_sentence(const struct vs_page *p, int indent, struct vs_text *t)
{
	vs_put(t, vs_paint(p, PLAIN));
	vs_print_folded(p->config.file, indent, MARGIN, p->config.width, t->buf);
	vs_text_init(t, t->buf, t->size);
}

static void profile_start(struct vs_sink *s, const struct vs_run *run)
{
	vs_page_start(page_of(s), run);
}

static void put_subject(struct vs_page *p, struct vs_text *t, const struct vs_attach *a,
			enum vs_paint paint)
{
	vs_put_clock(p, t, a->end_ns);
	vs_put(t, "  ");
	vs_put(t, vs_paint(p, paint));
	vs_put_attached(t, a);
}

/* "total 2.31 s: kernel 310 ms (13 %), VMM 2.00 s" */
static void put_times(struct vs_text *t, const struct vs_attach *a)
{
	uint64_t kernel = vs_attach_kernel_ns(a);

	vs_put(t, "total ");
	vs_put_time(t, a->total_ns);
	vs_put(t, ": kernel ");
	vs_put_time(t, kernel);
	vs_put(t, " (");
	vs_put_share(t, vs_share(kernel, a->total_ns));
	vs_put(t, "), VMM ");
	vs_put_time(t, a->vmm_ns);
}

/* Less than a tenth is not worth a look into the kernel. */
static void put_little(struct vs_text *t, const struct vs_attach *a)
{
	uint64_t kernel = vs_attach_kernel_ns(a);

	vs_put(t, "the kernel took ");
	vs_put_time(t, kernel);
	vs_put(t, " of ");
	vs_put_time(t, a->total_ns);
	vs_put(t, " (");
	vs_put_share(t, vs_share(kernel, a->total_ns));
	vs_put(t, "): look at the VMM, firmware or guest");
}

/* The call that failed last. */
static const struct vs_attach_phase *failed_call(const struct vs_attach *a)
{
	const struct vs_attach_phase *p, *failed = NULL;

	for (p = a->phase; p < a->phase + a->phase_count; p++)
		if (p->parent == VS_PHASE_NONE && p->failed)
			failed = p;
	return failed;
}

static void put_failure(const struct vs_page *p, struct vs_text *t, const struct vs_attach *a)
{
	const char *error = vs_errno_name(a->error);
	const struct vs_attach_phase *call = failed_call(a);

	vs_put(t, " failed: ");
	if (error)
		vs_put(t, error);
	else
		vs_put_int(t, a->error);
	if (call) {
		vs_put(t, " in ");
		vs_put(t, vs_phase_name(call->phase));
	}
	vs_put(t, vs_paint(p, PLAIN));
	vs_put(t, "; ");
	put_times(t, a);
}

static void put_answer(const struct vs_page *p, struct vs_text *t, const struct vs_attach *a)
{
	if (a->state == VS_ATTACH_FAILED) {
		put_failure(p, t, a);
	} else if (a->state == VS_ATTACH_GOING_ON) {
		vs_put(t, " is not usable yet");
		vs_put(t, a->now.phase == VS_PHASE_NONE ? ", and in no call" : ": ");
		if (a->now.phase != VS_PHASE_NONE)
			vs_put_now(t, &a->now);
		vs_put(t, vs_paint(p, PLAIN));
		vs_put(t, "; so far ");
		put_times(t, a);
	} else {
		vs_put(t, vs_paint(p, PLAIN));
		vs_put(t, ": ");
		if (vs_share(vs_attach_kernel_ns(a), a->total_ns) < 0.1)
			put_little(t, a);
		else
			put_times(t, a);
	}
	vs_put(t, "; longest: ");
	vs_put_longest(t, a);
}

/* "attach 1, driver vfio-pci, IOMMU group 7, by group (type1), vm1 …" */
static void put_identity(struct vs_text *t, const struct vs_attach *a)
{
	vs_put(t, "attach ");
	vs_put_uint(t, a->id);
	if (*a->driver) {
		vs_put(t, ", driver ");
		vs_put_escaped(t, a->driver);
	}
	if (a->group >= 0) {
		vs_put(t, ", IOMMU group ");
		vs_put_int(t, a->group);
	}
	vs_put_path(t, a->path, a->backend);
	vs_put(t, ", ");
	vs_put_user(t, a);
}

static void print_attach(struct vs_page *p, const struct vs_attach *a)
{
	static const enum vs_paint paints[VS_ATTACH_STATE_COUNT] = { GOOD, BAD, WARN };
	char buf[VS_LINE_LEN];
	struct vs_text t;

	vs_text_init(&t, buf, sizeof(buf));
	put_subject(p, &t, a, paints[a->state]);
	put_answer(p, &t, a);
	print_sentence(p, 0, &t);
	vs_put(&t, vs_paint(p, DIM));
	put_identity(&t, a);
	print_sentence(p, MARGIN, &t);
	if (!a->complete) {
		vs_put(&t, vs_paint(p, WARN));
		vs_put(&t, "records were lost meanwhile: the times are a lower bound");
		print_sentence(p, MARGIN, &t);
	}
	vs_print_waterfall(p, a);
	fputc('\n', p->config.file);
}

static bool worth_drawing(struct profile_view *v, const struct vs_attach *a)
{
	bool slowest = a->total_ns > v->slowest_ns;

	if (slowest)
		v->slowest_ns = a->total_ns;
	return v->drawn < DRAWN_ALL || slowest || a->total_ns >= LONG_NS ||
	       a->state != VS_ATTACH_USABLE;
}

static bool was_drawn(const struct profile_view *v, const struct vs_attach *a)
{
	size_t i;

	if (!v->brief)
		return true;
	for (i = 0; i < DRAWN_KEPT; i++)
		if (v->last[i] == a->id)
			return true;
	return false;
}

/* No more than the answer. */
static void print_line(struct vs_page *p, const struct vs_attach *a)
{
	char buf[VS_LINE_LEN];
	struct vs_text t;

	vs_text_init(&t, buf, sizeof(buf));
	put_subject(p, &t, a, GOOD);
	put_answer(p, &t, a);
	print_sentence(p, 0, &t);
}

static void profile_attach(struct vs_sink *s, const struct vs_attach *a)
{
	struct profile_view *v = (struct profile_view *)s;

	if (v->page.config.quiet)
		return;
	if (!worth_drawing(v, a)) {
		v->brief++;
		print_line(&v->page, a);
		return;
	}
	v->last[v->drawn++ % DRAWN_KEPT] = a->id;
	print_attach(&v->page, a);
}

static void profile_stuck(struct vs_sink *s, const struct vs_attach *a)
{
	struct vs_page *p = page_of(s);
	char buf[VS_LINE_LEN];
	struct vs_text t;

	vs_text_init(&t, buf, sizeof(buf));
	put_subject(p, &t, a, WARN);
	vs_put(&t, " (");
	vs_put_process(&t, a->comm, a->pid);
	vs_put(&t, ") has been ");
	vs_put_now(&t, &a->now);
	print_sentence(p, 0, &t);
}

static void put_later(struct vs_text *t, const struct vs_attach_phase *p)
{
	vs_put(t, vs_phase_name(p->phase));
	if (p->count > 1) {
		vs_put(t, " ");
		vs_put_uint(t, p->count);
		vs_put(t, "x");
	}
	vs_put(t, " ");
	vs_put_time(t, p->total_ns);
	if (p->failed) {
		vs_put(t, ", ");
		vs_put_uint(t, p->failed);
		vs_put(t, " failed");
	}
}

/* Calls, with their parts in brackets. */
static void put_all_later(struct vs_text *t, const struct vs_attach *a)
{
	bool inside = false;
	size_t i;

	for (i = 0; i < a->later_count; i++) {
		const struct vs_attach_phase *p = &a->later[i];

		if (p->parent != VS_PHASE_NONE) {
			vs_put(t, inside ? ", " : " (");
			inside = true;
		} else {
			vs_put(t, inside ? ")" : "");
			vs_put(t, i ? "; " : "");
			inside = false;
		}
		put_later(t, p);
	}
	vs_put(t, inside ? ")" : "");
}

static void profile_detach(struct vs_sink *s, const struct vs_attach *a)
{
	struct vs_page *p = page_of(s);
	char buf[VS_LINE_LEN];
	struct vs_text t;

	if (p->config.quiet)
		return;
	if (a->state == VS_ATTACH_GOING_ON)
		print_attach(p, a);
	if (!a->later_count || !was_drawn((struct profile_view *)s, a))
		return;
	vs_text_init(&t, buf, sizeof(buf));
	if (a->closed_ns) {
		vs_put_clock(p, &t, a->closed_ns);
		vs_put(&t, "  ");
	}
	vs_put(&t, "attach ");
	vs_put_uint(&t, a->id);
	vs_put(&t, ", ");
	vs_put_attached(&t, a);
	vs_put(&t, a->closed_ns ? ", later: " : ", later, and it is still open: ");
	put_all_later(&t, a);
	print_sentence(p, 0, &t);
}

static void profile_finding(struct vs_sink *s, const struct vs_finding *f)
{
	struct vs_page *p = page_of(s);
	char buf[VS_LINE_LEN], why[VS_CAUSE_LEN];
	struct vs_text t, cause;

	vs_text_init(&t, buf, sizeof(buf));
	vs_put_headline(p, &t, f);
	print_sentence(p, 0, &t);
	if (*f->device) {
		vs_put_escaped(&t, f->device);
		vs_put(&t, ", ");
	}
	if (f->vm)
		vs_put_vm(&t, f->vm, true);
	else
		vs_put_process(&t, f->comm, f->pid);
	vs_text_init(&cause, why, sizeof(why));
	if (vs_put_cause(&cause, f)) {
		vs_put(&t, ": ");
		vs_put(&t, why);
	}
	print_sentence(p, MARGIN, &t);
}

static void profile_told(struct vs_sink *s, const struct vs_profile *profile)
{
	vs_print_profile(page_of(s), profile);
}

static void profile_end(struct vs_sink *s, const struct vs_ending *ending)
{
	vs_print_losses(page_of(s), ending->losses);
}

static void profile_free(struct vs_sink *s)
{
	free(s);
}

static const struct vs_sink_ops profile_ops = {
	.start = profile_start,
	.finding = profile_finding,
	.attach = profile_attach,
	.stuck = profile_stuck,
	.detach = profile_detach,
	.profile = profile_told,
	.end = profile_end,
	.free = profile_free,
};

struct vs_sink *vs_view_profile(const struct vs_view_config *config)
{
	struct profile_view *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->sink.ops = &profile_ops;
	v->page.config = *config;
	return &v->sink;
}
