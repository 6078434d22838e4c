// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "rules.h"

#define FIX_ORDER                                                                              \
	"In the VMM, register the group before opening the device: KVM_SET_DEVICE_ATTR with "  \
	"KVM_DEV_VFIO_GROUP / KVM_DEV_VFIO_GROUP_ADD on the VM's kvm-vfio device first, then " \
	"VFIO_GROUP_GET_DEVICE_FD. "

#define FIX_ORDER_CDEV                                                                           \
	"In the VMM, register the device's file before binding it: KVM_SET_DEVICE_ATTR with "    \
	"KVM_DEV_VFIO_FILE / KVM_DEV_VFIO_FILE_ADD on the VM's kvm-vfio device first, with the " \
	"fd from /dev/vfio/devices, then VFIO_DEVICE_BIND_IOMMUFD. "

#define DOC_KVM_VFIO "Documentation/virt/kvm/devices/vfio.rst"

const struct vs_rule vs_rules[VS_RULE_COUNT] = {
	[VS_RULE_OPEN_BEFORE_ADD] = {
		.id = VS_RULE_OPEN_BEFORE_ADD,
		.severity = VS_WARNING,
		.by_driver = true,
		.breaks_order = true,
		.name = "open-before-add",
		.title = "a device was opened before its group was registered with the VM",
		.fires = "A device was opened while its group belonged to no VM, so it got no kvm "
			 "pointer, and its group was registered with a VM (GROUP_ADD returned 0) "
			 "while the device was still open. With a device cdev: it was bound before "
			 "its file was registered (FILE_ADD).",
		.kernel = "Since 5.19, the first open of a device copies the kvm pointer from its "
			  "group to the device and passes it to the driver's open_device. Later "
			  "opens only increment the open count, and GROUP_ADD only sets the "
			  "group's pointer: nothing carries it to a device that is already open. "
			  "GROUP_ADD still returns 0, and the kernel log does not mention that the "
			  "device runs without it. A device cdev (6.6 and later) is opened by "
			  "BIND_IOMMUFD and takes the pointer of the file that is bound, which "
			  "FILE_ADD sets. Kernels up to 5.18 keep no pointer in the "
			  "device: they notify the driver whenever the group's VM changes.",
		.fix = FIX_ORDER "To repair a running VM on 5.19 and later, close every fd of the "
				 "device and open it again (hot-unplug and re-plug it): the device "
				 "takes the pointer only at its first open. Kernels up to 5.18 need "
				 "no repair: the late GROUP_ADD has reached the driver.",
		.reference = DOC_KVM_VFIO " (KVM_DEV_VFIO_GROUP_ADD); "
					  "vfio_device_get_kvm_safe() in drivers/vfio/vfio_main.c",
		.cdev = {
			.title = "a device was bound before its file was registered with the VM",
			.fix = FIX_ORDER_CDEV
				"To repair a running VM, FILE_DEL the file and close every fd of "
				"the device, then open it, register it and bind it again "
				"(hot-unplug and re-plug it).",
		},
	},
	[VS_RULE_OPEN_WITHOUT_ADD] = {
		.id = VS_RULE_OPEN_WITHOUT_ADD,
		.severity = VS_WARNING,
		.by_driver = true,
		.breaks_order = true,
		.name = "open-without-add",
		.title = "a process that has a VM opened a device and never registered its group",
		.fires = "A process that has a VM opened a device without a kvm pointer, and the "
			 "device's group was not registered with any VM before the device was "
			 "closed. If the device is still open when the grace period (--grace, 5 s "
			 "by default) ends, the finding is reported as pending. A device that was "
			 "already open when the tool started is reported as pending if it has no "
			 "kvm pointer, a process that has a VM holds it, and its group carries no "
			 "VM's pointer. A group that is on a VM's list but lost its pointer to a "
			 "DEL from another VM counts as not registered. With a device cdev its "
			 "file takes the group's place.",
		.kernel = "KVM learns of an assigned device only through GROUP_ADD on the VM's "
			  "kvm-vfio device. Without it the device never gets a kvm pointer, and "
			  "KVM does not know that a device does DMA for the VM: it ignores "
			  "non-coherent DMA and, up to 6.16, assigned devices when it chooses CPU "
			  "mitigations and posted interrupts. A group has only one pointer: if two "
			  "VMs list the group, a DEL from either VM clears it for both.",
		.fix = FIX_ORDER "If another VM's DEL cleared the pointer, DEL the group, ADD it "
				 "again and, since 5.19, reopen the device. If the same process uses "
				 "the device outside its VM (a user-space driver next to a VM), "
				 "ignore this finding: run audit with --fail-on error.",
		.reference = DOC_KVM_VFIO "; kvm_vfio_file_add() in virt/kvm/vfio.c",
		.cdev = {
			.title = "a process that has a VM bound a device and never registered its "
				 "file",
			.fix = FIX_ORDER_CDEV
				"If another VM's DEL cleared the pointer, FILE_DEL the file, close "
				"the device, and begin anew. If the same process uses the device "
				"outside its VM (a user-space driver next to a VM), ignore this "
				"finding: run audit with --fail-on error.",
		},
	},
	[VS_RULE_OPEN_REFUSED] = {
		.id = VS_RULE_OPEN_REFUSED,
		.severity = VS_ERROR,
		.name = "open-refused",
		.title = "a driver refused to open a device that had no kvm pointer",
		.fires = "The driver's open_device failed while the device had no kvm pointer, and "
			 "the opening process has a VM or the driver is known to need the pointer.",
		.kernel = "A driver that cannot work without its VM checks the kvm pointer in "
			  "open_device and refuses if there is none: i915's mediated GPU with "
			  "ESRCH, vfio_ap on 6.1 and later with EINVAL. GET_DEVICE_FD or "
			  "BIND_IOMMUFD returns this errno and does not say that a registration is "
			  "missing.",
		.harm = "The device is not open: the VM starts without it, or does not start.",
		.fix = FIX_ORDER "If the order is already right, the driver had another reason: "
				 "look up its errno, and check the kernel log of that moment.",
		.reference = "drivers/vfio/vfio_main.c (vfio_df_open()); intel_vgpu_open_device() "
			     "in drivers/gpu/drm/i915/gvt/kvmgt.c; vfio_ap_mdev_open_device() in "
			     "drivers/s390/crypto/vfio_ap_ops.c",
		.cdev = {
			.fix = FIX_ORDER_CDEV
				"If the order is already right, the driver had another reason: look "
				"up its errno, and check the kernel log of that moment.",
		},
	},
	[VS_RULE_KVM_MISMATCH] = {
		.id = VS_RULE_KVM_MISMATCH,
		.severity = VS_ERROR,
		.breaks_order = true,
		.name = "kvm-mismatch",
		.title = "a device holds one VM's kvm pointer while its group is registered with another",
		.fires = "An open device holds the kvm pointer of one VM while its group carries "
			 "the pointer of another.",
		.kernel = "The device takes the pointer at its first open and keeps it until its "
			  "last close. A GROUP_ADD from another VM in between overwrites only the "
			  "group's pointer, and returns 0.",
		.harm = "A driver that uses the pointer still serves the first VM (its page tables, "
			"crypto queues or interrupts), while the second VM takes the device for "
			"its own. The next open after the last close goes to the VM that the group "
			"names at that time.",
		.fix = "Close every fd of the device, GROUP_DEL the group from the first VM, "
		       "GROUP_ADD it to the second, and only then open the device again. Do not "
		       "pass a device to another VM while it is open.",
		.reference = "drivers/vfio/vfio_main.c (vfio_device_get_kvm_safe()); "
			     "vfio_group_set_kvm() in drivers/vfio/group.c",
		.cdev = {
			.title = "a device holds one VM's kvm pointer while its file is registered "
				 "with another",
			.harm = "A driver that uses the pointer still serves the first VM (its page "
				"tables, crypto queues or interrupts), while the second VM takes the "
				"device for its own.",
			.fix = "FILE_DEL the device's file from the first VM and close every fd of "
			       "it; then open it anew, FILE_ADD it to the second VM, and bind it. Do "
			       "not pass a device to another VM while it is bound.",
		},
	},
	[VS_RULE_DEL_WHILE_OPEN] = {
		.id = VS_RULE_DEL_WHILE_OPEN,
		.severity = VS_WARNING,
		.name = "del-while-open",
		.title = "a group was unregistered while one of its devices was open",
		.fires = "GROUP_DEL returned 0, or the kvm-vfio fd was closed, while a device of the "
			 "group was open. Not reported if the process is exiting, was killed or "
			 "replaced itself by exec: the kernel then closes its fds in an order the "
			 "process did not choose. The file of a device cdev cannot be closed for "
			 "good before its FILE_DEL, so there the rule waits: it fires if the device "
			 "is still open when the grace period (--grace) after that ends.",
		.kernel = "The kernel does not check for open devices. It clears the group's kvm "
			  "pointer and ends what KVM keeps for the registration (non-coherent DMA "
			  "and, up to 6.16, the count of assigned devices), but since 5.19 an open "
			  "device keeps its pointer until its last close. Closing the kvm-vfio fd "
			  "removes all its registrations; up to 5.18 only the end of the VM does.",
		.harm = "The VM keeps using a device that KVM no longer knows about: if the device "
			"does non-coherent DMA, as graphics cards do, the guest can read stale "
			"memory; on CPUs affected by MMIO stale data, kernels up to 6.16 skip a "
			"mitigation. Other devices of the group that are opened now get no kvm "
			"pointer. Up to 5.18 an i915 mediated GPU is torn down and vfio_ap loses "
			"its VM immediately.",
		.fix = "In the VMM, close every fd of the group's devices first, then GROUP_DEL, "
		       "then close the group. Keep the kvm-vfio fd open as long as the VM lives. "
		       "To repair a running VM, GROUP_ADD the group again; up to 5.18 an i915 "
		       "mediated GPU must be reopened as well.",
		.reference = "virt/kvm/vfio.c (kvm_vfio_file_del(), kvm_vfio_release()); "
			     DOC_KVM_VFIO " (KVM_DEV_VFIO_GROUP_DEL)",
		.cdev = {
			.title = "a device stayed in use after its file was unregistered",
			.harm = "The VM keeps using a device that KVM no longer knows about: if the "
				"device does non-coherent DMA, as graphics cards do, the guest can "
				"read stale memory; on CPUs affected by MMIO stale data, kernels up "
				"to 6.16 skip a mitigation.",
			.fix = "In the VMM, close every fd of the device right after its FILE_DEL, "
			       "when the guest has stopped using it. Keep the kvm-vfio fd open as long "
			       "as the VM lives. To repair a running VM, FILE_ADD the file again.",
		},
	},
	[VS_RULE_ADD_FAILED] = {
		.id = VS_RULE_ADD_FAILED,
		.severity = VS_WARNING,
		.name = "add-failed",
		.title = "registering a group with a VM, or unregistering it, failed",
		.fires = "KVM_SET_DEVICE_ATTR on a kvm-vfio device returned an error: an ADD or DEL "
			 "(GROUP_ADD, GROUP_DEL, FILE_ADD, FILE_DEL) or another attribute. The "
			 "finding explains the errno.",
		.kernel = "A failed ADD leaves the group's kvm pointer as it was. A DEL names its "
			  "registration by an fd: once the group's fd is closed no DEL can name it "
			  "(EBADF, or ENOENT if the number was reused), although the registration "
			  "keeps the group in use until the kvm-vfio fd is closed (up to 5.18: "
			  "until the VM is destroyed).",
		.harm = "After a failed ADD the group's devices are opened without their VM (see "
			"open-without-add), unless the errno is EEXIST: then the group is already "
			"registered, and there is no harm. After a failed DEL the group may stay "
			"registered and in use: it cannot be opened again (EBUSY) until the "
			"kvm-vfio fd is closed (up to 5.18: until the VM is destroyed).",
		.fix = "In the VMM, check what KVM_SET_DEVICE_ATTR returns, and do not open the "
		       "device after a failed ADD. Keep the group's fd open until after its "
		       "GROUP_DEL, and the kvm-vfio fd until after the last GROUP_DEL.",
		.reference = "virt/kvm/vfio.c (kvm_vfio_file_add(), kvm_vfio_file_del()); "
			     DOC_KVM_VFIO,
		.cdev = {
			.title = "registering a device's file with a VM, or unregistering it, failed",
			.harm = "After a failed ADD the device is bound without its VM (see "
				"open-without-add), unless the errno is EEXIST: then the file is "
				"already registered, and there is no harm. After a failed DEL the "
				"file may stay registered: the device stays bound, even if its fd "
				"is closed, until the kvm-vfio fd is closed.",
			.fix = "In the VMM, check what KVM_SET_DEVICE_ATTR returns, and do not bind "
			       "the device after a failed ADD. Keep the device's fd open until after "
			       "its FILE_DEL, and the kvm-vfio fd until after the last FILE_DEL.",
		},
	},
	[VS_RULE_KVM_LOST] = {
		.id = VS_RULE_KVM_LOST,
		.severity = VS_ERROR,
		.breaks_order = true,
		.name = "kvm-lost",
		.title = "the kvm pointer of an open device vanished or changed",
		.fires = "The kvm pointer that a device took at its first open was missing or "
			 "different when it was read again, at the latest at its last close.",
		.kernel = "The pointer should stay from the first open to the last close. But a "
			  "second VFIO_DEVICE_BIND_IOMMUFD of a device, through another fd of its "
			  "/dev/vfio/devices file, fails with EINVAL, and its error path drops the "
			  "first opener's pointer and VM reference (seen on 6.8 and 6.12, same code "
			  "in 7.2); if that fd was registered with another VM, the pointer is "
			  "overwritten first. Without such a BIND, suspect an out-of-tree driver.",
		.harm = "VFIO no longer holds the VM for the device: a driver without a reference of "
			"its own may use freed memory once the VM ends, and can crash the host. If "
			"another VM's pointer was written, the first VM is never freed.",
		.fix = "In the VMM, open and bind each device's file once, and pass that fd on "
		       "instead of opening the file again. To repair a running VM, close every fd "
		       "of the device and open it again.",
		.reference = "drivers/vfio/device_cdev.c (vfio_df_ioctl_bind_iommufd()); "
			     "vfio_device_put_kvm() in drivers/vfio/vfio_main.c",
	},
	[VS_RULE_VM_GONE_WHILE_OPEN] = {
		.id = VS_RULE_VM_GONE_WHILE_OPEN,
		.severity = VS_ERROR,
		.breaks_order = true,
		.name = "vm-gone-while-open",
		.title = "a VM was destroyed while an open device carried its kvm pointer",
		.fires = "kvm_destroy_vm() ran for a VM whose kvm pointer an open device still "
			 "carried.",
		.kernel = "Kernels from 5.19 to 6.1 copy the pointer to the device without taking a "
			  "reference on the VM: if the last fd of the VM is closed first, the VM is "
			  "freed and the device's pointer dangles until its last close. Since 6.2 "
			  "an open device keeps its VM alive; there, the reference must have been "
			  "lost before (see kvm-lost). Kernels up to 5.18 copy no pointer.",
		.harm = "The device carries a pointer to freed memory. A driver that uses it without "
			"a reference of its own can corrupt memory or crash the host, at the latest "
			"when the device is closed; vfio-pci on x86 and arm64 does not use it.",
		.fix = "In the VMM, close every fd of the device before the last fd of the VM "
		       "(vCPUs and kvm-vfio included), or run kernel 6.2 or later.",
		.reference = "drivers/vfio/vfio_main.c (vfio_device_open() in 6.1, "
			     "vfio_device_get_kvm_safe() later); kvm_destroy_vm() in "
			     "virt/kvm/kvm_main.c",
	},
	[VS_RULE_TWO_VMS] = {
		.id = VS_RULE_TWO_VMS,
		.severity = VS_ERROR,
		.name = "two-vms",
		.title = "a group was registered with two VMs at the same time",
		.fires = "An ADD from one VM was for a group that another VM's kvm-vfio device "
			 "lists, or that carried another VM's kvm pointer just before.",
		.kernel = "kvm-vfio looks for duplicates only in its own VM's list, so the same "
			  "group can be on the lists of two VMs; both calls return 0. The group "
			  "has one pointer: the last ADD wins, and a DEL from either VM, or the end "
			  "of either VM, clears it although the other VM still lists the group.",
		.harm = "A device of the group that is opened now gets the VM that registered the "
			"group last, whichever VM it is meant for; after either VM's DEL it gets "
			"none. "
			"Devices that are already open keep their VM (up to 5.18 their drivers are "
			"notified of the change).",
		.fix = "Register a group only with the VM that its devices are for, and DEL it "
		       "there before another VM adds it. Put devices for two VMs in two groups. To "
		       "repair: DEL the group from both VMs, ADD it to the right one, reopen the "
		       "devices.",
		.reference = "virt/kvm/vfio.c (kvm_vfio_file_add()); vfio_group_set_kvm() in "
			     "drivers/vfio/group.c",
		.cdev = {
			.title = "a device's file was registered with two VMs at the same time",
			.harm = "A device that is bound now gets the VM that registered its file "
				"last, whichever VM it is meant for; after either VM's DEL it gets "
				"none. A device that is already bound keeps its VM.",
			.fix = "Register a device's file only with the VM that it is for, and DEL it "
			       "there before another VM adds it. To repair: FILE_DEL the file from "
			       "both VMs, close it, open it anew, FILE_ADD it to the right VM, and "
			       "bind it.",
		},
	},
	[VS_RULE_ADD_WITHOUT_EFFECT] = {
		.id = VS_RULE_ADD_WITHOUT_EFFECT,
		.severity = VS_WARNING,
		.name = "add-without-effect",
		.title = "a registration returned success and had no effect",
		.fires = "An ADD returned 0, but its file was a device fd from GET_DEVICE_FD: no "
			 "group's kvm pointer was set. On 6.1 also: the group had no container "
			 "yet, so KVM could not see whether its DMA is coherent.",
		.kernel = "Since 6.6 kvm-vfio accepts any VFIO file. For a device fd it sets the kvm "
			  "pointer of that file, which counts only for one opened from "
			  "/dev/vfio/devices: a device opened through its group takes the group's "
			  "pointer. On 6.1 KVM treats a group without a container as coherent, and "
			  "checks again only at the next ADD or DEL of the VM.",
		.harm = "The group is not registered, although the VMM believes it is: its devices "
			"are opened without their VM (see open-without-add). In the 6.1 case the "
			"kvm pointer is set, but with non-coherent DMA the guest can read stale "
			"memory.",
		.fix = "Pass GROUP_ADD the fd of the group (/dev/vfio/N), before GET_DEVICE_FD; "
		       "register a device's own fd only if it was opened from /dev/vfio/devices. "
		       "On 6.1, do SET_CONTAINER and SET_IOMMU before GROUP_ADD.",
		.reference = "drivers/vfio/vfio_main.c (vfio_file_set_kvm()); "
			     "kvm_vfio_update_coherency() in virt/kvm/vfio.c; " DOC_KVM_VFIO,
		.cdev = {
			.harm = "The device is not registered, although the VMM believes it is: it "
				"was opened through its group, and takes that group's kvm pointer "
				"(see open-without-add).",
			.fix = "Pass FILE_ADD the fd of /dev/vfio/devices/vfioN before it is bound; "
			       "for a device that is opened with GET_DEVICE_FD, pass the fd of its "
			       "group (/dev/vfio/N), before GET_DEVICE_FD.",
		},
	},
	[VS_RULE_SECOND_KVM_VFIO] = {
		.id = VS_RULE_SECOND_KVM_VFIO,
		.severity = VS_WARNING,
		.name = "second-kvm-vfio",
		.title = "a second kvm-vfio device for a VM was refused",
		.fires = "KVM_CREATE_DEVICE of type VFIO failed with EBUSY: the VM already has a "
			 "kvm-vfio device.",
		.kernel = "A VM can have one kvm-vfio device, which holds the list of its groups. "
			  "Closing its fd drops the list and makes room for a new device; up to "
			  "5.18 the device stays until the VM is destroyed, even if its fd is "
			  "closed.",
		.harm = "Nothing can be registered through the refused device: a VMM that carries on "
			"opens its devices without their VM (see open-without-add).",
		.fix = "In the VMM, create the kvm-vfio device once per VM, keep its fd as long as "
		       "the VM lives, and use it for every device that is added.",
		.reference = DOC_KVM_VFIO " (only one VFIO instance per VM); kvm_vfio_create() in "
					  "virt/kvm/vfio.c",
	},
	[VS_RULE_ATTACH_FAILED] = {
		.id = VS_RULE_ATTACH_FAILED,
		.severity = VS_WARNING,
		.name = "attach-failed",
		.title = "a call that attaches a device failed",
		.fires = "SET_CONTAINER, SET_IOMMU, GET_DEVICE_FD, BIND_IOMMUFD, ATTACH_IOMMUFD_PT, "
			 "MAP_DMA, IOAS_MAP, IOAS_MAP_FILE or IOAS_COPY returned an error, and no "
			 "other rule tells why. The finding names the cause. Where functions are observed by kprobes, "
			 "failures of maps are seen with --dma only (see doctor). A map of device "
			 "memory is no-peer-to-peer; one that is there already, with the same "
			 "memory, is info. So is ATTACH_IOMMUFD_PT of a bound device that fails with "
			 "EINVAL, if one succeeds before the device is closed, within the grace period.",
		.kernel = "Before a device can be opened, no host driver may hold a device of its "
			  "group, and the IOMMU must isolate the group, interrupts included. A DMA "
			  "map pins the memory, counts it against the process's limit of locked "
			  "memory, and must fit the IOMMU's page size and address range and the "
			  "existing maps. A device is used either through its group or through its "
			  "own file (/dev/vfio/devices/vfioN): each excludes the other.",
		.harm = "The VM starts without the device, or does not start; after a failed map "
			"the device cannot reach that memory.",
		.fix = "Change what the cause names. Where it names more than one thing, the kernel "
		       "log of that moment usually tells which it is.",
		.reference = "Documentation/driver-api/vfio.rst; drivers/vfio/container.c, "
			     "drivers/vfio/group.c, drivers/vfio/vfio_iommu_type1.c, "
			     "drivers/vfio/device_cdev.c; "
			     "Documentation/userspace-api/iommufd.rst",
	},
	[VS_RULE_NONCOHERENT_DMA] = {
		.id = VS_RULE_NONCOHERENT_DMA,
		.severity = VS_INFO,
		.name = "noncoherent-dma",
		.title = "registering a device made its VM non-coherent",
		.fires = "After an ADD, KVM began to treat the VM as one with non-coherent DMA: for "
			 "at least one of its devices the IOMMU does not enforce snooping of the "
			 "CPU's caches. Reported once per VM, even if the VM becomes coherent and "
			 "non-coherent again. x86 only.",
		.kernel = "Such a device may bypass the caches, so the guest must be able to flush "
			  "them and to map memory uncached: KVM lets WBINVD through and honours the "
			  "guest's memory types under EPT, which it can ignore otherwise. On 6.8 and "
			  "later, the first such registration and the last removal zap all of the "
			  "VM's shadow page table entries (SPTEs) on hosts where KVM otherwise "
			  "ignores the guest's memory types.",
		.harm = "No data is at risk, but the VM can become slower: memory that the guest "
			"maps uncached is now uncached, WBINVD flushes the host CPU's caches, "
			"and zapping stalls the guest for a moment and makes the ADD take longer.",
		.fix = "Nothing, if the device needs DMA without snooping, as graphics cards do: the "
		       "guest's data depends on it. Otherwise, use a device behind an IOMMU that "
		       "enforces snooping: Intel's with snoop control (ECAP.SC), or AMD's, whose "
		       "driver always sets force coherent (FC). To keep the stall out of the VM's "
		       "run, plug the device before the guest starts.",
		.reference = "virt/kvm/vfio.c (kvm_vfio_update_coherency()); "
			     "kvm_arch_register_noncoherent_dma() in arch/x86/kvm/x86.c; "
			     DOC_KVM_VFIO,
	},
	[VS_RULE_OVER_BUDGET] = {
		.id = VS_RULE_OVER_BUDGET,
		.severity = VS_WARNING,
		.name = "over-budget",
		.title = "a phase of an attach took longer than its budget",
		.fires = "All calls of a phase together took longer in one attach than --budget "
			 "allows for that phase, or the attach took longer than the budget for its "
			 "total. Reported once per attach and phase: when the device is usable or the "
			 "attach has failed, or as soon as a call that does not return is over its "
			 "budget. Phases that come later, such as setting up interrupts or closing "
			 "the device, count by themselves and are reported when the device is closed.",
		.kernel = "Most of an attach is spent in three places. A DMA map pins the guest's "
			  "memory, all of it, and first allocates and clears what the VMM has not "
			  "touched yet; huge pages make both cheaper. Opening a device powers it up, "
			  "enables it and resets it. And calls wait for each other: vfio-pci puts all "
			  "functions of a slot that can be reset alone into one dev_set, else all of "
			  "a bus, whether or not they have a reset of their own, and the first open "
			  "and the last close of each hold dev_set->lock until they are done, resets "
			  "included. Devices on a root bus have a dev_set each, and so have VFs since "
			  "6.17 and the stable kernels that have that change; before, all VFs of a "
			  "bus share one.",
		.harm = "The VM starts late, and so does every other VM that waits for a lock that "
			"this attach holds.",
		.fix = "Find the part that took the time in the waterfall of vfioscope profile. If "
		       "it is pin, back the guest's memory with huge pages, have the VMM allocate "
		       "it in parallel before devices are attached, and give the guest no more than "
		       "it needs: all of it is pinned. If it is lock_wait, profile names the process, "
		       "if it is known, that held the lock. For dev_set->lock, give VMs that start at the same time "
		       "devices of separate dev_sets, and never bind several functions of one slot "
		       "for them: what has to share one attaches one after another. If it is reset or "
		       "power_up, the time is the device's own: load vfio-pci with "
		       "disable_idle_d3=1 to keep it powered, or raise the budget.",
		.reference = "drivers/vfio/vfio_main.c (vfio_df_open(), vfio_assign_device_set()); "
			     "vfio_pin_pages_remote() in drivers/vfio/vfio_iommu_type1.c; "
			     "vfio_pci_core_register_device() in drivers/vfio/pci/vfio_pci_core.c",
	},
	[VS_RULE_BUSY] = {
		.id = VS_RULE_BUSY,
		.severity = VS_WARNING,
		.name = "busy",
		.title = "a group could not be opened: it is in use",
		.fires = "Opening a group (/dev/vfio/N), or BIND_IOMMUFD of a device, failed with "
			 "EBUSY, and the same process did not succeed with the same group within the "
			 "grace period (--grace, 5 s by default); if it did, the finding is info. "
			 "All open files are looked at right after the failure, and whoever holds "
			 "the group or a device of it is named, mappings included. A BIND_IOMMUFD for which nobody is "
			 "found is attach-failed.",
		.kernel = "A group can be opened once at a time. It stays open as long as any file "
			  "of it or of its devices is: in whichever process, also if it was "
			  "inherited or passed on, and a mapping of a device keeps the device's "
			  "file. Up to 5.18 a registration with a VM keeps it, too. A group and the "
			  "device files below /dev/vfio/devices exclude each other. A process that "
			  "exits closes its files last, after its memory is gone, which can take "
			  "seconds for a large VM.",
		.harm = "The VM starts without the device, or does not start.",
		.fix = "Stop the holder or detach the device from its VM, wait until it is gone, and "
		       "try again. If the holder is exiting, waiting is all there is to do. If it "
		       "is the caller itself, the VMM opens the group twice: use the first fd. If "
		       "no holder is found, the last file has been closed meanwhile, is in flight "
		       "through a socket, or is mapped on a kernel that does not show it.",
		.reference = "drivers/vfio/group.c (vfio_group_fops_open()); "
			     "drivers/vfio/device_cdev.c; Documentation/driver-api/vfio.rst",
		.cdev = {
			.title = "a device could not be bound: it is in use",
			.fix = "Stop the holder or detach the device from its VM, wait until it is "
			       "gone, and try again. While a group is open (/dev/vfio/N), its devices "
			       "cannot be bound through their own files.",
		},
	},
	[VS_RULE_NOT_VIABLE] = {
		.id = VS_RULE_NOT_VIABLE,
		.severity = VS_WARNING,
		.name = "not-viable",
		.title = "a group cannot be used: the host uses another device of it",
		.fires = "SET_CONTAINER or BIND_IOMMUFD failed with EPERM, or GET_DEVICE_FD with "
			 "EINVAL (up to 5.18), while a device of the group was bound to a driver that "
			 "is not VFIO's; the finding names it. Or GET_STATUS told that the group is "
			 "not viable: info, if the process has no VM, as it may only be asking.",
		.kernel = "The IOMMU keeps groups apart, not the devices in one: a device could reach "
			  "the memory of another one of its group. So VFIO takes a group only if all "
			  "of its devices are bound to VFIO's drivers or to none, or to a driver that "
			  "leaves DMA alone: pci-stub, and pcieport of bridges (up to 5.18, bridges "
			  "may have any).",
		.harm = "The VM starts without the device, or does not start.",
		.fix = "Take the named device from the host, too, with the commands shown, and "
		       "give it to the same VM or to none. If unrelated devices share the group, "
		       "what is between them and the root does not isolate them (no ACS): move the "
		       "card to another slot. 'vfioscope doctor --device ADDRESS' checks again.",
		.reference = "Documentation/driver-api/vfio.rst (Groups, Devices, and IOMMUs); "
			     "iommu_device_use_default_domain() in drivers/iommu/iommu.c",
		.cdev = {
			.title = "a device cannot be used: the host uses one that shares its isolation",
		},
	},
	[VS_RULE_NO_DMA_MAPS] = {
		.id = VS_RULE_NO_DMA_MAPS,
		.severity = VS_WARNING,
		.name = "no-dma-maps",
		.title = "a device was opened, and no memory is mapped for its DMA",
		.fires = "A device was opened in a container that has no DMA map at all: by a process "
			 "whose map of memory had failed less than a grace period before (--grace, 5 s "
			 "by default), or in the only container of a process that has set an IOMMU up "
			 "before, if there is no map when the grace period after the open is over. "
			 "Only containers of the type1 driver are looked into.",
		.kernel = "Opening a device asks for no map: GET_DEVICE_FD succeeds in a container "
			  "that maps nothing. The IOMMU then refuses every access of the device, "
			  "and only its driver in the guest notices.",
		.harm = "Whatever the device reads or writes is refused (the kernel log has faults "
			"of the IOMMU): it does not work in the guest.",
		.fix = "Repair the map that failed, if the evidence shows one, and have the VMM give "
		       "up when a map of guest memory fails. If the last device was unplugged before "
		       "this one came: have the VMM open a new container, or map memory again.",
		.reference = "drivers/vfio/vfio_iommu_type1.c; Documentation/driver-api/vfio.rst",
	},
	[VS_RULE_NO_PEER_TO_PEER] = {
		.id = VS_RULE_NO_PEER_TO_PEER,
		.severity = VS_INFO,
		.name = "no-peer-to-peer",
		.title = "device memory could not be mapped for DMA",
		.fires = "MAP_DMA or IOAS_MAP failed, and the memory is a device's: a BAR that the "
			 "process has mapped.",
		.kernel = "VMMs map the BARs of a VM's devices, too, so that one device can reach "
			  "another one. A BAR can lie above what the IOMMU can address (EINVAL), "
			  "and iommufd does not pin what a BAR is mapped to (EFAULT). A VMM goes on "
			  "without.",
		.harm = "None for the VM, whatever the VMM logs. One device cannot reach this BAR of "
			"another one, which GPUs and network cards want for peer-to-peer.",
		.fix = "Nothing, unless peer-to-peer DMA is wanted. If so: give the guest fewer "
		       "address bits (QEMU: host-phys-bits-limit), so that its BARs are in reach of "
		       "the IOMMU, and use a container (/dev/vfio/vfio) rather than an iommufd.",
		.reference = "drivers/vfio/vfio_iommu_type1.c (vfio_iommu_iova_dma_valid()); "
			     "Documentation/userspace-api/iommufd.rst",
	},
	[VS_RULE_DRIVER_REFUSED] = {
		.id = VS_RULE_DRIVER_REFUSED,
		.severity = VS_ERROR,
		.name = "driver-refused",
		.title = "a device's driver refused to open it",
		.fires = "The driver's open_device failed, and not for want of a kvm pointer (see "
			 "open-refused). Not reported if the call was interrupted by a signal, as "
			 "when its process is killed. Up to 5.18 a driver's refusal is not told "
			 "apart from other failures of GET_DEVICE_FD (see attach-failed).",
		.kernel = "VFIO has done its part when it asks the driver to open a device: the "
			  "device is bound, its group is usable, its IOMMU is there. Whatever "
			  "open_device returns is what the VMM gets, unchanged; VFIO itself does "
			  "not mention it.",
		.harm = "The device is not open: the VM starts without it, or does not start.",
		.fix = "Read what the driver says in the kernel log of that moment, and look the errno "
		       "up in the driver's documentation. For a mediated device, check the service "
		       "that manages it on the host. There is nothing to change in bindings, "
		       "permissions or the order of calls.",
		.reference = "drivers/vfio/vfio_main.c (vfio_df_open()); vfio_pci_core_enable() in "
			     "drivers/vfio/pci/vfio_pci_core.c",
	},
	[VS_RULE_RESET_FAILED] = {
		.id = VS_RULE_RESET_FAILED,
		.severity = VS_WARNING,
		.name = "reset-failed",
		.title = "a reset of a device failed",
		.fires = "VFIO_DEVICE_RESET or VFIO_DEVICE_PCI_HOT_RESET failed, and no reset of the "
			 "same device by the same process succeeded within the grace period (--grace, "
			 "5 s by default); if one did, the finding is info. Not reported: EINVAL of a "
			 "device that cannot be reset, and ENOTTY of a driver without resets; programs "
			 "ask to find out.",
		.kernel = "DEVICE_RESET resets the one device, by the first of its methods (sysfs "
			  "reset_method) that works. If the reset that vfio-pci tries at the open "
			  "failed, it allows none until the next open (EINVAL). PCI_HOT_RESET resets "
			  "all devices of a slot or bus, so the caller must own them all: each has to "
			  "be bound to a driver of VFIO's, and its group among the fds that are "
			  "passed, or, with a device's own file, bound to the same iommufd. From 5.15 "
			  "on they also have to be in one dev_set, which a virtual function and its "
			  "physical function are on few kernels and machines.",
		.harm = "The device goes on as it was: the next guest, or the same after a reboot, "
			"finds it in the state in which it was left, which many devices and their "
			"drivers do not survive.",
		.fix = "Follow the explanation. If devices are missing from a hot reset, bind each to "
		       "vfio-pci and give it to the same VM; detach virtual functions from their VMs and remove them (sriov_numvfs). "
		       "If the device has no working method, "
		       "the VM has to leave it in a good state: detach its driver in the guest "
		       "before the VM ends.",
		.reference = "drivers/vfio/pci/vfio_pci_core.c (vfio_pci_ioctl_reset(), "
			     "vfio_pci_dev_set_hot_reset()); Documentation/ABI/testing/sysfs-bus-pci "
			     "(reset_method)",
	},
	[VS_RULE_IRQ_SHORT] = {
		.id = VS_RULE_IRQ_SHORT,
		.severity = VS_INFO,
		.name = "irq-short",
		.title = "a device got fewer interrupts than were asked for",
		.fires = "VFIO_DEVICE_SET_IRQS returned how many interrupts there can be, which is fewer "
			 "than were asked for: info, as VMMs ask for all and then take what there is. "
			 "Or it failed, and the device has none of the kind: warning. Once for each "
			 "open of a device and each kind of interrupt (irq_index). EINVAL and ENOTTY "
			 "are not reported: programs ask that way for what a device has.",
		.kernel = "vfio-pci allocates all vectors of a call or none: if it cannot have that "
			  "many, it sets up nothing and returns the number it could have had, a "
			  "positive one. The device's own number (GET_IRQ_INFO) is a limit of its own. "
			  "More than one MSI vector needs interrupt remapping on x86.",
		.harm = "With fewer vectors, queues of the device share them: it works, and may be "
			"slower. With none, the guest does not hear of the device.",
		.fix = "If vectors are short: enable interrupt remapping (on x86: the IOMMU), free "
		       "vectors of other devices of the host, or give the guest's device fewer queues. "
		       "For INTx: give devices that share the line to the same owner, or use a device "
		       "with MSI.",
		.reference = "drivers/vfio/pci/vfio_pci_intrs.c (vfio_msi_enable(), "
			     "vfio_intx_enable()); Documentation/PCI/msi-howto.rst",
	},
	[VS_RULE_BAR_BUSY] = {
		.id = VS_RULE_BAR_BUSY,
		.severity = VS_ERROR,
		.name = "bar-busy",
		.title = "a BAR cannot be used: something on the host owns it",
		.fires = "mmap() of a BAR failed with EBUSY, as the host has reserved addresses in it "
			 "for somebody else. Once for each open of a device and BAR. Other failures of "
			 "mmap() are not reported: VMMs try, and access the BAR by read() and write() "
			 "then.",
		.kernel = "vfio-pci reserves a BAR as it is first used, mapped or not. A driver of the "
			  "host that never was the device's own may have done so before: the boot "
			  "framebuffer (efifb, vesafb, simplefb, BOOTFB) reserves the part of the "
			  "graphics card's BAR that the firmware has drawn in. Taking the card from its "
			  "driver does not end that. From 5.19 on vfio-pci removes such a framebuffer "
			  "from a VGA card, not from other devices. /proc/iomem shows who owns what.",
		.harm = "read() and write() of the BAR fail, too, so the guest finds a device that does "
			"not answer: graphics cards show nothing, and their drivers give up.",
		.fix = "Of the boot framebuffer: add initcall_blacklist=sysfb_init to the kernel command "
		       "line and boot again (arm64 up to 5.14: video=efifb:off), or let the firmware "
		       "draw on another card. Or unbind it until the next boot: echo efi-framebuffer.0 "
		       "> /sys/bus/platform/drivers/efi-framebuffer/unbind (its name is in "
		       "/sys/bus/platform/devices; BOOTFB cannot be unbound). Of another owner: unload "
		       "its module.",
		.reference = "vfio_pci_core_mmap() in drivers/vfio/pci/vfio_pci_core.c; sysfb_init() in "
			     "drivers/firmware/sysfb.c; __request_region() in kernel/resource.c",
	},
	[VS_RULE_DEVICE_DEAD] = {
		.id = VS_RULE_DEVICE_DEAD,
		.severity = VS_ERROR,
		.name = "device-dead",
		.title = "a device does not answer",
		.fires = "After its first open a PCI device was not in D0, although vfio-pci had powered "
			 "it up; or at a reset that failed, or a last close, it was in D3cold without "
			 "being suspended; or the kernel had given it up (error_state) at one of these "
			 "moments; or a reset ended as the device did not come back (ETIMEDOUT, or "
			 "ENOTTY after ten seconds or more). At the close of a device that took its "
			 "VM's pointer, and still had it, this is not looked at.",
		.kernel = "A device that does not answer reads as all ones. The kernel notices when it "
			  "changes the power state (Unable to change power state from D3cold to D0, "
			  "device inaccessible) or waits for the device after a reset (not ready after "
			  "FLR), and says so in its log only: the open returns a descriptor all the "
			  "same.",
		.harm = "The guest finds no device, or one that does nothing. The state of the device "
			"lasts: the next VM finds it so, too.",
		.fix = "Read the kernel log of that moment. Power-cycle the device: remove it (echo 1 > "
		       "/sys/bus/pci/devices/ADDRESS/remove) and rescan the bus (echo 1 > "
		       "/sys/bus/pci/rescan), else reset its slot, else restart the host. If it dies "
		       "whenever it is idle, keep it from D3: disable_idle_d3=1 of the module vfio-pci, "
		       "or echo 0 > d3cold_allowed of the device and of the port above it. If it dies in "
		       "a reset, choose another of its methods in reset_method.",
		.reference = "drivers/pci/pci.c (pci_power_up(), pci_dev_wait()); "
			     "vfio_pci_core_enable() in drivers/vfio/pci/vfio_pci_core.c",
	},
	[VS_RULE_UNBIND_BLOCKED] = {
		.id = VS_RULE_UNBIND_BLOCKED,
		.severity = VS_WARNING,
		.name = "unbind-blocked",
		.title = "a device cannot be taken from its driver: it is in use",
		.fires = "Taking a device from its VFIO driver (unbind, driver_override, removal, unplug) "
			 "takes longer than the grace period (--grace, 5 s by default). The open files "
			 "are looked at then, and whoever holds the device is named. When it ends after "
			 "all, that is told as info, with the time it took.",
		.kernel = "The driver's removal waits, without a limit, until nobody uses the device "
			  "any more: whoever wrote to unbind is in this call meanwhile, and holds the "
			  "lock of the device. Every ten seconds the kernel asks the user of the device "
			  "to let go (the REQ interrupt; Relaying device request to user), which QEMU "
			  "passes on to the guest as an unplug; a guest may ignore it. A mapping of a "
			  "device counts as use of it, also if the fd is closed.",
		.harm = "The device stays where it is, and the process that wants it waits, as do others "
			"that want to bind or unbind it. It cannot be killed before the device is free "
			"or a signal has been noticed.",
		.fix = "Detach the device from its VM, or stop the holder. Do that first next time: libvirt "
		       "and others do, by themselves. If nobody is named, a process has mapped the "
		       "device and closed its fd.",
		.reference = "drivers/vfio/vfio_main.c (vfio_unregister_group_dev()); "
			     "vfio_pci_core_request() in drivers/vfio/pci/vfio_pci_core.c",
	},
};

struct vs_rule_text vs_rule_text(const struct vs_rule *rule, bool cdev)
{
	struct vs_rule_text t = { rule->title, rule->harm, rule->fix };

	if (cdev && rule->cdev.title)
		t.title = rule->cdev.title;
	if (cdev && rule->cdev.harm)
		t.harm = rule->cdev.harm;
	if (cdev && rule->cdev.fix)
		t.fix = rule->cdev.fix;
	return t;
}

const struct vs_rule *vs_rule_find(const char *name)
{
	int i;

	for (i = 0; i < VS_RULE_COUNT; i++)
		if (!strcmp(vs_rules[i].name, name))
			return &vs_rules[i];
	return NULL;
}

const char *vs_severity_name(enum vs_severity severity)
{
	static const char *const names[] = { "info", "warning", "error" };

	return names[severity];
}
