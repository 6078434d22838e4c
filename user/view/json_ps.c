// SPDX-License-Identifier: GPL-2.0-only
/* A moment for programs: one object per VM, container, group and device. */
#include "../core/moment.h"
#include "jsonw.h"
#include "view.h"

static void set_holders(struct json_line *j, const struct vs_holder *h)
{
	j_open(j, "holders", '[');
	for (; h; h = h->next) {
		j_open(j, NULL, '{');
		j_int(j, "pid", h->pid);
		j_text(j, "comm", h->comm);
		j_int_or_null(j, "fd", h->fd, h->fd >= 0);
		j_process(j, &h->process);
		j_close(j, '}');
	}
	j_close(j, ']');
}

static void write_vm(FILE *f, const struct vs_vm *vm, bool raw_pointers)
{
	struct json_line j;
	bool noncoherent;
	unsigned int kvm_vfios = vs_vm_kvm_vfios(vm, &noncoherent);

	j_begin(&j, f, "vm");
	j_vm(&j, vm);
	j_text_or_null(&j, "vm_comm", vm->comm);
	j_int(&j, "kvm_vfio_devices", kvm_vfios);
	if (kvm_vfios)
		j_bool(&j, "coherent", !noncoherent);
	else
		j_null(&j, "coherent");
	set_holders(&j, vs_vm_holders(vm));
	if (raw_pointers)
		j_hex_or_null(&j, "kvm_pointer", vm->ptr);
	j_end(&j);
}

static void write_container(FILE *f, const struct vs_container *c)
{
	struct json_line j;

	if (c->iommufd) {
		j_begin(&j, f, "iommufd");
		j_id(&j, "iommufd", "iommufd", c->id);
	} else {
		j_begin(&j, f, "container");
		j_id(&j, "container", "container", c->id);
		j_text_or_null(&j, "iommu_driver", c->driver);
	}
	set_holders(&j, vs_container_holders(c));
	j_end(&j);
}

/* The id of a container or of an iommufd; null for anything else. */
static void set_context(struct json_line *j, const char *key, const struct vs_container *c,
			bool iommufd)
{
	const char *prefix = iommufd ? "iommufd" : "container";

	j_id(j, key, prefix, c && c->iommufd == iommufd ? c->id : 0);
}

static bool uses_iommufd(const struct vs_group *g)
{
	return g->container && g->container->iommufd;
}

/* A group, or the file of a device's cdev. */
static void write_group(FILE *f, const struct vs_group *g)
{
	const struct vs_vm *vm = NULL;
	struct json_line j;

	j_begin(&j, f, g->cdev ? "cdev" : "group");
	if (g->cdev)
		j_text_or_null(&j, "device", g->device);
	j_int_or_null(&j, "group", g->number, g->number >= 0);
	j_open(&j, "registered_with", '[');
	while ((vm = vs_walk_registered(g, vm)))
		j_vm_id(&j, NULL, vm);
	j_close(&j, ']');
	j_vm_id(&j, "kvm", g->kvm);
	if (g->cdev) {
		j_bool(&j, "bound", g->container);
	} else {
		set_context(&j, "container", g->container, false);
		j_bool(&j, "iommufd", uses_iommufd(g));
	}
	set_context(&j, "iommufd_id", g->container, true);
	set_holders(&j, vs_group_holders(g));
	j_end(&j);
}

static void write_device(FILE *f, const struct vs_open *o)
{
	const struct vs_group *g = vs_open_group(o);
	struct json_line j;

	j_begin(&j, f, "device");
	j_text(&j, "device", o->device);
	j_text_or_null(&j, "device_name", o->info);
	j_text_or_null(&j, "driver", o->driver);
	j_int_or_null(&j, "group", o->group, o->group >= 0);
	j_word(&j, "path", vs_path_name(o->path));
	j_word(&j, "backend", vs_backend_name(o->backend));
	set_context(&j, "iommufd_id", g ? g->container : NULL, true);
	j_vm_id(&j, "kvm", o->kvm);
	j_vm_id(&j, "group_kvm", g ? g->kvm : NULL);
	j_vm_id(&j, "vm", o->vm);
	j_word(&j, "verdict", vs_verdict_name(o->verdict));
	j_string(&j, "reason", o->reason.text);
	j_word(&j, "reason_id", o->reason.id);
	j_int(&j, "open_count", o->opens);
	set_holders(&j, vs_open_holders(o));
	j_end(&j);
}

/* A device that is in a group with one that VFIO has, or is one. */
static void write_member(FILE *f, const struct vs_moment *m, const struct vs_place *p)
{
	struct json_line j;

	j_begin(&j, f, "member");
	j_text(&j, "device", p->name);
	j_text_or_null(&j, "bus", p->bus);
	j_text_or_null(&j, "driver", p->driver);
	j_bool(&j, "vfio", p->vfio);
	j_int(&j, "group", p->group);
	j_bool(&j, "open", vs_moment_is_open(m, p->name));
	j_end(&j);
}

/* Who has the device that was asked for. */
static void write_use(FILE *f, const struct vs_moment *m)
{
	const struct vs_place *p = m->place;
	struct json_line j;

	j_begin(&j, f, "use");
	j_text(&j, "device", m->asked);
	j_word(&j, "answer", vs_answer_name(m->answer));
	j_text_or_null(&j, "driver", p ? p->driver : NULL);
	if (p)
		j_bool(&j, "vfio", p->vfio);
	else
		j_null(&j, "vfio");
	j_int_or_null(&j, "group", p ? p->group : -1, p && p->group >= 0);
	j_holds(&j, "holders", m->holds, m->hold_count);
	j_end(&j);
}

void vs_write_moment(FILE *f, const struct vs_moment *moment, bool raw_pointers)
{
	size_t i;

	for (i = 0; i < moment->vm_count; i++)
		write_vm(f, moment->vms[i], raw_pointers);
	for (i = 0; i < moment->container_count; i++)
		write_container(f, moment->containers[i]);
	for (i = 0; i < moment->group_count; i++)
		write_group(f, moment->groups[i]);
	for (i = 0; i < moment->open_count; i++)
		write_device(f, moment->opens[i]);
	for (i = 0; i < moment->place_count; i++)
		write_member(f, moment, moment->places[i]);
	if (moment->answer)
		write_use(f, moment);
}
