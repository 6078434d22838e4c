// SPDX-License-Identifier: GPL-2.0-only
/* The inventory for programs: one object per VM, group, container, device. */
#include "../core/describe.h"
#include "json_util.h"

static json_t *vm_or_null(uint32_t id)
{
	return id ? json_sprintf("vm%u", id) : json_null();
}

static json_t *container_or_null(uint32_t id)
{
	return id ? json_sprintf("container%u", id) : json_null();
}

static void set_holders(json_t *obj, const struct vs_holder *h)
{
	json_t *holders = json_array();

	for (; h; h = h->next) {
		json_t *holder = json_object();

		j_set(holder, "pid", json_integer(h->pid));
		j_set(holder, "comm", j_text(h->comm));
		j_set(holder, "fd", json_integer(h->fd));
		json_array_append_new(holders, holder);
	}
	j_set(obj, "holders", holders);
}

static void write_vm(struct vs_out *out, const struct vs_inv_vm *vm)
{
	json_t *obj = j_object("vm");

	j_set_vm(obj, &vm->vm);
	j_set(obj, "vm_comm", j_text_or_null(vm->vm.comm));
	j_set(obj, "kvm_vfio_devices", json_integer(vm->kvm_vfio));
	j_set(obj, "coherent", vm->kvm_vfio ? json_boolean(!vm->noncoherent) : json_null());
	set_holders(obj, vm->holders);
	if (out->style.raw_pointers)
		j_set(obj, "kvm_pointer", j_hex_or_null(vm->vm.ptr));
	j_write_line(out, obj);
}

static void write_group(struct vs_out *out, const struct vs_inv_group *g)
{
	json_t *obj = j_object("group"), *regs = json_array();
	const struct vs_inv_reg *r;

	for (r = g->regs; r; r = r->next)
		json_array_append_new(regs, vm_or_null(r->vm));
	j_set(obj, "group", json_integer(g->group));
	j_set(obj, "registered_with", regs);
	j_set(obj, "kvm", vm_or_null(g->vm));
	j_set(obj, "container", container_or_null(g->container));
	j_set(obj, "iommufd", json_boolean(g->iommufd));
	set_holders(obj, g->holders);
	j_write_line(out, obj);
}

static void write_container(struct vs_out *out, const struct vs_inv_container *c)
{
	json_t *obj = j_object("container");

	j_set(obj, "container", container_or_null(c->id));
	j_set(obj, "iommu_driver", j_text_or_null(c->driver));
	set_holders(obj, c->holders);
	j_write_line(out, obj);
}

static void write_device(struct vs_out *out, const struct vs_inv_device *d)
{
	json_t *obj = j_object("device");

	j_set(obj, "device", j_text(d->open.device));
	j_set(obj, "device_name", j_text_or_null(d->open.info));
	j_set(obj, "driver", j_text_or_null(d->open.driver));
	j_set(obj, "group", j_number_or_null(d->open.group, d->open.group >= 0));
	j_set(obj, "path", json_string("group"));
	j_set(obj, "kvm", vm_or_null(d->kvm));
	j_set(obj, "group_kvm", vm_or_null(d->group_kvm));
	j_set(obj, "vm", vm_or_null(d->vm));
	j_set(obj, "verdict", json_string(vs_verdict_name(d->open.verdict)));
	j_set(obj, "reason", json_string(d->open.reason));
	j_set(obj, "open_count", json_integer(d->open.opens));
	set_holders(obj, d->holders);
	j_write_line(out, obj);
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
