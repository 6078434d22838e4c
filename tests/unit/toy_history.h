/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random histories of the toy kernel, with what is true of every open in them.
 * Calls overlap as on several CPUs; the locks that the kernel holds are kept:
 * one open or close at a time per group, one ADD or DEL at a time per group
 * and per VM, and a file that the look shows can not go away meanwhile.
 */
#ifndef VS_TEST_TOY_HISTORY_H
#define VS_TEST_TOY_HISTORY_H

#include "model_test.h"

#define BIT(rule) (1u << (rule))
#define H_SHOWING 3
#define H_TARGETS 64

/* One open of a device as it really was. */
struct truth {
	unsigned int dev;
	uint32_t pid; /* opener */
	uint64_t from, to; /* to: UINT64_MAX while it is open */
	uint64_t opened_ns; /* what its record says, 0 if there was none */
	uint64_t kvm; /* the pointer it took */
	uint32_t kvm_life;
	bool before; /* the probes were armed */
	bool recorded; /* its open has returned */
	bool shown; /* some record of it was written */
	bool deleting; /* a DEL in progress found it open */
	bool has_vm; /* the opener has, or had meanwhile */
	bool vague; /* which VM its pointer was, nobody can tell: the address alone is known */
	unsigned int may, must; /* rules that can, that have to fire */
};

/* What the look shows: of which thing, at which place. */
struct showing {
	enum { SHOW_NOTHING, SHOW_DEVICE, SHOW_VM, SHOW_KVM_VFIO, SHOW_REG } what;
	unsigned int index, group;
	size_t place;
};

struct history {
	struct lab *l;
	uint32_t seed;
	bool old_kernel; /* a VM can end while a device carries its pointer */
	struct truth t[K_MAX];
	size_t count;
	struct truth *now[K_DEVICES];
	struct k_attr attr[K_GROUPS];
	bool in_attr[K_GROUPS];
	int opening[K_GROUPS]; /* device, -1: none */
	bool two[K_GROUPS]; /* was registered with two VMs */
	bool looking;
	struct showing target[H_TARGETS], showing[H_SHOWING];
	size_t targets;
	size_t judged, found; /* opens and findings looked at */
};

static inline uint32_t h_random(struct history *h, uint32_t below)
{
	return next_random(&h->seed) % below;
}

static inline unsigned int group_of(const struct history *h, unsigned int dev)
{
	return (unsigned int)(h->l->dev[dev].group - h->l->group);
}

#define FOR_OPENS_IN(h, group_, t_)                           \
	for (unsigned int dev_ = 0; dev_ < K_DEVICES; dev_++) \
		if (((t_) = (h)->now[dev_]) && group_of(h, dev_) == (group_))

/* What happens to opens */

static inline void note_add(struct history *h, unsigned int group, const struct k_vm *vm)
{
	struct truth *t;

	FOR_OPENS_IN(h, group, t)
	{
		unsigned int bit = !t->kvm ? BIT(VS_RULE_OPEN_BEFORE_ADD) :
					     BIT(VS_RULE_KVM_MISMATCH);

		if (t->kvm == vm->ptr && t->kvm_life == vm->life)
			continue;
		t->may |= bit;
		/* An old VM of the same address differs by its history only. */
		if (t->recorded && t->kvm != vm->ptr)
			t->must |= bit;
	}
}

/* A record shows the device and its group together. */
static inline void note_state(struct history *h, unsigned int dev)
{
	uint64_t group_kvm = ptr_of(h->l->dev[dev].group->vm);
	struct truth *t = h->now[dev];
	unsigned int bit = t->kvm ? BIT(VS_RULE_KVM_MISMATCH) : BIT(VS_RULE_OPEN_BEFORE_ADD);

	t->shown = true;
	if (!group_kvm || group_kvm == t->kvm)
		return;
	t->may |= bit;
	t->must |= bit;
}

static inline void note_del(struct history *h, unsigned int group)
{
	struct truth *t;

	FOR_OPENS_IN(h, group, t)
	{
		t->may |= BIT(VS_RULE_DEL_WHILE_OPEN);
		if (t->recorded)
			t->must |= BIT(VS_RULE_DEL_WHILE_OPEN);
	}
}

static inline void note_has_vm(struct truth *t)
{
	t->has_vm = true;
	if (t->kvm)
		return;
	t->may |= BIT(VS_RULE_OPEN_WITHOUT_ADD);
	if (!t->before)
		t->must |= BIT(VS_RULE_OPEN_WITHOUT_ADD);
}

static inline bool on_a_list(const struct history *h, unsigned int group)
{
	unsigned int i;

	for (i = 0; i < K_VMS; i++)
		if (h->l->vm[i].pid && h->l->vm[i].listed[group])
			return true;
	return false;
}

static inline void note_listed(struct history *h, unsigned int dev)
{
	unsigned int group = group_of(h, dev);
	struct truth *t = h->now[dev];

	if (t->kvm)
		return;
	/* A DEL in progress: done, but not yet told. */
	if (on_a_list(h, group) || h->in_attr[group])
		t->may |= BIT(VS_RULE_OPEN_WITHOUT_ADD);
	/* During a look, a list that was not shown yet can change before it is. */
	if (on_a_list(h, group) && !t->before && !h->looking)
		t->must |= BIT(VS_RULE_OPEN_WITHOUT_ADD);
}

/* What the kernel is busy with */

static inline bool vm_busy(const struct history *h, unsigned int vm)
{
	unsigned int i;

	for (i = 0; i < K_GROUPS; i++)
		if (h->in_attr[i] && (h->attr[i].vm == vm || h->l->vm[vm].listed[i]))
			return true;
	for (i = 0; i < H_SHOWING; i++)
		if (h->showing[i].what > SHOW_DEVICE && h->showing[i].index == vm)
			return true;
	return false;
}

static inline bool device_shown(const struct history *h, unsigned int dev)
{
	unsigned int i;

	for (i = 0; i < H_SHOWING; i++)
		if (h->showing[i].what == SHOW_DEVICE && h->showing[i].index == dev)
			return true;
	return false;
}

static inline bool carried(const struct history *h, const struct k_vm *vm)
{
	unsigned int i;

	for (i = 0; i < K_DEVICES; i++)
		if (h->now[i] && h->now[i]->kvm == vm->ptr && h->now[i]->kvm_life == vm->life)
			return true;
	return false;
}

/* Steps */

static inline void h_vm_create(struct history *h, unsigned int vm, uint32_t pid)
{
	unsigned int i;

	if (h->l->vm[vm].pid)
		return;
	vm_create(h->l, vm, pid);
	for (i = 0; i < K_DEVICES; i++)
		if (h->now[i] && h->now[i]->pid == pid && h->now[i]->recorded)
			note_has_vm(h->now[i]);
}

static inline bool h_on_purpose(struct history *h)
{
	static const uint32_t flags[] = { 0, 0, VS_F_EXITING, VS_F_OTHER_MM };

	h->l->flags = flags[h_random(h, 4)];
	return !h->l->flags;
}

static inline void h_kvm_vfio_close(struct history *h, unsigned int vm)
{
	struct k_vm *v = &h->l->vm[vm];
	unsigned int i;

	if (!v->pid || vm_busy(h, vm))
		return;
	if (h_on_purpose(h))
		for (i = 0; i < K_GROUPS; i++)
			if (v->listed[i])
				note_del(h, i);
	kvm_vfio_close(h->l, v->pid, vm);
	h->l->flags = 0;
}

/* The VM ends @on_purpose; opens that carry its pointer lose it. */
static inline void note_gone(struct history *h, const struct k_vm *v, bool on_purpose)
{
	unsigned int i;

	for (i = 0; i < K_DEVICES; i++) {
		struct truth *t = h->now[i];

		if (!t || t->kvm != v->ptr)
			continue;
		if (on_purpose && (t->vague || t->kvm_life == v->life))
			t->may |= BIT(VS_RULE_VM_GONE_WHILE_OPEN);
		if (on_purpose && t->kvm_life == v->life && t->recorded && t->shown)
			t->must |= BIT(VS_RULE_VM_GONE_WHILE_OPEN);
		/* It will be taken for the next VM at this address. */
		t->vague |= !t->shown;
	}
}

static inline void h_vm_destroy(struct history *h, unsigned int vm)
{
	struct k_vm *v = &h->l->vm[vm];

	if (!v->pid || vm_busy(h, vm) || (!h->old_kernel && carried(h, v)))
		return;
	h_kvm_vfio_close(h, vm);
	note_gone(h, v, h_on_purpose(h));
	vm_destroy(h->l, vm, v->pid);
	h->l->flags = 0;
}

static inline void note_two(struct history *h, unsigned int vm, unsigned int group)
{
	const struct k_vm *v = &h->l->vm[vm];
	unsigned int i;

	h->two[group] |= h->l->group[group].vm && h->l->group[group].vm != v;
	for (i = 0; i < K_VMS; i++)
		h->two[group] |= i != vm && h->l->vm[i].pid && h->l->vm[i].listed[group];
}

static inline void h_attr_begin(struct history *h, unsigned int vm, unsigned int group,
				uint64_t what)
{
	struct k_vm *v = &h->l->vm[vm];
	struct truth *t;
	unsigned int i;

	for (i = 0; i < K_GROUPS; i++)
		if (h->in_attr[i] && (i == group || h->attr[i].vm == vm))
			return;
	if (!v->pid)
		return;
	if (what == KVM_DEV_VFIO_GROUP_ADD && !v->listed[group])
		note_two(h, vm, group);
	h->in_attr[group] = true;
	h->attr[group] = attr_begin(h->l, vm, group, what);
	if (h->attr[group].ret)
		return;
	if (what == KVM_DEV_VFIO_GROUP_ADD) {
		note_add(h, group, v);
		return;
	}
	FOR_OPENS_IN(h, group, t)
	{
		t->may |= BIT(VS_RULE_DEL_WHILE_OPEN);
		t->deleting = t->recorded;
	}
}

static inline void h_attr_end(struct history *h, unsigned int group)
{
	const struct k_attr *a = &h->attr[group];
	struct truth *t;

	if (!h->in_attr[group])
		return;
	attr_end(h->l, h->l->vm[a->vm].pid, a);
	h->in_attr[group] = false;
	if (a->ret || a->what != KVM_DEV_VFIO_GROUP_DEL)
		return;
	FOR_OPENS_IN(h, group, t)
	{
		t->may |= BIT(VS_RULE_DEL_WHILE_OPEN);
		if (t->deleting)
			t->must |= BIT(VS_RULE_DEL_WHILE_OPEN);
		t->deleting = false;
	}
}

static inline void h_open_begin(struct history *h, unsigned int dev, uint32_t pid)
{
	struct k_device *d = &h->l->dev[dev];
	unsigned int group = group_of(h, dev);

	if (h->opening[group] >= 0 || d->opens > 2)
		return;
	if (!d->opens) {
		assert_true(h->count < K_MAX);
		h->now[dev] = &h->t[h->count++];
		*h->now[dev] = (struct truth){
			.dev = dev,
			.pid = pid,
			.from = h->l->now,
			.to = UINT64_MAX,
			.kvm = ptr_of(d->group->vm),
			.kvm_life = d->group->vm ? d->group->vm->life : 0,
		};
	}
	df_open_begin(h->l, h->now[dev]->pid, dev);
	h->opening[group] = (int)dev;
}

static inline void h_open_end(struct history *h, unsigned int group)
{
	struct lab *l = h->l;
	unsigned int dev;
	struct truth *t;

	if (h->opening[group] < 0)
		return;
	dev = (unsigned int)h->opening[group];
	t = h->now[dev];
	h->opening[group] = -1;
	df_open_end(l, t->pid, dev);
	note_state(h, dev);
	if (!t->recorded) {
		t->recorded = true;
		t->opened_ns = l->now;
		note_listed(h, dev);
		if (vm_of_process(l, t->pid))
			note_has_vm(t);
	}
	get_device_fd(l, t->pid, dev, 30);
}

static inline void h_close(struct history *h, unsigned int dev)
{
	struct k_device *d = &h->l->dev[dev];
	bool last = d->opens == 1;
	struct truth *t = h->now[dev];

	if (!d->opens || h->opening[group_of(h, dev)] >= 0 || (last && device_shown(h, dev)))
		return;
	if (t->before)
		note_listed(h, dev);
	note_state(h, dev);
	if (last) {
		t->to = h->l->now + MS;
		h->now[dev] = NULL;
	}
	dev_close(h->l, t->pid, dev);
}

/* The look */

static inline bool target_there(const struct history *h, const struct showing *s)
{
	const struct lab *l = h->l;

	switch (s->what) {
	case SHOW_DEVICE: /* its file is there once the open has returned */
		return h->now[s->index] && h->now[s->index]->recorded;
	case SHOW_REG:
		return l->vm[s->index].pid && l->vm[s->index].listed[s->group];
	default:
		return l->vm[s->index].pid;
	}
}

static inline void h_target(struct history *h, int what, unsigned int index, unsigned int group)
{
	struct showing *s = &h->target[h->targets];

	if (h->targets == H_TARGETS)
		return;
	s->what = what;
	s->index = index;
	s->group = group;
	h->targets += target_there(h, s);
}

static inline void h_look_begin(struct history *h)
{
	unsigned int i, g;

	h->looking = true;
	for (i = 0; i < K_VMS; i++) {
		h_target(h, SHOW_VM, i, 0);
		h_target(h, SHOW_KVM_VFIO, i, 0);
		for (g = 0; g < K_GROUPS; g++)
			h_target(h, SHOW_REG, i, g);
	}
	for (i = 0; i < K_DEVICES; i++)
		h_target(h, SHOW_DEVICE, i, 0);
}

static inline void h_show_begin(struct history *h, struct showing *s)
{
	unsigned int at;

	if (s->what || !h->targets)
		return;
	at = h_random(h, (uint32_t)h->targets);
	*s = h->target[at];
	/* Some files are shown twice. */
	if (h_random(h, 4))
		h->target[at] = h->target[--h->targets];
	if (!target_there(h, s)) {
		s->what = SHOW_NOTHING;
		return;
	}
	s->place = lab_reserve(h->l);
}

static inline void show_device(struct history *h, const struct showing *s)
{
	struct truth *t = h->now[s->index];

	if (vm_of_process(h->l, t->pid))
		note_has_vm(t);
	note_listed(h, s->index);
	found_device_at(h->l, s->place, s->index, t->pid);
	if (s->place != NO_PLACE)
		note_state(h, s->index);
}

static inline void show_registration(struct history *h, const struct showing *s)
{
	unsigned int i;

	for (i = 0; i < K_DEVICES; i++)
		if (h->now[i] && group_of(h, i) == s->group)
			note_listed(h, i);
	found_registration_at(h->l, s->place, s->index, s->group);
}

static inline void h_show_end(struct history *h, struct showing *s)
{
	const struct showing now = *s;

	s->what = SHOW_NOTHING;
	if (now.what == SHOW_DEVICE)
		show_device(h, &now);
	else if (now.what == SHOW_REG)
		show_registration(h, &now);
	else if (now.what == SHOW_VM)
		found_vm_at(h->l, now.place, now.index);
	else if (now.what == SHOW_KVM_VFIO)
		found_kvm_vfio_at(h->l, now.place, now.index);
}

static inline void h_look_step(struct history *h)
{
	struct showing *s = &h->showing[h_random(h, H_SHOWING)];
	unsigned int i;

	if (h_random(h, 2))
		h_show_begin(h, s);
	else
		h_show_end(h, s);
	if (!h_random(h, 16))
		h_target(h, SHOW_DEVICE, h_random(h, K_DEVICES), 0);
	for (i = 0; i < H_SHOWING; i++)
		if (h->showing[i].what)
			return;
	if (h->targets)
		return;
	look_done(h->l);
	h->looking = false;
}

/* Whole histories */

static inline void h_begin(struct history *h, struct lab *l, uint32_t seed)
{
	unsigned int i;

	memset(h, 0, sizeof(*h));
	h->l = l;
	h->seed = seed;
	h->old_kernel = seed % 2;
	for (i = 0; i < K_GROUPS; i++)
		h->opening[i] = -1;
}

static inline void h_step(struct history *h)
{
	static const uint32_t pids[] = { VMM, OTHER, DPDK };
	uint32_t pid = pids[h_random(h, 3)];
	unsigned int vm = h_random(h, K_VMS), group = h_random(h, K_GROUPS);
	unsigned int dev = h_random(h, K_DEVICES), what = h_random(h, 16);

	if (what < 2)
		h_vm_create(h, vm, h_random(h, 2) ? VMM : OTHER);
	else if (what == 2)
		h_vm_destroy(h, vm);
	else if (what == 3)
		h_kvm_vfio_close(h, vm);
	else if (what < 6)
		h_attr_begin(h, vm, group, KVM_DEV_VFIO_GROUP_ADD);
	else if (what == 6)
		h_attr_begin(h, vm, group, KVM_DEV_VFIO_GROUP_DEL);
	else if (what < 9)
		h_attr_end(h, group);
	else if (what < 11)
		h_open_begin(h, dev, pid);
	else if (what < 13)
		h_open_end(h, group);
	else
		h_close(h, dev);
}

/* Now and then, when all records are read, as between two events. */
static inline void h_tick(struct history *h)
{
	if (!h_random(h, 16) && h->l->head == h->l->tail)
		vs_model_tick(h->l->model, h->l->now);
}

/* All calls return. */
static inline void h_quiet(struct history *h)
{
	unsigned int i;

	for (i = 0; i < H_SHOWING; i++)
		h_show_end(h, &h->showing[i]);
	for (i = 0; i < K_GROUPS; i++) {
		h_attr_end(h, i);
		h_open_end(h, i);
	}
}

/* An open from before the probes were armed: what is known of it starts now. */
static inline void truth_before(struct history *h, const struct truth *old)
{
	const struct k_group *g = h->l->dev[old->dev].group;
	struct truth *t = &h->t[h->count++];

	*t = (struct truth){
		.dev = old->dev,
		.pid = old->pid,
		.to = UINT64_MAX,
		.kvm = old->kvm,
		.kvm_life = old->kvm_life,
		.before = true,
		.vague = true,
		.recorded = true,
	};
	h->now[t->dev] = t;
	if (vm_of_process(h->l, t->pid))
		note_has_vm(t);
	note_listed(h, t->dev);
	/* Seen only if it is still so when the device is shown. */
	if (g->vm && g->vm->ptr != t->kvm)
		t->may |= t->kvm ? BIT(VS_RULE_KVM_MISMATCH) : BIT(VS_RULE_OPEN_BEFORE_ADD);
}

static inline void h_arm(struct history *h)
{
	struct truth old[K_DEVICES];
	unsigned int i, group;

	h_quiet(h);
	for (i = 0; i < K_DEVICES; i++)
		if (h->now[i])
			old[i] = *h->now[i];
	h->count = 0;
	for (i = 0; i < K_DEVICES; i++)
		if (h->now[i])
			truth_before(h, &old[i]);
	memset(h->two, 0, sizeof(h->two));
	for (i = 0; i < K_VMS; i++)
		for (group = 0; group < K_GROUPS; group++)
			if (h->l->vm[i].pid && h->l->vm[i].listed[group])
				note_two(h, i, group);
	h->l->armed = true;
}

/* With a @look: things happen before the probes are armed. */
static inline void h_prefix(struct history *h, bool look)
{
	unsigned int step;

	if (!look)
		return;
	h->l->armed = false;
	for (step = 0; step < 80; step++)
		h_step(h);
	h_arm(h);
	h_look_begin(h);
}

/* What the model may say */

#define BREAKS_ORDER                                                    \
	(BIT(VS_RULE_OPEN_BEFORE_ADD) | BIT(VS_RULE_OPEN_WITHOUT_ADD) | \
	 BIT(VS_RULE_KVM_MISMATCH) | BIT(VS_RULE_VM_GONE_WHILE_OPEN))

static inline bool is_of(const struct lab *l, const struct truth *t, const char *device,
			 uint64_t opened_ns)
{
	return !strcmp(l->dev[t->dev].name, device) && (!opened_ns || opened_ns == t->opened_ns);
}

/* Each finding about an open was true of one of that device's at that time. */
static inline void check_finding(const struct history *h, const struct said_finding *f)
{
	size_t i;

	for (i = 0; i < h->count; i++) {
		const struct truth *t = &h->t[i];

		if (is_of(h->l, t, f->device, f->opened_ns) && t->from <= f->ts && f->ts <= t->to &&
		    (t->may & BIT(f->rule)))
			return;
	}
	fail_msg("%s, of %s at %llu: %s is not true", f->device, f->comm, (unsigned long long)f->ts,
		 vs_rules[f->rule].name);
}

static inline void check_findings(struct history *h)
{
	for (; h->found < h->l->finding_count; h->found++) {
		const struct said_finding *f = &h->l->finding[h->found];

		if (f->about_open)
			check_finding(h, f);
		else if (f->rule == VS_RULE_TWO_VMS)
			assert_true(h->two[f->group - 12]);
		else
			assert_int_equal(f->rule, VS_RULE_ADD_FAILED);
	}
}

#endif
