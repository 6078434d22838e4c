/* SPDX-License-Identifier: GPL-2.0-only */
/* What a record is in user space: the unions, and what each kind is like. Pure. */
#ifndef VS_KINDS_H
#define VS_KINDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "../../../bpf/event.h"

#define VS_UNION_MEMBER(name, FIELDS, member) struct name member;

/* A record people are shown; h.kind says which member is valid. */
union vs_event {
	struct ev_hdr h;
	VS_EVENT_STRUCTS(VS_UNION_MEMBER)
};

/* Any record: one of those, or one about the stream itself. */
union vs_record {
	struct ev_hdr h;
	union vs_event ev;
	VS_CONTROL_STRUCTS(VS_UNION_MEMBER)
};

/* See VS_KINDS() in bpf/event.h. */
enum vs_trait {
	VS_T_CALL = 1 << 0,
	VS_T_FD = 1 << 1,
	VS_T_FOUND = 1 << 2,
	VS_T_OPEN = 1 << 3,
	VS_T_CONTROL = 1 << 4,
};

struct vs_kind_info {
	const char *id; /* for programs: op in JSON */
	const char *label; /* for people */
	uint16_t size; /* exact length of its records in bytes */
	uint16_t traits; /* enum vs_trait */
};

/* By kind; id of VS_NONE is "none", its size 0. */
extern const struct vs_kind_info vs_kinds[VS_KIND_COUNT];

/* What a cause of losses is called, by enum vs_loss. */
struct vs_loss_info {
	const char *id; /* for programs */
	const char *text; /* for people */
};

extern const struct vs_loss_info vs_losses[VS_LOSS_COUNT];

/* Exact length of a kind's record, 0 for a kind that does not exist. */
static inline size_t vs_record_size(unsigned int kind)
{
	return kind < VS_KIND_COUNT ? vs_kinds[kind].size : 0;
}

static inline bool vs_event_is(const union vs_event *ev, enum vs_trait trait)
{
	return vs_kinds[ev->h.kind].traits & trait;
}

/* True if the call failed: the result is a negative errno. */
static inline bool vs_event_failed(const union vs_event *ev)
{
	return ev->h.ret < 0 && ev->h.ret >= -4095;
}

/* When a call began, ns since boot; where that was not seen, when it returned. */
static inline uint64_t vs_began(const struct ev_hdr *h)
{
	return h->dur == VS_NOT_SEEN ? h->ts : h->ts - h->dur;
}

/* A record of this kind made in user space: the header is filled in, the rest is 0. */
void vs_record_init(union vs_record *rec, enum vs_kind kind, uint64_t ts);

#endif
