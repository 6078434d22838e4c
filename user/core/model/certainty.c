// SPDX-License-Identifier: GPL-2.0-only
#include "certainty.h"

static bool nothing_lost(const struct vs_model *m, const struct m_open *o)
{
	return vs_ledger_mark(&m->ledger) == o->mark;
}

bool m_certain(const struct vs_model *m, const struct m_open *o)
{
	return nothing_lost(m, o) && !m_blind_to(m, VS_BLIND_CLOSE);
}

const struct vs_reason *m_blind(const struct vs_model *m, const struct m_open *o)
{
	if (!nothing_lost(m, o))
		return &vs_reasons[VS_REASON_RECORDS_LOST];
	if (m_blind_to(m, VS_BLIND_CLOSE))
		return &vs_reasons[VS_REASON_CLOSES_BLIND];
	if (m_blind_to(m, VS_BLIND_ADD | VS_BLIND_SET_KVM))
		return &vs_reasons[VS_REASON_REGISTRATIONS_BLIND];
	if (o->pub.path == VS_PATH_CDEV && m_blind_to(m, VS_BLIND_CDEV))
		return &vs_reasons[VS_REASON_CDEV_BLIND];
	/* So was its beginning, and perhaps a registration that has ended again. */
	if (o->since_before && (m->ledger.records || m->ledger.missed))
		return &vs_reasons[VS_REASON_RECORDS_LOST];
	if (o->suspect)
		return NULL;
	if (m_blind_to(m, VS_BLIND_VM))
		return &vs_reasons[VS_REASON_VMS_BLIND];
	if (o->since_before && o->notifier)
		return &vs_reasons[VS_REASON_BEFORE_NOTIFIER];
	if (o->since_before)
		return &vs_reasons[VS_REASON_BEFORE];
	if (o->group && o->group->regs)
		return &vs_reasons[VS_REASON_MAYBE_REGISTERED];
	if (o->vms_unknown)
		return &vs_reasons[VS_REASON_VMS_UNKNOWN];
	return NULL;
}

struct m_reg *m_reg_other(const struct vs_model *m, const struct m_group *g, const struct m_vm *vm)
{
	struct m_reg *r;

	if (m_blind_to(m, VS_BLIND_ADD | VS_BLIND_DEL | VS_BLIND_SET_KVM))
		return NULL;
	DL_FOREACH2(g->regs, r, g_next)
		if (r->vm != vm && r->mark == vs_ledger_mark(&m->ledger))
			return r;
	return NULL;
}

bool m_known_by_count(const struct m_open *o)
{
	return o->notifier && o->ev_open.ev.h.kind == VS_DEV_CLOSE;
}

bool m_lost_pointer(const struct vs_model *m, const struct m_open *o)
{
	bool unseen = o->pub.path == VS_PATH_CDEV && m_blind_to(m, VS_BLIND_CDEV);

	return o->pointer_lost || (o->kvm && unseen);
}
