/* SPDX-License-Identifier: GPL-2.0-only */
/* What the probes read of VFIO: include/linux/vfio.h, drivers/vfio/vfio.h. */
#ifndef VMLINUX_VFIO_H
#define VMLINUX_VFIO_H

#include "mm.h"

struct kvm;
struct iommufd_ctx;

struct vfio_iommu_driver_ops {
	const char *name; /* "vfio-iommu-type1" */
} CORE;

struct vfio_iommu_driver {
	const struct vfio_iommu_driver_ops *ops;
} CORE;

/* What opening /dev/vfio/vfio creates: an address space that devices share. */
struct vfio_container {
	struct rw_semaphore group_lock;
	struct vfio_iommu_driver *iommu_driver; /* NULL before SET_IOMMU */
	void *iommu_data; /* struct vfio_iommu, if the driver is type1 */
} CORE;

/* The private part of a container with the type1 driver. */
struct vfio_iommu {
	struct mutex lock;
	struct list_head iova_list; /* of struct vfio_iova: addresses that the IOMMU can map */
	struct rb_root dma_list; /* of struct vfio_dma */
	__u64 pgsize_bitmap;
} CORE;

struct vfio_iova {
	struct list_head list;
	__u64 start, end; /* the last one */
} CORE;

/* A map. */
struct vfio_dma {
	struct rb_node node;
	__u64 iova;
	unsigned long vaddr;
	unsigned long size;
} CORE;

/* Devices that are opened, closed and reset one after the other. */
struct vfio_device_set {
	struct mutex lock;
} CORE;

/* iommufd's view of an IOMMU group, and of a device. */
struct iommufd_group {
	struct mutex lock;
} CORE;

struct iommufd_device {
	struct iommufd_group *igroup;
} CORE;

/* The mappings of an IOAS. */
struct io_pagetable {
	struct rw_semaphore domains_rwsem;
	struct rw_semaphore iova_rwsem;
} CORE;

enum vfio_group_type {
	VFIO_NO_IOMMU = 2, /* the others do not matter here; not relocated */
};

/* An IOMMU group as VFIO knows it; /dev/vfio/N is its node. */
struct vfio_group {
	enum vfio_group_type type;
	bool noiommu; /* up to 5.15, in place of the type */
	struct kvm *kvm; /* the VM the group is registered with */
	struct iommu_group *iommu_group;
	struct vfio_container *container;
	struct mutex group_lock; /* no field on notifier kernels */
	struct iommufd_ctx *iommufd; /* in place of a container; not in every build */
} CORE;

/* A device bound to a vfio driver, open or not. */
struct vfio_device {
	struct device *dev;
	struct vfio_group *group;
	struct kvm *kvm; /* from the first open to the last close; no field on notifier kernels */
	void *put_kvm; /* refcounted kernels: how it lets go of the VM */
	unsigned int open_count;
	struct vfio_device_set *dev_set; /* from 5.14 on */
	struct iommufd_device *iommufd_device; /* not in every build */
} CORE;

/* One open of a device; private_data of a device fd (6.6 and later). */
struct vfio_device_file {
	struct vfio_device *device;
	struct vfio_group *group; /* NULL when opened through its own cdev */
	__u8 access_granted; /* the device is open by this file: a cdev's is not before BIND */
	struct kvm *kvm; /* registered with: counts for a cdev's file only */
	struct iommufd_ctx *iommufd; /* bound to */
} CORE;

/*
 * The same for modules without BTF: 5.10, from the release on that has
 * vfio_init_group_dev(). First members only, whose place does not depend on build options.
 */
struct vfio_device_fixed {
	struct device *dev;
	const void *ops;
	struct vfio_group *group;
};

struct vfio_group_fixed {
	int kref, minor, container_users, pad;
	struct iommu_group *iommu_group;
	struct vfio_container *container;
};

#endif
