/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An attach: everything that one process did to one device, from its first call on the
 * device's group, container, iommufd or cdev since its last use of it to the return of the
 * call that made it usable; and what came later, until the device was closed. Data only.
 */
#ifndef VS_PROFILE_ATTACH_H
#define VS_PROFILE_ATTACH_H

#include "../event/phases.h"
#include "../model/model.h"

/*
 * The time of one phase under one parent, over all its calls in an attach.
 * total_ns = self_ns + lock_ns + the total_ns of the entries that have this phase as their
 * parent and the same root. lock_ns is no entry of its own: LOCK_WAIT never stands in the
 * list, views show it where it is not 0. PIN and MAP do stand in it.
 */
struct vs_attach_phase {
	enum vs_phase phase;
	enum vs_phase parent; /* VS_PHASE_NONE: a call */
	enum vs_phase root; /* the call it is in; itself for a call */
	uint64_t count; /* calls */
	uint64_t total_ns;
	uint64_t self_ns; /* neither waited for locks nor spent in a part */
	uint64_t lock_ns;
	uint64_t max_ns; /* the longest call as it ran, and how much memory it was about */
	uint64_t max_bytes;
	uint64_t bytes, pages;
	uint64_t failed;
};

/* Phases come in the order of the calls; parts follow what they are parts of. */
#define VS_ATTACH_PHASES 48

/* One holder of a lock while somebody waited, in the order they held it. */
struct vs_lock_holder {
	uint32_t tid, pid; /* 0: not known */
	char comm[VS_COMM_LEN];
	char device[VS_DEVNAME_LEN]; /* that it dealt with; "" if not known */
	uint32_t vm_id; /* vm3; 0: not known */
	char vm_name[VS_NAME_LEN];
	enum vs_phase phase; /* in which it spent most of that time; NONE: not known */
	uint64_t ns; /* how long it held the lock meanwhile */
};

#define VS_HOLDERS_MAX 4

/* A wait for a lock of VS_LOCK_WAIT_NS at least. */
struct vs_lock_waited {
	enum vs_lock lock;
	enum vs_phase phase; /* that waited */
	uint64_t begin_ns, wait_ns;
	struct vs_lock_holder holder[VS_HOLDERS_MAX]; /* the longest ones, longest first */
	size_t holder_count;
	size_t holders; /* all there were, if more */
};

#define VS_ATTACH_WAITS 16

/* One run through a phase, for a timeline; DMA calls that were added up have none. */
struct vs_span {
	enum vs_phase phase, parent;
	uint32_t tid;
	uint64_t begin_ns, ns;
	uint64_t bytes; /* of maps */
	bool failed;
};

#define VS_ATTACH_SPANS 256

enum vs_attach_state {
	VS_ATTACH_USABLE, /* the device can be used */
	VS_ATTACH_FAILED, /* the last call that could have made it usable failed */
	VS_ATTACH_GOING_ON, /* no call has made it usable yet */
	VS_ATTACH_STATE_COUNT,
};

/* The call that a thread is in at this moment. */
struct vs_attach_now {
	enum vs_phase phase; /* the call; VS_PHASE_NONE: in none */
	enum vs_phase part; /* the innermost phase, the call itself if there is none */
	uint64_t call_ns, part_ns; /* for so long */
	enum vs_lock lock; /* that it waits for */
	uint64_t lock_ns;
	struct vs_lock_holder holder; /* of that lock; all 0: not known */
};

struct vs_attach {
	uint32_t id; /* 1, 2 … */
	char device[VS_DEVNAME_LEN]; /* "" if not known yet */
	char driver[VS_DRIVER_LEN]; /* "" likewise */
	int group; /* IOMMU group, -1: not known */
	enum vs_path path;
	enum vs_backend backend;
	struct vs_vm vm; /* as it was known last; id 0: none */
	uint32_t pid, tid;
	char comm[VS_COMM_LEN];
	bool tracked; /* the observed program's */

	enum vs_attach_state state;
	int error; /* FAILED: negative errno */
	bool complete; /* nothing was lost meanwhile: it counts in percentiles */
	struct vs_attach_now now; /* GOING_ON */

	uint64_t begin_ns, end_ns; /* ns since boot; GOING_ON: end is now */
	/* total_ns = end_ns - begin_ns = vmm_ns + the calls' total_ns + unaccounted_ns */
	uint64_t total_ns;
	uint64_t vmm_ns; /* between the calls */
	uint64_t unaccounted_ns; /* in calls that go on, or that were not understood */
	struct vs_attach_phase phase[VS_ATTACH_PHASES];
	size_t phase_count;

	/* After it: interrupts, resets, late maps, the close; likewise. */
	struct vs_attach_phase later[VS_ATTACH_PHASES];
	size_t later_count;
	uint64_t closed_ns; /* 0: not closed */

	struct vs_lock_waited wait[VS_ATTACH_WAITS]; /* the longest ones, by time */
	size_t wait_count;
	size_t waits; /* all there were, if more */
	struct vs_span span[VS_ATTACH_SPANS]; /* the first ones, as they ended */
	size_t span_count;
	size_t spans; /* all there were, if more */
};

/* "usable", "failed", "going_on" */
const char *vs_attach_state_name(enum vs_attach_state state);

/* The time in calls: total_ns without the VMM's own. */
static inline uint64_t vs_attach_kernel_ns(const struct vs_attach *a)
{
	return a->total_ns - a->vmm_ns;
}

#endif
