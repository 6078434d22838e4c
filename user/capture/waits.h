/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What asks for another look at the open files if it lasts for the grace period: an unbind, and
 * an open device of a process that has set up an IOMMU again. The model waits for that look
 * from the same moment on (core/model/grace.h).
 */
#ifndef VS_WAITS_H
#define VS_WAITS_H

#include <stdbool.h>
#include <stdint.h>
#include "../core/event/again.h"
#include "../core/source.h"

/* Of more at a time the later ones get no look of their own. */
#define VS_WAITS_MAX 16

struct vs_waits {
	struct {
		enum vs_kind kind; /* UNBIND, DEV_OPEN */
		uint32_t id; /* of its thread, or process; 0: none */
		uint64_t late_ns; /* when it has lasted too long */
	} of[VS_WAITS_MAX];
	unsigned int count;
	struct vs_again iommus; /* processes that set IOMMUs up */
};

/* A record that begins or ends one. */
void vs_waits_note(struct vs_waits *w, const union vs_event *ev, uint64_t grace_ns);
/* Has one lasted too long? It is forgotten. */
bool vs_waits_late(struct vs_waits *w, uint64_t now);

#endif
