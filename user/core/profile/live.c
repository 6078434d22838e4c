// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "live.h"

static void describe(struct vs_attach *a, uint32_t id, const struct p_about *about)
{
	a->id = id;
	memcpy(a->device, about->device, sizeof(a->device));
	memcpy(a->driver, about->driver, sizeof(a->driver));
	a->group = about->group;
	a->path = about->path;
	a->backend = about->backend;
	a->vm = about->vm;
	a->pid = about->pid;
	a->tid = about->tid;
	memcpy(a->comm, about->comm, sizeof(a->comm));
	a->tracked = about->tracked;
	a->complete = true;
}

/* What is in the lists beyond their counts is of nobody. It is most of an attach, and stays. */
static void body_clear(struct p_body *b)
{
	struct vs_attach *a = &b->a;

	memset(a, 0, offsetof(struct vs_attach, phase));
	a->phase_count = a->later_count = 0;
	a->closed_ns = 0;
	a->wait_count = a->waits = 0;
	a->span_count = a->spans = 0;
	b->later.count = 0;
}

/* Attaches come and go, one after the other, and each is large: the last one's place is kept. */
static struct p_body *body_alloc(struct p_lives *ls)
{
	struct p_body *b = ls->spare;

	if (!b)
		return calloc(1, sizeof(*b));
	ls->spare = NULL;
	body_clear(b);
	return b;
}

static void body_free(struct p_lives *ls, struct p_body *b)
{
	free(ls->spare);
	ls->spare = b;
}

struct p_live *p_live_new(struct p_lives *ls, uint32_t id, const struct p_about *about)
{
	struct p_live *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->body = body_alloc(ls);
	if (!l->body) {
		free(l);
		return NULL;
	}
	describe(&l->body->a, id, about);
	l->pid = about->pid;
	DL_APPEND(ls->list, l);
	return l;
}

void p_live_forget(struct p_lives *ls, struct p_live *l)
{
	DL_DELETE(ls->list, l);
	ls->closed -= l->closed_ns != 0;
	p_calls_forget(&l->calls);
	p_calls_forget(&l->since);
	body_free(ls, l->body);
	free(l);
}

void p_lives_free(struct p_lives *ls)
{
	struct p_live *l, *tmp;

	DL_FOREACH_SAFE(ls->list, l, tmp)
		p_live_forget(ls, l);
	free(ls->spare);
}

void p_live_usable(struct p_lives *ls, struct p_live *l)
{
	l->going_on = false;
	DL_DELETE(ls->list, l);
	DL_APPEND(ls->list, l);
}

void p_live_closed(struct p_lives *ls, struct p_live *l, uint64_t ts)
{
	if (l->closed_ns)
		return;
	l->closed_ns = l->body->a.closed_ns = ts;
	ls->closed++;
}

struct p_live *p_live_of_device(const struct p_lives *ls, uint64_t dev, uint32_t pid)
{
	struct p_live *l, *own = NULL, *any = NULL;

	DL_FOREACH(ls->list, l) {
		if (!dev || l->dev != dev)
			continue;
		any = l;
		if (l->pid == pid)
			own = l;
	}
	return own ? own : any;
}

struct p_live *p_live_of_container(const struct p_lives *ls, uint64_t container, uint32_t pid)
{
	struct p_live *l, *usable = NULL, *closed = NULL, *going_on = NULL;

	DL_FOREACH(ls->list, l) {
		if (!container || l->container != container)
			continue;
		if (l->closed_ns)
			closed = l;
		else if (!l->going_on)
			usable = l;
		else if (l->pid == pid)
			going_on = l;
	}
	if (usable)
		return usable;
	return going_on ? going_on : closed;
}

struct p_live *p_live_of_group(const struct p_lives *ls, uint64_t group, uint32_t pid)
{
	struct p_live *l, *last = NULL;

	DL_FOREACH(ls->list, l)
		if (group && l->group == group && l->pid == pid && !l->closed_ns)
			last = l;
	return last;
}

static bool is_device(const struct p_live *l, uint64_t dev, const char *name)
{
	return dev ? l->dev == dev : *name && !strcmp(l->body->a.device, name);
}

struct p_live *p_live_opened(const struct p_lives *ls, uint64_t dev, const char *name, uint32_t pid)
{
	struct p_live *l, *last = NULL;

	DL_FOREACH(ls->list, l)
		if (l->pid == pid && !l->closed_ns && is_device(l, dev, name))
			last = l;
	return last;
}
