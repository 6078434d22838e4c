// SPDX-License-Identifier: GPL-2.0-only
/*
 * Phases that are calls: on a group, a cdev, a device, and on kvm-vfio. Those that map
 * memory are in phase_dma.bpf.c.
 */
#include "sums.bpf.h"

/* The group's, or what is known of the cdev's file. */
static __always_inline void doing_file(struct vs_doing *d, struct file *file)
{
	void *df = shape_cdev_of_file(file);

	if (!df) {
		d->group = (__u64)shape_group_of_file(file);
		return;
	}
	d->flags |= VS_F_CDEV;
	d->group = (__u64)df;
	d->dev = (__u64)shape_device_of_df(df);
}

/* A group */

/* Written inside BPF_CORE_READ(), d->file itself would be relocated. */
static __always_inline struct file *file_of(const struct vs_doing *d)
{
	return (struct file *)d->file;
}

static __always_inline bool group_opens(struct vs_call *c, bool typed)
{
	struct vs_doing *d = call_begins(VS_PHASE_GROUP_OPEN);
	struct file *file = arg(c, 1);

	/* The group is known when the call has succeeded; its number is the node's name. */
	if (d) {
		d->file = (__u64)file;
		bpf_probe_read_kernel_str(d->name, sizeof(d->name),
					  BPF_CORE_READ(file, f_path.dentry, d_name.name));
	}
	return d;
}

/* The longest number that a node has for a name, in decimal digits. */
#define NODE_DIGITS 8

static __always_inline __s32 number_of(const char *name)
{
	__s32 n = 0;
	int i;

	for (i = 0; i < NODE_DIGITS && name[i] >= '0' && name[i] <= '9'; i++)
		n = n * 10 + name[i] - '0';
	return i && !name[i] ? n : -1;
}

static __always_inline __u64 group_opened(long ret)
{
	struct vs_doing *d = doing_call();

	if (d && d->level[0].phase == VS_PHASE_GROUP_OPEN) {
		if (!(int)ret)
			d->group = (__u64)BPF_CORE_READ(file_of(d), private_data);
		d->iommu_group = number_of(d->name);
		d->name[0] = '\0';
	}
	return call_ends(PHASES_1(GROUP_OPEN), (int)ret);
}

VS_PHASE_CALL(phase_group_open, VS_PHASE_GROUP_OPEN, 2, group_opens, group_opened)

static __always_inline struct vs_doing *container_attaches(struct vs_call *c)
{
	struct vs_doing *d = call_begins(VS_PHASE_CONTAINER_ATTACH);
	struct file *file;
	int fd = -1;

	if (!d)
		return NULL;
	bpf_probe_read_user(&fd, sizeof(fd), arg(c, 2));
	file = shape_file_of_fd(fd);
	d->container = (__u64)shape_private_of(file, addr_container_fops);
	if (!d->container)
		d->container = shape_iommufd_of_file(file);
	return d;
}

static __always_inline struct vs_doing *device_opens(struct vs_call *c, struct vfio_group *group)
{
	struct vs_doing *d = call_begins(VS_PHASE_DEVICE_OPEN);

	if (!d)
		return NULL;
	bpf_probe_read_user_str(d->name, sizeof(d->name), arg(c, 2));
	d->container = (__u64)shape_container(group);
	if (!d->container)
		d->container = shape_iommufd(group);
	if (shape_notifier())
		part_begins(VS_PHASE_DRIVER_OPEN);
	return d;
}

static __always_inline bool group_call_begins(struct vs_call *c, bool typed)
{
	struct vfio_group *group = shape_group_of_file(arg(c, 0));
	struct vs_doing *d = NULL;

	switch ((__u32)c->a[1]) {
	case VFIO_GROUP_SET_CONTAINER:
		d = container_attaches(c);
		break;
	case VFIO_GROUP_GET_DEVICE_FD:
		d = device_opens(c, group);
		break;
	}
	if (d)
		d->group = (__u64)group;
	return d;
}

/*
 * A device can be used after this call, if it succeeds: what was mapped for it comes
 * before.
 */
static __always_inline void usable_after(enum vs_phase phase)
{
	struct vs_doing *d = doing_call();

	if (d && d->level[0].phase == phase && d->container)
		dma_tell(d->container);
}

static __always_inline __u64 group_call_ends(long ret)
{
	usable_after(VS_PHASE_DEVICE_OPEN);
	return call_ends(PHASES_2(CONTAINER_ATTACH, DEVICE_OPEN), ret);
}

VS_PHASE_CALL(phase_group_ioctl, VS_PHASE_DEVICE_OPEN, 3, group_call_begins, group_call_ends)

/* A cdev */

static __always_inline bool cdev_opens(struct vs_call *c, bool typed)
{
	struct vs_doing *d = call_begins(VS_PHASE_CDEV_OPEN);

	if (d)
		d->file = c->a[1];
	return d;
}

static __always_inline __u64 cdev_opened(long ret)
{
	struct vs_doing *d = doing_call();

	if (d && d->level[0].phase == VS_PHASE_CDEV_OPEN && !(int)ret)
		doing_file(d, file_of(d));
	return call_ends(PHASES_1(CDEV_OPEN), (int)ret);
}

VS_PHASE_CALL(phase_cdev_open, VS_PHASE_CDEV_OPEN, 2, cdev_opens, cdev_opened)

/* A device */

static __always_inline enum vs_phase device_call_phase(__u32 cmd)
{
	switch (cmd) {
	case VFIO_DEVICE_SET_IRQS:
		return VS_PHASE_IRQ_SETUP;
	case VFIO_DEVICE_RESET:
		return VS_PHASE_RESET;
	case VFIO_DEVICE_PCI_HOT_RESET:
		return VS_PHASE_HOT_RESET;
	case VFIO_DEVICE_BIND_IOMMUFD:
		return VS_PHASE_DEVICE_OPEN;
	case VFIO_DEVICE_ATTACH_IOMMUFD_PT:
		return VS_PHASE_IOMMUFD_ATTACH;
	}
	return VS_PHASE_NONE;
}

/* The iommufd that the call names, or that the file is bound to. */
static __always_inline __u64 iommufd_of(struct vs_call *c, struct file *file)
{
	struct vs_bind_iommufd bind = { .iommufd = -1 };

	if ((__u32)c->a[1] != VFIO_DEVICE_BIND_IOMMUFD)
		return shape_bound_to(BPF_CORE_READ(file, private_data));
	bpf_probe_read_user(&bind, sizeof(bind), arg(c, 2));
	return shape_iommufd_of_file(shape_file_of_fd(bind.iommufd));
}

static __always_inline bool device_call_begins(struct vs_call *c, bool typed)
{
	enum vs_phase phase = device_call_phase(c->a[1]);
	struct file *file = arg(c, 0);
	struct vs_doing *d = phase ? call_begins(phase) : NULL;

	if (!d)
		return false;
	doing_file(d, file);
	if (!d->dev)
		d->dev = (__u64)shape_device_of_file(file);
	shape_device_name((struct vfio_device *)d->dev, d->name);
	if (phase == VS_PHASE_DEVICE_OPEN || phase == VS_PHASE_IOMMUFD_ATTACH)
		d->container = iommufd_of(c, file);
	return true;
}

static __always_inline __u64 device_call_ends(long ret)
{
	usable_after(VS_PHASE_IOMMUFD_ATTACH);
	return call_ends(
		PHASES_3(IRQ_SETUP, RESET, HOT_RESET) | PHASES_2(DEVICE_OPEN, IOMMUFD_ATTACH), ret);
}

VS_PHASE_CALL(phase_device_ioctl, VS_PHASE_IRQ_SETUP, 3, device_call_begins, device_call_ends)

static __always_inline bool device_closes(struct vs_call *c, bool typed)
{
	struct file *file = arg(c, 1);
	struct vs_doing *d;

	d = call_begins(VS_PHASE_DEVICE_CLOSE);
	if (!d)
		return false;
	doing_file(d, file);
	if (!d->dev)
		d->dev = (__u64)shape_device_of_file(file);
	/* The device may be gone at the end. */
	shape_device_name((struct vfio_device *)d->dev, d->name);
	return true;
}

static __always_inline __u64 device_closed(long ret)
{
	return call_ends(PHASES_1(DEVICE_CLOSE), 0);
}

VS_PHASE_CALL(phase_device_release, VS_PHASE_DEVICE_CLOSE, 2, device_closes, device_closed)

/* The kvm-vfio device */

static __always_inline bool registers(struct vs_call *c, bool typed)
{
	struct vs_kvm_device_attr attr = {};
	struct kvm_device *dev = arg(c, 0);
	struct vs_doing *d;
	int fd = -1;

	bpf_probe_read_kernel(&attr, sizeof(attr), arg(c, 1));
	if (attr.group != KVM_DEV_VFIO_GROUP ||
	    (attr.attr != KVM_DEV_VFIO_GROUP_ADD && attr.attr != KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE))
		return false;
	d = call_begins(VS_PHASE_REGISTER);
	if (!d)
		return false;
	d->kvm = shape_kvm_of(dev);
	d->kvm_vfio = (__u64)shape_kvm_vfio(dev);
	if (!bpf_probe_read_user(&fd, sizeof(fd), (void *)attr.addr))
		doing_file(d, shape_file_of_fd(fd));
	return true;
}

static __always_inline __u64 registered(long ret)
{
	return call_ends(PHASES_1(REGISTER), (int)ret);
}

VS_PHASE_CALL(phase_register, VS_PHASE_REGISTER, 2, registers, registered)

/* A thread has ended: what it was doing is of nobody. */
SEC("?raw_tp/sched_process_free")
int doing_forget(__u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	__u32 tid = BPF_CORE_READ(task, pid);
	struct vs_doing *d = bpf_map_lookup_elem(&doing, &tid);

	if (!d)
		return 0;
	/* It was in a call whose return was missed. */
	if (d->depth)
		__sync_fetch_and_add(&doing_now, -1);
	bpf_map_delete_elem(&doing, &tid);
	return 0;
}
