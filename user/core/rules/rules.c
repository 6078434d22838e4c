// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "rules.h"

#define FIX_ORDER                                                                              \
	"In the VMM, register the group before opening the device: KVM_SET_DEVICE_ATTR with "  \
	"KVM_DEV_VFIO_GROUP / KVM_DEV_VFIO_GROUP_ADD on the VM's kvm-vfio device first, then " \
	"VFIO_GROUP_GET_DEVICE_FD. "

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
			 "while the device was still open.",
		.kernel = "The first open of a device copies the kvm pointer from its group to the "
			  "device and hands it to the driver's open_device. Later opens of the same "
			  "device only count up, and GROUP_ADD only writes the group: nothing "
			  "carries the pointer to a device that is already open. GROUP_ADD still "
			  "returns 0, and no kernel log says that the device did not get it.",
		.fix = FIX_ORDER "To repair a running VM, close every fd of the device and open it "
				 "again (hot-unplug and re-plug it): the pointer is taken only at "
				 "the first open.",
		.reference = DOC_KVM_VFIO " (KVM_DEV_VFIO_GROUP_ADD); "
					  "vfio_device_get_kvm_safe() in drivers/vfio/vfio_main.c",
	},
	[VS_RULE_OPEN_WITHOUT_ADD] = {
		.id = VS_RULE_OPEN_WITHOUT_ADD,
		.severity = VS_WARNING,
		.by_driver = true,
		.breaks_order = true,
		.name = "open-without-add",
		.title = "a process that has a VM opened a device and never registered its group",
		.fires = "A device was opened without a kvm pointer by a process that has a VM, and "
			 "its group was not registered with any VM until the device was closed; "
			 "reported as still pending when the grace period (--grace, 5 s unless "
			 "told otherwise) has passed and the device is still open. A device that "
			 "was open already when the tool started is reported as so far if it has "
			 "no kvm pointer, a process that has a VM holds it, and its group carries "
			 "no VM's pointer. A group that stands on a VM's list but lost its pointer "
			 "to a DEL from another VM counts as not registered.",
		.kernel = "KVM learns of an assigned device only through GROUP_ADD on the VM's "
			  "kvm-vfio device. Without it the device never gets a kvm pointer, and KVM "
			  "does not know that the VM does DMA: it takes no account of non-coherent "
			  "DMA and, up to 6.16, of assigned devices in its choice of CPU "
			  "mitigations and posted interrupts. A group has one pointer only: if two "
			  "VMs list it, a DEL from either clears it for both.",
		.fix = FIX_ORDER "If another VM's DEL cleared the pointer, DEL the group, ADD it "
				 "again and reopen the device. If the device is used by the same "
				 "process but not by its VM (a user-space driver next to a VM), "
				 "this finding can be ignored: run audit with --fail-on error.",
		.reference = DOC_KVM_VFIO "; kvm_vfio_file_add() in virt/kvm/vfio.c",
	},
	[VS_RULE_OPEN_REFUSED] = {
		.id = VS_RULE_OPEN_REFUSED,
		.severity = VS_ERROR,
		.name = "open-refused",
		.title = "a driver refused to open a device that had no kvm pointer",
		.fires = "The driver's open_device failed while the device had no kvm pointer, and "
			 "the opening process has a VM or the driver is known to need the pointer.",
		.kernel = "A driver that can not work without its VM looks at the kvm pointer in "
			  "open_device and refuses if there is none: i915's mediated GPU with "
			  "ESRCH, vfio_ap on 6.1 and later with EINVAL. GET_DEVICE_FD hands the "
			  "errno on and does not say that a registration is missing.",
		.harm = "The device is not open: the VM starts without it, or does not start.",
		.fix = FIX_ORDER "If the order is right already, the driver had another reason: "
				 "look up its errno, and the kernel log of that moment.",
		.reference = "drivers/vfio/vfio_main.c (vfio_df_open()); intel_vgpu_open_device() "
			     "in drivers/gpu/drm/i915/gvt/kvmgt.c; vfio_ap_mdev_open_device() in "
			     "drivers/s390/crypto/vfio_ap_ops.c",
	},
	[VS_RULE_KVM_MISMATCH] = {
		.id = VS_RULE_KVM_MISMATCH,
		.severity = VS_ERROR,
		.breaks_order = true,
		.name = "kvm-mismatch",
		.title = "a device holds one VM's kvm pointer, its group is registered with another",
		.fires = "An open device holds the kvm pointer of one VM while its group carries "
			 "the pointer of another.",
		.kernel = "The device takes the pointer at its first open and keeps it until its "
			  "last close. A GROUP_ADD from another VM in between overwrites only the "
			  "group's pointer, and returns 0.",
		.harm = "A driver that uses the pointer still serves the first VM, its page tables, "
			"crypto queues or interrupts, while the second believes that the device is "
			"its own. The next open, after the last close, goes to whichever VM the "
			"group names then.",
		.fix = "Close every fd of the device, GROUP_DEL the group from the first VM, "
		       "GROUP_ADD it to the second, and only then open the device again. Do not "
		       "pass a device on to another VM while it is open.",
		.reference = "drivers/vfio/vfio_main.c (vfio_device_get_kvm_safe()); "
			     "vfio_group_set_kvm() in drivers/vfio/group.c",
	},
	[VS_RULE_DEL_WHILE_OPEN] = {
		.id = VS_RULE_DEL_WHILE_OPEN,
		.severity = VS_WARNING,
		.name = "del-while-open",
		.title = "a registration was removed while a device of it was open",
		.fires = "GROUP_DEL returned 0, or the kvm-vfio fd was closed, while a device of the "
			 "group was open. Not reported if the process is exiting, was killed or "
			 "replaced itself by exec: the kernel then closes its fds in an order the "
			 "process did not choose.",
		.kernel = "The kernel does not check for open devices. It clears the group's kvm "
			  "pointer and ends what KVM keeps for the registration (non-coherent DMA; "
			  "up to 6.16 the count of assigned devices), but an open device keeps the "
			  "pointer that it took until its last close. Closing the kvm-vfio fd "
			  "removes all its registrations; on 5.10 only the end of the VM does.",
		.harm = "The VM goes on using a device that KVM no longer knows of: with "
			"non-coherent DMA, as graphics cards do it, the guest can read stale "
			"memory, and on CPUs affected by MMIO stale data kernels up to 6.16 skip a "
			"mitigation. Other devices of the group that are opened now get no kvm "
			"pointer. On 5.10 an i915 mediated GPU is torn down and vfio_ap loses its "
			"VM at once.",
		.fix = "In the VMM, close every fd of the group's devices first, then GROUP_DEL, "
		       "then close the group. Keep the kvm-vfio fd open as long as the VM lives. "
		       "To mend a running VM, GROUP_ADD the group again.",
		.reference = "virt/kvm/vfio.c (kvm_vfio_file_del(), kvm_vfio_release()); "
			     DOC_KVM_VFIO " (KVM_DEV_VFIO_GROUP_DEL)",
	},
	[VS_RULE_ADD_FAILED] = {
		.id = VS_RULE_ADD_FAILED,
		.severity = VS_WARNING,
		.name = "add-failed",
		.title = "registering a group with a VM, or removing it, failed",
		.fires = "An ADD or DEL on a kvm-vfio device (GROUP_ADD, GROUP_DEL, FILE_ADD, "
			 "FILE_DEL) returned an error. What the errno means is said with it.",
		.kernel = "An ADD that fails leaves the kvm pointer of the group as it was. "
			  "kvm-vfio finds a registration by the file behind the fd: once the "
			  "group's fd is closed no DEL can name it (EBADF, or ENOENT if the number "
			  "was used again), although the registration, and with it the group's "
			  "file, stays until the kvm-vfio fd is closed.",
		.harm = "After a failed ADD the group's devices are opened without their VM (see "
			"open-without-add), unless it was refused with EEXIST: then the group is "
			"registered already, and there is no harm. After a failed DEL the group "
			"may stay registered and in use: it can not be opened again (EBUSY) until "
			"the kvm-vfio fd is closed, on 5.10 until the VM is gone.",
		.fix = "In the VMM, check what KVM_SET_DEVICE_ATTR returns, and do not open the "
		       "device after an ADD that failed. Keep the group's fd open until after its "
		       "GROUP_DEL, and the kvm-vfio fd until after the last one.",
		.reference = "virt/kvm/vfio.c (kvm_vfio_file_add(), kvm_vfio_file_del()); "
			     DOC_KVM_VFIO,
	},
	[VS_RULE_KVM_LOST] = {
		.id = VS_RULE_KVM_LOST,
		.severity = VS_ERROR,
		.breaks_order = true,
		.name = "kvm-lost",
		.title = "the kvm pointer of an open device vanished or changed",
		.fires = "The kvm pointer that a device took at its first open was another, or "
			 "none, before its last close.",
		.kernel = "The pointer should stay from the first open to the last close. But a "
			  "second VFIO_DEVICE_BIND_IOMMUFD of a device, through another fd of its "
			  "/dev/vfio/devices file, fails with EINVAL, and its error path drops the "
			  "first opener's pointer and VM reference (seen on 6.12, the same code in "
			  "7.2); if that fd was registered with another VM, the pointer is "
			  "overwritten first. Without such a BIND, suspect an out-of-tree driver.",
		.harm = "VFIO no longer holds the VM for the device: a driver without a reference of "
			"its own may use freed memory once the VM ends, and can crash the host. If "
			"another VM's pointer was written, the first VM is never freed.",
		.fix = "In the VMM, open and bind each device's file once, and hand on that fd "
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
		.kernel = "Kernels before 6.2 take no reference on the VM for the pointer that they "
			  "copy to the device (before about 5.19 they copy none): if the last fd of "
			  "the VM is closed first, the VM is freed and the device's pointer dangles "
			  "until its last close. On later kernels an open device keeps its VM "
			  "alive; there the reference must have been lost before (see kvm-lost).",
		.harm = "The device carries a pointer to freed memory. A driver that uses it without "
			"a reference of its own can corrupt memory or crash the host, at the latest "
			"when the device is closed; vfio-pci on x86 and arm64 does not use it.",
		.fix = "In the VMM, close every fd of the device before the last fd of the VM, vCPUs "
		       "and kvm-vfio included. Or run a kernel from 6.2 on.",
		.reference = "drivers/vfio/vfio_main.c (vfio_device_open() in 6.1, "
			     "vfio_device_get_kvm_safe() later); kvm_destroy_vm() in "
			     "virt/kvm/kvm_main.c",
	},
	[VS_RULE_TWO_VMS] = {
		.id = VS_RULE_TWO_VMS,
		.severity = VS_ERROR,
		.name = "two-vms",
		.title = "a group was registered with two VMs at a time",
		.fires = "An ADD from one VM was for a group that another VM's kvm-vfio device "
			 "lists, or that carried another VM's kvm pointer just before.",
		.kernel = "kvm-vfio looks for duplicates only in its own VM's list, so the same "
			  "group can stand on the lists of two VMs; both calls return 0. The group "
			  "has one pointer: the last ADD wins, and a DEL from either VM, or its "
			  "end, clears it although the other VM still lists the group.",
		.harm = "A device of the group that is opened now belongs to the VM that came last, "
			"whichever VM it was meant for; after either VM's DEL it gets no VM at all. "
			"Devices that are open keep the VM that they took.",
		.fix = "Register a group only with the VM that its devices are for, and DEL it there "
		       "before another VM gets it. Devices for two VMs must be in two groups. To "
		       "mend it: DEL the group from both VMs, ADD it to the right one, reopen the "
		       "devices.",
		.reference = "virt/kvm/vfio.c (kvm_vfio_file_add()); vfio_group_set_kvm() in "
			     "drivers/vfio/group.c",
	},
	[VS_RULE_ADD_WITHOUT_EFFECT] = {
		.id = VS_RULE_ADD_WITHOUT_EFFECT,
		.severity = VS_WARNING,
		.name = "add-without-effect",
		.title = "a registration returned success and had no effect",
		.fires = "An ADD returned 0, but the file given was a device fd that came from "
			 "GET_DEVICE_FD: no group's kvm pointer was set. On 6.1 also: the group had "
			 "no container yet, so KVM could not see whether its DMA is coherent.",
		.kernel = "kvm-vfio on 6.12 and later takes any VFIO file. For a device fd it sets "
			  "the kvm pointer of that file, which counts only for one opened from "
			  "/dev/vfio/devices: a device opened through its group takes the group's "
			  "pointer. On 6.1 a group without a container passes for coherent, and "
			  "that is not looked at again before the next ADD or DEL of the VM.",
		.harm = "Whatever the VMM believes, the group is not registered: its devices are "
			"opened without their VM (see open-without-add). In the case of 6.1 the "
			"kvm pointer is set, but with non-coherent DMA the guest can read stale "
			"memory.",
		.fix = "Give GROUP_ADD the fd of the group (/dev/vfio/N), before GET_DEVICE_FD; "
		       "register a device's own fd only if it was opened from /dev/vfio/devices. "
		       "On 6.1 do SET_CONTAINER and SET_IOMMU before GROUP_ADD.",
		.reference = "drivers/vfio/vfio_main.c (vfio_file_set_kvm()); "
			     "kvm_vfio_update_coherency() in virt/kvm/vfio.c; " DOC_KVM_VFIO,
	},
	[VS_RULE_SECOND_KVM_VFIO] = {
		.id = VS_RULE_SECOND_KVM_VFIO,
		.severity = VS_WARNING,
		.name = "second-kvm-vfio",
		.title = "a second kvm-vfio device for a VM was refused",
		.fires = "KVM_CREATE_DEVICE of type VFIO failed with EBUSY: the VM has a kvm-vfio "
			 "device already.",
		.kernel = "A VM can have one kvm-vfio device, which holds the list of its groups. "
			  "Closing its fd makes room for another and drops the list; on 5.10 it "
			  "stays until the VM is destroyed, closed or not.",
		.harm = "Nothing can be registered through the device that was refused: a VMM that "
			"carries on opens its devices without their VM (see open-without-add).",
		.fix = "In the VMM, create the kvm-vfio device once per VM, keep its fd as long as "
		       "the VM lives, and let everything that adds devices use it.",
		.reference = DOC_KVM_VFIO " (only one VFIO instance per VM); kvm_vfio_create() in "
					  "virt/kvm/vfio.c",
	},
	[VS_RULE_ATTACH_FAILED] = {
		.id = VS_RULE_ATTACH_FAILED,
		.severity = VS_WARNING,
		.name = "attach-failed",
		.title = "a call that attaches a device failed",
		.fires = "SET_CONTAINER, SET_IOMMU, GET_DEVICE_FD or (seen with --dma) a "
			 "DMA map returned an error. What the errno means is said with it.",
		.kernel = "Before a device can be opened no host driver may hold a device of its "
			  "group, and the IOMMU must isolate the group, interrupts included. A DMA "
			  "map pins the memory, counts it against the process's limit of locked "
			  "memory, and must fit the IOMMU's page size, address range and the "
			  "existing maps.",
		.harm = "The VM starts without the device, or does not start; after a failed map "
			"the device can not reach that memory.",
		.fix = "Do what the explanation of the errno says. Most often: raise the limit of "
		       "locked memory (ulimit -l, LimitMEMLOCK=infinity), bind every device of the "
		       "group to vfio-pci, or find the process that still holds the group "
		       "(/dev/vfio/N or anon_inode:[vfio-device] in /proc/*/fd). The kernel log of "
		       "that moment may say more.",
		.reference = "Documentation/driver-api/vfio.rst; drivers/vfio/container.c, "
			     "drivers/vfio/group.c, drivers/vfio/vfio_iommu_type1.c",
	},
	[VS_RULE_NONCOHERENT_DMA] = {
		.id = VS_RULE_NONCOHERENT_DMA,
		.severity = VS_INFO,
		.name = "noncoherent-dma",
		.title = "registering a group made its VM non-coherent",
		.fires = "After an ADD, KVM began to treat the VM as one with non-coherent DMA: for "
			 "at least one of its devices the IOMMU does not enforce snooping of the "
			 "CPU's caches. Told once for each VM, even if it ends and begins again "
			 "later. Only on x86.",
		.kernel = "A device may then bypass the caches, so the guest must be able to flush "
			  "and to map memory uncached: KVM lets WBINVD through and honours the "
			  "guest's memory types under EPT, which it need not do otherwise. On 6.12 "
			  "and later the first such registration and the last removal zap all of "
			  "the VM's shadow page table entries (SPTEs) where guest PAT may be "
			  "ignored otherwise.",
		.harm = "No data is at risk, but the VM can become slower: what the guest maps "
			"uncached is uncached from now on, WBINVD flushes the host CPU's caches, "
			"and zapping stalls the guest for a moment and makes the ADD take longer.",
		.fix = "Nothing, if the device needs DMA without snooping, as graphics cards do: the "
		       "guest's data depends on it. Else use a device behind an IOMMU that "
		       "enforces snooping: Intel's with snoop control (ECAP.SC), or AMD's, whose "
		       "driver always sets force coherent (FC). To keep a stall out of the VM's run, plug the device before "
		       "the guest starts.",
		.reference = "virt/kvm/vfio.c (kvm_vfio_update_coherency()); "
			     "kvm_arch_register_noncoherent_dma() in arch/x86/kvm/x86.c; "
			     DOC_KVM_VFIO,
	},
	[VS_RULE_OVER_BUDGET] = {
		.id = VS_RULE_OVER_BUDGET,
		.severity = VS_WARNING,
		.name = "over-budget",
		.title = "a phase of an attach took longer than its budget",
		.fires = "A phase of an attach took longer than the budget given for it with "
			 "--budget. It belongs to the profile view: this version measures no phases "
			 "yet, so the rule never fires here.",
		.kernel = "Most of an attach is spent pinning memory in MAP_DMA, in the driver's "
			  "open_device, which resets the device, and in waiting: opens of functions "
			  "that share a bus or slot take the same dev_set->lock one after another.",
		.harm = "The VM starts late, and others that attach devices at the same time wait "
			"for it.",
		.fix = "Read the duration of each call in vfioscope trace. Back the guest's memory "
		       "with huge pages to make pinning cheaper, and do not count on parallel "
		       "opens of functions that share a bus or slot.",
		.reference = "drivers/vfio/vfio_main.c (vfio_df_open()); vfio_pin_pages_remote() in "
			     "drivers/vfio/vfio_iommu_type1.c",
	},
};

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
