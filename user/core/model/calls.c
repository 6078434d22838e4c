// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "../rules/errnos.h"
#include "busy.h"
#include "calls.h"
#include "findings.h"
#include "refused.h"
#include "tried.h"
#include "viable.h"

static void attach_failed(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs,
			  enum vs_errno_op op)
{
	const struct m_open *busy = (const struct m_open *)refs->busy;

	/* The caller was killed, or calls again by itself. */
	if (vs_errno_interrupted((int)ev->h.ret))
		return;
	if (m_not_viable(m, ev, refs))
		return;
	m_find_call(m, VS_RULE_ATTACH_FAILED, ev, refs, busy ? &busy->ev_open : NULL,
		    vs_errno_why(op, (int)ev->h.ret));
}

/* What the group has and lacks was read as the call failed. */
static enum vs_errno_op set_container_op(const struct ev_hdr *h)
{
	return h->ret != -EINVAL || h->flags & VS_F_WITHOUT_CONTAINER ? VS_ERRNO_SET_CONTAINER :
									VS_ERRNO_HAS_CONTAINER;
}

static enum vs_errno_op get_device_fd_op(const struct ev_hdr *h)
{
	if (h->flags & VS_F_WITHOUT_CONTAINER)
		return VS_ERRNO_NO_CONTAINER;
	return h->flags & VS_F_WITHOUT_IOMMU ? VS_ERRNO_NO_IOMMU : VS_ERRNO_GET_DEVICE_FD;
}

/* VFIO_TYPE in include/uapi/linux/vfio.h, the second byte of an ioctl's number */
static bool is_vfio_number(uint32_t cmd)
{
	return (cmd >> 8 & 0xff) == ';';
}

/* Programs ask any file whether it is a terminal: only VFIO's own numbers count. */
int m_on_group_ioctl(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	if (ev->h.ret == -ENOTTY && is_vfio_number(ev->group_call.cmd))
		attach_failed(m, ev, refs, VS_ERRNO_GROUP_IOCTL);
	return 0;
}

int m_on_set_container(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	if (vs_event_failed(ev))
		attach_failed(m, ev, refs, set_container_op(&ev->h));
	return 0;
}

/* The call around an open, which is what the VMM sees of it. */
static int opening_call(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs,
			uint64_t dev, enum vs_errno_op op)
{
	struct m_open *o;

	if (vs_event_failed(ev)) {
		if (!m_told_as_refusal(m, &ev->h))
			attach_failed(m, ev, refs, op);
		return 0;
	}
	o = dev ? m_open_find(m, dev) : NULL;
	if (o && o->pub.tid == ev->h.tid && o->ev_call.ev.h.kind == VS_NONE)
		m_keep(&o->ev_call, ev, refs);
	return 0;
}

/* Whoever has the physical function open can say by which token its VFs are opened. */
static void token_missing(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct m_open *pf = m_open_of_device(m, ev->get_device_fd.pf);

	m_find_call(m, VS_RULE_ATTACH_FAILED, ev, refs, pf ? &pf->ev_open : NULL,
		    vs_errno_why(VS_ERRNO_GET_DEVICE_FD, EACCES));
}

int m_on_get_device_fd(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	if (ev->h.ret == -EACCES && *ev->get_device_fd.pf && !m_told_as_refusal(m, &ev->h)) {
		token_missing(m, ev, refs);
		return 0;
	}
	return opening_call(m, ev, refs, ev->get_device_fd.dev, get_device_fd_op(&ev->h));
}

/*
 * The pointer went while the call ran. An open that began after the call did may be a
 * later one than that which lost it: its close will tell.
 */
static void dropped(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	struct m_open *o = m_open_find(m, ev->bind.dev);

	if (!o || !o->kvm || !m_certain(m, o) || o->pub.opened_ns >= vs_began(&ev->h))
		return;
	o->pointer_lost = true;
	m_keep(&o->ev_end, ev, refs);
	m_open_fire(m, o, VS_RULE_KVM_LOST, ev->h.ts, false);
}

int m_on_group_open(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	if (ev->h.ret == -EBUSY)
		return m_busy_begin(m, ev, refs);
	if (vs_event_failed(ev))
		attach_failed(m, ev, refs, VS_ERRNO_GROUP_OPEN);
	else
		m_busy_over(m, ev, refs);
	return 0;
}

int m_on_bind(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	if (ev->h.flags & VS_F_DROPPED_KVM)
		dropped(m, ev, refs);
	if (ev->h.ret == -EBUSY)
		return m_told_as_refusal(m, &ev->h) ? 0 : m_busy_begin(m, ev, refs);
	if (!vs_event_failed(ev))
		m_busy_over(m, ev, refs);
	return opening_call(m, ev, refs, ev->bind.dev, VS_ERRNO_BIND_IOMMUFD);
}

int m_on_attach_pt(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	if (!vs_event_failed(ev)) {
		m_tried_over(m, ev, refs);
		return 0;
	}
	if (ev->h.ret == -EINVAL && ev->h.flags & VS_F_BOUND)
		return m_tried_begin(m, ev, refs);
	if (!vs_errno_pin_interrupted((int)ev->h.ret))
		attach_failed(m, ev, refs, VS_ERRNO_ATTACH_PT);
	return 0;
}

int m_on_set_iommu(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	if (vs_event_failed(ev))
		attach_failed(m, ev, refs, VS_ERRNO_SET_IOMMU);
	else
		vs_again_note(&m->iommus, ev->h.pid);
	return 0;
}

int m_on_spapr(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	if (!vs_event_failed(ev))
		return 0;
	attach_failed(m, ev, refs,
		      ev->h.kind == VS_SPAPR_REGISTER ? VS_ERRNO_SPAPR_REGISTER :
		      ev->h.kind == VS_SPAPR_ENABLE   ? VS_ERRNO_SPAPR_ENABLE :
							VS_ERRNO_SPAPR_WINDOW);
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
