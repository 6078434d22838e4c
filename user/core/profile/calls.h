/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of the profile: calls that have returned, until an attach is made of them. */
#ifndef VS_PROFILE_CALLS_H
#define VS_PROFILE_CALLS_H

#include "tree.h"

/* A wait for a lock, in a list. */
struct p_wait {
	struct vs_lock_waited pub;
	struct p_wait *prev, *next;
};

struct p_waits_kept {
	struct p_wait *list;
	size_t count; /* listed: the VS_ATTACH_WAITS longest ones */
	size_t all;
};

enum p_time {
	P_RAN, /* from begin to end */
	P_ADDED, /* calls that were added up: their time has no place */
	P_UNSEEN, /* its entry was missed: it took what its parts tell at least */
};

/* A call with its parts, or added-up calls. Immutable. */
struct p_call {
	struct p_call *prev, *next;
	enum p_time time;
	uint32_t tid;
	bool incomplete; /* the beginning of it or of a part was missed */
	uint64_t begin_ns, end_ns;
	size_t count, root; /* which node is the call itself */
	struct p_node node[];
};

/* Parts and what is made of pins and maps included; more parts are no more told apart. */
#define P_CALL_NODES 256
/* Calls that are kept as they were; more of them are added up. */
#define P_CALLS 256

/* Calls in the order in which they ended. All 0: none. */
struct p_calls {
	struct p_call *list;
	size_t count;
	struct p_tree *rest; /* further calls, or NULL */
	uint64_t rest_begin_ns;
	size_t rest_spans;
	bool incomplete;
	struct p_waits_kept waits;
};

/* Calls that the kernel adds up, unless they are slow, and such a sum. */
bool p_is_dma(unsigned int phase);
bool p_is_added_up(const struct ev_phase *ev);

/* Owns @w. */
void p_wait_keep(struct p_waits_kept *kept, struct p_wait *w);
void p_waits_move(struct p_waits_kept *to, struct p_waits_kept *from);
void p_waits_forget(struct p_waits_kept *kept);

/* Owns @call. Return: 0 or -ENOMEM; then the call is lost. */
int p_calls_add(struct p_calls *c, struct p_call *call);
int p_calls_move(struct p_calls *to, struct p_calls *from);
void p_calls_forget(struct p_calls *c);

static inline bool p_calls_any(const struct p_calls *c)
{
	return c->count || c->rest;
}

#endif
