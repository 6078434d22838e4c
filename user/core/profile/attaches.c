// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "attaches.h"
#include "live.h"
#include "pending.h"
#include "sum.h"
#include "threads.h"
#include "totals.h"
#include "waits.h"
#include "where.h"

#define SEC 1000000000ULL
/* How long a closed device waits for the end of its group or container. */
#define LINGER_NS SEC

struct attaches {
	struct vs_wrap wrap;
	struct p_threads *threads;
	struct p_pendings *pendings;
	struct p_lives lives;
	struct p_waits *waits;
	struct p_totals *totals;
	struct p_sum sum;
	char arch[sizeof(((struct ev_start *)0)->arch)];
	uint32_t ids; /* given so far */
	bool marked;
	uint64_t mark; /* of the last event, */
	uint64_t lost_ns; /* and when it was seen to change last */
	int error;
};

static struct attaches *of(struct vs_sink *s)
{
	return (struct attaches *)s;
}

static void check(struct attaches *s, int err)
{
	if (err)
		s->error = err;
}

static uint32_t id_of(struct attaches *s, uint32_t told)
{
	return told ? told : ++s->ids;
}

/* Telling */

static int sum_up(struct attaches *s, const struct p_calls *const *calls, size_t count,
		  uint64_t under_way_ns, uint64_t end_ns, struct vs_attach *a)
{
	int err = p_sum_up(&s->sum, calls, count, under_way_ns, end_ns, a);

	a->complete &= s->lost_ns <= a->begin_ns;
	return err;
}

static void tell_over(struct attaches *s, struct p_live *l)
{
	VS_TELL(s->wrap.next, detach, &l->body->a);
	p_live_forget(&s->lives, l);
}

/* What came after the call that made it usable is no part of it. */
static void split_since(struct attaches *s, struct p_live *l, uint64_t end_ns)
{
	struct p_call *call, *tmp;

	DL_FOREACH_SAFE(l->since.list, call, tmp)
	{
		if (call->end_ns > end_ns)
			continue;
		DL_DELETE(l->since.list, call);
		l->since.count--;
		check(s, p_calls_add(&l->calls, call));
	}
	if (end_ns > l->opened_ns)
		p_waits_move(&l->calls.waits, &l->since.waits);
}

static void since_is_later(struct p_live *l)
{
	const struct p_call *call;
	size_t at;

	DL_FOREACH(l->since.list, call)
		p_sum_later(&l->body->later, call, &l->body->a);
	for (at = 0; l->since.rest && at < l->since.rest->count; at++)
		if (l->since.rest->node[at].up == P_TOP)
			p_graft(&l->body->later, l->since.rest->node, l->since.rest->count, at);
	l->body->a.spans += l->since.rest_spans;
	l->body->a.later_count = p_tree_list(&l->body->later, l->body->a.later);
	p_sum_waits(&l->body->a, &l->since.waits);
	p_calls_forget(&l->since);
}

/* From now on nothing changes but what comes later. */
static void settle(struct attaches *s, struct p_live *l, int error, uint64_t end_ns)
{
	const struct p_calls *calls = &l->calls;
	struct vs_attach *a = &l->body->a;

	split_since(s, l, end_ns);
	a->state = error ? VS_ATTACH_FAILED : VS_ATTACH_USABLE;
	a->error = error;
	check(s, sum_up(s, &calls, 1, 0, end_ns, a));
	p_calls_forget(&l->calls);
	since_is_later(l);
	p_live_usable(&s->lives, l);
	VS_TELL(s->wrap.next, attach, a);
}

/* No call has attached it to an IOAS: the bind made it usable, unless such a call failed. */
static void settle_bound(struct attaches *s, struct p_live *l)
{
	if (!l->going_on)
		return;
	if (l->failure.error)
		settle(s, l, l->failure.error, l->failure.end_ns);
	else
		settle(s, l, 0, l->opened_ns);
}

/* Not usable at this moment. */
static void describe_going_on(struct attaches *s, struct p_live *l,
			      const struct p_calls *const *calls, size_t count,
			      const struct p_under_way *call, uint64_t ts)
{
	struct vs_attach *a = &l->body->a;

	a->complete = true;
	a->state = VS_ATTACH_GOING_ON;
	check(s, sum_up(s, calls, count, call->begin_ns, ts, a));
	a->now = call->now;
}

static void describe_bound(struct attaches *s, struct p_live *l)
{
	const struct p_calls *const calls[] = { &l->calls, &l->since };

	describe_going_on(s, l, calls, 2, &l->under_way, l->under_way.seen_ns);
}

/* Attaches that are not, or not yet: what is pending looked at as one */

struct together {
	struct p_pending *p[P_TOGETHER];
	const struct p_calls *calls[P_TOGETHER];
	size_t count;
	uint32_t id; /* that was told already */
	struct p_failure failure; /* the last one */
	const struct p_under_way *under_way; /* the one that has taken longest, or NULL */
};

static void look_at(struct attaches *s, struct p_pending *p, struct together *t)
{
	const struct p_pending *q;
	size_t i;

	*t = (struct together){ 0 };
	t->count = p_pending_together(s->pendings, p, t->p);
	for (i = 0; i < t->count; i++) {
		q = t->p[i];
		t->calls[i] = &q->calls;
		if (q->id && (!t->id || q->id < t->id))
			t->id = q->id;
		if (q->failure.error && q->failure.end_ns >= t->failure.end_ns)
			t->failure = q->failure;
		if (q->under_way.begin_ns &&
		    (!t->under_way || q->under_way.begin_ns < t->under_way->begin_ns))
			t->under_way = &q->under_way;
	}
}

static struct p_about about_of(const struct together *t)
{
	struct p_about about = t->p[0]->about;
	size_t i;

	for (i = 1; i < t->count && !about.vm.id; i++)
		about.vm = t->p[i]->about.vm;
	return about;
}

/* One that is told of, and then forgotten. */
static struct p_live *picture(struct attaches *s, struct together *t)
{
	struct p_about about = about_of(t);
	struct p_live *l;
	size_t i;

	t->id = id_of(s, t->id);
	l = p_live_new(&s->lives, t->id, &about);
	if (!l)
		check(s, -ENOMEM);
	for (i = 0; i < t->count; i++)
		t->p[i]->id = t->id;
	return l;
}

static void tell_failed(struct attaches *s, struct together *t)
{
	struct p_live *l = picture(s, t);
	struct vs_attach *a;

	if (!l)
		return;
	a = &l->body->a;
	a->state = VS_ATTACH_FAILED;
	a->error = t->failure.error;
	check(s, sum_up(s, t->calls, t->count, 0, t->failure.end_ns, a));
	VS_TELL(s->wrap.next, attach, a);
	tell_over(s, l);
}

static uint64_t last_end(const struct together *t)
{
	const struct p_call *call;
	uint64_t end = 0;
	size_t i;

	for (i = 0; i < t->count; i++)
		DL_FOREACH(t->calls[i]->list, call)
			end = call->end_ns > end ? call->end_ns : end;
	return end;
}

static void tell_never_usable(struct attaches *s, struct together *t)
{
	static const struct p_under_way none;
	const struct p_under_way *call = t->under_way ? t->under_way : &none;
	struct p_live *l = picture(s, t);

	if (!l)
		return;
	describe_going_on(s, l, t->calls, t->count, call,
			  t->under_way ? call->seen_ns : last_end(t));
	tell_over(s, l);
}

/*
 * Nothing will come of it. Who tried to open a device in vain, and what was told to be stuck,
 * is told; a process that did no more than open a group is no attach.
 */
static void give_up(struct attaches *s, struct p_pending *p)
{
	struct together t;
	bool told = true;
	size_t i;

	look_at(s, p, &t);
	if (t.failure.error && !t.under_way)
		tell_failed(s, &t);
	else if (t.under_way || t.id)
		tell_never_usable(s, &t);
	else
		told = false;
	if (!told) {
		p_pending_forget(s->pendings, p);
		return;
	}
	for (i = 0; i < t.count; i++)
		p_pending_forget(s->pendings, t.p[i]);
}

static struct p_pending *pending_get(struct attaches *s, const struct p_object *object)
{
	struct p_pending *p = p_pending_get(s->pendings, object), *surplus;

	if (!p) {
		check(s, -ENOMEM);
		return NULL;
	}
	surplus = p_pending_surplus(s->pendings, object->pid);
	if (surplus && surplus != p)
		give_up(s, surplus);
	return p;
}

/* A vain try, or a call on what was not known yet, turns out to be on @p. */
static void absorb(struct attaches *s, struct p_pending *p, const struct p_object *object)
{
	struct p_pending *from = p_pending_find(s->pendings, object);

	if (!from || from == p)
		return;
	check(s, p_calls_move(&p->calls, &from->calls));
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

static void learn_container(struct attaches *s, struct p_pending *p, uint64_t container)
{
	uint64_t group = p->object.at;

	if (p->object.kind != P_GROUP && p->object.kind != P_FILE)
		return;
	if (container)
		check(s, p_container_set(s->pendings, group, container));
	p->container = container ? container : p_container_of(s->pendings, group);
}

/* The container of a call on a group; of a call that failed it is not known. */
static uint64_t told_container(const struct p_where *w)
{
	return w->h->ret < 0 ? 0 : w->container;
}

static struct p_pending *pending_for(struct attaches *s, const struct p_where *w,
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

static void add_to(struct attaches *s, struct p_calls *calls, struct returned *c)
{
	check(s, p_calls_add(calls, c->r.call));
	p_waits_move(&calls->waits, &c->r.waits);
}

static void add_later(struct p_live *l, struct returned *c)
{
	p_sum_later(&l->body->later, c->r.call, &l->body->a);
	p_sum_waits(&l->body->a, &c->r.waits);
	drop(c);
}

static struct p_pending *add_pending(struct attaches *s, struct returned *c)
{
	struct p_object of_thread = p_object_of_thread(c->where.h->pid, c->where.h->tid);
	struct p_pending *p = pending_for(s, &c->where, c->refs);

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

static void on_call_before(struct attaches *s, struct returned *c)
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

/* Closes do not tell. Containers of POWER have an IOMMU driver of their own. */
static void describe_opened(struct attaches *s, struct p_pending *p, const struct returned *c)
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

static void on_opened(struct attaches *s, struct p_pending *p, const struct returned *c)
{
	struct together t;
	struct p_about about;
	struct p_live *l;
	size_t i;

	look_at(s, p, &t);
	about = about_of(&t);
	l = p_live_new(&s->lives, id_of(s, t.id), &about);
	if (!l) {
		check(s, -ENOMEM);
		return;
	}
	l->dev = c->where.dev;
	l->group = c->where.group;
	l->container = p->container;
	l->opened_ns = c->where.h->ts;
	l->going_on = c->where.cdev;
	for (i = 0; i < t.count; i++) {
		check(s, p_calls_move(&l->calls, &t.p[i]->calls));
		p_pending_forget(s->pendings, t.p[i]);
	}
	if (!l->going_on)
		settle(s, l, 0, l->opened_ns);
}

static void on_device_open(struct attaches *s, struct returned *c)
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

/* The attach that a call is of; NULL: it is of none yet. */
static struct p_live *live_of(const struct attaches *s, const struct p_where *w)
{
	switch (w->phase) {
	case VS_PHASE_DMA_MAP:
	case VS_PHASE_DMA_MAP_DEVICE:
	case VS_PHASE_DMA_UNMAP:
	case VS_PHASE_IOMMUFD_MAP:
		return p_live_of_container(&s->lives, w->container, w->h->pid);
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

/* Calls on the way from a bind to an IOAS; any other shows that the device is in use. */
static bool on_the_way(enum vs_phase phase)
{
	return p_is_dma(phase) || phase == VS_PHASE_REGISTER || phase == VS_PHASE_IOMMUFD_ATTACH;
}

static void on_call_bound(struct attaches *s, struct p_live *l, struct returned *c)
{
	bool attach = c->where.phase == VS_PHASE_IOMMUFD_ATTACH, fail = failed(c);

	add_to(s, &l->since, c);
	if (attach && !fail)
		settle(s, l, 0, c->where.h->ts);
	else if (attach)
		l->failure = (struct p_failure){ (int)c->where.h->ret, c->where.h->ts };
}

static void on_call_of(struct attaches *s, struct p_live *l, struct returned *c)
{
	if (c->refs->vm)
		l->body->a.vm = *c->refs->vm;
	if (l->under_way.tid == c->where.h->tid)
		l->body->a.now = (struct vs_attach_now){ 0 };
	no_more_under_way(&l->under_way, c->where.h->tid);
	if (l->going_on && on_the_way(c->where.phase)) {
		on_call_bound(s, l, c);
		return;
	}
	settle_bound(s, l);
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
static void end_closed(struct attaches *s, const struct p_where *w)
{
	struct p_live *l, *tmp;

	if (!s->lives.closed || !p_begins_use(w->phase))
		return;
	DL_FOREACH_SAFE(s->lives.list, l, tmp)
	if (l->closed_ns && shares(l, w))
		tell_over(s, l);
}

/* A process that failed to open a device tries another one. */
static void end_vain(struct attaches *s, const struct p_where *w)
{
	struct p_object object = p_object_of(w);
	struct p_pending *p, *next;

	if (!is_open(w->phase) && w->phase != VS_PHASE_DEVICE_OPEN)
		return;
	for (p = p_pending_next(s->pendings, NULL); p; p = next) {
		next = p_pending_next(s->pendings, p);
		if (!p || p->object.pid != w->h->pid || !p->failure.error ||
		    (p->object.kind != P_GROUP && p->object.kind != P_FILE) ||
		    !memcmp(&p->object, &object, sizeof(object)))
			continue;
		give_up(s, p);
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

static void end_pending(struct attaches *s, const struct p_where *w)
{
	struct p_pending *p = p_pending_next(s->pendings, NULL);

	while (p) {
		if (!ends_with(p, w)) {
			p = p_pending_next(s->pendings, p);
			continue;
		}
		give_up(s, p);
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
static void on_unpin(struct attaches *s, struct returned *c)
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
		tell_over(s, l);
	end_pending(s, &c->where);
	if (c->where.container && c->where.iommu_group < 0)
		p_container_gone(s->pendings, c->where.container);
}

static void on_phase(struct attaches *s, const struct ev_phase *ev, const struct vs_refs *refs)
{
	struct returned c = { .where = p_where_phase(ev, refs), .refs = refs };
	struct p_live *l;

	p_waits_ran(s->waits, ev);
	if (ev->parent) {
		check(s, p_threads_part(s->threads, ev));
		return;
	}
	end_closed(s, &c.where);
	if (p_threads_call(s->threads, ev, &c.r)) {
		check(s, -ENOMEM);
		return;
	}
	end_vain(s, &c.where);
	l = live_of(s, &c.where);
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

/* Waits for locks */

static const struct p_live *live_of_holder(const struct attaches *s, const struct vs_lock_holder *h)
{
	const struct p_live *l, *of_device = NULL, *of_process = NULL;

	DL_FOREACH(s->lives.list, l) {
		if (*h->device && !strcmp(l->body->a.device, h->device))
			of_device = l;
		if (h->pid && l->pid == h->pid && l->body->a.vm.id)
			of_process = l;
	}
	return of_device && of_device->body->a.vm.id ? of_device : of_process;
}

/* The VM of the device that a holder dealt with, or of its process. */
static const struct vs_vm *vm_of_holder(const struct attaches *s, const struct vs_lock_holder *h)
{
	const struct p_live *l = live_of_holder(s, h);
	const struct p_pending *p = NULL;

	if (l)
		return &l->body->a.vm;
	while ((p = p_pending_next(s->pendings, (struct p_pending *)p)))
		if (h->pid && p->object.pid == h->pid && p->about.vm.id)
			return &p->about.vm;
	return NULL;
}

static void describe_holder(const struct attaches *s, struct vs_lock_holder *h)
{
	const struct vs_vm *vm = vm_of_holder(s, h);

	if (!vm)
		return;
	h->vm_id = vm->id;
	memcpy(h->vm_name, vm->name, sizeof(h->vm_name));
}

static void on_lock_wait(struct attaches *s, const struct ev_lock_wait *ev)
{
	struct vs_lock_waited waited;
	size_t i;

	if (ev->h.dur == VS_NOT_SEEN)
		return;
	if (p_waits_ended(s->waits, ev, &waited)) {
		check(s, -ENOMEM);
		return;
	}
	for (i = 0; i < waited.holder_count; i++)
		describe_holder(s, &waited.holder[i]);
	check(s, p_threads_wait(s->threads, ev->h.tid, &waited));
}

/* Calls that do not return */

static enum vs_phase phase_of(uint32_t number)
{
	return number < VS_PHASE_COUNT ? number : VS_PHASE_NONE;
}

static struct p_under_way under_way(const struct attaches *s, const struct ev_in_call *ev)
{
	struct p_under_way u = { .tid = ev->h.tid, .seen_ns = ev->h.ts };
	struct vs_lock_holder *h = &u.now.holder;

	u.begin_ns = vs_began(&ev->h);
	u.now.phase = phase_of(ev->phase);
	u.now.part = ev->part ? phase_of(ev->part) : u.now.phase;
	u.now.call_ns = ev->h.ts - u.begin_ns;
	u.now.part_ns = ev->part ? ev->part_ns : u.now.call_ns;
	if (!ev->lock_id || ev->lock_id >= VS_LOCK_COUNT)
		return u;
	u.now.lock = ev->lock_id;
	u.now.lock_ns = ev->lock_ns;
	if (!ev->holder_tid)
		return u;
	h->tid = ev->holder_tid;
	h->pid = ev->holder_pid;
	h->phase = phase_of(ev->holder_phase);
	h->ns = ev->lock_ns;
	memcpy(h->comm, ev->holder_comm, sizeof(h->comm));
	memcpy(h->device, ev->holder_device, sizeof(h->device));
	describe_holder(s, h);
	return u;
}

/* Not so at the end of the stream, when all calls are told of, however short they are. */
static bool is_stuck(const struct ev_in_call *ev)
{
	return !(ev->h.flags & VS_F_AT_END) || ev->h.dur >= SEC;
}

static void on_live_in_call(struct attaches *s, struct p_live *l, const struct ev_in_call *ev)
{
	struct vs_attach *a = &l->body->a;

	l->under_way = under_way(s, ev);
	if (l->going_on && !on_the_way(phase_of(ev->phase)))
		settle_bound(s, l);
	if (l->going_on)
		describe_bound(s, l);
	a->now = l->under_way.now;
	if (is_stuck(ev))
		VS_TELL(s->wrap.next, stuck, a);
	if (ev->h.flags & VS_F_AT_END)
		return;
	a->now = (struct vs_attach_now){ 0 };
	l->under_way = (struct p_under_way){ 0 };
}

static void on_pending_in_call(struct attaches *s, struct p_pending *p, const struct ev_in_call *ev)
{
	struct p_under_way u = under_way(s, ev);
	struct p_live *l;
	struct together t;

	if (ev->h.flags & VS_F_AT_END)
		p->under_way = u;
	if (!is_stuck(ev))
		return;
	look_at(s, p, &t);
	l = picture(s, &t);
	if (!l)
		return;
	describe_going_on(s, l, t.calls, t.count, &u, u.seen_ns);
	VS_TELL(s->wrap.next, stuck, &l->body->a);
	p_live_forget(&s->lives, l);
}

static void on_in_call(struct attaches *s, const struct ev_in_call *ev, const struct vs_refs *refs)
{
	struct p_where w = p_where_in_call(ev, refs);
	struct p_live *l;
	struct p_pending *p;

	if (ev->h.dur == VS_NOT_SEEN)
		return;
	l = live_of(s, &w);
	if (l) {
		on_live_in_call(s, l, ev);
	} else if (p_makes_attach(w.phase)) {
		p = pending_for(s, &w, refs);
		if (p)
			on_pending_in_call(s, p, ev);
	}
}

/* Devices and what they are in */

/* A device that is opened first has no opens before: their close was lost. */
static void on_dev_open(struct attaches *s, const struct ev_dev *ev, const struct vs_refs *refs)
{
	struct p_live *l, *tmp;

	check(s, p_threads_opened(s->threads, ev, refs->vm));
	if (ev->h.ret || ev->open_count != 1)
		return;
	DL_FOREACH_SAFE(s->lives.list, l, tmp)
	{
		if (l->dev != ev->dev)
			continue;
		settle_bound(s, l);
		tell_over(s, l);
	}
}

static void on_dev_close(struct attaches *s, const struct ev_dev *ev, const struct vs_refs *refs)
{
	struct p_live *l, *tmp;

	if (ev->open_count)
		return;
	DL_FOREACH_SAFE(s->lives.list, l, tmp)
	{
		if (l->dev != ev->dev || l->closed_ns)
			continue;
		if (refs->vm)
			l->body->a.vm = *refs->vm;
		settle_bound(s, l);
		p_live_closed(&s->lives, l, ev->h.ts);
	}
}

static void end_lingering(struct attaches *s, uint64_t ts)
{
	struct p_live *l, *tmp;

	if (!s->lives.closed)
		return;
	DL_FOREACH_SAFE(s->lives.list, l, tmp)
	if (l->closed_ns && ts >= l->closed_ns + LINGER_NS)
		tell_over(s, l);
}

static void on_set_container(struct attaches *s, const struct ev_set_container *ev)
{
	if (!ev->h.ret)
		check(s, p_container_set(s->pendings, ev->group,
					 ev->container ? ev->container : ev->iommufd));
}

static void on_found_group(struct attaches *s, const struct ev_found_group *ev)
{
	check(s,
	      p_container_set(s->pendings, ev->group, ev->container ? ev->container : ev->iommufd));
}

static void on_released(struct attaches *s, const struct ev_hdr *h, uint64_t group, uint32_t kind)
{
	struct p_pending *p = p_pending_next(s->pendings, NULL);

	(void)h;
	while (p) {
		if (p->object.kind != kind || p->object.at != group) {
			p = p_pending_next(s->pendings, p);
			continue;
		}
		give_up(s, p);
		p = p_pending_next(s->pendings, NULL);
	}
	check(s, p_container_set(s->pendings, group, 0));
}

/* Of calls that were added up what is new. */
static void on_any_phase(struct attaches *s, const struct ev_phase *ev, const struct vs_refs *refs)
{
	struct ev_phase news;
	int taken;

	if (!ev->since) {
		on_phase(s, ev, refs);
		return;
	}
	taken = p_totals_take(s->totals, ev, &news);
	if (taken > 0)
		on_phase(s, &news, refs);
	else
		check(s, taken);
}

static void take(struct attaches *s, const union vs_event *ev, const struct vs_refs *refs)
{
	switch (ev->h.kind) {
	case VS_PHASE:
		on_any_phase(s, &ev->phase, refs);
		break;
	case VS_LOCK_WAIT:
		on_lock_wait(s, &ev->lock_wait);
		break;
	case VS_IN_CALL:
		on_in_call(s, &ev->in_call, refs);
		break;
	case VS_DEV_OPEN:
		on_dev_open(s, &ev->dev, refs);
		break;
	case VS_DEV_CLOSE:
		on_dev_close(s, &ev->dev, refs);
		break;
	case VS_SET_CONTAINER:
		on_set_container(s, &ev->set_container);
		break;
	case VS_UNSET_CONTAINER:
		if (!ev->h.ret)
			check(s, p_container_set(s->pendings, ev->group_call.group, 0));
		break;
	case VS_FOUND_GROUP:
		on_found_group(s, &ev->found_group);
		break;
	case VS_FOUND_CDEV:
		check(s,
		      p_container_set(s->pendings, ev->found_cdev.group, ev->found_cdev.iommufd));
		break;
	case VS_GROUP_RELEASE:
		on_released(s, &ev->h, ev->group.group, P_GROUP);
		break;
	case VS_CDEV_RELEASE:
		on_released(s, &ev->h, ev->cdev.file, P_FILE);
		break;
	default:
		break;
	}
}

/* The sink */

static void on_start(struct vs_sink *s, const struct vs_run *run)
{
	memcpy(of(s)->arch, run->start.arch, sizeof(of(s)->arch));
	vs_pass_start(s, run);
}

static void on_event(struct vs_sink *sink, const union vs_event *ev, const struct vs_refs *refs)
{
	struct attaches *s = of(sink);

	if (s->marked && s->mark != refs->mark)
		s->lost_ns = ev->h.ts;
	s->marked = true;
	s->mark = refs->mark;
	end_lingering(s, ev->h.ts);
	vs_pass_event(sink, ev, refs);
	take(s, ev, refs);
}

static void end_live(struct attaches *s, struct p_live *l)
{
	if (l->going_on && l->under_way.begin_ns)
		describe_bound(s, l);
	else
		settle_bound(s, l);
}

static void on_end(struct vs_sink *sink, const struct vs_ending *ending)
{
	struct attaches *s = of(sink);
	struct p_pending *p;
	struct p_live *l, *tmp;

	while ((p = p_pending_next(s->pendings, NULL)))
		give_up(s, p);
	/* One that is settled moves to the end, and is met again. */
	DL_FOREACH_SAFE(s->lives.list, l, tmp)
	end_live(s, l);
	while (s->lives.list)
		tell_over(s, s->lives.list);
	vs_pass_end(sink, ending);
}

static void on_free(struct vs_sink *sink)
{
	struct attaches *s = of(sink);

	p_threads_free(s->threads);
	p_pendings_free(s->pendings);
	p_lives_free(&s->lives);
	p_waits_free(s->waits);
	p_totals_free(s->totals);
	p_sum_free(&s->sum);
	vs_pass_free(sink);
}

static const struct vs_sink_ops attaches_ops = {
	.start = on_start,
	.attached = vs_pass_attached,
	.device = vs_pass_device,
	.event = on_event,
	.opened = vs_pass_opened,
	.finding = vs_pass_finding,
	.closed = vs_pass_closed,
	.attach = vs_pass_attach,
	.stuck = vs_pass_stuck,
	.detach = vs_pass_detach,
	.profile = vs_pass_profile,
	.moment = vs_pass_moment,
	.end = on_end,
	.free = on_free,
};

struct vs_sink *vs_attaches_sink(struct vs_sink *next)
{
	struct attaches *s = vs_wrap_new(sizeof(*s), &attaches_ops, next);

	if (!s)
		return NULL;
	s->threads = p_threads_new();
	s->pendings = p_pendings_new();
	s->waits = p_waits_new();
	s->totals = p_totals_new();
	if (!s->threads || !s->pendings || !s->waits || !s->totals) {
		on_free(&s->wrap.sink);
		return NULL;
	}
	return &s->wrap.sink;
}

int vs_attaches_error(const struct vs_sink *attaches_sink)
{
	return ((const struct attaches *)attaches_sink)->error;
}
