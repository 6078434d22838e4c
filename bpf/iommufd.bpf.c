// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls on an iommufd, /dev/iommu: its address spaces (IOAS), and the calls of a container
 * that it understands (drivers/iommu/iommufd/main.c, vfio_compat.c). Maps, unmaps and
 * copies are counted here, and get a record only if they fail.
 */
#include "dma.bpf.h"

/* A return without its entry is no loss: the entry may have been left out here. */
static __always_inline bool keep_iommufd(struct vs_call *c)
{
	if (!c->a[0])
		return false;
	return is_dma_call(c->a[1]) ? observe_dma : every_call || (__u32)c->a[1] == VFIO_SET_IOMMU;
}

static __always_inline struct vs_ioas_count *ioas_of(__u64 iommufd)
{
	struct vs_ioas_count *count = bpf_map_lookup_elem(&ioas, &iommufd);
	struct vs_ioas_count first = {};

	if (count)
		return count;
	fill_counted(&first.by);
	if (bpf_map_update_elem(&ioas, &iommufd, &first, BPF_ANY))
		lose(VS_LOSS_DMA);
	return bpf_map_lookup_elem(&ioas, &iommufd);
}

static __always_inline void ioas_count(struct vs_call *c, __u64 iommufd, const struct dma_range *r,
				       bool failed)
{
	__u64 ns = c->start > VS_LATE ? bpf_ktime_get_boot_ns() - c->start : 0;
	struct vs_ioas_count *count = ioas_of(iommufd);
	struct vs_call_count *of;

	if (!count || r->call >= VS_IOAS_CALL_COUNT)
		return;
	of = &count->call[r->call];
	__sync_fetch_and_add(&of->calls, 1);
	__sync_fetch_and_add(&of->ns, ns);
	__sync_fetch_and_add(failed ? &of->failed : &of->bytes, failed ? 1 : r->bytes);
}

static __always_inline int ioas_call(struct vs_call *c, long ret, __u64 iommufd)
{
	struct dma_range r = {};

	read_range(&r, c->a[1], arg(c, 2));
	if (count_dma)
		ioas_count(c, iommufd, &r, ret < 0);
	return ret < 0 ? dma_failed(c, ret, iommufd, &r, true, false) : 0;
}

static __always_inline int compat_set_iommu(struct vs_call *c, long ret, __u64 iommufd)
{
	struct ev_set_iommu *e = emit_begin(ev_set_iommu, VS_SET_IOMMU, c, ret);

	if (!e)
		return 0;
	e->container = iommufd;
	e->type = c->a[2];
	e->iommu_group = -1;
	emit_end(e);
	return 0;
}

static __always_inline int other_call(struct vs_call *c, long ret, __u64 iommufd)
{
	bool alloc = (__u32)c->a[1] == IOMMU_IOAS_ALLOC;
	struct ev_iommufd *e =
		emit_begin(ev_iommufd, alloc ? VS_IOAS_ALLOC : VS_IOMMUFD_IOCTL, c, ret);
	struct vs_ioas_alloc made = {};

	if (!e)
		return 0;
	e->iommufd = iommufd;
	e->cmd = c->a[1];
	if (alloc && ret >= 0)
		bpf_probe_read_user(&made, sizeof(made), arg(c, 2));
	e->ioas = made.out_ioas_id;
	emit_end(e);
	return 0;
}

static __always_inline int iommufd_ioctl(struct vs_call *c, long ret)
{
	__u64 iommufd = (__u64)BPF_CORE_READ((struct file *)arg(c, 0), private_data);

	ret = iommufd_result(ret);
	if (is_dma_call(c->a[1]))
		return ioas_call(c, ret, iommufd);
	if ((__u32)c->a[1] == VFIO_SET_IOMMU)
		return compat_set_iommu(c, ret, iommufd);
	return other_call(c, ret, iommufd);
}

VS_CALL(iommufd_fops_ioctl, SLOT_IOMMUFD_IOCTL, 3, keep_iommufd, iommufd_ioctl)

/* At entry: when the function returns, the address may be that of another iommufd. */
static __always_inline int iommufd_gone(struct vs_call *c, long ret)
{
	__u64 iommufd = (__u64)BPF_CORE_READ((struct file *)arg(c, 1), private_data);
	struct vs_ioas_count *count = bpf_map_lookup_elem(&ioas, &iommufd);
	struct ev_ioas_totals *e;

	if (!count)
		return 0;
	e = emit_begin(ev_ioas_totals, VS_IOAS_TOTALS, c, 0);
	if (!e)
		return 0;
	e->iommufd = iommufd;
	__builtin_memcpy(&e->maps, count->call, sizeof(count->call));
	emit_end(e);
	bpf_map_delete_elem(&ioas, &iommufd);
	return 0;
}

VS_POINT(iommufd_fops_release, 2, iommufd_gone)
