// SPDX-License-Identifier: GPL-2.0-only
/* Opens: from the first open of a device to its last close, and the verdict. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model_impl.h"

/* Findings */

static void finding_add(struct vs_finding *f, const struct vs_evidence *e)
{
	if (e->ev.h.kind != VS_NONE)
		f->evidence[f->evidence_count++] = e;
}

/* By time: the VM may have come before or after the open. */
static void evidence_sort(struct vs_finding *f)
{
	const struct vs_evidence *e;
	size_t i, j;

	for (i = 1; i < f->evidence_count; i++) {
		e = f->evidence[i];
		for (j = i; j && f->evidence[j - 1]->ev.h.ts > e->ev.h.ts; j--)
			f->evidence[j] = f->evidence[j - 1];
		f->evidence[j] = e;
	}
}

static void suspect_end(struct vs_model *m, struct open *o)
{
	if (!o->grace)
		return;
	DL_DELETE2(m->suspects, o, s_prev, s_next);
	o->grace = false;
}

void fire(struct vs_model *m, struct open *o, enum vs_rule_id id, uint64_t ts, bool pending)
{
	const struct vs_driver *driver = vs_driver_find(o->pub.driver, m->config.arch);
	struct vs_finding f = {
		.rule = &vs_rules[id],
		.severity = driver->needs_kvm ? VS_ERROR : VS_WARNING,
		.open = &o->pub,
		.vm = o->pub.vm,
		.pending = pending,
		.ts = ts,
		.harm = driver->harm,
	};

	if (o->pub.fired & (1u << id))
		return;
	o->pub.fired |= 1u << id;
	o->pub.verdict = VS_VERDICT_VIOLATION;
	o->pub.reason = f.rule->title;
	suspect_end(m, o);
	if (id == VS_RULE_OPEN_WITHOUT_ADD && o->vm)
		finding_add(&f, &o->vm->created);
	finding_add(&f, &o->ev_open);
	finding_add(&f, &o->ev_getfd);
	finding_add(&f, &o->ev_end);
	evidence_sort(&f);
	m->sink.finding(m->sink.ctx, &f);
}

/* Opens */

void suspect_begin(struct vs_model *m, struct open *o, struct vm *vm, uint64_t ts)
{
	if (o->suspect || o->pub.fired)
		return;
	o->suspect = o->grace = true;
	o->suspect_ns = ts;
	vm_ref(&o->vm, vm, &o->pub.vm);
	DL_APPEND2(m->suspects, o, s_prev, s_next);
}

struct open *open_find(const struct vs_model *m, uint64_t dev)
{
	struct open *o;

	HASH_FIND(hh, m->opens, &dev, sizeof(dev), o);
	return o;
}

void open_unlink(struct vs_model *m, struct open *o)
{
	suspect_end(m, o);
	if (o->group) {
		DL_DELETE2(o->group->opens, o, g_prev, g_next);
		group_put(m, o->group);
	}
	if (o->proc) {
		DL_DELETE2(o->proc->opens, o, p_prev, p_next);
		proc_put(m, o->proc);
	}
	HASH_DEL(m->opens, o);
	vm_ref(&o->kvm, NULL, &o->pub.kvm);
	vm_ref(&o->vm, NULL, &o->pub.vm);
	evidence_drop(&o->ev_open);
	evidence_drop(&o->ev_getfd);
	evidence_drop(&o->ev_end);
	free(o);
}

const char *blind(const struct vs_model *m, const struct open *o)
{
	if (m->lost != o->lost)
		return "records were lost while the device was open";
	if (m->config.blind_vm)
		return "VMs or registrations can not be observed on this kernel";
	if (o->since_before)
		return "the device was opened before tracing began";
	if (o->vms_unknown && !o->suspect)
		return "could not tell whether the process has a VM";
	return NULL;
}

/* A verdict that rests on what did not happen, at the end of an open. */
static void settle_absence(struct vs_model *m, struct open *o, uint64_t ts, bool ended)
{
	const char *why = blind(m, o);

	if (!why && o->suspect && !ended && ts - o->suspect_ns < m->config.grace_ns)
		why = "tracing ended before the grace period was over";
	if (why) {
		o->pub.verdict = VS_VERDICT_UNKNOWN;
		o->pub.reason = why;
	} else if (o->suspect) {
		fire(m, o, VS_RULE_OPEN_WITHOUT_ADD, ts, !ended);
	} else {
		o->pub.verdict = VS_VERDICT_NO_VM;
		o->pub.reason = "no VM is involved: a user-space driver";
	}
}

void open_end(struct vs_model *m, struct open *o, uint64_t ts, bool ended)
{
	if (ended)
		o->pub.closed_ns = ts;
	if (o->pub.verdict == VS_VERDICT_PENDING)
		settle_absence(m, o, ts, ended);
	m->sink.closed(m->sink.ctx, &o->pub);
	open_unlink(m, o);
}

/* An open without a kvm pointer is watched: its group and its process matter. */
static int open_watch(struct vs_model *m, struct open *o, const struct ev_dev *ev)
{
	struct vm *vm = NULL;

	o->group = group_get(m, ev->group);
	if (!o->group)
		return -ENOMEM;
	DL_APPEND2(o->group->opens, o, g_prev, g_next);
	o->vms_unknown = ev->vms_seen == VS_VMS_UNKNOWN;
	if (o->since_before)
		return 0;
	o->proc = proc_get(m, ev->h.pid);
	if (!o->proc)
		return -ENOMEM;
	DL_APPEND2(o->proc->opens, o, p_prev, p_next);
	/* What the kernel says of its VMs counts; our own list may lack an end. */
	if (ev->owner_kvm)
		vm = vm_find(m, ev->owner_kvm);
	else if (o->vms_unknown)
		vm = o->proc->vms;
	if (vm)
		suspect_begin(m, o, vm, ev->h.ts);
	return 0;
}

static void open_describe(struct vs_model *m, struct open *o, const struct ev_dev *ev)
{
	struct vs_open *pub = &o->pub;
	struct info *info;

	memcpy(pub->device, ev->name, sizeof(pub->device));
	memcpy(pub->driver, ev->driver, sizeof(pub->driver));
	HASH_FIND_STR(m->infos, ev->name, info);
	if (info)
		memcpy(pub->info, info->text, sizeof(pub->info));
	pub->group = ev->iommu_group;
	pub->opens = 1;
	if (o->since_before)
		return;
	pub->pid = ev->h.pid;
	pub->tid = ev->h.tid;
	memcpy(pub->comm, ev->h.comm, sizeof(pub->comm));
	pub->opened_ns = ev->h.ts;
	pub->tracked = ev->h.flags & VS_F_TRACKED;
}

void judge_state(struct vs_model *m, struct open *o, const struct ev_dev *ev)
{
	struct vm *kvm = vm_find(m, ev->kvm);

	if (ev->kvm) {
		vm_ref(&o->kvm, kvm, &o->pub.kvm);
		vm_ref(&o->vm, kvm, &o->pub.vm);
		o->pub.verdict = VS_VERDICT_ORDERED;
		o->pub.reason = o->since_before ?
					"the device carries its VM's kvm pointer, taken before "
					"tracing began" :
					"the device took the kvm pointer of the VM its group is "
					"registered with";
	} else if (ev->group_kvm) {
		vm_ref(&o->vm, vm_find(m, ev->group_kvm), &o->pub.vm);
		fire(m, o, VS_RULE_OPEN_BEFORE_ADD, ev->h.ts, false);
	}
}

struct open *open_new(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs,
		      bool since_before)
{
	struct open *o = calloc(1, sizeof(*o));
	const struct ev_dev *dev = &ev->dev;

	if (!o)
		return NULL;
	o->dev = dev->dev;
	o->lost = m->lost;
	o->since_before = since_before;
	o->pub.id = ++m->open_count;
	HASH_ADD(hh, m->opens, dev, sizeof(o->dev), o);
	if (!o->hh.tbl) {
		free(o);
		return NULL;
	}
	open_describe(m, o, dev);
	keep(&o->ev_open, ev, refs);
	if (!dev->kvm && open_watch(m, o, dev)) {
		open_unlink(m, o);
		return NULL;
	}
	judge_state(m, o, dev);
	m->sink.opened(m->sink.ctx, &o->pub);
	return o;
}
