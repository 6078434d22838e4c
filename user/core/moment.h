/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One moment as a whole: what of the model's world was asked for, chosen when the
 * stream ends, and the findings about it. Pure.
 */
#ifndef VS_MOMENT_H
#define VS_MOMENT_H

#include "filter.h"
#include "model/walk.h"

/* Each list in order of id, number or name. */
struct vs_moment {
	const struct vs_vm **vms;
	const struct vs_group **groups;
	const struct vs_container **containers;
	const struct vs_open **opens;
	size_t vm_count, group_count, container_count, open_count;
	bool narrowed; /* a filter is set: what is not in it may still exist */
};

/* Whether a group has to do with a VM, itself or by a device in it. */
bool vs_moment_group_about(const struct vs_moment *moment, const struct vs_group *g,
			   const struct vs_vm *vm);

/*
 * Takes what the model says, and when it ends tells @next the moment, its findings
 * and the end. Owns @next, also on failure. NULL: no memory.
 */
struct vs_sink *vs_moment_sink(const struct vs_filter *f, struct vs_sink *next);
/* 0, or -ENOMEM: something is missing from what it told. */
int vs_moment_error(const struct vs_sink *moment_sink);

#endif
