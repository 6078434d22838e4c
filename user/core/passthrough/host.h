/* SPDX-License-Identifier: GPL-2.0-only */
/* What a host offers to passthrough: its IOMMU, its interrupts, VFIO's parameters. Pure. */
#ifndef VS_PASSTHROUGH_H
#define VS_PASSTHROUGH_H

#include "../plan/plan.h"
#include "../text/strbuf.h"

/* Module parameters that decide what VFIO does: ID, module, name. */
#define VS_PARAMS(P)                                                          \
	P(UNSAFE_NOIOMMU, vfio, enable_unsafe_noiommu_mode)                   \
	P(TYPE1_UNSAFE_INTERRUPTS, vfio_iommu_type1, allow_unsafe_interrupts) \
	P(DMA_ENTRY_LIMIT, vfio_iommu_type1, dma_entry_limit)                 \
	P(DISABLE_HUGEPAGES, vfio_iommu_type1, disable_hugepages)             \
	P(IOMMUFD_UNSAFE_INTERRUPTS, iommufd, allow_unsafe_interrupts)        \
	P(DISABLE_IDLE_D3, vfio_pci, disable_idle_d3)                         \
	P(NOINTXMASK, vfio_pci, nointxmask)                                   \
	P(ENABLE_SRIOV, vfio_pci, enable_sriov)                               \
	P(DISABLE_DENYLIST, vfio_pci, disable_denylist)

#define VS_PARAM_ID(ID, module, name) VS_PARAM_##ID,
enum vs_param { VS_PARAMS(VS_PARAM_ID) VS_PARAM_COUNT };
#undef VS_PARAM_ID

struct vs_param_name {
	const char *module, *name;
};

extern const struct vs_param_name vs_param_names[VS_PARAM_COUNT];

/* The ACPI table by which firmware describes an IOMMU. */
enum vs_iommu_table { VS_TABLE_NONE, VS_TABLE_DMAR, VS_TABLE_IVRS };

struct vs_passthrough {
	enum vs_arch arch;
	unsigned int groups; /* IOMMU groups */
	bool iommu; /* the kernel uses an IOMMU; it may have no group yet */
	enum vs_iommu_table table;
	char told_off[32]; /* the word of the command line that turns it off; "": none */
	enum vs_fact remapping; /* of interrupts */
	char param[VS_PARAM_COUNT][32]; /* values; "": the module is not there, or lacks it */
};

/* "DMAR", "IVRS"; NULL: none. */
const char *vs_iommu_table_name(enum vs_iommu_table table);

/* The word of a kernel command line that turns such an IOMMU off; "" if none does. */
void vs_iommu_told_off(const char *cmdline, enum vs_iommu_table table, char *word, size_t size);

/* From all of /proc/interrupts. */
enum vs_fact vs_remapping_from(const char *interrupts, enum vs_arch arch);

/* Why there is no IOMMU, and how to get one; nothing if there is one. No full stop. */
void vs_iommu_advice(struct vs_text *t, const struct vs_passthrough *p);

/* Whether VFIO takes devices whose interrupts are not remapped. */
bool vs_unsafe_interrupts(const struct vs_passthrough *p);

/* What comes of a parameter's value; NULL: nothing to care about. */
const char *vs_param_says(const struct vs_passthrough *p, enum vs_param id);

#endif
