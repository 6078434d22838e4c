/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random histories of the toy kernel, with what is true of every open in them.
 * Calls overlap as on several CPUs; the locks that the kernel holds are kept:
 * one open or close at a time per group, one ADD or DEL at a time per group
 * and per VM, and a file that the look shows cannot go away meanwhile.
 */
#ifndef VS_TEST_TOY_HISTORY_H
#define VS_TEST_TOY_HISTORY_H

#include "toy_files.h"

/* Steps */

static inline void h_vm_create(struct history *h, unsigned int vm, uint32_t pid)
{
	struct truth *t;

	if (h->l->vm[vm].pid)
		return;
	vm_create(h->l, vm, pid);
	FOR_LIVE(h, t)
	{
		if (t->pid == pid && t->recorded)
			note_has_vm(h, t);
	}
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

	if (!v->pid || vm_busy(h, vm) || lists_last(h->l))
		return;
	if (h_on_purpose(h))
		for (i = 0; i < K_GROUPS; i++)
			if (v->listed[i])
				note_del(h, i, true);
	kvm_vfio_close(h->l, v->pid, vm);
	h->l->flags = 0;
}

static inline void h_vm_destroy(struct history *h, unsigned int vm)
{
	struct k_vm *v = &h->l->vm[vm];
	bool on_purpose;
	unsigned int i;

	if (!v->pid || vm_busy(h, vm) || (h->l->kernel == K_REFCOUNTED && carried(h, v)))
		return;
	h_kvm_vfio_close(h, vm);
	on_purpose = h_on_purpose(h);
	/* During a look, nobody has seen all of its list, nor all that is open. */
	for (i = 0; i < K_GROUPS; i++)
		if (v->listed[i] && on_purpose)
			note_del(h, i, !h->looking);
	note_gone(h, v, on_purpose);
	vm_destroy(h->l, vm, v->pid);
	h->l->flags = 0;
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
	h->l->group[group].no_container = !h_random(h, 4);
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
		if (!h->l->group[group].cdev)
			t->may |= BIT(VS_RULE_DEL_WHILE_OPEN);
		t->deleting = t->recorded && !untold(h, t);
	}
}

static inline void h_deleted(const struct history *h, struct truth *t)
{
	bool deleting = t->deleting;

	t->deleting = false;
	if (h->l->dev[t->dev].group->cdev) {
		note_cdev_del(h, t, 0, deleting);
		return;
	}
	t->may |= BIT(VS_RULE_DEL_WHILE_OPEN);
	if (deleting)
		t->must |= BIT(VS_RULE_DEL_WHILE_OPEN);
}

static inline void h_attr_end(struct history *h, unsigned int group)
{
	const struct k_attr *a = &h->attr[group];
	struct truth *t;

	if (!h->in_attr[group])
		return;
	if (!a->ret && a->what == KVM_DEV_VFIO_GROUP_ADD && h->l->armed)
		h->without_effect += on_borrowed(h->l) && h->l->group[group].no_container;
	attr_end(h->l, h->l->vm[a->vm].pid, a);
	h->in_attr[group] = false;
	if (a->ret)
		return;
	FOR_OPENS_IN(h, group, t)
	{
		if (a->what != KVM_DEV_VFIO_GROUP_DEL)
			note_del_ends(h, t);
		else
			h_deleted(h, t);
	}
}

/*
 * What a look finds after that has no pointer, and nobody knows that it had one; the
 * pointer of an open that is known is missed.
 */
static inline void h_bind_again(struct history *h, unsigned int dev, uint32_t pid)
{
	struct truth *t = h->now[dev];

	if (device_shown(h, dev, NULL))
		return;
	bind_again(h->l, pid, dev);
	if (!t->kvm || t->lost)
		return;
	if (t->before && !t->shown) {
		t->kvm = t->kvm_life = 0;
		t->may |= BIT(VS_RULE_OPEN_BEFORE_ADD);
		t->must &= ~BIT(VS_RULE_KVM_MISMATCH);
		if (vm_of_process(h->l, t->pid))
			note_has_vm(h, t);
		note_listed(h, t);
		return;
	}
	/* Told of an ADD only now, there is no pointer left that is another VM's. */
	if (h->in_attr[group_of(h, dev)])
		t->must &= ~BIT(VS_RULE_KVM_MISMATCH);
	t->lost = true;
	t->may |= BIT(VS_RULE_KVM_LOST);
	t->must |= BIT(VS_RULE_KVM_LOST);
}

static inline void h_open_begin(struct history *h, unsigned int dev, uint32_t pid)
{
	struct k_device *d = &h->l->dev[dev];
	unsigned int group = group_of(h, dev);

	if (h->opening[group] >= 0 || d->opens > 2)
		return;
	if (d->group->cdev && d->opens) {
		h_bind_again(h, dev, pid);
		return;
	}
	if (d->group->cdev && !on_a_list(h, group) && !h->in_attr[group])
		cdev_reopened(h->l, dev, d->group->ptr ^ (h_random(h, 2) ? 0x800 : 0));
	if (!d->opens)
		h->now[dev] = truth_new(h, dev, pid);
	df_open_begin(h->l, h->now[dev]->pid, dev);
	h->opening[group] = (int)dev;
}

static inline void h_open_end(struct history *h, unsigned int group)
{
	struct lab *l = h->l;
	unsigned int dev;
	uint32_t lost;
	struct truth *t;

	if (h->opening[group] < 0)
		return;
	dev = (unsigned int)h->opening[group];
	t = h->now[dev];
	h->opening[group] = -1;
	lost = l->lost;
	/* Whoever opens again, knows of another file. */
	if (on_borrowed(l) && t->recorded && l->dev[dev].opens < 2)
		df_open_end_counted(l, t->pid, dev, 2);
	else
		df_open_end(l, t->pid, dev);
	note_state(h, dev, l->lost != lost);
	note_may_be_listed(h, t);
	if (!t->recorded) {
		t->recorded = true;
		t->opened_ns = l->now;
		note_listed(h, t);
		if (vm_of_process(l, t->pid))
			note_has_vm(h, t);
	}
	if (l->dev[dev].group->cdev)
		bind_returns(l, t->pid, dev, 0);
	else
		get_device_fd(l, t->pid, dev, 30);
}

/* Where the last step of a further open holds no lock, others may close meanwhile. */
static inline bool can_close(const struct history *h, unsigned int dev)
{
	int opening = h->opening[group_of(h, dev)];

	/* The registration of a cdev's file keeps the file, and its device open. */
	if (h->l->dev[dev].group->cdev &&
	    (on_a_list(h, group_of(h, dev)) || h->in_attr[group_of(h, dev)]))
		return false;
	if (opening >= 0 && (h->l->kernel == K_REFCOUNTED || !h->now[opening]->recorded))
		return false;
	return h->l->dev[dev].opens > (opening == (int)dev);
}

static inline void h_close(struct history *h, unsigned int dev)
{
	struct k_device *d = &h->l->dev[dev];
	bool last = d->opens == 1;
	struct truth *t = h->now[dev];

	if (!can_close(h, dev) || (last && device_shown(h, dev, NULL)))
		return;
	if (last || h->l->kernel == K_REFCOUNTED) {
		note_may_be_listed(h, t);
		note_state(h, dev, false);
	}
	if (last)
		truth_ends(h, t, h->l->now + MS);
	dev_close(h->l, t->pid, dev);
	if (last)
		note_del_ends(h, t);
}

/* The look */

static inline bool target_there(struct history *h, const struct showing *s)
{
	const struct lab *l = h->l;

	switch (s->what) {
	case SHOW_DEVICE: /* its file is there once the open has returned */
		if (on_notifier(h))
			return file_in(h, s->index, F_OPEN);
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
	s->file = s->what == SHOW_DEVICE ? file_in(h, s->index, F_OPEN) : NULL;
	s->place = lab_reserve(h->l);
}

static inline void show_device(struct history *h, const struct showing *s)
{
	struct truth *t = h->now[s->index];
	bool holds = h->l->kernel == K_REFCOUNTED;

	if (!on_notifier(h) && vm_of_process(h->l, t->pid))
		note_has_vm(h, t);
	note_listed(h, t);
	if (!holds && !on_notifier(h) && t->kvm && !vm_lives(h->l, t->kvm))
		t->may |= BIT(VS_RULE_VM_GONE_WHILE_OPEN);
	found_device_at(h->l, s->place, s->index, s->file ? s->file->pid : t->pid);
	if (s->place != NO_PLACE)
		note_state(h, s->index, false);
}

static inline void show_registration(struct history *h, const struct showing *s)
{
	struct truth *t;

	FOR_OPENS_IN(h, s->group, t)
	{
		note_listed(h, t);
	}
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

static inline void h_begin(struct history *h, struct lab *l, uint32_t seed, enum k_kernel kernel)
{
	unsigned int i;

	memset(h, 0, sizeof(*h));
	h->l = l;
	h->seed = seed;
	l->kernel = kernel;
	l->short_closes = h_random(h, 2);
	for (i = 2; i < K_DEVICES && kernel == K_REFCOUNTED; i++)
		if (h_random(h, 2))
			use_cdev(l, i);
	for (i = 0; i < K_GROUPS; i++)
		h->opening[i] = -1;
	for (i = 0; i < K_DEVICES; i++)
		h->clear[i] = 2;
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
	else if (on_notifier(h))
		file_step(h, dev, pid, what - 9);
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
		tick(h->l, h->l->now);
}

/* All calls return, but for closes that the probes saw begin before they were armed. */
static inline void h_quiet(struct history *h)
{
	unsigned int i;

	for (i = 0; i < H_SHOWING; i++)
		h_show_end(h, &h->showing[i]);
	for (i = 0; i < K_GROUPS; i++) {
		h_attr_end(h, i);
		h_open_end(h, i);
	}
	files_quiet(h, h->l->armed);
}

/* An open from before the probes were armed: what is known of it starts now. */
static inline void truth_before(struct history *h, const struct truth *old)
{
	const struct k_group *g = h->l->dev[old->dev].group;
	struct truth *t = truth_new(h, old->dev, old->pid);

	t->from = 0;
	t->kvm = old->lost ? 0 : old->kvm;
	t->kvm_life = old->lost ? 0 : old->kvm_life;
	t->kvm_pid = old->lost ? 0 : old->kvm_pid;
	t->before = t->vague = t->recorded = true;
	h->now[t->dev] = t;
	if (vm_of_process(h->l, t->pid))
		note_has_vm(h, t);
	note_listed(h, t);
	/* Seen only if it is still so when the device is shown. */
	if (g->vm && g->vm->ptr != t->kvm && !immune(h, t))
		t->may |= t->kvm ? BIT(VS_RULE_KVM_MISMATCH) : BIT(VS_RULE_OPEN_BEFORE_ADD);
}

static inline void opens_before(struct history *h)
{
	struct truth old[K_DEVICES];
	bool open[K_DEVICES];
	unsigned int i;

	for (i = 0; i < K_DEVICES; i++) {
		open[i] = h->now[i];
		if (open[i])
			old[i] = *h->now[i];
	}
	h->count = 0;
	for (i = 0; i < K_DEVICES; i++)
		if (open[i])
			truth_before(h, &old[i]);
	files_before(h);
}

static inline void h_arm(struct history *h)
{
	unsigned int i, group;

	h_quiet(h);
	opens_before(h);
	memset(h->two, 0, sizeof(h->two));
	for (i = 0; i < K_VMS; i++)
		for (group = 0; group < K_GROUPS; group++)
			if (h->l->vm[i].pid && h->l->vm[i].listed[group])
				note_two(h, i, group);
	for (group = 0; group < K_GROUPS; group++)
		h->l->group[group].noted = h->l->group[group].vm;
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
	 BIT(VS_RULE_KVM_MISMATCH) | BIT(VS_RULE_KVM_LOST) | BIT(VS_RULE_VM_GONE_WHILE_OPEN))

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
	struct truth *t;

	FOR_LIVE(h, t)
	{
		note_del_over(h, t);
	}
	for (; h->found < h->l->finding_count; h->found++) {
		const struct said_finding *f = &h->l->finding[h->found];

		if (f->about_open)
			check_finding(h, f);
		else if (f->rule == VS_RULE_TWO_VMS)
			assert_true(h->two[f->group - 12]);
		else if (f->rule == VS_RULE_ADD_WITHOUT_EFFECT)
			assert_true(count_rule(h->l, f->rule) <= h->without_effect);
		else if (f->rule == VS_RULE_ATTACH_FAILED)
			assert_int_equal(f->evidence[0].h.kind, VS_BIND_IOMMUFD);
		else
			assert_int_equal(f->rule, VS_RULE_ADD_FAILED);
	}
}

#endif
