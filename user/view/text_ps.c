// SPDX-License-Identifier: GPL-2.0-only
/* A moment as a tree: under each VM what it has, then what no VM has. */
#include "../core/moment.h"
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
		vs_put(&p->t, h->fd < 0 ? ", mapped" : ", fd ");
		if (h->fd >= 0)
			vs_put_int(&p->t, h->fd);
		if (h->process.exiting)
			vs_put(&p->t, ", exiting");
		vs_put(&p->t, ")");
		vs_print_text(p->file, &p->t);
		before = ", ";
	}
}

static void put_kvm_pointer(struct vs_text *t, const struct vs_vm *vm)
{
	vs_put(t, vm ? ", kvm pointer of vm" : ", no kvm pointer");
	if (vm)
		vs_put_uint(t, vm->id);
}

static void put_verdict(struct ps *p, const struct vs_open *o)
{
	vs_put(&p->t, vs_verdict_name(o->verdict));
	if (o->kvm || !vs_open_notifier(o))
		put_kvm_pointer(&p->t, o->kvm);
}

/* Who holds it, and why its verdict is unknown; the end of a device's line. */
static void end_device(struct ps *p, const struct vs_open *o)
{
	struct vs_text *t = &p->t;

	put_holders(p, vs_open_holders(o));
	if (o->verdict == VS_VERDICT_UNKNOWN) {
		vs_put(t, "\n      ");
		vs_put(t, o->reason.text);
	}
	end_line(p);
}

static void print_device(struct ps *p, const struct vs_open *o)
{
	vs_put(&p->t, "    device ");
	vs_put_device(&p->t, o);
	vs_put(&p->t, ": ");
	put_verdict(p, o);
	end_device(p, o);
}

/* How many VMs one group is registered with is not bounded. */
static void put_registrations(struct ps *p, const struct vs_group *g)
{
	const char *before = "registered with vm";
	const struct vs_vm *vm = NULL;

	if (!vs_walk_registered(g, NULL))
		vs_put(&p->t, "not registered");
	while ((vm = vs_walk_registered(g, vm))) {
		vs_put(&p->t, before);
		vs_put_uint(&p->t, vm->id);
		vs_print_text(p->file, &p->t);
		before = " and vm";
	}
}

static void put_container(struct vs_text *t, const struct vs_group *g)
{
	const struct vs_container *c = g->container;

	if (!c)
		return;
	vs_put(t, c->iommufd ? ", iommufd " : ", container ");
	vs_put_uint(t, c->id);
	if (c->iommufd)
		return;
	vs_put(t, " (");
	vs_put_escaped(t, c->driver);
	vs_put(t, *c->driver ? ")" : "no IOMMU driver yet)");
}

static const struct vs_open *open_of(const struct vs_moment *moment, const struct vs_group *g)
{
	size_t i;

	for (i = 0; i < moment->open_count; i++)
		if (vs_open_group(moment->opens[i]) == g)
			return moment->opens[i];
	return NULL;
}

/* The file and its device are one line: a file that is not bound has no device open. */
static void print_cdev(struct ps *p, const struct vs_moment *moment, const struct vs_group *g)
{
	const struct vs_open *o = open_of(moment, g);
	struct vs_text *t = &p->t;

	vs_put(t, "  device ");
	if (o)
		vs_put_device(t, o);
	else
		vs_put_escaped(t, g->device);
	vs_put(t, ", cdev: ");
	if (o)
		put_verdict(p, o);
	else
		vs_put(t, "not bound");
	vs_put(t, ", file ");
	put_registrations(p, g);
	if (!o || o->kvm != g->kvm)
		put_kvm_pointer(t, g->kvm);
	put_container(t, g);
	if (o) {
		end_device(p, o);
		return;
	}
	put_holders(p, vs_group_holders(g));
	end_line(p);
}

static void print_group(struct ps *p, const struct vs_moment *moment, const struct vs_group *g)
{
	size_t i;

	if (g->cdev) {
		print_cdev(p, moment, g);
		return;
	}
	vs_put(&p->t, "  group ");
	if (g->number >= 0)
		vs_put_int(&p->t, g->number);
	else
		vs_put(&p->t, "of unknown number");
	vs_put(&p->t, ": ");
	put_registrations(p, g);
	put_kvm_pointer(&p->t, g->kvm);
	put_container(&p->t, g);
	put_holders(p, vs_group_holders(g));
	end_line(p);
	for (i = 0; i < moment->open_count; i++)
		if (vs_open_group(moment->opens[i]) == g)
			print_device(p, moment->opens[i]);
}

static void print_vm(struct ps *p, const struct vs_moment *moment, const struct vs_vm *vm)
{
	bool any = false, noncoherent;
	size_t i;

	vs_put_vm(&p->t, vm, true);
	if (!vs_vm_kvm_vfios(vm, &noncoherent))
		vs_put(&p->t, ": no kvm-vfio device");
	else
		vs_put(&p->t, noncoherent ? ": kvm-vfio device, non-coherent" :
					    ": kvm-vfio device, coherent");
	put_holders(p, vs_vm_holders(vm));
	end_line(p);
	for (i = 0; i < moment->group_count; i++) {
		if (!vs_moment_group_about(moment, moment->groups[i], vm))
			continue;
		print_group(p, moment, moment->groups[i]);
		any = true;
	}
	if (!any)
		fputs("  no group and no device\n", p->file);
}

static bool has_vm(const struct vs_moment *moment, const struct vs_group *g)
{
	size_t i;

	for (i = 0; i < moment->vm_count; i++)
		if (vs_moment_group_about(moment, g, moment->vms[i]))
			return true;
	return false;
}

static void print_without_vm(struct ps *p, const struct vs_moment *moment)
{
	bool headline = true;
	size_t i;

	for (i = 0; i < moment->group_count; i++) {
		if (has_vm(moment, moment->groups[i]))
			continue;
		if (headline)
			fputs("no VM\n", p->file);
		headline = false;
		print_group(p, moment, moment->groups[i]);
	}
	for (i = 0; i < moment->open_count; i++)
		if (!vs_open_group(moment->opens[i]))
			print_device(p, moment->opens[i]);
}

static void print_place(struct ps *p, const struct vs_place *place)
{
	vs_put(&p->t, "    ");
	vs_put_escaped(&p->t, place->name);
	vs_put(&p->t, *place->driver ? ", driver " : ", no driver");
	vs_put_escaped(&p->t, place->driver);
	if (*place->driver && !place->vfio)
		vs_put(&p->t, " (not of VFIO)");
	end_line(p);
}

/* By group, which is how they are given away. */
static void print_idle(struct ps *p, const struct vs_moment *moment)
{
	const struct vs_place *place, *last = NULL;
	size_t i;

	for (i = 0; i < moment->place_count; i++) {
		place = moment->places[i];
		if (vs_moment_is_open(moment, place->name))
			continue;
		if (!last)
			fputs("not in use\n", p->file);
		if (!last || last->group != place->group)
			fprintf(p->file, "  group %d\n", place->group);
		print_place(p, place);
		last = place;
	}
}

void vs_print_tree(FILE *f, const struct vs_moment *moment)
{
	struct ps p = { .file = f };
	size_t i;

	vs_text_init(&p.t, p.buf, sizeof(p.buf));
	for (i = 0; i < moment->vm_count; i++)
		print_vm(&p, moment, moment->vms[i]);
	print_without_vm(&p, moment);
	print_idle(&p, moment);
	if (!moment->vm_count && !moment->group_count && !moment->open_count)
		fprintf(f, "no VM, no VFIO group and no device cdev is open%s\n",
			moment->narrowed ? " that matches the filter" : "");
}
