/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of the profile: what processes have done to groups, containers, iommufds and files
 * of cdevs that no attach has used yet, and which container a group has.
 */
#ifndef VS_PROFILE_PENDING_H
#define VS_PROFILE_PENDING_H

#include "../hash.h"
#include "about.h"
#include "calls.h"

enum p_kind {
	P_NOTHING,
	P_GROUP, /* a struct vfio_group */
	P_NUMBER, /* a group that could not be opened has its number only */
	P_FILE, /* of a cdev */
	P_NAME, /* a device whose cdev could not be opened */
	P_CONTAINER, /* or an iommufd */
};

/* All bytes count: begin with { 0 }. */
struct p_object {
	uint32_t kind;
	uint32_t pid; /* process that did it */
	uint64_t at; /* address, or number */
	char name[VS_DEVNAME_LEN]; /* of P_NAME */
};

struct p_pending {
	struct p_object object;
	struct p_about about;
	struct p_calls calls;
	struct p_failure failure;
	struct p_under_way under_way;
	uint64_t container; /* of a group or a file; 0: not known */
	uint32_t id; /* of the attach it becomes; 0: it has none yet */
	struct p_pending *prev, *next;
	UT_hash_handle hh;
};

struct p_pendings;

struct p_pendings *p_pendings_new(void); /* NULL if there is no memory */
void p_pendings_free(struct p_pendings *ps); /* NULL is fine */

struct p_pending *p_pending_find(struct p_pendings *ps, const struct p_object *object);
/* It becomes the youngest. NULL if there is no memory. */
struct p_pending *p_pending_get(struct p_pendings *ps, const struct p_object *object);
void p_pending_forget(struct p_pendings *ps, struct p_pending *p);
/* The oldest one, of @pid or of all, if there are more than there may be; or NULL. */
struct p_pending *p_pending_surplus(struct p_pendings *ps, uint32_t pid);

/* All of them, the oldest first: begins with NULL. */
struct p_pending *p_pending_next(struct p_pendings *ps, struct p_pending *p);

/*
 * What an attach that uses @p would be made of: a group or a file (first, if there is one),
 * its container, and vain tries to open it.
 */
#define P_TOGETHER 4

size_t p_pending_together(struct p_pendings *ps, struct p_pending *p,
			  struct p_pending *out[P_TOGETHER]);

/* A group (or a file) has this container from now on; 0: none. Return: 0 or -ENOMEM. */
int p_container_set(struct p_pendings *ps, uint64_t group, uint64_t container);
uint64_t p_container_of(struct p_pendings *ps, uint64_t group); /* 0: not known */
void p_container_gone(struct p_pendings *ps, uint64_t container);

#endif
