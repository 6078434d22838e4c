// SPDX-License-Identifier: GPL-2.0-only
#include "refs.h"

uint64_t vs_event_vm(const union vs_event *ev, uint32_t *pid)
{
	uint64_t vm;

	*pid = 0;
	switch (ev->h.kind) {
	case VS_VM_CREATE:
		*pid = ev->h.pid;
		return ev->vm.kvm;
	case VS_VM_DESTROY:
	case VS_FOUND_VM:
		*pid = ev->vm.creator;
		return ev->vm.kvm;
	case VS_KVM_VFIO_CREATE:
	case VS_KVM_VFIO_RELEASE:
	case VS_FOUND_KVM_VFIO:
		*pid = ev->kvm_vfio.creator;
		return ev->kvm_vfio.kvm;
	case VS_KVM_ATTR:
		*pid = ev->attr.creator;
		return ev->attr.kvm;
	case VS_FOUND_REGISTRATION:
		*pid = ev->registration.creator;
		return ev->registration.kvm;
	case VS_SET_KVM:
		if (ev->set_kvm.kvm)
			return ev->set_kvm.kvm;
		/* Not always that of the kvm-vfio device: another VM may have come since. */
		return ev->set_kvm.kvm_before ? ev->set_kvm.kvm_before : ev->set_kvm.vm;
	case VS_DEV_OPEN:
	case VS_DEV_CLOSE:
	case VS_FOUND_DEVICE:
		vm = ev->dev.kvm ? ev->dev.kvm : ev->dev.owner_kvm;
		if (!ev->dev.group_kvm || vm == ev->dev.group_kvm)
			*pid = ev->dev.creator;
		return vm;
	case VS_KVM_TAKEN:
	case VS_KVM_DROPPED:
	case VS_DRIVER_OPEN:
		return ev->dev_kvm.kvm;
	case VS_GROUP_IOCTL:
		return ev->group_ioctl.group_kvm;
	case VS_FOUND_GROUP:
		*pid = ev->found_group.creator;
		return ev->found_group.group_kvm;
	case VS_DEV_IOCTL:
		return ev->dev_ioctl.kvm;
	case VS_COHERENCY:
		*pid = ev->coherency.creator;
		return ev->coherency.kvm;
	}
	return 0;
}

uint64_t vs_event_group_vm(const union vs_event *ev, uint32_t *pid)
{
	*pid = 0;
	switch (ev->h.kind) {
	case VS_KVM_ATTR:
		return ev->attr.group_kvm;
	case VS_SET_KVM:
		return ev->set_kvm.group_kvm;
	case VS_GROUP_IOCTL:
		return ev->group_ioctl.group_kvm;
	case VS_FOUND_REGISTRATION:
		return ev->registration.group_kvm;
	case VS_FOUND_GROUP:
		return ev->found_group.group_kvm;
	case VS_DEV_OPEN:
	case VS_DEV_CLOSE:
	case VS_FOUND_DEVICE:
		*pid = ev->dev.creator;
		return ev->dev.group_kvm;
	}
	return 0;
}

int vs_event_group(const union vs_event *ev)
{
	switch (ev->h.kind) {
	case VS_KVM_ATTR:
		return ev->attr.iommu_group;
	case VS_SET_KVM:
		return ev->set_kvm.iommu_group;
	case VS_GROUP_OPEN:
	case VS_GROUP_RELEASE:
		return ev->group.iommu_group;
	case VS_GROUP_IOCTL:
		return ev->group_ioctl.iommu_group;
	case VS_FOUND_REGISTRATION:
		return ev->registration.iommu_group;
	case VS_FOUND_GROUP:
		return ev->found_group.iommu_group;
	case VS_DEV_OPEN:
	case VS_DEV_CLOSE:
	case VS_FOUND_DEVICE:
		return ev->dev.iommu_group;
	case VS_KVM_TAKEN:
	case VS_KVM_DROPPED:
	case VS_DRIVER_OPEN:
		return ev->dev_kvm.iommu_group;
	case VS_DEV_IOCTL:
		return ev->dev_ioctl.iommu_group;
	}
	return -1;
}

const char *vs_event_device(const union vs_event *ev)
{
	switch (ev->h.kind) {
	case VS_GROUP_IOCTL:
		return ev->group_ioctl.name;
	case VS_DEV_OPEN:
	case VS_DEV_CLOSE:
	case VS_FOUND_DEVICE:
		return ev->dev.name;
	case VS_DRIVER_OPEN:
	case VS_KVM_TAKEN:
	case VS_KVM_DROPPED:
		return ev->dev_kvm.name;
	case VS_DEV_IOCTL:
		return ev->dev_ioctl.name;
	}
	return "";
}
