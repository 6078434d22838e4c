// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "findings.h"
#include "unmapped.h"

/* For a look, which comes when the grace period is over, if the source can look. */
#define LOOK_NS 5000000000ULL

struct m_unmapped {
	struct vs_evidence open;
	bool late; /* the grace period is over */
	struct m_unmapped *prev, *next;
};

int m_unmapped_begin(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	struct m_unmapped *u = calloc(1, sizeof(*u));

	if (!u)
		return -ENOMEM;
	m_keep(&u->open, ev, refs);
	DL_APPEND(m->unmapped, u);
	return 0;
}

static void forget(struct vs_model *m, struct m_unmapped *u)
{
	DL_DELETE(m->unmapped, u);
	m_evidence_drop(&u->open);
	free(u);
}

void m_unmapped_over(struct vs_model *m, uint64_t dev)
{
	struct m_unmapped *u, *tmp;

	DL_FOREACH_SAFE(m->unmapped, u, tmp)
		if (u->open.ev.dev.dev == dev)
			forget(m, u);
}

static void tell(struct vs_model *m, const struct m_unmapped *u, uint64_t ts)
{
	const struct m_found found = {
		.rule = VS_RULE_NO_DMA_MAPS,
		.severity = VS_WARNING,
		.call = &u->open,
		.ts = ts,
		.cause =
			"Nothing is mapped in the device's container since before the open. The last "
			"group that leaves a container takes the IOMMU and all maps with it: when "
			"the container gets a group again, memory has to be mapped again, too.",
	};

	m_find(m, &found);
}

void m_unmapped_looked(struct vs_model *m, uint64_t ts)
{
	struct m_unmapped *u, *tmp;
	struct m_group *g;

	DL_FOREACH_SAFE(m->unmapped, u, tmp) {
		if (!u->late)
			continue;
		g = m_group_find(m, u->open.ev.dev.group);
		if (g && g->container && g->container->unmapped)
			tell(m, u, ts);
		forget(m, u);
	}
}

static uint64_t due(const struct vs_model *m, const struct m_unmapped *u)
{
	return u->open.ev.h.ts + m->config.grace_ns + (u->late ? LOOK_NS : 0);
}

static struct m_unmapped *first(const struct vs_model *m)
{
	struct m_unmapped *u, *first = NULL;

	DL_FOREACH(m->unmapped, u)
		if (!first || due(m, u) < due(m, first))
			first = u;
	return first;
}

uint64_t m_unmapped_due(const struct vs_model *m)
{
	return m->unmapped ? due(m, first(m)) : UINT64_MAX;
}

/* First it is late, and a look is due; without one nothing is certain. */
void m_unmapped_expire(struct vs_model *m, uint64_t ts)
{
	struct m_unmapped *u = first(m);

	(void)ts;
	if (u->late)
		forget(m, u);
	else
		u->late = true;
}

void m_unmapped_free(struct vs_model *m)
{
	while (m->unmapped)
		forget(m, m->unmapped);
}
