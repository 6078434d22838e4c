// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/event/decode.h"
#include "hostdev.h"
#include "resets.h"
#include "sysfs.h"

#define PCI "/sys/bus/pci/devices"

/* Going through the devices of the host. */
struct walk {
	const char *device; /* that is to be reset */
	char bus[PATH_MAX]; /* the folder of its bus, with a slash at its end */
	const union vs_record *call;
	vs_record_fn fn;
	void *ctx;
	int err;
};

static int tell(const struct walk *w, const char *name, bool first)
{
	char number[16], path[192];
	struct ev_reset_member *m;
	union vs_record rec;

	vs_record_init(&rec, VS_RESET_MEMBER, w->call->h.ts);
	rec.h.lost = w->call->h.lost;
	m = &rec.reset_member;
	snprintf(path, sizeof(path), PCI "/%.64s", name);
	snprintf(m->name, sizeof(m->name), "%.63s", name);
	vs_sysfs_link(m->driver, sizeof(m->driver), "%s/driver", path);
	m->vfio = vs_hostdev_vfio_has(path, m->driver, false);
	m->iommu_group =
		vs_sysfs_link(number, sizeof(number), "%s/iommu_group", path) ? atoi(number) : -1;
	m->first = first;
	vs_sysfs_link(m->pf, sizeof(m->pf), "%s/physfn", path);
	/* Methods are shown since 5.15; before, a file shows that there is one. */
	vs_sysfs_line(m->methods, sizeof(m->methods), "%s/reset_method", path);
	m->can_reset = *m->methods ||
		       (vs_sysfs_has("%s/reset", path) && !vs_sysfs_has("%s/reset_method", path));
	return w->fn(w->ctx, &rec);
}

/*
 * A virtual function whose number is beyond the bus of its device is on a bus that no
 * bridge leads to, which pci_walk_bus() does not reach.
 */
static bool is_reached(const char *name, const char *path)
{
	const char *devfn = strrchr(name, ':');
	char pf[VS_SYSFS_NAME];

	return !devfn || !vs_sysfs_link(pf, sizeof(pf), "%s/physfn", path) ||
	       !strncmp(name, pf, (size_t)(devfn - name));
}

/* What is below the same bridge. */
static bool tell_neighbour(void *ctx, const char *name)
{
	char real[PATH_MAX], path[192];
	struct walk *w = ctx;

	if (!strcmp(name, w->device))
		return true;
	snprintf(path, sizeof(path), PCI "/%.64s", name);
	if (realpath(path, real) && !strncmp(real, w->bus, strlen(w->bus)) &&
	    is_reached(name, path))
		w->err = tell(w, name, false);
	return !w->err;
}

/* Devices on a root bus are below none. */
static bool find_bus(struct walk *w)
{
	char path[192], *slash;

	snprintf(path, sizeof(path), PCI "/%.64s", w->device);
	if (!realpath(path, w->bus))
		return false;
	slash = strrchr(w->bus, '/');
	slash[1] = '\0';
	return true;
}

static bool is_failed_reset(const struct ev_hdr *h)
{
	return (h->kind == VS_DEV_RESET || h->kind == VS_DEV_HOT_RESET) && h->ret < 0;
}

static int tell_members(const union vs_record *rec, vs_record_fn fn, void *ctx)
{
	struct walk w = { .device = rec->ev.dev_call.name, .call = rec, .fn = fn, .ctx = ctx };

	if (!vs_sysfs_plain(w.device) || !vs_sysfs_has(PCI "/%s", w.device))
		return 0;
	w.err = tell(&w, w.device, true);
	if (!w.err && rec->h.kind == VS_DEV_HOT_RESET && find_bus(&w))
		vs_sysfs_each(PCI, tell_neighbour, &w);
	return w.err;
}

/* Called for every record: there are few of this kind. */
int vs_resets_tell(const union vs_record *rec, vs_record_fn fn, void *ctx)
{
	return is_failed_reset(&rec->h) ? tell_members(rec, fn, ctx) : 0;
}
