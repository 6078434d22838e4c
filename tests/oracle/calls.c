// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/kvm.h>
#include <linux/types.h>
#include <linux/vfio.h>

#include "../../vmlinux/ioctl.h"
#include "calls.h"
#include "oracle.h"

int call_kvmvfio(int vm)
{
	struct kvm_create_device device = { .type = KVM_DEV_TYPE_VFIO };

	return ioctl(vm, KVM_CREATE_DEVICE, &device) ? -1 : (int)device.fd;
}

static int set_attr(int kvmvfio, int what, int32_t fd)
{
	struct kvm_device_attr attr = { .group = KVM_DEV_VFIO_GROUP,
					.attr = what,
					.addr = (uintptr_t)&fd };

	return ioctl(kvmvfio, KVM_SET_DEVICE_ATTR, &attr);
}

/* Of a group's file as of a device's: FILE_ADD has the number of GROUP_ADD. */
int call_add(int kvmvfio, int32_t fd)
{
	return set_attr(kvmvfio, KVM_DEV_VFIO_GROUP_ADD, fd);
}

int call_del(int kvmvfio, int32_t fd)
{
	return set_attr(kvmvfio, KVM_DEV_VFIO_GROUP_DEL, fd);
}

int call_bind(int device, int32_t iommufd)
{
	struct vs_bind_iommufd bind = { .argsz = sizeof(bind), .iommufd = iommufd };

	return ioctl(device, VFIO_DEVICE_BIND_IOMMUFD, &bind);
}

int call_attach(int device, int iommufd)
{
	struct vs_ioas_alloc ioas = { .size = sizeof(ioas) };
	struct vs_attach_iommufd_pt attach = { .argsz = sizeof(attach) };

	attach.pt_id = ioctl(iommufd, IOMMU_IOAS_ALLOC, &ioas) ? UINT32_MAX : ioas.out_ioas_id;
	return ioctl(device, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach);
}

int call_detach(int device)
{
	struct vs_detach_iommufd_pt detach = { .argsz = sizeof(detach) };

	return ioctl(device, VFIO_DEVICE_DETACH_IOMMUFD_PT, &detach);
}

/* The driver of the test module is asked whether the pointer is there. */
static enum bind_loses second_bind(int vm, int first, int second, int iommufd)
{
	int kvmvfio = call_kvmvfio(vm);
	enum bind_loses found = BIND_UNKNOWN;

	if (call_add(kvmvfio, first) || call_bind(first, iommufd) || !call_bind(second, iommufd))
		;
	else if (!ioctl(first, VS_ORACLE_FORGET))
		found = BIND_KEEPS;
	else if (errno == ENXIO)
		found = BIND_LOSES;
	call_del(kvmvfio, first);
	close(kvmvfio);
	return found;
}

enum bind_loses call_bind_loses(const char *node)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int vm = kvm < 0 ? -1 : ioctl(kvm, KVM_CREATE_VM, 0);
	int first = open(node, O_RDWR | O_CLOEXEC), second = open(node, O_RDWR | O_CLOEXEC);
	int iommufd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	enum bind_loses found = second_bind(vm, first, second, iommufd);

	close(second);
	close(first);
	close(iommufd);
	close(vm);
	close(kvm);
	return found;
}
