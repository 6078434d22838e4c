/* SPDX-License-Identifier: GPL-2.0-only */
/* Between gen.c, which keeps account of the slots, and episodes.c, cdev_episodes.c. */
#ifndef ORACLE_GEN_H
#define ORACLE_GEN_H

#include "seq.h"

enum type { NONE, VM, KV, CONTAINER, GROUP, DEVICE, CDEV, IOMMUFD };

struct thing {
	uint8_t type;
	uint8_t vm; /* VM, KV: which */
	uint8_t group; /* GROUP, DEVICE, CDEV: which */
	uint8_t container; /* CONTAINER, IOMMUFD: which */
	bool bound; /* CDEV: its device is open by it */
};

struct gen {
	struct seq *seq;
	bool both; /* devices have files of their own, too */
	uint64_t random;
	struct thing slots[SEQ_PROCS][SLOT_COUNT];
	bool alive[SEQ_PROCS];
	uint8_t vms, containers;
	bool iommu[16]; /* containers that have one */
	uint8_t joined[SEQ_DEVICES]; /* container of a group, plus 1 */
};

unsigned int below(struct gen *g, unsigned int end);
bool chance(struct gen *g, unsigned int percent);

/* Slots of process @p: -1 if there is none. */
int find(const struct gen *g, int p, enum type type, int which);
/* A random one of a type; any type if NONE. */
int pick(struct gen *g, int p, enum type type);
int empty(const struct gen *g, int p, enum type type);
/* What it is thought to hold; never NULL. */
struct thing *slot(struct gen *g, int p, int s);

int some_proc(struct gen *g);
int other_proc(struct gen *g, int than);
/* A group that nobody but @p has, so that its open succeeds, mostly. */
int fresh_group(struct gen *g, int p);
/* The silent devices show more, as they open in any case. */
int some_group(struct gen *g);

/* Operations; those that make something return its slot. */
struct op *emit(struct gen *g, enum op_kind kind, int p, int a, int b);
int new_vm(struct gen *g, int p);
int new_kvmvfio(struct gen *g, int p, int vm_slot);
int new_group(struct gen *g, int p, int group);
/* There already, mostly. */
int a_vm(struct gen *g, int p);
int a_kvmvfio(struct gen *g, int p);
/* The group's descriptor, in a container that has an IOMMU. */
int prepare(struct gen *g, int p, int group);
int open_device(struct gen *g, int p, int group_slot, int dev);
int new_cdev(struct gen *g, int p, int dev);
int an_iommufd(struct gen *g, int p);
void bind(struct gen *g, int p, int cdev_slot, int iommufd_slot);
void drop_slot(struct gen *g, int p, int s);
/* The process closes all, one way or another. */
void end(struct gen *g, int p);

/* The next one, by chance; episodes.c: by groups; cdev_episodes.c: by devices' own files. */
void episode(struct gen *g);
void cdev_episode(struct gen *g);

struct episode {
	void (*play)(struct gen *g, int p);
	unsigned int weight;
};
void play_some(struct gen *g, const struct episode *episodes, unsigned int count);

#endif
