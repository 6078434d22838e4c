/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices of this host, and what they are bound to: PLACE records, from sysfs. */
#ifndef VS_PLACES_H
#define VS_PLACES_H

#include "../core/source.h"

/* The device and those of its group; none if there is no such device. */
int vs_places_tell(const char *device, vs_record_fn fn, void *ctx);

/* All groups with a device that VFIO has. */
int vs_places_tell_all(vs_record_fn fn, void *ctx);

#endif
