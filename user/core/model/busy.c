// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../rules/errnos.h"
#include "busy.h"
#include "findings.h"

/* Somebody wants a group, or a device of it. */
struct m_busy {
	struct vs_evidence refused; /* the first time */
	struct m_grace grace;
	bool looked, mapped_unseen;
	struct vs_hold holds[M_HOLDS_MAX];
	size_t hold_count;
	struct m_busy *prev, *next;
};

static bool is_same(const struct m_busy *b, const union vs_event *ev, const struct vs_refs *refs)
{
	return b->refused.ev.h.kind == ev->h.kind && b->refused.ev.h.pid == ev->h.pid &&
	       b->refused.refs.group == refs->group;
}

static struct m_busy *find(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	struct m_busy *b;

	DL_FOREACH(m->busy, b)
		if (is_same(b, ev, refs))
			return b;
	return NULL;
}

static void forget(struct vs_model *m, struct m_busy *b)
{
	DL_DELETE(m->busy, b);
	m_grace_end(m, &b->grace);
	m_evidence_drop(&b->refused);
	free(b);
}

/* The kernel has more reasons to refuse a bind: then that is all there is to tell. */
static bool is_held(const struct m_busy *b)
{
	return b->hold_count || b->refused.ev.h.kind != VS_BIND_IOMMUFD;
}

static void tell(struct vs_model *m, const struct m_busy *b, const struct vs_evidence *after,
		 uint64_t ts)
{
	const struct m_found f = {
		.rule = is_held(b) ? VS_RULE_BUSY : VS_RULE_ATTACH_FAILED,
		.severity = after ? VS_INFO : VS_WARNING,
		.call = &b->refused,
		.other = after,
		.ts = is_held(b) ? ts : b->refused.ev.h.ts,
		.cause = b->hold_count ? NULL :
					 vs_errno_why(b->refused.ev.h.kind == VS_BIND_IOMMUFD ?
							      VS_ERRNO_BIND_IOMMUFD :
							      VS_ERRNO_GROUP_OPEN,
						      EBUSY),
		.holds = b->looked ? b->holds : NULL,
		.hold_count = b->hold_count,
		.mapped_unseen = b->mapped_unseen,
	};

	m_find(m, &f);
}

/* A later look shows a later moment. */
static void looked(struct vs_model *m, struct m_grace *g, const struct ev_look_done *look)
{
	struct m_busy *b = M_GRACE_OF(g, struct m_busy, grace);

	if (b->hold_count)
		return;
	b->hold_count = vs_walk_holds(m, b->refused.refs.group, NULL, b->holds, M_HOLDS_MAX);
	b->looked = true;
	b->mapped_unseen = look->blind & VS_BLIND_MAPPED;
	if (is_held(b))
		return;
	tell(m, b, NULL, 0);
	forget(m, b);
}

static void due(struct vs_model *m, struct m_grace *g, uint64_t ts)
{
	struct m_busy *b = M_GRACE_OF(g, struct m_busy, grace);

	tell(m, b, NULL, ts);
	forget(m, b);
}

static void drop(struct vs_model *m, struct m_grace *g)
{
	forget(m, M_GRACE_OF(g, struct m_busy, grace));
}

static const struct m_grace_kind busy = { .due = due, .looked = looked, .end = due, .drop = drop };

int m_busy_begin(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	struct m_busy *b = find(m, ev, refs);

	if (b)
		return 0;
	b = calloc(1, sizeof(*b));
	if (!b)
		return -ENOMEM;
	m_keep(&b->refused, ev, refs);
	DL_APPEND(m->busy, b);
	m_grace_begin(m, &b->grace, &busy, ev->h.ts);
	return 0;
}

void m_busy_over(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct vs_evidence after = { .ev = *ev, .refs = *refs };
	struct m_busy *b = find(m, ev, refs);

	if (!b)
		return;
	tell(m, b, &after, ev->h.ts);
	forget(m, b);
}
