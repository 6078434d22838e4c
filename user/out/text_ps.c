// SPDX-License-Identifier: GPL-2.0-only
/* The inventory as a tree: under each VM what it has, then what no VM has. */
#include "../core/describe.h"
#include "../core/text.h"
#include "out.h"

static void print_holders(FILE *f, const struct vs_holder *h, const char *before)
{
	char comm[VS_ESCAPED(VS_COMM_LEN)];

	for (; h; h = h->next) {
		fprintf(f, "%s%s (pid %u, fd %d)", before, vs_escape(comm, sizeof(comm), h->comm),
			h->pid, h->fd);
		before = ", ";
	}
}

static void print_device(FILE *f, const struct vs_inv_device *d)
{
	char device[VS_ESCAPED(VS_DEVNAME_LEN)], driver[VS_ESCAPED(VS_DRIVER_LEN)];
	char info[VS_ESCAPED(VS_NAME_LEN)];

	fprintf(f, "    device %s", vs_escape(device, sizeof(device), d->open.device));
	if (*d->open.info)
		fprintf(f, " (%s)", vs_escape(info, sizeof(info), d->open.info));
	if (*d->open.driver)
		fprintf(f, ", driver %s", vs_escape(driver, sizeof(driver), d->open.driver));
	fprintf(f, ": %s", vs_verdict_name(d->open.verdict));
	if (d->kvm)
		fprintf(f, ", kvm pointer of vm%u", d->kvm);
	else if (!d->notified)
		fprintf(f, ", no kvm pointer");
	print_holders(f, d->holders, ", open in ");
	if (d->open.verdict == VS_VERDICT_UNKNOWN)
		fprintf(f, "\n      %s", d->open.reason);
	fputc('\n', f);
}

static void print_group(FILE *f, const struct vs_inventory *inv, const struct vs_inv_group *g)
{
	const struct vs_inv_container *c = vs_inventory_find_container(inv, g->container);
	const struct vs_inv_device *d = NULL;
	const struct vs_inv_reg *r;
	char driver[VS_ESCAPED(24)];
	const char *comma = "";

	fprintf(f, "  group %d: ", g->group);
	if (g->regs)
		fprintf(f, "registered with ");
	for (r = g->regs; r; r = r->next, comma = " and ")
		fprintf(f, "%svm%u", comma, r->vm);
	fprintf(f, "%s", g->regs ? "" : "not registered");
	if (g->vm)
		fprintf(f, ", kvm pointer of vm%u", g->vm);
	else
		fprintf(f, ", no kvm pointer");
	if (c)
		fprintf(f, ", container %u (%s)", c->id,
			*c->driver ? vs_escape(driver, sizeof(driver), c->driver) :
				     "no IOMMU driver yet");
	else if (g->iommufd)
		fprintf(f, ", iommufd");
	print_holders(f, g->holders, ", open in ");
	fputc('\n', f);
	while ((d = vs_inventory_device(inv, d)))
		if (d->open.group == g->group)
			print_device(f, d);
}

static void print_vm(FILE *f, const struct vs_inventory *inv, const struct vs_inv_vm *vm)
{
	const struct vs_inv_group *g = NULL;
	char label[VS_LABEL_LEN];
	bool any = false;

	fprintf(f, "%s: ", vs_vm_label(label, sizeof(label), &vm->vm, true));
	if (!vm->kvm_vfio)
		fprintf(f, "no kvm-vfio device");
	else
		fprintf(f, "kvm-vfio device, %s", vm->noncoherent ? "non-coherent" : "coherent");
	print_holders(f, vm->holders, ", open in ");
	fputc('\n', f);
	while ((g = vs_inventory_group(inv, g))) {
		if (!vs_inventory_group_about(inv, g, vm->vm.id))
			continue;
		print_group(f, inv, g);
		any = true;
	}
	if (!any)
		fprintf(f, "  no group\n");
}

static bool has_vm(const struct vs_inventory *inv, const struct vs_inv_group *g)
{
	const struct vs_inv_vm *vm = NULL;

	while ((vm = vs_inventory_vm(inv, vm)))
		if (vs_inventory_group_about(inv, g, vm->vm.id))
			return true;
	return false;
}

void vs_text_inventory(struct vs_out *out, const struct vs_inventory *inv)
{
	const struct vs_inv_device *d = NULL;
	const struct vs_inv_group *g = NULL;
	const struct vs_inv_vm *vm = NULL;
	bool headline = true;

	while ((vm = vs_inventory_vm(inv, vm)))
		print_vm(out->file, inv, vm);
	while ((g = vs_inventory_group(inv, g))) {
		if (has_vm(inv, g))
			continue;
		if (headline)
			fprintf(out->file, "no VM\n");
		headline = false;
		print_group(out->file, inv, g);
	}
	while ((d = vs_inventory_device(inv, d)))
		if (d->open.group < 0)
			print_device(out->file, d);
	if (!vs_inventory_vm(inv, NULL) && !vs_inventory_group(inv, NULL) &&
	    !vs_inventory_device(inv, NULL))
		fprintf(out->file, "no VM and no group%s\n",
			out->style.narrowed ? " that is asked for" : " of VFIO is open");
}
