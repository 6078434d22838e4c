/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sites: what is observed, and by which kernel functions it can be. Data
 * only; facts about this machine come from user/capture, the choice is made
 * in plan.c.
 */
#ifndef VS_SITES_H
#define VS_SITES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "../../../bpf/event.h"

#define VS_WAY_MAX 3
#define VS_PART_MAX 4

/* Which commands make use of a site: bits of vs_site.views and .required. */
enum vs_view {
	VS_VIEW_TRACE = 1 << 0,
	VS_VIEW_AUDIT = 1 << 1,
	VS_VIEW_PS = 1 << 2,
	VS_VIEW_DMA = 1 << 3, /* beside another */
};

enum vs_how {
	VS_HOW_CALL, /* entry and return of a function */
	VS_HOW_POINT, /* its entry only */
	VS_HOW_RAW_TP, /* a raw tracepoint */
	VS_HOW_ITER, /* an iterator over kernel objects, run on demand */
	VS_HOW_MARK, /* only has to exist: it tells how the kernel does things */
};

/* A kernel function (tracepoint, iterator), and what is attached to it. */
struct vs_part {
	const char *func;
	enum vs_how how;
	unsigned int nargs; /* as the programs expect; another prototype is not used */
	const char *prog; /* programs are named after it: PROG_fentry, …; NULL: after func */
};

/* One way to see a site: all of its parts, or it can not be used. */
struct vs_way {
	struct vs_part part[VS_PART_MAX];
	bool in_kernel; /* its functions are in no module that fentry would hold */
	const char *needs[2]; /* sites earlier in the table that it builds upon, or NULL */
	const char *limits; /* what kernels that take this way do not show; NULL: nothing */
	uint32_t silent; /* rules that have nothing to go by there: bits 1 << enum vs_rule_id */
};

struct vs_site {
	const char *name; /* stable, for --json and messages */
	const char *what; /* what is recorded, for people */
	const char *without; /* what is not known when it is missing */
	const char *module; /* where the functions live; may be built in; NULL: the kernel */
	unsigned int views;
	unsigned int required; /* views that can not do their work without it */
	unsigned int blinds; /* what the model can not know without it: enum vs_blind */
	uint32_t rules; /* that may stay silent without it: bits 1 << enum vs_rule_id */
	struct vs_way way[VS_WAY_MAX]; /* in order of preference */
};

/* Goes through the parts of a way. */
#define VS_FOREACH_PART(p, w) \
	for ((p) = (w)->part; (p) < (w)->part + VS_PART_MAX && (p)->func; (p)++)

extern const struct vs_site vs_sites[];
extern const size_t vs_site_count;

#define VS_SITE_MAX 32

#endif
