// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "events.h"
#include "../../user/core/model/model.h"
#include "../../user/core/plan/plan.h"

/* The functions of one way are there, with BTF; or they are not. */
static void set_way(struct vs_facts *facts, size_t site, size_t way, enum vs_fact there)
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
static struct vs_facts good_kernel(void)
{
	struct vs_facts facts = { .fentry = VS_FACT_YES, .kprobe = VS_FACT_YES };
	size_t i, w;

	for (i = 0; i < VS_SITE_COUNT; i++)
		for (w = 0; w < VS_WAY_MAX; w++)
			set_way(&facts, i, w, w ? VS_FACT_NO : VS_FACT_YES);
	return facts;
}

static enum vs_how how(const struct vs_site *s)
{
	return s->way[0].part[0].how;
}

static enum vs_method best_method(const struct vs_site *s)
{
	if (how(s) == VS_HOW_RAW_TP)
		return VS_METHOD_RAW_TP;
	return how(s) == VS_HOW_ITER ? VS_METHOD_ITER : VS_METHOD_FENTRY;
}

static struct vs_plan make_plan(const struct vs_facts *facts, const struct vs_ask *ask,
				enum vs_probe_policy probe)
{
	const struct vs_policy policy = { .ask = *ask, .probe = probe };
	struct vs_plan plan;

	memset(&plan, 0xee, sizeof(plan));
	vs_plan_make(&plan, facts, &policy);
	return plan;
}

static void assert_missing(const struct vs_plan *plan, size_t i, enum vs_why why)
{
	assert_true(plan->site[i].wanted);
	assert_int_equal(plan->site[i].method, VS_METHOD_NONE);
	assert_int_equal(plan->site[i].why_id, why);
	assert_string_not_equal(plan->site[i].why, "");
}

static void assert_attached(const struct vs_plan *plan, size_t i, enum vs_method method,
			    unsigned int way)
{
	assert_true(plan->site[i].wanted);
	assert_int_equal(plan->site[i].method, method);
	assert_int_equal(plan->site[i].way, way);
	assert_int_equal(plan->site[i].why_id, VS_WHY_NONE);
	assert_string_equal(plan->site[i].why, "");
}

static void take_away(struct vs_facts *facts, enum vs_site_id i)
{
	size_t c;

	for (c = 0; c < VS_WAY_MAX; c++)
		set_way(facts, i, c, VS_FACT_NO);
}

static void fentry_is_preferred(void **state)
{
	struct vs_facts facts = good_kernel();
	struct vs_plan plan = make_plan(&facts, &vs_ask_doctor, VS_PROBE_AUTO);
	size_t i;

	(void)state;
	for (i = 0; i < VS_SITE_COUNT; i++)
		assert_attached(&plan, i, best_method(&vs_sites[i]), 0);
	assert_null(vs_plan_blocker(&plan));
}

static void kprobe_where_there_is_no_btf(void **state)
{
	struct vs_facts facts = good_kernel();
	size_t open = VS_SITE_DEVICE_OPEN, close = VS_SITE_DEVICE_CLOSE;
	struct vs_plan plan;

	(void)state;
	facts.func[open][0][0].btf = VS_FACT_NO;
	facts.func[close][0][0].btf = VS_FACT_UNKNOWN;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_attached(&plan, open, VS_METHOD_KPROBE, 0);
	assert_attached(&plan, close, VS_METHOD_KPROBE, 0);
	assert_attached(&plan, VS_SITE_REGISTRATION, VS_METHOD_FENTRY, 0);
	assert_null(vs_plan_blocker(&plan));
}

static void kprobe_where_tracing_programs_are_refused(void **state)
{
	struct vs_facts facts = good_kernel();
	struct vs_plan plan;

	(void)state;
	facts.fentry = VS_FACT_NO;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_attached(&plan, VS_SITE_DEVICE_OPEN, VS_METHOD_KPROBE, 0);
}

static void kprobe_after_a_refused_fentry(void **state)
{
	struct vs_facts facts = good_kernel();
	size_t open = VS_SITE_DEVICE_OPEN;
	struct vs_plan plan;

	(void)state;
	facts.func[open][0][0].program[VS_SLOT_FEXIT].attach_err = EBUSY;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_attached(&plan, open, VS_METHOD_KPROBE, 0);
	facts.func[open][0][0].program[VS_SLOT_KRETPROBE].attach_err = EINVAL;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_missing(&plan, open, VS_WHY_ATTACH_REFUSED);
	assert_string_equal(plan.site[open].why,
			    "the kernel refused to attach the program vfio_df_open_fexit (EBUSY)");
}

/* Of what was tried last the reason is told, not that kprobes are off anyway. */
static void a_program_that_does_not_load(void **state)
{
	struct vs_facts facts = good_kernel();
	size_t open = VS_SITE_DEVICE_OPEN, look = VS_SITE_SNAPSHOT;
	struct vs_plan plan;

	(void)state;
	facts.func[look][0][0].program[VS_SLOT_ONLY].load_err = EINVAL;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_missing(&plan, look, VS_WHY_LOAD_REFUSED);
	assert_string_equal(plan.site[look].why,
			    "the kernel refused to load the program look (EINVAL)");
	/* It says nothing of other tracing programs. */
	assert_attached(&plan, open, VS_METHOD_FENTRY, 0);

	facts.func[open][0][0].program[VS_SLOT_FENTRY].load_err = EACCES;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_attached(&plan, open, VS_METHOD_KPROBE, 0);
	facts.kprobe = VS_FACT_NO;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_missing(&plan, open, VS_WHY_LOAD_REFUSED);
	assert_string_equal(plan.site[open].why,
			    "the kernel refused to load the program vfio_df_open_fentry (EACCES)");

	/* 6.1: the way that this kernel has says more than the one it lacks. */
	facts = good_kernel();
	set_way(&facts, open, 0, VS_FACT_NO);
	set_way(&facts, open, 1, VS_FACT_YES);
	facts.func[open][1][2].program[VS_SLOT_FENTRY].load_err = EINVAL;
	facts.func[open][1][2].program[VS_SLOT_KPROBE].load_err = EINVAL;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_missing(&plan, open, VS_WHY_LOAD_REFUSED);
	assert_string_equal(plan.site[open].why,
			    "the kernel refused to load the program open_failed_fentry (EINVAL)");
}

static void a_tracepoint_that_is_refused(void **state)
{
	struct vs_facts facts = good_kernel();
	struct vs_plan plan;

	(void)state;
	facts.func[VS_SITE_MODULE_LOAD][0][0].program[VS_SLOT_ONLY].attach_err = ENOENT;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_missing(&plan, VS_SITE_MODULE_LOAD, VS_WHY_ATTACH_REFUSED);
}

/* "Could not tell" is worth a try. */
static void unknown_facts_do_not_forbid(void **state)
{
	struct vs_facts facts = good_kernel();
	size_t open = VS_SITE_DEVICE_OPEN;
	struct vs_plan plan;

	(void)state;
	facts.fentry = VS_FACT_UNKNOWN;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_attached(&plan, open, VS_METHOD_FENTRY, 0);

	facts = good_kernel();
	facts.kprobe = VS_FACT_UNKNOWN;
	facts.func[open][0][0].symbol = VS_FACT_UNKNOWN;
	facts.func[open][0][0].btf = VS_FACT_UNKNOWN;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_attached(&plan, open, VS_METHOD_KPROBE, 0);
}

static void forced_fentry_never_falls_back(void **state)
{
	struct vs_facts facts = good_kernel();
	size_t open = VS_SITE_DEVICE_OPEN;
	struct vs_plan plan;

	(void)state;
	facts.func[open][0][0].btf = VS_FACT_NO;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_FENTRY);
	assert_missing(&plan, open, VS_WHY_NO_FUNCTION_BTF);
	assert_attached(&plan, VS_SITE_DEVICE_CLOSE, VS_METHOD_FENTRY, 0);
}

static void forced_kprobe_is_used_everywhere(void **state)
{
	struct vs_facts facts = good_kernel();
	struct vs_plan plan = make_plan(&facts, &vs_ask_doctor, VS_PROBE_KPROBE);
	size_t i;

	(void)state;
	for (i = 0; i < VS_SITE_COUNT; i++)
		if (best_method(&vs_sites[i]) == VS_METHOD_FENTRY)
			assert_attached(&plan, i, VS_METHOD_KPROBE, 0);
		else
			assert_attached(&plan, i, best_method(&vs_sites[i]), 0);
	facts.kprobe = VS_FACT_NO;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_KPROBE);
	assert_missing(&plan, VS_SITE_DEVICE_OPEN, VS_WHY_KPROBE_REFUSED);
}

/* 6.6 and later, 6.1, and 5.10 have a function each for it, or the same in another way. */
static void other_ways(void **state)
{
	struct vs_facts facts = good_kernel();
	size_t set_kvm = VS_SITE_SET_KVM;
	struct vs_plan plan;

	(void)state;
	facts.func[set_kvm][0][0].symbol = VS_FACT_NO; /* which only has to exist */
	set_way(&facts, set_kvm, 1, VS_FACT_YES);
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_attached(&plan, set_kvm, VS_METHOD_FENTRY, 1);
	assert_string_equal(vs_plan_function(&plan, set_kvm), "vfio_file_set_kvm");
	set_way(&facts, set_kvm, 1, VS_FACT_NO);
	set_way(&facts, set_kvm, 2, VS_FACT_YES);
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_attached(&plan, set_kvm, VS_METHOD_FENTRY, 2);
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_KPROBE);
	assert_attached(&plan, set_kvm, VS_METHOD_KPROBE, 2);
	assert_string_equal(vs_plan_function(&plan, set_kvm), "vfio_group_set_kvm");
}

/* The first way is what this site is called today: its reason is told. */
static void all_ways_missing(void **state)
{
	struct vs_facts facts = good_kernel();
	size_t set_kvm = VS_SITE_SET_KVM;
	struct vs_plan plan;

	(void)state;
	facts.func[set_kvm][0][1].nargs++;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_missing(&plan, set_kvm, VS_WHY_OTHER_PROTOTYPE);
	assert_null(vs_plan_blocker(&plan)); /* audit can do without it */
}

/* 6.1: a first open shows in the last function it calls, with others around it. */
static void a_way_of_several_functions(void **state)
{
	struct vs_facts facts = good_kernel();
	size_t open = VS_SITE_DEVICE_OPEN, i;
	struct vs_plan plan;

	(void)state;
	set_way(&facts, open, 0, VS_FACT_NO);
	set_way(&facts, open, 1, VS_FACT_YES);
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_attached(&plan, open, VS_METHOD_FENTRY, 1);
	assert_string_equal(vs_plan_function(&plan, open), "vfio_device_container_register");
	/* All by the same method, or not at all. */
	facts.func[open][1][2].btf = VS_FACT_NO;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_attached(&plan, open, VS_METHOD_KPROBE, 1);
	for (i = 0; vs_sites[open].way[1].part[i].func; i++) {
		set_way(&facts, open, 1, VS_FACT_YES);
		facts.func[open][1][i].symbol = facts.func[open][1][i].btf = VS_FACT_NO;
		plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
		assert_missing(&plan, open, VS_WHY_NO_FUNCTION);
	}
}

/* 5.10: known by a function that nothing is attached to, and of use with another site only. */
static void a_way_that_builds_upon_another_site(void **state)
{
	struct vs_facts facts = good_kernel();
	size_t open = VS_SITE_DEVICE_OPEN, set_kvm = VS_SITE_SET_KVM;
	struct vs_policy policy = { .ask = vs_ask_audit };
	struct vs_plan plan;

	(void)state;
	set_way(&facts, open, 0, VS_FACT_NO);
	facts.func[open][2][1].symbol = facts.func[open][2][1].btf = VS_FACT_YES;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_missing(&plan, open, VS_WHY_NO_FUNCTION);
	facts.func[open][2][0].symbol = VS_FACT_YES;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_attached(&plan, open, VS_METHOD_FENTRY, 2);
	assert_string_equal(vs_plan_function(&plan, open), "anon_inode_getfile");
	policy.without = VS_SITE_BIT(set_kvm);
	vs_plan_make(&plan, &facts, &policy);
	assert_missing(&plan, open, VS_WHY_NEEDS_SITE);
	assert_non_null(strstr(plan.site[open].why, "set-kvm"));
	assert_ptr_equal(vs_plan_blocker(&plan), &vs_sites[open]);
}

/* Features a kernel may lack, as if it did. */
static void features_left_out(void **state)
{
	struct vs_facts facts = good_kernel();
	struct vs_policy policy = { .ask = vs_ask_audit };
	struct vs_plan plan;

	(void)state;
	assert_int_equal(vs_feature_find("fentry"), VS_FEATURE_FENTRY);
	assert_int_equal(vs_feature_find("kprobe"), VS_FEATURE_KPROBE);
	assert_int_equal(vs_feature_find("device-open"), -1);
	policy.lacks = 1u << VS_FEATURE_FENTRY;
	vs_plan_make(&plan, &facts, &policy);
	assert_attached(&plan, VS_SITE_DEVICE_OPEN, VS_METHOD_KPROBE, 0);
	assert_missing(&plan, VS_SITE_SNAPSHOT, VS_WHY_FENTRY_REFUSED);
	policy.lacks |= 1u << VS_FEATURE_KPROBE;
	vs_plan_make(&plan, &facts, &policy);
	assert_missing(&plan, VS_SITE_DEVICE_OPEN, VS_WHY_KPROBE_REFUSED);
}

/* Which rules may stay silent, as doctor tells it. */
static void silent_rules(void **state)
{
	struct vs_facts facts = good_kernel();
	struct vs_plan plan = make_plan(&facts, &vs_ask_doctor, VS_PROBE_AUTO);

	(void)state;
	assert_int_equal(vs_plan_silent(&plan), 0);
	take_away(&facts, VS_SITE_KVM_VFIO_CREATE);
	plan = make_plan(&facts, &vs_ask_doctor, VS_PROBE_AUTO);
	assert_int_equal(vs_plan_silent(&plan), VS_RULE_BIT(VS_RULE_SECOND_KVM_VFIO));
	take_away(&facts, VS_SITE_REGISTRATION);
	plan = make_plan(&facts, &vs_ask_doctor, VS_PROBE_AUTO);
	assert_true(vs_plan_silent(&plan) & VS_RULE_BIT(VS_RULE_OPEN_BEFORE_ADD));
	assert_true(vs_plan_silent(&plan) & VS_RULE_BIT(VS_RULE_SECOND_KVM_VFIO));
	/* A site that was not asked for is not missed. */
	plan = make_plan(&facts, &vs_ask_ps, VS_PROBE_AUTO);
	assert_int_equal(vs_plan_silent(&plan), 0);
}

/* 5.10: the way taken shows less, and that is said; of a site that is missing, not. */
static void what_a_way_does_not_show(void **state)
{
	const vs_rule_set pointer = VS_RULE_BIT(VS_RULE_KVM_LOST) |
				    VS_RULE_BIT(VS_RULE_VM_GONE_WHILE_OPEN);
	struct vs_facts facts = good_kernel();
	size_t open = VS_SITE_DEVICE_OPEN;
	struct vs_plan plan = make_plan(&facts, &vs_ask_doctor, VS_PROBE_AUTO);

	(void)state;
	assert_null(vs_plan_limits(&plan, open));
	set_way(&facts, open, 0, VS_FACT_NO);
	set_way(&facts, open, 2, VS_FACT_YES);
	plan = make_plan(&facts, &vs_ask_doctor, VS_PROBE_AUTO);
	assert_attached(&plan, open, VS_METHOD_FENTRY, 2);
	assert_non_null(strstr(vs_plan_limits(&plan, open), "unknown"));
	assert_int_equal(vs_plan_silent(&plan) & pointer, pointer);
	assert_false(vs_plan_silent(&plan) & VS_RULE_BIT(VS_RULE_OPEN_BEFORE_ADD));
	take_away(&facts, VS_SITE_DEVICE_OPEN);
	plan = make_plan(&facts, &vs_ask_doctor, VS_PROBE_AUTO);
	assert_null(vs_plan_limits(&plan, open));
}

/* Arguments would be read from the wrong place: by no method. */
static void another_prototype_is_not_used(void **state)
{
	struct vs_facts facts = good_kernel();
	size_t open = VS_SITE_DEVICE_OPEN;
	struct vs_plan plan;

	(void)state;
	facts.func[open][0][0].nargs++;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_missing(&plan, open, VS_WHY_OTHER_PROTOTYPE);
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_KPROBE);
	assert_missing(&plan, open, VS_WHY_OTHER_PROTOTYPE);
}

static void missing_required_site_blocks(void **state)
{
	struct vs_facts facts = good_kernel();
	struct vs_plan plan;

	(void)state;
	take_away(&facts, VS_SITE_DEVICE_OPEN);
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_missing(&plan, VS_SITE_DEVICE_OPEN, VS_WHY_NO_FUNCTION);
	assert_ptr_equal(vs_plan_blocker(&plan), &vs_sites[VS_SITE_DEVICE_OPEN]);
	/* trace can do without it */
	plan = make_plan(&facts, &vs_ask_trace, VS_PROBE_AUTO);
	assert_missing(&plan, VS_SITE_DEVICE_OPEN, VS_WHY_NO_FUNCTION);
	assert_null(vs_plan_blocker(&plan));
	/* ps attaches to no function at all */
	plan = make_plan(&facts, &vs_ask_ps, VS_PROBE_AUTO);
	assert_null(vs_plan_blocker(&plan));
}

/* The look at what is open: an iterator, which is a tracing program. */
static void snapshot(void **state)
{
	struct vs_facts facts = good_kernel();
	size_t look = VS_SITE_SNAPSHOT;
	struct vs_plan plan;

	(void)state;
	plan = make_plan(&facts, &vs_ask_ps, VS_PROBE_KPROBE);
	assert_attached(&plan, look, VS_METHOD_ITER, 0);
	assert_int_equal(vs_plan_method(&plan, VS_SITE_SNAPSHOT), VS_METHOD_ITER);
	facts.fentry = VS_FACT_UNKNOWN; /* worth a try */
	plan = make_plan(&facts, &vs_ask_ps, VS_PROBE_AUTO);
	assert_attached(&plan, look, VS_METHOD_ITER, 0);
	facts.fentry = VS_FACT_NO;
	plan = make_plan(&facts, &vs_ask_ps, VS_PROBE_AUTO);
	assert_missing(&plan, look, VS_WHY_FENTRY_REFUSED);
	assert_ptr_equal(vs_plan_blocker(&plan), &vs_sites[look]);
	/* It would show the processes of our own pid namespace only. */
	facts.fentry = VS_FACT_YES;
	facts.own_pids = VS_FACT_YES;
	plan = make_plan(&facts, &vs_ask_ps, VS_PROBE_AUTO);
	assert_missing(&plan, look, VS_WHY_PID_NAMESPACE);
	/* audit and trace say less without it, and are not wrong */
	plan = make_plan(&facts, &vs_ask_trace, VS_PROBE_AUTO);
	assert_missing(&plan, look, VS_WHY_PID_NAMESPACE);
	assert_null(vs_plan_blocker(&plan));
	assert_int_equal(vs_plan_blind(&plan), 0);
}

static void sites_left_out(void **state)
{
	const struct vs_facts facts = good_kernel();
	struct vs_policy policy = { .ask = vs_ask_audit };
	struct vs_plan plan;
	size_t i, other;

	(void)state;
	for (i = 0; i < VS_SITE_COUNT; i++) {
		policy.without = VS_SITE_BIT(i);
		vs_plan_make(&plan, &facts, &policy);
		if (!(vs_sites[i].serves & vs_ask_audit.serves)) {
			assert_false(plan.site[i].wanted);
			continue;
		}
		assert_missing(&plan, i, VS_WHY_LEFT_OUT);
		for (other = 0; other < VS_SITE_COUNT; other++)
			if (other != i && plan.site[other].wanted)
				assert_int_equal(plan.site[other].method,
						 best_method(&vs_sites[other]));
		assert_ptr_equal(vs_plan_blocker(&plan),
				 i == VS_SITE_DEVICE_OPEN ? &vs_sites[i] : NULL);
	}
}

static void what_a_missing_site_blinds_for(void **state)
{
	static const struct {
		enum vs_site_id site;
		unsigned int blind;
	} cases[] = {
		{ VS_SITE_VM_CREATE, VS_BLIND_VM },
		{ VS_SITE_VM_DESTROY, VS_BLIND_VM_END },
		{ VS_SITE_REGISTRATION, VS_BLIND_ADD },
		{ VS_SITE_KVM_VFIO_RELEASE, VS_BLIND_DEL },
		{ VS_SITE_SET_KVM, VS_BLIND_SET_KVM },
		{ VS_SITE_DEVICE_CLOSE, VS_BLIND_CLOSE },
		{ VS_SITE_GROUP_IOCTL, 0 },
		{ VS_SITE_SNAPSHOT, 0 },
	};
	const struct vs_facts facts = good_kernel();
	vs_site_set all = 0;
	struct vs_plan plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	size_t i;

	(void)state;
	assert_int_equal(vs_plan_blind(&plan), 0);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct vs_policy policy = { .ask = vs_ask_audit };

		policy.without = VS_SITE_BIT(cases[i].site);
		vs_plan_make(&plan, &facts, &policy);
		assert_int_equal(vs_plan_blind(&plan), cases[i].blind);
		all |= policy.without;
	}
	vs_plan_make(&plan, &facts, &(struct vs_policy){ .ask = vs_ask_audit, .without = all });
	assert_int_equal(vs_plan_blind(&plan), (VS_BLIND_CLOSE << 1) - 1);
	/* what was not asked for is not missed */
	vs_plan_make(&plan, &facts, &(struct vs_policy){ .ask = vs_ask_ps, .without = all });
	assert_int_equal(vs_plan_blind(&plan), 0);
}

static void sites_by_name(void **state)
{
	const struct vs_facts facts = good_kernel();
	struct vs_plan plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	size_t i;

	(void)state;
	for (i = 0; i < VS_SITE_COUNT; i++)
		assert_int_equal(vs_site_find(vs_sites[i].name), i);
	assert_int_equal(vs_site_find(""), -1);
	assert_int_equal(vs_site_find("device"), -1);
	assert_int_equal(vs_site_find("device-openx"), -1);
	assert_int_equal(vs_plan_method(&plan, VS_SITE_DEVICE_OPEN), VS_METHOD_FENTRY);
	assert_int_equal(vs_plan_method(&plan, VS_SITE_KVM_TAKEN), VS_METHOD_NONE); /* not wanted */
}

static void a_kernel_that_refuses_everything(void **state)
{
	struct vs_facts facts = good_kernel();
	struct vs_plan plan;

	(void)state;
	facts.fentry = VS_FACT_NO;
	facts.kprobe = VS_FACT_NO;
	plan = make_plan(&facts, &vs_ask_doctor, VS_PROBE_AUTO);
	assert_missing(&plan, VS_SITE_DEVICE_OPEN, VS_WHY_KPROBE_REFUSED);
	assert_non_null(vs_plan_blocker(&plan));
}

#define S(id) VS_SITE_BIT(VS_SITE_##id)

/* Each command attaches what it asks for, and nothing else. */
static void what_each_command_attaches(void **state)
{
	const vs_site_set audit = S(SNAPSHOT) | S(VM_CREATE) | S(VM_DESTROY) | S(KVM_VFIO_CREATE) |
				  S(KVM_VFIO_RELEASE) | S(REGISTRATION) | S(SET_KVM) |
				  S(COHERENCY_ON) | S(GROUP_IOCTL) | S(SET_IOMMU) | S(DEVICE_OPEN) |
				  S(DEVICE_CLOSE) | S(MODULE_LOAD) | S(MODULE_FREE);
	const vs_site_set trace = audit | S(COHERENCY_OFF) | S(GROUP_OPEN) | S(GROUP_RELEASE) |
				  S(KVM_TAKEN) | S(KVM_DROPPED) | S(DRIVER_OPEN) | S(DEVICE_IOCTL);
	const vs_site_set dma = S(CONTAINER_IOCTL) | S(CONTAINER_RELEASE);
	const struct {
		const struct vs_ask *ask;
		unsigned int more; /* --dma */
		vs_site_set attached, required;
	} commands[] = {
		{ &vs_ask_trace, 0, trace, 0 },
		{ &vs_ask_trace, VS_SERVE_DMA, trace | dma, 0 },
		{ &vs_ask_audit, 0, audit, S(DEVICE_OPEN) },
		{ &vs_ask_audit, VS_SERVE_DMA, audit | dma, S(DEVICE_OPEN) },
		{ &vs_ask_ps, 0, S(SNAPSHOT), S(SNAPSHOT) },
		{ &vs_ask_doctor, 0, trace | dma, S(DEVICE_OPEN) },
	};
	const struct vs_facts facts = good_kernel();
	size_t c, i;

	(void)state;
	for (c = 0; c < ARRAY_SIZE(commands); c++) {
		struct vs_policy policy = { .ask = *commands[c].ask };
		struct vs_plan plan;

		policy.ask.serves |= commands[c].more;
		vs_plan_make(&plan, &facts, &policy);
		for (i = 0; i < VS_SITE_COUNT; i++) {
			bool attached = commands[c].attached & VS_SITE_BIT(i);

			assert_int_equal(plan.site[i].wanted, attached);
			assert_int_equal(!!plan.site[i].method, attached);
		}
		assert_int_equal(plan.required, commands[c].required);
	}
}

/* A command cannot require a site without its being attached. */
static void what_is_required_is_wanted(void **state)
{
	const struct vs_facts facts = good_kernel();
	const struct vs_policy policy = {
		.ask = { .serves = VS_SERVE_STATE, .required = S(DEVICE_CLOSE) },
	};
	struct vs_plan plan;

	(void)state;
	vs_plan_make(&plan, &facts, &policy);
	assert_attached(&plan, VS_SITE_DEVICE_CLOSE, VS_METHOD_FENTRY, 0);
	assert_false(plan.site[VS_SITE_DEVICE_OPEN].wanted);
}

/* A site of another architecture is not missed: what it shows cannot happen here. */
static void sites_of_other_architectures(void **state)
{
	const vs_site_set x86 = S(COHERENCY_ON) | S(COHERENCY_OFF);
	struct vs_facts facts = good_kernel();
	struct vs_policy policy = { .ask = vs_ask_doctor, .without = S(COHERENCY_ON) };
	struct vs_plan plan;
	size_t i;

	(void)state;
	facts.arch = VS_ARCH_X86;
	plan = make_plan(&facts, &vs_ask_doctor, VS_PROBE_AUTO);
	for (i = 0; i < VS_SITE_COUNT; i++)
		assert_attached(&plan, i, best_method(&vs_sites[i]), 0);
	assert_int_equal(vs_plan_inapplicable(&plan), 0);

	facts.arch = VS_ARCH_ARM64;
	take_away(&facts, VS_SITE_COHERENCY_ON);
	take_away(&facts, VS_SITE_COHERENCY_OFF);
	vs_plan_make(&plan, &facts, &policy); /* left out or not: it is not there */
	for (i = 0; i < VS_SITE_COUNT; i++) {
		if (!(x86 & VS_SITE_BIT(i))) {
			assert_attached(&plan, i, best_method(&vs_sites[i]), 0);
			continue;
		}
		assert_false(plan.site[i].wanted);
		assert_int_equal(plan.site[i].method, VS_METHOD_NONE);
		assert_int_equal(plan.site[i].why_id, VS_WHY_OTHER_ARCH);
		assert_string_not_equal(plan.site[i].why, "");
	}
	assert_int_equal(vs_plan_blind(&plan), 0);
	assert_int_equal(vs_plan_silent(&plan), 0);
	assert_int_equal(vs_plan_inapplicable(&plan), VS_RULE_BIT(VS_RULE_NONCOHERENT_DMA));

	/* Nobody asks ps for it. */
	plan = make_plan(&facts, &vs_ask_ps, VS_PROBE_AUTO);
	assert_int_equal(vs_plan_inapplicable(&plan), 0);
}

static void architectures_by_name(void **state)
{
	(void)state;
	assert_int_equal(vs_arch_find("x86_64"), VS_ARCH_X86);
	assert_int_equal(vs_arch_find("aarch64"), VS_ARCH_ARM64);
	assert_int_equal(vs_arch_find("ppc64le"), VS_ARCH_POWERPC);
	assert_int_equal(vs_arch_find("s390x"), VS_ARCH_S390);
	assert_int_equal(vs_arch_find("riscv64"), VS_ARCH_OTHER);
	assert_int_equal(vs_arch_find(""), VS_ARCH_OTHER);
}

/* What is attached for a part, by name. */
static void programs_of_a_part(void **state)
{
	const struct vs_part call = { "f", VS_HOW_CALL, 1, NULL };
	const struct vs_part point = { "f", VS_HOW_POINT, 1, "g" };
	const struct vs_part tracepoint = { "f", VS_HOW_RAW_TP, 1, NULL };
	const struct vs_part iterator = { "f", VS_HOW_ITER, 0, "look" };
	const struct vs_part mark = { "f", VS_HOW_MARK, 1, NULL };
	char name[VS_PROGRAM_NAME];

	(void)state;
	assert_int_equal(vs_part_slots(&call, VS_METHOD_FENTRY),
			 1u << VS_SLOT_FENTRY | 1u << VS_SLOT_FEXIT);
	assert_int_equal(vs_part_slots(&call, VS_METHOD_KPROBE),
			 1u << VS_SLOT_KPROBE | 1u << VS_SLOT_KRETPROBE);
	assert_int_equal(vs_part_slots(&point, VS_METHOD_FENTRY), 1u << VS_SLOT_FENTRY);
	assert_int_equal(vs_part_slots(&point, VS_METHOD_KPROBE), 1u << VS_SLOT_KPROBE);
	assert_int_equal(vs_part_slots(&tracepoint, VS_METHOD_RAW_TP), 1u << VS_SLOT_ONLY);
	assert_int_equal(vs_part_slots(&iterator, VS_METHOD_ITER), 1u << VS_SLOT_ONLY);
	assert_int_equal(vs_part_slots(&mark, VS_METHOD_FENTRY), 0);
	assert_int_equal(vs_part_slots(&call, VS_METHOD_NONE), 0);
	assert_string_equal(vs_part_program(&call, VS_SLOT_FENTRY, name), "f_fentry");
	assert_string_equal(vs_part_program(&call, VS_SLOT_FEXIT, name), "f_fexit");
	assert_string_equal(vs_part_program(&point, VS_SLOT_KPROBE, name), "g_kprobe");
	assert_string_equal(vs_part_program(&call, VS_SLOT_KRETPROBE, name), "f_kretprobe");
	assert_string_equal(vs_part_program(&iterator, VS_SLOT_ONLY, name), "look");
}

/* What vfioscope cannot do is missing, as what the kernel cannot. */
static void a_program_that_is_not_there(void **state)
{
	struct vs_facts facts = good_kernel();
	struct vs_func_facts *open = &facts.func[VS_SITE_DEVICE_OPEN][0][0];
	struct vs_plan plan;

	(void)state;
	open->program[VS_SLOT_FEXIT].absent = true;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_attached(&plan, VS_SITE_DEVICE_OPEN, VS_METHOD_KPROBE, 0);
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_FENTRY);
	assert_missing(&plan, VS_SITE_DEVICE_OPEN, VS_WHY_NO_PROGRAM);
	assert_string_equal(plan.site[VS_SITE_DEVICE_OPEN].why,
			    "vfioscope has no program vfio_df_open_fexit for this site");
	open->program[VS_SLOT_KPROBE].absent = true;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_missing(&plan, VS_SITE_DEVICE_OPEN, VS_WHY_NO_PROGRAM);
	assert_ptr_equal(vs_plan_blocker(&plan), &vs_sites[VS_SITE_DEVICE_OPEN]);
	/* Also where the kernel would refuse it. */
	facts.fentry = facts.kprobe = VS_FACT_NO;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_missing(&plan, VS_SITE_DEVICE_OPEN, VS_WHY_NO_PROGRAM);

	facts = good_kernel();
	facts.func[VS_SITE_SNAPSHOT][0][0].program[VS_SLOT_ONLY].absent = true;
	facts.func[VS_SITE_MODULE_LOAD][0][0].program[VS_SLOT_ONLY].absent = true;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_missing(&plan, VS_SITE_SNAPSHOT, VS_WHY_NO_PROGRAM);
	assert_missing(&plan, VS_SITE_MODULE_LOAD, VS_WHY_NO_PROGRAM);
}

/* Each once, and every site's module is among them. */
static void modules_of_all_sites(void **state)
{
	char families[VS_FAMILY_MAX][VS_FAMILY_LEN];
	const char *modules[VS_SITE_COUNT];
	size_t count = vs_site_modules(modules), site, i, other, family;

	(void)state;
	assert_int_equal(vs_site_families(families), 0);
	assert_string_equal(families[0], "kvm");
	assert_string_equal(families[1], "vfio");
	for (i = 0; i < count; i++) {
		for (other = 0; other < i; other++)
			assert_string_not_equal(modules[i], modules[other]);
		for (family = 0; family < VS_FAMILY_MAX && *families[family]; family++)
			if (!strncmp(modules[i], families[family], strlen(families[family])))
				break;
		assert_true(family < VS_FAMILY_MAX && *families[family]);
	}
	for (site = 0; site < VS_SITE_COUNT; site++) {
		for (i = 0; vs_sites[site].module && i < count; i++)
			if (!strcmp(modules[i], vs_sites[site].module))
				break;
		assert_true(!vs_sites[site].module || i < count);
	}
}

/* Everything can be said of each site, and each depends on earlier ones only. */
static void site_table_is_sound(void **state)
{
	size_t i, other;

	(void)state;
	for (i = 0; i < VS_SITE_COUNT; i++) {
		const struct vs_site *s = &vs_sites[i];

		assert_non_null(s->name);
		assert_non_null(s->what);
		assert_non_null(s->without);
		assert_non_null(s->way[0].part[0].func);
		assert_true(s->serves);
		assert_int_equal(s->serves & ~VS_SERVE_ALL, 0);
		for (other = 0; other < VS_WAY_MAX; other++)
			assert_int_equal(s->way[other].needs & ~(VS_SITE_BIT(i) - 1), 0);
		for (other = 0; other < i; other++)
			assert_string_not_equal(s->name, vs_sites[other].name);
	}
}

/* Readers of --json rely on the ids; people read the sentences. */
static void reasons_have_ids(void **state)
{
	char say[64], cut[8];
	int why, other;

	(void)state;
	assert_null(vs_why_id(VS_WHY_NONE));
	for (why = VS_WHY_NONE + 1; why < VS_WHY_COUNT; why++) {
		assert_non_null(vs_why_id(why));
		for (other = VS_WHY_NONE + 1; other < why; other++)
			assert_string_not_equal(vs_why_id(why), vs_why_id(other));
		vs_why_say(say, sizeof(say), why, "f", 0);
		assert_string_not_equal(say, "");
	}
	vs_why_say(say, sizeof(say), VS_WHY_NONE, NULL, 0);
	assert_string_equal(say, "");
	vs_why_say(say, sizeof(say), VS_WHY_NO_FUNCTION, "f", 0);
	assert_string_equal(say, "this kernel has no function f");
	vs_why_say(say, sizeof(say), VS_WHY_LOAD_REFUSED, "f", 524);
	assert_string_equal(say, "the kernel refused to load the program f (error 524)");
	vs_why_say(cut, sizeof(cut), VS_WHY_LOAD_REFUSED, "f", EBUSY);
	assert_string_equal(cut, "the ker");
}

static void methods_have_names(void **state)
{
	(void)state;
	assert_string_equal(vs_method_name(VS_METHOD_NONE), "none");
	assert_string_equal(vs_method_name(VS_METHOD_FENTRY), "fentry");
	assert_string_equal(vs_method_name(VS_METHOD_KPROBE), "kprobe");
	assert_string_equal(vs_method_name(VS_METHOD_RAW_TP), "tracepoint");
	assert_string_equal(vs_method_name(VS_METHOD_ITER), "iterator");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fentry_is_preferred),
		cmocka_unit_test(kprobe_where_there_is_no_btf),
		cmocka_unit_test(kprobe_where_tracing_programs_are_refused),
		cmocka_unit_test(kprobe_after_a_refused_fentry),
		cmocka_unit_test(a_program_that_does_not_load),
		cmocka_unit_test(a_tracepoint_that_is_refused),
		cmocka_unit_test(unknown_facts_do_not_forbid),
		cmocka_unit_test(forced_fentry_never_falls_back),
		cmocka_unit_test(forced_kprobe_is_used_everywhere),
		cmocka_unit_test(other_ways),
		cmocka_unit_test(all_ways_missing),
		cmocka_unit_test(a_way_of_several_functions),
		cmocka_unit_test(a_way_that_builds_upon_another_site),
		cmocka_unit_test(features_left_out),
		cmocka_unit_test(silent_rules),
		cmocka_unit_test(what_a_way_does_not_show),
		cmocka_unit_test(another_prototype_is_not_used),
		cmocka_unit_test(missing_required_site_blocks),
		cmocka_unit_test(snapshot),
		cmocka_unit_test(sites_left_out),
		cmocka_unit_test(what_a_missing_site_blinds_for),
		cmocka_unit_test(sites_by_name),
		cmocka_unit_test(a_kernel_that_refuses_everything),
		cmocka_unit_test(what_each_command_attaches),
		cmocka_unit_test(what_is_required_is_wanted),
		cmocka_unit_test(sites_of_other_architectures),
		cmocka_unit_test(architectures_by_name),
		cmocka_unit_test(programs_of_a_part),
		cmocka_unit_test(a_program_that_is_not_there),
		cmocka_unit_test(modules_of_all_sites),
		cmocka_unit_test(site_table_is_sound),
		cmocka_unit_test(reasons_have_ids),
		cmocka_unit_test(methods_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
