// SPDX-License-Identifier: GPL-2.0-only
/* A moment as the end of a chain gets it: the findings that are kept for it, and when. */
#include "model_test.h"
#include "../../user/core/moment.h"

#define M_MAX 16

/* The moment that was shown. Its objects are the model's, and live as long. */
struct taken {
	struct vs_sink sink; /* first */
	const struct vs_vm *vm[M_MAX];
	const struct vs_group *group[M_MAX];
	const struct vs_container *container[M_MAX];
	const struct vs_open *open[M_MAX];
	size_t vms, groups, containers, opens;
	size_t moments, finding_count;
	struct said_finding finding[M_MAX];
	bool narrowed, started, ended;
};

static struct taken taken;

static struct taken *taken_of(struct vs_sink *s)
{
	struct taken *t = (struct taken *)s;

	assert_false(t->ended);
	return t;
}

static void take_start(struct vs_sink *s, const struct vs_run *run)
{
	(void)run;
	taken_of(s)->started = true;
}

#define TAKE(t, m, what)                                                                     \
	do {                                                                                 \
		assert_true((m)->what##_count <= M_MAX);                                     \
		(t)->what##s = (m)->what##_count;                                            \
		if ((m)->what##_count)                                                       \
			memcpy((t)->what, (m)->what##s, (m)->what##_count * sizeof(void *)); \
	} while (0)

static void take_moment(struct vs_sink *s, const struct vs_moment *m)
{
	struct taken *t = taken_of(s);

	assert_true(t->started);
	t->moments++;
	TAKE(t, m, vm);
	TAKE(t, m, group);
	TAKE(t, m, container);
	TAKE(t, m, open);
	t->narrowed = m->narrowed;
}

static void take_finding(struct vs_sink *s, const struct vs_finding *f)
{
	struct taken *t = taken_of(s);

	assert_int_equal(t->moments, 1); /* comes before */
	assert_true(t->finding_count < M_MAX);
	copy_finding(&t->finding[t->finding_count++], f);
}

/* A moment is not told call by call. */
static void take_event(struct vs_sink *s, const union vs_event *ev, const struct vs_refs *refs)
{
	(void)s;
	(void)ev;
	(void)refs;
	fail();
}

static void take_open(struct vs_sink *s, const struct vs_open *open)
{
	(void)s;
	(void)open;
	fail();
}

static void take_end(struct vs_sink *s, const struct vs_ending *ending)
{
	(void)ending;
	assert_int_equal(taken_of(s)->moments, 1);
	taken_of(s)->ended = true;
}

static const struct vs_sink_ops take_ops = {
	.start = take_start,
	.event = take_event,
	.opened = take_open,
	.finding = take_finding,
	.closed = take_open,
	.moment = take_moment,
	.end = take_end,
};

static const struct vs_filter any = { .group = -1, .device_group = -1 };

/* From here on, what the model says is for a moment with this filter. */
static void moment_begin(struct lab *l, const struct vs_filter *f)
{
	const struct vs_run run = { 0 };

	vs_sink_free(l->next);
	memset(&taken, 0, sizeof(taken));
	taken.sink.ops = &take_ops;
	l->next = vs_moment_sink(f, &taken.sink);
	assert_non_null(l->next);
	/* The laboratory has begun already. */
	VS_TELL(l->next, start, &run);
}

/* The look is over. */
static void moment_taken(struct lab *l)
{
	look_done(l);
	finish(l);
	assert_true(taken.ended);
	assert_int_equal(vs_moment_error(l->next), 0);
}

static int begin_moment(void **state)
{
	struct lab_config config = with_look;

	config.grace_ns = 0;
	begin_with(state, &config);
	moment_begin(*state, &any);
	return 0;
}

#define MOMENT_TEST(name) cmocka_unit_test_setup_teardown(name, begin_moment, end)

static void assert_counts(size_t vms, size_t groups, size_t containers, size_t opens)
{
	assert_int_equal(taken.vms, vms);
	assert_int_equal(taken.groups, groups);
	assert_int_equal(taken.containers, containers);
	assert_int_equal(taken.opens, opens);
}

/* Findings that are shown are about what is shown, and keep the names they had. */
static void findings_of_a_moment(void **state)
{
	struct vs_filter f = any;
	struct lab *l = *state;

	f.device = l->dev[0].name;
	moment_begin(l, &f);
	had_vm(l, 0, VMM);
	vm_name(l, 0, VMM, "web");
	was_open(l, VMM, 0);
	was_open(l, VMM, 1);
	was_open(l, VMM, 2);
	had_group(l, 0, 0);
	found_device(l, 0);
	found_device(l, 1);
	found_device(l, 2);
	vm_name(l, 0, VMM, "later");
	moment_taken(l);
	assert_true(taken.narrowed);
	assert_int_equal(l->finding_count, 3);
	assert_int_equal(taken.finding_count, 1);
	assert_rule(&taken.finding[0], VS_RULE_OPEN_BEFORE_ADD);
	assert_string_equal(taken.finding[0].device, l->dev[0].name);
	assert_string_equal(taken.finding[0].vm_name, "web");
	EVIDENCE(&taken.finding[0], VS_FOUND_DEVICE);
	assert_int_equal(taken.finding[0].evidence_vm[0], 1);
}

/* A process is asked for: who else holds the device is known after the finding only. */
static void finding_by_a_holder_shown_later(void **state)
{
	struct vs_filter f = any;
	struct lab *l = *state;

	f.pid = OTHER;
	moment_begin(l, &f);
	had_vm(l, 0, VMM);
	was_open(l, VMM, 0);
	was_open(l, VMM, 2);
	had_group(l, 0, 0);
	had_group(l, 0, 1);
	found_device(l, 0);
	found_device(l, 2);
	found_device_at(l, lab_reserve(l), 2, OTHER);
	moment_taken(l);
	assert_int_equal(l->finding_count, 2);
	assert_int_equal(taken.finding_count, 1);
	assert_string_equal(taken.finding[0].device, l->dev[2].name);
}

/* Which group that is may come with the stream. */
static void kept_by_device_whose_group_is_told(void **state)
{
	union vs_record info = make_record(VS_DEV_INFO, 1, 0);
	struct vs_filter f = any;
	struct lab *l = *state;

	f.device = l->dev[0].name;
	moment_begin(l, &f);
	SET_STRING(info.dev_info.name, l->dev[0].name);
	info.dev_info.iommu_group = 12;
	lab_feed(l, &info);
	found_group(l, 0, VMM, 0);
	found_group(l, 1, VMM, 0);
	moment_taken(l);
	assert_counts(0, 1, 0, 0);
	assert_int_equal(taken.group[0]->number, 12);
}

/* Unknown is not 0. */
static void group_without_a_number(void **state)
{
	struct vs_filter f = any;
	union vs_event ev;
	struct lab *l = *state;
	int zero;

	for (zero = 0; zero < 2; zero++) {
		restart(l, &with_look);
		f.group = zero ? 0 : -1;
		moment_begin(l, &f);
		ev = lab_event(l, VS_FOUND_GROUP, VMM);
		ev.found_group.group = l->group[0].ptr;
		ev.found_group.iommu_group = -1;
		ev.found_group.fd = 20;
		lab_emit(l, &ev);
		moment_taken(l);
		assert_int_equal(taken.groups, !zero);
	}
}

static void without_a_next_one(void **state)
{
	(void)state;
	assert_null(vs_moment_sink(&any, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MOMENT_TEST(findings_of_a_moment),
		MOMENT_TEST(finding_by_a_holder_shown_later),
		MOMENT_TEST(kept_by_device_whose_group_is_told),
		MOMENT_TEST(group_without_a_number),
		cmocka_unit_test(without_a_next_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
