/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of the model: opens that a device's driver refused (rules open-refused, driver-refused). */
#ifndef VS_REFUSED_H
#define VS_REFUSED_H

#include "objects.h"

/* A DEV_OPEN that failed. */
int m_on_refused(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);

/* Was the failure of this call, around an open, dealt with as the driver's? */
bool m_told_as_refusal(struct vs_model *m, const struct ev_hdr *h);

#endif
