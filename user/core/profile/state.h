/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of the profile: all that the attaches sink knows. */
#ifndef VS_PROFILE_STATE_H
#define VS_PROFILE_STATE_H

#include "../model/sink.h"
#include "live.h"
#include "pending.h"
#include "sum.h"
#include "threads.h"
#include "totals.h"
#include "waits.h"

#define P_SEC 1000000000ULL

struct p_state {
	struct vs_wrap wrap;
	struct p_threads *threads;
	struct p_pendings *pendings;
	struct p_lives lives;
	struct p_waits *waits;
	struct p_totals *totals;
	struct p_sum sum;
	char arch[sizeof(((struct ev_start *)0)->arch)];
	uint32_t ids; /* given so far */
	bool marked;
	uint64_t mark; /* of the last event, */
	uint64_t lost_ns; /* and when it was seen to change last */
	int error;
};

/* What goes wrong is remembered, and all else goes on. */
static inline void p_check(struct p_state *s, int err)
{
	if (err)
		s->error = err;
}

#endif
