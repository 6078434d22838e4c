// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "../rules/errnos.h"
#include "findings.h"
#include "registrations.h"

/* Of VMs in turn at one address, nobody knows whose pointer a device has found. */
static bool same_address(const struct m_vm *a, const struct m_vm *b)
{
	return a && b && a->pub.ptr == b->pub.ptr;
}

/* One of them is not known well enough to tell it from the other. */
static bool maybe_same(const struct vs_model *m, const struct m_vm *a, const struct m_vm *b)
{
	return same_address(a, b) &&
	       (!a->pub.pid || !b->pub.pid || m_blind_to(m, VS_BLIND_VM | VS_BLIND_VM_END));
}

/* @o's group was registered with @vm; ADD does not reach an open device. */
static void added_to_open(struct vs_model *m, struct m_open *o, struct m_vm *vm,
			  const union vs_event *ev, const struct vs_refs *refs)
{
	m_unlist_end(m, o);
	/* Its close may be among what was lost; the state there tells. */
	if (!m_certain(m, o) || o->kvm == vm || m_lost_pointer(m, o))
		return;
	if (maybe_same(m, o->kvm, vm))
		return;
	/* Nobody knows what it was told before; or drivers are told of the new VM. */
	if (o->notifier && (o->since_before || o->kvm || m_blind_to(m, VS_BLIND_SET_KVM)))
		return;
	m_keep(&o->ev_end, ev, refs);
	if (o->kvm) {
		m_open_fire(m, o, VS_RULE_KVM_MISMATCH, ev->h.ts, false);
		return;
	}
	m_vm_ref(&o->vm, vm, &o->pub.vm);
	m_open_fire(m, o, VS_RULE_OPEN_BEFORE_ADD, ev->h.ts, false);
}

static void removed_from_open(struct vs_model *m, struct m_open *o, const union vs_event *ev,
			      const struct vs_refs *refs)
{
	bool took_it = o->kvm && refs->vm == &o->kvm->pub;

	if (!m_certain(m, o))
		return;
	if (m_known_by_count(o))
		return;
	/*
	 * Both at once: whether the registration was still there nobody can tell,
	 * unless the device took its pointer. On 6.1 a removal waits for an open.
	 */
	if (!took_it && vs_began(&ev->h) <= o->pub.opened_ns) {
		if (o->listed)
			m_suspect_clear(m, o);
		return;
	}
	/* A registered file of a cdev stays open until it is unregistered. */
	if (o->pub.path == VS_PATH_CDEV) {
		m_unlist_begin(m, o, ev, refs);
		return;
	}
	m_keep(&o->ev_end, ev, refs);
	m_open_fire(m, o, VS_RULE_DEL_WHILE_OPEN, ev->h.ts, false);
}

static void added(struct vs_model *m, uint64_t group, struct m_vm *vm, const union vs_event *ev,
		  const struct vs_refs *refs)
{
	struct m_group *g = m_group_find(m, group);
	struct m_open *o;

	if (!g || !vm)
		return;
	DL_FOREACH2(g->opens, o, g_next)
		added_to_open(m, o, vm, ev, refs);
}

static void removed(struct vs_model *m, uint64_t group, const union vs_event *ev,
		    const struct vs_refs *refs)
{
	struct m_group *g = m_group_find(m, group);
	struct m_open *o;

	if (!g)
		return;
	DL_FOREACH2(g->opens, o, g_next)
		removed_from_open(m, o, ev, refs);
}

/* Two VMs by our list, or by the pointer that the group carried just before. */
static void check_two_vms(struct vs_model *m, const struct m_group *g, const struct m_vm *vm,
			  uint64_t kvm_before, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct m_reg *other = m_reg_other(m, g, vm);

	if (other)
		m_find_call(m, VS_RULE_TWO_VMS, ev, refs, &other->made, NULL);
	else if (kvm_before && kvm_before != VS_NOT_SEEN && kvm_before != vm->pub.ptr)
		m_find_call(m, VS_RULE_TWO_VMS, ev, refs, NULL, NULL);
}

/* The file stands on a list of @vm's from now on, or was found there. */
static int enlist(struct vs_model *m, uint64_t kvm_vfio, uint64_t key, uint64_t group,
		  struct m_vm *vm, uint64_t kvm_before, const union vs_event *ev,
		  const struct vs_refs *refs)
{
	struct m_reg *r = m_reg_find(m, kvm_vfio, key, group);
	struct m_group *g;

	if (r && r->vm == vm) { /* a call and the look have both shown it */
		r->mark = vs_ledger_mark_at(&m->ledger, &ev->h);
		return 0;
	}
	if (r) /* an older one whose end was lost */
		m_reg_end(m, r);
	g = m_group_get(m, group);
	if (!g)
		return -ENOMEM;
	check_two_vms(m, g, vm, kvm_before, ev, refs);
	r = m_reg_new(m, kvm_vfio, key, g, vm, ev);
	if (!r) {
		m_group_put(m, g);
		return -ENOMEM;
	}
	m_keep(&r->made, ev, refs);
	return 0;
}

static void delist(struct vs_model *m, uint64_t kvm_vfio, uint64_t key, uint64_t group)
{
	struct m_reg *r = m_reg_find(m, kvm_vfio, key, group);

	if (r)
		m_reg_end(m, r);
}

/* Before the look is over, an open it will show may have been there already. */
static int remember_early(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	struct m_early *e;

	if (!m->looking)
		return 0;
	e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	m_keep(&e->ev, ev, refs);
	DL_APPEND(m->early, e);
	return 0;
}

void m_replay_early(struct vs_model *m, struct m_open *o)
{
	const struct vs_ledger *l = &m->ledger;
	struct m_early *e;

	/* Files that were opened at the same time may look as if there was one before. */
	if (o->notifier)
		return;
	DL_FOREACH(m->early, e) {
		const union vs_event *ev = &e->ev.ev;
		bool clear = ev->h.kind == VS_CLEAR_KVM;
		bool del = ev->h.kind == VS_GROUP_DEL || ev->h.kind == VS_FILE_DEL;
		uint64_t group = clear ? ev->set_kvm.group : ev->attr.group;
		struct m_vm *vm = (struct m_vm *)e->ev.refs.vm;

		/* After a loss the device may have been opened since. */
		if (!o->group || o->group->ptr != group ||
		    ev->h.lost + l->missed + l->breaks != vs_ledger_mark(l))
			continue;
		if (clear || del)
			removed_from_open(m, o, ev, &e->ev.refs);
		else if (same_address(o->kvm, vm))
			m_unlist_end(m, o);
		else if (vm)
			added_to_open(m, o, vm, ev, &e->ev.refs);
	}
}

void m_early_forget(struct vs_model *m)
{
	struct m_early *e, *tmp;

	DL_FOREACH_SAFE(m->early, e, tmp) {
		DL_DELETE(m->early, e);
		m_evidence_drop(&e->ev);
		free(e);
	}
}

static bool attr_failed(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs,
			enum vs_errno_op op)
{
	if (ev->h.ret >= 0)
		return false;
	m_find_call(m, VS_RULE_ADD_FAILED, ev, refs, NULL, vs_errno_why(op, (int)ev->h.ret));
	return true;
}

int m_on_add(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct ev_attr *a = &ev->attr;
	struct m_vm *vm = m_vm_find(m, a->kvm);
	int err;

	if (attr_failed(m, ev, refs, VS_ERRNO_ADD))
		return 0;
	if (!a->group) {
		if (a->dev && a->dev_group)
			m_find_call(m, VS_RULE_ADD_WITHOUT_EFFECT, ev, refs, NULL, NULL);
		return 0;
	}
	if (!vm)
		return 0;
	/* The group was looked up by a number that may name another file by now. */
	if (m_blind_to(m, VS_BLIND_SET_KVM) && a->group_kvm != a->kvm)
		return 0;
	err = enlist(m, a->kvm_vfio, m_reg_key(a->file, a->group), a->group, vm, a->kvm_before, ev,
		     refs);
	if (err)
		return err;
	if (a->h.flags & VS_F_NO_CONTAINER)
		m_find_call(m, VS_RULE_ADD_WITHOUT_EFFECT, ev, refs, NULL, NULL);
	added(m, a->group, vm, ev, refs);
	return remember_early(m, ev, refs);
}

int m_on_del(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct ev_attr *a = &ev->attr;

	if (attr_failed(m, ev, refs, VS_ERRNO_DEL) || !a->group || m_blind_to(m, VS_BLIND_SET_KVM))
		return 0;
	removed(m, a->group, ev, refs);
	delist(m, a->kvm_vfio, m_reg_key(a->file, a->group), a->group);
	return remember_early(m, ev, refs);
}

int m_on_other_attr(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	attr_failed(m, ev, refs, VS_ERRNO_ATTR);
	return 0;
}

/*
 * Calls show themselves what they set. Without their site it is not known whether a
 * call did it; but what it did is.
 */
int m_on_set_kvm(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct ev_set_kvm *s = &ev->set_kvm;

	if (m_blind_to(m, VS_BLIND_ADD) && s->group && s->group_kvm == s->kvm)
		added(m, s->group, (struct m_vm *)refs->vm, ev, refs);
	return 0;
}

/* Outside of a call it is the end of a kvm-vfio device. */
int m_on_clear_kvm(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct ev_set_kvm *s = &ev->set_kvm;
	bool on_purpose = s->vm && s->vm != VS_NOT_SEEN &&
			  !(s->h.flags & (VS_F_EXITING | VS_F_OTHER_MM));

	if (m_blind_to(m, VS_BLIND_ADD) || s->h.flags & VS_F_BY_ATTR || !s->group)
		return 0;
	if (on_purpose)
		removed(m, s->group, ev, refs);
	delist(m, s->kvm_vfio, m_reg_key(s->file, s->group), s->group);
	return on_purpose ? remember_early(m, ev, refs) : 0;
}

int m_on_registration(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct ev_registration *r = &ev->registration;
	struct m_vm *vm = m_vm_find(m, r->kvm);
	struct m_group *g;
	struct m_open *o;
	int err;

	if (!r->group || !vm)
		return 0;
	err = enlist(m, r->kvm_vfio, m_reg_key(r->file, r->group), r->group, vm, 0, ev, refs);
	g = m_group_find(m, r->group);
	if (err || !g)
		return err;
	/* On a list, but open without the VM's pointer. */
	DL_FOREACH2(g->opens, o, g_next)
		if (!o->kvm && !(o->notifier && o->since_before))
			m_suspect_begin(m, o, vm, ev->h.ts);
	return 0;
}

int m_on_kvm_vfio_release(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	struct m_vm *vm = m_vm_find(m, ev->kvm_vfio.kvm);

	(void)refs;
	if (vm)
		m_kvm_vfio_end(m, vm, ev->kvm_vfio.kvm_vfio);
	return 0;
}

/* Where kvm-vfio does not hold its VM (notifier kernels), registrations end with it. */
static void end_registrations(struct vs_model *m, struct m_vm *vm, const union vs_event *ev,
			      const struct vs_refs *refs)
{
	struct m_reg *r;

	if (m_blind_to(m, VS_BLIND_ADD | VS_BLIND_DEL | VS_BLIND_SET_KVM))
		return;
	DL_FOREACH2(vm->regs, r, v_next)
		if (r->mark == vs_ledger_mark(&m->ledger))
			removed(m, r->group->ptr, ev, refs);
}

int m_on_vm_destroy(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	bool on_purpose = !(ev->h.flags & (VS_F_EXITING | VS_F_OTHER_MM));
	struct m_vm *vm = m_vm_find(m, ev->vm.kvm);
	struct m_open *o;

	if (!vm)
		return 0;
	if (on_purpose)
		end_registrations(m, vm, ev, refs);
	DL_FOREACH2(vm->opens, o, v_next) {
		if (!on_purpose || !m_certain(m, o) || o->notifier || m_lost_pointer(m, o))
			continue;
		m_keep(&o->ev_end, ev, refs);
		m_open_fire(m, o, VS_RULE_VM_GONE_WHILE_OPEN, ev->h.ts, false);
	}
	m_vm_retire(m, vm);
	return 0;
}
