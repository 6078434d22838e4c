/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of the model: which VMs, groups and opens the addresses in a record stand for. */
#ifndef VS_MEET_H
#define VS_MEET_H

#include "../event/refs.h"
#include "objects.h"

/* What @ev is about; a VM that it names exists from now on. 0 or -ENOMEM. */
int m_meet(struct vs_model *m, const union vs_event *ev, const struct vs_about *a,
	   struct vs_refs *refs);
/* The same of an event that has been changed since; nothing new is made. */
void m_meet_again(struct vs_model *m, const union vs_event *ev, const struct vs_about *a,
		  struct vs_refs *refs);
/* Whose pointer a known group carries, by the last record that said so. */
void m_update_group(struct vs_model *m, const union vs_event *ev, const struct vs_about *a,
		    const struct vs_refs *refs);

#endif
