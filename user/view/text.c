// SPDX-License-Identifier: GPL-2.0-only
/* Output for people. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../core/moment.h"
#include "../core/passthrough/device.h"
#include "../core/tally.h"
#include "../core/text/cause.h"
#include "../core/text/describe.h"
#include "page.h"

#define LABEL 12 /* column where a finding's text begins */

struct text_view {
	struct vs_sink sink;
	struct vs_page page;
	bool answered; /* a question of its own: it has been answered */
	const char *harm_told[VS_RULE_COUNT]; /* of the rule's last finding */
};

static struct text_view *of(struct vs_sink *s)
{
	return (struct text_view *)s;
}

static void text_start(struct vs_sink *s, const struct vs_run *run)
{
	struct text_view *v = of(s);

	vs_page_start(&v->page, run);
	if (v->page.config.events && !v->page.config.quiet)
		fprintf(v->page.config.file, "%s%-15s %7s %-15s %-17s %-8s %8s  %s%s\n",
			vs_paint(&v->page, DIM), "RETURNED AT", "PID", "COMM", "CALL", "RESULT",
			"TOOK", "ABOUT", vs_paint(&v->page, PLAIN));
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
static void put_call(struct text_view *v, struct vs_text *t, const union vs_event *ev,
		     const struct vs_refs *refs)
{
	size_t at;

	vs_put_clock(&v->page, t, ev->h.ts);
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
	vs_put(t, vs_kinds[ev->h.kind].label);
	vs_put_left(t, at, 17);
	vs_put(t, " ");
	vs_put(t, vs_paint(&v->page, vs_event_failed(ev) ? BAD : PLAIN));
	at = t->used;
	vs_put_result(t, ev, refs);
	vs_put_left(t, at, 8);
	vs_put(t, vs_paint(&v->page, PLAIN));
	vs_put(t, " ");
	at = t->used;
	if (ev->h.dur != VS_NOT_SEEN)
		vs_put_duration(t, ev->h.dur);
	vs_put_right(t, at, 8);
	vs_put(t, "  ");
	vs_put_detail(t, ev, refs);
	if (v->page.config.raw_pointers)
		put_pointers(t, ev);
	vs_put(t, "\n");
}

static void text_event(struct vs_sink *s, const union vs_event *ev, const struct vs_refs *refs)
{
	struct text_view *v = of(s);
	char buf[VS_LINE_LEN];
	struct vs_text t;

	vs_text_init(&t, buf, sizeof(buf));
	put_call(v, &t, ev, refs);
	vs_print_text(v->page.config.file, &t);
}

static void put_device(struct vs_text *t, const struct vs_open *open)
{
	vs_put_device(t, open);
	if (open->group >= 0) {
		vs_put(t, ", IOMMU group ");
		vs_put_int(t, open->group);
	}
	vs_put_path(t, open->path, open->backend);
}

/* One line: verdict, device, VM or process. */
static void print_verdict(struct text_view *v, const struct vs_open *open, uint64_t ns)
{
	static const enum vs_paint paints[VS_VERDICT_COUNT] = { PLAIN, GOOD, BAD, PLAIN, WARN };
	char buf[VS_LINE_LEN];
	struct vs_text t;

	vs_text_init(&t, buf, sizeof(buf));
	vs_put_word(&v->page, &t, ns, paints[open->verdict], vs_verdict_name(open->verdict));
	put_device(&t, open);
	if (open->vm || open->pid || open->holder_pid)
		vs_put(&t, ", ");
	if (open->vm)
		vs_put_vm(&t, open->vm, true);
	else if (open->pid)
		vs_put_process(&t, open->comm, open->pid);
	else if (open->holder_pid)
		vs_put_process(&t, open->holder_comm, open->holder_pid);
	if (open->verdict == VS_VERDICT_UNKNOWN) {
		vs_put(&t, ": ");
		vs_put(&t, open->reason.text);
	}
	vs_put(&t, "\n");
	vs_print_text(v->page.config.file, &t);
}

static void text_opened(struct vs_sink *s, const struct vs_open *open)
{
	struct text_view *v = of(s);
	if (!v->page.config.quiet && open->verdict == VS_VERDICT_ORDERED)
		print_verdict(v, open, open->opened_ns ? open->opened_ns : v->page.boottime_ns);
}

static void text_closed(struct vs_sink *s, const struct vs_open *open)
{
	struct text_view *v = of(s);
	bool told = open->verdict == VS_VERDICT_ORDERED || open->verdict == VS_VERDICT_VIOLATION;

	if (!v->page.config.quiet && !told)
		print_verdict(v, open,
			      open->closed_ns ? open->closed_ns :
			      open->opened_ns ? open->opened_ns :
						v->page.boottime_ns);
}

static void put_label(struct text_view *v, struct vs_text *t, const char *label)
{
	size_t at;

	vs_put(t, "  ");
	vs_put(t, vs_paint(&v->page, DIM));
	at = t->used;
	vs_put(t, label);
	vs_put_left(t, at, LABEL - 2);
	vs_put(t, vs_paint(&v->page, PLAIN));
}

static void print_labelled(struct text_view *v, struct vs_text *t, const char *label,
			   const char *text)
{
	put_label(v, t, label);
	vs_print_text(v->page.config.file, t);
	vs_print_wrapped(v->page.config.file, LABEL, text);
}

static void print_evidence(struct text_view *v, struct vs_text *t, const struct vs_finding *f)
{
	size_t i;

	for (i = 0; i < f->evidence_count; i++) {
		put_label(v, t, i ? "" : "evidence");
		put_call(v, t, &f->evidence[i]->ev, &f->evidence[i]->refs);
		vs_print_text(v->page.config.file, t);
	}
}

static void put_subject(struct text_view *v, struct vs_text *t, const struct vs_finding *f)
{
	if (f->open || *f->device) {
		put_label(v, t, "device");
		if (f->open)
			put_device(t, f->open);
		else
			vs_put_escaped(t, f->device);
		vs_put(t, "\n");
	}
	if (!f->open && f->group >= 0) {
		put_label(v, t, "group");
		vs_put(t, "IOMMU group ");
		vs_put_int(t, f->group);
		vs_put(t, "\n");
	}
}

static void put_actors(struct text_view *v, struct vs_text *t, const struct vs_finding *f)
{
	if (f->vm || f->open) {
		put_label(v, t, "VM");
		vs_put_vm(t, f->vm, true);
		vs_put(t, "\n");
	}
	if (f->pid) {
		put_label(v, t, !f->open ? "process" : f->open->pid ? "opened by" : "held by");
		vs_put_process(t, f->comm, f->pid);
		vs_put(t, "\n");
	}
}

/* "qemu (pid 12, fd 17): device 0000:01:00.0 open, VM vm1 "web"". */
static void put_hold(struct vs_text *t, const struct vs_finding *f, const struct vs_hold *h)
{
	static const char *const what[VS_HOLD_COUNT] = {
		[VS_HOLD_GROUP] = "the group is open",
		[VS_HOLD_DEVICE] = "device ",
		[VS_HOLD_MAPPING] = "device ",
		[VS_HOLD_CDEV] = "its file is open",
		[VS_HOLD_REGISTRATION] = "the group is registered",
	};

	vs_put_escaped(t, *h->comm ? h->comm : "?");
	vs_put(t, " (");
	vs_put(t, h->pid == f->pid ? "the same process, pid " : "pid ");
	vs_put_uint(t, h->pid);
	if (h->fd >= 0) {
		vs_put(t, ", fd ");
		vs_put_int(t, h->fd);
	}
	vs_put(t, "): ");
	vs_put(t, what[h->kind]);
	if (h->kind == VS_HOLD_DEVICE || h->kind == VS_HOLD_MAPPING) {
		vs_put_escaped(t, h->device);
		vs_put(t,
		       h->kind == VS_HOLD_DEVICE ? " is open" : " is mapped, without a descriptor");
	}
	if (!h->vm)
		return;
	vs_put(t, h->kind == VS_HOLD_REGISTRATION ? " with vm" : ", vm");
	vs_put_uint(t, h->vm);
	if (*h->vm_name) {
		vs_put(t, " \"");
		vs_put_escaped(t, h->vm_name);
		vs_put(t, "\"");
	}
}

static void print_holds(struct text_view *v, struct vs_text *t, const struct vs_finding *f)
{
	size_t i;

	if (!f->holds)
		return;
	if (!f->hold_count && f->mapped_unseen) {
		put_label(v, t, "held by");
		vs_put(t, "nobody who has it open; this kernel does not show who maps it\n");
		vs_print_text(v->page.config.file, t);
	}
	for (i = 0; i < f->hold_count; i++) {
		put_label(v, t, i ? "" : "held by");
		put_hold(t, f, &f->holds[i]);
		vs_put_process_of(&v->page, t, &f->holds[i]);
		vs_put(t, "\n");
		vs_print_text(v->page.config.file, t);
	}
}

static void print_blocker(struct text_view *v, struct vs_text *t, const char *label,
			  const struct vs_blocker *b)
{
	struct vs_hurdle fix;
	size_t i;

	put_label(v, t, label);
	vs_put_escaped(t, b->name);
	vs_put(t, ", bound to ");
	vs_put_escaped(t, b->driver);
	vs_put(t, "\n");
	vs_blocker_fix(b, &fix);
	for (i = 0; i < fix.command_count; i++) {
		put_label(v, t, "");
		vs_put(t, "    ");
		vs_put(t, fix.command[i]);
		vs_put(t, "\n");
	}
	vs_print_text(v->page.config.file, t);
}

static void print_blockers(struct text_view *v, struct vs_text *t, const struct vs_finding *f)
{
	size_t i;

	for (i = 0; i < f->blocker_count; i++)
		print_blocker(v, t, i ? "" : "blocked", &f->blockers[i]);
}

/* "0000:01:00.1, group 14, driver e1000e, which is not VFIO's" */
static void put_missing(struct vs_text *t, const struct vs_missing *at)
{
	vs_put_escaped(t, at->device);
	if (at->group >= 0) {
		vs_put(t, ", group ");
		vs_put_int(t, at->group);
	}
	if (*at->driver) {
		vs_put(t, ", driver ");
		vs_put_escaped(t, at->driver);
		if (!at->vfio)
			vs_put(t, ", which is not VFIO's");
	} else {
		vs_put(t, ", no driver");
	}
	if (*at->pf) {
		vs_put(t, ", a virtual function of ");
		vs_put_escaped(t, at->pf);
	}
}

static void print_missing(struct text_view *v, struct vs_text *t, const struct vs_finding *f)
{
	size_t i;

	for (i = 0; i < f->missing_count; i++) {
		put_label(v, t, i ? "" : "missing");
		put_missing(t, &f->missing[i]);
		vs_put(t, "\n");
		vs_print_text(v->page.config.file, t);
	}
}

/* Worth knowing, and no reason to read a page. */
static void put_info(struct text_view *v, struct vs_text *t, const struct vs_finding *f)
{
	vs_put_headline(&v->page, t, f);
	vs_put(t, "\n");
	put_subject(v, t, f);
	if (f->vm || !f->pid) {
		put_label(v, t, "VM");
		vs_put_vm(t, f->vm, true);
	} else {
		put_label(v, t, "process");
		vs_put_process(t, f->comm, f->pid);
	}
	vs_put(t, "; more: vfioscope explain ");
	vs_put(t, f->rule->name);
	vs_put(t, "\n");
}

/* What is the same each time is printed once. */
static void print_advice(struct text_view *v, struct vs_text *t, const struct vs_finding *f)
{
	bool told = v->harm_told[f->rule->id] == f->harm;

	v->harm_told[f->rule->id] = f->harm;
	if (!told) {
		print_labelled(v, t, "harm", f->harm);
		print_labelled(v, t, "fix", f->fix);
	}
	put_label(v, t, "more");
	vs_put(t, told ? "harm and fix as above; vfioscope explain " : "vfioscope explain ");
	vs_put(t, f->rule->name);
	vs_put(t, "\n\n");
	vs_print_text(v->page.config.file, t);
}

static void print_cause(struct text_view *v, struct vs_text *t, const struct vs_finding *f)
{
	char buf[VS_CAUSE_LEN];
	struct vs_text cause;

	vs_text_init(&cause, buf, sizeof(buf));
	if (vs_put_cause(&cause, f))
		print_labelled(v, t, "cause", buf);
}

static void text_finding(struct vs_sink *s, const struct vs_finding *f)
{
	struct text_view *v = of(s);
	char buf[VS_LINE_LEN];
	struct vs_text t;

	if (v->answered)
		return;
	vs_text_init(&t, buf, sizeof(buf));
	if (f->severity == VS_INFO) {
		put_info(v, &t, f);
		vs_print_text(v->page.config.file, &t);
		print_cause(v, &t, f);
		print_holds(v, &t, f);
		print_blockers(v, &t, f);
		print_missing(v, &t, f);
		return;
	}
	vs_put_headline(&v->page, &t, f);
	vs_put(&t, "\n");
	put_subject(v, &t, f);
	put_actors(v, &t, f);
	vs_print_text(v->page.config.file, &t);
	print_holds(v, &t, f);
	print_blockers(v, &t, f);
	print_missing(v, &t, f);
	print_evidence(v, &t, f);
	print_cause(v, &t, f);
	print_advice(v, &t, f);
}

static void print_opens(struct text_view *v, const struct vs_tally *t)
{
	const char *comma = "";
	uint64_t total = 0;
	int verdict;

	for (verdict = 0; verdict < VS_VERDICT_COUNT; verdict++)
		total += t->opens[verdict];
	if (!total) {
		fprintf(v->page.config.file, "no device%s %s\n",
			v->page.config.narrowed ? " that was asked for" : "",
			v->page.config.moment ? "is open" :
						"was open, opened or closed during this run");
		return;
	}
	fprintf(v->page.config.file, "%" PRIu64 " open%s:", total, total == 1 ? "" : "s");
	for (verdict = VS_VERDICT_ORDERED; verdict < VS_VERDICT_COUNT; verdict++) {
		if (!t->opens[verdict])
			continue;
		fprintf(v->page.config.file, "%s %" PRIu64 " %s", comma, t->opens[verdict],
			vs_verdict_name(verdict));
		comma = ",";
	}
	fputc('\n', v->page.config.file);
}

static void text_moment(struct vs_sink *s, const struct vs_moment *moment)
{
	struct text_view *v = of(s);

	v->answered = moment->answer;
	if (v->answered)
		vs_print_use(&v->page, moment);
	else
		vs_print_tree(v->page.config.file, moment);
}

static void text_end(struct vs_sink *s, const struct vs_ending *ending)
{
	struct text_view *v = of(s);

	if (v->answered)
		return;
	if (!v->page.config.quiet && v->page.config.opens)
		print_opens(v, ending->tally);
	vs_print_losses(&v->page, ending->losses);
}

static void text_free(struct vs_sink *s)
{
	free(s);
}

static const struct vs_sink_ops text_ops = {
	.start = text_start,
	.event = text_event,
	.opened = text_opened,
	.finding = text_finding,
	.closed = text_closed,
	.moment = text_moment,
	.end = text_end,
	.free = text_free,
};

struct vs_sink *vs_view_text(const struct vs_view_config *config)
{
	struct text_view *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->sink.ops = &text_ops;
	v->page.config = *config;
	return &v->sink;
}
