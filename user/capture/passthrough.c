// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "passthrough.h"
#include "sysfs.h"

/* /proc/interrupts has a column for each processor. */
#define INTERRUPTS_SIZE ((size_t)4 << 20)

static bool count(void *ctx, const char *name)
{
	(void)name;
	++*(unsigned int *)ctx;
	return true;
}

/* Groups exist with a bare hypervisor's IOMMU, too, which registers none. */
static void read_iommu(struct vs_passthrough *p)
{
	unsigned int iommus = 0;
	char cmdline[4096];

	vs_sysfs_each("/sys/kernel/iommu_groups", count, &p->groups);
	vs_sysfs_each("/sys/class/iommu", count, &iommus);
	p->iommu = p->groups || iommus;
	if (vs_sysfs_has("/sys/firmware/acpi/tables/DMAR"))
		p->table = VS_TABLE_DMAR;
	else if (vs_sysfs_has("/sys/firmware/acpi/tables/IVRS"))
		p->table = VS_TABLE_IVRS;
	vs_sysfs_read(cmdline, sizeof(cmdline), "/proc/cmdline");
	vs_iommu_told_off(cmdline, p->table, p->told_off, sizeof(p->told_off));
}

static void read_interrupts(struct vs_passthrough *p)
{
	char *text = malloc(INTERRUPTS_SIZE);

	if (!text)
		return;
	vs_sysfs_read(text, INTERRUPTS_SIZE, "/proc/interrupts");
	p->remapping = vs_remapping_from(text, p->arch);
	free(text);
}

static void read_parameters(struct vs_passthrough *p)
{
	size_t i;

	for (i = 0; i < VS_PARAM_COUNT; i++)
		vs_sysfs_line(p->param[i], sizeof(p->param[i]), "/sys/module/%s/parameters/%s",
			      vs_param_names[i].module, vs_param_names[i].name);
}

int vs_passthrough_read(struct vs_passthrough *p)
{
	struct utsname uts;

	memset(p, 0, sizeof(*p));
	if (!uname(&uts))
		p->arch = vs_arch_find(uts.machine);
	if (!vs_sysfs_has("/sys/bus"))
		return -ENOENT;
	read_iommu(p);
	read_interrupts(p);
	read_parameters(p);
	return 0;
}
