/* SPDX-License-Identifier: GPL-2.0-only */
/* What the probes read of KVM: include/linux/kvm_host.h, virt/kvm/vfio.c. */
#ifndef VMLINUX_KVM_H
#define VMLINUX_KVM_H

#include "base.h"

struct vfio_group;

/*
 * struct kvm is large, and its layout changes with every release. Before 6.18 the offset
 * of userspace_pid is too large for a direct load, so it is read with BPF_CORE_READ().
 */
struct kvm {
	struct mm_struct *mm; /* of the process that created the VM */
	struct list_head vm_list;
	refcount_t users_count; /* 0: it is being destroyed */
	struct mutex lock;
	int userspace_pid; /* thread id of the creator, initial namespace */
} CORE;

struct kvm_device_ops {
	const char *name; /* "kvm-vfio" */
} CORE;

struct kvm_device {
	const struct kvm_device_ops *ops;
	struct kvm *kvm;
	void *private; /* struct kvm_vfio of a kvm-vfio device */
} CORE;

/* The private part of a kvm-vfio device: the files registered with its VM. */
struct kvm_vfio {
	struct list_head file_list; /* the first member; up to 6.5 it is called group_list */
	struct mutex lock;
	bool noncoherent;
} CORE;

struct kvm_vfio_file {
	struct list_head node;
	struct file *file;
} CORE;

/* Its name up to 6.5. */
struct kvm_vfio_group {
	struct list_head node;
	struct file *file; /* since 5.19 */
	struct vfio_group *vfio_group; /* before, of the file, which is not kept */
} CORE;

/*
 * The same for modules without BTF (before 5.11): the first members of each struct,
 * pointers and lists, whose place does not depend on build options.
 */
struct kvm_device_fixed {
	const struct kvm_device_ops_fixed *ops;
	struct kvm *kvm;
	void *private;
};

struct kvm_device_ops_fixed {
	const char *name;
};

struct list_head_fixed {
	struct list_head_fixed *next, *prev;
};

struct kvm_vfio_fixed {
	struct list_head_fixed group_list;
};

struct kvm_vfio_group_fixed {
	struct list_head_fixed node;
	struct vfio_group *vfio_group; /* of the file registered; the file is not kept */
};

#endif
