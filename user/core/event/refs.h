/* SPDX-License-Identifier: GPL-2.0-only */
/* Which objects an event is about, whatever its kind. Pure. */
#ifndef VS_ABOUT_H
#define VS_ABOUT_H

#include "decode.h"

/* The VM: its address, 0 if none, and its process as far as the event tells. */
uint64_t vs_event_vm(const union vs_event *ev, uint32_t *pid);

/* The VM the group carries after the call, 0 if none or not known; as above. */
uint64_t vs_event_group_vm(const union vs_event *ev, uint32_t *pid);

/* The IOMMU group, -1 if none. */
int vs_event_group(const union vs_event *ev);

/* The device, "" if none. Any bytes. */
const char *vs_event_device(const union vs_event *ev);

#endif
