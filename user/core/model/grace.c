// SPDX-License-Identifier: GPL-2.0-only
#include "objects.h"

/* For a look, which comes when the grace period is over, if the source can look. */
#define LOOK_NS 5000000000ULL

/* Listed in order of time. Records are nearly so: the place is at the end, or near. */
static void enlist(struct m_grace **list, struct m_grace *g)
{
	struct m_grace *before = *list ? (*list)->prev : NULL;

	while (before && before->since > g->since)
		before = before == *list ? NULL : before->prev;
	DL_APPEND_ELEM(*list, before, g);
}

void m_grace_begin(struct vs_model *m, struct m_grace *g, const struct m_grace_kind *kind,
		   uint64_t ts)
{
	g->kind = kind;
	g->since = ts;
	g->late = false;
	enlist(&m->graces, g);
}

void m_grace_end(struct vs_model *m, struct m_grace *g)
{
	if (!g->kind)
		return;
	if (g->late)
		DL_DELETE(m->late, g);
	else
		DL_DELETE(m->graces, g);
	g->kind = NULL;
}

static void list_looked(struct vs_model *m, struct m_grace *list, const struct ev_look_done *look)
{
	struct m_grace *g, *tmp;

	DL_FOREACH_SAFE(list, g, tmp)
		if (g->kind->looked)
			g->kind->looked(m, g, look);
}

void m_graces_looked(struct vs_model *m, const struct ev_look_done *look)
{
	list_looked(m, m->late, look);
	list_looked(m, m->graces, look);
}

static uint64_t due(const struct vs_model *m, const struct m_grace *g)
{
	return g ? g->since + m->config.grace_ns + (g->late ? LOOK_NS : 0) : UINT64_MAX;
}

static void expire(struct vs_model *m, struct m_grace *g)
{
	const struct m_grace_kind *kind = g->kind;
	uint64_t ts = due(m, g);
	bool late = g->late;

	m_grace_end(m, g);
	if (late || !kind->wants_look) {
		kind->due(m, g, ts);
		return;
	}
	g->kind = kind;
	g->late = true;
	enlist(&m->late, g);
}

void m_deadlines(struct vs_model *m, uint64_t now)
{
	struct m_grace *first;

	/* A look may still show what an open seems to lack. */
	while (!m->looking) {
		first = due(m, m->late) < due(m, m->graces) ? m->late : m->graces;
		if (!first || now < due(m, first))
			return;
		expire(m, first);
	}
}

static void list_end(struct vs_model *m, struct m_grace *list, uint64_t ts)
{
	struct m_grace *g, *tmp;

	DL_FOREACH_SAFE(list, g, tmp)
		if (g->kind->end)
			g->kind->end(m, g, ts);
}

void m_graces_end(struct vs_model *m, uint64_t ts)
{
	list_end(m, m->late, ts);
	list_end(m, m->graces, ts);
}

static void list_free(struct vs_model *m, struct m_grace *list)
{
	struct m_grace *g, *tmp;

	DL_FOREACH_SAFE(list, g, tmp)
		if (g->kind->drop)
			g->kind->drop(m, g);
}

void m_graces_free(struct vs_model *m)
{
	list_free(m, m->late);
	list_free(m, m->graces);
}
