// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices, apart from their opens and closes: the driver's own open, the kvm pointer taken
 * and dropped, interrupts, reset, features; and where a release of a device file begins.
 */
#include "device.bpf.h"

/*
 * Borrowed and notifier kernels: a release begins. Its return is not observed: what
 * happens inside it takes this note away.
 */
static __always_inline int release_begun(struct vs_call *c, long ret)
{
	struct file *file = arg(c, 1);
	struct vfio_device *dev = shape_device_of_file(file);
	struct vs_call release = { .start = bpf_ktime_get_boot_ns() };
	__u64 before;

	release.close.dev = (__u64)dev;
	if (shape_notifier()) {
		release.close.noted = forget_file(file, (__u64)dev);
		release.close.open_count = shape_open_count(dev);
	}
	if (!call_set(SLOT_DEV_CLOSE, &release, &before))
		lose(VS_LOSS_CALLS);
	return 0;
}

VS_POINT(vfio_device_fops_release, 2, release_begun)

static __always_inline int device_kvm(enum vs_kind kind, struct vs_call *c, long ret)
{
	struct vfio_device *dev = arg(c, 0);
	__u64 kvm = vm_of_device(dev);
	struct ev_dev_kvm *e;

	/* The kernel calls these with nothing to take or to drop, too. */
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

VS_CALL_VOID(vfio_device_get_kvm_safe, SLOT_KVM_TAKEN, 2, keep_all, kvm_taken)

static __always_inline int kvm_dropped(struct vs_call *c, long ret)
{
	return device_kvm(VS_KVM_DROPPED, c, 0);
}

VS_POINT(vfio_device_put_kvm, 1, kvm_dropped)

static __always_inline int driver_opened(struct vs_call *c, long ret)
{
	return device_kvm(VS_DRIVER_OPEN, c, (int)ret);
}

VS_CALL(vfio_pci_open_device, SLOT_DRIVER_OPEN, 1, keep_all, driver_opened)

static __always_inline bool keep_setup(struct vs_call *c)
{
	__u32 cmd = c->a[1];

	return cmd == VFIO_DEVICE_SET_IRQS || cmd == VFIO_DEVICE_RESET ||
	       cmd == VFIO_DEVICE_PCI_HOT_RESET || (every_call && cmd == VFIO_DEVICE_FEATURE);
}

/* Failures, and after a failed reset those that succeed. */
static __always_inline bool setup_matters(__u32 cmd, long ret)
{
	if (every_call)
		return true;
	if (cmd == VFIO_DEVICE_SET_IRQS)
		return ret;
	if (ret < 0)
		reset_failed = true;
	return reset_failed;
}

static __always_inline int set_irqs(struct vs_call *c, long ret)
{
	struct ev_set_irqs *e = emit_begin(ev_set_irqs, VS_SET_IRQS, c, ret);
	struct vs_irq_set irq = {};

	if (!e)
		return 0;
	fill_device_call(e, c);
	bpf_probe_read_user(&irq, sizeof(irq), arg(c, 2));
	e->irq_flags = irq.flags;
	e->irq_index = irq.index;
	e->irq_start = irq.start;
	e->irq_count = irq.count;
	emit_end(e);
	return 0;
}

static __always_inline int device_reset(enum vs_kind kind, struct vs_call *c, long ret)
{
	struct ev_dev_call *e = emit_begin(ev_dev_call, kind, c, ret);

	if (!e)
		return 0;
	fill_device_call(e, c);
	if (ret < 0)
		e->h.flags |=
			shape_silence(shape_parent((struct vfio_device *)e->dev), e->name, false);
	emit_end(e);
	return 0;
}

/* A migration state: as it was, and as it is from now on. */
static __always_inline void migration_state(struct ev_feature *e, struct vs_call *c, long ret)
{
	struct vs_feature_mig_state state = {};
	void *data = (void *)(c->a[2] + sizeof(struct vs_device_feature));

	if (e->flags & VFIO_DEVICE_FEATURE_PROBE ||
	    bpf_probe_read_user(&state, sizeof(state), data))
		return;
	e->mig_from = migration_known(e->dev);
	e->mig_to = state.device_state;
	/* After a failure the device may be in any state. */
	migration_note(e->dev, ret < 0 ? VS_MIGRATION_UNKNOWN : state.device_state);
}

static __always_inline int device_feature(struct vs_call *c, long ret)
{
	struct ev_feature *e = emit_begin(ev_feature, VS_DEV_FEATURE, c, ret);
	struct vs_device_feature feature = {};

	if (!e)
		return 0;
	fill_device_call(e, c);
	bpf_probe_read_user(&feature, sizeof(feature), arg(c, 2));
	e->feature = feature.flags & VFIO_DEVICE_FEATURE_MASK;
	e->flags = feature.flags;
	e->mig_from = e->mig_to = VS_MIGRATION_UNKNOWN;
	if (e->feature == VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE)
		migration_state(e, c, ret);
	emit_end(e);
	return 0;
}

static __always_inline int device_ioctl(struct vs_call *c, long ret)
{
	__u32 cmd = c->a[1];

	if (!setup_matters(cmd, ret))
		return 0;
	switch (cmd) {
	case VFIO_DEVICE_SET_IRQS:
		return set_irqs(c, ret);
	case VFIO_DEVICE_FEATURE:
		return device_feature(c, ret);
	case VFIO_DEVICE_PCI_HOT_RESET:
		return device_reset(VS_DEV_HOT_RESET, c, ret);
	}
	return device_reset(VS_DEV_RESET, c, ret);
}

VS_CALL(vfio_device_fops_unl_ioctl, SLOT_DEV_IOCTL, 3, keep_setup, device_ioctl)
