/* SPDX-License-Identifier: GPL-2.0-only */
/* What the probes count instead of recording it: the values of the maps "dma" and "ioas". */
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

/* Whose count it is: the process that made the first call. */
struct vs_counted {
	__u32 pid;
	__u32 flags; /* enum vs_flag */
	char comm[VS_COMM_LEN];
};

struct vs_dma_count {
	struct vs_dma_stats s;
	struct vs_counted by;
};

/* The calls that are counted on an iommufd. */
enum vs_ioas_call {
	VS_IOAS_MAPS,
	VS_IOAS_FILE_MAPS,
	VS_IOAS_UNMAPS,
	VS_IOAS_COPIES,
	VS_IOAS_CALL_COUNT
};

struct vs_call_count {
	__u64 calls, bytes, ns, failed;
};

/* In the order of EV_IOAS_TOTALS_FIELDS. */
struct vs_ioas_count {
	struct vs_call_count call[VS_IOAS_CALL_COUNT];
	struct vs_counted by;
};

#endif
