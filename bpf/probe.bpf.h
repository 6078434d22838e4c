/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a probe body becomes programs.
 *
 * A traced call is described once, by two functions over struct vs_call:
 *   bool pre(c)        at entry: keep this call? It may note more in c's state
 *   int body(c, ret)   at return: writes the record
 * VS_CALL() wraps them for fentry/fexit and for kprobe/kretprobe, so the two methods
 * cannot disagree about what a record means. Programs are named FUNCTION_fentry, _fexit,
 * _kprobe, _kretprobe; the attach plan (user/core/plan) finds them by these names.
 * VS_POINT() is for functions whose entry says it all.
 */
#ifndef VS_PROBE_BPF_H
#define VS_PROBE_BPF_H

#include "emit.bpf.h"
#include <bpf/bpf_tracing.h>

static __always_inline bool active(void)
{
	return armed || noting;
}

static __always_inline bool keep_all(struct vs_call *c)
{
	return true;
}

/*
 * A kretprobe tracks at most `maxactive` concurrent calls of a function and silently
 * drops the rest (`nmissed`). A call beyond that is a loss, known at its entry; its
 * return is not waited for.
 */
static __always_inline bool no_kretprobe_left(enum vs_slot slot)
{
	return kretprobe_room && inflight[slot] >= kretprobe_room;
}

/* Before recording begins nothing is lost. */
static __always_inline void lose_call(enum vs_loss cause)
{
	if (armed)
		lose(cause);
}

/* System calls on a group, a cdev or a device: none is part of another. */
static __always_inline bool is_vfio_call(enum vs_slot slot)
{
	return slot == SLOT_GROUP_OPEN || slot == SLOT_GROUP_IOCTL || slot == SLOT_CDEV_OPEN ||
	       slot == SLOT_CDEV_IOCTL || slot == SLOT_DEV_IOCTL;
}

static __always_inline int call_enter(enum vs_slot slot, struct vs_call *c, bool kprobe)
{
	__u64 before = 0;

	c->start = bpf_ktime_get_boot_ns();
	if (is_vfio_call(slot))
		count_program_call();
	if (kprobe && no_kretprobe_left(slot)) {
		lose_call(VS_LOSS_EXIT);
		return 0;
	}
	if (!call_set(slot, c, &before))
		lose_call(VS_LOSS_CALLS);
	else if (before && before >= armed_ns) /* the return of that call was missed */
		lose_call(VS_LOSS_EXIT);
	else if (!before && kprobe)
		__sync_fetch_and_add(&inflight[slot], 1);
	return 0;
}

/* Copies out what the entry of this call left, and forgets it. False if it was not seen. */
static __always_inline bool call_leave(enum vs_slot slot, struct vs_call *c, bool kprobe)
{
	struct vs_call *seen = call_find(slot);

	if (!seen)
		return false;
	*c = *seen;
	call_end(slot, seen);
	/* Probes that were replaced may have counted it, and ours not. */
	if (kprobe && inflight[slot])
		__sync_fetch_and_add(&inflight[slot], -1);
	return true;
}

/* Arguments as plain 64-bit values; bodies cast them. */
#define VS_DECL_1 __u64 a0
#define VS_DECL_2 __u64 a0, __u64 a1
#define VS_DECL_3 __u64 a0, __u64 a1, __u64 a2
#define VS_DECL_4 __u64 a0, __u64 a1, __u64 a2, __u64 a3
#define VS_DECL_6 __u64 a0, __u64 a1, __u64 a2, __u64 a3, __u64 a4, __u64 a5
/*
 * Of two, the first is read. Tracing programs may not load a pointer to a type that the
 * module's BTF only declares, such as struct iommufd_ctx.
 */
#define VS_DECL_1_OF_2 VS_DECL_2
/* The same for kprobes, for which libbpf knows five registers at most. */
#define VS_REGS_1 VS_DECL_1
#define VS_REGS_2 VS_DECL_2
#define VS_REGS_3 VS_DECL_3
#define VS_REGS_4 VS_DECL_3
#define VS_REGS_6 VS_DECL_3
#define VS_REGS_1_OF_2 VS_DECL_1
#define VS_INIT_1 a0
#define VS_INIT_2 a0, a1
#define VS_INIT_3 a0, a1, a2
#define VS_INIT_4 a0, a1, a2 /* what comes after is for the prototype only */
#define VS_INIT_6 a0, a1, a2
#define VS_INIT_1_OF_2 a0
#define VS_PROG(name, ...) BPF_PROG(name, __VA_ARGS__)
#define VS_KPROBE(name, ...) BPF_KPROBE(name, __VA_ARGS__)

#define VS_ENTRY_BODY(slot, n, pre, kprobe)                  \
	{                                                    \
		struct vs_call c = { .a = { VS_INIT_##n } }; \
		if (!active() || !pre(&c))                   \
			return 0;                            \
		return call_enter(slot, &c, kprobe);         \
	}

#define VS_ENTRY(fn, slot, n, pre)                                               \
	SEC("?fentry")                                                           \
	int VS_PROG(fn##_fentry, VS_DECL_##n) VS_ENTRY_BODY(slot, n, pre, false) \
		SEC("?kprobe") int                                               \
		VS_KPROBE(fn##_kprobe, VS_REGS_##n) VS_ENTRY_BODY(slot, n, pre, true)

/*
 * If the entry was missed (the call began before recording), fexit still has the arguments.
 * A kretprobe does not: such a call is a loss, unless pre() keeps no call without arguments.
 */
#define VS_FEXIT_BODY(slot, n, pre, body, ret)               \
	{                                                    \
		struct vs_call c = { .a = { VS_INIT_##n } }; \
		if (!active())                               \
			return 0;                            \
		if (!call_leave(slot, &c, false)) {          \
			c.start = VS_LATE;                   \
			if (!pre(&c))                        \
				return 0;                    \
		}                                            \
		return body(&c, ret);                        \
	}

#define VS_KRETPROBE(fn, slot, pre, body)                             \
	SEC("?kretprobe") int BPF_KRETPROBE(fn##_kretprobe, long ret) \
	{                                                             \
		struct vs_call c = {};                                \
		if (!active())                                        \
			return 0;                                     \
		if (call_leave(slot, &c, true))                       \
			return body(&c, ret);                         \
		if (pre(&c))                                          \
			lose_call(VS_LOSS_ENTRY);                     \
		return 0;                                             \
	}

#define VS_CALL(fn, slot, n, pre, body)                                                       \
	VS_ENTRY(fn, slot, n, pre)                                                            \
	SEC("?fexit")                                                                         \
	int VS_PROG(fn##_fexit, VS_DECL_##n, long ret) VS_FEXIT_BODY(slot, n, pre, body, ret) \
		VS_KRETPROBE(fn, slot, pre, body)

/* The same for a function that returns nothing. */
#define VS_CALL_VOID(fn, slot, n, pre, body)                                      \
	VS_ENTRY(fn, slot, n, pre)                                                \
	SEC("?fexit")                                                             \
	int VS_PROG(fn##_fexit, VS_DECL_##n) VS_FEXIT_BODY(slot, n, pre, body, 0) \
		VS_KRETPROBE(fn, slot, pre, body)

/*
 * The return alone of a function that returns often, and rarely with anything to record:
 * the body tests that first. There is no kprobe for it, which would cost every call.
 */
#define VS_RETURN(fn, n, body)                               \
	SEC("?fexit")                                        \
	int VS_PROG(fn##_fexit, VS_DECL_##n, long ret)       \
	{                                                    \
		struct vs_call c = { .a = { VS_INIT_##n } }; \
		return body(&c, ret);                        \
	}

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
		fn##_kprobe, VS_REGS_##n) VS_POINT_BODY(n, body)

#endif
