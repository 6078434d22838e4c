/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of the profile: when attaches are told, and as what. */
#ifndef VS_PROFILE_TELL_H
#define VS_PROFILE_TELL_H

#include "state.h"

/* The call at @end_ns has made the device usable, or (@error) failed to. */
void p_settle_live(struct p_state *s, struct p_live *l, int error, uint64_t end_ns);
/* The device of one that goes on is used, or was. */
void p_settle_bound(struct p_state *s, struct p_live *l);
/* It is not usable, and a thread is in a call. */
void p_describe_bound(struct p_state *s, struct p_live *l);
/* All is known: it is told, and forgotten. */
void p_tell_over(struct p_state *s, struct p_live *l);

/* Attaches that are not, or not yet: what is pending, looked at as one. */
struct p_together {
	struct p_pending *p[P_TOGETHER];
	const struct p_calls *calls[P_TOGETHER];
	size_t count;
	uint32_t id; /* that was told already */
	struct p_failure failure; /* the last one */
	const struct p_under_way *under_way; /* the one that has taken longest, or NULL */
};

void p_look_at(struct p_state *s, struct p_pending *p, struct p_together *t);
struct p_about p_about_of(const struct p_together *t);
uint32_t p_id_of(struct p_state *s, uint32_t told); /* a new one if @told is 0 */
/* To be told with this, and then forgotten. NULL if there is no memory. */
struct p_live *p_picture(struct p_state *s, struct p_together *t);
void p_describe_going_on(struct p_state *s, struct p_live *l, const struct p_calls *const *calls,
			 size_t count, const struct p_under_way *call, uint64_t ts);

/*
 * Nothing will come of it. Who tried to open a device in vain, and what was told to be stuck,
 * is told; a process that did no more than open a group is no attach.
 */
void p_give_up(struct p_state *s, struct p_pending *p);

#endif
