// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../event/blind.h"
#include "../rules/rules.h"
#include "sites.h"

#define R(rule) VS_RULE_BIT(VS_RULE_##rule)
#define SITE(id) VS_SITE_BIT(VS_SITE_##id)

/* A site shown by one function. */
#define CALL(fn, n)                                      \
	{                                                \
		.part = { { fn, VS_HOW_CALL, n, NULL } } \
	}
#define POINT(fn, n)                                      \
	{                                                 \
		.part = { { fn, VS_HOW_POINT, n, NULL } } \
	}
#define RAW_TP(fn)                                         \
	{                                                  \
		.part = { { fn, VS_HOW_RAW_TP, 1, NULL } } \
	}

/* Kernels with device cdevs (CONFIG_VFIO_DEVICE_CDEV) have it. */
#define CDEV "vfio_df_ioctl_bind_iommufd"

/* POWER's IOMMU driver of containers, which has other calls beside those of type1. */
#define SPAPR "vfio_iommu_spapr_tce"
#define WITH_TYPE1 (VS_ARCH_X86 | VS_ARCH_ARM64 | VS_ARCH_S390 | VS_ARCH_OTHER)

/* The rules that every verdict depends on. */
#define ORDER (R(OPEN_BEFORE_ADD) | R(OPEN_WITHOUT_ADD) | R(KVM_MISMATCH))

/*
 * A compiler may inline a function that has one caller. The functions below are ops
 * callbacks or exported, so every build has them, or every build of the one kernel
 * generation that they stand for.
 *
 * Where a later kernel does the same by another function, each is a way of its own.
 * A device's open:
 *   since 6.6: vfio_df_open(), for groups and character devices;
 *   from 6.2 to 6.5: vfio_device_open(), which in 6.1 has one argument less;
 *   up to 6.1: vfio_device_container_register(), the last step of a device's first
 *              open, under dev_set->lock and group_lock;
 *   up to 5.18: the core neither counts opens nor holds a kvm pointer, and notifies
 *              drivers. An open shows in the file that is created for the device.
 *              These kernels export vfio_group_get_external_user() to KVM.
 */
const struct vs_site vs_sites[VS_SITE_COUNT] = {
	[VS_SITE_SNAPSHOT] = {
		.name = "snapshot",
		.what = "objects that are already open at the start",
		.without = "VMs, groups and devices opened before the start, until they are closed",
		.serves = VS_SERVE_STATE,
		.way = { { .part = { { "task_file", VS_HOW_ITER, 0, "look" } } } },
	},
	[VS_SITE_MAPPED] = {
		.name = "mapped",
		.what = "devices that are mapped and have no descriptor",
		.without = "who holds a device by a mapping alone",
		.serves = VS_SERVE_HOLDERS,
		.blinds = VS_BLIND_MAPPED,
		.way = { { .part = { { "task_vma", VS_HOW_ITER, 0, "look_mapped" } } } },
	},
	[VS_SITE_VM_CREATE] = {
		.name = "vm-create",
		.what = "VMs created",
		.without = "which process has a VM",
		.module = "kvm",
		.serves = VS_SERVE_ORDER | VS_SERVE_LATENCY,
		.blinds = VS_BLIND_VM,
		.rules = R(OPEN_WITHOUT_ADD),
		.way = { CALL("kvm_dev_ioctl", 3) },
	},
	[VS_SITE_VM_DESTROY] = {
		.name = "vm-destroy",
		.what = "VMs destroyed",
		.without = "when a VM ended",
		.module = "kvm",
		.serves = VS_SERVE_ORDER | VS_SERVE_LATENCY,
		.blinds = VS_BLIND_VM_END,
		.rules = R(VM_GONE_WHILE_OPEN),
		/* The first calls the second, and may be inlined. */
		.way = { POINT("kvm_destroy_vm", 1),
			 { .part = { { "kvm_arch_destroy_vm", VS_HOW_POINT, 1,
				       "kvm_destroy_vm" } } } },
	},
	[VS_SITE_KVM_VFIO_CREATE] = {
		.name = "kvm-vfio-create",
		.what = "kvm-vfio devices created",
		.without = "a second kvm-vfio device of one VM",
		.module = "kvm",
		.serves = VS_SERVE_ORDER,
		.rules = R(SECOND_KVM_VFIO),
		.way = { CALL("kvm_vfio_create", 2) },
	},
	[VS_SITE_KVM_VFIO_RELEASE] = {
		.name = "kvm-vfio-release",
		.what = "kvm-vfio devices released",
		.without = "registrations removed because the kvm-vfio fd was closed",
		.module = "kvm",
		.serves = VS_SERVE_ORDER,
		.blinds = VS_BLIND_DEL,
		.rules = R(DEL_WHILE_OPEN) | R(TWO_VMS),
		/* The second: up to early 6.1, when the VM is destroyed. */
		.way = { CALL("kvm_vfio_release", 1),
			 { .part = { { "kvm_vfio_destroy", VS_HOW_CALL, 1,
				       "kvm_vfio_release" } } } },
	},
	[VS_SITE_REGISTRATION] = {
		.name = "registration",
		.what = "groups and devices registered with a VM and removed (ADD, DEL)",
		.without = "whether a group was ever registered",
		.module = "kvm",
		.serves = VS_SERVE_ORDER,
		.blinds = VS_BLIND_ADD,
		.rules = ORDER | R(ADD_FAILED) | R(ADD_WITHOUT_EFFECT) | R(TWO_VMS) |
			 R(DEL_WHILE_OPEN),
		.way = { CALL("kvm_vfio_set_attr", 2) },
	},
	[VS_SITE_SET_KVM] = {
		.name = "set-kvm",
		.what = "the kvm pointer set on and cleared from a group or device file",
		.without = "whether a registration reached the group",
		.module = "vfio",
		.serves = VS_SERVE_ORDER,
		.blinds = VS_BLIND_SET_KVM,
		.rules = ORDER | R(TWO_VMS) | R(DEL_WHILE_OPEN),
		/* Where devices hold their VM, it writes a pointer under a spinlock and waits for none. */
		.way = { { .part = { { "vfio_device_put_kvm", VS_HOW_MARK, 1, NULL },
				     { "vfio_file_set_kvm", VS_HOW_POINT, 2, "file_kvm_given" } } },
			 CALL("vfio_file_set_kvm", 2),
			 CALL("vfio_group_set_kvm", 2) },
	},
	[VS_SITE_COHERENCY_ON] = {
		.name = "coherency-on",
		.what = "non-coherent DMA registered with a VM",
		.without = "whether a VM became non-coherent",
		.module = "kvm",
		.arch = VS_ARCH_X86,
		.serves = VS_SERVE_ORDER,
		.rules = R(NONCOHERENT_DMA),
		.way = { POINT("kvm_arch_register_noncoherent_dma", 1) },
	},
	[VS_SITE_COHERENCY_OFF] = {
		.name = "coherency-off",
		.what = "non-coherent DMA removed from a VM",
		.without = "whether a VM became coherent again",
		.module = "kvm",
		.arch = VS_ARCH_X86,
		.serves = VS_SERVE_CALLS,
		.way = { POINT("kvm_arch_unregister_noncoherent_dma", 1) },
	},
	[VS_SITE_GROUP_OPEN] = {
		.name = "group-open",
		.what = "groups opened",
		.without = "who opened /dev/vfio/N, and who could not",
		.module = "vfio",
		.serves = VS_SERVE_ORDER | VS_SERVE_CALLS,
		.rules = R(BUSY),
		.way = { CALL("vfio_group_fops_open", 2) },
	},
	[VS_SITE_GROUP_RELEASE] = {
		.name = "group-release",
		.what = "groups released",
		.without = "when a group was released",
		.module = "vfio",
		.serves = VS_SERVE_CALLS,
		.way = { CALL("vfio_group_fops_release", 2) },
	},
	[VS_SITE_GROUP_IOCTL] = {
		.name = "group-ioctl",
		.what = "calls on a group (SET_CONTAINER, GET_DEVICE_FD)",
		.without = "the call that opened a device, with its result",
		.module = "vfio",
		.serves = VS_SERVE_ORDER,
		.rules = R(ATTACH_FAILED) | R(NOT_VIABLE),
		.way = { CALL("vfio_group_fops_unl_ioctl", 3) },
	},
	[VS_SITE_SET_IOMMU] = {
		.name = "set-iommu",
		.what = "the IOMMU set up for a container (SET_IOMMU)",
		.without = "how the IOMMU was set up, and its failures",
		.module = "vfio_iommu_type1",
		.serves = VS_SERVE_ORDER,
		.rules = R(ATTACH_FAILED),
		.way = { { .part = { { "vfio_iommu_type1_open", VS_HOW_POINT, 1, NULL },
				     { "vfio_iommu_type1_attach_group", VS_HOW_CALL, 3,
				       NULL } } },
			 { .part = { { "vfio_iommu_type1_open", VS_HOW_POINT, 1, NULL },
				     { "vfio_iommu_type1_attach_group", VS_HOW_CALL, 2,
				       "type1_attach_group" } } },
			 { .part = { { "tce_iommu_attach_group", VS_HOW_CALL, 3,
				       "vfio_iommu_type1_attach_group" },
				     { "tce_iommu_open", VS_HOW_POINT, 1,
				       "vfio_iommu_type1_open" } },
			   .module = SPAPR } },
	},
	[VS_SITE_CONTAINER_IOCTL] = {
		.name = "container-ioctl",
		.what = "calls on a container (--dma: DMA map and unmap, counted)",
		.without = "DMA maps and unmaps, and their failures",
		.module = "vfio",
		.serves = VS_SERVE_DMA,
		.rules = R(ATTACH_FAILED),
		/* The first up to 5.18. */
		.way = { { .part = { { "vfio_group_get_external_user", VS_HOW_MARK, 1, NULL },
				     { "vfio_fops_unl_ioctl", VS_HOW_CALL, 3,
				       "old_container_ioctl" } } },
			 CALL("vfio_fops_unl_ioctl", 3) },
	},
	[VS_SITE_CONTAINER_RELEASE] = {
		.name = "container-release",
		.what = "containers released",
		.without = "DMA totals when a container is released",
		.module = "vfio",
		.serves = VS_SERVE_DMA,
		.way = { POINT("vfio_fops_release", 2) },
	},
	[VS_SITE_DEVICE_OPEN] = {
		.name = "device-open",
		.what = "devices opened, with the kvm pointer they got",
		.without = "the kvm pointer that a device got: no verdict is possible",
		.module = "vfio",
		.serves = VS_SERVE_ORDER | VS_SERVE_LATENCY,
		.rules = ORDER | R(OPEN_REFUSED) | R(DRIVER_REFUSED) | R(KVM_LOST) |
			 R(VM_GONE_WHILE_OPEN) | R(DEVICE_DEAD),
		.way = { CALL("vfio_df_open", 1),
			 { .part = { { "_vfio_device_get_kvm_safe", VS_HOW_MARK, 2, NULL },
				     { "vfio_device_open", VS_HOW_CALL, 2, NULL } } },
			 { .part = { { "vfio_device_assign_container", VS_HOW_POINT, 1, NULL },
				     { "vfio_device_container_register", VS_HOW_POINT, 1, NULL },
				     { "vfio_device_unassign_container", VS_HOW_POINT, 1,
				       "open_failed" } },
			   .needs = SITE(GROUP_IOCTL) },
			 { .part = { { "vfio_group_get_external_user", VS_HOW_MARK, 1, NULL },
				     { "anon_inode_getfile", VS_HOW_CALL, 4, NULL } },
			   .in_kernel = true,
			   .needs = SITE(SET_KVM) | SITE(SNAPSHOT),
			   .limits = "Devices of this kernel hold no kvm pointer; the kernel "
				     "notifies drivers of their VM instead. An open is judged by "
				     "its group's kvm pointer at that moment. The verdict on a "
				     "device that was opened before tracing started is always "
				     "unknown. A driver's refusal shows as the failed call.",
			   .silent = R(OPEN_REFUSED) | R(DRIVER_REFUSED) | R(KVM_MISMATCH) |
				     R(KVM_LOST) | R(VM_GONE_WHILE_OPEN) } },
	},
	[VS_SITE_DEVICE_CLOSE] = {
		.name = "device-close",
		.what = "devices closed",
		.without = "when an open ended",
		.module = "vfio",
		.serves = VS_SERVE_ORDER | VS_SERVE_LATENCY,
		.blinds = VS_BLIND_CLOSE,
		.rules = ORDER | R(DEL_WHILE_OPEN) | R(KVM_LOST) | R(VM_GONE_WHILE_OPEN) |
			 R(DEVICE_DEAD),
		.way = { CALL("vfio_df_close", 1),
			 { .part = { { "_vfio_device_get_kvm_safe", VS_HOW_MARK, 2, NULL },
				     { "vfio_device_close", VS_HOW_CALL, 2, NULL } } },
			 { .part = { { "vfio_device_fops_release", VS_HOW_POINT, 2, NULL },
				     { "vfio_device_container_unregister", VS_HOW_POINT, 1, NULL },
				     { "vfio_device_unassign_container", VS_HOW_POINT, 1,
				       "close_done" } } },
			 { .part = { { "vfio_device_fops_release", VS_HOW_POINT, 2, NULL },
				     { "vfio_group_try_dissolve_container", VS_HOW_POINT, 1,
				       NULL } } } },
	},
	[VS_SITE_KVM_TAKEN] = {
		.name = "kvm-taken",
		.what = "the kvm pointer taken by a device",
		.without = "the moment a device takes its kvm pointer",
		.module = "vfio",
		.serves = VS_SERVE_CALLS,
		.way = { CALL("vfio_device_get_kvm_safe", 2),
			 { .part = { { "_vfio_device_get_kvm_safe", VS_HOW_CALL, 2,
				       "vfio_device_get_kvm_safe" } } } },
	},
	[VS_SITE_KVM_DROPPED] = {
		.name = "kvm-dropped",
		.what = "the kvm pointer dropped by a device",
		.without = "the moment a device drops its kvm pointer",
		.module = "vfio",
		.serves = VS_SERVE_CALLS,
		.way = { POINT("vfio_device_put_kvm", 1) },
	},
	[VS_SITE_DRIVER_OPEN] = {
		.name = "driver-open",
		.what = "vfio-pci's own open of a device",
		.without = "the result of the driver's own open",
		.module = "vfio_pci",
		.serves = VS_SERVE_CALLS,
		.way = { CALL("vfio_pci_open_device", 1) },
	},
	[VS_SITE_DEVICE_IOCTL] = {
		.name = "device-ioctl",
		.what = "interrupt setup and reset of a device",
		.without = "SET_IRQS and resets, and their failures",
		.module = "vfio",
		.serves = VS_SERVE_ORDER | VS_SERVE_CALLS,
		.rules = R(RESET_FAILED) | R(IRQ_SHORT) | R(DEVICE_DEAD),
		.way = { CALL("vfio_device_fops_unl_ioctl", 3) },
	},
	[VS_SITE_REGION_MAP] = {
		.name = "region-map",
		.what = "regions of a device that its user maps (BARs)",
		.without = "BARs that something on the host keeps from being mapped",
		.module = "vfio",
		.serves = VS_SERVE_ORDER | VS_SERVE_CALLS,
		.rules = R(BAR_BUSY),
		.way = { CALL("vfio_device_fops_mmap", 2) },
	},
	[VS_SITE_UNBIND] = {
		.name = "unbind",
		.what = "devices taken from their VFIO driver",
		.without = "who keeps a device from being unbound from its driver",
		.module = "vfio",
		.serves = VS_SERVE_ORDER | VS_SERVE_CALLS,
		.rules = R(UNBIND_BLOCKED),
		/* The second up to 5.12. */
		.way = { CALL("vfio_unregister_group_dev", 1), CALL("vfio_del_group_dev", 1) },
	},
	[VS_SITE_CDEV_OPEN] = {
		.name = "cdev-open",
		.what = "device cdevs opened",
		.without = "who opened /dev/vfio/devices/vfioN",
		.module = "vfio",
		.optional = true,
		.serves = VS_SERVE_CALLS,
		/* Without them the second may be an empty function that never runs. */
		.way = { { .part = { { CDEV, VS_HOW_MARK, 2, NULL },
				     { "vfio_device_fops_cdev_open", VS_HOW_CALL, 2, NULL } } } },
	},
	[VS_SITE_CDEV_RELEASE] = {
		.name = "cdev-release",
		.what = "device cdevs released",
		.without = "when a device cdev was released",
		.module = "vfio",
		.optional = true,
		.serves = VS_SERVE_CALLS,
		.way = { { .part = { { CDEV, VS_HOW_MARK, 2, NULL },
				     { "vfio_device_fops_release", VS_HOW_CALL, 2,
				       "cdev_released" } } } },
	},
	[VS_SITE_CDEV_IOCTL] = {
		.name = "cdev-ioctl",
		.what = "the device cdev path: BIND_IOMMUFD, ATTACH_IOMMUFD_PT",
		.without = "whether devices were used through /dev/vfio/devices, and what failed there",
		.module = "vfio",
		.optional = true,
		.serves = VS_SERVE_ORDER,
		.blinds = VS_BLIND_CDEV,
		.rules = R(ATTACH_FAILED) | R(KVM_LOST),
		.way = { { .part = { { CDEV, VS_HOW_MARK, 2, NULL },
				     { "vfio_device_fops_unl_ioctl", VS_HOW_CALL, 3, "cdev_ioctl" },
				     { "vfio_device_put_kvm", VS_HOW_POINT, 1,
				       "cdev_put_kvm" } } } },
	},
	[VS_SITE_IOMMUFD_BIND] = {
		.name = "iommufd-bind",
		.what = "iommufd's answer when it is to take a device",
		.without = "whether iommufd or the driver refused to open a device",
		.module = "vfio",
		.optional = true,
		.serves = VS_SERVE_ORDER,
		.rules = R(OPEN_REFUSED) | R(DRIVER_REFUSED),
		.way = { CALL("vfio_df_iommufd_bind", 1), CALL("vfio_iommufd_bind", 2) },
	},
	[VS_SITE_IOMMUFD_IOCTL] = {
		.name = "iommufd-ioctl",
		.what = "calls on an iommufd (--dma: maps, unmaps and copies, counted)",
		.without = "address spaces of an iommufd; DMA maps and unmaps, and their failures",
		.module = "iommufd",
		.optional = true,
		.serves = VS_SERVE_CALLS | VS_SERVE_DMA,
		.rules = R(ATTACH_FAILED),
		.way = { CALL("iommufd_fops_ioctl", 3) },
	},
	[VS_SITE_IOMMUFD_RELEASE] = {
		.name = "iommufd-release",
		.what = "iommufds released",
		.without = "DMA totals when an iommufd is released",
		.module = "iommufd",
		.optional = true,
		.serves = VS_SERVE_DMA,
		.way = { POINT("iommufd_fops_release", 2) },
	},
	[VS_SITE_DMA_FAILURES] = {
		.name = "dma-failures",
		.what = "DMA maps and unmaps of a container that fail",
		.without = "failures of DMA maps, but with --dma",
		.module = "vfio",
		.serves = VS_SERVE_ORDER,
		.rules = R(ATTACH_FAILED) | R(NO_PEER_TO_PEER) | R(NO_DMA_MAPS),
		.way = { { .part = { { "vfio_fops_unl_ioctl", VS_HOW_RETURN, 3,
				       "container_failed" } } } },
	},
	[VS_SITE_IOMMUFD_FAILURES] = {
		.name = "iommufd-failures",
		.what = "DMA maps and unmaps of an iommufd that fail",
		.without = "failures of DMA maps of an iommufd, but with --dma",
		.module = "iommufd",
		.optional = true,
		.serves = VS_SERVE_ORDER,
		.rules = R(ATTACH_FAILED) | R(NO_PEER_TO_PEER) | R(NO_DMA_MAPS),
		.way = { { .part = { { "iommufd_fops_ioctl", VS_HOW_RETURN, 3,
				       "iommufd_failed" } } } },
	},
	[VS_SITE_THREAD_END] = {
		.name = "thread-end",
		.what = "threads that end",
		.without = "when what is kept of a thread may be dropped",
		.serves = VS_SERVE_LATENCY,
		.way = { { .part = { { "sched_process_free", VS_HOW_RAW_TP, 1,
				       "doing_forget" } } } },
	},
	[VS_SITE_GROUP_PHASES] = {
		.name = "group-phases",
		.what = "time spent in calls on a group",
		.without = "how long it takes to open a group, a container and a device",
		.module = "vfio",
		.serves = VS_SERVE_LATENCY,
		.rules = R(OVER_BUDGET),
		.way = { { .part = { { "vfio_group_fops_open", VS_HOW_CALL, 2, "phase_group_open" },
				     { "vfio_group_fops_unl_ioctl", VS_HOW_CALL, 3,
				       "phase_group_ioctl" } } } },
	},
	[VS_SITE_CONTAINER_PHASES] = {
		.name = "container-phases",
		.what = "time spent in calls on a container: SET_IOMMU, DMA maps, added up",
		.without = "how long it takes to set up the IOMMU and to map memory",
		.module = "vfio",
		.serves = VS_SERVE_LATENCY,
		.rules = R(OVER_BUDGET),
		.way = { { .part = { { "vfio_fops_unl_ioctl", VS_HOW_CALL, 3,
				       "phase_container_ioctl" },
				     { "vfio_fops_release", VS_HOW_POINT, 2,
				       "phase_container_gone" } } } },
	},
	[VS_SITE_REGISTER_PHASE] = {
		.name = "register-phase",
		.what = "time spent registering a group or device with a VM",
		.without = "how long it takes to register with a VM",
		.module = "kvm",
		.serves = VS_SERVE_LATENCY,
		.rules = R(OVER_BUDGET),
		.way = { { .part = { { "kvm_vfio_set_attr", VS_HOW_CALL, 2, "phase_register" } } } },
	},
	[VS_SITE_COHERENCY_PHASE] = {
		.name = "coherency-phase",
		.what = "time spent making a VM non-coherent",
		.without = "how much of a registration is spent on coherency",
		.module = "kvm",
		.arch = VS_ARCH_X86,
		.serves = VS_SERVE_LATENCY,
		.rules = R(OVER_BUDGET),
		.way = { { .part = { { "kvm_arch_register_noncoherent_dma", VS_HOW_CALL, 1,
				       "phase_coherency" } } } },
	},
	[VS_SITE_DEVICE_PHASES] = {
		.name = "device-phases",
		.what = "time spent in calls on a device: interrupts, resets, BIND, ATTACH, close",
		.without = "how long interrupts, resets and the close of a device take",
		.module = "vfio",
		.serves = VS_SERVE_LATENCY,
		.rules = R(OVER_BUDGET),
		.way = { { .part = { { "vfio_device_fops_unl_ioctl", VS_HOW_CALL, 3,
				       "phase_device_ioctl" },
				     { "vfio_device_fops_release", VS_HOW_CALL, 2,
				       "phase_device_release" } } } },
	},
	[VS_SITE_CDEV_PHASE] = {
		.name = "cdev-phase",
		.what = "time spent opening a device cdev",
		.without = "how long it takes to open a device cdev",
		.module = "vfio",
		.optional = true,
		.serves = VS_SERVE_LATENCY,
		.rules = R(OVER_BUDGET),
		.way = { { .part = { { CDEV, VS_HOW_MARK, 2, NULL },
				     { "vfio_device_fops_cdev_open", VS_HOW_CALL, 2,
				       "phase_cdev_open" } } } },
	},
	[VS_SITE_IOMMUFD_PHASES] = {
		.name = "iommufd-phases",
		.what = "time spent in calls on an iommufd: maps, added up",
		.without = "how long it takes to map memory in an iommufd",
		.module = "iommufd",
		.optional = true,
		.serves = VS_SERVE_LATENCY,
		.rules = R(OVER_BUDGET),
		.way = { { .part = { { "iommufd_fops_ioctl", VS_HOW_CALL, 3, "phase_iommufd_ioctl" },
				     { "iommufd_fops_release", VS_HOW_POINT, 2,
				       "phase_iommufd_gone" } } } },
	},
	[VS_SITE_USE_IOMMU_PHASE] = {
		.name = "use-iommu-phase",
		.what = "time spent taking the IOMMU for a device, and in its driver's open",
		.without = "how much of an open is spent in the driver",
		.module = "vfio",
		.serves = VS_SERVE_LATENCY,
		.rules = R(OVER_BUDGET),
		/* Up to 5.18 there is no such step, and an open shows when its driver is done. */
		.way = { { .part = { { "vfio_allocate_device_file", VS_HOW_POINT, 1,
				       "phase_device_known" },
				     { "vfio_device_group_use_iommu", VS_HOW_CALL, 1,
				       "phase_use_iommu" } } },
			 { .part = { { "vfio_device_try_get_registration", VS_HOW_POINT, 1,
				       "phase_device_known" },
				     { "vfio_device_group_use_iommu", VS_HOW_CALL, 1,
				       "phase_use_iommu" } } },
			 { .part = { { "vfio_device_assign_container", VS_HOW_CALL, 1,
				       "phase_use_iommu" } } },
			 { .part = { { "vfio_group_get_external_user", VS_HOW_MARK, 1, NULL },
				     { "anon_inode_getfile", VS_HOW_POINT, 4,
				       "phase_device_file" } },
			   .in_kernel = true } },
	},
	[VS_SITE_IOMMUFD_USE_PHASE] = {
		.name = "iommufd-use-phase",
		.what = "time spent taking an iommufd for a device",
		.without = "how much of an open is spent on iommufd",
		.module = "vfio",
		.optional = true,
		.serves = VS_SERVE_LATENCY,
		.rules = R(OVER_BUDGET),
		.way = { { .part = { { "vfio_df_iommufd_bind", VS_HOW_CALL, 1,
				       "phase_iommufd_bind" },
				     { "vfio_iommufd_compat_attach_ioas", VS_HOW_CALL, 2,
				       "phase_compat_attach" } } },
			 { .part = { { "vfio_iommufd_bind", VS_HOW_CALL, 2,
				       "phase_iommufd_take" } } } },
	},
	[VS_SITE_DOMAIN_PHASE] = {
		.name = "domain-phase",
		.what = "time spent allocating IOMMU domains",
		.without = "how much of SET_IOMMU is spent on the domain",
		.arch = WITH_TYPE1,
		.serves = VS_SERVE_LATENCY,
		.rules = R(OVER_BUDGET),
		.way = { { .part = { { "iommu_paging_domain_alloc_flags", VS_HOW_CALL, 2,
				       "phase_domain_alloc_flags" } },
			   .in_kernel = true },
			 { .part = { { "iommu_paging_domain_alloc", VS_HOW_CALL, 1,
				       "phase_domain_alloc" } },
			   .in_kernel = true },
			 { .part = { { "iommu_domain_alloc", VS_HOW_CALL, 1,
				       "phase_domain_alloc" } },
			   .in_kernel = true } },
	},
	[VS_SITE_IOMMU_ATTACH_PHASE] = {
		.name = "iommu-attach-phase",
		.what = "time spent attaching a group to an IOMMU domain",
		.without = "how much of SET_IOMMU is spent on the attach",
		.arch = WITH_TYPE1,
		.serves = VS_SERVE_LATENCY,
		.rules = R(OVER_BUDGET),
		.way = { { .part = { { "iommu_attach_group", VS_HOW_CALL, 2,
				       "phase_iommu_attach" } },
			   .in_kernel = true } },
	},
	[VS_SITE_PIN_PHASE] = {
		.name = "pin-phase",
		.what = "time spent pinning memory for a container",
		.without = "how much of a map is spent pinning",
		.module = "vfio_iommu_type1",
		.serves = VS_SERVE_LATENCY,
		.rules = R(OVER_BUDGET),
		.way = { { .part = { { "vfio_pin_pages_remote", VS_HOW_CALL, 6, "phase_pin" } } },
			 { .part = { { "mm_iommu_new", VS_HOW_CALL, 4, "phase_range_pin" } },
			   .in_kernel = true } },
	},
	[VS_SITE_DEVICE_MEMORY] = {
		.name = "device-memory",
		.what = "device memory that is mapped for DMA",
		.without = "which maps are of device memory",
		.arch = WITH_TYPE1,
		.serves = VS_SERVE_LATENCY,
		.way = { { .part = { { "follow_pfnmap_start", VS_HOW_POINT, 1,
				       "phase_device_memory" } },
			   .in_kernel = true },
			 { .part = { { "follow_pte", VS_HOW_POINT, 4, "phase_device_memory_pte" } },
			   .in_kernel = true } },
	},
	[VS_SITE_IOMMUFD_PIN_PHASE] = {
		.name = "iommufd-pin-phase",
		.what = "time spent pinning and unpinning memory for an iommufd",
		.without = "how much of a map, attach or close is spent pinning and unpinning",
		.module = "iommufd",
		.optional = true,
		.serves = VS_SERVE_LATENCY,
		.rules = R(OVER_BUDGET),
		.way = { { .part = { { "iommufd_fops_ioctl", VS_HOW_MARK, 3, NULL },
				     { "pfn_reader_user_pin", VS_HOW_CALL, 4, "phase_range_pin" },
				     { "iopt_map_pages", VS_HOW_POINT, 6, "phase_ioas_known" },
				     { "iopt_table_remove_domain", VS_HOW_CALL, 2,
				       "phase_domain_unpin" } } } },
	},
	[VS_SITE_PCI_PHASES] = {
		.name = "pci-phases",
		.what = "time spent powering up, enabling and setting up a PCI device",
		.without = "what a PCI driver's open is spent on",
		.module = "vfio_pci_core",
		.serves = VS_SERVE_LATENCY,
		.rules = R(OVER_BUDGET),
		.way = { { .part = { { "pci_pm_runtime_resume", VS_HOW_CALL, 1, "phase_resume" },
				     { "vfio_pci_set_power_state", VS_HOW_CALL, 2,
				       "phase_power_state" },
				     { "pci_enable_device", VS_HOW_CALL, 1, "phase_enable" },
				     { "vfio_config_init", VS_HOW_CALL, 1, "phase_config" } } },
			 /* Without runtime power management. */
			 { .part = { { "vfio_pci_set_power_state", VS_HOW_CALL, 2,
				       "phase_power_state" },
				     { "pci_enable_device", VS_HOW_CALL, 1, "phase_enable" },
				     { "vfio_config_init", VS_HOW_CALL, 1, "phase_config" } } } },
	},
	[VS_SITE_RESET_PHASE] = {
		.name = "reset-phase",
		.what = "time spent resetting PCI devices",
		.without = "how much of an open or close is spent on resets",
		.serves = VS_SERVE_LATENCY,
		.rules = R(OVER_BUDGET),
		.way = { { .part = { { "pci_try_reset_function", VS_HOW_CALL, 1, "phase_try_reset" },
				     { "__pci_reset_function_locked", VS_HOW_CALL, 1,
				       "phase_reset_locked" },
				     { "pci_reset_bus", VS_HOW_CALL, 1, "phase_bus_reset" } },
			   .in_kernel = true } },
	},
	[VS_SITE_UNPIN_PHASE] = {
		.name = "unpin-phase",
		.what = "time spent unmapping and unpinning all of a container's memory",
		.without = "how long the end of a container takes",
		.module = "vfio_iommu_type1",
		.serves = VS_SERVE_LATENCY,
		.rules = R(OVER_BUDGET),
		.way = { { .part = { { "vfio_iommu_type1_detach_group", VS_HOW_CALL, 2,
				       "phase_unpin" } } },
			 { .part = { { "tce_iommu_detach_group", VS_HOW_CALL, 2, "phase_unpin" } },
			   .module = SPAPR } },
	},
	[VS_SITE_LOCK_WAIT] = {
		.name = "lock-wait",
		.what = "waits for locks, and who holds them",
		.without = "time spent waiting for locks: it counts as the phase's own",
		.serves = VS_SERVE_LATENCY,
		.rules = R(OVER_BUDGET),
		.way = { { .part = { { "__traceiter_contention_begin", VS_HOW_MARK, 2, NULL },
				     { "contention_begin", VS_HOW_RAW_TP, 2, "lock_contended" },
				     { "contention_end", VS_HOW_RAW_TP, 2, "lock_acquired" } } },
			 { .part = { { "__mutex_lock_slowpath", VS_HOW_CALL, 1, "lock_mutex" },
				     { "rwsem_down_write_slowpath", VS_HOW_CALL, 2, "lock_write" },
				     { "rwsem_down_read_slowpath", VS_HOW_CALL, 2, "lock_read" } },
			   .in_kernel = true },
			 { .part = { { "__mutex_lock_slowpath", VS_HOW_CALL, 1, "lock_mutex" } },
			   .in_kernel = true,
			   .limits = "Of the locks that calls wait for, mutexes are observed here. A "
				     "wait for a semaphore (vfio_container.group_lock, mmap_lock) "
				     "counts as the phase's own time.",
			   .silent = R(OVER_BUDGET) } },
	},
	[VS_SITE_MODULE_LOAD] = {
		.name = "module-load",
		.what = "kvm and vfio modules loaded",
		.without = "modules loaded later, and what happens in them",
		.serves = VS_SERVE_ORDER | VS_SERVE_LATENCY,
		.way = { RAW_TP("module_load") },
	},
	[VS_SITE_MODULE_FREE] = {
		.name = "module-free",
		.what = "kvm and vfio modules unloaded",
		.without = "modules unloaded later",
		.serves = VS_SERVE_ORDER | VS_SERVE_LATENCY,
		.way = { RAW_TP("module_free") },
	},
};

bool vs_part_next(struct vs_part_at *at)
{
	if (at->p)
		at->part++;
	for (; at->site < VS_SITE_COUNT; at->site++, at->way = 0) {
		for (; at->way < VS_WAY_MAX; at->way++, at->part = 0) {
			for (; at->part < VS_PART_MAX; at->part++) {
				at->p = &vs_sites[at->site].way[at->way].part[at->part];
				if (at->p->func)
					return true;
			}
		}
	}
	return false;
}

unsigned int vs_part_slots(const struct vs_part *p, enum vs_method method)
{
	unsigned int entry, exit;

	if (p->how == VS_HOW_MARK || method == VS_METHOD_NONE)
		return 0;
	if (p->how == VS_HOW_RAW_TP || p->how == VS_HOW_ITER)
		return 1u << VS_SLOT_ONLY;
	entry = method == VS_METHOD_FENTRY ? VS_SLOT_FENTRY : VS_SLOT_KPROBE;
	exit = method == VS_METHOD_FENTRY ? VS_SLOT_FEXIT : VS_SLOT_KRETPROBE;
	switch (p->how) {
	case VS_HOW_POINT:
		return 1u << entry;
	case VS_HOW_RETURN:
		return method == VS_METHOD_FENTRY ? 1u << exit : 0;
	default:
		return 1u << entry | 1u << exit;
	}
}

const char *vs_part_program(const struct vs_part *p, enum vs_slot slot, char name[VS_PROGRAM_NAME])
{
	static const char *const suffixes[VS_SLOT_COUNT] = {
		[VS_SLOT_FENTRY] = "_fentry", [VS_SLOT_FEXIT] = "_fexit",
		[VS_SLOT_KPROBE] = "_kprobe", [VS_SLOT_KRETPROBE] = "_kretprobe",
		[VS_SLOT_ONLY] = "",
	};

	snprintf(name, VS_PROGRAM_NAME, "%s%s", p->prog ? p->prog : p->func, suffixes[slot]);
	return name;
}

static size_t add_module(const char *modules[VS_SITE_COUNT], size_t count, const char *module)
{
	size_t i;

	for (i = 0; module && i < count; i++)
		if (!strcmp(modules[i], module))
			return count;
	if (module)
		modules[count++] = module;
	return count;
}

size_t vs_site_modules(const char *modules[VS_SITE_COUNT])
{
	size_t site, way, count = 0;

	for (site = 0; site < VS_SITE_COUNT; site++) {
		count = add_module(modules, count, vs_sites[site].module);
		for (way = 0; way < VS_WAY_MAX; way++)
			count = add_module(modules, count, vs_sites[site].way[way].module);
	}
	return count;
}

const char *vs_way_module(const struct vs_site *site, unsigned int way)
{
	const struct vs_way *w = &site->way[way];

	return w->in_kernel ? NULL : w->module ? w->module : site->module;
}

/* A family is the word before the first '_'. */
int vs_site_families(char families[VS_FAMILY_MAX][VS_FAMILY_LEN])
{
	const char *modules[VS_SITE_COUNT];
	size_t count = vs_site_modules(modules), used = 0, i, f;

	memset(families, 0, (size_t)VS_FAMILY_MAX * VS_FAMILY_LEN);
	for (i = 0; i < count; i++) {
		size_t len = strcspn(modules[i], "_");

		if (len >= VS_FAMILY_LEN)
			return -E2BIG;
		for (f = 0; f < used; f++)
			if (!strncmp(families[f], modules[i], len) && !families[f][len])
				break;
		if (f == VS_FAMILY_MAX)
			return -E2BIG;
		if (f == used)
			memcpy(families[used++], modules[i], len);
	}
	return 0;
}
