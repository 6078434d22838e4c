/* SPDX-License-Identifier: GPL-2.0-only */
/* What the probes have counted of maps, and write no record of. */
#ifndef VS_CAPTURE_TOTALS_H
#define VS_CAPTURE_TOTALS_H

#include "../core/source.h"
#include "attach.h"

/* DMA_TOTALS for each container, IOAS_TOTALS for each iommufd. Return: 0, or what @fn returned. */
int vs_totals_tell(const struct vs_attached *at, vs_record_fn fn, void *ctx);

#endif
