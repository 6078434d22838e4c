/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a device is, kept from its open for its close. Where an open is on record and
 * as it should be, the probes do not read name, driver and creators again when it
 * ends: that would be half of the work. The close is completed here, so that no
 * record that leaves the source depends on another one.
 */
#ifndef VS_IDENTITY_H
#define VS_IDENTITY_H

#include "../core/event/kinds.h"

struct vs_identities;

struct vs_identities *vs_identities_new(void); /* NULL if there is no memory */
void vs_identities_free(struct vs_identities *ids);

/* Remember what @ev tells of a device, or complete it. 0 or -ENOMEM. */
int vs_identities_pass(struct vs_identities *ids, union vs_event *ev);

#endif
