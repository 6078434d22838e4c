/* SPDX-License-Identifier: GPL-2.0-only */
/* VFIO drivers as data: which ones need the kvm pointer, and the harm of opening without it. */
#ifndef VS_DRIVERS_H
#define VS_DRIVERS_H

#include <stdbool.h>

/* What a driver does with the kvm pointer of its device. */
struct vs_driver {
	const char *name; /* as in /sys/bus/…/driver; NULL: any other, ends the table */
	const char *arch; /* uname -m it is true for; NULL: all */
	bool needs_kvm;
	const char *harm; /* of being opened without it */
};

/* The first entry that fits is the one; vs_driver_find() looks for it. */
extern const struct vs_driver vs_drivers[];

/**
 * vs_driver_find - what is known of a driver on an architecture
 *
 * Never NULL: a driver not in the table gets an entry that says so.
 */
const struct vs_driver *vs_driver_find(const char *name, const char *arch);

#endif
