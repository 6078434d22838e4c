/* SPDX-License-Identifier: GPL-2.0-only */
/* VFIO drivers as data: which ones need the kvm pointer, and the harm of opening without it. */
#ifndef VS_DRIVERS_H
#define VS_DRIVERS_H

#include <stdbool.h>

struct vs_driver {
	const char *name; /* as in /sys/bus/…/driver; NULL: any other driver, ends the table */
	const char *arch; /* uname -m the entry applies to; NULL: all */
	bool needs_kvm;
	const char *harm; /* of opening without a kvm pointer */
};

/* The first entry that matches applies: specific entries come before general ones. */
extern const struct vs_driver vs_drivers[];

/**
 * vs_driver_find - the entry for a driver on an architecture
 *
 * Never NULL: a driver that is not in the table gets the last entry.
 */
const struct vs_driver *vs_driver_find(const char *name, const char *arch);

#endif
