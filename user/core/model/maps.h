/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of the model: DMA maps that failed, and devices that were opened without any. */
#ifndef VS_MODEL_MAPS_H
#define VS_MODEL_MAPS_H

#include "objects.h"

int m_on_dma_map(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);
int m_on_ioas_map(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);
/* A device was opened. */
void m_maps_at_open(struct vs_model *m, struct m_open *o, const union vs_event *ev,
		    const struct vs_refs *refs);
void m_maps_forget(struct vs_model *m);

#endif
