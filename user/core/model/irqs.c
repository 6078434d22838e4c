// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "../rules/errnos.h"
#include "findings.h"
#include "irqs.h"

/* Programs ask that way for what a device has. */
static bool is_routine(int64_t ret)
{
	return ret == -EINVAL || ret == -ENOTTY || vs_errno_interrupted((int)ret);
}

/* Once for each open of the device and each kind of interrupt. */
static bool told(struct m_open *o, unsigned int index, enum vs_severity severity)
{
	uint32_t bit = index < 32 ? 1u << index : 1u << 31;
	uint32_t *set = o ? &o->irqs_told[severity] : NULL;

	if (!set)
		return false;
	if (*set & bit)
		return true;
	*set |= bit;
	return false;
}

static void tell(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs,
		 enum vs_severity severity, const char *cause)
{
	const struct vs_evidence proof = { .ev = *ev, .refs = *refs };
	const struct m_found found = {
		.rule = VS_RULE_IRQ_SHORT,
		.severity = severity,
		.call = &proof,
		.ts = ev->h.ts,
		.cause = cause,
	};

	m_find(m, &found);
}

int m_on_set_irqs(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct ev_set_irqs *s = &ev->set_irqs;
	enum vs_severity severity = s->h.ret < 0 ? VS_WARNING : VS_INFO;

	if (!s->h.ret || is_routine(s->h.ret) ||
	    told(m_open_find(m, s->dev), s->irq_index, severity))
		return 0;
	tell(m, ev, refs, severity,
	     s->h.ret < 0 ? vs_errno_why(VS_ERRNO_SET_IRQS, (int)s->h.ret) : NULL);
	return 0;
}
