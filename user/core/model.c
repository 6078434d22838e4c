// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/kvm.h>
#include <linux/vfio.h>

#include "about.h"
#include "model_impl.h"

const char *vs_verdict_name(enum vs_verdict verdict)
{
	static const char *const names[VS_VERDICT_COUNT] = { "pending", "ordered", "violation",
							     "no-vm", "unknown" };
	return names[verdict];
}

struct vs_model *vs_model_new(const struct vs_model_config *config, const struct vs_sink *sink)
{
	struct vs_model *m = calloc(1, sizeof(*m));

	if (m) {
		m->config = *config;
		m->sink = *sink;
	}
	return m;
}

static int on_vm_create(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	struct vm *vm = vm_find(m, ev->vm.kvm);
	struct proc *p;
	struct open *o;

	if (!vm)
		return 0;
	vm->created.ev = *ev;
	vm->created.refs = *refs;
	p = proc_get(m, vm->pub.pid);
	if (!p)
		return -ENOMEM;
	DL_FOREACH2(p->opens, o, p_next)
		suspect_begin(m, o, vm, ev->h.ts);
	return 0;
}

static int on_attr(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct ev_kvm_attr *a = &ev->attr;
	struct group *g = a->group ? group_find(m, a->group) : NULL;
	struct open *o, *next;

	if (!g || a->h.ret || a->attr_group != KVM_DEV_VFIO_GROUP ||
	    a->attr != KVM_DEV_VFIO_GROUP_ADD)
		return 0;
	for (o = g->opens; o; o = next) {
		next = o->g_next;
		/* Its close may be among what was lost; the state there tells. */
		if (m->lost != o->lost)
			continue;
		keep(&o->ev_end, ev, refs);
		vm_ref(&o->vm, vm_find(m, a->kvm), &o->pub.vm);
		fire(m, o, VS_RULE_OPEN_BEFORE_ADD, ev->h.ts, false);
	}
	return 0;
}

/* The outer call of an open: what the VMM sees of it. */
static void on_group_ioctl(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct ev_group_ioctl *g = &ev->group_ioctl;
	struct open *o;

	if (g->cmd != VFIO_GROUP_GET_DEVICE_FD || g->h.ret < 0 || !g->object)
		return;
	o = open_find(m, g->object);
	if (o && o->pub.tid == g->h.tid && o->ev_getfd.ev.h.kind == VS_NONE)
		keep(&o->ev_getfd, ev, refs);
}

static int on_dev_open(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	struct open *o = open_find(m, ev->dev.dev);

	if (ev->h.ret)
		return 0;
	if (o && ev->dev.open_count > 1) {
		o->pub.opens++;
		return 0;
	}
	if (o) /* its last close was lost */
		open_end(m, o, ev->h.ts, true);
	return open_new(m, ev, refs, ev->dev.open_count > 1) ? 0 : -ENOMEM;
}

static int on_dev_close(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	struct open *o = open_find(m, ev->dev.dev);

	if (!o)
		o = open_new(m, ev, refs, true);
	if (!o)
		return -ENOMEM;
	if (ev->dev.open_count)
		return 0;
	if (!(o->pub.fired & (1u << VS_RULE_OPEN_BEFORE_ADD)) && !o->since_before)
		keep(&o->ev_end, ev, refs);
	/* The ADD itself may have gone unseen: the state at the end proves it. */
	if (o->pub.verdict != VS_VERDICT_ORDERED && !ev->dev.kvm && ev->dev.group_kvm)
		judge_state(m, o, &ev->dev);
	open_end(m, o, ev->h.ts, true);
	return 0;
}

static int on_vm_name(struct vs_model *m, const struct ev_vm_name *ev)
{
	bool new = ev->h.ret;
	struct vm *vm = new ? vm_begin(m, ev->kvm, ev->h.pid) : vm_get(m, ev->kvm, ev->h.pid);

	if (!vm)
		return -ENOMEM;
	vm->announced = new;
	memcpy(vm->pub.name, ev->name, sizeof(vm->pub.name));
	memcpy(vm->pub.comm, ev->h.comm, sizeof(vm->pub.comm));
	return 0;
}

static int on_dev_info(struct vs_model *m, const struct ev_dev_info *ev)
{
	struct info *info;

	HASH_FIND_STR(m->infos, ev->name, info);
	if (!info) {
		info = calloc(1, sizeof(*info));
		if (!info)
			return -ENOMEM;
		memcpy(info->name, ev->name, sizeof(info->name));
		HASH_ADD_STR(m->infos, name, info);
		if (!info->hh.tbl) {
			free(info);
			return -ENOMEM;
		}
	}
	memcpy(info->text, ev->text, sizeof(info->text));
	return 0;
}

/* The VMs of the event exist from now on. */
static int introduce(struct vs_model *m, const union vs_event *ev)
{
	uint64_t group_vm = vs_event_group_vm(ev);
	struct vm *vm = NULL;
	uint32_t pid;
	uint64_t ptr = vs_event_vm(ev, &pid);

	if (ptr && ev->h.kind == VS_VM_CREATE) {
		vm = vm_begin(m, ptr, pid);
		if (!vm)
			return -ENOMEM;
		vm->pub.created_ns = ev->h.ts;
		memcpy(vm->pub.comm, ev->h.comm, sizeof(vm->pub.comm));
	} else if (ptr && !vm_get(m, ptr, pid)) {
		return -ENOMEM;
	}
	if (group_vm && !vm_get(m, group_vm, pid))
		return -ENOMEM;
	return 0;
}

static void resolve(const struct vs_model *m, const union vs_event *ev, struct vs_refs *refs)
{
	uint64_t group_vm = vs_event_group_vm(ev);
	struct info *info = NULL;
	struct vm *vm;
	uint32_t pid;
	uint64_t ptr = vs_event_vm(ev, &pid);

	memset(refs, 0, sizeof(*refs));
	refs->group = vs_event_group(ev);
	vm = ptr ? vm_find(m, ptr) : NULL;
	refs->vm = vm ? &vm->pub : NULL;
	vm = group_vm ? vm_find(m, group_vm) : NULL;
	refs->group_vm = vm ? &vm->pub : NULL;
	if (ev->h.kind == VS_DEV_OPEN)
		HASH_FIND_STR(m->infos, ev->dev.name, info);
	refs->info = info ? info->text : NULL;
}

static int apply(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	struct vm *vm;

	switch (ev->h.kind) {
	case VS_VM_CREATE:
		return on_vm_create(m, ev, refs);
	case VS_VM_DESTROY:
		vm = vm_find(m, ev->vm.kvm);
		if (vm)
			vm_retire(m, vm);
		return 0;
	case VS_KVM_ATTR:
		return on_attr(m, ev, refs);
	case VS_GROUP_IOCTL:
		on_group_ioctl(m, ev, refs);
		return 0;
	case VS_DEV_OPEN:
		return on_dev_open(m, ev, refs);
	case VS_DEV_CLOSE:
		return on_dev_close(m, ev, refs);
	}
	return 0;
}

int vs_model_feed(struct vs_model *m, const union vs_event *ev)
{
	struct vs_refs refs;
	int err;

	/* Made in user space: says nothing of losses, and is no event to show. */
	if (ev->h.kind == VS_VM_NAME)
		return on_vm_name(m, &ev->vm_name);
	if (ev->h.kind == VS_DEV_INFO)
		return on_dev_info(m, &ev->dev_info);

	if (ev->h.lost > m->lost)
		m->lost = ev->h.lost;
	err = introduce(m, ev);
	if (err)
		return err;
	resolve(m, ev, &refs);
	m->sink.event(m->sink.ctx, ev, &refs);
	return apply(m, ev, &refs);
}

void vs_model_tick(struct vs_model *m, uint64_t now_ns)
{
	struct open *o, *next;

	for (o = m->suspects; o; o = next) {
		next = o->s_next;
		if (now_ns - o->suspect_ns >= m->config.grace_ns && !blind(m, o))
			fire(m, o, VS_RULE_OPEN_WITHOUT_ADD, now_ns, true);
	}
}

void vs_model_finish(struct vs_model *m, uint64_t now_ns, uint32_t lost)
{
	struct open *o, *tmp;

	if (lost > m->lost)
		m->lost = lost;
	HASH_ITER(hh, m->opens, o, tmp)
		open_end(m, o, now_ns, false);
}

void vs_model_free(struct vs_model *m)
{
	struct info *info, *itmp;
	struct open *o, *otmp;
	struct vm *vm, *vtmp;

	if (!m)
		return;
	HASH_ITER(hh, m->opens, o, otmp)
		open_unlink(m, o);
	HASH_ITER(hh, m->vms, vm, vtmp)
		vm_retire(m, vm);
	HASH_ITER(hh, m->infos, info, itmp) {
		HASH_DEL(m->infos, info);
		free(info);
	}
	free(m);
}
