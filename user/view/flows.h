/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arrows of a timeline, from what the holder of a lock did to who waited for it. Whichever
 * of the two is told of first is remembered until the other one is: the latest slices, and
 * the latest waits.
 */
#ifndef VS_FLOWS_H
#define VS_FLOWS_H

#include <stdbool.h>
#include <stdint.h>
#include "../core/event/phases.h"

/* A place in the file. */
struct vs_flow_place {
	uint32_t process, track;
};

/* What a thread did. */
struct vs_flow_slice {
	struct vs_flow_place place;
	uint32_t thread;
	enum vs_phase phase; /* VS_PHASE_NONE: an attach */
	uint64_t begin, end;
};

/* A wait, for one holder of the lock. */
struct vs_flow_wait {
	struct vs_flow_place place;
	uint32_t holder; /* thread */
	enum vs_phase phase; /* that the holder was in; VS_PHASE_NONE: not known */
	uint64_t begin, end;
	uint64_t looked; /* so many slices are not what it waits for; done: UINT64_MAX */
};

#define VS_FLOW_SLICES 4096
#define VS_FLOW_WAITS 256

struct vs_flows {
	struct vs_flow_slice slice[VS_FLOW_SLICES];
	struct vs_flow_wait wait[VS_FLOW_WAITS];
	uint64_t slices, waits; /* all there were: rings */
};

struct vs_flow_match {
	struct vs_flow_wait wait;
	struct vs_flow_slice slice; /* that the holder was in */
	uint64_t at; /* a time within the slice, and not after the wait */
};

void vs_flow_add_slice(struct vs_flows *f, const struct vs_flow_slice *slice);

void vs_flow_add_wait(struct vs_flows *f, const struct vs_flow_wait *wait);

/**
 * vs_flow_next - a wait whose holder has a slice by now
 * @last: it will not be told of any more; any slice of the holder at that time will do
 *
 * Return: false if there is none more.
 */
bool vs_flow_next(struct vs_flows *f, bool last, struct vs_flow_match *match);

#endif
