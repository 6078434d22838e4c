/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tracing programs (fentry, fexit, iterators) are attached to, by BTF id.
 *
 * Told a name, libbpf goes through all of the kernel's types for each program,
 * and reads them first. The ids are known already (types.h).
 */
#ifndef VS_TARGETS_H
#define VS_TARGETS_H

#include <bpf/libbpf.h>
#include "../core/plan/sites.h"

#define VS_TARGETS_MAX (VS_SITE_COUNT * VS_PART_MAX * 2 + 1)

struct vs_target {
	const struct bpf_program *prog;
	uint32_t id; /* of a function */
	int btf_fd; /* the module's BTF it is of; 0: the kernel's own */
};

struct vs_targets {
	int handlers[3];
	size_t handler_count;
	struct vs_target target[VS_TARGETS_MAX];
	size_t count;
};

/**
 * vs_targets_begin - have libbpf take what to attach to from @t
 *
 * Goes before the object is opened; targets are added to @t before it is loaded;
 * vs_targets_end() goes after that, also after a failure.
 * Return: 0, or negative errno.
 */
int vs_targets_begin(struct vs_targets *t);
void vs_targets_end(struct vs_targets *t);

/* Load this program for a function. */
void vs_targets_add(struct vs_targets *t, const struct bpf_program *prog, uint32_t id, int btf_fd);

#endif
