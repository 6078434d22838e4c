// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "plan.h"

const char *vs_method_name(enum vs_method method)
{
	static const char *const names[] = { "none", "fentry", "kprobe", "tracepoint", "iterator" };

	return names[method];
}

const struct vs_ask vs_ask_trace = {
	.serves = VS_SERVE_ORDER | VS_SERVE_CALLS | VS_SERVE_STATE,
};

const struct vs_ask vs_ask_audit = {
	.serves = VS_SERVE_ORDER | VS_SERVE_STATE,
	.required = VS_SITE_BIT(VS_SITE_DEVICE_OPEN),
};

const struct vs_ask vs_ask_ps = {
	.serves = VS_SERVE_STATE,
	.required = VS_SITE_BIT(VS_SITE_SNAPSHOT),
};

const struct vs_ask vs_ask_doctor = {
	.serves = VS_SERVE_ALL,
	.required = VS_SITE_BIT(VS_SITE_DEVICE_OPEN),
};

/* What the choice for one site is made from. */
struct question {
	const struct vs_site *site;
	const struct vs_func_facts (*func)[VS_PART_MAX]; /* by way */
	const struct vs_facts *facts;
	const struct vs_policy *policy;
	const struct vs_plan *plan; /* so far */
};

static bool lacks(const struct question *q, enum vs_feature feature, enum vs_fact fact)
{
	return fact == VS_FACT_NO || q->policy->lacks & 1u << feature;
}

/* NULL if fentry can be tried, else why not. */
static const char *no_fentry(const struct question *q, const struct vs_part *p,
			     const struct vs_func_facts *f)
{
	if (lacks(q, VS_FEATURE_FENTRY, q->facts->fentry))
		return "the kernel refuses tracing programs";
	if (f->fentry_refused)
		return "the kernel refused to attach fentry here";
	if (f->btf != VS_FACT_YES)
		return "the kernel has no BTF for the function";
	if (f->nargs != p->nargs)
		return "the function has another prototype in this kernel";
	return NULL;
}

static const char *no_kprobe(const struct question *q, const struct vs_part *p,
			     const struct vs_func_facts *f)
{
	if (lacks(q, VS_FEATURE_KPROBE, q->facts->kprobe))
		return "the kernel refuses kprobes";
	if (f->kprobe_refused)
		return "the kernel refused to attach a kprobe here";
	if (f->symbol == VS_FACT_NO)
		return "this kernel has no such function";
	if (f->btf == VS_FACT_YES && f->nargs != p->nargs)
		return "the function has another prototype in this kernel";
	return NULL;
}

static const char *no_part(const struct question *q, const struct vs_part *p,
			   const struct vs_func_facts *f, enum vs_method method)
{
	switch (p->how) {
	case VS_HOW_RAW_TP:
		return NULL;
	case VS_HOW_ITER:
		if (lacks(q, VS_FEATURE_FENTRY, q->facts->fentry))
			return "the kernel refuses tracing programs";
		if (q->facts->own_pids == VS_FACT_YES)
			return "the host's processes are hidden by a pid namespace";
		return NULL;
	case VS_HOW_MARK:
		return f->symbol == VS_FACT_NO ? "this kernel has no such function" : NULL;
	default:
		return method == VS_METHOD_FENTRY ? no_fentry(q, p, f) : no_kprobe(q, p, f);
	}
}

static const char builds_upon[] = "a site that it builds upon is missing";

/* NULL if all parts of the way can be attached by @method, else why not. */
static const char *no_way(const struct question *q, unsigned int way, enum vs_method method)
{
	const struct vs_way *w = &q->site->way[way];
	const struct vs_part *p;
	const char *why;
	size_t i;

	VS_FOREACH_PART(p, w) {
		why = no_part(q, p, &q->func[way][p - w->part], method);
		if (why)
			return why;
	}
	for (i = 0; i < VS_SITE_COUNT; i++)
		if (w->needs & VS_SITE_BIT(i) && q->plan->site[i].method == VS_METHOD_NONE)
			return builds_upon;
	return NULL;
}

/* The method's name for what is not a matter of fentry or kprobe. */
static enum vs_method method_of(const struct vs_way *w, enum vs_method method)
{
	const struct vs_part *p;

	VS_FOREACH_PART(p, w) {
		if (p->how == VS_HOW_RAW_TP)
			return VS_METHOD_RAW_TP;
		if (p->how == VS_HOW_ITER)
			return VS_METHOD_ITER;
	}
	return method;
}

static bool choose(struct vs_plan_site *ps, const struct question *q, unsigned int way)
{
	enum vs_probe_policy probe = q->policy->probe;
	const char *why = "not asked for";
	bool avoid_fentry = probe == VS_PROBE_KPROBE ||
			    (probe == VS_PROBE_AUTO && q->facts->preempt == VS_FACT_YES &&
			     !no_way(q, way, VS_METHOD_KPROBE));
	enum vs_method method = VS_METHOD_NONE;

	if (!avoid_fentry && !(why = no_way(q, way, VS_METHOD_FENTRY)))
		method = VS_METHOD_FENTRY;
	else if (probe != VS_PROBE_FENTRY && !(why = no_way(q, way, VS_METHOD_KPROBE)))
		method = VS_METHOD_KPROBE;
	if (!method) {
		/* The most preferred way's reason says most, but for one that was near. */
		if (!ps->why || why == builds_upon)
			ps->why = why;
		return false;
	}
	ps->method = method_of(&q->site->way[way], method);
	ps->way = way;
	ps->why = NULL;
	return true;
}

void vs_plan_make(struct vs_plan *plan, const struct vs_facts *facts,
		  const struct vs_policy *policy)
{
	unsigned int way;
	size_t i;

	memset(plan, 0, sizeof(*plan));
	plan->serves = policy->ask.serves;
	plan->required = policy->ask.required;
	for (i = 0; i < VS_SITE_COUNT; i++) {
		const struct question q = { &vs_sites[i], facts->func[i], facts, policy, plan };
		struct vs_plan_site *ps = &plan->site[i];

		ps->wanted = vs_sites[i].serves & plan->serves || plan->required & VS_SITE_BIT(i);
		if (ps->wanted && policy->without & VS_SITE_BIT(i)) {
			ps->why = "left out (--without)";
			continue;
		}
		for (way = 0; ps->wanted && way < VS_WAY_MAX; way++)
			if (vs_sites[i].way[way].part[0].func && choose(ps, &q, way))
				break;
	}
}

const struct vs_site *vs_plan_blocker(const struct vs_plan *plan)
{
	size_t i;

	for (i = 0; i < VS_SITE_COUNT; i++)
		if (plan->site[i].method == VS_METHOD_NONE && plan->required & VS_SITE_BIT(i))
			return &vs_sites[i];
	return NULL;
}

static bool missing(const struct vs_plan *plan, size_t i)
{
	return plan->site[i].wanted && plan->site[i].method == VS_METHOD_NONE;
}

unsigned int vs_plan_blind(const struct vs_plan *plan)
{
	unsigned int blind = 0;
	size_t i;

	for (i = 0; i < VS_SITE_COUNT; i++)
		if (missing(plan, i))
			blind |= vs_sites[i].blinds;
	return blind;
}

vs_rule_set vs_plan_silent(const struct vs_plan *plan)
{
	vs_rule_set rules = 0;
	size_t i;

	for (i = 0; i < VS_SITE_COUNT; i++) {
		const struct vs_plan_site *ps = &plan->site[i];

		if (missing(plan, i))
			rules |= vs_sites[i].rules;
		else if (ps->method)
			rules |= vs_sites[i].way[ps->way].silent;
	}
	return rules;
}

const char *vs_plan_limits(const struct vs_plan *plan, enum vs_site_id site)
{
	const struct vs_plan_site *ps = &plan->site[site];

	return ps->method ? vs_sites[site].way[ps->way].limits : NULL;
}

int vs_site_find(const char *name)
{
	size_t i;

	for (i = 0; i < VS_SITE_COUNT; i++)
		if (!strcmp(vs_sites[i].name, name))
			return (int)i;
	return -1;
}

int vs_feature_find(const char *name)
{
	static const char *const names[VS_FEATURE_COUNT] = {
		[VS_FEATURE_FENTRY] = "fentry",
		[VS_FEATURE_KPROBE] = "kprobe",
	};
	int i;

	for (i = 0; i < VS_FEATURE_COUNT; i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

/* Of several, the last is the one in which the site shows; marks show nowhere. */
const char *vs_plan_function(const struct vs_plan *plan, enum vs_site_id site)
{
	const struct vs_way *w = &vs_sites[site].way[plan->site[site].way];
	const struct vs_part *p;
	const char *func = NULL;

	VS_FOREACH_PART(p, w)
		if (p->how != VS_HOW_MARK && (!func || !p->prog))
			func = p->func;
	return func;
}

enum vs_method vs_plan_method(const struct vs_plan *plan, enum vs_site_id site)
{
	return plan->site[site].method;
}
