// SPDX-License-Identifier: GPL-2.0-only
/*
 * Phases that map memory: calls on a container and on an iommufd, and the pinning in them.
 * A guest with a virtual IOMMU may map a hundred thousand times a second: quick calls are
 * added up, and each step here is as short as can be.
 */
#include "sums.bpf.h"

/* The counts of a container or iommufd; NULL: no room. */
static __always_inline struct vs_dma_sums *sums_of(__u64 container)
{
	struct vs_dma_sums *s = bpf_map_lookup_elem(&dma_sums, &container);
	struct ev_hdr caller = {};

	if (s)
		return s;
	bpf_map_update_elem(&dma_sums, &container, &dma_sums_nothing, BPF_NOEXIST);
	s = bpf_map_lookup_elem(&dma_sums, &container);
	if (!s) {
		lose_call(VS_LOSS_DMA);
		return NULL;
	}
	fill_caller(&caller);
	s->pid = caller.pid;
	s->flags = caller.flags;
	__builtin_memcpy(s->comm, caller.comm, sizeof(s->comm));
	s->since = bpf_ktime_get_boot_ns();
	return s;
}

static __always_inline void add_up(struct vs_phase_sum *sum, const struct vs_doing *d, __u64 ns,
				   __u64 bytes, bool failed)
{
	__sync_fetch_and_add(&sum->count, 1);
	__sync_fetch_and_add(&sum->ns, ns);
	__sync_fetch_and_add(&sum->bytes, failed ? 0 : bytes);
	if (d->level[0].lock_ns)
		__sync_fetch_and_add(&sum->lock_ns, d->level[0].lock_ns);
	if (d->pins) {
		__sync_fetch_and_add(&sum->pins, d->pins);
		__sync_fetch_and_add(&sum->pages, d->pages);
		__sync_fetch_and_add(&sum->pin_ns, d->pin_ns);
	}
	if (failed)
		__sync_fetch_and_add(&sum->failed, 1);
	/* Two threads at a time may forget the slower one: it is no more than a hint. */
	if (ns > sum->max_ns) {
		sum->max_ns = ns;
		sum->max_bytes = bytes;
	}
}

/* What a call maps or unmaps. */
static __always_inline __u64 size_of(__u32 cmd, void *from)
{
	__u64 size = 0;
	int at;

	switch (cmd) {
	case VFIO_IOMMU_MAP_DMA:
		at = __builtin_offsetof(struct vs_type1_dma_map, size);
		break;
	case VFIO_IOMMU_UNMAP_DMA:
		at = __builtin_offsetof(struct vs_type1_dma_unmap, size);
		break;
	case VFIO_IOMMU_SPAPR_REGISTER_MEMORY:
	case VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY:
		at = __builtin_offsetof(struct vs_spapr_register_memory, size);
		break;
	case VFIO_IOMMU_SPAPR_TCE_CREATE:
		at = __builtin_offsetof(struct vs_spapr_tce_create, window_size);
		break;
	case IOMMU_IOAS_MAP:
		at = __builtin_offsetof(struct vs_ioas_map, length);
		break;
	case IOMMU_IOAS_MAP_FILE:
		at = __builtin_offsetof(struct vs_ioas_map_file, length);
		break;
	default:
		return 0;
	}
	bpf_probe_read_user(&size, sizeof(size), from + at);
	return size;
}

static __always_inline bool dma_begins(struct vs_call *c, enum vs_phase phase, bool typed)
{
	struct file *file = arg(c, 0);
	struct vs_doing *d = call_begins(phase);

	if (!d)
		return false;
	d->container = (__u64)(typed ? file->private_data : BPF_CORE_READ(file, private_data));
	d->bytes = phase == VS_PHASE_SET_IOMMU ? 0 : size_of(c->a[1], arg(c, 2));
	return true;
}

static __always_inline enum vs_dma_sum sum_of(const struct vs_doing *d)
{
	switch (d->level[0].phase) {
	case VS_PHASE_DMA_MAP:
		return d->device_memory ? VS_SUM_MAP_DEVICE : VS_SUM_MAP;
	case VS_PHASE_DMA_UNMAP:
		return VS_SUM_UNMAP;
	case VS_PHASE_IOMMUFD_MAP:
		return VS_SUM_IOMMUFD_MAP;
	}
	return VS_SUM_COUNT;
}

/* @phases: those of this function. A slow call, or one that is not added up, is recorded. */
static __always_inline __u64 dma_ends(__u64 phases, long ret)
{
	struct vs_doing *d = doing_call();
	enum vs_dma_sum which;
	struct vs_dma_sums *s;
	__u64 ns, bytes;

	if (!d || d->depth != 1)
		return call_ends(phases, ret);
	which = sum_of(d);
	if (which >= VS_SUM_COUNT)
		return call_ends(phases, ret);
	bytes = d->bytes;
	ns = bpf_ktime_get_boot_ns() - d->level[0].start;
	if (which == VS_SUM_MAP_DEVICE)
		d->level[0].phase = VS_PHASE_DMA_MAP_DEVICE;
	if (ns >= VS_SLOW_DMA_NS)
		return phase_ends(d->level[0].phase, ret, ret < 0 ? 0 : bytes);
	s = armed ? sums_of(d->container) : NULL;
	if (s)
		add_up(&s->sum[which], d, ns, bytes, ret < 0);
	d->depth = 0;
	__sync_fetch_and_add(&doing_now, -1);
	return 1;
}

static __always_inline enum vs_phase container_phase(__u32 cmd)
{
	switch (cmd) {
	case VFIO_SET_IOMMU:
		return VS_PHASE_SET_IOMMU;
	case VFIO_IOMMU_MAP_DMA:
		return VS_PHASE_DMA_MAP;
	case VFIO_IOMMU_UNMAP_DMA:
		return VS_PHASE_DMA_UNMAP;
	case VFIO_IOMMU_SPAPR_REGISTER_MEMORY:
		return VS_PHASE_REGISTER_MEMORY;
	case VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY:
		return VS_PHASE_UNREGISTER_MEMORY;
	case VFIO_IOMMU_SPAPR_TCE_CREATE:
	case VFIO_IOMMU_SPAPR_TCE_REMOVE:
		return VS_PHASE_DMA_WINDOW;
	}
	return VS_PHASE_NONE;
}

#define DMA_PHASES                                                                         \
	(PHASES_3(SET_IOMMU, DMA_MAP, DMA_UNMAP) | PHASES_2(DMA_MAP_DEVICE, IOMMUFD_MAP) | \
	 PHASES_3(REGISTER_MEMORY, UNREGISTER_MEMORY, DMA_WINDOW))

static __always_inline bool container_call_begins(struct vs_call *c, bool typed)
{
	enum vs_phase phase = container_phase(c->a[1]);

	return phase && dma_begins(c, phase, typed);
}

static __always_inline __u64 container_call_ends(long ret)
{
	return dma_ends(DMA_PHASES, ret);
}

VS_PHASE_CALL(phase_container_ioctl, VS_PHASE_DMA_MAP, 3, container_call_begins,
	      container_call_ends)

static __always_inline enum vs_phase iommufd_phase(__u32 cmd)
{
	switch (cmd) {
	case IOMMU_IOAS_MAP:
	case IOMMU_IOAS_MAP_FILE:
		return VS_PHASE_IOMMUFD_MAP;
	case VFIO_IOMMU_MAP_DMA:
		return VS_PHASE_IOMMUFD_MAP;
	case IOMMU_IOAS_UNMAP:
	case VFIO_IOMMU_UNMAP_DMA:
		return VS_PHASE_DMA_UNMAP;
	case VFIO_SET_IOMMU:
		return VS_PHASE_SET_IOMMU;
	}
	return VS_PHASE_NONE;
}

static __always_inline bool iommufd_call_begins(struct vs_call *c, bool typed)
{
	enum vs_phase phase = iommufd_phase(c->a[1]);

	return phase && dma_begins(c, phase, typed);
}

VS_PHASE_CALL(phase_iommufd_ioctl, VS_PHASE_IOMMUFD_MAP, 3, iommufd_call_begins,
	      container_call_ends)

/* At entry: when the function returns, the address may be that of another container. */
static __always_inline int sums_gone(struct vs_call *c, long ret)
{
	__u64 container = (__u64)BPF_CORE_READ((struct file *)arg(c, 1), private_data);

	if (dma_tell(container))
		bpf_map_delete_elem(&dma_sums, &container);
	return 0;
}

VS_POINT(phase_container_gone, 2, sums_gone)
VS_POINT(phase_iommufd_gone, 2, sums_gone)

/* Pinning */

static __always_inline bool pin_begins(struct vs_call *c, bool typed)
{
	struct vs_doing *d = doing_call();
	__u32 phase;

	if (!d)
		return false;
	phase = d->level[(d->depth - 1) % VS_LEVELS].phase;
	/*
	 * While a group joins an IOMMU, what is mapped already is mapped for it, too: the
	 * replay, which is the last step of that, and has no function of its own.
	 */
	if (phase == VS_PHASE_SET_IOMMU || phase == VS_PHASE_CONTAINER_ATTACH)
		part_begins(VS_PHASE_REPLAY);
	d->pin_start = bpf_ktime_get_boot_ns();
	return true;
}

/* @pages: what this call has pinned. */
static __always_inline __u64 pinned(__u64 pages)
{
	struct vs_doing *d = doing_call();

	if (!d || !d->pin_start)
		return 0;
	d->pin_ns += bpf_ktime_get_boot_ns() - d->pin_start;
	d->pin_start = 0;
	d->pins++;
	d->pages += pages;
	return 1;
}

static __always_inline __u64 pages_pinned(long ret)
{
	return pinned(ret > 0 ? ret : 0);
}

VS_PHASE_CALL(phase_pin, VS_PHASE_PIN, 6, pin_begins, pages_pinned)

/* iommufd and POWER: how many pages there are is in the arguments. */
static __always_inline bool range_pin_begins(struct vs_call *c, bool typed)
{
	struct vs_doing *d = doing_call();

	if (!d)
		return false;
	d->pin_start = bpf_ktime_get_boot_ns();
	return true;
}

static __always_inline __u64 range_pinned(long ret)
{
	return pinned(0);
}

VS_PHASE_CALL(phase_range_pin, VS_PHASE_PIN, 4, range_pin_begins, range_pinned)

/* The memory is not RAM: its pages are looked up one by one. */
static __always_inline int device_memory(struct vs_call *c, long ret)
{
	struct vs_doing *d = doing_call();

	if (d)
		d->device_memory = true;
	return 0;
}

VS_POINT(phase_device_memory, 1, device_memory)
VS_POINT(phase_device_memory_pte, 4, device_memory)

/* The address space whose locks may be waited for. */
static __always_inline int ioas_known(struct vs_call *c, long ret)
{
	struct vs_doing *d = doing_call();

	if (d)
		d->iopt = c->a[0];
	return 0;
}

VS_POINT(phase_ioas_known, 6, ioas_known)
