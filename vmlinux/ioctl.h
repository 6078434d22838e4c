/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What programs pass to KVM, VFIO and iommufd: ioctl numbers, constants and arguments, as
 * in uapi/linux/kvm.h, vfio.h and iommufd.h. For probes and user space alike: system
 * headers speak of the machine that builds, and those of older systems lack what
 * newer kernels have.
 *
 * A number means something only together with the kind of its file descriptor:
 * 0x3b71 is MAP_DMA on a container and PCI_HOT_RESET on a device.
 *
 * The macros have the kernel's names and yield to the system's, if those come first;
 * structs are prefixed, and so are the values that the kernel declares as an enum, which
 * a macro of the same name would break. Of structs that newer kernels have extended there
 * is what all of them have.
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

/* On a container with POWER's IOMMU driver, vfio_iommu_spapr_tce */
#ifndef VFIO_IOMMU_ENABLE
#define VFIO_IOMMU_ENABLE VS_VFIO_IO(15)
#endif
#ifndef VFIO_IOMMU_DISABLE
#define VFIO_IOMMU_DISABLE VS_VFIO_IO(16)
#endif
#ifndef VFIO_IOMMU_SPAPR_REGISTER_MEMORY
#define VFIO_IOMMU_SPAPR_REGISTER_MEMORY VS_VFIO_IO(17)
#endif
#ifndef VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY
#define VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY VS_VFIO_IO(18)
#endif
#ifndef VFIO_IOMMU_SPAPR_TCE_CREATE
#define VFIO_IOMMU_SPAPR_TCE_CREATE VS_VFIO_IO(19)
#endif
#ifndef VFIO_IOMMU_SPAPR_TCE_REMOVE
#define VFIO_IOMMU_SPAPR_TCE_REMOVE VS_VFIO_IO(20)
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

/* struct vfio_iommu_spapr_register_memory */
struct vs_spapr_register_memory {
	__u32 argsz;
	__u32 flags;
	__u64 vaddr;
	__u64 size;
};

/* struct vfio_iommu_spapr_tce_create */
struct vs_spapr_tce_create {
	__u32 argsz;
	__u32 flags;
	__u32 page_shift;
	__u32 reserved1;
	__u64 window_size;
	__u32 levels;
	__u32 reserved2;
	__u64 start_addr; /* out */
};

/* struct vfio_iommu_spapr_tce_remove */
struct vs_spapr_tce_remove {
	__u32 argsz;
	__u32 flags;
	__u64 start_addr;
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

/* GROUP_GET_STATUS: struct vfio_group_status */
struct vs_group_status {
	__u32 argsz;
	__u32 flags;
};

#ifndef VFIO_GROUP_FLAGS_VIABLE
#define VFIO_GROUP_FLAGS_VIABLE (1 << 0)
#define VFIO_GROUP_FLAGS_CONTAINER_SET (1 << 1)
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

/* DEVICE_FEATURE: struct vfio_device_feature up to its data */
struct vs_device_feature {
	__u32 argsz;
	__u32 flags; /* the feature, and what to do with it */
};

#ifndef VFIO_DEVICE_PCI_HOT_RESET
#define VFIO_DEVICE_PCI_HOT_RESET VS_VFIO_IO(13)
#endif
#ifndef VFIO_DEVICE_FEATURE
#define VFIO_DEVICE_FEATURE VS_VFIO_IO(17)
#endif
#ifndef VFIO_DEVICE_FEATURE_MASK
#define VFIO_DEVICE_FEATURE_MASK 0xffff
#endif
#ifndef VFIO_DEVICE_FEATURE_GET
#define VFIO_DEVICE_FEATURE_GET (1 << 16)
#endif
#ifndef VFIO_DEVICE_FEATURE_SET
#define VFIO_DEVICE_FEATURE_SET (1 << 17)
#endif
#ifndef VFIO_DEVICE_FEATURE_PROBE
#define VFIO_DEVICE_FEATURE_PROBE (1 << 18) /* can it be done? Alone, or with GET or SET */
#endif

#ifndef VFIO_DEVICE_FEATURE_PCI_VF_TOKEN
#define VFIO_DEVICE_FEATURE_PCI_VF_TOKEN 0
#endif
#ifndef VFIO_DEVICE_FEATURE_MIGRATION
#define VFIO_DEVICE_FEATURE_MIGRATION 1
#endif
#ifndef VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE
#define VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE 2
#endif
#ifndef VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY
#define VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY 3
#endif
#ifndef VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP
#define VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP 4
#endif
#ifndef VFIO_DEVICE_FEATURE_LOW_POWER_EXIT
#define VFIO_DEVICE_FEATURE_LOW_POWER_EXIT 5
#endif
#ifndef VFIO_DEVICE_FEATURE_DMA_LOGGING_START
#define VFIO_DEVICE_FEATURE_DMA_LOGGING_START 6
#endif
#ifndef VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP
#define VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP 7
#endif
#ifndef VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT
#define VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT 8
#endif
#ifndef VFIO_DEVICE_FEATURE_MIG_DATA_SIZE
#define VFIO_DEVICE_FEATURE_MIG_DATA_SIZE 9
#endif
#ifndef VFIO_DEVICE_FEATURE_BUS_MASTER
#define VFIO_DEVICE_FEATURE_BUS_MASTER 10
#endif
#ifndef VFIO_DEVICE_FEATURE_DMA_BUF
#define VFIO_DEVICE_FEATURE_DMA_BUF 11
#endif
#ifndef VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2
#define VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2 12
#endif
#ifndef VFIO_DEVICE_FEATURE_ZPCI_ERROR
#define VFIO_DEVICE_FEATURE_ZPCI_ERROR 13
#endif

/* Data of MIG_DEVICE_STATE: struct vfio_device_feature_mig_state */
struct vs_feature_mig_state {
	__u32 device_state; /* SET: to this one; GET: out */
	__s32 data_fd; /* out */
};

/* enum vfio_device_mig_state */
enum vs_mig_state {
	VS_MIG_STATE_ERROR = 0,
	VS_MIG_STATE_STOP = 1,
	VS_MIG_STATE_RUNNING = 2,
	VS_MIG_STATE_STOP_COPY = 3,
	VS_MIG_STATE_RESUMING = 4,
	VS_MIG_STATE_RUNNING_P2P = 5,
	VS_MIG_STATE_PRE_COPY = 6,
	VS_MIG_STATE_PRE_COPY_P2P = 7,
};

/* On a device opened by its own file, /dev/vfio/devices/vfioN */

/* struct vfio_device_bind_iommufd, which from 7.2 on goes on with a pointer to a token */
struct vs_bind_iommufd {
	__u32 argsz;
	__u32 flags;
	__s32 iommufd;
	__u32 out_devid;
};

/* struct vfio_device_attach_iommufd_pt, which newer kernels extend by a PASID */
struct vs_attach_iommufd_pt {
	__u32 argsz;
	__u32 flags;
	__u32 pt_id; /* IOAS or hardware page table; out: the latter */
};

/* struct vfio_device_detach_iommufd_pt, extended likewise */
struct vs_detach_iommufd_pt {
	__u32 argsz;
	__u32 flags;
};

#ifndef VFIO_DEVICE_BIND_IOMMUFD
#define VFIO_DEVICE_BIND_IOMMUFD VS_VFIO_IO(18)
#endif
#ifndef VFIO_DEVICE_ATTACH_IOMMUFD_PT
#define VFIO_DEVICE_ATTACH_IOMMUFD_PT VS_VFIO_IO(19)
#endif
#ifndef VFIO_DEVICE_DETACH_IOMMUFD_PT
#define VFIO_DEVICE_DETACH_IOMMUFD_PT VS_VFIO_IO(20)
#endif

/* iommufd: on /dev/iommu. Arguments begin with their size. */

#define VS_IOMMUFD_IO(nr) VS_IO(';', nr)

/* struct iommu_destroy */
struct vs_iommu_destroy {
	__u32 size;
	__u32 id; /* of anything that can be destroyed */
};

/* struct iommu_ioas_alloc */
struct vs_ioas_alloc {
	__u32 size;
	__u32 flags;
	__u32 out_ioas_id;
};

/* struct iommu_ioas_copy */
struct vs_ioas_copy {
	__u32 size;
	__u32 flags; /* VS_IOAS_* */
	__u32 dst_ioas_id;
	__u32 src_ioas_id;
	__u64 length;
	__u64 dst_iova;
	__u64 src_iova;
};

/* struct iommu_ioas_map */
struct vs_ioas_map {
	__u32 size;
	__u32 flags; /* VS_IOAS_* */
	__u32 ioas_id;
	__u32 reserved;
	__u64 user_va;
	__u64 length;
	__u64 iova; /* in with FIXED_IOVA, else out */
};

/* struct iommu_ioas_map_file */
struct vs_ioas_map_file {
	__u32 size;
	__u32 flags; /* VS_IOAS_* */
	__u32 ioas_id;
	__s32 fd;
	__u64 start;
	__u64 length;
	__u64 iova; /* in with FIXED_IOVA, else out */
};

/* struct iommu_ioas_unmap */
struct vs_ioas_unmap {
	__u32 size;
	__u32 ioas_id;
	__u64 iova;
	__u64 length; /* 2^64 - 1 with IOVA 0 for everything; out: what was unmapped */
};

/* enum iommufd_ioas_map_flags */
enum vs_ioas_flags {
	VS_IOAS_FIXED_IOVA = 1 << 0,
	VS_IOAS_WRITEABLE = 1 << 1,
	VS_IOAS_READABLE = 1 << 2,
};

#ifndef IOMMU_DESTROY
#define IOMMU_DESTROY VS_IOMMUFD_IO(0x80)
#endif
#ifndef IOMMU_IOAS_ALLOC
#define IOMMU_IOAS_ALLOC VS_IOMMUFD_IO(0x81)
#endif
#ifndef IOMMU_IOAS_ALLOW_IOVAS
#define IOMMU_IOAS_ALLOW_IOVAS VS_IOMMUFD_IO(0x82)
#endif
#ifndef IOMMU_IOAS_COPY
#define IOMMU_IOAS_COPY VS_IOMMUFD_IO(0x83)
#endif
#ifndef IOMMU_IOAS_IOVA_RANGES
#define IOMMU_IOAS_IOVA_RANGES VS_IOMMUFD_IO(0x84)
#endif
#ifndef IOMMU_IOAS_MAP
#define IOMMU_IOAS_MAP VS_IOMMUFD_IO(0x85)
#endif
#ifndef IOMMU_IOAS_UNMAP
#define IOMMU_IOAS_UNMAP VS_IOMMUFD_IO(0x86)
#endif
#ifndef IOMMU_OPTION
#define IOMMU_OPTION VS_IOMMUFD_IO(0x87)
#endif
#ifndef IOMMU_VFIO_IOAS
#define IOMMU_VFIO_IOAS VS_IOMMUFD_IO(0x88)
#endif
#ifndef IOMMU_HWPT_ALLOC
#define IOMMU_HWPT_ALLOC VS_IOMMUFD_IO(0x89)
#endif
#ifndef IOMMU_GET_HW_INFO
#define IOMMU_GET_HW_INFO VS_IOMMUFD_IO(0x8a)
#endif
#ifndef IOMMU_HWPT_SET_DIRTY_TRACKING
#define IOMMU_HWPT_SET_DIRTY_TRACKING VS_IOMMUFD_IO(0x8b)
#endif
#ifndef IOMMU_HWPT_GET_DIRTY_BITMAP
#define IOMMU_HWPT_GET_DIRTY_BITMAP VS_IOMMUFD_IO(0x8c)
#endif
#ifndef IOMMU_HWPT_INVALIDATE
#define IOMMU_HWPT_INVALIDATE VS_IOMMUFD_IO(0x8d)
#endif
#ifndef IOMMU_FAULT_QUEUE_ALLOC
#define IOMMU_FAULT_QUEUE_ALLOC VS_IOMMUFD_IO(0x8e)
#endif
#ifndef IOMMU_IOAS_MAP_FILE
#define IOMMU_IOAS_MAP_FILE VS_IOMMUFD_IO(0x8f)
#endif
#ifndef IOMMU_VIOMMU_ALLOC
#define IOMMU_VIOMMU_ALLOC VS_IOMMUFD_IO(0x90)
#endif
#ifndef IOMMU_VDEVICE_ALLOC
#define IOMMU_VDEVICE_ALLOC VS_IOMMUFD_IO(0x91)
#endif
#ifndef IOMMU_IOAS_CHANGE_PROCESS
#define IOMMU_IOAS_CHANGE_PROCESS VS_IOMMUFD_IO(0x92)
#endif
#ifndef IOMMU_VEVENTQ_ALLOC
#define IOMMU_VEVENTQ_ALLOC VS_IOMMUFD_IO(0x93)
#endif
#ifndef IOMMU_HW_QUEUE_ALLOC
#define IOMMU_HW_QUEUE_ALLOC VS_IOMMUFD_IO(0x94)
#endif

#endif
