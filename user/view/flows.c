// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>

#include "flows.h"

#define DONE UINT64_MAX

void vs_flow_add_slice(struct vs_flows *f, const struct vs_flow_slice *slice)
{
	f->slice[f->slices++ % VS_FLOW_SLICES] = *slice;
}

void vs_flow_add_wait(struct vs_flows *f, const struct vs_flow_wait *wait)
{
	f->wait[f->waits++ % VS_FLOW_WAITS] = *wait;
}

static bool meets(const struct vs_flow_slice *s, const struct vs_flow_wait *w)
{
	return s->thread == w->holder && s->begin < w->end && s->end > w->begin;
}

static uint64_t first_slice(const struct vs_flows *f)
{
	return f->slices > VS_FLOW_SLICES ? f->slices - VS_FLOW_SLICES : 0;
}

/* Of the slices since it looked last, the one of the phase that held the lock. */
static const struct vs_flow_slice *find_phase(const struct vs_flows *f, struct vs_flow_wait *w)
{
	uint64_t i = w->looked > first_slice(f) ? w->looked : first_slice(f);

	for (; i < f->slices; i++) {
		const struct vs_flow_slice *s = &f->slice[i % VS_FLOW_SLICES];

		if (w->phase && s->phase == w->phase && meets(s, w))
			return s;
	}
	w->looked = f->slices;
	return NULL;
}

/* The innermost one of any phase. */
static const struct vs_flow_slice *find_any(const struct vs_flows *f, const struct vs_flow_wait *w)
{
	const struct vs_flow_slice *found = NULL;
	uint64_t i;

	for (i = first_slice(f); i < f->slices; i++) {
		const struct vs_flow_slice *s = &f->slice[i % VS_FLOW_SLICES];

		if (meets(s, w) && (!found || s->end - s->begin < found->end - found->begin))
			found = s;
	}
	return found;
}

bool vs_flow_next(struct vs_flows *f, bool last, struct vs_flow_match *match)
{
	uint64_t count = f->waits < VS_FLOW_WAITS ? f->waits : VS_FLOW_WAITS;
	uint64_t i;

	for (i = 0; i < count; i++) {
		struct vs_flow_wait *w = &f->wait[i];
		const struct vs_flow_slice *s;

		if (w->looked == DONE)
			continue;
		s = find_phase(f, w);
		if (!s && last)
			s = find_any(f, w);
		if (s) {
			match->wait = *w;
			match->slice = *s;
			match->at = s->begin > w->begin ? s->begin : w->begin;
		}
		if (s || last)
			w->looked = DONE;
		if (s)
			return true;
	}
	return false;
}
