// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "route.h"
#include "tell.h"

static struct p_pending *pending_get(struct p_state *s, const struct p_object *object)
{
	struct p_pending *p = p_pending_get(s->pendings, object), *surplus;

	if (!p) {
		p_check(s, -ENOMEM);
		return NULL;
	}
	surplus = p_pending_surplus(s->pendings, object->pid);
	if (surplus && surplus != p)
		p_give_up(s, surplus);
	return p;
}

/* A vain try, or a call on what was not known yet, turns out to be on @p. */
static void absorb(struct p_state *s, struct p_pending *p, const struct p_object *object)
{
	struct p_pending *from = p_pending_find(s->pendings, object);

	if (!from || from == p)
		return;
	p_check(s, p_calls_move(&p->calls, &from->calls));
	if (!p->id)
		p->id = from->id;
	p_pending_forget(s->pendings, from);
}

static void describe_pending(struct p_pending *p, const struct p_where *w,
			     const struct vs_refs *refs)
{
	struct p_about *about = &p->about;

	if (*w->name)
		memcpy(about->device, w->name, sizeof(about->device));
	if (w->iommu_group >= 0)
		about->group = w->iommu_group;
	about->path = w->cdev ? VS_PATH_CDEV : VS_PATH_GROUP;
	if (refs->vm)
		about->vm = *refs->vm;
	about->pid = w->h->pid;
	about->tid = w->h->tid;
	memcpy(about->comm, w->h->comm, sizeof(about->comm));
	about->tracked = w->h->flags & VS_F_TRACKED;
}

static void learn_container(struct p_state *s, struct p_pending *p, uint64_t container)
{
	uint64_t group = p->object.at;

	if (p->object.kind != P_GROUP && p->object.kind != P_FILE)
		return;
	if (container)
		p_check(s, p_container_set(s->pendings, group, container));
	p->container = container ? container : p_container_of(s->pendings, group);
}

/* The container of a call on a group; of a call that failed it is not known. */
static uint64_t told_container(const struct p_where *w)
{
	return w->h->ret < 0 ? 0 : w->container;
}

struct p_pending *p_pending_for(struct p_state *s, const struct p_where *w,
				const struct vs_refs *refs)
{
	struct p_object object = p_object_of(w);
	struct p_pending *p;

	if (object.kind == P_NOTHING)
		object = p_object_of_thread(w->h->pid, w->h->tid);
	p = pending_get(s, &object);
	if (!p)
		return NULL;
	describe_pending(p, w, refs);
	learn_container(s, p, told_container(w));
	return p;
}

/* A call that has returned */

struct returned {
	struct p_where where;
	const struct vs_refs *refs;
	struct p_returned r; /* the call is NULL once it belongs to somebody */
};

static bool failed(const struct returned *c)
{
	return c->where.h->ret < 0;
}

static void no_more_under_way(struct p_under_way *u, uint32_t tid)
{
	if (u->tid == tid)
		*u = (struct p_under_way){ 0 };
}

static void drop(struct returned *c)
{
	free(c->r.call);
	p_waits_forget(&c->r.waits);
}

static void add_to(struct p_state *s, struct p_calls *calls, struct returned *c)
{
	p_check(s, p_calls_add(calls, c->r.call));
	p_waits_move(&calls->waits, &c->r.waits);
}

static void add_later(struct p_live *l, struct returned *c)
{
	p_sum_later(&l->body->later, c->r.call, &l->body->a);
	p_sum_waits(&l->body->a, &c->r.waits);
	drop(c);
}

static struct p_pending *add_pending(struct p_state *s, struct returned *c)
{
	struct p_object of_thread = p_object_of_thread(c->where.h->pid, c->where.h->tid);
	struct p_pending *p = p_pending_for(s, &c->where, c->refs);

	if (!p) {
		drop(c);
		return NULL;
	}
	absorb(s, p, &of_thread);
	no_more_under_way(&p->under_way, c->where.h->tid);
	add_to(s, &p->calls, c);
	return p;
}

static bool is_open(enum vs_phase phase)
{
	return phase == VS_PHASE_GROUP_OPEN || phase == VS_PHASE_CDEV_OPEN;
}

static void on_call_before(struct p_state *s, struct returned *c)
{
	struct p_object in_vain = p_object_in_vain(&c->where);
	struct p_pending *p = add_pending(s, c);

	if (!p || !is_open(c->where.phase))
		return;
	if (failed(c))
		p->failure = (struct p_failure){ (int)c->where.h->ret, c->where.h->ts };
	else
		absorb(s, p, &in_vain);
}

/* Devices opened */

/* What the device itself tells counts more than what the call asked for. */
static void describe_opened(struct p_state *s, struct p_pending *p, const struct returned *c)
{
	const struct p_opened *o = &c->r.opened;
	uint64_t iommufd = 0;

	if (c->r.has_opened) {
		memcpy(p->about.driver, o->ev.driver, sizeof(p->about.driver));
		memcpy(p->about.device, o->ev.name, sizeof(p->about.device));
		p->about.backend = vs_backend_of(&o->ev, s->arch);
		if (o->vm.id)
			p->about.vm = o->vm;
		iommufd = o->ev.iommufd == VS_NOT_SEEN ? 0 : o->ev.iommufd;
	}
	learn_container(s, p, c->where.container ? c->where.container : iommufd);
}

static void on_opened(struct p_state *s, struct p_pending *p, const struct returned *c)
{
	struct p_together t;
	struct p_about about;
	struct p_live *l;
	size_t i;

	p_look_at(s, p, &t);
	about = p_about_of(&t);
	l = p_live_new(&s->lives, p_id_of(s, t.id), &about);
	if (!l) {
		p_check(s, -ENOMEM);
		return;
	}
	l->dev = c->where.dev;
	l->group = c->where.group;
	l->container = p->container;
	l->opened_ns = c->where.h->ts;
	l->going_on = c->where.cdev;
	for (i = 0; i < t.count; i++) {
		p_check(s, p_calls_move(&l->calls, &t.p[i]->calls));
		p_pending_forget(s->pendings, t.p[i]);
	}
	if (!l->going_on)
		p_settle_live(s, l, 0, l->opened_ns);
}

static void on_device_open(struct p_state *s, struct returned *c)
{
	struct p_pending *p = add_pending(s, c);

	if (!p)
		return;
	describe_opened(s, p, c);
	if (failed(c))
		p->failure = (struct p_failure){ (int)c->where.h->ret, c->where.h->ts };
	else
		on_opened(s, p, c);
}

/* Calls of attaches that there are */

struct p_live *p_live_of(const struct p_state *s, const struct p_where *w)
{
	if (p_is_dma(w->phase))
		return p_live_of_container(&s->lives, w->container, w->h->pid);
	switch (w->phase) {
	case VS_PHASE_REGISTER:
		return p_live_of_group(&s->lives, w->group, w->h->pid);
	case VS_PHASE_DEVICE_OPEN:
		return p_live_opened(&s->lives, w->dev, w->name, w->h->pid);
	case VS_PHASE_IOMMUFD_ATTACH:
	case VS_PHASE_IRQ_SETUP:
	case VS_PHASE_RESET:
	case VS_PHASE_HOT_RESET:
	case VS_PHASE_DEVICE_CLOSE:
		return p_live_of_device(&s->lives, w->dev, w->h->pid);
	default:
		return NULL;
	}
}

bool p_on_the_way(enum vs_phase phase)
{
	return p_is_dma(phase) || phase == VS_PHASE_REGISTER || phase == VS_PHASE_IOMMUFD_ATTACH;
}

static void on_call_bound(struct p_state *s, struct p_live *l, struct returned *c)
{
	bool attach = c->where.phase == VS_PHASE_IOMMUFD_ATTACH, fail = failed(c);

	add_to(s, &l->since, c);
	if (attach && !fail)
		p_settle_live(s, l, 0, c->where.h->ts);
	else if (attach)
		l->failure = (struct p_failure){ (int)c->where.h->ret, c->where.h->ts };
}

static void on_call_of(struct p_state *s, struct p_live *l, struct returned *c)
{
	if (c->refs->vm)
		l->body->a.vm = *c->refs->vm;
	if (l->under_way.tid == c->where.h->tid)
		l->body->a.now = (struct vs_attach_now){ 0 };
	no_more_under_way(&l->under_way, c->where.h->tid);
	if (l->going_on && p_on_the_way(c->where.phase)) {
		on_call_bound(s, l, c);
		return;
	}
	p_settle_bound(s, l);
	add_later(l, c);
}

/* Ends */

static bool of_group(const struct p_live *l, const struct p_where *w)
{
	return (w->iommu_group >= 0 && l->body->a.group == w->iommu_group) ||
	       (w->group && l->group == w->group);
}

static bool shares(const struct p_live *l, const struct p_where *w)
{
	return of_group(l, w) || (w->container && l->container == w->container) ||
	       (w->dev && l->dev == w->dev) || (*w->name && !strcmp(l->body->a.device, w->name));
}

/* Somebody begins anew with what a closed device has used. */
static void end_closed(struct p_state *s, const struct p_where *w)
{
	struct p_live *l, *tmp;

	if (!s->lives.closed || !p_begins_use(w->phase))
		return;
	DL_FOREACH_SAFE(s->lives.list, l, tmp)
		if (l->closed_ns && shares(l, w))
			p_tell_over(s, l);
}

static bool same_device(const struct p_pending *p, const struct p_where *w)
{
	struct p_object object = p_object_of(w);

	return !memcmp(&p->object, &object, sizeof(object)) ||
	       (*w->name && !strcmp(p->about.device, w->name)) ||
	       (!w->cdev && w->iommu_group >= 0 && p->about.group == w->iommu_group);
}

/* A process that failed to open a device tries another one. */
static void end_vain(struct p_state *s, const struct p_where *w)
{
	struct p_pending *p, *next;

	if (!is_open(w->phase) && w->phase != VS_PHASE_DEVICE_OPEN)
		return;
	for (p = p_pending_next(s->pendings, NULL); p; p = next) {
		next = p_pending_next(s->pendings, p);
		if (p->object.pid != w->h->pid || !p->failure.error ||
		    (p->object.kind != P_GROUP && p->object.kind != P_FILE) || same_device(p, w))
			continue;
		p_give_up(s, p);
		next = p_pending_next(s->pendings, NULL);
	}
}

static bool ends_with(const struct p_pending *p, const struct p_where *w)
{
	if (w->iommu_group >= 0 && (p->object.kind == P_GROUP || p->object.kind == P_NUMBER) &&
	    p->about.group == w->iommu_group)
		return true;
	return w->container && (p->container == w->container ||
				(p->object.kind == P_CONTAINER && p->object.at == w->container));
}

static void end_pending(struct p_state *s, const struct p_where *w)
{
	struct p_pending *p = p_pending_next(s->pendings, NULL);

	while (p) {
		if (!ends_with(p, w)) {
			p = p_pending_next(s->pendings, p);
			continue;
		}
		p_give_up(s, p);
		p = p_pending_next(s->pendings, NULL);
	}
}

static bool unpinned(const struct p_live *l, const struct p_where *w)
{
	if (w->iommu_group >= 0)
		return l->body->a.group == w->iommu_group;
	return w->container && l->container == w->container;
}

/* The end of a group or a container: all is known of those who used it. */
static void on_unpin(struct p_state *s, struct returned *c)
{
	struct p_live *l, *tmp, *last = NULL;

	DL_FOREACH(s->lives.list, l)
		if (unpinned(l, &c->where) && (l->closed_ns || !last || !last->closed_ns))
			last = l;
	if (last && !last->going_on)
		add_later(last, c);
	else
		drop(c);
	DL_FOREACH_SAFE(s->lives.list, l, tmp)
		if (l->closed_ns && unpinned(l, &c->where))
			p_tell_over(s, l);
	end_pending(s, &c->where);
	if (c->where.container && c->where.iommu_group < 0)
		p_container_gone(s->pendings, c->where.container);
}

void p_on_unpinning(struct p_state *s, const struct p_where *w)
{
	struct p_live *l;

	DL_FOREACH(s->lives.list, l)
		if (unpinned(l, w))
			l->unpinning_ns = w->h->ts;
}

void p_on_phase(struct p_state *s, const struct ev_phase *ev, const struct vs_refs *refs)
{
	struct returned c = { .where = p_where_phase(ev, refs), .refs = refs };
	struct p_live *l;

	p_waits_ran(s->waits, ev);
	if (ev->parent) {
		p_check(s, p_threads_part(s->threads, ev));
		return;
	}
	end_closed(s, &c.where);
	if (p_threads_call(s->threads, ev, &c.r)) {
		p_check(s, -ENOMEM);
		return;
	}
	end_vain(s, &c.where);
	l = p_live_of(s, &c.where);
	if (ev->phase == VS_PHASE_UNPIN)
		on_unpin(s, &c);
	else if (l)
		on_call_of(s, l, &c);
	else if (ev->phase == VS_PHASE_DEVICE_OPEN)
		on_device_open(s, &c);
	else if (p_makes_attach(ev->phase))
		on_call_before(s, &c);
	else
		drop(&c);
}
