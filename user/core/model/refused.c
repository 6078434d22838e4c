// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../rules/drivers.h"
#include "../rules/errnos.h"
#include "findings.h"
#include "plain.h"
#include "refused.h"

#define NS_PER_MS 1000000ULL

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

/* " at once", " after 25.0 s" */
static void put_after(char *to, size_t size, uint64_t ns)
{
	char time[32];

	m_put_time(time, sizeof(time), ns);
	if (ns < NS_PER_MS)
		snprintf(to, size, " at once");
	else
		snprintf(to, size, "%s%s", *time ? " after " : "", time);
}

static void put_cause(char cause[M_CAUSE_LEN], const struct ev_dev *ev)
{
	const char *word = vs_errno_word((int)ev->h.ret);
	const char *why = vs_errno_of_driver(ev->driver, (int)ev->h.ret);
	char driver[VS_DRIVER_LEN], device[VS_DEVNAME_LEN], time[48];

	m_put_plain(driver, sizeof(driver), *ev->driver ? ev->driver : "?");
	m_put_plain(device, sizeof(device), ev->name);
	put_after(time, sizeof(time), ev->h.dur);
	snprintf(cause, M_CAUSE_LEN,
		 "The driver %s was asked to open the device, and returned %s%s.%s%s VFIO and the "
		 "bindings are in order. What the driver itself says of it is in the kernel log of "
		 "that moment: look for %s and for %s.",
		 driver, word ? word : "an unknown errno", time, why ? " " : "", why ? why : "",
		 driver, device);
}

static void driver_refused(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	char cause[M_CAUSE_LEN];

	put_cause(cause, &ev->dev);
	m_find_call(m, VS_RULE_DRIVER_REFUSED, ev, refs, NULL, cause);
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
