// SPDX-License-Identifier: GPL-2.0-only
/* What is said of a host's IOMMU, interrupts and module parameters. */
#include "events.h"
#include "../../user/core/passthrough/host.h"

static void check_off(const char *cmdline, enum vs_iommu_table table, const char *expected)
{
	char word[32] = "before";

	vs_iommu_told_off(cmdline, table, word, sizeof(word));
	assert_string_equal(word, expected);
}

static void words_that_turn_it_off(void **state)
{
	(void)state;
	check_off("quiet intel_iommu=off\n", VS_TABLE_DMAR, "intel_iommu=off");
	check_off("iommu=off", VS_TABLE_DMAR, "iommu=off");
	check_off("amd_iommu=off", VS_TABLE_IVRS, "amd_iommu=off");
	check_off("iommu=pt,off ro", VS_TABLE_IVRS, "iommu=pt,off");
	check_off("intel_iommu=on,sm_on intel_iommu=off", VS_TABLE_DMAR, "intel_iommu=off");
}

static void words_that_do_not(void **state)
{
	(void)state;
	check_off("", VS_TABLE_DMAR, "");
	check_off(" \n", VS_TABLE_DMAR, "");
	check_off("intel_iommu=on iommu=pt", VS_TABLE_DMAR, "");
	check_off("intel_iommu=off intel_iommu=on", VS_TABLE_DMAR, "");
	check_off("intel_iommu=igfx_off", VS_TABLE_DMAR, "");
	check_off("my_intel_iommu=off xiommu=off", VS_TABLE_DMAR, "");
	check_off("iommu=offset", VS_TABLE_DMAR, "");
	check_off("iommu=of", VS_TABLE_DMAR, "");
	check_off("amd_iommu=off", VS_TABLE_DMAR, "");
	check_off("intel_iommu=off", VS_TABLE_IVRS, "");
	/* There is no room for it. */
	check_off("iommu=off,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", VS_TABLE_DMAR, "");
}

static void remapped_interrupts(void **state)
{
	(void)state;
	assert_int_equal(vs_remapping_from("  1:  9  IR-IO-APIC   1-edge  i8042\n", VS_ARCH_X86),
			 VS_FACT_YES);
	assert_int_equal(
		vs_remapping_from(" 26:  0  IR-PCI-MSIX-0000:00:01.0  0-edge  x\n", VS_ARCH_X86),
		VS_FACT_YES);
	assert_int_equal(vs_remapping_from(" 26:  0  AMD-IR-MSI  0-edge  x\n", VS_ARCH_X86),
			 VS_FACT_YES);
	assert_int_equal(vs_remapping_from("  1:  9  IO-APIC   1-edge  i8042\n", VS_ARCH_X86),
			 VS_FACT_NO);
	/* The IOMMU's own interrupt says nothing, nor does a device of that name. */
	assert_int_equal(vs_remapping_from(" 24:  0  DMAR-MSI   0-edge  dmar0\n"
					   " 26:  0  PCI-MSI  1-edge  MIR-7\n",
					   VS_ARCH_X86),
			 VS_FACT_NO);
	assert_int_equal(vs_remapping_from(" 24:  0  DMAR-MSI   0-edge  dmar0\n", VS_ARCH_X86),
			 VS_FACT_UNKNOWN);
	assert_int_equal(vs_remapping_from("", VS_ARCH_X86), VS_FACT_UNKNOWN);
	assert_int_equal(vs_remapping_from("  1:  9  IO-APIC   1-edge  i8042\n", VS_ARCH_ARM64),
			 VS_FACT_UNKNOWN);
}

static void check_advice(const struct vs_passthrough *p, const char *expected)
{
	char text[512];
	struct vs_text t;

	vs_text_init(&t, text, sizeof(text));
	vs_iommu_advice(&t, p);
	if (!*expected)
		assert_string_equal(text, "");
	else if (!strstr(text, expected))
		fail_msg("\"%s\" is not in \"%s\"", expected, text);
}

static void advice_about_the_iommu(void **state)
{
	struct vs_passthrough p = { .arch = VS_ARCH_X86 };

	(void)state;
	check_advice(&p, "enable VT-d or AMD-Vi");
	p.table = VS_TABLE_DMAR;
	check_advice(&p, "(DMAR) and the kernel does not use it: boot with intel_iommu=on");
	strcpy(p.told_off, "iommu=off");
	check_advice(&p, "remove iommu=off from the kernel command line and boot with intel_iommu");
	p.table = VS_TABLE_IVRS;
	check_advice(&p, "remove iommu=off from the kernel command line");
	*p.told_off = '\0';
	check_advice(&p, "AMD-Vi");
	/* With one there is nothing to advise, whatever the command line says. */
	strcpy(p.told_off, "iommu=off");
	p.iommu = true;
	check_advice(&p, "");
	p = (struct vs_passthrough){ .arch = VS_ARCH_ARM64 };
	check_advice(&p, "its log says why");
}

static const char *says(struct vs_passthrough *p, enum vs_param id, const char *value)
{
	strcpy(p->param[id], value);
	return vs_param_says(p, id);
}

static void parameters_that_matter(void **state)
{
	struct vs_passthrough p = { .arch = VS_ARCH_X86, .remapping = VS_FACT_YES };
	enum vs_param id;

	(void)state;
	for (id = 0; id < VS_PARAM_COUNT; id++) {
		assert_null(vs_param_says(&p, id));
		if (id == VS_PARAM_DMA_ENTRY_LIMIT)
			continue;
		assert_null(says(&p, id, "N"));
		assert_non_null(says(&p, id, "Y"));
	}
	assert_null(says(&p, VS_PARAM_DMA_ENTRY_LIMIT, "65535"));
	assert_null(says(&p, VS_PARAM_DMA_ENTRY_LIMIT, "100000"));
	assert_non_null(strstr(says(&p, VS_PARAM_DMA_ENTRY_LIMIT, "65534"), "ENOSPC"));
}

static void unsafe_interrupts(void **state)
{
	struct vs_passthrough p = { .arch = VS_ARCH_X86, .remapping = VS_FACT_NO };
	enum vs_param id = VS_PARAM_TYPE1_UNSAFE_INTERRUPTS;

	(void)state;
	assert_non_null(strstr(says(&p, id, "N"), "EPERM"));
	assert_false(vs_unsafe_interrupts(&p));
	assert_non_null(strstr(says(&p, id, "Y"), "a guest can raise any interrupt"));
	assert_true(vs_unsafe_interrupts(&p));
	p.remapping = VS_FACT_YES;
	assert_non_null(strstr(says(&p, id, "Y"), "not needed"));
	p.remapping = VS_FACT_UNKNOWN;
	assert_null(says(&p, id, "N"));
	assert_null(says(&p, id, ""));
	assert_false(vs_unsafe_interrupts(&p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_that_turn_it_off), cmocka_unit_test(words_that_do_not),
		cmocka_unit_test(remapped_interrupts),	  cmocka_unit_test(advice_about_the_iommu),
		cmocka_unit_test(parameters_that_matter), cmocka_unit_test(unsafe_interrupts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
