// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "findings.h"
#include "opens.h"
#include "sink.h"

void m_suspect_clear(struct vs_model *m, struct m_open *o)
{
	m_grace_end(m, &o->grace);
	o->suspect = o->listed = false;
	m_vm_ref(&o->vm, NULL, &o->pub.vm);
}

void m_open_fire(struct vs_model *m, struct m_open *o, enum vs_rule_id id, uint64_t ts,
		 bool pending)
{
	const struct vs_rule *rule = &vs_rules[id];

	if (o->pub.fired & 1ULL << id)
		return;
	o->pub.fired |= 1ULL << id;
	if (rule->breaks_order) {
		o->pub.verdict = VS_VERDICT_VIOLATION;
		o->pub.reason = (struct vs_reason_given){
			rule->name, vs_rule_text(rule, o->pub.path == VS_PATH_CDEV).title
		};
		m_grace_end(m, &o->grace);
	}
	m_find_open(m, o, id, ts, pending);
}

/* If not now, then never: what was lost stays lost. */
static void suspect_due(struct vs_model *m, struct m_grace *g, uint64_t ts)
{
	struct m_open *o = M_GRACE_OF(g, struct m_open, grace);

	if (!m_blind(m, o))
		m_open_fire(m, o, VS_RULE_OPEN_WITHOUT_ADD, ts, true);
}

static const struct m_grace_kind suspicion = { .due = suspect_due };

void m_suspect_begin(struct vs_model *m, struct m_open *o, struct m_vm *vm, uint64_t ts)
{
	if (o->suspect || o->pub.verdict != VS_VERDICT_PENDING)
		return;
	m_vm_ref(&o->vm, vm, &o->pub.vm);
	o->suspect = true;
	m_grace_begin(m, &o->grace, &suspicion, ts);
}

static void unlisted_due(struct vs_model *m, struct m_grace *g, uint64_t ts)
{
	struct m_open *o = M_GRACE_OF(g, struct m_open, unlisted);
	bool certain = m_certain(m, o);

	if (certain)
		m_keep(&o->ev_end, &o->ev_del.ev, &o->ev_del.refs);
	m_evidence_drop(&o->ev_del);
	if (certain)
		m_open_fire(m, o, VS_RULE_DEL_WHILE_OPEN, ts, true);
}

static const struct m_grace_kind unlisting = { .due = unlisted_due };

void m_unlist_begin(struct vs_model *m, struct m_open *o, const union vs_event *ev,
		    const struct vs_refs *refs)
{
	m_unlist_end(m, o);
	m_keep(&o->ev_del, ev, refs);
	m_grace_begin(m, &o->unlisted, &unlisting, ev->h.ts);
}

void m_unlist_end(struct vs_model *m, struct m_open *o)
{
	if (!o->unlisted.kind)
		return;
	m_grace_end(m, &o->unlisted);
	m_evidence_drop(&o->ev_del);
}

static uint64_t carried(const struct m_open *o)
{
	return o->kvm ? o->kvm->pub.ptr : 0;
}

bool m_open_may_carry(const struct vs_model *m, const struct m_open *o, uint64_t kvm,
		      uint32_t creator)
{
	if (carried(o) != kvm)
		return false;
	/* With its close lost, the next open may carry another VM at the same address. */
	return !o->kvm || !o->kvm->pub.pid || !creator || m_certain(m, o) ||
	       m_vm_is_of(o->kvm, creator);
}

/*
 * A pointer that the group does not have may be that of a VM which has ended: who created
 * the one at its address says nothing of the open.
 */
static bool may_be_same(const struct vs_model *m, const struct m_open *o, const struct ev_dev *ev)
{
	bool living = ev->kvm == ev->group_kvm;

	return m_open_may_carry(m, o, ev->kvm, living ? ev->kvm_creator : 0);
}

struct m_open *m_open_of(struct vs_model *m, const struct ev_dev *ev)
{
	struct m_open *o = m_open_find(m, ev->dev);

	if (!o || may_be_same(m, o, ev) || m_certain(m, o) || ev->h.flags & VS_F_OPEN_ON_RECORD)
		return o;
	/* Its close was lost or not seen, and the open of this one, too. */
	m_open_end(m, o, ev->h.ts, false);
	return NULL;
}

/* The VM whose pointer the device carries. */
static void open_carries(struct m_open *o, struct m_vm *vm)
{
	if (o->kvm)
		DL_DELETE2(o->kvm->opens, o, v_prev, v_next);
	m_vm_ref(&o->kvm, vm, &o->pub.kvm);
	if (vm)
		DL_APPEND2(vm->opens, o, v_prev, v_next);
}

/* Opens come and go, one after the other, and each is large: the last one's place is kept. */
static struct m_open *open_alloc(struct vs_model *m)
{
	struct m_open *o = m->spare;

	m->spare = NULL;
	return o ? memset(o, 0, sizeof(*o)) : calloc(1, sizeof(*o));
}

static void open_free(struct vs_model *m, struct m_open *o)
{
	free(m->spare);
	m->spare = o;
}

void m_open_forget(struct vs_model *m, struct m_open *o)
{
	m_grace_end(m, &o->grace);
	m_unlist_end(m, o);
	m_grace_end(m, &o->unmapped);
	m_unhold_all(&o->holders);
	if (o->group) {
		DL_DELETE2(o->group->opens, o, g_prev, g_next);
		m_group_put(m, o->group);
	}
	if (o->proc) {
		DL_DELETE2(o->proc->opens, o, p_prev, p_next);
		m_proc_put(m, o->proc);
	}
	HASH_DEL(m->opens, o);
	open_carries(o, NULL);
	m_vm_ref(&o->vm, NULL, &o->pub.vm);
	m_evidence_drop(&o->ev_open);
	m_evidence_drop(&o->ev_call);
	m_evidence_drop(&o->ev_end);
	open_free(m, o);
}

static void settle_as(struct m_open *o, enum vs_verdict verdict, const struct vs_reason *reason)
{
	bool cdev = o->pub.path == VS_PATH_CDEV && reason->cdev;

	o->pub.verdict = verdict;
	o->pub.reason = (struct vs_reason_given){ reason->id, cdev ? reason->cdev : reason->text };
}

/* A verdict that rests on what did not happen, at the end of an open. */
static void settle_absence(struct vs_model *m, struct m_open *o, uint64_t ts, bool ended)
{
	const struct vs_reason *why = m_blind(m, o);

	if (!why && o->suspect && !ended && ts - o->grace.since < m->config.grace_ns)
		why = &vs_reasons[VS_REASON_ENDED_IN_GRACE];
	if (why)
		settle_as(o, VS_VERDICT_UNKNOWN, why);
	else if (o->suspect)
		m_open_fire(m, o, VS_RULE_OPEN_WITHOUT_ADD, ts, !ended);
	else
		settle_as(o, VS_VERDICT_NO_VM, &vs_reasons[VS_REASON_NO_VM]);
}

void m_open_settle(struct vs_model *m, struct m_open *o, uint64_t ts, bool ended)
{
	if (ended)
		o->pub.closed_ns = ts;
	if (o->pub.verdict == VS_VERDICT_PENDING)
		settle_absence(m, o, ts, ended);
	VS_TELL(m->sink, closed, &o->pub);
}

void m_open_end(struct vs_model *m, struct m_open *o, uint64_t ts, bool ended)
{
	m_open_settle(m, o, ts, ended);
	m_open_forget(m, o);
}

/* The process that opened it, or else one that holds it. */
static void describe_process(struct m_open *o, const struct ev_hdr *h)
{
	struct vs_open *pub = &o->pub;

	if (o->since_before) {
		/* A close does not say who held the device all the time. */
		if (h->kind != VS_FOUND_DEVICE)
			return;
		pub->holder_pid = h->pid;
		memcpy(pub->holder_comm, h->comm, sizeof(pub->holder_comm));
	} else {
		pub->pid = h->pid;
		pub->tid = h->tid;
		memcpy(pub->comm, h->comm, sizeof(pub->comm));
		pub->opened_ns = h->ts;
	}
	pub->tracked = h->flags & VS_F_TRACKED;
}

/* Closes do not tell. Containers of POWER have an IOMMU driver of their own. */
enum vs_backend vs_backend_of(const struct ev_dev *ev, const char *arch)
{
	bool cdev = ev->h.flags & VS_F_CDEV;

	if (ev->iommufd == VS_NOT_SEEN)
		return VS_BACKEND_UNKNOWN;
	if (ev->iommufd)
		return cdev ? VS_BACKEND_IOMMUFD : VS_BACKEND_IOMMUFD_COMPAT;
	if (cdev)
		return VS_BACKEND_UNKNOWN;
	if (ev->h.flags & VS_F_NOIOMMU_GROUP)
		return VS_BACKEND_NOIOMMU;
	return strncmp(arch, "ppc", 3) ? VS_BACKEND_TYPE1 : VS_BACKEND_SPAPR;
}

static void open_describe(struct vs_model *m, struct m_open *o, const struct ev_dev *ev)
{
	struct vs_open *pub = &o->pub;
	struct m_info *info;

	memcpy(pub->device, ev->name, sizeof(pub->device));
	memcpy(pub->driver, ev->driver, sizeof(pub->driver));
	HASH_FIND_STR(m->infos, ev->name, info);
	if (info)
		memcpy(pub->info, info->text, sizeof(pub->info));
	pub->group = ev->iommu_group;
	pub->path = ev->h.flags & VS_F_CDEV ? VS_PATH_CDEV : VS_PATH_GROUP;
	pub->backend = vs_backend_of(ev, m->run.start.arch);
	pub->opens = ev->h.kind == VS_FOUND_DEVICE ? ev->open_count : 1;
	describe_process(o, &ev->h);
}

/*
 * The VM that matters to a device without a kvm pointer: one of its process,
 * or one its group is registered with although it does not carry its pointer
 * any more (a GROUP_DEL from another VM clears it).
 */
static struct m_vm *vm_behind(struct vs_model *m, struct m_open *o, const struct ev_dev *ev)
{
	struct m_vm *vm;
	struct m_reg *r;

	/* What the kernel says of its VMs counts; our own list may lack an end. */
	if (ev->owner_kvm)
		return m_vm_known(m, ev->owner_kvm, m_owner(ev));
	if (o->vms_unknown && o->proc && !m_blind_to(m, VS_BLIND_VM_END))
		DL_FOREACH(o->proc->vms, vm)
			if (m_vm_known(m, vm->pub.ptr, 0))
				return vm;
	r = o->group ? m_reg_other(m, o->group, NULL) : NULL;
	o->listed = r;
	return r ? r->vm : NULL;
}

/* An open without a kvm pointer is watched: what its process does matters. */
static int open_watch(struct vs_model *m, struct m_open *o, const struct ev_dev *ev)
{
	struct m_vm *vm;

	o->vms_unknown = ev->h.flags & VS_F_VMS_UNKNOWN;
	if (!o->since_before) {
		o->proc = m_proc_get(m, ev->h.pid);
		if (!o->proc)
			return -ENOMEM;
		DL_APPEND2(o->proc->opens, o, p_prev, p_next);
	}
	vm = o->notifier && o->since_before ? NULL : vm_behind(m, o, ev);
	if (vm)
		m_suspect_begin(m, o, vm, ev->h.ts);
	return 0;
}

/*
 * What one reading of the device and its group proves by itself: it carries a
 * pointer that is not its group's, or none although its group has one. That
 * the group has none any more proves nothing.
 */
static void judge_pair(struct vs_model *m, struct m_open *o, const struct ev_dev *ev)
{
	if (!ev->group_kvm || ev->kvm == ev->group_kvm)
		return;
	/* On a notifier kernel a driver gets another VM. */
	if (o->notifier && ev->kvm)
		return;
	if (!ev->kvm) {
		m_vm_ref(&o->vm, m_vm_known(m, ev->group_kvm, ev->group_creator), &o->pub.vm);
		m_open_fire(m, o, VS_RULE_OPEN_BEFORE_ADD, ev->h.ts, false);
	} else {
		m_open_fire(m, o, VS_RULE_KVM_MISMATCH, ev->h.ts, false);
	}
}

static void take_pointer(struct m_open *o, struct m_vm *kvm)
{
	open_carries(o, kvm);
	m_vm_ref(&o->vm, kvm, &o->pub.vm);
	settle_as(
		o, VS_VERDICT_ORDERED,
		&vs_reasons[o->since_before ? VS_REASON_CARRIES_POINTER : VS_REASON_TOOK_POINTER]);
}

/* With records lost, its beginning may have been another open's. */
static void forget_beginning(struct m_open *o)
{
	o->since_before = true;
	o->pub.opened_ns = 0;
	o->pub.pid = o->pub.tid = 0;
	o->pub.comm[0] = '\0';
	m_evidence_drop(&o->ev_open);
	m_evidence_drop(&o->ev_call);
}

void m_open_judge_again(struct vs_model *m, struct m_open *o, const union vs_event *ev,
			const struct vs_refs *refs)
{
	const struct ev_dev *d = &ev->dev;

	/* Nothing has changed, and nothing can follow from it. */
	if (o->pub.verdict == VS_VERDICT_ORDERED && carried(o) == d->kvm && d->kvm == d->group_kvm)
		return;
	m_keep(&o->ev_end, ev, refs);
	if (carried(o) != d->kvm) {
		o->pointer_lost = true;
		if (!(o->pub.fired & 1ULL << VS_RULE_VM_GONE_WHILE_OPEN))
			m_open_fire(m, o, VS_RULE_KVM_LOST, d->h.ts, false);
		return;
	}
	if (!m_certain(m, o) && d->group_kvm && d->kvm != d->group_kvm)
		forget_beginning(o);
	judge_pair(m, o, d);
}

/* Which may be told after this; the next VM at the address is another one. */
static void found_gone(struct vs_model *m, struct m_open *o, uint64_t ts)
{
	m_open_fire(m, o, VS_RULE_VM_GONE_WHILE_OPEN, ts, false);
	o->kvm->gone = true;
}

struct m_open *m_open_new(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs,
			  bool since_before)
{
	struct m_open *o = open_alloc(m);
	const struct ev_dev *dev = &ev->dev;

	if (!o)
		return NULL;
	o->dev = dev->dev;
	o->mark = vs_ledger_mark_at(&m->ledger, &ev->h);
	o->since_before = since_before;
	o->notifier = ev->h.flags & VS_F_NOTIFIER;
	o->files = dev->open_count;
	o->pub.id = ++m->open_count;
	HASH_ADD(hh, m->opens, dev, sizeof(o->dev), o);
	if (!o->hh.tbl) {
		open_free(m, o);
		return NULL;
	}
	open_describe(m, o, dev);
	m_keep(&o->ev_open, ev, refs);
	o->group = dev->group ? m_group_get(m, dev->group) : NULL;
	if (o->group)
		DL_APPEND2(o->group->opens, o, g_prev, g_next);
	if ((dev->group && !o->group) || (!dev->kvm && open_watch(m, o, dev))) {
		m_open_forget(m, o);
		return NULL;
	}
	if (dev->kvm)
		take_pointer(o, (struct m_vm *)refs->vm);
	return o;
}

void m_open_judge(struct vs_model *m, struct m_open *o, const struct ev_dev *ev)
{
	judge_pair(m, o, ev);
	if (ev->h.flags & VS_F_KVM_GONE && o->kvm)
		found_gone(m, o, ev->h.ts);
	VS_TELL(m->sink, opened, &o->pub);
}
