// SPDX-License-Identifier: GPL-2.0-only
/* Output for people. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "../core/text/describe.h"
#include "view.h"

/* Room for a call with its process, or for all of a finding up to its evidence. */
#define VS_LINE_LEN 4096
#define WIDTH 98
#define LABEL 12 /* column where a finding's text begins */

enum paint { PLAIN, GOOD, BAD, WARN, DIM };

static const char *paint(const struct vs_out *out, enum paint p)
{
	static const char *const codes[] = { "\033[0m", "\033[32m", "\033[1;31m", "\033[1;33m",
					     "\033[2m" };
	return out->style.color ? codes[p] : "";
}

/* Wall-clock time of a moment since boot: HH:MM:SS.micros, local. */
static void put_clock(struct vs_out *out, struct vs_text *t, uint64_t ns)
{
	uint64_t wall = out->meta.realtime_ns + ns - out->meta.boottime_ns;
	time_t second = (time_t)(wall / 1000000000ULL);
	struct tm tm;

	if (!*out->clock || second != out->second) {
		if (!localtime_r(&second, &tm))
			memset(&tm, 0, sizeof(tm));
		strftime(out->clock, sizeof(out->clock), "%T", &tm);
		out->second = second;
	}
	vs_put(t, out->clock);
	vs_put(t, ".");
	vs_put_digits(t, wall % 1000000000ULL / 1000, 6);
}

static void text_start(struct vs_out *out, const struct vs_meta *meta)
{
	out->meta = *meta;
	if (meta->events && !out->style.quiet)
		fprintf(out->file, "%s%-15s %7s %-15s %-17s %-8s %8s  %s%s\n", paint(out, DIM),
			"RETURNED AT", "PID", "COMM", "CALL", "RESULT", "TOOK", "ABOUT",
			paint(out, PLAIN));
}

static void put_pointer(struct vs_text *t, const char *what, uint64_t ptr)
{
	if (!ptr)
		return;
	vs_put(t, what);
	vs_put_hex(t, ptr);
}

static void put_pointers(struct vs_text *t, const union vs_event *ev)
{
	struct vs_pointers p;

	vs_pointers_of(ev, &p);
	put_pointer(t, " kvm=", p.kvm);
	put_pointer(t, " group=", p.group);
	put_pointer(t, " device=", p.device);
}

/* "took" is left empty where a call has no duration, or we missed its start. */
static void put_call(struct vs_out *out, struct vs_text *t, const union vs_event *ev,
		     const struct vs_refs *refs)
{
	size_t at;

	put_clock(out, t, ev->h.ts);
	vs_put(t, " ");
	at = t->used;
	vs_put_uint(t, ev->h.pid);
	vs_put_right(t, at, 7);
	vs_put(t, " ");
	at = t->used;
	vs_put_escaped(t, ev->h.comm);
	vs_put_left(t, at, 15);
	vs_put(t, " ");
	at = t->used;
	vs_put(t, vs_op_of(ev)->label);
	vs_put_left(t, at, 17);
	vs_put(t, " ");
	vs_put(t, paint(out, vs_event_failed(ev) ? BAD : PLAIN));
	at = t->used;
	vs_put_result(t, ev);
	vs_put_left(t, at, 8);
	vs_put(t, paint(out, PLAIN));
	vs_put(t, " ");
	at = t->used;
	if (ev->h.dur)
		vs_put_duration(t, ev->h.dur);
	vs_put_right(t, at, 8);
	vs_put(t, "  ");
	vs_put_detail(t, ev, refs);
	if (out->style.raw_pointers)
		put_pointers(t, ev);
	vs_put(t, "\n");
}

static void text_event(struct vs_out *out, const union vs_event *ev, const struct vs_refs *refs)
{
	char buf[VS_LINE_LEN];
	struct vs_text t;

	vs_text_init(&t, buf, sizeof(buf));
	put_call(out, &t, ev, refs);
	vs_print_text(out->file, &t);
}

static void put_device(struct vs_text *t, const struct vs_open *open)
{
	vs_put_device(t, open);
	if (open->group < 0)
		return;
	vs_put(t, ", IOMMU group ");
	vs_put_int(t, open->group);
}

static void put_process(struct vs_text *t, const char *comm, uint32_t pid)
{
	vs_put_escaped(t, comm);
	vs_put(t, ", pid ");
	vs_put_uint(t, pid);
}

/* The beginning of a line that tells a verdict or a finding. */
static void put_word(struct vs_out *out, struct vs_text *t, uint64_t ns, enum paint color,
		     const char *word)
{
	size_t at;

	put_clock(out, t, ns);
	vs_put(t, "  ");
	vs_put(t, paint(out, color));
	at = t->used;
	vs_put(t, word);
	vs_put_left(t, at, 9);
	vs_put(t, paint(out, PLAIN));
	vs_put(t, "  ");
}

/* One line: verdict, device, VM or process. */
static void print_verdict(struct vs_out *out, const struct vs_open *open, uint64_t ns)
{
	static const enum paint paints[VS_VERDICT_COUNT] = { PLAIN, GOOD, BAD, PLAIN, WARN };
	char buf[VS_LINE_LEN];
	struct vs_text t;

	vs_text_init(&t, buf, sizeof(buf));
	put_word(out, &t, ns, paints[open->verdict], vs_verdict_name(open->verdict));
	put_device(&t, open);
	if (open->vm || open->pid || open->holder_pid)
		vs_put(&t, ", ");
	if (open->vm)
		vs_put_vm(&t, open->vm, true);
	else if (open->pid)
		put_process(&t, open->comm, open->pid);
	else if (open->holder_pid)
		put_process(&t, open->holder_comm, open->holder_pid);
	if (open->verdict == VS_VERDICT_UNKNOWN) {
		vs_put(&t, ": ");
		vs_put(&t, open->reason);
	}
	vs_put(&t, "\n");
	vs_print_text(out->file, &t);
}

static void text_opened(struct vs_out *out, const struct vs_open *open)
{
	if (!out->style.quiet && open->verdict == VS_VERDICT_ORDERED)
		print_verdict(out, open, open->opened_ns ? open->opened_ns : out->meta.boottime_ns);
}

static void text_closed(struct vs_out *out, const struct vs_open *open)
{
	bool told = open->verdict == VS_VERDICT_ORDERED || open->verdict == VS_VERDICT_VIOLATION;

	if (!out->style.quiet && !told)
		print_verdict(out, open,
			      open->closed_ns ? open->closed_ns :
			      open->opened_ns ? open->opened_ns :
						out->meta.boottime_ns);
}

static void put_label(struct vs_out *out, struct vs_text *t, const char *label)
{
	size_t at;

	vs_put(t, "  ");
	vs_put(t, paint(out, DIM));
	at = t->used;
	vs_put(t, label);
	vs_put_left(t, at, LABEL - 2);
	vs_put(t, paint(out, PLAIN));
}

static void print_labelled(struct vs_out *out, struct vs_text *t, const char *label,
			   const char *text)
{
	put_label(out, t, label);
	vs_print_text(out->file, t);
	vs_print_wrapped(out->file, LABEL, WIDTH, text);
}

static void print_evidence(struct vs_out *out, struct vs_text *t, const struct vs_finding *f)
{
	size_t i;

	for (i = 0; i < f->evidence_count; i++) {
		put_label(out, t, i ? "" : "evidence");
		put_call(out, t, &f->evidence[i]->ev, &f->evidence[i]->refs);
		vs_print_text(out->file, t);
	}
}

/* What is wrong with an open is a violation; the rest is called by its weight. */
static void put_headline(struct vs_out *out, struct vs_text *t, const struct vs_finding *f)
{
	const char *severity = vs_severity_name(f->severity);
	enum paint color = f->severity == VS_ERROR ? BAD : f->severity == VS_WARNING ? WARN : PLAIN;

	put_word(out, t, f->ts, color, f->rule->breaks_order ? "violation" : severity);
	vs_put(t, f->rule->name);
	if (f->rule->breaks_order) {
		vs_put(t, " (");
		vs_put(t, severity);
		vs_put(t, ")");
	}
	vs_put(t, ": ");
	vs_put(t, f->rule->title);
	vs_put(t, f->pending ? " (so far)\n" : "\n");
}

static void put_subject(struct vs_out *out, struct vs_text *t, const struct vs_finding *f)
{
	if (f->open || *f->device) {
		put_label(out, t, "device");
		if (f->open)
			put_device(t, f->open);
		else
			vs_put_escaped(t, f->device);
		vs_put(t, "\n");
	}
	if (!f->open && f->group >= 0) {
		put_label(out, t, "group");
		vs_put(t, "IOMMU group ");
		vs_put_int(t, f->group);
		vs_put(t, "\n");
	}
}

static void put_actors(struct vs_out *out, struct vs_text *t, const struct vs_finding *f)
{
	if (f->vm || f->open) {
		put_label(out, t, "VM");
		vs_put_vm(t, f->vm, true);
		vs_put(t, "\n");
	}
	if (f->pid) {
		put_label(out, t, !f->open ? "process" : f->open->pid ? "opened by" : "held by");
		put_process(t, f->comm, f->pid);
		vs_put(t, "\n");
	}
}

/* Worth knowing, and no reason to read a page. */
static void put_info(struct vs_out *out, struct vs_text *t, const struct vs_finding *f)
{
	put_headline(out, t, f);
	put_label(out, t, "VM");
	vs_put_vm(t, f->vm, true);
	vs_put(t, "; more: vfioscope explain ");
	vs_put(t, f->rule->name);
	vs_put(t, "\n");
}

/* What is the same each time is told once. */
static void print_advice(struct vs_out *out, struct vs_text *t, const struct vs_finding *f)
{
	bool told = out->harm_told[f->rule->id] == f->harm;

	out->harm_told[f->rule->id] = f->harm;
	if (!told) {
		print_labelled(out, t, "harm", f->harm);
		print_labelled(out, t, "fix", f->rule->fix);
	}
	put_label(out, t, "more");
	vs_put(t, told ? "harm and fix as above; vfioscope explain " : "vfioscope explain ");
	vs_put(t, f->rule->name);
	vs_put(t, "\n\n");
	vs_print_text(out->file, t);
}

static void text_finding(struct vs_out *out, const struct vs_finding *f)
{
	char buf[VS_LINE_LEN];
	struct vs_text t;

	vs_text_init(&t, buf, sizeof(buf));
	if (f->severity == VS_INFO) {
		put_info(out, &t, f);
		vs_print_text(out->file, &t);
		return;
	}
	put_headline(out, &t, f);
	put_subject(out, &t, f);
	put_actors(out, &t, f);
	vs_print_text(out->file, &t);
	print_evidence(out, &t, f);
	if (f->cause)
		print_labelled(out, &t, "cause", f->cause);
	print_advice(out, &t, f);
}

static void print_opens(struct vs_out *out, const struct vs_tally *t)
{
	const char *comma = "";
	uint64_t total = 0;
	int v;

	for (v = 0; v < VS_VERDICT_COUNT; v++)
		total += t->opens[v];
	if (!total) {
		fputs(out->meta.moment ? "no device is open\n" :
					 "no device was open, opened or closed while watching\n",
		      out->file);
		return;
	}
	fprintf(out->file, "%" PRIu64 " open%s:", total, total == 1 ? "" : "s");
	for (v = VS_VERDICT_ORDERED; v < VS_VERDICT_COUNT; v++) {
		if (!t->opens[v])
			continue;
		fprintf(out->file, "%s %" PRIu64 " %s", comma, t->opens[v], vs_verdict_name(v));
		comma = ",";
	}
	fputc('\n', out->file);
}

static void text_end(struct vs_out *out, const struct vs_summary *s)
{
	const struct vs_tally *t = s->tally;
	int cause;

	if (!out->style.quiet && out->meta.opens)
		print_opens(out, t);
	for (cause = 0; cause < VS_LOSS_COUNT; cause++)
		if (s->lost_by_cause[cause])
			fprintf(out->file, "%slost: %" PRIu64 " (%s)%s\n", paint(out, WARN),
				s->lost_by_cause[cause], s->loss_names[cause], paint(out, PLAIN));
}

const struct vs_out_ops vs_out_text = {
	.start = text_start,
	.event = text_event,
	.opened = text_opened,
	.finding = text_finding,
	.closed = text_closed,
	.inventory = vs_text_inventory,
	.end = text_end,
};
