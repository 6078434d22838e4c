/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the opens and closes of devices share on all kernel generations; how each
 * generation shows them is in device_refcounted, device_borrowed and device_notifier.
 */
#ifndef VS_DEVICE_BPF_H
#define VS_DEVICE_BPF_H

#include "memory.bpf.h"
#include "probe.bpf.h"
#include "vmlist.bpf.h"

/* The call on a group that the thread is in; if @dev is given, one that opens it. */
static __always_inline struct vs_call *opening(struct vfio_device *dev)
{
	struct vs_call *call = call_find(SLOT_GROUP_IOCTL);

	return call && (!dev || call->open.dev == (__u64)dev) ? call : NULL;
}

/* The device has the kvm pointer of its group. */
static __always_inline bool ordered(const struct ev_dev *e)
{
	return e->kvm && e->kvm == e->group_kvm;
}

/* What the record of an open says beside the device's state. */
static __always_inline void fill_opener(struct ev_dev *e, struct vfio_device *dev)
{
	e->fd = -1;
	shape_device_identity(e, dev);
	if (!e->kvm)
		e->owner_kvm = vmlist_of_mm(BPF_CORE_READ(shape_current(), mm), &e->h.flags);
	if (e->h.ret && e->group && !shape_has_iommu((struct vfio_group *)e->group))
		e->h.flags |= VS_F_NO_IOMMU;
	shape_creators(e, !shape_borrowed());
}

/* What is read must be one consistent state: each caller knows what keeps it so. */
static __always_inline void fill_open(struct ev_dev *e, struct vfio_device *dev)
{
	shape_device_state(e, dev);
	if (shape_notifier())
		e->kvm = e->group_kvm;
	fill_opener(e, dev);
}

/*
 * If the open is on record and was ordered, what the device is and who created its VM is
 * not read again, which would be half of the work: user space knows it from the open.
 */
static __always_inline void fill_close(struct ev_dev *e, struct vfio_device *dev)
{
	__u64 *place = place_of(on_record, (__u64)dev);
	bool known = *place == (__u64)dev;

	*place = 0;
	shape_device_state(e, dev);
	e->fd = e->iommu_group = -1;
	if (known && !every_call && ordered(e))
		return;
	shape_device_identity(e, dev);
	shape_creators(e, !shape_borrowed());
}

/* Records an open. @around: the call on the group, in which the outcome is noted, or NULL. */
static __always_inline int emit_open(struct vs_call *c, struct vfio_device *dev, long ret,
				     struct vs_call *around)
{
	__u64 *place = place_of(on_record, (__u64)dev);
	struct ev_dev *e;

	*place = 0;
	e = emit_begin(ev_dev, VS_DEV_OPEN, c, ret);
	if (!e)
		return 0;
	fill_open(e, dev);
	if (!e->h.ret)
		*place = (__u64)dev;
	if (around)
		around->open.stage = ordered(e) ? OPEN_ORDERED : OPEN_RECORDED;
	emit_end(e);
	return 0;
}

/* The release of a device file that the thread is in, copied out and forgotten. */
static __always_inline bool closing(struct vs_call *release)
{
	return call_leave(SLOT_DEV_CLOSE, release, false);
}

#endif
