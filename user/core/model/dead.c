// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "dead.h"
#include "findings.h"

/* A driver without resets says so sooner. The kernel waits for a device for a minute. */
#define WAITED_NS 10000000000ULL

static const char no_power[] =
	"The device was to be powered up, and is not: it did not answer when the kernel tried (its "
	"configuration space reads as all ones).";
static const char given_up[] =
	"The kernel has given the device up: it was unplugged, or did not recover from an error.";
static const char not_back[] = "The device did not come back from its reset.";

static const char *why(const struct ev_hdr *h)
{
	if (h->flags & VS_F_FAILED)
		return given_up;
	return h->flags & VS_F_NO_POWER ? no_power : NULL;
}

void m_dead_open(struct vs_model *m, struct m_open *o, const struct ev_hdr *h)
{
	if (!why(h))
		return;
	o->dead_why = why(h);
	m_open_fire(m, o, VS_RULE_DEVICE_DEAD, h->ts, false);
}

static const char *why_reset(const struct ev_hdr *h)
{
	bool waited = h->dur != VS_NOT_SEEN && h->dur >= WAITED_NS;

	if (why(h))
		return why(h);
	return h->ret == -ETIMEDOUT || (h->ret == -ENOTTY && waited) ? not_back : NULL;
}

bool m_dead_reset(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	struct m_open *o = m_open_find(m, ev->dev_call.dev);
	const uint64_t bit = 1ULL << VS_RULE_DEVICE_DEAD;

	if (!why_reset(&ev->h))
		return false;
	if (o && o->pub.fired & bit)
		return true;
	if (o)
		o->pub.fired |= bit;
	m_find_call(m, VS_RULE_DEVICE_DEAD, ev, refs, o ? &o->ev_open : NULL, why_reset(&ev->h));
	return true;
}
