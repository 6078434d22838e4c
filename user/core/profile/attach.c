// SPDX-License-Identifier: GPL-2.0-only
#include "attach.h"

const char *vs_attach_state_name(enum vs_attach_state state)
{
	static const char *const names[VS_ATTACH_STATE_COUNT] = { "usable", "failed", "going_on" };

	return names[state];
}
