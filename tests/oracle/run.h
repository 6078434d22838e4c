/* SPDX-License-Identifier: GPL-2.0-only */
/* Running many sequences under one run of the tool, or several, and judging them. */
#ifndef ORACLE_RUN_H
#define ORACLE_RUN_H

#include "judge.h"
#include "log.h"

enum {
	BATCH = 500, /* sequences judged together: bounds memory */
	SITTINGS = 64, /* runs of the tool in a batch, at most */
};

/* One run of the tool, or as much of it as belongs to a batch. */
struct sitting {
	struct watch watch;
	size_t first_open, end_open, first_finding, end_finding; /* in the log */
};

struct rig {
	struct fleet fleet;
	struct log log;
	struct tool tool;
	struct judge judge;
	bool both; /* sequences by groups and by devices' own files */
	const char *command; /* the tool's */
	unsigned int starts; /* late: runs of the tool that are still to come */
	bool late; /* the tool comes and goes while sequences run */
	bool stall; /* it is stopped now and then */
	pid_t crew; /* process group of all lanes */
	bool frozen; /* the lanes are */
	uint64_t came_ns; /* when the tool was started last */
	uint64_t start_takes_ns; /* the time it took to be armed, then */
	uint64_t turn_ns, thaw_ns, stall_ns; /* when to act next */
	struct sitting sittings[SITTINGS];
	unsigned int sitting_count;
	bool hung; /* a worker did */
	uint64_t batch_ns; /* when the sequences that are being judged began */
	uint64_t run_ns, wait_ns, judge_ns; /* where the time went */
};

/**
 * rig_batch - perform up to BATCH sequences, wait for the tool, judge
 * @wrong: set to the number of disagreements of each sequence; may be NULL
 */
bool rig_batch(struct rig *rig, const struct seq *seqs, unsigned int count, unsigned int *wrong);

/* Something is wrong with a run as a whole. */
void rig_complain(struct rig *rig, const char *what);

/* watch.c: the tool while sequences run. */

/* Called again and again; false when @rig->late and there is nothing left to see. */
bool watch_step(struct rig *rig);
/* The sequences are over. */
void watch_end(struct rig *rig);
/* Stops the tool and looks at how it ended. */
void watch_stop_tool(struct rig *rig);

/*
 * mark.c: the tool speaks of calls in the order in which they were made. Once it
 * speaks of this one, it has spoken of all before.
 */

/* Returns when it was made; 0 if it could not be. */
uint64_t mark_leave(void);
bool mark_heard(const struct log *log, uint64_t since_ns);
/* Belongs to no sequence. */
bool mark_is(const struct said_finding *said);

/* shrink.c: the shortest sequence that still disagrees, left in @seq. */
bool shrink(struct rig *rig, struct seq *seq, unsigned int tries);

#endif
