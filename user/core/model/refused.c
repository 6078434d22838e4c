// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "../rules/drivers.h"
#include "../rules/errnos.h"
#include "findings.h"
#include "refused.h"

/* The call around it is about to fail with the same refusal. */
static int remember(struct vs_model *m, const struct ev_hdr *h)
{
	struct m_refused *r;

	HASH_FIND(hh, m->refused, &h->tid, sizeof(h->tid), r);
	if (!r) {
		r = calloc(1, sizeof(*r));
		if (!r)
			return -ENOMEM;
		r->tid = h->tid;
		HASH_ADD(hh, m->refused, tid, sizeof(r->tid), r);
		if (!r->hh.tbl) {
			free(r);
			return -ENOMEM;
		}
	}
	r->ts = h->ts;
	return 0;
}

bool m_told_as_refusal(struct vs_model *m, const struct ev_hdr *h)
{
	struct m_refused *r;
	bool same;

	HASH_FIND(hh, m->refused, &h->tid, sizeof(h->tid), r);
	if (!r)
		return false;
	same = h->dur == VS_NOT_SEEN || r->ts >= vs_began(h);
	HASH_DEL(m->refused, r);
	free(r);
	return same;
}

static void driver_refused(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	m_find_call(m, VS_RULE_DRIVER_REFUSED, ev, refs, NULL,
		    vs_errno_of_driver(ev->dev.driver, (int)ev->h.ret));
}

/* It has no kvm pointer, and somebody for whom that matters. */
static bool lacks_vm(const struct vs_model *m, const struct ev_dev *ev)
{
	const struct vs_driver *driver = vs_driver_find(ev->driver, m->run.start.arch);

	return !ev->kvm && (ev->owner_kvm || driver->needs_kvm);
}

/* A group without an IOMMU is for the privileged only: VFIO says so, not the driver. */
static bool lacks_privilege(const struct ev_dev *ev)
{
	return ev->h.flags & VS_F_NOIOMMU_GROUP && ev->h.ret == -EPERM;
}

int m_on_refused(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	/* What the driver was not asked it did not refuse; the call around it failed. */
	if (ev->h.flags & VS_F_NOT_ASKED || lacks_privilege(&ev->dev))
		return 0;
	if (vs_errno_interrupted((int)ev->h.ret))
		return remember(m, &ev->h);
	if (lacks_vm(m, &ev->dev))
		m_find_call(m, VS_RULE_OPEN_REFUSED, ev, refs, NULL,
			    vs_errno_why(VS_ERRNO_DRIVER_OPEN, (int)ev->h.ret));
	else
		driver_refused(m, ev, refs);
	return remember(m, &ev->h);
}
