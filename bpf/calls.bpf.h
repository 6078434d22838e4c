/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls in progress: what the entry of a call leaves for its return, and for calls
 * inside of it. A thread is never twice inside one kind, but it is inside several
 * at a time (GROUP_ADD calls set_kvm).
 *
 * They are kept with the task, which is found at a fifth of the cost of an entry
 * in a hash table made and deleted; before 5.11 there are hash tables only.
 */
#ifndef VS_CALLS_BPF_H
#define VS_CALLS_BPF_H

#include "maps.bpf.h"

static __always_inline __u64 call_key(enum vs_kind kind)
{
	return (bpf_get_current_pid_tgid() & 0xffffffff) << 8 | kind;
}

static __always_inline struct vs_thread *call_thread(__u64 flags)
{
	return bpf_task_storage_get(&threads, bpf_get_current_task_btf(), 0, flags);
}

/* The call of this kind that the thread is in, NULL if it is in none. */
static __always_inline struct vs_call *call_find(enum vs_kind kind)
{
	struct vs_thread *t;
	__u64 key;

	if (task_storage) {
		t = call_thread(0);
		return t && t->call[kind].start ? &t->call[kind] : NULL;
	}
	key = call_key(kind);
	return bpf_map_lookup_elem(&calls, &key);
}

/*
 * @c->start is not 0. @before: the start of the call that the thread was in already,
 * for all that is known, or 0. false: there was no room.
 */
static __always_inline bool call_set(enum vs_kind kind, const struct vs_call *c, __u64 *before)
{
	struct vs_thread *t;
	struct vs_call *old;
	__u64 key;

	if (task_storage) {
		t = call_thread(BPF_LOCAL_STORAGE_GET_F_CREATE);
		if (!t)
			return false;
		*before = t->call[kind].start;
		t->call[kind] = *c;
		return true;
	}
	key = call_key(kind);
	old = bpf_map_lookup_elem(&calls, &key);
	*before = old ? old->start : 0;
	return !bpf_map_update_elem(&calls, &key, c, BPF_ANY);
}

/* A call that call_find() has found is over. */
static __always_inline void call_end(enum vs_kind kind, struct vs_call *found)
{
	__u64 key;

	if (task_storage) {
		found->start = 0;
		return;
	}
	key = call_key(kind);
	bpf_map_delete_elem(&calls, &key);
}

#endif
