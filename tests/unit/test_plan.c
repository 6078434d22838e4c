// SPDX-License-Identifier: GPL-2.0-only
/* How sites are attached, and what becomes of those that cannot be. */
#include <errno.h>

#include "toy_facts.h"

/* The ways of device-open. */
enum { TODAY, UP_TO_6_5, BORROWED, NOTIFIER };

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

/* They can be loaded, and used for iterators: on powerpc up to 6.12, arm64 up to 6.3. */
static void kprobe_where_tracing_programs_cannot_be_attached(void **state)
{
	struct vs_facts facts = good_kernel();
	struct vs_plan plan;

	(void)state;
	facts.direct_calls = VS_FACT_NO;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_attached(&plan, VS_SITE_DEVICE_OPEN, VS_METHOD_KPROBE, 0);
	assert_attached(&plan, VS_SITE_SNAPSHOT, VS_METHOD_ITER, 0);
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_FENTRY);
	assert_missing(&plan, VS_SITE_DEVICE_OPEN, VS_WHY_NO_DIRECT_CALLS);
	assert_attached(&plan, VS_SITE_SNAPSHOT, VS_METHOD_ITER, 0);
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
	set_way(&facts, open, TODAY, VS_FACT_NO);
	set_way(&facts, open, BORROWED, VS_FACT_YES);
	facts.func[open][BORROWED][2].program[VS_SLOT_FENTRY].load_err = EINVAL;
	facts.func[open][BORROWED][2].program[VS_SLOT_KPROBE].load_err = EINVAL;
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

/* Not by a kprobe, and that is no loss. */
static void assert_not_worth_it(const struct vs_plan *plan, size_t i)
{
	assert_int_equal(plan->site[i].method, VS_METHOD_NONE);
	assert_int_equal(plan->site[i].why_id, VS_WHY_COSTLY);
	assert_false(plan->site[i].wanted);
}

/* Nor by a tracing program that misses calls; unless it is asked for. */
static void a_return_alone_is_for_tracing_programs(void **state)
{
	const size_t site = VS_SITE_DMA_FAILURES;
	struct vs_facts facts = good_kernel();
	struct vs_plan plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);

	(void)state;
	assert_attached(&plan, site, VS_METHOD_FENTRY, 0);
	facts.preempt = VS_FACT_YES;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_not_worth_it(&plan, site);
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_FENTRY);
	assert_attached(&plan, site, VS_METHOD_FENTRY, 0);
	facts.fentry = VS_FACT_NO;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_not_worth_it(&plan, site);
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_FENTRY);
	assert_missing(&plan, site, VS_WHY_FENTRY_REFUSED);
}

static void forced_kprobe_is_used_everywhere(void **state)
{
	struct vs_facts facts = good_kernel();
	struct vs_plan plan = make_plan(&facts, &vs_ask_doctor, VS_PROBE_KPROBE);
	size_t i;

	(void)state;
	for (i = 0; i < VS_SITE_COUNT; i++)
		if (vs_sites[i].way[0].part[0].how == VS_HOW_RETURN)
			assert_not_worth_it(&plan, i);
		else if (best_method(&vs_sites[i]) == VS_METHOD_FENTRY)
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
	set_way(&facts, open, TODAY, VS_FACT_NO);
	set_way(&facts, open, BORROWED, VS_FACT_YES);
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_attached(&plan, open, VS_METHOD_FENTRY, BORROWED);
	assert_string_equal(vs_plan_function(&plan, open), "vfio_device_container_register");
	/* All by the same method, or not at all. */
	facts.func[open][BORROWED][2].btf = VS_FACT_NO;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_attached(&plan, open, VS_METHOD_KPROBE, BORROWED);
	for (i = 0; vs_sites[open].way[BORROWED].part[i].func; i++) {
		set_way(&facts, open, BORROWED, VS_FACT_YES);
		facts.func[open][BORROWED][i].symbol = facts.func[open][BORROWED][i].btf =
			VS_FACT_NO;
		plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
		assert_missing(&plan, open, VS_WHY_NO_FUNCTION);
	}
}

/* 6.2 to 6.5: the name of the function is not enough, 6.1 has one that takes less. */
static void a_function_with_another_prototype(void **state)
{
	struct vs_facts facts = good_kernel();
	size_t open = VS_SITE_DEVICE_OPEN;
	struct vs_plan plan;

	(void)state;
	set_way(&facts, open, TODAY, VS_FACT_NO);
	set_way(&facts, open, UP_TO_6_5, VS_FACT_YES);
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_attached(&plan, open, VS_METHOD_FENTRY, UP_TO_6_5);
	assert_string_equal(vs_plan_function(&plan, open), "vfio_device_open");
	set_way(&facts, open, BORROWED, VS_FACT_YES);
	facts.func[open][UP_TO_6_5][0].symbol = facts.func[open][UP_TO_6_5][0].btf = VS_FACT_NO;
	facts.func[open][UP_TO_6_5][1].nargs = 1;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_attached(&plan, open, VS_METHOD_FENTRY, BORROWED);
}

/* What not every kernel has is there if any of its ways begins with a function it has. */
static void an_optional_site_has_several_ways(void **state)
{
	struct vs_facts facts = good_kernel();
	size_t bind = VS_SITE_IOMMUFD_BIND;
	struct vs_plan plan;

	(void)state;
	set_way(&facts, bind, 0, VS_FACT_NO);
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_false(plan.site[bind].wanted);
	assert_int_equal(plan.site[bind].why_id, VS_WHY_NOT_IN_KERNEL);
	set_way(&facts, bind, 1, VS_FACT_YES);
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_attached(&plan, bind, VS_METHOD_FENTRY, 1);
	assert_string_equal(vs_plan_function(&plan, bind), "vfio_iommufd_bind");
}

/* 5.10: known by a function that nothing is attached to, and of use with another site only. */
static void a_way_that_builds_upon_another_site(void **state)
{
	struct vs_facts facts = good_kernel();
	size_t open = VS_SITE_DEVICE_OPEN, set_kvm = VS_SITE_SET_KVM;
	struct vs_policy policy = { .ask = vs_ask_audit };
	struct vs_plan plan;

	(void)state;
	set_way(&facts, open, TODAY, VS_FACT_NO);
	facts.func[open][NOTIFIER][1].symbol = facts.func[open][NOTIFIER][1].btf = VS_FACT_YES;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_missing(&plan, open, VS_WHY_NO_FUNCTION);
	facts.func[open][NOTIFIER][0].symbol = VS_FACT_YES;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_attached(&plan, open, VS_METHOD_FENTRY, NOTIFIER);
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
	set_way(&facts, open, TODAY, VS_FACT_NO);
	set_way(&facts, open, NOTIFIER, VS_FACT_YES);
	plan = make_plan(&facts, &vs_ask_doctor, VS_PROBE_AUTO);
	assert_attached(&plan, open, VS_METHOD_FENTRY, NOTIFIER);
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

/* Of two iterators kernels may have one: the other is missed, and nothing else. */
static void an_iterator_that_is_not_there(void **state)
{
	struct vs_facts facts = good_kernel();
	struct vs_plan plan;

	(void)state;
	set_way(&facts, VS_SITE_MAPPED, 0, VS_FACT_NO);
	plan = make_plan(&facts, &vs_ask_ps, VS_PROBE_AUTO);
	assert_attached(&plan, VS_SITE_SNAPSHOT, VS_METHOD_ITER, 0);
	assert_missing(&plan, VS_SITE_MAPPED, VS_WHY_NO_ITERATOR);
	assert_string_equal(plan.site[VS_SITE_MAPPED].why, "this kernel has no iterator task_vma");
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
		{ VS_SITE_CDEV_IOCTL, VS_BLIND_CDEV },
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
	assert_int_equal(vs_plan_blind(&plan), (VS_BLIND_CDEV << 1) - 1);
	/* what was not asked for is not missed */
	vs_plan_make(&plan, &facts, &(struct vs_policy){ .ask = vs_ask_ps, .without = all });
	assert_int_equal(vs_plan_blind(&plan), 0);
	all = VS_SITE_BIT(VS_SITE_MAPPED);
	vs_plan_make(&plan, &facts, &(struct vs_policy){ .ask = vs_ask_ps, .without = all });
	assert_int_equal(vs_plan_blind(&plan), VS_BLIND_MAPPED);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fentry_is_preferred),
		cmocka_unit_test(kprobe_where_there_is_no_btf),
		cmocka_unit_test(kprobe_where_tracing_programs_are_refused),
		cmocka_unit_test(kprobe_where_tracing_programs_cannot_be_attached),
		cmocka_unit_test(kprobe_after_a_refused_fentry),
		cmocka_unit_test(a_program_that_does_not_load),
		cmocka_unit_test(a_tracepoint_that_is_refused),
		cmocka_unit_test(unknown_facts_do_not_forbid),
		cmocka_unit_test(forced_fentry_never_falls_back),
		cmocka_unit_test(forced_kprobe_is_used_everywhere),
		cmocka_unit_test(a_return_alone_is_for_tracing_programs),
		cmocka_unit_test(other_ways),
		cmocka_unit_test(all_ways_missing),
		cmocka_unit_test(a_way_of_several_functions),
		cmocka_unit_test(a_function_with_another_prototype),
		cmocka_unit_test(an_optional_site_has_several_ways),
		cmocka_unit_test(a_way_that_builds_upon_another_site),
		cmocka_unit_test(features_left_out),
		cmocka_unit_test(silent_rules),
		cmocka_unit_test(what_a_way_does_not_show),
		cmocka_unit_test(another_prototype_is_not_used),
		cmocka_unit_test(missing_required_site_blocks),
		cmocka_unit_test(an_iterator_that_is_not_there),
		cmocka_unit_test(snapshot),
		cmocka_unit_test(sites_left_out),
		cmocka_unit_test(what_a_missing_site_blinds_for),
		cmocka_unit_test(a_kernel_that_refuses_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
