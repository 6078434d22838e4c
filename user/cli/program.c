// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program.h"

static int check_path(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || access(path, X_OK))
		return -EACCES;
	return 0;
}

int vs_child_find(const char *program, char *path)
{
	const char *dirs = getenv("PATH");
	int found = -ENOENT, err;

	if (strlen(program) >= PATH_MAX)
		return -ENAMETOOLONG;
	if (strchr(program, '/')) {
		strcpy(path, program);
		return check_path(path);
	}
	if (!dirs)
		dirs = "/usr/local/bin:/usr/bin:/bin";
	while (*program && *dirs) {
		size_t n = strcspn(dirs, ":");

		/* An empty entry is the current directory. */
		if (snprintf(path, PATH_MAX, "%.*s/%s", n ? (int)n : 1, n ? dirs : ".", program) <
		    PATH_MAX) {
			err = check_path(path);
			if (!err)
				return 0;
			/* Not executable says more than not there. */
			if (err == -EACCES)
				found = err;
		}
		dirs += n + (dirs[n] == ':');
	}
	return found;
}

static _Noreturn void become(const char *path, char **argv, int go, int failed)
{
	sigset_t none;
	char byte;
	int err;

	/* No byte: the tool gave up or died before it was ready. */
	if (read(go, &byte, 1) != 1)
		_exit(127);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	/* Not execvp(): it would hand a broken program to the shell. */
	execv(path, argv);
	err = errno;
	if (write(failed, &err, sizeof(err)) != sizeof(err))
		_exit(126);
	_exit(127);
}

static void close_pair(int fds[2])
{
	close(fds[0]);
	close(fds[1]);
}

int vs_child_prepare(struct vs_child *child, const char *path, char **argv)
{
	int go[2], failed[2], err;

	memset(child, 0, sizeof(*child));
	if (pipe2(go, O_CLOEXEC))
		return -errno;
	if (pipe2(failed, O_CLOEXEC)) {
		err = -errno;
		goto close_go;
	}
	child->pid = fork();
	if (child->pid < 0) {
		err = -errno;
		goto close_failed;
	}
	if (!child->pid) {
		close(go[1]);
		become(path, argv, go[0], failed[1]);
	}
	child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	if (child->pidfd < 0) {
		err = -errno;
		kill(child->pid, SIGKILL);
		waitpid(child->pid, NULL, 0);
		goto close_failed;
	}
	close(go[0]);
	close(failed[1]);
	child->go = go[1];
	child->failed = failed[0];
	return 0;

close_failed:
	close_pair(failed);
close_go:
	close_pair(go);
	child->pid = 0;
	return err;
}

int vs_child_start(struct vs_child *child)
{
	int err = 0;
	ssize_t n;

	if (write(child->go, "", 1) != 1)
		return -errno;
	do
		n = read(child->failed, &err, sizeof(err));
	while (n < 0 && errno == EINTR);
	return n == sizeof(err) ? -err : 0;
}

bool vs_child_reap(struct vs_child *child, int *status)
{
	return waitpid(child->pid, status, WNOHANG) == child->pid;
}

void vs_child_release(struct vs_child *child)
{
	if (!child->pid)
		return;
	close(child->go);
	close(child->failed);
	close(child->pidfd);
	child->pid = 0;
}
