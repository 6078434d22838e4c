// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "attach.h"
#include "names.h"

/* A table of files that changes all the time is not looked at for ever. */
#define LOOKS_MAX 5

struct vs_live {
	struct vs_attached at;
	struct vs_live_config config;
	struct ring_buffer *ring;
	int wakeups; /* an epoll fd */
	struct vs_names *names;
	vs_event_fn fn; /* during vs_live_drain() */
	void *fn_ctx;
	int fn_err;
	uint64_t missed_before; /* by probes that have been replaced */
	uint64_t missed_unarmed; /* by these, before they were armed */
	uint64_t missed; /* probes the kernel did not run, as of … */
	uint64_t missed_at; /* ns since boot; records from before are covered */
	bool doubt; /* the reader was told of some, and not yet that it is over */
};

uint64_t vs_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

static int print_nothing(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level;
	(void)fmt;
	(void)args;
	return 0;
}

static int print_all(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level;
	return vfprintf(stderr, fmt, args);
}

static int print_serious(enum libbpf_print_level level, const char *fmt, va_list args)
{
	return level == LIBBPF_DEBUG ? 0 : vfprintf(stderr, fmt, args);
}

void vs_live_verbose(int level)
{
	libbpf_set_print(level > 1 ? print_all : level ? print_serious : print_nothing);
}

const char *vs_loss_name(enum vs_loss loss)
{
	static const char *const names[VS_LOSS_COUNT] = {
		[VS_LOSS_RINGBUF] = "ring_buffer_full",
		[VS_LOSS_CALLS] = "too_many_calls_in_progress",
		[VS_LOSS_ENTRY] = "entry_not_seen",
		[VS_LOSS_EXIT] = "return_not_seen",
		[VS_LOSS_TRACKED] = "too_many_children",
		[VS_LOSS_DMA] = "too_many_containers",
		[VS_LOSS_BUSY] = "probe_busy",
		[VS_LOSS_STATE] = "too_many_groups_or_files",
		[VS_LOSS_GAP] = "not_attached_again",
	};
	return names[loss];
}

/*
 * The kernel does not run a probe that is running already on the same CPU, as
 * when it was preempted there, but counts (since 5.12; before: 0).
 */
static uint64_t missed_by(const struct vs_attached *at)
{
	struct bpf_program *prog;
	uint64_t missed = 0;

	bpf_object__for_each_program(prog, at->skel->obj)
	{
		struct bpf_prog_info info = { 0 };
		__u32 len = sizeof(info);
		int fd = bpf_program__fd(prog);

		if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len))
			missed += info.recursion_misses;
	}
	return missed;
}

static uint64_t read_missed(const struct vs_live *live)
{
	return live->missed_before + missed_by(&live->at) - live->missed_unarmed;
}

/*
 * Told before any record that was written before the count was read: between
 * that record and the one before it, something may be missing.
 */
static int tell_missed(struct vs_live *live)
{
	union vs_event ev = { .h = { .kind = VS_MISSED, .size = sizeof(ev.missed) } };
	uint64_t missed = read_missed(live);

	live->missed_at = ev.h.ts = vs_now();
	ev.missed.count = missed - live->missed;
	live->missed = missed;
	if (!ev.missed.count && !live->doubt)
		return 0;
	live->doubt = ev.missed.count;
	return live->fn(live->fn_ctx, &ev);
}

static int on_record(void *ctx, void *data, size_t size)
{
	struct vs_live *live = ctx;
	union vs_event ev;

	live->fn_err = vs_decode(data, size, &ev);
	if (!live->fn_err && live->at.can_miss && ev.h.ts >= live->missed_at)
		live->fn_err = tell_missed(live);
	if (!live->fn_err)
		live->fn_err = vs_names_pass(live->names, &ev, live->fn, live->fn_ctx);
	return live->fn_err;
}

/*
 * Readable at a wakeup (EPOLLET), not whenever there are records: they are come
 * for every so often, and being called for each is what is to be avoided.
 */
static int open_wakeups(struct vs_live *live, int map)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };

	if (live->wakeups)
		close(live->wakeups);
	live->wakeups = epoll_create1(EPOLL_CLOEXEC);
	if (live->wakeups < 0) {
		live->wakeups = 0;
		return -errno;
	}
	return epoll_ctl(live->wakeups, EPOLL_CTL_ADD, map, &ev) ? -errno : 0;
}

/* The stream of records, and what process ids in it mean. */
static int listen_to(struct vs_live *live)
{
	int map = bpf_map__fd(live->at.skel->maps.events), err = open_wakeups(live, map);

	if (err)
		return err;
	ring_buffer__free(live->ring);
	live->ring = ring_buffer__new(map, on_record, live, NULL);
	if (!live->ring)
		return -errno;
	/* Ids are the initial namespace's: are they ours, too? */
	vs_names_foreign_pids(live->names, live->at.skel->bss->self_tgid != (uint32_t)getpid());
	return 0;
}

int vs_live_open(struct vs_live **out, struct vs_host *host, const struct vs_policy *policy,
		 struct vs_plan *plan, const struct vs_live_config *config)
{
	struct vs_live *live = calloc(1, sizeof(*live));
	int err = -ENOMEM;

	if (!live)
		return -ENOMEM;
	live->config = *config;
	live->names = vs_names_new();
	if (live->names)
		err = vs_attach(&live->at, host, policy, plan, config, NULL);
	if (!err)
		err = listen_to(live);
	if (err)
		vs_live_close(live);
	else
		*out = live;
	return err;
}

/* Losses are counted on where the others stopped. */
static void take_over(struct vs_attached *now, const struct vs_attached *old)
{
	memcpy(now->skel->bss->losses, old->skel->bss->losses, sizeof(old->skel->bss->losses));
	now->skel->bss->lost_total = old->skel->bss->lost_total;
}

int vs_live_replace(struct vs_live *live, struct vs_host *host, const struct vs_policy *policy,
		    struct vs_plan *plan)
{
	bool armed = live->at.skel->bss->armed;
	struct vs_attached now = { 0 }, old;
	int err = vs_attach(&now, host, policy, plan, &live->config, &live->at);

	if (err)
		return err;
	take_over(&now, &live->at);
	live->missed_before = read_missed(live);
	old = live->at;
	vs_live_arm(live, false);
	live->at = now;
	vs_live_arm(live, armed);
	err = listen_to(live);
	vs_detach(&old);
	return err;
}

void vs_live_close(struct vs_live *live)
{
	if (!live)
		return;
	ring_buffer__free(live->ring);
	if (live->wakeups)
		close(live->wakeups);
	vs_detach(&live->at);
	vs_names_free(live->names);
	free(live);
}

int vs_live_follow_forks(struct vs_live *live, bool on)
{
	uint32_t self = live->at.skel->bss->self_tgid;
	uint8_t yes = 1;

	if (!on)
		return bpf_map__delete_elem(live->at.skel->maps.tracked, &self, sizeof(self), 0);
	return bpf_map__update_elem(live->at.skel->maps.tracked, &self, sizeof(self), &yes,
				    sizeof(yes), BPF_ANY);
}

void vs_live_arm(struct vs_live *live, bool on)
{
	if (on) {
		live->missed_unarmed = missed_by(&live->at);
		live->at.skel->bss->armed_ns = vs_now();
	}
	__atomic_store_n(&live->at.skel->bss->armed, on, __ATOMIC_SEQ_CST);
}

int vs_live_fd(const struct vs_live *live)
{
	return live->wakeups;
}

int vs_live_drain(struct vs_live *live, vs_event_fn fn, void *ctx)
{
	struct epoll_event ev;
	int n;

	epoll_wait(live->wakeups, &ev, 1, 0);
	live->fn = fn;
	live->fn_ctx = ctx;
	live->fn_err = 0;
	n = ring_buffer__consume(live->ring);
	/* After it: a call for records that have been taken along is not one any more. */
	__atomic_store_n(&live->at.skel->bss->woken, false, __ATOMIC_SEQ_CST);
	if (live->fn_err)
		return live->fn_err;
	return n < 0 ? n : 0;
}

/*
 * Through all files once. The buffer is small, so that read() comes back, and
 * the ring buffer is emptied, every so many records.
 */
static int look_once(struct vs_live *live, vs_event_fn fn, void *ctx)
{
	int fd = bpf_iter_create(bpf_link__fd(live->at.look)), err = 0;
	char marks[512];
	ssize_t n;

	if (fd < 0)
		return fd;
	do {
		n = read(fd, marks, sizeof(marks));
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			err = -errno;
		if (!err)
			err = vs_live_drain(live, fn, ctx);
	} while (!err && n);
	close(fd);
	return err;
}

int vs_live_look(struct vs_live *live, vs_event_fn fn, void *ctx)
{
	union vs_event done = { .h = { .kind = VS_LOOK_DONE, .size = sizeof(done.look_done) } };
	uint32_t torn;
	int tries, err;

	for (tries = 0; tries < LOOKS_MAX; tries++) {
		torn = live->at.skel->bss->look_torn;
		err = look_once(live, fn, ctx);
		if (err)
			return err;
		done.h.ret = torn == live->at.skel->bss->look_torn ? 0 : -EAGAIN;
		if (!done.h.ret)
			break;
	}
	done.h.ts = vs_now();
	return fn(ctx, &done);
}

int vs_live_flush(struct vs_live *live, vs_event_fn fn, void *ctx)
{
	struct bpf_map *map = live->at.skel->maps.dma;
	uint64_t key, *prev = NULL;
	int err = 0;

	while (!err && !bpf_map__get_next_key(map, prev, &key, sizeof(key))) {
		union vs_event ev = { .dma = { .container = key } };
		struct vs_dma_count count;

		prev = &key;
		if (bpf_map__lookup_elem(map, &key, sizeof(key), &count, sizeof(count), 0))
			continue;
		ev.dma.s = count.s;
		ev.h.pid = ev.h.tid = count.pid;
		ev.h.flags = (uint8_t)count.flags;
		memcpy(ev.h.comm, count.comm, sizeof(ev.h.comm));
		ev.h.kind = VS_CONTAINER_DMA;
		ev.h.size = sizeof(ev.dma);
		ev.h.ts = vs_now();
		err = fn(ctx, &ev);
	}
	return err;
}

uint32_t vs_live_lost_now(const struct vs_live *live)
{
	return live->at.skel->bss->lost_total;
}

uint32_t vs_live_lost(const struct vs_live *live, uint64_t by_cause[VS_LOSS_COUNT])
{
	int cause, kind;

	for (cause = 0; cause < VS_LOSS_COUNT; cause++) {
		by_cause[cause] = 0;
		for (kind = 0; kind < VS_CALL_COUNT; kind++)
			by_cause[cause] += live->at.skel->bss->losses[cause][kind];
	}
	by_cause[VS_LOSS_BUSY] += read_missed(live);
	return live->at.skel->bss->lost_total + (uint32_t)by_cause[VS_LOSS_BUSY];
}
