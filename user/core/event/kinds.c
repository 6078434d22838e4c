// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "kinds.h"

/* As VS_KINDS() names them. */
enum {
	CALL = VS_T_CALL,
	FD = VS_T_FD,
	FOUND = VS_T_FOUND,
	OPEN = VS_T_OPEN,
	CONTROL = VS_T_CONTROL,
};

#define KIND_INFO(number, name, member, id, label, traits) \
	[VS_##name] = { #id, label, sizeof(((union vs_any *)NULL)->member), traits },

/* Every struct by its member's name, events and control alike. */
union vs_any {
	VS_STRUCTS(VS_UNION_MEMBER)
};

const struct vs_kind_info vs_kinds[VS_KIND_COUNT] = { [VS_NONE] = { "none", "none", 0, CONTROL },
						      VS_KINDS(KIND_INFO) };

#define LOSS_INFO(arg, cause, id, text) [VS_LOSS_##cause] = { #id, text },

const struct vs_loss_info vs_losses[VS_LOSS_COUNT] = { VS_LOSSES(LOSS_INFO, -) };

void vs_record_init(union vs_record *rec, enum vs_kind kind, uint64_t ts)
{
	memset(rec, 0, sizeof(*rec));
	rec->h.kind = kind;
	rec->h.size = vs_kinds[kind].size;
	rec->h.ts = ts;
	rec->h.dur = VS_NOT_SEEN;
}
