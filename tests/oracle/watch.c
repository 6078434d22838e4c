// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the tool goes through while sequences run: it is started in the middle,
 * stopped and started again, or held up until it loses records.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "run.h"

enum { MS = 1000000, EXIT_INCONCLUSIVE = 4 };

static uint64_t within_ms(unsigned int from, unsigned int to)
{
	return (from + random() % (to - from)) * (uint64_t)MS;
}

void watch_stop_tool(struct rig *rig)
{
	int status = tool_wait(&rig->tool, &rig->log);

	if (!rig->log.summary)
		rig_complain(rig, "the tool wrote no summary");
	if (status < 0 || (status > 1 && status != EXIT_INCONCLUSIVE)) {
		printf("** the tool's exit status is %d\n", status);
		rig->judge.disagreements++;
	}
	if (rig->log.said_lost && !rig->judge.lenient)
		rig_complain(rig, "the tool lost records");
}

/* Late */

/*
 * A start takes seconds on an emulated processor, which busy lanes would make
 * minutes of. So they are frozen in the middle of what they do, and thawed some
 * time before the tool is armed, or when it is.
 */
static void freeze(struct rig *rig, bool freeze)
{
	if (rig->crew && rig->frozen != freeze)
		kill(-rig->crew, freeze ? SIGSTOP : SIGCONT);
	rig->frozen = freeze;
}

/* When it was armed the last time, if it takes as long again: a little before that. */
static uint64_t time_to_thaw(const struct rig *rig)
{
	if (!rig->start_takes_ns)
		return UINT64_MAX;
	return now_ns() + rig->start_takes_ns * (80 + random() % 50) / 100;
}

static void come(struct rig *rig)
{
	struct sitting *s = &rig->sittings[rig->sitting_count++];

	*s = (struct sitting){ .first_open = rig->log.open_count,
			       .first_finding = rig->log.finding_count };
	rig->starts--;
	rig->turn_ns = 0;
	rig->log.summary = false;
	rig->log.started_ns = 0;
	if (!tool_spawn(&rig->tool, rig->command))
		abort();
	rig->tool.quiet = true;
	/* It has to keep pace with all the lanes. */
	setpriority(PRIO_PROCESS, rig->tool.pid, -10);
	rig->thaw_ns = time_to_thaw(rig);
	freeze(rig, true);
	rig->came_ns = now_ns();
}

/* Whatever it speaks of, it was armed by then. */
static void narrow(struct sitting *s, const struct log *log)
{
	int64_t first = s->watch.armed_by;
	const struct said_open *o;
	size_t i;

	for (i = s->first_open; i < s->end_open; i++) {
		o = &log->opens[i].said;
		if (o->opened_ns >= 0 && o->opened_ns < first)
			first = o->opened_ns;
		if (o->closed_ns >= 0 && o->closed_ns < first)
			first = o->closed_ns;
	}
	for (i = s->first_finding; i < s->end_finding; i++)
		if (log->findings[i].said.ts_ns < first)
			first = log->findings[i].said.ts_ns;
	s->watch.armed_by = first;
}

static void go(struct rig *rig)
{
	struct sitting *s = &rig->sittings[rig->sitting_count - 1];
	struct log *log = &rig->log;

	s->watch.looked_by = s->watch.armed_by = rig->tool.armed_ns;
	s->watch.stop_from = now_ns();
	tool_interrupt(&rig->tool);
	usleep(random() % 100000);
	freeze(rig, true);
	while (tool_read(&rig->tool, log, 100) && !log->summary &&
	       now_ns() - s->watch.stop_from < TOOL_SECONDS * 1000000000ull)
		log_module(log);
	/* It is disarmed before its last object; the rest is taking leave. */
	s->watch.stop_by = now_ns();
	watch_stop_tool(rig);
	freeze(rig, false);
	s->watch.armed_from = log->started_ns;
	s->end_open = log->open_count;
	s->end_finding = log->finding_count;
	narrow(s, log);
	rig->turn_ns = 0;
	fprintf(stderr, "watched: %.1f s to arm, %.2f s to look, %.1f s there, %.2f s to stop\n",
		(s->watch.armed_from - rig->came_ns) / 1e9,
		(s->watch.looked_by - s->watch.armed_from) / 1e9,
		(s->watch.stop_from - s->watch.looked_by) / 1e9,
		(s->watch.stop_by - s->watch.stop_from) / 1e9);
}

/* Between its start and the moment it is armed. */
static void await(struct rig *rig)
{
	if (rig->tool.armed_ns && rig->frozen)
		rig->start_takes_ns = rig->tool.armed_ns - rig->came_ns;
	if (rig->tool.armed_ns || now_ns() >= rig->thaw_ns)
		freeze(rig, false);
}

static bool late_step(struct rig *rig)
{
	bool idle = !rig->tool.pid;

	if (idle && (!rig->starts || rig->sitting_count == SITTINGS))
		return false;
	if (!idle && !rig->turn_ns)
		await(rig);
	if (!idle && !rig->tool.armed_ns)
		return true;
	if (!rig->turn_ns)
		rig->turn_ns = now_ns() + (idle ? within_ms(0, 1000) : within_ms(100, 4000));
	else if (now_ns() >= rig->turn_ns)
		(idle ? come : go)(rig);
	return true;
}

/* Held up: short as a breath or long enough to fill any buffer. */
static void stall_step(struct rig *rig)
{
	bool stalled = rig->tool.stalled;

	if (!rig->stall || !rig->tool.armed_ns || now_ns() < rig->stall_ns)
		return;
	tool_stall(&rig->tool, !stalled);
	rig->stall_ns = now_ns() + (stalled ? within_ms(100, 1500) : within_ms(20, 600));
}

bool watch_step(struct rig *rig)
{
	stall_step(rig);
	return !rig->late || late_step(rig);
}

void watch_end(struct rig *rig)
{
	tool_stall(&rig->tool, false);
	if (!rig->late || !rig->tool.pid)
		return;
	freeze(rig, false);
	while (!rig->tool.armed_ns)
		if (!tool_read(&rig->tool, &rig->log, 1000) ||
		    now_ns() - rig->came_ns > TOOL_SECONDS * 1000000000ull) {
			rig_complain(rig, "the tool does not start");
			break;
		}
	go(rig);
}
