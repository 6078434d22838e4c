// SPDX-License-Identifier: GPL-2.0-only
#include "toy_calls.h"

#define LOCK 0xabc0
#define A 101
#define B 102
#define C 103
#define D 104

/* A wait of a thread of its own process, for the lock that @holder has as it begins. */
static union vs_event wait_of(uint32_t tid, uint32_t holder, uint64_t begin_ms, uint64_t end_ms)
{
	union vs_event ev = make_event(VS_LOCK_WAIT, end_ms * MS, tid);

	ev.h.dur = (end_ms - begin_ms) * MS;
	ev.lock_wait.lock = LOCK;
	ev.lock_wait.lock_id = VS_LOCK_DEV_SET;
	ev.lock_wait.phase = VS_PHASE_DEVICE_OPEN;
	ev.lock_wait.iommu_group = -1;
	ev.lock_wait.holder_tid = ev.lock_wait.holder_pid = holder;
	ev.lock_wait.holder_phase = holder ? VS_PHASE_DEVICE_OPEN : VS_PHASE_NONE;
	snprintf(ev.lock_wait.holder_comm, sizeof(ev.lock_wait.holder_comm), "vmm");
	name_of(ev.lock_wait.name, sizeof(ev.lock_wait.name), tid);
	return ev;
}

/* The device of @tid is open. Return: its attach. */
static const struct vs_attach *opened(struct bench *b, uint32_t tid, uint64_t begin, uint64_t end)
{
	size_t n = b->heard.attaches;

	feed(b, on_device(on_group(CALL(DEVICE_OPEN, tid, begin, end), tid), tid));
	assert_int_equal(b->heard.attaches, n + 1);
	assert_sums(&b->heard.attach[n]);
	return &b->heard.attach[n];
}

static void one_holder(void **state)
{
	struct bench *b = *state;
	const struct vs_attach *a;

	feed(b, wait_of(A, B, 100, 300));
	a = opened(b, A, 50, 350);
	assert_int_equal(a->wait_count, 1);
	assert_int_equal(a->waits, 1);
	assert_int_equal(a->wait[0].lock, VS_LOCK_DEV_SET);
	assert_int_equal(a->wait[0].phase, VS_PHASE_DEVICE_OPEN);
	assert_int_equal(a->wait[0].begin_ns, 100 * MS);
	assert_int_equal(a->wait[0].wait_ns, 200 * MS);
	assert_int_equal(a->wait[0].holder_count, 1);
	assert_int_equal(a->wait[0].holders, 1);
	assert_int_equal(a->wait[0].holder[0].tid, B);
	assert_int_equal(a->wait[0].holder[0].ns, 200 * MS);
	assert_int_equal(a->wait[0].holder[0].phase, VS_PHASE_DEVICE_OPEN);
	assert_string_equal(a->wait[0].holder[0].comm, "vmm");
}

static void nobody_known(void **state)
{
	struct bench *b = *state;
	const struct vs_attach *a;

	feed(b, wait_of(A, 0, 100, 300));
	a = opened(b, A, 50, 350);
	assert_int_equal(a->wait[0].holder_count, 1);
	assert_int_equal(a->wait[0].holder[0].tid, 0);
	assert_int_equal(a->wait[0].holder[0].phase, VS_PHASE_NONE);
}

/* A has it, then B, C and D get it in turn: D sees them all, longest first. */
static void a_convoy(void **state)
{
	struct bench *b = *state;
	const struct vs_lock_waited *w;

	feed(b, wait_of(B, A, 10, 100));
	feed(b, wait_of(C, A, 20, 350));
	feed(b, wait_of(D, A, 30, 400));
	w = &opened(b, D, 0, 500)->wait[0];
	assert_int_equal(w->holders, 3);
	assert_int_equal(w->holder[0].tid, B);
	assert_int_equal(w->holder[0].ns, 250 * MS);
	assert_int_equal(w->holder[1].tid, A);
	assert_int_equal(w->holder[1].ns, 70 * MS);
	assert_int_equal(w->holder[2].tid, C);
	assert_int_equal(w->holder[2].ns, 50 * MS);
	assert_string_equal(w->holder[0].device, "0000:03:06.0");
}

static void other_locks_and_times_do_not_count(void **state)
{
	struct bench *b = *state;
	union vs_event other = wait_of(B, A, 10, 200);
	const struct vs_lock_waited *w;

	other.lock_wait.lock++;
	feed(b, other);
	feed(b, wait_of(C, A, 10, 100)); /* before D's begins */
	feed(b, wait_of(D, C, 100, 400));
	w = &opened(b, D, 0, 500)->wait[0];
	assert_int_equal(w->holders, 1);
	assert_int_equal(w->holder[0].tid, C);
}

static void equal_holders_are_one(void **state)
{
	struct bench *b = *state;
	const struct vs_lock_waited *w;

	feed(b, wait_of(B, A, 10, 100));
	feed(b, wait_of(C, A, 10, 200));
	feed(b, wait_of(B, A, 150, 300)); /* B once more */
	feed(b, wait_of(D, A, 10, 400));
	w = &opened(b, D, 0, 500)->wait[0];
	assert_int_equal(w->holders, 3);
	assert_int_equal(w->holder[0].tid, B);
	assert_int_equal(w->holder[0].ns, 200 * MS);
}

static void the_longest_four(void **state)
{
	struct bench *b = *state;
	const struct vs_lock_waited *w;
	uint32_t i;

	for (i = 1; i <= 6; i++)
		feed(b, wait_of(200 + i, A, 0, 10 * i * i));
	feed(b, wait_of(D, A, 0, 361));
	w = &opened(b, D, 0, 500)->wait[0];
	assert_int_equal(w->holder_count, VS_HOLDERS_MAX);
	assert_int_equal(w->holders, 7);
	for (i = 1; i < VS_HOLDERS_MAX; i++)
		assert_true(w->holder[i - 1].ns >= w->holder[i].ns);
	assert_int_equal(w->holder[0].tid, 205);
}

static enum vs_phase phase_of_holder(struct bench *b)
{
	feed(b, wait_of(A, B, 100, 200));
	return opened(b, A, 50, 350)->wait[0].holder[0].phase;
}

/* Innermost, and at least half of the time. */
static void what_the_holder_did(void **state)
{
	struct bench *b = *state;

	feed(b, PART(POWER_UP, DRIVER_OPEN, B, 95, 149));
	feed(b, PART(RESET, DRIVER_OPEN, B, 149, 199));
	feed(b, PART(DRIVER_OPEN, DEVICE_OPEN, B, 90, 199));
	assert_int_equal(phase_of_holder(b), VS_PHASE_RESET);
}

static void what_the_holder_did_is_too_short(void **state)
{
	struct bench *b = *state;

	feed(b, PART(RESET, DRIVER_OPEN, B, 150, 199));
	feed(b, PART(DRIVER_OPEN, DEVICE_OPEN, B, 90, 199));
	assert_int_equal(phase_of_holder(b), VS_PHASE_DRIVER_OPEN);
}

static void what_the_holder_does_is_not_finished(void **state)
{
	struct bench *b = *state;

	feed(b, PART(RESET, DRIVER_OPEN, B, 110, 120));
	feed(b, PART(RESET, DRIVER_OPEN, C, 100, 200)); /* another thread */
	assert_int_equal(phase_of_holder(b), VS_PHASE_DEVICE_OPEN);
}

static void device_and_vm_of_the_holder(void **state)
{
	static const struct vs_vm vm = { .id = 3, .name = "web" };
	struct bench *b = *state;
	union vs_event ev = on_group(CALL(REGISTER, B, 10, 11), B);
	const struct vs_lock_holder *h;

	feed_vm(b, &ev, B, &vm);
	opened(b, B, 20, 60);
	feed(b, on_device(CALL(HOT_RESET, B, 90, 199), B));
	feed(b, wait_of(A, B, 100, 200));
	h = &opened(b, A, 50, 350)->wait[0].holder[0];
	assert_int_equal(h->phase, VS_PHASE_HOT_RESET);
	assert_string_equal(h->device, "0000:03:06.0");
	assert_int_equal(h->vm_id, 3);
	assert_string_equal(h->vm_name, "web");
}

/* Sixteen are kept, by time; all are counted. */
static void the_longest_waits(void **state)
{
	struct bench *b = *state;
	const struct vs_attach *a;
	uint64_t i;

	for (i = 0; i < 20; i++)
		feed(b, wait_of(A, B, 1000 + 100 * i, 1000 + 100 * i + 1 + (i * 7) % 20));
	a = opened(b, A, 900, 5000);
	assert_int_equal(a->waits, 20);
	assert_int_equal(a->wait_count, VS_ATTACH_WAITS);
	for (i = 0; i < VS_ATTACH_WAITS; i++)
		assert_true(a->wait[i].wait_ns > 4 * MS);
	for (i = 1; i < VS_ATTACH_WAITS; i++)
		assert_true(a->wait[i - 1].begin_ns < a->wait[i].begin_ns);
}

static void waits_of_calls_before_and_later(void **state)
{
	struct bench *b = *state;
	union vs_event late;

	feed(b, wait_of(A, B, 100, 110));
	feed(b, on_group(CALL(GROUP_OPEN, A, 99, 120), A));
	feed(b, wait_of(A, B, 210, 220));
	assert_int_equal(opened(b, A, 200, 250)->waits, 2);
	late = wait_of(A, B, 310, 320);
	late.lock_wait.phase = VS_PHASE_IRQ_SETUP;
	feed(b, late);
	feed(b, on_device(CALL(IRQ_SETUP, A, 300, 350), A));
	finish(b);
	assert_int_equal(b->heard.detach[0].waits, 3);
	assert_int_equal(b->heard.detach[0].wait[2].phase, VS_PHASE_IRQ_SETUP);
}

/* Of a DMA call that was added up: it is told with the sum. */
static void waits_of_added_up_calls(void **state)
{
	struct bench *b = *state;
	union vs_event wait = wait_of(A, B, 100, 101), sum;

	wait.lock_wait.phase = VS_PHASE_DMA_MAP;
	feed(b, on_container(on_group(CALL(CONTAINER_ATTACH, A, 90, 95), A), 70));
	feed(b, wait);
	sum = on_container(phase_of(VS_PHASE_DMA_MAP, VS_PHASE_NONE, A, 230, 240), 70);
	sum.phase.count = 20;
	sum.phase.since = 90 * MS;
	feed(b, sum);
	assert_int_equal(opened(b, A, 200, 250)->waits, 1);
}

/* The past that is kept is bounded. */
static void many_locks_and_waits(void **state)
{
	struct bench *b = *state;
	union vs_event ev;
	uint64_t i;

	for (i = 0; i < 3000; i++) {
		ev = wait_of(1000 + (uint32_t)i, A, i, i + 50);
		ev.lock_wait.lock = i % 2 ? LOCK : LOCK + i;
		feed(b, ev);
		feed(b, on_device(CALL(RESET, 1000 + (uint32_t)i, i, i + 60), 5));
	}
	feed(b, wait_of(D, A, 1000, 3100));
	assert_int_equal(opened(b, D, 0, 3200)->wait[0].holders, 257);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ATTACH_TEST(one_holder),
		ATTACH_TEST(nobody_known),
		ATTACH_TEST(a_convoy),
		ATTACH_TEST(other_locks_and_times_do_not_count),
		ATTACH_TEST(equal_holders_are_one),
		ATTACH_TEST(the_longest_four),
		ATTACH_TEST(what_the_holder_did),
		ATTACH_TEST(what_the_holder_did_is_too_short),
		ATTACH_TEST(what_the_holder_does_is_not_finished),
		ATTACH_TEST(device_and_vm_of_the_holder),
		ATTACH_TEST(the_longest_waits),
		ATTACH_TEST(waits_of_calls_before_and_later),
		ATTACH_TEST(waits_of_added_up_calls),
		ATTACH_TEST(many_locks_and_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
