/* SPDX-License-Identifier: GPL-2.0-only */
/* What comes in while sequences run: the module's log and the tool's output. */
#ifndef ORACLE_LOG_H
#define ORACLE_LOG_H

#include <sys/types.h>

#include "exec.h"
#include "history.h"

enum { LANES = 64 };

/* Which device belongs to which lane. */
struct fleet {
	unsigned int lanes;
	struct lane_devices devices[LANES];
};

struct seen_at {
	struct seen seen;
	int lane;
};

struct open_at {
	struct said_open said;
	int lane;
};

struct finding_at {
	struct said_finding said;
	int lane; /* -1: names neither device nor group of ours */
};

/* All of it since the last log_forget(). */
struct log {
	const struct fleet *fleet;
	struct seen_at *seen;
	struct open_at *opens;
	struct finding_at *findings;
	size_t seen_count, open_count, finding_count;
	uint64_t next_seq; /* of the module's records, if any was read */
	bool counted;
	uint64_t seen_lost, said_lost;
	uint64_t started_ns; /* of the tool's first object: just before it was armed */
	bool summary; /* the tool's last object */
	unsigned int malformed; /* lines of the tool */
	int module_fd;
};

/* Finds @lanes times SEQ_DEVICES devices, two strict and two silent ones each. */
bool fleet_find(struct fleet *fleet, unsigned int lanes);

/*
 * What the kernel has is asked, not its version: from 6.2 on a device that takes
 * a VM's pointer takes a reference, and there is a function for that.
 */
enum { DEVICES_BORROW, DEVICES_HOLD, DEVICES_UNKNOWN };
int fleet_vms(void);
/* Do all devices have files of their own? */
bool fleet_cdevs(const struct fleet *fleet);

bool log_open(struct log *log, const struct fleet *fleet);
void log_forget(struct log *log);
/* Takes what the module has. */
void log_module(struct log *log);
/* One line of the tool's. */
void log_line(struct log *log, const char *line);

/* tool.c: the tool's process. */
struct tool {
	pid_t pid; /* 0: none */
	int out, err;
	uint64_t armed_ns; /* when it was heard to be; 0: not yet */
	bool stalled;
	bool quiet; /* what it says to people is not shown */
	char *line; /* not complete yet */
	size_t length, size;
};

/* So many seconds for a start or an end, however busy the machine: then it hangs. */
enum { TOOL_SECONDS = 600 };

/* Starts a command line. */
bool tool_spawn(struct tool *tool, const char *command);
/* And waits until it is armed. */
bool tool_start(struct tool *tool, struct log *log, const char *command);
/* Takes what it has written so far; false when it has closed its output. */
bool tool_read(struct tool *tool, struct log *log, int timeout_ms);
/* SIGSTOP or SIGCONT. */
void tool_stall(struct tool *tool, bool stall);
/* SIGINT: it stops watching. */
void tool_interrupt(struct tool *tool);
/* The rest of its output, and its exit status; -1 if it was killed. */
int tool_wait(struct tool *tool, struct log *log);

#endif
