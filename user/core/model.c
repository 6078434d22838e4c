// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/kvm.h>
#include <linux/vfio.h>

/* Out of memory is an error to return, not a reason to exit. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>
#include <utlist.h>

#include "model.h"

struct vm {
	struct vs_vm pub; /* first: evidence holds on to it by this pointer */
	uint64_t ptr;
	unsigned int refs; /* opens and evidence that name it */
	struct vs_evidence created; /* refers to itself, not counted */
	bool dead;
	bool announced; /* named as new, creation still to come */
	struct vm *prev, *next; /* of its process */
	UT_hash_handle hh;
};

struct open {
	struct vs_open pub;
	uint64_t dev;
	struct vm *kvm, *vm; /* counted; pub.kvm, pub.vm */
	struct group *group; /* both only without a kvm pointer */
	struct proc *proc;
	bool since_before; /* first open not seen */
	bool vms_unknown; /* could not look whether the process had a VM */
	bool suspect; /* its process has a VM */
	bool grace; /* on m->suspects */
	uint64_t suspect_ns; /* since when */
	uint32_t lost; /* the source's count when it was opened */
	struct vs_evidence ev_open, ev_getfd, ev_end;
	struct open *g_prev, *g_next, *p_prev, *p_next, *s_prev, *s_next;
	UT_hash_handle hh;
};

/* A group with opens that lack a kvm pointer. */
struct group {
	uint64_t ptr;
	struct open *opens;
	UT_hash_handle hh;
};

/* A process with VMs, or with opens that lack a kvm pointer. */
struct proc {
	uint32_t pid;
	struct vm *vms;
	struct open *opens;
	UT_hash_handle hh;
};

/* Vendor and device name, as the source found them. */
struct info {
	char name[VS_DEVNAME_LEN];
	char text[VS_NAME_LEN];
	UT_hash_handle hh;
};

struct vs_model {
	struct vs_model_config config;
	struct vs_sink sink;
	struct vm *vms; /* by address, living ones */
	struct open *opens; /* by the vfio_device's address */
	struct group *groups;
	struct proc *procs;
	struct info *infos;
	struct open *suspects; /* opens whose grace period runs */
	uint32_t vm_count;
	uint32_t open_count;
	uint32_t lost; /* records, by the last event */
};

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

/* Processes */

static struct proc *proc_get(struct vs_model *m, uint32_t pid)
{
	struct proc *p;

	HASH_FIND(hh, m->procs, &pid, sizeof(pid), p);
	if (p)
		return p;
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->pid = pid;
	HASH_ADD(hh, m->procs, pid, sizeof(pid), p);
	if (!p->hh.tbl) {
		free(p);
		return NULL;
	}
	return p;
}

static void proc_put(struct vs_model *m, struct proc *p)
{
	if (p->vms || p->opens)
		return;
	HASH_DEL(m->procs, p);
	free(p);
}

/* VMs */

static struct vm *vm_find(const struct vs_model *m, uint64_t ptr)
{
	struct vm *vm;

	HASH_FIND(hh, m->vms, &ptr, sizeof(ptr), vm);
	return vm;
}

static void vm_free_unused(struct vm *vm)
{
	if (vm->dead && !vm->refs)
		free(vm);
}

static void vm_retire(struct vs_model *m, struct vm *vm, uint64_t ns)
{
	struct proc *p;

	HASH_DEL(m->vms, vm);
	HASH_FIND(hh, m->procs, &vm->pub.pid, sizeof(vm->pub.pid), p);
	if (p) {
		DL_DELETE(p->vms, vm);
		proc_put(m, p);
	}
	vm->pub.destroyed_ns = ns;
	vm->dead = true;
	vm_free_unused(vm);
}

static struct vm *vm_new(struct vs_model *m, uint64_t ptr, uint32_t pid)
{
	struct vm *vm = calloc(1, sizeof(*vm));
	struct proc *p;

	if (!vm)
		return NULL;
	vm->ptr = ptr;
	vm->pub.pid = pid;
	p = proc_get(m, pid);
	if (!p)
		goto no_memory;
	HASH_ADD(hh, m->vms, ptr, sizeof(ptr), vm);
	if (!vm->hh.tbl) {
		proc_put(m, p);
		goto no_memory;
	}
	DL_APPEND(p->vms, vm);
	vm->pub.id = ++m->vm_count;
	return vm;

no_memory:
	free(vm);
	return NULL;
}

/* The process of a VM that was first met without it. */
static int vm_adopt(struct vs_model *m, struct vm *vm, uint32_t pid)
{
	struct proc *p = proc_get(m, pid), *old;

	if (!p)
		return -ENOMEM;
	HASH_FIND(hh, m->procs, &vm->pub.pid, sizeof(vm->pub.pid), old);
	if (old) {
		DL_DELETE(old->vms, vm);
		proc_put(m, old);
	}
	vm->pub.pid = pid;
	DL_APPEND(p->vms, vm);
	return 0;
}

static struct vm *vm_get(struct vs_model *m, uint64_t ptr, uint32_t pid)
{
	struct vm *vm = vm_find(m, ptr);

	if (!vm)
		return vm_new(m, ptr, pid);
	if (!vm->pub.pid && pid && vm_adopt(m, vm, pid))
		return NULL;
	return vm;
}

/* A VM is created: by its name event, or by its creation if that came first. */
static struct vm *vm_begin(struct vs_model *m, uint64_t ptr, uint32_t pid, uint64_t ns)
{
	struct vm *vm = vm_find(m, ptr);

	if (vm && vm->announced) {
		vm->announced = false;
		return vm;
	}
	/* The end of the last VM at this address was lost. */
	if (vm)
		vm_retire(m, vm, ns);
	return vm_new(m, ptr, pid);
}

static void vm_ref(struct vm **slot, struct vm *vm, const struct vs_vm **pub)
{
	if (vm)
		vm->refs++;
	if (*slot) {
		(*slot)->refs--;
		vm_free_unused(*slot);
	}
	*slot = vm;
	*pub = vm ? &vm->pub : NULL;
}

/* Groups */

static struct group *group_find(const struct vs_model *m, uint64_t ptr)
{
	struct group *g;

	HASH_FIND(hh, m->groups, &ptr, sizeof(ptr), g);
	return g;
}

static struct group *group_get(struct vs_model *m, uint64_t ptr)
{
	struct group *g = group_find(m, ptr);

	if (g)
		return g;
	g = calloc(1, sizeof(*g));
	if (!g)
		return NULL;
	g->ptr = ptr;
	HASH_ADD(hh, m->groups, ptr, sizeof(ptr), g);
	if (!g->hh.tbl) {
		free(g);
		return NULL;
	}
	return g;
}

static void group_put(struct vs_model *m, struct group *g)
{
	if (g->opens)
		return;
	HASH_DEL(m->groups, g);
	free(g);
}

/* Findings */

static void hold(const struct vs_vm *vm)
{
	if (vm)
		((struct vm *)vm)->refs++;
}

static void drop(const struct vs_vm *vm)
{
	if (!vm)
		return;
	((struct vm *)vm)->refs--;
	vm_free_unused((struct vm *)vm);
}

static void evidence_drop(struct vs_evidence *slot)
{
	drop(slot->refs.vm);
	drop(slot->refs.group_vm);
	memset(slot, 0, sizeof(*slot));
}

static void keep(struct vs_evidence *slot, const union vs_event *ev, const struct vs_refs *refs)
{
	hold(refs->vm);
	hold(refs->group_vm);
	evidence_drop(slot);
	slot->ev = *ev;
	slot->refs = *refs;
	slot->refs.info = NULL; /* belongs to the source's table */
}

static void finding_add(struct vs_finding *f, const struct vs_evidence *e)
{
	if (e->ev.h.kind != VS_NONE)
		f->evidence[f->evidence_count++] = e;
}

/* By time: the VM may have come before or after the open. */
static void evidence_sort(struct vs_finding *f)
{
	const struct vs_evidence *e;
	size_t i, j;

	for (i = 1; i < f->evidence_count; i++) {
		e = f->evidence[i];
		for (j = i; j && f->evidence[j - 1]->ev.h.ts > e->ev.h.ts; j--)
			f->evidence[j] = f->evidence[j - 1];
		f->evidence[j] = e;
	}
}

static void suspect_end(struct vs_model *m, struct open *o)
{
	if (!o->grace)
		return;
	DL_DELETE2(m->suspects, o, s_prev, s_next);
	o->grace = false;
}

static void fire(struct vs_model *m, struct open *o, enum vs_rule_id id, uint64_t ts, bool pending)
{
	const struct vs_driver *driver = vs_driver_find(o->pub.driver, m->config.arch);
	struct vs_finding f = {
		.rule = &vs_rules[id],
		.severity = driver->needs_kvm ? VS_ERROR : VS_WARNING,
		.open = &o->pub,
		.vm = o->pub.vm,
		.pending = pending,
		.ts = ts,
		.harm = driver->harm,
	};

	if (o->pub.fired & (1u << id))
		return;
	o->pub.fired |= 1u << id;
	o->pub.verdict = VS_VERDICT_VIOLATION;
	o->pub.reason = f.rule->title;
	suspect_end(m, o);
	if (id == VS_RULE_OPEN_WITHOUT_ADD && o->vm)
		finding_add(&f, &o->vm->created);
	finding_add(&f, &o->ev_open);
	finding_add(&f, &o->ev_getfd);
	finding_add(&f, &o->ev_end);
	evidence_sort(&f);
	m->sink.finding(m->sink.ctx, &f);
}

/* Opens */

static void suspect_begin(struct vs_model *m, struct open *o, struct vm *vm, uint64_t ts)
{
	if (o->suspect || o->pub.fired)
		return;
	o->suspect = o->grace = true;
	o->suspect_ns = ts;
	vm_ref(&o->vm, vm, &o->pub.vm);
	DL_APPEND2(m->suspects, o, s_prev, s_next);
}

static struct open *open_find(const struct vs_model *m, uint64_t dev)
{
	struct open *o;

	HASH_FIND(hh, m->opens, &dev, sizeof(dev), o);
	return o;
}

static void open_unlink(struct vs_model *m, struct open *o)
{
	suspect_end(m, o);
	if (o->group) {
		DL_DELETE2(o->group->opens, o, g_prev, g_next);
		group_put(m, o->group);
	}
	if (o->proc) {
		DL_DELETE2(o->proc->opens, o, p_prev, p_next);
		proc_put(m, o->proc);
	}
	HASH_DEL(m->opens, o);
	vm_ref(&o->kvm, NULL, &o->pub.kvm);
	vm_ref(&o->vm, NULL, &o->pub.vm);
	evidence_drop(&o->ev_open);
	evidence_drop(&o->ev_getfd);
	evidence_drop(&o->ev_end);
	free(o);
}

/* Why an absence can not be trusted for this open; NULL if it can. */
static const char *blind(const struct vs_model *m, const struct open *o)
{
	if (m->lost != o->lost)
		return "records were lost while the device was open";
	if (m->config.blind_vm)
		return "VMs or registrations can not be observed on this kernel";
	if (o->since_before)
		return "the device was opened before tracing began";
	if (o->vms_unknown && !o->suspect)
		return "could not tell whether the process has a VM";
	return NULL;
}

/* A verdict that rests on what did not happen, at the end of an open. */
static void settle_absence(struct vs_model *m, struct open *o, uint64_t ts, bool ended)
{
	const char *why = blind(m, o);

	if (!why && o->suspect && !ended && ts - o->suspect_ns < m->config.grace_ns)
		why = "tracing ended before the grace period was over";
	if (why) {
		o->pub.verdict = VS_VERDICT_UNKNOWN;
		o->pub.reason = why;
	} else if (o->suspect) {
		fire(m, o, VS_RULE_OPEN_WITHOUT_ADD, ts, !ended);
	} else {
		o->pub.verdict = VS_VERDICT_NO_VM;
		o->pub.reason = "no VM is involved: a user-space driver";
	}
}

static void open_end(struct vs_model *m, struct open *o, uint64_t ts, bool ended)
{
	if (ended)
		o->pub.closed_ns = ts;
	if (o->pub.verdict == VS_VERDICT_PENDING)
		settle_absence(m, o, ts, ended);
	m->sink.closed(m->sink.ctx, &o->pub);
	open_unlink(m, o);
}

/* An open without a kvm pointer is watched: its group and its process matter. */
static int open_watch(struct vs_model *m, struct open *o, const struct ev_dev *ev)
{
	struct vm *vm = NULL;

	o->group = group_get(m, ev->group);
	if (!o->group)
		return -ENOMEM;
	DL_APPEND2(o->group->opens, o, g_prev, g_next);
	o->vms_unknown = ev->vms_seen == VS_VMS_UNKNOWN;
	if (o->since_before)
		return 0;
	o->proc = proc_get(m, ev->h.pid);
	if (!o->proc)
		return -ENOMEM;
	DL_APPEND2(o->proc->opens, o, p_prev, p_next);
	/* What the kernel says of its VMs counts; our own list may lack an end. */
	if (ev->owner_kvm)
		vm = vm_find(m, ev->owner_kvm);
	else if (o->vms_unknown)
		vm = o->proc->vms;
	if (vm)
		suspect_begin(m, o, vm, ev->h.ts);
	return 0;
}

static void open_describe(struct vs_model *m, struct open *o, const struct ev_dev *ev)
{
	struct vs_open *pub = &o->pub;
	struct info *info;

	memcpy(pub->device, ev->name, sizeof(pub->device));
	memcpy(pub->driver, ev->driver, sizeof(pub->driver));
	HASH_FIND_STR(m->infos, ev->name, info);
	if (info)
		memcpy(pub->info, info->text, sizeof(pub->info));
	pub->group = ev->iommu_group;
	pub->opens = 1;
	if (o->since_before)
		return;
	pub->pid = ev->h.pid;
	pub->tid = ev->h.tid;
	memcpy(pub->comm, ev->h.comm, sizeof(pub->comm));
	pub->opened_ns = ev->h.ts;
	pub->tracked = ev->h.flags & VS_F_TRACKED;
}

/* What the device's own state proves, at whatever moment it is read. */
static void judge_state(struct vs_model *m, struct open *o, const struct ev_dev *ev)
{
	struct vm *kvm = vm_find(m, ev->kvm);

	if (ev->kvm) {
		vm_ref(&o->kvm, kvm, &o->pub.kvm);
		vm_ref(&o->vm, kvm, &o->pub.vm);
		o->pub.verdict = VS_VERDICT_ORDERED;
		o->pub.reason = o->since_before ?
					"the device carries its VM's kvm pointer, taken before "
					"tracing began" :
					"the device took the kvm pointer of the VM its group is "
					"registered with";
	} else if (ev->group_kvm) {
		vm_ref(&o->vm, vm_find(m, ev->group_kvm), &o->pub.vm);
		fire(m, o, VS_RULE_OPEN_BEFORE_ADD, ev->h.ts, false);
	}
}

/* From a first open, or from any later sign of an open that began before us. */
static struct open *open_new(struct vs_model *m, const union vs_event *ev,
			     const struct vs_refs *refs, bool since_before)
{
	struct open *o = calloc(1, sizeof(*o));
	const struct ev_dev *dev = &ev->dev;

	if (!o)
		return NULL;
	o->dev = dev->dev;
	o->lost = m->lost;
	o->since_before = since_before;
	o->pub.id = ++m->open_count;
	HASH_ADD(hh, m->opens, dev, sizeof(o->dev), o);
	if (!o->hh.tbl) {
		free(o);
		return NULL;
	}
	open_describe(m, o, dev);
	keep(&o->ev_open, ev, refs);
	if (!dev->kvm && open_watch(m, o, dev)) {
		open_unlink(m, o);
		return NULL;
	}
	judge_state(m, o, dev);
	m->sink.opened(m->sink.ctx, &o->pub);
	return o;
}

/* Events */

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
	struct vm *vm = new ? vm_begin(m, ev->kvm, ev->h.pid, ev->h.ts) :
			      vm_get(m, ev->kvm, ev->h.pid);

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

/* The VM an event is about: address and, as far as known, its process. */
static uint64_t event_vm(const union vs_event *ev, uint32_t *pid)
{
	*pid = 0;
	switch (ev->h.kind) {
	case VS_VM_CREATE:
		*pid = ev->h.pid;
		return ev->vm.kvm;
	case VS_VM_DESTROY:
		*pid = ev->vm.creator;
		return ev->vm.kvm;
	case VS_KVM_VFIO_CREATE:
	case VS_KVM_VFIO_RELEASE:
		*pid = ev->kvm_vfio.creator;
		return ev->kvm_vfio.kvm;
	case VS_KVM_ATTR:
		*pid = ev->attr.creator;
		return ev->attr.kvm;
	case VS_SET_KVM:
		return ev->set_kvm.kvm ? ev->set_kvm.kvm : ev->set_kvm.kvm_before;
	case VS_DEV_OPEN:
	case VS_DEV_CLOSE:
		*pid = ev->dev.creator;
		return ev->dev.kvm ? ev->dev.kvm : ev->dev.owner_kvm;
	case VS_KVM_TAKEN:
	case VS_KVM_DROPPED:
	case VS_DRIVER_OPEN:
		return ev->dev_kvm.kvm;
	case VS_GROUP_IOCTL:
		return ev->group_ioctl.group_kvm;
	case VS_DEV_IOCTL:
		return ev->dev_ioctl.kvm;
	case VS_COHERENCY:
		*pid = ev->coherency.creator;
		return ev->coherency.kvm;
	}
	return 0;
}

/* What the group carries after the call, as far as the event tells. */
static uint64_t event_group_vm(const union vs_event *ev)
{
	switch (ev->h.kind) {
	case VS_KVM_ATTR:
		return ev->attr.group_kvm;
	case VS_SET_KVM:
		return ev->set_kvm.group_kvm;
	case VS_GROUP_IOCTL:
		return ev->group_ioctl.group_kvm;
	case VS_DEV_OPEN:
	case VS_DEV_CLOSE:
		return ev->dev.group_kvm;
	}
	return 0;
}

static int event_group(const union vs_event *ev)
{
	switch (ev->h.kind) {
	case VS_KVM_ATTR:
		return ev->attr.iommu_group;
	case VS_SET_KVM:
		return ev->set_kvm.iommu_group;
	case VS_GROUP_OPEN:
	case VS_GROUP_RELEASE:
		return ev->group.iommu_group;
	case VS_GROUP_IOCTL:
		return ev->group_ioctl.iommu_group;
	case VS_DEV_OPEN:
	case VS_DEV_CLOSE:
		return ev->dev.iommu_group;
	case VS_KVM_TAKEN:
	case VS_KVM_DROPPED:
	case VS_DRIVER_OPEN:
		return ev->dev_kvm.iommu_group;
	case VS_DEV_IOCTL:
		return ev->dev_ioctl.iommu_group;
	}
	return -1;
}

/* The VMs of the event exist from now on. */
static int introduce(struct vs_model *m, const union vs_event *ev)
{
	uint64_t group_vm = event_group_vm(ev);
	struct vm *vm = NULL;
	uint32_t pid;
	uint64_t ptr = event_vm(ev, &pid);

	if (ptr && ev->h.kind == VS_VM_CREATE) {
		vm = vm_begin(m, ptr, pid, ev->h.ts);
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
	uint64_t group_vm = event_group_vm(ev);
	struct info *info = NULL;
	struct vm *vm;
	uint32_t pid;
	uint64_t ptr = event_vm(ev, &pid);

	memset(refs, 0, sizeof(*refs));
	refs->group = event_group(ev);
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
			vm_retire(m, vm, ev->h.ts);
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
		vm_retire(m, vm, 0);
	HASH_ITER(hh, m->infos, info, itmp) {
		HASH_DEL(m->infos, info);
		free(info);
	}
	free(m);
}
