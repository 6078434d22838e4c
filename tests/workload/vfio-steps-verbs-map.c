// SPDX-License-Identifier: GPL-2.0-only
/* Verbs that map memory of all kinds for DMA in a container. */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/vfio.h>

#include "vfio-steps.h"
#include "vfio-steps-calls.h"
#include "vfio-steps-verbs.h"

/* @mem: is unmapped with its map, or if that fails; or NULL, of which nothing is known. */
static int map_memory(struct run *r, const struct step *s, uint64_t size, void *mem)
{
	struct vfio_iommu_type1_dma_map arg = {
		.argsz = sizeof(arg),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)mem,
		.iova = s->arg[1].num,
		.size = size,
	};
	int err = call(r, fd_of(r, s, 0), VFIO_IOMMU_MAP_DMA, "VFIO_IOMMU_MAP_DMA", &arg);

	if (err >= 0)
		keep_mapping(r->ctx, s->arg[0].slot, CONTAINERS_OWN, arg.iova, size, mem);
	else
		munmap(mem, size);
	return done(err);
}

int verb_map(struct run *r, const struct step *s)
{
	uint64_t size = s->arg[2].num;
	void *mem = new_memory(r, size);
	int err;

	if (!mem)
		return -errno;
	err = register_memory(r, fd_of(r, s, 0), mem, size);
	if (err < 0) {
		munmap(mem, size);
		return done(err);
	}
	return map_memory(r, s, size, mem);
}

int verb_map_file(struct run *r, const struct step *s)
{
	uint64_t size = s->arg[2].num;
	int fd = open(s->arg[3].text, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	void *mem = MAP_FAILED;

	if (fd >= 0 && !ftruncate(fd, (off_t)size))
		mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd >= 0)
		close(fd);
	if (mem == MAP_FAILED) {
		run_where(r, "map a file");
		return -errno;
	}
	return map_memory(r, s, size, mem);
}

int verb_map_bar(struct run *r, const struct step *s)
{
	uint64_t size = 0;
	void *mem = bar_memory(r, fd_of(r, s, 2), (uint32_t)s->arg[3].num, &size);

	return mem == MAP_FAILED ? -errno : map_memory(r, s, size, mem);
}

int verb_map_again(struct run *r, const struct step *s)
{
	uint64_t size = 0;
	struct vfio_iommu_type1_dma_map arg = {
		.argsz = sizeof(arg),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.iova = s->arg[1].num,
	};

	arg.vaddr = (uintptr_t)mapped_memory(r->ctx, s->arg[0].slot, arg.iova, &size);
	arg.size = size;
	return done(call(r, fd_of(r, s, 0), VFIO_IOMMU_MAP_DMA, "VFIO_IOMMU_MAP_DMA", &arg));
}

int verb_map_nothing(struct run *r, const struct step *s)
{
	uint64_t size = s->arg[2].num;
	void *mem = new_memory(r, size);

	if (!mem)
		return -errno;
	munmap(mem, size);
	return map_memory(r, s, size, mem);
}
