/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of the model: devices that somebody uses who is to let go (rule unbind-blocked). */
#ifndef VS_UNBIND_H
#define VS_UNBIND_H

#include "objects.h"

int m_on_unbind_begin(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);
int m_on_unbind(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);

/* The open files were looked at: whoever was waited for holds the device. */
void m_unbind_looked(struct vs_model *m, const struct ev_look_done *look);

/* When the first of them has lasted too long, or is told without a look; UINT64_MAX: never. */
uint64_t m_unbind_due(const struct vs_model *m);
void m_unbind_expire(struct vs_model *m, uint64_t ts);

/* Nothing more comes: what lasts too long is told. */
void m_unbind_end(struct vs_model *m, uint64_t ts);
void m_unbind_free(struct vs_model *m);

#endif
