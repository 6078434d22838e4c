// SPDX-License-Identifier: GPL-2.0-only
/*
 * Containers: the choice of the IOMMU driver, and DMA mappings, which are counted here
 * and get a record only if they fail (drivers/vfio/container.c,
 * drivers/vfio/vfio_iommu_type1.c).
 *
 * Calls on a container are observed only if DMA is asked for: a VM that maps and unmaps
 * all the time, as with a virtual IOMMU, would pay for each. Otherwise SET_IOMMU is
 * observed in the IOMMU driver.
 */
#include "dma.bpf.h"

/* POWER's own calls; VS_NONE: none of them. */
static __always_inline enum vs_kind spapr_kind(__u32 cmd)
{
	switch (cmd) {
	case VFIO_IOMMU_ENABLE:
		return VS_SPAPR_ENABLE;
	case VFIO_IOMMU_DISABLE:
		return VS_SPAPR_DISABLE;
	case VFIO_IOMMU_SPAPR_REGISTER_MEMORY:
		return VS_SPAPR_REGISTER;
	case VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY:
		return VS_SPAPR_UNREGISTER;
	case VFIO_IOMMU_SPAPR_TCE_CREATE:
		return VS_TCE_CREATE;
	case VFIO_IOMMU_SPAPR_TCE_REMOVE:
		return VS_TCE_REMOVE;
	}
	return VS_NONE;
}

static __always_inline bool keep_container(struct vs_call *c)
{
	__u32 cmd = c->a[1];

	return cmd == VFIO_SET_IOMMU || cmd == VFIO_IOMMU_MAP_DMA || cmd == VFIO_IOMMU_UNMAP_DMA ||
	       spapr_kind(cmd);
}

static __always_inline struct vs_dma_count *dma_of(__u64 container)
{
	struct vs_dma_count *count = bpf_map_lookup_elem(&dma, &container);
	struct vs_dma_count first = {};

	if (count)
		return count;
	fill_counted(&first.by);
	if (bpf_map_update_elem(&dma, &container, &first, BPF_ANY))
		lose(VS_LOSS_DMA);
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

/* @group: the number of the IOMMU group, -1: not known. */
static __always_inline int set_iommu(struct vs_call *c, long ret, __u64 container, __u64 type,
				     __s32 group)
{
	struct ev_set_iommu *e = emit_begin(ev_set_iommu, VS_SET_IOMMU, c, ret);

	if (!e)
		return 0;
	e->container = container;
	e->type = type;
	e->iommu_group = group;
	emit_end(e);
	return 0;
}

static __always_inline int dma_call(struct vs_call *c, long ret, __u64 container, bool old)
{
	struct dma_range r = {};

	read_range(&r, c->a[1], arg(c, 2));
	if (count_dma)
		dma_count(c, container, r.bytes, ret < 0);
	return ret < 0 ? dma_failed(c, ret, container, &r, false, old) : 0;
}

static __always_inline void fill_spapr(struct ev_spapr *e, enum vs_kind kind, void *from)
{
	struct vs_spapr_register_memory memory = {};
	struct vs_spapr_tce_create create = {};
	struct vs_spapr_tce_remove remove = {};

	switch (kind) {
	case VS_SPAPR_REGISTER:
	case VS_SPAPR_UNREGISTER:
		bpf_probe_read_user(&memory, sizeof(memory), from);
		e->start = memory.vaddr;
		e->bytes = memory.size;
		break;
	case VS_TCE_CREATE:
		bpf_probe_read_user(&create, sizeof(create), from);
		e->start = e->h.ret ? 0 : create.start_addr;
		e->bytes = create.window_size;
		e->page_shift = create.page_shift;
		e->levels = create.levels;
		break;
	case VS_TCE_REMOVE:
		bpf_probe_read_user(&remove, sizeof(remove), from);
		e->start = remove.start_addr;
		break;
	default:
		break;
	}
}

static __always_inline int spapr_call(struct vs_call *c, long ret, __u64 container,
				      enum vs_kind kind)
{
	struct ev_spapr *e = ret < 0 || every_call ? emit_begin(ev_spapr, kind, c, ret) : NULL;

	if (!e)
		return 0;
	e->container = container;
	fill_spapr(e, kind, arg(c, 2));
	emit_end(e);
	return 0;
}

static __always_inline int container_call(struct vs_call *c, long ret, bool old)
{
	__u64 container = (__u64)BPF_CORE_READ((struct file *)arg(c, 0), private_data);
	enum vs_kind kind = spapr_kind(c->a[1]);

	if ((__u32)c->a[1] == VFIO_SET_IOMMU)
		return set_iommu(c, ret, container, c->a[2], (__s32)c->iommu.refused - 1);
	return kind ? spapr_call(c, ret, container, kind) : dma_call(c, ret, container, old);
}

static __always_inline int container_ioctl(struct vs_call *c, long ret)
{
	return container_call(c, ret, false);
}

VS_CALL(vfio_fops_unl_ioctl, SLOT_CONTAINER_IOCTL, 3, keep_container, container_ioctl)

/* Notifier kernels. */
static __always_inline int old_container_ioctl(struct vs_call *c, long ret)
{
	return container_call(c, ret, true);
}

VS_CALL(old_container_ioctl, SLOT_CONTAINER_IOCTL, 3, keep_container, old_container_ioctl)

#define COPY_COUNTER(arg, counter) e->counter = count->s.counter;

/* At entry: when the function returns, the address may be that of another container. */
static __always_inline int container_gone(struct vs_call *c, long ret)
{
	__u64 container = (__u64)BPF_CORE_READ((struct file *)arg(c, 1), private_data);
	struct vs_dma_count *count = bpf_map_lookup_elem(&dma, &container);
	struct ev_dma_totals *e;

	if (!count)
		return 0;
	e = emit_begin(ev_dma_totals, VS_DMA_TOTALS, c, 0);
	if (!e)
		return 0;
	e->container = container;
	VS_DMA_COUNTERS(COPY_COUNTER, -)
	emit_end(e);
	bpf_map_delete_elem(&dma, &container);
	return 0;
}

VS_POINT(vfio_fops_release, 2, container_gone)

/* SET_IOMMU has found its driver and goes on to attach the groups. */
static __always_inline int iommu_chosen(struct vs_call *c, long ret)
{
	__u64 before;

	if (container_calls_seen)
		return 0;
	c->start = bpf_ktime_get_boot_ns();
	c->iommu.type = c->a[0];
	if (!call_set(SLOT_SET_IOMMU, c, &before))
		lose(VS_LOSS_CALLS);
	return 0;
}

VS_POINT(vfio_iommu_type1_open, 1, iommu_chosen)

/*
 * Inside SET_CONTAINER, whose own record says how it ended: a group is added to a
 * container that has its IOMMU already.
 */
static __always_inline bool in_set_container(void)
{
	return !group_calls_seen || call_find(SLOT_GROUP_IOCTL);
}

/* The record of the call on the container tells of it. */
static __always_inline void note_refused(__s32 group)
{
	struct vs_call *set = call_find(SLOT_CONTAINER_IOCTL);

	if (set)
		set->iommu.refused = (__u64)group + 1;
}

/* SET_IOMMU counts as done with the first of its groups, or with the one that fails. */
static __always_inline int iommu_attached(struct vs_call *c, long ret)
{
	__s32 group = (int)ret < 0 ? BPF_CORE_READ((struct iommu_group *)arg(c, 1), id) : -1;
	struct vs_call set = {};
	bool seen;

	if (container_calls_seen) {
		if ((int)ret < 0)
			note_refused(group);
		return 0;
	}
	seen = call_leave(SLOT_SET_IOMMU, &set, false);
	if (!seen && ((int)ret >= 0 || in_set_container()))
		return 0;
	return set_iommu(&set, (int)ret, VS_NOT_SEEN, seen ? set.iommu.type : VS_NOT_SEEN, group);
}

VS_CALL(vfio_iommu_type1_attach_group, SLOT_IOMMU_ATTACH, 3, keep_all, iommu_attached)

/* Before the kind of the group became its third argument, in 5.16. */
VS_CALL(type1_attach_group, SLOT_IOMMU_ATTACH, 2, keep_all, iommu_attached)
