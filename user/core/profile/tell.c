// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <utlist.h>

#include "tell.h"

uint32_t p_id_of(struct p_state *s, uint32_t told)
{
	return told ? told : ++s->ids;
}

static int sum_up(struct p_state *s, const struct p_calls *const *calls, size_t count,
		  uint64_t under_way_ns, uint64_t end_ns, struct vs_attach *a)
{
	int err = p_sum_up(&s->sum, calls, count, under_way_ns, end_ns, a);

	a->complete &= s->lost_ns <= a->begin_ns;
	return err;
}

void p_tell_over(struct p_state *s, struct p_live *l)
{
	VS_TELL(s->wrap.next, detach, &l->body->a);
	p_live_forget(&s->lives, l);
}

/* What came after the call that made it usable is no part of it. */
static void split_since(struct p_state *s, struct p_live *l, uint64_t end_ns)
{
	struct p_call *call, *tmp;

	DL_FOREACH_SAFE(l->since.list, call, tmp) {
		if (call->end_ns > end_ns)
			continue;
		DL_DELETE(l->since.list, call);
		l->since.count--;
		p_check(s, p_calls_add(&l->calls, call));
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

void p_settle_live(struct p_state *s, struct p_live *l, int error, uint64_t end_ns)
{
	const struct p_calls *calls = &l->calls;
	struct vs_attach *a = &l->body->a;

	split_since(s, l, end_ns);
	a->state = error ? VS_ATTACH_FAILED : VS_ATTACH_USABLE;
	a->error = error;
	p_check(s, sum_up(s, &calls, 1, 0, end_ns, a));
	p_calls_forget(&l->calls);
	since_is_later(l);
	p_live_usable(&s->lives, l);
	VS_TELL(s->wrap.next, attach, a);
}

/* No call has attached it to an IOAS: the bind made it usable, unless such a call failed. */
void p_settle_bound(struct p_state *s, struct p_live *l)
{
	if (!l->going_on)
		return;
	if (l->failure.error)
		p_settle_live(s, l, l->failure.error, l->failure.end_ns);
	else
		p_settle_live(s, l, 0, l->opened_ns);
}

void p_describe_going_on(struct p_state *s, struct p_live *l, const struct p_calls *const *calls,
			 size_t count, const struct p_under_way *call, uint64_t ts)
{
	struct vs_attach *a = &l->body->a;

	a->complete = true;
	a->state = VS_ATTACH_GOING_ON;
	p_check(s, sum_up(s, calls, count, call->begin_ns, ts, a));
	a->now = call->now;
}

void p_describe_bound(struct p_state *s, struct p_live *l)
{
	const struct p_calls *const calls[] = { &l->calls, &l->since };

	p_describe_going_on(s, l, calls, 2, &l->under_way, l->under_way.seen_ns);
}

void p_look_at(struct p_state *s, struct p_pending *p, struct p_together *t)
{
	const struct p_pending *q;
	size_t i;

	*t = (struct p_together){ 0 };
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

struct p_about p_about_of(const struct p_together *t)
{
	struct p_about about = t->p[0]->about;
	size_t i;

	for (i = 1; i < t->count && !about.vm.id; i++)
		about.vm = t->p[i]->about.vm;
	return about;
}

struct p_live *p_picture(struct p_state *s, struct p_together *t)
{
	struct p_about about = p_about_of(t);
	struct p_live *l;

	/* One of them keeps it: containers are used by several. */
	if (!t->id)
		t->id = t->p[0]->id = p_id_of(s, 0);
	l = p_live_new(&s->lives, t->id, &about);
	if (!l)
		p_check(s, -ENOMEM);
	return l;
}

static void tell_failed(struct p_state *s, struct p_together *t)
{
	struct p_live *l = p_picture(s, t);
	struct vs_attach *a;

	if (!l)
		return;
	a = &l->body->a;
	a->state = VS_ATTACH_FAILED;
	a->error = t->failure.error;
	p_check(s, sum_up(s, t->calls, t->count, 0, t->failure.end_ns, a));
	VS_TELL(s->wrap.next, attach, a);
	p_tell_over(s, l);
}

static uint64_t last_end(const struct p_together *t)
{
	const struct p_call *call;
	uint64_t end = 0;
	size_t i;

	for (i = 0; i < t->count; i++)
		DL_FOREACH(t->calls[i]->list, call)
			end = call->end_ns > end ? call->end_ns : end;
	return end;
}

static void tell_never_usable(struct p_state *s, struct p_together *t)
{
	static const struct p_under_way none;
	const struct p_under_way *call = t->under_way ? t->under_way : &none;
	struct p_live *l = p_picture(s, t);

	if (!l)
		return;
	p_describe_going_on(s, l, t->calls, t->count, call,
			    t->under_way ? call->seen_ns : last_end(t));
	p_tell_over(s, l);
}

void p_give_up(struct p_state *s, struct p_pending *p)
{
	struct p_together t;
	bool told = true;
	size_t i;

	p_look_at(s, p, &t);
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
