/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of verbs share. Every verb returns 0 or -errno. */
#ifndef VFIO_STEPS_VERBS_H
#define VFIO_STEPS_VERBS_H

#include "vfio-steps.h"

/* Instead of the id of an IOAS: the container's one address space; whichever. */
#define CONTAINERS_OWN 0
#define ANY_IOAS UINT32_MAX
#define REGISTERED (UINT32_MAX - 1) /* POWER: not mapped yet */

/* Memory to map, or NULL. */
void *new_memory(struct run *r, uint64_t size);
/* The whole of a BAR, or MAP_FAILED; its size is set. */
void *bar_memory(struct run *r, int device, uint32_t bar, uint64_t *size);
/* It is mapped, and freed with its mapping. */
void keep_mapping(struct context *ctx, size_t container, uint32_t ioas, uint64_t iova,
		  uint64_t size, void *mem);
/* What a container maps from @iova on, with its size; else NULL. */
void *mapped_memory(struct context *ctx, size_t container, uint64_t iova, uint64_t *size);
/* Of at least that size, where there is any; else NULL. */
void *registered_memory(struct context *ctx, size_t container, uint64_t size);
/* Frees what lies from @first to @last. */
void drop_mappings(struct context *ctx, size_t container, uint32_t ioas, uint64_t first,
		   uint64_t last);

/* The descriptor that an argument of the step names. */
static inline int fd_of(struct run *r, const struct step *s, int arg)
{
	return object_fd(r->ctx, s->arg[arg].slot);
}

int verb_map(struct run *r, const struct step *s);
int verb_map_file(struct run *r, const struct step *s);
int verb_map_bar(struct run *r, const struct step *s);
int verb_map_again(struct run *r, const struct step *s);
int verb_map_nothing(struct run *r, const struct step *s);
int verb_ioas_map_bar(struct run *r, const struct step *s);

int verb_cdev(struct run *r, const struct step *s);
int verb_bind(struct run *r, const struct step *s);
int verb_attach_pt(struct run *r, const struct step *s);
int verb_detach_pt(struct run *r, const struct step *s);
int verb_iommufd(struct run *r, const struct step *s);
int verb_ioas(struct run *r, const struct step *s);
int verb_attach_cdev(struct run *r, const struct step *s);
int verb_ioas_map(struct run *r, const struct step *s);
int verb_ioas_map_file(struct run *r, const struct step *s);
int verb_ioas_copy(struct run *r, const struct step *s);
int verb_ioas_unmap(struct run *r, const struct step *s);
int verb_destroy(struct run *r, const struct step *s);
int verb_memfd(struct run *r, const struct step *s);
int verb_feature(struct run *r, const struct step *s);
int verb_migrate(struct run *r, const struct step *s);
int verb_argsz(struct run *r, const struct step *s);
int verb_flags(struct run *r, const struct step *s);

int verb_spapr(struct run *r, const struct step *s);
int verb_table(struct run *r, const struct step *s);
int verb_set_iommu_type(struct run *r, const struct step *s);
int verb_enable(struct run *r, const struct step *s);
int verb_disable(struct run *r, const struct step *s);
int verb_register(struct run *r, const struct step *s);
int verb_unregister(struct run *r, const struct step *s);
int verb_map_registered(struct run *r, const struct step *s);
int verb_window(struct run *r, const struct step *s);
int verb_remove_window(struct run *r, const struct step *s);

#endif
