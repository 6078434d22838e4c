// SPDX-License-Identifier: GPL-2.0-only
/* The system calls on KVM and VFIO. */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/kvm.h>
#include <linux/vfio.h>

#include "vfio-steps.h"
#include "vfio-steps-calls.h"

int open_path(struct run *r, const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0644);

	if (fd >= 0)
		return fd;
	run_where(r, "open %s", path);
	return -errno;
}

int call(struct run *r, int fd, unsigned long cmd, const char *name, void *arg)
{
	int ret = ioctl(fd, cmd, arg);

	if (ret >= 0)
		return ret;
	run_where(r, "%s", name);
	return -errno;
}

int done(int ret)
{
	return ret < 0 ? ret : 0;
}

/* KVM */

int create_vm(struct run *r, size_t vm)
{
	int kvm = open_path(r, "/dev/kvm", O_RDWR);
	int fd;

	if (kvm < 0)
		return kvm;
	fd = call(r, kvm, KVM_CREATE_VM, "KVM_CREATE_VM", NULL);
	close(kvm);
	if (fd < 0)
		return fd;
	object_bind(r->ctx, vm, fd);
	return 0;
}

int create_kvm_vfio(struct run *r, size_t kvm_vfio, int vm)
{
	struct kvm_create_device device = { .type = KVM_DEV_TYPE_VFIO };
	int err = call(r, vm, KVM_CREATE_DEVICE, "KVM_CREATE_DEVICE", &device);

	if (err < 0)
		return err;
	object_bind(r->ctx, kvm_vfio, (int)device.fd);
	return 0;
}

int set_attr(struct run *r, int kvm_vfio, uint64_t attr, uint64_t addr)
{
	struct kvm_device_attr arg = {
		.group = KVM_DEV_VFIO_GROUP,
		.attr = attr,
		.addr = addr,
	};

	return done(call(r, kvm_vfio, KVM_SET_DEVICE_ATTR, "KVM_SET_DEVICE_ATTR", &arg));
}

int set_attr_fd(struct run *r, int kvm_vfio, uint64_t attr, int32_t fd)
{
	return set_attr(r, kvm_vfio, attr, (uintptr_t)&fd);
}

/* VFIO */

const char *const steps_buses[] = { "pci", "mdev", "vs_oracle", NULL };

int open_container(struct run *r, size_t container)
{
	int fd = open_path(r, "/dev/vfio/vfio", O_RDWR);

	if (fd < 0)
		return fd;
	object_bind(r->ctx, container, fd);
	return 0;
}

static ssize_t read_group_link(const char *bus, const char *addr, char *target, size_t size)
{
	char link[PATH_MAX];
	ssize_t len;

	snprintf(link, sizeof(link), "/sys/bus/%s/devices/%s/iommu_group", bus, addr);
	len = readlink(link, target, size - 1);
	if (len >= 0)
		target[len] = '\0';
	return len;
}

/* On whichever bus there is such a device. */
static ssize_t find_group_link(const char *addr, char *target, size_t size)
{
	ssize_t len = -1;

	for (size_t i = 0; len < 0 && steps_buses[i]; i++)
		len = read_group_link(steps_buses[i], addr, target, size);
	return len;
}

int open_group(struct run *r, size_t group, const char *addr)
{
	char target[PATH_MAX], path[PATH_MAX];
	int fd;

	if (find_group_link(addr, target, sizeof(target)) < 0) {
		run_where(r, "no device '%s' with an IOMMU group in sysfs", addr);
		return -errno;
	}
	snprintf(path, sizeof(path), "/dev/vfio/%s", basename(target));
	fd = open_path(r, path, O_RDWR);
	if (fd < 0)
		return fd;
	object_bind(r->ctx, group, fd);
	return 0;
}

int set_container(struct run *r, int group, int container)
{
	return done(
		call(r, group, VFIO_GROUP_SET_CONTAINER, "VFIO_GROUP_SET_CONTAINER", &container));
}

int set_iommu(struct run *r, int container)
{
#ifdef __powerpc__
	uintptr_t type = VFIO_SPAPR_TCE_v2_IOMMU;
#else
	uintptr_t type = VFIO_TYPE1v2_IOMMU;
#endif

	return done(call(r, container, VFIO_SET_IOMMU, "VFIO_SET_IOMMU", (void *)type));
}

int register_memory(struct run *r, int container, const void *mem, uint64_t size)
{
#ifdef __powerpc__
	struct vfio_iommu_spapr_register_memory arg = {
		.argsz = sizeof(arg),
		.vaddr = (uintptr_t)mem,
		.size = size,
	};
	int err = done(call(r, container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY,
			    "VFIO_IOMMU_SPAPR_REGISTER_MEMORY", &arg));

	return err == -ENOTTY ? 0 : err; /* a container of type 2 */
#else
	(void)r, (void)container, (void)mem, (void)size;
	return 0;
#endif
}

int get_device(struct run *r, size_t device, int group, const char *addr)
{
	int fd = call(r, group, VFIO_GROUP_GET_DEVICE_FD, "VFIO_GROUP_GET_DEVICE_FD", (void *)addr);

	if (fd < 0)
		return fd;
	object_bind(r->ctx, device, fd);
	return 0;
}

int irq_count(struct run *r, int device, uint32_t index)
{
	struct vfio_irq_info info = { .argsz = sizeof(info), .index = index };
	int err = call(r, device, VFIO_DEVICE_GET_IRQ_INFO, "VFIO_DEVICE_GET_IRQ_INFO", &info);

	return err < 0 ? err : (int)info.count;
}

/* The same eventfd for each of them. */
static int set_irq_eventfd(struct run *r, int device, uint32_t index, uint32_t count, int32_t event)
{
	union {
		struct vfio_irq_set set;
		char bytes[sizeof(struct vfio_irq_set) + IRQS_MAX * sizeof(event)];
	} arg = { .set = {
			  .argsz = (uint32_t)(sizeof(arg.set) + count * sizeof(event)),
			  .flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
			  .index = index,
			  .count = count,
		  } };
	uint32_t i;

	for (i = 0; i < count; i++)
		memcpy(arg.set.data + i * sizeof(event), &event, sizeof(event));
	return done(call(r, device, VFIO_DEVICE_SET_IRQS, "VFIO_DEVICE_SET_IRQS", &arg));
}

/* The driver keeps its own reference on the eventfd. */
int set_irqs(struct run *r, int device, uint32_t index, uint32_t count)
{
	int event, err;

	if (count > IRQS_MAX)
		return -E2BIG;
	event = eventfd(0, EFD_CLOEXEC);
	if (event < 0)
		return -errno;
	err = set_irq_eventfd(r, device, index, count, event);
	close(event);
	return err;
}
