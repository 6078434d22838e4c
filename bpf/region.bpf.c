// SPDX-License-Identifier: GPL-2.0-only
/* Regions of a device, such as BARs, that its user maps. */
#include "device.bpf.h"

static __always_inline bool region_maps(struct vs_call *c)
{
	struct vm_area_struct *vma = arg(c, 1);

	c->region_map.region = shape_region(BPF_CORE_READ(vma, vm_pgoff));
	c->region_map.bytes = BPF_CORE_READ(vma, vm_end) - BPF_CORE_READ(vma, vm_start);
	return true;
}

static __always_inline int region_mapped(struct vs_call *c, long ret)
{
	struct vfio_device *dev;
	struct ev_region *e;

	/* What was mapped is not to be seen any more if the entry was missed. */
	if ((int)ret >= 0 && (!every_call || c->start == VS_LATE))
		return 0;
	e = emit_begin(ev_region, VS_REGION_MAP, c, (int)ret);
	if (!e)
		return 0;
	dev = fill_device_call(e, c);
	e->region = c->region_map.region;
	e->bytes = c->region_map.bytes;
	if (e->h.ret == -EBUSY)
		shape_bar_owner(shape_parent(dev), e->name, e->region, e->owner);
	emit_end(e);
	return 0;
}

VS_CALL(vfio_device_fops_mmap, SLOT_REGION_MAP, 2, region_maps, region_mapped)
