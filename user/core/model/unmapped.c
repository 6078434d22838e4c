// SPDX-License-Identifier: GPL-2.0-only
#include "findings.h"
#include "unmapped.h"

/* For a look, which comes when the grace period is over, if the source can look. */
#define LOOK_NS 5000000000ULL

void m_unmapped_begin(struct vs_model *m, struct m_open *o)
{
	if (o->unmapped)
		return;
	o->unmapped = M_UNMAPPED;
	DL_APPEND2(m->unmapped, o, n_prev, n_next);
}

void m_unmapped_over(struct vs_model *m, struct m_open *o)
{
	if (o->unmapped)
		DL_DELETE2(m->unmapped, o, n_prev, n_next);
	o->unmapped = M_MAPPED;
}

static void tell(struct vs_model *m, const struct m_open *o, uint64_t ts)
{
	const struct m_found found = {
		.rule = VS_RULE_NO_DMA_MAPS,
		.severity = VS_WARNING,
		.call = &o->ev_open,
		.ts = ts,
		.cause =
			"Nothing is mapped in the device's container, and it has been open for a "
			"while. The last group that leaves a container takes the IOMMU and all maps "
			"with it: when the container gets a group again, memory has to be mapped "
			"again, too.",
	};

	m_find(m, &found);
}

void m_unmapped_looked(struct vs_model *m, uint64_t ts)
{
	struct m_open *o, *next;

	for (o = m->unmapped; o; o = next) {
		next = o->n_next;
		if (o->unmapped != M_UNMAPPED_LATE)
			continue;
		if (o->group && o->group->container && o->group->container->unmapped)
			tell(m, o, ts);
		m_unmapped_over(m, o);
	}
}

static uint64_t due(const struct vs_model *m, const struct m_open *o)
{
	return o->ev_open.ev.h.ts + m->config.grace_ns +
	       (o->unmapped == M_UNMAPPED_LATE ? LOOK_NS : 0);
}

static struct m_open *first(const struct vs_model *m)
{
	struct m_open *o, *first = m->unmapped;

	for (o = m->unmapped; o; o = o->n_next)
		if (due(m, o) < due(m, first))
			first = o;
	return first;
}

uint64_t m_unmapped_due(const struct vs_model *m)
{
	return m->unmapped ? due(m, first(m)) : UINT64_MAX;
}

/* First it is late, and a look is due; without one nothing is certain. */
void m_unmapped_expire(struct vs_model *m, uint64_t ts)
{
	struct m_open *o = first(m);

	(void)ts;
	if (o->unmapped == M_UNMAPPED_LATE)
		m_unmapped_over(m, o);
	else
		o->unmapped = M_UNMAPPED_LATE;
}
