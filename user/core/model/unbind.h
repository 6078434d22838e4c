/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of the model: devices that somebody uses who is to let go (rule unbind-blocked). A
 * look after the grace period shows who holds them.
 */
#ifndef VS_UNBIND_H
#define VS_UNBIND_H

#include "objects.h"

int m_on_unbind_begin(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);
int m_on_unbind(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);
void m_unbind_free(struct vs_model *m);

#endif
