/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Options: one table from which come parsing, help, the man page and the bash
 * completion. Which command has which option is said in commands.c.
 */
#ifndef VS_OPTIONS_H
#define VS_OPTIONS_H

#include "../core/filter.h"
#include "../core/plan/plan.h"
#include "../core/profile/budget.h"
#include "log.h"

/* What the user asked for. */
struct vs_options {
	bool help;
	bool version;
	bool json;
	bool raw_pointers;
	bool quiet;
	bool wait; /* for kvm and vfio to be loaded */
	bool dma; /* observe DMA calls */
	int verbose; /* 1: libbpf's warnings, 2: its debug messages too */
	enum vs_color color;
	enum vs_probe_policy probe;
	uint64_t duration_ns; /* 0: until stopped */
	uint64_t grace_ns;
	vs_site_set without; /* sites to pretend unavailable */
	uint32_t lacks; /* features to pretend unavailable, bit 1 << enum vs_feature */
	uint32_t buffer; /* size of the ring buffer in bytes; 0: as built */
	int fail_on; /* enum vs_severity; VS_ERROR + 1: never */
	struct vs_budgets budgets;
	unsigned long top; /* how many of the slowest attaches are listed */
	const char *timeline; /* the file to write, NULL: none */
	struct vs_filter filter;
	char device[VS_DEVNAME_LEN]; /* what filter.device points to */
	char **operands; /* what the command takes besides options */
	int operand_count;
	char **program; /* after "--", NULL if none */
};

/* In the order in which help and the man page list them. */
enum vs_option_id {
	VS_OPT_JSON,
	VS_OPT_PID,
	VS_OPT_VM,
	VS_OPT_DEVICE,
	VS_OPT_GROUP,
	VS_OPT_ALL,
	VS_OPT_DURATION,
	VS_OPT_DMA,
	VS_OPT_WAIT,
	VS_OPT_FAIL_ON,
	VS_OPT_GRACE,
	VS_OPT_BUDGET,
	VS_OPT_TOP,
	VS_OPT_TIMELINE,
	VS_OPT_PROBE,
	VS_OPT_WITHOUT,
	VS_OPT_BUFFER,
	VS_OPT_COLOR,
	VS_OPT_RAW_POINTERS,
	VS_OPT_QUIET,
	VS_OPT_VERBOSE,
	VS_OPT_HELP,
	VS_OPT_VERSION,
	VS_OPT_COUNT,
};

/* An option in a set of options. */
#define VS_OPT(id) (1ULL << VS_OPT_##id)

_Static_assert(VS_OPT_COUNT <= 64, "a set of options is 64 bits");

struct vs_option {
	const char *name; /* after "--" */
	char letter; /* after "-"; 0: none */
	const char *arg; /* what help calls its value; NULL: takes none */
	const char *help; /* one line, imperative */
	const char *expected; /* a good value; NULL: one of those that value() lists */
	const char *(*value)(size_t i); /* the good values, NULL after the last; NULL: many */
	const char *man; /* mdoc(7) */
	size_t flag; /* without set(): offset of the bool in struct vs_options */
	int (*set)(struct vs_options *o, const char *value); /* -EINVAL: no good value */
};

extern const struct vs_option vs_option_table[VS_OPT_COUNT];

/* Goes through the options of a set; i is an enum vs_option_id. */
#define VS_FOREACH_OPTION(i, set)                \
	for ((i) = 0; (i) < VS_OPT_COUNT; (i)++) \
		if ((set)&1ULL << (i))

/* All defaults. */
void vs_options_init(struct vs_options *o);

/* @value is NULL if the option takes none. Return: 0, or -EINVAL for a bad value. */
int vs_option_set(struct vs_options *o, enum vs_option_id id, const char *value);

#endif
