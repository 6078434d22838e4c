// SPDX-License-Identifier: GPL-2.0-only
/*
 * A seed becomes a sequence: a few episodes, each a plausible piece of what VMMs
 * do, right or wrong, in a state that the earlier ones left behind, with random
 * operations strewn in. The generator keeps its own idea of which slot holds
 * what. It assumes that everything succeeds, so it is at times mistaken, and
 * then the kernel refuses: that is wanted too.
 */
#include <string.h>

#include "gen.h"

static const uint8_t first_slot[] = {
	SLOT_X, SLOT_V, SLOT_K, SLOT_C, SLOT_G, SLOT_D, SLOT_D, SLOT_C
};
static const uint8_t end_slot[] = { SLOT_COUNT, SLOT_K, SLOT_C, SLOT_G,
				    SLOT_D,	SLOT_X, SLOT_X, SLOT_G };

/* splitmix64 */
static uint64_t next(struct gen *g)
{
	uint64_t z = g->random += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

unsigned int below(struct gen *g, unsigned int end)
{
	return (next(g) >> 33) % end;
}

bool chance(struct gen *g, unsigned int percent)
{
	return below(g, 100) < percent;
}

/* Slots */

int find(const struct gen *g, int p, enum type type, int which)
{
	const struct thing *t;
	int s;

	for (s = 0; s < SLOT_COUNT; s++) {
		t = &g->slots[p][s];
		if (t->type != type)
			continue;
		if (which < 0 || which == (type <= KV ? t->vm : t->group))
			return s;
	}
	return -1;
}

int pick(struct gen *g, int p, enum type type)
{
	int s, i, start = below(g, SLOT_COUNT);

	for (i = 0; i < SLOT_COUNT; i++) {
		s = (start + i) % SLOT_COUNT;
		if (g->slots[p][s].type != NONE && (!type || g->slots[p][s].type == type))
			return s;
	}
	return -1;
}

int empty(const struct gen *g, int p, enum type type)
{
	int s;

	for (s = first_slot[type]; s < end_slot[type]; s++)
		if (g->slots[p][s].type == NONE)
			return s;
	for (s = SLOT_X; s < SLOT_COUNT; s++)
		if (g->slots[p][s].type == NONE)
			return s;
	return -1;
}

int some_proc(struct gen *g)
{
	int p;

	do
		p = below(g, SEQ_PROCS);
	while (!g->alive[p]);
	return p;
}

int other_proc(struct gen *g, int than)
{
	int i, p = below(g, SEQ_PROCS);

	for (i = 0; i < SEQ_PROCS; i++, p = (p + 1) % SEQ_PROCS)
		if (g->alive[p] && p != than)
			return p;
	return -1;
}

/* Operations */

struct op *emit(struct gen *g, enum op_kind kind, int p, int a, int b)
{
	static struct op nowhere;
	struct op *op;

	if (g->seq->count == SEQ_OPS || a < 0 || b < 0) {
		memset(&nowhere, 0, sizeof(nowhere));
		return &nowhere;
	}
	op = &g->seq->ops[g->seq->count++];
	memset(op, 0, sizeof(*op));
	op->kind = kind;
	op->proc = p;
	op->a = a;
	op->b = b;
	return op;
}

struct thing *slot(struct gen *g, int p, int s)
{
	static struct thing nothing;

	memset(&nothing, 0, sizeof(nothing));
	return s >= 0 && s < SLOT_COUNT ? &g->slots[p][s] : &nothing;
}

int new_vm(struct gen *g, int p)
{
	int s = empty(g, p, VM);

	emit(g, OP_VM, p, s, 0);
	*slot(g, p, s) = (struct thing){ .type = VM, .vm = g->vms++ };
	return s;
}

int new_kvmvfio(struct gen *g, int p, int vm_slot)
{
	int s = empty(g, p, KV);

	emit(g, OP_KVMVFIO, p, s, vm_slot);
	*slot(g, p, s) = (struct thing){ .type = KV, .vm = slot(g, p, vm_slot)->vm };
	return s;
}

int a_vm(struct gen *g, int p)
{
	int s = pick(g, p, VM);

	return s >= 0 && chance(g, 80) ? s : new_vm(g, p);
}

int a_kvmvfio(struct gen *g, int p)
{
	int s = pick(g, p, KV), v;

	if (s >= 0 && chance(g, 85))
		return s;
	v = a_vm(g, p);
	s = find(g, p, KV, slot(g, p, v)->vm);
	return s >= 0 ? s : new_kvmvfio(g, p, v);
}

static int new_container(struct gen *g, int p)
{
	int s = empty(g, p, CONTAINER);

	emit(g, OP_CONTAINER, p, s, 0)->flag = chance(g, 40);
	*slot(g, p, s) = (struct thing){ .type = CONTAINER, .container = g->containers++ & 15 };
	return s;
}

int new_group(struct gen *g, int p, int group)
{
	int s = empty(g, p, GROUP);
	struct op *op = emit(g, OP_GROUP, p, s, 0);

	op->dev = group;
	op->flag = chance(g, 40);
	*slot(g, p, s) = (struct thing){ .type = GROUP, .group = group };
	return s;
}

static int new_iommufd(struct gen *g, int p)
{
	int s = empty(g, p, IOMMUFD);

	emit(g, OP_IOMMUFD, p, s, 0)->flag = chance(g, 30);
	*slot(g, p, s) = (struct thing){ .type = IOMMUFD, .container = g->containers++ & 15 };
	return s;
}

int an_iommufd(struct gen *g, int p)
{
	int s = pick(g, p, IOMMUFD);

	return s >= 0 && chance(g, 85) ? s : new_iommufd(g, p);
}

int new_cdev(struct gen *g, int p, int dev)
{
	int s = empty(g, p, CDEV);
	struct op *op = emit(g, OP_CDEV, p, s, 0);

	op->dev = dev;
	op->flag = chance(g, 30);
	*slot(g, p, s) = (struct thing){ .type = CDEV, .group = dev };
	return s;
}

void bind(struct gen *g, int p, int cdev_slot, int iommufd_slot)
{
	emit(g, OP_BIND, p, cdev_slot, iommufd_slot);
	slot(g, p, cdev_slot)->bound = true;
}

/* A group's container can be an iommufd, which wants no IOMMU to be set. */
static void join_iommufd(struct gen *g, int p, int group_slot)
{
	int c = an_iommufd(g, p);

	emit(g, OP_SETCONTAINER, p, group_slot, c);
	if (chance(g, 8))
		emit(g, OP_SETIOMMU, p, c, 0);
	if (c >= 0)
		g->joined[slot(g, p, group_slot)->group] = slot(g, p, c)->container + 1;
}

int prepare(struct gen *g, int p, int group)
{
	int s = find(g, p, GROUP, group), c;

	if (s < 0) {
		s = new_group(g, p, group);
		g->joined[group] = 0;
	}
	if (g->joined[group])
		return s;
	if (g->both && chance(g, 30)) {
		join_iommufd(g, p, s);
		return s;
	}
	c = pick(g, p, CONTAINER);
	if (c < 0 || chance(g, 30))
		c = new_container(g, p);
	if (chance(g, 98))
		emit(g, OP_SETCONTAINER, p, s, c);
	if (!g->iommu[slot(g, p, c)->container] || chance(g, 4))
		emit(g, OP_SETIOMMU, p, c, 0);
	if (c >= 0) {
		g->iommu[slot(g, p, c)->container] = true;
		g->joined[group] = slot(g, p, c)->container + 1;
	}
	return s;
}

int open_device(struct gen *g, int p, int group_slot, int dev)
{
	int s = empty(g, p, DEVICE);

	emit(g, OP_DEVICE, p, s, group_slot)->dev = dev;
	if (dev < SEQ_DEVICES)
		*slot(g, p, s) = (struct thing){ .type = DEVICE, .group = dev };
	return s;
}

void drop_slot(struct gen *g, int p, int s)
{
	emit(g, OP_CLOSE, p, s, 0);
	slot(g, p, s)->type = NONE;
}

int some_group(struct gen *g)
{
	return chance(g, 65) ? 2 + below(g, 2) : below(g, 2);
}

/* It keeps @p from opening the group. */
static bool has_group(const struct gen *g, int q, int group, int p)
{
	if (find(g, q, CDEV, group) >= 0)
		return true;
	return q != p && (find(g, q, GROUP, group) >= 0 || find(g, q, DEVICE, group) >= 0);
}

int fresh_group(struct gen *g, int p)
{
	int i, q, group = some_group(g);

	for (i = 0; i < SEQ_DEVICES; i++, group = (group + 1) % SEQ_DEVICES) {
		for (q = 0; q < SEQ_PROCS; q++)
			if (has_group(g, q, group, p))
				break;
		if (q == SEQ_PROCS)
			return group;
	}
	return group;
}

void end(struct gen *g, int p)
{
	unsigned int way = below(g, 100);

	if (way < 78)
		emit(g, OP_CLOSEALL, p, 0, 0)->flag = chance(g, 60);
	else
		emit(g, way < 90 ? OP_EXIT : OP_KILL, p, 0, 0);
	memset(g->slots[p], 0, sizeof(g->slots[p]));
	g->alive[p] = way < 78;
}

static void insert(struct seq *seq, unsigned int at, struct op op)
{
	memmove(&seq->ops[at + 1], &seq->ops[at], (seq->count - at) * sizeof(op));
	seq->ops[at] = op;
	seq->count++;
}

/* Between two operations, or at the same time as the first of them. */
static void spoil(struct gen *g, unsigned int opened)
{
	struct seq *seq = g->seq;
	struct op op = { .kind = chance(g, 50) ? OP_FORGET : OP_PUT,
			 .proc = seq->ops[opened].proc,
			 .a = seq->ops[opened].a };
	unsigned int at = opened + 1 + below(g, 6);

	while (at < seq->count && seq->ops[at].with)
		at++;
	if (at > seq->count)
		at = seq->count;
	op.with = !seq->ops[at - 1].with && chance(g, 20);
	insert(seq, at, op);
}

/*
 * Rarely a driver loses what its device took. This draws its own numbers: all
 * else in the sequence of a seed is as it was before there was such a thing.
 */
static void spoil_some(struct seq *seq, uint64_t seed)
{
	struct gen g = { .seq = seq, .random = ~seed * 0x2545f4914f6cdd1du };
	unsigned int i, n;

	if (!chance(&g, 30))
		return;
	for (n = 1 + below(&g, 2); n && seq->count && seq->count < SEQ_OPS; n--) {
		i = below(&g, seq->count);
		while (i < seq->count && seq->ops[i].kind != OP_DEVICE &&
		       seq->ops[i].kind != OP_BIND)
			i++;
		if (i < seq->count)
			spoil(&g, i);
	}
}

void play_some(struct gen *g, const struct episode *episodes, unsigned int count)
{
	unsigned int i, total = 0, at;

	for (i = 0; i < count; i++)
		total += episodes[i].weight;
	at = below(g, total);
	for (i = 0; at >= episodes[i].weight; i++)
		at -= episodes[i].weight;
	episodes[i].play(g, some_proc(g));
}

void seq_generate(struct seq *seq, uint64_t seed, bool both)
{
	struct gen g = { .seq = seq, .both = both, .random = seed * 0x2545f4914f6cdd1du };
	unsigned int i, n;
	int p;

	memset(seq, 0, sizeof(*seq));
	seq->seed = seed;
	for (p = 0; p < SEQ_FIRST_PROCS; p++)
		g.alive[p] = true;
	n = 3 + below(&g, 5);
	for (i = 0; i < n && seq->count < SEQ_OPS - 40; i++)
		if (both && chance(&g, 65))
			cdev_episode(&g);
		else
			episode(&g);
	for (i = 0, p = below(&g, SEQ_PROCS); i < SEQ_PROCS; i++, p = (p + 1) % SEQ_PROCS)
		if (g.alive[p])
			end(&g, p);
	spoil_some(seq, seed);
}
