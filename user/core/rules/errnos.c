// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the sources of Linux 5.10 to 7.3 and from runs on these kernels; a text names
 * the kernels where they differ.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "errnos.h"

struct errno_why {
	int err;
	const char *why;
};

/* Shared by calls that start with the same checks. */
#define OTHER_PROCESS                                                                  \
	"The call came from a process other than the VM's (for example a child after " \
	"fork), or the VM is dead: make the call in the process that created the VM, " \
	"while the VM lives."
#define BAD_POINTER                                                                   \
	"The address in the call's argument is not readable in the process: for ADD " \
	"and DEL it must point to an int32_t that holds the fd."
#define TOO_MANY_FILES                                                           \
	"The process has reached its limit of open files: raise it (ulimit -n, " \
	"LimitNOFILE=)."

static const struct errno_why add[] = {
	{ EIO, OTHER_PROCESS },
	{ EFAULT, BAD_POINTER },
	{ EBADF,
	  "The fd is not open: the VMM closed the group's or the device's fd before the ADD, "
	  "or passed a wrong number. Keep it open until after its DEL." },
	{ EINVAL,
	  "The fd is not a VFIO group or device file, or the vfio module is not loaded. "
	  "Kernels up to 6.5 also refuse a device's fd, and kernels up to 5.18 a group that "
	  "is not viable, has no container, or whose container has no IOMMU: there, do "
	  "SET_CONTAINER and SET_IOMMU first." },
	{ EEXIST, "The group or file is already registered with this VM: no harm, but the VMM adds "
		  "it twice." },
	{ EPERM, "Kernels up to 5.18 cannot register a no-IOMMU group with a VM; later kernels "
		 "can." },
	{ ENOMEM, "The kernel is out of memory: nothing is registered." },
	{ 0, NULL },
};

static const struct errno_why del[] = {
	{ EIO, OTHER_PROCESS },
	{ EFAULT, BAD_POINTER },
	{ EBADF,
	  "The fd is not open: the VMM closed the group's or device's fd before the DEL, so the "
	  "registration stays until the kvm-vfio fd is closed (up to 5.18: until the VM is "
	  "destroyed). DEL first, then close." },
	{ ENOENT, "The file is not registered with this VM: it never was, it has already been "
		  "removed, or the fd number was reused for another file after the fd that was "
		  "registered was closed." },
	{ 0, NULL },
};

static const struct errno_why attr[] = {
	{ EIO, OTHER_PROCESS },
	{ EFAULT, BAD_POINTER },
	{ ENXIO, "This kernel's kvm-vfio does not have the attribute: only ADD and DEL exist "
		 "everywhere, SET_SPAPR_TCE only on POWER (CONFIG_SPAPR_TCE_IOMMU)." },
	{ EBADF, "An fd in the argument is not open." },
	{ ENOENT, "SET_SPAPR_TCE: the group's fd is not registered with this VM. GROUP_ADD comes "
		  "first." },
	{ EINVAL,
	  "SET_SPAPR_TCE: the table's fd is not of a TCE table of this VM, or the group has no "
	  "DMA window with the table's page size, offset and size. The table is made like the "
	  "window (KVM_CREATE_SPAPR_TCE_64), and the window first." },
	{ ENOTTY, "SET_SPAPR_TCE: the table is being destroyed." },
	{ ENOMEM, "The kernel is out of memory." },
	{ 0, NULL },
};

static const struct errno_why create_kvm_vfio[] = {
	{ EIO, OTHER_PROCESS },
	{ EBUSY, "The VM already has a kvm-vfio device, and can have only one: use its fd. Up to "
		 "5.18 the device stays until the VM is destroyed, even if its fd is closed." },
	{ ENODEV, "This kernel has no kvm-vfio device (CONFIG_KVM_VFIO): groups cannot be "
		  "registered with its VMs." },
	{ ENOMEM, "The kernel is out of memory." },
	{ EMFILE, TOO_MANY_FILES },
	{ 0, NULL },
};

static const struct errno_why group_open[] = {
	{ EBUSY, "The group is in use: it is already open, or an open device or a kvm-vfio "
		 "registration still holds it after a close, or one of its devices is bound "
		 "through /dev/vfio/devices. Find the process that holds it: look in /proc/*/fd "
		 "for /dev/vfio/N, anon_inode:[vfio-device] and anon_inode:kvm-vfio." },
	{ ENODEV,
	  "The group's devices have been or are being unbound from VFIO: bind them to vfio-pci "
	  "again." },
	{ EPERM, "A no-IOMMU group needs CAP_SYS_RAWIO." },
	{ 0, NULL },
};

static const struct errno_why set_container[] = {
	{ EBADF, "The container's fd is not open." },
	{ EBADFD, "The fd is neither a VFIO container (/dev/vfio/vfio) nor an iommufd." },
	{ EINVAL,
	  "The group already has a container, or the fd is not a container (newer kernels: "
	  "EBADFD) or, up to 5.18, negative. If the container's IOMMU is set, the group may "
	  "also not fit it: its reserved regions or address range conflict with the maps." },
	{ ENODEV, "The group is going away: its last device was unbound from VFIO." },
	{ EPERM,
	  "The group is not viable: another of its devices is bound to a host driver. Bind all "
	  "devices in /sys/kernel/iommu_groups/N/devices to vfio-pci or to no driver; kernels "
	  "up to 5.18 check this only at GROUP_ADD and GET_DEVICE_FD (EINVAL). Also: a "
	  "no-IOMMU group cannot share a container with others, and devices without isolated "
	  "interrupts are refused (see SET_IOMMU)." },
	{ EBUSY,
	  "A device of the group is attached to another owner's IOMMU domain: another driver, "
	  "or an iommufd, uses it." },
	{ 0, NULL },
};

static const struct errno_why has_container[] = {
	{ EINVAL,
	  "The group has a container already, and can be in one at a time: use that one, or "
	  "do UNSET_CONTAINER first." },
	{ 0, NULL },
};

static const struct errno_why no_container[] = {
	{ EINVAL, "The group has no container: do SET_CONTAINER and SET_IOMMU first." },
	{ 0, NULL },
};

static const struct errno_why no_iommu[] = {
	{ EINVAL, "The group's container has no IOMMU: do SET_IOMMU first. The last group that "
		  "leaves a container takes the IOMMU and all maps with it: then SET_IOMMU and the "
		  "maps are due again." },
	{ 0, NULL },
};

/* _IO(VFIO_TYPE, VFIO_BASE + n) in include/uapi/linux/vfio.h */
static const struct errno_why group_ioctl[] = {
	{ ENOTTY, "There is no such call on a group: GET_STATUS is 0x3b67, SET_CONTAINER 0x3b68, "
		  "UNSET_CONTAINER 0x3b69, GET_DEVICE_FD 0x3b6a (on POWER with 0x20000000 added). "
		  "The program calls by a wrong number, or on the fd of a group what belongs to a "
		  "container or device." },
	{ 0, NULL },
};

static const struct errno_why set_iommu[] = {
	{ EINVAL,
	  "The container has no group yet (do SET_CONTAINER first) or its IOMMU is already "
	  "set; or a group does not fit: its reserved regions or address range conflict. "
	  "On POWER: type 7 needs a host bridge with dynamic DMA windows, else use type 2." },
	{ ENODEV, "No IOMMU driver of this type: load vfio_iommu_type1 (on POWER "
		  "vfio_iommu_spapr_tce), and enable the IOMMU in the firmware and on the kernel's "
		  "command line." },
	{ EBUSY, "On POWER: type 2 takes one group for each container; use type 7, or a container "
		 "for each group. Or another owner uses the group's DMA windows." },
	{ EPERM,
	  "The platform does not isolate the devices' interrupts. Enable interrupt remapping; "
	  "if the platform has none and the guest is trusted, set vfio_iommu_type1's "
	  "allow_unsafe_interrupts=1." },
	{ 0, NULL },
};

/* GET_DEVICE_FD returns the errno of the driver's open_device unchanged. */
#define NO_VM_FOR_KVMGT                                                                 \
	"i915's mediated GPU got no kvm pointer, or that of another process's VM: "     \
	"register the group, or the device's file, with this process's VM (GROUP_ADD, " \
	"FILE_ADD) before opening the device."
#define SECOND_VGPU                                                                     \
	"i915 allows one mediated GPU per VM: this VM has one, or this one is already " \
	"open."
#define DEVICE_LOCKED \
	"The PCI device is locked by a reset or a driver change in progress: try again."
#define S390_NO_HOOK                                                            \
	"On s390, vfio-pci found a kvm pointer but no KVM to register the PCI " \
	"function with: check that the kvm module is loaded."

static const struct errno_why get_device_fd[] = {
	{ EINVAL,
	  "The group has no container or its container no IOMMU: do SET_CONTAINER and "
	  "SET_IOMMU first; up to 5.18 also: the group is not viable. Otherwise, the driver "
	  "refused: vfio_ap (6.1 and later) if there is no kvm pointer, vfio-pci if a VF token "
	  "is passed for a device that takes none." },
	{ ENODEV, "No device of this name in the group is bound to a VFIO driver: check the "
		  "address and the driver in /sys/kernel/iommu_groups/N/devices. From vfio-pci on "
		  "s390: not a zPCI device." },
	{ EACCES, "A VF token is missing or wrong: pass the token that was set on the physical "
		  "function of the VF." },
	{ EPERM,
	  "vfio_ap: the VM already has a matrix device. With an iommufd as container: another "
	  "driver owns the device, or its interrupts are not isolated. A no-IOMMU group needs "
	  "CAP_SYS_RAWIO." },
	{ EBUSY, "The device is in use elsewhere: its driver reports it or, with an iommufd as "
		 "container, another IOMMU domain has it. The kernel log may name the user." },
	{ EAGAIN, DEVICE_LOCKED },
	{ ESRCH, NO_VM_FOR_KVMGT },
	{ EEXIST, SECOND_VGPU },
	{ ENOENT, S390_NO_HOOK },
	{ EMFILE, TOO_MANY_FILES },
	{ 0, NULL },
};

static const struct errno_why driver_open[] = {
	{ ESRCH, NO_VM_FOR_KVMGT },
	{ EEXIST, SECOND_VGPU },
	{ EAGAIN, DEVICE_LOCKED },
	{ ENOENT, S390_NO_HOOK },
	{ EINVAL, "vfio_ap got no kvm pointer: register the group (GROUP_ADD), or the device's "
		  "file (FILE_ADD), before opening the device. vfio-pci on s390: KVM did not "
		  "accept the PCI function." },
	{ EPERM, "vfio_ap: the VM already has a matrix device, and can have only one." },
	{ ENODEV, "vfio-pci on s390: the device is not a zPCI device." },
	{ 0, NULL },
};

static const struct errno_why map_dma[] = {
	{ EEXIST, "The range overlaps an existing map: unmap that first. A VMM that maps all "
		  "memory for each device must map it only once per container." },
	{ EINVAL, "The range is not aligned to the IOMMU's page size, wraps around, or lies "
		  "outside the addresses that the IOMMU can map: compare with the container's "
		  "valid IOVA ranges. Or the container's IOMMU is not set." },
	{ ENOMEM, "Pinning would exceed the process's limit of locked memory: raise RLIMIT_MEMLOCK "
		  "(ulimit -l, LimitMEMLOCK=infinity, libvirt's <hard_limit>) above all guest "
		  "memory, once per container. If the kernel log has no line about RLIMIT_MEMLOCK, "
		  "the host is short of memory." },
	{ ENOSPC, "The container has reached its limit of maps: map larger ranges, or raise the "
		  "dma_entry_limit of vfio_iommu_type1." },
	{ EPERM, "On POWER: nothing can be mapped before ENABLE (type 2) or REGISTER_MEMORY "
		 "(type 7), and by no other process than the one that did this." },
	{ ENXIO, "On POWER: no DMA window contains the address: create one (TCE_CREATE), or use an "
		 "address inside of those there are." },
	{ EFAULT,
	  "The memory to map is missing, is read-only, or cannot be pinned. Example: the BAR "
	  "of another device, which needs a map only if devices talk to each other directly." },
	{ 0, NULL },
};

static const struct errno_why bind_iommufd[] = {
	{ EINVAL, "The device is already bound, through this fd or another, or the fd came from "
		  "GET_DEVICE_FD, or the argument is malformed (argsz, flags, a negative fd). A "
		  "second bind through another fd drops the first one's kvm pointer (see "
		  "kvm-lost). Otherwise the driver refused: vfio_ap if there is no kvm pointer." },
	{ EBUSY, "The device's group is open (/dev/vfio/N): use a device through its group or "
		 "through its own file, not both ('vfioscope ps' names who has the group open). Or "
		 "another IOMMU domain has it." },
	{ EBADF, "The iommufd's fd is not open." },
	{ EBADFD, "The fd passed as iommufd is not one: it must be a /dev/iommu file." },
	{ EPERM,
	  "Another driver owns a device of the group, or the platform does not isolate "
	  "interrupts: bind the whole group to vfio-pci, enable interrupt remapping (or, for "
	  "a trusted guest, set iommufd's allow_unsafe_interrupts=1)." },
	{ EFAULT, "The argument cannot be read or written." },
	{ ENOTTY, "This kernel has no device cdevs (CONFIG_VFIO_DEVICE_CDEV): use the group." },
	{ EAGAIN, DEVICE_LOCKED },
	{ ESRCH, NO_VM_FOR_KVMGT },
	{ EEXIST, SECOND_VGPU },
	{ ENODEV, "The device is being unbound from its VFIO driver." },
	{ 0, NULL },
};

static const struct errno_why attach_pt[] = {
	{ ENOTTY, "The fd came from GET_DEVICE_FD: only a device opened from /dev/vfio/devices can "
		  "be attached; a device of a group follows its container." },
	{ ENOENT, "The iommufd has no address space or page table with this id (pt_id)." },
	{ EINVAL, "The device is not bound to an iommufd (do BIND_IOMMUFD first), the argument is "
		  "malformed (argsz, flags), or the id is of something that is no address space "
		  "and no page table, or of one that does not fit the device's IOMMU." },
	{ EBUSY, "Another page table is attached to the device's group: all devices of a group "
		 "share one." },
	{ EADDRINUSE, "A range that the address space maps is reserved by the device or its IOMMU "
		      "(see IOMMU_IOAS_IOVA_RANGES): map guest memory elsewhere." },
	{ EFAULT, "The argument cannot be read or written, or memory that the address space maps "
		  "cannot be pinned." },
	{ ENOMEM, "Pinning what the address space maps would exceed the limit of locked memory: "
		  "raise RLIMIT_MEMLOCK (ulimit -l, LimitMEMLOCK=infinity, libvirt's <hard_limit>) "
		  "above all guest memory. Or the host is short of memory." },
	{ 0, NULL },
};

static const struct errno_why attach_bound[] = {
	{ EINVAL, "The address space or page table (pt_id) does not fit the device's IOMMU, as one "
		  "made for a device behind another IOMMU may not: use another, or make one. Or "
		  "the id is of something else, or the argument is malformed (argsz, flags)." },
	{ 0, NULL },
};

static const struct errno_why ioas_map[] = {
	{ ENOENT, "The iommufd has no address space with this id." },
	{ EINVAL, "The range is not aligned to the IOMMU's page size, is empty or lies outside the "
		  "addresses that the IOMMU can map (see IOMMU_IOAS_IOVA_RANGES), or the argument "
		  "is malformed (size, flags)." },
	{ EEXIST, "The range overlaps an existing map: unmap that first." },
	{ EADDRINUSE,
	  "The range overlaps an existing map, or one that the IOMMU reserves: unmap it "
	  "first, or choose another." },
	{ EOVERFLOW, "The range or the size wraps around." },
	{ E2BIG, "The argument has fields that this kernel does not know: it is older than what "
		 "the program was built for." },
	{ EOPNOTSUPP, "The call sets a flag that this kernel does not know." },
	{ EFAULT,
	  "The memory to map is missing, is read-only, or cannot be pinned. Example: the BAR "
	  "of another device, which needs a map only if devices talk to each other "
	  "directly." },
	{ ENOMEM, "Pinning would exceed the process's limit of locked memory: raise RLIMIT_MEMLOCK "
		  "(ulimit -l, LimitMEMLOCK=infinity, libvirt's <hard_limit>) above all guest "
		  "memory. Or the host is short of memory." },
	{ EBADF, "IOAS_MAP_FILE: the fd is not open." },
	{ ENOTTY, "This kernel's iommufd does not have the call: IOAS_MAP_FILE came with 6.13." },
	{ 0, NULL },
};

/* drivers/vfio/vfio_iommu_spapr_tce.c, arch/powerpc/mm/book3s64/iommu_api.c */
#define SPAPR_OTHER_PROCESS "Another process has set the container up: only that one may use it."

static const struct errno_why spapr_enable[] = {
	{ ENODEV, "The container has no group." },
	{ EBUSY, "The container is enabled already." },
	{ EPERM, "The group has no default DMA window, or the container is another process's." },
	{ ENOMEM, "The whole DMA window counts as locked memory, however little is mapped: raise "
		  "RLIMIT_MEMLOCK (ulimit -l, LimitMEMLOCK=infinity) by the window's size for each "
		  "group." },
	{ ENOTTY, "Containers of type 7 have no ENABLE: they register memory." },
	{ 0, NULL },
};

static const struct errno_why spapr_register[] = {
	{ EINVAL, "Address or size is no multiple of the host's page size (often 64 KiB), or a "
		  "part of the range is registered already by another call." },
	{ EBUSY, "The same range is registered already." },
	{ ENOMEM, "Registering pins the memory, which would exceed the process's limit of locked "
		  "memory: raise RLIMIT_MEMLOCK (ulimit -l, LimitMEMLOCK=infinity, libvirt's "
		  "<hard_limit>) above all guest memory. Or the host is short of memory." },
	{ EFAULT, "The memory is missing, is read-only, or cannot be pinned." },
	{ EPERM, SPAPR_OTHER_PROCESS },
	{ ENOTTY, "Containers of type 2 do not register memory: they have ENABLE." },
	{ 0, NULL },
};

static const struct errno_why spapr_window[] = {
	{ EINVAL, "TCE_CREATE: the host bridge does not have this page size, or not this size or "
		  "number of levels of a table (see SPAPR_TCE_GET_INFO). TCE_REMOVE: no window "
		  "begins there." },
	{ ENOSPC, "The host bridge has no free window: remove the default one (TCE_REMOVE at 0) or "
		  "another first." },
	{ ENXIO, "The container has no group." },
	{ EPERM, "This host bridge's windows cannot be changed. " SPAPR_OTHER_PROCESS },
	{ ENOMEM, "The window's table counts as locked memory: raise RLIMIT_MEMLOCK. Or the host "
		  "is short of memory." },
	{ ENOTTY, "Containers of type 2 have the default window only; use type 7." },
	{ 0, NULL },
};

/* drivers/vfio/pci/vfio_pci_core.c */
static const struct errno_why reset[] = {
	{ EINVAL, "The reset that vfio-pci tried when the device was opened failed: it allows none "
		  "until the next open." },
	{ EAGAIN, DEVICE_LOCKED },
	{ ETIMEDOUT, "The device did not come back from the reset in time." },
	{ 0, NULL },
};

static const struct errno_why hot_reset[] = {
	{ EINVAL,
	  "The fds that were passed do not cover the device's own group and those of all "
	  "that is reset along with it, or the argument is malformed (argsz, flags, count)." },
	{ ENODEV, "The device is on a bus that cannot be reset: it is behind no bridge, or its "
		  "bridge cannot reset it." },
	{ EBADF, "One of the fds passed is not open." },
	{ EFAULT, "The argument cannot be read." },
	{ EBUSY, "The memory of one of the devices is in use at this moment: try again." },
	{ EAGAIN, "One of the devices, or their bridge, is locked by a reset or a driver change in "
		  "progress: try again." },
	{ ENOTTY, "The devices did not come back from the reset in time, or their bridge cannot "
		  "reset them." },
	{ ETIMEDOUT, "The devices did not come back from the reset in time." },
	{ 0, NULL },
};

/* drivers/vfio/pci/vfio_pci_intrs.c */
static const struct errno_why set_irqs[] = {
	{ EBUSY,
	  "The interrupt line is in use by a driver of the host that does not share it: vfio-pci "
	  "cannot mask this device's INTx at the device, and so needs the line for itself." },
	{ ENOSPC,
	  "The host has not a single vector left for the device, or the device cannot have as "
	  "many as this at once." },
	{ ENODEV, "The device has no interrupt line on the host (INTx)." },
	{ EBADF, "An fd that was passed is not open." },
	{ EFAULT, "The argument cannot be read." },
	{ ENOMEM, "The host is short of memory." },
	{ EIO, "The device is in a low power state, or does not answer." },
	{ 0, NULL },
};

static const struct errno_why *const ops[VS_ERRNO_OP_COUNT] = {
	[VS_ERRNO_ADD] = add,
	[VS_ERRNO_DEL] = del,
	[VS_ERRNO_ATTR] = attr,
	[VS_ERRNO_CREATE_KVM_VFIO] = create_kvm_vfio,
	[VS_ERRNO_GROUP_OPEN] = group_open,
	[VS_ERRNO_SET_CONTAINER] = set_container,
	[VS_ERRNO_HAS_CONTAINER] = has_container,
	[VS_ERRNO_NO_CONTAINER] = no_container,
	[VS_ERRNO_NO_IOMMU] = no_iommu,
	[VS_ERRNO_GROUP_IOCTL] = group_ioctl,
	[VS_ERRNO_SET_IOMMU] = set_iommu,
	[VS_ERRNO_GET_DEVICE_FD] = get_device_fd,
	[VS_ERRNO_DRIVER_OPEN] = driver_open,
	[VS_ERRNO_MAP_DMA] = map_dma,
	[VS_ERRNO_SPAPR_ENABLE] = spapr_enable,
	[VS_ERRNO_SPAPR_REGISTER] = spapr_register,
	[VS_ERRNO_SPAPR_WINDOW] = spapr_window,
	[VS_ERRNO_BIND_IOMMUFD] = bind_iommufd,
	[VS_ERRNO_ATTACH_PT] = attach_pt,
	[VS_ERRNO_ATTACH_BOUND] = attach_bound,
	[VS_ERRNO_IOAS_MAP] = ioas_map,
	[VS_ERRNO_RESET] = reset,
	[VS_ERRNO_HOT_RESET] = hot_reset,
	[VS_ERRNO_SET_IRQS] = set_irqs,
};

static const char unknown[] =
	"This call is not known to return this errno itself: it comes from something the call uses, "
	"such as the device's driver or the IOMMU, or is new in this kernel. Check the kernel log "
	"of that moment.";

const char *vs_errno_why(enum vs_errno_op op, int err)
{
	const struct errno_why *e;

	for (e = ops[op]; e->why; e++)
		if (e->err == err || -e->err == err)
			return e->why;
	return unknown;
}

/* drivers/vfio/pci/vfio_pci_core.c (vfio_pci_core_enable()), drivers/pci/setup-res.c */
static const struct {
	const char *driver;
	struct errno_why e;
} driver_whys[] = {
	{ "vfio-pci", { EAGAIN, DEVICE_LOCKED } },
	{ "vfio-pci", { EINVAL, "A BAR of the device has no address on the host." } },
	{ "intel_vgpu_mdev", { ESRCH, NO_VM_FOR_KVMGT } },
	{ "intel_vgpu_mdev", { EEXIST, SECOND_VGPU } },
	{ "vfio_ap_mdev", { EPERM, "The VM already has a matrix device, and can have only one." } },
};

const char *vs_errno_of_driver(const char *driver, int err)
{
	size_t i;

	for (i = 0; i < sizeof(driver_whys) / sizeof(driver_whys[0]); i++)
		if (!strcmp(driver_whys[i].driver, driver) && driver_whys[i].e.err == abs(err))
			return driver_whys[i].e.why;
	return NULL;
}

/* include/linux/errno.h */
#define ERESTARTSYS 512
#define ENOIOCTLCMD 515
#define ERESTART_RESTARTBLOCK 516

static const char *const inside[] = {
	"ERESTARTSYS", "ERESTARTNOINTR",	"ERESTARTNOHAND",
	"ENOIOCTLCMD", "ERESTART_RESTARTBLOCK", "EPROBE_DEFER",
};

const char *vs_errno_word(int err)
{
	long n = labs((long)err);

	if (n >= ERESTARTSYS && n < ERESTARTSYS + (long)(sizeof(inside) / sizeof(inside[0])))
		return inside[n - ERESTARTSYS];
	return n <= 4095 ? strerrorname_np((int)n) : NULL;
}

bool vs_errno_interrupted(int err)
{
	long n = labs((long)err);

	return n >= ERESTARTSYS && n <= ERESTART_RESTARTBLOCK && n != ENOIOCTLCMD;
}

bool vs_errno_pin_interrupted(int err)
{
	return err == EINTR || err == -EINTR || vs_errno_interrupted(err);
}
