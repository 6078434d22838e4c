/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is true of the opens in a random history of the toy kernel, whatever the
 * model says of them: kept up to date by the steps in toy_history.h.
 */
#ifndef VS_TEST_TOY_TRUTH_H
#define VS_TEST_TOY_TRUTH_H

#include "model_test.h"
#include "toy_cdev.h"

#define BIT(rule) (1ULL << (rule))
#define H_SHOWING 3
#define H_TARGETS 64
#define H_FILES 12

struct file;

/* One open of a device as it really was. */
struct truth {
	unsigned int dev;
	uint32_t pid; /* opener */
	uint64_t from, to; /* to: UINT64_MAX while it is open */
	uint64_t emptied_ns; /* the closes of all its files had begun, for the first time */
	uint64_t opened_ns; /* what its record says, 0 if there was none */
	uint64_t kvm; /* the pointer it took, or its group's on a kernel that notifies */
	uint32_t kvm_life, kvm_pid; /* which VM of that address, and whose */
	bool live;
	bool before; /* the probes were armed */
	bool unsure; /* counted as if there were another file */
	bool other; /* another reading of what is open, as good as that in now[] */
	bool sure; /* has to be told for what it is */
	const struct file *file; /* the one it is about, or NULL: all since then */
	bool recorded; /* its open has returned */
	bool shown; /* some record of it was written */
	bool deleting; /* a DEL in progress found it open */
	bool lost; /* the kernel has dropped the pointer that it took */
	uint64_t del_from, del_to; /* its cdev's file was unregistered in between; 0: no */
	bool del_certain;
	bool has_vm; /* the opener has, or had meanwhile */
	bool vague; /* which VM its pointer was, nobody can tell: the address alone is known */
	unsigned int told;
	uint64_t may, must; /* rules that can, that have to fire */
};

/* A file of a device, on a kernel where each is an open of its own. */
struct file {
	enum file_state { F_NONE, F_OPENING, F_COUNTED, F_OPEN, F_CLOSING } state;
	unsigned int dev;
	uint32_t pid;
	uint64_t opened_ns; /* 0: before the probes were armed */
	uint64_t began_ns; /* its close */
	unsigned int left; /* other files counted then */
};

/* What the look shows: of which thing, at which place. */
struct showing {
	enum { SHOW_NOTHING, SHOW_DEVICE, SHOW_VM, SHOW_KVM_VFIO, SHOW_REG } what;
	unsigned int index, group;
	struct file *file;
	size_t place;
};

struct history {
	struct lab *l;
	uint32_t seed;
	struct truth t[K_MAX];
	size_t count;
	struct truth *now[K_DEVICES];
	struct file file[H_FILES];
	unsigned int
		clear[K_DEVICES]; /* so many of the last opens could be known for what they were */
	struct k_attr attr[K_GROUPS];
	bool in_attr[K_GROUPS];
	int opening[K_GROUPS]; /* device, -1: none */
	bool two[K_GROUPS]; /* was registered with two VMs */
	bool looking;
	struct showing target[H_TARGETS], showing[H_SHOWING];
	size_t targets;
	size_t without_effect; /* registrations */
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

static inline bool on_notifier(const struct history *h)
{
	return h->l->kernel == K_NOTIFIER;
}

#define FOR_LIVE(h, t_)                                         \
	for ((t_) = (h)->t; (t_) < (h)->t + (h)->count; (t_)++) \
		if ((t_)->live)

#define FOR_OPENS_IN(h, group_, t_) \
	FOR_LIVE(h, t_)             \
	if (group_of(h, (t_)->dev) == (group_))

#define FOR_OPENS_OF(h, dev_, t_) \
	FOR_LIVE(h, t_)           \
	if ((t_)->dev == (dev_))

/* The next entry of the table, live. */
static inline struct truth *truth_new(struct history *h, unsigned int dev, uint32_t pid)
{
	const struct k_vm *vm = h->l->dev[dev].group->vm;
	struct truth *t = &h->t[h->count++];

	assert_true(h->count <= K_MAX);
	*t = (struct truth){
		.dev = dev,
		.pid = pid,
		.from = h->l->now,
		.to = UINT64_MAX,
		.kvm = ptr_of(vm),
		.kvm_life = vm ? vm->life : 0,
		.kvm_pid = vm ? vm->pid : 0,
		.live = true,
	};
	return t;
}

static inline void truth_ends(struct history *h, struct truth *t, uint64_t ts)
{
	t->to = ts;
	t->live = false;
	if (h->now[t->dev] == t)
		h->now[t->dev] = NULL;
}

/* What happens to opens */

/* Nobody knows what its driver was told. */
static inline bool untold(const struct history *h, const struct truth *t)
{
	return on_notifier(h) && (t->before || t->unsure);
}

/* Whatever comes, it is not another VM's than its driver knows. */
static inline bool immune(const struct history *h, const struct truth *t)
{
	return untold(h, t) || (on_notifier(h) && t->kvm);
}

static inline void note_add(struct history *h, unsigned int group, const struct k_vm *vm)
{
	struct truth *t;

	FOR_OPENS_IN(h, group, t)
	{
		uint64_t bit = !t->kvm ? BIT(VS_RULE_OPEN_BEFORE_ADD) : BIT(VS_RULE_KVM_MISMATCH);

		if (immune(h, t) || t->lost || (t->kvm == vm->ptr && t->kvm_life == vm->life))
			continue;
		t->may |= bit;
		/* An old VM of the same address differs by its history only. */
		if (t->recorded && t->kvm != vm->ptr)
			t->must |= bit;
	}
}

/* To whoever knows nothing of its beginning, it is one that never had a pointer. */
static inline void note_lost_pointer(const struct history *h, struct truth *t)
{
	if (t->lost && (h->l->lost || h->l->blind))
		t->may |= BIT(VS_RULE_OPEN_BEFORE_ADD) | BIT(VS_RULE_OPEN_WITHOUT_ADD);
}

/* A record shows the device and its group together, unless it is @lost. */
static inline void note_state(struct history *h, unsigned int dev, bool lost)
{
	uint64_t group_kvm = ptr_of(h->l->dev[dev].group->vm);
	struct truth *t;

	FOR_OPENS_OF(h, dev, t)
	{
		uint64_t bit = t->kvm ? BIT(VS_RULE_KVM_MISMATCH) : BIT(VS_RULE_OPEN_BEFORE_ADD);

		t->shown |= !lost;
		note_lost_pointer(h, t);
		if (immune(h, t) || t->lost || !group_kvm || group_kvm == t->kvm)
			continue;
		t->may |= bit;
		t->must |= bit;
	}
}

/* The grace period after a DEL is over: mentioned from then on. */
static inline void note_del_over(const struct history *h, struct truth *t)
{
	if (t->del_from && h->l->now >= t->del_from + h->l->grace_ns)
		t->may |= BIT(VS_RULE_DEL_WHILE_OPEN);
}

/* Nothing waits any more for it to be closed: a record of now has come first. */
static inline void note_del_ends(const struct history *h, struct truth *t)
{
	note_del_over(h, t);
	if (t->del_certain && !h->looking && h->l->now >= t->del_to + h->l->grace_ns)
		t->must |= BIT(VS_RULE_DEL_WHILE_OPEN);
	t->del_from = 0;
	t->del_certain = false;
}

/* A file of a cdev is registered until it is unregistered: then there is time to close it. */
static inline void note_cdev_del(const struct history *h, struct truth *t, uint64_t within,
				 bool certain)
{
	note_del_ends(h, t);
	t->del_from = h->l->now;
	t->del_to = h->l->now + within;
	t->del_certain = certain && t->recorded;
}

static inline void note_del(struct history *h, unsigned int group, bool certain)
{
	struct truth *t;

	FOR_OPENS_IN(h, group, t)
	{
		if (h->l->group[group].cdev) {
			note_cdev_del(h, t, (K_GROUPS + 1) * MS, certain);
			continue;
		}
		t->may |= BIT(VS_RULE_DEL_WHILE_OPEN);
		if (t->recorded && certain && !untold(h, t))
			t->must |= BIT(VS_RULE_DEL_WHILE_OPEN);
	}
}

static inline void note_has_vm(const struct history *h, struct truth *t)
{
	t->has_vm = true;
	if (t->kvm || untold(h, t))
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

static inline void note_listed(const struct history *h, struct truth *t)
{
	unsigned int group = group_of(h, t->dev);

	if (t->kvm || untold(h, t))
		return;
	/* A DEL in progress: done, but not yet told. */
	if (on_a_list(h, group) || h->in_attr[group])
		t->may |= BIT(VS_RULE_OPEN_WITHOUT_ADD);
	/* During a look, a list that was not shown yet can change before it is. */
	if (on_a_list(h, group) && !t->before && !h->looking)
		t->must |= BIT(VS_RULE_OPEN_WITHOUT_ADD);
}

/* The model may have to take it for one from before. */
static inline void note_may_be_listed(const struct history *h, struct truth *t)
{
	if (!t->kvm && !untold(h, t) && (t->before || h->l->lost) &&
	    (on_a_list(h, group_of(h, t->dev)) || h->in_attr[group_of(h, t->dev)]))
		t->may |= BIT(VS_RULE_OPEN_WITHOUT_ADD);
}

/* The VM ends @on_purpose; opens that carry its pointer lose it. */
static inline void note_gone(struct history *h, const struct k_vm *v, bool on_purpose)
{
	struct truth *t;

	if (on_notifier(h))
		return;
	FOR_LIVE(h, t)
	{
		if (t->kvm != v->ptr)
			continue;
		if (on_purpose && (t->vague || t->kvm_life == v->life))
			t->may |= BIT(VS_RULE_VM_GONE_WHILE_OPEN);
		if (on_purpose && t->kvm_life == v->life && t->recorded && t->shown && !t->lost)
			t->must |= BIT(VS_RULE_VM_GONE_WHILE_OPEN);
		/* It will be taken for the next VM at this address. */
		t->vague |= !t->shown;
	}
}

static inline void note_two(struct history *h, unsigned int vm, unsigned int group)
{
	const struct k_vm *v = &h->l->vm[vm];
	unsigned int i;

	h->two[group] |= h->l->group[group].vm && h->l->group[group].vm != v;
	for (i = 0; i < K_VMS; i++)
		h->two[group] |= i != vm && h->l->vm[i].pid && h->l->vm[i].listed[group];
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

/* @file: or NULL, for any. */
static inline bool device_shown(const struct history *h, unsigned int dev, const struct file *file)
{
	unsigned int i;

	for (i = 0; i < H_SHOWING; i++)
		if (h->showing[i].what == SHOW_DEVICE && h->showing[i].index == dev &&
		    (!file || h->showing[i].file == file))
			return true;
	return false;
}

static inline bool carried(const struct history *h, const struct k_vm *vm)
{
	unsigned int i;

	for (i = 0; i < K_DEVICES; i++)
		if (h->now[i] && h->now[i]->kvm == vm->ptr && h->now[i]->kvm_life == vm->life &&
		    !h->now[i]->lost)
			return true;
	return false;
}

#endif
