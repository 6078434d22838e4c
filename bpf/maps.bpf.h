/* SPDX-License-Identifier: GPL-2.0-only */
/* Maps and globals of the probes; maps.bpf.c defines them once. */
#ifndef VS_MAPS_BPF_H
#define VS_MAPS_BPF_H

#include "../vmlinux/base.h"
#include <bpf/bpf_helpers.h>
#include "event.h"
#include "modules.h"

/* No call started one nanosecond after boot. */
#define VS_LATE 1

/* A call in progress: what its exit cannot see any more; see calls.bpf.h. */
struct vs_call {
	__u64 start; /* ns since boot; VS_LATE: not known; 0: no call */
	__u64 a[3]; /* arguments */
	__u64 x[4]; /* read at entry by the site's own rule */
};

struct vs_events_map {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20); /* bytes; user space may set another size */
};

struct vs_thread {
	struct vs_call call[VS_CALL_COUNT]; /* by kind */
};

struct vs_threads_map {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct vs_thread);
};

/* Key: thread id and kind. Where tasks have no storage. */
struct vs_calls_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, struct vs_call);
};

/* Processes that belong to the observed program. */
struct vs_tracked_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, __u32);
	__type(value, __u8);
};

/* DMA map and unmap per container: too frequent to stream one by one. */
struct vs_dma_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, struct vs_dma_count);
};

extern struct vs_events_map events SEC(".maps");
extern struct vs_threads_map threads SEC(".maps");
extern struct vs_calls_map calls SEC(".maps");
extern struct vs_tracked_map tracked SEC(".maps");
extern struct vs_dma_map dma SEC(".maps");

/*
 * What the kernel itself does not keep, or not where it can be read without
 * BTF (see shape_notifier()): which VM a group belongs to, which device a file
 * is of, and how many files a device has.
 */
struct vs_group_kvm_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64); /* struct vfio_group */
	__type(value, __u64); /* struct kvm, or 0 */
};

struct vs_device_files_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64); /* struct file */
	__type(value, __u64); /* struct vfio_device */
};

struct vs_file_counts_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64); /* struct vfio_device */
	__type(value, __u64);
};

extern struct vs_group_kvm_map group_kvm SEC(".maps");
extern struct vs_device_files_map device_files SEC(".maps");
extern struct vs_file_counts_map file_counts SEC(".maps");

/* Nothing is recorded before user space sets this, after all is attached. */
extern bool armed;
extern __u64 armed_ns; /* since when, ns since boot */
/*
 * Before that, already: keep the maps above right, and know of the calls that will
 * be under way. Probes run then as if they were armed, and emit_begin() gives them
 * no record.
 */
extern bool noting;
extern __u64 losses[VS_LOSS_COUNT][VS_CALL_COUNT];
extern __u32 lost_total;

/* User space has been woken and has not come yet; it says so itself. */
extern bool woken;

/* Calls by kretprobe that have been entered and not left, by kind. */
extern __u32 inflight[VS_CALL_COUNT];

/* A look at open files met something while it changed: look again. */
extern __u32 look_torn;

/* The process user space runs the whoami program in, as the probes see it. */
extern __u32 self_tgid;

/* Facts about this kernel, filled in before loading; 0: not known. */
extern const volatile __u64 addr_group_fops;
extern const volatile __u64 addr_container_fops;
extern const volatile __u64 addr_device_fops;
extern const volatile __u64 addr_kvm_device_fops;
extern const volatile __u64 addr_vm_fops;
extern const volatile __u64 addr_vm_list;
/* VFIO has no BTF, and is as vmlinux/ has it for that case. */
extern const volatile bool fixed_layout;
/* Returns of a function the kernel can see at a time; 0: more than matters. */
extern const volatile __u32 kretprobe_room;
/* User space is woken when so many bytes of records are waiting. */
extern const volatile __u64 wake_bytes;
/* Calls in progress are kept with the task, not in a hash table. */
extern const volatile bool task_storage;
/* DMA is wanted counted, not only its failures. */
extern const volatile bool count_dma;
/* Wanted, too: calls that add nothing to a verdict, as another one speaks for them. */
extern const volatile bool every_call;
/* Calls on a container are seen, and those on a group. */
extern const volatile bool container_calls_seen;
extern const volatile bool group_calls_seen;
/* Modules whose loads and unloads are recorded: the words their names begin with. */
extern const volatile char module_families[VS_FAMILY_MAX][VS_FAMILY_LEN];
/* Follow forks and mark records of the observed program. */
extern const volatile bool track_tree;

static __always_inline void lose(enum vs_loss why, enum vs_kind kind)
{
	__sync_fetch_and_add(&losses[why][kind], 1);
	__sync_fetch_and_add(&lost_total, 1);
}

#endif
