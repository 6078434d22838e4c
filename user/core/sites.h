/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sites: what is observed, and by which kernel functions it can be. Data
 * only; facts about this machine come from user/capture, the choice is made
 * in plan.c.
 */
#ifndef VS_SITES_H
#define VS_SITES_H

#include <stddef.h>
#include "../../bpf/event.h"

#define VS_CAND_MAX 3

/* Which commands make use of a site: bits of vs_site.views and .required. */
enum vs_view {
	VS_VIEW_TRACE = 1 << 0,
	VS_VIEW_AUDIT = 1 << 1,
	VS_VIEW_PS = 1 << 2,
};

enum vs_how {
	VS_HOW_CALL, /* entry and return of a function */
	VS_HOW_POINT, /* its entry only */
	VS_HOW_RAW_TP, /* a raw tracepoint */
	VS_HOW_ITER, /* an iterator over kernel objects, run on demand */
};

/* A kernel function (tracepoint, iterator) that shows the site. */
struct vs_candidate {
	const char *func;
	/* Programs are named after it: PROG_fentry, PROG_kprobe, … */
	const char *prog;
	unsigned int nargs; /* as the programs expect; another prototype is not used */
};

struct vs_site {
	const char *name; /* stable, for --json and messages */
	const char *what; /* what is recorded, for people */
	const char *without; /* what is not known when it is missing */
	const char *module; /* where the functions live; may be built in */
	enum vs_how how;
	unsigned int views;
	unsigned int required; /* views that can not do their work without it */
	unsigned int blinds; /* what the model can not know without it: enum vs_blind */
	struct vs_candidate cand[VS_CAND_MAX]; /* in order of preference */
};

extern const struct vs_site vs_sites[];
extern const size_t vs_site_count;

#define VS_SITE_MAX 32

#endif
