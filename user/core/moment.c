// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "moment.h"

/* Choosing */

static bool registered(const struct vs_group *g, const struct vs_vm *vm)
{
	const struct vs_vm *at = NULL;

	while ((at = vs_walk_registered(g, at)))
		if (at == vm)
			return true;
	return false;
}

bool vs_moment_group_about(const struct vs_moment *moment, const struct vs_group *g,
			   const struct vs_vm *vm)
{
	size_t i;

	if (g->kvm == vm || registered(g, vm))
		return true;
	for (i = 0; i < moment->open_count; i++) {
		const struct vs_open *o = moment->opens[i];

		if (vs_open_group(o) == g && (o->kvm == vm || o->vm == vm))
			return true;
	}
	return false;
}

static bool held_by(const struct vs_holder *h, uint32_t pid)
{
	for (; h; h = h->next)
		if (h->pid == pid)
			return true;
	return false;
}

static bool open_wanted(const struct vs_filter *f, const struct vs_open *o)
{
	return (!f->pid || held_by(vs_open_holders(o), f->pid)) &&
	       (!f->vm || (o->vm && vs_filter_vm(f, o->vm))) &&
	       (!f->device || !strcmp(f->device, o->device)) &&
	       (f->group < 0 || f->group == o->group);
}

/* Has to do with a VM that is wanted. */
static bool group_of_vm(const struct vs_model *m, const struct vs_moment *moment,
			const struct vs_filter *f, const struct vs_group *g)
{
	const struct vs_vm *vm = NULL;

	while ((vm = vs_walk_vm(m, vm)))
		if (vs_filter_vm(f, vm) && vs_moment_group_about(moment, g, vm))
			return true;
	return false;
}

/* The device is in the group, or the file is its own. */
static bool of_device(const struct vs_group *g, const struct vs_filter *f)
{
	if (g->cdev)
		return !strcmp(g->device, f->device);
	return g->number >= 0 && g->number == f->device_group;
}

/* For itself, or for a device in it that is. */
static bool group_wanted(const struct vs_model *m, const struct vs_moment *moment,
			 const struct vs_filter *f, const struct vs_group *g)
{
	size_t i;

	for (i = 0; i < moment->open_count; i++)
		if (vs_open_group(moment->opens[i]) == g)
			return true;
	return (!f->vm || group_of_vm(m, moment, f, g)) &&
	       (!f->pid || held_by(vs_group_holders(g), f->pid)) &&
	       (!f->device || of_device(g, f)) && (f->group < 0 || f->group == g->number);
}

static bool container_wanted(const struct vs_moment *moment, const struct vs_container *c)
{
	size_t i;

	for (i = 0; i < moment->group_count; i++)
		if (moment->groups[i]->container == c)
			return true;
	return false;
}

/* By its name, its process, or what it has. */
static bool vm_wanted(const struct vs_moment *moment, const struct vs_filter *f,
		      const struct vs_vm *vm)
{
	size_t i;

	for (i = 0; i < moment->group_count; i++)
		if (vs_moment_group_about(moment, moment->groups[i], vm))
			return true;
	return (!f->vm || vs_filter_vm(f, vm)) && !f->device && f->group < 0 &&
	       (!f->pid || f->pid == vm->pid || held_by(vs_vm_holders(vm), f->pid));
}

static bool place_wanted(const struct vs_filter *f, const struct vs_place *p)
{
	return (!f->device || !strcmp(f->device, p->name)) &&
	       (f->group < 0 || f->group == p->group) && !f->pid && !f->vm;
}

/* One more on a list. */
static int append(void *list, size_t *count, const void *item)
{
	const void **items = *(const void ***)list;

	items = realloc(items, (*count + 1) * sizeof(*items));
	if (!items)
		return -ENOMEM;
	items[(*count)++] = item;
	*(const void ***)list = items;
	return 0;
}

/* Devices first: what else is wanted may be so for them. */
static int choose(struct vs_moment *moment, const struct vs_model *m, const struct vs_filter *f)
{
	const struct vs_container *c = NULL;
	const struct vs_group *g = NULL;
	const struct vs_place *p = NULL;
	const struct vs_open *o = NULL;
	const struct vs_vm *vm = NULL;
	bool all = !vs_filter_narrows(f);
	int err = 0;

	moment->narrowed = !all;
	while (!err && (o = vs_walk_open(m, o)))
		if (all || open_wanted(f, o))
			err = append(&moment->opens, &moment->open_count, o);
	while (!err && (g = vs_walk_group(m, g)))
		if (all || group_wanted(m, moment, f, g))
			err = append(&moment->groups, &moment->group_count, g);
	while (!err && (c = vs_walk_container(m, c)))
		if (all || container_wanted(moment, c))
			err = append(&moment->containers, &moment->container_count, c);
	while (!err && (vm = vs_walk_vm(m, vm)))
		if (all || vm_wanted(moment, f, vm))
			err = append(&moment->vms, &moment->vm_count, vm);
	while (!err && f->idle && (p = vs_walk_place(m, p)))
		if (all || place_wanted(f, p))
			err = append(&moment->places, &moment->place_count, p);
	return err;
}

static void moment_free(struct vs_moment *moment)
{
	free(moment->vms);
	free(moment->groups);
	free(moment->containers);
	free(moment->opens);
	free(moment->places);
	free((void *)moment->holds);
}

bool vs_moment_is_open(const struct vs_moment *moment, const char *device)
{
	size_t i;

	for (i = 0; i < moment->open_count; i++)
		if (!strcmp(moment->opens[i]->device, device))
			return true;
	return false;
}

/* Who has the device */

const char *vs_answer_name(enum vs_answer answer)
{
	static const char *const names[VS_ANSWER_COUNT] = { NULL,   "held",	"others",
							    "free", "not-seen", "absent" };
	return names[answer];
}

/* The processes, or the VM, that are asked for. */
static bool hold_wanted(const struct vs_filter *f, const struct vs_hold *h)
{
	struct vs_vm vm = { .id = h->vm };

	memcpy(vm.name, h->vm_name, sizeof(vm.name));
	return (!f->pid || f->pid == h->pid) && (!f->vm || (h->vm && vs_filter_vm(f, &vm)));
}

static size_t choose_holds(const struct vs_filter *f, struct vs_hold *holds, size_t count)
{
	size_t i, n = 0;

	for (i = 0; i < count; i++)
		if (hold_wanted(f, &holds[i]))
			holds[n++] = holds[i];
	return n;
}

static const struct vs_place *place_of(const struct vs_model *m, const char *device)
{
	const struct vs_place *p = NULL;

	while ((p = vs_walk_place(m, p)))
		if (!strcmp(p->name, device))
			break;
	return p;
}

/* @held: how many hold it, whoever they are. */
static enum vs_answer answer(const struct vs_moment *moment, size_t held, bool all_seen)
{
	if (moment->hold_count)
		return VS_ANSWER_HELD;
	if (held)
		return VS_ANSWER_OTHERS;
	if (!moment->place)
		return VS_ANSWER_ABSENT;
	return all_seen && !moment->mapped_unseen ? VS_ANSWER_FREE : VS_ANSWER_UNSEEN;
}

static int ask(struct vs_moment *moment, const struct vs_model *m, const struct vs_filter *f,
	       bool all_seen)
{
	struct vs_hold *holds;
	size_t held;

	if (!f->device)
		return 0;
	holds = calloc(VS_HOLDS_MAX, sizeof(*holds));
	if (!holds)
		return -ENOMEM;
	held = vs_walk_holds(m, f->device_group, f->device, holds, VS_HOLDS_MAX);
	moment->asked = f->device;
	moment->place = place_of(m, f->device);
	moment->holds = holds;
	moment->hold_count = choose_holds(f, holds, held);
	moment->answer = answer(moment, held, all_seen);
	return 0;
}

/* Findings as data */

/* An event with the VMs it names, which may not last. */
struct kept_evidence {
	struct vs_evidence e;
	struct vs_vm vm, group_vm;
};

/* A finding, with all that it points to. */
struct kept {
	struct vs_finding f;
	struct vs_open open;
	struct vs_vm vm, open_vm, open_kvm;
	char device[VS_DEVNAME_LEN];
	char comm[VS_COMM_LEN];
	struct kept_evidence evidence[VS_EVIDENCE_MAX];
	struct kept *prev, *next;
};

static const struct vs_vm *copy_vm(struct vs_vm *to, const struct vs_vm *from)
{
	if (!from)
		return NULL;
	*to = *from;
	return to;
}

static void keep_evidence(struct kept *k, const struct vs_finding *f)
{
	size_t i;

	for (i = 0; i < f->evidence_count; i++) {
		struct kept_evidence *to = &k->evidence[i];

		to->e = *f->evidence[i];
		to->e.refs.vm = copy_vm(&to->vm, to->e.refs.vm);
		to->e.refs.group_vm = copy_vm(&to->group_vm, to->e.refs.group_vm);
		k->f.evidence[i] = &to->e;
	}
}

static struct kept *keep(const struct vs_finding *f)
{
	struct kept *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->f = *f;
	memcpy(k->device, f->device, strnlen(f->device, sizeof(k->device) - 1));
	memcpy(k->comm, f->comm, strnlen(f->comm, sizeof(k->comm) - 1));
	k->f.device = k->device;
	k->f.comm = k->comm;
	k->f.vm = copy_vm(&k->vm, f->vm);
	if (f->open) {
		k->open = *f->open;
		k->open.vm = copy_vm(&k->open_vm, f->open->vm);
		k->open.kvm = copy_vm(&k->open_kvm, f->open->kvm);
		k->f.open = &k->open;
	}
	keep_evidence(k, f);
	return k;
}

/* The sink */

struct moment_sink {
	struct vs_wrap wrap;
	struct vs_filter filter;
	struct kept *kept;
	bool mapped_unseen;
	int err;
};

static struct moment_sink *of(struct vs_sink *s)
{
	return (struct moment_sink *)s;
}

static void on_device(struct vs_sink *s, const struct ev_dev_info *info)
{
	vs_filter_learn(&of(s)->filter, info);
	vs_pass_device(s, info);
}

static void on_start(struct vs_sink *s, const struct vs_run *run)
{
	of(s)->mapped_unseen = run->attached.blind & VS_BLIND_MAPPED;
	vs_pass_start(s, run);
}

static void on_finding(struct vs_sink *s, const struct vs_finding *f)
{
	struct vs_filter filter = of(s)->filter;
	struct kept *k;

	/* Who holds a device is known when the look is over. */
	if (f->open)
		filter.pid = 0;
	if (!vs_filter_finding(&filter, f))
		return;
	k = keep(f);
	if (k)
		DL_APPEND(of(s)->kept, k);
	else
		of(s)->err = -ENOMEM;
}

/* About a call, or about a device that is shown. */
static bool shown(const struct vs_moment *moment, const struct vs_finding *f)
{
	return !f->open || vs_moment_is_open(moment, f->device);
}

static void on_end(struct vs_sink *s, const struct vs_ending *ending)
{
	struct moment_sink *ms = of(s);
	struct vs_moment moment = { .mapped_unseen = ms->mapped_unseen };
	struct kept *k;
	int err;

	vs_walk_sort(ending->model);
	err = choose(&moment, ending->model, &ms->filter);
	if (!err)
		err = ask(&moment, ending->model, &ms->filter, !vs_ledger_total(ending->losses));
	if (err)
		ms->err = err;
	vs_pass_moment(s, &moment);
	DL_FOREACH(ms->kept, k)
		if (shown(&moment, &k->f))
			vs_pass_finding(s, &k->f);
	moment_free(&moment);
	vs_pass_end(s, ending);
}

static void on_free(struct vs_sink *s)
{
	struct kept *k, *tmp;

	DL_FOREACH_SAFE(of(s)->kept, k, tmp)
		free(k);
	vs_pass_free(s);
}

static const struct vs_sink_ops moment_ops = {
	.start = on_start,
	.device = on_device,
	.finding = on_finding,
	.end = on_end,
	.free = on_free,
};

struct vs_sink *vs_moment_sink(const struct vs_filter *f, struct vs_sink *next)
{
	struct moment_sink *s = vs_wrap_new(sizeof(*s), &moment_ops, next);

	if (!s)
		return NULL;
	s->filter = *f;
	return &s->wrap.sink;
}

int vs_moment_error(const struct vs_sink *s)
{
	return ((const struct moment_sink *)s)->err;
}
