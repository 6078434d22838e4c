// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sites of what not every kernel has: where it does not exist nothing is missing, and
 * where it does the site is missed as any other.
 */
#include <errno.h>

#include "toy_facts.h"

#define S(id) VS_SITE_BIT(VS_SITE_##id)

static const vs_site_set optional = S(CDEV_OPEN) | S(CDEV_RELEASE) | S(CDEV_IOCTL) |
				    S(IOMMUFD_BIND) | S(IOMMUFD_IOCTL) | S(IOMMUFD_RELEASE) |
				    S(CDEV_PHASE) | S(IOMMUFD_PHASES) | S(IOMMUFD_USE_PHASE) |
				    S(IOMMUFD_PIN_PHASE) | S(IOMMUFD_FAILURES);

/* A kernel without device cdevs and iommufd, as most are. */
static struct vs_facts kernel_without(void)
{
	struct vs_facts facts = good_kernel();
	size_t i;

	for (i = 0; i < VS_SITE_COUNT; i++)
		if (vs_sites[i].optional)
			take_away(&facts, i);
	return facts;
}

static void which_sites_are_optional(void **state)
{
	vs_site_set marked = 0;
	size_t i;

	(void)state;
	for (i = 0; i < VS_SITE_COUNT; i++)
		marked |= vs_sites[i].optional ? VS_SITE_BIT(i) : 0;
	assert_int_equal(marked, optional);
	/* What a command requires every kernel has to have. */
	assert_int_equal((vs_ask_audit.required | vs_ask_profile.required | vs_ask_doctor.required |
			  vs_ask_ps.required) &
				 optional,
			 0);
}

static void not_in_the_kernel(void **state)
{
	const struct vs_facts facts = kernel_without();
	struct vs_plan plan = make_plan(&facts, &vs_ask_doctor, VS_PROBE_AUTO);
	size_t i;

	(void)state;
	for (i = 0; i < VS_SITE_COUNT; i++) {
		if (!(optional & VS_SITE_BIT(i))) {
			assert_attached(&plan, i, best_method(&vs_sites[i]), 0);
			continue;
		}
		assert_false(plan.site[i].wanted);
		assert_int_equal(plan.site[i].method, VS_METHOD_NONE);
		assert_int_equal(plan.site[i].why_id, VS_WHY_NOT_IN_KERNEL);
		assert_string_equal(plan.site[i].why, "the running kernel has no such thing");
	}
	assert_string_equal(vs_why_id(VS_WHY_NOT_IN_KERNEL), "not-in-kernel");
	assert_int_equal(vs_plan_blind(&plan), 0);
	assert_int_equal(vs_plan_silent(&plan), 0);
	/* Each of their rules has other sites, too. */
	assert_int_equal(vs_plan_inapplicable(&plan), 0);
	assert_null(vs_plan_blocker(&plan));
}

/* Left out or forced to a method: what is not there is not missed. */
static void not_in_the_kernel_and_left_out(void **state)
{
	const struct vs_facts facts = kernel_without();
	const struct vs_policy policy = { .ask = vs_ask_audit,
					  .probe = VS_PROBE_KPROBE,
					  .without = optional };
	struct vs_plan plan;

	(void)state;
	vs_plan_make(&plan, &facts, &policy);
	assert_false(plan.site[VS_SITE_CDEV_IOCTL].wanted);
	assert_int_equal(plan.site[VS_SITE_CDEV_IOCTL].why_id, VS_WHY_NOT_IN_KERNEL);
	assert_int_equal(vs_plan_blind(&plan), 0);
}

static void in_the_kernel(void **state)
{
	const struct vs_facts facts = good_kernel();
	struct vs_plan plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);

	(void)state;
	assert_attached(&plan, VS_SITE_CDEV_IOCTL, VS_METHOD_FENTRY, 0);
	assert_attached(&plan, VS_SITE_IOMMUFD_BIND, VS_METHOD_FENTRY, 0);
	/* Not what only shows. */
	assert_false(plan.site[VS_SITE_CDEV_OPEN].wanted);
	assert_int_equal(plan.site[VS_SITE_CDEV_OPEN].why_id, VS_WHY_NONE);
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_KPROBE);
	assert_attached(&plan, VS_SITE_CDEV_IOCTL, VS_METHOD_KPROBE, 0);
}

static void in_the_kernel_and_left_out(void **state)
{
	const struct vs_facts facts = good_kernel();
	const struct vs_policy policy = { .ask = vs_ask_audit, .without = S(CDEV_IOCTL) };
	struct vs_plan plan;

	(void)state;
	vs_plan_make(&plan, &facts, &policy);
	assert_missing(&plan, VS_SITE_CDEV_IOCTL, VS_WHY_LEFT_OUT);
	assert_int_equal(vs_plan_blind(&plan), VS_BLIND_CDEV);
	assert_true(vs_plan_silent(&plan) & VS_RULE_BIT(VS_RULE_KVM_LOST));
	/* A verdict is still possible. */
	assert_null(vs_plan_blocker(&plan));
}

/* One function decides whether it exists; the others have to be there then. */
static void in_the_kernel_and_not_to_be_observed(void **state)
{
	struct vs_facts facts = good_kernel();
	struct vs_func_facts *ioctl = facts.func[VS_SITE_CDEV_IOCTL][0];
	struct vs_plan plan;

	(void)state;
	ioctl[2].symbol = ioctl[2].btf = VS_FACT_NO;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_missing(&plan, VS_SITE_CDEV_IOCTL, VS_WHY_NO_FUNCTION);
	assert_int_equal(vs_plan_blind(&plan), VS_BLIND_CDEV);

	facts = good_kernel();
	facts.fentry = facts.kprobe = VS_FACT_NO;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_true(plan.site[VS_SITE_CDEV_IOCTL].wanted);
	assert_true(vs_plan_blind(&plan) & VS_BLIND_CDEV);
}

/* Nobody could tell whether it is there: worth a try, and missed if it fails. */
static void perhaps_in_the_kernel(void **state)
{
	struct vs_facts facts = good_kernel();
	size_t i;
	struct vs_plan plan;

	(void)state;
	for (i = 0; i < VS_PART_MAX; i++)
		facts.func[VS_SITE_CDEV_IOCTL][0][i].symbol = VS_FACT_UNKNOWN;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_attached(&plan, VS_SITE_CDEV_IOCTL, VS_METHOD_FENTRY, 0);
	facts.func[VS_SITE_CDEV_IOCTL][0][1].program[VS_SLOT_FENTRY].load_err = EINVAL;
	facts.func[VS_SITE_CDEV_IOCTL][0][1].program[VS_SLOT_KPROBE].load_err = EINVAL;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_missing(&plan, VS_SITE_CDEV_IOCTL, VS_WHY_LOAD_REFUSED);
}

/* A site that every kernel has is missed wherever it is not there. */
static void not_optional(void **state)
{
	struct vs_facts facts = kernel_without();
	struct vs_plan plan;

	(void)state;
	take_away(&facts, VS_SITE_DEVICE_CLOSE);
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_missing(&plan, VS_SITE_DEVICE_CLOSE, VS_WHY_NO_FUNCTION);
	assert_int_equal(vs_plan_blind(&plan), VS_BLIND_CLOSE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(which_sites_are_optional),
		cmocka_unit_test(not_in_the_kernel),
		cmocka_unit_test(not_in_the_kernel_and_left_out),
		cmocka_unit_test(in_the_kernel),
		cmocka_unit_test(in_the_kernel_and_left_out),
		cmocka_unit_test(in_the_kernel_and_not_to_be_observed),
		cmocka_unit_test(perhaps_in_the_kernel),
		cmocka_unit_test(not_optional),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
