// SPDX-License-Identifier: GPL-2.0-only
/* Phases that are parts of calls. What others than VFIO call, too, looks first who calls. */
#include "doing.bpf.h"

/* PART(name, PHASE, n, result): a function that is a part; @result of its return. */
#define PART(fn, PHASE, n, result)                                                 \
	static __always_inline bool fn##_begins(struct vs_call *c, bool typed)     \
	{                                                                          \
		return part_begins(VS_PHASE_##PHASE);                              \
	}                                                                          \
	static __always_inline __u64 fn##_ends(long ret)                           \
	{                                                                          \
		return doing_call() ? phase_ends(VS_PHASE_##PHASE, result, 0) : 0; \
	}                                                                          \
	VS_PHASE_CALL(fn, VS_PHASE_##PHASE, n, fn##_begins, fn##_ends)

/* The first is called often, by all kinds of drivers. */
PART(phase_resume, POWER_UP, 1, (int)ret)
PART(phase_power_state, POWER_UP, 2, (int)ret)
PART(phase_enable, ENABLE, 1, (int)ret)
PART(phase_config, CONFIG, 1, (int)ret)
PART(phase_try_reset, RESET, 1, (int)ret)
PART(phase_reset_locked, RESET, 1, (int)ret)
PART(phase_bus_reset, RESET, 1, (int)ret)
PART(phase_domain_alloc, DOMAIN_ALLOC, 1, 0)
PART(phase_domain_alloc_flags, DOMAIN_ALLOC, 2, 0)
PART(phase_iommu_attach, IOMMU_ATTACH, 2, (int)ret)
PART(phase_compat_attach, IOMMUFD_ATTACH, 2, (int)ret)

/* Making a VM non-coherent; returns nothing. */
static __always_inline bool coherency_begins(struct vs_call *c, bool typed)
{
	return part_begins(VS_PHASE_COHERENCY);
}

static __always_inline __u64 coherency_ends(long ret)
{
	return phase_ends(VS_PHASE_COHERENCY, 0, 0);
}

VS_PHASE_CALL_VOID(phase_coherency, VS_PHASE_COHERENCY, 1, coherency_begins, coherency_ends)

/* The device that is about to be opened, before its locks are taken. */
static __always_inline int device_known(struct vs_call *c, long ret)
{
	struct vs_doing *d = doing_call();

	if (d && d->level[0].phase == VS_PHASE_DEVICE_OPEN)
		d->dev = c->a[0];
	return 0;
}

VS_POINT(phase_device_known, 1, device_known)

/*
 * The driver is asked next. Borrowed kernels come here before they know whether it is the
 * first open, and take their locks after this: locks.bpf.c then moves the beginning.
 */
static __always_inline __u64 iommu_used(long ret)
{
	__u64 ended = phase_ends(VS_PHASE_USE_IOMMU, (int)ret, 0);
	struct vs_doing *d = ended && !(int)ret ? doing_call() : NULL;

	if (d && !(shape_borrowed() && shape_open_count((struct vfio_device *)d->dev)))
		part_begins(VS_PHASE_DRIVER_OPEN);
	return ended;
}

static __always_inline bool iommu_use_begins(struct vs_call *c, bool typed)
{
	struct vs_doing *d = part_begins(VS_PHASE_USE_IOMMU);

	if (d)
		d->dev = c->a[0];
	return d;
}

VS_PHASE_CALL(phase_use_iommu, VS_PHASE_USE_IOMMU, 1, iommu_use_begins, iommu_used)

static __always_inline bool iommufd_use_begins(struct vs_call *c, bool typed)
{
	struct vs_doing *d = part_begins(VS_PHASE_USE_IOMMU);

	if (d)
		d->dev = (__u64)shape_device_of_df(arg(c, 0));
	return d;
}

VS_PHASE_CALL(phase_iommufd_bind, VS_PHASE_USE_IOMMU, 1, iommufd_use_begins, iommu_used)

/* Up to 6.5 it takes the device itself. */
VS_PHASE_CALL(phase_iommufd_take, VS_PHASE_USE_IOMMU, 1_OF_2, iommu_use_begins, iommu_used)

/* Notifier kernels: the driver has opened when the device's file is made. */
static __always_inline int device_file(struct vs_call *c, long ret)
{
	struct vs_doing *d;

	if (!addr_device_fops || c->a[1] != addr_device_fops)
		return 0;
	d = doing_call();
	if (d && d->level[0].phase == VS_PHASE_DEVICE_OPEN)
		d->dev = c->a[2];
	phase_ends(VS_PHASE_DRIVER_OPEN, 0, 0);
	return 0;
}

VS_POINT(phase_device_file, 4, device_file)

/* All that a group has mapped goes: when it is released, or leaves its container. */
static __always_inline bool unpin_begins(struct vs_call *c, bool typed)
{
	struct vs_doing *d = part_or_call_begins(VS_PHASE_UNPIN);

	if (d && d->depth == 1)
		d->iommu_group = BPF_CORE_READ((struct iommu_group *)arg(c, 1), id);
	return d;
}

static __always_inline __u64 unpin_ends(long ret)
{
	return phase_ends(VS_PHASE_UNPIN, 0, 0);
}

VS_PHASE_CALL_VOID(phase_unpin, VS_PHASE_UNPIN, 2, unpin_begins, unpin_ends)

/* The same of an iommufd, when the last device of a domain leaves it. */
static __always_inline bool domain_leaves(struct vs_call *c, bool typed)
{
	return part_or_call_begins(VS_PHASE_UNPIN);
}

VS_PHASE_CALL_VOID(phase_domain_unpin, VS_PHASE_UNPIN, 2, domain_leaves, unpin_ends)
