// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "events.h"
#include "../../user/core/filter.h"

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

/* What comes through a sink that filters, by callback. */
struct heard {
	struct vs_sink sink; /* first */
	unsigned int start, attached, device, event, opened, finding, closed, moment, end, freed;
};

#define HEAR(what, type)                                                     \
	static void hear_##what(struct vs_sink *s, const struct type *thing) \
	{                                                                    \
		(void)thing;                                                 \
		((struct heard *)s)->what++;                                 \
	}

HEAR(start, vs_run)
HEAR(attached, vs_run)
HEAR(device, ev_dev_info)
HEAR(opened, vs_open)
HEAR(finding, vs_finding)
HEAR(closed, vs_open)
HEAR(moment, vs_moment)
HEAR(end, vs_ending)

static void hear_event(struct vs_sink *s, const union vs_event *ev, const struct vs_refs *refs)
{
	(void)ev;
	(void)refs;
	((struct heard *)s)->event++;
}

static void hear_free(struct vs_sink *s)
{
	((struct heard *)s)->freed++;
}

static const struct vs_sink_ops hear_ops = {
	.start = hear_start,
	.attached = hear_attached,
	.device = hear_device,
	.event = hear_event,
	.opened = hear_opened,
	.finding = hear_finding,
	.closed = hear_closed,
	.moment = hear_moment,
	.end = hear_end,
	.free = hear_free,
};

/* One of each, about the same device. */
static void tell_all(struct vs_sink *s)
{
	const struct vs_refs refs = { .vm = &vm7, .group = 12, .holder_fd = -1 };
	union vs_event ev = make_event(VS_DEV_OPEN, 1 * SEC, 100);
	const struct vs_open open = an_open();
	const struct vs_finding finding = { .open = &open, .device = open.device, .group = 12 };
	const struct vs_moment *moment = NULL; /* nobody looks at it */

	SET_STRING(ev.dev.name, open.device);
	VS_TELL(s, event, &ev, &refs);
	VS_TELL(s, opened, &open);
	VS_TELL(s, finding, &finding);
	VS_TELL(s, closed, &open);
	VS_TELL(s, moment, moment);
}

static void assert_heard(const struct heard *h, unsigned int events, unsigned int opens)
{
	assert_int_equal(h->event, events);
	assert_int_equal(h->opened, opens);
	assert_int_equal(h->finding, opens);
	assert_int_equal(h->closed, opens);
}

/* Which of them a sink with this filter lets through. */
static void passes(const struct vs_filter *f, unsigned int events, unsigned int opens)
{
	struct heard h = { .sink.ops = &hear_ops };
	struct vs_sink *s = vs_filter_sink(f, &h.sink);

	assert_non_null(s);
	tell_all(s);
	assert_heard(&h, events, opens);
	assert_int_equal(h.moment, 1);
	assert_int_equal(h.freed, 0);
	vs_sink_free(s);
	assert_int_equal(h.freed, 1);
}

static void sink_passes_what_matches(void **state)
{
	struct vs_filter f = any;

	(void)state;
	passes(&f, 1, 1);
	f.hide_events = true;
	passes(&f, 0, 1);
	f.hide_opens = true;
	passes(&f, 0, 0);
	f.hide_events = false;
	passes(&f, 1, 0);
	f = any;
	f.pid = 100;
	passes(&f, 1, 1);
	f.pid = 99;
	passes(&f, 0, 0);
	f = any;
	f.vm = "web";
	passes(&f, 1, 1);
	f.vm = "vm8";
	passes(&f, 0, 0);
}

/* What is about the stream is not filtered. */
static void sink_passes_the_stream(void **state)
{
	const struct ev_dev_info info = { .iommu_group = 3 };
	struct heard h = { .sink.ops = &hear_ops };
	struct vs_filter f = any;
	struct vs_sink *s;

	(void)state;
	f.pid = 99;
	f.hide_events = f.hide_opens = true;
	s = vs_filter_sink(&f, &h.sink);
	VS_TELL(s, start, NULL);
	VS_TELL(s, attached, NULL);
	VS_TELL(s, device, &info);
	VS_TELL(s, end, NULL);
	assert_int_equal(h.start, 1);
	assert_int_equal(h.attached, 1);
	assert_int_equal(h.device, 1);
	assert_int_equal(h.end, 1);
	vs_sink_free(s);
}

/* Which group a device is in comes with the stream, not from this host. */
static void sink_learns_the_group_of_the_device(void **state)
{
	struct ev_dev_info info = { .name = "0000:5e:00.0", .iommu_group = 12 };
	const struct vs_refs refs = { .group = 12, .holder_fd = -1 };
	union vs_event add = make_event(VS_GROUP_ADD, 1 * SEC, 100);
	struct heard h = { .sink.ops = &hear_ops };
	struct vs_filter f = any;
	struct vs_sink *s;

	(void)state;
	f.device = "0000:3b:00.0";
	s = vs_filter_sink(&f, &h.sink);
	VS_TELL(s, event, &add, &refs);
	VS_TELL(s, device, &info); /* another device */
	VS_TELL(s, event, &add, &refs);
	assert_int_equal(h.event, 0);
	SET_STRING(info.name, "0000:3b:00.0");
	VS_TELL(s, device, &info);
	VS_TELL(s, event, &add, &refs);
	assert_int_equal(h.event, 1);
	assert_int_equal(f.device_group, -1); /* it is a copy that learns */
	vs_sink_free(s);
}

static void filters_that_narrow(void **state)
{
	struct vs_filter f = any;

	(void)state;
	assert_false(vs_filter_narrows(&f));
	f.device_group = 12; /* of the device asked for; none is */
	assert_false(vs_filter_narrows(&f));
	f.pid = 1;
	assert_true(vs_filter_narrows(&f));
	f = any;
	f.vm = "";
	assert_true(vs_filter_narrows(&f));
	f = any;
	f.device = "";
	assert_true(vs_filter_narrows(&f));
	f = any;
	f.group = 0;
	assert_true(vs_filter_narrows(&f));
}

static void sink_without_a_next_one(void **state)
{
	(void)state;
	assert_null(vs_filter_sink(&any, NULL));
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
		cmocka_unit_test(sink_passes_what_matches),
		cmocka_unit_test(sink_passes_the_stream),
		cmocka_unit_test(sink_learns_the_group_of_the_device),
		cmocka_unit_test(filters_that_narrow),
		cmocka_unit_test(sink_without_a_next_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
