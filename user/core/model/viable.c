// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "../../../vmlinux/ioctl.h"
#include "findings.h"
#include "viable.h"

int m_on_blocker(struct vs_model *m, const union vs_record *rec)
{
	const struct ev_blocker *ev = &rec->blocker;
	struct m_blockers *b = &m->blockers;
	struct vs_blocker *one;

	if (b->ts != ev->h.ts || b->group != ev->iommu_group) {
		b->ts = ev->h.ts;
		b->group = ev->iommu_group;
		b->count = 0;
	}
	if (b->count == VS_BLOCKERS_MAX)
		return 0;
	one = &b->list[b->count++];
	memset(one, 0, sizeof(*one));
	memcpy(one->name, ev->name, sizeof(one->name));
	memcpy(one->bus, ev->bus, sizeof(one->bus));
	memcpy(one->driver, ev->driver, sizeof(one->driver));
	one->bridge = ev->bridge;
	return 0;
}

/* How many were told of for this call. */
static size_t blockers(const struct vs_model *m, const union vs_event *ev,
		       const struct vs_refs *refs)
{
	const struct m_blockers *b = &m->blockers;

	return b->ts == ev->h.ts && b->group == refs->group ? b->count : 0;
}

/* Others than were told of are in the way. */
static bool are_others(const struct m_blockers *b, size_t count)
{
	return count && b->told.count &&
	       (count != b->told.count ||
		memcmp(b->list, b->told.list, count * sizeof(b->list[0])) != 0);
}

/* A VMM asks, and then tries, and tries again: that is one finding. */
static bool is_told(const struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs,
		    enum vs_severity severity)
{
	const struct m_blockers *b = &m->blockers;

	return b->told.pid == ev->h.pid && b->told.group == refs->group &&
	       b->told.severity >= severity && ev->h.ts - b->told.ts < m->config.grace_ns &&
	       !are_others(b, blockers(m, ev, refs));
}

static void note_told(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs,
		      enum vs_severity severity)
{
	struct m_blockers *b = &m->blockers;

	b->told.pid = ev->h.pid;
	b->told.group = refs->group;
	b->told.severity = severity;
	b->told.count = blockers(m, ev, refs);
	memcpy(b->told.list, b->list, sizeof(b->list));
}

static void tell(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs,
		 enum vs_severity severity)
{
	const struct vs_evidence proof = { .ev = *ev, .refs = *refs };
	const struct m_found found = {
		.rule = VS_RULE_NOT_VIABLE,
		.severity = severity,
		.call = &proof,
		.ts = ev->h.ts,
		.blockers = m->blockers.list,
		.blocker_count = blockers(m, ev, refs),
	};

	if (!is_told(m, ev, refs, severity)) {
		note_told(m, ev, refs, severity);
		m_find(m, &found);
	}
	m->blockers.told.ts = ev->h.ts;
}

bool m_not_viable(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	if (!blockers(m, ev, refs))
		return false;
	tell(m, ev, refs, VS_WARNING);
	return true;
}

int m_on_group_status(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct m_proc *p;

	if (vs_event_failed(ev) || ev->group_status.status & VFIO_GROUP_FLAGS_VIABLE)
		return 0;
	HASH_FIND(hh, m->procs, &ev->h.pid, sizeof(ev->h.pid), p);
	tell(m, ev, refs, p && p->vms ? VS_WARNING : VS_INFO);
	return 0;
}
