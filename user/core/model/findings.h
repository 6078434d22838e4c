/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of the model: findings are put together here, with all that proves them. */
#ifndef VS_FINDINGS_H
#define VS_FINDINGS_H

#include "objects.h"

/* What a finding about a call says beside what the call shows. */
#define M_HOLDS_MAX 16 /* of a finding */

struct m_found {
	enum vs_rule_id rule;
	enum vs_severity severity;
	const struct vs_evidence *call;
	const struct vs_evidence *other; /* one more proof, or NULL */
	uint64_t ts; /* when it became certain */
	const char *cause; /* or NULL */
	const struct vs_hold *holds; /* NULL: they were not looked for */
	size_t hold_count;
	const struct ev_dma *map;
	bool mapped_unseen;
	const struct vs_blocker *blockers;
	size_t blocker_count;
	const char *reset_methods; /* of rule reset-failed, or NULL */
	const struct vs_missing *missing;
	size_t missing_count;
};

void m_find(struct vs_model *m, const struct m_found *found);
/* About an open; who calls has marked the rule as fired. */
void m_find_open(struct vs_model *m, const struct m_open *o, enum vs_rule_id id, uint64_t ts,
		 bool pending);
/*
 * About a call, with its rule's severity. @earlier: one more proof, @cause: what the
 * call's errno means; or NULL.
 */
void m_find_call(struct vs_model *m, enum vs_rule_id id, const union vs_event *ev,
		 const struct vs_refs *refs, const struct vs_evidence *earlier, const char *cause);

#endif
