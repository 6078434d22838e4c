// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices taken from their VFIO driver: the call waits until nobody uses the device any
 * more. So its beginning is a record of its own.
 */
#include "probe.bpf.h"

/* @dev: 0 where the call does not tell. */
static __always_inline bool unbind_begun(struct vs_call *c, __u64 dev, struct device *parent)
{
	struct ev_dev_call *e;

	if (!parent)
		return false;
	c->unbind.parent = (__u64)parent;
	c->unbind.iommu_group = shape_parent_group_id(parent);
	/* Its beginning was not seen: only its end gets a record. */
	if (c->start == VS_LATE)
		return true;
	e = emit_begin(ev_dev_call, VS_UNBIND_BEGIN, c, 0);
	if (!e)
		return true;
	e->dev = dev;
	e->iommu_group = (__s32)c->unbind.iommu_group;
	shape_parent_name(parent, e->name);
	emit_end(e);
	return true;
}

static __always_inline int unbind_done(struct vs_call *c, long ret)
{
	struct ev_dev_call *e = emit_begin(ev_dev_call, VS_UNBIND, c, 0);

	if (!e)
		return 0;
	e->iommu_group = (__s32)c->unbind.iommu_group;
	shape_parent_name((struct device *)c->unbind.parent, e->name);
	emit_end(e);
	return 0;
}

static __always_inline bool device_unregisters(struct vs_call *c)
{
	struct vfio_device *dev = arg(c, 0);

	return unbind_begun(c, (__u64)dev, dev ? shape_parent(dev) : NULL);
}

VS_CALL_VOID(vfio_unregister_group_dev, SLOT_UNBIND, 1, device_unregisters, unbind_done)

/* Up to 5.12 the driver passes its own device, and gets back what it had given VFIO. */
static __always_inline bool parent_unregisters(struct vs_call *c)
{
	return unbind_begun(c, 0, arg(c, 0));
}

VS_CALL(vfio_del_group_dev, SLOT_UNBIND, 1, parent_unregisters, unbind_done)
