// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "../hash.h"
#include "threads.h"

/* Threads that are in calls are few; of those that never return the oldest are forgotten. */
#define THREADS 1024

struct thread {
	uint32_t tid;
	struct p_node *node; /* that ended, parts before what they are parts of */
	size_t count, room;
	bool incomplete;
	struct p_waits_kept waits;
	struct p_opened *opened;
	struct thread *prev, *next; /* the oldest is first */
	UT_hash_handle hh;
};

struct p_threads {
	struct thread *threads, *list;
};

struct p_threads *p_threads_new(void)
{
	return calloc(1, sizeof(struct p_threads));
}

static void forget(struct p_threads *ts, struct thread *t)
{
	HASH_DEL(ts->threads, t);
	DL_DELETE(ts->list, t);
	p_waits_forget(&t->waits);
	free(t->node);
	free(t->opened);
	free(t);
}

void p_threads_free(struct p_threads *ts)
{
	struct thread *t, *tmp;

	if (!ts)
		return;
	HASH_ITER(hh, ts->threads, t, tmp)
		forget(ts, t);
	free(ts);
}

static struct thread *thread_find(struct p_threads *ts, uint32_t tid)
{
	struct thread *t;

	HASH_FIND(hh, ts->threads, &tid, sizeof(tid), t);
	return t;
}

static struct thread *thread_get(struct p_threads *ts, uint32_t tid)
{
	struct thread *t = thread_find(ts, tid);

	if (t)
		return t;
	t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	t->tid = tid;
	HASH_ADD(hh, ts->threads, tid, sizeof(t->tid), t);
	if (!t->hh.tbl) {
		free(t);
		return NULL;
	}
	DL_APPEND(ts->list, t);
	if (HASH_COUNT(ts->threads) > THREADS)
		forget(ts, ts->list);
	return t;
}

static int make_room(struct thread *t)
{
	size_t room = t->room ? 2 * t->room : 16;
	struct p_node *more;

	/* Three for what comes: a pin, a map, and the phase itself. */
	if (t->count + 3 <= t->room)
		return 0;
	more = realloc(t->node, room * sizeof(*more));
	if (!more)
		return -ENOMEM;
	t->node = more;
	t->room = room;
	return 0;
}

/* No call begins before the machine does; of added-up calls there may be more than time. */
static uint64_t took(const struct ev_phase *ev)
{
	if (ev->h.dur == VS_NOT_SEEN)
		return 0;
	return ev->count <= 1 && ev->h.dur > ev->h.ts ? ev->h.ts : ev->h.dur;
}

static bool ran(const struct ev_phase *ev)
{
	return ev->h.dur != VS_NOT_SEEN && !p_is_added_up(ev);
}

/* Parts of @at that the thread has done since @at began. */
static void claim_parts(struct thread *t, size_t at)
{
	const struct p_node *n = &t->node[at];
	size_t i;

	for (i = 0; i < at; i++)
		if (t->node[i].up == P_TOP && t->node[i].p.parent == n->p.phase &&
		    t->node[i].end_ns >= n->begin_ns && t->node[i].end_ns <= n->end_ns)
			t->node[i].up = (int)at;
}

/* A part that no probe brackets. */
static void add_made_part(struct thread *t, size_t at, enum vs_phase phase, uint64_t count,
			  uint64_t ns)
{
	const struct p_node *of = &t->node[at];
	struct p_node n = { .up = (int)at, .end_ns = of->end_ns };

	n.p.phase = phase;
	n.p.parent = of->p.phase;
	n.p.count = count;
	n.p.total_ns = n.p.self_ns = ns;
	n.p.bytes = phase == VS_PHASE_MAP ? of->p.bytes : 0;
	n.p.pages = of->p.pages;
	t->node[t->count++] = n;
}

static struct p_node node_of(const struct ev_phase *ev)
{
	struct p_node n = { .up = P_TOP, .end_ns = ev->h.ts };

	n.p.phase = ev->phase;
	n.p.parent = ev->parent;
	n.p.count = ev->count ? ev->count : 1;
	n.p.total_ns = took(ev);
	n.p.lock_ns = ev->lock_ns;
	n.p.max_ns = ev->max_ns ? ev->max_ns : n.p.count == 1 ? n.p.total_ns : 0;
	n.p.max_bytes = ev->max_bytes ? ev->max_bytes : n.p.count == 1 ? ev->bytes : 0;
	n.p.bytes = ev->bytes;
	n.p.pages = ev->pages;
	n.p.failed = ev->failed ? ev->failed : n.p.count == 1 && ev->h.ret < 0;
	n.ran = ran(ev);
	if (n.ran)
		n.begin_ns = ev->h.ts - n.p.total_ns;
	return n;
}

static bool is_map(unsigned int phase)
{
	return phase == VS_PHASE_DMA_MAP || phase == VS_PHASE_DMA_MAP_DEVICE ||
	       phase == VS_PHASE_IOMMUFD_MAP;
}

/* What a phase ends with: its parts are those recorded, pins, and what a map leaves. */
static int add_node(struct thread *t, const struct ev_phase *ev)
{
	size_t at = t->count;
	uint64_t filled;
	struct p_node *n;

	if (make_room(t))
		return -ENOMEM;
	n = &t->node[t->count++];
	*n = node_of(ev);
	claim_parts(t, at);
	if (ev->pins || ev->pin_ns)
		add_made_part(t, at, VS_PHASE_PIN, ev->pins, ev->pin_ns);
	filled = n->p.lock_ns + p_parts_ns(t->node, t->count, at);
	/* Without a beginning it took what is known of it. */
	if (ev->h.dur == VS_NOT_SEEN)
		n->p.total_ns = filled;
	if (is_map(ev->phase) && n->p.total_ns > filled)
		add_made_part(t, at, VS_PHASE_MAP, n->p.count, n->p.total_ns - filled);
	p_settle(t->node, t->count, at);
	t->incomplete |= ev->h.dur == VS_NOT_SEEN;
	return 0;
}

int p_threads_part(struct p_threads *ts, const struct ev_phase *ev)
{
	struct thread *t = thread_get(ts, ev->h.tid);

	if (!t)
		return -ENOMEM;
	/* More of them are no more told apart; three nodes are left for the call. */
	return t->count + 6 > P_CALL_NODES ? 0 : add_node(t, ev);
}

int p_threads_wait(struct p_threads *ts, uint32_t tid, const struct vs_lock_waited *waited)
{
	struct thread *t = thread_get(ts, tid);
	struct p_wait *w = t ? malloc(sizeof(*w)) : NULL;

	if (!w)
		return -ENOMEM;
	w->pub = *waited;
	p_wait_keep(&t->waits, w);
	return 0;
}

int p_threads_opened(struct p_threads *ts, const struct ev_dev *ev, const struct vs_vm *vm)
{
	struct thread *t = thread_get(ts, ev->h.tid);

	if (!t)
		return -ENOMEM;
	if (!t->opened)
		t->opened = malloc(sizeof(*t->opened));
	if (!t->opened)
		return -ENOMEM;
	t->opened->ev = *ev;
	t->opened->vm = vm ? *vm : (struct vs_vm){ 0 };
	return 0;
}

/* The call, and all that is a part of it or of its parts: the rest has lost its call. */
static struct p_call *call_of(const struct thread *t, size_t root)
{
	struct p_call *c = calloc(1, sizeof(*c) + t->count * sizeof(*c->node));
	int to[P_CALL_NODES];
	bool in[P_CALL_NODES] = { false };
	size_t i, n;

	if (!c)
		return NULL;
	in[root] = true;
	/* A made part comes after its own, any other before: twice is enough. */
	for (n = 0; n < 2; n++)
		for (i = t->count; i-- > 0;)
			if (t->node[i].up != P_TOP && in[t->node[i].up])
				in[i] = true;
	for (i = 0; i < t->count; i++) {
		to[i] = (int)c->count;
		if (in[i])
			c->node[c->count++] = t->node[i];
	}
	for (i = 0; i < c->count; i++)
		if (c->node[i].up != P_TOP)
			c->node[i].up = to[c->node[i].up];
	c->root = (size_t)to[root];
	return c;
}

/* When a call began whose entry was missed: its parts tell a little. */
static uint64_t begin_of(const struct p_call *c, const struct ev_phase *ev)
{
	uint64_t took_ns = c->node[c->root].p.total_ns;
	uint64_t begin = took_ns < ev->h.ts ? ev->h.ts - took_ns : 0;
	size_t i;

	if (p_is_added_up(ev))
		return ev->h.ts;
	for (i = 0; i < c->count; i++)
		if (c->node[i].ran && c->node[i].begin_ns < begin)
			begin = c->node[i].begin_ns;
	return begin;
}

static int make_call(struct thread *t, const struct ev_phase *ev, struct p_call **call)
{
	size_t root = t->count;
	struct p_call *c;

	if (add_node(t, ev))
		return -ENOMEM;
	c = call_of(t, root);
	if (!c)
		return -ENOMEM;
	c->time = p_is_added_up(ev) ? P_ADDED : ran(ev) ? P_RAN : P_UNSEEN;
	c->incomplete = t->incomplete;
	c->tid = ev->h.tid;
	c->end_ns = ev->h.ts;
	c->begin_ns = begin_of(c, ev);
	*call = c;
	return 0;
}

/*
 * Waits go to the call that they were in. Those in a DMA call that was added up stay until
 * the sum comes; older ones have lost their call.
 */
static void claim_waits(struct thread *t, const struct p_call *call, struct p_waits_kept *to)
{
	enum vs_phase phase = call->node[call->root].p.phase;
	size_t dropped = t->waits.all - t->waits.count;
	struct p_wait *w, *tmp;
	bool in;

	DL_FOREACH_SAFE(t->waits.list, w, tmp) {
		in = call->time == P_ADDED ? w->pub.phase == phase :
					     w->pub.begin_ns >= call->begin_ns;
		if (!in && (call->time == P_ADDED || p_is_dma(w->pub.phase)))
			continue;
		DL_DELETE(t->waits.list, w);
		t->waits.count--;
		t->waits.all--;
		if (in)
			p_wait_keep(to, w);
		else
			free(w);
	}
	if (call->time == P_ADDED)
		return;
	to->all += dropped;
	t->waits.all = t->waits.count;
}

static void claim_opened(struct thread *t, const struct p_call *call, struct p_returned *r)
{
	if (t->opened && t->opened->ev.h.ts >= call->begin_ns) {
		r->has_opened = true;
		r->opened = *t->opened;
	}
	free(t->opened);
	t->opened = NULL;
}

/* A sum is written inside of another call, which goes on. */
static int call_added_up(struct p_threads *ts, const struct ev_phase *ev, struct p_returned *r)
{
	struct thread *writer = thread_find(ts, ev->h.tid), own = { 0 };
	int err = make_call(&own, ev, &r->call);

	free(own.node);
	if (!err && writer)
		claim_waits(writer, r->call, &r->waits);
	return err;
}

int p_threads_call(struct p_threads *ts, const struct ev_phase *ev, struct p_returned *r)
{
	struct thread *t;
	int err;

	*r = (struct p_returned){ 0 };
	if (p_is_added_up(ev))
		return call_added_up(ts, ev, r);
	t = thread_get(ts, ev->h.tid);
	if (!t)
		return -ENOMEM;
	err = make_call(t, ev, &r->call);
	if (!err) {
		claim_waits(t, r->call, &r->waits);
		claim_opened(t, r->call, r);
	}
	t->count = 0;
	t->incomplete = false;
	if (err || !t->waits.count)
		forget(ts, t);
	return err;
}
