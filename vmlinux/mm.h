/* SPDX-License-Identifier: GPL-2.0-only */
/* What the probes read of memory and what it is mapped from: mm_types.h, fs.h, sched.h. */
#ifndef VMLINUX_MM_H
#define VMLINUX_MM_H

#include "base.h"

#define VM_WRITE 0x00000002UL /* include/linux/mm.h */
#define VM_SHARED 0x00000008UL
#define VM_PFNMAP 0x00000400UL
#define VM_IO 0x00004000UL
#define VM_HUGETLB 0x00400000UL

#define TMPFS_MAGIC 0x01021994 /* include/uapi/linux/magic.h */
#define CAP_IPC_LOCK 14 /* include/uapi/linux/capability.h */
#define RLIMIT_MEMLOCK 8 /* include/uapi/asm-generic/resource.h */

struct file_system_type {
	const char *name;
} CORE;

struct super_block {
	unsigned long s_magic;
	struct file_system_type *s_type;
	void *s_fs_info;
} CORE;

struct inode {
	struct super_block *i_sb;
} CORE;

struct percpu_counter {
	__s64 count;
} CORE;

/* mm/shmem.c */
struct shmem_sb_info {
	unsigned long max_blocks; /* pages; 0: no limit */
	struct percpu_counter used_blocks;
} CORE;

/* Up to 6.2 of two words, the lower one first. */
typedef struct {
	__u64 val;
} kernel_cap_t;

struct user_struct {
	atomic_long_t locked_vm; /* pages */
} CORE;

struct cred {
	kernel_cap_t cap_effective;
	struct user_struct *user;
} CORE;

#endif
