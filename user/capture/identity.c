// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../core/hash.h"
#include "identity.h"

/* Of a device's last open; another device may have its address after it. */
struct identity {
	uint64_t dev;
	char name[VS_DEVNAME_LEN];
	char driver[VS_DRIVER_LEN];
	int iommu_group;
	uint32_t kvm_creator, group_creator;
	UT_hash_handle hh;
};

struct vs_identities {
	struct identity *by_dev;
};

struct vs_identities *vs_identities_new(void)
{
	return calloc(1, sizeof(struct vs_identities));
}

void vs_identities_free(struct vs_identities *ids)
{
	struct identity *id, *tmp;

	if (!ids)
		return;
	HASH_ITER(hh, ids->by_dev, id, tmp) {
		HASH_DEL(ids->by_dev, id);
		free(id);
	}
	free(ids);
}

static struct identity *find(struct vs_identities *ids, uint64_t dev)
{
	struct identity *id;

	HASH_FIND(hh, ids->by_dev, &dev, sizeof(dev), id);
	return id;
}

static int remember(struct vs_identities *ids, const struct ev_dev *d)
{
	struct identity *id = find(ids, d->dev);

	if (!id) {
		id = calloc(1, sizeof(*id));
		if (!id)
			return -ENOMEM;
		id->dev = d->dev;
		HASH_ADD(hh, ids->by_dev, dev, sizeof(id->dev), id);
		if (!id->hh.tbl) {
			free(id);
			return -ENOMEM;
		}
	}
	memcpy(id->name, d->name, sizeof(id->name));
	memcpy(id->driver, d->driver, sizeof(id->driver));
	id->iommu_group = d->iommu_group;
	id->kvm_creator = d->kvm_creator;
	id->group_creator = d->group_creator;
	return 0;
}

static void complete(struct vs_identities *ids, struct ev_dev *d)
{
	struct identity *id = *d->name ? NULL : find(ids, d->dev);

	if (!id)
		return;
	memcpy(d->name, id->name, sizeof(d->name));
	memcpy(d->driver, id->driver, sizeof(d->driver));
	d->iommu_group = id->iommu_group;
	d->kvm_creator = id->kvm_creator;
	d->group_creator = id->group_creator;
	d->h.flags |= VS_F_OPEN_ON_RECORD;
}

int vs_identities_pass(struct vs_identities *ids, union vs_event *ev)
{
	if (ev->h.kind == VS_DEV_OPEN && !ev->h.ret)
		return remember(ids, &ev->dev);
	if (ev->h.kind == VS_DEV_CLOSE)
		complete(ids, &ev->dev);
	return 0;
}
