/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a thread is doing: the values of the map "doing", by thread id, which probes keep and
 * user space reads to tell of calls that do not return.
 */
#ifndef VS_DOING_H
#define VS_DOING_H

#include "event.h"
#include "phases.h"

/* device_open > driver_open > reset, and one to spare. */
#define VS_LEVELS 4

/* A call, or a part of the level before. */
struct vs_level {
	__u64 start; /* ns since boot */
	__u64 lock_ns; /* waited for locks, parts left out */
	__u32 phase; /* enum vs_phase */
	__u32 again; /* entered again inside of itself, and not left */
};

/* The lock that is waited for, and who held it when the wait began. */
struct vs_waiting {
	__u64 lock; /* its address */
	__u64 start; /* 0: nothing is waited for */
	__u32 lock_id; /* enum vs_lock */
	__u32 phase; /* of the holder */
	__u32 tid, pid; /* likewise; 0: not known */
	char comm[VS_COMM_LEN];
	char device[VS_DEVNAME_LEN];
};

struct vs_doing {
	__u32 pid; /* and what else was known of the thread at its first call */
	__u32 caller_flags; /* enum vs_flag */
	char comm[VS_COMM_LEN];
	__u32 depth; /* levels in use; 0: in no call */
	__u32 flags; /* enum vs_flag, of the call */
	__s32 iommu_group; /* -1: not known, or the group's */
	/* What the call is about, as far as it is known. */
	__u64 kvm, kvm_vfio, group, container, dev, iopt;
	__u64 file; /* that the call opens */
	__u64 bytes; /* that it maps */
	__u64 pin_start, pin_ns, pins, pages; /* of the phase that pins; start 0: not pinning */
	__u32 device_memory; /* of a DMA map */
	struct vs_level level[VS_LEVELS];
	struct vs_waiting wait;
	char name[VS_DEVNAME_LEN]; /* as asked for */
};

/* DMA calls of a container or iommufd, added up since the first. */
enum vs_dma_sum {
	VS_SUM_MAP, /* memory */
	VS_SUM_MAP_DEVICE, /* device memory */
	VS_SUM_UNMAP,
	VS_SUM_IOMMUFD_MAP,
	VS_SUM_COUNT,
};

struct vs_phase_sum {
	__u64 count, ns, max_ns, max_bytes, lock_ns, pin_ns, pins, pages, bytes, failed;
};

struct vs_dma_sums {
	__u64 since; /* ns since boot */
	struct vs_phase_sum sum[VS_SUM_COUNT];
	__u32 pid; /* who made the first call */
	__u32 flags; /* enum vs_flag */
	char comm[VS_COMM_LEN];
};

#endif
