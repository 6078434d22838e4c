// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "calls.h"

bool p_is_dma(unsigned int phase)
{
	switch (phase) {
	case VS_PHASE_DMA_MAP:
	case VS_PHASE_DMA_MAP_DEVICE:
	case VS_PHASE_DMA_UNMAP:
	case VS_PHASE_IOMMUFD_MAP:
	case VS_PHASE_REGISTER_MEMORY:
	case VS_PHASE_UNREGISTER_MEMORY:
	case VS_PHASE_DMA_WINDOW:
		return true;
	default:
		return false;
	}
}

bool p_is_added_up(const struct ev_phase *ev)
{
	return ev->since;
}

static struct p_wait *shortest(struct p_waits_kept *kept)
{
	struct p_wait *w, *least = kept->list;

	DL_FOREACH(kept->list, w)
		if (w->pub.wait_ns < least->pub.wait_ns)
			least = w;
	return least;
}

void p_wait_keep(struct p_waits_kept *kept, struct p_wait *w)
{
	kept->all++;
	DL_APPEND(kept->list, w);
	if (kept->count < VS_ATTACH_WAITS) {
		kept->count++;
		return;
	}
	w = shortest(kept);
	DL_DELETE(kept->list, w);
	free(w);
}

void p_waits_move(struct p_waits_kept *to, struct p_waits_kept *from)
{
	size_t all = to->all + from->all;
	struct p_wait *w, *tmp;

	DL_FOREACH_SAFE(from->list, w, tmp) {
		DL_DELETE(from->list, w);
		p_wait_keep(to, w);
	}
	to->all = all;
	*from = (struct p_waits_kept){ 0 };
}

void p_waits_forget(struct p_waits_kept *kept)
{
	struct p_wait *w, *tmp;

	DL_FOREACH_SAFE(kept->list, w, tmp)
		free(w);
	*kept = (struct p_waits_kept){ 0 };
}

static size_t spans_of(const struct p_call *call)
{
	size_t i, n = 0;

	for (i = 0; i < call->count; i++)
		n += call->node[i].ran;
	return n;
}

/* What the tree cannot hold is unaccounted in the end: it is in no call. */
static int add_to_rest(struct p_calls *c, const struct p_call *call)
{
	if (!c->rest) {
		c->rest = calloc(1, sizeof(*c->rest));
		c->rest_begin_ns = call->begin_ns;
	}
	if (!c->rest)
		return -ENOMEM;
	p_graft(c->rest, call->node, call->count, call->root);
	if (call->begin_ns < c->rest_begin_ns)
		c->rest_begin_ns = call->begin_ns;
	c->rest_spans += spans_of(call);
	return 0;
}

int p_calls_add(struct p_calls *c, struct p_call *call)
{
	int err;

	c->incomplete |= call->incomplete;
	if (c->count < P_CALLS) {
		DL_APPEND(c->list, call);
		c->count++;
		return 0;
	}
	err = add_to_rest(c, call);
	free(call);
	return err;
}

static void move_rest(struct p_calls *to, struct p_calls *from)
{
	size_t i;

	if (!to->rest) {
		to->rest = from->rest;
		to->rest_begin_ns = from->rest_begin_ns;
	} else {
		for (i = 0; i < from->rest->count; i++)
			if (from->rest->node[i].up == P_TOP)
				p_graft(to->rest, from->rest->node, from->rest->count, i);
		if (from->rest_begin_ns < to->rest_begin_ns)
			to->rest_begin_ns = from->rest_begin_ns;
		free(from->rest);
	}
	to->rest_spans += from->rest_spans;
}

int p_calls_move(struct p_calls *to, struct p_calls *from)
{
	struct p_call *call, *tmp;
	int err = 0;

	DL_FOREACH_SAFE(from->list, call, tmp) {
		DL_DELETE(from->list, call);
		err = p_calls_add(to, call) ? -ENOMEM : err;
	}
	if (from->rest)
		move_rest(to, from);
	to->incomplete |= from->incomplete;
	p_waits_move(&to->waits, &from->waits);
	*from = (struct p_calls){ 0 };
	return err;
}

void p_calls_forget(struct p_calls *c)
{
	struct p_call *call, *tmp;

	DL_FOREACH_SAFE(c->list, call, tmp)
		free(call);
	free(c->rest);
	p_waits_forget(&c->waits);
	*c = (struct p_calls){ 0 };
}
