/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices of the toy kernel that are used through their cdevs. The file of a cdev is to
 * its device what a group is to its devices: it is registered, and carries the pointer.
 * So it is a struct k_group, and all calls on groups are for it as well.
 */
#ifndef VS_TEST_TOY_CDEV_H
#define VS_TEST_TOY_CDEV_H

#include "toy_look.h"

/* From now on; of a device that shares its group with no other. */
static inline void use_cdev(struct lab *l, unsigned int dev)
{
	l->dev[dev].group->cdev = &l->dev[dev];
}

/* VFIO_DEVICE_BIND_IOMMUFD, as recorded when it returns. */
static inline union vs_event bind_event(struct lab *l, uint32_t pid, unsigned int dev, int64_t ret)
{
	const struct k_device *d = &l->dev[dev];
	union vs_event ev = lab_event(l, VS_BIND_IOMMUFD, pid);

	ev.h.ret = ret;
	ev.h.dur = 5 * MS / 2; /* the open within, too */
	ev.bind.dev = d->ptr;
	ev.bind.group = d->group->ptr;
	ev.bind.group_kvm = ptr_of(d->group->vm);
	ev.bind.creator = creator_of(l, ev.bind.group_kvm);
	ev.bind.iommu_group = d->group->number;
	ev.bind.fd = 9;
	OF_CARRIER(ev, bind, d->group);
	return ev;
}

static inline void bind_returns(struct lab *l, uint32_t pid, unsigned int dev, int64_t ret)
{
	union vs_event ev = bind_event(l, pid, dev, ret);

	lab_emit(l, &ev);
}

static inline void cdev_bind(struct lab *l, uint32_t pid, unsigned int dev)
{
	df_open(l, pid, dev);
	bind_returns(l, pid, dev, 0);
}

/* @flags: of the open within; VS_F_NOT_ASKED: iommufd refuses it, not the driver. */
static inline void bind_refused(struct lab *l, uint32_t pid, unsigned int dev, int64_t ret,
				uint32_t flags)
{
	l->flags = flags;
	df_open_fails(l, pid, dev, ret);
	l->flags = 0;
	bind_returns(l, pid, dev, ret);
}

/*
 * Another file of a cdev whose device is bound: the open within fails at once, and on the
 * way out the kernel drops the pointer that the device has.
 */
static inline void bind_again(struct lab *l, uint32_t pid, unsigned int dev)
{
	struct k_group other = { .ptr = l->dev[dev].group->ptr + 0x100 };
	struct k_device *d = &l->dev[dev], same = *d;
	union vs_event ev;

	other.cdev = d;
	other.number = d->group->number;
	same.group = &other;
	ev = dev_event(l, VS_DEV_OPEN, pid, &same);
	ev.h.ret = -EINVAL;
	ev.h.flags |= VS_F_NOT_ASKED;
	lab_emit(l, &ev);
	ev = bind_event(l, pid, dev, -EINVAL);
	ev.bind.group = other.ptr;
	ev.bind.group_kvm = ev.bind.creator = 0;
	if (d->vm)
		ev.h.flags |= VS_F_DROPPED_KVM;
	d->vm = NULL;
	d->on_record = false;
	lab_emit(l, &ev);
}

/* Closed for good: what is opened next is another file, at the same address or not. */
static inline void cdev_reopened(struct lab *l, unsigned int dev, uint64_t ptr)
{
	assert_int_equal(l->dev[dev].opens, 0);
	l->dev[dev].group->ptr = ptr;
	l->dev[dev].group->vm = NULL;
}

/* What a look finds: the file, bound or not; found_device() has the device if it is. */
static inline void found_cdev(struct lab *l, unsigned int dev, uint32_t pid)
{
	union vs_event ev = lab_event(l, VS_FOUND_CDEV, pid);
	const struct k_device *d = &l->dev[dev];

	ev.found_cdev.dev = d->ptr;
	ev.found_cdev.group = d->group->ptr;
	ev.found_cdev.group_kvm = ptr_of(d->group->vm);
	ev.found_cdev.creator = creator_of(l, ev.found_cdev.group_kvm);
	ev.found_cdev.iommu_group = d->group->number;
	ev.found_cdev.iommufd = d->opens ? K_IOMMUFD : 0;
	ev.found_cdev.fd = FOUND_FD + (int)dev;
	OF_CARRIER(ev, found_cdev, d->group);
	lab_emit(l, &ev);
}

static inline void found_iommufd(struct lab *l, uint64_t iommufd, uint32_t pid)
{
	union vs_event ev = lab_event(l, VS_FOUND_IOMMUFD, pid);

	ev.found_iommufd.iommufd = iommufd;
	ev.found_iommufd.fd = 9;
	lab_emit(l, &ev);
}

#endif
