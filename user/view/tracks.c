// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "tracks.h"

static bool same_key(const struct vs_track_key *a, const struct vs_track_key *b)
{
	return a->process == b->process && a->thread == b->thread && a->lane == b->lane &&
	       !strcmp(a->device, b->device);
}

/* A new one, in place of the one that was used least recently. */
static void number_track(struct vs_tracks *t, struct vs_track *track,
			 const struct vs_track_key *key)
{
	*track = (struct vs_track){
		.key = *key,
		.number = VS_TRACKS_FIRST + ++t->numbers,
		.innermost = -1,
	};
}

struct vs_track *vs_track_find(struct vs_tracks *t, const struct vs_track_key *key, bool *fresh)
{
	struct vs_track *track = t->track;
	size_t i;

	for (i = 0; i < VS_TRACKS_MAX; i++) {
		struct vs_track *at = &t->track[i];

		if (at->number && same_key(&at->key, key)) {
			track = at;
			break;
		}
		if (at->used < track->used)
			track = at;
	}
	*fresh = i == VS_TRACKS_MAX;
	if (*fresh)
		number_track(t, track, key);
	track->used = ++t->now;
	return track;
}

static bool same_name(const struct vs_track_process *p, const struct vs_vm *vm, const char *comm)
{
	if (p->vm.id || vm->id)
		return p->vm.id == vm->id && p->vm.pid == vm->pid &&
		       !strcmp(p->vm.name, vm->name) && !strcmp(p->vm.comm, vm->comm);
	return !strcmp(p->comm, comm);
}

static struct vs_track_process *find_process(struct vs_tracks *t, uint32_t number)
{
	struct vs_track_process *oldest = t->process;
	size_t i;

	for (i = 0; i < VS_TRACK_PROCESSES_MAX; i++) {
		struct vs_track_process *p = &t->process[i];

		if (p->number == number)
			return p;
		if (p->used < oldest->used)
			oldest = p;
	}
	return oldest;
}

void vs_track_process(struct vs_tracks *t, uint32_t number, const struct vs_vm *vm,
		      const char *comm, bool *fresh)
{
	struct vs_track_process *p = find_process(t, number);

	*fresh = p->number != number || !same_name(p, vm, comm);
	p->number = number;
	p->vm = *vm;
	memcpy(p->comm, comm, sizeof(p->comm));
	p->used = ++t->now;
}
