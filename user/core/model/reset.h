/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of the model: resets that failed, with none that succeeded within the grace period
 * (rule reset-failed).
 */
#ifndef VS_RESET_H
#define VS_RESET_H

#include "objects.h"

/* A device that the next reset is about. */
int m_on_reset_member(struct vs_model *m, const union vs_record *rec);

/* DEV_RESET, DEV_HOT_RESET */
int m_on_reset(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);

#endif
