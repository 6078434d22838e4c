/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of the model: groups that VFIO does not get, as the host uses a device of them. */
#ifndef VS_VIABLE_H
#define VS_VIABLE_H

#include "objects.h"

/* BLOCKER: before the call that it concerns. */
int m_on_blocker(struct vs_model *m, const union vs_record *rec);
/* Whether this call was refused for that; then it has been told. */
bool m_not_viable(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);
/* GET_STATUS told so, or not. */
int m_on_group_status(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);

#endif
