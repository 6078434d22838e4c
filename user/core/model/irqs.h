/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of the model: interrupts that a device did not get (rule irq-short). */
#ifndef VS_IRQS_H
#define VS_IRQS_H

#include "objects.h"

/* A SET_IRQS that failed, or gave fewer than it was asked for. */
int m_on_set_irqs(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);

#endif
