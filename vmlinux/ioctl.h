/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What programs pass to KVM and VFIO: ioctl numbers, constants and arguments, as in
 * uapi/linux/kvm.h and uapi/linux/vfio.h. For probes and user space alike: system
 * headers speak of the machine that builds, and those of older systems lack what
 * newer kernels have.
 *
 * A number means something only together with the kind of its file descriptor:
 * 0x3b71 is MAP_DMA on a container and PCI_HOT_RESET on a device.
 *
 * The macros have the kernel's names and yield to the system's, if those come first;
 * structs are prefixed.
 */
#ifndef VMLINUX_IOCTL_H
#define VMLINUX_IOCTL_H

#ifdef __bpf__
#include "base.h"
#else
#include <linux/types.h>
#endif

/*
 * _IO() and its kin. Some architectures have three bits for the direction, of which
 * "none" is one, and 13 for the size: there GET_DEVICE_FD is 0x20003b6a. Probes are
 * compiled for the architecture that __TARGET_ARCH_* names, not for bpf's own.
 */
#if defined(__TARGET_ARCH_powerpc) || defined(__TARGET_ARCH_mips) ||                 \
	defined(__TARGET_ARCH_sparc) || defined(__powerpc__) || defined(__mips__) || \
	defined(__sparc__) || defined(__alpha__)
#define VS_IOC_SIZE_BITS 13
#define VS_IOC_NONE 1U
#define VS_IOC_READ 2U
#define VS_IOC_WRITE 4U
#else
#define VS_IOC_SIZE_BITS 14
#define VS_IOC_NONE 0U
#define VS_IOC_WRITE 1U
#define VS_IOC_READ 2U
#endif

#define VS_IOC(dir, type, nr, size) \
	((dir) << (16 + VS_IOC_SIZE_BITS) | (__u32)(size) << 16 | (__u32)(type) << 8 | (nr))
#define VS_IO(type, nr) VS_IOC(VS_IOC_NONE, type, nr, 0)
#define VS_IOW(type, nr, arg) VS_IOC(VS_IOC_WRITE, type, nr, sizeof(arg))
#define VS_IOWR(type, nr, arg) VS_IOC(VS_IOC_READ | VS_IOC_WRITE, type, nr, sizeof(arg))

/* KVM */

struct vs_kvm_create_device {
	__u32 type; /* 4: kvm-vfio */
	__u32 fd; /* out */
	__u32 flags;
};

struct vs_kvm_device_attr {
	__u32 flags;
	__u32 group;
	__u64 attr;
	__u64 addr; /* user pointer; GROUP_ADD, GROUP_DEL: to the fd */
};

#define VS_KVM_IO 0xAE

/* On /dev/kvm */
#ifndef KVM_CREATE_VM
#define KVM_CREATE_VM VS_IO(VS_KVM_IO, 0x01)
#endif
/* On a VM */
#ifndef KVM_CREATE_DEVICE
#define KVM_CREATE_DEVICE VS_IOWR(VS_KVM_IO, 0xe0, struct vs_kvm_create_device)
#endif
/* On a device of a VM */
#ifndef KVM_SET_DEVICE_ATTR
#define KVM_SET_DEVICE_ATTR VS_IOW(VS_KVM_IO, 0xe1, struct vs_kvm_device_attr)
#endif
#ifndef KVM_HAS_DEVICE_ATTR
#define KVM_HAS_DEVICE_ATTR VS_IOW(VS_KVM_IO, 0xe3, struct vs_kvm_device_attr)
#endif

/* Attributes of a kvm-vfio device; newer headers say FILE for GROUP, with the same values. */
#ifndef KVM_DEV_VFIO_GROUP
#define KVM_DEV_VFIO_GROUP 1
#endif
#ifndef KVM_DEV_VFIO_GROUP_ADD
#define KVM_DEV_VFIO_GROUP_ADD 1
#endif
#ifndef KVM_DEV_VFIO_GROUP_DEL
#define KVM_DEV_VFIO_GROUP_DEL 2
#endif
#ifndef KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE
#define KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE 3
#endif

/* VFIO */

#define VS_VFIO_IO(nr) VS_IO(';', 100 + (nr))

/* On a container */
#ifndef VFIO_SET_IOMMU
#define VFIO_SET_IOMMU VS_VFIO_IO(2)
#endif
#ifndef VFIO_IOMMU_MAP_DMA
#define VFIO_IOMMU_MAP_DMA VS_VFIO_IO(13)
#endif
#ifndef VFIO_IOMMU_UNMAP_DMA
#define VFIO_IOMMU_UNMAP_DMA VS_VFIO_IO(14)
#endif

/* SET_IOMMU: the IOMMU driver */
#ifndef VFIO_TYPE1_IOMMU
#define VFIO_TYPE1_IOMMU 1
#endif
#ifndef VFIO_SPAPR_TCE_IOMMU
#define VFIO_SPAPR_TCE_IOMMU 2
#endif
#ifndef VFIO_TYPE1v2_IOMMU
#define VFIO_TYPE1v2_IOMMU 3
#endif
#ifndef VFIO_TYPE1_NESTING_IOMMU
#define VFIO_TYPE1_NESTING_IOMMU 6
#endif
#ifndef VFIO_SPAPR_TCE_v2_IOMMU
#define VFIO_SPAPR_TCE_v2_IOMMU 7
#endif
#ifndef VFIO_NOIOMMU_IOMMU
#define VFIO_NOIOMMU_IOMMU 8
#endif

/* struct vfio_iommu_type1_dma_map */
struct vs_type1_dma_map {
	__u32 argsz;
	__u32 flags;
	__u64 vaddr;
	__u64 iova;
	__u64 size;
};

/* struct vfio_iommu_type1_dma_unmap */
struct vs_type1_dma_unmap {
	__u32 argsz;
	__u32 flags;
	__u64 iova;
	__u64 size;
};

/* On a group */
#ifndef VFIO_GROUP_GET_STATUS
#define VFIO_GROUP_GET_STATUS VS_VFIO_IO(3)
#endif
#ifndef VFIO_GROUP_SET_CONTAINER
#define VFIO_GROUP_SET_CONTAINER VS_VFIO_IO(4) /* argument: pointer to the fd */
#endif
#ifndef VFIO_GROUP_UNSET_CONTAINER
#define VFIO_GROUP_UNSET_CONTAINER VS_VFIO_IO(5)
#endif
#ifndef VFIO_GROUP_GET_DEVICE_FD
#define VFIO_GROUP_GET_DEVICE_FD VS_VFIO_IO(6) /* argument: the name */
#endif

/* On a device */
#ifndef VFIO_DEVICE_SET_IRQS
#define VFIO_DEVICE_SET_IRQS VS_VFIO_IO(10)
#endif
#ifndef VFIO_DEVICE_RESET
#define VFIO_DEVICE_RESET VS_VFIO_IO(11)
#endif

/* SET_IRQS: struct vfio_irq_set up to its data, and its flags */
struct vs_irq_set {
	__u32 argsz;
	__u32 flags;
	__u32 index;
	__u32 start;
	__u32 count;
};

#ifndef VFIO_IRQ_SET_DATA_NONE
#define VFIO_IRQ_SET_DATA_NONE (1 << 0)
#endif
#ifndef VFIO_IRQ_SET_DATA_BOOL
#define VFIO_IRQ_SET_DATA_BOOL (1 << 1)
#endif
#ifndef VFIO_IRQ_SET_DATA_EVENTFD
#define VFIO_IRQ_SET_DATA_EVENTFD (1 << 2)
#endif
#ifndef VFIO_IRQ_SET_ACTION_MASK
#define VFIO_IRQ_SET_ACTION_MASK (1 << 3)
#endif
#ifndef VFIO_IRQ_SET_ACTION_UNMASK
#define VFIO_IRQ_SET_ACTION_UNMASK (1 << 4)
#endif
#ifndef VFIO_IRQ_SET_ACTION_TRIGGER
#define VFIO_IRQ_SET_ACTION_TRIGGER (1 << 5)
#endif

#endif
