/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of the model: devices whose container has no maps (rule no-dma-maps). Where a process
 * sets up an IOMMU again, its container may have lost them; a look after the grace period tells.
 */
#ifndef VS_UNMAPPED_H
#define VS_UNMAPPED_H

#include "objects.h"

/* It was opened, and its container may have lost its maps before. */
void m_unmapped_begin(struct vs_model *m, struct m_open *o);
/* It ends, if it is one of these. */
void m_unmapped_over(struct vs_model *m, struct m_open *o);

/* The open files were looked at: containers that map nothing are known. */
void m_unmapped_looked(struct vs_model *m, uint64_t ts);

/* When the first of them has lasted for the grace period, or no look has come; UINT64_MAX: never. */
uint64_t m_unmapped_due(const struct vs_model *m);
void m_unmapped_expire(struct vs_model *m, uint64_t ts);

#endif
