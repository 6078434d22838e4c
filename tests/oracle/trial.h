/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the rooms of the judge: judge.c, answers.c, opens.c, causes.c, words.c. */
#ifndef ORACLE_TRIAL_H
#define ORACLE_TRIAL_H

#include "judge.h"
#include "sim.h"

enum { TRUTHS = SIM_OPENS };

/* The two read the clock at different moments of a call, not in a fixed order. */
enum { SLACK_NS = 200000 };

/* An open by the module's log. */
struct truth {
	uint64_t opened_ns, closed_ns; /* closed_ns 0: not closed */
	uint64_t kvm;
	uint32_t tgid;
	uint8_t dev;
	/* The calls of its first open and its last close: began, ended; at the outside */
	uint64_t open_from, open_by, close_from, close_by;
	unsigned int answers; /* bit set of enum answer, for who saw it begin */
	unsigned int before; /* the same for who came later */
	unsigned int opens_min, opens_max;
	uint32_t owner; /* of its VM */
	bool iommufd; /* has the device */
	unsigned int paths, backends; /* bit sets: by some order of the calls */
	uint64_t closed_kvm; /* the pointer at the last close */
	/* The calls that took the pointer away; that ended the VM; at the outside */
	uint64_t lost_from, lost_by, gone_from, gone_by;
};

struct merged {
	struct duty duty;
	unsigned int hits; /* variants that have it */
	unsigned int variant; /* the last that had it */
	bool met;
};

struct trial {
	struct judge *j;
	struct matter *m;
	struct truth truths[TRUTHS];
	struct merged duties[SIM_DUTIES];
	bool shared[SEQ_DEVICES]; /* by some variant: two VMs had the group during the look */
	bool moved; /* descriptors went about during the look, which can miss them then */
	unsigned int truth_count, duty_count;
	unsigned int variants; /* that explain the log */
	unsigned int disagreements;
};

__attribute__((format(printf, 2, 3))) void disagree(struct trial *t, const char *format, ...);
/* Times to read: microseconds since the sequence began. */
int64_t us(const struct matter *m, uint64_t ns);
bool within(const struct call *call, uint64_t ns);

/* answers.c: what is right for an open, in one order of the calls. */

/* Sets of enum answer: for who saw it begin, and for who came when it was open already. */
unsigned int answers_of(const struct trial *t, const struct sim_open *o, const struct truth *truth);
unsigned int answers_before(const struct trial *t, const struct sim_open *o);
/* The rules that are broken by an answer, as a bit set of enum rule. */
unsigned int answer_rules(enum answer answer);
/* The call began and had its effect while the tool watched. */
bool watched(const struct trial *t, uint8_t op);

/* opens.c: what was said of opens. */
void compare_opens(struct trial *t);
/* By the module's log, as the tool's clock may have it. */
bool open_at(const struct truth *truth, int64_t ns);

/* causes.c: what was said of calls. */
void compare_findings(struct trial *t);

/* words.c */
const char *answer_name(enum answer answer);
void answers_text(char *buf, size_t size, unsigned int answers);

#endif
