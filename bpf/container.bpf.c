// SPDX-License-Identifier: GPL-2.0-only
/*
 * The container: choice of the IOMMU driver, and DMA mappings, which are
 * counted here and not streamed (drivers/vfio/container.c,
 * drivers/vfio/vfio_iommu_type1.c).
 *
 * A container's calls are seen only where DMA is asked for: a VM that maps and
 * unmaps all the time, as with a virtual IOMMU, would pay for each. Else the
 * IOMMU driver shows SET_IOMMU.
 */
#include "probe.bpf.h"

/* uapi/linux/vfio.h; unique per kind of fd only. */
#define VFIO_SET_IOMMU 0x3b66
#define VFIO_IOMMU_MAP_DMA 0x3b71
#define VFIO_IOMMU_UNMAP_DMA 0x3b72

/* uapi: struct vfio_iommu_type1_dma_map, .._unmap */
struct dma_map_arg {
	__u32 argsz, flags;
	__u64 vaddr, iova, size;
};

struct dma_unmap_arg {
	__u32 argsz, flags;
	__u64 iova, size;
};

static __always_inline bool keep_container(struct vs_call *c)
{
	__u32 cmd = c->a[1];

	return cmd == VFIO_SET_IOMMU || cmd == VFIO_IOMMU_MAP_DMA || cmd == VFIO_IOMMU_UNMAP_DMA;
}

static __always_inline void dma_range(struct vs_call *c, __u64 *iova, __u64 *bytes)
{
	struct dma_unmap_arg unmap = {};
	struct dma_map_arg map = {};

	if ((__u32)c->a[1] == VFIO_IOMMU_MAP_DMA) {
		bpf_probe_read_user(&map, sizeof(map), (void *)c->a[2]);
		*iova = map.iova;
		*bytes = map.size;
	} else {
		bpf_probe_read_user(&unmap, sizeof(unmap), (void *)c->a[2]);
		*iova = unmap.iova;
		*bytes = unmap.size;
	}
}

static __always_inline struct vs_dma_count *dma_of(__u64 container)
{
	struct vs_dma_count *count = bpf_map_lookup_elem(&dma, &container);
	struct vs_dma_count first = {};
	struct ev_hdr caller = {};

	if (count)
		return count;
	fill_caller(&caller);
	first.pid = caller.pid;
	first.flags = caller.flags;
	__builtin_memcpy(first.comm, caller.comm, sizeof(first.comm));
	if (bpf_map_update_elem(&dma, &container, &first, BPF_ANY))
		lose(VS_LOSS_DMA, VS_CONTAINER_DMA);
	return bpf_map_lookup_elem(&dma, &container);
}

static __always_inline void dma_count(struct vs_call *c, __u64 container, __u64 bytes, bool failed)
{
	__u64 ns = c->start > VS_LATE ? bpf_ktime_get_boot_ns() - c->start : 0;
	struct vs_dma_count *count = dma_of(container);
	struct vs_dma_stats *s;

	if (!count)
		return;
	s = &count->s;
	if ((__u32)c->a[1] == VFIO_IOMMU_MAP_DMA) {
		__sync_fetch_and_add(&s->maps, 1);
		__sync_fetch_and_add(&s->map_ns, ns);
		__sync_fetch_and_add(failed ? &s->map_failed : &s->map_bytes, failed ? 1 : bytes);
	} else {
		__sync_fetch_and_add(&s->unmaps, 1);
		__sync_fetch_and_add(&s->unmap_ns, ns);
		__sync_fetch_and_add(failed ? &s->unmap_failed : &s->unmap_bytes,
				     failed ? 1 : bytes);
	}
}

static __always_inline int container_ioctl(struct vs_call *c, long ret)
{
	__u64 container = (__u64)BPF_CORE_READ((struct file *)arg(c, 0), private_data);
	bool set_iommu = (__u32)c->a[1] == VFIO_SET_IOMMU;
	struct ev_container_ioctl *e;
	__u64 iova = 0, bytes = 0;

	if (!set_iommu) {
		dma_range(c, &iova, &bytes);
		if (count_dma)
			dma_count(c, container, bytes, ret < 0);
		if (ret >= 0)
			return 0;
	}
	e = emit_begin(ev_container_ioctl, VS_CONTAINER_IOCTL, c, ret);
	if (!e)
		return 0;
	e->container = container;
	e->cmd = (__u32)c->a[1];
	e->arg = set_iommu ? c->a[2] : 0;
	e->iova = iova;
	e->bytes = bytes;
	emit_end(e);
	return 0;
}

VS_CALL(vfio_fops_unl_ioctl, VS_CONTAINER_IOCTL, 3, keep_container, container_ioctl)

/* At entry: afterwards the address may belong to another container. */
static __always_inline int container_gone(struct vs_call *c, long ret)
{
	__u64 container = (__u64)BPF_CORE_READ((struct file *)arg(c, 1), private_data);
	struct vs_dma_count *count = bpf_map_lookup_elem(&dma, &container);
	struct ev_container_dma *e;

	if (!count)
		return 0;
	e = emit_begin(ev_container_dma, VS_CONTAINER_DMA, c, 0);
	if (!e)
		return 0;
	e->container = container;
	e->s = count->s;
	emit_end(e);
	bpf_map_delete_elem(&dma, &container);
	return 0;
}

VS_POINT(vfio_fops_release, 2, container_gone)

/* SET_IOMMU has found its driver; what happens to the groups is still to come. */
static __always_inline int iommu_chosen(struct vs_call *c, long ret)
{
	__u64 before;

	if (container_calls_seen)
		return 0;
	c->start = bpf_ktime_get_boot_ns();
	if (!call_set(VS_CONTAINER_IOCTL, c, &before))
		lose(VS_LOSS_CALLS, VS_CONTAINER_IOCTL);
	return 0;
}

VS_POINT(vfio_iommu_type1_open, 1, iommu_chosen)

/*
 * Inside of SET_IOMMU, or of a SET_CONTAINER that says itself how it ended: a
 * group that comes to a container with an IOMMU.
 */
static __always_inline bool in_set_container(void)
{
	return !group_calls_seen || call_find(VS_GROUP_IOCTL);
}

static __always_inline bool keep_attach(struct vs_call *c)
{
	return !container_calls_seen;
}

/* SET_IOMMU ends with the first of its groups, or with the one that fails. */
static __always_inline int iommu_attached(struct vs_call *c, long ret)
{
	struct ev_container_ioctl *e;
	struct vs_call set = {};

	if (!call_leave(VS_CONTAINER_IOCTL, &set, false) && ((int)ret >= 0 || in_set_container()))
		return 0;
	e = emit_begin(ev_container_ioctl, VS_CONTAINER_IOCTL, &set, (int)ret);
	if (!e)
		return 0;
	e->cmd = VFIO_SET_IOMMU;
	e->arg = set.a[0];
	emit_end(e);
	return 0;
}

VS_CALL(vfio_iommu_type1_attach_group, VS_CALL_IOMMU_ATTACH, 3, keep_attach, iommu_attached)
