// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "events.h"
#include "../../user/core/filter.h"
#include "../../user/core/tally.h"

static const struct vs_filter any = { .group = -1, .device_group = -1 };
static const struct vs_vm vm7 = { .id = 7, .pid = 100, .name = "web" };
static const struct vs_vm vm8 = { .id = 8, .pid = 200, .name = "vm7" };

static struct vs_open an_open(void)
{
	struct vs_open open = { .group = 12, .pid = 100, .tid = 101, .vm = &vm7 };

	SET_STRING(open.device, "0000:3b:00.0");
	return open;
}

static void open_filters(void **state)
{
	struct vs_open open = an_open();
	struct vs_filter f = any;

	(void)state;
	assert_true(vs_filter_open(&f, &open));
	f.pid = 100;
	assert_true(vs_filter_open(&f, &open));
	f.pid = 101; /* the thread is not the process */
	assert_false(vs_filter_open(&f, &open));

	f = any;
	f.device = "0000:3b:00.0";
	assert_true(vs_filter_open(&f, &open));
	f.device = "0000:3b:00.1";
	assert_false(vs_filter_open(&f, &open));

	f = any;
	f.group = 12;
	assert_true(vs_filter_open(&f, &open));
	f.group = 0;
	assert_false(vs_filter_open(&f, &open));

	f = any;
	f.tracked = true;
	assert_false(vs_filter_open(&f, &open));
	open.tracked = true;
	assert_true(vs_filter_open(&f, &open));
}

static void vm_by_name_or_id(void **state)
{
	struct vs_open open = an_open();
	struct vs_filter f = any;

	(void)state;
	f.vm = "web";
	assert_true(vs_filter_open(&f, &open));
	f.vm = "vm7";
	assert_true(vs_filter_open(&f, &open));
	f.vm = "we";
	assert_false(vs_filter_open(&f, &open));
	f.vm = "vm8";
	assert_false(vs_filter_open(&f, &open));
	f.vm = "7";
	assert_false(vs_filter_open(&f, &open));
	open.vm = &vm8; /* whose name is "vm7" */
	f.vm = "vm7";
	assert_true(vs_filter_open(&f, &open));
	open.vm = NULL;
	assert_false(vs_filter_open(&f, &open));
}

static void all_conditions_must_hold(void **state)
{
	struct vs_open open = an_open();
	struct vs_filter f = any;

	(void)state;
	f.pid = 100;
	f.vm = "web";
	f.device = "0000:3b:00.0";
	f.group = 12;
	assert_true(vs_filter_open(&f, &open));
	f.group = 13;
	assert_false(vs_filter_open(&f, &open));
}

/* Opened before we came: by whom is not known, but who holds it is. */
static void open_of_a_holder(void **state)
{
	struct vs_open open = an_open();
	struct vs_filter f = any;

	(void)state;
	open.pid = 0;
	open.holder_pid = 300;
	f.pid = 300;
	assert_true(vs_filter_open(&f, &open));
	f.pid = 100;
	assert_false(vs_filter_open(&f, &open));
}

/* About an open: the open counts, whatever else the finding says. */
static void finding_about_an_open(void **state)
{
	struct vs_open open = an_open();
	struct vs_finding finding = {
		.open = &open, .vm = &vm8, .device = "", .group = -1, .pid = 9, .tracked = true
	};
	struct vs_filter f = any;

	(void)state;
	assert_true(vs_filter_finding(&f, &finding));
	f.pid = 100;
	f.vm = "web";
	f.device = "0000:3b:00.0";
	f.group = 12;
	assert_true(vs_filter_finding(&f, &finding));
	f.pid = 9;
	assert_false(vs_filter_finding(&f, &finding));
	f = any;
	f.tracked = true;
	assert_false(vs_filter_finding(&f, &finding));
}

static void finding_about_a_call(void **state)
{
	struct vs_finding finding = {
		.vm = &vm7, .device = "0000:3b:00.0", .group = 12, .pid = 100
	};
	struct vs_filter f = any;

	(void)state;
	assert_true(vs_filter_finding(&f, &finding));
	f.pid = 100;
	assert_true(vs_filter_finding(&f, &finding));
	f.pid = 101;
	assert_false(vs_filter_finding(&f, &finding));

	f = any;
	f.vm = "web";
	assert_true(vs_filter_finding(&f, &finding));
	f.vm = "vm8";
	assert_false(vs_filter_finding(&f, &finding));
	f.vm = "web";
	finding.vm = NULL;
	assert_false(vs_filter_finding(&f, &finding));

	f = any;
	f.group = 12;
	assert_true(vs_filter_finding(&f, &finding));
	f.group = 13;
	assert_false(vs_filter_finding(&f, &finding));

	f = any;
	f.tracked = true;
	assert_false(vs_filter_finding(&f, &finding));
	finding.tracked = true;
	assert_true(vs_filter_finding(&f, &finding));
}

/* A failed ADD names the group only, a failed MAP_DMA not even that. */
static void finding_by_device(void **state)
{
	struct vs_finding finding = { .device = "0000:3b:00.0", .group = 12 };
	struct vs_filter f = any;

	(void)state;
	f.device = "0000:3b:00.0";
	f.device_group = 12;
	assert_true(vs_filter_finding(&f, &finding));
	finding.device = "0000:3b:00.1";
	assert_false(vs_filter_finding(&f, &finding));
	finding.device = "";
	assert_true(vs_filter_finding(&f, &finding));
	finding.group = 13;
	assert_false(vs_filter_finding(&f, &finding));
	finding.group = f.device_group = -1;
	assert_false(vs_filter_finding(&f, &finding));
}

static void vm_filter(void **state)
{
	struct vs_filter f = any;

	(void)state;
	assert_true(vs_filter_vm(&f, NULL));
	assert_true(vs_filter_vm(&f, &vm7));
	f.vm = "web";
	assert_true(vs_filter_vm(&f, &vm7));
	assert_false(vs_filter_vm(&f, &vm8));
	assert_false(vs_filter_vm(&f, NULL));
}

static void event_filters(void **state)
{
	union vs_event ev = make_event(VS_DEV_OPEN, 1 * SEC, 100);
	struct vs_refs refs = { .vm = &vm7, .group_vm = &vm8, .group = 12 };
	struct vs_filter f = any;

	(void)state;
	SET_STRING(ev.dev.name, "0000:3b:00.0");
	assert_true(vs_filter_event(&f, &ev, &refs));
	f.pid = 100;
	assert_true(vs_filter_event(&f, &ev, &refs));
	f.pid = 99;
	assert_false(vs_filter_event(&f, &ev, &refs));

	f = any;
	f.vm = "web";
	assert_true(vs_filter_event(&f, &ev, &refs));
	f.vm = "vm8"; /* the VM its group carries counts too */
	assert_true(vs_filter_event(&f, &ev, &refs));
	f.vm = "vm9";
	assert_false(vs_filter_event(&f, &ev, &refs));

	f = any;
	f.group = 12;
	assert_true(vs_filter_event(&f, &ev, &refs));
	f.group = 11;
	assert_false(vs_filter_event(&f, &ev, &refs));

	f = any;
	f.tracked = true;
	assert_false(vs_filter_event(&f, &ev, &refs));
	ev.h.flags = VS_F_EXITING;
	assert_false(vs_filter_event(&f, &ev, &refs));
	ev.h.flags = VS_F_TRACKED;
	assert_true(vs_filter_event(&f, &ev, &refs));
}

/* GROUP_ADD names no device, but is about those in the group. */
static void device_filter_and_calls_on_its_group(void **state)
{
	union vs_event open = make_event(VS_DEV_OPEN, 1 * SEC, 100);
	union vs_event add = make_event(VS_GROUP_ADD, 2 * SEC, 100);
	struct vs_refs refs = { .group = 12 };
	struct vs_filter f = any;

	(void)state;
	SET_STRING(open.dev.name, "0000:3b:00.0");
	f.device = "0000:3b:00.0";
	f.device_group = 12;
	assert_true(vs_filter_event(&f, &open, &refs));
	assert_true(vs_filter_event(&f, &add, &refs));
	/* another device of the same group */
	SET_STRING(open.dev.name, "0000:3b:00.1");
	assert_false(vs_filter_event(&f, &open, &refs));
	/* another group */
	refs.group = 13;
	assert_false(vs_filter_event(&f, &add, &refs));
	/* a call without a group, and a device whose group is not known */
	refs.group = -1;
	f.device_group = -1;
	assert_false(vs_filter_event(&f, &add, &refs));
}

static void normalized(const char *in, const char *expected)
{
	char out[VS_DEVNAME_LEN];

	assert_int_equal(vs_device_normalize(in, out), 0);
	assert_string_equal(out, expected);
}

static void device_names(void **state)
{
	(void)state;
	normalized("0000:3b:00.0", "0000:3b:00.0");
	normalized("3b:00.0", "0000:3b:00.0");
	normalized("3B:1F.7", "0000:3b:1f.7");
	normalized("10000:01:00.0", "10000:01:00.0"); /* VMD's domains */
	normalized("C0FFEE00-1234-5678-9ABC-DEF012345678", "c0ffee00-1234-5678-9abc-def012345678");
}

static void bad_device_names(void **state)
{
	static const char *const bad[] = {
		"",
		"0",
		"3b:00",
		"3b:00.",
		"3b:00.8",
		"3b:00.a",
		"3b:00.00",
		" 3b:00.0",
		"3b:00.0 ",
		"3b-00.0",
		"g0:00.0",
		"000:3b:00.0",
		"0000:3b:00",
		"0000:3b:00.0.0",
		"0000:0000:3b:00.0",
		"0000:3b:00.0\n",
		"../../etc/passwd",
		"c0ffee00-1234-5678-9abc-def01234567",
		"c0ffee00-1234-5678-9abc-def0123456789",
		"c0ffee00123456789abcdef012345678",
		"c0ffee0g-1234-5678-9abc-def012345678",
		"c0ffee00-1234-5678-9abc",
		"{c0ffee00-1234-5678-9abc-def012345678}",
	};
	char out[VS_DEVNAME_LEN];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (vs_device_normalize(bad[i], out) != -EINVAL)
			fail_msg("'%s' was accepted", bad[i]);
}

static void exit_codes(void **state)
{
	struct vs_tally t = { .events = 9 };

	(void)state;
	t.opens[VS_VERDICT_ORDERED] = 3;
	t.opens[VS_VERDICT_NO_VM] = 1;
	assert_int_equal(vs_tally_exit(&t, VS_WARNING), 0);
	t.opens[VS_VERDICT_UNKNOWN] = 1;
	assert_int_equal(vs_tally_exit(&t, VS_WARNING), 4);
	assert_int_equal(vs_tally_exit(&t, VS_ERROR + 1), 4);
	t.findings[VS_INFO] = 1;
	assert_int_equal(vs_tally_exit(&t, VS_WARNING), 4);
	t.findings[VS_WARNING] = 1;
	assert_int_equal(vs_tally_exit(&t, VS_WARNING), 1);
	assert_int_equal(vs_tally_exit(&t, VS_ERROR), 4);
	t.findings[VS_ERROR] = 1;
	assert_int_equal(vs_tally_exit(&t, VS_ERROR), 1);
	assert_int_equal(vs_tally_exit(&t, VS_WARNING), 1);
	assert_int_equal(vs_tally_exit(&t, VS_ERROR + 1), 4);
}

/* With a violation found at --fail-on never, and nothing unknown: done. */
static void exit_code_never(void **state)
{
	struct vs_tally t = { .findings = { [VS_ERROR] = 2 } };

	(void)state;
	assert_int_equal(vs_tally_exit(&t, VS_ERROR + 1), 0);
}

/* What was lost may have been a violation. */
static void exit_code_after_losses(void **state)
{
	struct vs_tally t = { .lost = 1 };

	(void)state;
	assert_int_equal(vs_tally_exit(&t, VS_WARNING), 4);
	t.findings[VS_WARNING] = 1;
	assert_int_equal(vs_tally_exit(&t, VS_WARNING), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(open_filters),
		cmocka_unit_test(vm_by_name_or_id),
		cmocka_unit_test(all_conditions_must_hold),
		cmocka_unit_test(open_of_a_holder),
		cmocka_unit_test(finding_about_an_open),
		cmocka_unit_test(finding_about_a_call),
		cmocka_unit_test(finding_by_device),
		cmocka_unit_test(vm_filter),
		cmocka_unit_test(event_filters),
		cmocka_unit_test(device_filter_and_calls_on_its_group),
		cmocka_unit_test(device_names),
		cmocka_unit_test(bad_device_names),
		cmocka_unit_test(exit_codes),
		cmocka_unit_test(exit_code_never),
		cmocka_unit_test(exit_code_after_losses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
