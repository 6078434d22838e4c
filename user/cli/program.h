/* SPDX-License-Identifier: GPL-2.0-only */
/* The program given after "--": prepared first, let go when all is armed. */
#ifndef VS_CHILD_H
#define VS_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

struct vs_child {
	pid_t pid; /* 0: none */
	int pidfd; /* readable when it has ended */
	int go; /* closing it without a byte ends the child unstarted */
	int failed; /* an errno comes out if it cannot be started; else EOF */
};

/**
 * vs_child_find - the file that running @program would run
 * @path: receives it, at most PATH_MAX bytes
 *
 * Return: 0, or the negative errno that says why it cannot be run.
 */
int vs_child_find(const char *program, char *path);

/**
 * vs_child_prepare - a process that waits to become the program
 *
 * @path: the file, from vs_child_find()
 *
 * Its stdout is our stderr: our stdout is data.
 * Return: 0 or negative errno.
 */
int vs_child_prepare(struct vs_child *child, const char *path, char **argv);

/* Let it go. Return: 0, or the negative errno of its exec. */
int vs_child_start(struct vs_child *child);

/* Collect it if it has ended: true, and its wait status. */
bool vs_child_reap(struct vs_child *child, int *status);

/* Forget it; if it was never started, it ends. */
void vs_child_release(struct vs_child *child);

#endif
