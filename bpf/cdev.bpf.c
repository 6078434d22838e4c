// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices used through a character device of their own, /dev/vfio/devices/vfioN: opened,
 * bound to an iommufd, which opens the device, attached to an address space, released
 * (drivers/vfio/device_cdev.c, 6.6 on). The open of the device inside BIND_IOMMUFD is in
 * device_refcounted.bpf.c.
 */
#include "device.bpf.h"

/* If the open fails, the node's name is all there is. */
static __always_inline int cdev_opened(struct vs_call *c, long ret)
{
	struct ev_cdev *e = emit_begin(ev_cdev, VS_CDEV_OPEN, c, (int)ret);
	struct file *file = arg(c, 1);
	struct vfio_device *dev;

	if (!e)
		return 0;
	e->iommu_group = -1;
	bpf_probe_read_kernel_str(e->node, sizeof(e->node),
				  BPF_CORE_READ(file, f_path.dentry, d_name.name));
	if (!(int)ret) {
		dev = shape_device_of_file(file);
		e->file = (__u64)BPF_CORE_READ(file, private_data);
		e->dev = (__u64)dev;
		e->iommu_group = shape_iommu_group_id(shape_group_of_device(dev));
		shape_device_name(dev, e->name);
	}
	emit_end(e);
	return 0;
}

VS_CALL(vfio_device_fops_cdev_open, SLOT_CDEV_OPEN, 2, keep_all, cdev_opened)

/* The function frees the file's own part, and may be the last to hold the device. */
static __always_inline bool cdev_remember(struct vs_call *c)
{
	void *df = BPF_CORE_READ((struct file *)arg(c, 1), private_data);
	struct vfio_device *dev;

	/* Nothing is left to read at a return whose entry was missed. */
	if (c->start == VS_LATE || !df || !shape_is_cdev(df))
		return false;
	dev = shape_device_of_df(df);
	c->cdev_release.file = (__u64)df;
	c->cdev_release.dev = (__u64)dev;
	c->cdev_release.parent = (__u64)shape_parent(dev);
	c->cdev_release.iommu_group = shape_iommu_group_id(shape_group_of_device(dev));
	return true;
}

static __always_inline int cdev_released(struct vs_call *c, long ret)
{
	struct ev_cdev *e = emit_begin(ev_cdev, VS_CDEV_RELEASE, c, 0);

	if (!e)
		return 0;
	e->file = c->cdev_release.file;
	e->dev = c->cdev_release.dev;
	e->iommu_group = (__s32)c->cdev_release.iommu_group;
	shape_parent_name((struct device *)c->cdev_release.parent, e->name);
	emit_end(e);
	return 0;
}

VS_CALL(cdev_released, SLOT_CDEV_RELEASE, 2, cdev_remember, cdev_released)

/* Page tables: the id is overwritten by the call. */
static __always_inline bool cdev_call_begun(struct vs_call *c)
{
	struct vs_attach_iommufd_pt attach = {};
	__u32 cmd = c->a[1];

	c->cdev = (struct cdev_state){};
	if (cmd == VFIO_DEVICE_ATTACH_IOMMUFD_PT &&
	    !bpf_probe_read_user(&attach, sizeof(attach), arg(c, 2)))
		c->cdev.pt_id = attach.pt_id;
	return cmd == VFIO_DEVICE_BIND_IOMMUFD || cmd == VFIO_DEVICE_ATTACH_IOMMUFD_PT ||
	       cmd == VFIO_DEVICE_DETACH_IOMMUFD_PT;
}

static __always_inline int bound(struct vs_call *c, long ret)
{
	struct ev_bind *e = emit_begin(ev_bind, VS_BIND_IOMMUFD, c, ret);
	void *df = BPF_CORE_READ((struct file *)arg(c, 0), private_data);
	struct vs_bind_iommufd bind = { .iommufd = -1 };

	if (!e)
		return 0;
	if (shape_is_cdev(df)) {
		shape_cdev(e, df);
		e->creator = shape_vm_creator(e->group_kvm);
	} else {
		e->iommu_group =
			shape_iommu_group_id(shape_group_of_device(shape_device_of_df(df)));
		shape_device_name(shape_device_of_df(df), e->name);
	}
	e->dev = (__u64)shape_device_of_df(df);
	if (bpf_probe_read_user(&bind, sizeof(bind), arg(c, 2)))
		bind.iommufd = -1;
	e->fd = bind.iommufd;
	e->argsz = bind.argsz;
	if (c->cdev.dropped)
		e->h.flags |= VS_F_DROPPED_KVM;
	emit_end(e);
	return 0;
}

static __always_inline int page_table(struct vs_call *c, long ret)
{
	enum vs_kind kind = (__u32)c->a[1] == VFIO_DEVICE_ATTACH_IOMMUFD_PT ? VS_ATTACH_PT :
									      VS_DETACH_PT;
	void *df = BPF_CORE_READ((struct file *)arg(c, 0), private_data);
	struct vfio_device *dev = shape_device_of_df(df);
	struct ev_iommufd_pt *e = emit_begin(ev_iommufd_pt, kind, c, ret);

	if (!e)
		return 0;
	if (ret < 0 && shape_has_access(df))
		e->h.flags |= VS_F_BOUND;
	e->dev = (__u64)dev;
	e->kvm = shape_device_kvm(dev);
	e->pt_id = c->cdev.pt_id;
	e->iommu_group = shape_iommu_group_id(shape_group_of_device(dev));
	shape_device_name(dev, e->name);
	emit_end(e);
	return 0;
}

/*
 * As for GET_DEVICE_FD: the record of an ordered open says all that a verdict needs. Of
 * attaches failures matter, and after one the success of whoever tries again.
 */
static __always_inline bool cdev_call_matters(const struct vs_call *c, long ret)
{
	__u32 cmd = c->a[1];

	if (every_call || ret < 0) {
		if (cmd == VFIO_DEVICE_ATTACH_IOMMUFD_PT && ret < 0)
			attach_has_failed = true;
		return true;
	}
	if (cmd == VFIO_DEVICE_BIND_IOMMUFD)
		return c->cdev.stage != OPEN_ORDERED;
	return cmd == VFIO_DEVICE_ATTACH_IOMMUFD_PT && attach_has_failed;
}

static __always_inline int cdev_ioctl(struct vs_call *c, long ret)
{
	bool bind = (__u32)c->a[1] == VFIO_DEVICE_BIND_IOMMUFD;

	if (!cdev_call_matters(c, ret))
		return 0;
	return bind ? bound(c, ret) : page_table(c, ret);
}

VS_CALL(cdev_ioctl, SLOT_CDEV_IOCTL, 3, cdev_call_begun, cdev_ioctl)

/*
 * A bind that fails drops the pointer it has taken. If the device is open already, by
 * another file, the pointer is that file's (seen on 6.8 and 6.12).
 */
static __always_inline int cdev_put_kvm(struct vs_call *c, long ret)
{
	struct vs_call *call = call_find(SLOT_CDEV_IOCTL);
	struct vfio_device *dev = arg(c, 0);

	if (call && shape_open_count(dev))
		call->cdev.dropped = shape_device_kvm(dev);
	return 0;
}

VS_POINT(cdev_put_kvm, 1, cdev_put_kvm)
