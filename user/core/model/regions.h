/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of the model: BARs that cannot be used (rule bar-busy). */
#ifndef VS_REGIONS_H
#define VS_REGIONS_H

#include "objects.h"

/* An mmap() of a region that failed. */
int m_on_region_map(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);

#endif
