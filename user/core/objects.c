// SPDX-License-Identifier: GPL-2.0-only
/* Objects of the model: VMs, processes, groups, and what evidence holds of them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model_impl.h"

/* Processes */

struct proc *proc_get(struct vs_model *m, uint32_t pid)
{
	struct proc *p;

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

void proc_put(struct vs_model *m, struct proc *p)
{
	if (p->vms || p->opens)
		return;
	HASH_DEL(m->procs, p);
	free(p);
}

/* VMs */

struct vm *vm_find(const struct vs_model *m, uint64_t ptr)
{
	struct vm *vm;

	HASH_FIND(hh, m->vms, &ptr, sizeof(ptr), vm);
	return vm;
}

static void vm_free_unused(struct vm *vm)
{
	if (vm->dead && !vm->refs)
		free(vm);
}

void vm_retire(struct vs_model *m, struct vm *vm)
{
	struct proc *p;

	regs_end(m, vm, 0);
	HASH_DEL(m->vms, vm);
	HASH_FIND(hh, m->procs, &vm->pub.pid, sizeof(vm->pub.pid), p);
	if (p) {
		DL_DELETE(p->vms, vm);
		proc_put(m, p);
	}
	vm->dead = true;
	vm_free_unused(vm);
}

static struct vm *vm_new(struct vs_model *m, uint64_t ptr, uint32_t pid)
{
	struct vm *vm = calloc(1, sizeof(*vm));
	struct proc *p;

	if (!vm)
		return NULL;
	vm->pub.ptr = ptr;
	vm->pub.pid = pid;
	p = proc_get(m, pid);
	if (!p)
		goto no_memory;
	HASH_ADD(hh, m->vms, pub.ptr, sizeof(ptr), vm);
	if (!vm->hh.tbl) {
		proc_put(m, p);
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
static int vm_adopt(struct vs_model *m, struct vm *vm, uint32_t pid)
{
	struct proc *p = proc_get(m, pid), *old;

	if (!p)
		return -ENOMEM;
	HASH_FIND(hh, m->procs, &vm->pub.pid, sizeof(vm->pub.pid), old);
	if (old) {
		DL_DELETE(old->vms, vm);
		proc_put(m, old);
	}
	vm->pub.pid = pid;
	DL_APPEND(p->vms, vm);
	return 0;
}

struct vm *vm_get(struct vs_model *m, uint64_t ptr, uint32_t pid)
{
	struct vm *vm = vm_find(m, ptr);

	if (!vm)
		return vm_new(m, ptr, pid);
	if (!vm->pub.pid && pid && vm_adopt(m, vm, pid))
		return NULL;
	return vm;
}

/* A VM is created: by its name event, or by its creation if that came first. */
struct vm *vm_begin(struct vs_model *m, uint64_t ptr, uint32_t pid)
{
	struct vm *vm = vm_find(m, ptr);

	if (vm && (vm->announced || (m->looking && !vm->begun && !vm->gone && !m->lost &&
				     !(m->config.blind & VS_BLIND_VM_END)))) {
		vm->announced = false;
		vm->begun = true;
		return vm_get(m, ptr, pid);
	}
	/* The end of the last VM at this address was lost. */
	if (vm)
		vm_retire(m, vm);
	vm = vm_new(m, ptr, pid);
	if (vm)
		vm->begun = true;
	return vm;
}

void vm_ref(struct vm **slot, struct vm *vm, const struct vs_vm **pub)
{
	if (vm)
		vm->refs++;
	if (*slot) {
		(*slot)->refs--;
		vm_free_unused(*slot);
	}
	*slot = vm;
	*pub = vm ? &vm->pub : NULL;
}

/* Groups */

struct group *group_find(const struct vs_model *m, uint64_t ptr)
{
	struct group *g;

	HASH_FIND(hh, m->groups, &ptr, sizeof(ptr), g);
	return g;
}

struct group *group_get(struct vs_model *m, uint64_t ptr)
{
	struct group *g = group_find(m, ptr);

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

void group_put(struct vs_model *m, struct group *g)
{
	if (g->opens || g->regs)
		return;
	HASH_DEL(m->groups, g);
	free(g);
}

/* Registrations */

struct reg *reg_find(const struct vs_model *m, uint64_t kvm_vfio, uint64_t group)
{
	struct group *g = group_find(m, group);
	struct reg *r;

	if (!g)
		return NULL;
	DL_FOREACH2(g->regs, r, g_next)
		if (r->kvm_vfio == kvm_vfio)
			return r;
	return NULL;
}

struct reg *reg_new(struct vs_model *m, uint64_t kvm_vfio, struct group *g, struct vm *vm,
		    const union vs_event *ev)
{
	struct reg *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->kvm_vfio = kvm_vfio;
	r->vm = vm;
	r->group = g;
	r->lost = lost_at(m, ev);
	DL_APPEND2(g->regs, r, g_prev, g_next);
	DL_APPEND2(vm->regs, r, v_prev, v_next);
	return r;
}

void reg_end(struct vs_model *m, struct reg *r)
{
	DL_DELETE2(r->group->regs, r, g_prev, g_next);
	DL_DELETE2(r->vm->regs, r, v_prev, v_next);
	evidence_drop(&r->made);
	group_put(m, r->group);
	free(r);
}

void regs_end(struct vs_model *m, struct vm *vm, uint64_t kvm_vfio)
{
	struct reg *r, *next;

	for (r = vm->regs; r; r = next) {
		next = r->v_next;
		if (!kvm_vfio || r->kvm_vfio == kvm_vfio)
			reg_end(m, r);
	}
}

struct reg *reg_other(const struct vs_model *m, const struct group *g, const struct vm *vm)
{
	struct reg *r;

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
		((struct vm *)vm)->refs++;
}

static void drop(const struct vs_vm *vm)
{
	if (!vm)
		return;
	((struct vm *)vm)->refs--;
	vm_free_unused((struct vm *)vm);
}

void evidence_drop(struct vs_evidence *slot)
{
	drop(slot->refs.vm);
	drop(slot->refs.group_vm);
	slot->ev.h.kind = VS_NONE;
	slot->refs = (struct vs_refs){ 0 };
}

void keep(struct vs_evidence *slot, const union vs_event *ev, const struct vs_refs *refs)
{
	hold(refs->vm);
	hold(refs->group_vm);
	evidence_drop(slot);
	slot->ev = *ev;
	slot->refs = *refs;
}
