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

/* VMs looked at when asking whether a process has one. */
#define VS_VM_SCAN_MAX 1024

static __always_inline struct task_struct *shape_current(void)
{
	return (struct task_struct *)bpf_get_current_task();
}

static __always_inline bool shape_exiting(void)
{
	return BPF_CORE_READ(shape_current(), flags) & PF_EXITING;
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
 * Device fds carry a struct vfio_device_file since
 *   b1a59be8a2b6 ("vfio: Refine vfio file kAPIs for KVM"), 6.6,
 * and the struct vfio_device itself before.
 */
static __always_inline struct vfio_device *shape_device_of_file(struct file *file)
{
	void *priv = BPF_CORE_READ(file, private_data);

	if (bpf_core_type_exists(struct vfio_device_file))
		return BPF_CORE_READ((struct vfio_device_file *)priv, device);
	return priv;
}

/*
 * The device of a device fd, and the group it was opened through: 0 of both
 * for any other file. Before 6.6 a device file does not know its group.
 */
static __always_inline void shape_device_file(struct file *file, __u64 *dev, __u64 *group)
{
	struct vfio_device_file *df;

	if (!bpf_core_type_exists(struct vfio_device_file))
		return;
	df = shape_private_of(file, addr_device_fops);
	if (!df)
		return;
	*dev = (__u64)BPF_CORE_READ(df, device);
	*group = (__u64)BPF_CORE_READ(df, group);
}

static __always_inline __s32 shape_iommu_group_id(struct vfio_group *group)
{
	struct iommu_group *iommu = group ? BPF_CORE_READ(group, iommu_group) : NULL;

	return iommu ? BPF_CORE_READ(iommu, id) : -1;
}

static __always_inline __u64 shape_group_kvm(struct vfio_group *group)
{
	return group ? (__u64)BPF_CORE_READ(group, kvm) : 0;
}

static __always_inline __u32 shape_vm_creator(__u64 kvm)
{
	return kvm ? (__u32)BPF_CORE_READ((struct kvm *)kvm, userspace_pid) : 0;
}

/* kobject name of the device below: PCI address, or UUID of an mdev. */
static __always_inline void shape_device_name(struct vfio_device *dev, char *name)
{
	bpf_probe_read_kernel_str(name, VS_DEVNAME_LEN, BPF_CORE_READ(dev, dev, kobj.name));
}

static __always_inline void shape_driver_name(struct vfio_device *dev, char *name)
{
	bpf_probe_read_kernel_str(name, VS_DRIVER_LEN, BPF_CORE_READ(dev, dev, driver, name));
}

/* All a device says of itself; the caller knows what keeps it from changing. */
static __always_inline void shape_device_state(struct ev_dev *e, struct vfio_device *dev)
{
	struct vfio_group *group = BPF_CORE_READ(dev, group);

	e->dev = (__u64)dev;
	e->group = (__u64)group;
	e->kvm = (__u64)BPF_CORE_READ(dev, kvm);
	e->group_kvm = shape_group_kvm(group);
	e->open_count = BPF_CORE_READ(dev, open_count);
	e->iommu_group = shape_iommu_group_id(group);
	shape_device_name(dev, e->name);
	shape_driver_name(dev, e->driver);
}

/* The container's IOMMU driver, "" before SET_IOMMU. */
static __always_inline void shape_iommu_driver(struct vfio_container *container, char *name,
					       int len)
{
	struct vfio_iommu_driver *driver = BPF_CORE_READ(container, iommu_driver);

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
	struct vfio_container *container = BPF_CORE_READ(group, container);

	if (container)
		return BPF_CORE_READ(container, iommu_driver);
	return shape_iommufd(group);
}

/* A kvm device of any type: is it a kvm-vfio device? */
static __always_inline bool shape_is_kvm_vfio(struct kvm_device *dev)
{
	static const char name[8] = { 'k', 'v', 'm', '-', 'v', 'f', 'i', 'o' };
	__u64 found = 0;

	bpf_probe_read_kernel(&found, sizeof(found), BPF_CORE_READ(dev, ops, name));
	return found == *(const __u64 *)name;
}

static __always_inline struct mm_struct *shape_vm_mm(__u64 kvm)
{
	return BPF_CORE_READ((struct kvm *)kvm, mm);
}

static __always_inline bool shape_own_vm(__u64 kvm)
{
	return kvm && shape_vm_mm(kvm) == BPF_CORE_READ(shape_current(), mm);
}

/*
 * A VM whose memory is @mm, a process's, 0 if there is none. KVM refuses
 * every ioctl from another mm, so this is what "the process has a VM" means.
 * The list is walked without kvm_lock: an entry that goes away under us makes
 * the read fail or the bound end the walk, and the answer is "could not tell".
 */
static __always_inline __u64 shape_vm_of_mm(struct mm_struct *mm, __u32 *seen)
{
	__u64 head = addr_vm_list, pos = 0, vm_mm;
	struct kvm *kvm;
	__u32 i;

	*seen = VS_VMS_UNKNOWN;
	if (!head || !mm || bpf_probe_read_kernel(&pos, sizeof(pos), (void *)head))
		return 0;
	for (i = 0; i < VS_VM_SCAN_MAX; i++) {
		if (pos == head) {
			*seen = i;
			return 0;
		}
		kvm = (void *)(pos - bpf_core_field_offset(struct kvm, vm_list));
		if (bpf_core_read(&vm_mm, sizeof(vm_mm), &kvm->mm))
			return 0;
		if (vm_mm == (__u64)mm) {
			*seen = i + 1;
			return (__u64)kvm;
		}
		if (bpf_probe_read_kernel(&pos, sizeof(pos), (void *)pos) || !pos)
			return 0;
	}
	return 0;
}

#endif
