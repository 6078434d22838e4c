// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernels that notify drivers of their VM (5.10): of an open from before us
 * nobody can tell what its driver was told. It is unknown, whatever else is
 * known; and what ps shows of it.
 */
#include "toy_moment.h"

#define ONLY(rule) (1u << (rule))

/* It ends, or we do: unknown, for a reason of its own, and without a wrong word. */
static void assert_unknown(struct lab *l, unsigned int beside)
{
	size_t i;

	tick_after(l, 60 * SEC);
	finish(l);
	assert_int_equal(l->opened_count, 1);
	assert_int_equal(l->closed_count, 1);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
	assert_reason(l, VS_REASON_BEFORE_NOTIFIER);
	assert_int_equal(last_closed(l)->open.opened_ns, 0);
	assert_int_equal(last_closed(l)->kvm, 0);
	assert_int_equal(last_closed(l)->vm, 0);
	for (i = 0; i < l->finding_count; i++)
		assert_true(beside & 1u << l->finding[i].rule);
}

/* Whatever the state when it is found */

static void found_in_a_registered_group(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_group(l, 0, 0);
	was_open(l, VMM, 0);
	look(l);
	assert_int_equal(l->opened[0].open.holder_pid, VMM);
	assert_unknown(l, 0);
}

static void found_in_a_group_registered_since(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	was_open(l, VMM, 0);
	had_group(l, 0, 0);
	look(l);
	assert_unknown(l, 0);
}

static void found_with_a_process_that_has_a_vm(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	was_open(l, VMM, 0);
	look(l);
	assert_unknown(l, 0);
}

static void found_without_any_vm(void **state)
{
	struct lab *l = *state;

	was_open(l, DPDK, 0);
	look(l);
	assert_unknown(l, 0);
}

/* The list shows its group before or after the device, or holds it for another. */
static void found_on_a_list(void **state)
{
	unsigned int order;
	struct lab *l = *state;

	for (order = 0; order < 4; order++) {
		restart(l, &with_look);
		had_vm(l, 0, VMM);
		had_group(l, 0, 0);
		if (order & 2)
			group_takes(&l->group[0], NULL);
		was_open(l, VMM, 0);
		if (order & 1)
			found_device(l, 0);
		found_registration(l, 0, 0);
		found_device(l, 0);
		look_done(l);
		assert_unknown(l, 0);
	}
}

static void found_on_two_lists(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_vm(l, 1, OTHER);
	had_group(l, 0, 0);
	was_open(l, VMM, 0);
	had_group(l, 1, 0);
	look(l);
	assert_int_equal(l->finding_count, 1);
	assert_unknown(l, ONLY(VS_RULE_TWO_VMS));
}

/* Whatever happens afterwards */

static void registered_after_it_was_found(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	was_open(l, VMM, 0);
	look(l);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_unknown(l, 0);
}

static void registered_before_it_was_shown(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	was_open(l, VMM, 0);
	group_add(l, VMM, 0, 0);
	look(l);
	assert_unknown(l, 0);
}

static void a_vm_created_by_its_holder(void **state)
{
	struct lab *l = *state;

	was_open(l, VMM, 0);
	look(l);
	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_unknown(l, 0);
}

static void registered_with_another_vm(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_vm(l, 1, OTHER);
	had_group(l, 0, 0);
	was_open(l, VMM, 0);
	look(l);
	group_add(l, OTHER, 1, 0);
	dev_open(l, OTHER, 0);
	dev_close(l, OTHER, 0);
	assert_int_equal(l->finding_count, 1);
	assert_unknown(l, ONLY(VS_RULE_TWO_VMS));
}

/* That a registration is removed is so, whatever the driver was told before. */
static void unregistered_while_open(void **state)
{
	unsigned int early;
	struct lab *l = *state;

	for (early = 0; early < 2; early++) {
		restart(l, &with_look);
		had_vm(l, 0, VMM);
		had_group(l, 0, 0);
		was_open(l, VMM, 0);
		if (!early)
			look(l);
		group_del(l, VMM, 0, 0);
		if (early)
			look(l);
		/* Before it was shown, it may not have been open. */
		assert_int_equal(count_rule(l, VS_RULE_DEL_WHILE_OPEN), !early);
		assert_unknown(l, ONLY(VS_RULE_DEL_WHILE_OPEN));
	}
}

static void its_vm_ends(void **state)
{
	static const uint32_t flags[] = { 0, VS_F_EXITING, VS_F_OTHER_MM };
	struct lab *l = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		restart(l, &with_look);
		had_vm(l, 0, VMM);
		had_group(l, 0, 0);
		was_open(l, VMM, 0);
		look(l);
		l->flags = flags[i];
		vm_destroy(l, 0, VMM);
		l->flags = 0;
		assert_int_equal(l->finding_count, flags[i] ? 0 : 1);
		assert_unknown(l, ONLY(VS_RULE_DEL_WHILE_OPEN));
	}
}

/* Whatever makes it known, if not a look */

static void known_by_a_further_open(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_group(l, 0, 0);
	was_open(l, VMM, 0);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(l->closed_count, 0);
	assert_unknown(l, 0);
}

static void known_by_a_close(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_group(l, 0, 0);
	was_open(l, VMM, 0);
	was_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(l->closed_count, 0);
	group_del(l, VMM, 0, 0);
	group_add(l, VMM, 0, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(last_closed(l)->open.closed_ns, l->now);
	assert_unknown(l, 0);
}

/* The second was the first to begin, and counts a file that is gone by now. */
static void closes_told_in_another_order(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_group(l, 0, 0);
	was_open(l, VMM, 0);
	was_open(l, VMM, 0);
	dev_close_counted(l, VMM, 0, 0);
	dev_close_counted(l, VMM, 0, 1);
	group_del(l, VMM, 0, 0);
	group_add(l, VMM, 0, 0);
	assert_int_equal(l->opened_count, 2);
	dev_open(l, VMM, 0);
	assert_int_equal(l->closed_count, 2);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
	dev_close(l, VMM, 0);
	assert_silent(l);
	assert_verdict(l, VS_VERDICT_ORDERED);
}

/* Its files */

static void found_files_are_counted_down(void **state)
{
	struct lab *l = *state;

	was_open(l, DPDK, 0);
	was_open(l, DPDK, 0);
	look(l);
	found_device_at(l, lab_reserve(l), 0, OTHER);
	dev_open(l, DPDK, 0);
	dev_close(l, DPDK, 0);
	dev_close_uncounted(l, DPDK, 0);
	dev_close(l, DPDK, 0);
	assert_int_equal(l->closed_count, 0);
	dev_close(l, DPDK, 0);
	assert_int_equal(l->closed_count, 1);
	assert_int_equal(last_closed(l)->open.opens, 3);
	assert_unknown(l, 0);
}

/* One more of its files is shown than was there when it was first. */
static void found_file_that_was_not_counted(void **state)
{
	struct lab *l = *state;

	was_open(l, DPDK, 0);
	found_device(l, 0);
	l->dev[0].opens++;
	found_device(l, 0);
	look_done(l);
	dev_close(l, DPDK, 0);
	assert_int_equal(l->closed_count, 0);
	dev_close(l, DPDK, 0);
	assert_int_equal(l->closed_count, 1);
	assert_unknown(l, 0);
}

/* The file is there before GET_DEVICE_FD has returned: it is the same. */
static void found_before_its_open_is_told(void **state)
{
	unsigned int done, before;
	struct lab *l = *state;

	for (done = 0; done < 2; done++)
		for (before = 0; before < 2; before++) {
			restart(l, &with_look);
			had_vm(l, 0, VMM);
			had_group(l, 0, 0);
			if (before)
				was_open(l, VMM, 0);
			df_open_begin(l, VMM, 0);
			found_device(l, 0);
			if (done)
				look_done(l);
			df_open_end(l, VMM, 0);
			if (!done)
				look_done(l);
			if (before)
				dev_close(l, VMM, 0);
			assert_int_equal(l->closed_count, 0);
			dev_close(l, VMM, 0);
			assert_int_equal(l->closed_count, 1);
			assert_unknown(l, 0);
		}
}

/* Told by its open already, it is no open from before. */
static void found_after_its_open(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_group(l, 0, 0);
	dev_open(l, VMM, 0);
	dev_open(l, VMM, 0);
	look(l);
	dev_close(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(l->opened_count, 1);
	assert_int_equal(l->closed_count, 1);
	assert_verdict(l, VS_VERDICT_ORDERED);
	assert_int_equal(last_closed(l)->open.pid, VMM);
}

static void opened_again_after_it_was_found(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_group(l, 0, 0);
	was_open(l, VMM, 0);
	look(l);
	dev_close(l, VMM, 0);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(l->closed_count, 2);
	assert_int_equal(l->closed[0].open.verdict, VS_VERDICT_UNKNOWN);
	assert_verdict(l, VS_VERDICT_ORDERED);
	assert_silent(l);
}

static void found_after_a_loss(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	dev_open(l, VMM, 0);
	l->lose = 2;
	group_add(l, VMM, 0, 0);
	look(l);
	finish(l);
	assert_silent(l);
	assert_int_equal(l->closed_count, 2);
	assert_int_equal(l->closed[0].open.verdict, VS_VERDICT_UNKNOWN);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
}

/* The list of what belongs to whom is as old as our start. */
static void without_what_is_written_into_groups(void **state)
{
	struct lab_config config = with_look;
	struct lab *l = *state;

	config.blind = VS_BLIND_SET_KVM;
	restart(l, &config);
	had_vm(l, 0, VMM);
	had_group(l, 0, 0);
	l->group[0].noted = &l->vm[0];
	look(l);
	group_del(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_silent(l);
	assert_verdict(l, VS_VERDICT_UNKNOWN);
	assert_reason(l, VS_REASON_REGISTRATIONS_BLIND);
}

/* Registrations that were found, and ended by calls that are not seen. */
static void vm_ended_with_a_list_that_is_not_certain(void **state)
{
	struct lab_config config = with_look;
	struct lab *l = *state;

	config.blind = VS_BLIND_ADD;
	restart(l, &config);
	had_vm(l, 0, VMM);
	had_group(l, 0, 0);
	look(l);
	group_del(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	vm_destroy(l, 0, VMM);
	assert_silent(l);
}

/* What ps shows */

static void without_patience(struct lab *l)
{
	struct lab_config config = with_look;

	config.grace_ns = 0;
	restart(l, &config);
}

static void shown_without_a_pointer_but_with_its_group(void **state)
{
	const struct vs_open *d;
	struct lab *l = *state;

	without_patience(l);
	had_vm(l, 0, VMM);
	had_group(l, 0, 0);
	was_open(l, VMM, 0);
	was_open(l, VMM, 0);
	look(l);
	found_device_at(l, lab_reserve(l), 0, OTHER);
	finish(l);
	assert_int_equal(moment_now(l)->open_count, 1);
	d = device_of(l, 0);
	assert_true(vs_open_notifier(d));
	assert_null(d->kvm);
	assert_int_equal(group_vm(d), 1);
	assert_null(d->vm);
	assert_int_equal(d->verdict, VS_VERDICT_UNKNOWN);
	assert_string_equal(d->reason.id, "opened-before-notifier");
	assert_int_equal(d->opens, 2);
	assert_int_equal(vs_open_holders(d)->pid, VMM);
	assert_int_equal(vs_open_holders(d)->next->pid, OTHER);
	assert_true(registered_with(l, 0, 1));
	assert_true(vs_moment_group_about(moment_now(l), group_at(l, 0), vm_at(l, 1)));
	assert_silent(l);
}

/* A moment without patience: still nothing is said of a VM nearby. */
static void shown_beside_the_vm_of_its_process(void **state)
{
	const struct vs_open *d;
	struct lab *l = *state;

	without_patience(l);
	had_vm(l, 0, VMM);
	was_open(l, VMM, 0);
	look(l);
	finish(l);
	d = device_of(l, 0);
	assert_true(vs_open_notifier(d));
	assert_null(d->kvm);
	assert_int_equal(group_vm(d), 0);
	assert_null(d->vm);
	assert_int_equal(d->verdict, VS_VERDICT_UNKNOWN);
	assert_int_equal(vm_at(l, 1)->pid, VMM);
	assert_silent(l);
}

static void shown_on_other_kernels(void **state)
{
	struct lab *l = *state;

	l->kernel = K_REFCOUNTED;
	without_patience(l);
	was_open(l, VMM, 0);
	look(l);
	finish(l);
	assert_false(vs_open_notifier(device_of(l, 0)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		NOTIFIER_LOOK_TEST(found_in_a_registered_group),
		NOTIFIER_LOOK_TEST(found_in_a_group_registered_since),
		NOTIFIER_LOOK_TEST(found_with_a_process_that_has_a_vm),
		NOTIFIER_LOOK_TEST(found_without_any_vm),
		NOTIFIER_LOOK_TEST(found_on_a_list),
		NOTIFIER_LOOK_TEST(found_on_two_lists),
		NOTIFIER_LOOK_TEST(registered_after_it_was_found),
		NOTIFIER_LOOK_TEST(registered_before_it_was_shown),
		NOTIFIER_LOOK_TEST(a_vm_created_by_its_holder),
		NOTIFIER_LOOK_TEST(registered_with_another_vm),
		NOTIFIER_LOOK_TEST(unregistered_while_open),
		NOTIFIER_LOOK_TEST(its_vm_ends),
		NOTIFIER_TEST(known_by_a_further_open),
		NOTIFIER_TEST(known_by_a_close),
		NOTIFIER_TEST(closes_told_in_another_order),
		NOTIFIER_LOOK_TEST(found_files_are_counted_down),
		NOTIFIER_LOOK_TEST(found_file_that_was_not_counted),
		NOTIFIER_LOOK_TEST(found_before_its_open_is_told),
		NOTIFIER_LOOK_TEST(found_after_its_open),
		NOTIFIER_LOOK_TEST(opened_again_after_it_was_found),
		NOTIFIER_LOOK_TEST(found_after_a_loss),
		NOTIFIER_TEST(without_what_is_written_into_groups),
		NOTIFIER_TEST(vm_ended_with_a_list_that_is_not_certain),
		NOTIFIER_TEST(shown_without_a_pointer_but_with_its_group),
		NOTIFIER_TEST(shown_beside_the_vm_of_its_process),
		NOTIFIER_TEST(shown_on_other_kernels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
