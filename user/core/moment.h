/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One moment as a whole: what of the model's world was asked for, chosen when the
 * stream ends, and the findings about it. Pure.
 */
#ifndef VS_MOMENT_H
#define VS_MOMENT_H

#include "filter.h"
#include "model/walk.h"

/* Who has the device that is asked for. */
enum vs_answer {
	VS_ANSWER_NONE, /* none is asked for */
	VS_ANSWER_HELD,
	VS_ANSWER_OTHERS, /* by others than those that are asked for, too */
	VS_ANSWER_FREE,
	VS_ANSWER_UNSEEN, /* nobody, as far as this kernel shows it */
	VS_ANSWER_ABSENT, /* there is no such device */
	VS_ANSWER_COUNT,
};

#define VS_HOLDS_MAX 256

/* Each list in order of id, number or name. */
struct vs_moment {
	const struct vs_vm **vms;
	const struct vs_group **groups;
	const struct vs_container **containers;
	const struct vs_open **opens;
	const struct vs_place **places; /* if idle devices are asked for */
	size_t vm_count, group_count, container_count, open_count, place_count;
	bool narrowed; /* a filter is set: what is not in it may still exist */
	enum vs_answer answer;
	const char *asked; /* the device, or NULL */
	bool mapped_unseen; /* this kernel does not show who maps a device */
	const struct vs_place *place; /* where it is; NULL: not known */
	const struct vs_hold *holds; /* of VS_ANSWER_HELD: who has it */
	size_t hold_count;
};

/* Whether a group has to do with a VM, itself or by a device in it. */
bool vs_moment_group_about(const struct vs_moment *moment, const struct vs_group *g,
			   const struct vs_vm *vm);

/* "held": for programs. NULL for VS_ANSWER_NONE. */
const char *vs_answer_name(enum vs_answer answer);

/* Whether the device of this name is open. */
bool vs_moment_is_open(const struct vs_moment *moment, const char *device);

/*
 * Takes what the model says, and when it ends tells @next the moment, its findings
 * and the end. Owns @next, also on failure. NULL: no memory.
 */
struct vs_sink *vs_moment_sink(const struct vs_filter *f, struct vs_sink *next);
/* 0, or -ENOMEM: something is missing from what it told. */
int vs_moment_error(const struct vs_sink *moment_sink);

#endif
