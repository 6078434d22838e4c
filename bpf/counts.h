/* SPDX-License-Identifier: GPL-2.0-only */
/* What the probes count instead of recording it: the value of the map "dma". */
#ifndef VS_COUNTS_H
#define VS_COUNTS_H

#include "event.h"

/* The counters of a container, as EV_DMA_TOTALS_FIELDS has them: C(arg, counter) for each. */
#define VS_DMA_COUNTERS(C, arg) \
	C(arg, maps)            \
	C(arg, map_bytes)       \
	C(arg, map_ns)          \
	C(arg, map_failed)      \
	C(arg, unmaps)          \
	C(arg, unmap_bytes)     \
	C(arg, unmap_ns)        \
	C(arg, unmap_failed)

#define VS_DMA_MEMBER(arg, counter) __u64 counter;

/* DMA map and unmap calls of one container. */
struct vs_dma_stats {
	VS_DMA_COUNTERS(VS_DMA_MEMBER, -)
};

/* The same, and the process that mapped first. */
struct vs_dma_count {
	struct vs_dma_stats s;
	__u32 pid;
	__u32 flags; /* enum vs_flag */
	char comm[VS_COMM_LEN];
};

#endif
