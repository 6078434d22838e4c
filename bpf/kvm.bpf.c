// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM: VMs, their kvm-vfio device, and what is registered with it
 * (virt/kvm/kvm_main.c, virt/kvm/vfio.c).
 */
#include "memory.bpf.h"
#include "probe.bpf.h"

/* VMs that are on record as non-coherent. */
static __u64 noncoherent[VS_MEMORY_SIZE];

/* A VM begins or ends: what is remembered of its address is of another one. */
static __always_inline void forget_vm(__u64 kvm)
{
	*place_of(noncoherent, kvm) = 0;
}

static __always_inline bool keep_create_vm(struct vs_call *c)
{
	return (__u32)c->a[1] == KVM_CREATE_VM;
}

/* kvm_create_vm() is inlined, so the VM is taken from the fd returned. */
static __always_inline int vm_created(struct vs_call *c, long ret)
{
	struct ev_vm *e = emit_begin(ev_vm, VS_VM_CREATE, c, ret);

	if (!e)
		return 0;
	if (ret >= 0)
		e->kvm = (__u64)shape_private_of(shape_file_of_fd(ret), addr_vm_fops);
	e->creator = e->kvm ? e->h.pid : 0;
	forget_vm(e->kvm);
	emit_end_now(e); /* the VM's name is read from its process, while that lives */
	return 0;
}

VS_CALL(kvm_dev_ioctl, SLOT_VM_CREATE, 3, keep_create_vm, vm_created)

/*
 * At entry: when the function returns, the address may already be that of a VM created
 * on another CPU.
 */
static __always_inline int vm_destroyed(struct vs_call *c, long ret)
{
	struct ev_vm *e;

	forget_vm(c->a[0]);
	e = emit_begin(ev_vm, VS_VM_DESTROY, c, ret);
	if (!e)
		return 0;
	e->kvm = c->a[0];
	e->creator = shape_vm_creator(e->kvm);
	if (!shape_own_vm(e->kvm))
		e->h.flags |= VS_F_OTHER_MM;
	emit_end(e);
	return 0;
}

VS_POINT(kvm_destroy_vm, 1, vm_destroyed)

static __always_inline int kvm_vfio_created(struct vs_call *c, long ret)
{
	struct ev_kvm_vfio *e = emit_begin(ev_kvm_vfio, VS_KVM_VFIO_CREATE, c, (int)ret);

	if (!e)
		return 0;
	e->kvm_vfio = c->a[0];
	e->kvm = shape_kvm_of(arg(c, 0));
	e->creator = shape_vm_creator(e->kvm);
	emit_end(e);
	return 0;
}

VS_CALL(kvm_vfio_create, SLOT_KVM_VFIO_CREATE, 2, keep_all, kvm_vfio_created)

/* The function frees the device, so its VM is read at entry or not at all. */
static __always_inline bool kvm_vfio_remember(struct vs_call *c)
{
	c->kvm_vfio.kvm = c->start == VS_LATE ? VS_NOT_SEEN : shape_kvm_of(arg(c, 0));
	return true;
}

static __always_inline int kvm_vfio_released(struct vs_call *c, long ret)
{
	struct ev_kvm_vfio *e = emit_begin(ev_kvm_vfio, VS_KVM_VFIO_RELEASE, c, 0);

	if (!e)
		return 0;
	e->kvm_vfio = c->a[0];
	e->kvm = c->kvm_vfio.kvm;
	if (e->kvm != VS_NOT_SEEN) {
		/* Part of the VM's end, which is on record. */
		if (shape_vm_dying(e->kvm))
			e->kvm = 0;
		e->creator = shape_vm_creator(e->kvm);
	}
	emit_end(e);
	return 0;
}

VS_CALL_VOID(kvm_vfio_release, SLOT_KVM_VFIO_RELEASE, 1, kvm_vfio_remember, kvm_vfio_released)

/* If the call set no pointer, as when it fails, the file is looked up by the fd. */
static __always_inline void attr_find(struct vs_call *c, int fd)
{
	struct file *file;

	if (c->attr.file || c->attr.group)
		return;
	file = shape_file_of_fd(fd);
	c->attr.file = (__u64)file;
	c->attr.group = (__u64)shape_group_of_file(file);
	if (!c->attr.group)
		c->attr.cdev = (__u64)shape_cdev_of_file(file);
}

static __always_inline bool attr_of_device(const struct vs_call *c)
{
	if (!shape_has_device_file() || c->attr.group)
		return false;
	return c->attr.cdev || shape_private_of((struct file *)c->attr.file, addr_device_fops);
}

/* A device's file that came from its group: nothing takes the pointer it is given. */
static __always_inline void attr_device(struct ev_attr *e, struct file *file)
{
	shape_device_file(file, &e->dev, &e->dev_group);
	if (!e->dev)
		return;
	e->iommu_group = shape_iommu_group_id((struct vfio_group *)e->dev_group);
	shape_device_name((struct vfio_device *)e->dev, e->name);
}

static __always_inline void attr_object(struct vs_call *c, struct ev_attr *e)
{
	struct vfio_group *group = (void *)c->attr.group;

	e->file = c->attr.file;
	e->kvm_before = c->attr.kvm_before;
	e->iommu_group = -1;
	if (group) {
		e->group = (__u64)group;
		e->group_kvm = shape_group_kvm(group);
		e->iommu_group = shape_iommu_group_id(group);
	} else if (c->attr.cdev) {
		shape_cdev(e, (void *)c->attr.cdev);
		e->dev = (__u64)shape_device_of_df((void *)c->attr.cdev);
	} else {
		attr_device(e, (struct file *)c->attr.file);
	}
	e->group_creator = e->group_kvm == e->kvm ? e->creator : shape_vm_creator(e->group_kvm);
	if (e->h.kind == VS_GROUP_ADD && group && shape_borrowed() && !shape_container(group))
		e->h.flags |= VS_F_NO_CONTAINER;
}

/* @of_device: the file is a device's, which kernels that know such files call FILE_ADD. */
static __always_inline enum vs_kind attr_kind(const struct vs_kvm_device_attr *attr, bool of_device)
{
	if (attr->group != KVM_DEV_VFIO_GROUP)
		return VS_KVM_VFIO_ATTR;
	switch (attr->attr) {
	case KVM_DEV_VFIO_GROUP_ADD:
		return of_device ? VS_FILE_ADD : VS_GROUP_ADD;
	case KVM_DEV_VFIO_GROUP_DEL:
		return of_device ? VS_FILE_DEL : VS_GROUP_DEL;
	case KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE:
		return VS_SET_SPAPR_TCE;
	}
	return VS_KVM_VFIO_ATTR;
}

static __always_inline int kvm_attr_set(struct vs_call *c, long ret)
{
	struct kvm_device *dev = (void *)c->a[0];
	struct vs_kvm_device_attr attr = {};
	struct ev_attr *e;
	__s32 fd = -1;

	/* A kernel copy, made by kvm_device_ioctl_attr(). */
	bpf_probe_read_kernel(&attr, sizeof(attr), (void *)c->a[1]);
	bpf_probe_read_user(&fd, sizeof(fd), (void *)attr.addr);
	attr_find(c, fd);
	e = emit_begin(ev_attr, attr_kind(&attr, attr_of_device(c)), c, (int)ret);
	if (!e)
		return 0;
	e->fd = fd;
	e->attr_group = attr.group;
	e->attr = attr.attr;
	e->kvm_vfio = (__u64)dev;
	e->kvm = c->attr.kvm;
	e->creator = shape_vm_creator(e->kvm);
	attr_object(c, e);
	emit_end(e);
	return 0;
}

/* For the calls inside this one, too. */
static __always_inline bool attr_remember(struct vs_call *c)
{
	c->attr.kvm = shape_kvm_of(arg(c, 0));
	c->attr.kvm_before = VS_NOT_SEEN;
	return true;
}

VS_CALL(kvm_vfio_set_attr, SLOT_ATTR, 2, attr_remember, kvm_attr_set)

/*
 * Nothing to note: at the return of a call whose entry has done it, or of one whose
 * arguments are not known.
 */
static __always_inline bool set_kvm_noted(const struct vs_call *c, const struct vs_call *attr)
{
	return !c->a[0] || (c->start == VS_LATE && attr && (attr->attr.file || attr->attr.group));
}

/*
 * What the group or the cdev's file holds now, for this call's record and for that of
 * GROUP_ADD around it.
 */
static __always_inline void note_set_kvm(struct vs_call *c, struct vs_call *attr, struct file *file,
					 struct vfio_group *group, void *cdev)
{
	if (c->start != VS_LATE && (group || cdev))
		c->set_kvm.kvm_before = cdev ? shape_cdev_kvm(cdev) : shape_group_kvm(group);
	if (!attr)
		return;
	attr->attr.file = (__u64)file;
	attr->attr.group = (__u64)group;
	attr->attr.cdev = (__u64)cdev;
	attr->attr.kvm_before = c->set_kvm.kvm_before;
}

/* Inside GROUP_ADD, whose record says it all, its return matters only with every_call. */
static __always_inline bool file_kvm_before(struct vs_call *c)
{
	struct vs_call *attr = call_find(SLOT_ATTR);
	struct file *file = arg(c, 0);
	struct vfio_group *group;

	c->set_kvm.kvm_before = VS_NOT_SEEN;
	if (!set_kvm_noted(c, attr)) {
		group = shape_group_of_file(file);
		note_set_kvm(c, attr, file, group, group ? NULL : shape_cdev_of_file(file));
	}
	return !attr || every_call;
}

static __always_inline bool group_kvm_before(struct vs_call *c)
{
	struct vs_call *attr = call_find(SLOT_ATTR);
	__u64 group = c->a[0], kvm = c->a[1];

	c->set_kvm.kvm_before = VS_NOT_SEEN;
	if (!set_kvm_noted(c, attr))
		note_set_kvm(c, attr, NULL, (struct vfio_group *)group, NULL);
	if (shape_notes_group_kvm() && group)
		note_group_kvm(group, kvm);
	return !attr || every_call;
}

/* The kvm-vfio device that did it is that of the call around this one. */
static __always_inline void set_kvm_by(struct ev_set_kvm *e, const struct vs_call *attr)
{
	const struct vs_call *release;

	if (attr) {
		e->h.flags |= VS_F_BY_ATTR;
		e->kvm_vfio = attr->a[0];
		e->vm = attr->attr.kvm;
		return;
	}
	release = call_find(SLOT_KVM_VFIO_RELEASE);
	if (!release) {
		e->kvm_vfio = e->vm = VS_NOT_SEEN;
		return;
	}
	e->kvm_vfio = release->a[0];
	if (shape_vm_dying(release->kvm_vfio.kvm))
		return;
	e->vm = release->kvm_vfio.kvm;
	if (!shape_own_vm(e->vm))
		e->h.flags |= VS_F_OTHER_MM;
}

static __always_inline int set_kvm(struct vs_call *c, struct file *file, struct vfio_group *group,
				   void *cdev, __u64 group_kvm)
{
	enum vs_kind kind = c->a[1] ? VS_SET_KVM : VS_CLEAR_KVM;
	struct ev_set_kvm *e;

	/* Notifier kernels: it is noted above all. */
	if (!judging && !every_call)
		return 0;
	e = emit_begin(ev_set_kvm, kind, c, 0);
	if (!e)
		return 0;
	e->file = (__u64)file;
	if (cdev) {
		shape_cdev(e, cdev);
	} else {
		e->group = (__u64)group;
		e->iommu_group = shape_iommu_group_id(group);
	}
	e->kvm = c->a[1];
	e->group_kvm = group_kvm;
	e->kvm_before = c->set_kvm.kvm_before;
	set_kvm_by(e, call_find(SLOT_ATTR));
	emit_end(e);
	return 0;
}

/*
 * Refcounted kernels write a pointer under a spinlock and nothing else: afterwards the
 * group, or the cdev's file, holds what it is given.
 */
static __always_inline int file_kvm_given(struct vs_call *c, long ret)
{
	struct file *file = arg(c, 0);
	struct vfio_group *group;
	void *cdev = NULL;

	if (!file_kvm_before(c))
		return 0;
	group = shape_group_of_file(file);
	if (!group)
		cdev = shape_cdev_of_file(file);
	return set_kvm(c, file, group, cdev, group || cdev ? c->a[1] : 0);
}

VS_POINT(file_kvm_given, 2, file_kvm_given)

/* Borrowed kernels wait for the group's lock, which opens hold: its return counts. */
static __always_inline int file_kvm_set(struct vs_call *c, long ret)
{
	struct file *file = (void *)c->a[0];
	struct vfio_group *group = shape_group_of_file(file);

	return set_kvm(c, file, group, NULL, shape_group_kvm(group));
}

VS_CALL_VOID(vfio_file_set_kvm, SLOT_SET_KVM, 2, file_kvm_before, file_kvm_set)

static __always_inline int group_kvm_set(struct vs_call *c, long ret)
{
	struct vfio_group *group = (void *)c->a[0];

	return set_kvm(c, NULL, group, NULL, shape_group_kvm(group));
}

VS_CALL_VOID(vfio_group_set_kvm, SLOT_SET_KVM, 2, group_kvm_before, group_kvm_set)

static __always_inline int coherency(enum vs_kind kind, struct vs_call *c)
{
	struct ev_coherency *e = emit_begin(ev_coherency, kind, c, 0);

	if (!e)
		return 0;
	e->kvm = c->a[0];
	e->creator = shape_vm_creator(e->kvm);
	*place_of(noncoherent, c->a[0]) = c->a[0];
	emit_end(e);
	return 0;
}

/* Once for each VM, except with every_call. */
static __always_inline int noncoherent_on(struct vs_call *c, long ret)
{
	if (!every_call && *place_of(noncoherent, c->a[0]) == c->a[0])
		return 0;
	return coherency(VS_NONCOHERENT_ON, c);
}

/* Where kvm-vfio ends with its VM, that is part of the VM's end, which is on record. */
static __always_inline int noncoherent_off(struct vs_call *c, long ret)
{
	if (shape_vm_dying(c->a[0]))
		return 0;
	return coherency(VS_NONCOHERENT_OFF, c);
}

/* They count up and down and cannot fail: their return adds nothing. */
VS_POINT(kvm_arch_register_noncoherent_dma, 1, noncoherent_on)
VS_POINT(kvm_arch_unregister_noncoherent_dma, 1, noncoherent_off)
