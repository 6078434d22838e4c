/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of attaches share: records by hand, and a sink that remembers attaches. */
#ifndef VS_TEST_TOY_ATTACH_H
#define VS_TEST_TOY_ATTACH_H

#include "events.h"
#include "../../user/core/profile/attaches.h"

#define TOLD 64

struct heard {
	struct vs_sink sink; /* first */
	struct vs_attach attach[TOLD], stuck[TOLD], detach[TOLD];
	size_t attaches, stucks, detaches, events;
	bool ended, ended_last;
	void (*also)(struct heard *h, const struct vs_attach *a, bool detached);
};

struct bench {
	struct heard heard;
	struct vs_sink *sink;
	struct vs_refs refs;
	uint64_t mark, told_ns;
};

static inline struct vs_attach *slot(struct vs_attach *list, size_t *n)
{
	return &list[(*n)++ % TOLD];
}

static inline void hear_event(struct vs_sink *s, const union vs_event *ev,
			      const struct vs_refs *refs)
{
	(void)ev;
	(void)refs;
	((struct heard *)s)->events++;
}

static inline void hear_attach(struct vs_sink *s, const struct vs_attach *a)
{
	struct heard *h = (struct heard *)s;

	if (h->also)
		h->also(h, a, false);
	*slot(h->attach, &h->attaches) = *a;
}

static inline void hear_stuck(struct vs_sink *s, const struct vs_attach *a)
{
	struct heard *h = (struct heard *)s;

	*slot(h->stuck, &h->stucks) = *a;
}

static inline void hear_detach(struct vs_sink *s, const struct vs_attach *a)
{
	struct heard *h = (struct heard *)s;

	assert_false(h->ended);
	if (h->also)
		h->also(h, a, true);
	*slot(h->detach, &h->detaches) = *a;
}

static inline void hear_end(struct vs_sink *s, const struct vs_ending *ending)
{
	(void)ending;
	((struct heard *)s)->ended = true;
}

static const struct vs_sink_ops hear_ops = {
	.event = hear_event,
	.attach = hear_attach,
	.stuck = hear_stuck,
	.detach = hear_detach,
	.end = hear_end,
};

static inline int bench_begin(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct vs_run run = { .attached.attach = 1 };

	assert_non_null(b);
	b->heard.sink.ops = &hear_ops;
	b->sink = vs_attaches_sink(&b->heard.sink);
	assert_non_null(b->sink);
	SET_STRING(run.start.arch, "x86_64");
	b->sink->ops->start(b->sink, &run);
	*state = b;
	return 0;
}

static inline int bench_end(void **state)
{
	struct bench *b = *state;

	assert_int_equal(vs_attaches_error(b->sink), 0);
	vs_sink_free(b->sink);
	free(b);
	return 0;
}

#define ATTACH_TEST(name) cmocka_unit_test_setup_teardown(name, bench_begin, bench_end)

static inline void feed_vm(struct bench *b, const union vs_event *ev, int group,
			   const struct vs_vm *vm)
{
	struct vs_refs refs = {
		.vm = vm, .group = group, .holder_fd = -1, .mark = b->mark, .told_ns = b->told_ns
	};

	b->sink->ops->event(b->sink, ev, &refs);
}

static inline void finish(struct bench *b)
{
	static const struct vs_ending ending;

	b->sink->ops->end(b->sink, &ending);
	assert_true(b->heard.ended);
}

/* A phase that began and ended so many ms after the start. */
static inline union vs_event phase_of(enum vs_phase phase, enum vs_phase parent, uint32_t pid,
				      uint64_t begin_ms, uint64_t end_ms)
{
	union vs_event ev = make_event(VS_PHASE, end_ms * MS, pid);

	ev.h.dur = (end_ms - begin_ms) * MS;
	ev.phase.phase = phase;
	ev.phase.parent = parent;
	ev.phase.count = 1;
	ev.phase.iommu_group = -1;
	return ev;
}

static inline union vs_event on_group(union vs_event ev, uint64_t group)
{
	ev.phase.group = group;
	ev.phase.iommu_group = (int)group;
	return ev;
}

static inline union vs_event on_file(union vs_event ev, uint64_t file)
{
	ev.phase.group = file;
	ev.h.flags |= VS_F_CDEV;
	return ev;
}

static inline union vs_event on_container(union vs_event ev, uint64_t container)
{
	ev.phase.container = container;
	return ev;
}

static inline void name_of(char *name, size_t size, uint64_t dev)
{
	snprintf(name, size, "0000:%02x:%02x.0", (unsigned int)(dev >> 5 & 0xff),
		 (unsigned int)(dev & 31));
}

static inline union vs_event on_device(union vs_event ev, uint64_t dev)
{
	ev.phase.dev = dev;
	name_of(ev.phase.name, sizeof(ev.phase.name), dev);
	return ev;
}

static inline union vs_event with_ret(union vs_event ev, int64_t ret)
{
	ev.h.ret = ret;
	return ev;
}

static inline void feed(struct bench *b, union vs_event ev)
{
	feed_vm(b, &ev, ev.h.kind == VS_PHASE ? ev.phase.iommu_group : -1, NULL);
}

#define CALL(phase, pid, begin, end) phase_of(VS_PHASE_##phase, VS_PHASE_NONE, pid, begin, end)
#define PART(phase, parent, pid, begin, end) \
	phase_of(VS_PHASE_##phase, VS_PHASE_##parent, pid, begin, end)

static inline void feed_dev(struct bench *b, enum vs_kind kind, uint32_t pid, uint64_t dev,
			    uint32_t open_count, uint64_t ms, uint32_t flags)
{
	union vs_event ev = make_event(kind, ms * MS, pid);

	ev.h.flags = flags;
	ev.dev.dev = dev;
	ev.dev.open_count = open_count;
	ev.dev.iommufd = flags & VS_F_CDEV ? 1 : 0;
	name_of(ev.dev.name, sizeof(ev.dev.name), dev);
	SET_STRING(ev.dev.driver, "vfio-pci");
	feed_vm(b, &ev, (int)dev, NULL);
}

/* The phase's entry in a list; NULL: it has none. */
static inline const struct vs_attach_phase *entry(const struct vs_attach_phase *list, size_t n,
						  enum vs_phase phase, enum vs_phase parent)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (list[i].phase == phase && list[i].parent == parent)
			return &list[i];
	return NULL;
}

#define ENTRY(a, which, of) entry((a)->phase, (a)->phase_count, VS_PHASE_##which, VS_PHASE_##of)
#define LATER(a, which, of) entry((a)->later, (a)->later_count, VS_PHASE_##which, VS_PHASE_##of)

/* Every entry is the sum of what it is made of. Return: what the calls come to. */
static inline uint64_t assert_entries(const struct vs_attach_phase *list, size_t n)
{
	uint64_t calls = 0, parts;
	size_t i, j;

	for (i = 0; i < n; i++) {
		parts = 0;
		for (j = 0; j < n; j++) {
			if (list[j].parent == list[i].phase && list[j].root == list[i].root)
				parts += list[j].total_ns;
			if (i != j && list[i].phase == list[j].phase &&
			    list[i].parent == list[j].parent)
				assert_int_not_equal(list[i].root, list[j].root);
		}
		assert_int_equal(list[i].total_ns, list[i].self_ns + list[i].lock_ns + parts);
		assert_int_not_equal(list[i].phase, VS_PHASE_LOCK_WAIT);
		if (list[i].parent)
			continue;
		assert_int_equal(list[i].root, list[i].phase);
		calls += list[i].total_ns;
	}
	return calls;
}

static inline void assert_sums(const struct vs_attach *a)
{
	uint64_t calls = assert_entries(a->phase, a->phase_count);

	assert_int_equal(a->total_ns, a->end_ns - a->begin_ns);
	assert_int_equal(a->total_ns, a->vmm_ns + calls + a->unaccounted_ns);
	assert_entries(a->later, a->later_count);
	assert_true(a->span_count <= a->spans && a->wait_count <= a->waits);
}

/* Open group 7, container 70, device 7 by its group, from @ms on: 100 ms of calls, 50 between. */
static inline void open_by_group(struct bench *b, uint32_t pid, uint64_t dev, uint64_t ms)
{
	uint64_t container = 10 * dev;

	feed(b, on_group(CALL(GROUP_OPEN, pid, ms, ms + 10), dev));
	feed(b,
	     on_container(on_group(CALL(CONTAINER_ATTACH, pid, ms + 20, ms + 30), dev), container));
	feed(b, on_container(CALL(SET_IOMMU, pid, ms + 40, ms + 60), container));
	feed_dev(b, VS_DEV_OPEN, pid, dev, 1, ms + 140, 0);
	feed(b, on_device(PART(RESET, DRIVER_OPEN, pid, ms + 100, ms + 130), dev));
	feed(b, on_device(PART(DRIVER_OPEN, DEVICE_OPEN, pid, ms + 95, ms + 135), dev));
	feed(b,
	     on_container(on_device(on_group(CALL(DEVICE_OPEN, pid, ms + 90, ms + 150), dev), dev),
			  container));
}

static inline void close_device(struct bench *b, uint32_t pid, uint64_t dev, uint64_t ms)
{
	feed_dev(b, VS_DEV_CLOSE, pid, dev, 0, ms + 9, 0);
	feed(b, on_device(CALL(DEVICE_CLOSE, pid, ms, ms + 10), dev));
}

#endif
