/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a probe body becomes programs, and how a record gets out.
 *
 * A traced call is described once, by two functions over struct vs_call:
 *   bool pre(c)        at entry: keep this call? may read more into c->x
 *   int body(c, ret)   at return: writes the record
 * VS_CALL() wraps them for fentry/fexit and for kprobe/kretprobe, so the two
 * ways can not disagree about what a record means. The programs are named
 * FUNCTION_fentry, _fexit, _kprobe, _kretprobe; the attach plan (user/core)
 * picks by these names. VS_POINT() is for calls whose entry is what counts.
 */
#ifndef VS_PROBE_BPF_H
#define VS_PROBE_BPF_H

#include "calls.bpf.h"
#include <bpf/bpf_tracing.h>
#include "shapes.bpf.h"

static __always_inline bool active(void)
{
	return armed || noting;
}

/*
 * An argument as a pointer. BPF_CORE_READ() would relocate c->a itself, were
 * it written inside.
 */
static __always_inline void *arg(struct vs_call *c, int n)
{
	return (void *)c->a[n];
}

static __always_inline bool keep_all(struct vs_call *c)
{
	return true;
}

/*
 * The kernel sees the return of so many calls of a function at a time, by
 * kretprobe, and drops the others without a word: on 5.10 as many as there can
 * be processors. A call that finds them all taken is a loss, known
 * here and now; its return is not waited for.
 */
static __always_inline bool no_kretprobe_left(enum vs_kind kind)
{
	return kretprobe_room && inflight[kind] >= kretprobe_room;
}

/* Before we are armed nothing can be lost yet; its return will tell, if need be. */
static __always_inline void lose_call(enum vs_loss why, enum vs_kind kind)
{
	if (armed)
		lose(why, kind);
}

static __always_inline int call_enter(enum vs_kind kind, struct vs_call *c, bool kprobe)
{
	__u64 before = 0;

	c->start = bpf_ktime_get_boot_ns();
	if (kprobe && no_kretprobe_left(kind)) {
		lose_call(VS_LOSS_EXIT, kind);
		return 0;
	}
	if (!call_set(kind, c, &before))
		lose_call(VS_LOSS_CALLS, kind);
	else if (before && before >= armed_ns) /* never twice in it: a return was missed */
		lose_call(VS_LOSS_EXIT, kind);
	else if (!before && kprobe)
		__sync_fetch_and_add(&inflight[kind], 1);
	return 0;
}

/* The entry of this call, copied out and forgotten; false if not seen. */
static __always_inline bool call_leave(enum vs_kind kind, struct vs_call *c, bool kprobe)
{
	struct vs_call *seen = call_find(kind);

	if (!seen)
		return false;
	*c = *seen;
	call_end(kind, seen);
	if (kprobe)
		__sync_fetch_and_add(&inflight[kind], -1);
	return true;
}

static __always_inline void fill_caller(struct ev_hdr *h)
{
	__u32 pid;

	shape_caller(h);
	pid = h->pid;
	if (track_tree && bpf_map_lookup_elem(&tracked, &pid))
		h->flags |= VS_F_TRACKED;
}

static __always_inline void fill_hdr(struct ev_hdr *h, enum vs_kind kind, struct vs_call *c,
				     __s64 ret)
{
	h->kind = kind;
	fill_caller(h);
	h->lost = lost_total;
	h->ts = bpf_ktime_get_boot_ns();
	if (c->start == VS_LATE)
		h->flags |= VS_F_NO_START;
	else if (c->start)
		h->dur = h->ts - c->start;
	h->ret = ret;
}

/*
 * A zeroed record of its own size with the header filled in, or NULL and the
 * loss counted. The only way into the ring buffer, with emit_end(). To be looked
 * at for NULL at once: verifiers to 6.1 forget what it was, if it is looked at twice.
 */
#define emit_begin(type, kind_, c, ret_)                                   \
	({                                                                 \
		struct type *e_ = NULL;                                    \
		if (armed) {                                               \
			e_ = bpf_ringbuf_reserve(&events, sizeof(*e_), 0); \
			if (e_) {                                          \
				__builtin_memset(e_, 0, sizeof(*e_));      \
				e_->h.size = sizeof(*e_);                  \
				fill_hdr(&e_->h, kind_, c, ret_);          \
			} else {                                           \
				lose(VS_LOSS_RINGBUF, kind_);              \
			}                                                  \
		}                                                          \
		e_;                                                        \
	})

/*
 * User space comes for the records by itself, many times a second: being woken
 * for each would cost more than writing it. It is woken when they pile up.
 */
static __always_inline __u64 wakeup(void)
{
	if (woken || bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) < wake_bytes)
		return BPF_RB_NO_WAKEUP;
	woken = true;
	return BPF_RB_FORCE_WAKEUP;
}

#define emit_end(e) bpf_ringbuf_submit(e, wakeup())
/* For what user space has to look into while it is so. */
#define emit_end_now(e) bpf_ringbuf_submit(e, BPF_RB_FORCE_WAKEUP)
#define emit_cancel(e) bpf_ringbuf_discard(e, 0)

/*
 * A memory for objects of one kind, as cheap as can be: of two that have the same
 * place the last one has it.
 */
#define VS_MEMORY_SIZE 512

static __always_inline __u64 *place_of(__u64 *memory, __u64 object)
{
	return &memory[(object >> 6 ^ object >> 12) % VS_MEMORY_SIZE];
}

/* Arguments as plain 64-bit values: bodies cast them to what they are. */
#define VS_DECL_1 __u64 a0
#define VS_DECL_2 __u64 a0, __u64 a1
#define VS_DECL_3 __u64 a0, __u64 a1, __u64 a2
#define VS_DECL_4 __u64 a0, __u64 a1, __u64 a2, __u64 a3
#define VS_INIT_1 a0
#define VS_INIT_2 a0, a1
#define VS_INIT_3 a0, a1, a2
#define VS_INIT_4 a0, a1, a2 /* the fourth is for the prototype only */
#define VS_PROG(name, ...) BPF_PROG(name, __VA_ARGS__)
#define VS_KPROBE(name, ...) BPF_KPROBE(name, __VA_ARGS__)

#define VS_ENTRY_BODY(kind, n, pre, kprobe)                  \
	{                                                    \
		struct vs_call c = { .a = { VS_INIT_##n } }; \
		if (!active() || !pre(&c))                   \
			return 0;                            \
		return call_enter(kind, &c, kprobe);         \
	}

#define VS_ENTRY(fn, kind, n, pre)                                               \
	SEC("?fentry")                                                           \
	int VS_PROG(fn##_fentry, VS_DECL_##n) VS_ENTRY_BODY(kind, n, pre, false) \
		SEC("?kprobe") int                                               \
		VS_KPROBE(fn##_kprobe, VS_DECL_##n) VS_ENTRY_BODY(kind, n, pre, true)

/*
 * fexit still has the arguments when the entry was missed (the call began
 * before we were armed); kretprobe has nothing then, so that is a loss, unless
 * the site is picky: such a one keeps no call without arguments.
 */
#define VS_FEXIT_BODY(kind, n, pre, body, ret)               \
	{                                                    \
		struct vs_call c = { .a = { VS_INIT_##n } }; \
		if (!active())                               \
			return 0;                            \
		if (!call_leave(kind, &c, false)) {          \
			c.start = VS_LATE;                   \
			if (!pre(&c))                        \
				return 0;                    \
		}                                            \
		return body(&c, ret);                        \
	}

#define VS_KRETPROBE(fn, kind, pre, body)                             \
	SEC("?kretprobe") int BPF_KRETPROBE(fn##_kretprobe, long ret) \
	{                                                             \
		struct vs_call c = {};                                \
		if (!active())                                        \
			return 0;                                     \
		if (call_leave(kind, &c, true))                       \
			return body(&c, ret);                         \
		if (pre(&c))                                          \
			lose_call(VS_LOSS_ENTRY, kind);               \
		return 0;                                             \
	}

#define VS_CALL(fn, kind, n, pre, body)                                                       \
	VS_ENTRY(fn, kind, n, pre)                                                            \
	SEC("?fexit")                                                                         \
	int VS_PROG(fn##_fexit, VS_DECL_##n, long ret) VS_FEXIT_BODY(kind, n, pre, body, ret) \
		VS_KRETPROBE(fn, kind, pre, body)

/* The same for a function that returns nothing. */
#define VS_CALL_VOID(fn, kind, n, pre, body)                                      \
	VS_ENTRY(fn, kind, n, pre)                                                \
	SEC("?fexit")                                                             \
	int VS_PROG(fn##_fexit, VS_DECL_##n) VS_FEXIT_BODY(kind, n, pre, body, 0) \
		VS_KRETPROBE(fn, kind, pre, body)

#define VS_POINT_BODY(n, body)                               \
	{                                                    \
		struct vs_call c = { .a = { VS_INIT_##n } }; \
		if (!active())                               \
			return 0;                            \
		return body(&c, 0);                          \
	}

#define VS_POINT(fn, n, body)                                                                      \
	SEC("?fentry")                                                                             \
	int VS_PROG(fn##_fentry, VS_DECL_##n) VS_POINT_BODY(n, body) SEC("?kprobe") int VS_KPROBE( \
		fn##_kprobe, VS_DECL_##n) VS_POINT_BODY(n, body)

#endif
