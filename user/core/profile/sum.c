// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "sum.h"

/* Spans and waits */

static void add_spans(struct vs_attach *a, const struct p_call *call)
{
	const struct p_node *n;

	for (n = call->node; n < call->node + call->count; n++) {
		if (!n->ran)
			continue;
		if (a->spans++ >= VS_ATTACH_SPANS)
			continue;
		a->span[a->span_count++] = (struct vs_span){
			.phase = n->p.phase,
			.parent = n->p.parent,
			.tid = call->tid,
			.begin_ns = n->begin_ns,
			.ns = n->end_ns - n->begin_ns,
			.bytes = n->p.bytes,
			.failed = n->p.failed,
		};
	}
}

static size_t shortest(const struct vs_attach *a)
{
	size_t i, least = 0;

	for (i = 1; i < a->wait_count; i++)
		if (a->wait[i].wait_ns < a->wait[least].wait_ns)
			least = i;
	return least;
}

/* In order of their begins. */
void p_sum_wait(struct vs_attach *a, const struct vs_lock_waited *w)
{
	size_t at;

	a->waits++;
	if (a->wait_count == VS_ATTACH_WAITS) {
		at = shortest(a);
		if (a->wait[at].wait_ns >= w->wait_ns)
			return;
		a->wait_count--;
		memmove(a->wait + at, a->wait + at + 1, (a->wait_count - at) * sizeof(*w));
	}
	for (at = a->wait_count; at && a->wait[at - 1].begin_ns > w->begin_ns; at--)
		a->wait[at] = a->wait[at - 1];
	a->wait[at] = *w;
	a->wait_count++;
}

void p_sum_waits(struct vs_attach *a, const struct p_waits_kept *kept)
{
	size_t all = a->waits + kept->all;
	const struct p_wait *w;

	DL_FOREACH(kept->list, w)
		p_sum_wait(a, &w->pub);
	a->waits = all;
}

/* Calls, in the order of their ends */

static int by_end(const void *a, const void *b)
{
	const struct p_call *x = ((const struct p_ordered *)a)->call;
	const struct p_call *y = ((const struct p_ordered *)b)->call;

	if (x->end_ns != y->end_ns)
		return x->end_ns < y->end_ns ? -1 : 1;
	return (x->begin_ns > y->begin_ns) - (x->begin_ns < y->begin_ns);
}

static int put_in_order(struct p_sum *s, const struct p_calls *const *calls, size_t count)
{
	struct p_ordered *more;
	const struct p_call *call;
	size_t i, room = 0;

	for (i = 0; i < count; i++)
		room += calls[i]->count;
	if (room > s->room) {
		more = realloc(s->order, room * sizeof(*more));
		if (!more)
			return -ENOMEM;
		s->order = more;
		s->room = room;
	}
	s->count = 0;
	for (i = 0; i < count; i++)
		DL_FOREACH(calls[i]->list, call)
			s->order[s->count++].call = call;
	if (s->count)
		qsort(s->order, s->count, sizeof(*s->order), by_end);
	return 0;
}

static uint64_t first_begin(const struct p_sum *s, const struct p_calls *const *calls, size_t count,
			    uint64_t begin)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (s->order[i].call->begin_ns < begin)
			begin = s->order[i].call->begin_ns;
	for (i = 0; i < count; i++)
		if (calls[i]->rest && calls[i]->rest_begin_ns < begin)
			begin = calls[i]->rest_begin_ns;
	return begin;
}

/* Time */

/* A call that has so much time, and no more. Return: what of that the tree cannot hold. */
static uint64_t add_reduced(struct p_sum *s, const struct p_call *call, uint64_t ns)
{
	size_t at = call->root;

	memcpy(s->copy, call->node, call->count * sizeof(*s->copy));
	if (ns < s->copy[at].p.total_ns)
		p_reduce(s->copy, call->count, at, ns);
	return p_graft(&s->tree, s->copy, call->count, at);
}

/*
 * A call has the time that no call before it has. One whose beginning was not seen may have
 * begun when the last one before it ended: what it does not know of that is unaccounted.
 */
static int add_run(struct p_sum *s, const struct p_call *call, uint64_t end, struct vs_attach *a)
{
	uint64_t begin = call->begin_ns, took = call->node[call->root].p.total_ns, own;
	int err;

	if (call->end_ns < end)
		end = call->end_ns;
	if (call->time == P_UNSEEN) {
		begin = p_busy_until(&s->busy, end);
		if (begin < a->begin_ns)
			begin = a->begin_ns;
	}
	err = p_busy_add(&s->busy, begin, end, &own);
	if (err)
		return err;
	a->unaccounted_ns += add_reduced(s, call, own < took ? own : took);
	if (own > took)
		a->unaccounted_ns += own - took;
	return 0;
}

static int add_calls(struct p_sum *s, struct vs_attach *a)
{
	const struct p_call *call;
	size_t i;
	int err;

	for (i = 0; i < s->count; i++) {
		call = s->order[i].call;
		if (call->time == P_ADDED) {
			p_graft(&s->added, call->node, call->count, call->root);
		} else {
			err = add_run(s, call, a->end_ns, a);
			if (err)
				return err;
		}
		add_spans(a, call);
	}
	return 0;
}

static void add_rests(struct p_sum *s, const struct p_calls *const *calls, size_t count,
		      struct vs_attach *a)
{
	const struct p_tree *rest;
	size_t i, at;

	for (i = 0; i < count; i++) {
		rest = calls[i]->rest;
		for (at = 0; rest && at < rest->count; at++)
			if (rest->node[at].up == P_TOP)
				p_graft(&s->added, rest->node, rest->count, at);
		a->spans += calls[i]->rest_spans;
	}
}

/* Calls without a place in time have what is left. Return: what they leave. */
static uint64_t add_added(struct p_sum *s, uint64_t left)
{
	struct p_tree *t = &s->added;
	uint64_t ns;
	size_t at;

	for (at = 0; at < t->count; at++) {
		if (t->node[at].up != P_TOP)
			continue;
		if (t->node[at].p.total_ns > left)
			p_reduce(t->node, t->count, at, left);
		ns = t->node[at].p.total_ns;
		/* In no call, if it has no place: what is left stays the VMM's. */
		left -= ns - p_graft(&s->tree, t->node, t->count, at);
	}
	return left;
}

static uint64_t calls_ns(const struct p_busy *b)
{
	uint64_t ns = 0;
	size_t i;

	for (i = 0; i < b->count; i++)
		ns += b->stretch[i].end_ns - b->stretch[i].begin_ns;
	return ns;
}

static void clear(struct p_sum *s, struct vs_attach *a)
{
	s->tree.count = s->added.count = 0;
	p_busy_clear(&s->busy);
	a->unaccounted_ns = 0;
	a->span_count = a->spans = a->wait_count = a->waits = 0;
}

int p_sum_up(struct p_sum *s, const struct p_calls *const *calls, size_t count,
	     uint64_t under_way_ns, uint64_t end_ns, struct vs_attach *a)
{
	uint64_t under_way = 0;
	size_t i;
	int err;

	clear(s, a);
	err = put_in_order(s, calls, count);
	if (err)
		return err;
	a->end_ns = end_ns;
	a->begin_ns = first_begin(s, calls, count,
				  under_way_ns && under_way_ns < end_ns ? under_way_ns : end_ns);
	a->total_ns = end_ns - a->begin_ns;
	err = add_calls(s, a);
	if (!err && under_way_ns)
		err = p_busy_add(&s->busy, under_way_ns, end_ns, &under_way);
	if (err)
		return err;
	a->unaccounted_ns += under_way;
	add_rests(s, calls, count, a);
	a->vmm_ns = add_added(s, a->total_ns - calls_ns(&s->busy));
	a->phase_count = p_tree_list(&s->tree, a->phase);
	for (i = 0; i < count; i++) {
		a->complete &= !calls[i]->incomplete;
		p_sum_waits(a, &calls[i]->waits);
	}
	return 0;
}

void p_sum_later(struct p_tree *later, const struct p_call *call, struct vs_attach *a)
{
	p_graft(later, call->node, call->count, call->root);
	a->later_count = p_tree_list(later, a->later);
	add_spans(a, call);
}

void p_sum_free(struct p_sum *s)
{
	free(s->order);
	free(s->busy.stretch);
}
