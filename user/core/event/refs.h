/* SPDX-License-Identifier: GPL-2.0-only */
/* Which objects an event is about, whatever its kind: from the roles of its fields. Pure. */
#ifndef VS_REFS_H
#define VS_REFS_H

#include "kinds.h"

struct vs_about {
	uint64_t vm; /* address of the VM, 0: none or not seen */
	uint64_t group_vm; /* of the VM the group carries after the call, as above */
	uint32_t vm_creator; /* thread that created it, 0: not read */
	uint32_t group_creator;
	bool group_vm_told; /* the event tells whose pointer the group carries, even if none */
	uint64_t group; /* address of the vfio_group, 0: none */
	uint64_t device; /* of the vfio_device */
	int iommu_group; /* -1: none */
	int holder_fd; /* what was found: the process's descriptor for it; else -1 */
	const char *device_name; /* in the event, any bytes; "" if none */
};

void vs_event_about(const union vs_event *ev, struct vs_about *about);

/* The device's name alone; "" if none. Any bytes. */
const char *vs_event_device(const union vs_event *ev);

#endif
