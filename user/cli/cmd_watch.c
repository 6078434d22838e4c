// SPDX-License-Identifier: GPL-2.0-only
/* audit, trace and profile: observe this host until it is time to stop. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../capture/clock.h"
#include "../core/profile/attaches.h"
#include "../core/profile/summary.h"
#include "pipeline.h"
#include "program.h"
#include "progress.h"
#include "setup.h"
#include "signals.h"
#include "talk.h"

#define TICK_MS 100

/* What a command is, beside its options. */
struct watch {
	const char *command;
	const struct vs_ask *ask;
	bool events; /* show events */
	bool opens; /* show opens and findings */
	bool profile; /* show attaches */
};

/* Everything one run holds. */
struct run {
	const struct watch *w;
	const struct vs_options *o;
	struct vs_live *live; /* owned by the pipeline */
	struct vs_pipeline pipeline;
	struct vs_tally tally;
	/* In the pipeline; NULL: not asked for. */
	struct vs_sink *attaches, *budget, *summary, *progress;
	FILE *timeline;
	char program[PATH_MAX]; /* the file to run, if any */
	struct vs_child child;
	int signals; /* see signals.h */
	uint64_t started_ns;
	bool stop;
	bool interrupted;
};

/*
 * The first signal is passed on to the program, unless the terminal has sent
 * it there already, and its end is awaited; a second one ends us at once.
 */
static void on_signal(struct run *r)
{
	bool from_terminal;
	int number;

	while (vs_signals_read(r->signals, &number, &from_terminal)) {
		if (!r->child.pid || r->interrupted)
			r->stop = true;
		else if (!from_terminal)
			kill(r->child.pid, number);
		r->interrupted = true;
	}
}

static void on_child(struct run *r)
{
	int status;

	if (!vs_child_reap(&r->child, &status))
		return;
	r->stop = true;
	vs_live_program_ended(r->live, status, r->interrupted);
	if (r->o->quiet)
		return;
	if (WIFSIGNALED(status))
		vs_say("%s was killed by signal %d", r->o->program[0], WTERMSIG(status));
	else if (WEXITSTATUS(status))
		vs_say("%s exited with status %d", r->o->program[0], WEXITSTATUS(status));
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

static int watch_once(struct run *r)
{
	struct vs_source *source = r->pipeline.source;
	struct pollfd fds[] = {
		{ .fd = source->ops->fd(source), .events = POLLIN },
		{ .fd = r->signals, .events = POLLIN },
		{ .fd = r->child.pid ? r->child.pidfd : -1, .events = POLLIN },
	};
	int err;

	if (poll(fds, 3, TICK_MS) < 0 && errno != EINTR)
		return -errno;
	/* A signal that ended the program and is for us, too, came before its end. */
	if (fds[1].revents || fds[2].revents)
		on_signal(r);
	if (fds[2].revents)
		on_child(r);
	if (r->progress)
		vs_progress_hide(r->progress);
	err = vs_pipeline_drain(&r->pipeline);
	if (err)
		return err;
	if (r->o->duration_ns && vs_now() - r->started_ns >= r->o->duration_ns)
		r->stop = true;
	/* The reader may be a person: nothing waits longer than a tick. */
	if (!vs_stdout_flush())
		return -EPIPE;
	if (r->progress)
		vs_progress_show(r->progress, vs_now(), 0);
	return 0;
}

static int begin(struct run *r)
{
	int err;

	/*
	 * What is observed may be busier than the host has processors for, and the
	 * records must be taken before their buffer is full. The program has been
	 * forked already. Where it is not allowed it is done without.
	 */
	setpriority(PRIO_PROCESS, 0, -20);
	r->started_ns = vs_now();
	err = vs_pipeline_begin(&r->pipeline);
	if (!err)
		vs_talk_armed(r->pipeline.sink, r->o->program ? "" : "; press Ctrl-C to stop");
	on_signal(r); /* that came while we were attaching */
	return err;
}

/* That it failed has been said. */
static void say_unexplained(const struct run *r)
{
	const char *name = r->o->program[0];
	unsigned long long calls = r->tally.program.end.calls;

	if (calls)
		vs_say("%s made %llu VFIO call%s, and none of those observed failed", name, calls,
		       calls == 1 ? "" : "s");
	else
		vs_say("%s made no VFIO call that was observed: is its device node missing, or may "
		       "it not open it?",
		       name);
}

static enum vs_exit judge(const struct run *r)
{
	enum vs_exit code = vs_tally_exit(&r->tally, r->o->fail_on);

	if (code == VS_EXIT_UNEXPLAINED)
		say_unexplained(r);
	return code;
}

static enum vs_exit observe(struct run *r)
{
	enum vs_exit code = VS_EXIT_OK;
	int err = begin(r);

	if (r->interrupted)
		r->stop = true;
	else if (!err && r->child.pid)
		code = start_program(r);
	while (!r->stop && !err)
		err = watch_once(r);
	if (r->progress)
		vs_progress_hide(r->progress);
	if (!err)
		err = vs_pipeline_finish(&r->pipeline);
	if (!err && r->attaches)
		err = vs_attaches_error(r->attaches);
	if (!err && r->budget)
		err = vs_budget_error(r->budget);
	if (!err && r->summary)
		err = vs_summary_error(r->summary);
	if (code)
		return code;
	if (err && err != -EPIPE) /* stdout's own trouble has been reported */
		vs_say("stopped observing early: %s", strerror(-err));
	return err ? VS_EXIT_ERROR : judge(r);
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
	vs_say("cannot create a process for the program: %s", strerror(-err));
	return VS_EXIT_ERROR;
}

/* Which of the two are in the running kernel. */
static enum vs_exit present(bool *kvm, bool *vfio)
{
	struct vs_host *host = malloc(sizeof(*host));
	int err = -ENOMEM;

	if (host) {
		err = vs_host_inspect(host);
		*kvm = host->kvm;
		*vfio = host->vfio;
		vs_host_release(host);
		free(host);
	}
	if (err)
		vs_say("cannot inspect the running kernel: %s", strerror(-err));
	return err ? VS_EXIT_ERROR : VS_EXIT_OK;
}

/* Who waits for modules may have to do without; who runs a program expects it to run. */
static enum vs_exit timed_out(const struct run *r)
{
	if (r->o->program) {
		vs_say("timed out waiting for kvm and vfio; '%s' was not started. Load them, or "
		       "wait longer (--duration)",
		       r->o->program[0]);
		return VS_EXIT_CANNOT_OBSERVE;
	}
	if (!r->o->quiet)
		vs_say("timed out waiting for kvm and vfio; nothing was observed");
	return VS_EXIT_OK;
}

/* Until both are there, a signal comes, or the time is over. */
static enum vs_exit wait_for_modules(struct run *r)
{
	struct pollfd fd = { .fd = r->signals, .events = POLLIN };
	uint64_t end_ns = r->o->duration_ns ? vs_now() + r->o->duration_ns : UINT64_MAX;
	bool kvm = true, vfio = true;
	enum vs_exit code = r->o->wait ? present(&kvm, &vfio) : VS_EXIT_OK;

	if (!code && !(kvm && vfio) && !r->o->quiet)
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
	return !code && r->stop && !r->interrupted ? timed_out(r) : code;
}

/* A new file: nobody's trace is overwritten. */
static enum vs_exit open_timeline(struct run *r)
{
	int fd;

	if (!r->o->timeline)
		return VS_EXIT_OK;
	fd = open(r->o->timeline, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	r->timeline = fd < 0 ? NULL : fdopen(fd, "w");
	if (r->timeline)
		return VS_EXIT_OK;
	vs_say("cannot write a timeline to '%s': %s%s", r->o->timeline, strerror(errno),
	       errno == EEXIST ? "; choose another name or remove it" : "");
	if (fd >= 0)
		close(fd);
	return VS_EXIT_ERROR;
}

/* Whether what was written has reached the file. One with nothing in it is not left behind. */
static bool close_timeline(struct run *r)
{
	bool good;

	if (!r->timeline)
		return true;
	if (!ftell(r->timeline))
		unlink(r->o->timeline);
	good = !ferror(r->timeline);
	if (fclose(r->timeline) || !good) {
		vs_say("cannot write the timeline '%s': %s", r->o->timeline,
		       strerror(errno ? errno : EIO));
		good = false;
	}
	r->timeline = NULL;
	return good;
}

static bool wants_attaches(const struct run *r)
{
	return r->w->profile || vs_budgets_any(&r->o->budgets);
}

/* What shows: tally → timeline → view. */
static struct vs_sink *set_up_view(struct run *r)
{
	const struct vs_view_config config = {
		.command = r->w->command,
		.events = r->w->events,
		.opens = r->w->opens,
		.profile = r->w->profile,
	};
	struct vs_sink *sink = vs_setup_view(r->o, config);

	if (r->timeline)
		sink = vs_view_timeline(r->timeline, sink);
	return vs_tally_sink(&r->tally, sink);
}

/* What makes attaches of phases, and of attaches a profile, around what is shown. */
static struct vs_sink *set_up_profile(struct run *r, const struct vs_filter *filter,
				      struct vs_sink *sink)
{
	if (r->w->profile)
		sink = r->summary = vs_summary_sink(r->o->top, sink);
	if (r->w->profile && !r->o->quiet && isatty(STDERR_FILENO))
		sink = r->progress = vs_progress_sink(stderr, sink);
	if (vs_budgets_any(&r->o->budgets))
		sink = r->budget = vs_budget_sink(&r->o->budgets, sink);
	sink = vs_filter_sink(filter, sink);
	if (wants_attaches(r))
		sink = r->attaches = vs_attaches_sink(sink);
	return sink;
}

/* Model → talk → attaches → filter → budget → progress → summary → tally → timeline → view */
static enum vs_exit set_up(struct run *r)
{
	struct vs_filter filter = r->o->filter;
	struct vs_ask ask = *r->w->ask;
	struct vs_sink *sink;
	enum vs_exit code;

	ask.serves |= r->o->dma ? VS_SERVE_DMA : 0;
	ask.serves |= wants_attaches(r) ? VS_SERVE_LATENCY : 0;
	code = vs_setup_live(&r->live, r->o, ask);
	if (code)
		return code;
	filter.tracked = r->o->program != NULL;
	filter.hide_events = !r->w->events;
	filter.hide_opens = !r->w->opens;
	sink = set_up_profile(r, &filter, set_up_view(r));
	sink = vs_talk_sink(r->o->quiet, sink);
	if (!vs_pipeline_open(&r->pipeline, vs_live_source(r->live), sink, r->o->grace_ns))
		return VS_EXIT_OK;
	vs_say("cannot allocate memory for the model of this host");
	return VS_EXIT_ERROR;
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
	r->signals = vs_signals_open();
	if (r->signals < 0) {
		vs_say("cannot set up signal handling: %s", strerror(-r->signals));
		return VS_EXIT_ERROR;
	}
	code = open_timeline(r);
	if (!code)
		code = wait_for_modules(r);
	if (code || r->interrupted || r->stop)
		return code;
	code = set_up(r);
	if (!code)
		code = prepare_program(r);
	return code ? code : observe(r);
}

static enum vs_exit watch(const struct watch *w, const struct vs_options *o)
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
	vs_pipeline_close(&r->pipeline);
	if (!close_timeline(r) && !code)
		code = VS_EXIT_ERROR;
	vs_child_release(&r->child);
	if (r->signals >= 0)
		close(r->signals);
	free(r);
	return code;
}

enum vs_exit vs_cmd_trace(struct vs_options *o)
{
	static const struct watch w = {
		.command = "trace",
		.ask = &vs_ask_trace,
		.events = true,
	};

	return watch(&w, o);
}

enum vs_exit vs_cmd_audit(struct vs_options *o)
{
	static const struct watch w = {
		.command = "audit",
		.ask = &vs_ask_audit,
		.opens = true,
	};

	return watch(&w, o);
}

enum vs_exit vs_cmd_profile(struct vs_options *o)
{
	static const struct watch w = {
		.command = "profile",
		.ask = &vs_ask_profile,
		.profile = true,
	};

	return watch(&w, o);
}
