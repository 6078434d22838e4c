/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The contract between the probes and user space, and between any source
 * (live or a recording) and the core. A record is described here and nowhere
 * else: structs, sizes, the union of all records, string ends, references,
 * JSON members and the lists that tests use are macros over these lists.
 *
 * Every record starts with struct ev_hdr; hdr.kind says which struct follows
 * it, hdr.size its exact length. Fields are fixed-width and laid out without
 * padding, so a record means the same on both sides and in a file. A record of
 * a call is written when the call returns; the kernel objects in it are read at
 * that moment, under the locks the kernel holds there.
 */
#ifndef VS_EVENT_H
#define VS_EVENT_H

#ifndef __bpf__
#include <linux/types.h>
#endif
#include "fields.h"

/* Raised whenever a field or a kind changes its meaning; additions keep it. */
#define VS_CONTRACT_VERSION 1

#define VS_COMM_LEN 16
#define VS_SYSFS_NAME 64 /* of a name in sysfs, as much as is kept */
#define VS_DEVNAME_LEN 40 /* "0000:00:1f.0" or a 36 character UUID */
#define VS_DRIVER_LEN 32
#define VS_POD_LEN 64
#define VS_CGROUP_LEN 192 /* of its path, as much as is kept */
#define VS_NAME_LEN 128
#define VS_OWNER_LEN 32 /* of the name of a range in /proc/iomem, as much as is kept */
#define VS_FILE_LEN 40 /* of the name of a file that memory is mapped from */

/* Of a field with an address, a time or a number: it was not observed. 0 is a value. */
#define VS_NOT_SEEN (~0ULL)

/* hdr.flags: one meaning each. */
enum vs_flag {
	VS_F_EXITING = 1 << 0, /* the process was already exiting */
	VS_F_TRACKED = 1 << 1, /* of the observed program or its children */
	VS_F_BEGAN_BEFORE = 1 << 2, /* the call began before we were armed */
	/*
	 * VM_DESTROY, and CLEAR_KVM outside of a call: the VM is not of the
	 * process's address space. It has become another program by exec, or
	 * it is another process.
	 */
	VS_F_OTHER_MM = 1 << 3,
	/*
	 * DEV_OPEN that failed before the driver was asked: there was no IOMMU yet, iommufd
	 * refused to bind the device, or another file has it open.
	 */
	VS_F_NOT_ASKED = 1 << 4,
	/* GROUP_ADD, borrowed kernels: no container yet, so KVM took the group for coherent. */
	VS_F_NO_CONTAINER = 1 << 5,
	/*
	 * DEV_*, FOUND_DEVICE: a notifier kernel (up to 5.18). Devices hold no kvm
	 * pointer: of an open, kvm is its group's at that moment, else 0. open_count
	 * counts files, opened or found; it is no more than a hint where several
	 * threads open and close at the same time.
	 */
	VS_F_NOTIFIER = 1 << 6,
	VS_F_BY_ATTR = 1 << 7, /* SET_KVM, CLEAR_KVM: inside KVM_SET_DEVICE_ATTR */
	VS_F_VMS_UNKNOWN = 1 << 8, /* DEV_*, FOUND_DEVICE: KVM's list of VMs could not be read */
	VS_F_KVM_GONE = 1 << 9, /* FOUND_DEVICE: kvm is a pointer to no VM there is */
	/* VM_NAME: the VM is new, and any older one at the address is gone. */
	VS_F_NEW = 1 << 10,
	VS_F_ATTACH_FAILED = 1 << 11, /* ATTACHED: what was loaded is not observed */
	VS_F_LOOK = 1 << 12, /* ATTACHED: a look follows, ended by LOOK_DONE */
	/* DEV_CLOSE: the probes know that the open it ends is on record. */
	VS_F_OPEN_ON_RECORD = 1 << 13,
	/*
	 * What the record calls its group is a device's own file, opened from
	 * /dev/vfio/devices (a struct vfio_device_file): it carries the kvm pointer for
	 * its one device as a group does for all of its devices.
	 */
	VS_F_CDEV = 1 << 14,
	/* DEV_OPEN, FOUND_DEVICE: the device's group is a no-IOMMU group. */
	VS_F_NOIOMMU_GROUP = 1 << 15,
	/*
	 * BIND_IOMMUFD: it dropped the kvm pointer of a device that another file holds open
	 * (a defect of 6.8 and later, see kvm-lost).
	 */
	VS_F_DROPPED_KVM = 1 << 16,
	/* IN_CALL: the stream ends, and the call goes on. */
	VS_F_AT_END = 1 << 17,
	/*
	 * The device does not answer: DEV_OPEN, it is not powered up although its driver has
	 * done so; DEV_CLOSE, DEV_RESET and DEV_HOT_RESET, it is in D3cold and not suspended.
	 */
	VS_F_NO_POWER = 1 << 18,
	VS_F_FAILED = 1 << 19, /* the same: the kernel has given it up (error_state) */
	/* DEV_OPEN: after a map had failed, somewhere; its container has no maps at all. */
	VS_F_NO_MAPS = 1 << 20,
	/* SET_CONTAINER and GET_DEVICE_FD that fail with EINVAL: the group has no container ... */
	VS_F_WITHOUT_CONTAINER = 1 << 21,
	VS_F_WITHOUT_IOMMU = 1 << 22, /* ... or one without an IOMMU */
	/*
	 * Calls that set a group's IOMMU up, and fail: the firmware demands that memory is
	 * mapped 1:1 for the group, and the kernel keeps such groups. Set in user space.
	 */
	VS_F_DIRECT = 1 << 23,
	/* ATTACH_PT that fails: the device is open by this file, which was bound. */
	VS_F_BOUND = 1 << 24,
};

/* What memory is that was to be mapped for DMA. */
enum vs_memory {
	VS_MEMORY_UNKNOWN,
	VS_MEMORY_NONE, /* nothing is mapped at its address */
	VS_MEMORY_ANONYMOUS,
	VS_MEMORY_HUGETLB,
	VS_MEMORY_SHMEM, /* a file of a tmpfs, or of memfd_create() */
	VS_MEMORY_FILE, /* of another file system */
	VS_MEMORY_DEVICE, /* of a device that is opened by VFIO */
	VS_MEMORY_IO, /* of another device */
	VS_MEMORY_COUNT,
};

/* clang-format off */

/*
 * Why something was not recorded: L(arg, CAUSE, json_name, "for people"). The
 * probes count all but BUSY, which the kernel counts, and GAP and LOOK, which have
 * records of their own.
 */
#define VS_LOSSES(L, arg)                                                                          \
	L(arg, RINGBUF, ring_buffer_full, "ring buffer full")                                      \
	L(arg, CALLS, too_many_calls_in_progress, "too many calls in flight")                      \
	L(arg, ENTRY, entry_not_seen, "entry of a call not seen")                                  \
	L(arg, EXIT, return_not_seen, "return of a call not seen (kretprobe maxactive)")           \
	L(arg, TRACKED, too_many_children, "too many child processes")                             \
	L(arg, DMA, too_many_containers, "too many containers or iommufds")                        \
	L(arg, BUSY, probe_busy, "a probe was already running on the CPU")                         \
	L(arg, STATE, too_many_groups_or_files, "too many groups or device files")                 \
	L(arg, GAP, not_attached_again, "a loaded module is not observed")                         \
	L(arg, LOOK, look_incomplete, "open files changed while they were looked at")

#define VS_LOSS_ENUM(arg, cause, name, text) VS_LOSS_##cause,
enum vs_loss {
	VS_LOSSES(VS_LOSS_ENUM, -)
	VS_LOSS_COUNT,
};

/* clang-format on */

/*
 * Common start of every record, 72 bytes. In what a look found, the process is
 * one that holds the file, and ts is when it was looked at.
 */
struct ev_hdr {
	__u16 size;
	__u16 kind;
	__u32 flags; /* enum vs_flag */
	__u64 seq; /* 1, 2 ... in the order records leave the source; 0 in the ring buffer */
	__u64 ts; /* ns since boot: when the call returned */
	__u64 dur; /* ns the call took; VS_NOT_SEEN: it has no duration, or its start was missed */
	__s64 ret; /* what the call returned; 0 for void, and for what is no call */
	__u64 lost; /* records lost before this one, all causes */
	__u32 pid; /* process (tgid) and thread, initial namespace */
	__u32 tid;
	char comm[VS_COMM_LEN]; /* any bytes at all: escape before printing */
};

/* clang-format off */

/* The structs: X(struct, FIELDS, member of the union). Of what people are shown ... */
#define VS_EVENT_STRUCTS(X)                                                          \
	X(ev_vm, EV_VM_FIELDS, vm)                                             \
	X(ev_kvm_vfio, EV_KVM_VFIO_FIELDS, kvm_vfio)                           \
	X(ev_attr, EV_ATTR_FIELDS, attr)                                       \
	X(ev_set_kvm, EV_SET_KVM_FIELDS, set_kvm)                              \
	X(ev_coherency, EV_COHERENCY_FIELDS, coherency)                        \
	X(ev_group_open, EV_GROUP_OPEN_FIELDS, group_open)                     \
	X(ev_group, EV_GROUP_FIELDS, group)                                    \
	X(ev_group_call, EV_GROUP_CALL_FIELDS, group_call)                     \
	X(ev_group_status, EV_GROUP_STATUS_FIELDS, group_status)               \
	X(ev_set_container, EV_SET_CONTAINER_FIELDS, set_container)            \
	X(ev_get_device_fd, EV_GET_DEVICE_FD_FIELDS, get_device_fd)            \
	X(ev_set_iommu, EV_SET_IOMMU_FIELDS, set_iommu)                        \
	X(ev_dma, EV_DMA_FIELDS, dma)                                          \
	X(ev_dma_totals, EV_DMA_TOTALS_FIELDS, dma_totals)                     \
	X(ev_spapr, EV_SPAPR_FIELDS, spapr)                                    \
	X(ev_dev, EV_DEV_FIELDS, dev)                                          \
	X(ev_dev_kvm, EV_DEV_KVM_FIELDS, dev_kvm)                              \
	X(ev_set_irqs, EV_SET_IRQS_FIELDS, set_irqs)                           \
	X(ev_dev_call, EV_DEV_CALL_FIELDS, dev_call)                           \
	X(ev_region, EV_REGION_FIELDS, region)                          \
	X(ev_module, EV_MODULE_FIELDS, module)                                 \
	X(ev_found_vm, EV_FOUND_VM_FIELDS, found_vm)                           \
	X(ev_found_kvm_vfio, EV_FOUND_KVM_VFIO_FIELDS, found_kvm_vfio)         \
	X(ev_registration, EV_REGISTRATION_FIELDS, registration)               \
	X(ev_found_group, EV_FOUND_GROUP_FIELDS, found_group)                  \
	X(ev_found_container, EV_FOUND_CONTAINER_FIELDS, found_container)      \
	X(ev_cdev, EV_CDEV_FIELDS, cdev)                                       \
	X(ev_bind, EV_BIND_FIELDS, bind)                                       \
	X(ev_iommufd_pt, EV_IOMMUFD_PT_FIELDS, iommufd_pt)                     \
	X(ev_feature, EV_FEATURE_FIELDS, feature)                              \
	X(ev_iommufd, EV_IOMMUFD_FIELDS, iommufd)                              \
	X(ev_ioas_totals, EV_IOAS_TOTALS_FIELDS, ioas_totals)                  \
	X(ev_found_cdev, EV_FOUND_CDEV_FIELDS, found_cdev)                     \
	X(ev_found_iommufd, EV_FOUND_IOMMUFD_FIELDS, found_iommufd)            \
	X(ev_phase, EV_PHASE_FIELDS, phase)                                    \
	X(ev_lock_wait, EV_LOCK_WAIT_FIELDS, lock_wait)                        \
	X(ev_in_call, EV_IN_CALL_FIELDS, in_call)

/* ... and about the stream itself. */
#define VS_CONTROL_STRUCTS(X)                                                  \
	X(ev_start, EV_START_FIELDS, start)                                    \
	X(ev_site, EV_SITE_FIELDS, site)                                       \
	X(ev_program, EV_PROGRAM_FIELDS, program)                              \
	X(ev_program_end, EV_PROGRAM_END_FIELDS, program_end)                  \
	X(ev_attached, EV_ATTACHED_FIELDS, attached)                           \
	X(ev_time, EV_TIME_FIELDS, time)                                       \
	X(ev_missed, EV_MISSED_FIELDS, missed)                                 \
	X(ev_loss, EV_LOSS_FIELDS, loss)                                       \
	X(ev_look_again, EV_LOOK_AGAIN_FIELDS, look_again)                     \
	X(ev_look_done, EV_LOOK_DONE_FIELDS, look_done)                        \
	X(ev_end, EV_END_FIELDS, end)                                          \
	X(ev_blocker, EV_BLOCKER_FIELDS, blocker)                              \
	X(ev_reset_member, EV_RESET_MEMBER_FIELDS, reset_member)               \
	X(ev_place, EV_PLACE_FIELDS, place)                                    \
	X(ev_process, EV_PROCESS_FIELDS, process)                              \
	X(ev_vm_name, EV_VM_NAME_FIELDS, vm_name)                              \
	X(ev_dev_info, EV_DEV_INFO_FIELDS, dev_info)

#define VS_STRUCTS(X) VS_EVENT_STRUCTS(X) VS_CONTROL_STRUCTS(X)

/*
 * All kinds: K(number, NAME, member of the union, machine_name, "human name", traits).
 * Numbers are append only: recordings hold them. One kind is one operation.
 *
 * Traits: CALL a call, with a result; FD its result is a descriptor; FOUND no
 * call, but what a look found; OPEN a device opened, closed or found (struct
 * ev_dev); CONTROL about the stream itself, not shown.
 */
#define VS_KINDS(K)                                                                                \
	K(1, VM_CREATE, vm, vm_create, "KVM_CREATE_VM", CALL | FD)                                 \
	K(2, VM_DESTROY, vm, vm_destroy, "VM destroyed", 0)                                        \
	K(3, KVM_VFIO_CREATE, kvm_vfio, kvm_vfio_create, "kvm-vfio create", CALL)                  \
	K(4, KVM_VFIO_RELEASE, kvm_vfio, kvm_vfio_release, "kvm-vfio release", 0)                  \
	K(5, GROUP_ADD, attr, group_add, "GROUP_ADD", CALL)                                        \
	K(6, GROUP_DEL, attr, group_del, "GROUP_DEL", CALL)                                        \
	K(7, SET_SPAPR_TCE, attr, group_set_spapr_tce, "GROUP_SET_SPAPR_TCE", CALL)                \
	K(8, KVM_VFIO_ATTR, attr, kvm_vfio_set_attr, "kvm-vfio SET_ATTR", CALL)                    \
	K(9, SET_KVM, set_kvm, set_kvm, "kvm set", 0)                                              \
	K(10, CLEAR_KVM, set_kvm, clear_kvm, "kvm cleared", 0)                                     \
	K(11, NONCOHERENT_ON, coherency, noncoherent_dma_on, "non-coherent on", 0)                 \
	K(12, NONCOHERENT_OFF, coherency, noncoherent_dma_off, "non-coherent off", 0)              \
	K(13, GROUP_OPEN, group_open, group_open, "group open", CALL)                              \
	K(14, GROUP_RELEASE, group, group_release, "group release", 0)                             \
	K(15, GROUP_GET_STATUS, group_status, group_get_status, "GROUP_GET_STATUS", CALL)          \
	K(16, SET_CONTAINER, set_container, set_container, "SET_CONTAINER", CALL)                  \
	K(17, UNSET_CONTAINER, group_call, unset_container, "UNSET_CONTAINER", CALL)               \
	K(18, GET_DEVICE_FD, get_device_fd, get_device_fd, "GET_DEVICE_FD", CALL | FD)             \
	K(19, GROUP_IOCTL, group_call, group_ioctl, "group ioctl", CALL)                           \
	K(20, SET_IOMMU, set_iommu, set_iommu, "SET_IOMMU", CALL)                                  \
	K(21, DMA_MAP, dma, dma_map, "MAP_DMA", CALL)                                              \
	K(22, DMA_UNMAP, dma, dma_unmap, "UNMAP_DMA", CALL)                                        \
	K(23, DMA_TOTALS, dma_totals, dma_totals, "DMA totals", 0)                                 \
	K(24, DEV_OPEN, dev, device_open, "device open", CALL | OPEN)                              \
	K(25, DEV_CLOSE, dev, device_close, "device close", OPEN)                                  \
	K(26, DRIVER_OPEN, dev_kvm, driver_open, "driver open", CALL)                              \
	K(27, KVM_TAKEN, dev_kvm, kvm_taken, "kvm taken", 0)                                       \
	K(28, KVM_DROPPED, dev_kvm, kvm_dropped, "kvm dropped", 0)                                 \
	K(29, SET_IRQS, set_irqs, set_irqs, "SET_IRQS", CALL)                                      \
	K(30, DEV_RESET, dev_call, device_reset, "DEVICE_RESET", CALL)                             \
	K(31, MODULE_LOAD, module, module_load, "module load", 0)                                  \
	K(32, MODULE_UNLOAD, module, module_unload, "module unload", 0)                            \
	K(33, FOUND_VM, found_vm, found_vm, "found VM", FOUND)                                     \
	K(34, FOUND_KVM_VFIO, found_kvm_vfio, found_kvm_vfio, "found kvm-vfio", FOUND)             \
	K(35, FOUND_REGISTRATION, registration, found_registration, "found registered", FOUND)     \
	K(36, FOUND_GROUP, found_group, found_group, "found group", FOUND)                         \
	K(37, FOUND_CONTAINER, found_container, found_container, "found container", FOUND)         \
	K(38, FOUND_DEVICE, dev, found_device, "found device", FOUND | OPEN)                       \
	K(39, START, start, start, "start", CONTROL)                                               \
	K(40, SITE, site, site, "site", CONTROL)                                                   \
	K(41, PROGRAM, program, program, "program", CONTROL)                                       \
	K(42, ATTACHED, attached, attached, "attached", CONTROL)                                   \
	K(43, TIME, time, time, "time", CONTROL)                                                   \
	K(44, MISSED, missed, missed, "missed", CONTROL)                                           \
	K(45, LOSS, loss, loss, "loss", CONTROL)                                                   \
	K(46, LOOK_DONE, look_done, look_done, "look done", CONTROL)                               \
	K(47, END, end, end, "end", CONTROL)                                                       \
	K(48, VM_NAME, vm_name, vm_name, "VM name", CONTROL)                                       \
	K(49, DEV_INFO, dev_info, device_info, "device info", CONTROL)                             \
	K(50, FILE_ADD, attr, file_add, "FILE_ADD", CALL)                                          \
	K(51, FILE_DEL, attr, file_del, "FILE_DEL", CALL)                                          \
	K(52, CDEV_OPEN, cdev, cdev_open, "cdev open", CALL)                                       \
	K(53, CDEV_RELEASE, cdev, cdev_release, "cdev release", 0)                                 \
	K(54, BIND_IOMMUFD, bind, bind_iommufd, "BIND_IOMMUFD", CALL)                              \
	K(55, ATTACH_PT, iommufd_pt, attach_iommufd_pt, "ATTACH_IOMMUFD_PT", CALL)                 \
	K(56, DETACH_PT, iommufd_pt, detach_iommufd_pt, "DETACH_IOMMUFD_PT", CALL)                 \
	K(57, DEV_FEATURE, feature, device_feature, "DEVICE_FEATURE", CALL)                        \
	K(58, IOAS_ALLOC, iommufd, ioas_alloc, "IOAS_ALLOC", CALL)                                 \
	K(59, IOMMUFD_IOCTL, iommufd, iommufd_ioctl, "iommufd ioctl", CALL)                        \
	K(60, IOAS_MAP, dma, ioas_map, "IOAS_MAP", CALL)                                          \
	K(61, IOAS_MAP_FILE, dma, ioas_map_file, "IOAS_MAP_FILE", CALL)                           \
	K(62, IOAS_UNMAP, dma, ioas_unmap, "IOAS_UNMAP", CALL)                                    \
	K(63, IOAS_COPY, dma, ioas_copy, "IOAS_COPY", CALL)                                       \
	K(64, IOAS_TOTALS, ioas_totals, ioas_totals, "IOAS totals", 0)                             \
	K(65, FOUND_CDEV, found_cdev, found_cdev, "found cdev", FOUND)                             \
	K(66, FOUND_IOMMUFD, found_iommufd, found_iommufd, "found iommufd", FOUND)                 \
	K(67, PHASE, phase, phase, "phase", CALL)                                                  \
	K(68, LOCK_WAIT, lock_wait, lock_wait, "lock wait", 0)                                     \
	K(69, IN_CALL, in_call, in_call, "in call", 0)                                             \
	K(70, SPAPR_ENABLE, spapr, spapr_enable, "ENABLE", CALL)                                   \
	K(71, SPAPR_DISABLE, spapr, spapr_disable, "DISABLE", CALL)                                \
	K(72, SPAPR_REGISTER, spapr, register_memory, "REGISTER_MEMORY", CALL)                     \
	K(73, SPAPR_UNREGISTER, spapr, unregister_memory, "UNREGISTER_MEMORY", CALL)               \
	K(74, TCE_CREATE, spapr, tce_create, "TCE_CREATE", CALL)                                   \
	K(75, TCE_REMOVE, spapr, tce_remove, "TCE_REMOVE", CALL)                                   \
	K(76, LOOK_AGAIN, look_again, look_again, "look again", CONTROL)                           \
	K(77, BLOCKER, blocker, blocker, "blocker", CONTROL)                                       \
	K(78, PROGRAM_END, program_end, program_end, "program end", CONTROL)                       \
	K(79, DEV_HOT_RESET, dev_call, pci_hot_reset, "PCI_HOT_RESET", CALL)                       \
	K(80, RESET_MEMBER, reset_member, reset_member, "reset member", CONTROL)                   \
	K(81, PLACE, place, place, "place", CONTROL)                                               \
	K(82, PROCESS, process, process, "process", CONTROL)                                           \
	K(83, UNBIND_BEGIN, dev_call, unbind_begin, "unbind begins", 0)                            \
	K(84, UNBIND, dev_call, unbind, "unbind", 0)                                               \
	K(85, REGION_MAP, region, region_map, "mmap of a region", CALL)

#define VS_KIND_ENUM(number, name, member, id, label, traits) VS_##name = (number),
enum vs_kind {
	VS_NONE,
	VS_KINDS(VS_KIND_ENUM)
	VS_KIND_COUNT,
};

/* The structs, and a check that they have no padding. */
#define VS_FIELD(type, member, role, pair, form, key) type member;
#define VS_STRING(length, member, role, form, key) char member[length];
#define VS_FLAG(flag, form, key)
/* Terms of a sum: NOLINTBEGIN(bugprone-macro-parentheses) */
#define VS_FIELD_SIZE(type, member, role, pair, form, key) +sizeof(type)
#define VS_STRING_SIZE(length, member, role, form, key) +(length)
/* NOLINTEND(bugprone-macro-parentheses) */

#define VS_STRUCT(name, FIELDS, member)                 \
	struct name {                                   \
		struct ev_hdr h;                        \
		FIELDS(VS_FIELD, VS_STRING, VS_FLAG)    \
	};

VS_STRUCTS(VS_STRUCT)

#define VS_STRUCT_SIZE(name, FIELDS, member)                                                   \
	_Static_assert(sizeof(struct name) ==                                                  \
			       sizeof(struct ev_hdr) FIELDS(VS_FIELD_SIZE, VS_STRING_SIZE, VS_FLAG), \
		       #name " has padding");

_Static_assert(sizeof(struct ev_hdr) == 72, "ev_hdr has padding");
VS_STRUCTS(VS_STRUCT_SIZE)
/* clang-format on */

#endif
