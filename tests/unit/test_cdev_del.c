// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file of a cdev that is registered stays open, so FILE_DEL comes before the close in
 * every order that is right: there is time to close it until the grace period ends.
 */
#include "model_test.h"
#include "toy_cdev.h"

#define DEV 2
#define CDEV 1
#define GRACE (5 * SEC)

static int begin_cdev(void **state)
{
	begin(state);
	use_cdev(*state, DEV);
	return 0;
}

static int begin_cdev_look(void **state)
{
	begin_look(state);
	use_cdev(*state, DEV);
	return 0;
}

#define CDEV_TEST(name) cmocka_unit_test_setup_teardown(name, begin_cdev, end)
#define CDEV_LOOK_TEST(name) cmocka_unit_test_setup_teardown(name, begin_cdev_look, end)

static void registered_and_bound(struct lab *l)
{
	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, CDEV);
	cdev_bind(l, VMM, DEV);
}

static void closed_at_once(void **state)
{
	struct lab *l = *state;

	registered_and_bound(l);
	group_del(l, VMM, 0, CDEV);
	dev_close(l, VMM, DEV);
	tick_after(l, 2 * GRACE);
	assert_silent(l);
	assert_verdict(l, VS_VERDICT_ORDERED);
}

static void closed_just_in_time(void **state)
{
	struct lab *l = *state;
	uint64_t due;

	registered_and_bound(l);
	group_del(l, VMM, 0, CDEV);
	due = l->now + GRACE;
	l->now = due - 2 * MS;
	dev_close(l, VMM, DEV);
	tick(l, due);
	assert_silent(l);
}

static void not_closed(void **state)
{
	struct lab *l = *state;
	uint64_t due;

	registered_and_bound(l);
	group_del(l, VMM, 0, CDEV);
	due = l->now + GRACE;
	tick(l, due - 1);
	assert_silent(l);
	tick(l, due);
	assert_one_finding(l, VS_RULE_DEL_WHILE_OPEN);
	assert_int_equal(l->finding[0].ts, due);
	assert_true(l->finding[0].pending);
	assert_int_equal(l->finding[0].severity, VS_WARNING);
	assert_int_equal(l->finding[0].vm, 1);
	assert_string_equal(l->finding[0].title, vs_rules[VS_RULE_DEL_WHILE_OPEN].cdev.title);
	assert_string_equal(l->finding[0].harm, vs_rules[VS_RULE_DEL_WHILE_OPEN].cdev.harm);
	EVIDENCE(&l->finding[0], VS_DEV_OPEN, VS_BIND_IOMMUFD, VS_FILE_DEL);
	/* The order was right all the same; and it is reported once. */
	l->now = due;
	dev_close(l, VMM, DEV);
	assert_int_equal(l->finding_count, 1);
	assert_verdict(l, VS_VERDICT_ORDERED);
	assert_int_equal(last_closed(l)->open.fired, 1ULL << VS_RULE_DEL_WHILE_OPEN);
}

/* The close is the record by which the time is over. */
static void closed_too_late(void **state)
{
	struct lab *l = *state;

	registered_and_bound(l);
	group_del(l, VMM, 0, CDEV);
	l->now += GRACE;
	dev_close(l, VMM, DEV);
	assert_one_finding(l, VS_RULE_DEL_WHILE_OPEN);
	assert_int_equal(l->closed_count, 1);
}

static void registered_again(void **state)
{
	struct lab *l = *state;

	registered_and_bound(l);
	group_del(l, VMM, 0, CDEV);
	group_add(l, VMM, 0, CDEV);
	tick_after(l, 2 * GRACE);
	assert_silent(l);
	/* From the last DEL on the time counts anew. */
	group_del(l, VMM, 0, CDEV);
	tick_after(l, GRACE - MS);
	assert_silent(l);
	tick_after(l, MS);
	assert_one_finding(l, VS_RULE_DEL_WHILE_OPEN);
}

static void registered_again_too_late(void **state)
{
	struct lab *l = *state;

	registered_and_bound(l);
	group_del(l, VMM, 0, CDEV);
	l->now += GRACE;
	group_add(l, VMM, 0, CDEV);
	assert_one_finding(l, VS_RULE_DEL_WHILE_OPEN);
	assert_true(l->finding[0].ts < l->now);
}

/* An ADD that fails registers nothing. */
static void not_registered_again(void **state)
{
	struct lab *l = *state;

	registered_and_bound(l);
	group_del(l, VMM, 0, CDEV);
	attr_fails(l, VMM, 0, CDEV, KVM_DEV_VFIO_GROUP_ADD, -EBADF);
	tick_after(l, GRACE);
	assert_int_equal(count_rule(l, VS_RULE_DEL_WHILE_OPEN), 1);
}

static void kvm_vfio_closed(void **state)
{
	static const uint32_t exits[] = { VS_F_EXITING, VS_F_OTHER_MM };
	struct lab *l = *state;
	size_t i;

	registered_and_bound(l);
	kvm_vfio_close(l, VMM, 0);
	assert_silent(l);
	tick_after(l, GRACE);
	assert_one_finding(l, VS_RULE_DEL_WHILE_OPEN);
	EVIDENCE(&l->finding[0], VS_DEV_OPEN, VS_BIND_IOMMUFD, VS_CLEAR_KVM);

	/* By the end of a process; whoever has the device goes on with it, or ends as well. */
	for (i = 0; i < ARRAY_SIZE(exits); i++) {
		restart(l, &defaults);
		use_cdev(l, DEV);
		registered_and_bound(l);
		l->flags = exits[i];
		kvm_vfio_close(l, VMM, 0);
		l->flags = 0;
		tick_after(l, 2 * GRACE);
		assert_silent(l);
	}
}

/* The file may be on two lists: each DEL begins the time anew, whatever waits beside it. */
static void unregistered_twice(void **state)
{
	struct lab *l = *state;
	uint64_t due;

	use_cdev(l, 3);
	registered_and_bound(l);
	vm_create(l, 1, OTHER);
	group_add(l, OTHER, 1, CDEV);
	group_add(l, OTHER, 1, 2);
	cdev_bind(l, OTHER, 3);
	group_del(l, VMM, 0, CDEV);
	group_del(l, OTHER, 1, CDEV);
	group_del(l, OTHER, 1, 2);
	due = l->now + GRACE;
	dev_close(l, OTHER, 3);
	tick(l, due);
	assert_int_equal(count_rule(l, VS_RULE_DEL_WHILE_OPEN), 1);
	assert_int_equal(last_finding(l)->ts, due - 2 * MS); /* a DEL is two records */
}

/* Without a kvm pointer it is in use as much. */
static void too_early_and_unregistered(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	cdev_bind(l, VMM, DEV);
	group_add(l, VMM, 0, CDEV);
	group_del(l, VMM, 0, CDEV);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
	tick_after(l, GRACE);
	assert_int_equal(l->finding_count, 2);
	assert_rule(last_finding(l), VS_RULE_DEL_WHILE_OPEN);
}

static void loss_makes_it_uncertain(void **state)
{
	struct lab *l = *state;

	registered_and_bound(l);
	group_del(l, VMM, 0, CDEV);
	l->lose = 1;
	dev_close(l, VMM, DEV);
	tick_after(l, 2 * GRACE);
	assert_silent(l);
}

static void loss_before_the_del(void **state)
{
	struct lab *l = *state;

	registered_and_bound(l);
	l->lose = 1;
	coherency(l, VMM, 0, true);
	group_del(l, VMM, 0, CDEV);
	tick_after(l, 2 * GRACE);
	assert_silent(l);
}

static void the_end_comes_first(void **state)
{
	struct lab *l = *state;

	registered_and_bound(l);
	group_del(l, VMM, 0, CDEV);
	finish(l);
	assert_silent(l);
	assert_verdict(l, VS_VERDICT_ORDERED);
}

static void the_end_comes_later(void **state)
{
	struct lab *l = *state;

	registered_and_bound(l);
	group_del(l, VMM, 0, CDEV);
	l->now += GRACE;
	finish(l);
	assert_one_finding(l, VS_RULE_DEL_WHILE_OPEN);
	assert_int_equal(l->closed_count, 1);
}

/* With no patience at all it is as with a group: told at the next record. */
static void without_patience(void **state)
{
	const struct lab_config hasty = { .grace_ns = 0, .arch = "x86_64" };
	struct lab *l = *state;

	restart(l, &hasty);
	use_cdev(l, DEV);
	registered_and_bound(l);
	group_del(l, VMM, 0, CDEV);
	tick(l, l->now);
	assert_one_finding(l, VS_RULE_DEL_WHILE_OPEN);
}

/* A group's DEL is reported at once, beside a cdev's that waits. */
static void a_group_does_not_wait(void **state)
{
	struct lab *l = *state;

	registered_and_bound(l);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	group_del(l, VMM, 0, CDEV);
	group_del(l, VMM, 0, 0);
	assert_one_finding(l, VS_RULE_DEL_WHILE_OPEN);
	assert_string_equal(l->finding[0].device, l->dev[0].name);
	assert_false(l->finding[0].pending);
}

/* Two kinds of deadlines are met in order of time, whichever began to wait first. */
static void in_order_with_suspects(void **state)
{
	struct lab *l = *state;
	unsigned int first;
	uint64_t due[2];

	for (first = 0; first < 2; first++) {
		restart(l, &defaults);
		use_cdev(l, DEV);
		registered_and_bound(l);
		if (first) {
			group_del(l, VMM, 0, CDEV);
			due[0] = l->now + GRACE;
		}
		df_open(l, VMM, 0); /* never registered */
		due[first] = l->now + GRACE;
		if (!first) {
			group_del(l, VMM, 0, CDEV);
			due[1] = l->now + GRACE;
		}
		tick_after(l, 2 * GRACE);
		assert_int_equal(l->finding_count, 2);
		assert_rule(&l->finding[0],
			    first ? VS_RULE_DEL_WHILE_OPEN : VS_RULE_OPEN_WITHOUT_ADD);
		assert_rule(&l->finding[1],
			    first ? VS_RULE_OPEN_WITHOUT_ADD : VS_RULE_DEL_WHILE_OPEN);
		assert_int_equal(l->finding[0].ts, due[0]);
		assert_int_equal(l->finding[1].ts, due[1]);
	}
}

/* Records come nearly in order of time: what waits does so in order of its own. */
static void in_order_of_time(void **state)
{
	struct lab *l = *state;
	union vs_event del;
	struct k_attr a;
	size_t place;

	use_cdev(l, 3);
	registered_and_bound(l);
	group_add(l, VMM, 0, 2);
	cdev_bind(l, VMM, 3);
	a = attr_begin(l, 0, CDEV, KVM_DEV_VFIO_GROUP_DEL);
	place = lab_reserve(l);
	group_del(l, VMM, 0, 2);
	del = attr_event(l, VMM, &a); /* later, and yet before it */
	lab_fill(l, place, &del);
	tick_after(l, 2 * GRACE);
	assert_int_equal(l->finding_count, 2);
	assert_string_equal(l->finding[0].device, l->dev[3].name);
	assert_string_equal(l->finding[1].device, l->dev[DEV].name);
	assert_true(l->finding[0].ts < l->finding[1].ts);
}

/* Bound since before; unregistered before the look has shown it. */
static void unregistered_before_it_is_shown(void **state)
{
	struct lab *l = *state;
	uint64_t due;

	had_vm(l, 0, VMM);
	had_group(l, 0, CDEV);
	was_open(l, VMM, DEV);
	group_del(l, VMM, 0, CDEV);
	due = l->now + GRACE;
	look(l);
	assert_silent(l);
	tick(l, due);
	assert_one_finding(l, VS_RULE_DEL_WHILE_OPEN);
	assert_int_equal(l->finding[0].ts, due);
}

static void registered_again_before_it_is_shown(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_group(l, 0, CDEV);
	was_open(l, VMM, DEV);
	group_del(l, VMM, 0, CDEV);
	group_add(l, VMM, 0, CDEV);
	look(l);
	tick_after(l, 2 * GRACE);
	assert_silent(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CDEV_TEST(closed_at_once),
		CDEV_TEST(closed_just_in_time),
		CDEV_TEST(not_closed),
		CDEV_TEST(closed_too_late),
		CDEV_TEST(registered_again),
		CDEV_TEST(registered_again_too_late),
		CDEV_TEST(not_registered_again),
		CDEV_TEST(kvm_vfio_closed),
		CDEV_TEST(unregistered_twice),
		CDEV_TEST(too_early_and_unregistered),
		CDEV_TEST(loss_makes_it_uncertain),
		CDEV_TEST(loss_before_the_del),
		CDEV_TEST(the_end_comes_first),
		CDEV_TEST(the_end_comes_later),
		CDEV_TEST(without_patience),
		CDEV_TEST(a_group_does_not_wait),
		CDEV_TEST(in_order_with_suspects),
		CDEV_TEST(in_order_of_time),
		CDEV_LOOK_TEST(unregistered_before_it_is_shown),
		CDEV_LOOK_TEST(registered_again_before_it_is_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
