/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A kernel in miniature for the model's tests: VMs, groups and devices with
 * the state that decides who gets a kvm pointer. Each call changes that state
 * and feeds the record the probes would have written, or loses it.
 */
#ifndef VS_TEST_TOY_KERNEL_H
#define VS_TEST_TOY_KERNEL_H

#include <linux/kvm.h>
#include <linux/vfio.h>

#include "events.h"
#include "../../user/core/model.h"

#define K_VMS 4
#define K_GROUPS 3
#define K_DEVICES 4
#define K_MAX 4096

struct k_vm {
	uint64_t ptr;
	uint32_t pid; /* 0: does not exist */
};

struct k_group {
	uint64_t ptr;
	int number;
	struct k_vm *vm; /* group->kvm */
};

struct k_device {
	uint64_t ptr;
	const char *name;
	const char *driver;
	struct k_group *group;
	struct k_vm *vm; /* device->kvm */
	unsigned int opens;
};

/* Copies of what the model said: its pointers do not live longer. */
struct said_finding {
	enum vs_rule_id rule;
	enum vs_severity severity;
	bool pending;
	uint64_t ts;
	char device[VS_DEVNAME_LEN];
	uint32_t vm, vm_pid; /* vm: 0 if none */
	char vm_name[VS_NAME_LEN];
	const char *harm;
	size_t evidence_count;
	union vs_event evidence[VS_EVIDENCE_MAX];
	uint32_t evidence_vm[VS_EVIDENCE_MAX];
};

struct said_open {
	struct vs_open open;
	uint32_t vm, vm_pid, kvm; /* ids, 0 if none */
	char vm_name[VS_NAME_LEN];
};

struct lab {
	struct vs_model *model;
	uint64_t now;
	uint32_t lost;
	unsigned int lose; /* so many of the next records are lost */
	bool no_vm_list; /* the probes can not look for a process's VMs */
	uint32_t flags; /* of the next records */
	uint32_t tid; /* of the next records; 0: the process's first thread */
	struct k_vm vm[K_VMS];
	struct k_group group[K_GROUPS];
	struct k_device dev[K_DEVICES];
	size_t events, finding_count, opened_count, closed_count;
	struct said_finding finding[K_MAX];
	struct said_open opened[K_MAX], closed[K_MAX];
	struct vs_refs last_refs; /* ids only, see last_vm */
	uint32_t last_vm, last_group_vm, last_vm_pid;
	char last_info[VS_NAME_LEN];
};

static inline uint32_t vm_id(const struct vs_vm *vm)
{
	return vm ? vm->id : 0;
}

static inline void lab_on_event(void *ctx, const union vs_event *ev, const struct vs_refs *refs)
{
	struct lab *l = ctx;

	(void)ev;
	l->events++;
	l->last_vm = vm_id(refs->vm);
	l->last_vm_pid = refs->vm ? refs->vm->pid : 0;
	l->last_group_vm = vm_id(refs->group_vm);
	l->last_refs.group = refs->group;
	SET_STRING(l->last_info, refs->info ? refs->info : "");
}

static inline void copy_open(struct said_open *to, const struct vs_open *open)
{
	to->open = *open;
	to->vm = vm_id(open->vm);
	to->vm_pid = open->vm ? open->vm->pid : 0;
	to->kvm = vm_id(open->kvm);
	SET_STRING(to->vm_name, open->vm ? open->vm->name : "");
	to->open.vm = to->open.kvm = NULL;
}

static inline void lab_on_opened(void *ctx, const struct vs_open *open)
{
	struct lab *l = ctx;

	assert_true(l->opened_count < K_MAX);
	copy_open(&l->opened[l->opened_count++], open);
}

static inline void lab_on_closed(void *ctx, const struct vs_open *open)
{
	struct lab *l = ctx;

	assert_true(l->closed_count < K_MAX);
	assert_int_not_equal(open->verdict, VS_VERDICT_PENDING);
	assert_non_null(open->reason);
	copy_open(&l->closed[l->closed_count++], open);
}

static inline void lab_on_finding(void *ctx, const struct vs_finding *f)
{
	struct lab *l = ctx;
	struct said_finding *to = &l->finding[l->finding_count++];
	size_t i;

	assert_true(l->finding_count < K_MAX);
	assert_int_equal(f->open->verdict, VS_VERDICT_VIOLATION);
	assert_true(f->evidence_count <= VS_EVIDENCE_MAX);
	to->rule = f->rule->id;
	to->severity = f->severity;
	to->pending = f->pending;
	to->ts = f->ts;
	to->harm = f->harm;
	SET_STRING(to->device, f->open->device);
	to->vm = vm_id(f->vm);
	to->vm_pid = f->vm ? f->vm->pid : 0;
	SET_STRING(to->vm_name, f->vm ? f->vm->name : "");
	to->evidence_count = f->evidence_count;
	for (i = 0; i < f->evidence_count; i++) {
		to->evidence[i] = f->evidence[i]->ev;
		to->evidence_vm[i] = vm_id(f->evidence[i]->refs.vm);
		/* Names of VMs that ended meanwhile are still there to read. */
		if (f->evidence[i]->refs.vm)
			assert_non_null(memchr(f->evidence[i]->refs.vm->name, '\0', VS_NAME_LEN));
	}
}

/* Devices 0 and 1 share group 0; 2 and 3 have groups of their own. */
static inline void lab_begin(struct lab *l, const struct vs_model_config *config)
{
	static const char *const names[K_DEVICES] = { "0000:3b:00.0", "0000:3b:00.1",
						      "0000:5e:00.0",
						      "c0ffee00-1234-5678-9abc-def012345678" };
	const struct vs_sink sink = {
		.ctx = l,
		.event = lab_on_event,
		.opened = lab_on_opened,
		.finding = lab_on_finding,
		.closed = lab_on_closed,
	};
	unsigned int i;

	memset(l, 0, sizeof(*l));
	l->now = 100 * SEC;
	for (i = 0; i < K_VMS; i++)
		l->vm[i].ptr = 0xffffc90000100000 + i * 0x10000;
	for (i = 0; i < K_GROUPS; i++) {
		l->group[i].ptr = 0xffff888000200000 + i * 0x1000;
		l->group[i].number = 12 + (int)i;
	}
	for (i = 0; i < K_DEVICES; i++) {
		l->dev[i].ptr = 0xffff888000300000 + i * 0x1000;
		l->dev[i].name = names[i];
		l->dev[i].driver = "vfio-pci";
		l->dev[i].group = &l->group[i > 1 ? i - 1 : 0];
	}
	l->model = vs_model_new(config, &sink);
	assert_non_null(l->model);
}

/* A record is written: or lost, and counted. */
static inline void lab_emit(struct lab *l, union vs_event *ev)
{
	union vs_event decoded;

	if (l->lose) {
		l->lose--;
		l->lost++;
		return;
	}
	ev->h.flags |= (uint8_t)l->flags;
	ev->h.lost = l->lost;
	if (l->tid)
		ev->h.tid = l->tid;
	/* As from a source; and a copy, which nothing may be kept of. */
	assert_int_equal(vs_decode(ev, ev->h.size, &decoded), 0);
	assert_int_equal(vs_model_feed(l->model, &decoded), 0);
	memset(&decoded, 0xee, sizeof(decoded));
}

static inline union vs_event lab_event(struct lab *l, unsigned int kind, uint32_t pid)
{
	l->now += MS;
	return make_event(kind, l->now, pid);
}

static inline void vm_name(struct lab *l, unsigned int vm, uint32_t pid, const char *name)
{
	union vs_event ev = lab_event(l, VS_VM_NAME, pid);

	ev.vm_name.kvm = l->vm[vm].ptr;
	SET_STRING(ev.vm_name.name, name);
	assert_int_equal(vs_model_feed(l->model, &ev), 0);
}

/* The name of a VM whose creation is the next record. */
static inline void vm_name_new(struct lab *l, unsigned int vm, uint32_t pid, const char *name)
{
	union vs_event ev = lab_event(l, VS_VM_NAME, pid);

	ev.h.ret = 1;
	ev.vm_name.kvm = l->vm[vm].ptr;
	SET_STRING(ev.vm_name.name, name);
	assert_int_equal(vs_model_feed(l->model, &ev), 0);
}

static inline void vm_create(struct lab *l, unsigned int vm, uint32_t pid)
{
	union vs_event ev = lab_event(l, VS_VM_CREATE, pid);

	l->vm[vm].pid = pid;
	ev.vm.kvm = l->vm[vm].ptr;
	ev.vm.creator = pid;
	ev.h.ret = 11;
	lab_emit(l, &ev);
}

static inline void set_kvm(struct lab *l, uint32_t pid, struct k_group *g, struct k_vm *vm,
			   bool by_attr)
{
	union vs_event ev = lab_event(l, VS_SET_KVM, pid);

	ev.set_kvm.kvm_before = g->vm ? g->vm->ptr : 0;
	g->vm = vm;
	ev.set_kvm.group = g->ptr;
	ev.set_kvm.kvm = ev.set_kvm.group_kvm = vm ? vm->ptr : 0;
	ev.set_kvm.iommu_group = g->number;
	ev.set_kvm.by_attr = by_attr;
	lab_emit(l, &ev);
}

static inline void vm_destroy(struct lab *l, unsigned int vm, uint32_t pid)
{
	union vs_event ev;
	unsigned int i;

	for (i = 0; i < K_GROUPS; i++)
		if (l->group[i].vm == &l->vm[vm])
			set_kvm(l, pid, &l->group[i], NULL, false);
	ev = lab_event(l, VS_VM_DESTROY, pid);
	ev.vm.kvm = l->vm[vm].ptr;
	ev.vm.creator = l->vm[vm].pid;
	l->vm[vm].pid = 0;
	lab_emit(l, &ev);
}

static inline void attr(struct lab *l, uint32_t pid, unsigned int vm, unsigned int group,
			uint64_t what, int64_t ret)
{
	union vs_event ev;

	if (!ret)
		set_kvm(l, pid, &l->group[group],
			what == KVM_DEV_VFIO_GROUP_ADD ? &l->vm[vm] : NULL, true);
	ev = lab_event(l, VS_KVM_ATTR, pid);
	ev.h.ret = ret;
	ev.attr.attr_group = KVM_DEV_VFIO_GROUP;
	ev.attr.attr = what;
	ev.attr.kvm = l->vm[vm].ptr;
	ev.attr.group = l->group[group].ptr;
	ev.attr.group_kvm = l->group[group].vm ? l->group[group].vm->ptr : 0;
	ev.attr.iommu_group = l->group[group].number;
	ev.attr.creator = l->vm[vm].pid;
	ev.attr.fd = 20 + (int)group;
	lab_emit(l, &ev);
}

static inline void group_add(struct lab *l, uint32_t pid, unsigned int vm, unsigned int group)
{
	attr(l, pid, vm, group, KVM_DEV_VFIO_GROUP_ADD, 0);
}

static inline void group_del(struct lab *l, uint32_t pid, unsigned int vm, unsigned int group)
{
	attr(l, pid, vm, group, KVM_DEV_VFIO_GROUP_DEL, 0);
}

static inline struct k_vm *vm_of_process(struct lab *l, uint32_t pid)
{
	unsigned int i;

	for (i = 0; i < K_VMS; i++)
		if (l->vm[i].pid == pid)
			return &l->vm[i];
	return NULL;
}

static inline union vs_event dev_event(struct lab *l, unsigned int kind, uint32_t pid,
				       const struct k_device *d)
{
	union vs_event ev = lab_event(l, kind, pid);
	const struct k_vm *group_vm = d->group->vm, *owner = NULL;

	ev.dev.dev = d->ptr;
	ev.dev.group = d->group->ptr;
	ev.dev.kvm = d->vm ? d->vm->ptr : 0;
	ev.dev.group_kvm = group_vm ? group_vm->ptr : 0;
	ev.dev.open_count = d->opens;
	ev.dev.iommu_group = d->group->number;
	SET_STRING(ev.dev.name, d->name);
	SET_STRING(ev.dev.driver, d->driver);
	if (kind == VS_DEV_OPEN && !d->vm) {
		owner = l->no_vm_list ? NULL : vm_of_process(l, pid);
		ev.dev.vms_seen = l->no_vm_list ? VS_VMS_UNKNOWN : 1;
		ev.dev.owner_kvm = owner ? owner->ptr : 0;
	}
	ev.dev.creator = group_vm ? group_vm->pid : owner ? owner->pid : 0;
	return ev;
}

/* The outer call of an open, as another thread may record it later. */
static inline void get_device_fd(struct lab *l, uint32_t pid, unsigned int dev, int64_t ret)
{
	const struct k_device *d = &l->dev[dev];
	union vs_event ev = lab_event(l, VS_GROUP_IOCTL, pid);

	ev.h.ret = ret;
	ev.group_ioctl.cmd = VFIO_GROUP_GET_DEVICE_FD;
	ev.group_ioctl.group = d->group->ptr;
	ev.group_ioctl.group_kvm = d->group->vm ? d->group->vm->ptr : 0;
	ev.group_ioctl.iommu_group = d->group->number;
	ev.group_ioctl.object = ret < 0 ? 0 : d->ptr;
	SET_STRING(ev.group_ioctl.name, d->name);
	lab_emit(l, &ev);
}

/* vfio_df_open() alone. */
static inline void df_open(struct lab *l, uint32_t pid, unsigned int dev)
{
	struct k_device *d = &l->dev[dev];
	union vs_event ev;

	if (!d->opens++)
		d->vm = d->group->vm;
	ev = dev_event(l, VS_DEV_OPEN, pid, d);
	lab_emit(l, &ev);
}

static inline void dev_open(struct lab *l, uint32_t pid, unsigned int dev)
{
	df_open(l, pid, dev);
	get_device_fd(l, pid, dev, 30 + dev);
}

static inline void dev_open_fails(struct lab *l, uint32_t pid, unsigned int dev, int64_t ret)
{
	union vs_event ev = dev_event(l, VS_DEV_OPEN, pid, &l->dev[dev]);

	ev.h.ret = ret;
	lab_emit(l, &ev);
	get_device_fd(l, pid, dev, ret);
}

static inline void dev_close(struct lab *l, uint32_t pid, unsigned int dev)
{
	struct k_device *d = &l->dev[dev];
	union vs_event ev;

	d->opens--;
	ev = dev_event(l, VS_DEV_CLOSE, pid, d);
	if (!d->opens)
		d->vm = NULL;
	lab_emit(l, &ev);
}

static inline void tick_after(struct lab *l, uint64_t ns)
{
	l->now += ns;
	vs_model_tick(l->model, l->now);
}

static inline void finish(struct lab *l)
{
	l->now += MS;
	vs_model_finish(l->model, l->now, l->lost);
}

#endif
