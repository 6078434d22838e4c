/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What attach time is spent on: the phases that probes bracket, and the locks that calls
 * wait for. Recordings hold the numbers: append only.
 */
#ifndef VS_PHASES_H
#define VS_PHASES_H

/* clang-format off */

/*
 * P(arg, number, ID, machine_name, PARENT, "for people"). PARENT is where the phase
 * belongs by its nature: NONE is a call of its own. A part may have other parents as well
 * (a reset at close, a pin while an address space is attached): records say which.
 *
 * MAP and LOCK_WAIT are not bracketed: MAP is what a map takes beside its pins, LOCK_WAIT
 * the sum of a phase's own waits.
 */
#define VS_PHASES(P, arg)                                                                      \
	P(arg, 1, GROUP_OPEN, group_open, NONE, "open the group")                              \
	P(arg, 2, CDEV_OPEN, cdev_open, NONE, "open the device's cdev")                        \
	P(arg, 3, CONTAINER_ATTACH, container_attach, NONE, "attach the group to a container") \
	P(arg, 4, SET_IOMMU, set_iommu, NONE, "set up the IOMMU")                              \
	P(arg, 5, DOMAIN_ALLOC, domain_alloc, SET_IOMMU, "allocate an IOMMU domain")           \
	P(arg, 6, IOMMU_ATTACH, iommu_attach, SET_IOMMU, "attach the group to the domain")     \
	P(arg, 7, REPLAY, replay, SET_IOMMU, "map what was mapped before")                     \
	P(arg, 8, DMA_MAP, dma_map, NONE, "map memory for DMA")                                \
	P(arg, 9, DMA_MAP_DEVICE, dma_map_device, NONE, "map device memory for DMA")           \
	P(arg, 10, PIN, pin, DMA_MAP, "pin pages")                                             \
	P(arg, 11, MAP, map, DMA_MAP, "map in the IOMMU")                                      \
	P(arg, 12, DMA_UNMAP, dma_unmap, NONE, "unmap memory")                                 \
	P(arg, 13, IOMMUFD_MAP, iommufd_map, NONE, "map memory in an IOAS")                    \
	P(arg, 14, IOMMUFD_ATTACH, iommufd_attach, NONE, "attach the device to an IOAS")       \
	P(arg, 15, REGISTER, register, NONE, "register with the VM")                           \
	P(arg, 16, COHERENCY, coherency, REGISTER, "make the VM non-coherent")                 \
	P(arg, 17, DEVICE_OPEN, device_open, NONE, "open the device")                          \
	P(arg, 18, LOCK_WAIT, lock_wait, DEVICE_OPEN, "wait for locks")                        \
	P(arg, 19, USE_IOMMU, use_iommu, DEVICE_OPEN, "take the IOMMU")                        \
	P(arg, 20, DRIVER_OPEN, driver_open, DEVICE_OPEN, "open in the driver")                \
	P(arg, 21, POWER_UP, power_up, DRIVER_OPEN, "power up")                                \
	P(arg, 22, ENABLE, enable, DRIVER_OPEN, "enable the PCI device")                       \
	P(arg, 23, RESET, reset, DRIVER_OPEN, "reset")                                         \
	P(arg, 24, CONFIG, config, DRIVER_OPEN, "set up config space")                         \
	P(arg, 25, IRQ_SETUP, irq_setup, NONE, "set up interrupts")                            \
	P(arg, 26, HOT_RESET, hot_reset, NONE, "hot reset")                                    \
	P(arg, 27, DEVICE_CLOSE, device_close, NONE, "close the device")                       \
	P(arg, 28, UNPIN, unpin, NONE, "unmap and unpin all memory")                           \
	P(arg, 29, REGISTER_MEMORY, register_memory, NONE, "register memory for DMA")          \
	P(arg, 30, UNREGISTER_MEMORY, unregister_memory, NONE, "unregister memory")            \
	P(arg, 31, DMA_WINDOW, dma_window, NONE, "create or remove a DMA window")

#define VS_PHASE_ENUM(arg, number, ID, name, parent, text) VS_PHASE_##ID = (number),
enum vs_phase {
	VS_PHASE_NONE,
	VS_PHASES(VS_PHASE_ENUM, -)
	VS_PHASE_COUNT,
};

/*
 * L(arg, number, ID, "name"): locks that have a name of their own. OTHER is any other lock
 * that a phase waited for.
 */
#define VS_LOCKS(L, arg)                                                                       \
	L(arg, 1, DEV_SET, "dev_set->lock")                                                    \
	L(arg, 2, GROUP, "group_lock")                                                         \
	L(arg, 3, KVM, "kvm->lock")                                                            \
	L(arg, 4, KVM_VFIO, "kvm_vfio.lock")                                                   \
	L(arg, 5, TYPE1, "vfio_iommu.lock")                                                    \
	L(arg, 6, CONTAINER, "vfio_container.group_lock")                                      \
	L(arg, 7, IOMMUFD_GROUP, "iommufd_group.lock")                                         \
	L(arg, 8, IOAS, "io_pagetable.iova_rwsem")                                             \
	L(arg, 9, MMAP, "mmap_lock")                                                           \
	L(arg, 10, OTHER, "another lock")

#define VS_LOCK_ENUM(arg, number, ID, name) VS_LOCK_##ID = (number),
enum vs_lock {
	VS_LOCK_NONE,
	VS_LOCKS(VS_LOCK_ENUM, -)
	VS_LOCK_COUNT,
};

/* clang-format on */

/* A wait for a lock gets a record of its own from this on; all are added up. */
#define VS_LOCK_WAIT_NS 100000
/* A map or unmap for DMA gets a record of its own from this on; others are added up. */
#define VS_SLOW_DMA_NS 1000000

#endif
