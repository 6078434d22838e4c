// SPDX-License-Identifier: GPL-2.0-only
/* What VMMs do with their devices, right and wrong: the pieces that sequences are made of. */
#include <string.h>

#include "gen.h"

static void attach_right(struct gen *g, int p)
{
	int group = fresh_group(g, p), k, s;

	if (chance(g, 50)) {
		k = a_kvmvfio(g, p);
		s = prepare(g, p, group);
	} else {
		s = prepare(g, p, group);
		k = a_kvmvfio(g, p);
	}
	emit(g, OP_ADD, p, k, s);
	open_device(g, p, s, group);
}

static void attach_late(struct gen *g, int p)
{
	int group = fresh_group(g, p), s, k = -1;

	if (chance(g, 50))
		k = a_kvmvfio(g, p);
	s = prepare(g, p, group);
	open_device(g, p, s, group);
	if (k < 0)
		k = a_kvmvfio(g, p);
	emit(g, OP_ADD, p, k, s);
}

/* A VM, now or later, and a device that is never registered. */
static void attach_without(struct gen *g, int p)
{
	int group = fresh_group(g, p);
	bool before = chance(g, 70);

	if (before)
		a_vm(g, p);
	open_device(g, p, prepare(g, p, group), group);
	if (!before)
		a_vm(g, p);
}

/* As DPDK does it: in a process that has no VM, if there is one. */
static void user_driver(struct gen *g, int p)
{
	int i, q, group;

	for (i = 0, q = p; i < SEQ_PROCS; i++, q = (q + 1) % SEQ_PROCS)
		if (g->alive[q] && find(g, q, VM, -1) < 0 && find(g, q, KV, -1) < 0)
			p = q;
	group = fresh_group(g, p);
	open_device(g, p, prepare(g, p, group), group);
	if (chance(g, 60))
		drop_slot(g, p, find(g, p, DEVICE, group));
}

/* Somebody else, who need not have a VM, gets the group and opens the device. */
static void third_opens(struct gen *g, int p, int s)
{
	int q = other_proc(g, p), t;

	if (q < 0 || s < 0)
		return;
	t = empty(g, q, GROUP);
	emit(g, OP_PASS, p, t, s)->to = q;
	*slot(g, q, t) = *slot(g, p, s);
	open_device(g, q, t, slot(g, q, t)->group);
}

/* The group goes to a second VM, of this process or of another. */
static void second_vm(struct gen *g, int p)
{
	int s = pick(g, p, GROUP), k, v, q = p, t;

	if (s < 0)
		s = prepare(g, p, fresh_group(g, p));
	k = a_kvmvfio(g, p);
	if (chance(g, 70))
		emit(g, OP_ADD, p, k, s);
	if (chance(g, 40))
		open_device(g, p, s, slot(g, p, s)->group);
	t = s;
	if (chance(g, 50) && other_proc(g, p) >= 0) {
		q = other_proc(g, p);
		t = empty(g, q, GROUP);
		emit(g, OP_PASS, p, t, s)->to = q;
		if (s >= 0)
			*slot(g, q, t) = *slot(g, p, s);
	}
	v = new_vm(g, q);
	v = new_kvmvfio(g, q, v);
	emit(g, OP_ADD, q, v, t);
	if (chance(g, 60))
		emit(g, OP_DEL, chance(g, 50) ? p : q, chance(g, 50) ? k : v, s);
	if (chance(g, 30))
		third_opens(g, p, s);
	else if (chance(g, 60))
		open_device(g, chance(g, 60) ? p : q, s, slot(g, p, s)->group);
}

static void replug(struct gen *g, int p)
{
	int d = pick(g, p, DEVICE), group, s, k;

	if (d < 0) {
		attach_right(g, p);
		d = pick(g, p, DEVICE);
	}
	group = slot(g, p, d)->group;
	s = find(g, p, GROUP, group);
	k = pick(g, p, KV);
	drop_slot(g, p, d);
	if (chance(g, 70) && k >= 0 && s >= 0)
		emit(g, OP_DEL, p, k, s);
	if (chance(g, 50) && s >= 0) {
		if (chance(g, 50))
			emit(g, OP_UNSET, p, s, 0);
		g->joined[group] = 0;
		drop_slot(g, p, s);
	}
	s = prepare(g, p, group);
	if (chance(g, 60))
		emit(g, OP_ADD, p, a_kvmvfio(g, p), s);
	open_device(g, p, s, group);
}

/* What belongs together is taken away while the device is open. */
static void take_away(struct gen *g, int p)
{
	int s = pick(g, p, GROUP), k = pick(g, p, KV);

	switch (below(g, 4)) {
	case 0:
		emit(g, OP_DEL, p, k, s);
		break;
	case 1:
		drop_slot(g, p, k);
		break;
	case 2:
		drop_slot(g, p, pick(g, p, VM));
		break;
	default:
		drop_slot(g, p, s);
	}
}

static void again(struct gen *g, int p)
{
	int d = pick(g, p, DEVICE), s = d, x;

	if (d < 0)
		return;
	if (chance(g, 50)) {
		s = find(g, p, GROUP, slot(g, p, d)->group);
		if (s >= 0)
			open_device(g, p, s, slot(g, p, d)->group);
		return;
	}
	s = pick(g, p, NONE);
	x = empty(g, p, NONE);
	emit(g, OP_DUP, p, x, s)->flag = chance(g, 60);
	*slot(g, p, x) = *slot(g, p, s);
	if (chance(g, 50))
		drop_slot(g, p, s);
}

static void child(struct gen *g, int p)
{
	int q;

	for (q = 0; q < SEQ_PROCS && g->alive[q]; q++)
		;
	if (q == SEQ_PROCS)
		return;
	emit(g, OP_FORK, p, 0, 0)->to = q;
	memcpy(g->slots[q], g->slots[p], sizeof(g->slots[q]));
	g->alive[q] = true;
	if (chance(g, 50))
		open_device(g, q, pick(g, q, GROUP), some_group(g));
	if (chance(g, 30))
		emit(g, OP_ADD, q, pick(g, q, KV), pick(g, q, GROUP));
}

/* The opener is not the VM's owner. */
static void helper(struct gen *g, int p)
{
	int q = other_proc(g, p), s = pick(g, p, chance(g, 70) ? GROUP : NONE), t;
	struct op *op;

	if (q < 0)
		return;
	if (s < 0)
		s = prepare(g, p, fresh_group(g, p));
	t = empty(g, q, slot(g, p, s)->type);
	op = emit(g, OP_PASS, p, t, s);
	op->to = q;
	op->flag = chance(g, 40);
	*slot(g, q, t) = *slot(g, p, s);
	if (slot(g, p, s)->type != GROUP)
		return;
	if (chance(g, 50))
		emit(g, OP_ADD, p, a_kvmvfio(g, p), s);
	open_device(g, q, t, slot(g, p, s)->group);
}

static void renew(struct gen *g, int p)
{
	int s;

	emit(g, OP_EXEC, p, 0, 0);
	for (s = 0; s < SLOT_X; s++)
		if (s < SLOT_C || s >= SLOT_D || chance(g, 50))
			g->slots[p][s].type = NONE;
	s = pick(g, p, GROUP);
	if (s >= 0 && chance(g, 60))
		open_device(g, p, s, slot(g, p, s)->group);
}

static void leave(struct gen *g, int p)
{
	if (other_proc(g, p) >= 0)
		end(g, p);
}

static void mistake(struct gen *g, int p)
{
	int k = pick(g, p, KV), s = pick(g, p, GROUP), d = pick(g, p, DEVICE);

	switch (below(g, 10)) {
	case 9:
		emit(g, OP_ADD, p, a_kvmvfio(g, p), d);
		break;
	case 0:
	case 1:
		emit(g, chance(g, 70) ? OP_ADD : OP_DEL, p, k, SLOT_BAD);
		break;
	case 2:
		emit(g, OP_ADD, p, k, d);
		break;
	case 3:
		emit(g, OP_DEL, p, k, chance(g, 50) ? s : pick(g, p, NONE));
		break;
	case 4:
		new_kvmvfio(g, p, pick(g, p, VM));
		break;
	case 5:
		open_device(g, p, s, chance(g, 50) ? SEQ_DEVICES : (int)below(g, SEQ_DEVICES));
		break;
	case 6:
		emit(g, OP_SETCONTAINER, p, s, chance(g, 50) ? SLOT_BAD : pick(g, p, NONE));
		break;
	case 7:
		emit(g, OP_ADD, p, k, pick(g, p, NONE));
		break;
	default:
		new_group(g, p, some_group(g));
	}
}

static void anything(struct gen *g, int p)
{
	switch (below(g, 8)) {
	case 0:
		emit(g, OP_ADD, p, pick(g, p, KV), pick(g, p, GROUP));
		break;
	case 1:
		emit(g, OP_DEL, p, pick(g, p, KV), pick(g, p, GROUP));
		break;
	case 2:
		open_device(g, p, pick(g, p, GROUP), some_group(g));
		break;
	case 3:
		emit(g, OP_SETIOMMU, p, pick(g, p, CONTAINER), 0);
		break;
	case 4:
		emit(g, OP_UNSET, p, pick(g, p, GROUP), 0);
		break;
	default:
		drop_slot(g, p, pick(g, p, NONE));
	}
}

/* Two operations that care about each other, at the same time. */
static void race(struct gen *g, int p)
{
	int group = fresh_group(g, p), s = prepare(g, p, group), k = a_kvmvfio(g, p);
	unsigned int first, way = below(g, 7);

	if (way == 3 || way == 4)
		emit(g, OP_ADD, p, k, s);
	if (way == 1 || way == 4)
		open_device(g, p, s, group);
	first = g->seq->count;
	if (way == 5) {
		open_device(g, p, s, group);
		open_device(g, p, s, group);
	} else if (way == 1) {
		emit(g, OP_ADD, p, k, s);
		drop_slot(g, p, find(g, p, DEVICE, group));
	} else if (way == 6) {
		new_vm(g, p);
		open_device(g, p, s, group);
	} else {
		if (way == 3)
			drop_slot(g, p, k);
		else
			emit(g, way == 4 ? OP_DEL : OP_ADD, p, k, s);
		open_device(g, p, s, group);
	}
	if (g->seq->count == first + 2)
		g->seq->ops[first + 1].with = true;
}

/* The same, on processes: one ends or opens while the other acts. */
static void race_process(struct gen *g, int p)
{
	int q = other_proc(g, p), s = pick(g, p, GROUP), k = pick(g, p, KV), t;
	unsigned int first;

	if (q < 0 || s < 0)
		return;
	t = empty(g, q, GROUP);
	emit(g, OP_PASS, p, t, s)->to = q;
	*slot(g, q, t) = *slot(g, p, s);
	first = g->seq->count;
	if (chance(g, 35)) {
		emit(g, chance(g, 50) ? OP_EXIT : OP_KILL, p, 0, 0);
		memset(g->slots[p], 0, sizeof(g->slots[p]));
		g->alive[p] = false;
	} else if (chance(g, 50)) {
		emit(g, OP_ADD, p, k, s);
	} else {
		drop_slot(g, p, pick(g, p, NONE));
	}
	open_device(g, q, t, slot(g, q, t)->group);
	if (g->seq->count == first + 2)
		g->seq->ops[first + 1].with = true;
}

static const struct episode episodes[] = {
	{ attach_right, 22 }, { attach_late, 16 }, { attach_without, 12 }, { user_driver, 12 },
	{ second_vm, 11 },    { replug, 10 },	   { take_away, 10 },	   { again, 11 },
	{ child, 5 },	      { helper, 8 },	   { renew, 4 },	   { leave, 4 },
	{ mistake, 20 },      { anything, 14 },	   { race, 10 },	   { race_process, 6 },
};

void episode(struct gen *g)
{
	play_some(g, episodes, sizeof(episodes) / sizeof(episodes[0]));
}
