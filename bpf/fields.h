/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fields of each record, which event.h makes structs and all else of. Beside its
 * fields a struct needs a row there, and so does each kind.
 */
#ifndef VS_FIELDS_H
#define VS_FIELDS_H

/*
 * The fields of each struct after its header, in order:
 *
 *   F(type, member, ROLE, pair, FORM, key)   a number
 *   S(length, member, ROLE, FORM, key)       a string, any bytes
 *   B(FLAG, FORM, key)                       a flag of the header, shown as a member
 *
 * ROLE: what it is.
 *   VM         address of a struct kvm the record is about; of several, the first
 *              that is neither 0 nor VS_NOT_SEEN counts. pair: the member with the
 *              thread that created this VM (kvm->userspace_pid; 0: not read), or NOBODY
 *   GROUP_VM   the VM whose kvm pointer the group carries after the call; pair as above
 *   BOTH_VM    both at once
 *   CREATOR    the other half of such a pair
 *   GROUP, DEVICE    address of a struct vfio_group (see VS_F_CDEV), vfio_device
 *   OBJECT     any other kernel address
 *   IOMMU_GROUP      number of an IOMMU group, -1: not known
 *   HOLDER_FD  what was found: descriptor by which the process holds it, else -1
 *   DEVICE_NAME      PCI address or UUID
 *   VALUE      anything else
 *
 * FORM and key: the member of JSON events it becomes.
 *   NONE  -     none
 *   INT         a number           INT_SEEN    the same, null for VS_NOT_SEEN
 *   HEX         a string 0x...     BOOL        true or false
 *   TEXT        escaped            TEXT_OR_NULL  null for ""
 *   FEATURE     the name of a device feature
 *   MIGRATION   the name of a migration state, null if it is none
 *   BUSY        the process that uses the group the other way, if it failed for that
 *   MEMORY      the name of an enum vs_memory, null for 0
 *   PHASE       the name of an enum vs_phase, null for 0
 *   LOCK        the name of an enum vs_lock, null for 0
 *   KVM         the id of the record's VM if the field is not 0, else null
 *   GROUP_KVM   the id of the group's VM, else null
 */
/* clang-format off */

/* KVM_CREATE_VM (ret: the fd), and the VM's destruction. */
#define EV_VM_FIELDS(F, S, B)                                                  \
	F(__u64, kvm, VM, creator, NONE, -)                                    \
	F(__u32, creator, CREATOR, -, NONE, -)                                 \
	F(__u32, pad, VALUE, -, NONE, -)

/* The kvm-vfio device of a VM: created, its fd's last reference gone. */
#define EV_KVM_VFIO_FIELDS(F, S, B)                                            \
	F(__u64, kvm, VM, creator, NONE, -)                                    \
	F(__u64, kvm_vfio, OBJECT, -, NONE, -)                                 \
	F(__u32, creator, CREATOR, -, NONE, -)                                 \
	F(__u32, pad, VALUE, -, NONE, -)

/*
 * KVM_SET_DEVICE_ATTR on a kvm-vfio device: ADD, DEL, SPAPR. FILE_ADD and FILE_DEL are
 * the same calls with the file of a device.
 */
#define EV_ATTR_FIELDS(F, S, B)                                                \
	F(__u64, kvm, VM, creator, NONE, -)                                    \
	F(__u64, kvm_vfio, OBJECT, -, NONE, -)                                 \
	F(__u64, attr, VALUE, -, NONE, -)                                      \
	/* the struct file named by fd, 0 if none or not kept by the kernel */ \
	F(__u64, file, OBJECT, -, NONE, -)                                     \
	/* its vfio_group, or itself if it is a cdev's, else 0 */               \
	F(__u64, group, GROUP, -, NONE, -)                                     \
	/* the group's (the file's) kvm pointer after the call */              \
	F(__u64, group_kvm, GROUP_VM, group_creator, GROUP_KVM, group_vm)      \
	/* what the group held before the call, or VS_NOT_SEEN */              \
	F(__u64, kvm_before, OBJECT, -, NONE, -)                               \
	/* the file is a device's: its vfio_device ... */                      \
	F(__u64, dev, OBJECT, -, NONE, -)                                      \
	/* ... and the group it was opened through, 0 for a cdev */            \
	F(__u64, dev_group, OBJECT, -, NONE, -)                                \
	F(__u32, attr_group, VALUE, -, NONE, -)                                \
	F(__s32, fd, VALUE, -, INT, fd)                                        \
	F(__s32, iommu_group, IOMMU_GROUP, -, NONE, -)                         \
	F(__u32, creator, CREATOR, -, NONE, -)                                 \
	F(__u32, group_creator, CREATOR, -, NONE, -)                           \
	F(__u32, pad, VALUE, -, NONE, -)                                       \
	/* of a device's file, else "" */                                      \
	S(VS_DEVNAME_LEN, name, DEVICE_NAME, NONE, -)

/* The kvm pointer was written into a group (or a device file), or cleared. */
#define EV_SET_KVM_FIELDS(F, S, B)                                             \
	F(__u64, file, OBJECT, -, NONE, -)                                     \
	F(__u64, group, GROUP, -, NONE, -)                                     \
	/* the pointer given; 0 clears */                                      \
	F(__u64, kvm, VM, NOBODY, NONE, -)                                     \
	/* what group->kvm held before, or VS_NOT_SEEN */                      \
	F(__u64, kvm_before, VM, NOBODY, NONE, -)                              \
	/* the VM whose kvm-vfio device did it, VS_NOT_SEEN if not known; 0: it has ended */ \
	F(__u64, vm, VM, NOBODY, NONE, -)                                      \
	/* what group->kvm holds afterwards */                                 \
	F(__u64, group_kvm, GROUP_VM, NOBODY, GROUP_KVM, group_vm)             \
	/* the kvm-vfio device that did it, or VS_NOT_SEEN */                  \
	F(__u64, kvm_vfio, OBJECT, -, NONE, -)                                 \
	F(__s32, iommu_group, IOMMU_GROUP, -, NONE, -)                         \
	F(__u32, pad, VALUE, -, NONE, -)                                       \
	/* of a device's file, else "" */                                      \
	S(VS_DEVNAME_LEN, name, DEVICE_NAME, NONE, -)                          \
	B(VS_F_BY_ATTR, BOOL, by_attr)

/* Non-coherent DMA registered with or removed from a VM. */
#define EV_COHERENCY_FIELDS(F, S, B)                                           \
	F(__u64, kvm, VM, creator, NONE, -)                                    \
	F(__u32, creator, CREATOR, -, NONE, -)                                 \
	F(__u32, pad, VALUE, -, NONE, -)

/* open of /dev/vfio/N */
#define EV_GROUP_OPEN_FIELDS(F, S, B)                                          \
	/* 0 if the open failed */                                             \
	F(__u64, group, GROUP, -, NONE, -)                                     \
	F(__s32, iommu_group, IOMMU_GROUP, -, BUSY, busy_pid)                     \
	F(__u32, pad, VALUE, -, NONE, -)                                       \
	/* file name under /dev/vfio */                                        \
	S(16, node, VALUE, TEXT, node)

/* last release of /dev/vfio/N */
#define EV_GROUP_FIELDS(F, S, B)                                               \
	F(__u64, group, GROUP, -, NONE, -)                                     \
	F(__s32, iommu_group, IOMMU_GROUP, -, NONE, -)                         \
	F(__u32, pad, VALUE, -, NONE, -)

/* An ioctl on a group fd. */
#define EV_GROUP_CALL_FIELDS(F, S, B)                                          \
	F(__u64, group, GROUP, -, NONE, -)                                     \
	F(__u64, group_kvm, BOTH_VM, NOBODY, GROUP_KVM, group_vm)              \
	F(__u32, cmd, VALUE, -, INT, cmd)                                      \
	F(__s32, iommu_group, IOMMU_GROUP, -, NONE, -)

/* GROUP_GET_STATUS */
#define EV_GROUP_STATUS_FIELDS(F, S, B)                                        \
	F(__u64, group, GROUP, -, NONE, -)                                     \
	F(__u64, group_kvm, BOTH_VM, NOBODY, GROUP_KVM, group_vm)              \
	F(__u32, cmd, VALUE, -, INT, cmd)                                      \
	F(__s32, iommu_group, IOMMU_GROUP, -, NONE, -)                         \
	/* VFIO_GROUP_FLAGS_; 0 if it failed */                                \
	F(__u32, status, VALUE, -, INT, status)                                \
	F(__u32, pad, VALUE, -, NONE, -)

#define EV_SET_CONTAINER_FIELDS(F, S, B)                                       \
	F(__u64, group, GROUP, -, NONE, -)                                     \
	/* 0 if fd is no container's */                                        \
	F(__u64, container, OBJECT, -, NONE, -)                                \
	/* fd is an iommufd: its context */                                    \
	F(__u64, iommufd, OBJECT, -, BOOL, iommufd)                            \
	F(__u64, group_kvm, BOTH_VM, NOBODY, GROUP_KVM, group_vm)              \
	F(__u32, cmd, VALUE, -, INT, cmd)                                      \
	F(__s32, iommu_group, IOMMU_GROUP, -, NONE, -)                         \
	/* as passed; -1 also if it could not be read */                       \
	F(__s32, fd, VALUE, -, INT, container_fd)                              \
	F(__u32, pad, VALUE, -, NONE, -)

#define EV_GET_DEVICE_FD_FIELDS(F, S, B)                                       \
	F(__u64, group, GROUP, -, NONE, -)                                     \
	/* the device opened, 0 if it failed */                                \
	F(__u64, dev, DEVICE, -, NONE, -)                                      \
	F(__u64, group_kvm, BOTH_VM, NOBODY, GROUP_KVM, group_vm)              \
	F(__u32, cmd, VALUE, -, INT, cmd)                                      \
	F(__s32, iommu_group, IOMMU_GROUP, -, NONE, -)                         \
	/* as asked for */                                                     \
	S(VS_DEVNAME_LEN, name, DEVICE_NAME, NONE, -)                          \
	/* EACCES: of which it is a virtual function; from sysfs, in user space */ \
	S(VS_DEVNAME_LEN, pf, VALUE, TEXT_OR_NULL, physical_function)

#define EV_SET_IOMMU_FIELDS(F, S, B)                                           \
	/* or iommufd; VS_NOT_SEEN: observed in the IOMMU driver, which does not know it */ \
	F(__u64, container, OBJECT, -, NONE, -)                                \
	/* VS_NOT_SEEN: its entry was missed */                                \
	F(__u64, type, VALUE, -, INT_SEEN, iommu_type)                         \
	/* of a failure: that could not be attached */ \
	F(__s32, iommu_group, IOMMU_GROUP, -, NONE, -)                         \
	F(__u32, pad, VALUE, -, NONE, -)

/*
 * A DMA map or unmap that failed, of a container or of an address space of an iommufd. What
 * comes after bytes is known of a map, as far as the kernel tells; 0 if it does not.
 */
#define EV_DMA_FIELDS(F, S, B)                                                 \
	/* or the iommufd in its place */                                      \
	F(__u64, container, OBJECT, -, NONE, -)                                \
	F(__u64, iova, VALUE, -, HEX, iova)                                    \
	F(__u64, bytes, VALUE, -, HEX, bytes)                                  \
	/* of the memory to map */                                             \
	F(__u64, vaddr, VALUE, -, HEX, vaddr)                                  \
	/* EEXIST: a map that is in the way */                                 \
	F(__u64, clash_iova, VALUE, -, HEX, clash_iova)                        \
	F(__u64, clash_bytes, VALUE, -, HEX, clash_bytes)                      \
	/* EINVAL: the last address that the IOMMU can map, its smallest page, ... */ \
	F(__u64, iova_last, VALUE, -, HEX, iova_last)                          \
	F(__u64, iommu_page, VALUE, -, INT, iommu_page)                        \
	/* ... and a stretch before that which it cannot, and which the range touches */ \
	F(__u64, hole_first, VALUE, -, HEX, hole_first)                        \
	F(__u64, hole_last, VALUE, -, HEX, hole_last)                          \
	/* ENOSPC, bytes: size of the map that is next to the range; or 0 */   \
	F(__u64, beside_bytes, VALUE, -, INT, beside_bytes)                    \
	/* bytes: the limit of locked memory, VS_NOT_SEEN: there is none; locked before */ \
	F(__u64, memlock, VALUE, -, INT_SEEN, memlock_limit)                   \
	F(__u64, locked, VALUE, -, INT, locked_bytes)                          \
	/* bytes: of a tmpfs that has a limit, and how much of it was free */  \
	F(__u64, fs_bytes, VALUE, -, INT, fs_bytes)                            \
	F(__u64, fs_free, VALUE, -, INT, fs_free)                              \
	/* of an iommufd, or 0 */                                              \
	F(__u32, ioas, VALUE, -, INT, ioas)                                    \
	/* enum vs_memory */                                                   \
	F(__u32, memory, VALUE, -, MEMORY, memory)                             \
	/* the memory is a shared mapping */                                   \
	F(__u32, shared, VALUE, -, BOOL, shared)                               \
	/* of memory_device: the BAR, as VFIO numbers regions */               \
	F(__u32, region, VALUE, -, INT, region)                                \
	/* the container has no IOMMU */                                       \
	F(__u32, no_iommu, VALUE, -, BOOL, no_iommu)                           \
	/* the process may write the memory */                                 \
	F(__u32, writable, VALUE, -, BOOL, writable)                           \
	/* EEXIST: what is in the way is the same memory, mapped by the same call */ \
	F(__u32, same, VALUE, -, BOOL, already_mapped)                         \
	/* ENOMEM: containers that the process has open, of its first 256 files; or 0 */ \
	F(__u32, containers, VALUE, -, INT, containers)                        \
	/* what the memory is mapped from, and on which file system */         \
	S(VS_FILE_LEN, file, VALUE, TEXT_OR_NULL, file)                        \
	S(16, fs, VALUE, TEXT_OR_NULL, filesystem)                             \
	S(VS_DEVNAME_LEN, memory_device, VALUE, TEXT_OR_NULL, memory_device)

/* POWER: memory that may be mapped is registered; windows of DMA addresses come and go. */
#define EV_SPAPR_FIELDS(F, S, B)                                               \
	F(__u64, container, OBJECT, -, NONE, -)                                \
	/* of the memory, or of the window, where the kernel has put it; 0: it failed */ \
	F(__u64, start, VALUE, -, HEX, start)                                  \
	F(__u64, bytes, VALUE, -, HEX, bytes)                                  \
	/* of a window that is created, else 0 */                              \
	F(__u32, page_shift, VALUE, -, INT, page_shift)                        \
	F(__u32, levels, VALUE, -, INT, levels)

/* DMA calls of one container, counted in the kernel and reported at its end. */
#define EV_DMA_TOTALS_FIELDS(F, S, B)                                          \
	F(__u64, container, OBJECT, -, NONE, -)                                \
	F(__u64, maps, VALUE, -, INT, maps)                                    \
	F(__u64, map_bytes, VALUE, -, INT, map_bytes)                          \
	F(__u64, map_ns, VALUE, -, INT, map_ns)                                \
	F(__u64, map_failed, VALUE, -, INT, map_failed)                        \
	F(__u64, unmaps, VALUE, -, INT, unmaps)                                \
	F(__u64, unmap_bytes, VALUE, -, INT, unmap_bytes)                      \
	F(__u64, unmap_ns, VALUE, -, INT, unmap_ns)                            \
	F(__u64, unmap_failed, VALUE, -, INT, unmap_failed)

/* open of /dev/vfio/devices/vfioN, and its last release */
#define EV_CDEV_FIELDS(F, S, B)                                                \
	/* the file, 0 if the open failed */                                   \
	F(__u64, file, OBJECT, -, NONE, -)                                     \
	F(__u64, dev, DEVICE, -, NONE, -)                                      \
	F(__s32, iommu_group, IOMMU_GROUP, -, NONE, -)                         \
	F(__u32, pad, VALUE, -, NONE, -)                                       \
	/* file name under /dev/vfio/devices, "" if not known */               \
	S(16, node, VALUE, TEXT_OR_NULL, node)                                 \
	S(VS_DEVNAME_LEN, name, DEVICE_NAME, NONE, -)

/* VFIO_DEVICE_BIND_IOMMUFD, read after the call */
#define EV_BIND_FIELDS(F, S, B)                                                \
	F(__u64, dev, DEVICE, -, NONE, -)                                      \
	/* the file it was called on; 0 if it came from GET_DEVICE_FD */       \
	F(__u64, group, GROUP, -, NONE, -)                                     \
	/* the file's kvm pointer */                                           \
	F(__u64, group_kvm, BOTH_VM, creator, GROUP_KVM, group_vm)             \
	F(__u32, creator, CREATOR, -, NONE, -)                                 \
	F(__s32, iommu_group, IOMMU_GROUP, -, BUSY, busy_pid)                     \
	/* as passed; -1 also if it could not be read */                       \
	F(__s32, fd, VALUE, -, INT, iommufd_fd)                                \
	F(__u32, argsz, VALUE, -, INT, argsz)                                  \
	S(VS_DEVNAME_LEN, name, DEVICE_NAME, NONE, -)                          \
	B(VS_F_DROPPED_KVM, BOOL, dropped_kvm)

/* VFIO_DEVICE_ATTACH_IOMMUFD_PT, DETACH_IOMMUFD_PT */
#define EV_IOMMUFD_PT_FIELDS(F, S, B)                                          \
	F(__u64, dev, DEVICE, -, NONE, -)                                      \
	F(__u64, kvm, VM, NOBODY, NONE, -)                                     \
	F(__s32, iommu_group, IOMMU_GROUP, -, NONE, -)                         \
	/* IOAS or page table as passed; 0 for DETACH, and if it could not be read */ \
	F(__u32, pt_id, VALUE, -, INT, pt_id)                                  \
	S(VS_DEVNAME_LEN, name, DEVICE_NAME, NONE, -)

/* VFIO_DEVICE_FEATURE */
#define EV_FEATURE_FIELDS(F, S, B)                                             \
	F(__u64, dev, DEVICE, -, NONE, -)                                      \
	F(__u64, kvm, VM, NOBODY, NONE, -)                                     \
	F(__s32, iommu_group, IOMMU_GROUP, -, NONE, -)                         \
	F(__u32, feature, VALUE, -, FEATURE, feature)                          \
	/* as passed: the feature, and VFIO_DEVICE_FEATURE_GET, _SET, _PROBE */ \
	F(__u32, flags, VALUE, -, INT, feature_flags)                          \
	/* MIG_DEVICE_STATE: enum vfio_device_mig_state, else ~0U */           \
	F(__u32, mig_from, VALUE, -, MIGRATION, mig_from)                      \
	F(__u32, mig_to, VALUE, -, MIGRATION, mig_to)                          \
	F(__u32, pad, VALUE, -, NONE, -)                                       \
	S(VS_DEVNAME_LEN, name, DEVICE_NAME, NONE, -)

/* A call on an iommufd: IOMMU_IOAS_ALLOC, or one that has no fields of its own. */
#define EV_IOMMUFD_FIELDS(F, S, B)                                             \
	F(__u64, iommufd, OBJECT, -, NONE, -)                                  \
	F(__u32, cmd, VALUE, -, INT, cmd)                                      \
	/* IOAS_ALLOC: the new one, else 0 */                                  \
	F(__u32, ioas, VALUE, -, INT, ioas)

/* Such calls on one iommufd, counted in the kernel and reported at its end. */
#define EV_IOAS_TOTALS_FIELDS(F, S, B)                                         \
	F(__u64, iommufd, OBJECT, -, NONE, -)                                  \
	F(__u64, maps, VALUE, -, INT, maps)                                    \
	F(__u64, map_bytes, VALUE, -, INT, map_bytes)                          \
	F(__u64, map_ns, VALUE, -, INT, map_ns)                                \
	F(__u64, map_failed, VALUE, -, INT, map_failed)                        \
	F(__u64, file_maps, VALUE, -, INT, file_maps)                          \
	F(__u64, file_map_bytes, VALUE, -, INT, file_map_bytes)                \
	F(__u64, file_map_ns, VALUE, -, INT, file_map_ns)                      \
	F(__u64, file_map_failed, VALUE, -, INT, file_map_failed)              \
	F(__u64, unmaps, VALUE, -, INT, unmaps)                                \
	F(__u64, unmap_bytes, VALUE, -, INT, unmap_bytes)                      \
	F(__u64, unmap_ns, VALUE, -, INT, unmap_ns)                            \
	F(__u64, unmap_failed, VALUE, -, INT, unmap_failed)                    \
	F(__u64, copies, VALUE, -, INT, copies)                                \
	F(__u64, copy_bytes, VALUE, -, INT, copy_bytes)                        \
	F(__u64, copy_ns, VALUE, -, INT, copy_ns)                              \
	F(__u64, copy_failed, VALUE, -, INT, copy_failed)

/*
 * One open or close of a device, or one found open. Read under dev_set->lock
 * and group_lock (a cdev's: dev_set->lock), so kvm and open_count belong together. Of a device found, kvm
 * was the same before and after open_count was read.
 */
#define EV_DEV_FIELDS(F, S, B)                                                 \
	F(__u64, dev, DEVICE, -, NONE, -)                                      \
	/* that carries the kvm pointer: see VS_F_CDEV */                      \
	F(__u64, group, GROUP, -, NONE, -)                                     \
	/* that maps its DMA; 0: a container does; of a close: VS_NOT_SEEN */   \
	F(__u64, iommufd, OBJECT, -, NONE, -)                                  \
	/* device->kvm: what the driver saw or sees */                         \
	F(__u64, kvm, VM, kvm_creator, KVM, kvm)                               \
	/* no kvm pointer: a VM of this process, or 0 */                       \
	F(__u64, owner_kvm, VM, owner_creator, NONE, -)                        \
	/* group->kvm at the same moment */                                    \
	F(__u64, group_kvm, GROUP_VM, group_creator, GROUP_KVM, group_vm)      \
	F(__u32, kvm_creator, CREATOR, -, NONE, -)                             \
	F(__u32, owner_creator, CREATOR, -, NONE, -)                           \
	F(__u32, group_creator, CREATOR, -, NONE, -)                           \
	/* after the call */                                                   \
	F(__u32, open_count, VALUE, -, INT, open_count)                        \
	F(__s32, iommu_group, IOMMU_GROUP, -, NONE, -)                         \
	F(__s32, fd, HOLDER_FD, -, NONE, -)                                    \
	/* "" in the ring buffer only: as at the device's last open, see capture/identity.h */ \
	S(VS_DEVNAME_LEN, name, DEVICE_NAME, NONE, -)                          \
	S(VS_DRIVER_LEN, driver, VALUE, TEXT_OR_NULL, driver)

/* The kvm pointer was taken by, or dropped from, a device; driver open. */
#define EV_DEV_KVM_FIELDS(F, S, B)                                             \
	F(__u64, dev, DEVICE, -, NONE, -)                                      \
	F(__u64, kvm, VM, NOBODY, KVM, kvm)                                    \
	F(__u32, open_count, VALUE, -, INT, open_count)                        \
	F(__s32, iommu_group, IOMMU_GROUP, -, NONE, -)                         \
	S(VS_DEVNAME_LEN, name, DEVICE_NAME, NONE, -)

#define EV_SET_IRQS_FIELDS(F, S, B)                                            \
	F(__u64, dev, DEVICE, -, NONE, -)                                      \
	/* device->kvm */                                                      \
	F(__u64, kvm, VM, NOBODY, NONE, -)                                     \
	F(__u32, irq_index, VALUE, -, INT, irq_index)                          \
	F(__u32, irq_start, VALUE, -, INT, irq_start)                          \
	F(__u32, irq_count, VALUE, -, INT, irq_count)                          \
	F(__u32, irq_flags, VALUE, -, INT, irq_flags)                          \
	F(__s32, iommu_group, IOMMU_GROUP, -, NONE, -)                         \
	F(__u32, pad, VALUE, -, NONE, -)                                       \
	S(VS_DEVNAME_LEN, name, DEVICE_NAME, NONE, -)

/* Another ioctl on a device fd that matters for an attach. */
#define EV_DEV_CALL_FIELDS(F, S, B)                                            \
	F(__u64, dev, DEVICE, -, NONE, -)                                      \
	F(__u64, kvm, VM, NOBODY, NONE, -)                                     \
	F(__s32, iommu_group, IOMMU_GROUP, -, NONE, -)                         \
	F(__u32, pad, VALUE, -, NONE, -)                                       \
	S(VS_DEVNAME_LEN, name, DEVICE_NAME, NONE, -)

/* mmap() of a device fd: a region of the device, such as a BAR. */
#define EV_REGION_FIELDS(F, S, B)                                              \
	F(__u64, dev, DEVICE, -, NONE, -)                                      \
	F(__u64, kvm, VM, NOBODY, NONE, -)                                     \
	F(__u64, bytes, VALUE, -, HEX, bytes)                                  \
	F(__s32, iommu_group, IOMMU_GROUP, -, NONE, -)                         \
	/* the BAR, as VFIO numbers regions */                                 \
	F(__u32, region, VALUE, -, INT, region)                                \
	S(VS_DEVNAME_LEN, name, DEVICE_NAME, NONE, -)                          \
	/* it failed, and that range of the host is in it */                   \
	S(VS_OWNER_LEN, owner, VALUE, TEXT_OR_NULL, owner)

/* A module that sites are in came or went. */
#define EV_MODULE_FIELDS(F, S, B)                                              \
	S(56, name, VALUE, TEXT, module)

/* What a look at the files of all processes found. */

#define EV_FOUND_VM_FIELDS(F, S, B)                                            \
	F(__u64, kvm, VM, creator, NONE, -)                                    \
	F(__u32, creator, CREATOR, -, NONE, -)                                 \
	F(__s32, fd, HOLDER_FD, -, NONE, -)

#define EV_FOUND_KVM_VFIO_FIELDS(F, S, B)                                      \
	F(__u64, kvm, VM, creator, NONE, -)                                    \
	F(__u64, kvm_vfio, OBJECT, -, NONE, -)                                 \
	F(__u32, creator, CREATOR, -, NONE, -)                                 \
	F(__s32, fd, HOLDER_FD, -, NONE, -)                                    \
	/* it has made its VM non-coherent */                                  \
	F(__u32, noncoherent, VALUE, -, BOOL, noncoherent)                     \
	F(__u32, pad, VALUE, -, NONE, -)

/* A file on a kvm-vfio device's list; the process is the VM's. */
#define EV_REGISTRATION_FIELDS(F, S, B)                                        \
	F(__u64, kvm, VM, creator, NONE, -)                                    \
	F(__u64, kvm_vfio, OBJECT, -, NONE, -)                                 \
	/* 0: the kernel keeps the group only */                               \
	F(__u64, file, OBJECT, -, NONE, -)                                     \
	/* 0: the file is no group's and no cdev's */                          \
	F(__u64, group, GROUP, -, NONE, -)                                     \
	F(__u64, group_kvm, GROUP_VM, NOBODY, GROUP_KVM, group_vm)             \
	F(__u32, creator, CREATOR, -, NONE, -)                                 \
	F(__s32, iommu_group, IOMMU_GROUP, -, NONE, -)                         \
	/* of the kvm-vfio device */                                           \
	F(__s32, fd, HOLDER_FD, -, NONE, -)                                    \
	F(__u32, pad, VALUE, -, NONE, -)                                       \
	/* of a device's file, else "" */                                      \
	S(VS_DEVNAME_LEN, name, DEVICE_NAME, NONE, -)

#define EV_FOUND_GROUP_FIELDS(F, S, B)                                         \
	F(__u64, group, GROUP, -, NONE, -)                                     \
	F(__u64, group_kvm, BOTH_VM, creator, GROUP_KVM, group_vm)             \
	/* or 0 */                                                             \
	F(__u64, container, OBJECT, -, NONE, -)                                \
	/* the group's iommufd context in place of a container, or 0 */        \
	F(__u64, iommufd, OBJECT, -, NONE, -)                                  \
	F(__u32, creator, CREATOR, -, NONE, -)                                 \
	F(__s32, iommu_group, IOMMU_GROUP, -, NONE, -)                         \
	F(__s32, fd, HOLDER_FD, -, NONE, -)                                    \
	F(__u32, pad, VALUE, -, NONE, -)

#define EV_FOUND_CONTAINER_FIELDS(F, S, B)                                     \
	F(__u64, container, OBJECT, -, NONE, -)                                \
	F(__s32, fd, HOLDER_FD, -, NONE, -)                                    \
	/* of the type1 driver, and nothing is mapped in it */                 \
	F(__u32, unmapped, VALUE, -, BOOL, unmapped)                           \
	/* its IOMMU driver, "" before SET_IOMMU */                            \
	S(24, driver, VALUE, TEXT_OR_NULL, iommu_driver)

/* A file of a device's cdev; the device itself is found if the file has it open. */
#define EV_FOUND_CDEV_FIELDS(F, S, B)                                          \
	F(__u64, dev, DEVICE, -, NONE, -)                                      \
	F(__u64, group, GROUP, -, NONE, -)                                     \
	F(__u64, group_kvm, BOTH_VM, creator, GROUP_KVM, group_vm)             \
	/* that it is bound to, or 0 */                                        \
	F(__u64, iommufd, OBJECT, -, NONE, -)                                  \
	F(__u32, creator, CREATOR, -, NONE, -)                                 \
	F(__s32, iommu_group, IOMMU_GROUP, -, NONE, -)                         \
	F(__s32, fd, HOLDER_FD, -, NONE, -)                                    \
	F(__u32, pad, VALUE, -, NONE, -)                                       \
	S(VS_DEVNAME_LEN, name, DEVICE_NAME, NONE, -)

#define EV_FOUND_IOMMUFD_FIELDS(F, S, B)                                       \
	F(__u64, iommufd, OBJECT, -, NONE, -)                                  \
	F(__s32, fd, HOLDER_FD, -, NONE, -)                                    \
	F(__u32, pad, VALUE, -, NONE, -)

/*
 * A phase of an attach, as it ends; a part comes before what it is a part of, by the same
 * thread. h.dur is what it took, its own parts included. DMA calls are added up for each
 * container, but for the slow ones: such a record says what they come to since the first
 * (since), and a later one of the same container and phase includes it.
 */
#define EV_PHASE_FIELDS(F, S, B)                                               \
	/* of REGISTER: the VM */                                              \
	F(__u64, kvm, VM, creator, NONE, -)                                    \
	/* what the call is on, as far as it is known; see VS_F_CDEV */        \
	F(__u64, group, GROUP, -, NONE, -)                                     \
	/* or iommufd */                                                       \
	F(__u64, container, OBJECT, -, NONE, -)                                \
	F(__u64, dev, DEVICE, -, NONE, -)                                      \
	/* not 0: calls added up since then, ns since boot; else one call */   \
	F(__u64, since, VALUE, -, NONE, -)                                     \
	/* how many calls */                                                   \
	F(__u64, count, VALUE, -, INT, count)                                  \
	/* the longest, and how much memory that one was about */              \
	F(__u64, max_ns, VALUE, -, INT, max_ns)                                \
	F(__u64, max_bytes, VALUE, -, INT, max_bytes)                          \
	/* waited for locks, parts left out */                                 \
	F(__u64, lock_ns, VALUE, -, INT, lock_wait_ns)                         \
	/* pinned memory, lock waits left out */                               \
	F(__u64, pin_ns, VALUE, -, INT, pin_ns)                                \
	F(__u64, pins, VALUE, -, INT, pins)                                    \
	F(__u64, pages, VALUE, -, INT, pages)                                  \
	F(__u64, bytes, VALUE, -, INT, phase_bytes)                            \
	F(__u64, failed, VALUE, -, INT, failed)                                \
	F(__u32, creator, CREATOR, -, NONE, -)                                 \
	F(__u32, phase, VALUE, -, PHASE, phase)                                \
	/* that it is a part of, or 0 */                                       \
	F(__u32, parent, VALUE, -, PHASE, parent)                              \
	F(__s32, iommu_group, IOMMU_GROUP, -, NONE, -)                         \
	S(VS_DEVNAME_LEN, name, DEVICE_NAME, NONE, -)

/*
 * A lock was waited for inside of a phase, for VS_LOCK_WAIT_NS at least; h.dur is how
 * long. Who held it is read when the wait begins.
 */
#define EV_LOCK_WAIT_FIELDS(F, S, B)                                           \
	F(__u64, lock, OBJECT, -, NONE, -)                                     \
	/* that the waiting call is about */                                   \
	F(__u64, dev, DEVICE, -, NONE, -)                                      \
	F(__u32, lock_id, VALUE, -, LOCK, lock)                                \
	F(__u32, phase, VALUE, -, PHASE, phase)                                \
	/* 0: not known */                                                     \
	F(__u32, holder_tid, VALUE, -, INT, holder_tid)                        \
	F(__u32, holder_pid, VALUE, -, INT, holder_pid)                        \
	F(__u32, holder_phase, VALUE, -, PHASE, holder_phase)                  \
	F(__s32, iommu_group, IOMMU_GROUP, -, NONE, -)                         \
	S(VS_COMM_LEN, holder_comm, VALUE, TEXT_OR_NULL, holder_comm)          \
	S(VS_DEVNAME_LEN, holder_device, VALUE, TEXT_OR_NULL, holder_device)   \
	S(VS_DEVNAME_LEN, name, DEVICE_NAME, NONE, -)

/*
 * A call that has not returned: the process is in it. h.dur is how long the call has taken
 * so far.
 */
#define EV_IN_CALL_FIELDS(F, S, B)                                             \
	F(__u64, group, GROUP, -, NONE, -)                                     \
	F(__u64, container, OBJECT, -, NONE, -)                                \
	F(__u64, dev, DEVICE, -, NONE, -)                                      \
	/* how long in this part, and how long waiting for the lock */         \
	F(__u64, part_ns, VALUE, -, INT, part_ns)                              \
	F(__u64, lock_ns, VALUE, -, INT, lock_wait_ns)                         \
	F(__u32, phase, VALUE, -, PHASE, phase)                                \
	/* the innermost phase; that of the call if there is no other */       \
	F(__u32, part, VALUE, -, PHASE, part)                                  \
	/* that it waits for at this moment, or 0 */                           \
	F(__u32, lock_id, VALUE, -, LOCK, lock)                                \
	F(__u32, holder_tid, VALUE, -, INT, holder_tid)                        \
	F(__u32, holder_pid, VALUE, -, INT, holder_pid)                        \
	F(__u32, holder_phase, VALUE, -, PHASE, holder_phase)                  \
	F(__s32, iommu_group, IOMMU_GROUP, -, NONE, -)                         \
	F(__u32, pad, VALUE, -, NONE, -)                                       \
	S(VS_COMM_LEN, holder_comm, VALUE, TEXT_OR_NULL, holder_comm)          \
	S(VS_DEVNAME_LEN, holder_device, VALUE, TEXT_OR_NULL, holder_device)   \
	S(VS_DEVNAME_LEN, name, DEVICE_NAME, NONE, -)

/* Made in user space. */

/* First of all: the host and the tool; ts and realtime_ns are the same moment. */
#define EV_START_FIELDS(F, S, B)                                               \
	/* ns since 1970 */                                                    \
	F(__u64, realtime_ns, VALUE, -, NONE, -)                               \
	F(__u32, contract, VALUE, -, NONE, -)                                  \
	F(__u32, pad, VALUE, -, NONE, -)                                       \
	S(64, release, VALUE, NONE, -)                                         \
	S(32, arch, VALUE, NONE, -)                                            \
	S(32, version, VALUE, NONE, -)

/* A site that was asked for, and how it is observed; all before ATTACHED. */
#define EV_SITE_FIELDS(F, S, B)                                                \
	S(24, name, VALUE, NONE, -)                                            \
	S(72, what, VALUE, NONE, -)                                            \
	/* "none": it is not */                                                \
	S(16, method, VALUE, NONE, -)                                          \
	S(64, function, VALUE, NONE, -)                                        \
	S(32, why_id, VALUE, NONE, -)                                          \
	S(96, why, VALUE, NONE, -)

/* A word of the observed program's command line, or a piece of a long one. */
#define EV_PROGRAM_FIELDS(F, S, B)                                             \
	/* 0, 1 ...: which word */                                             \
	F(__u32, index, VALUE, -, NONE, -)                                     \
	/* the word goes on in the next record */                              \
	F(__u32, more, VALUE, -, NONE, -)                                      \
	S(128, text, VALUE, NONE, -)

/* What became of the observed program. Comes after all that was recorded of it. */
#define EV_PROGRAM_END_FIELDS(F, S, B)                                         \
	/* -1: it did not exit */                                              \
	F(__s32, exit_status, VALUE, -, NONE, -)                               \
	/* that killed it, 0: none */                                          \
	F(__u32, signal, VALUE, -, NONE, -)                                    \
	/* it had been told to end, by a signal that was for the tool, too */  \
	F(__u32, told, VALUE, -, NONE, -)                                      \
	F(__u32, pad, VALUE, -, NONE, -)                                       \
	/* its calls on groups, cdevs and devices, at the sites there are */   \
	F(__u64, calls, VALUE, -, NONE, -)

/* Recording begins, or goes on with other probes: something may have been missed. */
#define EV_ATTACHED_FIELDS(F, S, B)                                            \
	/* enum vs_blind: what cannot be observed from now on */               \
	F(__u32, blind, VALUE, -, NONE, -)                                     \
	/* 1 at the start, then 2 ... */                                       \
	F(__u32, attach, VALUE, -, NONE, -)

/* Nothing but ts and lost: so late it is, and so much has been lost. */
#define EV_TIME_FIELDS(F, S, B)

/*
 * The kernel did not run count probes (VS_LOSS_BUSY) at some moment between
 * the last two of these records; 0 ends the doubt. What is in between may lack
 * something that hdr.lost does not count.
 */
#define EV_MISSED_FIELDS(F, S, B)                                              \
	F(__u64, count, VALUE, -, NONE, -)

/* All losses so far, by cause. */
#define EV_LOSS_FIELDS(F, S, B) VS_LOSSES(EV_LOSS_FIELD, F)
#define EV_LOSS_FIELD(F, cause, name, text) F(__u64, name, VALUE, -, INT, name)

/* Another look begins, as ATTACHED with VS_F_LOOK begins one. */
#define EV_LOOK_AGAIN_FIELDS(F, S, B)

/* The look is over. */
#define EV_LOOK_DONE_FIELDS(F, S, B)                                           \
	/* 0, or negative errno: it did not see everything */                  \
	F(__s32, err, VALUE, -, NONE, -)                                       \
	/* enum vs_blind: what it could not see at all */                      \
	F(__u32, blind, VALUE, -, NONE, -)

/* Nothing more comes. */
#define EV_END_FIELDS(F, S, B)

/*
 * A device that keeps VFIO from having its group: it is bound to a driver that does DMA for
 * the host. At the time of the call that comes next.
 */
#define EV_BLOCKER_FIELDS(F, S, B)                                             \
	F(__s32, iommu_group, IOMMU_GROUP, -, NONE, -)                         \
	/* a bridge: nothing for vfio-pci */                                   \
	F(__u32, bridge, VALUE, -, NONE, -)                                    \
	S(VS_SYSFS_NAME, name, VALUE, NONE, -)                                  \
	S(VS_SYSFS_NAME, bus, VALUE, NONE, -)                                   \
	S(VS_SYSFS_NAME, driver, VALUE, NONE, -)

/*
 * A device that a failed reset was about, at the time of the call that comes next: first the
 * one it was asked for; after it, if that was a hot reset, what is reset along with it.
 */
#define EV_RESET_MEMBER_FIELDS(F, S, B)                                        \
	F(__s32, iommu_group, IOMMU_GROUP, -, NONE, -)                         \
	/* its driver is one of VFIO's */                                      \
	F(__u32, vfio, VALUE, -, NONE, -)                                      \
	F(__u32, first, VALUE, -, NONE, -)                                     \
	/* the first: it can be reset; before 5.15 that is all there is */     \
	F(__u32, can_reset, VALUE, -, NONE, -)                                 \
	S(VS_SYSFS_NAME, name, VALUE, NONE, -)                                 \
	S(VS_SYSFS_NAME, driver, VALUE, NONE, -)                               \
	/* the first: how it can be reset, by the words of its reset_method */ \
	S(VS_SYSFS_NAME, methods, VALUE, NONE, -)                              \
	/* "": it is no virtual function */                                    \
	S(VS_SYSFS_NAME, pf, VALUE, NONE, -)

/*
 * A device of this host and what it is bound to, as sysfs has it: the one that is asked for
 * and its group, or all groups with a device that VFIO has.
 */
#define EV_PLACE_FIELDS(F, S, B)                                               \
	/* -1: none */                                                         \
	F(__s32, iommu_group, IOMMU_GROUP, -, NONE, -)                         \
	/* VFIO has it */                                                      \
	F(__u32, vfio, VALUE, -, NONE, -)                                      \
	S(VS_SYSFS_NAME, name, VALUE, NONE, -)                                 \
	S(VS_SYSFS_NAME, bus, VALUE, NONE, -)                                  \
	/* "": none */                                                         \
	S(VS_SYSFS_NAME, driver, VALUE, NONE, -)

/* A process that a look has met, once for each look; before what it was found to hold. */
#define EV_PROCESS_FIELDS(F, S, B)                                             \
	/* ns since boot, 0: not known */                                      \
	F(__u64, started_ns, VALUE, -, NONE, -)                                \
	/* its UID, "": it is in none */                                       \
	S(VS_POD_LEN, pod, VALUE, NONE, -)                                     \
	S(VS_CGROUP_LEN, cgroup, VALUE, NONE, -)

/* The name people use for the VM at this address; process and thread are its creator. */
#define EV_VM_NAME_FIELDS(F, S, B)                                             \
	F(__u64, kvm, VM, NOBODY, NONE, -)                                     \
	S(VS_NAME_LEN, name, VALUE, NONE, -)

/* What a device is, for people, and where it is. */
#define EV_DEV_INFO_FIELDS(F, S, B)                                            \
	F(__s32, iommu_group, IOMMU_GROUP, -, NONE, -)                         \
	F(__u32, pad, VALUE, -, NONE, -)                                       \
	S(VS_DEVNAME_LEN, name, DEVICE_NAME, NONE, -)                          \
	/* vendor and device */                                                \
	S(VS_NAME_LEN, text, VALUE, NONE, -)

/* clang-format on */

#endif
