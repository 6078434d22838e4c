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
/* A look is done: holders are as they will ever be known. */
void m_busy_looked(struct vs_model *m, const struct ev_look_done *look);
/* When the first grace period ends, ns since boot; UINT64_MAX: none runs. */
uint64_t m_busy_due(const struct vs_model *m);
/* That first one is over. */
void m_busy_expire(struct vs_model *m, uint64_t ts);
/* Nothing more comes: all that is left is told. */
void m_busy_end(struct vs_model *m, uint64_t ts);
void m_busy_free(struct vs_model *m);

#endif
