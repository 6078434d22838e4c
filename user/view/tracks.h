/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tracks of a timeline: one per VM and device, more where several threads deal with
 * the device at once. Slices of one track nest. Numbers of processes (VMs) and of tracks
 * differ from each other: viewers take a thread whose number is a process's for its main
 * thread, and find threads to name by their number alone.
 */
#ifndef VS_TRACKS_H
#define VS_TRACKS_H

#include <stdbool.h>
#include "../core/model/model.h"

/* Numbers of processes: that of a VM, or this and the pid. A run sees fewer VMs. */
#define VS_TRACKS_NO_VM 1000000000
/* Numbers of tracks come after this. */
#define VS_TRACKS_FIRST 1000000

/* How many are remembered. One that was forgotten is a new track of the same name. */
#define VS_TRACKS_MAX 1024
#define VS_TRACK_PROCESSES_MAX 256

/* What a track is found by. */
struct vs_track_key {
	uint32_t process;
	char device[VS_DEVNAME_LEN];
	uint32_t thread; /* 0: the one that attaches, whichever it is */
	uint32_t lane; /* 0, 1 …: of a thread whose slices do not nest */
};

struct vs_track {
	struct vs_track_key key;
	uint32_t number; /* 0: none yet */
	uint64_t until; /* what began before was written, and has ended */
	uint64_t used; /* when */
	int innermost; /* slice that has begun; -1: none */
};

struct vs_track_process {
	uint32_t number; /* 0: none yet */
	struct vs_vm vm; /* as it was named; id 0: none */
	char comm[VS_COMM_LEN]; /* likewise, without a VM */
	uint64_t used;
};

struct vs_tracks {
	struct vs_track track[VS_TRACKS_MAX];
	struct vs_track_process process[VS_TRACK_PROCESSES_MAX];
	uint32_t numbers; /* given away */
	uint64_t now; /* counts up as tracks are used */
};

/* The track, with a number; *@fresh: it has no name in the file yet. */
struct vs_track *vs_track_find(struct vs_tracks *t, const struct vs_track_key *key, bool *fresh);

/* *@fresh: the process of this number has not this name in the file yet. @vm: id 0: none. */
void vs_track_process(struct vs_tracks *t, uint32_t number, const struct vs_vm *vm,
		      const char *comm, bool *fresh);

#endif
