/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tool should have said about a sequence, against what it said. Pure. */
#ifndef ORACLE_JUDGE_H
#define ORACLE_JUDGE_H

#include <stdio.h>

#include "history.h"

/* How one open may be answered. */
enum answer {
	ANSWER_ORDERED,
	ANSWER_NO_VM,
	ANSWER_BEFORE_ADD,
	ANSWER_WITHOUT_ADD,
	ANSWER_BOTH, /* reported as pending, then registered after all */
	ANSWER_MISMATCH,
	ANSWER_LOST,
	ANSWER_GONE,
	/* One after the other, and for each its finding. */
	ANSWER_MISMATCH_LOST,
	ANSWER_MISMATCH_GONE,
	ANSWER_LOST_GONE,
	ANSWER_ALL,
	ANSWER_COUNT,
	ANSWER_UNKNOWN = ANSWER_COUNT,
	ANSWER_ODD, /* a verdict and findings that do not fit each other */
};

struct judge {
	bool lenient; /* it lost something: may be silent or unknown, but never wrong */
	bool rules[RULE_COUNT]; /* those the tool is held to */
	bool show; /* explain where all agree, too */
	FILE *report; /* disagreements are explained here; may be NULL */
	/* This kernel: */
	bool uncounted; /* devices hold no reference on their VM */
	bool cdevs; /* they have files of their own beside their groups */
	bool bind_loses; /* a second one's BIND takes the pointer of the first */

	/* counted */
	uint64_t sequences, operations, opens, refused, disagreements, unknown;
	uint64_t ambiguous; /* opens with more than one right answer */
	uint64_t before; /* opens from before the tool, that it spoke of */
	uint64_t before_proven; /* of these: not unknown */
	uint64_t answers[ANSWER_COUNT]; /* that are right */
	uint64_t ways[BACKENDS]; /* opens, by who does their DMA */
	uint64_t duties[RULE_COUNT];
	uint64_t done[OP_COUNT], failed[OP_COUNT], took_ns[OP_COUNT], together;
};

/* One sequence and all that belongs to it; the lists are sorted by time. */
struct matter {
	const struct seq *seq;
	const struct history *history;
	const struct seen *seen;
	struct said_open *opens;
	struct said_finding *findings;
	unsigned int seen_count, open_count, finding_count;
	struct watch watch;
};

/* The rules to compare: names, separated by commas, or "all"; false if one is unknown. */
bool judge_set_rules(struct judge *j, const char *names);
/* Returns how many disagreements there are. */
unsigned int judge_matter(struct judge *j, struct matter *m);
void judge_summary(const struct judge *j, FILE *to);
void matter_print(const struct matter *m, FILE *to);

#endif
