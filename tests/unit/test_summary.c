// SPDX-License-Identifier: GPL-2.0-only
/* What many attaches come to. */
#include <malloc.h>

#include "toy_phases.h"
#include "../../user/core/profile/histogram.h"
#include "../../user/core/profile/summary.h"

#define MOST_STATS 256
#define MOST_TOP 4

/* The end of a chain: the profile it was told, and what else. */
static struct shown {
	struct vs_sink sink; /* first */
	struct vs_profile profile;
	struct vs_phase_stat stat[MOST_STATS];
	uint32_t top[MOST_TOP]; /* ids */
	struct vs_attach slowest;
	size_t attaches, stuck, detaches, profiles, others;
	bool ended, freed;
} shown;

static void show_attach(struct vs_sink *s, const struct vs_attach *a)
{
	(void)s;
	(void)a;
	shown.attaches++;
}

static void show_stuck(struct vs_sink *s, const struct vs_attach *a)
{
	(void)s;
	(void)a;
	shown.stuck++;
}

static void show_detach(struct vs_sink *s, const struct vs_attach *a)
{
	(void)s;
	(void)a;
	shown.detaches++;
}

static void show_profile(struct vs_sink *s, const struct vs_profile *p)
{
	size_t i;

	(void)s;
	assert_false(shown.ended);
	assert_true(p->stat_count <= MOST_STATS);
	assert_true(p->top_count <= MOST_TOP);
	shown.profile = *p;
	for (i = 0; i < p->stat_count; i++)
		shown.stat[i] = p->stat[i];
	for (i = 0; i < p->top_count; i++)
		shown.top[i] = p->top[i]->id;
	if (p->top_count)
		shown.slowest = *p->top[0];
	shown.profiles++;
}

static void show_end(struct vs_sink *s, const struct vs_ending *ending)
{
	(void)s;
	assert_null(ending);
	shown.ended = true;
}

static void show_free(struct vs_sink *s)
{
	(void)s;
	shown.freed = true;
}

static void show_start(struct vs_sink *s, const struct vs_run *run)
{
	(void)s;
	(void)run;
	shown.others++;
}

static void show_device(struct vs_sink *s, const struct ev_dev_info *info)
{
	(void)s;
	(void)info;
	shown.others++;
}

static void show_event(struct vs_sink *s, const union vs_event *ev, const struct vs_refs *refs)
{
	(void)s;
	(void)ev;
	(void)refs;
	shown.others++;
}

static void show_open(struct vs_sink *s, const struct vs_open *open)
{
	(void)s;
	(void)open;
	shown.others++;
}

static void show_finding(struct vs_sink *s, const struct vs_finding *f)
{
	(void)s;
	(void)f;
	shown.others++;
}

static void show_moment(struct vs_sink *s, const struct vs_moment *moment)
{
	(void)s;
	(void)moment;
	shown.others++;
}

static const struct vs_sink_ops show_ops = {
	.start = show_start,
	.attached = show_start,
	.device = show_device,
	.event = show_event,
	.opened = show_open,
	.finding = show_finding,
	.closed = show_open,
	.attach = show_attach,
	.stuck = show_stuck,
	.detach = show_detach,
	.profile = show_profile,
	.moment = show_moment,
	.end = show_end,
	.free = show_free,
};

static struct vs_sink *summary;

static void begin_with(size_t top)
{
	memset(&shown, 0, sizeof(shown));
	shown.sink.ops = &show_ops;
	summary = vs_summary_sink(top, &shown.sink);
	assert_non_null(summary);
}

static int begin(void **state)
{
	(void)state;
	begin_with(MOST_TOP);
	return 0;
}

static int end(void **state)
{
	(void)state;
	vs_sink_free(summary);
	return shown.freed ? 0 : -1;
}

static void detach(const struct vs_attach *a)
{
	summary->ops->detach(summary, a);
}

static void finish(void)
{
	summary->ops->end(summary, NULL);
	assert_int_equal(shown.profiles, 1);
	assert_true(shown.ended);
	assert_int_equal(vs_summary_error(summary), 0);
}

static const struct vs_phase_stat *find(const char *driver, const char *name, const char *parent,
					bool later)
{
	const struct vs_phase_stat *s;

	for (s = shown.stat; s < shown.stat + shown.profile.stat_count; s++)
		if (!strcmp(s->driver, driver) && !strcmp(s->name, name) &&
		    s->parent == (parent ? vs_phase_find(parent) : VS_PHASE_NONE) &&
		    s->later == later)
			return s;
	return NULL;
}

static const struct vs_phase_stat *stat(const char *name, const char *parent)
{
	const struct vs_phase_stat *s = find("vfio-pci", name, parent, false);

	if (!s)
		fail_msg("no row of %s in %s", name, parent ? parent : "nothing");
	return s;
}

/* Rows */

static void nothing(void **state)
{
	(void)state;
	finish();
	assert_int_equal(shown.profile.stat_count, 0);
	assert_int_equal(shown.profile.top_count, 0);
	assert_int_equal(shown.profile.attaches, 0);
	assert_int_equal(shown.profile.total_ns, 0);
}

static void one_attach(void **state)
{
	struct vs_attach a;

	(void)state;
	toy_attach(&a, 1, 10 * SEC);
	toy_phase(&a, VS_PHASE_DMA_MAP, VS_PHASE_NONE, 4 * SEC);
	toy_phase(&a, VS_PHASE_PIN, VS_PHASE_DMA_MAP, 3 * SEC);
	toy_waited(toy_phase(&a, VS_PHASE_DEVICE_OPEN, VS_PHASE_NONE, 2 * SEC), SEC);
	a.vmm_ns -= SEC;
	a.unaccounted_ns = SEC;
	toy_later(&a, VS_PHASE_IRQ_SETUP, VS_PHASE_NONE, 7 * SEC);
	detach(&a);
	finish();
	assert_int_equal(shown.profile.attaches, 1);
	assert_int_equal(shown.profile.total_ns, 10 * SEC);
	assert_int_equal(shown.profile.kernel_ns, 7 * SEC);
	assert_int_equal(shown.profile.stat_count, 8);
	assert_int_equal(stat("total", NULL)->total_ns, 10 * SEC);
	assert_int_equal(stat("vmm", NULL)->total_ns, 3 * SEC);
	assert_int_equal(stat("unaccounted", NULL)->total_ns, SEC);
	assert_int_equal(stat("dma_map", NULL)->total_ns, 4 * SEC);
	assert_int_equal(stat("pin", "dma_map")->total_ns, 3 * SEC);
	assert_int_equal(stat("device_open", NULL)->total_ns, 2 * SEC);
	assert_int_equal(stat("lock_wait", "device_open")->total_ns, SEC);
	assert_int_equal(find("vfio-pci", "irq_setup", NULL, true)->total_ns, 7 * SEC);
	assert_int_equal(stat("dma_map", NULL)->phase, VS_PHASE_DMA_MAP);
	assert_int_equal(stat("lock_wait", "device_open")->phase, VS_PHASE_LOCK_WAIT);
	assert_int_equal(stat("vmm", NULL)->phase, VS_PHASE_NONE);
	assert_int_equal(stat("total", NULL)->phase, VS_PHASE_NONE);
	assert_int_equal(stat("unaccounted", NULL)->phase, VS_PHASE_NONE);
}

/* All of the same moments: of one attach, each of them is the value. */
static void numbers_of_a_row(void **state)
{
	const struct vs_phase_stat *s;
	struct vs_attach a;
	uint32_t i;

	(void)state;
	for (i = 1; i <= 1000; i++) {
		toy_attach(&a, i, i * MS);
		if (i % 2)
			toy_phase(&a, VS_PHASE_DEVICE_OPEN, VS_PHASE_NONE, i * MS);
		detach(&a);
	}
	finish();
	s = stat("total", NULL);
	assert_int_equal(s->count, 1000);
	assert_int_equal(s->max_ns, 1000 * MS);
	assert_int_equal(s->total_ns, 500500 * MS);
	assert_float_equal(s->p50_ns, 500.0 * MS, 500.0 * MS * VS_HISTOGRAM_ERROR);
	assert_float_equal(s->p90_ns, 900.0 * MS, 900.0 * MS * VS_HISTOGRAM_ERROR);
	assert_float_equal(s->p99_ns, 990.0 * MS, 990.0 * MS * VS_HISTOGRAM_ERROR);
	assert_int_equal(s->share * 1000, 1000);
	s = stat("device_open", NULL);
	assert_int_equal(s->count, 500);
	assert_int_equal(s->max_ns, 999 * MS);
	assert_int_equal(s->total_ns, 250000 * MS);
	assert_float_equal(s->share, 250000 / 500500.0, 1e-9);
	assert_float_equal(stat("vmm", NULL)->share, 250500 / 500500.0, 1e-9);
}

/* One sample is what the phase took in one attach, in whatever call it was. */
static void phase_in_several_calls_is_one_sample(void **state)
{
	struct vs_attach a;
	struct vs_attach_phase *p;

	(void)state;
	toy_attach(&a, 1, 10 * SEC);
	p = toy_phase(&a, VS_PHASE_PIN, VS_PHASE_DMA_MAP, SEC);
	toy_waited(p, 100 * MS);
	p = toy_phase(&a, VS_PHASE_PIN, VS_PHASE_DMA_MAP, 2 * SEC);
	p->root = VS_PHASE_IOMMUFD_MAP;
	toy_waited(p, 200 * MS);
	p = toy_phase(&a, VS_PHASE_PIN, VS_PHASE_IOMMUFD_MAP, 4 * SEC);
	toy_waited(p, 400 * MS);
	p = toy_later(&a, VS_PHASE_PIN, VS_PHASE_DMA_MAP, 3 * SEC);
	toy_waited(p, 800 * MS);
	detach(&a);
	finish();
	assert_int_equal(stat("pin", "dma_map")->count, 1);
	assert_int_equal(stat("pin", "dma_map")->max_ns, 3 * SEC);
	assert_int_equal(stat("pin", "iommufd_map")->max_ns, 4 * SEC);
	assert_int_equal(stat("lock_wait", "pin")->count, 1);
	assert_int_equal(stat("lock_wait", "pin")->max_ns, 700 * MS);
	assert_int_equal(find("vfio-pci", "pin", "dma_map", true)->max_ns, 3 * SEC);
	assert_int_equal(find("vfio-pci", "lock_wait", "pin", true)->max_ns, 800 * MS);
	assert_int_equal(shown.profile.stat_count, 3 + 3 + 2);
}

static void as_many_phases_as_can_be(void **state)
{
	struct vs_attach a;
	uint32_t i;

	(void)state;
	toy_attach(&a, 1, 1000 * SEC);
	for (i = 0; i < VS_ATTACH_PHASES; i++) {
		enum vs_phase phase = 1 + i % (VS_PHASE_COUNT - 1);
		enum vs_phase parent = i / (VS_PHASE_COUNT - 1);

		/* That it never is: its rows would be other phases' waits. */
		if (phase == VS_PHASE_LOCK_WAIT) {
			phase = VS_PHASE_PIN;
			parent += 2;
		}

		toy_waited(toy_phase(&a, phase, parent, SEC), MS);
		toy_waited(toy_later(&a, phase, parent, SEC), MS);
	}
	detach(&a);
	finish();
	assert_int_equal(shown.profile.stat_count,
			 3 + 2 * VS_ATTACH_PHASES + 2 * (VS_PHASE_COUNT - 2));
}

static void later_phases_have_no_share(void **state)
{
	struct vs_attach a;

	(void)state;
	toy_attach(&a, 1, SEC);
	toy_phase(&a, VS_PHASE_DEVICE_OPEN, VS_PHASE_NONE, SEC / 2);
	toy_waited(toy_later(&a, VS_PHASE_DEVICE_CLOSE, VS_PHASE_NONE, SEC), MS);
	detach(&a);
	finish();
	assert_float_equal(stat("device_open", NULL)->share, 0.5, 1e-9);
	assert_true(find("vfio-pci", "device_close", NULL, true)->share == 0);
	assert_true(find("vfio-pci", "lock_wait", "device_close", true)->share == 0);
}

/* An attach that took no time at all: no share is a number that is none. */
static void no_time_no_share(void **state)
{
	struct vs_attach a;

	(void)state;
	toy_attach(&a, 1, 0);
	detach(&a);
	finish();
	assert_int_equal(stat("total", NULL)->count, 1);
	assert_true(stat("total", NULL)->share == 0);
}

/* Drivers */

static void drivers_apart(void **state)
{
	struct vs_attach a;

	(void)state;
	toy_attach(&a, 1, 10 * SEC);
	toy_phase(&a, VS_PHASE_DEVICE_OPEN, VS_PHASE_NONE, SEC);
	detach(&a);
	toy_attach(&a, 2, 4 * SEC);
	/* What stands behind the end of a name is no part of it. */
	memset(a.driver, 'x', sizeof(a.driver));
	SET_STRING(a.driver, "mlx5_vfio_pci");
	toy_phase(&a, VS_PHASE_DEVICE_OPEN, VS_PHASE_NONE, 3 * SEC);
	detach(&a);
	memset(a.driver, 'y', sizeof(a.driver));
	SET_STRING(a.driver, "mlx5_vfio_pci");
	detach(&a);
	toy_attach(&a, 3, SEC);
	SET_STRING(a.driver, "");
	detach(&a);
	finish();
	assert_int_equal(shown.profile.attaches, 4);
	assert_int_equal(shown.profile.total_ns, 19 * SEC);
	assert_int_equal(shown.profile.stat_count, 4 + 4 + 3);
	assert_string_equal(shown.stat[0].driver, "");
	assert_string_equal(shown.stat[3].driver, "mlx5_vfio_pci");
	assert_string_equal(shown.stat[7].driver, "vfio-pci");
	assert_float_equal(find("vfio-pci", "device_open", NULL, false)->share, 0.1, 1e-9);
	assert_float_equal(find("mlx5_vfio_pci", "device_open", NULL, false)->share, 0.75, 1e-9);
	assert_int_equal(find("mlx5_vfio_pci", "total", NULL, false)->count, 2);
}

/* Order */

static void assert_order(const char *const *expected)
{
	size_t i;

	for (i = 0; expected[i]; i++) {
		const struct vs_phase_stat *s = &shown.stat[i];
		char row[100];

		assert_true(i < shown.profile.stat_count);
		snprintf(row, sizeof(row), "%s%s%s%s", s->later ? "later " : "", s->name,
			 s->parent ? " in " : "", s->parent ? vs_phase_name(s->parent) : "");
		assert_string_equal(row, expected[i]);
	}
	assert_int_equal(shown.profile.stat_count, i);
}

/* Not in the order in which the samples came. */
static void rows_are_in_order(void **state)
{
	static const char *const expected[] = {
		"total",
		"vmm",
		"group_open",
		"set_iommu",
		"domain_alloc in set_iommu",
		"iommu_attach in set_iommu",
		"pin in iommu_attach",
		"lock_wait in pin", /* of both pins */
		"dma_map",
		"pin in dma_map",
		"map in dma_map",
		"register",
		"coherency in register",
		"device_open",
		"lock_wait in device_open",
		"driver_open in device_open",
		"power_up in driver_open",
		"reset in driver_open",
		"lock_wait in reset",
		"enable in use_iommu", /* whose own row is missing */
		"enable in hot_reset",
		"unaccounted",
		"later irq_setup",
		"later device_close",
		"later lock_wait in device_close",
		"later reset in device_close",
		NULL,
	};
	struct vs_attach a;

	(void)state;
	toy_attach(&a, 1, 100 * SEC);
	toy_phase(&a, VS_PHASE_ENABLE, VS_PHASE_HOT_RESET, SEC);
	toy_phase(&a, VS_PHASE_ENABLE, VS_PHASE_USE_IOMMU, SEC);
	toy_waited(toy_phase(&a, VS_PHASE_RESET, VS_PHASE_DRIVER_OPEN, SEC), MS);
	toy_phase(&a, VS_PHASE_POWER_UP, VS_PHASE_DRIVER_OPEN, SEC);
	toy_phase(&a, VS_PHASE_DRIVER_OPEN, VS_PHASE_DEVICE_OPEN, SEC);
	toy_waited(toy_phase(&a, VS_PHASE_DEVICE_OPEN, VS_PHASE_NONE, SEC), MS);
	toy_phase(&a, VS_PHASE_COHERENCY, VS_PHASE_REGISTER, SEC);
	toy_phase(&a, VS_PHASE_REGISTER, VS_PHASE_NONE, SEC);
	toy_later(&a, VS_PHASE_RESET, VS_PHASE_DEVICE_CLOSE, SEC);
	toy_waited(toy_later(&a, VS_PHASE_DEVICE_CLOSE, VS_PHASE_NONE, SEC), MS);
	toy_later(&a, VS_PHASE_IRQ_SETUP, VS_PHASE_NONE, SEC);
	toy_phase(&a, VS_PHASE_MAP, VS_PHASE_DMA_MAP, SEC);
	toy_waited(toy_phase(&a, VS_PHASE_PIN, VS_PHASE_DMA_MAP, SEC), MS);
	toy_phase(&a, VS_PHASE_DMA_MAP, VS_PHASE_NONE, SEC);
	toy_phase(&a, VS_PHASE_PIN, VS_PHASE_IOMMU_ATTACH, SEC);
	toy_phase(&a, VS_PHASE_IOMMU_ATTACH, VS_PHASE_SET_IOMMU, SEC);
	toy_phase(&a, VS_PHASE_DOMAIN_ALLOC, VS_PHASE_SET_IOMMU, SEC);
	toy_phase(&a, VS_PHASE_SET_IOMMU, VS_PHASE_NONE, SEC);
	toy_phase(&a, VS_PHASE_GROUP_OPEN, VS_PHASE_NONE, SEC);
	detach(&a);
	finish();
	assert_order(expected);
}

/* Two phases that say of each other that they are its part: each stands there, once. */
static void parts_in_a_circle(void **state)
{
	struct vs_attach a;

	(void)state;
	toy_attach(&a, 1, SEC);
	toy_phase(&a, VS_PHASE_RESET, VS_PHASE_HOT_RESET, MS);
	toy_phase(&a, VS_PHASE_HOT_RESET, VS_PHASE_RESET, MS);
	toy_phase(&a, VS_PHASE_ENABLE, VS_PHASE_ENABLE, MS);
	detach(&a);
	finish();
	assert_int_equal(shown.profile.stat_count, 6);
	assert_non_null(stat("reset", "hot_reset"));
	assert_non_null(stat("hot_reset", "reset"));
	assert_non_null(stat("enable", "enable"));
}

/* Counts */

static void only_complete_usable_ones_have_samples(void **state)
{
	struct vs_attach a;

	(void)state;
	toy_attach(&a, 1, SEC);
	detach(&a);
	a.state = VS_ATTACH_FAILED;
	detach(&a);
	detach(&a);
	a.state = VS_ATTACH_GOING_ON;
	detach(&a);
	detach(&a);
	detach(&a);
	a.complete = false;
	detach(&a);
	a.state = VS_ATTACH_FAILED;
	detach(&a);
	a.state = VS_ATTACH_USABLE;
	detach(&a);
	detach(&a);
	finish();
	assert_int_equal(shown.profile.attaches, 1);
	assert_int_equal(shown.profile.failed, 2);
	assert_int_equal(shown.profile.going_on, 3);
	assert_int_equal(shown.profile.incomplete, 4);
	assert_int_equal(shown.profile.total_ns, SEC);
	assert_int_equal(stat("total", NULL)->count, 1);
	assert_int_equal(shown.detaches, 10);
}

/* What an attach comes to is known when it is over. */
static void counted_when_over(void **state)
{
	struct vs_attach a;

	(void)state;
	toy_attach(&a, 1, SEC);
	a.state = VS_ATTACH_GOING_ON;
	summary->ops->stuck(summary, &a);
	summary->ops->stuck(summary, &a);
	a.state = VS_ATTACH_USABLE;
	summary->ops->attach(summary, &a);
	assert_int_equal(shown.stuck, 2);
	assert_int_equal(shown.attaches, 1);
	detach(&a);
	finish();
	assert_int_equal(shown.profile.attaches, 1);
	assert_int_equal(shown.profile.going_on, 0);
	assert_int_equal(stat("total", NULL)->count, 1);
	assert_int_equal(shown.profile.top_count, 1);
}

/* The slowest */

static void detach_of(uint32_t id, uint64_t ns)
{
	struct vs_attach a;

	toy_attach(&a, id, ns);
	detach(&a);
}

static void assert_top(uint32_t first, uint32_t second, uint32_t third, uint32_t fourth)
{
	const uint32_t expected[MOST_TOP] = { first, second, third, fourth };
	size_t i;

	for (i = 0; i < MOST_TOP; i++)
		assert_int_equal(shown.top[i], expected[i]);
}

static void slowest_first(void **state)
{
	(void)state;
	detach_of(1, 5 * SEC);
	detach_of(2, 2 * SEC);
	detach_of(3, 9 * SEC);
	detach_of(4, 5 * SEC); /* as slow as 1, which came first */
	detach_of(5, 1 * SEC);
	detach_of(6, 7 * SEC); /* 2 leaves */
	detach_of(7, 5 * SEC); /* as slow as the last one, which stays */
	finish();
	assert_int_equal(shown.profile.top_count, 4);
	assert_top(3, 6, 1, 4);
}

static void fewer_than_asked_for(void **state)
{
	(void)state;
	detach_of(1, 1 * SEC);
	detach_of(2, 2 * SEC);
	finish();
	assert_int_equal(shown.profile.top_count, 2);
	assert_top(2, 1, 0, 0);
}

/* Also what has no samples, with the time that it took so far. */
static void whatever_became_of_them(void **state)
{
	struct vs_attach a;

	(void)state;
	detach_of(1, SEC);
	toy_attach(&a, 2, 2 * SEC);
	a.state = VS_ATTACH_FAILED;
	detach(&a);
	toy_attach(&a, 3, 3 * SEC);
	a.complete = false;
	detach(&a);
	toy_attach(&a, 4, 4 * SEC);
	a.state = VS_ATTACH_GOING_ON;
	detach(&a);
	finish();
	assert_top(4, 3, 2, 1);
}

/* They are copies: what was passed is gone. */
static void slowest_are_kept_whole(void **state)
{
	struct vs_attach a, copy;

	(void)state;
	toy_attach(&a, 1, SEC);
	toy_phase(&a, VS_PHASE_DEVICE_OPEN, VS_PHASE_NONE, MS);
	a.wait_count = VS_ATTACH_WAITS;
	a.wait[VS_ATTACH_WAITS - 1].wait_ns = 7;
	a.span_count = VS_ATTACH_SPANS;
	a.span[VS_ATTACH_SPANS - 1].ns = 8;
	copy = a;
	detach(&a);
	memset(&a, 0xff, sizeof(a));
	finish();
	assert_memory_equal(&shown.slowest, &copy, sizeof(copy));
}

static void none_is_kept(void **state)
{
	(void)state;
	vs_sink_free(summary);
	begin_with(0);
	detach_of(1, SEC);
	detach_of(2, 2 * SEC);
	finish();
	assert_int_equal(shown.profile.top_count, 0);
	assert_int_equal(shown.profile.attaches, 2);
}

/* Memory */

static void detach_many(uint32_t count)
{
	static const char *const drivers[] = { "vfio-pci", "mlx5_vfio_pci",
					       "nvgrace_gpu_vfio_pci" };
	struct vs_attach a;
	uint32_t i;

	for (i = 0; i < count; i++) {
		/* Ever slower, so that the slowest ones change. */
		toy_attach(&a, i, SEC + i % 97 * MS + i);
		SET_STRING(a.driver, drivers[i % 3]);
		toy_waited(toy_phase(&a, VS_PHASE_DEVICE_OPEN, VS_PHASE_NONE, MS + i % 89), 10);
		toy_phase(&a, VS_PHASE_RESET, VS_PHASE_DEVICE_OPEN, MS / 2 + i % 31);
		toy_later(&a, VS_PHASE_DEVICE_CLOSE, VS_PHASE_NONE, MS + i % 101);
		detach(&a);
	}
}

static void memory_stays_flat(void **state)
{
	size_t before;

	(void)state;
	detach_many(1000);
	before = mallinfo2().uordblks;
	detach_many(10000);
	assert_int_equal(mallinfo2().uordblks, before);
	finish();
	/* The allocator keeps small pieces; the table of rows is none. */
	assert_true(mallinfo2().uordblks < before + 1024);
	assert_int_equal(shown.profile.attaches, 11000);
	assert_int_equal(shown.profile.top_count, MOST_TOP);
}

/* The sink */

static void the_rest_is_passed_on(void **state)
{
	const struct vs_sink_ops *ops = summary->ops;
	struct vs_run run = { .site_count = 0 };
	struct ev_dev_info info = { .iommu_group = 1 };
	union vs_event ev = make_event(VS_GROUP_ADD, SEC, 1);
	struct vs_refs refs = { .group = -1 };
	struct vs_open open = { .id = 1 };
	struct vs_finding finding = { .pid = 1 };
	struct vs_profile profile = { .attaches = 3 };

	(void)state;
	ops->start(summary, &run);
	ops->attached(summary, &run);
	ops->device(summary, &info);
	ops->event(summary, &ev, &refs);
	ops->opened(summary, &open);
	ops->finding(summary, &finding);
	ops->closed(summary, &open);
	ops->moment(summary, NULL);
	assert_int_equal(shown.others, 8);
	ops->profile(summary, &profile);
	assert_int_equal(shown.profile.attaches, 3);
}

static void without_a_next_one(void **state)
{
	(void)state;
	assert_null(vs_summary_sink(1, NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing),
		TEST(one_attach),
		TEST(numbers_of_a_row),
		TEST(phase_in_several_calls_is_one_sample),
		TEST(as_many_phases_as_can_be),
		TEST(later_phases_have_no_share),
		TEST(no_time_no_share),
		TEST(drivers_apart),
		TEST(rows_are_in_order),
		TEST(parts_in_a_circle),
		TEST(only_complete_usable_ones_have_samples),
		TEST(counted_when_over),
		TEST(slowest_first),
		TEST(fewer_than_asked_for),
		TEST(whatever_became_of_them),
		TEST(slowest_are_kept_whole),
		TEST(none_is_kept),
		TEST(memory_stays_flat),
		TEST(the_rest_is_passed_on),
		cmocka_unit_test(without_a_next_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
