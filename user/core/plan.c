// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "plan.h"

const char *vs_method_name(enum vs_method method)
{
	static const char *const names[] = { "none", "fentry", "kprobe", "tracepoint", "iterator" };

	return names[method];
}

/* NULL if fentry can be tried, else why not. */
static const char *no_fentry(const struct vs_candidate *c, const struct vs_func_facts *f,
			     const struct vs_facts *facts)
{
	if (facts->fentry == VS_FACT_NO)
		return "the kernel refuses tracing programs";
	if (f->fentry_refused)
		return "the kernel refused to attach fentry here";
	if (f->btf != VS_FACT_YES)
		return "the kernel has no BTF for the function";
	if (f->nargs != c->nargs)
		return "the function has another prototype in this kernel";
	return NULL;
}

static const char *no_kprobe(const struct vs_candidate *c, const struct vs_func_facts *f,
			     const struct vs_facts *facts)
{
	if (facts->kprobe == VS_FACT_NO)
		return "the kernel refuses kprobes";
	if (f->kprobe_refused)
		return "the kernel refused to attach a kprobe here";
	if (f->symbol == VS_FACT_NO)
		return "this kernel has no such function";
	if (f->btf == VS_FACT_YES && f->nargs != c->nargs)
		return "the function has another prototype in this kernel";
	return NULL;
}

static bool choose(struct vs_plan_site *ps, const struct vs_site *site, unsigned int cand,
		   const struct vs_facts *facts, const struct vs_func_facts *f,
		   enum vs_probe_policy probe)
{
	const char *why = "not asked for";
	bool avoid_fentry = probe == VS_PROBE_KPROBE ||
			    (probe == VS_PROBE_AUTO && facts->preempt == VS_FACT_YES &&
			     !no_kprobe(&site->cand[cand], f, facts));

	if (site->how == VS_HOW_RAW_TP) {
		ps->method = VS_METHOD_RAW_TP;
	} else if (site->how == VS_HOW_ITER) {
		ps->method = facts->fentry == VS_FACT_NO ? VS_METHOD_NONE : VS_METHOD_ITER;
		ps->why = "the kernel refuses tracing programs";
		if (!ps->method)
			return false;
	} else if (!avoid_fentry && !(why = no_fentry(&site->cand[cand], f, facts))) {
		ps->method = VS_METHOD_FENTRY;
	} else if (probe != VS_PROBE_FENTRY && !(why = no_kprobe(&site->cand[cand], f, facts))) {
		ps->method = VS_METHOD_KPROBE;
	} else {
		/* The most preferred candidate's reason says most. */
		if (!ps->why)
			ps->why = why;
		return false;
	}
	ps->cand = cand;
	ps->why = NULL;
	return true;
}

void vs_plan_make(struct vs_plan *plan, const struct vs_facts *facts,
		  const struct vs_policy *policy)
{
	size_t i, c;

	memset(plan, 0, sizeof(*plan));
	plan->views = policy->views;
	for (i = 0; i < vs_site_count; i++) {
		struct vs_plan_site *ps = &plan->site[i];

		ps->wanted = vs_sites[i].views & policy->views;
		if (ps->wanted && (policy->without & 1u << i)) {
			ps->why = "left out (--without)";
			continue;
		}
		for (c = 0; ps->wanted && c < VS_CAND_MAX && vs_sites[i].cand[c].func; c++)
			if (choose(ps, &vs_sites[i], c, facts, &facts->func[i][c], policy->probe))
				break;
	}
}

const struct vs_site *vs_plan_blocker(const struct vs_plan *plan)
{
	size_t i;

	for (i = 0; i < vs_site_count; i++)
		if (plan->site[i].method == VS_METHOD_NONE && (vs_sites[i].required & plan->views))
			return &vs_sites[i];
	return NULL;
}

unsigned int vs_plan_blind(const struct vs_plan *plan)
{
	unsigned int blind = 0;
	size_t i;

	for (i = 0; i < vs_site_count; i++)
		if (plan->site[i].wanted && plan->site[i].method == VS_METHOD_NONE)
			blind |= vs_sites[i].blinds;
	return blind;
}

int vs_site_find(const char *name)
{
	size_t i;

	for (i = 0; i < vs_site_count; i++)
		if (!strcmp(vs_sites[i].name, name))
			return (int)i;
	return -1;
}

enum vs_method vs_plan_method(const struct vs_plan *plan, const char *site)
{
	int i = vs_site_find(site);

	return i < 0 ? VS_METHOD_NONE : plan->site[i].method;
}
