// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA maps and unmaps that fail, where DMA is not asked for. Only the return is observed,
 * and a call that succeeds ends the program at its first test: a VM that maps all the time,
 * as with a virtual IOMMU, pays for no more than that.
 */
#include "dma.bpf.h"

static __always_inline bool fails_and_counts(struct vs_call *c, long ret)
{
	return ret < 0 && armed && is_dma_call(c->a[1]);
}

static __always_inline int failed(struct vs_call *c, long ret, bool iommufd)
{
	__u64 container = (__u64)BPF_CORE_READ((struct file *)arg(c, 0), private_data);
	struct dma_range r = {};

	read_range(&r, c->a[1], arg(c, 2));
	return dma_failed(c, iommufd ? iommufd_result(ret) : ret, container, &r, iommufd, false);
}

/* As VFIO's own, whose failures are recorded with all else if DMA is asked for. */
static __always_inline int container_failed(struct vs_call *c, long ret)
{
	return container_calls_seen || !fails_and_counts(c, ret) ? 0 : failed(c, ret, false);
}

VS_RETURN(container_failed, 3, container_failed)

static __always_inline int iommufd_failed(struct vs_call *c, long ret)
{
	return observe_dma || !fails_and_counts(c, ret) ? 0 : failed(c, ret, true);
}

VS_RETURN(iommufd_failed, 3, iommufd_failed)
