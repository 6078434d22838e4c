// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "live.h"
#include "names.h"
#include "vs_bpf.skel.h"

/* A table of files that changes all the time is not looked at for ever. */
#define LOOKS_MAX 5

struct vs_live {
	struct vs_bpf *skel;
	struct ring_buffer *ring;
	struct vs_names *names;
	struct bpf_link *look; /* among the links; NULL: not wanted */
	struct bpf_link *links[VS_SITE_MAX * VS_PART_MAX * 2 + 2];
	size_t link_count;
	vs_event_fn fn; /* during vs_live_drain() */
	void *fn_ctx;
	int fn_err;
	bool can_miss; /* tracing programs are attached where they can be preempted */
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
	};
	return names[loss];
}

/* The program of a part for a method: "kvm_dev_ioctl" + "_fexit". */
static struct bpf_program *program(const struct vs_live *live, const char *base, const char *suffix)
{
	char name[96];

	snprintf(name, sizeof(name), "%s%s", base, suffix);
	return bpf_object__find_program_by_name(live->skel->obj, name);
}

struct programs {
	struct bpf_program *entry, *exit;
	bool kprobe;
};

static struct programs programs_of(const struct vs_live *live, const struct vs_part *p,
				   enum vs_method method)
{
	const char *base = p->prog ? p->prog : p->func;
	bool call = p->how == VS_HOW_CALL;
	struct programs progs = { NULL, NULL, method == VS_METHOD_KPROBE };

	if (p->how == VS_HOW_MARK)
		return progs;
	switch (method) {
	case VS_METHOD_FENTRY:
		progs.entry = program(live, base, "_fentry");
		progs.exit = call ? program(live, base, "_fexit") : NULL;
		break;
	case VS_METHOD_KPROBE:
		progs.entry = program(live, base, "_kprobe");
		progs.exit = call ? program(live, base, "_kretprobe") : NULL;
		break;
	case VS_METHOD_RAW_TP:
	case VS_METHOD_ITER:
		progs.entry = program(live, base, "");
		break;
	case VS_METHOD_NONE:
		break;
	}
	return progs;
}

/* Of the way chosen for a site; none if it is missing or not wanted. */
static const struct vs_part *parts_of(const struct vs_plan *plan, size_t site)
{
	static const struct vs_part none = { 0 };
	const struct vs_plan_site *ps = &plan->site[site];

	return ps->method ? vs_sites[site].way[ps->way].part : &none;
}

static int select_one(struct bpf_program *prog, const char *func, bool fentry)
{
	int err;

	if (!prog)
		return 0;
	err = bpf_program__set_autoload(prog, true);
	if (!err && fentry)
		err = bpf_program__set_attach_target(prog, 0, func);
	return err;
}

static int select_programs(struct vs_live *live, const struct vs_plan *plan)
{
	int err = 0, i;
	size_t site;

	for (site = 0; site < vs_site_count; site++) {
		const struct vs_part *p = parts_of(plan, site);
		enum vs_method method = plan->site[site].method;

		for (i = 0; !err && i < VS_PART_MAX && p[i].func; i++) {
			struct programs progs = programs_of(live, &p[i], method);

			err = select_one(progs.entry, p[i].func, method == VS_METHOD_FENTRY);
			if (!err)
				err = select_one(progs.exit, p[i].func, method == VS_METHOD_FENTRY);
		}
		if (err)
			return err;
	}
	return 0;
}

static int link_one(struct vs_live *live, struct bpf_program *prog, const char *func,
		    const struct programs *p)
{
	struct bpf_link *link;

	if (!prog)
		return 0;
	if (p->kprobe)
		link = bpf_program__attach_kprobe(prog, prog == p->exit, func);
	else
		link = bpf_program__attach(prog);
	if (!link)
		return -errno;
	live->links[live->link_count++] = link;
	return 0;
}

/* A refusal is noted in the facts, so that the next plan avoids it. */
static int attach_part(struct vs_live *live, const struct vs_part *p, enum vs_method method,
		       struct vs_func_facts *facts)
{
	struct programs progs = programs_of(live, p, method);
	int err;

	/* The exit first: an entry without an exit would only fill the map. */
	err = link_one(live, progs.exit, p->func, &progs);
	if (!err)
		err = link_one(live, progs.entry, p->func, &progs);
	if (!err && method == VS_METHOD_ITER)
		live->look = live->links[live->link_count - 1];
	if (!err || method == VS_METHOD_ITER)
		return err;
	if (method == VS_METHOD_FENTRY)
		facts->fentry_refused = -err;
	else
		facts->kprobe_refused = -err;
	return -EAGAIN;
}

static int attach_sites(struct vs_live *live, struct vs_host *host, const struct vs_plan *plan)
{
	size_t site;
	int err, i;

	for (site = 0; site < vs_site_count; site++) {
		const struct vs_plan_site *ps = &plan->site[site];
		const struct vs_part *p = parts_of(plan, site);

		if (ps->method == VS_METHOD_FENTRY && host->facts.preempt != VS_FACT_NO)
			live->can_miss = true;
		for (i = 0; i < VS_PART_MAX && p[i].func; i++) {
			err = attach_part(live, &p[i], ps->method,
					  &host->facts.func[site][ps->way][i]);
			if (err)
				return err;
		}
	}
	return 0;
}

static int follow_children(struct vs_live *live)
{
	const struct programs p = { 0 };
	int err;

	err = link_one(live, live->skel->progs.task_fork, NULL, &p);
	return err ? err : link_one(live, live->skel->progs.task_free, NULL, &p);
}

/* Process ids in events are the initial namespace's: are they ours, too? */
static int learn_own_pid(struct vs_live *live)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int err = bpf_prog_test_run_opts(bpf_program__fd(live->skel->progs.whoami), &opts);

	vs_names_foreign_pids(live->names, live->skel->bss->self_tgid != (uint32_t)getpid());
	return err;
}

/*
 * The kernel does not run a probe that is running already on the same CPU, as
 * when it was preempted there, but counts (since 5.12; before: 0).
 */
static uint64_t read_missed(const struct vs_live *live)
{
	struct bpf_program *prog;
	uint64_t missed = 0;

	bpf_object__for_each_program(prog, live->skel->obj)
	{
		struct bpf_prog_info info = { 0 };
		__u32 len = sizeof(info);
		int fd = bpf_program__fd(prog);

		if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len))
			missed += info.recursion_misses;
	}
	return missed;
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
	if (!live->fn_err && live->can_miss && ev.h.ts >= live->missed_at)
		live->fn_err = tell_missed(live);
	if (!live->fn_err)
		live->fn_err = vs_names_pass(live->names, &ev, live->fn, live->fn_ctx);
	return live->fn_err;
}

/* Maps for what the kernel keeps itself, if it does, need no room. */
static int size_maps(struct vs_live *live, const struct vs_host *host, uint32_t buffer)
{
	struct bpf_map *noted[] = { live->skel->maps.group_kvm, live->skel->maps.device_files,
				    live->skel->maps.file_counts };
	int err = 0;
	size_t i;

	for (i = 0; !err && !host->notified && i < sizeof(noted) / sizeof(noted[0]); i++)
		err = bpf_map__set_max_entries(noted[i], 1);
	if (!err && buffer)
		err = bpf_map__set_max_entries(live->skel->maps.events, buffer);
	return err;
}

static int load(struct vs_live *live, const struct vs_host *host, const struct vs_plan *plan,
		const struct vs_live_config *config)
{
	bool follow = config->follow;
	int err;

	live->skel = vs_bpf__open();
	if (!live->skel)
		return -errno;
	live->skel->rodata->addr_group_fops = host->sym.group_fops;
	live->skel->rodata->addr_container_fops = host->sym.container_fops;
	live->skel->rodata->addr_device_fops = host->sym.device_fops;
	live->skel->rodata->addr_kvm_device_fops = host->sym.kvm_device_fops;
	live->skel->rodata->addr_vm_fops = host->sym.vm_fops;
	live->skel->rodata->addr_vm_list = host->sym.vm_list;
	live->skel->rodata->fixed_layout = !host->vfio_types && host->fixed_layout;
	live->skel->rodata->track_tree = follow;
	live->skel->rodata->count_dma = plan->views & VS_VIEW_TRACE;
	bpf_program__set_autoload(live->skel->progs.whoami, true);
	bpf_program__set_autoload(live->skel->progs.task_fork, follow);
	bpf_program__set_autoload(live->skel->progs.task_free, follow);
	err = select_programs(live, plan);
	bpf_program__set_autoload(live->skel->progs.look_ahead, host->notified);
	if (!err)
		err = size_maps(live, host, config->buffer);
	return err ? err : vs_bpf__load(live->skel);
}

/* The probes note from now on; the iterator completes it by what was before. */
static int look_ahead(struct vs_live *live)
{
	struct bpf_link *link;
	char nothing[64];
	int fd, err = 0;
	ssize_t n;

	live->skel->bss->noting = true;
	link = bpf_program__attach(live->skel->progs.look_ahead);
	if (!link)
		return -errno;
	fd = bpf_iter_create(bpf_link__fd(link));
	if (fd < 0)
		err = fd;
	while (!err && (n = read(fd, nothing, sizeof(nothing))))
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			err = -errno;
	if (fd >= 0)
		close(fd);
	bpf_link__destroy(link);
	return err;
}

static int open_once(struct vs_live *live, struct vs_host *host, const struct vs_plan *plan,
		     const struct vs_live_config *config)
{
	int err = load(live, host, plan, config);

	if (err)
		return err;
	err = learn_own_pid(live);
	if (!err)
		err = attach_sites(live, host, plan);
	if (!err && config->follow)
		err = follow_children(live);
	if (!err && host->notified)
		err = look_ahead(live);
	if (err)
		return err;
	live->ring = ring_buffer__new(bpf_map__fd(live->skel->maps.events), on_record, live, NULL);
	return live->ring ? 0 : -errno;
}

static void reset(struct vs_live *live)
{
	while (live->link_count)
		bpf_link__destroy(live->links[--live->link_count]);
	ring_buffer__free(live->ring);
	vs_bpf__destroy(live->skel);
	live->ring = NULL;
	live->skel = NULL;
	live->look = NULL;
	live->can_miss = false;
}

/* Loading failed, which says nothing of where: without fentry it may work. */
static bool give_up_fentry(struct vs_host *host, const struct vs_plan *plan)
{
	size_t i;

	for (i = 0; i < vs_site_count; i++)
		if (plan->site[i].method == VS_METHOD_FENTRY)
			break;
	if (i == vs_site_count)
		return false;
	host->facts.fentry = VS_FACT_NO;
	return true;
}

int vs_live_open(struct vs_live **out, struct vs_host *host, const struct vs_policy *policy,
		 struct vs_plan *plan, const struct vs_live_config *config)
{
	struct vs_live *live = calloc(1, sizeof(*live));
	bool again = false;
	int err = -ENOMEM;

	if (!live)
		return -ENOMEM;
	live->names = vs_names_new();
	if (!live->names)
		goto fail;
	/* Ends: each round but one rules out one more way of attaching. */
	while ((err = open_once(live, host, plan, config))) {
		reset(live);
		/* A module that came or went meanwhile is no reason to give up. */
		if (err != -EAGAIN && !again) {
			again = true;
			continue;
		}
		if (err != -EAGAIN && !give_up_fentry(host, plan))
			goto fail;
		vs_plan_make(plan, &host->facts, policy);
		err = -EOPNOTSUPP;
		if (vs_plan_blocker(plan))
			goto fail;
	}
	*out = live;
	return 0;

fail:
	vs_live_close(live);
	return err;
}

void vs_live_close(struct vs_live *live)
{
	if (!live)
		return;
	reset(live);
	vs_names_free(live->names);
	free(live);
}

int vs_live_follow_forks(struct vs_live *live, bool on)
{
	uint32_t self = live->skel->bss->self_tgid;
	uint8_t yes = 1;

	if (!on)
		return bpf_map__delete_elem(live->skel->maps.tracked, &self, sizeof(self), 0);
	return bpf_map__update_elem(live->skel->maps.tracked, &self, sizeof(self), &yes,
				    sizeof(yes), BPF_ANY);
}

void vs_live_arm(struct vs_live *live, bool on)
{
	__atomic_store_n(&live->skel->bss->armed, on, __ATOMIC_SEQ_CST);
}

int vs_live_fd(const struct vs_live *live)
{
	return ring_buffer__epoll_fd(live->ring);
}

int vs_live_drain(struct vs_live *live, vs_event_fn fn, void *ctx)
{
	int n;

	live->fn = fn;
	live->fn_ctx = ctx;
	live->fn_err = 0;
	n = ring_buffer__consume(live->ring);
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
	int fd = bpf_iter_create(bpf_link__fd(live->look)), err = 0;
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
		torn = live->skel->bss->look_torn;
		err = look_once(live, fn, ctx);
		if (err)
			return err;
		done.h.ret = torn == live->skel->bss->look_torn ? 0 : -EAGAIN;
		if (!done.h.ret)
			break;
	}
	done.h.ts = vs_now();
	return fn(ctx, &done);
}

int vs_live_flush(struct vs_live *live, vs_event_fn fn, void *ctx)
{
	struct bpf_map *map = live->skel->maps.dma;
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

uint32_t vs_live_lost(const struct vs_live *live, uint64_t by_cause[VS_LOSS_COUNT])
{
	int cause, kind;

	for (cause = 0; cause < VS_LOSS_COUNT; cause++) {
		by_cause[cause] = 0;
		for (kind = 0; kind < VS_KIND_COUNT; kind++)
			by_cause[cause] += live->skel->bss->losses[cause][kind];
	}
	by_cause[VS_LOSS_BUSY] += read_missed(live);
	return live->skel->bss->lost_total + (uint32_t)by_cause[VS_LOSS_BUSY];
}
