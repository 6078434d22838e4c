// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "../rules/errnos.h"
#include "findings.h"
#include "tried.h"

struct m_tried {
	struct vs_evidence failed;
	struct m_grace grace;
	struct m_tried *prev, *next;
};

static void forget(struct vs_model *m, struct m_tried *t)
{
	DL_DELETE(m->tried, t);
	m_grace_end(m, &t->grace);
	m_evidence_drop(&t->failed);
	free(t);
}

static void tell(struct vs_model *m, const struct m_tried *t, const struct vs_evidence *after,
		 uint64_t ts)
{
	const struct m_found f = {
		.rule = VS_RULE_ATTACH_FAILED,
		.severity = after ? VS_INFO : VS_WARNING,
		.call = &t->failed,
		.other = after,
		.ts = ts,
		.cause = vs_errno_why(VS_ERRNO_ATTACH_BOUND, (int)t->failed.ev.h.ret),
	};

	m_find(m, &f);
}

static void due(struct vs_model *m, struct m_grace *g, uint64_t ts)
{
	struct m_tried *t = M_GRACE_OF(g, struct m_tried, grace);

	tell(m, t, NULL, ts);
	forget(m, t);
}

static void drop(struct vs_model *m, struct m_grace *g)
{
	forget(m, M_GRACE_OF(g, struct m_tried, grace));
}

static const struct m_grace_kind trying = { .due = due, .end = due, .drop = drop };

int m_tried_begin(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	struct m_tried *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	m_keep(&t->failed, ev, refs);
	DL_APPEND(m->tried, t);
	m_grace_begin(m, &t->grace, &trying, ev->h.ts);
	return 0;
}

void m_tried_over(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct vs_evidence after = { .ev = *ev, .refs = *refs };
	struct m_tried *t, *tmp;

	DL_FOREACH_SAFE(m->tried, t, tmp) {
		if (t->failed.ev.iommufd_pt.dev != ev->iommufd_pt.dev)
			continue;
		tell(m, t, &after, ev->h.ts);
		forget(m, t);
	}
}

void m_tried_in_vain(struct vs_model *m, uint64_t dev, uint64_t ts)
{
	struct m_tried *t, *tmp;

	DL_FOREACH_SAFE(m->tried, t, tmp) {
		if (t->failed.ev.iommufd_pt.dev != dev)
			continue;
		tell(m, t, NULL, ts);
		forget(m, t);
	}
}
