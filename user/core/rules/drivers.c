// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>
#include <string.h>

#include "drivers.h"

#define HARM_KVM_SIDE                                                                       \
	"Until it is registered, KVM does not know about the device: if the device "        \
	"does non-coherent DMA, as graphics cards do, the guest can read stale memory; on " \
	"CPUs affected by MMIO stale data, kernels up to 6.16 skip a mitigation."

static const char harm_zpci[] =
	"On s390 the open succeeds silently, but the hardware does not forward the guest's PCI "
	"instructions and interrupts: the device stays in slow intercept mode until its last "
	"close, whatever is registered later. Kernels up to 5.18 have no other mode.";

/*
 * Every in-tree driver that reads vfio_device.kvm (6.12, 7.2): kvmgt, vfio_ap, and
 * vfio-pci on s390, where the code is in the core that variant drivers such as
 * mlx5's share. The other entries are drivers that users often meet. Not listed:
 * nvidia-vgpu-vfio, whose published kernel part does not read the pointer.
 */
const struct vs_driver vs_drivers[] = {
	{ "intel_vgpu_mdev", NULL, true,
	  "The i915 mediated GPU needs the VM to track guest page tables: opened without it, it "
	  "refuses (ESRCH) and the guest has no GPU. A later registration does not help: the "
	  "device must be opened again." },
	{ "vfio_ap_mdev", NULL, true,
	  "The s390 crypto queues are given to the guest through the VM: without it the driver "
	  "refuses to open (EINVAL) on 6.1 and later. Kernels up to 5.18 open the device and give "
	  "the queues to the guest when the group is registered: there, a late GROUP_ADD does no "
	  "harm, and a missing one leaves the guest without crypto." },
	{ "vfio_mdev", NULL, false,
	  "Kernels up to 5.18 run different mediated devices under this one driver name. This is "
	  "not i915's GPU, which refuses to open without its VM (ESRCH). s390 crypto queues "
	  "(vfio_ap) reach the guest when the group is registered, not before; other in-tree "
	  "drivers do not use the kvm pointer. " HARM_KVM_SIDE },
	{ "vfio-pci", "s390x", true, harm_zpci },
	{ "mlx5_vfio_pci", "s390x", true, harm_zpci },
	{ "vfio-pci", NULL, false,
	  "vfio-pci itself does not use the kvm pointer on this architecture: the device works. " HARM_KVM_SIDE
	  " The same order makes mediated GPUs refuse to open and slows down PCI on "
	  "s390." },
	{ NULL, NULL, false,
	  "No in-tree driver of this name uses the kvm pointer; an out-of-tree driver that does "
	  "runs without its VM. " HARM_KVM_SIDE },
};

const struct vs_driver *vs_driver_find(const char *name, const char *arch)
{
	const struct vs_driver *d;

	for (d = vs_drivers; d->name; d++)
		if (!strcmp(d->name, name) && (!d->arch || !strcmp(d->arch, arch)))
			break;
	return d;
}
