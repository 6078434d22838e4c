// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits for locks inside of phases: which lock, how long, and who held it when the wait
 * began. Kernels without tracepoints for contention (before 5.19) show the functions that
 * wait.
 */
#include "doing.bpf.h"

/* include/trace/events/lock.h */
#define LCB_F_SPIN 1
#define LCB_F_READ 2
#define LCB_F_WRITE 4
#define LCB_F_PERCPU 16
#define LCB_F_MUTEX 32

/* What a lock has for its owner. */
enum lock_kind {
	LOCK_MUTEX,
	LOCK_SEMAPHORE, /* struct rw_semaphore */
	LOCK_OTHER, /* nothing, as an rwlock_t: kvm->mmu_lock */
};

/* The lock that a call waits for, by the objects that the call is about. */
static __always_inline enum vs_lock lock_of(const struct vs_doing *d, __u64 lock)
{
	struct vfio_device *dev = (void *)d->dev;
	struct vfio_container *container = (void *)d->container;
	struct vfio_group *group =
		d->flags & VS_F_CDEV || !d->group ? NULL : (struct vfio_group *)d->group;

	if (shape_is_set_lock(lock, dev))
		return VS_LOCK_DEV_SET;
	if (!group && dev)
		group = shape_group_of_device(dev);
	if (shape_is_group_lock(lock, group))
		return VS_LOCK_GROUP;
	if (shape_is_kvm_lock(lock, d->kvm))
		return VS_LOCK_KVM;
	if (shape_is_kvm_vfio_lock(lock, d->kvm_vfio))
		return VS_LOCK_KVM_VFIO;
	if (shape_is_type1_lock(lock, container))
		return VS_LOCK_TYPE1;
	if (shape_is_container_lock(lock, container))
		return VS_LOCK_CONTAINER;
	if (shape_is_igroup_lock(lock, dev))
		return VS_LOCK_IOMMUFD_GROUP;
	if (shape_is_ioas_lock(lock, d->iopt))
		return VS_LOCK_IOAS;
	if (shape_is_mmap_lock(lock))
		return VS_LOCK_MMAP;
	return VS_LOCK_OTHER;
}

/* The holder, and what it is doing with the lock. */
static __always_inline void fill_holder(struct vs_waiting *w, struct task_struct *task)
{
	struct vs_doing *h;

	w->tid = w->pid = 0;
	w->phase = VS_PHASE_NONE;
	w->comm[0] = w->device[0] = '\0';
	if (!task)
		return;
	w->tid = BPF_CORE_READ(task, pid);
	w->pid = BPF_CORE_READ(task, tgid);
	bpf_probe_read_kernel(w->comm, sizeof(w->comm), &task->comm);
	h = bpf_map_lookup_elem(&doing, &w->tid);
	if (!h || !h->depth)
		return;
	w->phase = h->level[(h->depth - 1) % VS_LEVELS].phase;
	doing_device_name(h, w->device);
}

static __always_inline int wait_begins(__u64 lock, enum lock_kind kind)
{
	struct vs_doing *d = doing_call();

	/* A mutex that spins and then sleeps says so twice. */
	if (!d || d->wait.start)
		return 0;
	d->wait.lock = lock;
	d->wait.lock_id = lock_of(d, lock);
	fill_holder(&d->wait,
		    kind == LOCK_OTHER ? NULL : shape_lock_owner(lock, kind == LOCK_MUTEX));
	d->wait.start = bpf_ktime_get_boot_ns();
	return 0;
}

static __always_inline void tell_wait(struct vs_doing *d, __u32 phase)
{
	const struct vs_waiting *w = &d->wait;
	struct vs_call c = { .start = w->start };
	struct ev_lock_wait *e = emit_begin(ev_lock_wait, VS_LOCK_WAIT, &c, 0);

	if (!e)
		return;
	e->lock = w->lock;
	e->dev = d->dev;
	e->lock_id = w->lock_id;
	e->phase = phase;
	e->holder_tid = w->tid;
	e->holder_pid = w->pid;
	e->holder_phase = w->phase;
	e->iommu_group = -1;
	__builtin_memcpy(e->holder_comm, w->comm, sizeof(e->holder_comm));
	__builtin_memcpy(e->holder_device, w->device, sizeof(e->holder_device));
	doing_device_name(d, e->name);
	emit_end(e);
}

/*
 * Borrowed kernels take the locks of an open after the IOMMU and before the driver: what
 * was taken for the driver's open has not begun yet.
 */
static __always_inline bool before_driver(const struct vs_doing *d, const struct vs_level *l)
{
	return shape_borrowed() && l->phase == VS_PHASE_DRIVER_OPEN && d->depth > 1 &&
	       (d->wait.lock_id == VS_LOCK_DEV_SET || d->wait.lock_id == VS_LOCK_GROUP);
}

static __always_inline int wait_ends(__u64 lock)
{
	struct vs_doing *d = doing_call();
	struct vs_level *l;
	__u64 now, ns;

	if (!d || !d->wait.start || d->wait.lock != lock)
		return 0;
	now = bpf_ktime_get_boot_ns();
	ns = now - d->wait.start;
	l = &d->level[(d->depth - 1) % VS_LEVELS];
	if (before_driver(d, l)) {
		l->start = now;
		l = &d->level[(d->depth - 2) % VS_LEVELS];
	}
	l->lock_ns += ns;
	/* The time of a pin leaves out its waits. */
	if (d->pin_start)
		d->pin_start += ns;
	if (ns >= VS_LOCK_WAIT_NS)
		tell_wait(d, l->phase);
	d->wait.start = 0;
	return 0;
}

/* A mutex that spins has LCB_F_SPIN, too. */
static __always_inline enum lock_kind kind_of(__u32 flags)
{
	if (flags & LCB_F_MUTEX)
		return LOCK_MUTEX;
	return flags & (LCB_F_SPIN | LCB_F_PERCPU) ? LOCK_OTHER : LOCK_SEMAPHORE;
}

SEC("?raw_tp/contention_begin")
int lock_contended(__u64 *ctx)
{
	__u32 flags = ctx[1];

	if (!active() || !(flags & (LCB_F_READ | LCB_F_WRITE | LCB_F_MUTEX)))
		return 0;
	return wait_begins(ctx[0], kind_of(flags));
}

SEC("?raw_tp/contention_end")
int lock_acquired(__u64 *ctx)
{
	return active() ? wait_ends(ctx[0]) : 0;
}

/* The same by the functions that wait; the lock is their first argument. */
static __always_inline bool mutex_waits(struct vs_call *c, bool typed)
{
	struct vs_doing *d = doing_call();

	wait_begins(c->a[0], LOCK_MUTEX);
	return d && d->wait.start;
}

static __always_inline bool semaphore_waits(struct vs_call *c, bool typed)
{
	struct vs_doing *d = doing_call();

	wait_begins(c->a[0], LOCK_SEMAPHORE);
	return d && d->wait.start;
}

static __always_inline __u64 waited(long ret)
{
	struct vs_doing *d = doing_call();

	if (!d || !d->wait.start)
		return 0;
	wait_ends(d->wait.lock);
	return 1;
}

VS_PHASE_CALL_VOID(lock_mutex, VS_PHASE_LOCK_WAIT, 1, mutex_waits, waited)
VS_PHASE_CALL(lock_write, VS_PHASE_LOCK_WAIT, 2, semaphore_waits, waited)
VS_PHASE_CALL(lock_read, VS_PHASE_LOCK_WAIT, 2, semaphore_waits, waited)
