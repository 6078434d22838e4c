/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel knows of a PCI device beside its name: power, and whose its memory is. */
#ifndef VS_SHAPES_PCI_BPF_H
#define VS_SHAPES_PCI_BPF_H

#include "shapes.bpf.h"

/* include/linux/pci.h, include/linux/pm.h */
#define PCI_D1 1
#define PCI_D3COLD 4
#define PCI_CHANNEL_IO_PERM_FAILURE 3

/* A device that is suspended may have no power. Kernels without power management suspend none. */
static __always_inline bool shape_active(struct device *parent)
{
	return !bpf_core_field_exists(struct dev_pm_info, runtime_status) ||
	       BPF_CORE_READ(parent, power.runtime_status) == RPM_ACTIVE;
}

/* A mediated device's name, which has been read anyway, spares a look at its bus. */
static __always_inline bool shape_is_pci(struct device *parent, const char *name)
{
	return addr_pci_bus && (name[4] == ':' || name[5] == ':') &&
	       (__u64)BPF_CORE_READ(parent, bus) == addr_pci_bus;
}

/*
 * What keeps a PCI device from answering, as the kernel has noticed: VS_F_NO_POWER,
 * VS_F_FAILED, or 0. @on: its driver has just powered it up, so that any other state is wrong.
 */
static __always_inline __u32 shape_silence(struct device *parent, const char *name, bool on)
{
	struct pci_dev *pci;
	int state;

	if (!shape_is_pci(parent, name))
		return 0;
	pci = (void *)parent - bpf_core_field_offset(struct pci_dev, dev);
	if (BPF_CORE_READ(pci, error_state) == PCI_CHANNEL_IO_PERM_FAILURE)
		return VS_F_FAILED;
	state = BPF_CORE_READ(pci, current_state);
	if (on ? state >= PCI_D1 && state <= PCI_D3COLD :
		 state == PCI_D3COLD && shape_active(parent))
		return VS_F_NO_POWER;
	return 0;
}

/* The resources of a device: its BARs come first (include/linux/pci.h). */
#define PCI_BARS 6
/* include/linux/ioport.h */
#define IORESOURCE_BUSY 0x80000000UL
/* Regions inside of a BAR that are looked at; there are rarely more than two. */
#define OWNERS_MAX 16

/*
 * Who has a BAR of a PCI device, or a part of it: the first region inside of it that is
 * busy, as __request_region() would find. Its name is the one in /proc/iomem. Below a region
 * that is not busy only its first branch is looked at. The tree is read without its lock: what
 * is read is a moment's, and each step is bounded.
 */
static __always_inline void shape_bar_owner(struct device *parent, const char *name, __u32 bar,
					    char owner[VS_OWNER_LEN])
{
	struct pci_dev *pci = (void *)parent - bpf_core_field_offset(struct pci_dev, dev);
	struct resource *r;
	int i;

	if (!shape_is_pci(parent, name) || bar >= PCI_BARS)
		return;
	r = (void *)pci + bpf_core_field_offset(struct pci_dev, resource) +
	    bar * bpf_core_type_size(struct resource);
	r = BPF_CORE_READ(r, child);
	for (i = 0; i < OWNERS_MAX && r; i++) {
		struct resource *child = BPF_CORE_READ(r, child);

		if (BPF_CORE_READ(r, flags) & IORESOURCE_BUSY) {
			bpf_probe_read_kernel_str(owner, VS_OWNER_LEN, BPF_CORE_READ(r, name));
			return;
		}
		r = child ? child : BPF_CORE_READ(r, sibling);
	}
}

#endif
