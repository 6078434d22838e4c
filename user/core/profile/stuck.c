// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <utlist.h>

#include "route.h"
#include "stuck.h"
#include "tell.h"

/* Waits for locks */

static const struct p_live *live_of_holder(const struct p_state *s, const struct vs_lock_holder *h)
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
static const struct vs_vm *vm_of_holder(const struct p_state *s, const struct vs_lock_holder *h)
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

static void describe_holder(const struct p_state *s, struct vs_lock_holder *h)
{
	const struct vs_vm *vm = vm_of_holder(s, h);

	if (!vm)
		return;
	h->vm_id = vm->id;
	memcpy(h->vm_name, vm->name, sizeof(h->vm_name));
}

void p_on_lock_wait(struct p_state *s, const struct ev_lock_wait *ev)
{
	struct vs_lock_waited waited;
	size_t i;

	if (ev->h.dur == VS_NOT_SEEN)
		return;
	if (p_waits_ended(s->waits, ev, &waited)) {
		p_check(s, -ENOMEM);
		return;
	}
	for (i = 0; i < waited.holder_count; i++)
		describe_holder(s, &waited.holder[i]);
	p_check(s, p_threads_wait(s->threads, ev->h.tid, &waited));
}

/* Calls that do not return */

static enum vs_phase phase_of(uint32_t number)
{
	return number < VS_PHASE_COUNT ? number : VS_PHASE_NONE;
}

static struct p_under_way under_way(const struct p_state *s, const struct ev_in_call *ev)
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
	return !(ev->h.flags & VS_F_AT_END) || ev->h.dur >= P_SEC;
}

static void on_live_in_call(struct p_state *s, struct p_live *l, const struct ev_in_call *ev)
{
	struct vs_attach *a = &l->body->a;

	l->under_way = under_way(s, ev);
	if (l->going_on && !p_on_the_way(phase_of(ev->phase)))
		p_settle_bound(s, l);
	if (l->going_on)
		p_describe_bound(s, l);
	a->now = l->under_way.now;
	if (is_stuck(ev))
		VS_TELL(s->wrap.next, stuck, a);
	if (ev->h.flags & VS_F_AT_END)
		return;
	a->now = (struct vs_attach_now){ 0 };
	l->under_way = (struct p_under_way){ 0 };
}

static void on_pending_in_call(struct p_state *s, struct p_pending *p, const struct ev_in_call *ev)
{
	struct p_under_way u = under_way(s, ev);
	struct p_live *l;
	struct p_together t;

	if (ev->h.flags & VS_F_AT_END)
		p->under_way = u;
	if (!is_stuck(ev))
		return;
	p_look_at(s, p, &t);
	l = p_picture(s, &t);
	if (!l)
		return;
	p_describe_going_on(s, l, t.calls, t.count, &u, u.seen_ns);
	VS_TELL(s->wrap.next, stuck, &l->body->a);
	p_live_forget(&s->lives, l);
}

void p_on_in_call(struct p_state *s, const struct ev_in_call *ev, const struct vs_refs *refs)
{
	struct p_where w = p_where_in_call(ev, refs);
	struct p_live *l;
	struct p_pending *p;

	if (ev->h.dur == VS_NOT_SEEN)
		return;
	if (w.phase == VS_PHASE_UNPIN)
		p_on_unpinning(s, &w);
	l = p_live_of(s, &w);
	if (l) {
		on_live_in_call(s, l, ev);
	} else if (p_makes_attach(w.phase)) {
		p = p_pending_for(s, &w, refs);
		if (p)
			on_pending_in_call(s, p, ev);
	}
}
