// SPDX-License-Identifier: GPL-2.0-only
/* Rules about calls: refused, failed, or with an effect worth knowing. */
#include <errno.h>
#include <stdlib.h>
#include <linux/vfio.h>

#include "../text/describe.h"
#include "../rules/drivers.h"
#include "../rules/errnos.h"
#include "world.h"

/* The same refusal is about to be told again by the call around it. */
static int remember_refusal(struct vs_model *m, const struct ev_hdr *h)
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

/* Was this call's failure told as a refusal already? */
static bool told_as_refusal(struct vs_model *m, const struct ev_hdr *h)
{
	struct m_refused *r;
	bool same;

	HASH_FIND(hh, m->refused, &h->tid, sizeof(h->tid), r);
	if (!r)
		return false;
	same = !h->dur || r->ts >= h->ts - h->dur;
	HASH_DEL(m->refused, r);
	free(r);
	return same;
}

int m_on_refused(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct vs_driver *driver = vs_driver_find(ev->dev.driver, m->config.arch);

	/* What the driver was not asked it did not refuse; the call around it failed. */
	if (ev->h.flags & VS_F_NO_IOMMU)
		return 0;
	if (ev->dev.kvm || (!ev->dev.owner_kvm && !driver->needs_kvm))
		return 0;
	m_fire_call(m, VS_RULE_OPEN_REFUSED, ev, refs, NULL,
		    vs_errno_why(VS_ERRNO_DRIVER_OPEN, (int)ev->h.ret));
	return remember_refusal(m, &ev->h);
}

void m_on_group_ioctl(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct ev_group_ioctl *g = &ev->group_ioctl;
	bool getfd = g->cmd == VFIO_GROUP_GET_DEVICE_FD;
	struct m_open *o;

	if (!getfd && g->cmd != VFIO_GROUP_SET_CONTAINER)
		return;
	if (vs_event_failed(ev)) {
		if (!getfd || !told_as_refusal(m, &g->h))
			m_fire_call(m, VS_RULE_ATTACH_FAILED, ev, refs, NULL,
				    vs_errno_why(getfd ? VS_ERRNO_GET_DEVICE_FD :
							 VS_ERRNO_SET_CONTAINER,
						 (int)g->h.ret));
		return;
	}
	/* The outer call of an open: what the VMM sees of it. */
	o = getfd && g->object ? m_open_find(m, g->object) : NULL;
	if (o && o->pub.tid == g->h.tid && o->ev_getfd.ev.h.kind == VS_NONE)
		m_keep(&o->ev_getfd, ev, refs);
}

void m_on_container_ioctl(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	bool set_iommu = ev->container.cmd == VFIO_SET_IOMMU;

	if (!vs_event_failed(ev) || (!set_iommu && ev->container.cmd != VFIO_IOMMU_MAP_DMA))
		return;
	m_fire_call(
		m, VS_RULE_ATTACH_FAILED, ev, refs, NULL,
		vs_errno_why(set_iommu ? VS_ERRNO_SET_IOMMU : VS_ERRNO_MAP_DMA, (int)ev->h.ret));
}

void m_on_kvm_vfio_create(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	if (ev->h.ret == -EBUSY)
		m_fire_call(m, VS_RULE_SECOND_KVM_VFIO, ev, refs, NULL,
			    vs_errno_why(VS_ERRNO_CREATE_KVM_VFIO, EBUSY));
}

void m_on_noncoherent(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	struct m_vm *vm = refs->vm ? m_vm_find(m, refs->vm->ptr) : NULL;

	if (!vm || vm->noncoherent)
		return;
	vm->noncoherent = true;
	m_fire_call(m, VS_RULE_NONCOHERENT_DMA, ev, refs, NULL, NULL);
}
