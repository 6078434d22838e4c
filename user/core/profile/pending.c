// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <utlist.h>

#include "pending.h"

/* Processes that never open a device must not fill memory. */
#define PENDINGS 1024
#define PENDINGS_OF_PROCESS 64
#define LINKS 4096

/* Which container a group or a file of a cdev has. */
struct link {
	uint64_t group, container;
	struct link *prev, *next;
	UT_hash_handle hh;
};

struct p_pendings {
	struct p_pending *pendings, *list; /* the list: oldest first */
	struct link *links, *link_list;
};

struct p_pendings *p_pendings_new(void)
{
	return calloc(1, sizeof(struct p_pendings));
}

static void link_forget(struct p_pendings *ps, struct link *l)
{
	HASH_DEL(ps->links, l);
	DL_DELETE(ps->link_list, l);
	free(l);
}

void p_pendings_free(struct p_pendings *ps)
{
	struct p_pending *p, *ptmp;
	struct link *l, *ltmp;

	if (!ps)
		return;
	HASH_ITER(hh, ps->pendings, p, ptmp)
		p_pending_forget(ps, p);
	HASH_ITER(hh, ps->links, l, ltmp)
		link_forget(ps, l);
	free(ps);
}

struct p_pending *p_pending_find(struct p_pendings *ps, const struct p_object *object)
{
	struct p_pending *p;

	HASH_FIND(hh, ps->pendings, object, sizeof(*object), p);
	return p;
}

static struct p_pending *pending_new(struct p_pendings *ps, const struct p_object *object)
{
	struct p_pending *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->object = *object;
	p->about.group = -1;
	HASH_ADD(hh, ps->pendings, object, sizeof(p->object), p);
	if (!p->hh.tbl) {
		free(p);
		return NULL;
	}
	DL_APPEND(ps->list, p);
	return p;
}

struct p_pending *p_pending_get(struct p_pendings *ps, const struct p_object *object)
{
	struct p_pending *p = p_pending_find(ps, object);

	if (!p)
		return pending_new(ps, object);
	DL_DELETE(ps->list, p);
	DL_APPEND(ps->list, p);
	return p;
}

void p_pending_forget(struct p_pendings *ps, struct p_pending *p)
{
	HASH_DEL(ps->pendings, p);
	DL_DELETE(ps->list, p);
	p_calls_forget(&p->calls);
	free(p);
}

struct p_pending *p_pending_surplus(struct p_pendings *ps, uint32_t pid)
{
	struct p_pending *p, *oldest = NULL;
	size_t n = 0;

	if (HASH_COUNT(ps->pendings) > PENDINGS)
		return ps->list;
	if (HASH_COUNT(ps->pendings) <= PENDINGS_OF_PROCESS)
		return NULL;
	DL_FOREACH(ps->list, p) {
		if (p->object.pid != pid)
			continue;
		oldest = oldest ? oldest : p;
		n++;
	}
	return n > PENDINGS_OF_PROCESS ? oldest : NULL;
}

struct p_pending *p_pending_next(struct p_pendings *ps, struct p_pending *p)
{
	return p ? p->next : ps->list;
}

static bool has_container(const struct p_pending *p)
{
	return p->object.kind == P_GROUP || p->object.kind == P_FILE;
}

/* A device that is opened by group (or file) @g uses @p, too. */
static bool uses(const struct p_pending *g, const struct p_pending *p)
{
	if (p->object.kind == P_CONTAINER)
		return g->container == p->object.at;
	if (p->object.kind == P_NUMBER)
		return g->object.kind == P_GROUP && g->about.group == (int)p->object.at;
	if (g->object.kind != P_FILE || !*g->about.device || p == g)
		return false;
	/* Another file of the same cdev, by which the device could not be opened. */
	if (p->object.kind == P_FILE && p->failure.error)
		return !strcmp(g->about.device, p->about.device);
	return p->object.kind == P_NAME && !strcmp(g->about.device, p->object.name);
}

/* A container may have several groups: what is on it goes to the first device opened. */
static struct p_pending *user_of(struct p_pendings *ps, struct p_pending *p)
{
	struct p_pending *g;

	if (has_container(p))
		return p;
	DL_FOREACH(ps->list, g)
		if (g->object.pid == p->object.pid && has_container(g) && uses(g, p))
			return g;
	return p;
}

size_t p_pending_together(struct p_pendings *ps, struct p_pending *p,
			  struct p_pending *out[P_TOGETHER])
{
	struct p_pending *g = user_of(ps, p), *other;
	size_t n = 0;

	out[n++] = g;
	if (!has_container(g))
		return n;
	DL_FOREACH(ps->list, other)
		if (n < P_TOGETHER && other->object.pid == g->object.pid && uses(g, other))
			out[n++] = other;
	return n;
}

static struct link *link_find(struct p_pendings *ps, uint64_t group)
{
	struct link *l;

	HASH_FIND(hh, ps->links, &group, sizeof(group), l);
	return l;
}

static struct link *link_new(struct p_pendings *ps, uint64_t group)
{
	struct link *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->group = group;
	HASH_ADD(hh, ps->links, group, sizeof(l->group), l);
	if (!l->hh.tbl) {
		free(l);
		return NULL;
	}
	DL_APPEND(ps->link_list, l);
	if (HASH_COUNT(ps->links) > LINKS)
		link_forget(ps, ps->link_list);
	return l;
}

int p_container_set(struct p_pendings *ps, uint64_t group, uint64_t container)
{
	struct link *l = link_find(ps, group);

	if (!container) {
		if (l)
			link_forget(ps, l);
		return 0;
	}
	if (!l)
		l = link_new(ps, group);
	if (!l)
		return -ENOMEM;
	l->container = container;
	return 0;
}

uint64_t p_container_of(struct p_pendings *ps, uint64_t group)
{
	const struct link *l = link_find(ps, group);

	return l ? l->container : 0;
}

void p_container_gone(struct p_pendings *ps, uint64_t container)
{
	struct link *l, *tmp;

	HASH_ITER(hh, ps->links, l, tmp)
		if (l->container == container)
			link_forget(ps, l);
}
