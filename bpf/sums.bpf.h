/* SPDX-License-Identifier: GPL-2.0-only */
/* Telling what the DMA calls of a container or iommufd have come to. */
#ifndef VS_SUMS_BPF_H
#define VS_SUMS_BPF_H

#include "doing.bpf.h"

/* What a container's calls of one kind have come to. */
static __always_inline void tell_sum(__u64 container, const struct vs_dma_sums *s, __u32 phase,
				     const struct vs_phase_sum *sum)
{
	struct vs_call c = { .start = s->since };
	struct ev_phase *e;

	if (!sum->count)
		return;
	e = emit_begin(ev_phase, VS_PHASE, &c, 0);
	if (!e)
		return;
	e->h.dur = sum->ns;
	e->container = container;
	e->since = s->since;
	e->phase = phase;
	e->iommu_group = -1;
	e->count = sum->count;
	e->max_ns = sum->max_ns;
	e->max_bytes = sum->max_bytes;
	e->lock_ns = sum->lock_ns;
	e->pin_ns = sum->pin_ns;
	e->pins = sum->pins;
	e->pages = sum->pages;
	e->bytes = sum->bytes;
	e->failed = sum->failed;
	emit_end(e);
}

__weak __noinline __u64 dma_tell(__u64 container)
{
	struct vs_dma_sums *s = bpf_map_lookup_elem(&dma_sums, &container);

	if (!s)
		return 0;
	tell_sum(container, s, VS_PHASE_DMA_MAP, &s->sum[VS_SUM_MAP]);
	tell_sum(container, s, VS_PHASE_DMA_MAP_DEVICE, &s->sum[VS_SUM_MAP_DEVICE]);
	tell_sum(container, s, VS_PHASE_DMA_UNMAP, &s->sum[VS_SUM_UNMAP]);
	tell_sum(container, s, VS_PHASE_IOMMUFD_MAP, &s->sum[VS_SUM_IOMMUFD_MAP]);
	return 1;
}

#endif
