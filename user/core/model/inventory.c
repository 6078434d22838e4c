// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "../hash.h"
#include "inventory.h"

/* What callers see comes first, so that a pointer to it is one to the whole. */
struct node_vm {
	struct vs_inv_vm pub;
	uint32_t id;
	UT_hash_handle hh;
};

struct node_kvm_vfio {
	uint64_t ptr;
	UT_hash_handle hh;
};

struct node_group {
	struct vs_inv_group pub;
	uint64_t ptr;
	UT_hash_handle hh;
};

struct node_container {
	struct vs_inv_container pub;
	uint64_t ptr;
	UT_hash_handle hh;
};

struct node_device {
	struct vs_inv_device pub;
	char name[VS_DEVNAME_LEN];
	UT_hash_handle hh;
};

struct vs_inventory {
	struct node_vm *vms;
	struct node_kvm_vfio *kvm_vfios;
	struct node_group *groups;
	struct node_container *containers;
	struct node_device *devices;
	uint32_t container_count;
};

/*
 * NODE_GET(inv->vms, key, size): the node of this key, new if need be; the
 * last member of @field's path holds the key. NULL if there is no memory.
 */
#define NODE_GET(head, field, key)                                        \
	({                                                                \
		__typeof__(head) n_;                                      \
		HASH_FIND(hh, head, key, sizeof(n_->field), n_);          \
		if (!n_ && (n_ = calloc(1, sizeof(*n_)))) {               \
			memcpy(&n_->field, key, sizeof(n_->field));       \
			HASH_ADD(hh, head, field, sizeof(n_->field), n_); \
			if (!n_->hh.tbl) {                                \
				free(n_);                                 \
				n_ = NULL;                                \
			}                                                 \
		}                                                         \
		n_;                                                       \
	})

struct vs_inventory *vs_inventory_new(void)
{
	return calloc(1, sizeof(struct vs_inventory));
}

static void holders_free(struct vs_holder *holders)
{
	struct vs_holder *h, *tmp;

	DL_FOREACH_SAFE(holders, h, tmp)
	free(h);
}

static void regs_free(struct vs_inv_reg *regs)
{
	struct vs_inv_reg *r, *tmp;

	DL_FOREACH_SAFE(regs, r, tmp)
	free(r);
}

static void vm_free(struct vs_inventory *inv, struct node_vm *n)
{
	HASH_DEL(inv->vms, n);
	holders_free(n->pub.holders);
	free(n);
}

static void group_free(struct vs_inventory *inv, struct node_group *n)
{
	HASH_DEL(inv->groups, n);
	holders_free(n->pub.holders);
	regs_free(n->pub.regs);
	free(n);
}

static void container_free(struct vs_inventory *inv, struct node_container *n)
{
	HASH_DEL(inv->containers, n);
	holders_free(n->pub.holders);
	free(n);
}

static void device_free(struct vs_inventory *inv, struct node_device *n)
{
	HASH_DEL(inv->devices, n);
	holders_free(n->pub.holders);
	free(n);
}

static void kvm_vfio_free(struct vs_inventory *inv, struct node_kvm_vfio *n)
{
	HASH_DEL(inv->kvm_vfios, n);
	free(n);
}

void vs_inventory_free(struct vs_inventory *inv)
{
	if (!inv)
		return;
	while (inv->vms)
		vm_free(inv, inv->vms);
	while (inv->kvm_vfios)
		kvm_vfio_free(inv, inv->kvm_vfios);
	while (inv->groups)
		group_free(inv, inv->groups);
	while (inv->containers)
		container_free(inv, inv->containers);
	while (inv->devices)
		device_free(inv, inv->devices);
	free(inv);
}

/* A look may show the same file twice, if it had to be done again. */
static int add_holder(struct vs_holder **list, const struct ev_hdr *h)
{
	struct vs_holder *holder;

	DL_FOREACH(*list, holder)
		if (holder->pid == h->pid && holder->fd == (int)h->ret)
			return 0;
	holder = calloc(1, sizeof(*holder));
	if (!holder)
		return -ENOMEM;
	holder->pid = h->pid;
	holder->fd = (int)h->ret;
	memcpy(holder->comm, h->comm, sizeof(holder->comm));
	DL_APPEND(*list, holder);
	return 0;
}

static uint32_t id_of(const struct vs_vm *vm)
{
	return vm ? vm->id : 0;
}

/* Every VM that anything names is listed. */
static struct node_vm *vm_node(struct vs_inventory *inv, const struct vs_vm *vm)
{
	struct node_vm *n = NODE_GET(inv->vms, id, &vm->id);

	if (n)
		n->pub.vm = *vm;
	return n;
}

static int on_vm(struct vs_inventory *inv, const union vs_event *ev, const struct vs_refs *refs)
{
	struct node_vm *n = refs->vm ? vm_node(inv, refs->vm) : NULL;

	return n ? add_holder(&n->pub.holders, &ev->h) : -ENOMEM;
}

static int on_kvm_vfio(struct vs_inventory *inv, const union vs_event *ev,
		       const struct vs_refs *refs)
{
	struct node_vm *vm = refs->vm ? vm_node(inv, refs->vm) : NULL;
	uint64_t ptr = ev->kvm_vfio.kvm_vfio;
	struct node_kvm_vfio *n;

	HASH_FIND(hh, inv->kvm_vfios, &ptr, sizeof(ptr), n);
	if (!vm || n)
		return vm ? 0 : -ENOMEM;
	n = NODE_GET(inv->kvm_vfios, ptr, &ptr);
	if (!n)
		return -ENOMEM;
	vm->pub.kvm_vfio++;
	vm->pub.noncoherent |= ev->kvm_vfio.noncoherent != 0;
	return 0;
}

static struct node_group *group_node(struct vs_inventory *inv, uint64_t ptr, int group,
				     const struct vs_vm *vm)
{
	struct node_group *n = NODE_GET(inv->groups, ptr, &ptr);

	if (!n || (vm && !vm_node(inv, vm)))
		return NULL;
	n->pub.group = group;
	n->pub.vm = id_of(vm);
	return n;
}

static int on_registration(struct vs_inventory *inv, const union vs_event *ev,
			   const struct vs_refs *refs)
{
	struct node_group *n;
	struct vs_inv_reg *r;

	if (!ev->registration.group || !refs->vm)
		return 0;
	n = group_node(inv, ev->registration.group, refs->group, refs->group_vm);
	if (!n || !vm_node(inv, refs->vm))
		return -ENOMEM;
	if (vs_inv_registered(&n->pub, refs->vm->id))
		return 0;
	r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	r->vm = refs->vm->id;
	DL_APPEND(n->pub.regs, r);
	return 0;
}

static struct node_container *container_node(struct vs_inventory *inv, uint64_t ptr)
{
	struct node_container *n = NODE_GET(inv->containers, ptr, &ptr);

	if (n && !n->pub.id)
		n->pub.id = ++inv->container_count;
	return n;
}

static int on_group(struct vs_inventory *inv, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct ev_found_group *g = &ev->found_group;
	struct node_group *n = group_node(inv, g->group, refs->group, refs->group_vm);
	struct node_container *c = g->container ? container_node(inv, g->container) : NULL;

	if (!n || (g->container && !c))
		return -ENOMEM;
	n->pub.container = c ? c->pub.id : 0;
	n->pub.iommufd = g->iommufd != 0;
	return add_holder(&n->pub.holders, &ev->h);
}

static int on_container(struct vs_inventory *inv, const union vs_event *ev)
{
	struct node_container *n = container_node(inv, ev->found_container.container);

	if (!n)
		return -ENOMEM;
	memcpy(n->pub.driver, ev->found_container.driver, sizeof(n->pub.driver));
	return add_holder(&n->pub.holders, &ev->h);
}

static int on_device(struct vs_inventory *inv, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct ev_dev *d = &ev->dev;
	struct node_device *n;

	if (!d->open_count) /* not open, for all that is known; the model says the same */
		return 0;
	n = NODE_GET(inv->devices, name, d->name);
	if (!n)
		return -ENOMEM;
	if (d->group && !group_node(inv, d->group, refs->group, refs->group_vm))
		return -ENOMEM;
	if (refs->vm && !vm_node(inv, refs->vm))
		return -ENOMEM;
	memcpy(n->pub.open.device, d->name, sizeof(n->pub.open.device));
	n->pub.kvm = d->kvm ? id_of(refs->vm) : 0;
	n->pub.notifier = d->h.flags & VS_F_NOTIFIER;
	n->pub.group_kvm = id_of(refs->group_vm);
	return add_holder(&n->pub.holders, &ev->h);
}

int vs_inventory_event(struct vs_inventory *inv, const union vs_event *ev,
		       const struct vs_refs *refs)
{
	switch (ev->h.kind) {
	case VS_FOUND_VM:
		return on_vm(inv, ev, refs);
	case VS_FOUND_KVM_VFIO:
		return on_kvm_vfio(inv, ev, refs);
	case VS_FOUND_REGISTRATION:
		return on_registration(inv, ev, refs);
	case VS_FOUND_GROUP:
		return on_group(inv, ev, refs);
	case VS_FOUND_CONTAINER:
		return on_container(inv, ev);
	case VS_FOUND_DEVICE:
		return on_device(inv, ev, refs);
	}
	return 0;
}

void vs_inventory_open(struct vs_inventory *inv, const struct vs_open *open)
{
	struct node_device *n;

	HASH_FIND(hh, inv->devices, open->device, sizeof(open->device), n);
	if (!n)
		return;
	n->pub.vm = id_of(open->vm);
	n->pub.open = *open;
	n->pub.open.vm = n->pub.open.kvm = NULL;
}

static int by_vm(const struct node_vm *a, const struct node_vm *b)
{
	return (a->id > b->id) - (a->id < b->id);
}

static int by_group(const struct node_group *a, const struct node_group *b)
{
	return (a->pub.group > b->pub.group) - (a->pub.group < b->pub.group);
}

static int by_container(const struct node_container *a, const struct node_container *b)
{
	return (a->pub.id > b->pub.id) - (a->pub.id < b->pub.id);
}

static int by_name(const struct node_device *a, const struct node_device *b)
{
	return strcmp(a->name, b->name);
}

void vs_inventory_sort(struct vs_inventory *inv)
{
	HASH_SORT(inv->vms, by_vm);
	HASH_SORT(inv->groups, by_group);
	HASH_SORT(inv->containers, by_container);
	HASH_SORT(inv->devices, by_name);
}

#define NODE_NEXT(head, at, type) ((at) ? ((const type *)(at))->hh.next : (const void *)(head))

const struct vs_inv_vm *vs_inventory_vm(const struct vs_inventory *inv, const struct vs_inv_vm *at)
{
	return NODE_NEXT(inv->vms, at, struct node_vm);
}

const struct vs_inv_group *vs_inventory_group(const struct vs_inventory *inv,
					      const struct vs_inv_group *at)
{
	return NODE_NEXT(inv->groups, at, struct node_group);
}

const struct vs_inv_container *vs_inventory_container(const struct vs_inventory *inv,
						      const struct vs_inv_container *at)
{
	return NODE_NEXT(inv->containers, at, struct node_container);
}

const struct vs_inv_device *vs_inventory_device(const struct vs_inventory *inv,
						const struct vs_inv_device *at)
{
	return NODE_NEXT(inv->devices, at, struct node_device);
}

const struct vs_inv_vm *vs_inventory_find_vm(const struct vs_inventory *inv, uint32_t id)
{
	struct node_vm *n;

	HASH_FIND(hh, inv->vms, &id, sizeof(id), n);
	return n ? &n->pub : NULL;
}

const struct vs_inv_container *vs_inventory_find_container(const struct vs_inventory *inv,
							   uint32_t id)
{
	const struct vs_inv_container *c = NULL;

	while ((c = vs_inventory_container(inv, c)))
		if (c->id == id)
			return c;
	return NULL;
}

bool vs_inv_registered(const struct vs_inv_group *g, uint32_t vm)
{
	const struct vs_inv_reg *r;

	DL_FOREACH(g->regs, r)
		if (r->vm == vm)
			return true;
	return false;
}

bool vs_inventory_group_about(const struct vs_inventory *inv, const struct vs_inv_group *g,
			      uint32_t vm)
{
	const struct vs_inv_device *d = NULL;

	if (g->vm == vm || vs_inv_registered(g, vm))
		return true;
	while ((d = vs_inventory_device(inv, d)))
		if (d->open.group == g->group && (d->kvm == vm || d->vm == vm))
			return true;
	return false;
}

static bool held_by(const struct vs_holder *h, uint32_t pid)
{
	for (; h; h = h->next)
		if (h->pid == pid)
			return true;
	return false;
}

static bool device_wanted(const struct vs_inventory *inv, const struct vs_inv_device *d,
			  const struct vs_filter *f)
{
	const struct vs_inv_vm *vm = vs_inventory_find_vm(inv, d->vm);

	return (!f->pid || held_by(d->holders, f->pid)) &&
	       (!f->vm || (vm && vs_filter_vm(f, &vm->vm))) &&
	       (!f->device || !strcmp(f->device, d->open.device)) &&
	       (f->group < 0 || f->group == d->open.group);
}

/* For itself, or for a device in it that is. */
static bool group_wanted(const struct vs_inventory *inv, const struct vs_inv_group *g,
			 const struct vs_filter *f)
{
	const struct vs_inv_device *d = NULL;
	const struct vs_inv_vm *vm = NULL;
	bool of_vm = !f->vm;

	while ((d = vs_inventory_device(inv, d)))
		if (d->open.group == g->group)
			return true;
	while (!of_vm && (vm = vs_inventory_vm(inv, vm)))
		of_vm = vs_filter_vm(f, &vm->vm) && vs_inventory_group_about(inv, g, vm->vm.id);
	return of_vm && (!f->pid || held_by(g->holders, f->pid)) &&
	       (!f->device || (g->group >= 0 && g->group == f->device_group)) &&
	       (f->group < 0 || f->group == g->group);
}

/* By its name, its process, or what it has. */
static bool vm_wanted(const struct vs_inventory *inv, const struct vs_inv_vm *vm,
		      const struct vs_filter *f)
{
	const struct vs_inv_group *g = NULL;

	while ((g = vs_inventory_group(inv, g)))
		if (vs_inventory_group_about(inv, g, vm->vm.id))
			return true;
	return (!f->vm || vs_filter_vm(f, &vm->vm)) && !f->device && f->group < 0 &&
	       (!f->pid || f->pid == vm->vm.pid || held_by(vm->holders, f->pid));
}

static bool container_wanted(const struct vs_inventory *inv, const struct vs_inv_container *c)
{
	const struct vs_inv_group *g = NULL;

	while ((g = vs_inventory_group(inv, g)))
		if (g->container == c->id)
			return true;
	return false;
}

void vs_inventory_keep(struct vs_inventory *inv, const struct vs_filter *f)
{
	struct node_container *container, *ctmp;
	struct node_device *device, *dtmp;
	struct node_group *group, *gtmp;
	struct node_vm *vm, *vtmp;

	if (!f->pid && !f->vm && !f->device && f->group < 0)
		return;
	HASH_ITER(hh, inv->devices, device, dtmp)
		if (!device_wanted(inv, &device->pub, f))
			device_free(inv, device);
	HASH_ITER(hh, inv->groups, group, gtmp)
		if (!group_wanted(inv, &group->pub, f))
			group_free(inv, group);
	HASH_ITER(hh, inv->containers, container, ctmp)
		if (!container_wanted(inv, &container->pub))
			container_free(inv, container);
	HASH_ITER(hh, inv->vms, vm, vtmp)
		if (!vm_wanted(inv, &vm->pub, f))
			vm_free(inv, vm);
}
