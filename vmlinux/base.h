/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Integer types, and the types of the kernel's core that probes read.
 *
 * These are declarations of our own, not a dump: each struct has only the fields that are
 * read, and CO-RE finds their places in the running kernel. KVM and VFIO are usually
 * modules, whose types a dump of vmlinux lacks.
 */
#ifndef VMLINUX_BASE_H
#define VMLINUX_BASE_H

/* Tells bpf_tracing.h that registers have their kernel names. */
#define __VMLINUX_H__

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef _Bool bool;

enum { false = 0, true = 1 };

#include "regs.h"

/* The values are kernel ABI (uapi/linux/bpf.h). */
enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_RINGBUF = 27,
	BPF_MAP_TYPE_TASK_STORAGE = 29,
};

enum { BPF_ANY = 0, BPF_NOEXIST = 1 };
enum { BPF_F_NO_PREALLOC = 1 };
enum { BPF_LOCAL_STORAGE_GET_F_CREATE = 1 };
enum { BPF_RB_NO_WAKEUP = 1, BPF_RB_FORCE_WAKEUP = 2 };
enum { BPF_RB_AVAIL_DATA = 0 };

#define CORE __attribute__((preserve_access_index))

typedef struct {
	int counter;
} CORE atomic_t;

typedef struct refcount_struct {
	atomic_t refs;
} CORE refcount_t;

/* A lock's owner is a word of its own: a task, and flags in its lowest bits. */
typedef struct {
	long counter;
} CORE atomic_long_t;

struct mutex {
	atomic_long_t owner;
} CORE;

struct rw_semaphore {
	atomic_long_t owner;
} CORE;

struct list_head {
	struct list_head *next, *prev;
} CORE;

struct qstr {
	const unsigned char *name;
} CORE;

struct dentry {
	struct qstr d_name;
} CORE;

struct path {
	struct dentry *dentry;
} CORE;

struct file_operations;
struct inode;

struct file {
	const struct file_operations *f_op;
	struct inode *f_inode;
	void *private_data;
	struct path f_path;
} CORE;

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
} CORE;

struct files_struct {
	struct fdtable *fdt;
} CORE;

typedef struct {
	__s64 counter;
} CORE atomic64_t;

struct rb_node {
	struct rb_node *rb_right, *rb_left;
} CORE;

struct rb_root {
	struct rb_node *rb_node;
} CORE;

struct mm_struct {
	struct rw_semaphore mmap_lock;
	struct rb_root mm_rb; /* of areas, up to 6.0 */
	unsigned long locked_vm; /* pages */
	atomic64_t pinned_vm; /* the same, counted by others */
} CORE;

struct rlimit {
	unsigned long rlim_cur;
} CORE;

struct signal_struct {
	unsigned int flags;
	struct rlimit rlim[16]; /* RLIM_NLIMITS */
} CORE;

struct cred;

struct task_struct {
	unsigned int flags;
	int pid;
	int tgid;
	char comm[16];
	struct mm_struct *mm;
	struct files_struct *files;
	struct signal_struct *signal;
	const struct cred *cred;
} CORE;

struct kobject {
	const char *name;
} CORE;

struct device_driver {
	const char *name;
} CORE;

struct iommu_group {
	int id;
} CORE;

struct bus_type;

enum rpm_status {
	RPM_ACTIVE = 0, /* the others do not matter here; not relocated */
};

struct dev_pm_info {
	enum rpm_status runtime_status; /* not in every build */
} CORE;

struct device {
	struct kobject kobj;
	const struct bus_type *bus;
	struct device_driver *driver;
	struct dev_pm_info power;
	struct iommu_group *iommu_group;
} CORE;

/* The kernel's word for it, by include/linux/pci.h: 0 is D0, 3 is D3hot, 4 is D3cold. */
typedef int pci_power_t;

/* A range of addresses of the host, in the tree that /proc/iomem shows. */
struct resource {
	const char *name;
	unsigned long flags;
	struct resource *sibling, *child;
} CORE;

struct pci_dev {
	pci_power_t current_state;
	unsigned int error_state; /* 3: it has failed for good */
	struct device dev;
	struct resource resource[1]; /* more in the kernel: the BARs come first */
} CORE;

struct module {
	char name[56];
} CORE;

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
} CORE;

/* An area of a process's memory, that is a mapping. */
struct vm_area_struct {
	unsigned long vm_start, vm_end;
	unsigned long vm_flags;
	unsigned long vm_pgoff;
	struct file *vm_file; /* NULL: anonymous */
	struct rb_node vm_rb; /* up to 6.0 */
} CORE;

/* The context of an iterator over the mappings of all tasks. */
struct bpf_iter__task_vma {
	struct bpf_iter_meta *meta;
	struct task_struct *task; /* NULL in the call after the last mapping */
	struct vm_area_struct *vma;
} CORE;

/* The context of an iterator over the open files of all tasks. */
struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task; /* NULL in the call after the last file */
	__u32 fd;
	struct file *file;
} CORE;

#endif
