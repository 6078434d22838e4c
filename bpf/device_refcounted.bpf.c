// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices opened and closed on refcounted kernels (drivers/vfio/vfio_main.c, 6.2 on).
 *
 * vfio_df_open() and vfio_df_close(), up to 6.5 vfio_device_open() and
 * vfio_device_close(), run under dev_set->lock, and on the group path under group_lock,
 * too. The caller lets the device take the kvm pointer of its group, or of the cdev's
 * file, just before and drops it just after. So what is read at their return is one
 * consistent state: a verdict needs no second record.
 */
#include "device.bpf.h"
#include "doing.bpf.h"

/*
 * iommufd takes the device before the driver is asked. A cdev opens its device once: with
 * another file the open fails at its first line (vfio_df_open()).
 */
static __always_inline bool driver_asked(const struct vs_call *c, struct vfio_device *dev,
					 const struct opener *by)
{
	if (c->dev_open.refused || (!by->group && shape_open_count(dev)))
		return false;
	return iommufd_binds_seen || !(by->df ? shape_bound_to(by->df) : shape_iommufd(by->group));
}

static __always_inline int opened(struct vs_call *c, long ret, struct vfio_device *dev,
				  struct opener *by)
{
	struct vs_call *call;

	if (profiling)
		phase_ends(VS_PHASE_DRIVER_OPEN, (int)ret, 0);
	if (!by->group) {
		call = call_find(SLOT_CDEV_IOCTL);
		if (call)
			by->stage = &call->cdev.stage;
	} else {
		call = opening(NULL);
		if (call) {
			call->open.dev = (__u64)dev;
			by->stage = &call->open.stage;
		}
	}
	if ((int)ret)
		by->asked = driver_asked(c, dev, by);
	return emit_open(c, dev, (int)ret, by);
}

static __always_inline int device_opened(struct vs_call *c, long ret)
{
	void *df = arg(c, 0);
	struct opener by = { .df = df, .group = shape_group_of_df(df), .asked = true };

	return opened(c, ret, shape_device_of_df(df), &by);
}

static __always_inline bool open_begun(struct vs_call *c)
{
	c->dev_open.refused = 0;
	return true;
}

VS_CALL(vfio_df_open, SLOT_DEV_OPEN, 1, open_begun, device_opened)

/* Up to 6.5 devices are opened by their group only. */
static __always_inline int group_device_opened(struct vs_call *c, long ret)
{
	struct vfio_device *dev = arg(c, 0);
	struct opener by = { .group = shape_group_of_device(dev), .asked = true };

	return opened(c, ret, dev, &by);
}

VS_CALL(vfio_device_open, SLOT_DEV_OPEN, 1_OF_2, open_begun, group_device_opened)

/* Inside an open: what iommufd says to it. */
static __always_inline int iommufd_bound(struct vs_call *c, long ret)
{
	struct vs_call *open = (int)ret ? call_find(SLOT_DEV_OPEN) : NULL;

	if (open)
		open->dev_open.refused = true;
	return 0;
}

VS_CALL(vfio_df_iommufd_bind, SLOT_IOMMUFD_BIND, 1, keep_all, iommufd_bound)
VS_CALL(vfio_iommufd_bind, SLOT_IOMMUFD_BIND, 1_OF_2, keep_all, iommufd_bound)

static __always_inline int closed(struct vs_call *c, struct vfio_device *dev,
				  struct vfio_group *group, void *df)
{
	struct ev_dev *e = emit_begin(ev_dev, VS_DEV_CLOSE, c, 0);

	if (!e)
		return 0;
	fill_close(e, dev, group, group ? NULL : df);
	emit_end(e);
	return 0;
}

static __always_inline int device_closed(struct vs_call *c, long ret)
{
	void *df = arg(c, 0);

	return closed(c, shape_device_of_df(df), shape_group_of_df(df), df);
}

VS_CALL_VOID(vfio_df_close, SLOT_DEV_CLOSE, 1, keep_all, device_closed)

static __always_inline int group_device_closed(struct vs_call *c, long ret)
{
	struct vfio_device *dev = arg(c, 0);

	return closed(c, dev, shape_group_of_device(dev), NULL);
}

VS_CALL_VOID(vfio_device_close, SLOT_DEV_CLOSE, 1_OF_2, keep_all, group_device_closed)
