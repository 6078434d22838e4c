// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices opened and closed on borrowed kernels (drivers/vfio/vfio_main.c, 6.1).
 *
 * The core's open is inlined into the group's ioctl. The last step of a first open is
 * vfio_device_container_register(), that of a last close vfio_device_container_unregister():
 * both under dev_set->lock and group_lock, with the device's kvm pointer in place. The calls
 * around them show where an open begins and whether it fails.
 */
#include "device_borrowed.bpf.h"
#include "doing.bpf.h"

static __always_inline int open_begun(struct vs_call *c, long ret)
{
	struct vfio_device *dev = arg(c, 0);
	struct vs_call *call = opening(NULL);

	if (!call)
		return 0;
	call->open.dev = (__u64)dev;
	call->open.kvm_before = shape_group_kvm(shape_group_of_device(dev));
	call->open.begun_ns = bpf_ktime_get_boot_ns();
	call->open.stage = OPEN_BEGUN;
	return 0;
}

VS_POINT(vfio_device_assign_container, 1, open_begun)

static __always_inline int first_opened(struct vs_call *c, long ret)
{
	struct vfio_device *dev = arg(c, 0);
	struct vs_call *call = opening(dev);
	struct opener by = { .group = shape_group_of_device(dev), .asked = true };

	if (profiling)
		phase_ends(VS_PHASE_DRIVER_OPEN, 0, 0);
	c->start = call ? call->open.begun_ns : VS_LATE;
	if (call) {
		call->open.stage = OPEN_RECORDED;
		by.stage = &call->open.stage;
	}
	return emit_open(c, dev, 0, &by);
}

VS_POINT(vfio_device_container_register, 1, first_opened)

static __always_inline int open_failed(struct vs_call *c, long ret)
{
	struct vs_call *call = opening(arg(c, 0));

	if (call && call->open.stage == OPEN_BEGUN)
		call->open.stage = OPEN_FAILED;
	return 0;
}

VS_POINT(open_failed, 1, open_failed)

/* Other closes than the last one take no lock that keeps the state as it is. */
static __always_inline int last_closed(struct vs_call *c, long ret)
{
	struct vs_call release = {};
	struct ev_dev *e;

	/* Outside a release: an open that fails after this step. */
	closing(&release);
	c->start = release.start;
	e = emit_begin(ev_dev, VS_DEV_CLOSE, c, 0);
	if (!e)
		return 0;
	fill_close(e, arg(c, 0), shape_group_of_device(arg(c, 0)), NULL);
	e->open_count = 0; /* counted down only after this */
	emit_end(e);
	return 0;
}

VS_POINT(vfio_device_container_unregister, 1, last_closed)

static __always_inline int close_done(struct vs_call *c, long ret)
{
	struct vs_call release;

	closing(&release);
	return 0;
}

VS_POINT(close_done, 1, close_done)
