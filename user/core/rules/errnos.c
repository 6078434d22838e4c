// SPDX-License-Identifier: GPL-2.0-only
/* From the sources and from runs of Linux 5.10 to 7.3; where they differ, the text says so. */
#include <errno.h>
#include <stddef.h>

#include "errnos.h"

struct errno_why {
	int err;
	const char *why;
};

/* Shared by calls that begin with the same checks. */
#define OTHER_PROCESS                                                                \
	"The call came from another process than the VM's (a child after fork, for " \
	"example), or the VM is dead: make it in the process that created the VM, "  \
	"while the VM lives."
#define BAD_POINTER                                                                  \
	"The address in the call's argument is not readable memory of the process: " \
	"for ADD and DEL it must point to an int32_t that holds the fd."
#define TOO_MANY_FILES                                                               \
	"The process has as many open files as it may: raise its limit (ulimit -n, " \
	"LimitNOFILE=)."

static const struct errno_why add[] = {
	{ EIO, OTHER_PROCESS },
	{ EFAULT, BAD_POINTER },
	{ EBADF,
	  "The fd number names no open file: the VMM closed the group's fd before GROUP_ADD, "
	  "or gave a wrong number. Keep the group open until after its GROUP_DEL." },
	{ EINVAL,
	  "The fd is not that of a VFIO group or device file, or the vfio module is not "
	  "loaded. Kernels like 5.10 and 6.1 refuse a device's fd too, and 5.10 a group that "
	  "is not viable, has no container, or whose container has no IOMMU: there, "
	  "SET_CONTAINER and SET_IOMMU come first." },
	{ EEXIST, "The group is registered with this VM already: no harm, but the VMM adds it "
		  "twice." },
	{ EPERM, "On 5.10 a no-IOMMU group can not be registered with a VM; later kernels allow "
		 "it." },
	{ ENOMEM, "The kernel is out of memory: the group is not registered." },
	{ 0, NULL },
};

static const struct errno_why del[] = {
	{ EIO, OTHER_PROCESS },
	{ EFAULT, BAD_POINTER },
	{ EBADF,
	  "The fd number names no open file: the VMM closed the group's fd before GROUP_DEL, "
	  "so the registration stays until the kvm-vfio fd is closed (on 5.10 until the VM "
	  "is gone). DEL first, then close." },
	{ ENOENT, "The file is not registered with this VM: it never was, was removed already, or "
		  "the number was used again for another file after the group's fd was closed." },
	{ 0, NULL },
};

static const struct errno_why attr[] = {
	{ EIO, OTHER_PROCESS },
	{ EFAULT, BAD_POINTER },
	{ ENXIO, "The kernel does not know this attribute of kvm-vfio: only ADD and DEL exist "
		 "everywhere, SET_SPAPR_TCE only on POWER (CONFIG_SPAPR_TCE_IOMMU)." },
	{ EBADF, "An fd number in the argument names no open file." },
	{ ENOENT,
	  "SET_SPAPR_TCE needs the group to be registered with this VM first (GROUP_ADD)." },
	{ 0, NULL },
};

static const struct errno_why create_kvm_vfio[] = {
	{ EIO, OTHER_PROCESS },
	{ EBUSY, "The VM has a kvm-vfio device already, and can have only one: use its fd. On 5.10 "
		 "the place stays taken even after that fd was closed." },
	{ ENODEV, "This kernel has no kvm-vfio device (CONFIG_KVM_VFIO): groups can not be "
		  "registered with its VMs." },
	{ ENOMEM, "The kernel is out of memory." },
	{ EMFILE, TOO_MANY_FILES },
	{ 0, NULL },
};

static const struct errno_why group_open[] = {
	{ EBUSY, "The group is in use: it is open already, or was closed while an open device or a "
		 "kvm-vfio registration still keeps it, or one of its devices is bound through "
		 "/dev/vfio/devices. Find the process that holds it: in /proc/*/fd look for "
		 "/dev/vfio/N, anon_inode:[vfio-device] and anon_inode:kvm-vfio." },
	{ ENODEV,
	  "The group's devices were unbound from VFIO, or are just going away: bind them to "
	  "vfio-pci again." },
	{ EPERM, "It is a no-IOMMU group, which needs CAP_SYS_RAWIO." },
	{ 0, NULL },
};

static const struct errno_why set_container[] = {
	{ EBADF, "The fd number given for the container names no open file." },
	{ EBADFD, "The fd given is neither a VFIO container (/dev/vfio/vfio) nor an iommufd." },
	{ EINVAL,
	  "The group has a container already, or the fd given is not a container's (later "
	  "kernels: EBADFD) or, on 5.10, negative. If the container has its IOMMU set, the group may also not fit "
	  "it: reserved regions or the address range clash with the maps." },
	{ ENODEV, "The group is going away: its last device was unbound from VFIO." },
	{ EPERM,
	  "The group is not viable: another device of it is bound to a host driver. Bind all "
	  "devices in /sys/kernel/iommu_groups/N/devices to vfio-pci or to no driver; 5.10 "
	  "complains only at GROUP_ADD or GET_DEVICE_FD (EINVAL). Also: a no-IOMMU group does "
	  "not mix with others, and interrupts that are not isolated are refused (see "
	  "SET_IOMMU)." },
	{ EBUSY,
	  "A device of the group is attached to somebody else's IOMMU domain: another driver, "
	  "or iommufd, uses it." },
	{ 0, NULL },
};

static const struct errno_why unset_container[] = {
	{ EINVAL, "The group has no container." },
	{ EBUSY, "A device of the group is still open, or, on 5.10, the group is still registered "
		 "with a VM: close the devices and GROUP_DEL first." },
	{ 0, NULL },
};

static const struct errno_why set_iommu[] = {
	{ EINVAL,
	  "The container has no group yet (SET_CONTAINER comes first) or has its IOMMU set "
	  "already; or a group does not fit: its reserved regions or address range clash." },
	{ ENODEV, "No IOMMU driver of this type: load vfio_iommu_type1, and see that the IOMMU is "
		  "enabled in the firmware and on the kernel's command line." },
	{ EPERM,
	  "The platform does not isolate the devices' interrupts. Enable interrupt remapping; "
	  "if that can not be had and the guest is trusted: vfio_iommu_type1's "
	  "allow_unsafe_interrupts=1." },
	{ 0, NULL },
};

/* What a driver's open_device returns comes out of GET_DEVICE_FD unchanged. */
#define NO_VM_FOR_KVMGT                                                               \
	"i915's mediated GPU got no kvm pointer, or that of another process's VM: "   \
	"register the group with this process's VM (GROUP_ADD) before the device is " \
	"opened."
#define SECOND_VGPU                                                                   \
	"i915 gives a VM one mediated GPU only, and this VM has one, or this one is " \
	"open already."
#define DEVICE_LOCKED                                                                   \
	"The PCI device is locked, by a reset or a change of its driver that is under " \
	"way: try again."
#define S390_NO_HOOK                                                            \
	"On s390, vfio-pci found a kvm pointer but no KVM to register the PCI " \
	"function with: see that the kvm module is loaded."

static const struct errno_why get_device_fd[] = {
	{ EINVAL,
	  "The group has no container or its container no IOMMU: SET_CONTAINER and SET_IOMMU "
	  "come first; on 5.10 also a group that is not viable. Else the driver refused: "
	  "vfio_ap without a kvm pointer does, and vfio-pci if a VF token is given that is "
	  "not wanted." },
	{ ENODEV, "The group has no device of that name that is bound to a VFIO driver: check the "
		  "address and the driver in /sys/kernel/iommu_groups/N/devices. From vfio-pci on "
		  "s390: not a zPCI device." },
	{ EACCES, "A VF token is missing or wrong: give the VF the token that was set on its "
		  "physical function." },
	{ EPERM,
	  "vfio_ap: the VM has a matrix device already. With an iommufd as container: another "
	  "driver owns the device or its interrupts are not isolated. A no-IOMMU group: needs "
	  "CAP_SYS_RAWIO." },
	{ EBUSY,
	  "The device is in use elsewhere: its driver says so, or, with an iommufd as "
	  "container, somebody else's IOMMU domain has it. The kernel log may tell by whom." },
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
	{ EINVAL, "vfio_ap refuses so when it gets no kvm pointer: register the group (GROUP_ADD) "
		  "before the device is opened. vfio-pci on s390: KVM did not accept the PCI "
		  "function." },
	{ EPERM, "vfio_ap: the VM has a matrix device already, and can have one only." },
	{ ENODEV, "vfio-pci on s390: the device is not a zPCI device." },
	{ 0, NULL },
};

static const struct errno_why map_dma[] = {
	{ EEXIST, "The range overlaps one that is mapped already: unmap it first. A VMM that maps "
		  "all memory again for each device must do so only once per container." },
	{ EINVAL, "The range is misaligned (the IOMMU's page size counts), wraps around, or lies "
		  "outside of the addresses that the IOMMU can map: compare with the container's "
		  "valid IOVA ranges. Or the container has no IOMMU set." },
	{ ENOMEM, "Pinning would exceed the process's limit of locked memory: raise RLIMIT_MEMLOCK "
		  "(ulimit -l, LimitMEMLOCK=infinity, libvirt's <hard_limit>) above all guest "
		  "memory, once per container. If the kernel log has no line about RLIMIT_MEMLOCK, "
		  "the host is short of memory." },
	{ ENOSPC, "The container has as many maps as it may: map larger pieces, or raise the "
		  "dma_entry_limit of vfio_iommu_type1." },
	{ EFAULT,
	  "The memory to map is not there, may not be written to, or can not be pinned: the "
	  "BAR of another device, for example, needs no map unless devices talk to each "
	  "other directly." },
	{ 0, NULL },
};

static const struct errno_why unmap_dma[] = {
	{ EINVAL, "The range is misaligned, wraps around, or cuts through an existing map: unmap "
		  "what was mapped, whole. Or the container has no IOMMU set." },
	{ 0, NULL },
};

static const struct errno_why bind_iommufd[] = {
	{ EINVAL,
	  "The device is bound already, through this fd or another, or the fd came from "
	  "GET_DEVICE_FD, or the argument is malformed (argsz, flags, fd). Careful: a second "
	  "bind through another fd costs the first its kvm pointer (see kvm-lost)." },
	{ EBUSY, "The device's group is open (/dev/vfio/N): a device is used through its group or "
		 "through its own file, not both. Or somebody else's IOMMU domain has it." },
	{ EBADF, "The iommufd's fd number names no open file." },
	{ EBADFD, "The fd given as iommufd is not one: it must be /dev/iommu." },
	{ EPERM,
	  "Another driver owns a device of the group, or the platform does not isolate "
	  "interrupts: bind the whole group to vfio-pci, enable interrupt remapping (or, for "
	  "a trusted guest, iommufd's allow_unsafe_interrupts=1)." },
	{ ENOTTY, "This kernel has no devices with files of their own (CONFIG_VFIO_DEVICE_CDEV): "
		  "use the group." },
	{ 0, NULL },
};

static const struct errno_why attach_pt[] = {
	{ ENOTTY, "The fd came from GET_DEVICE_FD: only a device opened from /dev/vfio/devices "
		  "attaches by itself, one of a group follows its container." },
	{ ENOENT, "The iommufd has no address space or page table of that id (pt_id)." },
	{ EINVAL, "The device is not bound to an iommufd: BIND_IOMMUFD comes first." },
	{ 0, NULL },
};

static const struct errno_why *const ops[VS_ERRNO_OP_COUNT] = {
	[VS_ERRNO_ADD] = add,
	[VS_ERRNO_DEL] = del,
	[VS_ERRNO_ATTR] = attr,
	[VS_ERRNO_CREATE_KVM_VFIO] = create_kvm_vfio,
	[VS_ERRNO_GROUP_OPEN] = group_open,
	[VS_ERRNO_SET_CONTAINER] = set_container,
	[VS_ERRNO_UNSET_CONTAINER] = unset_container,
	[VS_ERRNO_SET_IOMMU] = set_iommu,
	[VS_ERRNO_GET_DEVICE_FD] = get_device_fd,
	[VS_ERRNO_DRIVER_OPEN] = driver_open,
	[VS_ERRNO_MAP_DMA] = map_dma,
	[VS_ERRNO_UNMAP_DMA] = unmap_dma,
	[VS_ERRNO_BIND_IOMMUFD] = bind_iommufd,
	[VS_ERRNO_ATTACH_PT] = attach_pt,
};

static const char unknown[] =
	"This call is not known to return this errno of its own: it comes from what the call uses, "
	"such as the device's driver or the IOMMU, or is new in this kernel. The kernel log of "
	"that moment may say more.";

const char *vs_errno_why(enum vs_errno_op op, int err)
{
	const struct errno_why *e;

	for (e = ops[op]; e->why; e++)
		if (e->err == err || -e->err == err)
			return e->why;
	return unknown;
}
