// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../event/refs.h"
#include "world.h"

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
		m->looking = config->look;
	}
	return m;
}

static int on_vm_create(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	struct m_vm *vm = m_vm_find(m, ev->vm.kvm);
	struct m_proc *p;
	struct m_open *o;

	if (!vm)
		return 0;
	vm->created.ev = *ev;
	vm->created.refs = *refs;
	p = m_proc_get(m, vm->pub.pid);
	if (!p)
		return -ENOMEM;
	DL_FOREACH2(p->opens, o, p_next)
		m_suspect_begin(m, o, vm, ev->h.ts);
	return 0;
}

static int on_dev_open(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	bool first = ev->dev.open_count == 1;
	struct m_open *o;

	if (ev->h.ret)
		return m_on_refused(m, ev, refs);
	o = first ? m_open_find(m, ev->dev.dev) : m_open_of(m, &ev->dev);
	/* Found through a file of its own before its open had returned. */
	if (o && first && o->since_before && m->looking && m_certain(m, o)) {
		m_judge_again(m, o, ev, refs);
		return 0;
	}
	if (o && !first) {
		o->pub.opens++;
		m_judge_again(m, o, ev, refs);
		return 0;
	}
	if (o) /* its last close was lost or can not be seen */
		m_open_end(m, o, ev->h.ts, false);
	return m_open_new(m, ev, refs, !first) ? 0 : -ENOMEM;
}

static int on_dev_close(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	struct m_open *o = m_open_of(m, &ev->dev);
	bool proof = ev->dev.group_kvm && ev->dev.kvm != ev->dev.group_kvm;
	/* After a loss its verdict stands, but this may be another open's close. */
	bool other = o && !proof && !m_certain(m, o) && o->pub.verdict != VS_VERDICT_PENDING;

	if (!o)
		o = m_open_new(m, ev, refs, true);
	else if (!other)
		m_judge_again(m, o, ev, refs);
	if (!o)
		return -ENOMEM;
	if (!ev->dev.open_count)
		m_open_end(m, o, ev->h.ts, !other);
	return 0;
}

/* A device open already, shown once for every file that keeps it open. */
static int on_found_device(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct ev_dev *d = &ev->dev;
	struct m_open *o;

	if (!d->open_count)
		return 0;
	o = m_open_of(m, d);
	if (!o)
		return m_open_new(m, ev, refs, true) ? 0 : -ENOMEM;
	m_judge_again(m, o, ev, refs);
	if (o->since_before && d->owner_kvm)
		m_suspect_begin(m, o, m_vm_find(m, d->owner_kvm), d->h.ts);
	return 0;
}

static int on_vm_name(struct vs_model *m, const struct ev_vm_name *ev)
{
	bool new = ev->h.ret;
	struct m_vm *vm = new ? m_vm_begin(m, ev->kvm, ev->h.pid) : m_vm_get(m, ev->kvm, ev->h.pid);

	if (!vm)
		return -ENOMEM;
	vm->announced = new;
	memcpy(vm->pub.name, ev->name, sizeof(vm->pub.name));
	memcpy(vm->pub.comm, ev->h.comm, sizeof(vm->pub.comm));
	return 0;
}

static int on_dev_info(struct vs_model *m, const struct ev_dev_info *ev)
{
	struct m_info *info;

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

/*
 * A VM that an open device carries on with is known by it: it may have ended,
 * and another one may have its address.
 */
static struct m_vm *carried_vm(const struct vs_model *m, const union vs_event *ev, uint64_t ptr)
{
	bool about_open = ev->h.kind == VS_DEV_OPEN || ev->h.kind == VS_DEV_CLOSE ||
			  ev->h.kind == VS_FOUND_DEVICE;
	bool first = ev->h.kind == VS_DEV_OPEN && !ev->h.ret && ev->dev.open_count == 1;
	struct m_open *o =
		ptr && about_open && !first && ev->dev.kvm ? m_open_find(m, ev->dev.dev) : NULL;

	return o && o->kvm && o->kvm->pub.ptr == ptr ? o->kvm : NULL;
}

/* What is taken down along with a registration: its VM may have ended before. */
static bool past_vm(const union vs_event *ev, uint64_t ptr)
{
	if (ev->h.kind == VS_COHERENCY)
		return !ev->coherency.on;
	return ev->h.kind == VS_SET_KVM && !ev->set_kvm.kvm && ev->set_kvm.vm != ptr;
}

/* What the event is about, as far as it is known. */
static void resolve(const union vs_event *ev, const struct m_vm *vm, const struct m_vm *group_vm,
		    struct vs_refs *refs)
{
	refs->vm = vm ? &vm->pub : NULL;
	refs->group_vm = group_vm ? &group_vm->pub : NULL;
	refs->group = vs_event_group(ev);
}

static void resolve_again(const struct vs_model *m, const union vs_event *ev, struct vs_refs *refs)
{
	uint32_t pid;
	uint64_t ptr = vs_event_vm(ev, &pid), group_ptr = vs_event_group_vm(ev, &pid);
	struct m_vm *vm = carried_vm(m, ev, ptr);

	if (!vm && ptr)
		vm = m_vm_find(m, ptr);
	resolve(ev, vm, group_ptr ? m_vm_find(m, group_ptr) : NULL, refs);
}

/* The VMs of the event exist from now on. */
static int introduce(struct vs_model *m, const union vs_event *ev, struct vs_refs *refs)
{
	uint32_t pid, group_pid;
	uint64_t ptr = vs_event_vm(ev, &pid), group_ptr = vs_event_group_vm(ev, &group_pid);
	struct m_vm *vm = NULL, *group_vm = NULL;

	if (ptr && ev->h.kind == VS_VM_CREATE) {
		vm = m_vm_begin(m, ptr, pid);
		if (!vm)
			return -ENOMEM;
		vm->pub.created_ns = ev->h.ts;
		memcpy(vm->pub.comm, ev->h.comm, sizeof(vm->pub.comm));
	} else if (ptr && past_vm(ev, ptr)) {
		vm = m_vm_find(m, ptr);
	} else if (ptr) {
		vm = carried_vm(m, ev, ptr);
		if (!vm)
			vm = m_vm_get(m, ptr, pid);
		if (!vm)
			return -ENOMEM;
	}
	if (group_ptr) {
		group_vm = m_vm_get(m, group_ptr, group_pid);
		if (!group_vm)
			return -ENOMEM;
	}
	/* There was none a moment ago, if it is the first sign of this VM. */
	if (ptr && !vm)
		vm = m_vm_find(m, ptr);
	resolve(ev, vm, group_vm, refs);
	return 0;
}

static int apply_call(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	switch (ev->h.kind) {
	case VS_VM_CREATE:
		return on_vm_create(m, ev, refs);
	case VS_VM_DESTROY:
		m_on_vm_destroy(m, ev, refs);
		return 0;
	case VS_KVM_VFIO_CREATE:
		m_on_kvm_vfio_create(m, ev, refs);
		return 0;
	case VS_KVM_VFIO_RELEASE:
		m_on_kvm_vfio_release(m, ev);
		return 0;
	case VS_KVM_ATTR:
		return m_on_attr(m, ev, refs);
	case VS_SET_KVM:
		return m_on_set_kvm(m, ev, refs);
	case VS_GROUP_IOCTL:
		m_on_group_ioctl(m, ev, refs);
		return 0;
	case VS_CONTAINER_IOCTL:
		m_on_container_ioctl(m, ev, refs);
		return 0;
	case VS_DEV_OPEN:
		return on_dev_open(m, ev, refs);
	case VS_DEV_CLOSE:
		return on_dev_close(m, ev, refs);
	case VS_COHERENCY:
		if (ev->coherency.on)
			m_on_noncoherent(m, ev, refs);
		return 0;
	}
	return 0;
}

static int apply_found(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	switch (ev->h.kind) {
	case VS_FOUND_KVM_VFIO:
		if (ev->kvm_vfio.noncoherent)
			m_on_noncoherent(m, ev, refs);
		return 0;
	case VS_FOUND_REGISTRATION:
		return m_on_registration(m, ev, refs);
	case VS_FOUND_DEVICE:
		return on_found_device(m, ev, refs);
	}
	return 0;
}

static int apply(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	int err = apply_call(m, ev, refs);

	return err ? err : apply_found(m, ev, refs);
}

/* An event of a kernel that notifies drivers, as the rest of the model takes it. */
static int apply_notifier(struct vs_model *m, const union vs_event *ev, struct vs_refs *refs)
{
	union vs_event adapted = *ev;

	if (m_adapt_notifier(m, &adapted))
		resolve_again(m, ev, refs);
	return apply(m, &adapted, refs);
}

static void count_lost(struct vs_model *m, uint32_t records)
{
	if (records + m->missed > m->lost)
		m->lost = records + m->missed;
}

int vs_model_feed(struct vs_model *m, const union vs_event *ev)
{
	struct vs_refs refs;
	int err;

	/* Made in user space: says nothing of losses, and is no event to show. */
	if (ev->h.kind == VS_LOOK_DONE) {
		m_look_done(m);
		return 0;
	}
	if (ev->h.kind == VS_MISSED) {
		m->doubt = ev->missed.count != 0;
		m->missed += (uint32_t)ev->missed.count;
		m->lost += (uint32_t)ev->missed.count;
		return 0;
	}
	if (ev->h.kind == VS_VM_NAME)
		return on_vm_name(m, &ev->vm_name);
	if (ev->h.kind == VS_DEV_INFO)
		return on_dev_info(m, &ev->dev_info);

	count_lost(m, ev->h.lost);
	err = introduce(m, ev, &refs);
	if (err)
		return err;
	m->sink.event(m->sink.ctx, ev, &refs);
	return ev->h.flags & VS_F_NOTIFIER ? apply_notifier(m, ev, &refs) : apply(m, ev, &refs);
}

void vs_model_resume(struct vs_model *m, unsigned int blind, bool look)
{
	m->resumed++;
	m->missed++;
	m->lost++;
	m->config.blind = blind;
	m->looking = look;
}

void vs_model_tick(struct vs_model *m, uint64_t now_ns, uint32_t lost)
{
	struct m_open *o;

	count_lost(m, lost);
	while ((o = m->suspects) && now_ns >= o->suspect_ns + m->config.grace_ns) {
		m_suspect_end(m, o);
		/* If not now, then never: what was lost stays lost. */
		if (!m_blind(m, o))
			m_fire(m, o, VS_RULE_OPEN_WITHOUT_ADD, now_ns, true);
	}
}

void vs_model_finish(struct vs_model *m, uint64_t now_ns, uint32_t lost)
{
	struct m_open *o, *tmp;

	if (lost + m->resumed > m->lost)
		m->lost = lost + m->resumed;
	HASH_ITER(hh, m->opens, o, tmp)
		m_open_end(m, o, now_ns, false);
}

void vs_model_free(struct vs_model *m)
{
	struct m_refused *r, *rtmp;
	struct m_info *info, *itmp;
	struct m_open *o, *otmp;
	struct m_vm *vm, *vtmp;

	if (!m)
		return;
	m_look_done(m);
	HASH_ITER(hh, m->opens, o, otmp)
		m_open_unlink(m, o);
	HASH_ITER(hh, m->vms, vm, vtmp)
		m_vm_retire(m, vm);
	HASH_ITER(hh, m->infos, info, itmp) {
		HASH_DEL(m->infos, info);
		free(info);
	}
	HASH_ITER(hh, m->refused, r, rtmp) {
		HASH_DEL(m->refused, r);
		free(r);
	}
	free(m->spare);
	free(m);
}
