// SPDX-License-Identifier: GPL-2.0-only
#include "findings.h"
#include "unmapped.h"

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

/*
 * A VM with a virtual IOMMU has a container for each device, and the guest's driver maps in
 * it what it wants. Several containers are no sign that one of them was left and used again.
 */
static bool has_others(const struct vs_model *m, const struct m_container *but, uint32_t pid)
{
	const struct m_container *c, *tmp;
	const struct vs_holder *h;

	HASH_ITER(hh, m->containers, c, tmp) {
		if (c == but)
			continue;
		DL_FOREACH(c->holders, h)
			if (h->pid == pid)
				return true;
	}
	return false;
}

static void looked(struct vs_model *m, struct m_grace *g, const struct ev_look_done *look)
{
	struct m_open *o = M_GRACE_OF(g, struct m_open, unmapped);

	if (!g->late)
		return;
	m_grace_end(m, g);
	if (o->group && o->group->container && o->group->container->unmapped &&
	    !has_others(m, o->group->container, vs_open_pid(&o->pub)))
		tell(m, o, look->h.ts);
}

/* Without a look nothing is certain. */
static void due(struct vs_model *m, struct m_grace *g, uint64_t ts)
{
	(void)m;
	(void)g;
	(void)ts;
}

static const struct m_grace_kind unmapped = { .due = due, .looked = looked, .wants_look = true };

void m_unmapped_begin(struct vs_model *m, struct m_open *o, uint64_t ts)
{
	if (!o->unmapped.kind)
		m_grace_begin(m, &o->unmapped, &unmapped, ts);
}
