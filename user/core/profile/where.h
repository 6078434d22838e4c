/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of the profile: what a call is on, whether it has returned or not. Pure. */
#ifndef VS_PROFILE_WHERE_H
#define VS_PROFILE_WHERE_H

#include "pending.h"

struct p_where {
	const struct ev_hdr *h;
	enum vs_phase phase;
	bool cdev; /* the group is the file of a cdev */
	uint64_t group, container, dev; /* 0: not known */
	int iommu_group; /* -1: not known */
	const char *name; /* "" if not known */
};

struct p_where p_where_phase(const struct ev_phase *ev, const struct vs_refs *refs);
struct p_where p_where_in_call(const struct ev_in_call *ev, const struct vs_refs *refs);

/* Where the call is kept until a device is opened. */
struct p_object p_object_of(const struct p_where *w);
/* Where a call in the way of opening the same group or cdev is kept if that fails. */
struct p_object p_object_in_vain(const struct p_where *w);
/* A call that is on nothing known yet is found by its thread. */
struct p_object p_object_of_thread(uint32_t pid, uint32_t tid);

/* A call that an attach begins with, or that is on its way. */
bool p_makes_attach(enum vs_phase phase);
/* A call by which somebody uses a group, a container or a device from the beginning. */
bool p_begins_use(enum vs_phase phase);

#endif
