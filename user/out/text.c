// SPDX-License-Identifier: GPL-2.0-only
/* Output for people. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "../core/describe.h"
#include "../core/text.h"
#include "out.h"

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
static const char *clock_text(const struct vs_out *out, uint64_t ns, char *buf, size_t size)
{
	uint64_t wall = out->meta.realtime_ns + ns - out->meta.boottime_ns;
	time_t seconds = (time_t)(wall / 1000000000ULL);
	struct tm tm;

	if (!localtime_r(&seconds, &tm))
		memset(&tm, 0, sizeof(tm));
	snprintf(buf, size, "%02d:%02d:%02d.%06u", tm.tm_hour, tm.tm_min, tm.tm_sec,
		 (unsigned int)(wall % 1000000000ULL / 1000));
	return buf;
}

static void text_start(struct vs_out *out, const struct vs_meta *meta)
{
	out->meta = *meta;
	if (meta->events && !out->style.quiet)
		fprintf(out->file, "%s%-15s %7s %-15s %-17s %-8s %8s  %s%s\n", paint(out, DIM),
			"RETURNED AT", "PID", "COMM", "CALL", "RESULT", "TOOK", "ABOUT",
			paint(out, PLAIN));
}

static void print_pointers(struct vs_out *out, const union vs_event *ev)
{
	struct vs_pointers p;

	if (!out->style.raw_pointers)
		return;
	vs_pointers_of(ev, &p);
	if (p.kvm)
		fprintf(out->file, " kvm=0x%" PRIx64, p.kvm);
	if (p.group)
		fprintf(out->file, " group=0x%" PRIx64, p.group);
	if (p.device)
		fprintf(out->file, " device=0x%" PRIx64, p.device);
}

/* "took" is left empty where a call has no duration, or we missed its start. */
static void print_call(struct vs_out *out, const union vs_event *ev, const struct vs_refs *refs)
{
	char when[32], comm[VS_ESCAPED(VS_COMM_LEN)], took[16] = "", result[32], detail[1024];
	bool failed = vs_event_failed(ev);

	if (ev->h.dur)
		vs_duration(took, sizeof(took), ev->h.dur);
	fprintf(out->file, "%s %7u %-15s %-17s %s%-8s%s %8s  %s",
		clock_text(out, ev->h.ts, when, sizeof(when)), ev->h.pid,
		vs_escape(comm, sizeof(comm), ev->h.comm), vs_op_of(ev)->label,
		paint(out, failed ? BAD : PLAIN), vs_event_result(result, sizeof(result), ev),
		paint(out, PLAIN), took, vs_event_detail(detail, sizeof(detail), ev, refs));
	print_pointers(out, ev);
	fputc('\n', out->file);
}

static void text_event(struct vs_out *out, const union vs_event *ev, const struct vs_refs *refs)
{
	print_call(out, ev, refs);
}

static void print_device(FILE *f, const struct vs_open *open)
{
	char device[VS_ESCAPED(VS_DEVNAME_LEN)], info[VS_ESCAPED(VS_NAME_LEN)];
	char driver[VS_ESCAPED(VS_DRIVER_LEN)];

	vs_escape(info, sizeof(info), open->info);
	fprintf(f, "%s", vs_escape(device, sizeof(device), open->device));
	if (*info)
		fprintf(f, " (%s)", info);
	fprintf(f, ", driver %s, IOMMU group %d", vs_escape(driver, sizeof(driver), open->driver),
		open->group);
}

/* One line: verdict, device, VM or process. */
static void print_verdict(struct vs_out *out, const struct vs_open *open, uint64_t ns)
{
	static const enum paint paints[VS_VERDICT_COUNT] = { PLAIN, GOOD, BAD, PLAIN, WARN };
	char when[32], vm[VS_LABEL_LEN], comm[VS_ESCAPED(VS_COMM_LEN)];

	fprintf(out->file, "%s  %s%-9s%s  ", clock_text(out, ns, when, sizeof(when)),
		paint(out, paints[open->verdict]), vs_verdict_name(open->verdict),
		paint(out, PLAIN));
	print_device(out->file, open);
	if (open->vm)
		fprintf(out->file, ", %s", vs_vm_label(vm, sizeof(vm), open->vm, true));
	else if (open->pid || open->holder_pid)
		fprintf(out->file, ", %s, pid %u",
			vs_escape(comm, sizeof(comm), open->pid ? open->comm : open->holder_comm),
			open->pid ? open->pid : open->holder_pid);
	if (open->verdict == VS_VERDICT_UNKNOWN)
		fprintf(out->file, ": %s", open->reason);
	fputc('\n', out->file);
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

static void print_label(struct vs_out *out, const char *label)
{
	fprintf(out->file, "  %s%-*s%s", paint(out, DIM), LABEL - 2, label, paint(out, PLAIN));
}

static void print_labelled(struct vs_out *out, const char *label, const char *text)
{
	print_label(out, label);
	vs_print_wrapped(out->file, LABEL, WIDTH, text);
}

static void print_evidence(struct vs_out *out, const struct vs_finding *f)
{
	size_t i;

	for (i = 0; i < f->evidence_count; i++) {
		print_label(out, i ? "" : "evidence");
		print_call(out, &f->evidence[i]->ev, &f->evidence[i]->refs);
	}
}

/* What is wrong with an open is a violation; the rest is called by its weight. */
static void print_headline(struct vs_out *out, const struct vs_finding *f)
{
	const char *severity = vs_severity_name(f->severity);
	char when[32];

	fprintf(out->file, "%s  %s%-9s%s  %s", clock_text(out, f->ts, when, sizeof(when)),
		paint(out, f->severity == VS_ERROR   ? BAD :
			   f->severity == VS_WARNING ? WARN :
						       PLAIN),
		f->rule->breaks_order ? "violation" : severity, paint(out, PLAIN), f->rule->name);
	if (f->rule->breaks_order)
		fprintf(out->file, " (%s)", severity);
	fprintf(out->file, ": %s%s\n", f->rule->title, f->pending ? " (so far)" : "");
}

static void print_subject(struct vs_out *out, const struct vs_finding *f)
{
	char device[VS_ESCAPED(VS_DEVNAME_LEN)];

	if (f->open || *f->device) {
		print_label(out, "device");
		if (f->open)
			print_device(out->file, f->open);
		else
			fputs(vs_escape(device, sizeof(device), f->device), out->file);
		fputc('\n', out->file);
	}
	if (!f->open && f->group >= 0) {
		print_label(out, "group");
		fprintf(out->file, "IOMMU group %d\n", f->group);
	}
}

static void print_actors(struct vs_out *out, const struct vs_finding *f)
{
	char vm[VS_LABEL_LEN], comm[VS_ESCAPED(VS_COMM_LEN)];

	if (f->vm || f->open) {
		print_label(out, "VM");
		fprintf(out->file, "%s\n", vs_vm_label(vm, sizeof(vm), f->vm, true));
	}
	if (f->pid) {
		print_label(out, !f->open ? "process" : f->open->pid ? "opened by" : "held by");
		fprintf(out->file, "%s, pid %u\n", vs_escape(comm, sizeof(comm), f->comm), f->pid);
	}
}

/* Worth knowing, and no reason to read a page. */
static void print_info(struct vs_out *out, const struct vs_finding *f)
{
	char vm[VS_LABEL_LEN];

	print_headline(out, f);
	print_label(out, "VM");
	fprintf(out->file, "%s; more: vfioscope explain %s\n",
		vs_vm_label(vm, sizeof(vm), f->vm, true), f->rule->name);
}

static void text_finding(struct vs_out *out, const struct vs_finding *f)
{
	if (f->severity == VS_INFO) {
		print_info(out, f);
		return;
	}
	print_headline(out, f);
	print_subject(out, f);
	print_actors(out, f);
	print_evidence(out, f);
	if (f->cause)
		print_labelled(out, "cause", f->cause);
	print_labelled(out, "harm", f->harm);
	print_labelled(out, "fix", f->rule->fix);
	print_label(out, "more");
	fprintf(out->file, "vfioscope explain %s\n\n", f->rule->name);
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
