/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Borrowed kernels: opens of a device that show only in the return of GET_DEVICE_FD,
 * because the driver refused or the device was open already.
 */
#ifndef VS_DEVICE_BORROWED_BPF_H
#define VS_DEVICE_BORROWED_BPF_H

#include "device.bpf.h"

/* The fd that the call returns is a device's, which it keeps open. */
static __always_inline bool returns_device(long ret)
{
	struct file *file = ret >= 0 ? shape_file_of_fd(ret) : NULL;

	return shape_private_of(file, addr_device_fops);
}

/* The pointer that a refusing driver saw is gone: it was the group's. */
static __always_inline void borrowed_open(struct vs_call *c, long ret)
{
	struct vfio_device *dev = (void *)c->open.dev;
	struct vs_call inner = { .start = c->open.begun_ns };
	bool failed = ret < 0 && c->open.stage == OPEN_FAILED;
	struct ev_dev *e;

	if (!dev || (!failed && (ret < 0 || c->open.stage != OPEN_BEGUN)))
		return;
	e = emit_begin(ev_dev, VS_DEV_OPEN, &inner, failed ? (int)ret : 0);
	if (!e)
		return;
	if (!failed && !returns_device(ret)) {
		emit_cancel(e);
		return;
	}
	shape_device_state(e, dev, shape_group_of_device(dev), NULL);
	shape_backend(e, NULL);
	if (failed)
		e->kvm = c->open.kvm_before ? c->open.kvm_before : e->group_kvm;
	else if (e->open_count < 2)
		e->open_count = 2;
	fill_opener(e, dev);
	emit_end(e);
}

#endif
