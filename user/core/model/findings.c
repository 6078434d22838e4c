// SPDX-License-Identifier: GPL-2.0-only
#include "../event/refs.h"
#include "../rules/drivers.h"
#include "findings.h"
#include "sink.h"

static void finding_add(struct vs_finding *f, const struct vs_evidence *e)
{
	if (e->ev.h.kind != VS_NONE && f->evidence_count < VS_EVIDENCE_MAX)
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

static void about_open(struct vs_finding *f, const struct vs_open *open)
{
	f->open = open;
	f->path = open->path;
	f->vm = open->vm;
	f->device = open->device;
	f->group = open->group;
	f->pid = vs_open_pid(open);
	f->comm = open->pid ? open->comm : open->holder_comm;
	f->tracked = open->tracked;
}

static void weigh(struct vs_finding *f, const struct vs_driver *driver)
{
	const struct vs_rule_text text = vs_rule_text(f->rule, f->path == VS_PATH_CDEV);

	f->severity = f->rule->severity;
	f->title = text.title;
	f->harm = text.harm;
	f->fix = text.fix;
	if (!f->rule->by_driver)
		return;
	f->severity = driver->needs_kvm ? VS_ERROR : VS_WARNING;
	f->harm = driver->harm;
}

void m_find_open(struct vs_model *m, const struct m_open *o, enum vs_rule_id id, uint64_t ts,
		 bool pending)
{
	struct vs_finding f = { .rule = &vs_rules[id], .pending = pending, .ts = ts };

	about_open(&f, &o->pub);
	if (id == VS_RULE_DEVICE_DEAD)
		f.cause = o->dead_why;
	weigh(&f, vs_driver_find(o->pub.driver, m->run.start.arch));
	if (id == VS_RULE_OPEN_WITHOUT_ADD && o->vm)
		finding_add(&f, &o->vm->created);
	finding_add(&f, &o->ev_open);
	finding_add(&f, &o->ev_call);
	finding_add(&f, &o->ev_end);
	evidence_sort(&f);
	VS_TELL(m->sink, finding, &f);
}

/* Of a call: the path that it belongs to. */
static enum vs_path path_of(const union vs_event *ev)
{
	switch (ev->h.kind) {
	case VS_FILE_ADD:
	case VS_FILE_DEL:
	case VS_BIND_IOMMUFD:
	case VS_ATTACH_PT:
		return VS_PATH_CDEV;
	}
	return ev->h.flags & VS_F_CDEV ? VS_PATH_CDEV : VS_PATH_GROUP;
}

/* Of a call that is on no VM: that of its process, if it has one. */
static const struct vs_vm *vm_of(const struct vs_model *m, const struct vs_evidence *call)
{
	const struct m_proc *p;

	if (call->refs.vm)
		return call->refs.vm;
	HASH_FIND(hh, m->procs, &call->ev.h.pid, sizeof(call->ev.h.pid), p);
	return p && p->vms && !p->vms->next ? &p->vms->pub : NULL;
}

void m_find(struct vs_model *m, const struct m_found *found)
{
	const union vs_event *ev = &found->call->ev;
	struct vs_finding f = {
		.rule = &vs_rules[found->rule],
		.vm = vm_of(m, found->call),
		.device = vs_event_device(ev),
		.group = found->call->refs.group,
		.path = path_of(ev),
		.pid = ev->h.pid,
		.comm = ev->h.comm,
		.tracked = ev->h.flags & VS_F_TRACKED,
		.ts = found->ts,
		.cause = found->cause,
		.holds = found->holds,
		.hold_count = found->hold_count,
		.map = found->map,
		.mapped_unseen = found->mapped_unseen,
		.blockers = found->blockers,
		.blocker_count = found->blocker_count,
		.reset_methods = found->reset_methods,
		.missing = found->missing,
		.missing_count = found->missing_count,
	};

	weigh(&f, vs_driver_find("", m->run.start.arch));
	f.severity = found->severity;
	if (found->other)
		finding_add(&f, found->other);
	finding_add(&f, found->call);
	evidence_sort(&f);
	VS_TELL(m->sink, finding, &f);
}

void m_find_call(struct vs_model *m, enum vs_rule_id id, const union vs_event *ev,
		 const struct vs_refs *refs, const struct vs_evidence *earlier, const char *cause)
{
	const struct vs_evidence proof = { .ev = *ev, .refs = *refs };
	const struct m_found found = {
		.rule = id,
		.severity = vs_rules[id].severity,
		.call = &proof,
		.other = earlier,
		.ts = ev->h.ts,
		.cause = cause,
	};

	m_find(m, &found);
}
