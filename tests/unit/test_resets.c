// SPDX-License-Identifier: GPL-2.0-only
/* Resets that fail: what is told of them, and what is routine. */
#include <errno.h>

#include "../../user/core/rules/errnos.h"
#include "model_test.h"

#define DEV 2 /* in a group of its own, 13 */

/* What the source finds out before it hands over a reset that failed. */
static union vs_record make_member(struct lab *l, bool first, const char *name, int group,
				   const char *driver, const char *methods)
{
	union vs_record rec = make_record(VS_RESET_MEMBER, l->now + MS, 0);

	rec.h.lost = l->lost;
	rec.reset_member.first = first;
	rec.reset_member.iommu_group = group;
	rec.reset_member.vfio = !strncmp(driver, "vfio", 4);
	rec.reset_member.can_reset = *methods;
	SET_STRING(rec.reset_member.name, name);
	SET_STRING(rec.reset_member.driver, driver);
	SET_STRING(rec.reset_member.methods, methods);
	return rec;
}

static void member(struct lab *l, bool first, const char *name, int group, const char *driver,
		   const char *methods)
{
	union vs_record rec = make_member(l, first, name, group, driver, methods);

	lab_feed(l, &rec);
}

static void function(struct lab *l, const char *name, int group, const char *pf)
{
	union vs_record rec = make_member(l, false, name, group, "vfio-pci", "");

	SET_STRING(rec.reset_member.pf, pf);
	lab_feed(l, &rec);
}

static void reset(struct lab *l, unsigned int kind, uint32_t pid, int64_t ret)
{
	union vs_event ev = lab_event(l, kind, pid);

	ev.h.ret = ret;
	ev.dev_call.dev = l->dev[DEV].ptr;
	ev.dev_call.iommu_group = 13;
	SET_STRING(ev.dev_call.name, l->dev[DEV].name);
	lab_emit(l, &ev);
}

static void self(struct lab *l, const char *methods)
{
	member(l, true, l->dev[DEV].name, 13, "vfio-pci", methods);
}

static void a_failed_reset_is_told_after_the_grace_period(void **state)
{
	struct lab *l = *state;
	const struct said_finding *f;

	self(l, "flr bus");
	reset(l, VS_DEV_RESET, VMM, -EAGAIN);
	reset(l, VS_DEV_RESET, VMM, -EAGAIN); /* once more is the same */
	tick(l, l->now + 4 * SEC);
	assert_silent(l);
	tick(l, l->now + 6 * SEC);
	f = only_finding(l);
	assert_rule(f, VS_RULE_RESET_FAILED);
	assert_int_equal(f->severity, VS_WARNING);
	assert_string_equal(f->device, l->dev[DEV].name);
	assert_int_equal(f->pid, VMM);
	EVIDENCE(f, VS_DEV_RESET);
	assert_int_equal(f->ts, f->evidence[0].h.ts + 5 * SEC);
	assert_int_equal(f->missing_count, 0);
	assert_says(l->said_cause, "locked by a reset");
	assert_says(l->said_cause, " Its reset methods: flr bus.");
}

/* Of the same device by the same process, of whichever kind. */
static void success_makes_it_info(void **state)
{
	struct lab *l = *state;

	self(l, "flr");
	reset(l, VS_DEV_RESET, VMM, -EIO);
	reset(l, VS_DEV_RESET, OTHER, 0);
	assert_silent(l);
	reset(l, VS_DEV_HOT_RESET, VMM, 0);
	assert_one_finding(l, VS_RULE_RESET_FAILED);
	assert_int_equal(l->finding[0].severity, VS_INFO);
	EVIDENCE(&l->finding[0], VS_DEV_RESET, VS_DEV_HOT_RESET);
	tick(l, l->now + 60 * SEC);
	only_finding(l);
}

static void what_cannot_be_reset_is_routine(void **state)
{
	struct lab *l = *state;

	self(l, "");
	reset(l, VS_DEV_RESET, VMM, -EINVAL);
	reset(l, VS_DEV_RESET, VMM, -ENOTTY);
	reset(l, VS_DEV_RESET, VMM, -512);
	reset(l, VS_DEV_HOT_RESET, VMM, -512);
	reset(l, VS_DEV_RESET, VMM, 0);
	finish(l);
	assert_silent(l);
}

/* It has methods, and vfio-pci has given up; of another driver nothing is known. */
static void einval_of_what_can_be_reset(void **state)
{
	struct lab *l = *state;

	self(l, "bus");
	reset(l, VS_DEV_RESET, VMM, -EINVAL);
	reset(l, VS_DEV_RESET, OTHER, -EINVAL);
	finish(l);
	assert_int_equal(l->finding_count, 2);
	assert_rule(&l->finding[0], VS_RULE_RESET_FAILED);
	assert_rule(&l->finding[1], VS_RULE_RESET_FAILED);
}

/* What was told of an earlier call is not of this one. */
static void members_are_of_one_call(void **state)
{
	struct lab *l = *state;

	self(l, "");
	l->now += SEC;
	reset(l, VS_DEV_RESET, VMM, -EINVAL);
	finish(l);
	assert_one_finding(l, VS_RULE_RESET_FAILED);
}

static void missing_devices_are_named(void **state)
{
	struct lab *l = *state;
	const struct said_finding *f;

	df_open(l, VMM, 0); /* of group 12 */
	self(l, "bus");
	member(l, false, "0000:3b:00.0", 12, "vfio-pci", "");
	member(l, false, "0000:5e:00.1", 14, "vfio-pci", "");
	member(l, false, "0000:5e:00.2", 13, "", "");
	member(l, false, "0000:5e:00.3", 13, "vfio-pci", "");
	member(l, false, "0000:5e:00.4", 12, "e1000e", "");
	reset(l, VS_DEV_HOT_RESET, VMM, -EINVAL);
	finish(l);
	assert_int_equal(count_rule(l, VS_RULE_RESET_FAILED), 1);
	f = last_finding(l);
	assert_int_equal(f->missing_count, 3);
	assert_string_equal(f->missing[0].device, "0000:5e:00.1");
	assert_int_equal(f->missing[0].group, 14);
	assert_true(f->missing[0].vfio);
	assert_string_equal(f->missing[1].device, "0000:5e:00.2");
	assert_string_equal(f->missing[1].driver, "");
	assert_string_equal(f->missing[2].driver, "e1000e");
	assert_false(f->missing[2].vfio);
	assert_says(l->said_cause, "reset along with it");
}

/* To own them does not help. */
static void virtual_functions_are_named(void **state)
{
	struct lab *l = *state;
	const struct said_finding *f;

	df_open(l, VMM, 0); /* of group 12 */
	self(l, "bus");
	function(l, "0000:5e:00.1", 12, l->dev[DEV].name);
	reset(l, VS_DEV_HOT_RESET, VMM, -EINVAL);
	finish(l);
	f = last_finding(l);
	assert_rule(f, VS_RULE_RESET_FAILED);
	assert_int_equal(f->missing_count, 1);
	assert_string_equal(f->missing[0].device, "0000:5e:00.1");
	assert_string_equal(f->missing[0].pf, l->dev[DEV].name);
	assert_says(l->said_cause, "Virtual functions would be reset along with it");
	assert_says(l->said_cause, "echo 0 > /sys/bus/pci/devices/");
	assert_says(l->said_cause, "/sriov_numvfs, which removes them all");
}

/* To remove the functions is not enough. */
static void functions_beside_what_is_missing(void **state)
{
	struct lab *l = *state;

	self(l, "bus");
	member(l, false, "0000:5e:00.1", 14, "ice", "");
	function(l, "0000:5e:02.0", 15, "0000:5e:00.1");
	reset(l, VS_DEV_HOT_RESET, VMM, -EINVAL);
	finish(l);
	assert_int_equal(only_finding(l)->missing_count, 2);
	assert_says(l->said_cause, "bound to a driver of VFIO's");
	assert_says(l->said_cause, "detach those of 0000:5e:00.1 from host and VMs");
}

/* Of a virtual function the others are as any device. */
static void a_function_itself(void **state)
{
	struct lab *l = *state;
	union vs_record rec = make_member(l, true, l->dev[DEV].name, 13, "vfio-pci", "bus");

	SET_STRING(rec.reset_member.pf, "0000:5e:00.1");
	lab_feed(l, &rec);
	function(l, "0000:5e:02.0", 13, "0000:5e:00.1");
	reset(l, VS_DEV_HOT_RESET, VMM, -EINVAL);
	finish(l);
	assert_int_equal(only_finding(l)->missing_count, 0);
}

/* With another errno it is not for want of a device. */
static void nothing_is_missing_otherwise(void **state)
{
	struct lab *l = *state;

	self(l, "bus");
	member(l, false, "0000:5e:00.2", 14, "", "");
	reset(l, VS_DEV_HOT_RESET, VMM, -ENODEV);
	finish(l);
	assert_one_finding(l, VS_RULE_RESET_FAILED);
	assert_int_equal(l->finding[0].missing_count, 0);
	assert_string_equal(l->said_cause, vs_errno_why(VS_ERRNO_HOT_RESET, ENODEV));
}

static void more_than_there_is_room_for(void **state)
{
	struct lab *l = *state;
	char name[16];
	int i;

	self(l, "bus");
	for (i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "0000:5e:%02x.0", i);
		member(l, false, name, 20 + i, "", "");
	}
	reset(l, VS_DEV_HOT_RESET, VMM, -EINVAL);
	finish(l);
	assert_int_equal(only_finding(l)->missing_count, VS_MISSING_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_failed_reset_is_told_after_the_grace_period),
		TEST(success_makes_it_info),
		TEST(what_cannot_be_reset_is_routine),
		TEST(einval_of_what_can_be_reset),
		TEST(members_are_of_one_call),
		TEST(missing_devices_are_named),
		TEST(virtual_functions_are_named),
		TEST(functions_beside_what_is_missing),
		TEST(a_function_itself),
		TEST(nothing_is_missing_otherwise),
		TEST(more_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
