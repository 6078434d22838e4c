// SPDX-License-Identifier: GPL-2.0-only
/* What takes longer than its budget is found: once, and with who was in the way. */
#include <errno.h>
#include <malloc.h>

#include "toy_phases.h"
#include "../../user/core/profile/budget.h"

#define MOST_FINDINGS 16

/* The end of a chain: the findings it was told, and what else. */
static struct shown {
	struct vs_sink sink; /* first */
	struct vs_finding finding[MOST_FINDINGS];
	char cause[MOST_FINDINGS][2048];
	size_t findings, attaches, stuck, detaches, others;
	bool freed;
} shown;

static void show_finding(struct vs_sink *s, const struct vs_finding *f)
{
	(void)s;
	assert_true(shown.findings < MOST_FINDINGS);
	/* It is told before the attach that it is about is over. */
	assert_int_equal(shown.detaches, 0);
	shown.finding[shown.findings] = *f;
	SET_STRING(shown.cause[shown.findings], f->cause);
	shown.findings++;
}

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

static void show_profile(struct vs_sink *s, const struct vs_profile *profile)
{
	(void)s;
	(void)profile;
	shown.others++;
}

static void show_moment(struct vs_sink *s, const struct vs_moment *moment)
{
	(void)s;
	(void)moment;
	shown.others++;
}

static void show_end(struct vs_sink *s, const struct vs_ending *ending)
{
	(void)s;
	(void)ending;
	shown.others++;
}

static void show_free(struct vs_sink *s)
{
	(void)s;
	shown.freed = true;
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

static struct vs_sink *budget;

/* With a budget of one second for each of these: "device_open total". */
static void begin_with(const char *const *names)
{
	struct vs_budgets b = { .total_ns = 0 };

	for (; *names; names++)
		assert_int_equal(vs_budget_parse(&b, *names, SEC), 0);
	memset(&shown, 0, sizeof(shown));
	shown.sink.ops = &show_ops;
	budget = vs_budget_sink(&b, &shown.sink);
	assert_non_null(budget);
	memset(&b, 0xff, sizeof(b));
}

#define BEGIN(...) begin_with((const char *const[]){ __VA_ARGS__, NULL })

static void finish(void)
{
	assert_int_equal(vs_budget_error(budget), 0);
	vs_sink_free(budget);
	assert_true(shown.freed);
}

static void attach(const struct vs_attach *a)
{
	budget->ops->attach(budget, a);
}

static void stuck(const struct vs_attach *a)
{
	budget->ops->stuck(budget, a);
}

static void detach(const struct vs_attach *a)
{
	budget->ops->detach(budget, a);
	shown.detaches = 0;
}

static void assert_cause(size_t i, const char *expected)
{
	assert_true(i < shown.findings);
	assert_string_equal(shown.cause[i], expected);
}

/* The only finding there is. */
static void assert_found(const char *cause)
{
	assert_int_equal(shown.findings, 1);
	assert_cause(0, cause);
}

/* Budgets */

static void budgets_are_parsed(void **state)
{
	struct vs_budgets b = { .total_ns = 0 };

	(void)state;
	assert_false(vs_budgets_any(&b));
	assert_int_equal(vs_budget_parse(&b, "device_open", 7), 0);
	assert_int_equal(b.phase_ns[VS_PHASE_DEVICE_OPEN], 7);
	assert_true(vs_budgets_any(&b));
	assert_int_equal(vs_budget_parse(&b, "device_open", 0), 0);
	assert_false(vs_budgets_any(&b));
	assert_int_equal(vs_budget_parse(&b, "unpin", 1), 0); /* the last one */
	assert_true(vs_budgets_any(&b));
	b.phase_ns[VS_PHASE_UNPIN] = 0;
	assert_int_equal(vs_budget_parse(&b, "group_open", 1), 0); /* the first one */
	assert_true(vs_budgets_any(&b));
	b.phase_ns[VS_PHASE_GROUP_OPEN] = 0;
	assert_int_equal(vs_budget_parse(&b, "total", 9), 0);
	assert_int_equal(b.total_ns, 9);
	assert_true(vs_budgets_any(&b));
	assert_int_equal(vs_budget_parse(&b, "", 9), -EINVAL);
	assert_int_equal(vs_budget_parse(&b, "vmm", 9), -EINVAL);
	assert_int_equal(vs_budget_parse(&b, "device_open ", 9), -EINVAL);
	assert_int_equal(vs_budget_parse(&b, "TOTAL", 9), -EINVAL);
}

/* What has a name has a budget of its own, and nothing else has. */
static void names_of_budgets(void **state)
{
	struct vs_budgets b = { .total_ns = 0 };
	size_t i;

	(void)state;
	for (i = 0; vs_budget_name(i); i++)
		assert_int_equal(vs_budget_parse(&b, vs_budget_name(i), i + 1), 0);
	assert_int_equal(i, VS_PHASE_COUNT); /* without NONE, with the total */
	assert_null(vs_budget_name(i + 1));
	for (i = VS_PHASE_NONE + 1; i < VS_PHASE_COUNT; i++)
		assert_int_equal(b.phase_ns[i], i);
	assert_int_equal(b.phase_ns[VS_PHASE_NONE], 0);
	assert_int_equal(b.total_ns, VS_PHASE_COUNT);
	assert_string_equal(vs_budget_name(VS_PHASE_COUNT - 1), "total");
}

/* What is over */

static void over_and_not_over(void **state)
{
	struct vs_attach a;

	(void)state;
	BEGIN("device_open", "total");
	toy_attach(&a, 1, SEC);
	toy_phase(&a, VS_PHASE_DEVICE_OPEN, VS_PHASE_NONE, SEC);
	attach(&a);
	detach(&a);
	assert_int_equal(shown.findings, 0);
	toy_attach(&a, 2, SEC + 1);
	toy_phase(&a, VS_PHASE_DEVICE_OPEN, VS_PHASE_NONE, SEC + 1);
	attach(&a);
	assert_int_equal(shown.findings, 2);
	assert_cause(0, "device_open took 1.00 s, its budget is 1.00 s.");
	assert_cause(1, "the attach took 1.00 s, its budget is 1.00 s.");
	finish();
}

/* No budget: any time. */
static void nobody_asked(void **state)
{
	struct vs_attach a;

	(void)state;
	BEGIN("reset");
	toy_attach(&a, 1, 1000 * SEC);
	toy_waited(toy_phase(&a, VS_PHASE_DEVICE_OPEN, VS_PHASE_NONE, 999 * SEC), 10 * SEC);
	toy_later(&a, VS_PHASE_DEVICE_CLOSE, VS_PHASE_NONE, 999 * SEC);
	attach(&a);
	detach(&a);
	assert_int_equal(shown.findings, 0);
	finish();
}

static void phase_is_summed_up(void **state)
{
	struct vs_attach a;

	(void)state;
	BEGIN("pin", "lock_wait", "dma_map");
	toy_attach(&a, 1, 10 * SEC);
	toy_waited(toy_phase(&a, VS_PHASE_PIN, VS_PHASE_DMA_MAP, 600 * MS), 500 * MS)->count = 63;
	toy_waited(toy_phase(&a, VS_PHASE_PIN, VS_PHASE_IOMMU_ATTACH, 500 * MS), 490 * MS);
	toy_waited(toy_phase(&a, VS_PHASE_DMA_MAP, VS_PHASE_NONE, 900 * MS), 20 * MS);
	toy_later(&a, VS_PHASE_DMA_MAP, VS_PHASE_NONE, 900 * MS);
	attach(&a);
	detach(&a);
	assert_int_equal(shown.findings, 2);
	assert_cause(0, "pin took 1.10 s in 64 calls, its budget is 1.00 s.");
	assert_cause(1, "lock_wait took 1.01 s, its budget is 1.00 s.");
	finish();
}

static void finding_says_whose_attach(void **state)
{
	const struct vs_rule *rule = &vs_rules[VS_RULE_OVER_BUDGET];
	const struct vs_finding *f = &shown.finding[0];
	struct vs_attach a;

	(void)state;
	BEGIN("total");
	toy_attach(&a, 1, 2 * SEC);
	a.tracked = true;
	a.path = VS_PATH_CDEV;
	a.vm.id = 3;
	attach(&a);
	assert_int_equal(shown.findings, 1);
	assert_ptr_equal(f->rule, rule);
	assert_int_equal(f->severity, VS_WARNING);
	assert_string_equal(f->title, rule->title);
	assert_string_equal(f->harm, rule->harm);
	assert_string_equal(f->fix, rule->fix);
	assert_null(f->open);
	assert_ptr_equal(f->vm, &a.vm);
	assert_ptr_equal(f->device, a.device);
	assert_int_equal(f->group, 12);
	assert_int_equal(f->path, VS_PATH_CDEV);
	assert_int_equal(f->pid, 100);
	assert_ptr_equal(f->comm, a.comm);
	assert_true(f->tracked);
	assert_false(f->pending);
	assert_int_equal(f->ts, 7 * SEC);
	assert_int_equal(f->evidence_count, 0);
	finish();
}

static void attach_of_no_vm(void **state)
{
	struct vs_attach a;

	(void)state;
	BEGIN("total");
	toy_attach(&a, 1, 2 * SEC);
	attach(&a);
	assert_int_equal(shown.findings, 1);
	assert_null(shown.finding[0].vm);
	assert_false(shown.finding[0].tracked);
	assert_int_equal(shown.finding[0].path, VS_PATH_GROUP);
	finish();
}

static void attach_that_failed(void **state)
{
	struct vs_attach a;

	(void)state;
	BEGIN("total", "device_open");
	toy_attach(&a, 1, 2 * SEC);
	a.state = VS_ATTACH_FAILED;
	a.now.phase = VS_PHASE_DEVICE_OPEN; /* of before: it is in none */
	a.now.call_ns = 5 * SEC;
	a.now.lock = VS_LOCK_DEV_SET;
	a.now.lock_ns = SEC;
	attach(&a);
	detach(&a);
	assert_found("the attach took 2.00 s, its budget is 1.00 s.");
	assert_false(shown.finding[0].pending);
	finish();
}

/* Once */

static void once_per_attach_and_phase(void **state)
{
	struct vs_attach a;

	(void)state;
	BEGIN("total", "device_open", "reset");
	toy_attach(&a, 1, 2 * SEC);
	a.state = VS_ATTACH_GOING_ON;
	stuck(&a);
	assert_int_equal(shown.findings, 1);
	a.total_ns = 3 * SEC;
	stuck(&a);
	assert_int_equal(shown.findings, 1);
	toy_phase(&a, VS_PHASE_DEVICE_OPEN, VS_PHASE_NONE, 2 * SEC);
	a.state = VS_ATTACH_USABLE;
	attach(&a);
	assert_int_equal(shown.findings, 2);
	toy_later(&a, VS_PHASE_RESET, VS_PHASE_NONE, 2 * SEC);
	toy_later(&a, VS_PHASE_DEVICE_OPEN, VS_PHASE_NONE, 2 * SEC);
	detach(&a);
	assert_int_equal(shown.findings, 3);
	assert_cause(2, "reset took 2.00 s after the device was usable, its budget is 1.00 s.");
	/* Another one. */
	toy_attach(&a, 2, 2 * SEC);
	attach(&a);
	assert_int_equal(shown.findings, 4);
	toy_attach(&a, 3, 2 * SEC);
	attach(&a);
	assert_int_equal(shown.findings, 5);
	a.id = 2;
	attach(&a);
	detach(&a);
	assert_int_equal(shown.findings, 5);
	assert_int_equal(shown.attaches, 4);
	assert_int_equal(shown.stuck, 2);
	finish();
}

/* The first that is heard of an attach may be that it is over. */
static void known_at_the_end_only(void **state)
{
	struct vs_attach a;

	(void)state;
	BEGIN("total");
	toy_attach(&a, 1, 2 * SEC);
	a.state = VS_ATTACH_GOING_ON;
	detach(&a);
	assert_found("the attach has taken 2.00 s so far, its budget is 1.00 s.");
	assert_true(shown.finding[0].pending);
	finish();
	BEGIN("total");
	a.state = VS_ATTACH_USABLE;
	a.closed_ns = 100 * SEC;
	detach(&a);
	assert_found("the attach took 2.00 s, its budget is 1.00 s.");
	assert_int_equal(shown.finding[0].ts, 7 * SEC);
	finish();
}

static void what_is_over_is_forgotten(void **state)
{
	struct vs_attach a;
	size_t before = 0;
	uint32_t i;

	(void)state;
	BEGIN("total");
	for (i = 1; i <= 2000; i++) {
		toy_attach(&a, i, 2 * SEC);
		attach(&a);
		assert_int_equal(shown.findings, 1);
		detach(&a);
		assert_int_equal(shown.findings, 1);
		shown.findings = 0;
		if (i == 1000)
			before = mallinfo2().uordblks;
	}
	assert_int_equal(mallinfo2().uordblks, before);
	finish();
}

/* Going on */

static void call_that_does_not_return(void **state)
{
	struct vs_attach a;

	(void)state;
	BEGIN("device_open", "driver_open", "reset", "dma_map");
	toy_attach(&a, 1, 2 * SEC);
	a.state = VS_ATTACH_GOING_ON;
	a.now.phase = VS_PHASE_DEVICE_OPEN;
	a.now.part = VS_PHASE_RESET;
	a.now.call_ns = SEC;
	a.now.part_ns = SEC - 1;
	stuck(&a);
	assert_int_equal(shown.findings, 0);
	a.now.call_ns = 2 * SEC;
	a.now.part_ns = SEC;
	stuck(&a);
	assert_found("device_open has taken 2.00 s so far, its budget is 1.00 s.");
	assert_true(shown.finding[0].pending);
	assert_int_equal(shown.finding[0].ts, 7 * SEC);
	a.now.call_ns = 3 * SEC;
	a.now.part_ns = 2 * SEC;
	stuck(&a);
	assert_int_equal(shown.findings, 2);
	assert_cause(1, "reset has taken 2.00 s so far, its budget is 1.00 s.");
	finish();
}

/* In a call without parts, that is not twice in it. */
static void call_without_parts(void **state)
{
	struct vs_attach a;

	(void)state;
	BEGIN("dma_map");
	toy_attach(&a, 1, 900 * MS);
	a.state = VS_ATTACH_GOING_ON;
	a.now.phase = a.now.part = VS_PHASE_DMA_MAP;
	a.now.call_ns = a.now.part_ns = 900 * MS;
	toy_phase(&a, VS_PHASE_DMA_MAP, VS_PHASE_NONE, 850 * MS);
	stuck(&a);
	assert_int_equal(shown.findings, 0);
	finish();
}

/* What is over already may be over its budget, too. */
static void earlier_call_of_one_that_goes_on(void **state)
{
	struct vs_attach a;

	(void)state;
	BEGIN("dma_map");
	toy_attach(&a, 1, 5 * SEC);
	a.state = VS_ATTACH_GOING_ON;
	toy_phase(&a, VS_PHASE_DMA_MAP, VS_PHASE_NONE, 2 * SEC);
	a.now.phase = a.now.part = VS_PHASE_DEVICE_OPEN;
	a.now.call_ns = a.now.part_ns = SEC;
	stuck(&a);
	assert_found("dma_map took 2.00 s, its budget is 1.00 s.");
	assert_true(shown.finding[0].pending); /* the attach is */
	finish();
}

static void lock_that_is_waited_for(void **state)
{
	struct vs_attach a;

	(void)state;
	BEGIN("lock_wait", "device_open");
	toy_attach(&a, 1, 9 * SEC);
	a.state = VS_ATTACH_GOING_ON;
	a.now.phase = a.now.part = VS_PHASE_DEVICE_OPEN;
	a.now.call_ns = a.now.part_ns = 5 * SEC;
	a.now.lock_ns = 4 * SEC; /* of no lock: it has it */
	stuck(&a);
	assert_found("device_open has taken 5.00 s so far, its budget is 1.00 s.");
	a.now.lock = VS_LOCK_DEV_SET;
	a.now.holder.pid = 77;
	SET_STRING(a.now.holder.comm, "other");
	stuck(&a);
	assert_int_equal(shown.findings, 2);
	assert_cause(1, "lock_wait has taken 4.00 s so far, its budget is 1.00 s; of that 4.00 s "
			"waiting for dev_set->lock in device_open, held by other, pid 77.");
	finish();
	BEGIN("device_open");
	stuck(&a);
	assert_found("device_open has taken 5.00 s so far, its budget is 1.00 s; of that 4.00 s "
		     "waiting for dev_set->lock, held by other, pid 77.");
	finish();
	/* Nobody knows who holds it; and a part waits. */
	BEGIN("device_open", "total", "dma_map");
	a.now.holder.pid = 0;
	a.now.part = VS_PHASE_RESET;
	toy_phase(&a, VS_PHASE_DMA_MAP, VS_PHASE_NONE, 4 * SEC); /* that did not wait */
	stuck(&a);
	assert_int_equal(shown.findings, 3);
	assert_cause(0, "dma_map took 4.00 s, its budget is 1.00 s.");
	assert_cause(1, "device_open has taken 5.00 s so far, its budget is 1.00 s; of that 4.00 s "
			"waiting for dev_set->lock in reset.");
	assert_cause(2, "the attach has taken 9.00 s so far, its budget is 1.00 s; of that 4.00 s "
			"waiting for dev_set->lock in reset.");
	finish();
}

/* Waits */

static struct vs_lock_waited *add_wait(struct vs_attach *a, enum vs_phase phase, uint64_t ns)
{
	struct vs_lock_waited *w = &a->wait[a->wait_count++];

	w->lock = VS_LOCK_DEV_SET;
	w->phase = phase;
	w->begin_ns = a->begin_ns;
	w->wait_ns = ns;
	return w;
}

static struct vs_lock_holder *add_holder(struct vs_lock_waited *w, uint32_t pid, const char *comm)
{
	struct vs_lock_holder *h = &w->holder[w->holder_count++];

	h->pid = pid;
	SET_STRING(h->comm, comm);
	return h;
}

/* An attach of 10 s, 4.12 s of which opened the device. */
static void slow_open(struct vs_attach *a)
{
	toy_attach(a, 1, 10 * SEC);
	toy_phase(a, VS_PHASE_DEVICE_OPEN, VS_PHASE_NONE, 4120 * MS);
}

static void holder_is_named(void **state)
{
	struct vs_attach a;
	struct vs_lock_waited *w;
	struct vs_lock_holder *h;

	(void)state;
	BEGIN("device_open");
	slow_open(&a);
	add_wait(&a, VS_PHASE_DEVICE_OPEN, 500 * MS);
	w = add_wait(&a, VS_PHASE_DEVICE_OPEN, 3 * SEC);
	add_holder(w, 0, "unknown");
	h = add_holder(w, 4711, "qemu");
	h->ns = 2900 * MS;
	h->phase = VS_PHASE_RESET;
	h->vm_id = 7;
	SET_STRING(h->vm_name, "web");
	SET_STRING(h->device, "0000:3b:00.1");
	w->holders = 5;
	add_wait(&a, VS_PHASE_DEVICE_OPEN, 600 * MS);
	attach(&a);
	assert_found(
		"device_open took 4.12 s, its budget is 1.00 s; of that 3.00 s waiting for "
		"dev_set->lock, held by qemu, pid 4711, for 2.90 s (vm7 \"web\", 0000:3b:00.1, "
		"most of it in reset), and by 4 others.");
	finish();
}

/* Whichever is longer: one that is over, or the one that it is in. */
static void past_and_present_waits(void **state)
{
	static const struct {
		enum vs_lock lock;
		uint64_t ns;
		const char *expected;
	} cases[] = {
		{ VS_LOCK_DEV_SET, SEC, "2.00 s waiting for kvm->lock" },
		{ VS_LOCK_DEV_SET, 3 * SEC, "3.00 s waiting for dev_set->lock" },
		{ VS_LOCK_NONE, 3 * SEC, "2.00 s waiting for kvm->lock" },
	};
	struct vs_attach a;
	char cause[256];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		BEGIN("device_open");
		slow_open(&a);
		a.state = VS_ATTACH_GOING_ON;
		a.now.phase = a.now.part = VS_PHASE_DEVICE_OPEN;
		a.now.call_ns = a.now.part_ns = 5 * SEC;
		a.now.lock = cases[i].lock;
		a.now.lock_ns = cases[i].ns;
		add_wait(&a, VS_PHASE_DEVICE_OPEN, 2 * SEC)->lock = VS_LOCK_KVM;
		stuck(&a);
		snprintf(cause, sizeof(cause),
			 "device_open has taken 5.00 s so far, its budget is 1.00 s; of that %s.",
			 cases[i].expected);
		assert_found(cause);
		finish();
	}
}

/* Of a holder, more or less is known. */
static void what_is_known_of_a_holder(void **state)
{
	static const char *const expected[] = {
		"pid 4711",
		"pid 4711 (vm7)",
		"pid 4711 (0000:3b:00.1)",
		"pid 4711 (most of it in reset)",
		"pid 4711, and by 1 other",
	};
	struct vs_attach a;
	char cause[256];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		struct vs_lock_waited *w;
		struct vs_lock_holder *h;

		BEGIN("device_open");
		slow_open(&a);
		w = add_wait(&a, VS_PHASE_DEVICE_OPEN, 4 * SEC);
		h = add_holder(w, 4711, "");
		h->vm_id = i == 1 ? 7 : 0;
		SET_STRING(h->device, i == 2 ? "0000:3b:00.1" : "");
		h->phase = i == 3 ? VS_PHASE_RESET : VS_PHASE_NONE;
		if (i == 4)
			add_holder(w, 4712, "second");
		attach(&a);
		snprintf(cause, sizeof(cause),
			 "device_open took 4.12 s, its budget is 1.00 s; of that 4.00 s waiting "
			 "for dev_set->lock, held by %s.",
			 expected[i]);
		assert_found(cause);
		finish();
	}
}

static void without_a_known_holder(void **state)
{
	struct vs_attach a;

	(void)state;
	BEGIN("device_open");
	slow_open(&a);
	add_wait(&a, VS_PHASE_DEVICE_OPEN, 4 * SEC)->lock = VS_LOCK_MMAP;
	a.wait[0].holders = 3;
	attach(&a);
	assert_found("device_open took 4.12 s, its budget is 1.00 s; of that 4.00 s waiting for "
		     "mmap_lock.");
	finish();
}

/* Those that explain nothing, and those that are not of this phase. */
static void waits_that_do_not_matter(void **state)
{
	struct vs_attach a;

	(void)state;
	BEGIN("device_open");
	slow_open(&a);
	toy_phase(&a, VS_PHASE_DMA_MAP, VS_PHASE_NONE, 4 * SEC);
	toy_phase(&a, VS_PHASE_PIN, VS_PHASE_DMA_MAP, 4 * SEC);
	add_wait(&a, VS_PHASE_DEVICE_OPEN, 400 * MS);
	add_wait(&a, VS_PHASE_DMA_MAP, 2 * SEC);
	add_wait(&a, VS_PHASE_PIN, 2 * SEC);
	add_wait(&a, VS_PHASE_RESET, 2 * SEC); /* of which nothing else is known */
	add_wait(&a, VS_PHASE_DEVICE_OPEN, 2 * SEC)->begin_ns = a.end_ns;
	attach(&a);
	assert_found("device_open took 4.12 s, its budget is 1.00 s.");
	finish();
	/* Nobody knows for what. */
	BEGIN("device_open");
	a.wait_count = 0;
	add_wait(&a, VS_PHASE_DEVICE_OPEN, 4 * SEC)->lock = VS_LOCK_NONE;
	attach(&a);
	assert_found("device_open took 4.12 s, its budget is 1.00 s.");
	finish();
	/* A wait of another thread, of which not all counts. */
	BEGIN("device_open");
	a.wait_count = 0;
	add_wait(&a, VS_PHASE_DEVICE_OPEN, 5 * SEC);
	attach(&a);
	assert_found("device_open took 4.12 s, its budget is 1.00 s.");
	finish();
}

/* A part waits: its phase, and all that it is in, has waited. */
static void wait_of_a_part(void **state)
{
	struct vs_attach a;

	(void)state;
	BEGIN("device_open", "driver_open", "lock_wait", "total", "enable", "reset");
	slow_open(&a);
	toy_phase(&a, VS_PHASE_DRIVER_OPEN, VS_PHASE_DEVICE_OPEN, 4100 * MS);
	toy_waited(toy_phase(&a, VS_PHASE_RESET, VS_PHASE_DRIVER_OPEN, 4 * SEC), 3 * SEC)->root =
		VS_PHASE_DEVICE_OPEN;
	toy_phase(&a, VS_PHASE_ENABLE, VS_PHASE_DRIVER_OPEN, 2 * SEC)->root = VS_PHASE_DEVICE_OPEN;
	add_wait(&a, VS_PHASE_RESET, 3 * SEC)->lock = VS_LOCK_OTHER;
	attach(&a);
	assert_int_equal(shown.findings, 6);
	assert_cause(0, "device_open took 4.12 s, its budget is 1.00 s; of that 3.00 s waiting for "
			"another lock in reset.");
	assert_cause(1, "lock_wait took 3.00 s, its budget is 1.00 s; of that 3.00 s waiting for "
			"another lock in reset.");
	assert_cause(2, "driver_open took 4.10 s, its budget is 1.00 s; of that 3.00 s waiting for "
			"another lock in reset.");
	assert_cause(3, "enable took 2.00 s, its budget is 1.00 s.");
	assert_cause(4, "reset took 4.00 s, its budget is 1.00 s; of that 3.00 s waiting for "
			"another lock.");
	assert_cause(5, "the attach took 10.00 s, its budget is 1.00 s; of that 3.00 s waiting for "
			"another lock in reset.");
	finish();
}

/* A part of two calls waited: nobody knows in which. */
static void wait_of_a_part_of_two_calls(void **state)
{
	struct vs_attach a;

	(void)state;
	BEGIN("dma_map");
	toy_attach(&a, 1, 10 * SEC);
	toy_phase(&a, VS_PHASE_DMA_MAP, VS_PHASE_NONE, 4 * SEC);
	toy_phase(&a, VS_PHASE_PIN, VS_PHASE_DMA_MAP, 3 * SEC);
	add_wait(&a, VS_PHASE_PIN, 2 * SEC)->lock = VS_LOCK_MMAP;
	attach(&a);
	assert_found("dma_map took 4.00 s, its budget is 1.00 s; of that 2.00 s waiting for "
		     "mmap_lock in pin.");
	finish();
	BEGIN("dma_map");
	toy_phase(&a, VS_PHASE_PIN, VS_PHASE_IOMMU_ATTACH, 3 * SEC);
	attach(&a);
	assert_found("dma_map took 4.00 s, its budget is 1.00 s.");
	finish();
}

/* Later phases */

static void later_phases_are_judged_at_the_end(void **state)
{
	struct vs_attach a;

	(void)state;
	BEGIN("device_close", "lock_wait");
	toy_attach(&a, 1, 2 * SEC);
	toy_phase(&a, VS_PHASE_RESET, VS_PHASE_NONE, 100 * MS);
	toy_waited(toy_later(&a, VS_PHASE_RESET, VS_PHASE_DEVICE_CLOSE, 3 * SEC), 2 * SEC);
	toy_later(&a, VS_PHASE_DEVICE_CLOSE, VS_PHASE_NONE, 3 * SEC);
	add_wait(&a, VS_PHASE_RESET, 50 * MS);
	add_holder(add_wait(&a, VS_PHASE_RESET, 2 * SEC), 9, "late")->ns = SEC;
	a.wait[1].begin_ns = a.end_ns + SEC;
	a.closed_ns = 100 * SEC;
	attach(&a);
	assert_int_equal(shown.findings, 0);
	detach(&a);
	assert_int_equal(shown.findings, 2);
	assert_cause(0, "lock_wait took 2.00 s after the device was usable, its budget is 1.00 s; "
			"of that 2.00 s waiting for dev_set->lock in reset, held by late, pid 9, "
			"for 1.00 s.");
	assert_cause(1,
		     "device_close took 3.00 s after the device was usable, its budget is 1.00 s; "
		     "of that 2.00 s waiting for dev_set->lock in reset, held by late, pid 9, "
		     "for 1.00 s.");
	assert_int_equal(shown.finding[0].ts, 100 * SEC);
	assert_false(shown.finding[0].pending);
	finish();
}

/* A device that is not closed. */
static void later_phases_of_one_that_is_open(void **state)
{
	struct vs_attach a;

	(void)state;
	BEGIN("irq_setup");
	toy_attach(&a, 1, 2 * SEC);
	toy_later(&a, VS_PHASE_IRQ_SETUP, VS_PHASE_NONE, 3 * SEC)->count = 30;
	detach(&a);
	assert_found("irq_setup took 3.00 s in 30 calls after the device was usable, its budget is "
		     "1.00 s.");
	assert_int_equal(shown.finding[0].ts, 7 * SEC);
	finish();
}

/* Names */

/* They come from other processes, and may be any bytes: all of them fit, and none steers. */
static void names_are_escaped(void **state)
{
	struct vs_lock_waited *w;
	struct vs_lock_holder *h;
	struct vs_attach a;

	(void)state;
	BEGIN("device_open");
	slow_open(&a);
	w = add_wait(&a, VS_PHASE_DEVICE_OPEN, 4 * SEC);
	h = add_holder(w, UINT32_MAX, "");
	memset(h->comm, '\033', sizeof(h->comm) - 1);
	memset(h->device, '\377', sizeof(h->device) - 1);
	memset(h->vm_name, '\001', sizeof(h->vm_name) - 1);
	h->vm_id = UINT32_MAX;
	h->phase = VS_PHASE_CONTAINER_ATTACH;
	h->ns = UINT64_MAX;
	w->holders = SIZE_MAX;
	attach(&a);
	assert_int_equal(shown.findings, 1);
	assert_true(is_printable_utf8(shown.cause[0]));
	assert_non_null(strstr(shown.cause[0], "held by \\x1b\\x1b"));
	assert_non_null(strstr(shown.cause[0], ", \\xff\\xff"));
	assert_non_null(strstr(shown.cause[0], "\"\\x01\\x01"));
	/* Nothing was cut off. */
	assert_string_equal(shown.cause[0] + strlen(shown.cause[0]) - 8, " others.");
	finish();
}

/* The sink */

static void the_rest_is_passed_on(void **state)
{
	struct vs_run run = { .site_count = 0 };
	struct ev_dev_info info = { .iommu_group = 1 };
	union vs_event ev = make_event(VS_GROUP_ADD, SEC, 1);
	struct vs_refs refs = { .group = -1 };
	struct vs_open open = { .id = 1 };
	struct vs_finding finding = { .pid = 1, .cause = "another rule's" };
	const struct vs_sink_ops *ops;
	struct vs_attach a;

	(void)state;
	BEGIN("total");
	ops = budget->ops;
	ops->start(budget, &run);
	ops->attached(budget, &run);
	ops->device(budget, &info);
	ops->event(budget, &ev, &refs);
	ops->opened(budget, &open);
	ops->closed(budget, &open);
	ops->profile(budget, NULL);
	ops->moment(budget, NULL);
	ops->end(budget, NULL);
	assert_int_equal(shown.others, 9);
	ops->finding(budget, &finding);
	assert_found("another rule's");
	toy_attach(&a, 1, SEC);
	ops->attach(budget, &a);
	ops->stuck(budget, &a);
	ops->detach(budget, &a);
	assert_int_equal(shown.attaches, 1);
	assert_int_equal(shown.stuck, 1);
	assert_int_equal(shown.detaches, 1);
	finish();
}

/* It ends while attaches go on. */
static void freed_meanwhile(void **state)
{
	size_t before = mallinfo2().uordblks;
	struct vs_attach a;
	uint32_t i;

	(void)state;
	BEGIN("total");
	toy_attach(&a, 1, 2 * SEC);
	for (i = 1; i <= 1000; i++) {
		a.id = i;
		attach(&a);
		assert_int_equal(shown.findings, 1);
		shown.findings = 0;
	}
	finish();
	/* The allocator keeps some small pieces. */
	assert_true(mallinfo2().uordblks < before + 8192);
}

static void without_a_next_one(void **state)
{
	struct vs_budgets b = { .total_ns = 1 };

	(void)state;
	assert_null(vs_budget_sink(&b, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(budgets_are_parsed),
		cmocka_unit_test(names_of_budgets),
		cmocka_unit_test(over_and_not_over),
		cmocka_unit_test(nobody_asked),
		cmocka_unit_test(phase_is_summed_up),
		cmocka_unit_test(finding_says_whose_attach),
		cmocka_unit_test(attach_of_no_vm),
		cmocka_unit_test(attach_that_failed),
		cmocka_unit_test(once_per_attach_and_phase),
		cmocka_unit_test(known_at_the_end_only),
		cmocka_unit_test(what_is_over_is_forgotten),
		cmocka_unit_test(call_that_does_not_return),
		cmocka_unit_test(call_without_parts),
		cmocka_unit_test(earlier_call_of_one_that_goes_on),
		cmocka_unit_test(lock_that_is_waited_for),
		cmocka_unit_test(holder_is_named),
		cmocka_unit_test(past_and_present_waits),
		cmocka_unit_test(what_is_known_of_a_holder),
		cmocka_unit_test(without_a_known_holder),
		cmocka_unit_test(waits_that_do_not_matter),
		cmocka_unit_test(wait_of_a_part),
		cmocka_unit_test(wait_of_a_part_of_two_calls),
		cmocka_unit_test(later_phases_are_judged_at_the_end),
		cmocka_unit_test(later_phases_of_one_that_is_open),
		cmocka_unit_test(names_are_escaped),
		cmocka_unit_test(the_rest_is_passed_on),
		cmocka_unit_test(freed_meanwhile),
		cmocka_unit_test(without_a_next_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
