// SPDX-License-Identifier: GPL-2.0-only
/* Interrupts that a device did not get. */
#include <errno.h>

#include "../../user/core/rules/errnos.h"
#include "model_test.h"

#define DEV 2

static void set_irqs(struct lab *l, unsigned int index, uint32_t count, int64_t ret)
{
	union vs_event ev = lab_event(l, VS_SET_IRQS, VMM);

	ev.h.ret = ret;
	ev.set_irqs.dev = l->dev[DEV].ptr;
	ev.set_irqs.irq_index = index;
	ev.set_irqs.irq_count = count;
	ev.set_irqs.iommu_group = 13;
	SET_STRING(ev.set_irqs.name, l->dev[DEV].name);
	lab_emit(l, &ev);
}

static void fewer_than_asked_for(void **state)
{
	struct lab *l = *state;

	df_open(l, VMM, DEV);
	set_irqs(l, 1, 8, 1);
	assert_one_finding(l, VS_RULE_IRQ_SHORT);
	assert_int_equal(l->finding[0].severity, VS_INFO);
	assert_string_equal(l->finding[0].device, l->dev[DEV].name);
	EVIDENCE(&l->finding[0], VS_SET_IRQS);
	assert_says(l->said_cause, "can have 1 of 8 interrupts by MSI:");
	set_irqs(l, 1, 1, 0);
	set_irqs(l, 1, 8, 1); /* after a reboot of the guest */
	only_finding(l);
}

/* Once for each kind, and each open. */
static void kinds_and_opens_count_for_themselves(void **state)
{
	struct lab *l = *state;

	df_open(l, VMM, DEV);
	set_irqs(l, 1, 8, 1);
	set_irqs(l, 2, 64, 12);
	assert_int_equal(l->finding_count, 2);
	assert_says(l->said_cause, "12 of 64 interrupts by MSI-X:");
	set_irqs(l, 70, 3, 2);
	assert_int_equal(l->finding_count, 3);
	assert_says(l->said_cause, "2 of 3 interrupts:");
	set_irqs(l, 70, 3, 2);
	set_irqs(l, 2, 64, 12);
	assert_int_equal(l->finding_count, 3);
	dev_close(l, VMM, DEV);
	df_open(l, VMM, DEV);
	set_irqs(l, 2, 64, 12);
	assert_int_equal(count_rule(l, VS_RULE_IRQ_SHORT), 4);
}

/* It is worse than few, which may have been told before. */
static void none_at_all(void **state)
{
	struct lab *l = *state;

	df_open(l, VMM, DEV);
	set_irqs(l, 1, 8, 1);
	set_irqs(l, 1, 1, -ENOSPC);
	set_irqs(l, 1, 1, -ENOSPC);
	assert_int_equal(l->finding_count, 2);
	assert_int_equal(l->finding[1].severity, VS_WARNING);
	assert_string_equal(l->said_cause, vs_errno_why(VS_ERRNO_SET_IRQS, ENOSPC));
	set_irqs(l, 0, 1, -EBUSY);
	assert_int_equal(l->finding_count, 3);
	assert_string_equal(l->said_cause, vs_errno_why(VS_ERRNO_SET_IRQS, EBUSY));
}

static void what_programs_try_is_routine(void **state)
{
	static const int errs[] = { EINVAL, ENOTTY, 512 };
	struct lab *l = *state;
	size_t i;

	df_open(l, VMM, DEV);
	for (i = 0; i < ARRAY_SIZE(errs); i++)
		set_irqs(l, 3, 1, -errs[i]);
	set_irqs(l, 1, 1, 0);
	assert_silent(l);
}

/* Whose open was not seen. */
static void of_an_unknown_open(void **state)
{
	struct lab *l = *state;

	set_irqs(l, 1, 8, 4);
	assert_one_finding(l, VS_RULE_IRQ_SHORT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fewer_than_asked_for), TEST(kinds_and_opens_count_for_themselves),
		TEST(none_at_all),	    TEST(what_programs_try_is_routine),
		TEST(of_an_unknown_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
