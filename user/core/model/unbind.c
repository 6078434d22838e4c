// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "findings.h"
#include "unbind.h"

/* A device that is being taken from its driver. */
struct m_unbind {
	struct vs_evidence begun;
	struct m_grace grace;
	bool told;
	struct m_unbind *prev, *next;
};

static void forget(struct vs_model *m, struct m_unbind *u)
{
	DL_DELETE(m->unbinds, u);
	m_grace_end(m, &u->grace);
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
	m_grace_end(m, &u->grace);
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

/* Its end may be among the records that were lost. */
static bool may_be_over(const struct vs_model *m, const struct m_unbind *u)
{
	return u->begun.refs.mark != vs_ledger_mark(&m->ledger);
}

/* While a device is held, its unbind is not over. */
static void looked(struct vs_model *m, struct m_grace *g, const struct ev_look_done *look)
{
	struct m_unbind *u = M_GRACE_OF(g, struct m_unbind, grace);
	struct vs_hold hold;

	if (!g->late)
		return;
	if (may_be_over(m, u) && !vs_walk_holds(m, -1, u->begun.ev.dev_call.name, &hold, 1))
		forget(m, u);
	else
		tell(m, u, look, look->h.ts);
}

/* No look has come. */
static void due(struct vs_model *m, struct m_grace *g, uint64_t ts)
{
	struct m_unbind *u = M_GRACE_OF(g, struct m_unbind, grace);

	if (may_be_over(m, u))
		forget(m, u);
	else
		tell(m, u, NULL, ts);
}

/* Still blocked, and no look will come. */
static void end(struct vs_model *m, struct m_grace *g, uint64_t ts)
{
	if (g->late)
		due(m, g, ts);
}

static const struct m_grace_kind unbinding = {
	.due = due, .looked = looked, .end = end, .wants_look = true
};

int m_on_unbind_begin(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	struct m_unbind *u = find(m, &ev->h);

	/* The end of that one was lost. */
	if (u)
		forget(m, u);
	u = calloc(1, sizeof(*u));
	if (!u)
		return -ENOMEM;
	m_keep(&u->begun, ev, refs);
	DL_APPEND(m->unbinds, u);
	m_grace_begin(m, &u->grace, &unbinding, ev->h.ts);
	return 0;
}

int m_on_unbind(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	struct m_unbind *u = find(m, &ev->h);

	if (!u)
		return 0;
	if (u->grace.kind && u->grace.late)
		tell(m, u, NULL, ev->h.ts);
	if (u->told)
		tell_end(m, u, ev, refs);
	forget(m, u);
	return 0;
}

void m_unbind_free(struct vs_model *m)
{
	while (m->unbinds)
		forget(m, m->unbinds);
}
