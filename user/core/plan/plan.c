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

const struct vs_ask vs_ask_profile = {
	.serves = VS_SERVE_LATENCY | VS_SERVE_STATE,
	.required = VS_SITE_BIT(VS_SITE_DEVICE_OPEN),
};

const struct vs_ask vs_ask_ps = {
	.serves = VS_SERVE_STATE | VS_SERVE_HOLDERS,
	.required = VS_SITE_BIT(VS_SITE_SNAPSHOT),
};

const struct vs_ask vs_ask_doctor = {
	.serves = VS_SERVE_ALL,
	.required = VS_SITE_BIT(VS_SITE_DEVICE_OPEN),
};

/* The input of the choice for one site. */
struct question {
	const struct vs_site *site;
	const struct vs_func_facts (*func)[VS_PART_MAX]; /* by way */
	const struct vs_facts *facts;
	const struct vs_policy *policy;
	const struct vs_plan *plan; /* so far */
};

/* Why a way cannot be taken; VS_WHY_NONE: it can. */
struct reason {
	enum vs_why why;
	const char *name; /* the function or site it is about, or NULL */
	const struct vs_part *part; /* or, with @slot, the program */
	enum vs_slot slot;
	int err;
};

static struct reason because(enum vs_why why, const char *name)
{
	return (struct reason){ .why = why, .name = name };
}

static bool lacks(const struct question *q, enum vs_feature feature, enum vs_fact fact)
{
	return fact == VS_FACT_NO || q->policy->lacks & 1u << feature;
}

static struct reason no_fentry(const struct question *q, const struct vs_part *p,
			       const struct vs_func_facts *f)
{
	if (lacks(q, VS_FEATURE_FENTRY, q->facts->fentry))
		return because(VS_WHY_FENTRY_REFUSED, NULL);
	if (q->facts->direct_calls == VS_FACT_NO)
		return because(VS_WHY_NO_DIRECT_CALLS, NULL);
	if (f->btf != VS_FACT_YES)
		return because(VS_WHY_NO_FUNCTION_BTF, p->func);
	if (f->nargs != p->nargs)
		return because(VS_WHY_OTHER_PROTOTYPE, p->func);
	return because(VS_WHY_NONE, NULL);
}

static struct reason no_probe(const struct question *q, const struct vs_part *p,
			      const struct vs_func_facts *f)
{
	if (lacks(q, VS_FEATURE_KPROBE, q->facts->kprobe))
		return because(VS_WHY_KPROBE_REFUSED, NULL);
	if (f->symbol == VS_FACT_NO)
		return because(VS_WHY_NO_FUNCTION, p->func);
	if (f->btf == VS_FACT_YES && f->nargs != p->nargs)
		return because(VS_WHY_OTHER_PROTOTYPE, p->func);
	return because(VS_WHY_NONE, NULL);
}

static struct reason no_iterator(const struct question *q, const struct vs_part *p,
				 const struct vs_func_facts *f)
{
	if (f->btf == VS_FACT_NO)
		return because(VS_WHY_NO_ITERATOR, p->func);
	if (lacks(q, VS_FEATURE_FENTRY, q->facts->fentry))
		return because(VS_WHY_FENTRY_REFUSED, NULL);
	if (q->facts->own_pids == VS_FACT_YES)
		return because(VS_WHY_PID_NAMESPACE, NULL);
	return because(VS_WHY_NONE, NULL);
}

static struct reason no_program(const struct vs_part *p, const struct vs_func_facts *f,
				enum vs_method method)
{
	struct reason no = { .part = p };
	int slot;

	VS_FOREACH_SLOT(slot, vs_part_slots(p, method)) {
		const struct vs_program_facts *program = &f->program[slot];

		no.slot = slot;
		no.err = program->load_err ? program->load_err : program->attach_err;
		if (program->absent)
			no.why = VS_WHY_NO_PROGRAM;
		else if (program->load_err)
			no.why = VS_WHY_LOAD_REFUSED;
		else if (program->attach_err)
			no.why = VS_WHY_ATTACH_REFUSED;
		if (no.why)
			return no;
	}
	return because(VS_WHY_NONE, NULL);
}

/* Kprobes, and what would be done by them where tracing programs miss calls. */
static bool too_costly(const struct question *q, enum vs_method method)
{
	return method == VS_METHOD_KPROBE ||
	       (q->policy->probe == VS_PROBE_AUTO && q->facts->preempt == VS_FACT_YES);
}

static struct reason no_part(const struct question *q, const struct vs_part *p,
			     const struct vs_func_facts *f, enum vs_method method)
{
	struct reason no = no_program(p, f, method);

	if (no.why)
		return no;
	switch (p->how) {
	case VS_HOW_RETURN:
		if (too_costly(q, method))
			return because(VS_WHY_COSTLY, p->func);
		return no_fentry(q, p, f);
	case VS_HOW_RAW_TP:
		return no;
	case VS_HOW_ITER:
		return no_iterator(q, p, f);
	case VS_HOW_MARK:
		return because(f->symbol == VS_FACT_NO ? VS_WHY_NO_FUNCTION : VS_WHY_NONE, p->func);
	default:
		return method == VS_METHOD_FENTRY ? no_fentry(q, p, f) : no_probe(q, p, f);
	}
}

/* Why not all parts of the way can be attached by @method. */
static struct reason no_way(const struct question *q, unsigned int way, enum vs_method method)
{
	const struct vs_way *w = &q->site->way[way];
	const struct vs_part *p;
	struct reason no;
	size_t i;

	VS_FOREACH_PART(p, w) {
		no = no_part(q, p, &q->func[way][p - w->part], method);
		if (no.why)
			return no;
	}
	for (i = 0; i < VS_SITE_COUNT; i++)
		if (w->needs & VS_SITE_BIT(i) && q->plan->site[i].method == VS_METHOD_NONE)
			return because(VS_WHY_NEEDS_SITE, vs_sites[i].name);
	return because(VS_WHY_NONE, NULL);
}

/* Tracepoints and iterators have one method, whatever was tried. */
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

/* The kernel has the functions of this way; only this prevents it. */
static bool is_near(const struct reason *no)
{
	return no->why == VS_WHY_NEEDS_SITE || no->why == VS_WHY_LOAD_REFUSED ||
	       no->why == VS_WHY_ATTACH_REFUSED;
}

/* Takes the way by the best possible method; else returns why not. */
static struct reason choose(struct vs_plan_site *ps, const struct question *q, unsigned int way)
{
	enum vs_probe_policy probe = q->policy->probe;
	const struct reason no_kprobe = no_way(q, way, VS_METHOD_KPROBE);
	bool avoid_fentry =
		probe == VS_PROBE_KPROBE ||
		(probe == VS_PROBE_AUTO && q->facts->preempt == VS_FACT_YES && !no_kprobe.why);
	enum vs_method method = avoid_fentry ? VS_METHOD_KPROBE : VS_METHOD_FENTRY;
	struct reason no = no_way(q, way, method);

	if (no.why && probe != VS_PROBE_FENTRY && (!no_kprobe.why || !is_near(&no))) {
		method = VS_METHOD_KPROBE;
		no = no_kprobe;
	}
	if (no.why)
		return no;
	ps->method = method_of(&q->site->way[way], method);
	ps->way = way;
	return no;
}

static void give_reason(struct vs_plan_site *ps, const struct reason *no)
{
	char program[VS_PROGRAM_NAME];

	ps->why_id = no->why;
	vs_why_say(ps->why, sizeof(ps->why), no->why,
		   no->part ? vs_part_program(no->part, no->slot, program) : no->name, no->err);
}

static void plan_site(struct vs_plan_site *ps, const struct question *q)
{
	struct reason no = because(VS_WHY_NONE, NULL), first = no;
	unsigned int way;

	for (way = 0; way < VS_WAY_MAX && q->site->way[way].part[0].func; way++) {
		no = choose(ps, q, way);
		if (!no.why)
			return;
		/* Keep the reason of the most preferred way, or of a nearly possible one. */
		if (!first.why || (is_near(&no) && !is_near(&first)))
			first = no;
	}
	give_reason(ps, &first);
}

/* The kernel has none of the functions that the ways of an optional site begin with. */
static bool not_in_kernel(size_t i, const struct vs_facts *facts)
{
	unsigned int way;

	for (way = 0; way < VS_WAY_MAX && vs_sites[i].way[way].part[0].func; way++)
		if (facts->func[i][way][0].symbol != VS_FACT_NO)
			return false;
	return true;
}

/* Why the site does not exist here; VS_WHY_NONE: it does, or may. */
static enum vs_why absent(size_t i, const struct vs_facts *facts)
{
	const struct vs_site *site = &vs_sites[i];

	if (site->arch && facts->arch && !(site->arch & facts->arch))
		return VS_WHY_OTHER_ARCH;
	if (site->optional && not_in_kernel(i, facts))
		return VS_WHY_NOT_IN_KERNEL;
	return VS_WHY_NONE;
}

static void leave_out(struct vs_plan_site *ps, enum vs_why why)
{
	const struct reason no = because(why, NULL);

	give_reason(ps, &no);
}

static void plan_or_leave_out(struct vs_plan *plan, size_t i, const struct vs_facts *facts,
			      const struct vs_policy *policy)
{
	const struct question q = { &vs_sites[i], facts->func[i], facts, policy, plan };
	struct vs_plan_site *ps = &plan->site[i];

	if (absent(i, facts)) {
		leave_out(ps, absent(i, facts));
		ps->wanted = false;
	} else if (policy->without & VS_SITE_BIT(i)) {
		leave_out(ps, VS_WHY_LEFT_OUT);
	} else {
		plan_site(ps, &q);
		ps->wanted = ps->why_id != VS_WHY_COSTLY;
	}
}

/* Sites that a way of a wanted one may need: they are planned as if they were wanted. */
static vs_site_set may_be_needed(const struct vs_plan *plan)
{
	vs_site_set needed = 0;
	size_t i, way;

	for (i = 0; i < VS_SITE_COUNT; i++)
		for (way = 0; plan->site[i].wanted && way < VS_WAY_MAX; way++)
			needed |= vs_sites[i].way[way].needs;
	return needed;
}

/* Those that the ways taken do not need are not wanted after all. */
static void drop_unneeded(struct vs_plan *plan, vs_site_set helpers)
{
	vs_site_set needed = 0;
	size_t i;

	for (i = 0; i < VS_SITE_COUNT; i++)
		if (plan->site[i].method != VS_METHOD_NONE)
			needed |= vs_sites[i].way[plan->site[i].way].needs;
	for (i = 0; i < VS_SITE_COUNT; i++)
		if (helpers & ~needed & VS_SITE_BIT(i))
			memset(&plan->site[i], 0, sizeof(plan->site[i]));
}

void vs_plan_make(struct vs_plan *plan, const struct vs_facts *facts,
		  const struct vs_policy *policy)
{
	vs_site_set helpers = 0;
	size_t i;

	memset(plan, 0, sizeof(*plan));
	plan->serves = policy->ask.serves;
	plan->required = policy->ask.required;
	for (i = 0; i < VS_SITE_COUNT; i++)
		plan->site[i].wanted = vs_sites[i].serves & plan->serves ||
				       plan->required & VS_SITE_BIT(i);
	for (i = 0; i < VS_SITE_COUNT; i++)
		if (!plan->site[i].wanted && may_be_needed(plan) & VS_SITE_BIT(i))
			helpers |= VS_SITE_BIT(i);
	for (i = 0; i < VS_SITE_COUNT; i++) {
		plan->site[i].wanted |= helpers >> i & 1;
		if (plan->site[i].wanted)
			plan_or_leave_out(plan, i, facts, policy);
	}
	drop_unneeded(plan, helpers);
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

bool vs_plan_pins(const struct vs_plan *plan, const char *module)
{
	size_t i;

	for (i = 0; i < VS_SITE_COUNT; i++) {
		const struct vs_plan_site *ps = &plan->site[i];
		const char *at = vs_way_module(&vs_sites[i], ps->way);

		if (ps->method == VS_METHOD_FENTRY && at && !strcmp(at, module))
			return true;
	}
	return false;
}

vs_rule_set vs_plan_inapplicable(const struct vs_plan *plan)
{
	vs_rule_set absent = 0, others = 0;
	size_t i;

	for (i = 0; i < VS_SITE_COUNT; i++)
		if (vs_why_absent(plan->site[i].why_id))
			absent |= vs_sites[i].rules;
		else
			others |= vs_sites[i].rules;
	return absent & ~others;
}

enum vs_arch vs_arch_find(const char *machine)
{
	static const struct {
		const char *prefix;
		enum vs_arch arch;
	} names[] = {
		{ "x86_64", VS_ARCH_X86 },    { "i686", VS_ARCH_X86 },
		{ "aarch64", VS_ARCH_ARM64 }, { "ppc64", VS_ARCH_POWERPC },
		{ "s390", VS_ARCH_S390 },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strncmp(machine, names[i].prefix, strlen(names[i].prefix)))
			return names[i].arch;
	return VS_ARCH_OTHER;
}

const char *vs_plan_limits(const struct vs_plan *plan, enum vs_site_id site)
{
	const struct vs_plan_site *ps = &plan->site[site];

	return ps->method ? vs_sites[site].way[ps->way].limits : NULL;
}

/* The last part named after its function shows the site; marks show nothing. */
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
