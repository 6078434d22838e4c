// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "busy.h"

static int make_room(struct p_busy *b)
{
	size_t room = b->room ? 2 * b->room : 64;
	struct p_stretch *more;

	if (b->count < b->room)
		return 0;
	more = realloc(b->stretch, room * sizeof(*more));
	if (!more)
		return -ENOMEM;
	b->stretch = more;
	b->room = room;
	return 0;
}

/* Calls come nearly in order, so what a stretch meets is at the end, or near. */
int p_busy_add(struct p_busy *b, uint64_t begin_ns, uint64_t end_ns, uint64_t *added_ns)
{
	struct p_stretch new = { begin_ns, end_ns };
	size_t from = b->count, to, i;
	uint64_t covered = 0;

	*added_ns = 0;
	if (end_ns <= begin_ns)
		return 0;
	if (make_room(b))
		return -ENOMEM;
	while (from && b->stretch[from - 1].end_ns >= begin_ns)
		from--;
	for (to = from; to < b->count && b->stretch[to].begin_ns <= end_ns; to++) {
		if (b->stretch[to].begin_ns < new.begin_ns)
			new.begin_ns = b->stretch[to].begin_ns;
		if (b->stretch[to].end_ns > new.end_ns)
			new.end_ns = b->stretch[to].end_ns;
	}
	for (i = from; i < to; i++)
		covered += b->stretch[i].end_ns - b->stretch[i].begin_ns;
	*added_ns = new.end_ns - new.begin_ns - covered;
	memmove(b->stretch + from + 1, b->stretch + to, (b->count - to) * sizeof(new));
	b->stretch[from] = new;
	b->count = b->count - (to - from) + 1;
	return 0;
}

uint64_t p_busy_until(const struct p_busy *b, uint64_t ns)
{
	size_t i = b->count;

	while (i && b->stretch[i - 1].begin_ns > ns)
		i--;
	if (!i)
		return 0;
	return b->stretch[i - 1].end_ns < ns ? b->stretch[i - 1].end_ns : ns;
}
