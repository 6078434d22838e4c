// SPDX-License-Identifier: GPL-2.0-only
/*
 * The verbs of POWER's IOMMU (drivers/vfio/vfio_iommu_spapr_tce.c). They compile
 * everywhere; other kernels answer ENOTTY.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <linux/kvm.h>
#include <linux/vfio.h>

#include "../../vmlinux/ioctl.h"
#include "vfio-steps.h"
#include "vfio-steps-calls.h"
#include "vfio-steps-verbs.h"

/* struct kvm_create_spapr_tce_64, which the headers of POWER alone have. */
struct create_table {
	uint64_t liobn;
	uint32_t page_shift;
	uint32_t flags;
	uint64_t offset; /* in pages */
	uint64_t size; /* in pages */
};

#define CREATE_TABLE VS_IOW(VS_KVM_IO, 0xa8, struct create_table)

int verb_set_iommu_type(struct run *r, const struct step *s)
{
	return done(call(r, fd_of(r, s, 0), VFIO_SET_IOMMU, "VFIO_SET_IOMMU",
			 (void *)(uintptr_t)s->arg[1].num));
}

int verb_enable(struct run *r, const struct step *s)
{
	return done(call(r, fd_of(r, s, 0), VFIO_IOMMU_ENABLE, "VFIO_IOMMU_ENABLE", NULL));
}

int verb_disable(struct run *r, const struct step *s)
{
	return done(call(r, fd_of(r, s, 0), VFIO_IOMMU_DISABLE, "VFIO_IOMMU_DISABLE", NULL));
}

int verb_register(struct run *r, const struct step *s)
{
	struct vs_spapr_register_memory arg = { .argsz = sizeof(arg), .size = s->arg[1].num };
	void *mem = new_memory(r, arg.size);
	int err;

	if (!mem)
		return -errno;
	arg.vaddr = (uintptr_t)mem;
	err = call(r, fd_of(r, s, 0), VFIO_IOMMU_SPAPR_REGISTER_MEMORY,
		   "VFIO_IOMMU_SPAPR_REGISTER_MEMORY", &arg);
	if (err < 0)
		munmap(mem, arg.size);
	else
		keep_mapping(r->ctx, s->arg[0].slot, REGISTERED, arg.vaddr, arg.size, mem);
	return done(err);
}

int verb_unregister(struct run *r, const struct step *s)
{
	struct vs_spapr_register_memory arg = { .argsz = sizeof(arg), .size = s->arg[1].num };
	void *mem = registered_memory(r->ctx, s->arg[0].slot, arg.size);
	int err;

	arg.vaddr = (uintptr_t)mem;
	err = call(r, fd_of(r, s, 0), VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY,
		   "VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY", &arg);
	if (err >= 0)
		drop_mappings(r->ctx, s->arg[0].slot, REGISTERED, arg.vaddr,
			      arg.vaddr + (arg.size - 1));
	return done(err);
}

int verb_map_registered(struct run *r, const struct step *s)
{
	struct vs_type1_dma_map arg = {
		.argsz = sizeof(arg),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.iova = s->arg[1].num,
		.size = s->arg[2].num,
	};

	arg.vaddr = (uintptr_t)registered_memory(r->ctx, s->arg[0].slot, arg.size);
	return done(call(r, fd_of(r, s, 0), VFIO_IOMMU_MAP_DMA, "VFIO_IOMMU_MAP_DMA", &arg));
}

int verb_window(struct run *r, const struct step *s)
{
	struct vs_spapr_tce_create arg = {
		.argsz = sizeof(arg),
		.page_shift = (uint32_t)s->arg[1].num,
		.window_size = s->arg[2].num,
		.levels = 1,
	};
	int err = call(r, fd_of(r, s, 0), VFIO_IOMMU_SPAPR_TCE_CREATE,
		       "VFIO_IOMMU_SPAPR_TCE_CREATE", &arg);

	if (err >= 0)
		run_where(r, "at %#llx", (unsigned long long)arg.start_addr);
	return done(err);
}

int verb_remove_window(struct run *r, const struct step *s)
{
	struct vs_spapr_tce_remove arg = { .argsz = sizeof(arg), .start_addr = s->arg[1].num };

	return done(call(r, fd_of(r, s, 0), VFIO_IOMMU_SPAPR_TCE_REMOVE,
			 "VFIO_IOMMU_SPAPR_TCE_REMOVE", &arg));
}

/* A table of the VM, for a window of this page size that begins at 0. */
int verb_table(struct run *r, const struct step *s)
{
	struct create_table arg = {
		.liobn = 0x80000000u + s->arg[0].slot,
		.page_shift = (uint32_t)s->arg[2].num,
	};
	int fd;

	arg.size = s->arg[3].num >> arg.page_shift;
	fd = call(r, fd_of(r, s, 1), CREATE_TABLE, "KVM_CREATE_SPAPR_TCE_64", &arg);
	if (fd < 0)
		return fd;
	object_bind(r->ctx, s->arg[0].slot, fd);
	return 0;
}

int verb_spapr(struct run *r, const struct step *s)
{
	struct kvm_vfio_spapr_tce arg = { .groupfd = fd_of(r, s, 1), .tablefd = -1 };

	if (s->verb->args[2])
		arg.tablefd = fd_of(r, s, 2);
	return set_attr(r, fd_of(r, s, 0), KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE, (uintptr_t)&arg);
}
