// SPDX-License-Identifier: GPL-2.0-only
/* The verbs of device cdevs and iommufd. */
#define _GNU_SOURCE 1
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kvm.h>
#include <linux/vfio.h>

#include "../oracle/oracle.h"
#include "vfio-steps.h"
#include "vfio-steps-calls.h"
#include "vfio-steps-verbs.h"

/* Devices' own files, and iommufd */

static uint32_t id_of(struct run *r, const struct step *s, int arg)
{
	if (s->arg[arg].form == FORM_RAW_ID)
		return (uint32_t)s->arg[arg].num;
	return object_id(r->ctx, s->arg[arg].slot);
}

int verb_cdev(struct run *r, const struct step *s)
{
	return open_cdev(r, s->arg[0].slot, s->arg[1].text);
}

/* The device then has an id in the iommufd. */
static int bind_device(struct run *r, size_t device, int32_t iommufd)
{
	uint32_t id;
	int err = bind_iommufd(r, object_fd(r->ctx, device), iommufd, &id);

	if (!err)
		object_set_id(r->ctx, device, id);
	return err;
}

int verb_bind(struct run *r, const struct step *s)
{
	const struct arg *iommufd = &s->arg[1];

	switch (iommufd->form) {
	case FORM_RAW_POINTER:
		return bind_iommufd_at(r, fd_of(r, s, 0), iommufd->num);
	case FORM_RAW_FD:
		return bind_device(r, s->arg[0].slot, (int32_t)iommufd->num);
	default:
		return bind_device(r, s->arg[0].slot, fd_of(r, s, 1));
	}
}

int verb_attach_pt(struct run *r, const struct step *s)
{
	return attach_pt(r, fd_of(r, s, 0), id_of(r, s, 1));
}

int verb_detach_pt(struct run *r, const struct step *s)
{
	return detach_pt(r, fd_of(r, s, 0));
}

int verb_iommufd(struct run *r, const struct step *s)
{
	return open_iommufd(r, s->arg[0].slot);
}

int verb_ioas(struct run *r, const struct step *s)
{
	return ioas_alloc(r, s->arg[0].slot, fd_of(r, s, 1));
}

/* The right order by the device's own file, from nothing to DMA. */
int verb_attach_cdev(struct run *r, const struct step *s)
{
	size_t vm = s->arg[0].slot, kvm_vfio = s->arg[1].slot, iommufd = s->arg[2].slot;
	size_t ioas = s->arg[3].slot, device = s->arg[4].slot;
	int err = create_vm(r, vm);

	if (!err)
		err = create_kvm_vfio(r, kvm_vfio, object_fd(r->ctx, vm));
	if (!err)
		err = open_iommufd(r, iommufd);
	if (!err)
		err = ioas_alloc(r, ioas, object_fd(r->ctx, iommufd));
	if (!err)
		err = open_cdev(r, device, s->arg[5].text);
	if (!err)
		err = set_attr_fd(r, object_fd(r->ctx, kvm_vfio), KVM_DEV_VFIO_GROUP_ADD,
				  object_fd(r->ctx, device));
	if (!err)
		err = bind_device(r, device, object_fd(r->ctx, iommufd));
	if (!err)
		err = attach_pt(r, object_fd(r->ctx, device), object_id(r->ctx, ioas));
	return err;
}

int verb_ioas_map(struct run *r, const struct step *s)
{
	uint64_t iova = s->arg[2].num, size = s->arg[3].num;
	uint32_t ioas = id_of(r, s, 1);
	void *mem = new_memory(r, size);
	int err;

	if (!mem)
		return -errno;
	err = ioas_map(r, fd_of(r, s, 0), ioas, iova, size, mem);
	if (err < 0)
		munmap(mem, size);
	else
		keep_mapping(r->ctx, s->arg[0].slot, ioas, iova, size, mem);
	return err;
}

int verb_ioas_map_bar(struct run *r, const struct step *s)
{
	uint64_t size = 0;
	void *mem = bar_memory(r, fd_of(r, s, 3), (uint32_t)s->arg[4].num, &size);
	int err;

	if (mem == MAP_FAILED)
		return -errno;
	err = ioas_map(r, fd_of(r, s, 0), id_of(r, s, 1), s->arg[2].num, size, mem);
	if (err < 0)
		munmap(mem, size);
	else
		keep_mapping(r->ctx, s->arg[0].slot, id_of(r, s, 1), s->arg[2].num, size, mem);
	return err;
}

int verb_ioas_map_file(struct run *r, const struct step *s)
{
	return ioas_map_file(r, fd_of(r, s, 0), id_of(r, s, 1), fd_of(r, s, 2), s->arg[3].num,
			     s->arg[4].num);
}

int verb_ioas_copy(struct run *r, const struct step *s)
{
	return ioas_copy(r, fd_of(r, s, 0), id_of(r, s, 1), id_of(r, s, 2), s->arg[3].num,
			 s->arg[4].num);
}

int verb_ioas_unmap(struct run *r, const struct step *s)
{
	uint64_t iova = s->arg[2].num, size = s->arg[3].num;
	uint32_t ioas = id_of(r, s, 1);
	int err = ioas_unmap(r, fd_of(r, s, 0), ioas, iova, size);

	if (!err)
		drop_mappings(r->ctx, s->arg[0].slot, ioas, iova, iova + (size - 1));
	return err;
}

int verb_destroy(struct run *r, const struct step *s)
{
	uint32_t id = id_of(r, s, 1);
	int err = iommufd_destroy(r, fd_of(r, s, 0), id);

	if (!err)
		drop_mappings(r->ctx, s->arg[0].slot, id, 0, UINT64_MAX);
	return err;
}

int verb_memfd(struct run *r, const struct step *s)
{
	int fd = memfd_create(s->arg[0].text, MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	object_bind(r->ctx, s->arg[0].slot, fd);
	return ftruncate(fd, (off_t)s->arg[1].num) ? -errno : 0;
}

int verb_feature(struct run *r, const struct step *s)
{
	char data[STEPS_FEATURE_DATA] = { 0 };

	return device_feature(r, fd_of(r, s, 0), (uint32_t)(s->arg[1].num | s->arg[2].num), data,
			      sizeof(data));
}

int verb_migrate(struct run *r, const struct step *s)
{
	struct vfio_device_feature_mig_state state = {
		.device_state = (uint32_t)s->arg[1].num,
		.data_fd = -1,
	};
	int err = device_feature(r, fd_of(r, s, 0),
				 VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE | VFIO_DEVICE_FEATURE_SET,
				 &state, sizeof(state));

	if (!err && state.data_fd >= 0)
		close(state.data_fd);
	return err;
}

/* What the next call says of itself */

int verb_argsz(struct run *r, const struct step *s)
{
	r->argsz = (struct lie){ .told = true, .num = (uint32_t)s->arg[0].num };
	return 0;
}

int verb_flags(struct run *r, const struct step *s)
{
	r->flags = (struct lie){ .told = true, .num = (uint32_t)s->arg[0].num };
	return 0;
}
