// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../capture/live.h"
#include "../out/out.h"
#include "child.h"
#include "watch.h"

#define TICK_MS 250

/* Everything one run holds. */
struct run {
	const struct vs_watch *w;
	const struct vs_options *o;
	struct vs_host host;
	struct vs_plan plan;
	struct vs_live *live;
	struct vs_model *model;
	struct vs_out out;
	struct vs_filter filter;
	struct vs_tally tally;
	char program[PATH_MAX]; /* the file to run, if any */
	struct vs_child child;
	int signals; /* signalfd */
	uint64_t started_ns;
	bool stop;
	bool interrupted;
};

/* From the model, through the filter, to the output */

static void on_event(void *ctx, const union vs_event *ev, const struct vs_refs *refs)
{
	struct run *r = ctx;

	if (!r->w->events || !vs_filter_event(&r->filter, ev, refs))
		return;
	r->tally.events++;
	r->out.ops->event(&r->out, ev, refs);
}

static void on_opened(void *ctx, const struct vs_open *open)
{
	struct run *r = ctx;

	if (r->w->opens && vs_filter_open(&r->filter, open))
		r->out.ops->opened(&r->out, open);
}

static void on_finding(void *ctx, const struct vs_finding *f)
{
	struct run *r = ctx;

	if (!r->w->opens || !vs_filter_open(&r->filter, f->open))
		return;
	r->tally.findings[f->severity]++;
	r->out.ops->finding(&r->out, f);
}

static void on_closed(void *ctx, const struct vs_open *open)
{
	struct run *r = ctx;

	if (!r->w->opens || !vs_filter_open(&r->filter, open))
		return;
	r->tally.opens[open->verdict]++;
	r->out.ops->closed(&r->out, open);
}

static int feed(void *ctx, const union vs_event *ev)
{
	struct run *r = ctx;

	return vs_model_feed(r->model, ev);
}

/* Setting up */

static void read_clocks(struct vs_meta *meta)
{
	struct timespec wall;
	uint64_t before = vs_now();

	clock_gettime(CLOCK_REALTIME, &wall);
	meta->boottime_ns = before + (vs_now() - before) / 2;
	meta->realtime_ns = (uint64_t)wall.tv_sec * 1000000000ULL + (uint64_t)wall.tv_nsec;
}

static int set_up_model(struct run *r)
{
	const struct vs_sink sink = {
		.ctx = r,
		.event = on_event,
		.opened = on_opened,
		.finding = on_finding,
		.closed = on_closed,
	};
	const struct vs_model_config config = {
		.grace_ns = r->o->grace_ns,
		.arch = r->host.arch,
	};

	r->model = vs_model_new(&config, &sink);
	return r->model ? 0 : -ENOMEM;
}

static void set_up_output(struct run *r)
{
	r->out.ops = r->o->json ? &vs_out_json : &vs_out_text;
	r->out.file = stdout;
	r->out.style.color = !r->o->json && vs_use_color(r->o->color);
	r->out.style.raw_pointers = r->o->raw_pointers;
	r->out.style.quiet = r->o->quiet;
}

/* A call that names only a group is about the devices in it. */
static int group_of_device(const char *device)
{
	char path[96], target[256], *slash;
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/bus/%s/devices/%s/iommu_group",
		 strchr(device, ':') ? "pci" : "mdev", device);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return -1;
	target[n] = '\0';
	slash = strrchr(target, '/');
	return slash ? atoi(slash + 1) : -1;
}

static void set_up_filter(struct run *r)
{
	r->filter = r->o->filter;
	r->filter.tracked = r->o->program != NULL;
	if (r->filter.device)
		r->filter.device_group = group_of_device(r->filter.device);
}

void vs_say_obstacle(const struct vs_obstacle *o)
{
	vs_say("can not observe here: %s; %s. %s.", o->what, o->means, o->todo);
}

/* Facts, plan, obstacles, then the probes. */
static enum vs_exit set_up_source(struct run *r)
{
	const struct vs_policy policy = { .views = r->w->view, .probe = r->o->probe };
	struct vs_obstacle obstacles[VS_OBSTACLES_MAX];
	int err = vs_host_inspect(&r->host);

	if (err) {
		vs_say("%s", strerror(-err));
		return VS_EXIT_ERROR;
	}
	vs_plan_make(&r->plan, &r->host.facts, &policy);
	if (!vs_host_obstacles(&r->host, &r->plan, obstacles)) {
		err = vs_live_open(&r->live, &r->host, &policy, &r->plan, r->o->program != NULL);
		if (!err)
			return VS_EXIT_OK;
	}
	if (vs_host_obstacles(&r->host, &r->plan, obstacles)) {
		vs_say_obstacle(&obstacles[0]);
	} else {
		vs_say("can not observe here: the kernel refused the probes: %s. Run it again "
		       "with -v to see the kernel's words.",
		       strerror(-err));
	}
	return VS_EXIT_CANNOT_OBSERVE;
}

/* Signals come through an fd, so that none can end us with probes attached. */
static int set_up_signals(struct run *r)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	r->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return r->signals < 0 ? -errno : 0;
}

static void say_armed(const struct run *r)
{
	size_t i, wanted = 0, by[VS_METHOD_RAW_TP + 1] = { 0 };
	char ways[96] = "";
	int m;

	if (r->o->quiet)
		return;
	for (i = 0; i < vs_site_count; i++) {
		wanted += r->plan.site[i].wanted;
		by[r->plan.site[i].method]++;
	}
	for (m = VS_METHOD_FENTRY; m <= VS_METHOD_RAW_TP; m++)
		if (by[m])
			snprintf(ways + strlen(ways), sizeof(ways) - strlen(ways), "%s%zu %s",
				 *ways ? ", " : "", by[m], vs_method_name(m));
	vs_say("armed: %zu sites (%s)%s", wanted, ways, r->o->program ? "" : "; Ctrl-C ends");
	for (i = 0; i < vs_site_count; i++)
		if (r->plan.site[i].wanted && !r->plan.site[i].method)
			vs_say("not seen here: %s (%s)", vs_sites[i].what, r->plan.site[i].why);
}

static enum vs_exit start_program(struct run *r)
{
	int err = vs_child_start(&r->child);

	if (!err)
		return VS_EXIT_OK;
	vs_say("can not run '%s': %s", r->o->program[0], strerror(-err));
	r->stop = true;
	return VS_EXIT_USAGE;
}

/* Watching */

/*
 * The first signal is passed on to the program, unless the terminal has sent
 * it there already, and its end is awaited; a second one ends us at once.
 */
static void on_signal(struct run *r)
{
	struct signalfd_siginfo info;

	while (read(r->signals, &info, sizeof(info)) == sizeof(info)) {
		if (!r->child.pid || r->interrupted)
			r->stop = true;
		else if (info.ssi_code != SI_KERNEL)
			kill(r->child.pid, (int)info.ssi_signo);
		r->interrupted = true;
	}
}

static void on_child(struct run *r)
{
	int status;

	if (!vs_child_reap(&r->child, &status))
		return;
	r->stop = true;
	if (r->o->quiet)
		return;
	if (WIFSIGNALED(status))
		vs_say("%s was ended by signal %d", r->o->program[0], WTERMSIG(status));
	else if (WEXITSTATUS(status))
		vs_say("%s exited with status %d", r->o->program[0], WEXITSTATUS(status));
}

static int watch_once(struct run *r)
{
	struct pollfd fds[] = {
		{ .fd = vs_live_fd(r->live), .events = POLLIN },
		{ .fd = r->signals, .events = POLLIN },
		{ .fd = r->child.pid ? r->child.pidfd : -1, .events = POLLIN },
	};
	uint64_t now;
	int err;

	if (poll(fds, 3, TICK_MS) < 0 && errno != EINTR)
		return -errno;
	if (fds[1].revents)
		on_signal(r);
	if (fds[2].revents)
		on_child(r);
	err = vs_live_drain(r->live, feed, r);
	if (err)
		return err;
	now = vs_now();
	vs_model_tick(r->model, now);
	if (r->o->duration_ns && now - r->started_ns >= r->o->duration_ns)
		r->stop = true;
	/* The reader may be a person: nothing waits longer than a tick. */
	return vs_stdout_flush() ? 0 : -EPIPE;
}

static void finish(struct run *r)
{
	static const char *names[VS_LOSS_COUNT];
	struct vs_summary summary = { .tally = &r->tally, .loss_names = names };
	uint64_t now = vs_now();
	int i;

	for (i = 0; i < VS_LOSS_COUNT; i++)
		names[i] = vs_loss_name(i);
	r->tally.lost = vs_live_lost(r->live, summary.lost_by_cause);
	vs_model_finish(r->model, now, (uint32_t)r->tally.lost);
	summary.duration_ns = now - r->started_ns;
	r->out.ops->end(&r->out, &summary);
}

static enum vs_exit observe(struct run *r)
{
	struct vs_meta meta = {
		.version = VS_VERSION,
		.command = r->w->command,
		.release = r->host.release,
		.arch = r->host.arch,
		.plan = &r->plan,
		.program = r->o->program,
		.grace_ns = r->o->grace_ns,
		.events = r->w->events,
		.opens = r->w->opens,
	};
	enum vs_exit code = VS_EXIT_OK;
	int err = 0;

	read_clocks(&meta);
	r->out.ops->start(&r->out, &meta);
	r->started_ns = vs_now();
	vs_live_arm(r->live, true);
	say_armed(r);
	on_signal(r); /* that came while we were attaching */
	if (r->interrupted)
		r->stop = true;
	else if (r->child.pid)
		code = start_program(r);
	while (!r->stop && !err)
		err = watch_once(r);
	vs_live_arm(r->live, false);
	if (!err)
		err = vs_live_drain(r->live, feed, r);
	if (!err)
		err = vs_live_flush(r->live, feed, r);
	finish(r);
	if (code)
		return code;
	if (err && err != -EPIPE) /* stdout's own trouble has been told */
		vs_say("stopped early: %s", strerror(-err));
	return err ? VS_EXIT_ERROR : vs_tally_exit(&r->tally, r->o->fail_on);
}

static enum vs_exit prepare_program(struct run *r)
{
	int err;

	if (!r->o->program)
		return VS_EXIT_OK;
	err = vs_live_follow_forks(r->live, true);
	if (!err)
		err = vs_child_prepare(&r->child, r->program, r->o->program);
	if (!err)
		err = vs_live_follow_forks(r->live, false);
	if (!err)
		return VS_EXIT_OK;
	vs_say("can not start a process: %s", strerror(-err));
	return VS_EXIT_ERROR;
}

static enum vs_exit run(struct run *r)
{
	enum vs_exit code;
	int err;

	if (r->o->program) {
		err = vs_child_find(r->o->program[0], r->program);
		if (err) {
			vs_say("can not run '%s': %s", r->o->program[0], strerror(-err));
			return VS_EXIT_USAGE;
		}
	}
	err = set_up_signals(r);
	if (err) {
		vs_say("signals: %s", strerror(-err));
		return VS_EXIT_ERROR;
	}
	code = set_up_source(r);
	if (!code && set_up_model(r)) {
		vs_say("%s", strerror(ENOMEM));
		code = VS_EXIT_ERROR;
	}
	if (!code)
		code = prepare_program(r);
	if (code)
		return code;
	set_up_output(r);
	set_up_filter(r);
	return observe(r);
}

enum vs_exit vs_watch_run(const struct vs_watch *w, struct vs_options *o)
{
	struct run *r = calloc(1, sizeof(*r));
	enum vs_exit code = VS_EXIT_ERROR;

	if (!r) {
		vs_say("%s", strerror(ENOMEM));
		return code;
	}
	r->w = w;
	r->o = o;
	r->signals = -1;
	code = run(r);
	vs_live_close(r->live);
	vs_child_release(&r->child);
	vs_model_free(r->model);
	if (r->signals >= 0)
		close(r->signals);
	free(r);
	return code;
}
