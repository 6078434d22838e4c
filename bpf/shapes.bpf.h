/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the kernel keeps things. All knowledge of field places, moved fields
 * and kinds of file stands here and in vmlinux/; no probe asks on its own.
 */
#ifndef VS_SHAPES_BPF_H
#define VS_SHAPES_BPF_H

#include "maps.bpf.h"
#include <bpf/bpf_core_read.h>
#include "../vmlinux/kvm.h"
#include "../vmlinux/vfio.h"

#define PF_EXITING 0x00000004 /* include/linux/sched.h */

/* How far KVM's list of VMs is followed: 8,192 VMs, in legs of stretches. */
#define VS_VM_STRETCH 8
#define VS_VM_LEG 32
#define VS_VM_LEGS 32

static __always_inline struct task_struct *shape_current(void)
{
	return (struct task_struct *)bpf_get_current_task();
}

/*
 * Who is calling. Where tasks have storage they are typed, too, and their members
 * are read as they are, at a tenth of the cost of a helper for each.
 */
static __always_inline void shape_caller(struct ev_hdr *h)
{
	__u64 id;

	if (task_storage) {
		struct task_struct *t = bpf_get_current_task_btf();
		const __u64 *comm = (const __u64 *)t->comm;

		h->pid = t->tgid;
		h->tid = t->pid;
		if (t->flags & PF_EXITING)
			h->flags |= VS_F_EXITING;
		((__u64 *)h->comm)[0] = comm[0];
		((__u64 *)h->comm)[1] = comm[1];
		return;
	}
	id = bpf_get_current_pid_tgid();
	h->pid = id >> 32;
	h->tid = id;
	if (BPF_CORE_READ(shape_current(), flags) & PF_EXITING)
		h->flags |= VS_F_EXITING;
	bpf_get_current_comm(h->comm, sizeof(h->comm));
}

/* The struct file behind an fd of the current process, NULL if there is none. */
static __always_inline struct file *shape_file_of_fd(int fd)
{
	struct fdtable *fdt = BPF_CORE_READ(shape_current(), files, fdt);
	struct file *file = NULL;
	struct file **fds;

	if (fd < 0 || (unsigned int)fd >= BPF_CORE_READ(fdt, max_fds))
		return NULL;
	fds = BPF_CORE_READ(fdt, fd);
	if (bpf_probe_read_kernel(&file, sizeof(file), &fds[fd]))
		return NULL;
	return file;
}

/* A file's private_data, if its operations are the ones expected. */
static __always_inline void *shape_private_of(struct file *file, __u64 fops)
{
	if (!file || !fops || (__u64)BPF_CORE_READ(file, f_op) != fops)
		return NULL;
	return BPF_CORE_READ(file, private_data);
}

static __always_inline struct vfio_group *shape_group_of_file(struct file *file)
{
	return shape_private_of(file, addr_group_fops);
}

/*
 * Types and fields that are not in every kernel. Those of modules without BTF
 * (before 5.11) are found where vmlinux/ says, if user space has said so.
 *
 * shape_typed(): VFIO's types are known. All that follows asks this first, as
 * nothing below it can be relocated else.
 */
static __always_inline bool shape_typed(void)
{
	return bpf_core_type_exists(struct vfio_device);
}

/*
 * Device fds carry a struct vfio_device_file since
 *   b1a59be8a2b6 ("vfio: Refine vfio file kAPIs for KVM"), 6.6,
 * and the struct vfio_device itself before.
 */
static __always_inline bool shape_has_device_file(void)
{
	return bpf_core_type_exists(struct vfio_device_file);
}

/*
 * Devices hold the kvm pointer since 5.19. Before, drivers are notified of it,
 * whenever it comes, and the core counts no opens: every GET_DEVICE_FD opens.
 */
static __always_inline bool shape_notifier(void)
{
	return !bpf_core_field_exists(struct vfio_device, kvm);
}

/*
 * In between, to 6.5: devices copy their group's pointer, and take no reference
 * on the VM. Known by what 6.6 added: the lines between the two of 6.1 and 6.6
 * have no way to attach here.
 */
static __always_inline bool shape_borrowed(void)
{
	return !shape_notifier() && !shape_has_device_file();
}

static __always_inline struct device *shape_parent(struct vfio_device *dev)
{
	struct vfio_device_fixed *fixed = (void *)dev;
	struct device *parent = NULL;

	if (shape_typed())
		return BPF_CORE_READ(dev, dev);
	if (fixed_layout)
		bpf_probe_read_kernel(&parent, sizeof(parent), &fixed->dev);
	return parent;
}

static __always_inline struct vfio_group *shape_group_of_device(struct vfio_device *dev)
{
	struct vfio_device_fixed *fixed = (void *)dev;
	struct vfio_group *group = NULL;

	if (shape_typed())
		return BPF_CORE_READ(dev, group);
	if (fixed_layout)
		bpf_probe_read_kernel(&group, sizeof(group), &fixed->group);
	return group;
}

/* 0 where devices hold none. */
static __always_inline __u64 shape_device_kvm(struct vfio_device *dev)
{
	return shape_notifier() ? 0 : (__u64)BPF_CORE_READ(dev, kvm);
}

/* Where the core counts none: files that were opened or found. */
static __always_inline __u32 shape_open_count(struct vfio_device *dev)
{
	__u64 key = (__u64)dev, *count;

	if (!shape_notifier())
		return BPF_CORE_READ(dev, open_count);
	count = bpf_map_lookup_elem(&file_counts, &key);
	return count ? (__u32)*count : 0;
}

/* The argument of vfio_df_open() and vfio_df_close(). */
static __always_inline struct vfio_device *shape_device_of_df(void *df)
{
	return BPF_CORE_READ((struct vfio_device_file *)df, device);
}

/* Opened through its group, and not through a file of its own (a cdev's). */
static __always_inline bool shape_by_group(void *df)
{
	return BPF_CORE_READ((struct vfio_device_file *)df, group);
}

static __always_inline struct vfio_device *shape_device_of_file(struct file *file)
{
	void *priv = BPF_CORE_READ(file, private_data);

	return shape_has_device_file() ? shape_device_of_df(priv) : priv;
}

/*
 * The device of a device fd, and the group it was opened through, 0 for a
 * character device's: 0 of both for any other file.
 */
static __always_inline void shape_device_file(struct file *file, __u64 *dev, __u64 *group)
{
	void *priv = shape_private_of(file, addr_device_fops);

	if (!priv)
		return;
	*dev = (__u64)shape_device_of_file(file);
	if (shape_has_device_file())
		*group = (__u64)BPF_CORE_READ((struct vfio_device_file *)priv, group);
	else
		*group = (__u64)shape_group_of_device(priv);
}

static __always_inline struct iommu_group *shape_iommu_group(struct vfio_group *group)
{
	struct vfio_group_fixed *fixed = (void *)group;
	struct iommu_group *iommu = NULL;

	if (shape_typed())
		return BPF_CORE_READ(group, iommu_group);
	if (fixed_layout)
		bpf_probe_read_kernel(&iommu, sizeof(iommu), &fixed->iommu_group);
	return iommu;
}

static __always_inline struct vfio_container *shape_container(struct vfio_group *group)
{
	struct vfio_group_fixed *fixed = (void *)group;
	struct vfio_container *container = NULL;

	if (shape_typed())
		return BPF_CORE_READ(group, container);
	if (fixed_layout)
		bpf_probe_read_kernel(&container, sizeof(container), &fixed->container);
	return container;
}

static __always_inline __s32 shape_iommu_group_id(struct vfio_group *group)
{
	struct iommu_group *iommu = group ? shape_iommu_group(group) : NULL;

	return iommu ? BPF_CORE_READ(iommu, id) : -1;
}

/* Without BTF the place of this field is not certain, but all that set it are seen. */
static __always_inline bool shape_notes_group_kvm(void)
{
	return !bpf_core_field_exists(struct vfio_group, kvm);
}

static __always_inline __u64 shape_group_kvm(struct vfio_group *group)
{
	__u64 key = (__u64)group, *kvm;

	if (!group)
		return 0;
	if (!shape_notes_group_kvm())
		return (__u64)BPF_CORE_READ(group, kvm);
	kvm = bpf_map_lookup_elem(&group_kvm, &key);
	return kvm ? *kvm : 0;
}

static __always_inline __u32 shape_vm_creator(__u64 kvm)
{
	return kvm ? (__u32)BPF_CORE_READ((struct kvm *)kvm, userspace_pid) : 0;
}

/* Its last reference is gone. */
static __always_inline bool shape_vm_dying(__u64 kvm)
{
	return kvm && !BPF_CORE_READ((struct kvm *)kvm, users_count.refs.counter);
}

/* kobject name of the device below: PCI address, or UUID of an mdev. */
static __always_inline void shape_parent_name(struct device *parent, char *name)
{
	bpf_probe_read_kernel_str(name, VS_DEVNAME_LEN, BPF_CORE_READ(parent, kobj.name));
}

static __always_inline void shape_device_name(struct vfio_device *dev, char *name)
{
	shape_parent_name(shape_parent(dev), name);
}

static __always_inline void shape_driver_name(struct device *parent, char *name)
{
	bpf_probe_read_kernel_str(name, VS_DRIVER_LEN, BPF_CORE_READ(parent, driver, name));
}

/* What a device is: the same as long as it is open. */
static __always_inline void shape_device_identity(struct ev_dev *e, struct vfio_device *dev)
{
	struct device *parent = shape_parent(dev);

	e->iommu_group = shape_iommu_group_id((struct vfio_group *)e->group);
	shape_parent_name(parent, e->name);
	shape_driver_name(parent, e->driver);
}

/* How it is with a device; the caller knows what keeps it from changing. */
static __always_inline void shape_device_state(struct ev_dev *e, struct vfio_device *dev)
{
	struct vfio_group *group = shape_group_of_device(dev);

	e->dev = (__u64)dev;
	e->group = (__u64)group;
	e->kvm = shape_device_kvm(dev);
	e->group_kvm = shape_group_kvm(group);
	e->open_count = shape_open_count(dev);
	if (shape_notifier())
		e->h.flags |= VS_F_NOTIFIER;
}

/* The container's IOMMU driver, "" before SET_IOMMU. */
static __always_inline void shape_iommu_driver(struct vfio_container *container, char *name,
					       int len)
{
	struct vfio_iommu_driver *driver;

	/* Its place in the container depends on build options. */
	if (!shape_typed()) {
		__builtin_memcpy(name, "not known", sizeof("not known"));
		return;
	}
	driver = BPF_CORE_READ(container, iommu_driver);
	if (driver)
		bpf_probe_read_kernel_str(name, len, BPF_CORE_READ(driver, ops, name));
}

/* Only kernels with iommufd know groups that use one. */
static __always_inline __u64 shape_iommufd(struct vfio_group *group)
{
	return bpf_core_field_exists(group->iommufd) ? (__u64)BPF_CORE_READ(group, iommufd) : 0;
}

/*
 * Is there an IOMMU for the group's devices? Without one a device's open ends
 * before it reaches the driver (vfio_device_group_use_iommu()).
 */
static __always_inline bool shape_has_iommu(struct vfio_group *group)
{
	struct vfio_container *container = shape_container(group);

	if (container && shape_typed())
		return BPF_CORE_READ(container, iommu_driver);
	return container || shape_iommufd(group);
}

static __always_inline __u64 shape_kvm_of(struct kvm_device *dev)
{
	struct kvm_device_fixed *fixed = (void *)dev;
	struct kvm *kvm = NULL;

	if (bpf_core_type_exists(struct kvm_device))
		return (__u64)BPF_CORE_READ(dev, kvm);
	if (fixed_layout)
		bpf_probe_read_kernel(&kvm, sizeof(kvm), &fixed->kvm);
	return (__u64)kvm;
}

static __always_inline struct kvm_vfio *shape_kvm_vfio(struct kvm_device *dev)
{
	struct kvm_device_fixed *fixed = (void *)dev;
	void *priv = NULL;

	if (bpf_core_type_exists(struct kvm_device))
		return BPF_CORE_READ(dev, private);
	if (fixed_layout)
		bpf_probe_read_kernel(&priv, sizeof(priv), &fixed->private);
	return priv;
}

static __always_inline const char *shape_ops_name(struct kvm_device *dev)
{
	struct kvm_device_fixed *fixed = (void *)dev;
	const struct kvm_device_ops_fixed *ops = NULL;
	const char *name = NULL;

	if (bpf_core_type_exists(struct kvm_device))
		return BPF_CORE_READ(dev, ops, name);
	if (fixed_layout && !bpf_probe_read_kernel(&ops, sizeof(ops), &fixed->ops))
		bpf_probe_read_kernel(&name, sizeof(name), &ops->name);
	return name;
}

/* A kvm device of any type: is it a kvm-vfio device? */
static __always_inline bool shape_is_kvm_vfio(struct kvm_device *dev)
{
	static const char name[8] = { 'k', 'v', 'm', '-', 'v', 'f', 'i', 'o' };
	__u64 found = 0;

	bpf_probe_read_kernel(&found, sizeof(found), shape_ops_name(dev));
	return found == *(const __u64 *)name;
}

/* The list of what is registered: its head. */
static __always_inline __u64 shape_registrations(struct kvm_vfio *kv)
{
	if (bpf_core_type_exists(struct kvm_vfio))
		return (__u64)kv + bpf_core_field_offset(struct kvm_vfio, file_list);
	return (__u64)kv;
}

static __always_inline bool shape_noncoherent(struct kvm_vfio *kv)
{
	return bpf_core_type_exists(struct kvm_vfio) ? BPF_CORE_READ(kv, noncoherent) : false;
}

/* What an entry of the list is about; the file is 0 where only groups are kept. */
static __always_inline struct vfio_group *shape_registered(__u64 entry, __u64 *file)
{
	struct kvm_vfio_group_fixed *fixed = (void *)entry;
	struct vfio_group *group = NULL;
	struct kvm_vfio_file *kvf;

	*file = 0;
	if (bpf_core_type_exists(struct kvm_vfio_file)) {
		kvf = (void *)(entry - bpf_core_field_offset(struct kvm_vfio_file, node));
		*file = (__u64)BPF_CORE_READ(kvf, file);
		return shape_group_of_file((struct file *)*file);
	}
	if (fixed_layout)
		bpf_probe_read_kernel(&group, sizeof(group), &fixed->vfio_group);
	return group;
}

static __always_inline struct mm_struct *shape_vm_mm(__u64 kvm)
{
	return BPF_CORE_READ((struct kvm *)kvm, mm);
}

static __always_inline bool shape_own_vm(__u64 kvm)
{
	return kvm && shape_vm_mm(kvm) == BPF_CORE_READ(shape_current(), mm);
}

/* What a walk along KVM's list of VMs comes to, if not to a VM (an address). */
enum {
	WALK_LOST = 0, /* it could not be followed */
	WALK_END = 2,
	WALK_ON = 1, /* or'ed to where to go on: there are more */
};

/*
 * A stretch of the list, from @pos on: the VM whose memory is @mm, or without one
 * the VM @kvm. Stretches, legs and the whole walk are global functions, which the
 * verifier looks into once each: not once per round of the loop around them. That
 * is most of what loading the programs would take.
 *
 * The list is walked without kvm_lock: an entry that goes away under us makes the
 * read fail or the bound end the walk, and the answer is "could not tell".
 */
__weak __noinline __u64 shape_vm_stretch(__u64 pos, __u64 mm, __u64 kvm)
{
	__u64 vm_mm = 0;
	struct kvm *vm;
	int i;

	for (i = 0; i < VS_VM_STRETCH; i++) {
		if (pos == addr_vm_list)
			return WALK_END;
		vm = (void *)(pos - bpf_core_field_offset(struct kvm, vm_list));
		if (mm && bpf_core_read(&vm_mm, sizeof(vm_mm), &vm->mm))
			return WALK_LOST;
		if (mm ? vm_mm == mm : (__u64)vm == kvm)
			return (__u64)vm;
		if (bpf_probe_read_kernel(&pos, sizeof(pos), (void *)pos) || !pos)
			return WALK_LOST;
	}
	return pos | WALK_ON;
}

__weak __noinline __u64 shape_vm_leg(__u64 pos, __u64 mm, __u64 kvm)
{
	int i;

	for (i = 0; i < VS_VM_LEG; i++) {
		pos = shape_vm_stretch(pos, mm, kvm);
		if (!(pos & WALK_ON))
			return pos;
		pos &= ~(__u64)WALK_ON;
	}
	return pos | WALK_ON;
}

__weak __noinline __u64 shape_vm_walk(__u64 mm, __u64 kvm)
{
	__u64 pos = 0;
	int i;

	if (!addr_vm_list || bpf_probe_read_kernel(&pos, sizeof(pos), (void *)addr_vm_list))
		return WALK_LOST;
	for (i = 0; i < VS_VM_LEGS; i++) {
		pos = shape_vm_leg(pos, mm, kvm);
		if (!(pos & WALK_ON))
			return pos;
		pos &= ~(__u64)WALK_ON;
	}
	return WALK_LOST;
}

/*
 * A VM whose memory is @mm, a process's, 0 if there is none. KVM refuses
 * every ioctl from another mm, so this is what "the process has a VM" means.
 */
static __always_inline __u64 shape_vm_of_mm(struct mm_struct *mm, __u32 *seen)
{
	__u64 vm = mm ? shape_vm_walk((__u64)mm, 0) : WALK_LOST;

	*seen = vm == WALK_LOST ? VS_VMS_UNKNOWN : 0;
	return vm == WALK_END ? 0 : vm;
}

/* Is it none of KVM's VMs? Only said if the whole list was seen. */
static __always_inline bool shape_vm_gone(__u64 kvm)
{
	return shape_vm_walk(0, kvm) == WALK_END;
}

/* Where the core does not count: one file less of the device. */
static __always_inline void uncount_file(__u64 dev)
{
	__u64 *count = bpf_map_lookup_elem(&file_counts, &dev);

	if (count)
		__sync_fetch_and_add(count, -1);
}

/* A file of the device, once. @made: just now, so one noted at its address is gone. */
static __always_inline void note_file(struct file *file, struct vfio_device *dev, bool made)
{
	__u64 key = (__u64)file, value = (__u64)dev, *count, *old, one = 1;

	if (!shape_notifier() || !file || !dev)
		return;
	old = made ? bpf_map_lookup_elem(&device_files, &key) : NULL;
	if (old) {
		uncount_file(*old);
		bpf_map_delete_elem(&device_files, &key);
	}
	if (bpf_map_update_elem(&device_files, &key, &value, BPF_NOEXIST)) {
		if (!bpf_map_lookup_elem(&device_files, &key))
			lose(VS_LOSS_STATE, VS_DEV_OPEN);
		return;
	}
	count = bpf_map_lookup_elem(&file_counts, &value);
	if (count)
		__sync_fetch_and_add(count, 1);
	else if (bpf_map_update_elem(&file_counts, &value, &one, BPF_ANY))
		lose(VS_LOSS_STATE, VS_DEV_OPEN);
}

/* The file ends; false if it was never noted. */
static __always_inline bool forget_file(struct file *file, struct vfio_device *dev)
{
	__u64 key = (__u64)file;

	if (bpf_map_delete_elem(&device_files, &key))
		return false;
	uncount_file((__u64)dev);
	return true;
}

#endif
