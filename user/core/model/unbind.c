// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "findings.h"
#include "unbind.h"

/* For a look, which comes when the grace period is over, if the source can look. */
#define LOOK_NS 5000000000ULL

/* A device that is being taken from its driver. */
struct m_unbind {
	struct vs_evidence begun;
	bool late; /* the grace period is over */
	bool told;
	struct m_unbind *prev, *next;
};

int m_on_unbind_begin(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	struct m_unbind *u = calloc(1, sizeof(*u));

	if (!u)
		return -ENOMEM;
	m_keep(&u->begun, ev, refs);
	DL_APPEND(m->unbinds, u);
	return 0;
}

static void forget(struct vs_model *m, struct m_unbind *u)
{
	DL_DELETE(m->unbinds, u);
	m_evidence_drop(&u->begun);
	free(u);
}

/* One thread takes one device at a time. */
static struct m_unbind *find(const struct vs_model *m, const struct ev_hdr *h)
{
	struct m_unbind *u;

	DL_FOREACH(m->unbinds, u)
		if (u->begun.ev.h.tid == h->tid)
			return u;
	return NULL;
}

/* Who has the device, or else its group. */
static size_t holds_of(const struct vs_model *m, const struct m_unbind *u,
		       struct vs_hold holds[M_HOLDS_MAX])
{
	size_t count = vs_walk_holds(m, -1, u->begun.ev.dev_call.name, holds, M_HOLDS_MAX);

	return count ? count : vs_walk_holds(m, u->begun.refs.group, NULL, holds, M_HOLDS_MAX);
}

/* @look: that has shown who holds it, or NULL. */
static void tell(struct vs_model *m, struct m_unbind *u, const struct ev_look_done *look,
		 uint64_t ts)
{
	struct vs_hold holds[M_HOLDS_MAX];
	const struct m_found f = {
		.rule = VS_RULE_UNBIND_BLOCKED,
		.severity = VS_WARNING,
		.call = &u->begun,
		.ts = ts,
		.holds = look ? holds : NULL,
		.hold_count = look ? holds_of(m, u, holds) : 0,
		.mapped_unseen = look && look->blind & VS_BLIND_MAPPED,
	};

	u->told = true;
	m_find(m, &f);
}

static void tell_end(struct vs_model *m, const struct m_unbind *u, const union vs_event *ev,
		     const struct vs_refs *refs)
{
	const struct vs_evidence end = { .ev = *ev, .refs = *refs };
	const struct m_found f = {
		.rule = VS_RULE_UNBIND_BLOCKED,
		.severity = VS_INFO,
		.call = &u->begun,
		.other = &end,
		.ts = ev->h.ts,
	};

	m_find(m, &f);
}

int m_on_unbind(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	struct m_unbind *u = find(m, &ev->h);

	if (!u)
		return 0;
	if (u->late && !u->told)
		tell(m, u, NULL, ev->h.ts);
	if (u->told)
		tell_end(m, u, ev, refs);
	forget(m, u);
	return 0;
}

void m_unbind_looked(struct vs_model *m, const struct ev_look_done *look)
{
	struct m_unbind *u;

	DL_FOREACH(m->unbinds, u)
		if (u->late && !u->told)
			tell(m, u, look, look->h.ts);
}

static uint64_t due(const struct vs_model *m, const struct m_unbind *u)
{
	uint64_t late = u->begun.ev.h.ts + m->config.grace_ns;

	if (u->told)
		return UINT64_MAX;
	return u->late ? late + LOOK_NS : late;
}

static struct m_unbind *first(const struct vs_model *m)
{
	struct m_unbind *u, *first = NULL;

	DL_FOREACH(m->unbinds, u)
		if (!first || due(m, u) < due(m, first))
			first = u;
	return first;
}

uint64_t m_unbind_due(const struct vs_model *m)
{
	return m->unbinds ? due(m, first(m)) : UINT64_MAX;
}

/* First it is late, and a look is due; then no look has come. */
void m_unbind_expire(struct vs_model *m, uint64_t ts)
{
	struct m_unbind *u = first(m);

	if (u->late)
		tell(m, u, NULL, ts);
	u->late = true;
}

void m_unbind_end(struct vs_model *m, uint64_t ts)
{
	struct m_unbind *u;

	DL_FOREACH(m->unbinds, u)
		if (u->late && !u->told)
			tell(m, u, NULL, ts);
}

void m_unbind_free(struct vs_model *m)
{
	while (m->unbinds)
		forget(m, m->unbinds);
}
