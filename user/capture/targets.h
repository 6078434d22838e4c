/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The BTF ids that tracing programs (fentry, fexit, iterators) are attached to, and
 * which program libbpf is loading.
 *
 * For a name, libbpf would read and search all of the kernel's types once for each
 * program. The ids are known already (btf.h).
 */
#ifndef VS_TARGETS_H
#define VS_TARGETS_H

#include <bpf/libbpf.h>
#include "../core/plan/sites.h"

/* All programs of a plan, and the iterator that runs before it is armed. */
#define VS_TARGETS_MAX (VS_PROGRAMS_MAX + 1)

struct vs_target {
	const struct bpf_program *prog;
	uint32_t id; /* of a function */
	int btf_fd; /* of the module whose BTF has it; 0: the kernel's own */
};

struct vs_targets {
	int handlers[6];
	size_t handler_count;
	const struct bpf_program *loading; /* libbpf loads it, or has loaded it last */
	struct vs_target target[VS_TARGETS_MAX];
	size_t count;
};

/**
 * vs_targets_begin - make libbpf take attach targets from @t
 *
 * Call it before the object is opened, add targets before it is loaded, and call
 * vs_targets_end() after that, also after a failure. A process may do so any
 * number of times; libbpf's table of handlers belongs to the process, and one
 * handler that matches no program stays in it.
 * Return: 0, or negative errno.
 */
int vs_targets_begin(struct vs_targets *t);
void vs_targets_end(struct vs_targets *t);

/* Load this program for a function. Return: 0, or -E2BIG: not a plan's program. */
int vs_targets_add(struct vs_targets *t, const struct bpf_program *prog, uint32_t id, int btf_fd);

#endif
