/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A kernel in miniature for the model's tests. Each call changes the state that
 * decides who gets a kvm pointer (toy_lab.h), and the record that the probes
 * would have written takes its place in the ring buffer, or is lost. Calls that
 * matter come in two halves as well: the kernel's state changes in the first,
 * the record is written in the second, and anything may happen between.
 */
#ifndef VS_TEST_TOY_KERNEL_H
#define VS_TEST_TOY_KERNEL_H

#include <errno.h>
#include <linux/kvm.h>
#include <linux/vfio.h>

#include "toy_lab.h"

/* VMs */

static inline void vm_name_event(struct lab *l, unsigned int vm, uint32_t pid, const char *name,
				 uint32_t flags)
{
	union vs_record rec = make_record(VS_VM_NAME, l->now += MS, pid);

	rec.h.flags = flags;
	rec.h.lost = l->lost;
	rec.vm_name.kvm = l->vm[vm].ptr;
	SET_STRING(rec.vm_name.name, name);
	lab_feed(l, &rec);
}

static inline void vm_name(struct lab *l, unsigned int vm, uint32_t pid, const char *name)
{
	vm_name_event(l, vm, pid, name, 0);
}

/* The name of a VM whose creation is the next record. */
static inline void vm_name_new(struct lab *l, unsigned int vm, uint32_t pid, const char *name)
{
	vm_name_event(l, vm, pid, name, VS_F_NEW);
}

/* The VM is there, its fd too; the call has not returned. */
static inline void vm_create_begin(struct lab *l, unsigned int vm, uint32_t pid)
{
	struct k_vm *v = &l->vm[vm];

	v->pid = pid;
	v->life++;
	v->noncoherent = false;
	memset(v->listed, 0, sizeof(v->listed));
}

static inline void vm_create_end(struct lab *l, unsigned int vm)
{
	union vs_event ev = lab_event(l, VS_VM_CREATE, l->vm[vm].pid);

	ev.vm.kvm = l->vm[vm].ptr;
	ev.vm.creator = l->vm[vm].pid;
	ev.h.ret = 11;
	lab_emit(l, &ev);
}

static inline void vm_create(struct lab *l, unsigned int vm, uint32_t pid)
{
	vm_create_begin(l, vm, pid);
	vm_create_end(l, vm);
}

static inline void kvm_vfio_event(struct lab *l, unsigned int kind, uint32_t pid, unsigned int vm,
				  int64_t ret)
{
	union vs_event ev = lab_event(l, kind, pid);

	ev.h.ret = ret;
	/* Not that of a VM whose end has been told. */
	if (kind != VS_KVM_VFIO_RELEASE || l->vm[vm].pid)
		ev.kvm_vfio.kvm = l->vm[vm].ptr;
	ev.kvm_vfio.kvm_vfio = l->vm[vm].kvm_vfio;
	ev.kvm_vfio.creator = l->vm[vm].pid;
	lab_emit(l, &ev);
}

static inline void kvm_vfio_create(struct lab *l, uint32_t pid, unsigned int vm, int64_t ret)
{
	kvm_vfio_event(l, VS_KVM_VFIO_CREATE, pid, vm, ret);
}

/* group->kvm is written. Returns what it was. */
static inline uint64_t group_takes(struct k_group *g, struct k_vm *vm)
{
	uint64_t before = ptr_of(g->vm);

	g->vm = vm;
	return before;
}

/* A record about what carries a kvm pointer: a cdev's file says so, and whose it is. */
#define OF_CARRIER(ev, member, g)                                      \
	do {                                                           \
		if ((g)->cdev) {                                       \
			(ev).h.flags |= VS_F_CDEV;                     \
			SET_STRING((ev).member.name, (g)->cdev->name); \
		}                                                      \
	} while (0)

/* The record of it; @by: whose kvm-vfio device did it, as far as the probes know. */
static inline void set_kvm(struct lab *l, uint32_t pid, const struct k_group *g,
			   const struct k_vm *given, const struct k_vm *by, uint64_t before,
			   bool by_attr)
{
	union vs_event ev = lab_event(l, given ? VS_SET_KVM : VS_CLEAR_KVM, pid);
	bool known = !(l->blind & (by_attr ? VS_BLIND_ADD : VS_BLIND_DEL));

	ev.set_kvm.group = g->ptr;
	ev.set_kvm.kvm = ptr_of(given);
	ev.set_kvm.group_kvm = ptr_of(g->vm);
	ev.set_kvm.kvm_before = before;
	ev.set_kvm.iommu_group = g->number;
	OF_CARRIER(ev, set_kvm, g);
	ev.set_kvm.vm = ev.set_kvm.kvm_vfio = VS_NOT_SEEN;
	if (known) {
		ev.h.flags |= by_attr ? VS_F_BY_ATTR : 0;
		ev.set_kvm.vm = by->pid ? by->ptr : 0;
		ev.set_kvm.kvm_vfio = by->kvm_vfio;
	}
	lab_emit(l, &ev);
}

/* The kvm-vfio device goes away, with every registration of the VM. */
static inline void kvm_vfio_gone(struct lab *l, uint32_t pid, unsigned int vm)
{
	struct k_vm *v = &l->vm[vm];
	unsigned int i;

	for (i = 0; i < K_GROUPS; i++)
		if (v->listed[i]) {
			v->listed[i] = false;
			set_kvm(l, pid, &l->group[i], NULL, v, group_takes(&l->group[i], NULL),
				false);
		}
	kvm_vfio_event(l, VS_KVM_VFIO_RELEASE, pid, vm, 0);
}

/* Its fd is closed. */
static inline void kvm_vfio_close(struct lab *l, uint32_t pid, unsigned int vm)
{
	if (!lists_last(l))
		kvm_vfio_gone(l, pid, vm);
}

/* The record comes first, then what is left of the VM is taken down. */
static inline void vm_destroy(struct lab *l, unsigned int vm, uint32_t pid)
{
	union vs_event ev;

	kvm_vfio_close(l, pid, vm);
	ev = lab_event(l, VS_VM_DESTROY, pid);
	ev.vm.kvm = l->vm[vm].ptr;
	ev.vm.creator = l->vm[vm].pid;
	l->vm[vm].pid = 0;
	lab_emit(l, &ev);
	if (lists_last(l))
		kvm_vfio_gone(l, pid, vm);
}

/* The VM's DMA is coherent no more, or is again. */
static inline void coherency(struct lab *l, uint32_t pid, unsigned int vm, bool on)
{
	union vs_event ev = lab_event(l, on ? VS_NONCOHERENT_ON : VS_NONCOHERENT_OFF, pid);

	l->vm[vm].noncoherent = on;
	ev.coherency.kvm = l->vm[vm].ptr;
	ev.coherency.creator = l->vm[vm].pid;
	lab_emit(l, &ev);
}

/* Registrations */

/* KVM_SET_DEVICE_ATTR in progress. */
struct k_attr {
	unsigned int vm, group;
	uint64_t what;
	uint64_t before;
	int64_t ret;
};

static inline struct k_attr attr_begin(struct lab *l, unsigned int vm, unsigned int group,
				       uint64_t what)
{
	struct k_attr a = { .vm = vm, .group = group, .what = what };
	bool add = what == KVM_DEV_VFIO_GROUP_ADD, *listed = &l->vm[vm].listed[group];

	if (what == KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE)
		a.ret = -ENXIO;
	else if (*listed == add)
		a.ret = add ? -EEXIST : -ENOENT;
	if (a.ret)
		return a;
	*listed = add;
	a.before = group_takes(&l->group[group], add ? &l->vm[vm] : NULL);
	return a;
}

static inline unsigned int attr_kind(uint64_t what, bool of_device)
{
	switch (what) {
	case KVM_DEV_VFIO_GROUP_ADD:
		return of_device ? VS_FILE_ADD : VS_GROUP_ADD;
	case KVM_DEV_VFIO_GROUP_DEL:
		return of_device ? VS_FILE_DEL : VS_GROUP_DEL;
	default:
		return VS_SET_SPAPR_TCE;
	}
}

static inline union vs_event attr_event(struct lab *l, uint32_t pid, const struct k_attr *a)
{
	const struct k_group *g = &l->group[a->group];
	union vs_event ev = lab_event(l, attr_kind(a->what, g->cdev), pid);
	bool set = !a->ret && !(l->blind & VS_BLIND_SET_KVM);

	ev.h.ret = a->ret;
	ev.attr.attr_group = KVM_DEV_VFIO_GROUP;
	ev.attr.attr = a->what;
	ev.attr.kvm = l->vm[a->vm].ptr;
	ev.attr.kvm_vfio = l->vm[a->vm].kvm_vfio;
	ev.attr.creator = l->vm[a->vm].pid;
	ev.attr.group = g->ptr;
	ev.attr.group_kvm = group_kvm_seen(l, g);
	ev.attr.group_creator = creator_of(l, ev.attr.group_kvm);
	ev.attr.kvm_before = set ? a->before : VS_NOT_SEEN;
	ev.attr.iommu_group = g->number;
	OF_CARRIER(ev, attr, g);
	if (g->cdev)
		ev.attr.dev = g->cdev->ptr;
	ev.attr.fd = 20 + (int)a->group;
	if (ev.h.kind == VS_GROUP_ADD && on_borrowed(l) && g->no_container)
		ev.h.flags |= VS_F_NO_CONTAINER;
	return ev;
}

static inline void attr_end(struct lab *l, uint32_t pid, const struct k_attr *a)
{
	struct k_vm *vm = &l->vm[a->vm];
	union vs_event ev;

	if (!a->ret)
		set_kvm(l, pid, &l->group[a->group], a->what == KVM_DEV_VFIO_GROUP_ADD ? vm : NULL,
			vm, a->before, true);
	ev = attr_event(l, pid, a);
	lab_emit(l, &ev);
}

static inline void attr(struct lab *l, uint32_t pid, unsigned int vm, unsigned int group,
			uint64_t what)
{
	const struct k_attr a = attr_begin(l, vm, group, what);

	attr_end(l, pid, &a);
}

static inline void attr_fails(struct lab *l, uint32_t pid, unsigned int vm, unsigned int group,
			      uint64_t what, int64_t ret)
{
	const struct k_attr a = { .vm = vm, .group = group, .what = what, .ret = ret };

	attr_end(l, pid, &a);
}

static inline void group_add(struct lab *l, uint32_t pid, unsigned int vm, unsigned int group)
{
	attr(l, pid, vm, group, KVM_DEV_VFIO_GROUP_ADD);
}

static inline void group_del(struct lab *l, uint32_t pid, unsigned int vm, unsigned int group)
{
	attr(l, pid, vm, group, KVM_DEV_VFIO_GROUP_DEL);
}

/* ADD of a device's fd that came from its group, as kernels record it that take it. */
static inline void device_add(struct lab *l, uint32_t pid, unsigned int vm, unsigned int dev)
{
	const struct k_attr a = { .vm = vm, .what = KVM_DEV_VFIO_GROUP_ADD };
	union vs_event ev = attr_event(l, pid, &a);

	ev.h.kind = VS_FILE_ADD;
	SET_STRING(ev.attr.name, l->dev[dev].name);
	ev.attr.group = ev.attr.group_kvm = ev.attr.group_creator = 0;
	ev.attr.iommu_group = -1;
	ev.attr.dev = l->dev[dev].ptr;
	ev.attr.dev_group = l->dev[dev].group->ptr;
	lab_emit(l, &ev);
}

/* Devices */

static inline struct k_vm *vm_of_process(struct lab *l, uint32_t pid)
{
	unsigned int i;

	for (i = 0; i < K_VMS; i++)
		if (l->vm[i].pid == pid)
			return &l->vm[i];
	return NULL;
}

static inline bool vm_lives(const struct lab *l, uint64_t ptr)
{
	return creator_of(l, ptr);
}

/* Whose VMs they are. @lives: the device's pointer is that of a VM for certain. */
static inline void dev_creators(const struct lab *l, struct ev_dev *d, bool lives)
{
	d->group_creator = creator_of(l, d->group_kvm);
	d->owner_creator = creator_of(l, d->owner_kvm);
	d->kvm_creator = d->group_creator;
	if (d->kvm != d->group_kvm)
		d->kvm_creator = lives ? creator_of(l, d->kvm) : 0;
}

static inline union vs_event dev_event(struct lab *l, unsigned int kind, uint32_t pid,
				       const struct k_device *d)
{
	union vs_event ev = lab_event(l, kind, pid);

	ev.dev.dev = d->ptr;
	ev.dev.group = d->group->ptr;
	ev.dev.kvm = ptr_of(d->vm);
	ev.dev.group_kvm = group_kvm_seen(l, d->group);
	ev.dev.open_count = d->opens;
	ev.dev.iommu_group = d->group->number;
	ev.dev.fd = -1;
	SET_STRING(ev.dev.name, d->name);
	SET_STRING(ev.dev.driver, d->driver);
	OF_CARRIER(ev, dev, d->group);
	if (kind == VS_DEV_CLOSE)
		ev.dev.iommufd = VS_NOT_SEEN;
	else if (d->group->cdev)
		ev.dev.iommufd = K_IOMMUFD;
	if (l->kernel == K_NOTIFIER) {
		ev.h.flags |= VS_F_NOTIFIER;
		ev.dev.kvm = kind == VS_DEV_OPEN ? ev.dev.group_kvm : 0;
	}
	if (kind != VS_DEV_CLOSE && !ev.dev.kvm) {
		ev.h.flags |= l->no_vm_list ? VS_F_VMS_UNKNOWN : 0;
		ev.dev.owner_kvm = l->no_vm_list ? 0 : ptr_of(vm_of_process(l, pid));
	}
	dev_creators(l, &ev.dev, !on_borrowed(l));
	return ev;
}

/* What all calls on a group begin with; @kind: one with a struct ev_group_call. */
static inline union vs_event group_call(struct lab *l, unsigned int kind, uint32_t pid,
					const struct k_group *g, int64_t ret)
{
	union vs_event ev = lab_event(l, kind, pid);

	ev.h.ret = ret;
	ev.h.dur = MS / 2;
	ev.group_call.group = g->ptr;
	ev.group_call.group_kvm = group_kvm_seen(l, g);
	ev.group_call.iommu_group = g->number;
	return ev;
}

static inline union vs_event get_device_fd_event(struct lab *l, uint32_t pid, unsigned int dev,
						 int64_t ret)
{
	const struct k_device *d = &l->dev[dev];
	union vs_event ev = lab_event(l, VS_GET_DEVICE_FD, pid);

	ev.h.ret = ret;
	ev.h.dur = MS / 2;
	ev.get_device_fd.group = d->group->ptr;
	ev.get_device_fd.group_kvm = group_kvm_seen(l, d->group);
	ev.get_device_fd.iommu_group = d->group->number;
	ev.get_device_fd.cmd = VFIO_GROUP_GET_DEVICE_FD;
	ev.get_device_fd.dev = ret < 0 ? 0 : d->ptr;
	SET_STRING(ev.get_device_fd.name, d->name);
	return ev;
}

/* The outer call of an open, as another thread may record it later. */
static inline void get_device_fd(struct lab *l, uint32_t pid, unsigned int dev, int64_t ret)
{
	union vs_event ev = get_device_fd_event(l, pid, dev, ret);

	lab_emit(l, &ev);
}

/* vfio_df_open() and what its caller does just before. */
static inline void df_open_begin(struct lab *l, uint32_t pid, unsigned int dev)
{
	struct k_device *d = &l->dev[dev];

	if (d->opens++)
		return;
	d->vm = l->kernel == K_NOTIFIER ? NULL : d->group->vm;
	d->vm_life = d->vm ? d->vm->life : 0;
	d->holder = pid;
}

/* What it was counted as, where nothing keeps a count still. */
static inline void df_open_end_counted(struct lab *l, uint32_t pid, unsigned int dev,
				       unsigned int count)
{
	struct k_device *d = &l->dev[dev];
	union vs_event ev = dev_event(l, VS_DEV_OPEN, pid, d);

	bool told;

	ev.dev.open_count = count;
	told = lab_emit(l, &ev);
	if (told)
		d->last_open = ev.dev;
	/* There, only first opens are noted. */
	if (!on_borrowed(l) || count < 2)
		d->on_record = told;
}

static inline void df_open_end(struct lab *l, uint32_t pid, unsigned int dev)
{
	df_open_end_counted(l, pid, dev, l->dev[dev].opens);
}

static inline void df_open_counted(struct lab *l, uint32_t pid, unsigned int dev,
				   unsigned int count)
{
	df_open_begin(l, pid, dev);
	df_open_end_counted(l, pid, dev, count);
}

static inline void df_open(struct lab *l, uint32_t pid, unsigned int dev)
{
	df_open_begin(l, pid, dev);
	df_open_end(l, pid, dev);
}

static inline void dev_open(struct lab *l, uint32_t pid, unsigned int dev)
{
	df_open(l, pid, dev);
	get_device_fd(l, pid, dev, 30 + dev);
}

/* The driver refuses; the pointer that the device took is dropped after it. */
static inline void df_open_fails(struct lab *l, uint32_t pid, unsigned int dev, int64_t ret)
{
	struct k_device d = l->dev[dev];
	union vs_event ev;

	if (!d.opens)
		d.vm = d.group->vm;
	ev = dev_event(l, VS_DEV_OPEN, pid, &d);
	ev.h.ret = ret;
	lab_emit(l, &ev);
	l->dev[dev].on_record &= on_borrowed(l);
}

static inline void dev_open_fails(struct lab *l, uint32_t pid, unsigned int dev, int64_t ret)
{
	union vs_event ev;

	df_open_fails(l, pid, dev, ret);
	ev = get_device_fd_event(l, pid, dev, ret);
	ev.h.dur = 3 * MS; /* the driver's answer came within */
	lab_emit(l, &ev);
}

/*
 * Where the open is on record and as it should be, the probes do not read again what
 * the device is: the source completes the close from the open.
 */
static inline void close_from_open(struct lab *l, struct k_device *d, struct ev_dev *close)
{
	bool known = d->on_record && close->kvm && close->kvm == close->group_kvm;

	d->on_record = false;
	if (!known || !l->short_closes)
		return;
	close->kvm_creator = d->last_open.kvm_creator;
	close->group_creator = d->last_open.group_creator;
	close->owner_creator = 0;
	close->h.flags |= VS_F_OPEN_ON_RECORD;
}

/* As above; the device may be counted open again when the record is written. */
static inline void dev_close_counted(struct lab *l, uint32_t pid, unsigned int dev,
				     unsigned int count)
{
	struct k_device *d = &l->dev[dev];
	union vs_event ev;

	d->opens--;
	ev = dev_event(l, VS_DEV_CLOSE, pid, d);
	ev.dev.open_count = count;
	if (!d->opens)
		d->vm = NULL;
	/* No lock to look for, so no record. */
	if (d->opens && on_borrowed(l))
		return;
	close_from_open(l, d, &ev.dev);
	lab_emit(l, &ev);
}

static inline void dev_close(struct lab *l, uint32_t pid, unsigned int dev)
{
	dev_close_counted(l, pid, dev, l->dev[dev].opens - 1);
}

/* The end of a file that was never counted. */
static inline void dev_close_uncounted(struct lab *l, uint32_t pid, unsigned int dev)
{
	union vs_event ev = dev_event(l, VS_DEV_CLOSE, pid, &l->dev[dev]);

	ev.h.flags |= VS_F_BEGAN_BEFORE;
	lab_emit(l, &ev);
}

/* Open since before the probes were armed. */
static inline void was_open(struct lab *l, uint32_t pid, unsigned int dev)
{
	l->armed = false;
	df_open(l, pid, dev);
	l->armed = true;
}

static inline void had_vm(struct lab *l, unsigned int vm, uint32_t pid)
{
	l->armed = false;
	vm_create(l, vm, pid);
	l->armed = true;
}

static inline void had_group(struct lab *l, unsigned int vm, unsigned int group)
{
	l->armed = false;
	group_add(l, l->vm[vm].pid, vm, group);
	l->armed = true;
}

/* Time */

static inline void tick_after(struct lab *l, uint64_t ns)
{
	l->now += ns;
	tick(l, l->now);
}

#endif
