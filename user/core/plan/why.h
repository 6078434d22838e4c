/* SPDX-License-Identifier: GPL-2.0-only */
/* Why a site is not attached: an id for programs, a sentence for people. */
#ifndef VS_WHY_H
#define VS_WHY_H

#include <stdbool.h>
#include <stddef.h>

enum vs_why {
	VS_WHY_NONE, /* nothing keeps it from being attached */
	VS_WHY_LEFT_OUT,
	VS_WHY_OTHER_ARCH,
	VS_WHY_NOT_IN_KERNEL,
	VS_WHY_NO_PROGRAM,
	VS_WHY_LOAD_REFUSED,
	VS_WHY_ATTACH_REFUSED,
	VS_WHY_FENTRY_REFUSED,
	VS_WHY_NO_DIRECT_CALLS,
	VS_WHY_KPROBE_REFUSED,
	VS_WHY_NO_FUNCTION_BTF,
	VS_WHY_NO_FUNCTION,
	VS_WHY_OTHER_PROTOTYPE,
	VS_WHY_NO_ITERATOR,
	VS_WHY_PID_NAMESPACE,
	VS_WHY_NEEDS_SITE,
	VS_WHY_COSTLY, /* calls that are of no interest would pay for it */
	VS_WHY_COUNT,
};

/* There is nothing to observe, and nothing is missing. */
static inline bool vs_why_absent(enum vs_why why)
{
	return why == VS_WHY_OTHER_ARCH || why == VS_WHY_NOT_IN_KERNEL;
}

/* "no-function": public, stable. NULL for VS_WHY_NONE. */
const char *vs_why_id(enum vs_why why);

/**
 * vs_why_say - the reason as a sentence without a full stop
 * @buf: cut to @size; "" for VS_WHY_NONE
 * @name: the function, program or site it is about; NULL: none
 * @err: a positive errno, added by name; 0: none
 */
void vs_why_say(char *buf, size_t size, enum vs_why why, const char *name, int err);

#endif
