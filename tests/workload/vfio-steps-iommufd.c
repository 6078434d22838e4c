// SPDX-License-Identifier: GPL-2.0-only
/* The system calls on devices' own files, and on iommufd. */
#define _GNU_SOURCE 1
#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <linux/types.h>

#include "../../vmlinux/ioctl.h"
#include "vfio-steps.h"
#include "vfio-steps-calls.h"

/*
 * A call whose argument begins with its own size, which `argsz` may have asked to give
 * wrong. Behind the argument there is nothing but zeros, as the kernel demands of
 * arguments longer than it knows.
 */
static int sized_call(struct run *r, int fd, unsigned long cmd, const char *name, void *arg,
		      size_t size)
{
	union {
		uint32_t argsz;
		char bytes[STEPS_MAX_ARGSZ];
	} room = { 0 };
	int ret;

	memcpy(room.bytes, arg, size);
	room.argsz = run_lie(&r->argsz, (uint32_t)size);
	ret = call(r, fd, cmd, name, &room);
	memcpy(arg, room.bytes, size);
	return ret;
}

/* Devices' own files */

/* The name of the node, from the only folder vfioN beside the device in sysfs. */
static int read_node_name(const char *bus, const char *addr, char *name, size_t size)
{
	char path[PATH_MAX];
	struct dirent *entry;
	int err = -ENOENT;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/bus/%s/devices/%s/vfio-dev", bus, addr);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while (err && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "vfio", strlen("vfio")))
			continue;
		snprintf(name, size, "%s", entry->d_name);
		err = 0;
	}
	closedir(dir);
	return err;
}

static int find_node_name(const char *addr, char *name, size_t size)
{
	int err = -ENOENT;

	for (size_t i = 0; err && steps_buses[i]; i++)
		err = read_node_name(steps_buses[i], addr, name, size);
	return err;
}

int open_cdev(struct run *r, size_t device, const char *addr)
{
	char name[NAME_MAX + 1], path[PATH_MAX];
	int fd = find_node_name(addr, name, sizeof(name));

	if (fd < 0) {
		run_where(r, "no device '%s' with a VFIO driver in sysfs", addr);
		return fd;
	}
	snprintf(path, sizeof(path), "/dev/vfio/devices/%s", name);
	fd = open_path(r, path, O_RDWR);
	if (fd < 0)
		return fd;
	object_bind(r->ctx, device, fd);
	return 0;
}

int bind_iommufd(struct run *r, int device, int32_t iommufd, uint32_t *id)
{
	struct vs_bind_iommufd arg = {
		.flags = run_lie(&r->flags, 0),
		.iommufd = iommufd,
	};
	int err = sized_call(r, device, VFIO_DEVICE_BIND_IOMMUFD, "VFIO_DEVICE_BIND_IOMMUFD", &arg,
			     sizeof(arg));

	*id = err < 0 ? 0 : arg.out_devid;
	return done(err);
}

int bind_iommufd_at(struct run *r, int device, uint64_t addr)
{
	return done(call(r, device, VFIO_DEVICE_BIND_IOMMUFD, "VFIO_DEVICE_BIND_IOMMUFD",
			 (void *)(uintptr_t)addr));
}

int attach_pt(struct run *r, int device, uint32_t id)
{
	struct vs_attach_iommufd_pt arg = {
		.flags = run_lie(&r->flags, 0),
		.pt_id = id,
	};

	return done(sized_call(r, device, VFIO_DEVICE_ATTACH_IOMMUFD_PT,
			       "VFIO_DEVICE_ATTACH_IOMMUFD_PT", &arg, sizeof(arg)));
}

int detach_pt(struct run *r, int device)
{
	struct vs_detach_iommufd_pt arg = { .flags = run_lie(&r->flags, 0) };

	return done(sized_call(r, device, VFIO_DEVICE_DETACH_IOMMUFD_PT,
			       "VFIO_DEVICE_DETACH_IOMMUFD_PT", &arg, sizeof(arg)));
}

int device_feature(struct run *r, int device, uint32_t flags, void *data, size_t size)
{
	struct {
		struct vs_device_feature head;
		char data[STEPS_FEATURE_DATA];
	} arg = { .head.flags = run_lie(&r->flags, flags) };
	int err;

	memcpy(arg.data, data, size);
	err = sized_call(r, device, VFIO_DEVICE_FEATURE, "VFIO_DEVICE_FEATURE", &arg, sizeof(arg));
	memcpy(data, arg.data, size);
	return done(err);
}

/* iommufd */

#define IOAS_FIXED (VS_IOAS_FIXED_IOVA | VS_IOAS_WRITEABLE | VS_IOAS_READABLE)

int open_iommufd(struct run *r, size_t iommufd)
{
	int fd = open_path(r, "/dev/iommu", O_RDWR);

	if (fd < 0)
		return fd;
	object_bind(r->ctx, iommufd, fd);
	return 0;
}

int ioas_alloc(struct run *r, size_t ioas, int iommufd)
{
	struct vs_ioas_alloc arg = { .flags = run_lie(&r->flags, 0) };
	int err = sized_call(r, iommufd, IOMMU_IOAS_ALLOC, "IOMMU_IOAS_ALLOC", &arg, sizeof(arg));

	if (err < 0)
		return err;
	object_set_id(r->ctx, ioas, arg.out_ioas_id);
	return 0;
}

int ioas_map(struct run *r, int iommufd, uint32_t ioas, uint64_t iova, uint64_t size, void *mem)
{
	struct vs_ioas_map arg = {
		.flags = run_lie(&r->flags, IOAS_FIXED),
		.ioas_id = ioas,
		.user_va = (uintptr_t)mem,
		.length = size,
		.iova = iova,
	};

	return done(sized_call(r, iommufd, IOMMU_IOAS_MAP, "IOMMU_IOAS_MAP", &arg, sizeof(arg)));
}

int ioas_map_file(struct run *r, int iommufd, uint32_t ioas, int32_t file, uint64_t iova,
		  uint64_t size)
{
	struct vs_ioas_map_file arg = {
		.flags = run_lie(&r->flags, IOAS_FIXED),
		.ioas_id = ioas,
		.fd = file,
		.length = size,
		.iova = iova,
	};

	return done(sized_call(r, iommufd, IOMMU_IOAS_MAP_FILE, "IOMMU_IOAS_MAP_FILE", &arg,
			       sizeof(arg)));
}

int ioas_copy(struct run *r, int iommufd, uint32_t to, uint32_t from, uint64_t iova, uint64_t size)
{
	struct vs_ioas_copy arg = {
		.flags = run_lie(&r->flags, IOAS_FIXED),
		.dst_ioas_id = to,
		.src_ioas_id = from,
		.length = size,
		.dst_iova = iova,
		.src_iova = iova,
	};

	return done(sized_call(r, iommufd, IOMMU_IOAS_COPY, "IOMMU_IOAS_COPY", &arg, sizeof(arg)));
}

int ioas_unmap(struct run *r, int iommufd, uint32_t ioas, uint64_t iova, uint64_t size)
{
	struct vs_ioas_unmap arg = { .ioas_id = ioas, .iova = iova, .length = size };

	return done(
		sized_call(r, iommufd, IOMMU_IOAS_UNMAP, "IOMMU_IOAS_UNMAP", &arg, sizeof(arg)));
}

int iommufd_destroy(struct run *r, int iommufd, uint32_t id)
{
	struct vs_iommu_destroy arg = { .id = id };

	return done(sized_call(r, iommufd, IOMMU_DESTROY, "IOMMU_DESTROY", &arg, sizeof(arg)));
}
