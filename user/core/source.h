/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where records come from: the running kernel, or a recording of it. Everything that
 * a view needs to know of the observed host comes through as records, in order.
 */
#ifndef VS_SOURCE_H
#define VS_SOURCE_H

#include "event/kinds.h"

/* Takes a record, valid during the call. Return: 0, or negative errno, which ends the call. */
typedef int (*vs_record_fn)(void *ctx, const union vs_record *rec);

struct vs_source;

/* Each returns 0, or negative errno: its own, or the first one of @fn. */
struct vs_source_ops {
	/* Begin: START, how it is observed, ATTACHED, and what is there already. */
	int (*begin)(struct vs_source *s, vs_record_fn fn, void *ctx);
	/* Hand over all there is so far; then TIME. */
	int (*drain)(struct vs_source *s, vs_record_fn fn, void *ctx);
	/* No more is recorded: hand over the rest, LOSS and END. */
	int (*finish)(struct vs_source *s, vs_record_fn fn, void *ctx);
	/* Readable when drain() should not wait for the next tick; -1: never. */
	int (*fd)(const struct vs_source *s);
	void (*close)(struct vs_source *s);
};

struct vs_source {
	const struct vs_source_ops *ops;
};

/* NULL is fine. */
static inline void vs_source_close(struct vs_source *s)
{
	if (s)
		s->ops->close(s);
}

#endif
