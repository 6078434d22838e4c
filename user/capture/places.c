// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "hostdev.h"
#include "places.h"
#include "sysfs.h"

#define GROUPS "/sys/kernel/iommu_groups"

/* Where records go, and what became of them. */
struct telling {
	vs_record_fn fn;
	void *ctx;
	int err;
};

static int tell(const struct vs_member *m, int group, vs_record_fn fn, void *ctx)
{
	union vs_record rec;

	vs_record_init(&rec, VS_PLACE, vs_now());
	rec.place.iommu_group = group;
	rec.place.vfio = m->vfio;
	memcpy(rec.place.name, m->name, sizeof(rec.place.name));
	memcpy(rec.place.bus, m->bus, sizeof(rec.place.bus));
	memcpy(rec.place.driver, m->driver, sizeof(rec.place.driver));
	return fn(ctx, &rec);
}

static bool any_of_vfio(const struct vs_hostdev *d)
{
	size_t i;

	for (i = 0; i < d->member_count; i++)
		if (d->member[i].vfio)
			return true;
	return false;
}

/* @device: one of them; NULL: the group matters only if VFIO has one. */
static int tell_group(int group, const char *device, vs_record_fn fn, void *ctx)
{
	struct vs_hostdev *d = calloc(1, sizeof(*d));
	int err = 0;
	size_t i;

	if (!d)
		return -ENOMEM;
	d->group = group;
	if (device)
		snprintf(d->name, sizeof(d->name), "%s", device);
	vs_hostdev_members(d);
	for (i = 0; !err && (device || any_of_vfio(d)) && i < d->member_count; i++)
		err = tell(&d->member[i], group, fn, ctx);
	free(d);
	return err;
}

static bool tell_next(void *ctx, const char *name)
{
	struct telling *t = ctx;

	t->err = tell_group(atoi(name), NULL, t->fn, t->ctx);
	return !t->err;
}

int vs_places_tell_all(vs_record_fn fn, void *ctx)
{
	struct telling t = { .fn = fn, .ctx = ctx };

	vs_sysfs_each(GROUPS, tell_next, &t);
	return t.err;
}

int vs_places_tell(const char *device, vs_record_fn fn, void *ctx)
{
	const char *bus = strchr(device, ':') ? "pci" : "mdev";
	struct vs_member m = { 0 };
	char number[32];

	if (!vs_sysfs_plain(device) || !vs_sysfs_has("/sys/bus/%s/devices/%s", bus, device))
		return 0;
	if (vs_sysfs_link(number, sizeof(number), "/sys/bus/%s/devices/%s/iommu_group", bus,
			  device))
		return tell_group(atoi(number), device, fn, ctx);
	snprintf(m.name, sizeof(m.name), "%.63s", device);
	snprintf(m.bus, sizeof(m.bus), "%s", bus);
	vs_sysfs_link(m.driver, sizeof(m.driver), "/sys/bus/%s/devices/%s/driver", bus, device);
	return tell(&m, -1, fn, ctx);
}
