/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel shows of one device, read from sysfs and /dev; no privilege is needed. */
#ifndef VS_READ_HOSTDEV_H
#define VS_READ_HOSTDEV_H

#include "../core/passthrough/device.h"
#include "../core/source.h"

/*
 * How this kernel decides who may share a group, and which groups it keeps. To find out takes
 * a while: it is done once, when it matters. All zero: not yet.
 */
struct vs_group_facts {
	enum vs_fact drivers_tell; /* as in struct vs_hostdev */
	enum vs_fact require_direct; /* it keeps groups with 1:1 ranges, whatever the IOMMU */
};

/* @name: a full PCI address or a UUID (vs_device_normalize()). NULL: no memory. */
struct vs_hostdev *vs_hostdev_read(const char *name);

/* Has a driver of VFIO's, of this name, the device in the folder @path of sysfs? */
bool vs_hostdev_vfio_has(const char *path, const char *driver, bool mdev);
/* The devices of the group @d->group, by name; @d->name is always among them. None is woken. */
void vs_hostdev_members(struct vs_hostdev *d);

/* Does the firmware demand a 1:1 mapping for the group, and the kernel keep it for that? */
bool vs_hostdev_direct(int group, struct vs_group_facts *facts);

/**
 * vs_blockers_tell - before a call that may have been refused as its group is not viable
 * @rec: the record of the call; of any other nothing is told
 * @facts: of this kernel; completed if they matter
 *
 * A BLOCKER for each device that keeps the group from being used.
 * Return: 0, -ENOMEM, or what @fn returned.
 */
int vs_blockers_tell(const union vs_record *rec, struct vs_group_facts *facts, vs_record_fn fn,
		     void *ctx);

#endif
