/* SPDX-License-Identifier: GPL-2.0-only */
/* What the probes keep of phases and write no record of: calls under way, and sums. */
#ifndef VS_CAPTURE_PHASES_H
#define VS_CAPTURE_PHASES_H

#include "../core/source.h"
#include "attach.h"

/*
 * IN_CALL for each call that has taken a second by @now (ns since boot), or with @at_end for
 * every call. Return: 0, or the first error of @fn.
 */
int vs_phases_tell_calls(const struct vs_attached *at, uint64_t now, bool at_end, vs_record_fn fn,
			 void *ctx);

/* PHASE for what the DMA calls of each container and iommufd have come to. Likewise. */
int vs_phases_tell_sums(const struct vs_attached *at, uint64_t now, vs_record_fn fn, void *ctx);

#endif
