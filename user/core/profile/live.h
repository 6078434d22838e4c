/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of the profile: attaches from the open of their device until all is told of them. */
#ifndef VS_PROFILE_LIVE_H
#define VS_PROFILE_LIVE_H

#include "about.h"
#include "calls.h"

/* What is told of an attach, large, and apart from what it is found by. */
struct p_body {
	struct vs_attach a;
	struct p_tree later;
};

struct p_live {
	uint64_t dev; /* 0: not known */
	uint64_t group; /* or the file of a cdev */
	uint64_t container; /* or iommufd; 0: not known */
	uint32_t pid;
	bool going_on; /* bound, and not usable yet */
	uint64_t opened_ns; /* when the call that opened it returned */
	uint64_t closed_ns; /* 0: not closed */
	uint64_t unpinning_ns; /* its group's memory was being unpinned then; 0: not seen */
	struct p_calls calls; /* while it goes on: up to the open, */
	struct p_calls since; /* and after it */
	struct p_failure failure; /* of the last call that could have made it usable */
	struct p_under_way under_way;
	struct p_body *body;
	struct p_live *prev, *next;
};

/* In the order in which they became usable. All 0: none. */
struct p_lives {
	struct p_live *list;
	size_t closed; /* how many of them are */
	struct p_body *spare;
};

/* Described by @about. NULL if there is no memory. */
struct p_live *p_live_new(struct p_lives *ls, uint32_t id, const struct p_about *about);
void p_live_forget(struct p_lives *ls, struct p_live *l);
void p_lives_free(struct p_lives *ls);

void p_live_usable(struct p_lives *ls, struct p_live *l); /* from now on, the last one */
void p_live_closed(struct p_lives *ls, struct p_live *l, uint64_t ts);

/* The last one of all that match; of @pid, if there is one. Or NULL. */
struct p_live *p_live_of_device(const struct p_lives *ls, uint64_t dev, uint32_t pid);
/* The last usable one, that is not closed if there is one; else one of @pid that goes on. */
struct p_live *p_live_of_container(const struct p_lives *ls, uint64_t container, uint32_t pid);
/* Of @pid alone, and not closed. */
struct p_live *p_live_of_group(const struct p_lives *ls, uint64_t group, uint32_t pid);
struct p_live *p_live_opened(const struct p_lives *ls, uint64_t dev, const char *name,
			     uint32_t pid);

#endif
