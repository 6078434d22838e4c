// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is there already: a look at the open files of all processes, run by
 * user space through an iterator. Its records go the way of all others, so
 * that their order with the events is known: what an earlier record says had
 * happened when the state here was read.
 *
 * The iterator holds a reference to the file it shows: what the file keeps
 * alive can not go away meanwhile. All else is checked after it was read, and
 * if it changed, user space is told to look again.
 */
#include "probe.bpf.h"

/* Files registered with one kvm-vfio device that are looked at, in stretches. */
#define REGISTRATIONS_MAX 256
#define REGISTRATIONS_STRETCH 8

/* A file in the table of a process. */
struct look {
	struct seq_file *seq;
	struct task_struct *task;
	struct file *file;
	__u32 fd;
};

/*
 * Where the look is, for the function below that takes nothing but numbers.
 * One thread of one process runs the iterator.
 */
static __u64 looked_task;
static __u32 looked_fd;

/* As plain values: BPF_CORE_READ() would relocate struct look itself. */
static __always_inline struct task_struct *task_of(const struct look *l)
{
	return l->task;
}

static __always_inline struct file *file_of(const struct look *l)
{
	return l->file;
}

static __always_inline void fill_found(struct ev_hdr *h, enum vs_kind kind, const struct look *l)
{
	__u32 tgid = BPF_CORE_READ(task_of(l), tgid);

	h->kind = kind;
	h->lost = lost_total;
	h->ts = bpf_ktime_get_boot_ns();
	h->ret = l->fd;
	h->pid = tgid;
	h->tid = tgid;
	if (track_tree && bpf_map_lookup_elem(&tracked, &tgid))
		h->flags = VS_F_TRACKED;
	bpf_probe_read_kernel_str(h->comm, sizeof(h->comm), &task_of(l)->comm);
}

/* As emit_begin(), for what was found. */
#define found_begin(type, kind_, l)                                             \
	({                                                                      \
		struct type *e_ = bpf_ringbuf_reserve(&events, sizeof(*e_), 0); \
		if (e_) {                                                       \
			__builtin_memset(e_, 0, sizeof(*e_));                   \
			e_->h.size = sizeof(*e_);                               \
			fill_found(&e_->h, kind_, l);                           \
		} else {                                                        \
			lose(VS_LOSS_RINGBUF, kind_);                           \
		}                                                               \
		e_;                                                             \
	})

/*
 * A mark in the iterator's own output makes user space's read() return after
 * so many records, and empty the ring buffer.
 */
static __always_inline void found_mark(const struct look *l)
{
	__u64 mark = 0;

	bpf_seq_write(l->seq, &mark, sizeof(mark));
}

#define found_end(l, e)        \
	({                     \
		emit_end(e);   \
		found_mark(l); \
	})

#define found_torn(e)                                \
	({                                           \
		bpf_ringbuf_discard(e, 0);           \
		__sync_fetch_and_add(&look_torn, 1); \
	})

/* Whose VM it is: this process's if the memory is the same. */
static __always_inline __u32 creator_of(const struct look *l, __u64 kvm)
{
	struct mm_struct *mm = kvm ? shape_vm_mm(kvm) : NULL;

	if (mm && mm == BPF_CORE_READ(task_of(l), mm))
		return BPF_CORE_READ(task_of(l), tgid);
	return shape_vm_creator(kvm);
}

static __always_inline void found_vm(const struct look *l, __u64 kvm)
{
	struct ev_vm *e = kvm ? found_begin(ev_vm, VS_FOUND_VM, l) : NULL;

	if (!e)
		return;
	e->kvm = kvm;
	e->creator = creator_of(l, kvm);
	found_end(l, e);
}

/* Still on the list: its neighbour points to it. */
static __always_inline bool on_list(struct list_head *pos)
{
	return BPF_CORE_READ(pos, prev, next) == pos;
}

/*
 * One registration. A global function with numbers for arguments, as the one
 * below: the verifier looks into it once, not once for every round of the loop
 * around it. False if the list has changed.
 */
__noinline int found_registration(__u64 device, __u64 entry)
{
	const struct look l = { .task = (void *)looked_task, .fd = looked_fd };
	struct list_head *pos = (void *)entry;
	struct ev_registration *e = found_begin(ev_registration, VS_FOUND_REGISTRATION, &l);
	struct vfio_group *group;

	if (!e)
		return true;
	e->kvm_vfio = device;
	e->kvm = shape_kvm_of((struct kvm_device *)device);
	e->creator = creator_of(&l, e->kvm);
	group = shape_registered(entry, &e->file);
	e->group = (__u64)group;
	e->group_kvm = shape_group_kvm(group);
	e->iommu_group = shape_iommu_group_id(group);
	if (!on_list(pos)) {
		found_torn(e);
		return false;
	}
	emit_end(e);
	return true;
}

/* Where the list goes on after this stretch; 0: that was all. */
__noinline __u64 found_stretch(__u64 device, __u64 head, __u64 pos)
{
	int i;

	for (i = 0; i < REGISTRATIONS_STRETCH && pos && pos != head; i++) {
		if (!found_registration(device, pos))
			return 0;
		pos = (__u64)BPF_CORE_READ((struct list_head *)pos, next);
	}
	return pos == head ? 0 : pos;
}

static __always_inline void found_registrations(const struct look *l, struct kvm_device *dev,
						struct kvm_vfio *kv)
{
	__u64 head = shape_registrations(kv);
	__u64 pos = (__u64)BPF_CORE_READ((struct list_head *)head, next);
	int i;

	for (i = 0; i < REGISTRATIONS_MAX / REGISTRATIONS_STRETCH && pos; i++) {
		pos = found_stretch((__u64)dev, head, pos);
		found_mark(l);
	}
}

static __always_inline void found_kvm_vfio(const struct look *l, struct kvm_device *dev)
{
	struct kvm_vfio *kv = shape_kvm_vfio(dev);
	struct ev_kvm_vfio *e;

	if (!shape_is_kvm_vfio(dev))
		return;
	e = found_begin(ev_kvm_vfio, VS_FOUND_KVM_VFIO, l);
	if (!e)
		return;
	e->kvm_vfio = (__u64)dev;
	e->kvm = shape_kvm_of(dev);
	e->creator = creator_of(l, e->kvm);
	e->noncoherent = shape_noncoherent(kv);
	found_end(l, e);
	found_registrations(l, dev, kv);
}

static __always_inline void found_group(const struct look *l, struct vfio_group *group)
{
	struct ev_found_group *e = found_begin(ev_found_group, VS_FOUND_GROUP, l);

	if (!e)
		return;
	e->group = (__u64)group;
	e->group_kvm = shape_group_kvm(group);
	e->container = (__u64)shape_container(group);
	e->iommufd = shape_iommufd(group);
	e->creator = creator_of(l, e->group_kvm);
	e->iommu_group = shape_iommu_group_id(group);
	found_end(l, e);
}

static __always_inline void found_container(const struct look *l, struct vfio_container *container)
{
	struct ev_found_container *e = found_begin(ev_found_container, VS_FOUND_CONTAINER, l);

	if (!e)
		return;
	e->container = (__u64)container;
	shape_iommu_driver(container, e->driver, sizeof(e->driver));
	found_end(l, e);
}

/*
 * The file keeps the device open, but the pointer may be the very thing that
 * is changing: a device that is opened takes it before it counts the open.
 */
static __always_inline void found_device(const struct look *l, struct vfio_device *dev)
{
	struct ev_dev *e = found_begin(ev_dev, VS_FOUND_DEVICE, l);
	__u64 vm, before;

	if (!e)
		return;
	note_file(file_of(l), dev, false);
	before = shape_device_kvm(dev);
	shape_device_state(e, dev);
	shape_device_identity(e, dev);
	if (before != e->kvm || e->kvm != shape_device_kvm(dev)) {
		found_torn(e);
		return;
	}
	if (!e->kvm)
		e->owner_kvm = shape_vm_of_mm(BPF_CORE_READ(task_of(l), mm), &e->vms_seen);
	else if (shape_borrowed() && shape_vm_gone(e->kvm))
		e->vms_seen = VS_VMS_GONE;
	vm = e->group_kvm ? e->group_kvm : e->owner_kvm;
	if (!vm && e->vms_seen != VS_VMS_GONE)
		vm = e->kvm;
	e->creator = creator_of(l, vm);
	found_end(l, e);
}

SEC("?iter/task_file")
int look(struct bpf_iter__task_file *ctx)
{
	struct look l = { .task = ctx->task, .file = ctx->file, .fd = ctx->fd };
	void *priv;
	__u64 ops;

	if (!l.task || !l.file)
		return 0;
	l.seq = ctx->meta->seq;
	looked_task = (__u64)l.task;
	looked_fd = l.fd;
	ops = (__u64)BPF_CORE_READ(file_of(&l), f_op);
	priv = BPF_CORE_READ(file_of(&l), private_data);
	if (!ops || !priv)
		return 0;
	if (ops == addr_vm_fops)
		found_vm(&l, (__u64)priv);
	else if (ops == addr_kvm_device_fops)
		found_kvm_vfio(&l, priv);
	else if (ops == addr_group_fops)
		found_group(&l, priv);
	else if (ops == addr_container_fops)
		found_container(&l, priv);
	else if (ops == addr_device_fops && (!shape_has_device_file() || shape_by_group(priv)))
		found_device(&l, shape_device_of_file(l.file));
	return 0;
}

/* Where groups do not say whose they are: by the list they stand on. */
__noinline int note_registration(__u64 device, __u64 entry)
{
	__u64 kvm = shape_kvm_of((struct kvm_device *)device), file, group;

	group = (__u64)shape_registered(entry, &file);
	/* What a probe has seen meanwhile is newer. */
	if (group && on_list((struct list_head *)entry))
		bpf_map_update_elem(&group_kvm, &group, &kvm, BPF_NOEXIST);
	return 0;
}

static __always_inline void note_registrations(struct kvm_device *dev)
{
	struct list_head *head = (void *)shape_registrations(shape_kvm_vfio(dev));
	struct list_head *pos = BPF_CORE_READ(head, next);
	int i;

	for (i = 0; i < REGISTRATIONS_MAX && pos && pos != head; i++) {
		note_registration((__u64)dev, (__u64)pos);
		pos = BPF_CORE_READ(pos, next);
	}
}

/*
 * Run once before arming, on kernels that keep less than the probes need: what
 * they note from now on (see noting) is completed by what was before.
 */
SEC("?iter/task_file")
int look_ahead(struct bpf_iter__task_file *ctx)
{
	struct file *file = ctx->file;
	__u64 ops;
	void *priv;

	if (!ctx->task || !file)
		return 0;
	ops = (__u64)BPF_CORE_READ(file, f_op);
	priv = BPF_CORE_READ(file, private_data);
	if (!ops || !priv)
		return 0;
	if (ops == addr_device_fops)
		note_file(file, shape_device_of_file(file), false);
	else if (ops == addr_kvm_device_fops && shape_is_kvm_vfio(priv))
		note_registrations(priv);
	return 0;
}
