// SPDX-License-Identifier: GPL-2.0-only
/* Groups that VFIO does not get: who is in the way, and how bad that is. */
#include <errno.h>

#include "../../user/core/rules/errnos.h"
#include "../../vmlinux/ioctl.h"
#include "model_test.h"

/* As the source tells before the call, which is the next event. */
static void blocker(struct lab *l, unsigned int group, const char *name)
{
	union vs_record rec = make_record(VS_BLOCKER, l->now + MS, 0);

	rec.h.lost = l->lost;
	rec.blocker.iommu_group = l->group[group].number;
	SET_STRING(rec.blocker.name, name);
	SET_STRING(rec.blocker.driver, "nvme");
	lab_feed(l, &rec);
}

static void set_container(struct lab *l, uint32_t pid, int64_t ret)
{
	union vs_event ev = lab_event(l, VS_SET_CONTAINER, pid);

	ev.set_container.group = l->group[0].ptr;
	ev.set_container.iommu_group = l->group[0].number;
	ev.h.ret = ret;
	lab_emit(l, &ev);
}

static void get_status(struct lab *l, uint32_t pid, uint32_t status, int64_t ret)
{
	union vs_event ev = lab_event(l, VS_GROUP_GET_STATUS, pid);

	ev.group_status.group = l->group[0].ptr;
	ev.group_status.iommu_group = l->group[0].number;
	ev.group_status.status = status;
	ev.h.ret = ret;
	lab_emit(l, &ev);
}

static void every_blocker_is_named(void **state)
{
	struct lab *l = *state;

	blocker(l, 0, "0000:3b:00.1");
	blocker(l, 0, "0000:3b:00.2");
	set_container(l, VMM, -EPERM);
	assert_one_finding(l, VS_RULE_NOT_VIABLE);
	assert_int_equal(l->finding[0].severity, VS_WARNING);
	assert_int_equal(l->finding[0].blocker_count, 2);
	assert_string_equal(l->finding[0].blocker[1].name, "0000:3b:00.2");
	assert_string_equal(l->finding[0].blocker[1].driver, "nvme");
}

/* More than there is room for: those that fit. */
static void many_blockers(void **state)
{
	struct lab *l = *state;
	int i;

	for (i = 0; i < 3 * VS_BLOCKERS_MAX; i++)
		blocker(l, 0, "0000:3b:00.1");
	set_container(l, VMM, -EPERM);
	assert_int_equal(only_finding(l)->blocker_count, VS_BLOCKERS_MAX);
}

/* Nobody in the way, or in that of another group: another reason. */
static void refused_for_something_else(void **state)
{
	struct lab *l = *state;

	set_container(l, VMM, -EPERM);
	blocker(l, 1, "0000:5e:00.1");
	set_container(l, VMM, -EPERM);
	assert_int_equal(count_rule(l, VS_RULE_ATTACH_FAILED), 2);
	assert_int_equal(l->finding_count, 2);
	/* Nor is it what was told of an earlier call. */
	blocker(l, 0, "0000:3b:00.1");
	set_container(l, VMM, -EPERM);
	set_container(l, OTHER, -EPERM);
	assert_rule(&l->finding[2], VS_RULE_NOT_VIABLE);
	assert_rule(&l->finding[3], VS_RULE_ATTACH_FAILED);
}

static void a_status_is_as_bad_as_who_asks(void **state)
{
	struct lab *l = *state;

	get_status(l, DPDK, 0, 0);
	assert_one_finding(l, VS_RULE_NOT_VIABLE);
	assert_int_equal(l->finding[0].severity, VS_INFO);
	get_status(l, DPDK, 0, 0); /* again */
	only_finding(l);
	vm_create(l, 0, VMM);
	get_status(l, VMM, 0, 0);
	assert_int_equal(last_finding(l)->severity, VS_WARNING);
	assert_int_equal(l->finding_count, 2);
	blocker(l, 0, "0000:3b:00.1");
	set_container(l, VMM, -EPERM); /* what it has been told */
	assert_int_equal(l->finding_count, 2);
}

static void a_warning_comes_after_an_info(void **state)
{
	struct lab *l = *state;

	get_status(l, DPDK, 0, 0);
	blocker(l, 0, "0000:3b:00.1");
	set_container(l, DPDK, -EPERM);
	assert_int_equal(l->finding_count, 2);
	assert_rule(&l->finding[1], VS_RULE_NOT_VIABLE);
	assert_int_equal(l->finding[1].severity, VS_WARNING);
}

/* An hour later, or with another device in the way, it is news. */
static void the_same_group_again(void **state)
{
	struct lab *l = *state;
	int i;

	for (i = 0; i < 3; i++) {
		blocker(l, 0, "0000:3b:00.1");
		set_container(l, VMM, -EPERM);
		l->now += SEC;
	}
	only_finding(l);
	blocker(l, 0, "0000:3b:00.2");
	set_container(l, VMM, -EPERM);
	assert_int_equal(l->finding_count, 2);
	assert_string_equal(l->finding[1].blocker[0].name, "0000:3b:00.2");
	l->now += 3600 * SEC;
	blocker(l, 0, "0000:3b:00.2");
	set_container(l, VMM, -EPERM);
	assert_int_equal(l->finding_count, 3);
}

static void nothing_is_in_the_way(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	get_status(l, VMM, VFIO_GROUP_FLAGS_VIABLE, 0);
	get_status(l, VMM, VFIO_GROUP_FLAGS_VIABLE | VFIO_GROUP_FLAGS_CONTAINER_SET, 0);
	get_status(l, VMM, 0, -EFAULT);
	set_container(l, VMM, 0);
	assert_silent(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_blocker_is_named),	     TEST(many_blockers),
		TEST(refused_for_something_else),    TEST(a_status_is_as_bad_as_who_asks),
		TEST(a_warning_comes_after_an_info), TEST(the_same_group_again),
		TEST(nothing_is_in_the_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
