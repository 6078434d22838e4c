// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "../rules/drivers.h"
#include "../rules/errnos.h"
#include "calls.h"
#include "findings.h"

/* The call around it is about to fail with the same refusal. */
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
	same = h->dur == VS_NOT_SEEN || r->ts >= vs_began(h);
	HASH_DEL(m->refused, r);
	free(r);
	return same;
}

int m_on_refused(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct vs_driver *driver = vs_driver_find(ev->dev.driver, m->run.start.arch);

	/* What the driver was not asked it did not refuse; the call around it failed. */
	if (ev->h.flags & VS_F_NO_IOMMU)
		return 0;
	if (ev->dev.kvm || (!ev->dev.owner_kvm && !driver->needs_kvm))
		return 0;
	m_find_call(m, VS_RULE_OPEN_REFUSED, ev, refs, NULL,
		    vs_errno_why(VS_ERRNO_DRIVER_OPEN, (int)ev->h.ret));
	return remember_refusal(m, &ev->h);
}

static void attach_failed(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs,
			  enum vs_errno_op op)
{
	m_find_call(m, VS_RULE_ATTACH_FAILED, ev, refs, NULL, vs_errno_why(op, (int)ev->h.ret));
}

int m_on_set_container(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	if (vs_event_failed(ev))
		attach_failed(m, ev, refs, VS_ERRNO_SET_CONTAINER);
	return 0;
}

int m_on_get_device_fd(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct ev_get_device_fd *g = &ev->get_device_fd;
	struct m_open *o;

	if (vs_event_failed(ev)) {
		if (!told_as_refusal(m, &g->h))
			attach_failed(m, ev, refs, VS_ERRNO_GET_DEVICE_FD);
		return 0;
	}
	/* The outer call of an open: what the VMM sees of it. */
	o = g->dev ? m_open_find(m, g->dev) : NULL;
	if (o && o->pub.tid == g->h.tid && o->ev_getfd.ev.h.kind == VS_NONE)
		m_keep(&o->ev_getfd, ev, refs);
	return 0;
}

int m_on_set_iommu(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	if (vs_event_failed(ev))
		attach_failed(m, ev, refs, VS_ERRNO_SET_IOMMU);
	return 0;
}

int m_on_dma_map(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	if (vs_event_failed(ev))
		attach_failed(m, ev, refs, VS_ERRNO_MAP_DMA);
	return 0;
}

int m_on_kvm_vfio_create(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	struct m_vm *vm = ev->h.ret ? NULL : m_vm_find(m, ev->kvm_vfio.kvm);

	if (ev->h.ret == -EBUSY)
		m_find_call(m, VS_RULE_SECOND_KVM_VFIO, ev, refs, NULL,
			    vs_errno_why(VS_ERRNO_CREATE_KVM_VFIO, EBUSY));
	return !vm || m_kvm_vfio_get(vm, ev->kvm_vfio.kvm_vfio) ? 0 : -ENOMEM;
}

int m_on_noncoherent(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	struct m_vm *vm = refs->vm ? m_vm_find(m, refs->vm->ptr) : NULL;

	if (!vm || vm->noncoherent_told)
		return 0;
	vm->noncoherent_told = true;
	m_find_call(m, VS_RULE_NONCOHERENT_DMA, ev, refs, NULL, NULL);
	return 0;
}
