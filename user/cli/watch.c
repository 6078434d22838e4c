// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program.h"
#include "source.h"
#include "watch.h"

#define TICK_MS 100
/* Modules that depend on each other are loaded one right after the other. */
#define SETTLE_NS 200000000ULL

/* Everything one run holds. */
struct run {
	const struct vs_watch *w;
	const struct vs_options *o;
	struct vs_source src;
	struct vs_model *model;
	struct vs_out out;
	struct vs_filter filter;
	struct vs_tally tally;
	char program[PATH_MAX]; /* the file to run, if any */
	struct vs_child child;
	int signals; /* signalfd */
	uint64_t started_ns;
	uint64_t attach_ns; /* when to attach anew, 0: no need */
	uint64_t gaps; /* modules that came and could not be attached to */
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

	if (!r->w->opens || !vs_filter_finding(&r->filter, f))
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

static struct vs_ask ask(const struct run *r)
{
	struct vs_ask ask = *r->w->ask;

	ask.serves |= r->o->dma ? VS_SERVE_DMA : 0;
	return ask;
}

/* One that sites live in: what it brings has to be attached to. */
static bool module_matters(const char *name)
{
	size_t i;

	for (i = 0; i < VS_SITE_COUNT; i++)
		if (vs_sites[i].module && !strcmp(vs_sites[i].module, name))
			return true;
	return false;
}

static int feed(void *ctx, const union vs_event *ev)
{
	struct run *r = ctx;

	/* Several come together: the last one counts. */
	if (ev->h.kind == VS_MODULE && ev->module.load && module_matters(ev->module.name))
		r->attach_ns = ev->h.ts + SETTLE_NS;
	return vs_model_feed(r->model, ev);
}

/* Setting up */

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
	size_t i, seen = 0, by[VS_METHOD_COUNT] = { 0 };
	char ways[96] = "";
	int m;

	if (r->o->quiet)
		return;
	for (i = 0; i < VS_SITE_COUNT; i++) {
		seen += r->src.plan.site[i].method != VS_METHOD_NONE;
		by[r->src.plan.site[i].method]++;
	}
	for (m = VS_METHOD_FENTRY; m < VS_METHOD_COUNT; m++)
		if (by[m])
			snprintf(ways + strlen(ways), sizeof(ways) - strlen(ways), "%s%zu %s",
				 *ways ? ", " : "", by[m], vs_method_name(m));
	vs_say("armed: %zu sites (%s)%s", seen, ways,
	       r->o->program ? "" : "; press Ctrl-C to stop");
	for (i = 0; i < VS_SITE_COUNT; i++)
		if (r->src.plan.site[i].wanted && !r->src.plan.site[i].method)
			vs_say("not observable here: %s (%s)", vs_sites[i].what,
			       r->src.plan.site[i].why);
}

static enum vs_exit start_program(struct run *r)
{
	int err = vs_child_start(&r->child);

	if (!err)
		return VS_EXIT_OK;
	vs_say("cannot run '%s': %s", r->o->program[0], strerror(-err));
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
		vs_say("%s was killed by signal %d", r->o->program[0], WTERMSIG(status));
	else if (WEXITSTATUS(status))
		vs_say("%s exited with status %d", r->o->program[0], WEXITSTATUS(status));
}

/*
 * A module has been loaded, for the first time or again: its functions are new
 * ones, and probes on those it had before are gone with it. If it fails, what
 * it does is not seen: a loss.
 */
static int attach_again(struct run *r)
{
	bool look;
	int err = 0;

	r->attach_ns = 0;
	if (vs_source_replace(&r->src, r->o, ask(r))) {
		vs_say("cannot re-attach after a module load: what kvm and vfio do counts as "
		       "lost; restart vfioscope");
		r->gaps++;
		vs_model_resume(r->model, vs_plan_blind(&r->src.plan), false);
		return 0;
	}
	look = vs_source_looks(&r->src);
	vs_model_resume(r->model, vs_plan_blind(&r->src.plan), look);
	if (look)
		err = vs_live_look(r->src.live, feed, r);
	if (!err && !r->o->quiet)
		vs_say("re-attached after a module load");
	return err;
}

static int watch_once(struct run *r)
{
	struct pollfd fds[] = {
		{ .fd = vs_live_fd(r->src.live), .events = POLLIN },
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
	err = vs_live_drain(r->src.live, feed, r);
	if (err)
		return err;
	now = vs_now();
	if (r->attach_ns && now >= r->attach_ns)
		err = attach_again(r);
	if (err)
		return err;
	vs_model_tick(r->model, now, vs_live_lost_now(r->src.live));
	if (r->o->duration_ns && now - r->started_ns >= r->o->duration_ns)
		r->stop = true;
	/* The reader may be a person: nothing waits longer than a tick. */
	return vs_stdout_flush() ? 0 : -EPIPE;
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

	r->model = vs_source_model(&r->src, r->o->grace_ns, &sink);
	return r->model ? 0 : -ENOMEM;
}

static void finish(struct run *r)
{
	struct vs_summary summary = { .tally = &r->tally };
	uint64_t now = vs_now();

	vs_source_lost(&r->src, &summary, &r->tally);
	vs_model_finish(r->model, now, (uint32_t)r->tally.lost);
	/* The model was told of each at its time. */
	summary.lost_by_cause[VS_LOSS_GAP] = r->gaps;
	r->tally.lost += r->gaps;
	summary.duration_ns = now - r->started_ns;
	r->out.ops->end(&r->out, &summary);
}

/* First arm, then look: what happens meanwhile is seen, and the model sorts it out. */
static int begin(struct run *r)
{
	int err = 0;

	/*
	 * What is watched may be busier than the host has processors for, and the
	 * records must be taken before their buffer is full. The program watched
	 * has been forked already. Where it is not allowed it is done without.
	 */
	setpriority(PRIO_PROCESS, 0, -20);
	r->started_ns = vs_now();
	vs_live_arm(r->src.live, true);
	if (vs_source_looks(&r->src))
		err = vs_live_look(r->src.live, feed, r);
	if (!err)
		say_armed(r);
	on_signal(r); /* that came while we were attaching */
	return err;
}

static enum vs_exit observe(struct run *r)
{
	enum vs_exit code = VS_EXIT_OK;
	struct vs_meta meta;
	int err;

	vs_source_meta(&r->src, r->o, &meta);
	meta.command = r->w->command;
	meta.events = r->w->events;
	meta.opens = r->w->opens;
	r->out.ops->start(&r->out, &meta);
	err = begin(r);
	if (r->interrupted)
		r->stop = true;
	else if (!err && r->child.pid)
		code = start_program(r);
	while (!r->stop && !err)
		err = watch_once(r);
	vs_live_arm(r->src.live, false);
	if (!err)
		err = vs_live_drain(r->src.live, feed, r);
	if (!err)
		err = vs_live_flush(r->src.live, feed, r);
	finish(r);
	if (code)
		return code;
	if (err && err != -EPIPE) /* stdout's own trouble has been told */
		vs_say("stopped observing early: %s", strerror(-err));
	return err ? VS_EXIT_ERROR : vs_tally_exit(&r->tally, r->o->fail_on);
}

static enum vs_exit prepare_program(struct run *r)
{
	int err;

	if (!r->o->program)
		return VS_EXIT_OK;
	err = vs_live_follow_forks(r->src.live, true);
	if (!err)
		err = vs_child_prepare(&r->child, r->program, r->o->program);
	if (!err)
		err = vs_live_follow_forks(r->src.live, false);
	if (!err)
		return VS_EXIT_OK;
	vs_say("cannot create a process for the program: %s", strerror(-err));
	return VS_EXIT_ERROR;
}

/* Until both are there, a signal comes, or the time is over. */
static enum vs_exit wait_for_modules(struct run *r)
{
	struct pollfd fd = { .fd = r->signals, .events = POLLIN };
	uint64_t end_ns = r->o->duration_ns ? vs_now() + r->o->duration_ns : UINT64_MAX;
	enum vs_exit code = VS_EXIT_OK;
	bool kvm, vfio;
	int err;

	if (!r->o->wait)
		return VS_EXIT_OK;
	err = vs_host_inspect(&r->src.host);
	kvm = r->src.host.kvm;
	vfio = r->src.host.vfio;
	vs_host_release(&r->src.host);
	if (err) {
		vs_say("cannot inspect the running kernel: %s", strerror(-err));
		return VS_EXIT_ERROR;
	}
	if (!(kvm && vfio) && !r->o->quiet)
		vs_say("waiting for %s to be loaded", kvm ? "vfio" : vfio ? "kvm" : "kvm and vfio");
	while (!code && !(kvm && vfio) && !r->interrupted && !r->stop) {
		if (poll(&fd, 1, TICK_MS) < 0 && errno != EINTR) {
			vs_say("cannot wait for kvm and vfio: %s", strerror(errno));
			code = VS_EXIT_ERROR;
		}
		on_signal(r);
		if (vs_now() >= end_ns)
			r->stop = true;
		kvm = kvm || vs_host_module_live("kvm");
		vfio = vfio || vs_host_module_live("vfio");
	}
	if (r->stop && !r->interrupted && !r->o->quiet)
		vs_say("timed out waiting for kvm and vfio; nothing was observed");
	return code;
}

static enum vs_exit run(struct run *r)
{
	enum vs_exit code;
	int err;

	if (r->o->program) {
		err = vs_child_find(r->o->program[0], r->program);
		if (err) {
			vs_say("cannot run '%s': %s", r->o->program[0], strerror(-err));
			return VS_EXIT_USAGE;
		}
	}
	err = set_up_signals(r);
	if (err) {
		vs_say("cannot set up signal handling: %s", strerror(-err));
		return VS_EXIT_ERROR;
	}
	code = wait_for_modules(r);
	if (code || r->interrupted || r->stop)
		return code;
	code = vs_source_open(&r->src, r->o, ask(r));
	if (!code && set_up_model(r)) {
		vs_say("cannot allocate memory for the model of this host");
		code = VS_EXIT_ERROR;
	}
	if (!code)
		code = prepare_program(r);
	if (code)
		return code;
	vs_output_init(&r->out, r->o);
	vs_filter_init(&r->filter, r->o);
	return observe(r);
}

enum vs_exit vs_watch_run(const struct vs_watch *w, struct vs_options *o)
{
	struct run *r = calloc(1, sizeof(*r));
	enum vs_exit code = VS_EXIT_ERROR;

	if (!r) {
		vs_say("cannot allocate memory to observe this host");
		return code;
	}
	r->w = w;
	r->o = o;
	r->signals = -1;
	code = run(r);
	vs_source_close(&r->src);
	vs_child_release(&r->child);
	vs_model_free(r->model);
	if (r->signals >= 0)
		close(r->signals);
	free(r);
	return code;
}
