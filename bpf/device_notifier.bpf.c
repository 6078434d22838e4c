// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices opened and closed on notifier kernels (drivers/vfio/vfio.c, up to 5.18).
 *
 * Every GET_DEVICE_FD opens, and the core counts nothing: the probes count files. The
 * driver has opened when the file is made. The call's own return would show the same,
 * but a kretprobe may miss that.
 */
#include "device.bpf.h"

#define MAX_ERRNO 4095 /* include/linux/err.h */

static __always_inline bool keep_device_file(struct vs_call *c)
{
	return addr_device_fops && c->a[1] == addr_device_fops;
}

static __always_inline int device_file_made(struct vs_call *c, long ret)
{
	struct vfio_device *dev = arg(c, 2);
	struct vs_call *call = opening(NULL);
	struct opener by = { .asked = true };

	if ((unsigned long)ret >= (unsigned long)-MAX_ERRNO)
		return 0;
	note_file((struct file *)ret, (__u64)dev, true);
	by.group = shape_group_of_device(dev);
	if (call) {
		call->open.dev = (__u64)dev;
		by.stage = &call->open.stage;
	}
	c->start = call ? call->start : VS_LATE;
	return emit_open(c, dev, 0, &by);
}

VS_CALL(anon_inode_getfile, SLOT_DEV_OPEN, 4, keep_device_file, device_file_made)

/*
 * The driver has closed; the release around this still holds the device. The file may be
 * one that was never noted: its close then counts as begun before recording.
 */
static __always_inline int file_closed(struct vs_call *c, long ret)
{
	struct vfio_device *dev;
	struct vs_call release;
	struct ev_dev *e;

	if (!closing(&release))
		return 0;
	c->start = release.close.noted ? release.start : VS_LATE;
	e = emit_begin(ev_dev, VS_DEV_CLOSE, c, 0);
	if (!e)
		return 0;
	dev = (struct vfio_device *)release.close.dev;
	fill_close(e, dev, shape_group_of_device(dev), NULL);
	e->open_count = release.close.open_count;
	emit_end(e);
	return 0;
}

VS_POINT(vfio_group_try_dissolve_container, 1, file_closed)
