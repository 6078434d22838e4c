// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "../hash.h"
#include "waits.h"

/* What is kept of the past: it is bounded, the oldest goes first. */
#define LOCKS 64
#define WAITS 256 /* for each lock */
#define RUNS 1024

/* A wait that has ended: its thread had the lock from then on. */
struct ended {
	uint64_t end_ns;
	uint32_t tid, pid;
	enum vs_phase phase;
	char comm[VS_COMM_LEN];
	char device[VS_DEVNAME_LEN];
};

struct lock {
	uint64_t address;
	struct ended wait[WAITS]; /* by end */
	size_t count;
	struct lock *prev, *next; /* the one waited for last is last */
	UT_hash_handle hh;
};

/* A run through a phase. */
struct run {
	uint32_t tid;
	enum vs_phase phase;
	uint64_t begin_ns, end_ns;
	char device[VS_DEVNAME_LEN];
};

struct p_waits {
	struct lock *locks, *list;
	struct run run[RUNS]; /* a ring */
	size_t runs; /* all there were */
	struct vs_lock_holder holder[WAITS + 1]; /* of one wait, merged */
	size_t holders;
};

struct p_waits *p_waits_new(void)
{
	return calloc(1, sizeof(struct p_waits));
}

static void forget(struct p_waits *w, struct lock *l)
{
	HASH_DEL(w->locks, l);
	DL_DELETE(w->list, l);
	free(l);
}

void p_waits_free(struct p_waits *w)
{
	struct lock *l, *tmp;

	if (!w)
		return;
	HASH_ITER(hh, w->locks, l, tmp)
		forget(w, l);
	free(w);
}

static struct lock *lock_new(struct p_waits *w, uint64_t address)
{
	struct lock *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->address = address;
	HASH_ADD(hh, w->locks, address, sizeof(l->address), l);
	if (!l->hh.tbl) {
		free(l);
		return NULL;
	}
	DL_APPEND(w->list, l);
	if (HASH_COUNT(w->locks) > LOCKS)
		forget(w, w->list);
	return l;
}

static struct lock *lock_get(struct p_waits *w, uint64_t address)
{
	struct lock *l;

	HASH_FIND(hh, w->locks, &address, sizeof(address), l);
	if (!l)
		return lock_new(w, address);
	DL_DELETE(w->list, l);
	DL_APPEND(w->list, l);
	return l;
}

/* Records of several CPUs come nearly in order: the place is at the end, or near. */
static void remember(struct lock *l, const struct ev_lock_wait *ev)
{
	struct ended e = {
		.end_ns = ev->h.ts,
		.tid = ev->h.tid,
		.pid = ev->h.pid,
		.phase = ev->phase,
	};
	size_t at;

	memcpy(e.comm, ev->h.comm, sizeof(e.comm));
	memcpy(e.device, ev->name, sizeof(e.device));
	if (l->count == WAITS)
		memmove(l->wait, l->wait + 1, --l->count * sizeof(e));
	for (at = l->count; at && l->wait[at - 1].end_ns > e.end_ns; at--)
		l->wait[at] = l->wait[at - 1];
	l->wait[at] = e;
	l->count++;
}

void p_waits_ran(struct p_waits *w, const struct ev_phase *ev)
{
	struct run *r;

	if (ev->count > 1 || ev->h.dur == VS_NOT_SEEN)
		return;
	r = &w->run[w->runs++ % RUNS];
	r->tid = ev->h.tid;
	r->phase = ev->phase;
	r->begin_ns = vs_began(&ev->h);
	r->end_ns = ev->h.ts;
	memcpy(r->device, ev->name, sizeof(r->device));
}

static uint64_t shared(const struct run *r, uint64_t begin, uint64_t end)
{
	uint64_t from = r->begin_ns > begin ? r->begin_ns : begin;
	uint64_t to = r->end_ns < end ? r->end_ns : end;

	return to > from ? to - from : 0;
}

/*
 * What the holder did from @begin to @end: the innermost run that covers half of it. Which
 * device it dealt with any run tells that was then. What goes on still has no run.
 */
static void look_up(const struct p_waits *w, struct vs_lock_holder *h, uint64_t begin, uint64_t end)
{
	size_t i, count = w->runs < RUNS ? w->runs : RUNS;
	const struct run *r, *inner = NULL;
	uint64_t ns;

	for (i = 0; i < count; i++) {
		r = &w->run[i];
		ns = r->tid == h->tid ? shared(r, begin, end) : 0;
		if (!ns)
			continue;
		if (!*h->device)
			memcpy(h->device, r->device, sizeof(h->device));
		if (ns >= end - begin - ns &&
		    (!inner || r->end_ns - r->begin_ns < inner->end_ns - inner->begin_ns))
			inner = r;
	}
	if (inner)
		h->phase = inner->phase;
}

static bool same(const struct vs_lock_holder *a, const struct vs_lock_holder *b)
{
	return a->tid == b->tid && a->pid == b->pid && a->phase == b->phase &&
	       !strcmp(a->device, b->device);
}

static void add_holder(struct p_waits *w, struct vs_lock_holder *h, uint64_t begin, uint64_t end)
{
	size_t i;

	if (end <= begin)
		return;
	h->ns = end - begin;
	if (h->tid)
		look_up(w, h, begin, end);
	for (i = 0; i < w->holders; i++) {
		if (same(&w->holder[i], h)) {
			w->holder[i].ns += h->ns;
			return;
		}
	}
	w->holder[w->holders++] = *h;
}

static struct vs_lock_holder first_holder(const struct ev_lock_wait *ev)
{
	struct vs_lock_holder h = {
		.tid = ev->holder_tid,
		.pid = ev->holder_pid,
		.phase = ev->holder_phase < VS_PHASE_COUNT ? ev->holder_phase : VS_PHASE_NONE,
	};

	memcpy(h.comm, ev->holder_comm, sizeof(h.comm));
	memcpy(h.device, ev->holder_device, sizeof(h.device));
	return h;
}

static struct vs_lock_holder next_holder(const struct ended *e)
{
	struct vs_lock_holder h = { .tid = e->tid, .pid = e->pid, .phase = e->phase };

	memcpy(h.comm, e->comm, sizeof(h.comm));
	memcpy(h.device, e->device, sizeof(h.device));
	return h;
}

/* In the order in which they held it. */
static void find_holders(struct p_waits *w, const struct lock *l, const struct ev_lock_wait *ev)
{
	uint64_t since = vs_began(&ev->h), end = ev->h.ts;
	struct vs_lock_holder h = first_holder(ev);
	size_t i;

	w->holders = 0;
	for (i = 0; i < l->count; i++) {
		if (l->wait[i].end_ns <= since || l->wait[i].end_ns >= end ||
		    l->wait[i].tid == ev->h.tid)
			continue;
		add_holder(w, &h, since, l->wait[i].end_ns);
		h = next_holder(&l->wait[i]);
		since = l->wait[i].end_ns;
	}
	add_holder(w, &h, since, end);
}

/* The longest ones, longest first; of equal ones the first. */
static void tell_holders(struct p_waits *w, struct vs_lock_waited *out)
{
	size_t i, longest;

	while (out->holder_count < VS_HOLDERS_MAX && out->holder_count < w->holders) {
		longest = 0;
		for (i = 1; i < w->holders; i++)
			if (w->holder[i].ns > w->holder[longest].ns)
				longest = i;
		out->holder[out->holder_count++] = w->holder[longest];
		w->holder[longest].ns = 0;
	}
	out->holders = w->holders;
}

int p_waits_ended(struct p_waits *w, const struct ev_lock_wait *ev, struct vs_lock_waited *out)
{
	struct lock *l = lock_get(w, ev->lock);

	if (!l)
		return -ENOMEM;
	memset(out, 0, sizeof(*out));
	out->lock = ev->lock_id < VS_LOCK_COUNT ? ev->lock_id : VS_LOCK_NONE;
	out->phase = ev->phase < VS_PHASE_COUNT ? ev->phase : VS_PHASE_NONE;
	out->begin_ns = vs_began(&ev->h);
	out->wait_ns = ev->h.ts - out->begin_ns;
	find_holders(w, l, ev);
	tell_holders(w, out);
	remember(l, ev);
	return 0;
}
