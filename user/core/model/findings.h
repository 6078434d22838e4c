/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of the model: findings are put together here, with all that proves them. */
#ifndef VS_FINDINGS_H
#define VS_FINDINGS_H

#include "objects.h"

/* About an open; who calls has marked the rule as fired. */
void m_find_open(struct vs_model *m, const struct m_open *o, enum vs_rule_id id, uint64_t ts,
		 bool pending);
/*
 * About a call. @earlier: one more proof, @cause: what the call's errno means; or
 * NULL.
 */
void m_find_call(struct vs_model *m, enum vs_rule_id id, const union vs_event *ev,
		 const struct vs_refs *refs, const struct vs_evidence *earlier, const char *cause);

#endif
