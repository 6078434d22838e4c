/* SPDX-License-Identifier: GPL-2.0-only */
/* What phases and locks are called. Pure. */
#ifndef VS_PHASE_NAMES_H
#define VS_PHASE_NAMES_H

#include "../../../bpf/phases.h"

struct vs_phase_info {
	const char *id; /* for programs, and for --budget */
	const char *text; /* for people, imperative */
	enum vs_phase parent; /* where it belongs by its nature; VS_PHASE_NONE: a call */
};

/* By phase; of VS_PHASE_NONE all NULL. */
extern const struct vs_phase_info vs_phases[VS_PHASE_COUNT];

/* NULL for VS_PHASE_NONE, and for a number that is no phase. */
const char *vs_phase_name(unsigned int phase);
/* VS_PHASE_NONE if no phase has this name. */
enum vs_phase vs_phase_find(const char *name);

/* "dev_set->lock"; NULL for VS_LOCK_NONE, and for a number that is no lock. */
const char *vs_lock_name(unsigned int lock);

#endif
