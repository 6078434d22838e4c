/* SPDX-License-Identifier: GPL-2.0-only */
/* What a call does not say itself, and the host still shows as its record arrives. */
#ifndef VS_MARKS_H
#define VS_MARKS_H

#include "../core/source.h"
#include "hostdev.h"

/*
 * VS_F_DIRECT for a call that sets up the IOMMU of a group, and failed; of a VF that was
 * refused the physical function. What follows the name of a device is not kept.
 */
void vs_marks_add(union vs_record *rec, struct vs_group_facts *facts);

#endif
