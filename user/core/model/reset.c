// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../rules/errnos.h"
#include "findings.h"
#include "reset.h"

/* A reset that failed, and may be followed by one that succeeds. */
struct m_reset {
	struct vs_evidence failed; /* the first time */
	struct m_grace grace;
	char methods[VS_SYSFS_NAME]; /* "": not known */
	struct vs_missing missing[VS_MISSING_MAX];
	size_t missing_count;
	struct m_reset *prev, *next;
};

int m_on_reset_member(struct vs_model *m, const union vs_record *rec)
{
	struct m_reset_set *set = &m->reset_set;

	if (rec->reset_member.first)
		set->count = 0;
	if (set->count < VS_MISSING_MAX + 1)
		set->list[set->count++] = rec->reset_member;
	return 0;
}

/* What was told of this call: its device, and those that are reset along with it. */
static size_t members(const struct vs_model *m, const struct ev_dev_call *ev)
{
	const struct m_reset_set *set = &m->reset_set;

	return set->count && set->list[0].h.ts == ev->h.ts &&
			       !strncmp(set->list[0].name, ev->name, sizeof(ev->name)) ?
		       set->count :
		       0;
}

/* Programs reset what they have, to see whether it can be. */
static bool is_routine(const struct vs_model *m, const struct ev_dev_call *ev)
{
	if (vs_errno_interrupted((int)ev->h.ret) || ev->h.kind != VS_DEV_RESET)
		return vs_errno_interrupted((int)ev->h.ret);
	if (ev->h.ret == -ENOTTY)
		return true;
	return ev->h.ret == -EINVAL && members(m, ev) && !m->reset_set.list[0].can_reset;
}

/* Does the process have a device of this group? */
static bool owns(const struct vs_model *m, uint32_t pid, int group)
{
	const struct m_open *o, *tmp;
	const struct vs_holder *h;

	HASH_ITER(hh, m->opens, o, tmp) {
		if (o->pub.group != group)
			continue;
		if (vs_open_pid(&o->pub) == pid)
			return true;
		DL_FOREACH(o->holders, h)
			if (h->pid == pid)
				return true;
	}
	return false;
}

static void add_missing(struct m_reset *r, const struct ev_reset_member *from)
{
	struct vs_missing *to = &r->missing[r->missing_count++];

	memcpy(to->device, from->name, sizeof(to->device));
	memcpy(to->driver, from->driver, sizeof(to->driver));
	memcpy(to->pf, from->pf, sizeof(to->pf));
	to->group = from->iommu_group;
	to->vfio = from->vfio;
}

/*
 * vfio-pci puts a virtual function into a dev_set of its own, or into that of its bus while
 * the physical function is in that of its slot: then no hot reset covers both.
 */
static bool is_in_the_way(const struct vs_model *m, uint32_t pid,
			  const struct ev_reset_member *device, const struct ev_reset_member *at)
{
	return !at->vfio || (*at->pf && !*device->pf) ||
	       (at->iommu_group != device->iommu_group && !owns(m, pid, at->iommu_group));
}

static void note_members(const struct vs_model *m, struct m_reset *r, const struct ev_dev_call *ev)
{
	const struct ev_reset_member *list = m->reset_set.list, *at;
	size_t count = members(m, ev);

	if (!count)
		return;
	memcpy(r->methods, list[0].methods, sizeof(r->methods));
	if (ev->h.ret != -EINVAL)
		return;
	for (at = list + 1; at < list + count; at++)
		if (is_in_the_way(m, ev->h.pid, &list[0], at))
			add_missing(r, at);
}

static struct m_reset *find(const struct vs_model *m, const struct ev_dev_call *ev)
{
	struct m_reset *r;

	DL_FOREACH(m->resets, r)
		if (r->failed.ev.h.pid == ev->h.pid && r->failed.ev.dev_call.dev == ev->dev)
			return r;
	return NULL;
}

static void forget(struct vs_model *m, struct m_reset *r)
{
	DL_DELETE(m->resets, r);
	m_grace_end(m, &r->grace);
	m_evidence_drop(&r->failed);
	free(r);
}

static bool lacks_others(const struct m_reset *r)
{
	size_t i;

	for (i = 0; i < r->missing_count; i++)
		if (!*r->missing[i].pf)
			return true;
	return false;
}

static const char *cause_of(const struct m_reset *r)
{
	const struct ev_hdr *h = &r->failed.ev.h;

	if (lacks_others(r))
		return "Devices are reset along with it that the process does not have: each has "
		       "to be bound to a driver of VFIO's, and its group to be passed, too.";
	if (r->missing_count)
		return "Virtual functions would be reset along with it, which most kernels refuse "
		       "from 5.15 on, even if their groups are passed, too.";
	return vs_errno_why(h->kind == VS_DEV_HOT_RESET ? VS_ERRNO_HOT_RESET : VS_ERRNO_RESET,
			    (int)h->ret);
}

static void tell(struct vs_model *m, const struct m_reset *r, const struct vs_evidence *after,
		 uint64_t ts)
{
	const struct m_found f = {
		.rule = VS_RULE_RESET_FAILED,
		.severity = after ? VS_INFO : VS_WARNING,
		.call = &r->failed,
		.other = after,
		.ts = ts,
		.cause = cause_of(r),
		.reset_methods = r->failed.ev.h.kind == VS_DEV_RESET ? r->methods : NULL,
		.missing = r->missing,
		.missing_count = r->missing_count,
	};

	m_find(m, &f);
}

static void due(struct vs_model *m, struct m_grace *g, uint64_t ts)
{
	struct m_reset *r = M_GRACE_OF(g, struct m_reset, grace);

	tell(m, r, NULL, ts);
	forget(m, r);
}

static void drop(struct vs_model *m, struct m_grace *g)
{
	forget(m, M_GRACE_OF(g, struct m_reset, grace));
}

static const struct m_grace_kind resetting = { .due = due, .end = due, .drop = drop };

static int begin(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	struct m_reset *r;

	if (find(m, &ev->dev_call) || is_routine(m, &ev->dev_call))
		return 0;
	r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	m_keep(&r->failed, ev, refs);
	note_members(m, r, &ev->dev_call);
	DL_APPEND(m->resets, r);
	m_grace_begin(m, &r->grace, &resetting, ev->h.ts);
	return 0;
}

static void over(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct vs_evidence after = { .ev = *ev, .refs = *refs };
	struct m_reset *r = find(m, &ev->dev_call);

	if (!r)
		return;
	tell(m, r, &after, ev->h.ts);
	forget(m, r);
}

int m_on_reset(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	if (vs_event_failed(ev))
		return begin(m, ev, refs);
	over(m, ev, refs);
	return 0;
}
