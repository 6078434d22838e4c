// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "host.h"

#define PARAM_NAME(ID, module, name) [VS_PARAM_##ID] = { #module, #name },
const struct vs_param_name vs_param_names[VS_PARAM_COUNT] = { VS_PARAMS(PARAM_NAME) };

const char *vs_iommu_table_name(enum vs_iommu_table table)
{
	static const char *const names[] = {
		[VS_TABLE_NONE] = NULL,
		[VS_TABLE_DMAR] = "DMAR",
		[VS_TABLE_IVRS] = "IVRS",
	};

	return names[table];
}

/* Whether "a,b,c" of @len bytes has this word. */
static bool list_has(const char *list, size_t len, const char *word)
{
	const char *end = list + len, *at = list;
	size_t n, want = strlen(word);

	for (; at < end; at += n + 1) {
		n = strcspn(at, ", \n");
		if (n == want && !memcmp(at, word, n))
			return true;
	}
	return false;
}

/* A parameter of the command line; its word "off" is final, unless "on" may follow. */
struct off_key {
	const char *key;
	enum vs_iommu_table not_of; /* the IOMMU that does not listen to it */
	bool on; /* knows that word, and the last one counts */
};

/* Whether the word @at of @len bytes is of @key: then @off is what it makes of it. */
static void take_word(const struct off_key *key, const char *at, size_t len, const char **off)
{
	size_t skip = strlen(key->key);

	if (len < skip || memcmp(at, key->key, skip))
		return;
	if (list_has(at + skip, len - skip, "off"))
		*off = at;
	else if (key->on && list_has(at + skip, len - skip, "on"))
		*off = NULL;
}

void vs_iommu_told_off(const char *cmdline, enum vs_iommu_table table, char *word, size_t size)
{
	static const struct off_key keys[] = {
		{ "intel_iommu=", VS_TABLE_IVRS, true },
		{ "amd_iommu=", VS_TABLE_DMAR, false },
		{ "iommu=", VS_TABLE_NONE, false },
	};
	const char *at, *off;
	size_t i, len;

	*word = '\0';
	for (i = 0; i < 3 && !*word; i++) {
		off = NULL;
		if (keys[i].not_of && keys[i].not_of == table)
			continue;
		for (at = cmdline; *at; at += len, at += strspn(at, " \n")) {
			len = strcspn(at, " \n");
			take_word(&keys[i], at, len, &off);
		}
		len = off ? strcspn(off, " \n") : 0;
		if (len && len < size) {
			memcpy(word, off, len);
			word[len] = '\0';
		}
	}
}

/*
 * Where interrupts are remapped, the names of interrupt chips begin with IR-, also behind a
 * space only. DMAR-MSI is the IOMMU's own interrupt, which is never remapped.
 */
enum vs_fact vs_remapping_from(const char *interrupts, enum vs_arch arch)
{
	if (arch != VS_ARCH_X86)
		return VS_FACT_UNKNOWN;
	if (strstr(interrupts, " IR-") || strstr(interrupts, "-IR-"))
		return VS_FACT_YES;
	return strstr(interrupts, " IO-APIC") || strstr(interrupts, " PCI-MSI") ? VS_FACT_NO :
										  VS_FACT_UNKNOWN;
}

static void advise_x86(struct vs_text *t, const struct vs_passthrough *p)
{
	if (!p->table) {
		vs_put(t, "the firmware describes none: enable VT-d or AMD-Vi in its setup; in a "
			  "virtual machine, give that a virtual IOMMU");
		return;
	}
	vs_put(t, "the firmware has one (");
	vs_put(t, vs_iommu_table_name(p->table));
	vs_put(t, ") and the kernel does not use it: ");
	if (*p->told_off) {
		vs_put(t, "remove ");
		vs_put_escaped(t, p->told_off);
		vs_put(t, " from the kernel command line");
		if (p->table == VS_TABLE_DMAR)
			vs_put(t, " and boot with intel_iommu=on");
	} else if (p->table == VS_TABLE_DMAR) {
		vs_put(t, "boot with intel_iommu=on on the kernel command line");
	} else {
		vs_put(t, "the kernel log says why (dmesg | grep AMD-Vi)");
	}
}

void vs_iommu_advice(struct vs_text *t, const struct vs_passthrough *p)
{
	if (p->iommu)
		return;
	if (p->arch == VS_ARCH_X86)
		advise_x86(t, p);
	else
		vs_put(t, "the kernel found none; its log says why (dmesg | grep -i iommu)");
}

static bool is_set(const struct vs_passthrough *p, enum vs_param id)
{
	return *p->param[id] == 'Y' || *p->param[id] == '1';
}

bool vs_unsafe_interrupts(const struct vs_passthrough *p)
{
	return is_set(p, VS_PARAM_TYPE1_UNSAFE_INTERRUPTS) ||
	       is_set(p, VS_PARAM_IOMMUFD_UNSAFE_INTERRUPTS);
}

static const char *interrupts_say(const struct vs_passthrough *p, enum vs_param id)
{
	if (is_set(p, id))
		return p->remapping == VS_FACT_YES ?
			       "interrupts are remapped here: it is not needed" :
			       "a guest can raise any interrupt on the host, unless interrupts are "
			       "remapped";
	if (p->remapping != VS_FACT_NO)
		return NULL;
	return id == VS_PARAM_TYPE1_UNSAFE_INTERRUPTS ?
		       "interrupts are not remapped here: VFIO_SET_IOMMU is refused (EPERM)" :
		       "interrupts are not remapped here: VFIO_DEVICE_ATTACH_IOMMUFD_PT is "
		       "refused (EPERM)";
}

/* What the modules set by themselves: U16_MAX. */
#define DMA_ENTRY_LIMIT 65535UL

const char *vs_param_says(const struct vs_passthrough *p, enum vs_param id)
{
	static const char *const if_set[VS_PARAM_COUNT] = {
		[VS_PARAM_UNSAFE_NOIOMMU] =
			"devices without an IOMMU can be opened, and write to all memory",
		[VS_PARAM_DISABLE_HUGEPAGES] =
			"memory is mapped in single pages: DMA maps take many times as long",
		[VS_PARAM_DISABLE_IDLE_D3] = "unused devices stay powered (D0)",
		[VS_PARAM_NOINTXMASK] =
			"a device that shares its INTx line cannot use it (EBUSY): it needs MSI",
		[VS_PARAM_ENABLE_SRIOV] =
			"the user of a PF can create VFs; to open one takes the PF's VF token",
		[VS_PARAM_DISABLE_DENYLIST] =
			"vfio-pci also takes devices with errata that a guest can exploit",
	};

	if (!*p->param[id])
		return NULL;
	switch (id) {
	case VS_PARAM_TYPE1_UNSAFE_INTERRUPTS:
	case VS_PARAM_IOMMUFD_UNSAFE_INTERRUPTS:
		return interrupts_say(p, id);
	case VS_PARAM_DMA_ENTRY_LIMIT:
		return strtoul(p->param[id], NULL, 10) < DMA_ENTRY_LIMIT ?
			       "lower than the default of 65535: a container with so many maps "
			       "refuses more (ENOSPC)" :
			       NULL;
	default:
		return is_set(p, id) ? if_set[id] : NULL;
	}
}
