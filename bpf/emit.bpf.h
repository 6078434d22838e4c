/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records: their header, and their way into the ring buffer.
 */
#ifndef VS_EMIT_BPF_H
#define VS_EMIT_BPF_H

#include "calls.bpf.h"
#include "shapes.bpf.h"

/* A process of the observed program. */
static __always_inline bool is_tracked(__u32 tgid)
{
	return track_tree && bpf_map_lookup_elem(&tracked, &tgid);
}

/* Of calls that leave no record, too. */
static __always_inline void count_program_call(void)
{
	if (armed && is_tracked(bpf_get_current_pid_tgid() >> 32))
		__sync_fetch_and_add(&program_calls, 1);
}

static __always_inline void fill_caller(struct ev_hdr *h)
{
	shape_caller(h);
	if (is_tracked(h->pid))
		h->flags |= VS_F_TRACKED;
}

/* The caller is the first whose calls are counted together. */
static __always_inline void fill_counted(struct vs_counted *by)
{
	struct ev_hdr caller = {};

	fill_caller(&caller);
	by->pid = caller.pid;
	by->flags = caller.flags;
	__builtin_memcpy(by->comm, caller.comm, sizeof(by->comm));
}

/* What the headers of all records share. */
static __always_inline void fill_hdr(struct ev_hdr *h, enum vs_kind kind)
{
	h->kind = kind;
	h->lost = lost_total;
	h->ts = bpf_ktime_get_boot_ns();
	h->dur = VS_NOT_SEEN;
}

static __always_inline void fill_call(struct ev_hdr *h, enum vs_kind kind, struct vs_call *c,
				      __s64 ret)
{
	fill_caller(h);
	fill_hdr(h, kind);
	if (c->start == VS_LATE)
		h->flags |= VS_F_BEGAN_BEFORE;
	else if (c->start)
		h->dur = h->ts - c->start;
	h->ret = ret;
}

/*
 * A zeroed record whose header fill(header, ...) fills in, or NULL with the loss
 * counted. Callers test it for NULL at once: verifiers up to 6.1 forget what it is if
 * it is tested twice.
 */
#define record_begin(type, fill, ...)                                           \
	({                                                                      \
		struct type *e_ = bpf_ringbuf_reserve(&events, sizeof(*e_), 0); \
		if (e_) {                                                       \
			__builtin_memset(e_, 0, sizeof(*e_));                   \
			e_->h.size = sizeof(*e_);                               \
			fill(&e_->h, __VA_ARGS__);                              \
		} else {                                                        \
			lose(VS_LOSS_RINGBUF);                                  \
		}                                                               \
		e_;                                                             \
	})

/* A record of a call or a point; NULL also before recording begins. */
#define emit_begin(type, kind, c, ret) (armed ? record_begin(type, fill_call, kind, c, ret) : NULL)

/*
 * User space polls the ring buffer many times a second: a wakeup for each record would
 * cost more than the record itself. It is woken when they pile up.
 */
static __always_inline __u64 wakeup(void)
{
	if (woken || bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) < wake_bytes)
		return BPF_RB_NO_WAKEUP;
	woken = true;
	return BPF_RB_FORCE_WAKEUP;
}

#define emit_end(e) bpf_ringbuf_submit(e, wakeup())
/* For a record that user space has to act on while what it says is still true. */
#define emit_end_now(e) bpf_ringbuf_submit(e, BPF_RB_FORCE_WAKEUP)
#define emit_cancel(e) bpf_ringbuf_discard(e, 0)

#endif
