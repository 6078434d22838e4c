/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of the profile: what threads have done in calls that have not returned yet. */
#ifndef VS_PROFILE_THREADS_H
#define VS_PROFILE_THREADS_H

#include "calls.h"

/* A device that a thread has opened, in the call that it is in. */
struct p_opened {
	struct ev_dev ev;
	struct vs_vm vm; /* id 0: none */
};

/* A call as it returns. */
struct p_returned {
	struct p_call *call;
	struct p_waits_kept waits; /* in it */
	bool has_opened;
	struct p_opened opened;
};

struct p_threads;

struct p_threads *p_threads_new(void); /* NULL if there is no memory */
void p_threads_free(struct p_threads *ts); /* NULL is fine */

/* All return 0 or -ENOMEM. */
int p_threads_part(struct p_threads *ts, const struct ev_phase *ev);
int p_threads_wait(struct p_threads *ts, uint32_t tid, const struct vs_lock_waited *waited);
int p_threads_opened(struct p_threads *ts, const struct ev_dev *ev, const struct vs_vm *vm);

/* @r: filled in; its call and its waits are the caller's from now on. */
int p_threads_call(struct p_threads *ts, const struct ev_phase *ev, struct p_returned *r);

#endif
