// SPDX-License-Identifier: GPL-2.0-only
/* The inventory for programs: one object per VM, group, container, device. */
#include "../core/text/describe.h"
#include "jsonw.h"
#include "view.h"

static void set_holders(struct json_line *j, const struct vs_holder *h)
{
	j_open(j, "holders", '[');
	for (; h; h = h->next) {
		j_open(j, NULL, '{');
		j_int(j, "pid", h->pid);
		j_text(j, "comm", h->comm);
		j_int(j, "fd", h->fd);
		j_close(j, '}');
	}
	j_close(j, ']');
}

static void write_vm(struct vs_out *out, const struct vs_inv_vm *vm)
{
	struct json_line j;

	j_begin(&j, out->file, "vm");
	j_vm(&j, &vm->vm);
	j_text_or_null(&j, "vm_comm", vm->vm.comm);
	j_int(&j, "kvm_vfio_devices", vm->kvm_vfio);
	if (vm->kvm_vfio)
		j_bool(&j, "coherent", !vm->noncoherent);
	else
		j_null(&j, "coherent");
	set_holders(&j, vm->holders);
	if (out->style.raw_pointers)
		j_hex_or_null(&j, "kvm_pointer", vm->vm.ptr);
	j_end(&j);
}

static void write_group(struct vs_out *out, const struct vs_inv_group *g)
{
	const struct vs_inv_reg *r;
	struct json_line j;

	j_begin(&j, out->file, "group");
	j_int(&j, "group", g->group);
	j_open(&j, "registered_with", '[');
	for (r = g->regs; r; r = r->next)
		j_id(&j, NULL, "vm", r->vm);
	j_close(&j, ']');
	j_id(&j, "kvm", "vm", g->vm);
	j_id(&j, "container", "container", g->container);
	j_bool(&j, "iommufd", g->iommufd);
	set_holders(&j, g->holders);
	j_end(&j);
}

static void write_container(struct vs_out *out, const struct vs_inv_container *c)
{
	struct json_line j;

	j_begin(&j, out->file, "container");
	j_id(&j, "container", "container", c->id);
	j_text_or_null(&j, "iommu_driver", c->driver);
	set_holders(&j, c->holders);
	j_end(&j);
}

static void write_device(struct vs_out *out, const struct vs_inv_device *d)
{
	struct json_line j;

	j_begin(&j, out->file, "device");
	j_text(&j, "device", d->open.device);
	j_text_or_null(&j, "device_name", d->open.info);
	j_text_or_null(&j, "driver", d->open.driver);
	j_int_or_null(&j, "group", d->open.group, d->open.group >= 0);
	j_word(&j, "path", "group");
	j_id(&j, "kvm", "vm", d->kvm);
	j_id(&j, "group_kvm", "vm", d->group_kvm);
	j_id(&j, "vm", "vm", d->vm);
	j_word(&j, "verdict", vs_verdict_name(d->open.verdict));
	j_string(&j, "reason", d->open.reason);
	j_int(&j, "open_count", d->open.opens);
	set_holders(&j, d->holders);
	j_end(&j);
}

void vs_json_inventory(struct vs_out *out, const struct vs_inventory *inv)
{
	const struct vs_inv_container *c = NULL;
	const struct vs_inv_device *d = NULL;
	const struct vs_inv_group *g = NULL;
	const struct vs_inv_vm *vm = NULL;

	while ((vm = vs_inventory_vm(inv, vm)))
		write_vm(out, vm);
	while ((c = vs_inventory_container(inv, c)))
		write_container(out, c);
	while ((g = vs_inventory_group(inv, g)))
		write_group(out, g);
	while ((d = vs_inventory_device(inv, d)))
		write_device(out, d);
}
