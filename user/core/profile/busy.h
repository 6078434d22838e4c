/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of the profile: the time that calls cover together, each moment once. */
#ifndef VS_PROFILE_BUSY_H
#define VS_PROFILE_BUSY_H

#include <stddef.h>
#include <stdint.h>

struct p_stretch {
	uint64_t begin_ns, end_ns;
};

/* All 0: no time. Stretches are in order, and do not touch. */
struct p_busy {
	struct p_stretch *stretch;
	size_t count, room;
};

/**
 * p_busy_add - cover a stretch of time
 * @added_ns: how much of it was not covered before
 *
 * Return: 0 or -ENOMEM; then nothing has changed.
 */
int p_busy_add(struct p_busy *b, uint64_t begin_ns, uint64_t end_ns, uint64_t *added_ns);

/* The last covered moment that is not after @ns; 0: none. */
uint64_t p_busy_until(const struct p_busy *b, uint64_t ns);

/* Covers nothing any more; keeps its memory. */
static inline void p_busy_clear(struct p_busy *b)
{
	b->count = 0;
}

#endif
