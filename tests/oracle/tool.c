// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"

static void become(const char *command, int out, int err)
{
	char line[4096];

	snprintf(line, sizeof(line), "exec %s", command);
	dup2(out, 1);
	dup2(err, 2);
	close(0);
	open("/dev/null", O_RDONLY);
	setpgid(0, 0);
	execl("/bin/sh", "sh", "-c", line, (char *)NULL);
	_exit(127);
}

bool tool_spawn(struct tool *tool, const char *command)
{
	int out[2], err[2];

	memset(tool, 0, sizeof(*tool));
	if (pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
		return false;
	/* The larger, the fewer turns the two have to take. */
	fcntl(out[1], F_SETPIPE_SZ, 1 << 20);
	tool->pid = fork();
	if (!tool->pid)
		become(command, out[1], err[1]);
	close(out[1]);
	close(err[1]);
	tool->out = out[0];
	tool->err = err[0];
	fcntl(tool->out, F_SETFL, O_NONBLOCK);
	fcntl(tool->err, F_SETFL, O_NONBLOCK);
	return tool->pid > 0;
}

bool tool_start(struct tool *tool, struct log *log, const char *command)
{
	uint64_t start = now_ns();

	if (!tool_spawn(tool, command))
		return false;
	while (!tool->armed_ns)
		if (!tool_read(tool, log, 1000) || now_ns() - start > TOOL_SECONDS * 1000000000ull)
			return false;
	return true;
}

static void take_lines(struct tool *tool, struct log *log)
{
	char *line = tool->line, *end;

	while ((end = memchr(line, '\n', tool->line + tool->length - line))) {
		*end = '\0';
		log_line(log, line);
		line = end + 1;
	}
	tool->length -= line - tool->line;
	memmove(tool->line, line, tool->length);
}

/* What the tool says to people: it is armed, for one. */
static void take_talk(struct tool *tool)
{
	char talk[4096];
	ssize_t n;

	while ((n = read(tool->err, talk, sizeof(talk) - 1)) > 0) {
		talk[n] = '\0';
		/* A line is written in one go. */
		if (!tool->armed_ns && strstr(talk, "armed:"))
			tool->armed_ns = now_ns();
		if (!tool->quiet)
			fwrite(talk, 1, n, stderr);
	}
}

bool tool_read(struct tool *tool, struct log *log, int timeout_ms)
{
	struct pollfd ready[] = { { .fd = tool->out, .events = POLLIN },
				  { .fd = tool->err, .events = tool->armed_ns ? 0 : POLLIN } };
	ssize_t n;

	poll(ready, 2, timeout_ms);
	take_talk(tool);
	for (;;) {
		if (tool->size - tool->length < 65536) {
			tool->size += 1 << 20;
			tool->line = realloc(tool->line, tool->size);
			if (!tool->line)
				abort();
		}
		n = read(tool->out, tool->line + tool->length, tool->size - tool->length);
		if (n <= 0)
			return n < 0 && errno == EAGAIN;
		tool->length += n;
		take_lines(tool, log);
	}
}

void tool_stall(struct tool *tool, bool stall)
{
	if (tool->stalled == stall)
		return;
	kill(tool->pid, stall ? SIGSTOP : SIGCONT);
	tool->stalled = stall;
}

void tool_interrupt(struct tool *tool)
{
	kill(tool->pid, SIGINT);
	tool_stall(tool, false);
}

int tool_wait(struct tool *tool, struct log *log)
{
	uint64_t start = now_ns();
	int status;

	while (tool_read(tool, log, 1000)) {
		log_module(log);
		if (now_ns() - start > TOOL_SECONDS * 1000000000ull)
			kill(-tool->pid, SIGKILL);
	}
	waitpid(tool->pid, &status, 0);
	take_talk(tool);
	close(tool->out);
	close(tool->err);
	free(tool->line);
	tool->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
