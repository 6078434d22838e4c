/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of plan and sites share: machines, and what became of a site. */
#ifndef VS_TEST_TOY_FACTS_H
#define VS_TEST_TOY_FACTS_H

#include "events.h"
#include "../../user/core/model/model.h"
#include "../../user/core/plan/plan.h"

/* The functions of one way are there, with BTF; or they are not. */
static inline void set_way(struct vs_facts *facts, size_t site, size_t way, enum vs_fact there)
{
	const struct vs_part *part = vs_sites[site].way[way].part;
	size_t i;

	for (i = 0; i < VS_PART_MAX && part[i].func; i++) {
		facts->func[site][way][i].symbol = there;
		facts->func[site][way][i].btf = there;
		facts->func[site][way][i].nargs = part[i].nargs;
	}
}

/* A kernel of today, that has the first way for every site, and allows everything. */
static inline struct vs_facts good_kernel(void)
{
	struct vs_facts facts = { .fentry = VS_FACT_YES, .kprobe = VS_FACT_YES };
	size_t i, w;

	for (i = 0; i < VS_SITE_COUNT; i++)
		for (w = 0; w < VS_WAY_MAX; w++)
			set_way(&facts, i, w, w ? VS_FACT_NO : VS_FACT_YES);
	return facts;
}

static inline enum vs_method best_method(const struct vs_site *s)
{
	const struct vs_part *p;

	VS_FOREACH_PART(p, &s->way[0]) {
		if (p->how == VS_HOW_RAW_TP)
			return VS_METHOD_RAW_TP;
		if (p->how == VS_HOW_ITER)
			return VS_METHOD_ITER;
	}
	return VS_METHOD_FENTRY;
}

static inline struct vs_plan make_plan(const struct vs_facts *facts, const struct vs_ask *ask,
				       enum vs_probe_policy probe)
{
	const struct vs_policy policy = { .ask = *ask, .probe = probe };
	struct vs_plan plan;

	memset(&plan, 0xee, sizeof(plan));
	vs_plan_make(&plan, facts, &policy);
	return plan;
}

static inline void assert_missing(const struct vs_plan *plan, size_t i, enum vs_why why)
{
	assert_true(plan->site[i].wanted);
	assert_int_equal(plan->site[i].method, VS_METHOD_NONE);
	assert_int_equal(plan->site[i].why_id, why);
	assert_string_not_equal(plan->site[i].why, "");
}

static inline void assert_attached(const struct vs_plan *plan, size_t i, enum vs_method method,
				   unsigned int way)
{
	assert_true(plan->site[i].wanted);
	assert_int_equal(plan->site[i].method, method);
	assert_int_equal(plan->site[i].way, way);
	assert_int_equal(plan->site[i].why_id, VS_WHY_NONE);
	assert_string_equal(plan->site[i].why, "");
}

static inline void take_away(struct vs_facts *facts, enum vs_site_id i)
{
	size_t c;

	for (c = 0; c < VS_WAY_MAX; c++)
		set_way(facts, i, c, VS_FACT_NO);
}

#endif
