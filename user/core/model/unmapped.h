/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of the model: devices whose container has no maps (rule no-dma-maps). Where a process
 * sets up an IOMMU again, its container may have lost them; a look after the grace period tells.
 */
#ifndef VS_UNMAPPED_H
#define VS_UNMAPPED_H

#include "objects.h"

/* It was opened at @ts, and its container may have lost its maps before. */
void m_unmapped_begin(struct vs_model *m, struct m_open *o, uint64_t ts);

#endif
