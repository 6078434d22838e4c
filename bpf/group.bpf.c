// SPDX-License-Identifier: GPL-2.0-only
/*
 * Groups: /dev/vfio/N opened and released, and the calls on it, of which
 * GET_DEVICE_FD opens a device (drivers/vfio/group.c).
 */
#include "device_borrowed.bpf.h"

/* Failures, and after a busy group the success of whoever tries again. */
static __always_inline bool open_matters(int ret)
{
	if (ret == -EBUSY)
		group_was_busy = true;
	return every_call || ret < 0 || group_was_busy;
}

/* The group's number comes from the node's name, which is all there is if the open fails. */
static __always_inline int group_opened(struct vs_call *c, long ret)
{
	struct file *file = arg(c, 1);
	struct ev_group_open *e;

	if (!open_matters((int)ret))
		return 0;
	e = emit_begin(ev_group_open, VS_GROUP_OPEN, c, (int)ret);
	if (!e)
		return 0;
	if (!(int)ret)
		e->group = (__u64)BPF_CORE_READ(file, private_data);
	e->iommu_group = shape_iommu_group_id((struct vfio_group *)e->group);
	bpf_probe_read_kernel_str(e->node, sizeof(e->node),
				  BPF_CORE_READ(file, f_path.dentry, d_name.name));
	emit_end(e);
	return 0;
}

VS_CALL(vfio_group_fops_open, SLOT_GROUP_OPEN, 2, keep_all, group_opened)

/* The function clears private_data. */
static __always_inline bool group_remember(struct vs_call *c)
{
	c->group.group = (__u64)BPF_CORE_READ((struct file *)arg(c, 1), private_data);
	return true;
}

static __always_inline int group_released(struct vs_call *c, long ret)
{
	struct ev_group *e = emit_begin(ev_group, VS_GROUP_RELEASE, c, 0);

	if (!e)
		return 0;
	e->group = c->group.group;
	e->iommu_group = shape_iommu_group_id((struct vfio_group *)e->group);
	emit_end(e);
	return 0;
}

VS_CALL(vfio_group_fops_release, SLOT_GROUP_RELEASE, 2, group_remember, group_released)

/*
 * A success that adds nothing to a verdict: either no device was opened, or one that has
 * its VM's pointer, and the record of the open says it all.
 */
static __always_inline bool nothing_to_add(const struct vs_call *c, long ret)
{
	bool getfd = (__u32)c->a[1] == VFIO_GROUP_GET_DEVICE_FD;

	return !every_call && ret >= 0 && (!getfd || c->open.stage == OPEN_ORDERED);
}

/* What the records of calls on a group share. */
#define fill_group_call(e, c)                                               \
	({                                                                  \
		struct vfio_group *group_ = shape_group_of_file(arg(c, 0)); \
		(e)->group = (__u64)group_;                                 \
		(e)->group_kvm = shape_group_kvm(group_);                   \
		(e)->iommu_group = shape_iommu_group_id(group_);            \
		(e)->cmd = (__u32)(c)->a[1];                                \
	})

/*
 * The open inside has noted the device. The fd returned does not lead to it for sure:
 * another thread may have closed it.
 */
static __always_inline int get_device_fd(struct vs_call *c, long ret)
{
	struct ev_get_device_fd *e = emit_begin(ev_get_device_fd, VS_GET_DEVICE_FD, c, ret);

	if (!e)
		return 0;
	fill_group_call(e, c);
	if (ret >= 0)
		e->dev = c->open.dev;
	if (ret == -EINVAL)
		e->h.flags |= shape_lacks((struct vfio_group *)e->group);
	bpf_probe_read_user_str(e->name, sizeof(e->name), arg(c, 2));
	emit_end(e);
	return 0;
}

static __always_inline int set_container(struct vs_call *c, long ret)
{
	struct ev_set_container *e = emit_begin(ev_set_container, VS_SET_CONTAINER, c, ret);

	if (!e)
		return 0;
	fill_group_call(e, c);
	if (ret == -EINVAL)
		e->h.flags |= shape_lacks((struct vfio_group *)e->group);
	e->fd = -1;
	if (!bpf_probe_read_user(&e->fd, sizeof(e->fd), arg(c, 2))) {
		struct file *file = shape_file_of_fd(e->fd);

		e->container = (__u64)shape_private_of(file, addr_container_fops);
		e->iommufd = shape_iommufd_of_file(file);
	}
	emit_end(e);
	return 0;
}

/* A VMM that reads "not viable" here gives up, and no call fails. */
static __always_inline int get_status(struct vs_call *c, long ret)
{
	struct vs_group_status status = {};
	struct ev_group_status *e;

	if (!ret)
		bpf_probe_read_user(&status, sizeof(status), arg(c, 2));
	if (!every_call && !ret && status.flags & VFIO_GROUP_FLAGS_VIABLE)
		return 0;
	e = emit_begin(ev_group_status, VS_GROUP_GET_STATUS, c, ret);
	if (!e)
		return 0;
	fill_group_call(e, c);
	e->status = status.flags;
	emit_end(e);
	return 0;
}

static __always_inline int group_call(struct vs_call *c, long ret)
{
	bool unset = (__u32)c->a[1] == VFIO_GROUP_UNSET_CONTAINER;
	enum vs_kind kind = unset ? VS_UNSET_CONTAINER : VS_GROUP_IOCTL;
	struct ev_group_call *e = emit_begin(ev_group_call, kind, c, ret);

	if (!e)
		return 0;
	fill_group_call(e, c);
	emit_end(e);
	return 0;
}

static __always_inline int group_ioctl(struct vs_call *c, long ret)
{
	__u32 cmd = (__u32)c->a[1];

	if (cmd == VFIO_GROUP_GET_DEVICE_FD && shape_borrowed())
		borrowed_open(c, ret);
	if (cmd == VFIO_GROUP_GET_STATUS)
		return get_status(c, ret);
	if (nothing_to_add(c, ret))
		return 0;
	if (cmd == VFIO_GROUP_GET_DEVICE_FD)
		return get_device_fd(c, ret);
	if (cmd == VFIO_GROUP_SET_CONTAINER)
		return set_container(c, ret);
	return group_call(c, ret);
}

VS_CALL(vfio_group_fops_unl_ioctl, SLOT_GROUP_IOCTL, 3, keep_all, group_ioctl)
