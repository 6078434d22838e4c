// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "objects.h"

/* Processes */

struct m_proc *m_proc_get(struct vs_model *m, uint32_t pid)
{
	struct m_proc *p;

	HASH_FIND(hh, m->procs, &pid, sizeof(pid), p);
	if (p)
		return p;
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->pid = pid;
	HASH_ADD(hh, m->procs, pid, sizeof(pid), p);
	if (!p->hh.tbl) {
		free(p);
		return NULL;
	}
	return p;
}

void m_proc_put(struct vs_model *m, struct m_proc *p)
{
	if (p->vms || p->opens)
		return;
	HASH_DEL(m->procs, p);
	free(p);
}

/* VMs */

struct m_vm *m_vm_find(struct vs_model *m, uint64_t ptr)
{
	struct m_vm *vm = m->last_vm;

	if (vm && vm->pub.ptr == ptr)
		return vm;
	HASH_FIND(hh, m->vms, &ptr, sizeof(ptr), vm);
	if (vm)
		m->last_vm = vm;
	return vm;
}

static void m_vm_free_unused(struct m_vm *vm)
{
	if (vm->dead && !vm->refs)
		free(vm);
}

void m_vm_retire(struct vs_model *m, struct m_vm *vm)
{
	struct m_proc *p;

	while (vm->regs)
		m_reg_end(m, vm->regs);
	while (vm->kvm_vfios) {
		struct m_kvm_vfio *k = vm->kvm_vfios;

		DL_DELETE(vm->kvm_vfios, k);
		free(k);
	}
	m_unhold_all(&vm->holders);
	if (m->last_vm == vm)
		m->last_vm = NULL;
	HASH_DEL(m->vms, vm);
	HASH_FIND(hh, m->procs, &vm->pub.pid, sizeof(vm->pub.pid), p);
	if (p) {
		DL_DELETE(p->vms, vm);
		m_proc_put(m, p);
	}
	vm->dead = true;
	m_vm_free_unused(vm);
}

static struct m_vm *m_vm_new(struct vs_model *m, uint64_t ptr, struct m_creator by,
			     const struct ev_hdr *h)
{
	struct m_vm *vm = calloc(1, sizeof(*vm));
	struct m_proc *p;

	if (!vm)
		return NULL;
	vm->pub.ptr = ptr;
	vm->pub.pid = by.pid;
	vm->creator = by.tid;
	vm->mark = vs_ledger_mark_at(&m->ledger, h);
	p = m_proc_get(m, by.pid);
	if (!p)
		goto no_memory;
	HASH_ADD(hh, m->vms, pub.ptr, sizeof(ptr), vm);
	if (!vm->hh.tbl) {
		m_proc_put(m, p);
		goto no_memory;
	}
	DL_APPEND(p->vms, vm);
	vm->pub.id = ++m->vm_count;
	return vm;

no_memory:
	free(vm);
	return NULL;
}

/* The process of a VM that was first met without it. */
static int m_vm_adopt(struct vs_model *m, struct m_vm *vm, uint32_t pid)
{
	struct m_proc *p = m_proc_get(m, pid), *old;

	if (!p)
		return -ENOMEM;
	HASH_FIND(hh, m->procs, &vm->pub.pid, sizeof(vm->pub.pid), old);
	if (old) {
		DL_DELETE(old->vms, vm);
		m_proc_put(m, old);
	}
	vm->pub.pid = pid;
	DL_APPEND(p->vms, vm);
	return 0;
}

/* Its end would be on record. */
static bool m_vm_certain(const struct vs_model *m, const struct m_vm *vm)
{
	return vm->mark == vs_ledger_mark(&m->ledger);
}

bool m_vm_is_of(const struct m_vm *vm, uint32_t creator)
{
	return creator && (creator == vm->creator || creator == vm->pub.pid);
}

/* Which thread of a process it was is certain only if the creation was seen. */
static bool created_by(const struct m_vm *vm, struct m_creator by)
{
	return m_vm_is_of(vm, by.tid) || (by.tid && by.pid == vm->pub.pid && !vm->begun);
}

struct m_vm *m_vm_known(struct vs_model *m, uint64_t ptr, uint32_t creator)
{
	struct m_vm *vm = m_vm_find(m, ptr);

	return vm && (m_vm_certain(m, vm) || m_vm_is_of(vm, creator)) ? vm : NULL;
}

struct m_vm *m_vm_unknown(struct vs_model *m, uint64_t ptr)
{
	struct m_vm *vm = calloc(1, sizeof(*vm));

	if (!vm)
		return NULL;
	vm->pub.ptr = ptr;
	vm->pub.id = ++m->vm_count;
	vm->dead = true;
	return vm;
}

static int m_vm_confirm(struct vs_model *m, struct m_vm *vm, struct m_creator by,
			const struct ev_hdr *h)
{
	uint64_t mark = vs_ledger_mark_at(&m->ledger, h);

	if (!by.tid || !by.pid)
		return 0;
	if (mark > vm->mark)
		vm->mark = mark;
	if (!vm->pub.pid) {
		vm->creator = by.tid;
		return m_vm_adopt(m, vm, by.pid);
	}
	/* A look has shown the process, and now the thread is told. */
	if (by.pid == vm->pub.pid && vm->creator == vm->pub.pid && !vm->begun)
		vm->creator = by.tid;
	return 0;
}

struct m_vm *m_vm_get(struct vs_model *m, uint64_t ptr, struct m_creator by, const struct ev_hdr *h)
{
	bool unseen = m->run.attached.blind & (VS_BLIND_VM | VS_BLIND_VM_END);
	struct m_vm *vm = m_vm_find(m, ptr);

	if (vm && (unseen || !m_vm_certain(m, vm)) && !created_by(vm, by)) {
		m_vm_retire(m, vm);
		vm = NULL;
	}
	if (!vm)
		return m_vm_new(m, ptr, by, h);
	return m_vm_confirm(m, vm, by, h) ? NULL : vm;
}

struct m_vm *m_vm_begin(struct vs_model *m, uint64_t ptr, struct m_creator by,
			const struct ev_hdr *h)
{
	struct m_vm *vm = m_vm_find(m, ptr);

	if (vm && (vm->announced ||
		   (m->looking && !vm->begun && !vm->gone && !vs_ledger_mark(&m->ledger) &&
		    !(m->run.attached.blind & VS_BLIND_VM_END)))) {
		vm->announced = false;
		vm->begun = true;
		vm->creator = by.tid;
		return m_vm_confirm(m, vm, by, h) ? NULL : vm;
	}
	/* The end of the last VM at this address was lost. */
	if (vm)
		m_vm_retire(m, vm);
	vm = m_vm_new(m, ptr, by, h);
	if (vm)
		vm->begun = true;
	return vm;
}

void m_vm_ref(struct m_vm **slot, struct m_vm *vm, const struct vs_vm **pub)
{
	if (vm)
		vm->refs++;
	if (*slot) {
		(*slot)->refs--;
		m_vm_free_unused(*slot);
	}
	*slot = vm;
	*pub = vm ? &vm->pub : NULL;
}

/* kvm-vfio devices */

struct m_kvm_vfio *m_kvm_vfio_get(struct m_vm *vm, uint64_t ptr)
{
	struct m_kvm_vfio *k;

	DL_FOREACH(vm->kvm_vfios, k)
		if (k->ptr == ptr)
			return k;
	k = calloc(1, sizeof(*k));
	if (!k)
		return NULL;
	k->ptr = ptr;
	DL_APPEND(vm->kvm_vfios, k);
	return k;
}

void m_kvm_vfio_end(struct vs_model *m, struct m_vm *vm, uint64_t ptr)
{
	struct m_reg *r, *next;
	struct m_kvm_vfio *k;

	for (r = vm->regs; r; r = next) {
		next = r->v_next;
		if (r->kvm_vfio == ptr)
			m_reg_end(m, r);
	}
	DL_FOREACH(vm->kvm_vfios, k)
		if (k->ptr == ptr)
			break;
	if (!k)
		return;
	DL_DELETE(vm->kvm_vfios, k);
	free(k);
}

/* Groups */

struct m_group *m_group_find(struct vs_model *m, uint64_t ptr)
{
	struct m_group *g = m->last_group;

	if (g && g->ptr == ptr)
		return g;
	HASH_FIND(hh, m->groups, &ptr, sizeof(ptr), g);
	if (g)
		m->last_group = g;
	return g;
}

struct m_group *m_group_get(struct vs_model *m, uint64_t ptr)
{
	struct m_group *g = m_group_find(m, ptr);

	if (g)
		return g;
	g = calloc(1, sizeof(*g));
	if (!g)
		return NULL;
	g->ptr = ptr;
	g->pub.number = -1;
	HASH_ADD(hh, m->groups, ptr, sizeof(ptr), g);
	if (!g->hh.tbl) {
		free(g);
		return NULL;
	}
	return g;
}

void m_group_put(struct vs_model *m, struct m_group *g)
{
	if (g->opens || g->regs || g->holders)
		return;
	m_vm_ref(&g->kvm, NULL, &g->pub.kvm);
	if (m->last_group == g)
		m->last_group = NULL;
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): what is iterated is in a table */
	HASH_DEL(m->groups, g);
	free(g);
}

/* Containers */

struct m_container *m_container_get(struct vs_model *m, uint64_t ptr, bool iommufd)
{
	struct m_container *c;

	HASH_FIND(hh, m->containers, &ptr, sizeof(ptr), c);
	if (c)
		return c;
	c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->ptr = ptr;
	HASH_ADD(hh, m->containers, ptr, sizeof(ptr), c);
	if (!c->hh.tbl) {
		free(c);
		return NULL;
	}
	c->pub.iommufd = iommufd;
	c->pub.id = iommufd ? ++m->iommufd_count : ++m->container_count;
	return c;
}

/* Opens */

struct m_open *m_open_find(const struct vs_model *m, uint64_t dev)
{
	struct m_open *o;

	HASH_FIND(hh, m->opens, &dev, sizeof(dev), o);
	return o;
}

struct m_open *m_open_of_device(const struct vs_model *m, const char *name)
{
	struct m_open *o, *tmp;

	HASH_ITER(hh, m->opens, o, tmp)
		if (!strcmp(o->pub.device, name))
			return o;
	return NULL;
}

/* Registrations */

struct m_reg *m_reg_find(struct vs_model *m, uint64_t kvm_vfio, uint64_t key, uint64_t group)
{
	struct m_group *g = m_group_find(m, group);
	struct m_reg *r;

	if (!g)
		return NULL;
	DL_FOREACH2(g->regs, r, g_next)
		if (r->kvm_vfio == kvm_vfio && r->key == key)
			return r;
	return NULL;
}

struct m_reg *m_reg_new(struct vs_model *m, uint64_t kvm_vfio, uint64_t key, struct m_group *g,
			struct m_vm *vm, const union vs_event *ev)
{
	struct m_reg *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->kvm_vfio = kvm_vfio;
	r->key = key;
	r->vm = vm;
	r->group = g;
	r->mark = vs_ledger_mark_at(&m->ledger, &ev->h);
	DL_APPEND2(g->regs, r, g_prev, g_next);
	DL_APPEND2(vm->regs, r, v_prev, v_next);
	return r;
}

void m_reg_end(struct vs_model *m, struct m_reg *r)
{
	DL_DELETE2(r->group->regs, r, g_prev, g_next);
	DL_DELETE2(r->vm->regs, r, v_prev, v_next);
	m_evidence_drop(&r->made);
	m_group_put(m, r->group);
	free(r);
}

/* People: processes that a look has met */

static struct m_person *m_person_find(const struct vs_model *m, uint32_t pid)
{
	struct m_person *p;

	HASH_FIND(hh, m->people, &pid, sizeof(pid), p);
	return p;
}

struct vs_process m_person_of(const struct vs_model *m, uint32_t pid)
{
	const struct m_person *p = m_person_find(m, pid);

	return p ? p->pub : (struct vs_process){ 0 };
}

int m_person_met(struct vs_model *m, const struct ev_process *ev)
{
	struct m_person *p = m_person_find(m, ev->h.pid);

	if (!p) {
		p = calloc(1, sizeof(*p));
		if (!p)
			return -ENOMEM;
		p->pid = ev->h.pid;
		HASH_ADD(hh, m->people, pid, sizeof(p->pid), p);
		if (!p->hh.tbl) {
			free(p);
			return -ENOMEM;
		}
	}
	p->pub.met = true;
	p->pub.started_ns = ev->started_ns;
	memcpy(p->pub.pod, ev->pod, sizeof(p->pub.pod));
	memcpy(p->pub.cgroup, ev->cgroup, sizeof(p->pub.cgroup));
	return 0;
}

void m_people_forget(struct vs_model *m)
{
	struct m_person *p, *tmp;

	HASH_ITER(hh, m->people, p, tmp) {
		HASH_DEL(m->people, p);
		free(p);
	}
}

/* Holders */

/* A mapping counts for nothing beside a descriptor, which the same look has met before. */
static struct vs_holder *holder_of(struct vs_holder *list, uint32_t pid, int fd)
{
	struct vs_holder *h;

	DL_FOREACH(list, h)
		if (h->pid == pid && (h->fd == fd || (fd < 0 && h->seen)))
			return h;
	return NULL;
}

int m_hold(struct vs_model *m, struct vs_holder **list, const struct ev_hdr *h, int fd)
{
	struct vs_holder *holder = holder_of(*list, h->pid, fd);
	struct m_person *person = m_person_find(m, h->pid);

	if (person)
		person->pub.exiting = h->flags & VS_F_EXITING;
	if (holder) {
		holder->seen = true;
		holder->process = m_person_of(m, h->pid);
		return 0;
	}
	holder = calloc(1, sizeof(*holder));
	if (!holder)
		return -ENOMEM;
	holder->pid = h->pid;
	holder->fd = fd;
	holder->seen = true;
	memcpy(holder->comm, h->comm, sizeof(holder->comm));
	holder->process = m_person_of(m, h->pid);
	DL_APPEND(*list, holder);
	return 0;
}

void m_unhold_all(struct vs_holder **list)
{
	struct vs_holder *h, *tmp;

	DL_FOREACH_SAFE(*list, h, tmp)
		free(h);
	*list = NULL;
}

static void unmark(struct vs_holder **list)
{
	struct vs_holder *h;

	DL_FOREACH(*list, h)
		h->seen = false;
}

static void sweep(struct vs_holder **list)
{
	struct vs_holder *h, *tmp;

	DL_FOREACH_SAFE(*list, h, tmp) {
		if (h->seen)
			continue;
		DL_DELETE(*list, h);
		free(h);
	}
}

static void each_list(struct vs_model *m, void (*fn)(struct vs_holder **list))
{
	struct m_container *c, *ctmp;
	struct m_group *g, *gtmp;
	struct m_open *o, *otmp;
	struct m_vm *vm, *vtmp;

	HASH_ITER(hh, m->vms, vm, vtmp)
		fn(&vm->holders);
	HASH_ITER(hh, m->opens, o, otmp)
		fn(&o->holders);
	HASH_ITER(hh, m->groups, g, gtmp)
		fn(&g->holders);
	HASH_ITER(hh, m->containers, c, ctmp)
		fn(&c->holders);
}

void m_holders_forget(struct vs_model *m)
{
	struct m_container *c, *ctmp;
	struct m_group *g, *gtmp;

	each_list(m, m_unhold_all);
	m_people_forget(m);
	HASH_ITER(hh, m->groups, g, gtmp) {
		g->container = NULL;
		g->pub.container = NULL;
		m_group_put(m, g);
	}
	HASH_ITER(hh, m->containers, c, ctmp) {
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): what is iterated is in a table */
		HASH_DEL(m->containers, c);
		free(c);
	}
}

void m_holders_unmark(struct vs_model *m)
{
	each_list(m, unmark);
	m_people_forget(m);
}

void m_holders_sweep(struct vs_model *m)
{
	struct m_group *g, *tmp;

	each_list(m, sweep);
	HASH_ITER(hh, m->groups, g, tmp)
		m_group_put(m, g);
}

/* Evidence */

static void hold(const struct vs_vm *vm)
{
	if (vm)
		((struct m_vm *)vm)->refs++;
}

static void drop(const struct vs_vm *vm)
{
	if (!vm)
		return;
	((struct m_vm *)vm)->refs--;
	m_vm_free_unused((struct m_vm *)vm);
}

void m_refs_hold(const struct vs_refs *refs)
{
	hold(refs->vm);
	hold(refs->group_vm);
}

void m_refs_drop(const struct vs_refs *refs)
{
	drop(refs->vm);
	drop(refs->group_vm);
}

void m_evidence_drop(struct vs_evidence *slot)
{
	m_refs_drop(&slot->refs);
	slot->ev.h.kind = VS_NONE;
	slot->refs = (struct vs_refs){ 0 };
}

void m_keep(struct vs_evidence *slot, const union vs_event *ev, const struct vs_refs *refs)
{
	m_refs_hold(refs);
	m_evidence_drop(slot);
	slot->ev = *ev;
	slot->refs = *refs;
	slot->refs.busy = NULL; /* it may end before */
}
