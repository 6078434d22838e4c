/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of the model: attaches to an address space that failed, where the VMM may go on to
 * try another one. QEMU tries those that it has, and makes one if none fits.
 */
#ifndef VS_TRIED_H
#define VS_TRIED_H

#include "objects.h"

/* An attach of a bound device failed with EINVAL. 0 or -ENOMEM. */
int m_tried_begin(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);
/* An attach of the device succeeded: its earlier failures become info. */
void m_tried_over(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);
/* The device @dev is closed: it was in vain. @ts: ns since boot */
void m_tried_in_vain(struct vs_model *m, uint64_t dev, uint64_t ts);

#endif
