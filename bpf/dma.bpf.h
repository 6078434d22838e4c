/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that map and unmap memory for DMA: on a container, and on the address spaces of an
 * iommufd, which understands a container's calls, too.
 */
#ifndef VS_DMA_BPF_H
#define VS_DMA_BPF_H

#include "shapes_map.bpf.h"

/* What a call is about; all 0 if it cannot be read. */
struct dma_range {
	__u64 iova, bytes;
	__u64 vaddr; /* of the memory to map */
	__u32 ioas; /* of an iommufd */
	__s32 fd; /* of the file to map */
	enum vs_ioas_call call; /* how it is counted */
	enum vs_kind kind;
};

static __always_inline bool is_dma_call(__u32 cmd)
{
	return cmd == IOMMU_IOAS_MAP || cmd == IOMMU_IOAS_MAP_FILE || cmd == IOMMU_IOAS_UNMAP ||
	       cmd == IOMMU_IOAS_COPY || cmd == VFIO_IOMMU_MAP_DMA || cmd == VFIO_IOMMU_UNMAP_DMA;
}

static __always_inline void ioas_map_range(struct dma_range *r, void *from)
{
	struct vs_ioas_map map = {};

	bpf_probe_read_user(&map, sizeof(map), from);
	r->iova = map.iova;
	r->bytes = map.length;
	r->vaddr = map.user_va;
	r->ioas = map.ioas_id;
}

static __always_inline void ioas_map_file_range(struct dma_range *r, void *from)
{
	struct vs_ioas_map_file map = {};

	bpf_probe_read_user(&map, sizeof(map), from);
	r->iova = map.iova;
	r->bytes = map.length;
	r->ioas = map.ioas_id;
	r->fd = map.fd;
}

static __always_inline void ioas_unmap_range(struct dma_range *r, void *from)
{
	struct vs_ioas_unmap unmap = {};

	bpf_probe_read_user(&unmap, sizeof(unmap), from);
	r->iova = unmap.iova;
	r->bytes = unmap.length;
	r->ioas = unmap.ioas_id;
}

static __always_inline void ioas_copy_range(struct dma_range *r, void *from)
{
	struct vs_ioas_copy copy = {};

	bpf_probe_read_user(&copy, sizeof(copy), from);
	r->iova = copy.dst_iova;
	r->bytes = copy.length;
	r->ioas = copy.dst_ioas_id;
}

static __always_inline void map_range(struct dma_range *r, void *from)
{
	struct vs_type1_dma_map map = {};

	bpf_probe_read_user(&map, sizeof(map), from);
	r->iova = map.iova;
	r->bytes = map.size;
	r->vaddr = map.vaddr;
}

static __always_inline void unmap_range(struct dma_range *r, void *from)
{
	struct vs_type1_dma_unmap unmap = {};

	bpf_probe_read_user(&unmap, sizeof(unmap), from);
	r->iova = unmap.iova;
	r->bytes = unmap.size;
}

#define RANGE(cmd, read, counted_as, recorded_as) \
	case cmd:                                 \
		r->call = counted_as;             \
		r->kind = recorded_as;            \
		read(r, from);                    \
		break;

static __always_inline void read_range(struct dma_range *r, __u32 cmd, void *from)
{
	switch (cmd) {
		RANGE(IOMMU_IOAS_MAP, ioas_map_range, VS_IOAS_MAPS, VS_IOAS_MAP)
		RANGE(IOMMU_IOAS_MAP_FILE, ioas_map_file_range, VS_IOAS_FILE_MAPS, VS_IOAS_MAP_FILE)
		RANGE(IOMMU_IOAS_UNMAP, ioas_unmap_range, VS_IOAS_UNMAPS, VS_IOAS_UNMAP)
		RANGE(IOMMU_IOAS_COPY, ioas_copy_range, VS_IOAS_COPIES, VS_IOAS_COPY)
		RANGE(VFIO_IOMMU_MAP_DMA, map_range, VS_IOAS_MAPS, VS_DMA_MAP)
		RANGE(VFIO_IOMMU_UNMAP_DMA, unmap_range, VS_IOAS_UNMAPS, VS_DMA_UNMAP)
	}
}

/* Whose the locked memory is that a map counts for. */
static __always_inline enum locked_by range_locks(const struct dma_range *r, bool iommufd)
{
	if (r->kind != VS_DMA_MAP)
		return LOCKED_BY_USER;
	return iommufd ? LOCKED_BY_PINNED : LOCKED_BY_MEMORY;
}

static __always_inline void fill_map(struct ev_dma *e, const struct dma_range *r, bool iommufd,
				     bool old)
{
	struct file *file;

	map_has_failed = true;
	e->vaddr = r->vaddr;
	mapped_limit(e, range_locks(r, iommufd));
	if (r->kind == VS_IOAS_MAP_FILE) {
		file = shape_file_of_fd(r->fd);
		e->memory = file ? memory_of_file(e, file, false) : VS_MEMORY_UNKNOWN;
	} else {
		mapped_memory(e, old);
	}
	if (!iommufd)
		mapped_iommu(e, (void *)e->container);
	if (e->h.ret == -ENOMEM && !iommufd && addr_container_fops)
		count_containers(e);
}

/* @container: or the iommufd in its place. @old: see area_find(). */
static __always_inline int dma_failed(struct vs_call *c, long ret, __u64 container,
				      const struct dma_range *r, bool iommufd, bool old)
{
	struct ev_dma *e = emit_begin(ev_dma, r->kind, c, ret);

	if (!e)
		return 0;
	e->container = container;
	e->iova = r->iova;
	e->bytes = r->bytes;
	e->ioas = r->ioas;
	if (r->kind == VS_DMA_MAP || r->kind == VS_IOAS_MAP || r->kind == VS_IOAS_MAP_FILE)
		fill_map(e, r, iommufd, old);
	emit_end(e);
	return 0;
}

static __always_inline long iommufd_result(long ret)
{
	return ret == -ENOIOCTLCMD ? -ENOTTY : ret;
}

#endif
