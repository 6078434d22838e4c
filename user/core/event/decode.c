// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "decode.h"

#define NO_FIELD(type, member, role, pair, form, key)
#define NO_FLAG(flag, form, key)
#define END_STRING(length, member, role, form, key) e->member[(length)-1] = '\0';

/* One function for each struct: end_MEMBER(). */
#define END_STRINGS(name, FIELDS, member)             \
	static void end_##member(void *rec)           \
	{                                             \
		struct name *e = rec;                 \
                                                      \
		(void)e;                              \
		FIELDS(NO_FIELD, END_STRING, NO_FLAG) \
	}

VS_STRUCTS(END_STRINGS)

#define END_OF_KIND(number, name, member, id, label, traits) [VS_##name] = end_##member,

static void (*const end_strings[VS_KIND_COUNT])(void *rec) = { VS_KINDS(END_OF_KIND) };

int vs_decode(const void *data, size_t size, union vs_record *rec)
{
	struct ev_hdr h;

	if (size < sizeof(h))
		return -EMSGSIZE;
	memcpy(&h, data, sizeof(h));
	if (!vs_record_size(h.kind))
		return -ENOMSG;
	/* The ring buffer rounds lengths up to 8; the record's own is exact. */
	if (h.size != vs_record_size(h.kind) || size < h.size)
		return -EMSGSIZE;
	memcpy(rec, data, h.size);
	memset((char *)rec + h.size, 0, sizeof(*rec) - h.size);
	rec->h.comm[sizeof(rec->h.comm) - 1] = '\0';
	end_strings[h.kind](rec);
	return 0;
}
