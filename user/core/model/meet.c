// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "meet.h"
#include "opens.h"

static bool first_open(const union vs_event *ev)
{
	return ev->h.kind == VS_DEV_OPEN && !ev->h.ret && ev->dev.open_count == 1;
}

/*
 * A VM that an open device carries on with is known by it: it may have ended,
 * and another one may have its address.
 */
static struct m_vm *carried_vm(const struct vs_model *m, const union vs_event *ev,
			       const struct vs_about *a)
{
	struct m_open *o = NULL;

	if (a->vm && vs_event_is(ev, VS_T_OPEN) && !first_open(ev) && ev->dev.kvm)
		o = m_open_find(m, ev->dev.dev);
	return o && o->kvm && m_open_may_carry(m, o, a->vm, a->vm_creator) ? o->kvm : NULL;
}

/* What is taken down along with a registration: its VM may have ended before. */
static bool past_vm(const union vs_event *ev, uint64_t ptr)
{
	return ev->h.kind == VS_NONCOHERENT_OFF ||
	       (ev->h.kind == VS_CLEAR_KVM && ev->set_kvm.vm != ptr);
}

/* A group and the cdevs of its devices exclude each other: who uses it the other way? */
static const struct vs_open *busy_with(const struct vs_model *m, const union vs_event *ev,
				       int group)
{
	bool bind = ev->h.kind == VS_BIND_IOMMUFD;
	enum vs_path other = bind ? VS_PATH_GROUP : VS_PATH_CDEV;
	struct m_open *o, *tmp;

	if (ev->h.ret != -EBUSY || (!bind && ev->h.kind != VS_GROUP_OPEN) || group < 0)
		return NULL;
	HASH_ITER(hh, m->opens, o, tmp)
		if (o->pub.path == other && o->pub.group == group && m_certain(m, o))
			return &o->pub;
	return NULL;
}

/* The node of a group that could not be opened has its number for a name: 12, noiommu-12. */
static int group_of(const union vs_event *ev, const struct vs_about *a)
{
	static const char noiommu[] = "noiommu-";
	const char *node = ev->group_open.node;
	char *end;
	long n;

	if (a->iommu_group >= 0 || ev->h.kind != VS_GROUP_OPEN)
		return a->iommu_group;
	if (!strncmp(node, noiommu, sizeof(noiommu) - 1))
		node += sizeof(noiommu) - 1;
	n = strtol(node, &end, 10);
	return *node && !*end && n >= 0 && n <= INT_MAX ? (int)n : -1;
}

static void resolve(const struct vs_about *a, const struct m_vm *vm, const struct m_vm *group_vm,
		    struct vs_refs *refs)
{
	refs->vm = vm ? &vm->pub : NULL;
	refs->group_vm = group_vm ? &group_vm->pub : NULL;
	refs->group = a->iommu_group;
	refs->holder_fd = a->holder_fd;
	refs->busy = NULL;
	refs->mark = 0;
	refs->told_ns = 0;
}

void m_meet_again(struct vs_model *m, const union vs_event *ev, const struct vs_about *a,
		  struct vs_refs *refs)
{
	struct m_vm *vm = carried_vm(m, ev, a), *group_vm = NULL;

	if (!vm && a->vm)
		vm = m_vm_known(m, a->vm, a->vm_creator);
	if (a->group_vm)
		group_vm = m_vm_known(m, a->group_vm, a->group_creator);
	resolve(a, vm, group_vm, refs);
}

/* NULL: which VM it is that has this address now, nobody knows. */
static int meet_vm(struct vs_model *m, const union vs_event *ev, uint64_t ptr, uint32_t creator,
		   struct m_vm **vm)
{
	const struct m_creator by = { creator, creator };

	if (!creator && m_vm_find(m, ptr)) {
		*vm = m_vm_known(m, ptr, 0);
		return 0;
	}
	*vm = m_vm_get(m, ptr, by, &ev->h);
	return *vm ? 0 : -ENOMEM;
}

/*
 * May the VM whose pointer the device carries have ended, so that another one has its
 * address? A group's pointer goes with its VM. A device's stays if it has no reference on
 * the VM: because there is none, or because it was dropped too early.
 */
static bool maybe_gone(const struct vs_model *m, const union vs_event *ev)
{
	const struct ev_dev *d = &ev->dev;
	unsigned int unseen = m->run.attached.blind & (VS_BLIND_VM | VS_BLIND_VM_END);

	if (!d->kvm_creator && unseen)
		return true;
	return !first_open(ev) && d->kvm != d->group_kvm && vs_ledger_mark(&m->ledger);
}

/* The VM of a device that is opened, or open, is met in any case. */
static int meet_vm_of_device(struct vs_model *m, const union vs_event *ev, struct m_vm **vm)
{
	const struct ev_dev *d = &ev->dev;
	int err;

	if (!d->kvm)
		return meet_vm(m, ev, d->owner_kvm, m_owner(d), vm);
	err = maybe_gone(m, ev) ? 0 : meet_vm(m, ev, d->kvm, d->kvm_creator, vm);
	if (err || *vm)
		return err;
	*vm = m_vm_unknown(m, d->kvm);
	return *vm ? 0 : -ENOMEM;
}

/* The VM of the event exists from now on. */
static int introduce_vm(struct vs_model *m, const union vs_event *ev, const struct vs_about *a,
			struct m_vm **vm)
{
	if (ev->h.kind == VS_VM_CREATE) {
		*vm = m_vm_begin(m, a->vm, (struct m_creator){ a->vm_creator, ev->h.tid }, &ev->h);
		if (!*vm)
			return -ENOMEM;
		(*vm)->pub.created_ns = ev->h.ts;
		memcpy((*vm)->pub.comm, ev->h.comm, sizeof((*vm)->pub.comm));
		return 0;
	}
	if (past_vm(ev, a->vm)) {
		*vm = m_vm_known(m, a->vm, a->vm_creator);
		return 0;
	}
	*vm = carried_vm(m, ev, a);
	if (*vm)
		return 0;
	if (vs_event_is(ev, VS_T_OPEN))
		return meet_vm_of_device(m, ev, vm);
	return meet_vm(m, ev, a->vm, a->vm_creator, vm);
}

int m_meet(struct vs_model *m, const union vs_event *ev, const struct vs_about *a,
	   struct vs_refs *refs)
{
	struct m_vm *vm = NULL, *group_vm = NULL;
	int err = a->vm ? introduce_vm(m, ev, a, &vm) : 0;

	/* One address, one VM; unless the device's has ended. */
	if (vm && !vm->dead && a->group_vm == a->vm)
		group_vm = vm;
	else if (!err && a->group_vm)
		err = meet_vm(m, ev, a->group_vm, a->group_creator, &group_vm);
	if (err)
		return err;
	/* There was none a moment ago, if it is the first sign of this VM. */
	if (!vm && group_vm && group_vm->pub.ptr == a->vm)
		vm = group_vm;
	resolve(a, vm, group_vm, refs);
	refs->group = group_of(ev, a);
	refs->mark = vs_ledger_mark_at(&m->ledger, &ev->h);
	refs->told_ns = refs->mark == m->ledger.told_mark ? m->ledger.told_ns : 0;
	refs->busy = busy_with(m, ev, refs->group);
	return 0;
}

void m_update_group(struct vs_model *m, const union vs_event *ev, const struct vs_about *a,
		    const struct vs_refs *refs)
{
	struct m_group *g = a->group ? m_group_find(m, a->group) : NULL;

	if (!g)
		return;
	g->pub.cdev = ev->h.flags & VS_F_CDEV;
	if (g->pub.cdev && *a->device_name)
		memcpy(g->pub.device, a->device_name, sizeof(g->pub.device));
	if (a->iommu_group >= 0)
		g->pub.number = a->iommu_group;
	if (a->group_vm_told)
		m_vm_ref(&g->kvm, (struct m_vm *)refs->group_vm, &g->pub.kvm);
}
