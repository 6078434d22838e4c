// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "decode.h"

static const size_t sizes[VS_KIND_COUNT] = {
	[VS_VM_CREATE] = sizeof(struct ev_vm),
	[VS_VM_DESTROY] = sizeof(struct ev_vm),
	[VS_KVM_VFIO_CREATE] = sizeof(struct ev_kvm_vfio),
	[VS_KVM_VFIO_RELEASE] = sizeof(struct ev_kvm_vfio),
	[VS_KVM_ATTR] = sizeof(struct ev_kvm_attr),
	[VS_SET_KVM] = sizeof(struct ev_set_kvm),
	[VS_GROUP_OPEN] = sizeof(struct ev_group),
	[VS_GROUP_RELEASE] = sizeof(struct ev_group),
	[VS_GROUP_IOCTL] = sizeof(struct ev_group_ioctl),
	[VS_CONTAINER_IOCTL] = sizeof(struct ev_container_ioctl),
	[VS_CONTAINER_DMA] = sizeof(struct ev_container_dma),
	[VS_DEV_OPEN] = sizeof(struct ev_dev),
	[VS_DRIVER_OPEN] = sizeof(struct ev_dev_kvm),
	[VS_DEV_CLOSE] = sizeof(struct ev_dev),
	[VS_KVM_TAKEN] = sizeof(struct ev_dev_kvm),
	[VS_KVM_DROPPED] = sizeof(struct ev_dev_kvm),
	[VS_DEV_IOCTL] = sizeof(struct ev_dev_ioctl),
	[VS_COHERENCY] = sizeof(struct ev_coherency),
	[VS_MODULE] = sizeof(struct ev_module),
	[VS_VM_NAME] = sizeof(struct ev_vm_name),
	[VS_DEV_INFO] = sizeof(struct ev_dev_info),
	[VS_FOUND_VM] = sizeof(struct ev_vm),
	[VS_FOUND_KVM_VFIO] = sizeof(struct ev_kvm_vfio),
	[VS_FOUND_REGISTRATION] = sizeof(struct ev_registration),
	[VS_FOUND_GROUP] = sizeof(struct ev_found_group),
	[VS_FOUND_CONTAINER] = sizeof(struct ev_found_container),
	[VS_FOUND_DEVICE] = sizeof(struct ev_dev),
	[VS_LOOK_DONE] = sizeof(struct ev_look_done),
	[VS_MISSED] = sizeof(struct ev_missed),
};

size_t vs_event_size(unsigned int kind)
{
	return kind < VS_KIND_COUNT ? sizes[kind] : 0;
}

#define END(field) ((field)[sizeof(field) - 1] = '\0')

static void end_strings(union vs_event *ev)
{
	END(ev->h.comm);
	switch (ev->h.kind) {
	case VS_GROUP_OPEN:
	case VS_GROUP_RELEASE:
		END(ev->group.node);
		break;
	case VS_GROUP_IOCTL:
		END(ev->group_ioctl.name);
		break;
	case VS_DEV_OPEN:
	case VS_DEV_CLOSE:
	case VS_FOUND_DEVICE:
		END(ev->dev.name);
		END(ev->dev.driver);
		break;
	case VS_DRIVER_OPEN:
	case VS_KVM_TAKEN:
	case VS_KVM_DROPPED:
		END(ev->dev_kvm.name);
		break;
	case VS_DEV_IOCTL:
		END(ev->dev_ioctl.name);
		break;
	case VS_MODULE:
		END(ev->module.name);
		break;
	case VS_FOUND_CONTAINER:
		END(ev->found_container.driver);
		break;
	case VS_VM_NAME:
		END(ev->vm_name.name);
		break;
	case VS_DEV_INFO:
		END(ev->dev_info.name);
		END(ev->dev_info.text);
		break;
	}
}

int vs_decode(const void *data, size_t size, union vs_event *ev)
{
	struct ev_hdr h;

	if (size < sizeof(h))
		return -EMSGSIZE;
	memcpy(&h, data, sizeof(h));
	if (!vs_event_size(h.kind))
		return -ENOMSG;
	/* The ring buffer rounds lengths up to 8; the record's own is exact. */
	if (h.size != vs_event_size(h.kind) || size < h.size)
		return -EMSGSIZE;
	memcpy(ev, data, h.size);
	memset((char *)ev + h.size, 0, sizeof(*ev) - h.size);
	end_strings(ev);
	return 0;
}
