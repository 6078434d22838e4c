// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VFIO side, group path: groups, devices, and the kvm pointer a device
 * takes at its first open (drivers/vfio/group.c, vfio_main.c).
 */
#include "probe.bpf.h"

/* uapi/linux/vfio.h; unique per kind of fd only. */
#define VFIO_GROUP_SET_CONTAINER 0x3b68
#define VFIO_GROUP_GET_DEVICE_FD 0x3b6a
#define VFIO_DEVICE_SET_IRQS 0x3b6e
#define VFIO_DEVICE_RESET 0x3b6f

/* Group number from the node's name: all there is when the open fails. */
static __always_inline int group_opened(struct vs_call *c, long ret)
{
	struct ev_group *e = emit_begin(ev_group, VS_GROUP_OPEN, c, (int)ret);
	struct file *file = (void *)c->a[1];

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

VS_CALL(vfio_group_fops_open, VS_GROUP_OPEN, 2, keep_all, group_opened)

/* The function clears private_data. */
static __always_inline bool group_remember(struct vs_call *c)
{
	c->x[0] = (__u64)BPF_CORE_READ((struct file *)arg(c, 1), private_data);
	return true;
}

static __always_inline int group_released(struct vs_call *c, long ret)
{
	struct ev_group *e = emit_begin(ev_group, VS_GROUP_RELEASE, c, 0);

	if (!e)
		return 0;
	e->group = c->x[0];
	e->iommu_group = shape_iommu_group_id((struct vfio_group *)e->group);
	emit_end(e);
	return 0;
}

VS_CALL(vfio_group_fops_release, VS_GROUP_RELEASE, 2, group_remember, group_released)

/*
 * x[0]: the device, noted by the open inside. It is not looked for behind the fd
 * returned, which another thread may have closed by then.
 */
static __always_inline void get_device_fd(struct vs_call *c, struct ev_group_ioctl *e, long ret)
{
	bpf_probe_read_user_str(e->name, sizeof(e->name), (void *)c->a[2]);
	e->fd = -1;
	if (ret >= 0)
		e->object = c->x[0];
}

/* The call on a group that the thread is in, of this device if one is named. */
static __always_inline struct vs_call *opening(struct vfio_device *dev)
{
	struct vs_call *call = call_find(VS_GROUP_IOCTL);

	return call && (!dev || call->x[0] == (__u64)dev) ? call : NULL;
}

static __always_inline void set_container(struct vs_call *c, struct ev_group_ioctl *e)
{
	e->fd = -1;
	if (!bpf_probe_read_user(&e->fd, sizeof(e->fd), (void *)c->a[2]))
		e->object = (__u64)shape_private_of(shape_file_of_fd(e->fd), addr_container_fops);
}

/* How far a GET_DEVICE_FD has come, in x[3] of its call. */
enum {
	OPEN_NONE,
	OPEN_BEGUN, /* to 6.1, as long as no more is known */
	OPEN_TOLD, /* there is a record of the open */
	OPEN_ORDERED, /* there is, and the device has its group's kvm pointer */
	OPEN_FAILED,
};

/*
 * What is read must be one consistent state: each caller knows what holds it
 * still.
 */
static __always_inline void fill_open(struct ev_dev *e, struct vfio_device *dev)
{
	__u64 vm;

	shape_device_state(e, dev);
	shape_device_identity(e, dev);
	if (shape_notifier())
		e->kvm = e->group_kvm;
	if (!e->kvm)
		e->owner_kvm = shape_vm_of_mm(BPF_CORE_READ(shape_current(), mm), &e->vms_seen);
	if (e->h.ret && e->group && !shape_has_iommu((struct vfio_group *)e->group))
		e->h.flags |= VS_F_NO_IOMMU;
	vm = e->group_kvm ? e->group_kvm : e->owner_kvm;
	e->creator = shape_vm_creator(vm);
}

/* Its VM's pointer, which is its group's, too. */
static __always_inline bool ordered(const struct ev_dev *e)
{
	return e->kvm && e->kvm == e->group_kvm;
}

/* Devices whose open is on record. */
static __u64 on_record[VS_MEMORY_SIZE];

/*
 * At the end of an open that is on record, and as it should be, what the record says
 * is not read again: it would be half of the work.
 */
static __always_inline void fill_close(struct ev_dev *e, struct vfio_device *dev)
{
	__u64 *place = place_of(on_record, (__u64)dev);
	bool known = *place == (__u64)dev;

	*place = 0;
	shape_device_state(e, dev);
	e->iommu_group = -1;
	if (known && !every_call && ordered(e))
		return;
	shape_device_identity(e, dev);
	e->creator = shape_vm_creator(e->group_kvm);
}

/* The record of an open, and a note of it for the call around it, if one is known. */
static __always_inline int tell_open(struct vs_call *c, struct vfio_device *dev, long ret,
				     struct vs_call *around)
{
	__u64 *place = place_of(on_record, (__u64)dev);
	struct ev_dev *e;

	*place = 0;
	e = emit_begin(ev_dev, VS_DEV_OPEN, c, ret);
	if (!e)
		return 0;
	fill_open(e, dev);
	if (!e->h.ret)
		*place = (__u64)dev;
	if (around)
		around->x[3] = ordered(e) ? OPEN_ORDERED : OPEN_TOLD;
	emit_end(e);
	return 0;
}

/*
 * 6.6 on. vfio_df_open() and vfio_df_close() run under dev_set->lock, and on the
 * group path under group_lock too; the caller has let the device take the
 * group's kvm pointer just before, and drops it just after. So what is read at
 * their return is one consistent state: no second event is needed to judge it.
 */
static __always_inline int device_opened(struct vs_call *c, long ret)
{
	struct vfio_device *dev = shape_device_of_df(arg(c, 0));
	struct vs_call *call = opening(NULL);

	if (!shape_by_group(arg(c, 0)))
		return 0;
	if (call)
		call->x[0] = (__u64)dev;
	return tell_open(c, dev, (int)ret, call);
}

VS_CALL(vfio_df_open, VS_DEV_OPEN, 1, keep_all, device_opened)

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

VS_CALL_VOID(vfio_df_close, VS_DEV_CLOSE, 1, keep_all, device_closed)

/*
 * To 6.1 the core's open is inlined into the group's ioctl. Of a first open,
 * vfio_device_container_register() is the last step, and of a last close
 * vfio_device_container_unregister(): both under dev_set->lock and group_lock,
 * with the device's kvm pointer in place. The other calls around them tell
 * where the open began, and whether it failed.
 */
static __always_inline int open_begun(struct vs_call *c, long ret)
{
	struct vfio_device *dev = (void *)c->a[0];
	struct vs_call *call = opening(NULL);

	if (!call)
		return 0;
	call->x[0] = (__u64)dev;
	call->x[1] = shape_group_kvm(shape_group_of_device(dev));
	call->x[2] = bpf_ktime_get_boot_ns();
	call->x[3] = OPEN_BEGUN;
	return 0;
}

VS_POINT(vfio_device_assign_container, 1, open_begun)

static __always_inline int first_opened(struct vs_call *c, long ret)
{
	struct vfio_device *dev = (void *)c->a[0];
	struct vs_call *call = opening(dev);

	c->start = call ? call->x[2] : VS_LATE;
	if (call)
		call->x[3] = OPEN_TOLD;
	return tell_open(c, dev, 0, call);
}

VS_POINT(vfio_device_container_register, 1, first_opened)

static __always_inline int open_failed(struct vs_call *c, long ret)
{
	struct vs_call *call = opening((struct vfio_device *)c->a[0]);

	if (call && call->x[3] == OPEN_BEGUN)
		call->x[3] = OPEN_FAILED;
	return 0;
}

VS_POINT(open_failed, 1, open_failed)

/* The device behind the fd that the call is about to return: held open by it. */
static __always_inline struct file *returned_file(long ret)
{
	struct file *file = ret >= 0 ? shape_file_of_fd(ret) : NULL;

	return shape_private_of(file, addr_device_fops) ? file : NULL;
}

/*
 * The driver refused, or the device was open already. The pointer the driver
 * saw is gone by now: it is the group's, if that was the same all the time.
 */
static __always_inline void borrowed_open(struct vs_call *c, long ret)
{
	struct vfio_device *dev = (void *)c->x[0];
	struct vs_call inner = { .start = c->x[2] };
	bool failed = ret < 0 && c->x[3] == OPEN_FAILED;
	struct ev_dev *e;

	if (!dev || (!failed && (ret < 0 || c->x[3] != OPEN_BEGUN)))
		return;
	e = emit_begin(ev_dev, VS_DEV_OPEN, &inner, failed ? (int)ret : 0);
	if (!e)
		return;
	if (!failed && !returned_file(ret)) {
		emit_cancel(e);
		return;
	}
	fill_open(e, dev);
	if (failed)
		e->kvm = c->x[1] ? c->x[1] : e->group_kvm;
	else if (e->open_count < 2)
		e->open_count = 2;
	emit_end(e);
}

/*
 * To 5.18 every GET_DEVICE_FD opens, and files are counted by us. The driver has
 * opened when the file is made; the call's own return would show it too, but a
 * kretprobe may miss that.
 */
static __always_inline bool keep_device_file(struct vs_call *c)
{
	return addr_device_fops && c->a[1] == addr_device_fops;
}

static __always_inline int device_file_made(struct vs_call *c, long ret)
{
	struct vfio_device *dev = (void *)c->a[2];
	struct vs_call *call = opening(NULL);

	if ((unsigned long)ret >= (unsigned long)-4095L)
		return 0;
	note_file((struct file *)ret, dev, true);
	if (call)
		call->x[0] = (__u64)dev;
	c->start = call ? call->start : VS_LATE;
	return tell_open(c, dev, 0, call);
}

VS_CALL(anon_inode_getfile, VS_DEV_OPEN, 4, keep_device_file, device_file_made)

/*
 * Success that a verdict needs no word of: no device was opened, or one that has its
 * VM's pointer, and the open has told all.
 */
static __always_inline bool nothing_to_add(const struct vs_call *c, long ret)
{
	bool getfd = (__u32)c->a[1] == VFIO_GROUP_GET_DEVICE_FD;

	return !every_call && ret >= 0 && (!getfd || c->x[3] == OPEN_ORDERED);
}

static __always_inline int group_ioctl(struct vs_call *c, long ret)
{
	struct ev_group_ioctl *e;

	if ((__u32)c->a[1] == VFIO_GROUP_GET_DEVICE_FD && shape_borrowed())
		borrowed_open(c, ret);
	if (nothing_to_add(c, ret))
		return 0;
	e = emit_begin(ev_group_ioctl, VS_GROUP_IOCTL, c, ret);
	if (!e)
		return 0;
	e->cmd = (__u32)c->a[1];
	e->group = (__u64)shape_group_of_file((struct file *)c->a[0]);
	e->group_kvm = shape_group_kvm((struct vfio_group *)e->group);
	e->iommu_group = shape_iommu_group_id((struct vfio_group *)e->group);
	if (e->cmd == VFIO_GROUP_GET_DEVICE_FD)
		get_device_fd(c, e, ret);
	else if (e->cmd == VFIO_GROUP_SET_CONTAINER)
		set_container(c, e);
	emit_end(e);
	return 0;
}

VS_CALL(vfio_group_fops_unl_ioctl, VS_GROUP_IOCTL, 3, keep_all, group_ioctl)

/*
 * A close begins. Nobody waits for its return: what happens inside takes the
 * note away.
 */
static __always_inline int release_begun(struct vs_call *c, long ret)
{
	struct file *file = (void *)c->a[1];
	struct vfio_device *dev = shape_device_of_file(file);
	struct vs_call release = { .start = bpf_ktime_get_boot_ns(), .a = { (__u64)dev } };
	__u64 before;

	if (shape_notifier()) {
		release.x[0] = forget_file(file, dev);
		release.x[1] = shape_open_count(dev);
	}
	if (!call_set(VS_DEV_CLOSE, &release, &before))
		lose(VS_LOSS_CALLS, VS_DEV_CLOSE);
	return 0;
}

VS_POINT(vfio_device_fops_release, 2, release_begun)

/* The close this thread is in, copied out and forgotten. */
static __always_inline bool closing(struct vs_call *release)
{
	return call_leave(VS_DEV_CLOSE, release, false);
}

/* Other closes than the last one take no locks that could be looked for. */
static __always_inline int last_closed(struct vs_call *c, long ret)
{
	struct vs_call release = {};
	struct ev_dev *e;

	/* Outside of a release: an open that failed after all. */
	closing(&release);
	c->start = release.start;
	e = emit_begin(ev_dev, VS_DEV_CLOSE, c, 0);
	if (!e)
		return 0;
	fill_close(e, (struct vfio_device *)c->a[0]);
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

/* The driver has closed; the device is still held by the release around. */
static __always_inline int file_closed(struct vs_call *c, long ret)
{
	struct vs_call release;
	struct ev_dev *e;

	if (!closing(&release))
		return 0;
	c->start = release.x[0] ? release.start : VS_LATE;
	e = emit_begin(ev_dev, VS_DEV_CLOSE, c, 0);
	if (!e)
		return 0;
	fill_close(e, (struct vfio_device *)release.a[0]);
	e->open_count = release.x[1];
	emit_end(e);
	return 0;
}

VS_POINT(vfio_group_try_dissolve_container, 1, file_closed)

static __always_inline int device_kvm(enum vs_kind kind, struct vs_call *c, long ret)
{
	struct vfio_device *dev = (void *)c->a[0];
	__u64 kvm = shape_device_kvm(dev);
	struct ev_dev_kvm *e;

	/* Called with nothing to take or to drop, too. */
	if (!kvm && kind != VS_DRIVER_OPEN)
		return 0;
	e = emit_begin(ev_dev_kvm, kind, c, ret);
	if (!e)
		return 0;
	e->dev = (__u64)dev;
	e->kvm = kvm;
	e->open_count = shape_open_count(dev);
	e->iommu_group = shape_iommu_group_id(shape_group_of_device(dev));
	shape_device_name(dev, e->name);
	emit_end(e);
	return 0;
}

static __always_inline int kvm_taken(struct vs_call *c, long ret)
{
	return device_kvm(VS_KVM_TAKEN, c, 0);
}

VS_CALL_VOID(vfio_device_get_kvm_safe, VS_KVM_TAKEN, 2, keep_all, kvm_taken)

static __always_inline int kvm_dropped(struct vs_call *c, long ret)
{
	return device_kvm(VS_KVM_DROPPED, c, 0);
}

VS_POINT(vfio_device_put_kvm, 1, kvm_dropped)

static __always_inline int driver_opened(struct vs_call *c, long ret)
{
	return device_kvm(VS_DRIVER_OPEN, c, (int)ret);
}

VS_CALL(vfio_pci_open_device, VS_DRIVER_OPEN, 1, keep_all, driver_opened)

static __always_inline bool keep_setup(struct vs_call *c)
{
	return (__u32)c->a[1] == VFIO_DEVICE_SET_IRQS || (__u32)c->a[1] == VFIO_DEVICE_RESET;
}

/* struct vfio_irq_set up to its data */
struct irq_set {
	__u32 argsz, flags, index, start, count;
};

static __always_inline int device_ioctl(struct vs_call *c, long ret)
{
	struct vfio_device *dev = shape_device_of_file((struct file *)c->a[0]);
	struct ev_dev_ioctl *e = emit_begin(ev_dev_ioctl, VS_DEV_IOCTL, c, ret);
	struct irq_set irq = {};

	if (!e)
		return 0;
	e->dev = (__u64)dev;
	e->kvm = shape_notifier() ? shape_group_kvm(shape_group_of_device(dev)) :
				    shape_device_kvm(dev);
	e->cmd = (__u32)c->a[1];
	if (e->cmd == VFIO_DEVICE_SET_IRQS)
		bpf_probe_read_user(&irq, sizeof(irq), (void *)c->a[2]);
	e->irq_flags = irq.flags;
	e->irq_index = irq.index;
	e->irq_start = irq.start;
	e->irq_count = irq.count;
	e->iommu_group = shape_iommu_group_id(shape_group_of_device(dev));
	shape_device_name(dev, e->name);
	emit_end(e);
	return 0;
}

VS_CALL(vfio_device_fops_unl_ioctl, VS_DEV_IOCTL, 3, keep_setup, device_ioctl)
