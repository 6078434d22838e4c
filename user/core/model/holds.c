// SPDX-License-Identifier: GPL-2.0-only
/* Who has what others want: all that keeps a group, or a device of it, in use. */
#include "objects.h"

/* The caller's array. */
struct holds {
	struct vs_hold *list;
	size_t count, max;
};

static struct vs_hold *add(struct holds *to, enum vs_hold_kind kind, const struct vs_vm *vm)
{
	struct vs_hold *h;

	if (to->count == to->max)
		return NULL;
	h = &to->list[to->count++];
	*h = (struct vs_hold){ .kind = kind, .fd = -1 };
	if (vm) {
		h->vm = vm->id;
		memcpy(h->vm_name, vm->name, sizeof(h->vm_name));
	}
	return h;
}

static void add_holders(struct holds *to, enum vs_hold_kind kind, const struct vs_holder *list,
			const char *device, const struct vs_vm *vm, uint64_t opened_ns)
{
	const struct vs_holder *at;
	struct vs_hold *h;

	DL_FOREACH(list, at) {
		h = add(to, kind, vm);
		if (!h)
			return;
		/* Of an open that was seen, and not looked for, the descriptor is not known. */
		if (kind == VS_HOLD_DEVICE && at->seen && at->fd < 0)
			h->kind = VS_HOLD_MAPPING;
		h->pid = at->pid;
		h->fd = at->fd;
		h->opened_ns = opened_ns;
		h->process = at->process;
		memcpy(h->comm, at->comm, sizeof(h->comm));
		if (device)
			memcpy(h->device, device, sizeof(h->device));
	}
}

static void add_registrations(const struct vs_model *m, struct holds *to, const struct m_group *g)
{
	const struct m_reg *r;
	struct vs_hold *h;

	DL_FOREACH2(g->regs, r, g_next) {
		h = add(to, VS_HOLD_REGISTRATION, &r->vm->pub);
		if (!h)
			return;
		h->pid = r->vm->pub.pid;
		h->process = m_person_of(m, h->pid);
		memcpy(h->comm, r->vm->pub.comm, sizeof(h->comm));
	}
}

/* As a look has found it, or else whoever opened it. */
static void add_open(const struct vs_model *m, struct holds *to, const struct m_open *o)
{
	const struct vs_vm *vm = o->pub.vm ? o->pub.vm : o->group ? o->group->pub.kvm : NULL;
	struct vs_holder by = { .pid = o->pub.pid,
				.fd = -1,
				.process = m_person_of(m, o->pub.pid) };

	memcpy(by.comm, o->pub.comm, sizeof(by.comm));
	if (o->holders)
		add_holders(to, VS_HOLD_DEVICE, o->holders, o->pub.device, vm, o->pub.opened_ns);
	else if (o->pub.pid)
		add_holders(to, VS_HOLD_DEVICE, &by, o->pub.device, vm, o->pub.opened_ns);
}

/* In the group, or the device's own. */
static bool is_meant(int number, const char *name, int group, const char *device)
{
	return (group >= 0 && number == group) || (device && !strcmp(name, device));
}

static void add_group(const struct vs_model *m, struct holds *to, const struct m_group *g,
		      const char *device)
{
	if (!g->pub.cdev)
		add_holders(to, VS_HOLD_GROUP, g->holders, NULL, g->pub.kvm, 0);
	/* One that is bound has its device open. */
	else if (device && !g->container && !strcmp(g->pub.device, device))
		add_holders(to, VS_HOLD_CDEV, g->holders, g->pub.device, g->pub.kvm, 0);
	add_registrations(m, to, g);
}

size_t vs_walk_holds(const struct vs_model *m, int group, const char *device, struct vs_hold *holds,
		     size_t max)
{
	struct holds to = { .list = holds, .max = max };
	const struct m_group *g, *gtmp;
	const struct m_open *o, *otmp;

	HASH_ITER(hh, m->groups, g, gtmp)
		if (is_meant(g->pub.number, g->pub.device, group, device))
			add_group(m, &to, g, device);
	HASH_ITER(hh, m->opens, o, otmp)
		if (is_meant(o->pub.group, o->pub.device, group, device))
			add_open(m, &to, o);
	return to.count;
}
