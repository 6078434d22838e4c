/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each thread is doing: the call on VFIO that it is in and the parts of it, as a stack.
 * A phase that ends becomes a record. See docs/architecture.md, "Where attach time goes".
 */
#ifndef VS_DOING_BPF_H
#define VS_DOING_BPF_H

#include "probe.bpf.h"
#include "doing.h"

/* By thread id; an entry stays until the thread ends. */
struct vs_doing_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2048);
	__type(key, __u32);
	__type(value, struct vs_doing);
};

/* By container or iommufd. */
struct vs_dma_sums_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, struct vs_dma_sums);
};

extern struct vs_doing_map doing SEC(".maps");
extern struct vs_dma_sums_map dma_sums SEC(".maps");

/* Threads in a call: while there are none, what others than VFIO call costs next to nothing. */
extern __u32 doing_now;
/* Kretprobes that wait for their return, by one phase of the function. */
extern __u32 returning[VS_PHASE_COUNT];

static __always_inline struct vs_doing *doing_find(void)
{
	__u32 tid = bpf_get_current_pid_tgid();

	return bpf_map_lookup_elem(&doing, &tid);
}

/* The same, NULL also for a thread that is in no call. */
static __always_inline struct vs_doing *doing_call(void)
{
	struct vs_doing *d = doing_now ? doing_find() : NULL;

	return d && d->depth ? d : NULL;
}

/* All zero: new values. */
extern struct vs_doing doing_nothing;
extern struct vs_dma_sums dma_sums_nothing;

static __always_inline struct vs_doing *doing_make(void)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct vs_doing *d = bpf_map_lookup_elem(&doing, &tid);
	struct ev_hdr caller = {};

	if (d)
		return d;
	bpf_map_update_elem(&doing, &tid, &doing_nothing, BPF_NOEXIST);
	d = bpf_map_lookup_elem(&doing, &tid);
	if (!d) {
		lose_call(VS_LOSS_CALLS);
		return NULL;
	}
	fill_caller(&caller);
	d->pid = caller.pid;
	d->caller_flags = caller.flags;
	__builtin_memcpy(d->comm, caller.comm, sizeof(d->comm));
	return d;
}

static __always_inline void level_begin(struct vs_level *l, enum vs_phase phase)
{
	l->start = bpf_ktime_get_boot_ns();
	l->lock_ns = 0;
	l->phase = phase;
	l->again = 0;
}

/*
 * A call begins. Returns its state, for the objects it is about; NULL if there is no room.
 * If the thread seems to be in a call already, the return of that one was missed.
 */
static __always_inline struct vs_doing *call_begins(enum vs_phase phase)
{
	struct vs_doing *d = doing_make();

	if (!d)
		return NULL;
	if (d->depth)
		lose_call(VS_LOSS_EXIT);
	else
		__sync_fetch_and_add(&doing_now, 1);
	d->flags = 0;
	d->iommu_group = -1;
	d->kvm = d->kvm_vfio = d->group = d->container = d->dev = d->iopt = 0;
	d->pin_start = d->pin_ns = d->pins = d->pages = 0;
	d->bytes = d->device_memory = 0;
	d->wait.start = 0;
	d->name[0] = '\0';
	level_begin(&d->level[0], phase);
	d->depth = 1;
	return d;
}

/* A part begins, if the thread is in a call. Returns the call's state, else NULL. */
static __always_inline struct vs_doing *part_begins(enum vs_phase phase)
{
	struct vs_doing *d = doing_call();
	struct vs_level *l;
	__u32 depth;

	if (!d)
		return NULL;
	depth = d->depth;
	l = &d->level[(depth - 1) % VS_LEVELS];
	if (l->phase == phase) {
		l->again++;
		return d;
	}
	if (depth >= VS_LEVELS)
		return NULL;
	level_begin(&d->level[depth % VS_LEVELS], phase);
	d->depth = depth + 1;
	return d;
}

/* A phase that may be a call of its own, or a part of another. */
static __always_inline struct vs_doing *part_or_call_begins(enum vs_phase phase)
{
	struct vs_doing *d = part_begins(phase);

	return d ? d : call_begins(phase);
}

/* The name of the device that the call is about; after a close the device may be gone. */
static __always_inline void doing_device_name(const struct vs_doing *d, char *name)
{
	if (d->dev && d->level[0].phase != VS_PHASE_DEVICE_CLOSE)
		shape_device_name((struct vfio_device *)d->dev, name);
	else
		__builtin_memcpy(name, d->name, VS_DEVNAME_LEN);
}

/* A phase that pins memory by itself. */
static __always_inline bool pins_memory(__u32 phase)
{
	return phase == VS_PHASE_DMA_MAP || phase == VS_PHASE_DMA_MAP_DEVICE ||
	       phase == VS_PHASE_IOMMUFD_MAP || phase == VS_PHASE_IOMMUFD_ATTACH ||
	       phase == VS_PHASE_REPLAY || phase == VS_PHASE_REGISTER_MEMORY;
}

static __always_inline void fill_objects(struct ev_phase *e, const struct vs_doing *d)
{
	struct vfio_group *group = (void *)d->group;

	e->h.flags |= d->flags;
	e->kvm = d->kvm;
	e->creator = shape_vm_creator(d->kvm);
	e->group = d->group;
	e->container = d->container;
	e->dev = d->dev;
	if (d->flags & VS_F_CDEV)
		group = shape_group_of_device((struct vfio_device *)d->dev);
	e->iommu_group = group ? shape_iommu_group_id(group) : d->iommu_group;
	doing_device_name(d, e->name);
}

/* The record of a phase: level @i of the stack. @bytes: of a map. */
static __always_inline void level_ends(struct vs_doing *d, __u32 i, __s64 ret, __u64 bytes)
{
	const struct vs_level *l = &d->level[i % VS_LEVELS];
	struct vs_call c = { .start = l->start };
	struct ev_phase *e = emit_begin(ev_phase, VS_PHASE, &c, ret);

	if (!e)
		return;
	e->phase = l->phase;
	e->parent = i ? d->level[(i - 1) % VS_LEVELS].phase : VS_PHASE_NONE;
	e->lock_ns = l->lock_ns;
	e->count = 1;
	e->max_ns = e->h.dur;
	e->bytes = e->max_bytes = bytes;
	e->failed = ret < 0;
	if (pins_memory(l->phase)) {
		e->pin_ns = d->pin_ns;
		e->pins = d->pins;
		e->pages = d->pages;
		d->pin_ns = d->pins = d->pages = 0;
	}
	if (i)
		e->iommu_group = -1;
	else
		fill_objects(e, d);
	emit_end(e);
}

/* Its end is not observed: it ends with what it is a part of. */
static __always_inline bool ends_with_its_call(__u32 phase)
{
	return phase == VS_PHASE_DRIVER_OPEN || phase == VS_PHASE_REPLAY;
}

/*
 * The phase ends, and what is left of its parts. Returns whether the thread was in it.
 * A global function: verified once, not at each of its many uses.
 */
__weak __noinline __u64 phase_ends(__u32 phase, __s64 ret, __u64 bytes)
{
	struct vs_doing *d = doing_call();
	int depth, found = VS_LEVELS, i;

	if (!d)
		return 0;
	depth = d->depth;
	for (i = 0; i < VS_LEVELS; i++)
		if (i < depth && d->level[i].phase == phase)
			found = i;
	if (found == VS_LEVELS)
		return 0;
	if (found == depth - 1 && d->level[found % VS_LEVELS].again) {
		d->level[found % VS_LEVELS].again--;
		return 1;
	}
	for (i = VS_LEVELS - 1; i >= 0; i--) {
		if (i >= depth || i < found)
			continue;
		if (i > found && !ends_with_its_call(d->level[i].phase))
			lose_call(VS_LOSS_EXIT);
		level_ends(d, i, i == found ? ret : 0, i == found ? bytes : 0);
	}
	d->depth = found;
	if (!found)
		__sync_fetch_and_add(&doing_now, -1);
	return 1;
}

#define PHASES_1(a) (1ULL << VS_PHASE_##a)
#define PHASES_2(a, b) (PHASES_1(a) | PHASES_1(b))
#define PHASES_3(a, b, c) (PHASES_2(a, b) | PHASES_1(c))

/* The call that the thread is in ends, if it is one of @phases: those of one function. */
static __always_inline __u64 call_ends(__u64 phases, __s64 ret)
{
	struct vs_doing *d = doing_call();
	__u32 phase = d ? d->level[0].phase : 0;

	if (!d || phase >= 64 || !(phases & 1ULL << phase))
		return 0;
	return phase_ends(phase, ret, ret < 0 ? 0 : d->bytes);
}

/*
 * VS_PHASE_CALL(name, id, n, begins, ends): the bracket around a function: begins(c, typed)
 * at its entry, with its arguments, says whether the return matters; ends(ret) at its return
 * says whether the thread was in it. @id: a phase of this function and no other. @typed: the
 * verifier knows what arguments point to, so that they can be read without a helper.
 */
static __always_inline void returns_begin(enum vs_phase id)
{
	__sync_fetch_and_add(&returning[id], 1);
}

static __always_inline void returns_end(enum vs_phase id)
{
	if (returning[id])
		__sync_fetch_and_add(&returning[id], -1);
}

/* As is_vfio_call(), by the phase of the function; those are counted where they are attached. */
static __always_inline bool is_vfio_phase(enum vs_phase id)
{
	return id == VS_PHASE_GROUP_OPEN || id == VS_PHASE_DEVICE_OPEN ||
	       id == VS_PHASE_CDEV_OPEN || id == VS_PHASE_IRQ_SETUP;
}

#define VS_PHASE_ENTRY(id, n, begins, kprobe)                                      \
	{                                                                          \
		struct vs_call c = { .a = { VS_INIT_##n } };                       \
		if (!active())                                                     \
			return 0;                                                  \
		if (!group_calls_seen && is_vfio_phase(id))                        \
			count_program_call();                                      \
		if (kprobe && kretprobe_room && returning[id] >= kretprobe_room) { \
			lose_call(VS_LOSS_EXIT);                                   \
			return 0;                                                  \
		}                                                                  \
		if (begins(&c, !(kprobe)) && kprobe)                               \
			returns_begin(id);                                         \
		return 0;                                                          \
	}

#define VS_PHASE_CALL(name, id, n, begins, ends)                                          \
	SEC("?fentry")                                                                    \
	int VS_PROG(name##_fentry, VS_DECL_##n) VS_PHASE_ENTRY(id, n, begins, false)      \
		SEC("?kprobe") int                                                        \
		VS_KPROBE(name##_kprobe, VS_REGS_##n) VS_PHASE_ENTRY(id, n, begins, true) \
			SEC("?fexit") int                                                 \
			VS_PROG(name##_fexit, VS_DECL_##n, long ret)                      \
	{                                                                                 \
		if (active())                                                             \
			ends(ret);                                                        \
		return 0;                                                                 \
	}                                                                                 \
	SEC("?kretprobe")                                                                 \
	int BPF_KRETPROBE(name##_kretprobe, long ret)                                     \
	{                                                                                 \
		if (active() && ends(ret))                                                \
			returns_end(id);                                                  \
		return 0;                                                                 \
	}

/* The same for a function that returns nothing. */
#define VS_PHASE_CALL_VOID(name, id, n, begins, ends)                                     \
	SEC("?fentry")                                                                    \
	int VS_PROG(name##_fentry, VS_DECL_##n) VS_PHASE_ENTRY(id, n, begins, false)      \
		SEC("?kprobe") int                                                        \
		VS_KPROBE(name##_kprobe, VS_REGS_##n) VS_PHASE_ENTRY(id, n, begins, true) \
			SEC("?fexit") int                                                 \
			VS_PROG(name##_fexit, VS_DECL_##n)                                \
	{                                                                                 \
		if (active())                                                             \
			ends(0);                                                          \
		return 0;                                                                 \
	}                                                                                 \
	SEC("?kretprobe")                                                                 \
	int BPF_KRETPROBE(name##_kretprobe, long ret)                                     \
	{                                                                                 \
		if (active() && ends(0))                                                  \
			returns_end(id);                                                  \
		return 0;                                                                 \
	}

#endif
