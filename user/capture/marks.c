// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "../core/event/refs.h"
#include "hostdev.h"
#include "marks.h"
#include "sysfs.h"

static bool sets_iommu_up(const struct ev_hdr *h)
{
	return (h->ret == -EINVAL || h->ret == -EPERM) &&
	       (h->kind == VS_SET_CONTAINER || h->kind == VS_SET_IOMMU ||
		h->kind == VS_BIND_IOMMUFD || h->kind == VS_ATTACH_PT);
}

/*
 * VFs are opened by permission of whoever has the physical function: callers pass a token
 * behind the name, "0000:03:00.1 vf_token=UUID", which is a secret.
 */
static void split_name(struct ev_get_device_fd *ev)
{
	ev->name[strcspn(ev->name, " ")] = '\0';
	if (ev->h.ret == -EACCES && vs_sysfs_plain(ev->name))
		vs_sysfs_link(ev->pf, sizeof(ev->pf), "/sys/bus/pci/devices/%s/physfn", ev->name);
}

void vs_marks_add(union vs_record *rec, struct vs_group_facts *facts)
{
	struct vs_about about;

	if (rec->h.kind == VS_GET_DEVICE_FD)
		split_name(&rec->ev.get_device_fd);
	if (!sets_iommu_up(&rec->h))
		return;
	vs_event_about(&rec->ev, &about);
	if (about.iommu_group >= 0 && vs_hostdev_direct(about.iommu_group, facts))
		rec->h.flags |= VS_F_DIRECT;
}
