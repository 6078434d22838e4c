/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the kernel keeps things. All knowledge of the places of fields, of fields that
 * moved and of kinds of files is here, in shapes_map.bpf.h and in vmlinux/; no probe asks by
 * itself.
 */
#ifndef VS_SHAPES_BPF_H
#define VS_SHAPES_BPF_H

#include "noted.bpf.h"
#include <bpf/bpf_core_read.h>
#include "../vmlinux/errno.h"
#include "../vmlinux/ioctl.h"
#include "../vmlinux/kvm.h"
#include "../vmlinux/vfio.h"

#define PF_EXITING 0x00000004 /* include/linux/sched.h */

#define SIGNAL_GROUP_EXIT 0x00000004 /* include/linux/sched/signal.h */

/*
 * VS_F_EXITING if it exits, or has been killed and will when it comes back from its call.
 * One bit in both words, and no branch, which the verifier would follow twice.
 */
static __always_inline __u32 shape_exiting(struct task_struct *t)
{
	__u32 flags = BPF_CORE_READ(t, flags) | BPF_CORE_READ(t, signal, flags);

	_Static_assert(PF_EXITING == 4 && SIGNAL_GROUP_EXIT == 4 && VS_F_EXITING == 1, "see below");
	return flags / PF_EXITING & VS_F_EXITING;
}

static __always_inline struct task_struct *shape_current(void)
{
	return (struct task_struct *)bpf_get_current_task();
}

/*
 * The caller. Kernels with task-local storage know the type of tasks, too: members are
 * then read directly, at a tenth of the cost of a helper for each.
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
 * Types and fields that not every kernel has. Those of modules without BTF (before 5.11)
 * are read at the places that vmlinux/ has, if user space says that they are right.
 *
 * shape_typed(): VFIO's types are known. What follows asks this first: relocations of
 * unknown types fail.
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
 * A notifier kernel (up to 5.18): devices hold no kvm pointer. Drivers are notified of
 * it whenever it changes, and the core counts no opens: every GET_DEVICE_FD opens.
 */
static __always_inline bool shape_notifier(void)
{
	return !bpf_core_field_exists(struct vfio_device, kvm);
}

/*
 * A borrowed kernel: devices copy their group's pointer and take no reference on the VM,
 * so they need no means to let go of it, which came with
 *   2b48f52f2bff ("vfio: fix deadlock between group lock and kvm lock"), 6.2.
 */
static __always_inline bool shape_borrowed(void)
{
	return !shape_notifier() && !bpf_core_field_exists(struct vfio_device, put_kvm);
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

/* device->kvm; notifier kernels: 0. */
static __always_inline __u64 shape_device_kvm(struct vfio_device *dev)
{
	return shape_notifier() ? 0 : (__u64)BPF_CORE_READ(dev, kvm);
}

/* Notifier kernels: files that were opened or found. */
static __always_inline __u32 shape_open_count(struct vfio_device *dev)
{
	return shape_notifier() ? noted_file_count((__u64)dev) : BPF_CORE_READ(dev, open_count);
}

/*
 * Of a struct vfio_device_file, which vfio_df_open() and others take. Where the kernel has
 * no such files there is nothing to read, and no relocation of the type may be left.
 */
static __always_inline struct vfio_device *shape_device_of_df(void *df)
{
	return shape_has_device_file() ? BPF_CORE_READ((struct vfio_device_file *)df, device) :
					 NULL;
}

/*
 * The group that a device was opened through; NULL: through its own character device, a
 * cdev. The file of a cdev does for its device what a group does for its devices: it is
 * registered with a VM, and carries the kvm pointer that the device takes.
 */
static __always_inline struct vfio_group *shape_group_of_df(void *df)
{
	return shape_has_device_file() ? BPF_CORE_READ((struct vfio_device_file *)df, group) : NULL;
}

static __always_inline bool shape_is_cdev(void *df)
{
	return shape_has_device_file() && !shape_group_of_df(df);
}

static __always_inline __u64 shape_cdev_kvm(void *df)
{
	return shape_has_device_file() ? (__u64)BPF_CORE_READ((struct vfio_device_file *)df, kvm) :
					 0;
}

/* The iommufd that a device file is bound to, 0 for none. Without iommufd nothing is read. */
static __always_inline __u64 shape_bound_to(void *df)
{
	if (!addr_iommufd_fops || !bpf_core_field_exists(struct vfio_device_file, iommufd))
		return 0;
	return (__u64)BPF_CORE_READ((struct vfio_device_file *)df, iommufd);
}

/* The device is open by this file. */
static __always_inline bool shape_has_access(void *df)
{
	return shape_has_device_file() &&
	       BPF_CORE_READ((struct vfio_device_file *)df, access_granted);
}

static __always_inline struct vfio_device *shape_device_of_file(struct file *file)
{
	void *priv = BPF_CORE_READ(file, private_data);

	return shape_has_device_file() ? shape_device_of_df(priv) : priv;
}

/*
 * The device of a device fd, and the group it was opened through (0: its own character
 * device). Leaves both as they are for any other file.
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

/* The struct vfio_device_file of a cdev's file; NULL for any other file. */
static __always_inline void *shape_cdev_of_file(struct file *file)
{
	void *df;

	if (!shape_has_device_file())
		return NULL;
	df = shape_private_of(file, addr_device_fops);
	return df && shape_is_cdev(df) ? df : NULL;
}

static __always_inline __u64 shape_iommufd_of_file(struct file *file)
{
	return (__u64)shape_private_of(file, addr_iommufd_fops);
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

/* Without BTF the place of this field is not known, but every call that sets it is seen. */
static __always_inline bool shape_notes_group_kvm(void)
{
	return !bpf_core_field_exists(struct vfio_group, kvm);
}

static __always_inline __u64 shape_group_kvm(struct vfio_group *group)
{
	if (!group)
		return 0;
	if (shape_notes_group_kvm())
		return noted_group_kvm((__u64)group);
	return (__u64)BPF_CORE_READ(group, kvm);
}

static __always_inline __u32 shape_vm_creator(__u64 kvm)
{
	return kvm ? (__u32)BPF_CORE_READ((struct kvm *)kvm, userspace_pid) : 0;
}

/* The VM's last reference is gone. */
static __always_inline bool shape_vm_dying(__u64 kvm)
{
	return kvm && !BPF_CORE_READ((struct kvm *)kvm, users_count.refs.counter);
}

/* The name of the device that VFIO's belongs to: PCI address, or UUID of an mdev. */
static __always_inline void shape_parent_name(struct device *parent, char *name)
{
	bpf_probe_read_kernel_str(name, VS_DEVNAME_LEN, BPF_CORE_READ(parent, kobj.name));
}

/* Its IOMMU group, -1 if it has none. */
static __always_inline __s32 shape_parent_group_id(struct device *parent)
{
	struct iommu_group *group = BPF_CORE_READ(parent, iommu_group);

	return group ? BPF_CORE_READ(group, id) : -1;
}

static __always_inline void shape_device_name(struct vfio_device *dev, char *name)
{
	shape_parent_name(shape_parent(dev), name);
}

/* VFIO_PCI_OFFSET_TO_INDEX() in include/linux/vfio_pci_core.h */
#define REGION_SHIFT 40

/* The region that an offset of a device's file is in; in pages. */
static __always_inline __u32 shape_region(__u64 pgoff)
{
	return pgoff << page_shift >> REGION_SHIFT;
}

static __always_inline void shape_driver_name(struct device *parent, char *name)
{
	bpf_probe_read_kernel_str(name, VS_DRIVER_LEN, BPF_CORE_READ(parent, driver, name));
}

/*
 * What records about the file of a cdev share: it is what carries the kvm pointer. @e has
 * the members group, group_kvm, iommu_group, name.
 */
#define shape_cdev(e, df)                                                             \
	({                                                                            \
		struct vfio_device *dev_ = shape_device_of_df(df);                    \
		(e)->h.flags |= VS_F_CDEV;                                            \
		(e)->group = (__u64)(df);                                             \
		(e)->group_kvm = shape_cdev_kvm(df);                                  \
		(e)->iommu_group = shape_iommu_group_id(shape_group_of_device(dev_)); \
		shape_device_name(dev_, (e)->name);                                   \
	})

/* What a device is; it does not change while the device is open. Returns whose it is. */
static __always_inline struct device *shape_device_identity(struct ev_dev *e,
							    struct vfio_device *dev)
{
	struct device *parent = shape_parent(dev);

	e->iommu_group = shape_iommu_group_id(e->h.flags & VS_F_CDEV ?
						      shape_group_of_device(dev) :
						      (struct vfio_group *)e->group);
	shape_parent_name(parent, e->name);
	shape_driver_name(parent, e->driver);
	return parent;
}

/*
 * Who created the VM behind each pointer, read once where two are equal. @lives: the
 * device's own pointer is a VM's, which is not certain where it holds no reference.
 */
static __always_inline void shape_creators(struct ev_dev *e, bool lives)
{
	e->group_creator = shape_vm_creator(e->group_kvm);
	e->kvm_creator = e->group_creator;
	e->owner_creator = e->group_creator;
	if (e->kvm != e->group_kvm)
		e->kvm_creator = lives ? shape_vm_creator(e->kvm) : 0;
	if (e->owner_kvm != e->group_kvm)
		e->owner_creator = shape_vm_creator(e->owner_kvm);
}

/*
 * The state of a device; the caller knows what keeps it from changing. @cdev: the file of
 * its own that it is opened by, NULL: it is opened through @group.
 */
static __always_inline void shape_device_state(struct ev_dev *e, struct vfio_device *dev,
					       struct vfio_group *group, void *cdev)
{
	e->dev = (__u64)dev;
	e->kvm = shape_device_kvm(dev);
	if (cdev) {
		e->group = (__u64)cdev;
		e->group_kvm = shape_cdev_kvm(cdev);
		e->h.flags |= VS_F_CDEV;
	} else {
		e->group = (__u64)group;
		e->group_kvm = shape_group_kvm(group);
	}
	e->open_count = shape_open_count(dev);
	if (shape_notifier())
		e->h.flags |= VS_F_NOTIFIER;
}

/* The container's IOMMU driver, "" before SET_IOMMU. */
static __always_inline void shape_iommu_driver(struct vfio_container *container, char *name,
					       int len)
{
	struct vfio_iommu_driver *driver;

	/* The place of the field depends on build options. */
	if (!shape_typed()) {
		__builtin_memcpy(name, "not known", sizeof("not known"));
		return;
	}
	driver = BPF_CORE_READ(container, iommu_driver);
	if (driver)
		bpf_probe_read_kernel_str(name, len, BPF_CORE_READ(driver, ops, name));
}

/* A struct vfio_iommu_driver that is of type1: asked once. */
static __u64 type1_driver;

static __always_inline bool shape_is_type1(struct vfio_iommu_driver *driver)
{
	static const char type1[16] = { 'v', 'f', 'i', 'o', '-', 'i', 'o', 'm',
					'm', 'u', '-', 't', 'y', 'p', 'e', '1' };
	__u64 name[2] = {};

	if (driver && type1_driver == (__u64)driver)
		return true;
	bpf_probe_read_kernel(name, sizeof(name), BPF_CORE_READ(driver, ops, name));
	if (name[0] != ((const __u64 *)type1)[0] || name[1] != ((const __u64 *)type1)[1])
		return false;
	type1_driver = (__u64)driver;
	return true;
}

/* The private part of a container of the type1 driver, NULL for any other. */
static __always_inline struct vfio_iommu *shape_type1(struct vfio_container *container)
{
	if (!container || !bpf_core_field_exists(struct vfio_container, iommu_data) ||
	    !bpf_core_type_exists(struct vfio_iommu))
		return NULL;
	if (!shape_is_type1(BPF_CORE_READ(container, iommu_driver)))
		return NULL;
	return BPF_CORE_READ(container, iommu_data);
}

/* Nothing is mapped for DMA in a container; false: of other drivers than type1 it is not known. */
static __always_inline bool shape_unmapped(struct vfio_container *container)
{
	struct vfio_iommu *iommu = shape_type1(container);

	return iommu && !BPF_CORE_READ(iommu, dma_list.rb_node);
}

/* The group's iommufd context, 0 for none; only kernels with iommufd have the field. */
static __always_inline __u64 shape_iommufd(struct vfio_group *group)
{
	if (!addr_iommufd_fops || !bpf_core_field_exists(group->iommufd))
		return 0;
	return (__u64)BPF_CORE_READ(group, iommufd);
}

static __always_inline bool shape_noiommu(struct vfio_group *group)
{
	if (bpf_core_field_exists(group->noiommu))
		return BPF_CORE_READ(group, noiommu);
	return bpf_core_field_exists(group->type) && BPF_CORE_READ(group, type) == VFIO_NO_IOMMU;
}

/* What maps a device's DMA. @df: of its file, NULL on kernels without. */
static __always_inline void shape_backend(struct ev_dev *e, void *df)
{
	struct vfio_group *group = (void *)e->group;

	if (df)
		e->iommufd = shape_bound_to(df);
	else if (group)
		e->iommufd = shape_iommufd(group);
	if (!e->iommufd && group && !(e->h.flags & VS_F_CDEV) && shape_noiommu(group))
		e->h.flags |= VS_F_NOIOMMU_GROUP;
}

/*
 * There is an IOMMU for the group's devices. Without one the open of a device fails
 * before it reaches the driver (vfio_device_group_use_iommu()).
 */
static __always_inline bool shape_has_iommu(struct vfio_group *group)
{
	struct vfio_container *container = shape_container(group);

	if (container && shape_typed())
		return BPF_CORE_READ(container, iommu_driver);
	return container || shape_iommufd(group);
}

/* What a group lacks for its devices to be opened: VS_F_WITHOUT_CONTAINER, _IOMMU, or 0. */
static __always_inline __u32 shape_lacks(struct vfio_group *group)
{
	struct vfio_container *container = shape_container(group);

	if (!container)
		return shape_iommufd(group) ? 0 : VS_F_WITHOUT_CONTAINER;
	return shape_has_iommu(group) ? 0 : VS_F_WITHOUT_IOMMU;
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

/* Whether a kvm device is a kvm-vfio device. */
static __always_inline bool shape_is_kvm_vfio(struct kvm_device *dev)
{
	static const char name[8] = { 'k', 'v', 'm', '-', 'v', 'f', 'i', 'o' };
	__u64 found = 0;

	bpf_probe_read_kernel(&found, sizeof(found), shape_ops_name(dev));
	return found == *(const __u64 *)name;
}

/* The head of the list of registered files, by either of its names the first member. */
static __always_inline __u64 shape_registrations(struct kvm_vfio *kv)
{
	if (bpf_core_field_exists(struct kvm_vfio, file_list))
		return (__u64)kv + bpf_core_field_offset(struct kvm_vfio, file_list);
	return (__u64)kv;
}

/*
 * Have the registrations made their VM non-coherent? KVM keeps the flag on every
 * architecture, but only x86 does something then (kvm_arch_register_noncoherent_dma()).
 */
static __always_inline bool shape_noncoherent(struct kvm_vfio *kv)
{
#ifdef __TARGET_ARCH_x86
	return bpf_core_field_exists(kv->noncoherent) ? BPF_CORE_READ(kv, noncoherent) : false;
#else
	return false;
#endif
}

/* The group, and the file, of an entry of the list; the file is 0 where only groups are kept. */
static __always_inline struct vfio_group *shape_registered(__u64 entry, struct file **file)
{
	struct kvm_vfio_group_fixed *fixed = (void *)entry;
	struct vfio_group *group = NULL;
	struct kvm_vfio_group *kvg;
	struct kvm_vfio_file *kvf;

	*file = NULL;
	if (bpf_core_type_exists(struct kvm_vfio_file)) {
		kvf = (void *)(entry - bpf_core_field_offset(struct kvm_vfio_file, node));
		*file = BPF_CORE_READ(kvf, file);
		return shape_group_of_file(*file);
	}
	if (bpf_core_type_exists(struct kvm_vfio_group)) {
		kvg = (void *)(entry - bpf_core_field_offset(struct kvm_vfio_group, node));
		if (bpf_core_field_exists(kvg->vfio_group))
			return BPF_CORE_READ(kvg, vfio_group);
		*file = BPF_CORE_READ(kvg, file);
		return shape_group_of_file(*file);
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

/* The VM of a node of KVM's list, and its memory; see vmlist.bpf.h. */
static __always_inline __u64 shape_vm_of_node(__u64 node)
{
	return node - bpf_core_field_offset(struct kvm, vm_list);
}

/* Returns false if it cannot be read. */
static __always_inline bool shape_read_vm_mm(__u64 vm, __u64 *mm)
{
	return !bpf_core_read(mm, sizeof(*mm), &((struct kvm *)vm)->mm);
}

/* Locks by their places: which of those that a call may wait for is at this address. */

#define IS_LOCK(lock, object, type, field)                 \
	((object) && bpf_core_field_exists(type, field) && \
	 (lock) == (__u64)(object) + bpf_core_field_offset(type, field))

static __always_inline bool shape_is_set_lock(__u64 lock, struct vfio_device *dev)
{
	if (!dev || !bpf_core_field_exists(struct vfio_device, dev_set))
		return false;
	return IS_LOCK(lock, BPF_CORE_READ(dev, dev_set), struct vfio_device_set, lock);
}

static __always_inline bool shape_is_group_lock(__u64 lock, struct vfio_group *group)
{
	return IS_LOCK(lock, group, struct vfio_group, group_lock);
}

/* Of the type1 driver behind a container. */
static __always_inline bool shape_is_type1_lock(__u64 lock, struct vfio_container *container)
{
	if (!container || !bpf_core_field_exists(struct vfio_container, iommu_data))
		return false;
	return IS_LOCK(lock, BPF_CORE_READ(container, iommu_data), struct vfio_iommu, lock);
}

static __always_inline bool shape_is_igroup_lock(__u64 lock, struct vfio_device *dev)
{
	struct iommufd_device *idev;

	if (!dev || !bpf_core_field_exists(struct vfio_device, iommufd_device) ||
	    !bpf_core_type_exists(struct iommufd_group))
		return false;
	idev = BPF_CORE_READ(dev, iommufd_device);
	return idev && IS_LOCK(lock, BPF_CORE_READ(idev, igroup), struct iommufd_group, lock);
}

static __always_inline bool shape_is_kvm_lock(__u64 lock, __u64 kvm)
{
	return IS_LOCK(lock, kvm, struct kvm, lock);
}

static __always_inline bool shape_is_kvm_vfio_lock(__u64 lock, __u64 kvm_vfio)
{
	return IS_LOCK(lock, kvm_vfio, struct kvm_vfio, lock);
}

static __always_inline bool shape_is_container_lock(__u64 lock, struct vfio_container *container)
{
	return IS_LOCK(lock, container, struct vfio_container, group_lock);
}

/* Of the mappings of an IOAS. */
static __always_inline bool shape_is_ioas_lock(__u64 lock, __u64 iopt)
{
	return IS_LOCK(lock, iopt, struct io_pagetable, domains_rwsem) ||
	       IS_LOCK(lock, iopt, struct io_pagetable, iova_rwsem);
}

/* Of the caller's memory. */
static __always_inline bool shape_is_mmap_lock(__u64 lock)
{
	return IS_LOCK(lock, BPF_CORE_READ(shape_current(), mm), struct mm_struct, mmap_lock);
}

/* Of an owner: MUTEX_FLAGS in kernel/locking/mutex.c, and RWSEM_* in rwsem.c. */
#define LOCK_OWNER_FLAGS 7UL
#define RWSEM_READER_OWNED 1UL

/* The task that holds a mutex, else a semaphore; NULL: none, or it is not kept. */
static __always_inline struct task_struct *shape_lock_owner(__u64 lock, bool mutex)
{
	__u64 at = lock + (mutex ? bpf_core_field_offset(struct mutex, owner) :
				   bpf_core_field_offset(struct rw_semaphore, owner));
	unsigned long owner = 0;

	if (bpf_probe_read_kernel(&owner, sizeof(owner), (void *)at))
		return NULL;
	if (!mutex && owner & RWSEM_READER_OWNED)
		return NULL;
	return (struct task_struct *)(owner & ~LOCK_OWNER_FLAGS);
}

#endif
