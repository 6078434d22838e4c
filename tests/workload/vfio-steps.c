// SPDX-License-Identifier: GPL-2.0-only
/* Runs a script of KVM and VFIO calls; see vfio-steps.h and README.md. */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vfio-steps.h"

static const char usage[] =
	"usage: vfio-steps [-n] STEP [STEP...]\n"
	"       vfio-steps [-n] -f FILE\n"
	"Performs KVM and VFIO system calls in the order given.\n"
	"  STEP     one step, its words in one argument: 'add k g => EBADF'\n"
	"  -f FILE  take the steps from FILE, one per line; - is standard input\n"
	"  -n       number every step and print its result to standard error\n"
	"Exit: 0 all as expected, 2 a step was not, 3 'wait' gave up, 64 malformed script.\n";

/* Reports */

void run_where(struct run *r, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->where, sizeof(r->where), fmt, ap);
	va_end(ap);
	errno = saved;
}

/* One write for one line: processes and threads report at the same time. */
static void report(const struct run *r, const struct step *s, const char *prefix,
		   const char *result)
{
	const char *file = r->ctx->script->file;
	char worker[64] = "";

	if (r->worker)
		snprintf(worker, sizeof(worker), " (%s)", r->worker);
	dprintf(STDERR_FILENO, "%s%s%c%u%s: %s: %s\n", prefix, file ? file : "step",
		file ? ':' : ' ', s->number, worker, s->text, result);
}

void run_die(const struct run *r, const struct step *s, int status, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	report(r, s, "vfio-steps: ", text);
	_exit(status);
}

static const char *errno_name(int err)
{
	const char *name = err ? strerrorname_np(err) : "success";

	return name ? name : "unknown errno";
}

static void describe(const struct run *r, int err, char *text, size_t size)
{
	const char *sep = *r->where ? ": " : "";

	if (err)
		snprintf(text, size, "%s%s%s (%s)", r->where, sep, errno_name(err), strerror(err));
	else
		snprintf(text, size, "%s%sok", r->where, sep);
}

/* Compares the result of a step with what the script expects. */
static void settle(const struct run *r, const struct step *s, int err)
{
	char text[384];

	describe(r, err, text, sizeof(text));
	if (r->ctx->echo)
		report(r, s, "", text);
	if (s->expect == EXPECT_ANY || s->expect == err)
		return;
	if (s->expect)
		run_die(r, s, STEPS_EX_FAILED, "%s, %s expected", text, errno_name(s->expect));
	run_die(r, s, STEPS_EX_FAILED, "%s", text);
}

uint32_t run_lie(struct lie *lie, uint32_t truth)
{
	uint32_t num = lie->told ? lie->num : truth;

	lie->told = false;
	return num;
}

/* Objects */

/*
 * The descriptor behind a name. A name that is closed, or whose step failed,
 * gives what the program of a forgetful author would pass: a number that is not
 * open. Should the kernel have reused the number meanwhile, -1 keeps the result
 * the same, EBADF.
 */
static int object_fd_locked(const struct object *o)
{
	if (!o->open && o->fd >= 0 && fcntl(o->fd, F_GETFD) >= 0)
		return -1;
	return o->fd;
}

int object_fd(struct context *ctx, size_t slot)
{
	int fd;

	pthread_mutex_lock(&ctx->lock);
	fd = object_fd_locked(&ctx->objects[slot]);
	pthread_mutex_unlock(&ctx->lock);
	return fd;
}

void object_bind(struct context *ctx, size_t slot, int fd)
{
	pthread_mutex_lock(&ctx->lock);
	ctx->objects[slot].fd = fd;
	ctx->objects[slot].open = true;
	pthread_mutex_unlock(&ctx->lock);
}

void object_set_id(struct context *ctx, size_t slot, uint32_t id)
{
	pthread_mutex_lock(&ctx->lock);
	ctx->objects[slot].id = id;
	pthread_mutex_unlock(&ctx->lock);
}

uint32_t object_id(struct context *ctx, size_t slot)
{
	uint32_t id;

	pthread_mutex_lock(&ctx->lock);
	id = ctx->objects[slot].id;
	pthread_mutex_unlock(&ctx->lock);
	return id;
}

/* The close itself may take long in the kernel: not under the lock. */
int object_close(struct context *ctx, size_t slot)
{
	int fd;

	pthread_mutex_lock(&ctx->lock);
	fd = object_fd_locked(&ctx->objects[slot]);
	ctx->objects[slot].open = false;
	pthread_mutex_unlock(&ctx->lock);
	return close(fd) ? -errno : 0;
}

static void reserve_object(struct run *r, const struct step *s, size_t slot)
{
	struct context *ctx = r->ctx;
	bool open;

	pthread_mutex_lock(&ctx->lock);
	open = ctx->objects[slot].open;
	if (!open)
		ctx->objects[slot] = (struct object){ .fd = -1 };
	pthread_mutex_unlock(&ctx->lock);
	if (open)
		run_die(r, s, STEPS_EX_SCRIPT, "'%s' is still open: close it or take another name",
			ctx->script->objects.name[slot]);
}

/* The names a step defines must be free. */
static void reserve_objects(struct run *r, const struct step *s)
{
	for (int i = 0; i < STEPS_MAX_ARGS; i++) {
		if (s->verb->args[i] == ARG_NEW || s->verb->args[i] == ARG_NEW_PAIR)
			reserve_object(r, s, s->arg[i].slot);
		if (s->verb->args[i] == ARG_NEW_PAIR)
			reserve_object(r, s, s->arg[i].slot_b);
	}
}

/* Processes and threads */

static void run_steps(struct run *r, size_t begin, size_t end);

/* Under the lock: the caller fills the entry in. */
static struct worker *free_worker(struct run *r, const struct step *s)
{
	struct worker *w = &r->ctx->workers[s->arg[0].slot];

	if (w->kind != WORKER_NONE)
		run_die(r, s, STEPS_EX_SCRIPT, "'%s' was not joined: join it or take another name",
			s->arg[0].text);
	return w;
}

static int join_child(struct run *r, const char *name, pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	if (WIFEXITED(status))
		run_where(r, "'%s' exited with status %d", name, WEXITSTATUS(status));
	else
		run_where(r, "'%s' was killed by signal %d", name, WTERMSIG(status));
	return ECHILD;
}

static int join_worker(struct run *r, size_t slot)
{
	struct context *ctx = r->ctx;
	struct worker w;

	pthread_mutex_lock(&ctx->lock);
	w = ctx->workers[slot];
	ctx->workers[slot].kind = WORKER_NONE;
	pthread_mutex_unlock(&ctx->lock);

	if (w.kind == WORKER_CHILD)
		return join_child(r, ctx->script->workers.name[slot], w.pid);
	if (w.kind == WORKER_THREAD)
		return pthread_join(w.thread, NULL);
	run_where(r, "joined already");
	return ESRCH;
}

/* What the script did not join is joined at the end of the process. */
static int join_rest(struct run *r)
{
	struct context *ctx = r->ctx;
	int status = 0;
	bool running;

	for (size_t i = 0; i < ctx->script->workers.nr; i++) {
		pthread_mutex_lock(&ctx->lock);
		running = ctx->workers[i].kind != WORKER_NONE;
		pthread_mutex_unlock(&ctx->lock);
		if (!running || !join_worker(r, i))
			continue;
		dprintf(STDERR_FILENO, "vfio-steps: at the end: %s\n", r->where);
		status = STEPS_EX_FAILED;
	}
	return status;
}

/* The lock is held: fork takes it along, in a known state. */
static void __attribute__((noreturn)) run_child(struct context *ctx, const struct step *s)
{
	struct run r = { .ctx = ctx, .worker = s->arg[0].text };
	size_t begin = (size_t)(s - ctx->script->steps) + 1;

	memset(ctx->workers, 0, ctx->script->workers.nr * sizeof(*ctx->workers));
	pthread_mutex_unlock(&ctx->lock);
	run_steps(&r, begin, s->end);
	_exit(join_rest(&r));
}

static int start_child(struct run *r, const struct step *s)
{
	struct context *ctx = r->ctx;
	struct worker *w;
	int err = 0;

	pthread_mutex_lock(&ctx->lock);
	w = free_worker(r, s);
	w->pid = fork();
	if (!w->pid)
		run_child(ctx, s);
	if (w->pid < 0)
		err = errno;
	else
		w->kind = WORKER_CHILD;
	pthread_mutex_unlock(&ctx->lock);
	return err;
}

struct thread_start {
	struct run run;
	size_t begin;
	size_t end;
};

static void *run_thread(void *arg)
{
	struct thread_start *start = arg;

	run_steps(&start->run, start->begin, start->end);
	free(start);
	return NULL;
}

static int start_thread(struct run *r, const struct step *s)
{
	struct thread_start *start = steps_alloc(1, sizeof(*start));
	struct context *ctx = r->ctx;
	struct worker *w;
	int err;

	start->run.ctx = ctx;
	start->run.worker = s->arg[0].text;
	start->begin = (size_t)(s - ctx->script->steps) + 1;
	start->end = s->end;
	pthread_mutex_lock(&ctx->lock);
	w = free_worker(r, s);
	err = pthread_create(&w->thread, NULL, run_thread, start);
	if (err)
		free(start);
	else
		w->kind = WORKER_THREAD;
	pthread_mutex_unlock(&ctx->lock);
	return err;
}

/* Performs one step, or one block; returns its result as an errno. */
static int run_step(struct run *r, const struct step *s)
{
	size_t begin = (size_t)(s - r->ctx->script->steps) + 1;

	switch (s->verb->op) {
	case OP_CALL:
		reserve_objects(r, s);
		return -s->verb->run(r, s);
	case OP_FORK:
		return start_child(r, s);
	case OP_THREAD:
		return start_thread(r, s);
	case OP_JOIN:
		return join_worker(r, s->arg[0].slot);
	case OP_REPEAT:
		for (uint64_t n = 0; n < s->arg[0].num; n++)
			run_steps(r, begin, s->end);
		return 0;
	case OP_END:
		break;
	}
	return 0;
}

static void run_steps(struct run *r, size_t begin, size_t end)
{
	for (size_t i = begin; i < end; i++) {
		const struct step *s = &r->ctx->script->steps[i];
		int err;

		*r->where = '\0';
		err = run_step(r, s);
		if (s->verb->op != OP_REPEAT)
			settle(r, s, err);
		if (s->end)
			i = s->end;
	}
}

/*
 * So that `pause` in any thread gets the signals. Blocked from the start: one
 * that comes before `pause` must not be lost.
 */
static void block_signals(const struct script *sc)
{
	const struct verb *pause_verb = verb_find("pause");
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	for (size_t i = 0; i < sc->nr; i++)
		if (sc->steps[i].verb == pause_verb)
			pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static int run_script(const struct script *sc, bool echo)
{
	struct context ctx = {
		.script = sc,
		.echo = echo,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.objects = steps_alloc(sc->objects.nr, sizeof(*ctx.objects)),
		.workers = steps_alloc(sc->workers.nr, sizeof(*ctx.workers)),
	};
	struct run r = { .ctx = &ctx };
	int status;

	for (size_t i = 0; i < sc->objects.nr; i++)
		ctx.objects[i].fd = -1;
	block_signals(sc);
	run_steps(&r, 0, sc->nr);
	status = join_rest(&r);
	free(ctx.objects);
	free(ctx.workers);
	return status;
}

/* Reading the script */

/* A comment starts at a # that begins a line or follows a blank. */
static void cut_comment(char *line)
{
	char *hash = line;

	while ((hash = strchr(hash, '#'))) {
		if (hash == line || hash[-1] == ' ' || hash[-1] == '\t') {
			*hash = '\0';
			return;
		}
		hash++;
	}
}

static int read_line(struct script *sc, unsigned int number, char *line, size_t len)
{
	if (len && line[len - 1] == '\n')
		line[--len] = '\0';
	if (strlen(line) != len) {
		fprintf(stderr, "vfio-steps: %s:%u: NUL byte in the line\n", sc->file, number);
		return -EINVAL;
	}
	cut_comment(line);
	if (!line[strspn(line, " \t")])
		return 0;
	return script_add(sc, number, line);
}

static int read_lines(struct script *sc, FILE *in)
{
	unsigned int number = 0;
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	int err = 0;

	while (!err && (len = getline(&line, &size, in)) >= 0)
		err = read_line(sc, ++number, line, (size_t)len);
	if (!err && ferror(in)) {
		fprintf(stderr, "vfio-steps: %s: cannot read: %s\n", sc->file, strerror(errno));
		err = -EIO;
	}
	free(line);
	return err;
}

static int read_file(struct script *sc, const char *path)
{
	FILE *in;
	int err;

	sc->file = path;
	if (!strcmp(path, "-"))
		return read_lines(sc, stdin);
	in = fopen(path, "re");
	if (!in) {
		fprintf(stderr, "vfio-steps: %s: cannot open: %s\n", path, strerror(errno));
		return -errno;
	}
	err = read_lines(sc, in);
	fclose(in);
	return err;
}

static int read_args(struct script *sc, char **step)
{
	for (unsigned int i = 0; step[i]; i++)
		if (script_add(sc, i + 1, step[i]))
			return -EINVAL;
	return 0;
}

static int read_script(struct script *sc, const char *file, char **step)
{
	int err;

	if (file && *step) {
		fprintf(stderr, "vfio-steps: give either -f FILE or steps, not both\n");
		return -EINVAL;
	}
	err = file ? read_file(sc, file) : read_args(sc, step);
	if (err)
		return err;
	if (!sc->nr) {
		fprintf(stderr, "vfio-steps: no steps given, see vfio-steps -h\n");
		return -EINVAL;
	}
	return script_finish(sc);
}

int main(int argc, char **argv)
{
	struct script sc = { 0 };
	const char *file = NULL;
	bool echo = false;
	int opt, status;

	while ((opt = getopt(argc, argv, "+f:nh")) != -1) {
		switch (opt) {
		case 'f':
			file = optarg;
			break;
		case 'n':
			echo = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs(usage, stderr);
			return STEPS_EX_SCRIPT;
		}
	}
	if (read_script(&sc, file, argv + optind))
		status = STEPS_EX_SCRIPT;
	else
		status = run_script(&sc, echo);
	script_free(&sc);
	return status;
}
