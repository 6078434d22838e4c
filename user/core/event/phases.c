// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>
#include <string.h>

#include "phases.h"

#define PHASE_INFO(arg, number, ID, name, parent, text) \
	[VS_PHASE_##ID] = { #name, text, VS_PHASE_##parent },

const struct vs_phase_info vs_phases[VS_PHASE_COUNT] = { VS_PHASES(PHASE_INFO, -) };

#define LOCK_NAME(arg, number, ID, name) [VS_LOCK_##ID] = (name),

static const char *const locks[VS_LOCK_COUNT] = { VS_LOCKS(LOCK_NAME, -) };

const char *vs_phase_name(unsigned int phase)
{
	return phase < VS_PHASE_COUNT ? vs_phases[phase].id : NULL;
}

enum vs_phase vs_phase_find(const char *name)
{
	unsigned int i;

	for (i = VS_PHASE_NONE + 1; i < VS_PHASE_COUNT; i++)
		if (!strcmp(vs_phases[i].id, name))
			return i;
	return VS_PHASE_NONE;
}

const char *vs_lock_name(unsigned int lock)
{
	return lock < VS_LOCK_COUNT ? locks[lock] : NULL;
}
