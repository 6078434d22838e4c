// SPDX-License-Identifier: GPL-2.0-only
/*
 * The conductor: what each kind of record sets in motion, and in which order. It is
 * the only file of the model that knows all others.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "busy.h"
#include "calls.h"
#include "dead.h"
#include "irqs.h"
#include "maps.h"
#include "meet.h"
#include "notifier.h"
#include "refused.h"
#include "regions.h"
#include "registrations.h"
#include "reset.h"
#include "sink.h"
#include "stream.h"
#include "tried.h"
#include "unbind.h"
#include "viable.h"

const char *vs_verdict_name(enum vs_verdict verdict)
{
	static const char *const names[VS_VERDICT_COUNT] = { "pending", "ordered", "violation",
							     "no-vm", "unknown" };
	return names[verdict];
}

const char *vs_path_name(enum vs_path path)
{
	static const char *const names[VS_PATH_COUNT] = { "group", "cdev" };
	return names[path];
}

const char *vs_hold_name(enum vs_hold_kind kind)
{
	static const char *const names[VS_HOLD_COUNT] = { "group", "device", "mapping", "cdev",
							  "registration" };
	return names[kind];
}

const char *vs_backend_name(enum vs_backend backend)
{
	static const char *const names[VS_BACKEND_COUNT] = {
		NULL, "type1", "spapr", "noiommu", "iommufd", "iommufd-compat"
	};
	return names[backend];
}

struct vs_model *vs_model_new(const struct vs_model_config *config, struct vs_sink *sink)
{
	struct vs_model *m = calloc(1, sizeof(*m));

	if (m) {
		m->config = *config;
		m->sink = sink;
	}
	return m;
}

/* VMs */

static int on_vm_create(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	struct m_vm *vm = m_vm_find(m, ev->vm.kvm);
	struct m_proc *p;
	struct m_open *o;

	if (!vm)
		return 0;
	vm->created.ev = *ev;
	vm->created.refs = *refs;
	p = m_proc_get(m, vm->pub.pid);
	if (!p)
		return -ENOMEM;
	DL_FOREACH2(p->opens, o, p_next)
		m_suspect_begin(m, o, vm, ev->h.ts);
	return 0;
}

static int on_found_vm(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	struct m_vm *vm = m_vm_find(m, ev->found_vm.kvm);

	return vm ? m_hold(m, &vm->holders, &ev->h, refs->holder_fd) : 0;
}

static int on_found_kvm_vfio(struct vs_model *m, const union vs_event *ev,
			     const struct vs_refs *refs)
{
	const struct ev_found_kvm_vfio *k = &ev->found_kvm_vfio;
	struct m_vm *vm = m_vm_find(m, k->kvm);
	struct m_kvm_vfio *found;

	if (!vm)
		return 0;
	found = m_kvm_vfio_get(vm, k->kvm_vfio);
	if (!found)
		return -ENOMEM;
	found->noncoherent = k->noncoherent;
	return k->noncoherent ? m_on_noncoherent(m, ev, refs) : 0;
}

/* Groups and containers */

/* A group has a container, or an iommufd in its place; the file of a cdev an iommufd. */
static int found_in(struct vs_model *m, struct m_group *g, uint64_t container, uint64_t iommufd)
{
	uint64_t ptr = container ? container : iommufd;

	g->container = ptr ? m_container_get(m, ptr, !container) : NULL;
	g->pub.container = g->container ? &g->container->pub : NULL;
	return ptr && !g->container ? -ENOMEM : 0;
}

static int on_found_group(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct ev_found_group *f = &ev->found_group;
	struct m_group *g = m_group_get(m, f->group);

	if (!g || found_in(m, g, f->container, f->iommufd))
		return -ENOMEM;
	return m_hold(m, &g->holders, &ev->h, refs->holder_fd);
}

static int on_found_cdev(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct ev_found_cdev *f = &ev->found_cdev;
	struct m_group *g = m_group_get(m, f->group);

	if (!g || found_in(m, g, 0, f->iommufd))
		return -ENOMEM;
	return m_hold(m, &g->holders, &ev->h, refs->holder_fd);
}

static int released(struct vs_model *m, uint64_t group)
{
	struct m_group *g = m_group_find(m, group);

	if (!g)
		return 0;
	m_unhold_all(&g->holders);
	m_group_put(m, g);
	return 0;
}

static int on_cdev_release(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	(void)refs;
	return released(m, ev->cdev.file);
}

static int on_group_release(struct vs_model *m, const union vs_event *ev,
			    const struct vs_refs *refs)
{
	(void)refs;
	return released(m, ev->group.group);
}

static int on_found_container(struct vs_model *m, const union vs_event *ev,
			      const struct vs_refs *refs)
{
	const struct ev_found_container *f = &ev->found_container;
	struct m_container *c = m_container_get(m, f->container, false);

	if (!c)
		return -ENOMEM;
	c->unmapped = f->unmapped;
	memcpy(c->pub.driver, f->driver, sizeof(c->pub.driver));
	return m_hold(m, &c->holders, &ev->h, refs->holder_fd);
}

static int on_found_iommufd(struct vs_model *m, const union vs_event *ev,
			    const struct vs_refs *refs)
{
	struct m_container *c = m_container_get(m, ev->found_iommufd.iommufd, true);

	return c ? m_hold(m, &c->holders, &ev->h, refs->holder_fd) : -ENOMEM;
}

/* Devices */

/* An open begins: what the look has missed of its past comes before it is judged. */
static struct m_open *open_begins(struct vs_model *m, const union vs_event *ev,
				  const struct vs_refs *refs, bool since_before)
{
	struct m_open *o = m_open_new(m, ev, refs, since_before);

	if (!o)
		return NULL;
	if (since_before)
		m_replay_early(m, o);
	m_open_judge(m, o, &ev->dev);
	return o;
}

static int on_dev_open(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	bool first = ev->dev.open_count == 1;
	struct m_open *o;

	if (ev->h.ret)
		return m_on_refused(m, ev, refs);
	o = first ? m_open_find(m, ev->dev.dev) : m_open_of(m, &ev->dev);
	/* Found through a file of its own before its open had returned. */
	if (o && first && o->since_before && m->looking && m_certain(m, o)) {
		m_open_judge_again(m, o, ev, refs);
		return 0;
	}
	if (o && !first) {
		o->pub.opens++;
		m_open_judge_again(m, o, ev, refs);
		return 0;
	}
	if (o) /* its last close was lost or is not observed */
		m_open_end(m, o, ev->h.ts, false);
	o = open_begins(m, ev, refs, !first);
	if (!o)
		return -ENOMEM;
	m_dead_open(m, o, &ev->h);
	m_maps_at_open(m, o, ev, refs);
	return 0;
}

static int on_dev_close(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	struct m_open *o = m_open_of(m, &ev->dev);
	bool proof = ev->dev.group_kvm && ev->dev.kvm != ev->dev.group_kvm;
	/* After a loss its verdict stands, but this may be another open's close. */
	bool other = o && !proof && !m_certain(m, o) && o->pub.verdict != VS_VERDICT_PENDING;

	if (!o)
		o = open_begins(m, ev, refs, true);
	else if (!other)
		m_open_judge_again(m, o, ev, refs);
	if (!o)
		return -ENOMEM;
	if (ev->h.flags & (VS_F_NO_POWER | VS_F_FAILED)) {
		m_keep(&o->ev_end, ev, refs);
		m_dead_open(m, o, &ev->h);
	}
	if (!ev->dev.open_count) {
		m_tried_in_vain(m, ev->dev.dev, ev->h.ts);
		m_open_end(m, o, ev->h.ts, !other);
	}
	return 0;
}

static int on_reset(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	if (vs_event_failed(ev) && m_dead_reset(m, ev, refs))
		return 0;
	return m_on_reset(m, ev, refs);
}

/*
 * A file is there before the call that made it has returned: where nothing was lost, a device
 * that a later look shows and nobody knew has its open on the way. A mapping takes a file that
 * was returned, and the first look is not for mappings.
 */
static bool is_under_way(const struct vs_model *m, const struct ev_dev *found)
{
	return m->again && found->fd >= 0 && !vs_ledger_mark(&m->ledger);
}

/* A device open already, shown once for every file that keeps it open. */
static int on_found_device(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct ev_dev *d = &ev->dev;
	struct m_open *o;

	if (!d->open_count)
		return 0;
	o = m_open_of(m, d);
	if (!o && is_under_way(m, d))
		return 0;
	if (!o) {
		o = open_begins(m, ev, refs, true);
		return o ? m_hold(m, &o->holders, &ev->h, refs->holder_fd) : -ENOMEM;
	}
	m_open_judge_again(m, o, ev, refs);
	if (o->since_before && d->owner_kvm)
		m_suspect_begin(m, o, m_vm_known(m, d->owner_kvm, m_owner(d)), d->h.ts);
	return m_hold(m, &o->holders, &ev->h, refs->holder_fd);
}

/* Dispatch */

/* A kind without a handler changes nothing: it is shown, and that is all. */
static int (*const handlers[VS_KIND_COUNT])(struct vs_model *m, const union vs_event *ev,
					    const struct vs_refs *refs) = {
	[VS_VM_CREATE] = on_vm_create,
	[VS_VM_DESTROY] = m_on_vm_destroy,
	[VS_KVM_VFIO_CREATE] = m_on_kvm_vfio_create,
	[VS_KVM_VFIO_RELEASE] = m_on_kvm_vfio_release,
	[VS_GROUP_ADD] = m_on_add,
	[VS_GROUP_DEL] = m_on_del,
	[VS_SET_SPAPR_TCE] = m_on_other_attr,
	[VS_KVM_VFIO_ATTR] = m_on_other_attr,
	[VS_SET_KVM] = m_on_set_kvm,
	[VS_CLEAR_KVM] = m_on_clear_kvm,
	[VS_NONCOHERENT_ON] = m_on_noncoherent,
	[VS_GROUP_OPEN] = m_on_group_open,
	[VS_GROUP_RELEASE] = on_group_release,
	[VS_GROUP_GET_STATUS] = m_on_group_status,
	[VS_SET_CONTAINER] = m_on_set_container,
	[VS_GROUP_IOCTL] = m_on_group_ioctl,
	[VS_GET_DEVICE_FD] = m_on_get_device_fd,
	[VS_SET_IOMMU] = m_on_set_iommu,
	[VS_DMA_MAP] = m_on_dma_map,
	[VS_FILE_ADD] = m_on_add,
	[VS_FILE_DEL] = m_on_del,
	[VS_CDEV_RELEASE] = on_cdev_release,
	[VS_BIND_IOMMUFD] = m_on_bind,
	[VS_ATTACH_PT] = m_on_attach_pt,
	[VS_IOAS_MAP] = m_on_ioas_map,
	[VS_IOAS_MAP_FILE] = m_on_ioas_map,
	[VS_IOAS_COPY] = m_on_ioas_map,
	[VS_DEV_OPEN] = on_dev_open,
	[VS_DEV_CLOSE] = on_dev_close,
	[VS_SET_IRQS] = m_on_set_irqs,
	[VS_REGION_MAP] = m_on_region_map,
	[VS_UNBIND_BEGIN] = m_on_unbind_begin,
	[VS_UNBIND] = m_on_unbind,
	[VS_DEV_RESET] = on_reset,
	[VS_DEV_HOT_RESET] = on_reset,
	[VS_FOUND_VM] = on_found_vm,
	[VS_FOUND_KVM_VFIO] = on_found_kvm_vfio,
	[VS_FOUND_REGISTRATION] = m_on_registration,
	[VS_FOUND_GROUP] = on_found_group,
	[VS_FOUND_CONTAINER] = on_found_container,
	[VS_FOUND_DEVICE] = on_found_device,
	[VS_FOUND_CDEV] = on_found_cdev,
	[VS_FOUND_IOMMUFD] = on_found_iommufd,
	[VS_SPAPR_ENABLE] = m_on_spapr,
	[VS_SPAPR_REGISTER] = m_on_spapr,
	[VS_TCE_CREATE] = m_on_spapr,
	[VS_TCE_REMOVE] = m_on_spapr,
};

static int apply(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	return handlers[ev->h.kind] ? handlers[ev->h.kind](m, ev, refs) : 0;
}

/* An event of a notifier kernel, as the rest of the model takes it. */
static int apply_notifier(struct vs_model *m, const union vs_event *ev, const struct vs_about *a,
			  struct vs_refs *refs)
{
	union vs_event adapted = *ev;

	if (m_adapt_notifier(m, &adapted))
		m_meet_again(m, ev, a, refs);
	return apply(m, &adapted, refs);
}

static int feed_event(struct vs_model *m, const union vs_event *ev)
{
	struct vs_about about;
	struct vs_refs refs, held;
	int err;

	m_deadlines(m, ev->h.ts);
	m_program_note(m, ev);
	vs_event_about(ev, &about);
	err = m_meet(m, ev, &about, &refs);
	if (err)
		return err;
	/* An open that ends now may be the last to name a VM that ended before. */
	held = refs;
	m_refs_hold(&held);
	VS_TELL(m->sink, event, ev, &refs);
	err = ev->h.flags & VS_F_NOTIFIER ? apply_notifier(m, ev, &about, &refs) :
					    apply(m, ev, &refs);
	if (!err)
		m_update_group(m, ev, &about, &refs);
	m_refs_drop(&held);
	return err;
}

static int on_vm_name(struct vs_model *m, const union vs_record *rec)
{
	m_deadlines(m, rec->h.ts);
	return m_on_vm_name(m, rec);
}

static int on_dev_info(struct vs_model *m, const union vs_record *rec)
{
	m_deadlines(m, rec->h.ts);
	return m_on_dev_info(m, rec);
}

static int on_place(struct vs_model *m, const union vs_record *rec)
{
	m_deadlines(m, rec->h.ts);
	return m_on_place(m, rec);
}

static int on_process(struct vs_model *m, const union vs_record *rec)
{
	m_deadlines(m, rec->h.ts);
	return m_person_met(m, &rec->process);
}

static int on_attached(struct vs_model *m, const union vs_record *rec)
{
	m_deadlines(m, rec->h.ts);
	m_early_forget(m);
	return m_on_attached(m, rec);
}

static int on_time(struct vs_model *m, const union vs_record *rec)
{
	vs_ledger_time(&m->ledger, &rec->h);
	m_deadlines(m, rec->h.ts);
	return 0;
}

static int on_look_again(struct vs_model *m, const union vs_record *rec)
{
	m_deadlines(m, rec->h.ts);
	m->looking = true;
	m->again = true;
	m_holders_unmark(m);
	return 0;
}

static int on_look_done(struct vs_model *m, const union vs_record *rec)
{
	m_early_forget(m);
	m->looking = false;
	/* Whom an incomplete look has missed may still hold it. */
	if (!rec->look_done.err) {
		m_holders_sweep(m);
		m_graces_looked(m, &rec->look_done);
	}
	vs_ledger_look_done(&m->ledger, &rec->look_done);
	m_deadlines(m, rec->h.ts);
	return 0;
}

/* Every verdict becomes final; the objects stay, to be looked at. */
static int on_end(struct vs_model *m, const union vs_record *rec)
{
	struct vs_ending ending = {
		.model = m,
		.losses = &m->ledger,
		.program = m->program_end.end.h.kind ? &m->program_end : NULL,
		.duration_ns = rec->h.ts - m->run.start.h.ts,
	};
	struct m_open *o, *tmp;

	m_deadlines(m, rec->h.ts);
	m_graces_end(m, rec->h.ts);
	m->ended = true;
	HASH_ITER(hh, m->opens, o, tmp)
		m_open_settle(m, o, rec->h.ts, false);
	VS_TELL(m->sink, end, &ending);
	return 0;
}

/* Records about the stream: all of them are handled. */
static int (*const controls[VS_KIND_COUNT])(struct vs_model *m, const union vs_record *rec) = {
	[VS_START] = m_on_start,
	[VS_SITE] = m_on_site,
	[VS_PROGRAM] = m_on_program,
	[VS_ATTACHED] = on_attached,
	[VS_TIME] = on_time,
	[VS_MISSED] = m_on_missed,
	[VS_LOSS] = m_on_loss,
	[VS_LOOK_AGAIN] = on_look_again,
	[VS_LOOK_DONE] = on_look_done,
	[VS_END] = on_end,
	[VS_VM_NAME] = on_vm_name,
	[VS_DEV_INFO] = on_dev_info,
	[VS_BLOCKER] = m_on_blocker,
	[VS_PROGRAM_END] = m_on_program_end,
	[VS_RESET_MEMBER] = m_on_reset_member,
	[VS_PLACE] = on_place,
	[VS_PROCESS] = on_process,
};

bool vs_model_learns_from(unsigned int kind)
{
	return kind < VS_KIND_COUNT && (handlers[kind] || controls[kind]);
}

int vs_model_feed(struct vs_model *m, const union vs_record *rec)
{
	if (m->ended)
		return 0;
	vs_ledger_record(&m->ledger, &rec->h);
	if (controls[rec->h.kind])
		return controls[rec->h.kind](m, rec);
	return feed_event(m, &rec->ev);
}

void vs_model_free(struct vs_model *m)
{
	struct m_refused *r, *rtmp;
	struct m_open *o, *otmp;
	struct m_vm *vm, *vtmp;

	if (!m)
		return;
	m_early_forget(m);
	m_graces_free(m);
	m_maps_forget(m);
	m_unbind_free(m);
	m_holders_forget(m);
	HASH_ITER(hh, m->opens, o, otmp)
		m_open_forget(m, o);
	HASH_ITER(hh, m->vms, vm, vtmp)
		m_vm_retire(m, vm);
	HASH_ITER(hh, m->refused, r, rtmp) {
		HASH_DEL(m->refused, r);
		free(r);
	}
	m_stream_free(m);
	free(m->spare);
	free(m);
}
