// SPDX-License-Identifier: GPL-2.0-only
/* A group and the cdevs of its devices exclude each other: who is named for EBUSY. */
#include "render.h"
#include "toy_cdev.h"

#define DEV 2
#define CDEV 1

/* The last event as a view shows it; the rest of the lab's views is as it was. */
static char *shown(enum render_as as, const union vs_event *ev, const struct vs_refs *refs)
{
	struct render r;

	render_begin(&r, as, false);
	VS_TELL(r.sink, event, ev, refs);
	vs_sink_free(r.sink);
	render_close(&r);
	return r.out;
}

/* What was said of the last event that failed with EBUSY. */
struct busy_seen {
	struct vs_sink sink;
	char *text, *json;
};

static void see_busy(struct vs_sink *s, const union vs_event *ev, const struct vs_refs *refs)
{
	struct busy_seen *b = (struct busy_seen *)s;

	if (ev->h.kind != VS_GROUP_OPEN && ev->h.kind != VS_BIND_IOMMUFD)
		return;
	free(b->text);
	free(b->json);
	b->text = shown(AS_TEXT, ev, refs);
	b->json = shown(AS_JSON, ev, refs);
}

static void forget_busy(struct vs_sink *s)
{
	free(((struct busy_seen *)s)->text);
	free(((struct busy_seen *)s)->json);
}

static const struct vs_sink_ops busy_ops = { .event = see_busy, .free = forget_busy };
static struct busy_seen busy;

static int begin_busy(void **state)
{
	struct lab *l;

	begin(state);
	l = *state;
	use_cdev(l, DEV);
	busy = (struct busy_seen){ .sink.ops = &busy_ops };
	l->next = &busy.sink;
	return 0;
}

#define BUSY_TEST(name) cmocka_unit_test_setup_teardown(name, begin_busy, end)

static void group_open(struct lab *l, const char *node, int64_t ret)
{
	union vs_event ev = lab_event(l, VS_GROUP_OPEN, OTHER);

	ev.h.ret = ret;
	ev.group_open.iommu_group = -1; /* as the probes have it after a failure */
	SET_STRING(ev.group_open.node, node);
	lab_emit(l, &ev);
}

static void group_busy_with_a_cdev(void **state)
{
	struct lab *l = *state;

	cdev_bind(l, DPDK, DEV);
	group_open(l, "13", -EBUSY);
	assert_int_equal(l->last_group, 13);
	assert_says(busy.text, "; bound through its cdev: 0000:5e:00.0 in vmm (pid 300)");
	assert_says(busy.json, "\"busy_pid\":300");
	assert_says(busy.json, "\"group\":13");
	dev_close(l, DPDK, DEV);
	group_open(l, "13", -EBUSY); /* whatever else it is */
	assert_null(strstr(busy.text, "cdev"));
	assert_says(busy.json, "\"busy_pid\":null");
}

static void group_busy_or_not(void **state)
{
	static const struct {
		const char *node;
		int64_t ret;
	} cases[] = {
		{ "13", 0 },	  { "13", -EPERM },	    { "12", -EBUSY },
		{ "", -EBUSY },	  { "noiommu-12", -EBUSY }, { "13x", -EBUSY },
		{ "-1", -EBUSY }, { "noiommu-", -EBUSY },
	};
	struct lab *l = *state;
	size_t i;

	cdev_bind(l, DPDK, DEV);
	dev_open(l, VMM, 0); /* of group 12, through it */
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		group_open(l, cases[i].node, cases[i].ret);
		assert_null(strstr(busy.text, "bound through"));
		assert_says(busy.json, "\"busy_pid\":null");
	}
}

static void bind_busy_with_the_group(void **state)
{
	struct lab *l = *state;

	dev_open(l, DPDK, 3);
	use_cdev(l, 3);
	bind_returns(l, VMM, 3, -EBUSY);
	assert_says(busy.text, "; open through its group: c0ffee00");
	assert_says(busy.text, "in vmm (pid 300)");
	assert_says(busy.json, "\"busy_pid\":300");
}

/* Bound, as far as is known: the close may be among what was lost. */
static void busy_with_what_nobody_knows(void **state)
{
	struct lab *l = *state;

	cdev_bind(l, DPDK, DEV);
	l->lose = 1;
	dev_close(l, DPDK, DEV);
	group_open(l, "13", -EBUSY);
	assert_null(strstr(busy.text, "bound through"));
	assert_says(busy.json, "\"busy_pid\":null");
}

/* No number is not the same number. */
static void busy_in_a_group_of_unknown_number(void **state)
{
	struct lab *l = *state;

	l->group[0].number = l->group[CDEV].number = -1;
	dev_open(l, DPDK, 0);
	bind_returns(l, VMM, DEV, -EBUSY);
	assert_null(strstr(busy.text, "through its group"));
}

/* Bound since before, by a process that nobody has seen. */
static void busy_with_an_unknown_process(void **state)
{
	struct lab *l = *state;

	was_open(l, DPDK, DEV);
	was_open(l, DPDK, DEV);
	dev_close(l, DPDK, DEV);
	group_open(l, "13", -EBUSY);
	assert_says(busy.text, "; bound through its cdev: 0000:5e:00.0\n");
	assert_says(busy.json, "\"busy_pid\":null");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BUSY_TEST(group_busy_with_a_cdev),
		BUSY_TEST(group_busy_or_not),
		BUSY_TEST(bind_busy_with_the_group),
		BUSY_TEST(busy_with_what_nobody_knows),
		BUSY_TEST(busy_in_a_group_of_unknown_number),
		BUSY_TEST(busy_with_an_unknown_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
