// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../core/event/blind.h"
#include "../core/event/decode.h"
#include "announce.h"
#include "attach.h"
#include "clock.h"
#include "hostdev.h"
#include "identity.h"
#include "live.h"
#include "mapped.h"
#include "marks.h"
#include "names.h"
#include "phases.h"
#include "places.h"
#include "resets.h"
#include "totals.h"
#include "waits.h"

/* A table of files that changes all the time is not looked at for ever. */
#define LOOKS_MAX 5
/* Modules that depend on each other are loaded one right after the other. */
#define SETTLE_NS 200000000ULL
/* A look goes through the files of all processes: not more often than this. */
#define LOOK_AGAIN_NS 1000000000ULL
/* Calls that take long are told of so often. */
#define CALLS_NS 1000000000ULL

struct vs_live {
	struct vs_source source;
	struct vs_attached at;
	struct vs_mapped mapped;
	struct vs_live_config config;
	struct vs_plan plan; /* that is carried out */
	char release[sizeof(((struct vs_host *)0)->release)];
	char arch[sizeof(((struct vs_host *)0)->arch)];
	struct ring_buffer *ring;
	int wakeups; /* an epoll fd */
	struct vs_names *names;
	struct vs_identities *identities;
	uint64_t seq; /* of the last record */
	uint32_t attaches;
	uint64_t attach_ns; /* when to re-attach, 0: no need */
	uint64_t calls_ns; /* when calls under way were told of last */
	bool look_wanted; /* again: somebody wants what others hold */
	uint64_t looked_ns; /* when the last look was over */
	struct vs_waits waits;
	struct vs_group_facts group_facts;
	vs_record_fn fn; /* while something is handed over */
	void *fn_ctx;
	int fn_err;
	uint64_t missed_before; /* by probes that have been replaced */
	uint64_t missed_unarmed; /* by these, before they were armed */
	uint64_t missed; /* probes the kernel did not run, as of … */
	uint64_t missed_at; /* ns since boot; records from before are covered */
	bool doubt; /* the reader was told of some, and not yet that it is over */
	bool ended; /* the program has; how: */
	bool told;
	int status;
};

static struct vs_live *of(const struct vs_source *s)
{
	return (struct vs_live *)s;
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

/* Every record leaves through here; all of them are made in this room, and none is const. */
static int hand_over(void *ctx, const union vs_record *rec)
{
	struct vs_live *live = ctx;

	((union vs_record *)rec)->h.seq = ++live->seq;
	return live->fn(live->fn_ctx, rec);
}

/* A record made here, after all that was written so far has been handed over. */
static void make_record(const struct vs_live *live, union vs_record *rec, enum vs_kind kind,
			uint64_t ts)
{
	vs_record_init(rec, kind, ts);
	rec->h.lost = live->at.skel->bss->lost_total;
}

static int hand_over_new(struct vs_live *live, enum vs_kind kind)
{
	union vs_record rec;

	make_record(live, &rec, kind, vs_now());
	return hand_over(live, &rec);
}

/*
 * Handed over before any record that was written before the count was read: between
 * that record and the one before it, something may be missing.
 */
static int tell_missed(struct vs_live *live)
{
	uint64_t missed = read_missed(live);
	union vs_record rec;

	live->missed_at = vs_now();
	vs_record_init(&rec, VS_MISSED, live->missed_at);
	rec.missed.count = missed - live->missed;
	live->missed = missed;
	if (!rec.missed.count && !live->doubt)
		return 0;
	live->doubt = rec.missed.count;
	return hand_over(live, &rec);
}

/* A module that sites are in was loaded: several come together, the last one counts. */
static void note_module(struct vs_live *live, const struct ev_module *m)
{
	size_t i;

	for (i = 0; i < VS_SITE_COUNT; i++)
		if (vs_sites[i].module && !strcmp(vs_sites[i].module, m->name))
			live->attach_ns = m->h.ts + SETTLE_NS;
}

/* It failed because somebody else holds what it is about. */
static bool is_busy(const struct ev_hdr *h)
{
	return h->ret == -EBUSY && (h->kind == VS_GROUP_OPEN || h->kind == VS_BIND_IOMMUFD);
}

static int on_record(void *ctx, void *data, size_t size)
{
	struct vs_live *live = ctx;
	union vs_record rec;

	live->fn_err = vs_decode(data, size, &rec);
	if (!live->fn_err && live->at.can_miss && rec.h.ts >= live->missed_at)
		live->fn_err = tell_missed(live);
	if (!live->fn_err)
		live->fn_err = vs_identities_pass(live->identities, &rec.ev);
	if (!live->fn_err)
		vs_marks_add(&rec, &live->group_facts);
	if (!live->fn_err)
		live->fn_err = vs_blockers_tell(&rec, &live->group_facts, hand_over, live);
	if (!live->fn_err && rec.h.ret < 0)
		live->fn_err = vs_resets_tell(&rec, hand_over, live);
	if (!live->fn_err)
		live->fn_err = vs_names_pass(live->names, &rec, hand_over, live);
	if (rec.h.kind == VS_MODULE_LOAD)
		note_module(live, &rec.ev.module);
	if (live->config.holders && is_busy(&rec.h))
		live->look_wanted = true;
	if (live->config.holders)
		vs_waits_note(&live->waits, &rec.ev, live->config.grace_ns);
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
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): what is attached has a skeleton */
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

/* Losses, and calls in flight, are counted on where the others stopped. */
static void take_over(struct vs_attached *now, const struct vs_attached *old)
{
	struct vs_bpf__bss *to = now->skel->bss;
	const struct vs_bpf__bss *from = old->skel->bss;

	memcpy(to->losses, from->losses, sizeof(to->losses));
	memcpy(to->inflight, from->inflight, sizeof(to->inflight));
	memcpy(to->returning, from->returning, sizeof(to->returning));
	to->lost_total = from->lost_total;
	to->doing_now = from->doing_now;
	to->group_was_busy = from->group_was_busy;
	to->map_has_failed = from->map_has_failed;
	to->reset_failed = from->reset_failed;
	to->attach_has_failed = from->attach_has_failed;
	to->program_calls = from->program_calls;
}

static void arm(struct vs_live *live, bool on)
{
	if (on) {
		live->missed_unarmed = missed_by(&live->at);
		live->at.skel->bss->armed_ns = vs_now();
	}
	__atomic_store_n(&live->at.skel->bss->armed, on, __ATOMIC_SEQ_CST);
}

/* Facts, plan and obstacles, then the probes; @from: those there are. */
static int attach(struct vs_live *live, struct vs_attached *at, struct vs_diagnosis *d,
		  const struct vs_attached *from)
{
	const struct vs_attach_options options = {
		.follow = live->config.follow,
		.buffer = live->config.buffer,
	};
	int err = vs_diagnose(d, &live->config.policy);

	if (err)
		return err;
	if (d->count)
		return -EOPNOTSUPP;
	err = vs_attach(at, &d->host, &live->config.policy, &d->plan, &options, from);
	if (!err) {
		live->plan = d->plan;
		return 0;
	}
	d->attach_err = err;
	d->count = vs_host_obstacles(&d->host, &d->plan, d->obstacles);
	return d->count ? -EOPNOTSUPP : err;
}

static int open_live(struct vs_live *live, struct vs_diagnosis *d)
{
	int err;

	live->names = vs_names_new();
	live->identities = vs_identities_new();
	if (!live->names || !live->identities)
		return -ENOMEM;
	err = attach(live, &live->at, d, NULL);
	if (err)
		return err;
	memcpy(live->release, d->host.release, sizeof(live->release));
	memcpy(live->arch, d->host.arch, sizeof(live->arch));
	return listen_to(live);
}

static const struct vs_source_ops live_ops;

int vs_live_open(struct vs_live **out, const struct vs_live_config *config, struct vs_diagnosis *d)
{
	struct vs_live *live = calloc(1, sizeof(*live));
	int err;

	memset(d, 0, sizeof(*d));
	if (!live)
		return -ENOMEM;
	live->source.ops = &live_ops;
	live->config = *config;
	err = open_live(live, d);
	if (err)
		vs_source_close(&live->source);
	else
		*out = live;
	return err;
}

struct vs_source *vs_live_source(struct vs_live *live)
{
	return &live->source;
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

void vs_live_program_ended(struct vs_live *live, int status, bool told)
{
	live->ended = true;
	live->status = status;
	live->told = told;
}

/* What is observed, and how */

static bool looks(const struct vs_live *live)
{
	return vs_plan_method(&live->plan, VS_SITE_SNAPSHOT) != VS_METHOD_NONE;
}

/* From @ts on. A failure to re-attach leaves what is observed as it was. */
static int tell_attached(struct vs_live *live, uint64_t ts, bool failed)
{
	union vs_record rec;

	make_record(live, &rec, VS_ATTACHED, ts);
	rec.attached.blind = vs_plan_blind(&live->plan);
	rec.attached.attach = ++live->attaches;
	if (failed)
		rec.h.flags |= VS_F_ATTACH_FAILED;
	else if (looks(live))
		rec.h.flags |= VS_F_LOOK;
	return hand_over(live, &rec);
}

/* Records */

static int consume(struct vs_live *live)
{
	struct epoll_event ev;
	int n;

	epoll_wait(live->wakeups, &ev, 1, 0);
	live->fn_err = 0;
	n = ring_buffer__consume(live->ring);
	/*
	 * Clear only after consuming, so that a wakeup for records already consumed does
	 * not suppress the next one.
	 */
	__atomic_store_n(&live->at.skel->bss->woken, false, __ATOMIC_SEQ_CST);
	if (live->fn_err)
		return live->fn_err;
	return n < 0 ? n : 0;
}

/*
 * Through all files or mappings once. The buffer is small, so that read() comes back, and
 * the ring buffer is emptied, every so many records. @ts: when the last of what was
 * found had been written.
 */
static int look_through(struct vs_live *live, const struct bpf_link *iterator, uint64_t *ts)
{
	int fd = bpf_iter_create(bpf_link__fd(iterator)), err = 0;
	char marks[512];
	ssize_t n;

	if (fd < 0)
		return fd;
	do {
		n = read(fd, marks, sizeof(marks));
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			err = -errno;
		*ts = vs_now();
		if (!err)
			err = consume(live);
	} while (!err && n);
	close(fd);
	return err;
}

static int look_through_mappings(struct vs_live *live, uint64_t *ts)
{
	struct bpf_link *iterator;
	int err;

	if (live->at.look_mapped) {
		live->at.skel->bss->mapped_file = 0;
		return look_through(live, live->at.look_mapped, ts);
	}
	iterator = vs_mapped_load(&live->mapped, &live->config.policy, &live->at);
	if (!iterator)
		return 0;
	vs_mapped_begin(&live->mapped, &live->at);
	err = look_through(live, iterator, ts);
	vs_mapped_end(&live->mapped, &live->at);
	return err;
}

/* Descriptors first: a mapping counts for whoever has none. */
static int look_once(struct vs_live *live, bool mapped, uint64_t *ts)
{
	int err = look_through(live, live->at.look, ts);

	return err || !mapped ? err : look_through_mappings(live, ts);
}

static bool shows_mapped(const struct vs_live *live)
{
	return live->at.look_mapped || live->mapped.at.look_mapped;
}

/* Once, or again if something changed meanwhile. */
static int look(struct vs_live *live, bool mapped)
{
	union vs_record done;
	uint64_t ts = 0;
	int tries, err, torn_err = 0;
	uint32_t torn;

	vs_names_look(live->names);
	for (tries = 0; tries < LOOKS_MAX; tries++) {
		torn = live->at.skel->bss->look_torn;
		err = look_once(live, mapped, &ts);
		if (err)
			return err;
		torn_err = torn == live->at.skel->bss->look_torn ? 0 : -EAGAIN;
		if (!torn_err)
			break;
	}
	make_record(live, &done, VS_LOOK_DONE, ts);
	done.look_done.err = torn_err;
	if (!shows_mapped(live))
		done.look_done.blind = VS_BLIND_MAPPED;
	live->looked_ns = ts;
	return hand_over(live, &done);
}

/* Soon after it was wanted, while the holders are still there. */
static int look_again(struct vs_live *live)
{
	int err;

	live->look_wanted = false;
	if (!looks(live))
		return 0;
	err = hand_over_new(live, VS_LOOK_AGAIN);
	return err ? err : look(live, true);
}

static int replace(struct vs_live *live, struct vs_diagnosis *d)
{
	struct vs_attached now = { 0 }, old;
	int err = attach(live, &now, d, &live->at);

	if (err)
		return err;
	/* What the old ones count from here on would be lost, or counted twice. */
	arm(live, false);
	if (d->host.notifier)
		err = vs_look_ahead(&now);
	if (err) {
		arm(live, true);
		vs_detach(&now);
		return err;
	}
	live->missed_before = read_missed(live);
	take_over(&now, &live->at);
	old = live->at;
	vs_mapped_drop(&live->mapped);
	live->at = now;
	arm(live, true);
	err = listen_to(live);
	vs_detach(&old);
	return err;
}

/*
 * A module has been loaded, for the first time or again: its functions are new
 * ones, and probes on those it had before are gone with it. Between the old probes
 * and the new ones something may be missed. @ts: all records so far are from before.
 */
static int reattach(struct vs_live *live, uint64_t ts)
{
	struct vs_diagnosis *d = malloc(sizeof(*d));
	int err = -ENOMEM;

	live->attach_ns = 0;
	if (d) {
		err = replace(live, d);
		vs_diagnosis_release(d);
		free(d);
	}
	if (err)
		return tell_attached(live, ts, true);
	err = vs_announce_sites(&live->plan, hand_over, live);
	if (!err)
		err = tell_attached(live, ts, false);
	return err || !looks(live) ? err : look(live, false);
}

#define TELL_CAUSE(bss, cause, id, text) rec.loss.id = (bss)->losses[VS_LOSS_##cause];

static int tell_losses(struct vs_live *live)
{
	union vs_record rec;

	make_record(live, &rec, VS_LOSS, vs_now());
	VS_LOSSES(TELL_CAUSE, live->at.skel->bss)
	return hand_over(live, &rec);
}

/* Also of one that goes on: what was observed of it. */
static int tell_program(struct vs_live *live)
{
	union vs_record rec;
	struct ev_program_end *end = &rec.program_end;

	if (!live->config.program)
		return 0;
	make_record(live, &rec, VS_PROGRAM_END, vs_now());
	end->exit_status = live->ended && WIFEXITED(live->status) ? WEXITSTATUS(live->status) : -1;
	if (live->ended && WIFSIGNALED(live->status))
		end->signal = (uint32_t)WTERMSIG(live->status);
	end->told = live->told;
	end->calls = live->at.skel->bss->program_calls;
	return hand_over(live, &rec);
}

/* The source */

static void hand_to(struct vs_live *live, vs_record_fn fn, void *ctx)
{
	live->fn = fn;
	live->fn_ctx = ctx;
}

static int tell_places(struct vs_live *live)
{
	int err = 0;

	if (live->config.device)
		err = vs_places_tell(live->config.device, hand_over, live);
	if (!err && live->config.idle)
		err = vs_places_tell_all(hand_over, live);
	return err;
}

/* First arm, then look: what happens meanwhile is recorded, and the model sorts it out. */
static int live_begin(struct vs_source *s, vs_record_fn fn, void *ctx)
{
	struct vs_live *live = of(s);
	int err;

	hand_to(live, fn, ctx);
	err = vs_announce_start(live->release, live->arch, live->config.version, hand_over, live);
	if (!err)
		err = vs_announce_sites(&live->plan, hand_over, live);
	if (!err)
		err = vs_announce_program(live->config.program, hand_over, live);
	if (err)
		return err;
	arm(live, true);
	err = tell_attached(live, vs_now(), false);
	/* What a filter learns from it must come before the first event. */
	if (!err && live->config.device)
		err = vs_names_device(live->names, live->config.device, vs_now(), hand_over, live);
	if (!err)
		err = tell_places(live);
	return err || !looks(live) ? err : look(live, live->config.mapped);
}

/* @now: all records so far are from before. */
static int tell_calls(struct vs_live *live, uint64_t now)
{
	if (!(live->plan.serves & VS_SERVE_LATENCY) || now - live->calls_ns < CALLS_NS)
		return 0;
	live->calls_ns = now;
	return vs_phases_tell_calls(&live->at, now, false, hand_over, live);
}

/* What the probes keep of phases when they end. */
static int tell_phases(struct vs_live *live)
{
	uint64_t now = vs_now();
	int err;

	if (!(live->plan.serves & VS_SERVE_LATENCY))
		return 0;
	err = vs_phases_tell_sums(&live->at, now, hand_over, live);
	return err ? err : vs_phases_tell_calls(&live->at, now, true, hand_over, live);
}

static int live_drain(struct vs_source *s, vs_record_fn fn, void *ctx)
{
	struct vs_live *live = of(s);
	union vs_record time;
	uint64_t lost;
	int err;

	hand_to(live, fn, ctx);
	/* Records that are written, and lost, from now on are later. */
	lost = live->at.skel->bss->lost_total;
	vs_record_init(&time, VS_TIME, vs_now());
	err = consume(live);
	if (err)
		return err;
	if (live->attach_ns && time.h.ts >= live->attach_ns) {
		err = reattach(live, time.h.ts);
		if (err)
			return err;
	}
	if (vs_waits_late(&live->waits, time.h.ts))
		live->look_wanted = true;
	if (live->look_wanted && time.h.ts - live->looked_ns >= LOOK_AGAIN_NS) {
		err = look_again(live);
		if (err)
			return err;
	}
	err = tell_calls(live, time.h.ts);
	if (err)
		return err;
	time.h.lost = lost;
	return hand_over(live, &time);
}

static int live_finish(struct vs_source *s, vs_record_fn fn, void *ctx)
{
	struct vs_live *live = of(s);
	int err;

	hand_to(live, fn, ctx);
	err = consume(live);
	if (!err && live->look_wanted)
		err = look_again(live);
	arm(live, false);
	if (!err)
		err = consume(live);
	if (!err)
		err = vs_totals_tell(&live->at, hand_over, live);
	if (!err)
		err = tell_phases(live);
	if (!err && live->at.can_miss)
		err = tell_missed(live);
	if (!err)
		err = tell_losses(live);
	if (!err)
		err = tell_program(live);
	return err ? err : hand_over_new(live, VS_END);
}

static int live_fd(const struct vs_source *s)
{
	return of(s)->wakeups;
}

static void live_close(struct vs_source *s)
{
	struct vs_live *live = of(s);

	ring_buffer__free(live->ring);
	if (live->wakeups)
		close(live->wakeups);
	vs_mapped_drop(&live->mapped);
	vs_detach(&live->at);
	vs_identities_free(live->identities);
	vs_names_free(live->names);
	free(live);
}

static const struct vs_source_ops live_ops = {
	.begin = live_begin,
	.drain = live_drain,
	.finish = live_finish,
	.fd = live_fd,
	.close = live_close,
};
