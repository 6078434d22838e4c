// SPDX-License-Identifier: GPL-2.0-only
/* The arithmetic of attaches: by hand, and for random streams of records. */
#include "toy_calls.h"

#define VMM 100

static const struct vs_attach *only_attach(const struct bench *b)
{
	assert_int_equal(b->heard.attaches, 1);
	assert_sums(&b->heard.attach[0]);
	return &b->heard.attach[0];
}

static void open_device(struct bench *b, uint64_t begin, uint64_t end)
{
	feed(b, on_container(on_device(on_group(CALL(DEVICE_OPEN, VMM, begin, end), 7), 7), 70));
}

static union vs_event map_call(uint32_t tid, uint64_t begin, uint64_t end)
{
	union vs_event ev = on_container(CALL(DMA_MAP, VMM, begin, end), 70);

	ev.h.tid = tid;
	return ev;
}

static void pins_and_maps(void **state)
{
	struct bench *b = *state;
	union vs_event ev = map_call(VMM, 0, 100);
	const struct vs_attach *a;

	ev.phase.pin_ns = 70 * MS;
	ev.phase.pins = 3;
	ev.phase.pages = 512;
	ev.phase.lock_ns = 10 * MS;
	ev.phase.bytes = 4096 * 512;
	feed(b, ev);
	open_device(b, 100, 110);
	a = only_attach(b);
	assert_int_equal(ENTRY(a, DMA_MAP, NONE)->self_ns, 0);
	assert_int_equal(ENTRY(a, DMA_MAP, NONE)->lock_ns, 10 * MS);
	assert_int_equal(ENTRY(a, DMA_MAP, NONE)->max_bytes, 4096 * 512);
	assert_int_equal(ENTRY(a, PIN, DMA_MAP)->total_ns, 70 * MS);
	assert_int_equal(ENTRY(a, PIN, DMA_MAP)->count, 3);
	assert_int_equal(ENTRY(a, PIN, DMA_MAP)->pages, 512);
	assert_int_equal(ENTRY(a, MAP, DMA_MAP)->total_ns, 20 * MS);
	assert_int_equal(a->span[0].bytes, 4096 * 512);
}

/* What a replay takes beside its pins is its own. */
static void pins_of_a_replay(void **state)
{
	struct bench *b = *state;
	union vs_event ev = PART(REPLAY, SET_IOMMU, VMM, 10, 60);
	const struct vs_attach *a;

	feed(b, on_container(on_group(CALL(CONTAINER_ATTACH, VMM, 0, 5), 7), 70));
	ev.phase.pin_ns = 30 * MS;
	ev.phase.pins = 1;
	feed(b, ev);
	feed(b, on_container(CALL(SET_IOMMU, VMM, 6, 80), 70));
	open_device(b, 100, 110);
	a = only_attach(b);
	assert_int_equal(ENTRY(a, REPLAY, SET_IOMMU)->self_ns, 20 * MS);
	assert_int_equal(ENTRY(a, PIN, REPLAY)->root, VS_PHASE_SET_IOMMU);
	assert_int_equal(ENTRY(a, SET_IOMMU, NONE)->self_ns, 24 * MS);
}

static union vs_event sum_of_maps(uint64_t count, uint64_t sum_ms, uint64_t written_ms)
{
	union vs_event ev = on_container(CALL(DMA_MAP, VMM, 0, written_ms), 70);

	ev.h.dur = sum_ms * MS;
	ev.phase.since = written_ms * MS; /* each a sum of its own */
	ev.phase.count = count;
	ev.phase.max_ns = 900000;
	ev.phase.max_bytes = 4096;
	return ev;
}

/* Written inside of the call that makes the device usable, but before it by nature. */
static void added_up(void **state)
{
	struct bench *b = *state;
	const struct vs_attach *a;

	feed(b, on_group(CALL(GROUP_OPEN, VMM, 0, 10), 7));
	feed(b, on_container(on_group(CALL(CONTAINER_ATTACH, VMM, 10, 20), 7), 70));
	feed(b, map_call(VMM, 20, 30));
	feed(b, PART(DRIVER_OPEN, DEVICE_OPEN, VMM, 110, 140));
	feed(b, sum_of_maps(100, 40, 149));
	open_device(b, 100, 150);
	a = only_attach(b);
	assert_int_equal(ENTRY(a, DMA_MAP, NONE)->count, 101);
	assert_int_equal(ENTRY(a, DMA_MAP, NONE)->total_ns, 50 * MS);
	assert_int_equal(ENTRY(a, DMA_MAP, NONE)->max_ns, 10 * MS);
	assert_int_equal(ENTRY(a, DRIVER_OPEN, DEVICE_OPEN)->total_ns, 30 * MS);
	assert_int_equal(a->vmm_ns, 30 * MS);
	assert_int_equal(a->spans, 5);
	assert_int_equal(a->phase[a->phase_count - 2].phase, VS_PHASE_DEVICE_OPEN);
}

/* One map of less than a millisecond is a sum as well: when it was is not known. */
static void one_added_up(void **state)
{
	struct bench *b = *state;
	union vs_event ev = sum_of_maps(1, 0, 149);

	ev.h.dur = MS / 2;
	feed(b, on_container(on_group(CALL(CONTAINER_ATTACH, VMM, 10, 20), 7), 70));
	feed(b, ev);
	open_device(b, 100, 150);
	assert_int_equal(ENTRY(only_attach(b), DMA_MAP, NONE)->total_ns, MS / 2);
	assert_int_equal(only_attach(b)->begin_ns, 10 * MS);
	assert_int_equal(only_attach(b)->spans, 2);
}

/* Sums of several threads have the time that is left, and no more. */
static void added_up_is_too_much(void **state)
{
	struct bench *b = *state;
	union vs_event ev = sum_of_maps(100, 900, 149);

	ev.phase.pin_ns = 300 * MS;
	feed(b, on_container(on_group(CALL(CONTAINER_ATTACH, VMM, 10, 20), 7), 70));
	feed(b, ev);
	open_device(b, 100, 150);
	assert_int_equal(ENTRY(only_attach(b), DMA_MAP, NONE)->total_ns, 80 * MS);
	assert_int_equal(only_attach(b)->vmm_ns, 0);
	assert_in_range(ENTRY(only_attach(b), PIN, DMA_MAP)->total_ns, 26 * MS, 27 * MS);
}

/* Two threads at once: the later one counts from the end of the earlier. */
static void threads_overlap(void **state)
{
	struct bench *b = *state;
	union vs_event second = map_call(VMM + 1, 10, 90);

	feed(b, on_container(on_group(CALL(CONTAINER_ATTACH, VMM, 0, 0), 7), 70));
	feed(b, map_call(VMM, 0, 60));
	second.phase.pin_ns = 80 * MS;
	feed(b, second);
	open_device(b, 95, 100);
	assert_int_equal(ENTRY(only_attach(b), DMA_MAP, NONE)->total_ns, 90 * MS);
	assert_int_equal(ENTRY(only_attach(b), DMA_MAP, NONE)->max_ns, 80 * MS);
	assert_int_equal(ENTRY(only_attach(b), PIN, DMA_MAP)->total_ns, 30 * MS);
	assert_int_equal(only_attach(b)->vmm_ns, 5 * MS);
	assert_true(only_attach(b)->complete);
}

/* What does not fit is taken from self first, then from lock waits, then from parts. */
static void what_is_reduced(void **state)
{
	struct bench *b = *state;
	union vs_event ev = CALL(DEVICE_OPEN, VMM, 0, 100);
	union vs_event other = on_container(on_group(CALL(CONTAINER_ATTACH, VMM, 0, 60), 7), 70);
	const struct vs_attach *a;

	other.h.tid = VMM + 1;
	feed(b, other);
	feed(b, PART(USE_IOMMU, DEVICE_OPEN, VMM, 10, 20));
	feed(b, PART(DRIVER_OPEN, DEVICE_OPEN, VMM, 20, 50));
	ev.phase.lock_ns = 25 * MS;
	feed(b, on_device(on_group(ev, 7), 7));
	a = only_attach(b);
	/* 100 of which 35 is self, 25 locks and 40 parts; 40 are left. */
	assert_int_equal(ENTRY(a, DEVICE_OPEN, NONE)->total_ns, 40 * MS);
	assert_int_equal(ENTRY(a, DEVICE_OPEN, NONE)->self_ns, 0);
	assert_int_equal(ENTRY(a, DEVICE_OPEN, NONE)->lock_ns, 0);
	assert_int_equal(ENTRY(a, DRIVER_OPEN, DEVICE_OPEN)->total_ns, 30 * MS);
	assert_int_equal(ENTRY(a, USE_IOMMU, DEVICE_OPEN)->total_ns, 10 * MS);
}

static void part_longer_than_its_call(void **state)
{
	struct bench *b = *state;

	feed(b, PART(DRIVER_OPEN, DEVICE_OPEN, VMM, 10, 40));
	feed(b, PART(USE_IOMMU, DEVICE_OPEN, VMM, 40, 50));
	open_device(b, 40, 60);
	assert_int_equal(ENTRY(only_attach(b), DEVICE_OPEN, NONE)->total_ns, 20 * MS);
	assert_int_equal(ENTRY(only_attach(b), DRIVER_OPEN, DEVICE_OPEN)->total_ns, 15 * MS);
	assert_int_equal(ENTRY(only_attach(b), USE_IOMMU, DEVICE_OPEN)->total_ns, 5 * MS);
}

static void entry_missed(void **state)
{
	struct bench *b = *state;
	union vs_event ev = on_container(CALL(SET_IOMMU, VMM, 0, 50), 70);

	feed(b, on_container(on_group(CALL(CONTAINER_ATTACH, VMM, 10, 20), 7), 70));
	feed(b, PART(IOMMU_ATTACH, SET_IOMMU, VMM, 40, 48));
	ev.h.dur = VS_NOT_SEEN;
	feed(b, ev);
	open_device(b, 60, 70);
	assert_false(only_attach(b)->complete);
	/* It began after 20, and its part is known. */
	assert_int_equal(ENTRY(only_attach(b), SET_IOMMU, NONE)->total_ns, 8 * MS);
	assert_int_equal(only_attach(b)->unaccounted_ns, 22 * MS);
	assert_int_equal(only_attach(b)->vmm_ns, 10 * MS);
}

static void entry_of_a_part_missed(void **state)
{
	struct bench *b = *state;
	union vs_event ev = PART(DRIVER_OPEN, DEVICE_OPEN, VMM, 0, 50);

	ev.h.dur = VS_NOT_SEEN;
	feed(b, PART(RESET, DRIVER_OPEN, VMM, 20, 30));
	feed(b, ev);
	open_device(b, 10, 60);
	assert_false(only_attach(b)->complete);
	assert_int_equal(ENTRY(only_attach(b), DRIVER_OPEN, DEVICE_OPEN)->total_ns, 10 * MS);
	assert_int_equal(ENTRY(only_attach(b), DEVICE_OPEN, NONE)->self_ns, 40 * MS);
}

/* Parts whose call, or whose parent, was lost are no other call's. */
static void parts_without_a_call(void **state)
{
	struct bench *b = *state;

	feed(b, PART(DRIVER_OPEN, DEVICE_OPEN, VMM, 0, 20));
	feed(b, PART(RESET, DRIVER_OPEN, VMM, 50, 60));
	open_device(b, 40, 70);
	assert_int_equal(only_attach(b)->phase_count, 1);
	assert_int_equal(ENTRY(only_attach(b), DEVICE_OPEN, NONE)->self_ns, 30 * MS);
}

/* In one call a phase with parts has one place: elsewhere it is its parent's own time. */
static void a_phase_in_two_places(void **state)
{
	struct bench *b = *state;
	const struct vs_attach *a;

	feed(b, PART(POWER_UP, RESET, VMM, 10, 12));
	feed(b, PART(RESET, DRIVER_OPEN, VMM, 10, 20));
	feed(b, PART(DRIVER_OPEN, DEVICE_OPEN, VMM, 5, 30));
	feed(b, PART(POWER_UP, RESET, VMM, 31, 32));
	feed(b, PART(RESET, DEVICE_OPEN, VMM, 30, 40));
	feed(b, PART(RESET, RESET, VMM, 41, 42));
	feed(b, PART(RESET, DRIVER_OPEN, VMM, 41, 45));
	feed(b, PART(DRIVER_OPEN, DEVICE_OPEN, VMM, 41, 46));
	open_device(b, 0, 50);
	a = only_attach(b);
	assert_int_equal(ENTRY(a, DEVICE_OPEN, NONE)->total_ns, 50 * MS);
	assert_null(ENTRY(a, RESET, DEVICE_OPEN));
	assert_null(ENTRY(a, RESET, RESET));
	assert_int_equal(ENTRY(a, RESET, DRIVER_OPEN)->count, 2);
}

/* More calls than are kept one by one. */
static void many_calls(void **state)
{
	struct bench *b = *state;
	const struct vs_attach *a;
	uint64_t i;

	feed(b, on_container(on_group(CALL(CONTAINER_ATTACH, VMM, 0, 1), 7), 70));
	for (i = 1; i <= 1000; i++)
		feed(b, map_call(VMM, 10 * i, 10 * i + 2));
	open_device(b, 10010, 10020);
	a = only_attach(b);
	assert_int_equal(ENTRY(a, DMA_MAP, NONE)->count, 1000);
	assert_int_equal(ENTRY(a, DMA_MAP, NONE)->total_ns, 2000 * MS);
	assert_int_equal(a->spans, 1002);
	assert_int_equal(a->span_count, VS_ATTACH_SPANS);
	assert_int_equal(a->vmm_ns, a->total_ns - 2011 * MS);
}

static void many_parts(void **state)
{
	struct bench *b = *state;
	uint64_t i;

	for (i = 0; i < 1000; i++)
		feed(b, PART(RESET, DEVICE_OPEN, VMM, 10 * i, 10 * i + 2));
	open_device(b, 0, 10020);
	assert_int_equal(ENTRY(only_attach(b), DEVICE_OPEN, NONE)->total_ns, 10020 * MS);
	assert_in_range(ENTRY(only_attach(b), RESET, DEVICE_OPEN)->count, 200, 256);
}

/* Random streams */

#define PROCESSES 4
#define THREADS 3
#define DEVICES 5
#define STEPS 3000
#define IDS 8192

struct history {
	struct bench *b;
	uint32_t random;
	uint64_t now[PROCESSES][THREADS]; /* ns: until when a thread is done */
	unsigned char attached[IDS], detached[IDS];
	unsigned int usable;
};

static struct history *told; /* by the callback */

static void hear_sums(struct heard *heard, const struct vs_attach *a, bool detached)
{
	(void)heard;
	assert_sums(a);
	assert_in_range(a->id, 1, IDS - 1);
	assert_int_equal(told->detached[a->id], 0);
	if (detached) {
		told->detached[a->id] = 1;
		assert_int_equal(told->attached[a->id], a->state != VS_ATTACH_GOING_ON);
		return;
	}
	assert_int_equal(told->attached[a->id], 0);
	assert_int_not_equal(a->state, VS_ATTACH_GOING_ON);
	told->attached[a->id] = 1;
	told->usable += a->state == VS_ATTACH_USABLE;
}

static uint32_t below(struct history *h, uint32_t n)
{
	return next_random(&h->random) % n;
}

/* Where something happens: every device has a group, and two share a container. */
static void put_objects(struct history *h, union vs_event *ev, uint64_t dev, bool cdev)
{
	ev->phase.group = cdev ? 0x1000 + dev : 0x2000 + dev;
	ev->phase.container = cdev ? 0x3000 : 0x4000 + dev / 2;
	ev->phase.iommu_group = (int)dev;
	ev->phase.dev = 0x5000 + dev;
	name_of(ev->phase.name, sizeof(ev->phase.name), dev);
	ev->h.flags = cdev ? VS_F_CDEV : 0;
	ev->h.ret = below(h, 12) ? 0 : -16;
	if (ev->h.ret && !below(h, 3))
		ev->phase.dev = ev->phase.container = 0;
	if (ev->phase.phase == VS_PHASE_GROUP_OPEN && ev->h.ret)
		ev->phase.group = 0;
	if (ev->phase.phase == VS_PHASE_UNPIN && below(h, 2))
		ev->phase.iommu_group = -1;
}

static void put_times(struct history *h, union vs_event *ev, uint64_t begin, uint64_t end)
{
	ev->h.ts = end;
	ev->h.dur = end - begin;
	ev->phase.count = 1;
	if (!below(h, 3))
		ev->phase.lock_ns = below(h, 2) ? below(h, 1000) : ev->h.dur / (1 + below(h, 4));
	if (!below(h, 4)) {
		ev->phase.pin_ns = ev->h.dur / (1 + below(h, 3));
		ev->phase.pins = 1 + below(h, 5);
	}
	if (!below(h, 40))
		ev->h.dur = VS_NOT_SEEN;
	else if (!below(h, 60))
		ev->h.dur = 2 * ev->h.dur + 7; /* as no probe would say */
	if (ev->h.dur != VS_NOT_SEEN && ev->h.dur > end)
		ev->h.dur = end;
}

static void feed_history(struct history *h, union vs_event *ev, int group)
{
	static const struct vs_vm vm = { .id = 5 };

	if (!below(h, 50))
		h->b->mark++;
	if (below(h, 100)) /* or it is lost */
		feed_vm(h->b, ev, group, below(h, 4) ? NULL : &vm);
}

/* Parts of @parent between @begin and @end, by chance with parts of their own. */
static void random_parts(struct history *h, uint32_t pid, uint32_t tid, enum vs_phase parent,
			 uint64_t begin, uint64_t end, unsigned int depth)
{
	unsigned int n = depth ? below(h, 4) : 0;
	union vs_event ev;
	enum vs_phase phase;
	uint64_t to;

	while (n-- && begin < end) {
		phase = 1 + below(h, VS_PHASE_COUNT - 1);
		if (phase == VS_PHASE_LOCK_WAIT) /* is not bracketed */
			continue;
		to = begin + 1 + (end - begin) / (1 + below(h, 3));
		if (to > end)
			to = end;
		random_parts(h, pid, tid, phase, begin, to, depth - 1);
		ev = phase_of(phase, parent, pid, 0, 0);
		ev.h.tid = tid;
		put_times(h, &ev, begin, to);
		feed_history(h, &ev, -1);
		begin = to;
	}
}

static void random_sum(struct history *h, uint32_t pid, uint32_t tid, uint64_t ts, uint64_t dev,
		       bool cdev)
{
	union vs_event ev =
		phase_of(cdev ? VS_PHASE_IOMMUFD_MAP : VS_PHASE_DMA_MAP, VS_PHASE_NONE, pid, 0, 0);

	ev.h.tid = tid;
	put_objects(h, &ev, dev, cdev);
	ev.h.ts = ts;
	ev.phase.since = ts;
	ev.phase.count = 1 + below(h, 50);
	ev.h.dur = below(h, 50 * MS);
	ev.phase.pin_ns = ev.h.dur / 2;
	feed_history(h, &ev, -1);
}

static void random_dev(struct history *h, enum vs_kind kind, uint32_t pid, uint32_t tid,
		       uint64_t ts, uint64_t dev)
{
	union vs_event ev = make_event(kind, ts, pid);

	ev.h.tid = tid;
	ev.dev.dev = 0x5000 + dev;
	ev.dev.open_count = kind == VS_DEV_OPEN ? 1 + below(h, 2) : below(h, 2);
	name_of(ev.dev.name, sizeof(ev.dev.name), dev);
	feed_history(h, &ev, (int)dev);
}

static void random_wait(struct history *h, uint32_t pid, uint32_t tid, uint64_t begin, uint64_t end)
{
	union vs_event ev = make_event(VS_LOCK_WAIT, end, pid);

	ev.h.tid = tid;
	ev.h.dur = end - begin;
	ev.lock_wait.lock = 0x6000 + below(h, 3);
	ev.lock_wait.lock_id = 1 + below(h, VS_LOCK_COUNT - 1);
	ev.lock_wait.phase = 1 + below(h, VS_PHASE_COUNT - 1);
	ev.lock_wait.holder_tid = 1000 + below(h, 5);
	feed_history(h, &ev, -1);
}

static void random_call(struct history *h, unsigned int process, unsigned int thread,
			enum vs_phase phase, uint64_t dev, bool cdev)
{
	uint32_t pid = 1000 + process, tid = 1000 + process + 100 * thread;
	uint64_t begin = h->now[process][thread] + below(h, 5 * MS);
	uint64_t end = begin + 1 + below(h, 20 * MS);
	union vs_event ev = phase_of(phase, VS_PHASE_NONE, pid, 0, 0);

	h->now[process][thread] = end;
	ev.h.tid = tid;
	random_parts(h, pid, tid, phase, begin, end, 3);
	if (!below(h, 5))
		random_wait(h, pid, tid, begin, end);
	if (phase == VS_PHASE_DEVICE_OPEN || phase == VS_PHASE_DEVICE_CLOSE)
		random_dev(h, phase == VS_PHASE_DEVICE_OPEN ? VS_DEV_OPEN : VS_DEV_CLOSE, pid, tid,
			   end, dev);
	if (phase == VS_PHASE_DEVICE_OPEN || phase == VS_PHASE_IOMMUFD_ATTACH)
		random_sum(h, pid, tid, end, dev, cdev);
	put_objects(h, &ev, dev, cdev);
	put_times(h, &ev, begin, end);
	feed_history(h, &ev, ev.phase.iommu_group);
}

static void random_in_call(struct history *h, unsigned int process, unsigned int thread,
			   enum vs_phase phase, uint64_t dev, uint32_t flags)
{
	union vs_event ev =
		make_event(VS_IN_CALL, h->now[process][thread] + below(h, SEC), 1000 + process);
	bool cdev = below(h, 2);

	ev.h.tid = 1000 + process + 100 * thread;
	ev.h.dur = ev.h.ts - h->now[process][thread];
	ev.h.flags = flags | (cdev ? VS_F_CDEV : 0);
	ev.in_call.phase = phase;
	ev.in_call.group = below(h, 4) ? (cdev ? 0x1000 : 0x2000) + dev : 0;
	ev.in_call.container = below(h, 3) ? cdev ? 0x3000 : 0x4000 + dev / 2 : 0;
	ev.in_call.dev = below(h, 3) ? 0x5000 + dev : 0;
	feed_history(h, &ev, below(h, 2) ? (int)dev : -1);
}

static enum vs_phase random_phase(struct history *h, bool cdev)
{
	static const enum vs_phase group[] = {
		VS_PHASE_GROUP_OPEN, VS_PHASE_CONTAINER_ATTACH, VS_PHASE_SET_IOMMU,
		VS_PHASE_DMA_MAP,    VS_PHASE_DEVICE_OPEN,	VS_PHASE_DEVICE_OPEN,
	};
	static const enum vs_phase file[] = {
		VS_PHASE_CDEV_OPEN,	 VS_PHASE_IOMMUFD_MAP, VS_PHASE_DEVICE_OPEN,
		VS_PHASE_IOMMUFD_ATTACH, VS_PHASE_DEVICE_OPEN, VS_PHASE_IOMMUFD_ATTACH,
	};
	static const enum vs_phase both[] = {
		VS_PHASE_REGISTER,     VS_PHASE_IRQ_SETUP,    VS_PHASE_RESET, VS_PHASE_HOT_RESET,
		VS_PHASE_DEVICE_CLOSE, VS_PHASE_DEVICE_CLOSE, VS_PHASE_UNPIN, VS_PHASE_DMA_UNMAP,
	};

	if (!below(h, 3))
		return both[below(h, ARRAY_SIZE(both))];
	return cdev ? file[below(h, ARRAY_SIZE(file))] : group[below(h, ARRAY_SIZE(group))];
}

static void random_step(struct history *h)
{
	unsigned int process = below(h, PROCESSES), thread = below(h, THREADS);
	uint64_t dev = below(h, DEVICES);
	bool cdev = below(h, 3) == 0;
	enum vs_phase phase = random_phase(h, cdev);
	unsigned int i;

	if (!below(h, 30))
		random_in_call(h, process, thread, phase, dev, 0);
	else
		random_call(h, process, thread, phase, dev, cdev);
	/* Threads keep up with each other, more or less. */
	for (i = 0; i < THREADS; i++)
		if (h->now[process][i] + 50 * MS < h->now[process][thread])
			h->now[process][i] = h->now[process][thread] - 50 * MS;
}

static void check_told_once(const struct history *h)
{
	unsigned int i;

	for (i = 0; i < IDS; i++)
		assert_true(!h->attached[i] || h->detached[i]);
}

static void random_history(struct bench *b, uint32_t seed)
{
	struct history *h = calloc(1, sizeof(*h));
	unsigned int i;

	assert_non_null(h);
	h->b = b;
	h->random = seed;
	for (i = 0; i < PROCESSES * THREADS; i++)
		h->now[i / THREADS][i % THREADS] = SEC;
	told = h;
	b->heard.also = hear_sums;
	for (i = 0; i < STEPS; i++)
		random_step(h);
	for (i = 0; i < PROCESSES; i++)
		random_in_call(h, i, below(h, THREADS), random_phase(h, false), below(h, DEVICES),
			       VS_F_AT_END);
	finish(b);
	check_told_once(h);
	assert_true(h->usable > 50);
	for (i = 0; i < TOLD && i < b->heard.stucks; i++)
		assert_sums(&b->heard.stuck[i]);
	free(h);
}

static void random_histories(void **state)
{
	void *again = NULL;
	uint32_t seed;

	(void)state;
	for (seed = 1; seed <= 30; seed++) {
		bench_begin(&again);
		random_history(again, seed * 2654435761U);
		bench_end(&again);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ATTACH_TEST(pins_and_maps),
		ATTACH_TEST(pins_of_a_replay),
		ATTACH_TEST(added_up),
		ATTACH_TEST(one_added_up),
		ATTACH_TEST(added_up_is_too_much),
		ATTACH_TEST(threads_overlap),
		ATTACH_TEST(what_is_reduced),
		ATTACH_TEST(part_longer_than_its_call),
		ATTACH_TEST(entry_missed),
		ATTACH_TEST(entry_of_a_part_missed),
		ATTACH_TEST(parts_without_a_call),
		ATTACH_TEST(a_phase_in_two_places),
		ATTACH_TEST(many_calls),
		ATTACH_TEST(many_parts),
		ATTACH_TEST(random_histories),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
