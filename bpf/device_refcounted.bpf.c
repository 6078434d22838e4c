// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices opened and closed on refcounted kernels (drivers/vfio/vfio_main.c, 6.6 on).
 *
 * vfio_df_open() and vfio_df_close() run under dev_set->lock, and on the group path
 * under group_lock, too. The caller lets the device take its group's kvm pointer just
 * before and drops it just after. So what is read at their return is one consistent
 * state: a verdict needs no second record.
 */
#include "device.bpf.h"

static __always_inline int device_opened(struct vs_call *c, long ret)
{
	struct vfio_device *dev = shape_device_of_df(arg(c, 0));
	struct vs_call *call = opening(NULL);

	if (!shape_by_group(arg(c, 0)))
		return 0;
	if (call)
		call->open.dev = (__u64)dev;
	return emit_open(c, dev, (int)ret, call);
}

VS_CALL(vfio_df_open, SLOT_DEV_OPEN, 1, keep_all, device_opened)

static __always_inline int device_closed(struct vs_call *c, long ret)
{
	struct ev_dev *e;

	if (!shape_by_group(arg(c, 0)))
		return 0;
	e = emit_begin(ev_dev, VS_DEV_CLOSE, c, 0);
	if (!e)
		return 0;
	fill_close(e, shape_device_of_df(arg(c, 0)));
	emit_end(e);
	return 0;
}

VS_CALL_VOID(vfio_df_close, SLOT_DEV_CLOSE, 1, keep_all, device_closed)
