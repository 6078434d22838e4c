/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of the model: devices that do not answer (rule device-dead). */
#ifndef VS_DEAD_H
#define VS_DEAD_H

#include "opens.h"

/* An open of the device, or its end, as @ev shows it. */
void m_dead_open(struct vs_model *m, struct m_open *o, const struct ev_hdr *h);

/* A reset that failed: is it because the device does not answer? Then that is told. */
bool m_dead_reset(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);

#endif
