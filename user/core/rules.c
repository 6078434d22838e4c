// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "rules.h"

#define FIX_ORDER                                                                              \
	"In the VMM, register the group before opening the device: KVM_SET_DEVICE_ATTR with "  \
	"KVM_DEV_VFIO_GROUP / KVM_DEV_VFIO_GROUP_ADD on the VM's kvm-vfio device first, then " \
	"VFIO_GROUP_GET_DEVICE_FD. "

const struct vs_rule vs_rules[VS_RULE_COUNT] = {
	[VS_RULE_OPEN_BEFORE_ADD] = {
		.id = VS_RULE_OPEN_BEFORE_ADD,
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
		.reference = "Documentation/virt/kvm/devices/vfio.rst (KVM_DEV_VFIO_GROUP_ADD); "
			     "vfio_device_get_kvm_safe() in drivers/vfio/vfio_main.c",
	},
	[VS_RULE_OPEN_WITHOUT_ADD] = {
		.id = VS_RULE_OPEN_WITHOUT_ADD,
		.name = "open-without-add",
		.title = "a process that has a VM opened a device and never registered its group",
		.fires = "A device was opened without a kvm pointer by a process that has a VM, and "
			 "its group was not registered with any VM until the device was closed. "
			 "Reported as still pending when the grace period (--grace, 5 s unless "
			 "told otherwise) has passed and the device is still open.",
		.kernel = "KVM learns of an assigned device only through GROUP_ADD on the VM's "
			  "kvm-vfio device. Without it the device never gets a kvm pointer, and KVM "
			  "does not know that the VM does DMA: it takes no account of non-coherent "
			  "DMA and, up to 6.16, of assigned devices in its choice of CPU "
			  "mitigations and posted interrupts.",
		.fix = FIX_ORDER "If the device is used by the same process but not by its VM (a "
				 "user-space driver next to a VM), this finding can be ignored: "
				 "run audit with --fail-on error.",
		.reference = "Documentation/virt/kvm/devices/vfio.rst; kvm_vfio_file_add() in "
			     "virt/kvm/vfio.c",
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

#define HARM_KVM_SIDE                                                                         \
	"As long as the group is not registered, KVM does not know of the device: with "      \
	"non-coherent DMA, as graphics cards do it, the guest can read stale memory, and on " \
	"CPUs affected by MMIO stale data kernels up to 6.16 skip a mitigation."

/*
 * Every driver in the kernel's tree that reads vfio_device.kvm (6.12, 7.2):
 * kvmgt, vfio_ap and vfio-pci on s390. The rest is listed because users meet
 * it often.
 */
static const struct vs_driver drivers[] = {
	{ "intel_vgpu_mdev", NULL, true,
	  "The i915 mediated GPU needs the VM to watch guest page tables: opened without it, it "
	  "refuses (ESRCH) and the guest has no GPU." },
	{ "vfio_ap_mdev", NULL, true,
	  "The s390 crypto queues are given to the guest through the VM: without it the driver "
	  "refuses to open (EINVAL) on 6.1 and later." },
	{ "vfio-pci", "s390x", true,
	  "On s390 the open succeeds silently, but the guest's PCI instructions and interrupts "
	  "are not forwarded by the hardware: the device stays in slow intercept mode until its "
	  "last close." },
	{ "vfio-pci", NULL, false,
	  "vfio-pci itself makes no use of the kvm pointer on this architecture: the device "
	  "works. " HARM_KVM_SIDE " The same order makes mediated GPUs refuse to open and slows "
	  "down PCI on s390." },
	{ NULL, NULL, false,
	  "No driver of the kernel's own tree by this name uses the kvm pointer; if it is an "
	  "out-of-tree driver that does, it runs without its VM. " HARM_KVM_SIDE },
};

const struct vs_driver *vs_driver_find(const char *name, const char *arch)
{
	const struct vs_driver *d;

	for (d = drivers; d->name; d++)
		if (!strcmp(d->name, name) && (!d->arch || !strcmp(d->arch, arch)))
			break;
	return d;
}
