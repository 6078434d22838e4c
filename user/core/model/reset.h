/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of the model: resets that failed (rule reset-failed). */
#ifndef VS_RESET_H
#define VS_RESET_H

#include "objects.h"

/* A device that the next reset is about. */
int m_on_reset_member(struct vs_model *m, const union vs_record *rec);

/* DEV_RESET, DEV_HOT_RESET */
int m_on_reset(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);

/* When the first of them has waited long enough for one that succeeds; UINT64_MAX: never. */
uint64_t m_reset_due(const struct vs_model *m);
void m_reset_expire(struct vs_model *m, uint64_t ts);

/* Nothing more comes: all are told. */
void m_reset_end(struct vs_model *m, uint64_t ts);
void m_reset_free(struct vs_model *m);

#endif
