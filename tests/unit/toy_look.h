/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The look at what is there already, on the toy kernel. A record takes its
 * place first and reads the state then: what earlier records say had happened
 * is in it, what is not recorded yet may be.
 */
#ifndef VS_TEST_TOY_LOOK_H
#define VS_TEST_TOY_LOOK_H

#include "toy_kernel.h"

enum { FOUND_FD = 40 }; /* + index */

/* @place was reserved before; the holder is the process @pid. */
static inline void found_device_at(struct lab *l, size_t place, unsigned int dev, uint32_t pid)
{
	union vs_event ev = dev_event(l, VS_FOUND_DEVICE, pid, &l->dev[dev]);
	bool lives = vm_lives(l, ev.dev.kvm);

	ev.dev.fd = FOUND_FD + (int)dev;
	if (on_borrowed(l) && ev.dev.kvm && !lives)
		ev.h.flags |= VS_F_KVM_GONE;
	dev_creators(l, &ev.dev, lives);
	lab_fill(l, place, &ev);
}

/* A process that a look meets, before what it holds. */
static inline void met(struct lab *l, uint32_t pid, uint64_t started_ns, const char *pod,
		       const char *cgroup)
{
	union vs_record rec = make_record(VS_PROCESS, l->now, 0);

	rec.h.lost = l->lost;
	rec.h.pid = pid;
	rec.process.started_ns = started_ns;
	SET_STRING(rec.process.pod, pod);
	SET_STRING(rec.process.cgroup, cgroup);
	lab_feed(l, &rec);
}

/* Mapped by a process that may have no descriptor of it. */
static inline void found_mapped_at(struct lab *l, size_t place, unsigned int dev, uint32_t pid)
{
	union vs_event ev = dev_event(l, VS_FOUND_DEVICE, pid, &l->dev[dev]);

	ev.dev.fd = -1;
	dev_creators(l, &ev.dev, vm_lives(l, ev.dev.kvm));
	lab_fill(l, place, &ev);
}

static inline void found_vm_at(struct lab *l, size_t place, unsigned int vm)
{
	union vs_event ev = lab_event(l, VS_FOUND_VM, l->vm[vm].pid);

	ev.found_vm.kvm = l->vm[vm].ptr;
	ev.found_vm.creator = l->vm[vm].pid;
	ev.found_vm.fd = 11;
	lab_fill(l, place, l->vm[vm].pid ? &ev : NULL);
}

static inline void found_kvm_vfio_at(struct lab *l, size_t place, unsigned int vm)
{
	union vs_event ev = lab_event(l, VS_FOUND_KVM_VFIO, l->vm[vm].pid);

	ev.found_kvm_vfio.kvm = l->vm[vm].ptr;
	ev.found_kvm_vfio.kvm_vfio = l->vm[vm].kvm_vfio;
	ev.found_kvm_vfio.creator = l->vm[vm].pid;
	ev.found_kvm_vfio.fd = 12;
	ev.found_kvm_vfio.noncoherent = l->vm[vm].noncoherent;
	lab_fill(l, place, &ev);
}

/* Given up if the list has changed meanwhile. */
static inline void found_registration_at(struct lab *l, size_t place, unsigned int vm,
					 unsigned int group)
{
	union vs_event ev = lab_event(l, VS_FOUND_REGISTRATION, l->vm[vm].pid);

	ev.registration.fd = 12;
	ev.registration.kvm = l->vm[vm].ptr;
	ev.registration.kvm_vfio = l->vm[vm].kvm_vfio;
	ev.registration.creator = l->vm[vm].pid;
	ev.registration.group = l->group[group].ptr;
	ev.registration.group_kvm = group_kvm_seen(l, &l->group[group]);
	ev.registration.iommu_group = l->group[group].number;
	OF_CARRIER(ev, registration, &l->group[group]);
	lab_fill(l, place, l->vm[vm].listed[group] ? &ev : NULL);
}

static inline void found_group_at(struct lab *l, size_t place, unsigned int group, uint32_t pid,
				  uint64_t container)
{
	union vs_event ev = lab_event(l, VS_FOUND_GROUP, pid);

	ev.found_group.group = l->group[group].ptr;
	ev.found_group.group_kvm = group_kvm_seen(l, &l->group[group]);
	ev.found_group.container = container;
	ev.found_group.creator = creator_of(l, ev.found_group.group_kvm);
	ev.found_group.iommu_group = l->group[group].number;
	ev.found_group.fd = 20 + (int)group;
	lab_fill(l, place, &ev);
}

static inline void found_device(struct lab *l, unsigned int dev)
{
	found_device_at(l, lab_reserve(l), dev, l->dev[dev].holder);
}

static inline void found_vm(struct lab *l, unsigned int vm)
{
	found_vm_at(l, lab_reserve(l), vm);
}

static inline void found_kvm_vfio(struct lab *l, unsigned int vm)
{
	found_kvm_vfio_at(l, lab_reserve(l), vm);
}

static inline void found_registration(struct lab *l, unsigned int vm, unsigned int group)
{
	found_registration_at(l, lab_reserve(l), vm, group);
}

static inline void found_group(struct lab *l, unsigned int group, uint32_t pid, uint64_t container)
{
	found_group_at(l, lab_reserve(l), group, pid, container);
}

static inline void found_container(struct lab *l, uint64_t container, uint32_t pid,
				   const char *driver)
{
	union vs_event ev = lab_event(l, VS_FOUND_CONTAINER, pid);

	ev.found_container.fd = 10;
	ev.found_container.container = container;
	SET_STRING(ev.found_container.driver, driver);
	lab_emit(l, &ev);
}

/* Made in user space, when all has been read. @err: it has not seen everything. */
static inline void look_ends_blind(struct lab *l, int err, unsigned int blind)
{
	union vs_record rec = make_record(VS_LOOK_DONE, l->now, 0);

	rec.h.lost = l->lost;
	rec.look_done.err = err;
	rec.look_done.blind = blind;
	lab_feed(l, &rec);
}

static inline void look_ends(struct lab *l, int err)
{
	look_ends_blind(l, err, 0);
}

static inline void look_done(struct lab *l)
{
	look_ends(l, 0);
}

/* A whole look, while nothing else happens. */
static inline void look(struct lab *l)
{
	unsigned int i, g;

	for (i = 0; i < K_VMS; i++) {
		if (!l->vm[i].pid)
			continue;
		found_vm(l, i);
		found_kvm_vfio(l, i);
		for (g = 0; g < K_GROUPS; g++)
			if (l->vm[i].listed[g])
				found_registration(l, i, g);
	}
	for (i = 0; i < K_DEVICES; i++)
		if (l->dev[i].opens)
			found_device(l, i);
	look_done(l);
}

#endif
