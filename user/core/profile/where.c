// SPDX-License-Identifier: GPL-2.0-only
#include "where.h"

static bool by_cdev(enum vs_phase phase, uint32_t flags)
{
	return phase == VS_PHASE_CDEV_OPEN || phase == VS_PHASE_IOMMUFD_ATTACH || flags & VS_F_CDEV;
}

struct p_where p_where_phase(const struct ev_phase *ev, const struct vs_refs *refs)
{
	return (struct p_where){
		.h = &ev->h,
		.phase = ev->phase,
		.cdev = by_cdev(ev->phase, ev->h.flags),
		.group = ev->group,
		.container = ev->container,
		.dev = ev->dev,
		.iommu_group = refs->group,
		.name = ev->name,
	};
}

struct p_where p_where_in_call(const struct ev_in_call *ev, const struct vs_refs *refs)
{
	return (struct p_where){
		.h = &ev->h,
		.phase = ev->phase,
		.cdev = by_cdev(ev->phase, ev->h.flags),
		.group = ev->group,
		.container = ev->container,
		.dev = ev->dev,
		.iommu_group = refs->group,
		.name = ev->name,
	};
}

static bool on_container(enum vs_phase phase)
{
	return phase == VS_PHASE_SET_IOMMU || p_is_dma(phase);
}

struct p_object p_object_of(const struct p_where *w)
{
	struct p_object o = { 0 };

	if (!on_container(w->phase) && !w->group)
		return p_object_in_vain(w);
	o.pid = w->h->pid;
	if (on_container(w->phase)) {
		o.kind = w->container ? P_CONTAINER : P_NOTHING;
		o.at = w->container;
	} else {
		o.kind = w->cdev ? P_FILE : P_GROUP;
		o.at = w->group;
	}
	return o;
}

struct p_object p_object_in_vain(const struct p_where *w)
{
	struct p_object o = { .pid = w->h->pid };

	if (w->cdev && *w->name) {
		o.kind = P_NAME;
		memcpy(o.name, w->name, strnlen(w->name, sizeof(o.name) - 1));
	} else if (!w->cdev && w->iommu_group >= 0) {
		o.kind = P_NUMBER;
		o.at = (uint64_t)w->iommu_group;
	}
	return o;
}

struct p_object p_object_of_thread(uint32_t pid, uint32_t tid)
{
	return (struct p_object){ .kind = P_NOTHING, .pid = pid, .at = tid };
}

bool p_makes_attach(enum vs_phase phase)
{
	switch (phase) {
	case VS_PHASE_GROUP_OPEN:
	case VS_PHASE_CDEV_OPEN:
	case VS_PHASE_CONTAINER_ATTACH:
	case VS_PHASE_SET_IOMMU:
	case VS_PHASE_REGISTER:
	case VS_PHASE_DEVICE_OPEN:
		return true;
	default:
		return p_is_dma(phase);
	}
}

bool p_begins_use(enum vs_phase phase)
{
	return p_makes_attach(phase) && !p_is_dma(phase);
}
