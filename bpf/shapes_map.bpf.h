/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a map that failed was about: the memory, the limits, what is mapped already. Runs for
 * failures only, and reads much. Nothing is locked: it is what the kernel says just after.
 */
#ifndef VS_SHAPES_MAP_BPF_H
#define VS_SHAPES_MAP_BPF_H

#include "probe.bpf.h"
#include "../vmlinux/mm.h"

/* The mapping of a process that an address lies in; all 0: there is none. */
struct area {
	__u64 start, end, flags, pgoff;
	struct file *file;
};

static __always_inline void area_read(struct area *a, struct vm_area_struct *vma)
{
	a->start = BPF_CORE_READ(vma, vm_start);
	a->end = BPF_CORE_READ(vma, vm_end);
	a->flags = BPF_CORE_READ(vma, vm_flags);
	a->pgoff = BPF_CORE_READ(vma, vm_pgoff);
	a->file = BPF_CORE_READ(vma, vm_file);
}

static long area_found(struct task_struct *task, struct vm_area_struct *vma, struct area *a)
{
	area_read(a, vma);
	return 0;
}

/* Deeper than any tree: max_map_count and dma_entry_limit are about 2^16. */
#define TREE_DEPTH 40

/* Up to 6.0 areas are in a tree that can be searched like this. */
static __always_inline bool area_in_tree(struct area *a, struct mm_struct *mm, __u64 address)
{
	struct rb_node *node = BPF_CORE_READ(mm, mm_rb.rb_node);
	struct vm_area_struct *vma;
	int i;

	for (i = 0; i < TREE_DEPTH && node; i++) {
		vma = (void *)node - bpf_core_field_offset(struct vm_area_struct, vm_rb);
		if (address >= BPF_CORE_READ(vma, vm_end)) {
			node = BPF_CORE_READ(node, rb_right);
		} else if (address < BPF_CORE_READ(vma, vm_start)) {
			node = BPF_CORE_READ(node, rb_left);
		} else {
			area_read(a, vma);
			return true;
		}
	}
	return !node;
}

/*
 * Of the calling process. Returns false if it could not be looked for. @old: no trace of a
 * callback may be left in the program, which kernels up to 5.12 refuse.
 */
static __always_inline bool area_find(struct area *a, __u64 address, bool old)
{
	struct mm_struct *mm = BPF_CORE_READ(shape_current(), mm);
	long err;

	if (old || bpf_core_field_exists(mm->mm_rb))
		return bpf_core_field_exists(mm->mm_rb) && area_in_tree(a, mm, address);
	err = bpf_find_vma(bpf_get_current_task_btf(), address, area_found, a, 0);
	return !err || err == -ENOENT;
}

static __always_inline void mapped_tmpfs(struct ev_dma *e, struct super_block *sb)
{
	struct shmem_sb_info *info = BPF_CORE_READ(sb, s_fs_info);
	__s64 max, used;

	if (!bpf_core_type_exists(struct shmem_sb_info))
		return;
	max = BPF_CORE_READ(info, max_blocks);
	used = BPF_CORE_READ(info, used_blocks.count);
	e->fs_bytes = (__u64)max << page_shift;
	e->fs_free = used < max ? (__u64)(max - used) << page_shift : 0;
}

static __always_inline enum vs_memory memory_of_file(struct ev_dma *e, struct file *file, bool huge)
{
	struct super_block *sb = BPF_CORE_READ(file, f_inode, i_sb);

	bpf_probe_read_kernel_str(e->file, sizeof(e->file),
				  BPF_CORE_READ(file, f_path.dentry, d_name.name));
	bpf_probe_read_kernel_str(e->fs, sizeof(e->fs), BPF_CORE_READ(sb, s_type, name));
	if (huge)
		return VS_MEMORY_HUGETLB;
	if (BPF_CORE_READ(sb, s_magic) != TMPFS_MAGIC)
		return VS_MEMORY_FILE;
	mapped_tmpfs(e, sb);
	return VS_MEMORY_SHMEM;
}

static __always_inline enum vs_memory mapped_from(struct ev_dma *e, const struct area *a)
{
	struct file *file = a->file;

	if (a->end <= e->vaddr || a->start > e->vaddr)
		return VS_MEMORY_NONE;
	e->shared = !!(a->flags & VM_SHARED);
	e->writable = !!(a->flags & VM_WRITE);
	if (file && shape_private_of(file, addr_device_fops)) {
		shape_device_name(shape_device_of_file(file), e->memory_device);
		e->region = shape_region(a->pgoff);
		return VS_MEMORY_DEVICE;
	}
	if (a->flags & (VM_IO | VM_PFNMAP))
		return VS_MEMORY_IO;
	if (file)
		return memory_of_file(e, file, a->flags & VM_HUGETLB);
	return a->flags & VM_HUGETLB ? VS_MEMORY_HUGETLB : VS_MEMORY_ANONYMOUS;
}

static __always_inline void mapped_memory(struct ev_dma *e, bool old)
{
	struct area a = {};

	if (area_find(&a, e->vaddr, old))
		e->memory = mapped_from(e, &a);
}

/* Against which count of locked memory a map is held. */
enum locked_by {
	LOCKED_BY_MEMORY, /* of the address space: containers */
	LOCKED_BY_PINNED, /* the same, counted apart: an iommufd in place of a container */
	LOCKED_BY_USER, /* of all processes of the user: iommufd */
};

static __always_inline __u64 locked_pages(enum locked_by by)
{
	struct task_struct *task = shape_current();
	struct mm_struct *mm = BPF_CORE_READ(task, mm);

	switch (by) {
	case LOCKED_BY_MEMORY:
		return BPF_CORE_READ(mm, locked_vm);
	case LOCKED_BY_PINNED:
		return BPF_CORE_READ(mm, pinned_vm.counter);
	case LOCKED_BY_USER:
		return BPF_CORE_READ(task, cred, user, locked_vm.counter);
	}
	return 0;
}

static __always_inline void mapped_limit(struct ev_dma *e, enum locked_by by)
{
	struct task_struct *task = shape_current();
	const struct cred *cred = BPF_CORE_READ(task, cred);
	__u64 can = 0;

	e->locked = locked_pages(by) << page_shift;
	e->memlock = BPF_CORE_READ(task, signal, rlim[RLIMIT_MEMLOCK].rlim_cur);
	bpf_probe_read_kernel(&can, sizeof(can),
			      (void *)cred + bpf_core_field_offset(struct cred, cap_effective));
	if (can & 1ULL << CAP_IPC_LOCK)
		e->memlock = VS_NOT_SEEN;
}

/* The first map found that overlaps; vfio_find_dma(). */
static __always_inline void mapped_clash(struct ev_dma *e, struct vfio_iommu *iommu)
{
	struct rb_node *node = BPF_CORE_READ(iommu, dma_list.rb_node);
	struct vfio_dma *dma;
	__u64 iova, size;
	int i;

	for (i = 0; i < TREE_DEPTH && node; i++) {
		dma = (void *)node - bpf_core_field_offset(struct vfio_dma, node);
		iova = BPF_CORE_READ(dma, iova);
		size = BPF_CORE_READ(dma, size);
		if (e->iova + e->bytes <= iova) {
			node = BPF_CORE_READ(node, rb_left);
		} else if (e->iova >= iova + size) {
			node = BPF_CORE_READ(node, rb_right);
		} else {
			e->clash_iova = iova;
			e->clash_bytes = size;
			e->same = iova == e->iova && size == e->bytes &&
				  BPF_CORE_READ(dma, vaddr) == e->vaddr;
			return;
		}
	}
}

/* The limit of maps is reached: the one next to where this one would be tells how large they are. */
static __always_inline void mapped_beside(struct ev_dma *e, struct vfio_iommu *iommu)
{
	struct rb_node *node = BPF_CORE_READ(iommu, dma_list.rb_node);
	struct vfio_dma *dma;
	int i;

	for (i = 0; i < TREE_DEPTH && node; i++) {
		dma = (void *)node - bpf_core_field_offset(struct vfio_dma, node);
		e->beside_bytes = BPF_CORE_READ(dma, size);
		if (e->iova < BPF_CORE_READ(dma, iova))
			node = BPF_CORE_READ(node, rb_left);
		else
			node = BPF_CORE_READ(node, rb_right);
	}
}

/* More descriptors are not looked at: VMMs open their containers early, and each costs load time. */
#define FDS_MAX 256

/* Counted in the record: of what is kept there the verifier follows no single values. */
static __always_inline void count_containers(struct ev_dma *e)
{
	struct fdtable *fdt = BPF_CORE_READ(shape_current(), files, fdt);
	struct file **fds = BPF_CORE_READ(fdt, fd), *file;
	__u32 max = BPF_CORE_READ(fdt, max_fds), i;

	for (i = 0; i < FDS_MAX && i < max; i++) {
		file = NULL;
		bpf_probe_read_kernel(&file, sizeof(file), &fds[i]);
		if (file && (__u64)BPF_CORE_READ(file, f_op) == addr_container_fops)
			e->containers++;
	}
}

#define IOVA_RANGES 16

/* Stretches between the ranges that the IOMMU can map are reserved. */
static __always_inline void mapped_range(struct ev_dma *e, struct vfio_iommu *iommu)
{
	__u64 head = (__u64)iommu + bpf_core_field_offset(struct vfio_iommu, iova_list);
	__u64 pos = (__u64)BPF_CORE_READ((struct list_head *)head, next);
	__u64 pages = BPF_CORE_READ(iommu, pgsize_bitmap), last = e->iova + e->bytes - 1;
	__u64 after = 0, start;
	struct vfio_iova *range;
	int i;

	e->iommu_page = pages & -pages;
	for (i = 0; i < IOVA_RANGES && pos != head; i++) {
		range = (void *)(pos - bpf_core_field_offset(struct vfio_iova, list));
		start = BPF_CORE_READ(range, start);
		if (after && e->iova < start && last >= after) {
			e->hole_first = after;
			e->hole_last = start - 1;
		}
		e->iova_last = BPF_CORE_READ(range, end);
		after = e->iova_last + 1;
		pos = (__u64)BPF_CORE_READ(range, list.next);
	}
}

/* What only the IOMMU driver of the container knows; the type1 driver is asked. */
static __always_inline void mapped_iommu(struct ev_dma *e, struct vfio_container *container)
{
	struct vfio_iommu *iommu;

	if (!bpf_core_type_exists(struct vfio_container))
		return;
	if (!BPF_CORE_READ(container, iommu_driver)) {
		e->no_iommu = true;
		return;
	}
	iommu = shape_type1(container);
	if (!iommu)
		return;
	if (e->h.ret == -EEXIST)
		mapped_clash(e, iommu);
	else if (e->h.ret == -ENOSPC)
		mapped_beside(e, iommu);
	else if (e->h.ret == -EINVAL)
		mapped_range(e, iommu);
}

#endif
