/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Processes that have done something more than once, the last ones: a hint, which may be
 * wrong. All 0: none.
 */
#ifndef VS_AGAIN_H
#define VS_AGAIN_H

#include <stdbool.h>
#include <stdint.h>

#define VS_AGAIN_SIZE 64

struct vs_again {
	struct {
		uint32_t pid;
		bool again;
	} of[VS_AGAIN_SIZE];
};

/* @pid does it, once more or for the first time. */
static inline void vs_again_note(struct vs_again *a, uint32_t pid)
{
	a->of[pid % VS_AGAIN_SIZE].again = a->of[pid % VS_AGAIN_SIZE].pid == pid;
	a->of[pid % VS_AGAIN_SIZE].pid = pid;
}

static inline bool vs_again(const struct vs_again *a, uint32_t pid)
{
	return a->of[pid % VS_AGAIN_SIZE].pid == pid && a->of[pid % VS_AGAIN_SIZE].again;
}

#endif
