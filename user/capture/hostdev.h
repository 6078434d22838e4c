/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel shows of one device, read from sysfs and /dev; no privilege is needed. */
#ifndef VS_READ_HOSTDEV_H
#define VS_READ_HOSTDEV_H

#include "../core/passthrough/device.h"

/* @name: a full PCI address or a UUID (vs_device_normalize()). NULL: no memory. */
struct vs_hostdev *vs_hostdev_read(const char *name);

#endif
