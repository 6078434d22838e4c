/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of the model: groups and devices that somebody wanted while others held them. A
 * look follows each refusal and shows who does; a grace period, whether it was in vain.
 */
#ifndef VS_BUSY_H
#define VS_BUSY_H

#include "objects.h"

/* A call failed with EBUSY. 0 or -ENOMEM. */
int m_busy_begin(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);
/* The same call succeeded: it is told if it had failed before. */
void m_busy_over(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);

#endif
