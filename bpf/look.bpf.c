// SPDX-License-Identifier: GPL-2.0-only
/*
 * What exists already: a look at the open files of all processes, an iterator that user
 * space runs. Its records go through the ring buffer like all others, so their order is
 * known: what a record before one of these says had happened when the state was read.
 *
 * The iterator holds a reference to the file it shows, so what the file keeps alive
 * cannot go away. Everything else is checked after it was read, and if it changed, user
 * space repeats the look.
 */
#include "emit.bpf.h"
#include "vmlist.bpf.h"
#include <bpf/bpf_tracing.h>

/* How many files registered with one kvm-vfio device are visited, in stretches. */
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
 * Where the look is, for the global function below, which takes nothing but numbers. One
 * thread runs the iterator.
 */
static __u64 looked_task;
static __u32 looked_fd;

/* Plain values: inside BPF_CORE_READ(), struct look itself would be relocated. */
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

	fill_hdr(h, kind);
	if (is_tracked(tgid))
		h->flags = VS_F_TRACKED;
	h->flags |= shape_exiting(task_of(l));
	h->pid = tgid;
	h->tid = tgid;
	bpf_probe_read_kernel_str(h->comm, sizeof(h->comm), &task_of(l)->comm);
}

/* A record of what was found; see record_begin(). */
#define found_begin(type, kind, l) record_begin(type, fill_found, kind, l)

/*
 * A mark in the iterator's own output: user space's read() returns when its small buffer
 * is full of them, and the ring buffer can be emptied.
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
		emit_cancel(e);                      \
		__sync_fetch_and_add(&look_torn, 1); \
	})

/* Who created the VM: this process if the memory is the same. */
static __always_inline __u32 creator_of(const struct look *l, __u64 kvm)
{
	struct mm_struct *mm = kvm ? shape_vm_mm(kvm) : NULL;

	if (mm && mm == BPF_CORE_READ(task_of(l), mm))
		return BPF_CORE_READ(task_of(l), tgid);
	return shape_vm_creator(kvm);
}

static __always_inline void found_vm(const struct look *l, __u64 kvm)
{
	struct ev_found_vm *e = kvm ? found_begin(ev_found_vm, VS_FOUND_VM, l) : NULL;

	if (!e)
		return;
	e->kvm = kvm;
	e->creator = creator_of(l, kvm);
	e->fd = l->fd;
	found_end(l, e);
}

/* Still on the list: its neighbour points to it. */
static __always_inline bool on_list(struct list_head *pos)
{
	return BPF_CORE_READ(pos, prev, next) == pos;
}

/*
 * One registration. This and the next are global functions, with numbers for arguments,
 * because the verifier checks them once, and not once per iteration of the loop around
 * them. Returns false if the list has changed.
 */
__noinline int found_registration(__u64 device, __u64 entry)
{
	const struct look l = { .task = (void *)looked_task, .fd = looked_fd };
	struct list_head *pos = (void *)entry;
	struct ev_registration *e = found_begin(ev_registration, VS_FOUND_REGISTRATION, &l);
	struct vfio_group *group;
	struct file *file;
	void *cdev;

	if (!e)
		return true;
	e->kvm_vfio = device;
	e->kvm = shape_kvm_of((struct kvm_device *)device);
	e->creator = creator_of(&l, e->kvm);
	e->fd = l.fd;
	group = shape_registered(entry, &file);
	cdev = group ? NULL : shape_cdev_of_file(file);
	e->file = (__u64)file;
	e->group = (__u64)group;
	e->group_kvm = shape_group_kvm(group);
	e->iommu_group = shape_iommu_group_id(group);
	if (cdev)
		shape_cdev(e, cdev);
	if (!on_list(pos)) {
		found_torn(e);
		return false;
	}
	emit_end(e);
	return true;
}

/* Returns the node with which the list goes on after this stretch; 0: at its end. */
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
	struct ev_found_kvm_vfio *e;

	if (!shape_is_kvm_vfio(dev))
		return;
	e = found_begin(ev_found_kvm_vfio, VS_FOUND_KVM_VFIO, l);
	if (!e)
		return;
	e->kvm_vfio = (__u64)dev;
	e->kvm = shape_kvm_of(dev);
	e->creator = creator_of(l, e->kvm);
	e->fd = l->fd;
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
	e->fd = l->fd;
	found_end(l, e);
}

static __always_inline void found_container(const struct look *l, struct vfio_container *container)
{
	struct ev_found_container *e = found_begin(ev_found_container, VS_FOUND_CONTAINER, l);

	if (!e)
		return;
	e->container = (__u64)container;
	e->fd = l->fd;
	e->unmapped = shape_unmapped(container);
	shape_iommu_driver(container, e->driver, sizeof(e->driver));
	found_end(l, e);
}

/* As shape_creators(), for a holder that need not be the caller. */
static __always_inline void found_creators(const struct look *l, struct ev_dev *e, bool lives)
{
	e->group_creator = creator_of(l, e->group_kvm);
	e->kvm_creator = e->group_creator;
	e->owner_creator = e->group_creator;
	if (e->kvm != e->group_kvm)
		e->kvm_creator = lives ? creator_of(l, e->kvm) : 0;
	if (e->owner_kvm != e->group_kvm)
		e->owner_creator = creator_of(l, e->owner_kvm);
}

/*
 * The file keeps the device open, but its pointer may be changing: a device that is opened
 * takes it before it counts the open.
 */
static __always_inline void found_device(const struct look *l, struct vfio_device *dev,
					 struct vfio_group *group, void *df)
{
	struct ev_dev *e = found_begin(ev_dev, VS_FOUND_DEVICE, l);
	bool lives = true;
	__u64 before;

	if (!e)
		return;
	if (shape_notifier())
		note_file(file_of(l), (__u64)dev, false);
	before = shape_device_kvm(dev);
	shape_device_state(e, dev, group, group ? NULL : df);
	shape_backend(e, df);
	shape_device_identity(e, dev);
	e->fd = l->fd;
	if (before != e->kvm || e->kvm != shape_device_kvm(dev)) {
		found_torn(e);
		return;
	}
	if (!e->kvm)
		e->owner_kvm = vmlist_of_mm(BPF_CORE_READ(task_of(l), mm), &e->h.flags);
	else if (shape_borrowed())
		lives = vmlist_has(e->kvm, &e->h.flags);
	found_creators(l, e, lives);
	found_end(l, e);
}

/* A file of a cdev, whether it has its device open or not. */
static __always_inline void found_cdev(const struct look *l, void *df)
{
	struct ev_found_cdev *e = found_begin(ev_found_cdev, VS_FOUND_CDEV, l);

	if (!e)
		return;
	shape_cdev(e, df);
	e->dev = (__u64)shape_device_of_df(df);
	e->iommufd = shape_bound_to(df);
	e->creator = creator_of(l, e->group_kvm);
	e->fd = l->fd;
	found_end(l, e);
}

static __always_inline void found_device_file(const struct look *l, void *priv)
{
	struct vfio_group *group;

	if (!shape_has_device_file()) {
		found_device(l, priv, shape_group_of_device(priv), NULL);
		return;
	}
	group = shape_group_of_df(priv);
	if (!group)
		found_cdev(l, priv);
	if (group || shape_has_access(priv))
		found_device(l, shape_device_of_df(priv), group, priv);
}

static __always_inline void found_iommufd(const struct look *l, __u64 iommufd)
{
	struct ev_found_iommufd *e = found_begin(ev_found_iommufd, VS_FOUND_IOMMUFD, l);

	if (!e)
		return;
	e->iommufd = iommufd;
	e->fd = l->fd;
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
	else if (ops == addr_device_fops)
		found_device_file(&l, priv);
	else if (ops == addr_iommufd_fops)
		found_iommufd(&l, (__u64)priv);
	return 0;
}

/* Whom a look has met mapped_file with. One thread runs the iterator. */
static __u64 mapped_task;

/* What has no descriptor and is mapped: a mapping keeps the file it is of. */
#define NO_FD ((__u32)-1)

/*
 * A device file stays, and its device with it, as long as a process maps a region of it. All
 * mappings of a host pass here, nearly all of other files or of none: they cost a load. The
 * iterator holds the lock of the process's memory, so the mapping keeps its file.
 */
SEC("?iter/task_vma")
int look_mapped(struct bpf_iter__task_vma *ctx)
{
	struct look l = { .task = ctx->task, .fd = NO_FD };
	struct vm_area_struct *vma = ctx->vma;
	void *priv;

	if (!l.task || !vma)
		return 0;
	l.file = vma->vm_file;
	if (!l.file || (__u64)BPF_CORE_READ(file_of(&l), f_op) != addr_device_fops)
		return 0;
	/* A region more of the same. */
	if ((__u64)l.file == mapped_file && (__u64)l.task == mapped_task)
		return 0;
	mapped_file = (__u64)l.file;
	mapped_task = (__u64)l.task;
	l.seq = ctx->meta->seq;
	priv = BPF_CORE_READ(file_of(&l), private_data);
	if (priv)
		found_device_file(&l, priv);
	return 0;
}

/* Notifier kernels: a group's VM, by the list that the group is on. */
__noinline int note_registration(__u64 device, __u64 entry)
{
	__u64 kvm = shape_kvm_of((struct kvm_device *)device), group;
	struct file *file;

	group = (__u64)shape_registered(entry, &file);
	if (group && on_list((struct list_head *)entry))
		note_group_kvm_found(group, kvm);
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
 * Run once before recording begins, on notifier kernels: adds to what the probes note
 * (see noted.bpf.h) what existed before them.
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
		note_file(file, (__u64)shape_device_of_file(file), false);
	else if (ops == addr_kvm_device_fops && shape_is_kvm_vfio(priv))
		note_registrations(priv);
	return 0;
}
