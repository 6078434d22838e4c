// SPDX-License-Identifier: GPL-2.0-only
#include "refs.h"

/* The other half of a pair, by its name in the field lists. */
#define CREATOR_NOBODY 0
#define CREATOR_creator e->creator
#define CREATOR_kvm_creator e->kvm_creator
#define CREATOR_owner_creator e->owner_creator
#define CREATOR_group_creator e->group_creator

static inline void take(uint64_t *to, uint32_t *to_creator, uint64_t vm, uint32_t creator)
{
	if (*to || vm == VS_NOT_SEEN)
		return;
	*to = vm;
	*to_creator = creator;
}

/* What a field of each role tells. */
#define ROLE_VM(member, pair) take(&a->vm, &a->vm_creator, e->member, CREATOR_##pair);
#define ROLE_GROUP_VM(member, pair)                                       \
	take(&a->group_vm, &a->group_creator, e->member, CREATOR_##pair); \
	a->group_vm_told = true;
#define ROLE_BOTH_VM(member, pair) ROLE_VM(member, pair) ROLE_GROUP_VM(member, pair)
#define ROLE_CREATOR(member, pair)
#define ROLE_GROUP(member, pair) a->group = e->member;
#define ROLE_DEVICE(member, pair) a->device = e->member;
#define ROLE_OBJECT(member, pair)
#define ROLE_IOMMU_GROUP(member, pair) a->iommu_group = e->member;
#define ROLE_HOLDER_FD(member, pair) a->holder_fd = e->member;
#define ROLE_DEVICE_NAME(member, pair) a->device_name = e->member;
#define ROLE_VALUE(member, pair)

#define FIELD(type, member, role, pair, form, key) ROLE_##role(member, pair)
#define STRING(length, member, role, form, key) ROLE_##role(member, -)
#define FLAG(flag, form, key)

/* One function for each struct: about_MEMBER(). */
#define ABOUT(name, FIELDS, member)                                              \
	static void about_##member(const union vs_event *ev, struct vs_about *a) \
	{                                                                        \
		const struct name *e = &ev->member;                              \
                                                                                 \
		(void)a;                                                         \
		(void)e;                                                         \
		FIELDS(FIELD, STRING, FLAG)                                      \
	}

VS_EVENT_STRUCTS(ABOUT)

/* A record about the stream is about no object. */
#define NOT_ABOUT(name, FIELDS, member)                                          \
	static void about_##member(const union vs_event *ev, struct vs_about *a) \
	{                                                                        \
		(void)ev;                                                        \
		(void)a;                                                         \
	}

VS_CONTROL_STRUCTS(NOT_ABOUT)

#define ABOUT_KIND(number, name, member, id, label, traits) [VS_##name] = about_##member,

static void (*const about[VS_KIND_COUNT])(const union vs_event *,
					  struct vs_about *) = { VS_KINDS(ABOUT_KIND) };

void vs_event_about(const union vs_event *ev, struct vs_about *a)
{
	*a = (struct vs_about){ .iommu_group = -1, .holder_fd = -1, .device_name = "" };
	if (about[ev->h.kind])
		about[ev->h.kind](ev, a);
}

const char *vs_event_device(const union vs_event *ev)
{
	struct vs_about a;

	vs_event_about(ev, &a);
	return a.device_name;
}
