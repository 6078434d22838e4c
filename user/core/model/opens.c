// SPDX-License-Identifier: GPL-2.0-only
/* Opens: from the first open of a device to its last close, and the verdict. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

/* Listed in order of time. Records are nearly so: the place is at the end, or near. */
static void suspect_start(struct vs_model *m, struct m_open *o, uint64_t ts)
{
	struct m_open *before = m->suspects ? m->suspects->s_prev : NULL;

	o->suspect = o->grace = true;
	o->suspect_ns = ts;
	while (before && before->suspect_ns > ts)
		before = before == m->suspects ? NULL : before->s_prev;
	DL_APPEND_ELEM2(m->suspects, before, o, s_prev, s_next);
}

void m_suspect_end(struct vs_model *m, struct m_open *o)
{
	if (!o->grace)
		return;
	DL_DELETE2(m->suspects, o, s_prev, s_next);
	o->grace = false;
}

void m_suspect_begin(struct vs_model *m, struct m_open *o, struct m_vm *vm, uint64_t ts)
{
	if (o->suspect || o->pub.verdict != VS_VERDICT_PENDING)
		return;
	m_vm_ref(&o->vm, vm, &o->pub.vm);
	suspect_start(m, o, ts);
}

void m_suspect_clear(struct vs_model *m, struct m_open *o)
{
	m_suspect_end(m, o);
	o->suspect = o->listed = false;
	m_vm_ref(&o->vm, NULL, &o->pub.vm);
}

struct m_open *m_open_find(const struct vs_model *m, uint64_t dev)
{
	struct m_open *o;

	HASH_FIND(hh, m->opens, &dev, sizeof(dev), o);
	return o;
}

uint32_t m_lost_at(const struct vs_model *m, const union vs_event *ev)
{
	/* With several CPUs a record may count less than one before it. */
	return ev->h.lost + m->missed - (m->doubt ? 1 : 0);
}

bool m_certain(const struct vs_model *m, const struct m_open *o)
{
	return m->lost == o->lost && !(m->config.blind & VS_BLIND_CLOSE);
}

static uint64_t carried(const struct m_open *o)
{
	return o->kvm ? o->kvm->pub.ptr : 0;
}

/* Of a close whose open was recorded last of all opens of the device, see struct ev_dev. */
static bool nameless(const struct ev_dev *ev)
{
	return !*ev->name;
}

static void complete(struct vs_evidence *close, const struct vs_open *of)
{
	memcpy(close->ev.dev.name, of->device, sizeof(close->ev.dev.name));
	memcpy(close->ev.dev.driver, of->driver, sizeof(close->ev.dev.driver));
	close->ev.dev.iommu_group = close->refs.group = of->group;
}

struct m_open *m_open_of(struct vs_model *m, const struct ev_dev *ev)
{
	struct m_open *o = m_open_find(m, ev->dev);

	if (!o || m_certain(m, o) || carried(o) == ev->kvm || nameless(ev))
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

void m_open_unlink(struct vs_model *m, struct m_open *o)
{
	m_suspect_end(m, o);
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
	m_evidence_drop(&o->ev_getfd);
	m_evidence_drop(&o->ev_end);
	open_free(m, o);
}

const char *m_blind(const struct vs_model *m, const struct m_open *o)
{
	if (m->lost != o->lost)
		return "records were lost while the device was open";
	if (m->config.blind & VS_BLIND_CLOSE)
		return "closes of devices can not be observed in this run";
	if (m->config.blind & (VS_BLIND_ADD | VS_BLIND_SET_KVM))
		return "registrations can not be observed in this run";
	if (o->suspect)
		return NULL;
	if (m->config.blind & VS_BLIND_VM)
		return "VMs being created can not be observed in this run";
	if (o->since_before && o->notifier)
		return "the device was open before we looked, and devices of this kernel do not "
		       "show whether they were told of a VM";
	if (o->since_before)
		return "the device was open before we looked, and nothing in its state shows a VM";
	if (o->group && o->group->regs)
		return "the group may have been registered with a VM all the time";
	if (o->vms_unknown)
		return "could not tell whether the process has a VM";
	return NULL;
}

/* A verdict that rests on what did not happen, at the end of an open. */
static void settle_absence(struct vs_model *m, struct m_open *o, uint64_t ts, bool ended)
{
	const char *why = m_blind(m, o);

	if (!why && o->suspect && !ended && ts - o->suspect_ns < m->config.grace_ns)
		why = "tracing ended before the grace period was over";
	if (why) {
		o->pub.verdict = VS_VERDICT_UNKNOWN;
		o->pub.reason = why;
	} else if (o->suspect) {
		m_fire(m, o, VS_RULE_OPEN_WITHOUT_ADD, ts, !ended);
	} else {
		o->pub.verdict = VS_VERDICT_NO_VM;
		o->pub.reason = "no VM is involved: a user-space driver";
	}
}

void m_open_end(struct vs_model *m, struct m_open *o, uint64_t ts, bool ended)
{
	if (ended)
		o->pub.closed_ns = ts;
	if (o->pub.verdict == VS_VERDICT_PENDING)
		settle_absence(m, o, ts, ended);
	m->sink.closed(m->sink.ctx, &o->pub);
	m_open_unlink(m, o);
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
	pub->opens = ev->h.kind == VS_FOUND_DEVICE ? ev->open_count : 1;
	describe_process(o, &ev->h);
}

/*
 * The VM that matters to a device without a kvm pointer: one of its process,
 * or one its group is registered with although it does not carry its pointer
 * any more (a GROUP_DEL from another VM clears it).
 */
static struct m_vm *vm_behind(const struct vs_model *m, struct m_open *o, const struct ev_dev *ev)
{
	struct m_reg *r;

	/* What the kernel says of its VMs counts; our own list may lack an end. */
	if (ev->owner_kvm)
		return m_vm_find(m, ev->owner_kvm);
	if (o->vms_unknown && o->proc && o->proc->vms && !(m->config.blind & VS_BLIND_VM_END))
		return o->proc->vms;
	r = o->group ? m_reg_other(m, o->group, NULL) : NULL;
	o->listed = r;
	return r ? r->vm : NULL;
}

/* An open without a kvm pointer is watched: what its process does matters. */
static int open_watch(struct vs_model *m, struct m_open *o, const struct ev_dev *ev)
{
	struct m_vm *vm;

	o->vms_unknown = ev->vms_seen == VS_VMS_UNKNOWN;
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
	/* A driver is told of another VM. */
	if (o->notifier && ev->kvm)
		return;
	if (!ev->kvm) {
		m_vm_ref(&o->vm, m_vm_find(m, ev->group_kvm), &o->pub.vm);
		m_fire(m, o, VS_RULE_OPEN_BEFORE_ADD, ev->h.ts, false);
	} else {
		m_fire(m, o, VS_RULE_KVM_MISMATCH, ev->h.ts, false);
	}
}

static void take_pointer(struct vs_model *m, struct m_open *o, const struct ev_dev *ev)
{
	struct m_vm *kvm = m_vm_find(m, ev->kvm);

	if (!ev->kvm)
		return;
	open_carries(o, kvm);
	m_vm_ref(&o->vm, kvm, &o->pub.vm);
	o->pub.verdict = VS_VERDICT_ORDERED;
	o->pub.reason = o->since_before ?
				"the device carries its VM's kvm pointer, taken before we looked" :
				"the device took the kvm pointer of the VM its group is "
				"registered with";
}

/* With records lost, its beginning may have been another open's. */
static void forget_beginning(struct m_open *o)
{
	o->since_before = true;
	o->pub.opened_ns = 0;
	o->pub.pid = o->pub.tid = 0;
	o->pub.comm[0] = '\0';
	m_evidence_drop(&o->ev_open);
	m_evidence_drop(&o->ev_getfd);
}

void m_judge_again(struct vs_model *m, struct m_open *o, const union vs_event *ev,
		   const struct vs_refs *refs)
{
	const struct ev_dev *d = &ev->dev;

	/* Nothing has changed, and nothing can follow from it. */
	if (o->pub.verdict == VS_VERDICT_ORDERED && carried(o) == d->kvm && d->kvm == d->group_kvm)
		return;
	m_keep(&o->ev_end, ev, refs);
	if (nameless(d))
		complete(&o->ev_end, &o->pub);
	if (carried(o) != d->kvm) {
		if (!(o->pub.fired & (1u << VS_RULE_VM_GONE_WHILE_OPEN)))
			m_fire(m, o, VS_RULE_KVM_LOST, d->h.ts, false);
		return;
	}
	if (!m_certain(m, o) && d->group_kvm && d->kvm != d->group_kvm)
		forget_beginning(o);
	judge_pair(m, o, d);
}

/* Which may be told after this; the next VM at the address is another one. */
static void found_gone(struct vs_model *m, struct m_open *o, uint64_t ts)
{
	m_fire(m, o, VS_RULE_VM_GONE_WHILE_OPEN, ts, false);
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
	o->lost = m_lost_at(m, ev);
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
		m_open_unlink(m, o);
		return NULL;
	}
	take_pointer(m, o, dev);
	if (since_before)
		m_replay_early(m, o);
	judge_pair(m, o, dev);
	if (dev->vms_seen == VS_VMS_GONE && o->kvm)
		found_gone(m, o, ev->h.ts);
	m->sink.opened(m->sink.ctx, &o->pub);
	return o;
}
