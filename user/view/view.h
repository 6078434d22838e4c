/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Outputs: the same facts for people or for programs. They decide nothing and
 * compute nothing; what they print is escaped.
 */
#ifndef VS_OUT_H
#define VS_OUT_H

#include <stdio.h>
#include "../core/plan/plan.h"
#include "../core/model/inventory.h"
#include "../core/filter.h"
#include "../core/rules/rules.h"
#include "../core/text/strbuf.h"
#include "jsonw.h"

/* What every output says first. */
struct vs_meta {
	const char *version;
	const char *command; /* "trace", "audit", "ps" */
	const char *release, *arch; /* of the observed host */
	uint64_t boottime_ns, realtime_ns; /* one moment on both clocks */
	const struct vs_plan *plan;
	char *const *program; /* ended by NULL; NULL: none */
	uint64_t grace_ns;
	bool events, opens; /* what is shown */
	bool moment; /* one look, no watching */
};

/* What every output says last. */
struct vs_summary {
	const struct vs_tally *tally;
	uint64_t lost_by_cause[VS_LOSS_COUNT];
	const char *loss_names[VS_LOSS_COUNT];
	uint64_t duration_ns;
};

struct vs_out_style {
	bool color;
	bool raw_pointers;
	bool quiet; /* text: findings and nothing else */
	bool narrowed; /* a filter is set: what is not shown may still exist */
};

struct vs_out;

/* Each may be called in any order between start and end; errors stay in the FILE. */
struct vs_out_ops {
	void (*start)(struct vs_out *out, const struct vs_meta *meta);
	void (*event)(struct vs_out *out, const union vs_event *ev, const struct vs_refs *refs);
	void (*opened)(struct vs_out *out, const struct vs_open *open);
	void (*finding)(struct vs_out *out, const struct vs_finding *finding);
	void (*closed)(struct vs_out *out, const struct vs_open *open);
	void (*inventory)(struct vs_out *out, const struct vs_inventory *inv);
	void (*end)(struct vs_out *out, const struct vs_summary *summary);
};

struct vs_out {
	const struct vs_out_ops *ops;
	FILE *file;
	struct vs_out_style style;
	struct vs_meta meta;
	/* Of the line before: many are of the same second. */
	int64_t second; /* wall-clock */
	char clock[12]; /* HH:MM:SS, "" at first */
	const char *harm_told[VS_RULE_COUNT]; /* of the rule's last finding, in text */
	/* Of events before, in JSON. */
	struct json_kept caller, vm;
};

extern const struct vs_out_ops vs_out_text;
extern const struct vs_out_ops vs_out_json;

/* Of the two outputs; in files of their own. */
void vs_text_inventory(struct vs_out *out, const struct vs_inventory *inv);
void vs_json_inventory(struct vs_out *out, const struct vs_inventory *inv);

/* The kernel addresses of an event, for --raw-pointers. 0: none of that kind. */
struct vs_pointers {
	uint64_t kvm, group, device;
};

void vs_pointers_of(const union vs_event *ev, struct vs_pointers *p);

/* Print @t, which is empty then. */
void vs_print_text(FILE *f, struct vs_text *t);

/* Print @text in lines of @width columns, all but the first indented. */
void vs_print_wrapped(FILE *f, int indent, int width, const char *text);

#endif
