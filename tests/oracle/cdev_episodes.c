// SPDX-License-Identifier: GPL-2.0-only
/*
 * What VMMs do with their devices by the devices' own files, right and wrong, and what
 * happens where somebody goes by the group, or by another such file, as well.
 */
#include "gen.h"

/* A device that nobody has in any way, mostly. */
static int fresh_device(struct gen *g)
{
	int i, p, dev = some_group(g);

	for (i = 0; i < SEQ_DEVICES; i++, dev = (dev + 1) % SEQ_DEVICES) {
		for (p = 0; p < SEQ_PROCS; p++)
			if (find(g, p, CDEV, dev) >= 0 || find(g, p, GROUP, dev) >= 0 ||
			    find(g, p, DEVICE, dev) >= 0)
				break;
		if (p == SEQ_PROCS)
			break;
	}
	return dev;
}

/* A cdev of @p that its device is open by, or that waits for it; else any, or -1. */
static int pick_cdev(struct gen *g, int p, bool bound)
{
	int i, s = -1;

	for (i = 0; i < 6; i++) {
		s = pick(g, p, CDEV);
		if (s < 0 || slot(g, p, s)->bound == bound)
			break;
	}
	return s;
}

static int pass(struct gen *g, int p, int s, int q)
{
	int t = empty(g, q, slot(g, p, s)->type);
	struct op *op = emit(g, OP_PASS, p, t, s);

	op->to = q;
	op->flag = chance(g, 30);
	if (s >= 0)
		*slot(g, q, t) = *slot(g, p, s);
	return t;
}

static void attach(struct gen *g, int p, int cdev_slot, int iommufd_slot)
{
	if (chance(g, 55))
		emit(g, OP_ATTACH, p, cdev_slot, iommufd_slot);
	if (chance(g, 8))
		emit(g, OP_DETACH, p, cdev_slot, 0);
}

static void attach_right(struct gen *g, int p)
{
	int dev = fresh_device(g), k, i, s;

	if (chance(g, 50)) {
		k = a_kvmvfio(g, p);
		i = an_iommufd(g, p);
		s = new_cdev(g, p, dev);
	} else {
		s = new_cdev(g, p, dev);
		i = an_iommufd(g, p);
		k = a_kvmvfio(g, p);
	}
	emit(g, OP_ADD, p, k, s);
	bind(g, p, s, i);
	attach(g, p, s, i);
}

static void attach_late(struct gen *g, int p)
{
	int k = chance(g, 50) ? a_kvmvfio(g, p) : -1, i = an_iommufd(g, p);
	int s = new_cdev(g, p, fresh_device(g));

	bind(g, p, s, i);
	attach(g, p, s, i);
	if (k < 0)
		k = a_kvmvfio(g, p);
	emit(g, OP_ADD, p, k, s);
}

/* A VM, now or later, and a device that is never registered. */
static void attach_without(struct gen *g, int p)
{
	bool before = chance(g, 70);
	int i, s;

	if (before)
		a_vm(g, p);
	i = an_iommufd(g, p);
	s = new_cdev(g, p, fresh_device(g));
	bind(g, p, s, i);
	attach(g, p, s, i);
	if (!before)
		a_vm(g, p);
}

/* In a process that has no VM, if there is one. */
static void user_driver(struct gen *g, int p)
{
	int n, q, i, s;

	for (n = 0, q = p; n < SEQ_PROCS; n++, q = (q + 1) % SEQ_PROCS)
		if (g->alive[q] && find(g, q, VM, -1) < 0 && find(g, q, KV, -1) < 0)
			p = q;
	i = an_iommufd(g, p);
	s = new_cdev(g, p, fresh_device(g));
	bind(g, p, s, i);
	attach(g, p, s, i);
	if (chance(g, 60))
		drop_slot(g, p, s);
}

/* The same file goes to a second VM, of this process or of another. */
static void second_vm(struct gen *g, int p)
{
	int s = pick_cdev(g, p, chance(g, 50)), k = a_kvmvfio(g, p), q = p, t, v;

	if (s < 0)
		s = new_cdev(g, p, fresh_device(g));
	if (chance(g, 70))
		emit(g, OP_ADD, p, k, s);
	if (chance(g, 40))
		bind(g, p, s, an_iommufd(g, p));
	t = s;
	if (chance(g, 50) && other_proc(g, p) >= 0) {
		q = other_proc(g, p);
		t = pass(g, p, s, q);
	}
	v = new_kvmvfio(g, q, new_vm(g, q));
	emit(g, OP_ADD, q, v, t);
	if (chance(g, 60)) {
		if (chance(g, 50))
			emit(g, OP_DEL, p, k, s);
		else
			emit(g, OP_DEL, q, v, t);
	}
	if (chance(g, 60))
		bind(g, q, t, an_iommufd(g, q));
}

/* Files that are registered stay open: closing is not enough to unplug. */
static void replug(struct gen *g, int p)
{
	int s = pick_cdev(g, p, true), k, dev;

	if (s < 0) {
		attach_right(g, p);
		s = pick_cdev(g, p, true);
	}
	dev = slot(g, p, s)->group;
	k = pick(g, p, KV);
	if (chance(g, 70))
		emit(g, OP_DEL, p, k, s);
	if (chance(g, 90))
		drop_slot(g, p, s);
	s = new_cdev(g, p, dev);
	if (chance(g, 60))
		emit(g, OP_ADD, p, a_kvmvfio(g, p), s);
	bind(g, p, s, an_iommufd(g, p));
}

/* What belongs together is taken away while the device is open. */
static void take_away(struct gen *g, int p)
{
	int s = pick_cdev(g, p, true), k = pick(g, p, KV);

	switch (below(g, 7)) {
	case 0:
	case 1:
		emit(g, OP_DEL, p, k, s);
		break;
	case 2:
		drop_slot(g, p, k);
		break;
	case 3:
		drop_slot(g, p, pick(g, p, VM));
		break;
	case 4:
		drop_slot(g, p, pick(g, p, IOMMUFD));
		break;
	case 5:
		emit(g, OP_DETACH, p, s, 0);
		break;
	default:
		drop_slot(g, p, s);
	}
}

/* Another file of a device that is open: here or in another process. */
static void rival(struct gen *g, int p)
{
	int q = chance(g, 50) ? p : other_proc(g, p), s = pick_cdev(g, p, true), t;

	if (s < 0) {
		attach_right(g, p);
		s = pick_cdev(g, p, true);
	}
	if (q < 0 || s < 0)
		return;
	t = new_cdev(g, q, slot(g, p, s)->group);
	if (chance(g, 25))
		emit(g, OP_ADD, q, a_kvmvfio(g, q), t);
	if (chance(g, 80))
		bind(g, q, t, an_iommufd(g, q));
	slot(g, q, t)->bound = false;
	if (chance(g, 25))
		emit(g, OP_ADD, p, a_kvmvfio(g, p), s);
	if (chance(g, 35))
		drop_slot(g, q, t);
	else if (chance(g, 30))
		drop_slot(g, p, s);
	if (chance(g, 25))
		bind(g, q, t, an_iommufd(g, q));
}

static void again(struct gen *g, int p)
{
	int s = pick_cdev(g, p, true), x;

	if (s < 0)
		return;
	if (chance(g, 35)) {
		bind(g, p, s, an_iommufd(g, p));
		return;
	}
	x = empty(g, p, CDEV);
	emit(g, OP_DUP, p, x, s)->flag = chance(g, 50);
	*slot(g, p, x) = *slot(g, p, s);
	if (chance(g, 60))
		drop_slot(g, p, s);
}

/* Whoever opens the device is not the VM's owner, or has the file from elsewhere. */
static void helper(struct gen *g, int p)
{
	int q = other_proc(g, p), s = pick_cdev(g, p, false), t;
	bool owner = chance(g, 50);

	if (q < 0)
		return;
	if (s < 0 || chance(g, 50))
		s = new_cdev(g, p, fresh_device(g));
	t = pass(g, p, s, q);
	if (chance(g, 60))
		emit(g, OP_ADD, owner ? p : q, a_kvmvfio(g, owner ? p : q), owner ? s : t);
	if (chance(g, 70))
		bind(g, q, t, an_iommufd(g, q));
	else
		bind(g, p, s, an_iommufd(g, p));
	if (chance(g, 30))
		emit(g, OP_ADD, p, a_kvmvfio(g, p), s);
	if (chance(g, 30))
		drop_slot(g, p, s);
}

static void mistake(struct gen *g, int p)
{
	int k = pick(g, p, KV), s = pick_cdev(g, p, chance(g, 50)), any = pick(g, p, NONE);

	switch (below(g, 11)) {
	case 0:
		emit(g, OP_BIND, p, s, SLOT_BAD);
		break;
	case 1:
		emit(g, OP_BIND, p, s, any);
		break;
	case 2:
		any = pick(g, p, DEVICE);
		emit(g, OP_BIND, p, any, an_iommufd(g, p));
		break;
	case 3:
		emit(g, OP_BIND, p, any, an_iommufd(g, p));
		break;
	case 4:
		emit(g, OP_ATTACH, p, s, chance(g, 50) ? SLOT_BAD : any);
		break;
	case 5:
		emit(g, OP_ATTACH, p, any, pick(g, p, IOMMUFD));
		break;
	case 6:
		emit(g, OP_DETACH, p, chance(g, 70) ? s : any, 0);
		break;
	case 7:
		any = pick(g, p, chance(g, 70) ? DEVICE : IOMMUFD);
		emit(g, OP_ADD, p, a_kvmvfio(g, p), any);
		break;
	case 8:
		emit(g, OP_DEL, p, k, s);
		break;
	case 9:
		emit(g, OP_ADD, p, k, s);
		emit(g, OP_ADD, p, k, s);
		break;
	default:
		any = pick(g, p, GROUP);
		emit(g, OP_SETCONTAINER, p, any, an_iommufd(g, p));
	}
}

/* By its file, by its group: who is first keeps the other away, mostly. */
static void mixture(struct gen *g, int p)
{
	int s = pick_cdev(g, p, true), group = pick(g, p, GROUP);

	switch (below(g, 4)) {
	case 0:
		if (s >= 0)
			open_device(g, p, new_group(g, p, slot(g, p, s)->group),
				    slot(g, p, s)->group);
		break;
	case 1:
		/* An iommufd's device does not keep its group: then the cdev comes further. */
		if (group < 0)
			group = prepare(g, p, fresh_group(g, p));
		s = new_cdev(g, p, slot(g, p, group)->group);
		if (chance(g, 50))
			open_device(g, p, group, slot(g, p, group)->group);
		if (chance(g, 50))
			drop_slot(g, p, group);
		bind(g, p, s, an_iommufd(g, p));
		break;
	case 2:
		/* The file is registered, the device opened by its group. */
		s = new_cdev(g, p, fresh_device(g));
		emit(g, OP_ADD, p, a_kvmvfio(g, p), s);
		group = prepare(g, p, slot(g, p, s)->group);
		open_device(g, p, group, slot(g, p, s)->group);
		break;
	default:
		if (s < 0)
			return;
		emit(g, OP_DEL, p, pick(g, p, KV), s);
		drop_slot(g, p, s);
		open_device(g, p, prepare(g, p, slot(g, p, s)->group), slot(g, p, s)->group);
	}
}

static void anything(struct gen *g, int p)
{
	int k = pick(g, p, KV), s = pick(g, p, CDEV), i = pick(g, p, IOMMUFD);

	switch (below(g, 6)) {
	case 0:
		emit(g, OP_ADD, p, k, s);
		break;
	case 1:
		emit(g, OP_DEL, p, k, s);
		break;
	case 2:
		bind(g, p, s, i);
		break;
	case 3:
		attach(g, p, s, i);
		break;
	default:
		drop_slot(g, p, pick(g, p, NONE));
	}
}

/* The second of two operations, so that they are made at the same time. */
static void together(struct gen *g, unsigned int first)
{
	if (g->seq->count == first + 2)
		g->seq->ops[first + 1].with = true;
}

static void race(struct gen *g, int p)
{
	int dev = fresh_device(g), i = an_iommufd(g, p), k = a_kvmvfio(g, p);
	int s = new_cdev(g, p, dev), t = -1;
	unsigned int first, way = below(g, 8);

	if (way == 2 || way == 3)
		emit(g, OP_ADD, p, k, s);
	if (way == 4 || way == 5)
		t = new_cdev(g, p, dev);
	if (way == 5)
		bind(g, p, t, i);
	first = g->seq->count;
	if (way < 2)
		emit(g, OP_ADD, p, k, s);
	else if (way == 2)
		emit(g, OP_DEL, p, k, s);
	else if (way == 3)
		drop_slot(g, p, k);
	else if (way == 4)
		bind(g, p, t, i);
	else if (way == 5)
		drop_slot(g, p, t);
	else if (way == 6)
		new_vm(g, p);
	else
		new_group(g, p, dev);
	bind(g, p, s, i);
	together(g, first);
	attach(g, p, s, i);
}

/* The same, on processes. */
static void race_process(struct gen *g, int p)
{
	int q = other_proc(g, p), s = pick_cdev(g, p, chance(g, 50)), k = pick(g, p, KV), t, i;
	unsigned int first;

	if (q < 0)
		return;
	if (s < 0)
		s = new_cdev(g, p, fresh_device(g));
	i = an_iommufd(g, q);
	t = chance(g, 65) ? pass(g, p, s, q) : new_cdev(g, q, slot(g, p, s)->group);
	first = g->seq->count;
	if (chance(g, 35)) {
		emit(g, chance(g, 50) ? OP_EXIT : OP_KILL, p, 0, 0);
		for (s = 0; s < SLOT_COUNT; s++)
			slot(g, p, s)->type = NONE;
		g->alive[p] = false;
	} else if (chance(g, 50)) {
		emit(g, OP_ADD, p, k, s);
	} else {
		drop_slot(g, p, pick(g, p, NONE));
	}
	bind(g, q, t, i);
	together(g, first);
}

static const struct episode episodes[] = {
	{ attach_right, 20 }, { attach_late, 14 }, { attach_without, 10 }, { user_driver, 10 },
	{ second_vm, 11 },    { replug, 11 },	   { take_away, 12 },	   { rival, 12 },
	{ again, 6 },	      { helper, 12 },	   { mistake, 14 },	   { mixture, 12 },
	{ anything, 12 },     { race, 10 },	   { race_process, 6 },
};

void cdev_episode(struct gen *g)
{
	play_some(g, episodes, sizeof(episodes) / sizeof(episodes[0]));
}
