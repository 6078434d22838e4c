// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "findings.h"
#include "regions.h"

/* Once for each open of the device and each BAR. */
static bool reported(struct m_open *o, unsigned int region)
{
	uint32_t bit = region < 32 ? 1u << region : 1u << 31;
	bool before = o && o->regions_busy & bit;

	if (o)
		o->regions_busy |= bit;
	return before;
}

int m_on_region_map(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	if (ev->h.ret == -EBUSY && !reported(m_open_find(m, ev->region.dev), ev->region.region))
		m_find_call(m, VS_RULE_BAR_BUSY, ev, refs, NULL, NULL);
	return 0;
}
