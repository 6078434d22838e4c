/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Views: the same facts for people or for programs. They end a chain of sinks, decide
 * nothing and compute nothing; what they print is escaped. Errors stay in the FILE.
 */
#ifndef VS_VIEW_H
#define VS_VIEW_H

#include <stdio.h>
#include "../core/model/sink.h"
#include "../core/text/strbuf.h"

struct vs_view_config {
	FILE *file; /* not owned */
	const char *command; /* "trace", "audit", "ps" */
	uint64_t grace_ns;
	bool color;
	bool raw_pointers;
	bool quiet; /* text: findings and nothing else */
	bool events, opens; /* what is shown */
	bool moment; /* one look, no watching */
};

/* NULL if there is no memory. */
struct vs_sink *vs_view_text(const struct vs_view_config *config);
struct vs_sink *vs_view_json(const struct vs_view_config *config);

/* The kernel addresses of an event, for --raw-pointers. 0: none of that kind. */
struct vs_pointers {
	uint64_t kvm, group, device;
};

void vs_pointers_of(const union vs_event *ev, struct vs_pointers *p);

/* Print @t, which is empty then. */
void vs_print_text(FILE *f, struct vs_text *t);

/* Print @text in lines as wide as a terminal, all but the first indented. */
void vs_print_wrapped(FILE *f, int indent, const char *text);

struct vs_moment;
struct vs_report;
struct vs_rule;

/* A moment as a tree: under each VM what it has, then what no VM has. */
void vs_print_tree(FILE *f, const struct vs_moment *moment);
/* The same for programs: one object per VM, container, group and device. */
void vs_write_moment(FILE *f, const struct vs_moment *moment, bool raw_pointers);

/* doctor's report for people and for programs. */
void vs_print_report(FILE *f, const struct vs_report *report);
void vs_write_report(FILE *f, const struct vs_report *report);

/* A rule as explain prints it, and the list of all. */
void vs_print_rule(FILE *f, const struct vs_rule *rule);
void vs_print_rules(FILE *f);

#endif
