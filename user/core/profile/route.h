/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of the profile: which attach a call is a part of. */
#ifndef VS_PROFILE_ROUTE_H
#define VS_PROFILE_ROUTE_H

#include "state.h"
#include "where.h"

void p_on_phase(struct p_state *s, const struct ev_phase *ev, const struct vs_refs *refs);

/* A group's or a container's memory is being unpinned: closed devices of it wait for the end. */
void p_on_unpinning(struct p_state *s, const struct p_where *w);

/* The attach that a call is of; NULL: it is of none yet. */
struct p_live *p_live_of(const struct p_state *s, const struct p_where *w);
/* Otherwise: what it is pending on. NULL if there is no memory. */
struct p_pending *p_pending_for(struct p_state *s, const struct p_where *w,
				const struct vs_refs *refs);
/* Calls between a bind and an IOAS; any other shows that the device is in use. */
bool p_on_the_way(enum vs_phase phase);

#endif
