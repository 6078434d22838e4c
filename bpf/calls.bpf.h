/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls in flight: what the entry of a call leaves for its return, and for calls
 * inside it. Each call that is followed has a slot of its own: a thread is never
 * in two calls of one slot at a time, but it is in several slots (GROUP_ADD calls
 * set_kvm).
 *
 * Slots are kept in task-local storage, which costs a fifth of creating and deleting
 * an entry in a hash table; kernels before 5.11 have hash tables only.
 */
#ifndef VS_CALLS_BPF_H
#define VS_CALLS_BPF_H

#include "maps.bpf.h"

enum vs_slot {
	SLOT_VM_CREATE,
	SLOT_KVM_VFIO_CREATE,
	SLOT_KVM_VFIO_RELEASE,
	SLOT_ATTR,
	SLOT_SET_KVM,
	SLOT_GROUP_OPEN,
	SLOT_GROUP_RELEASE,
	SLOT_GROUP_IOCTL,
	SLOT_CONTAINER_IOCTL,
	SLOT_SET_IOMMU, /* as the IOMMU driver sees it */
	SLOT_IOMMU_ATTACH,
	SLOT_DEV_OPEN,
	SLOT_DEV_CLOSE,
	SLOT_DRIVER_OPEN,
	SLOT_KVM_TAKEN,
	SLOT_DEV_IOCTL,
	SLOT_REGION_MAP,
	SLOT_UNBIND,
	SLOT_CDEV_OPEN,
	SLOT_CDEV_RELEASE,
	SLOT_CDEV_IOCTL,
	SLOT_IOMMUFD_BIND,
	SLOT_IOMMUFD_IOCTL,
	SLOT_COUNT,
};

/* No call starts one nanosecond after boot: the entry was not seen. */
#define VS_LATE 1

/* KVM_SET_DEVICE_ATTR: the VM, and what the call set inside it, if it did. */
struct attr_state {
	__u64 kvm;
	__u64 file; /* whose pointer it set */
	__u64 group; /* the same, if it is a group's */
	__u64 cdev; /* the same, if it is a cdev's: its struct vfio_device_file */
	__u64 kvm_before; /* what the group or the cdev's file held, or VS_NOT_SEEN */
};

/* vfio_file_set_kvm(), vfio_group_set_kvm() */
struct set_kvm_state {
	__u64 kvm_before; /* what the group held, or VS_NOT_SEEN */
};

/* kvm_vfio_release(), which frees the device */
struct kvm_vfio_state {
	__u64 kvm; /* its VM, or VS_NOT_SEEN */
};

/* vfio_group_fops_release(), which forgets the group */
struct group_state {
	__u64 group;
};

/* vfio_iommu_type1_open(), or SET_IOMMU */
struct iommu_state {
	__u64 type;
	__u64 refused; /* number of the group that could not be attached, and one; 0: none */
};

/* How far a GET_DEVICE_FD has come. */
enum open_stage {
	OPEN_NONE,
	OPEN_BEGUN, /* borrowed kernels, until more is known */
	OPEN_RECORDED, /* there is a record of the open */
	OPEN_ORDERED, /* there is, and the device has its group's kvm pointer */
	OPEN_FAILED,
};

/* A call on a group or on a cdev: the open inside it. */
struct open_state {
	__u64 dev; /* the device, as soon as it is known */
	__u64 kvm_before; /* borrowed kernels: what the group held as the open began */
	__u64 begun_ns; /* the same: when it began */
	__u64 stage; /* enum open_stage */
};

/* vfio_df_open() */
struct dev_open_state {
	__u64 refused; /* by iommufd, so that the driver is not asked */
};

/* A call on a cdev. */
struct cdev_state {
	__u64 stage; /* enum open_stage */
	__u64 dropped; /* the kvm pointer of a device that another file holds open */
	__u64 pt_id; /* as passed */
};

/* The release of a cdev's file, which is freed. */
struct cdev_release_state {
	__u64 file; /* its struct vfio_device_file */
	__u64 dev;
	__u64 parent; /* the struct device that VFIO's device belongs to */
	__s64 iommu_group;
};

/* A release of a device file, on borrowed and notifier kernels. */
struct close_state {
	__u64 dev;
	__u32 noted; /* notifier kernels: the file was */
	__u32 open_count; /* the same: files of the device that are left */
};

/* A device taken from its driver; VFIO's part of it ends with the call. */
struct unbind_state {
	__u64 parent; /* the struct device that VFIO's device belongs to */
	__s64 iommu_group;
};

/* mmap() of a device fd: vfio-pci overwrites the offset. */
struct region_map_state {
	__u64 region;
	__u64 bytes;
};

struct vs_call {
	__u64 start; /* ns since boot; VS_LATE: not known; 0: no call */
	__u64 a[3]; /* arguments */
	union { /* by slot */
		struct attr_state attr;
		struct set_kvm_state set_kvm;
		struct kvm_vfio_state kvm_vfio;
		struct group_state group;
		struct iommu_state iommu;
		struct open_state open;
		struct dev_open_state dev_open;
		struct cdev_state cdev;
		struct cdev_release_state cdev_release;
		struct close_state close;
		struct unbind_state unbind;
		struct region_map_state region_map;
	};
};

/* Task-local storage. */
struct vs_thread {
	struct vs_call call[SLOT_COUNT];
};

struct vs_threads_map {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct vs_thread);
};

/* The same without it. Key: thread id and slot. */
struct vs_calls_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, struct vs_call);
};

extern struct vs_threads_map threads SEC(".maps");
extern struct vs_calls_map calls SEC(".maps");

/* Calls entered and not left, by slot; counted where kretprobes see the return. */
extern __u32 inflight[SLOT_COUNT];

/* An argument as a pointer. Written inside BPF_CORE_READ(), c->a itself would be relocated. */
static __always_inline void *arg(struct vs_call *c, int n)
{
	return (void *)c->a[n];
}

static __always_inline __u64 call_key(enum vs_slot slot)
{
	return (bpf_get_current_pid_tgid() & 0xffffffff) << 8 | slot;
}

static __always_inline struct vs_thread *call_thread(__u64 flags)
{
	return bpf_task_storage_get(&threads, bpf_get_current_task_btf(), 0, flags);
}

/* The call in this slot of the thread, NULL if there is none. */
static __always_inline struct vs_call *call_find(enum vs_slot slot)
{
	struct vs_thread *t;
	__u64 key;

	if (task_storage) {
		t = call_thread(0);
		return t && t->call[slot].start ? &t->call[slot] : NULL;
	}
	key = call_key(slot);
	return bpf_map_lookup_elem(&calls, &key);
}

/*
 * @c->start is not 0. @before: the start of the call that the slot held, which
 * seems not to have returned, or 0. Returns false if there is no room.
 */
static __always_inline bool call_set(enum vs_slot slot, const struct vs_call *c, __u64 *before)
{
	struct vs_thread *t;
	struct vs_call *old;
	__u64 key;

	if (task_storage) {
		t = call_thread(BPF_LOCAL_STORAGE_GET_F_CREATE);
		if (!t)
			return false;
		*before = t->call[slot].start;
		t->call[slot] = *c;
		return true;
	}
	key = call_key(slot);
	old = bpf_map_lookup_elem(&calls, &key);
	*before = old ? old->start : 0;
	return !bpf_map_update_elem(&calls, &key, c, BPF_ANY);
}

/* The call that call_find() has found is over. */
static __always_inline void call_end(enum vs_slot slot, struct vs_call *found)
{
	__u64 key;

	if (task_storage) {
		found->start = 0;
		return;
	}
	key = call_key(slot);
	bpf_map_delete_elem(&calls, &key);
}

#endif
