// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "../core/event/refs.h"
#include "hostdev.h"
#include "marks.h"

static bool sets_iommu_up(const struct ev_hdr *h)
{
	return (h->ret == -EINVAL || h->ret == -EPERM) &&
	       (h->kind == VS_SET_CONTAINER || h->kind == VS_SET_IOMMU ||
		h->kind == VS_BIND_IOMMUFD || h->kind == VS_ATTACH_PT);
}

void vs_marks_add(union vs_record *rec)
{
	struct vs_about about;

	if (!sets_iommu_up(&rec->h))
		return;
	vs_event_about(&rec->ev, &about);
	if (about.iommu_group >= 0 && vs_hostdev_direct(about.iommu_group))
		rec->h.flags |= VS_F_DIRECT;
}
