// SPDX-License-Identifier: GPL-2.0-only
/* Objects of the model: VMs, processes, groups, and what evidence holds of them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

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

struct m_vm *m_vm_find(const struct vs_model *m, uint64_t ptr)
{
	struct m_vm *vm;

	HASH_FIND(hh, m->vms, &ptr, sizeof(ptr), vm);
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

	m_regs_end(m, vm, 0);
	HASH_DEL(m->vms, vm);
	HASH_FIND(hh, m->procs, &vm->pub.pid, sizeof(vm->pub.pid), p);
	if (p) {
		DL_DELETE(p->vms, vm);
		m_proc_put(m, p);
	}
	vm->dead = true;
	m_vm_free_unused(vm);
}

static struct m_vm *m_vm_new(struct vs_model *m, uint64_t ptr, uint32_t pid)
{
	struct m_vm *vm = calloc(1, sizeof(*vm));
	struct m_proc *p;

	if (!vm)
		return NULL;
	vm->pub.ptr = ptr;
	vm->pub.pid = pid;
	p = m_proc_get(m, pid);
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

struct m_vm *m_vm_get(struct vs_model *m, uint64_t ptr, uint32_t pid)
{
	struct m_vm *vm = m_vm_find(m, ptr);

	if (!vm)
		return m_vm_new(m, ptr, pid);
	if (!vm->pub.pid && pid && m_vm_adopt(m, vm, pid))
		return NULL;
	return vm;
}

/* A VM is created: by its name event, or by its creation if that came first. */
struct m_vm *m_vm_begin(struct vs_model *m, uint64_t ptr, uint32_t pid)
{
	struct m_vm *vm = m_vm_find(m, ptr);

	if (vm && (vm->announced || (m->looking && !vm->begun && !vm->gone && !m->lost &&
				     !(m->config.blind & VS_BLIND_VM_END)))) {
		vm->announced = false;
		vm->begun = true;
		return m_vm_get(m, ptr, pid);
	}
	/* The end of the last VM at this address was lost. */
	if (vm)
		m_vm_retire(m, vm);
	vm = m_vm_new(m, ptr, pid);
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

/* Groups */

struct m_group *m_group_find(const struct vs_model *m, uint64_t ptr)
{
	struct m_group *g;

	HASH_FIND(hh, m->groups, &ptr, sizeof(ptr), g);
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
	HASH_ADD(hh, m->groups, ptr, sizeof(ptr), g);
	if (!g->hh.tbl) {
		free(g);
		return NULL;
	}
	return g;
}

void m_group_put(struct vs_model *m, struct m_group *g)
{
	if (g->opens || g->regs)
		return;
	HASH_DEL(m->groups, g);
	free(g);
}

/* Registrations */

struct m_reg *m_reg_find(const struct vs_model *m, uint64_t kvm_vfio, uint64_t group)
{
	struct m_group *g = m_group_find(m, group);
	struct m_reg *r;

	if (!g)
		return NULL;
	DL_FOREACH2(g->regs, r, g_next)
		if (r->kvm_vfio == kvm_vfio)
			return r;
	return NULL;
}

struct m_reg *m_reg_new(struct vs_model *m, uint64_t kvm_vfio, struct m_group *g, struct m_vm *vm,
			const union vs_event *ev)
{
	struct m_reg *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->kvm_vfio = kvm_vfio;
	r->vm = vm;
	r->group = g;
	r->lost = m_lost_at(m, ev);
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

void m_regs_end(struct vs_model *m, struct m_vm *vm, uint64_t kvm_vfio)
{
	struct m_reg *r, *next;

	for (r = vm->regs; r; r = next) {
		next = r->v_next;
		if (!kvm_vfio || r->kvm_vfio == kvm_vfio)
			m_reg_end(m, r);
	}
}

struct m_reg *m_reg_other(const struct vs_model *m, const struct m_group *g, const struct m_vm *vm)
{
	struct m_reg *r;

	if (m->config.blind & (VS_BLIND_ADD | VS_BLIND_DEL | VS_BLIND_SET_KVM))
		return NULL;
	DL_FOREACH2(g->regs, r, g_next)
		if (r->vm != vm && r->lost == m->lost)
			return r;
	return NULL;
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

void m_evidence_drop(struct vs_evidence *slot)
{
	drop(slot->refs.vm);
	drop(slot->refs.group_vm);
	slot->ev.h.kind = VS_NONE;
	slot->refs = (struct vs_refs){ 0 };
}

void m_keep(struct vs_evidence *slot, const union vs_event *ev, const struct vs_refs *refs)
{
	hold(refs->vm);
	hold(refs->group_vm);
	m_evidence_drop(slot);
	slot->ev = *ev;
	slot->refs = *refs;
}
