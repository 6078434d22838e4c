/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the opens and closes of devices share on all kernel generations; how each
 * generation shows them is in device_refcounted, device_borrowed and device_notifier.
 */
#ifndef VS_DEVICE_BPF_H
#define VS_DEVICE_BPF_H

#include "memory.bpf.h"
#include "probe.bpf.h"
#include "shapes_pci.bpf.h"
#include "vmlist.bpf.h"

/* The call on a group that the thread is in; if @dev is given, one that opens it. */
static __always_inline struct vs_call *opening(struct vfio_device *dev)
{
	struct vs_call *call = call_find(SLOT_GROUP_IOCTL);

	return call && (!dev || call->open.dev == (__u64)dev) ? call : NULL;
}

/* The VM of the device that a call is about; devices of notifier kernels: their group's. */
static __always_inline __u64 vm_of_device(struct vfio_device *dev)
{
	return shape_notifier() ? shape_group_kvm(shape_group_of_device(dev)) :
				  shape_device_kvm(dev);
}

/* What the records of calls on a device's file share. Its value is the device. */
#define fill_device_call(e, c)                                                        \
	({                                                                            \
		struct vfio_device *dev_ = shape_device_of_file(arg(c, 0));           \
		(e)->dev = (__u64)dev_;                                               \
		(e)->kvm = vm_of_device(dev_);                                        \
		(e)->iommu_group = shape_iommu_group_id(shape_group_of_device(dev_)); \
		shape_device_name(dev_, (e)->name);                                   \
		dev_;                                                                 \
	})

/* The device has the kvm pointer of its group. */
static __always_inline bool ordered(const struct ev_dev *e)
{
	return e->kvm && e->kvm == e->group_kvm;
}

/* What the record of an open says beside the device's state. */
static __always_inline void fill_opener(struct ev_dev *e, struct vfio_device *dev)
{
	struct device *parent;

	e->fd = -1;
	parent = shape_device_identity(e, dev);
	if (!e->h.ret && e->open_count == 1)
		e->h.flags |= shape_silence(parent, e->name, true);
	if (!e->kvm)
		e->owner_kvm = vmlist_of_mm(BPF_CORE_READ(shape_current(), mm), &e->h.flags);
	if (e->h.ret && e->group && !(e->h.flags & VS_F_CDEV) &&
	    !shape_has_iommu((struct vfio_group *)e->group))
		e->h.flags |= VS_F_NOT_ASKED;
	if (map_has_failed && e->group && !(e->h.flags & VS_F_CDEV) &&
	    shape_unmapped(shape_container((struct vfio_group *)e->group)))
		e->h.flags |= VS_F_NO_MAPS;
	shape_creators(e, !shape_borrowed());
}

/* What opens a device, and where the outcome is noted. */
struct opener {
	void *df; /* its file; NULL on kernels without struct vfio_device_file */
	struct vfio_group *group; /* NULL: the file is a cdev's */
	bool asked; /* the open has reached the driver, as far as is known here */
	__u64 *stage; /* enum open_stage, of the call around it, or NULL */
};

/* What is read must be one consistent state: each caller knows what keeps it so. */
static __always_inline void fill_open(struct ev_dev *e, struct vfio_device *dev,
				      const struct opener *by)
{
	shape_device_state(e, dev, by->group, by->group ? NULL : by->df);
	if (shape_notifier())
		e->kvm = e->group_kvm;
	shape_backend(e, by->df);
	fill_opener(e, dev);
}

/*
 * If the open is on record and was ordered, what the device is and who created its VM is
 * not read again, which would be half of the work: user space knows it from the open.
 */
static __always_inline void fill_close(struct ev_dev *e, struct vfio_device *dev,
				       struct vfio_group *group, void *cdev)
{
	__u64 *place = place_of(on_record, (__u64)dev);
	bool known = *place == (__u64)dev;

	*place = 0;
	shape_device_state(e, dev, group, cdev);
	e->fd = e->iommu_group = -1;
	e->iommufd = VS_NOT_SEEN;
	if (known && !every_call && ordered(e))
		return;
	e->h.flags |= shape_silence(shape_device_identity(e, dev), e->name, false);
	shape_creators(e, !shape_borrowed());
}

static __always_inline int emit_open(struct vs_call *c, struct vfio_device *dev, long ret,
				     const struct opener *by)
{
	__u64 *place = place_of(on_record, (__u64)dev);
	struct ev_dev *e;

	*place = 0;
	e = emit_begin(ev_dev, VS_DEV_OPEN, c, ret);
	if (!e)
		return 0;
	fill_open(e, dev, by);
	if (!e->h.ret)
		*place = (__u64)dev;
	else if (!by->asked)
		e->h.flags |= VS_F_NOT_ASKED;
	/* Drivers begin there. */
	if (every_call && !e->h.ret && e->open_count == 1)
		migration_note((__u64)dev, VS_MIG_STATE_RUNNING);
	if (by->stage)
		*by->stage = ordered(e) ? OPEN_ORDERED : OPEN_RECORDED;
	emit_end(e);
	return 0;
}

/* The release of a device file that the thread is in, copied out and forgotten. */
static __always_inline bool closing(struct vs_call *release)
{
	return call_leave(SLOT_DEV_CLOSE, release, false);
}

#endif
