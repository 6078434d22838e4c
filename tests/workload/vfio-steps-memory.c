// SPDX-License-Identifier: GPL-2.0-only
/* Memory that was given to a container or an IOAS: kept until it is unmapped. */
#define _GNU_SOURCE 1
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <linux/vfio.h>

#include "vfio-steps.h"
#include "vfio-steps-calls.h"
#include "vfio-steps-verbs.h"

/* Memory to map, or NULL. */
void *new_memory(struct run *r, uint64_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem != MAP_FAILED)
		return mem;
	run_where(r, "mmap");
	return NULL;
}

/* The whole of a BAR; its size is set. */
void *bar_memory(struct run *r, int device, uint32_t bar, uint64_t *size)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = bar };
	void *mem;

	if (call(r, device, VFIO_DEVICE_GET_REGION_INFO, "VFIO_DEVICE_GET_REGION_INFO", &info) < 0)
		return MAP_FAILED;
	*size = info.size;
	mem = mmap(NULL, info.size, PROT_READ | PROT_WRITE, MAP_SHARED, device, (off_t)info.offset);
	if (mem == MAP_FAILED)
		run_where(r, "mmap of a BAR");
	return mem;
}

void keep_mapping(struct context *ctx, size_t container, uint32_t ioas, uint64_t iova,
		  uint64_t size, void *mem)
{
	struct mapping *m = steps_alloc(1, sizeof(*m));

	m->container = container;
	m->ioas = ioas;
	m->iova = iova;
	m->size = size;
	m->mem = mem;
	pthread_mutex_lock(&ctx->lock);
	m->next = ctx->mappings;
	ctx->mappings = m;
	pthread_mutex_unlock(&ctx->lock);
}

void *registered_memory(struct context *ctx, size_t container, uint64_t size)
{
	struct mapping *m;
	void *mem = NULL;

	pthread_mutex_lock(&ctx->lock);
	for (m = ctx->mappings; m && !mem; m = m->next)
		if (m->container == container && m->ioas == REGISTERED && m->size >= size)
			mem = m->mem;
	pthread_mutex_unlock(&ctx->lock);
	return mem;
}

void *mapped_memory(struct context *ctx, size_t container, uint64_t iova, uint64_t *size)
{
	struct mapping *m;
	void *mem = NULL;

	pthread_mutex_lock(&ctx->lock);
	for (m = ctx->mappings; m && !mem; m = m->next) {
		if (m->container != container || m->ioas != CONTAINERS_OWN || m->iova != iova)
			continue;
		mem = m->mem;
		*size = m->size;
	}
	pthread_mutex_unlock(&ctx->lock);
	return mem;
}

static bool lies_in(const struct mapping *m, size_t container, uint32_t ioas, uint64_t first,
		    uint64_t last)
{
	return m->container == container && (ioas == ANY_IOAS || m->ioas == ioas) &&
	       m->iova >= first && m->iova + (m->size - 1) <= last;
}

/* Frees what lies from @first to @last. */
void drop_mappings(struct context *ctx, size_t container, uint32_t ioas, uint64_t first,
		   uint64_t last)
{
	struct mapping **link = &ctx->mappings;
	struct mapping *m;

	pthread_mutex_lock(&ctx->lock);
	while ((m = *link)) {
		if (!lies_in(m, container, ioas, first, last)) {
			link = &m->next;
			continue;
		}
		*link = m->next;
		munmap(m->mem, m->size);
		free(m);
	}
	pthread_mutex_unlock(&ctx->lock);
}
