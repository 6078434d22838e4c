// SPDX-License-Identifier: GPL-2.0-only
#include "objects.h"

static int by_vm(const struct m_vm *a, const struct m_vm *b)
{
	return (a->pub.id > b->pub.id) - (a->pub.id < b->pub.id);
}

static int by_group(const struct m_group *a, const struct m_group *b)
{
	if (a->pub.number != b->pub.number)
		return (a->pub.number > b->pub.number) - (a->pub.number < b->pub.number);
	/* The group itself, then the files of its devices. */
	return strcmp(a->pub.device, b->pub.device);
}

static int by_container(const struct m_container *a, const struct m_container *b)
{
	if (a->pub.iommufd != b->pub.iommufd)
		return a->pub.iommufd - b->pub.iommufd;
	return (a->pub.id > b->pub.id) - (a->pub.id < b->pub.id);
}

static int by_place(const struct vs_place *a, const struct vs_place *b)
{
	if (a->group != b->group)
		return (a->group > b->group) - (a->group < b->group);
	return strcmp(a->name, b->name);
}

static int by_device(const struct m_open *a, const struct m_open *b)
{
	return strcmp(a->pub.device, b->pub.device);
}

void vs_walk_sort(struct vs_model *m)
{
	HASH_SORT(m->vms, by_vm);
	HASH_SORT(m->groups, by_group);
	HASH_SORT(m->containers, by_container);
	HASH_SORT(m->opens, by_device);
	DL_SORT(m->places, by_place);
}

/* What callers see comes first in each object: a pointer to it is one to the whole. */
#define NEXT(head, at, type) ((at) ? ((const type *)(at))->hh.next : (const void *)(head))

const struct vs_vm *vs_walk_vm(const struct vs_model *m, const struct vs_vm *at)
{
	return NEXT(m->vms, at, struct m_vm);
}

const struct vs_group *vs_walk_group(const struct vs_model *m, const struct vs_group *at)
{
	return NEXT(m->groups, at, struct m_group);
}

const struct vs_container *vs_walk_container(const struct vs_model *m,
					     const struct vs_container *at)
{
	return NEXT(m->containers, at, struct m_container);
}

const struct vs_open *vs_walk_open(const struct vs_model *m, const struct vs_open *at)
{
	return NEXT(m->opens, at, struct m_open);
}

const struct vs_vm *vs_walk_registered(const struct vs_group *g, const struct vs_vm *at)
{
	const struct m_reg *r = ((const struct m_group *)g)->regs;

	if (at) {
		while (r && &r->vm->pub != at)
			r = r->g_next;
		r = r ? r->g_next : NULL;
	}
	return r ? &r->vm->pub : NULL;
}

const struct vs_place *vs_walk_place(const struct vs_model *m, const struct vs_place *at)
{
	return at ? at->next : m->places;
}

const struct vs_holder *vs_vm_holders(const struct vs_vm *vm)
{
	return ((const struct m_vm *)vm)->holders;
}

const struct vs_holder *vs_group_holders(const struct vs_group *g)
{
	return ((const struct m_group *)g)->holders;
}

const struct vs_holder *vs_container_holders(const struct vs_container *c)
{
	return ((const struct m_container *)c)->holders;
}

const struct vs_holder *vs_open_holders(const struct vs_open *open)
{
	return ((const struct m_open *)open)->holders;
}

unsigned int vs_vm_kvm_vfios(const struct vs_vm *vm, bool *noncoherent)
{
	const struct m_kvm_vfio *k;
	unsigned int n = 0;

	*noncoherent = false;
	DL_FOREACH(((const struct m_vm *)vm)->kvm_vfios, k) {
		*noncoherent |= k->noncoherent;
		n++;
	}
	return n;
}

const struct vs_group *vs_open_group(const struct vs_open *open)
{
	const struct m_group *g = ((const struct m_open *)open)->group;

	return g ? &g->pub : NULL;
}

bool vs_open_notifier(const struct vs_open *open)
{
	return ((const struct m_open *)open)->notifier;
}
