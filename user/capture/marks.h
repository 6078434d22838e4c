/* SPDX-License-Identifier: GPL-2.0-only */
/* What a call that failed does not say itself, and the host still shows as its record arrives. */
#ifndef VS_MARKS_H
#define VS_MARKS_H

#include "../core/source.h"

/* Complete the record of a call that failed: VS_F_DIRECT, if it sets up the IOMMU of a group. */
void vs_marks_add(union vs_record *rec);

#endif
