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
	const char *command; /* "trace", "audit", "ps", "profile" */
	uint64_t grace_ns;
	bool color;
	bool raw_pointers;
	bool quiet; /* text: findings, of a profile also its table and who is stuck; no more */
	bool events, opens; /* what is shown */
	bool moment; /* one look, no watching */
	bool narrowed; /* a filter is set, or a program observed: more may have happened */
	bool profile; /* JSON: attaches and what they come to, in place of events and opens */
	int width; /* text: columns of the terminal; 0: not a terminal */
	bool utf8; /* text: bars may be of block characters; else they are ASCII */
};

/* NULL if there is no memory. */
struct vs_sink *vs_view_text(const struct vs_view_config *config);
/* Where attach time goes: attaches as they happen, and what all of them come to. */
struct vs_sink *vs_view_profile(const struct vs_view_config *config);
struct vs_sink *vs_view_json(const struct vs_view_config *config);
struct vs_sink *vs_view_timeline(FILE *f, struct vs_sink *next);

/* The kernel addresses of an event, for --raw-pointers. 0: none of that kind. */
struct vs_pointers {
	uint64_t kvm, group, device;
};

void vs_pointers_of(const union vs_event *ev, struct vs_pointers *p);

/* Print @t, which is empty then. */
void vs_print_text(FILE *f, struct vs_text *t);

/* Print @text in lines as wide as a terminal, all but the first indented. */
void vs_print_wrapped(FILE *f, int indent, const char *text);

/* The same after a title in a column of VS_TITLE bytes. */
void vs_print_titled(FILE *f, const char *title, const char *text);

/* A column of titles. */
#define VS_TITLE 14
/* Columns to fill if the output is no terminal. */
#define VS_WIDTH 98
/* A space in @text where the line is not broken: between a number and its unit. */
#define VS_NO_BREAK '\x1f'

/* Print @t as a line of its own, whatever its width; it is empty then. */
void vs_print_line(FILE *f, struct vs_text *t);

/**
 * vs_print_folded - @text in lines of at most @width columns
 * @indent: of all lines; all but the first are indented by @more
 * @width: 0: VS_WIDTH
 * @text: escaped; colors in it take no room. Words that are longer are cut in pieces.
 */
void vs_print_folded(FILE *f, int indent, int more, int width, const char *text);

struct vs_hostdev;
struct vs_blocker;
struct vs_hurdle;

/* What takes a device that keeps its group from being used from the host. */
void vs_blocker_fix(const struct vs_blocker *b, struct vs_hurdle *fix);

struct vs_moment;
struct vs_attach;
struct vs_profile;
struct vs_readiness;
struct vs_report;
struct vs_rule;

/* A moment as a tree: under each VM what it has, then what no VM has. */
void vs_print_tree(FILE *f, const struct vs_moment *moment);
/* The same for programs: one object per VM, container, group and device. */
void vs_write_moment(FILE *f, const struct vs_moment *moment, bool raw_pointers);

/* An attach, its call that does not return, its end, and what all come to, for programs. */
void vs_write_attach(FILE *f, const struct vs_attach *attach);
void vs_write_stuck(FILE *f, const struct vs_attach *attach);
void vs_write_detach(FILE *f, const struct vs_attach *attach);
void vs_write_profile(FILE *f, const struct vs_profile *profile);

/* doctor's report for people and for programs. */
void vs_print_report(FILE *f, const struct vs_report *report);
void vs_write_report(FILE *f, const struct vs_report *report);

/* The same of one device: what stands between it and a VM. */
void vs_print_readiness(FILE *f, const struct vs_hostdev *device, const struct vs_readiness *r);
void vs_write_readiness(FILE *f, const struct vs_hostdev *device, const struct vs_readiness *r);

/* A rule as explain prints it, and the list of all. */
void vs_print_rule(FILE *f, const struct vs_rule *rule);
void vs_print_rules(FILE *f);

#endif
