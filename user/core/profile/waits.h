/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of the profile: who held a lock while somebody waited for it. A wait that ends
 * says who holds the lock from then on, so the waits for one lock tell of each other.
 */
#ifndef VS_PROFILE_WAITS_H
#define VS_PROFILE_WAITS_H

#include "attach.h"

struct p_waits;

struct p_waits *p_waits_new(void); /* NULL if there is no memory */
void p_waits_free(struct p_waits *w); /* NULL is fine */

/* A thread has been in a phase. */
void p_waits_ran(struct p_waits *w, const struct ev_phase *ev);

/**
 * p_waits_ended - a wait has ended
 * @out: of it all but the holders' VMs
 *
 * Return: 0 or -ENOMEM.
 */
int p_waits_ended(struct p_waits *w, const struct ev_lock_wait *ev, struct vs_lock_waited *out);

#endif
