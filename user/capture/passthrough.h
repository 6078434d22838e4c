/* SPDX-License-Identifier: GPL-2.0-only */
/* What this host offers to passthrough, read from sysfs and procfs; no privilege is needed. */
#ifndef VS_READ_PASSTHROUGH_H
#define VS_READ_PASSTHROUGH_H

#include "../core/passthrough/host.h"

/* Return: 0, or -ENOENT: there is no sysfs, and nothing is known. */
int vs_passthrough_read(struct vs_passthrough *p);

#endif
