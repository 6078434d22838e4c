/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of the model: what may still turn out well. It waits for the end of a grace period,
 * and some of it then for a look at the open files, which a source that can look sends.
 */
#ifndef VS_GRACE_H
#define VS_GRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vs_model;
struct m_grace;
struct ev_look_done;

/* The wait is over when @due is called; the others end it themselves. NULL: nothing to do. */
struct m_grace_kind {
	/* The time is up, or no look has come. */
	void (*due)(struct vs_model *m, struct m_grace *g, uint64_t ts);
	/* The open files were looked at. */
	void (*looked)(struct vs_model *m, struct m_grace *g, const struct ev_look_done *look);
	/* Nothing more comes. */
	void (*end)(struct vs_model *m, struct m_grace *g, uint64_t ts);
	/* The model is freed, and nothing else has it. */
	void (*drop)(struct vs_model *m, struct m_grace *g);
	/* It waits for a look when the grace period is over. */
	bool wants_look;
};

/* Part of what waits. All zero: it does not. */
struct m_grace {
	const struct m_grace_kind *kind; /* NULL: it does not wait */
	uint64_t since; /* ns since boot; stays when the wait has ended */
	bool late; /* the grace period is over: it waits for a look */
	struct m_grace *prev, *next;
};

/* What the grace period @g is part of. */
#define M_GRACE_OF(g, type, member) ((type *)(void *)((char *)(g)-offsetof(type, member)))

/* @ts: since when, ns since boot */
void m_grace_begin(struct vs_model *m, struct m_grace *g, const struct m_grace_kind *kind,
		   uint64_t ts);
/* It waits no longer, if it does. */
void m_grace_end(struct vs_model *m, struct m_grace *g);

/* A look is done. */
void m_graces_looked(struct vs_model *m, const struct ev_look_done *look);
/* Grace periods that have ended by @now, the first one first; none during a look. */
void m_deadlines(struct vs_model *m, uint64_t now);
/* Nothing more comes. */
void m_graces_end(struct vs_model *m, uint64_t ts);
void m_graces_free(struct vs_model *m);

#endif
