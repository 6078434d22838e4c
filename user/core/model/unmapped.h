/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of the model: devices in a container that had no maps at their open (rule
 * no-dma-maps). VMMs may map later: a look after the grace period tells.
 */
#ifndef VS_UNMAPPED_H
#define VS_UNMAPPED_H

#include "objects.h"

/* DEV_OPEN with VS_F_NO_MAPS. */
int m_unmapped_begin(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);
/* The last close of a device. */
void m_unmapped_over(struct vs_model *m, uint64_t dev);

/* The open files were looked at: containers that map nothing are known. */
void m_unmapped_looked(struct vs_model *m, uint64_t ts);

/* When the first of them has lasted for the grace period, or no look has come; UINT64_MAX: never. */
uint64_t m_unmapped_due(const struct vs_model *m);
void m_unmapped_expire(struct vs_model *m, uint64_t ts);
void m_unmapped_free(struct vs_model *m);

#endif
