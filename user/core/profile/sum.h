/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of the profile: what calls come to. */
#ifndef VS_PROFILE_SUM_H
#define VS_PROFILE_SUM_H

#include "busy.h"
#include "calls.h"

struct p_ordered {
	const struct p_call *call;
};

/* Memory to add in, used again and again. All 0 at first. */
struct p_sum {
	struct p_tree tree, added;
	struct p_node copy[P_CALL_NODES];
	struct p_busy busy;
	struct p_ordered *order; /* by end */
	size_t count, room;
};

/**
 * p_sum_up - fill in times, phases, spans and waits of an attach
 * @calls: @count of them, NULL for none; not changed
 * @under_way_ns: since when a thread has been in a call that goes on, 0: none is
 * @end_ns: up to when
 *
 * An attach begins with its first call. Calls that go on are unaccounted.
 *
 * Return: 0 or -ENOMEM.
 */
int p_sum_up(struct p_sum *s, const struct p_calls *const *calls, size_t count,
	     uint64_t under_way_ns, uint64_t end_ns, struct vs_attach *a);

/* What comes after an attach: no time is shared with anything. */
void p_sum_later(struct p_tree *later, const struct p_call *call, struct vs_attach *a);

void p_sum_wait(struct vs_attach *a, const struct vs_lock_waited *w);
void p_sum_waits(struct vs_attach *a, const struct p_waits_kept *kept);

void p_sum_free(struct p_sum *s);

#endif
