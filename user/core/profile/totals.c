// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "../hash.h"
#include "totals.h"

/* Containers that are remembered: as many as the probes have room for, and those that end. */
#define TOTALS_MAX 4096

struct key {
	uint64_t container;
	uint64_t phase;
};

/* What was told last of a container and phase. */
struct total {
	struct key key;
	struct ev_phase last;
	UT_hash_handle hh;
};

struct p_totals {
	struct total *all; /* the oldest first */
};

struct p_totals *p_totals_new(void)
{
	return calloc(1, sizeof(struct p_totals));
}

static void forget(struct p_totals *t, struct total *total)
{
	HASH_DEL(t->all, total);
	free(total);
}

void p_totals_free(struct p_totals *t)
{
	struct total *total, *tmp;

	if (!t)
		return;
	HASH_ITER(hh, t->all, total, tmp)
		forget(t, total);
	free(t);
}

static struct total *find(struct p_totals *t, const struct ev_phase *ev)
{
	const struct key key = { ev->container, ev->phase };
	struct total *total;

	HASH_FIND(hh, t->all, &key, sizeof(key), total);
	if (total)
		return total;
	if (HASH_COUNT(t->all) >= TOTALS_MAX)
		forget(t, t->all);
	total = calloc(1, sizeof(*total));
	if (!total)
		return NULL;
	total->key = key;
	HASH_ADD(hh, t->all, key, sizeof(total->key), total);
	if (!total->hh.tbl) {
		free(total);
		return NULL;
	}
	return total;
}

/* Counters that are read one after the other while they grow may seem to go back. */
static uint64_t grown(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

/* The longest call of all is a new one if it is longer than before. */
static void take_longest(struct ev_phase *out, const struct ev_phase *last)
{
	if (out->max_ns > last->max_ns)
		return;
	out->max_ns = out->max_bytes = 0;
}

static void subtract(struct ev_phase *out, const struct ev_phase *last)
{
	out->h.dur = grown(out->h.dur, last->h.dur);
	out->count = grown(out->count, last->count);
	out->lock_ns = grown(out->lock_ns, last->lock_ns);
	out->pin_ns = grown(out->pin_ns, last->pin_ns);
	out->pins = grown(out->pins, last->pins);
	out->pages = grown(out->pages, last->pages);
	out->bytes = grown(out->bytes, last->bytes);
	out->failed = grown(out->failed, last->failed);
	take_longest(out, last);
}

int p_totals_take(struct p_totals *t, const struct ev_phase *ev, struct ev_phase *out)
{
	struct total *total = find(t, ev);

	if (!total)
		return -ENOMEM;
	*out = *ev;
	/* Another container may have the address: its first call is a later one. */
	if (total->last.since == ev->since)
		subtract(out, &total->last);
	total->last = *ev;
	return out->count != 0;
}
