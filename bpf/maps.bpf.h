/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Maps and globals that all probes share; maps.bpf.c defines them once. Those of calls in
 * flight are in calls.bpf.h, those of notifier kernels in noted.bpf.h.
 */
#ifndef VS_MAPS_BPF_H
#define VS_MAPS_BPF_H

#include "../vmlinux/base.h"
#include <bpf/bpf_helpers.h>
#include "counts.h"
#include "event.h"
#include "modules.h"

struct vs_events_map {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20); /* bytes; user space may set another size */
};

/* Processes that belong to the observed program. */
struct vs_tracked_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, __u32);
	__type(value, __u8);
};

/* DMA map and unmap per container: too frequent for a record each. */
struct vs_dma_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, struct vs_dma_count);
};

/* The same for calls on the address spaces of an iommufd. */
struct vs_ioas_counts_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, struct vs_ioas_count);
};

extern struct vs_events_map events SEC(".maps");
extern struct vs_tracked_map tracked SEC(".maps");
extern struct vs_dma_map dma SEC(".maps");
extern struct vs_ioas_counts_map ioas SEC(".maps");

/* Recording: user space sets this after all programs are attached. */
extern bool armed;
extern __u64 armed_ns; /* since when, ns since boot */
/*
 * Before that: keep calls in flight and what is noted on notifier kernels up to date.
 * Probes run as if armed, but emit_begin() gives them no record.
 */
extern bool noting;
extern __u64 losses[VS_LOSS_COUNT]; /* by cause */
extern __u64 lost_total;

/* User space has been woken and not yet consumed records; it clears this itself. */
extern bool woken;

/* Times a look at open files met something that changed meanwhile: look again. */
extern __u32 look_torn;

/* The mapped device file that a look has met last. */
extern __u64 mapped_file;

/* A group was in use when somebody wanted it. */
extern bool group_was_busy;
/* A DMA map of memory has failed. */
extern bool map_has_failed;

/* A reset of a device has failed. */
extern bool reset_failed;
/* An ATTACH_IOMMUFD_PT has failed. */
extern bool attach_has_failed;

/* Calls of the observed program on groups, cdevs and devices, recorded or not. */
extern __u64 program_calls;

/* The process in which user space runs the program whoami, as the probes see it. */
extern __u32 self_tgid;

/*
 * The program whoami has created task-local storage. On powerpc bpf_task_storage_get() may
 * fail to create it for any task (seen on 7.2), and every call would be a loss.
 */
extern bool storage_works;

/* Facts about this kernel, set before loading. Addresses: 0 is not known. */
extern const volatile __u64 addr_group_fops;
extern const volatile __u64 addr_container_fops;
extern const volatile __u64 addr_device_fops;
extern const volatile __u64 addr_iommufd_fops;
extern const volatile __u64 addr_kvm_device_fops;
extern const volatile __u64 addr_vm_fops;
extern const volatile __u64 addr_vm_list;
extern const volatile __u64 addr_pci_bus;
/* VFIO has no BTF, and the layout is the one that vmlinux/ has for that case. */
extern const volatile bool fixed_layout;
extern const volatile __u32 page_shift;
/* How many calls of a function may be in flight for a kretprobe (maxactive); 0: any number. */
extern const volatile __u32 kretprobe_room;
/* User space is woken when this many bytes of records wait. */
extern const volatile __u64 wake_bytes;
/*
 * Calls in flight are kept in task-local storage, not in a hash table. The kernel has the
 * helper; whether it works shows in storage_works.
 */
extern const volatile bool task_storage;

/* What is asked for, set before loading. */
/* DMA is observed; and it is counted, not only its failures recorded. */
extern const volatile bool observe_dma;
extern const volatile bool count_dma;
/* A record for each call, also where another record says all that a verdict needs. */
extern const volatile bool every_call;
/* Verdicts and findings are asked for; and phases. */
extern const volatile bool judging;
extern const volatile bool profiling;
/* Calls on a container are observed, and those on a group. */
extern const volatile bool container_calls_seen;
extern const volatile bool group_calls_seen;
/* iommufd's answer to the bind inside an open is observed. */
extern const volatile bool iommufd_binds_seen;
/* Modules whose loads and unloads are recorded: the words their names begin with. */
extern const volatile char module_families[VS_FAMILY_MAX][VS_FAMILY_LEN];
/* Forks are followed, and records of the observed program marked. */
extern const volatile bool track_tree;

static __always_inline void lose(enum vs_loss cause)
{
	__sync_fetch_and_add(&losses[cause], 1);
	__sync_fetch_and_add(&lost_total, 1);
}

#endif
