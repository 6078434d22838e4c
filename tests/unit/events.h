/* SPDX-License-Identifier: GPL-2.0-only */
/* What the unit tests share: records as the probes would write them. */
#ifndef VS_TEST_EVENTS_H
#define VS_TEST_EVENTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../user/core/event/decode.h"

#define MS 1000000ULL
#define SEC 1000000000ULL

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* A good record of a kind: header filled in, everything else zero. */
static inline union vs_record make_record(unsigned int kind, uint64_t ts, uint32_t pid)
{
	union vs_record rec;

	vs_record_init(&rec, kind, ts);
	rec.h.pid = pid;
	rec.h.tid = pid;
	strcpy(rec.h.comm, "vmm");
	return rec;
}

/* The same of a kind that people are shown. */
static inline union vs_event make_event(unsigned int kind, uint64_t ts, uint32_t pid)
{
	assert_false(vs_kinds[kind].traits & VS_T_CONTROL);
	return make_record(kind, ts, pid).ev;
}

/* For all kinds but VS_NONE, and for those that people are shown. */
#define FOR_KINDS(kind) for ((kind) = VS_NONE + 1; (kind) < VS_KIND_COUNT; (kind)++)
#define FOR_EVENT_KINDS(kind) \
	FOR_KINDS(kind)       \
	if (!(vs_kinds[kind].traits & VS_T_CONTROL))

/* Fill a field that is a string of any length, cut and ended if need be. */
#define SET_STRING(field, text) snprintf(field, sizeof(field), "%s", text)

/* Same random numbers in every run. */
static inline uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Safe to send to a terminal: whole UTF-8 characters, none of them a control. */
static inline bool is_printable_utf8(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	while (*s) {
		unsigned int follow = *s < 0x80 ? 0 : *s < 0xe0 ? 1 : *s < 0xf0 ? 2 : 3;
		bool lead = *s < 0x80 || (*s >= 0xc2 && *s <= 0xf4);

		if (!lead || *s < 0x20 || *s == 0x7f)
			return false;
		if (*s == 0xc2 && s[1] < 0xa0) /* C1 controls */
			return false;
		for (s++; follow; follow--, s++)
			if ((*s & 0xc0) != 0x80)
				return false;
	}
	return true;
}

#endif
