// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "tree.h"

uint64_t p_parts_ns(const struct p_node *node, size_t count, size_t at)
{
	uint64_t ns = 0;
	size_t i;

	for (i = 0; i < count; i++)
		if (node[i].up == (int)at)
			ns += node[i].p.total_ns;
	return ns;
}

void p_settle(struct p_node *node, size_t count, size_t at)
{
	struct vs_attach_phase *p = &node[at].p;
	uint64_t filled = p->lock_ns + p_parts_ns(node, count, at);
	uint64_t total = p->total_ns;

	p->self_ns = total > filled ? total - filled : 0;
	if (total >= filled)
		return;
	p->total_ns = filled;
	p_reduce(node, count, at, total);
}

/* The parts of @at lose @cut, each in proportion; rounding loses nothing. */
static void reduce_parts(struct p_node *node, size_t count, size_t at, uint64_t cut)
{
	uint64_t before = p_parts_ns(node, count, at), after = before - cut;
	uint64_t seen = 0, given = 0, upto;
	size_t i;

	if (!before)
		return;
	for (i = 0; i < count; i++) {
		if (node[i].up != (int)at)
			continue;
		seen += node[i].p.total_ns;
		upto = (uint64_t)((unsigned __int128)after * seen / before);
		p_reduce(node, count, i, upto - given);
		given = upto;
	}
}

/* Return: what is left to cut. */
static uint64_t cut_from(uint64_t *ns, uint64_t cut)
{
	uint64_t taken = cut < *ns ? cut : *ns;

	*ns -= taken;
	return cut - taken;
}

void p_reduce(struct p_node *node, size_t count, size_t at, uint64_t ns)
{
	struct vs_attach_phase *p = &node[at].p;
	uint64_t cut = p->total_ns - ns;

	p->total_ns = ns;
	cut = cut_from(&p->self_ns, cut);
	cut = cut_from(&p->lock_ns, cut);
	if (cut)
		reduce_parts(node, count, at, cut);
}

static bool has_parts(const struct p_tree *t, size_t at)
{
	size_t i;

	for (i = 0; i < t->count; i++)
		if (t->node[i].up == (int)at)
			return true;
	return false;
}

/* Another node of the same phase in the same call; -1: none. */
static int twin_of(const struct p_tree *t, const struct vs_attach_phase *p)
{
	size_t i;

	for (i = 0; i < t->count; i++)
		if (t->node[i].p.phase == p->phase && t->node[i].p.root == p->root &&
		    t->node[i].p.parent != p->parent)
			return (int)i;
	return -1;
}

static int find(const struct p_tree *t, const struct vs_attach_phase *p)
{
	size_t i;

	for (i = 0; i < t->count; i++)
		if (t->node[i].p.phase == p->phase && t->node[i].p.root == p->root &&
		    t->node[i].p.parent == p->parent)
			return (int)i;
	return -1;
}

/*
 * The node that this one is added to; -1: none. Entries name what they are a part of by its
 * phase, so a phase with parts has one place in a call.
 */
static int place(struct p_tree *t, int up, const struct p_node *from, bool *leaf)
{
	struct vs_attach_phase p = { .phase = from->p.phase, .root = from->p.phase };
	struct p_node *n;
	int at, twin;

	if (up != P_TOP) {
		p.parent = t->node[up].p.phase;
		p.root = t->node[up].p.root;
	}
	if (p.parent == p.phase)
		return -1;
	twin = twin_of(t, &p);
	*leaf = twin >= 0;
	if (twin >= 0 && has_parts(t, (size_t)twin))
		return -1;
	at = find(t, &p);
	if (at >= 0 || t->count == VS_ATTACH_PHASES)
		return at;
	n = &t->node[t->count];
	memset(n, 0, sizeof(*n));
	n->p = p;
	n->up = up;
	n->end_ns = from->end_ns;
	return (int)t->count++;
}

static void add_numbers(struct p_node *to, const struct p_node *from)
{
	struct vs_attach_phase *p = &to->p;

	p->count += from->p.count;
	p->total_ns += from->p.total_ns;
	p->self_ns += from->p.self_ns;
	p->lock_ns += from->p.lock_ns;
	p->bytes += from->p.bytes;
	p->pages += from->p.pages;
	p->failed += from->p.failed;
	if (from->p.max_ns > p->max_ns) {
		p->max_ns = from->p.max_ns;
		p->max_bytes = from->p.max_bytes;
	}
	if (from->end_ns < to->end_ns)
		to->end_ns = from->end_ns;
}

static uint64_t graft(struct p_tree *t, int up, const struct p_node *node, size_t count, size_t at)
{
	bool leaf = false;
	int to = place(t, up, &node[at], &leaf);
	size_t i;

	if (to < 0)
		return node[at].p.total_ns;
	add_numbers(&t->node[to], &node[at]);
	for (i = 0; i < count; i++)
		if (node[i].up == (int)at)
			t->node[to].p.self_ns += leaf ? node[i].p.total_ns :
							graft(t, to, node, count, i);
	return 0;
}

uint64_t p_graft(struct p_tree *t, const struct p_node *node, size_t count, size_t at)
{
	return graft(t, P_TOP, node, count, at);
}

static size_t list_branch(const struct p_tree *t, size_t at, struct vs_attach_phase *out)
{
	size_t i, n = 0;

	out[n++] = t->node[at].p;
	for (i = 0; i < t->count; i++)
		if (t->node[i].up == (int)at)
			n += list_branch(t, i, out + n);
	return n;
}

size_t p_tree_list(const struct p_tree *t, struct vs_attach_phase out[VS_ATTACH_PHASES])
{
	bool listed[VS_ATTACH_PHASES] = { false };
	size_t i, n = 0, first;

	while (n < t->count) {
		first = t->count;
		for (i = 0; i < t->count; i++)
			if (t->node[i].up == P_TOP && !listed[i] &&
			    (first == t->count || t->node[i].end_ns < t->node[first].end_ns))
				first = i;
		listed[first] = true;
		n += list_branch(t, first, out + n);
	}
	return n;
}
