// SPDX-License-Identifier: GPL-2.0-only
/* What people and programs are told of attaches. */
#include <jansson.h>
#include <string.h>
#include "toy_attach.h"

static const int widths[] = { 40, 60, 80, 120, 200 };
static const struct vs_view_config wide = { .width = 100, .utf8 = true };

#define FOR_EACH(item, array) \
	for (item = (array); item < (array) + sizeof(array) / sizeof(*(array)); item++)

/* What a text view says of one attach. */
#define SAID(op, config, a)                   \
	({                                    \
		struct toy_view v_;           \
                                              \
		toy_open(&v_, config, false); \
		VS_TELL(v_.sink, op, (a));    \
		toy_close(&v_);               \
	})

static void assert_found(const char *out, const char *what, bool wanted)
{
	bool found = strstr(out, what);

	if (found == wanted)
		return;
	fputs(found ? "this should not be there: " : "this is missing: ", stderr);
	fputs(what, stderr);
	fputs("\n", stderr);
	fputs(out, stderr);
	fail();
}

static void assert_says(const char *out, const char *what)
{
	assert_found(out, what, true);
}

static void assert_silent(const char *out, const char *what)
{
	assert_found(out, what, false);
}

/* The same wherever it is folded: any space is as good as any other. */
static void assert_tells(const char *out, const char *what)
{
	char *line = strdup(out), *to = line;
	const char *from;

	for (from = out; *from; from++) {
		bool space = *from == ' ' || *from == '\n';

		if (!space || to == line || to[-1] != ' ')
			*to++ = space ? ' ' : *from;
	}
	*to = '\0';
	assert_says(line, what);
	free(line);
}

/* In its first line. */
static void assert_answers(const char *out, const char *what)
{
	char *line = strndup(out, strcspn(out, "\n"));

	assert_says(line, what);
	free(line);
}

/* Columns of the widest line: characters, without what switches colors. */
static int widest(const char *out)
{
	int width = 0, most = 0;

	for (; *out; out++) {
		if (*out == '\033')
			out += strcspn(out, "m");
		else if (*out == '\n')
			width = 0;
		else if (((unsigned char)*out & 0xc0) != 0x80)
			width++;
		most = width > most ? width : most;
	}
	return most;
}

static bool is_ascii(const char *out)
{
	for (; *out; out++)
		if ((*out < ' ' && *out != '\n') || *out > '~')
			return false;
	return true;
}

static void the_first_line_answers(void **state)
{
	struct vs_attach a;
	char *out;

	(void)state;
	toy_attach(&a, 1100 * MS);
	out = SAID(attach, &wide, &a);
	assert_answers(out, "0000:01:00.0: total 2.30 s: kernel 1.20 s (52 %), VMM 1.10 s");
	assert_tells(out, "longest: device_open 810 ms (reset 600 ms)");
	assert_tells(out, "attach 1, driver vfio-pci, IOMMU group 7, by group (type1), "
			  "vm1 \"guest1\" (qemu-system-x86, pid 12)");
	assert_silent(out, "lower bound");
	assert_silent(out, "unaccounted");
	free(out);
}

static void little_time_in_the_kernel_is_said(void **state)
{
	struct vs_attach a;
	char *out;

	(void)state;
	toy_attach(&a, 40 * S);
	out = SAID(attach, &wide, &a);
	assert_answers(out, "the kernel took 1.20 s of 41.20 s (3 %)");
	assert_tells(out, "look at the VMM, firmware or guest");
	free(out);
}

static void failures_have_a_name_and_a_call(void **state)
{
	struct vs_attach a;
	size_t i;
	char *out;

	(void)state;
	toy_attach(&a, 40 * S);
	a.state = VS_ATTACH_FAILED;
	a.error = -16;
	a.complete = false;
	a.unaccounted_ns = 5 * MS;
	for (i = 0; i < a.phase_count; i++)
		if (a.phase[i].phase == VS_PHASE_DEVICE_OPEN)
			a.phase[i].failed = 1;
	out = SAID(attach, &wide, &a);
	assert_answers(out, "0000:01:00.0 failed: EBUSY in device_open; total 41.20 s");
	assert_says(out, "1 failed");
	assert_says(out, "unaccounted");
	assert_says(out, "records were lost meanwhile: the times are a lower bound");
	assert_silent(out, "look at the VMM");
	free(out);
}

static void every_phase_has_a_row(void **state)
{
	struct vs_attach a;
	const int *width;
	char *out;
	size_t i;

	(void)state;
	toy_attach(&a, 1100 * MS);
	FOR_EACH(width, widths)
	{
		const struct vs_view_config config = { .width = *width };

		out = SAID(attach, &config, &a);
		for (i = 0; i < a.phase_count; i++)
			assert_says(out, vs_phases[a.phase[i].phase].id);
		assert_says(out, "\n  vmm ");
		assert_says(out, " 3x ");
		assert_tells(out, "1 GiB");
		assert_says(out, "262144 pages");
		assert_tells(out, "slowest 250 ms for 768 MiB");
		assert_tells(out,
			     "waited 110 ms for dev_set->lock, held by qemu-system-x86 (pid 44, "
			     "vm2 \"guest2\") for 0000:01:00.1 in reset 105 ms");
		free(out);
	}
}

static void parts_stand_below_their_parents(void **state)
{
	struct vs_attach a;
	char *out;

	(void)state;
	toy_attach(&a, 1100 * MS);
	out = SAID(attach, &wide, &a);
	assert_says(out, "\n  device_open ");
	assert_says(out, "\n    waited 110 ms");
	assert_says(out, "\n    driver_open ");
	assert_says(out, "\n      reset ");
	assert_says(out, "\n    pin ");
	free(out);
}

/* The bar of a row, from its first character on. */
static size_t bar_at(const char *out, const char *row, const char *drawn)
{
	const char *line = strstr(out, row), *bar;

	assert_non_null(line);
	bar = strstr(line + 1, drawn);
	assert_non_null(bar);
	assert_true(bar < strchr(line + 1, '\n'));
	return (size_t)(bar - line);
}

static void bars_stand_where_time_went(void **state)
{
	static const struct vs_view_config ascii = { .width = 100 };
	struct vs_attach a;
	char *out;

	(void)state;
	toy_attach(&a, 1100 * MS);
	out = SAID(attach, &ascii, &a);
	/* Added up: at the left. */
	assert_int_equal(bar_at(out, "\n  dma_map ", "--"), bar_at(out, "\n  vmm ", "--"));
	assert_true(bar_at(out, "\n  device_open ", "##") > bar_at(out, "\n  register ", "##"));
	assert_true(bar_at(out, "\n      reset ", "##") > bar_at(out, "\n  device_open ", "##"));
	assert_int_equal(bar_at(out, "\n  group_open ", "|"), bar_at(out, "\n  vmm ", "--"));
	free(out);
	out = SAID(attach, &wide, &a);
	bar_at(out, "\n  device_open ", "\u2588");
	bar_at(out, "\n  dma_map ", "\u2591");
	assert_silent(out, "##");
	free(out);
}

static void narrow_terminals_have_no_bars(void **state)
{
	static const struct vs_view_config config = { .width = 40 }, narrower = { .width = 34 };
	struct vs_attach a;
	char *out;

	(void)state;
	toy_attach(&a, 1100 * MS);
	out = SAID(attach, &config, &a);
	assert_silent(out, "#");
	assert_says(out, "35 %\n");
	free(out);
	out = SAID(attach, &narrower, &a);
	assert_says(out, "810 ms\n");
	free(out);
}

/* All that a view can say, of names that are as long and as hostile as can be. */
static void say_everything(struct toy_view *v, struct vs_attach *a)
{
	const struct vs_attach *top[] = { a };
	struct vs_phase_stat stat[] = {
		{ .name = "total", .count = 12, .p50_ns = S, .max_ns = 4000 * S, .share = 1 },
		{ .name = "dma_map",
		  .phase = VS_PHASE_DMA_MAP,
		  .count = 9,
		  .p50_ns = 5,
		  .share = 0.1 },
		{ .name = "pin",
		  .phase = VS_PHASE_PIN,
		  .parent = VS_PHASE_DMA_MAP,
		  .count = 9,
		  .max_ns = 290 * MS },
		{ .name = "device_close",
		  .phase = VS_PHASE_DEVICE_CLOSE,
		  .count = 1,
		  .later = true },
	};
	struct vs_profile profile = {
		.attaches = 12,
		.failed = 1,
		.going_on = 1,
		.incomplete = 2,
		.total_ns = 10 * S,
		.kernel_ns = 3 * S,
		.stat = stat,
		.stat_count = 4,
		.top = top,
		.top_count = 1,
	};
	const struct vs_finding f = {
		.rule = &vs_rules[VS_RULE_OVER_BUDGET],
		.severity = VS_WARNING,
		.device = a->device,
		.vm = &a->vm,
		.group = 7,
		.pid = a->pid,
		.comm = a->comm,
		.ts = a->end_ns,
		.title = vs_rules[VS_RULE_OVER_BUDGET].title,
		.cause = "device_open took 4.00 s of 2.00 s",
	};
	size_t i;

	for (i = 0; i < sizeof(stat) / sizeof(stat[0]); i++)
		memcpy(stat[i].driver, a->driver, sizeof(a->driver));
	toy_later(a);
	VS_TELL(v->sink, attach, a);
	VS_TELL(v->sink, finding, &f);
	VS_TELL(v->sink, detach, a);
	a->state = VS_ATTACH_GOING_ON;
	a->now = (struct vs_attach_now){ .phase = VS_PHASE_DEVICE_OPEN,
					 .part = VS_PHASE_RESET,
					 .call_ns = 12 * S,
					 .part_ns = 11 * S,
					 .lock = VS_LOCK_DEV_SET,
					 .lock_ns = 10 * S,
					 .holder = a->wait[0].holder[0] };
	VS_TELL(v->sink, stuck, a);
	VS_TELL(v->sink, detach, a);
	VS_TELL(v->sink, profile, &profile);
}

static char *everything(const struct vs_view_config *config, struct vs_attach *a, bool json)
{
	static const struct vs_tally tally = { .findings = { [VS_WARNING] = 1 } };
	struct toy_view v;

	toy_open(&v, config, json);
	say_everything(&v, a);
	toy_end(&v, &tally);
	return toy_close(&v);
}

/* As long as it can be, of bytes that take most room. */
static void fill_name(char *name, size_t size)
{
	memset(name, '\033', size - 1);
	memcpy(name, "a\nb \xff\x80", 6);
	name[size - 1] = '\0';
}

static void hostile(struct vs_attach *a)
{
	struct vs_lock_holder *h = &a->wait[0].holder[0];

	fill_name(a->device, sizeof(a->device));
	fill_name(a->driver, sizeof(a->driver));
	fill_name(a->comm, sizeof(a->comm));
	fill_name(a->vm.name, sizeof(a->vm.name));
	fill_name(a->vm.comm, sizeof(a->vm.comm));
	fill_name(h->comm, sizeof(h->comm));
	fill_name(h->device, sizeof(h->device));
	fill_name(h->vm_name, sizeof(h->vm_name));
}

static void lines_are_never_wider(void **state)
{
	struct vs_attach a;
	const int *width;
	int look;

	(void)state;
	FOR_EACH(width, widths)
	{
		for (look = 0; look < 8; look++) {
			const struct vs_view_config config = { .width = *width,
							       .utf8 = look & 1,
							       .color = look & 2 };
			char *out;

			toy_attach(&a, 1100 * MS);
			if (look & 4)
				hostile(&a);
			out = everything(&config, &a, false);
			assert_true(widest(out) <= *width);
			free(out);
		}
	}
}

static void no_terminal_is_as_wide_as_other_text(void **state)
{
	static const struct vs_view_config config = { .utf8 = true };
	struct vs_attach a;
	char *out;

	(void)state;
	toy_attach(&a, 100 * MS);
	out = everything(&config, &a, false);
	assert_int_equal(widest(out), VS_WIDTH);
	free(out);
}

static void what_others_named_is_escaped(void **state)
{
	const struct vs_view_config config = { .width = 200 };
	struct vs_attach a;
	char *out;

	(void)state;
	toy_attach(&a, 1100 * MS);
	hostile(&a);
	out = everything(&config, &a, false);
	assert_true(is_ascii(out));
	assert_says(out, "a\\nb \\xff\\x80\\x1b");
	free(out);
	out = everything(&config, &a, true);
	assert_true(is_ascii(out));
	assert_says(out, "\"device\":\"a\\\\nb \\\\xff\\\\x80\\\\x1b");
	free(out);
}

static void ascii_if_nothing_else_may_be_used(void **state)
{
	const struct vs_view_config config = { .width = 120 };
	struct vs_attach a;
	char *out;

	(void)state;
	toy_attach(&a, 1100 * MS);
	out = everything(&config, &a, false);
	assert_true(is_ascii(out));
	free(out);
}

static void who_is_stuck_and_in_what(void **state)
{
	struct vs_attach a;
	char *out;

	(void)state;
	toy_stuck(&a, false);
	out = SAID(stuck, &wide, &a);
	assert_answers(
		out, "0000:01:00.0 (qemu-system-x86, pid 12) has been in device_open for 12.00 s");
	assert_tells(out, "12.00 s: in reset for 11.90 s");
	free(out);
	toy_stuck(&a, true);
	out = SAID(stuck, &wide, &a);
	assert_tells(out,
		     "in device_open for 12.00 s, waiting for dev_set->lock for 11.90 s, held by "
		     "qemu-system-x86 (pid 44, vm2 \"guest2\") for 0000:01:00.1 in reset");
	free(out);
}

static void what_goes_on_at_the_end_is_shown(void **state)
{
	struct vs_attach a;
	char *out;

	(void)state;
	toy_stuck(&a, false);
	out = SAID(detach, &wide, &a);
	assert_answers(out, "0000:01:00.0 is not usable yet: in device_open for 12.00 s: in reset");
	assert_says(out, "\n  dma_map ");
	assert_silent(out, "later");
	free(out);
	a.now = (struct vs_attach_now){ .phase = VS_PHASE_NONE };
	*a.device = '\0';
	out = SAID(detach, &wide, &a);
	assert_answers(out, "a device of IOMMU group 7 is not usable yet, and in no call; so far");
	free(out);
}

static void later_phases_are_told_at_the_end(void **state)
{
	struct vs_attach a;
	char *out;

	(void)state;
	toy_attach(&a, 1100 * MS);
	out = SAID(detach, &wide, &a);
	assert_string_equal(out, "");
	free(out);
	toy_later(&a);
	out = SAID(detach, &wide, &a);
	assert_tells(out, "attach 1, 0000:01:00.0, later: irq_setup 3x 2.1 ms; "
			  "device_close 120 ms (reset 100 ms)");
	free(out);
}

static void quiet_leaves_what_matters(void **state)
{
	const struct vs_view_config config = { .width = 100, .quiet = true };
	struct vs_attach a;
	char *out;

	(void)state;
	toy_attach(&a, 1100 * MS);
	out = everything(&config, &a, false);
	assert_silent(out, "longest: device_open");
	assert_silent(out, "later:");
	assert_silent(out, "not usable yet");
	assert_says(out,
		    "warning    over-budget: a phase of an attach took longer than its budget");
	assert_says(out, "has been in device_open");
	assert_says(out, "p99");
	assert_tells(out, "12 attaches, 1 failed, 1 going on, 2 incomplete; "
			  "in all, the kernel took 3.00 s of 10.00 s (30 %)");
	free(out);
}

static void findings_say_what_took_too_long(void **state)
{
	struct vs_attach a;
	char *out;

	(void)state;
	toy_attach(&a, 1100 * MS);
	out = everything(&wide, &a, false);
	assert_says(out, "0000:01:00.0, vm1 \"guest1\" (qemu-system-x86, pid 12): "
			 "device_open took 4.00 s of 2.00 s");
	free(out);
}

static void nothing_at_all(void **state)
{
	struct vs_view_config config = { .quiet = true };
	static const struct vs_profile none;
	char *out;

	(void)state;
	out = SAID(profile, &config, &none);
	assert_string_equal(out, "no device was attached during this run\n");
	free(out);
	/* Others may have been. */
	config.narrowed = true;
	out = SAID(profile, &config, &none);
	assert_string_equal(out, "no device that was asked for was attached during this run\n");
	free(out);
}

static void tables_have_what_fits(void **state)
{
	const struct vs_view_config narrow = { .width = 40, .quiet = true };
	struct vs_attach a;
	char *out;

	(void)state;
	toy_attach(&a, 1100 * MS);
	out = everything(&wide, &a, false);
	assert_says(out, "driver vfio-pci\n");
	assert_says(out, "p90");
	assert_says(out, "share");
	assert_says(out, "\n    pin ");
	assert_says(out, "after the device was usable:\n  device_close ");
	assert_says(out, "\n  attach 1 ");
	free(out);
	toy_attach(&a, 1100 * MS);
	out = everything(&narrow, &a, false);
	assert_says(out, "max");
	assert_silent(out, "share");
	free(out);
}

/* The objects of an output, in an array. */
static json_t *objects(char *out)
{
	json_t *all = json_array();
	char *line, *rest;

	for (line = strtok_r(out, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		json_t *object = json_loads(line, 0, NULL);

		assert_non_null(object);
		assert_int_equal(json_array_append_new(all, object), 0);
	}
	free(out);
	return all;
}

static json_t *of_type(json_t *all, const char *type, size_t nth)
{
	json_t *object;
	size_t i;

	json_array_foreach(
		all, i,
		object) if (!strcmp(json_string_value(json_object_get(object, "type")), type) &&
			    !nth--) return object;
	return NULL;
}

static json_int_t number(json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	assert_true(json_is_integer(value));
	return json_integer_value(value);
}

static const char *word(json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* A phase is its parts, its waits and the rest of it. */
static void assert_adds_up(json_t *phases, json_t *of)
{
	json_int_t sum = number(of, "self_ns") + number(of, "lock_wait_ns");
	json_t *phase;
	size_t i;

	json_array_foreach(phases, i, phase)
	{
		const char *parent = word(phase, "parent");

		if (parent && !strcmp(parent, word(of, "phase")) &&
		    !strcmp(word(phase, "root"), word(of, "root")))
			sum += number(phase, "total_ns");
	}
	assert_int_equal(sum, number(of, "total_ns"));
}

static void json_adds_up(void **state)
{
	json_t *all, *attach, *phases, *phase, *wait;
	json_int_t sum;
	struct vs_attach a;
	size_t i;

	(void)state;
	toy_attach(&a, 1100 * MS);
	all = objects(everything(&wide, &a, true));
	attach = of_type(all, "attach", 0);
	assert_string_equal(word(attach, "state"), "usable");
	assert_true(json_is_null(json_object_get(attach, "now")));
	assert_string_equal(word(attach, "vm"), "vm1");
	sum = number(attach, "vmm_ns") + number(attach, "unaccounted_ns");
	phases = json_object_get(attach, "phases");
	assert_int_equal(json_array_size(phases), a.phase_count);
	json_array_foreach(phases, i, phase)
	{
		if (json_is_null(json_object_get(phase, "parent")))
			sum += number(phase, "total_ns");
		assert_adds_up(phases, phase);
	}
	assert_int_equal(sum, number(attach, "total_ns"));
	wait = json_array_get(json_object_get(attach, "lock_waits"), 0);
	assert_string_equal(word(wait, "lock"), "dev_set->lock");
	assert_int_equal(number(wait, "holder_pid"), 44);
	assert_string_equal(word(wait, "holder_vm"), "vm2");
	assert_string_equal(word(wait, "holder_phase"), "reset");
	assert_int_equal(json_array_size(json_object_get(wait, "held_by")), 1);
	json_decref(all);
}

static void json_has_what_comes_after(void **state)
{
	json_t *all, *object;
	struct vs_attach a;

	(void)state;
	toy_attach(&a, 1100 * MS);
	all = objects(everything(&wide, &a, true));
	object = of_type(all, "detach", 0);
	assert_int_equal(number(object, "attach"), 1);
	assert_int_equal(json_array_size(json_object_get(object, "phases")), 3);
	object = of_type(all, "stuck", 0);
	assert_string_equal(word(json_object_get(object, "now"), "part"), "reset");
	assert_string_equal(word(json_object_get(object, "now"), "holder_device"), "0000:01:00.1");
	object = of_type(all, "attach", 1);
	assert_string_equal(word(object, "state"), "going_on");
	assert_string_equal(word(json_object_get(object, "now"), "phase"), "device_open");
	assert_non_null(of_type(all, "finding", 0));
	object = of_type(all, "phase", 0);
	assert_string_equal(word(object, "phase"), "total");
	assert_int_equal(number(object, "share_permille"), 1000);
	object = of_type(all, "phase", 3);
	assert_true(json_is_null(json_object_get(object, "share_permille")));
	object = of_type(all, "summary", 0);
	assert_int_equal(number(object, "attaches"), 12);
	assert_int_equal(number(object, "attaches_failed"), 1);
	assert_int_equal(number(object, "attaches_going_on"), 1);
	assert_int_equal(number(object, "attaches_incomplete"), 2);
	assert_true(json_is_null(json_object_get(object, "opens")));
	assert_int_equal(number(json_object_get(object, "findings"), "warning"), 1);
	json_decref(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_line_answers),
		cmocka_unit_test(little_time_in_the_kernel_is_said),
		cmocka_unit_test(failures_have_a_name_and_a_call),
		cmocka_unit_test(every_phase_has_a_row),
		cmocka_unit_test(parts_stand_below_their_parents),
		cmocka_unit_test(bars_stand_where_time_went),
		cmocka_unit_test(narrow_terminals_have_no_bars),
		cmocka_unit_test(lines_are_never_wider),
		cmocka_unit_test(no_terminal_is_as_wide_as_other_text),
		cmocka_unit_test(what_others_named_is_escaped),
		cmocka_unit_test(ascii_if_nothing_else_may_be_used),
		cmocka_unit_test(who_is_stuck_and_in_what),
		cmocka_unit_test(what_goes_on_at_the_end_is_shown),
		cmocka_unit_test(later_phases_are_told_at_the_end),
		cmocka_unit_test(quiet_leaves_what_matters),
		cmocka_unit_test(findings_say_what_took_too_long),
		cmocka_unit_test(nothing_at_all),
		cmocka_unit_test(tables_have_what_fits),
		cmocka_unit_test(json_adds_up),
		cmocka_unit_test(json_has_what_comes_after),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
