/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of the profile: the phases of calls as trees of times, and the arithmetic by which
 * they always add up. The total of a node is its self, its lock waits and its parts.
 */
#ifndef VS_PROFILE_TREE_H
#define VS_PROFILE_TREE_H

#include "attach.h"

struct p_node {
	struct vs_attach_phase p; /* root is set in a struct p_tree only */
	int up; /* index of what it is a part of, P_TOP: of nothing */
	bool ran; /* one run, seen from its begin to its end */
	uint64_t begin_ns, end_ns; /* begin: 0 if not known */
};

#define P_TOP (-1)

/* The phases of many calls, one node for each phase and its place. */
struct p_tree {
	size_t count;
	struct p_node node[VS_ATTACH_PHASES];
};

/* The sum of the parts of node @at. */
uint64_t p_parts_ns(const struct p_node *node, size_t count, size_t at);

/* What lock waits and parts leave of the total of @at becomes its self; they are made to fit. */
void p_settle(struct p_node *node, size_t count, size_t at);

/* @at and its parts shrink to @ns: first its self, then its lock waits, then its parts. */
void p_reduce(struct p_node *node, size_t count, size_t at, uint64_t ns);

/**
 * p_graft - add a call, and all parts of it, to a tree
 * @node: of the call; @at is the call itself
 *
 * Where a tree cannot hold a part (in one call a phase has one place, and the tree an end)
 * its time is its parent's own.
 *
 * Return: what has no place at all: 0, or the total of the call.
 */
uint64_t p_graft(struct p_tree *t, const struct p_node *node, size_t count, size_t at);

/* Calls in the order of their first ends, each followed by its parts. Return: how many. */
size_t p_tree_list(const struct p_tree *t, struct vs_attach_phase out[VS_ATTACH_PHASES]);

#endif
