// SPDX-License-Identifier: GPL-2.0-only
/* The inventory as a tree: under each VM what it has, then what no VM has. */
#include "../core/text/describe.h"
#include "view.h"

/* All that is written goes through here. */
struct ps {
	FILE *file;
	struct vs_text t;
	char buf[2048]; /* room for what stands in a line before its holders */
};

static void end_line(struct ps *p)
{
	vs_put(&p->t, "\n");
	vs_print_text(p->file, &p->t);
}

/* There may be any number of them. */
static void put_holders(struct ps *p, const struct vs_holder *h)
{
	const char *before = ", open in ";

	for (; h; h = h->next) {
		vs_put(&p->t, before);
		vs_put_escaped(&p->t, h->comm);
		vs_put(&p->t, " (pid ");
		vs_put_uint(&p->t, h->pid);
		vs_put(&p->t, ", fd ");
		vs_put_int(&p->t, h->fd);
		vs_put(&p->t, ")");
		vs_print_text(p->file, &p->t);
		before = ", ";
	}
}

static void put_kvm_pointer(struct vs_text *t, uint32_t vm)
{
	vs_put(t, vm ? ", kvm pointer of vm" : ", no kvm pointer");
	if (vm)
		vs_put_uint(t, vm);
}

static void print_device(struct ps *p, const struct vs_inv_device *d)
{
	struct vs_text *t = &p->t;

	vs_put(t, "    device ");
	vs_put_device(t, &d->open);
	vs_put(t, ": ");
	vs_put(t, vs_verdict_name(d->open.verdict));
	if (d->kvm || !d->notifier)
		put_kvm_pointer(t, d->kvm);
	put_holders(p, d->holders);
	if (d->open.verdict == VS_VERDICT_UNKNOWN) {
		vs_put(t, "\n      ");
		vs_put(t, d->open.reason);
	}
	end_line(p);
}

/* How many VMs one group is registered with is not bounded. */
static void put_registrations(struct ps *p, const struct vs_inv_reg *r)
{
	const char *before = "registered with vm";

	if (!r)
		vs_put(&p->t, "not registered");
	for (; r; r = r->next) {
		vs_put(&p->t, before);
		vs_put_uint(&p->t, r->vm);
		vs_print_text(p->file, &p->t);
		before = " and vm";
	}
}

static void print_group(struct ps *p, const struct vs_inventory *inv, const struct vs_inv_group *g)
{
	const struct vs_inv_container *c = vs_inventory_find_container(inv, g->container);
	const struct vs_inv_device *d = NULL;
	struct vs_text *t = &p->t;

	vs_put(t, "  group ");
	vs_put_int(t, g->group);
	vs_put(t, ": ");
	put_registrations(p, g->regs);
	put_kvm_pointer(t, g->vm);
	if (c) {
		vs_put(t, ", container ");
		vs_put_uint(t, c->id);
		vs_put(t, " (");
		vs_put_escaped(t, c->driver);
		vs_put(t, *c->driver ? ")" : "no IOMMU driver yet)");
	} else if (g->iommufd) {
		vs_put(t, ", iommufd");
	}
	put_holders(p, g->holders);
	end_line(p);
	while ((d = vs_inventory_device(inv, d)))
		if (d->open.group == g->group)
			print_device(p, d);
}

static void print_vm(struct ps *p, const struct vs_inventory *inv, const struct vs_inv_vm *vm)
{
	const struct vs_inv_group *g = NULL;
	bool any = false;

	vs_put_vm(&p->t, &vm->vm, true);
	if (!vm->kvm_vfio)
		vs_put(&p->t, ": no kvm-vfio device");
	else
		vs_put(&p->t, vm->noncoherent ? ": kvm-vfio device, non-coherent" :
						": kvm-vfio device, coherent");
	put_holders(p, vm->holders);
	end_line(p);
	while ((g = vs_inventory_group(inv, g))) {
		if (!vs_inventory_group_about(inv, g, vm->vm.id))
			continue;
		print_group(p, inv, g);
		any = true;
	}
	if (!any)
		fputs("  no group\n", p->file);
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
	struct ps p = { .file = out->file };
	bool headline = true;

	vs_text_init(&p.t, p.buf, sizeof(p.buf));
	while ((vm = vs_inventory_vm(inv, vm)))
		print_vm(&p, inv, vm);
	while ((g = vs_inventory_group(inv, g))) {
		if (has_vm(inv, g))
			continue;
		if (headline)
			fprintf(out->file, "no VM\n");
		headline = false;
		print_group(&p, inv, g);
	}
	while ((d = vs_inventory_device(inv, d)))
		if (d->open.group < 0)
			print_device(&p, d);
	if (!vs_inventory_vm(inv, NULL) && !vs_inventory_group(inv, NULL) &&
	    !vs_inventory_device(inv, NULL))
		fprintf(out->file, "no VM and no group%s\n",
			out->style.narrowed ? " that is asked for" : " of VFIO is open");
}
