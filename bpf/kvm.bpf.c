// SPDX-License-Identifier: GPL-2.0-only
/*
 * The KVM side: VMs, their kvm-vfio device, what is registered with it
 * (virt/kvm/kvm_main.c, virt/kvm/vfio.c).
 */
#include "probe.bpf.h"

#define KVM_CREATE_VM 0xae01

/* VMs that have been told as non-coherent. */
static __u64 noncoherent[VS_MEMORY_SIZE];

/* A VM that begins or ends, and says nothing of others at its address. */
static __always_inline void forget_vm(__u64 kvm)
{
	*place_of(noncoherent, kvm) = 0;
}

static __always_inline bool keep_create_vm(struct vs_call *c)
{
	return (__u32)c->a[1] == KVM_CREATE_VM;
}

/* kvm_create_vm() is inlined, so the VM is found behind the fd returned. */
static __always_inline int vm_created(struct vs_call *c, long ret)
{
	struct ev_vm *e = emit_begin(ev_vm, VS_VM_CREATE, c, ret);

	if (!e)
		return 0;
	if (ret >= 0)
		e->kvm = (__u64)shape_private_of(shape_file_of_fd(ret), addr_vm_fops);
	e->creator = shape_vm_creator(e->kvm);
	forget_vm(e->kvm);
	emit_end_now(e); /* its process can tell the VM's name as long as it lives */
	return 0;
}

VS_CALL(kvm_dev_ioctl, VS_VM_CREATE, 3, keep_create_vm, vm_created)

/*
 * At entry: once the function has returned, the same address may already
 * belong to a VM created on another CPU.
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

VS_CALL(kvm_vfio_create, VS_KVM_VFIO_CREATE, 2, keep_all, kvm_vfio_created)

/* The function frees the device: its VM is read before. */
static __always_inline bool kvm_vfio_remember(struct vs_call *c)
{
	c->x[0] = shape_kvm_of(arg(c, 0));
	return true;
}

static __always_inline int kvm_vfio_released(struct vs_call *c, long ret)
{
	struct ev_kvm_vfio *e = emit_begin(ev_kvm_vfio, VS_KVM_VFIO_RELEASE, c, 0);

	if (!e)
		return 0;
	e->kvm_vfio = c->a[0];
	/* As part of the VM's end, which has been told. */
	if (!shape_vm_dying(c->x[0]))
		e->kvm = c->x[0];
	e->creator = shape_vm_creator(e->kvm);
	emit_end(e);
	return 0;
}

VS_CALL_VOID(kvm_vfio_release, VS_KVM_VFIO_RELEASE, 1, kvm_vfio_remember, kvm_vfio_released)

/*
 * x[0], x[1], x[3]: file and group whose pointer this very call set, and what
 * the group held before, filled in by note_set_kvm() below. A call that set
 * nothing (it failed) is answered from the fd.
 */
static __always_inline void attr_object(struct vs_call *c, struct ev_kvm_attr *e)
{
	struct vfio_group *group = (void *)c->x[1];
	struct file *file = (void *)c->x[0];

	if (!file && !group) {
		file = shape_file_of_fd(e->fd);
		group = shape_group_of_file(file);
	}
	e->file = (__u64)file;
	e->group = (__u64)group;
	e->group_kvm = shape_group_kvm(group);
	e->kvm_before = c->x[3];
	e->iommu_group = shape_iommu_group_id(group);
	if (group && shape_borrowed() && !shape_container(group))
		e->h.flags |= VS_F_NO_IOMMU;
	if (!group)
		shape_device_file(file, &e->dev, &e->dev_group);
}

static __always_inline int kvm_attr_set(struct vs_call *c, long ret)
{
	struct kvm_device *dev = (void *)c->a[0];
	struct kvm_device_attr attr = {};
	struct ev_kvm_attr *e;

	e = emit_begin(ev_kvm_attr, VS_KVM_ATTR, c, (int)ret);
	if (!e)
		return 0;
	/* A kernel copy, made by kvm_device_ioctl_attr(). */
	bpf_probe_read_kernel(&attr, sizeof(attr), (void *)c->a[1]);
	e->fd = -1;
	bpf_probe_read_user(&e->fd, sizeof(e->fd), (void *)attr.addr);
	e->attr_group = attr.group;
	e->attr = attr.attr;
	e->kvm_vfio = (__u64)dev;
	e->kvm = c->x[2];
	e->creator = shape_vm_creator(e->kvm);
	attr_object(c, e);
	emit_end(e);
	return 0;
}

/* For the calls inside this one. */
static __always_inline bool attr_remember(struct vs_call *c)
{
	c->x[2] = shape_kvm_of(arg(c, 0));
	return true;
}

VS_CALL(kvm_vfio_set_attr, VS_KVM_ATTR, 2, attr_remember, kvm_attr_set)

/*
 * Nothing to note: the return of a call whose entry has done it, or that of one
 * whose arguments are not known.
 */
static __always_inline bool set_kvm_noted(const struct vs_call *c, const struct vs_call *attr)
{
	return !c->a[0] || (c->start == VS_LATE && attr && (attr->x[0] || attr->x[1]));
}

/* What the group holds before, for this call's record and that of GROUP_ADD around it. */
static __always_inline void note_set_kvm(struct vs_call *c, struct vs_call *attr, struct file *file,
					 struct vfio_group *group)
{
	c->x[0] = c->start == VS_LATE ? 0 : shape_group_kvm(group);
	if (!attr)
		return;
	attr->x[0] = (__u64)file;
	attr->x[1] = (__u64)group;
	attr->x[3] = c->x[0];
}

/* A call that GROUP_ADD speaks for is not waited for, unless wanted for itself. */
static __always_inline bool file_kvm_before(struct vs_call *c)
{
	struct vs_call *attr = call_find(VS_KVM_ATTR);
	struct file *file = arg(c, 0);

	if (!set_kvm_noted(c, attr))
		note_set_kvm(c, attr, file, shape_group_of_file(file));
	return !attr || every_call;
}

static __always_inline bool group_kvm_before(struct vs_call *c)
{
	struct vs_call *attr = call_find(VS_KVM_ATTR);
	__u64 group = c->a[0], kvm = c->a[1];

	if (!set_kvm_noted(c, attr))
		note_set_kvm(c, attr, NULL, (struct vfio_group *)group);
	if (shape_notes_group_kvm() && group &&
	    bpf_map_update_elem(&group_kvm, &group, &kvm, BPF_ANY))
		lose(VS_LOSS_STATE, VS_SET_KVM);
	return !attr || every_call;
}

/* Whose kvm-vfio device it was: that of the call this one is part of. */
static __always_inline void set_kvm_by(struct ev_set_kvm *e, const struct vs_call *attr)
{
	const struct vs_call *release;

	if (attr) {
		e->by_attr = 1;
		e->kvm_vfio = attr->a[0];
		e->vm = attr->x[2];
		return;
	}
	release = call_find(VS_KVM_VFIO_RELEASE);
	if (!release)
		return;
	e->kvm_vfio = release->a[0];
	if (shape_vm_dying(release->x[0]))
		return;
	e->vm = release->x[0];
	if (!shape_own_vm(e->vm))
		e->h.flags |= VS_F_OTHER_MM;
}

static __always_inline int set_kvm(struct vs_call *c, struct file *file, struct vfio_group *group,
				   __u64 group_kvm)
{
	struct ev_set_kvm *e = emit_begin(ev_set_kvm, VS_SET_KVM, c, 0);

	if (!e)
		return 0;
	e->file = (__u64)file;
	e->group = (__u64)group;
	e->kvm = c->a[1];
	e->group_kvm = group_kvm;
	e->iommu_group = shape_iommu_group_id(group);
	e->kvm_before = c->x[0];
	set_kvm_by(e, call_find(VS_KVM_ATTR));
	emit_end(e);
	return 0;
}

/*
 * 6.6 on: no more than a pointer written under a spinlock. What the group holds
 * afterwards is what it is given.
 */
static __always_inline int file_kvm_given(struct vs_call *c, long ret)
{
	struct file *file = arg(c, 0);
	struct vfio_group *group;

	if (!file_kvm_before(c))
		return 0;
	group = shape_group_of_file(file);
	return set_kvm(c, file, group, group ? c->a[1] : 0);
}

VS_POINT(file_kvm_given, 2, file_kvm_given)

/* To 6.1 it waits for the group's lock, which opens hold: what counts is its return. */
static __always_inline int file_kvm_set(struct vs_call *c, long ret)
{
	struct file *file = (void *)c->a[0];
	struct vfio_group *group = shape_group_of_file(file);

	return set_kvm(c, file, group, shape_group_kvm(group));
}

VS_CALL_VOID(vfio_file_set_kvm, VS_SET_KVM, 2, file_kvm_before, file_kvm_set)

static __always_inline int group_kvm_set(struct vs_call *c, long ret)
{
	struct vfio_group *group = (void *)c->a[0];

	return set_kvm(c, NULL, group, shape_group_kvm(group));
}

VS_CALL_VOID(vfio_group_set_kvm, VS_SET_KVM, 2, group_kvm_before, group_kvm_set)

static __always_inline int coherency(struct vs_call *c, __u32 on)
{
	struct ev_coherency *e = emit_begin(ev_coherency, VS_COHERENCY, c, 0);

	if (!e)
		return 0;
	e->kvm = c->a[0];
	e->on = on;
	e->creator = shape_vm_creator(e->kvm);
	*place_of(noncoherent, c->a[0]) = c->a[0];
	emit_end(e);
	return 0;
}

/* Once for each VM is enough, unless each call is wanted. */
static __always_inline int noncoherent_on(struct vs_call *c, long ret)
{
	if (!every_call && *place_of(noncoherent, c->a[0]) == c->a[0])
		return 0;
	return coherency(c, 1);
}

static __always_inline int noncoherent_off(struct vs_call *c, long ret)
{
	return coherency(c, 0);
}

/* They count up and down, and can not fail: no need to wait for their return. */
VS_POINT(kvm_arch_register_noncoherent_dma, 1, noncoherent_on)
VS_POINT(kvm_arch_unregister_noncoherent_dma, 1, noncoherent_off)
