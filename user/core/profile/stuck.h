/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of the profile: threads that wait, and calls that do not return. */
#ifndef VS_PROFILE_STUCK_H
#define VS_PROFILE_STUCK_H

#include "state.h"

void p_on_lock_wait(struct p_state *s, const struct ev_lock_wait *ev);
void p_on_in_call(struct p_state *s, const struct ev_in_call *ev, const struct vs_refs *refs);

#endif
