/* SPDX-License-Identifier: GPL-2.0-only */
/* Signals that end a run come through an fd, so that none can end us with probes attached. */
#ifndef VS_SIGNALS_H
#define VS_SIGNALS_H

#include <stdbool.h>

/*
 * The fd of SIGINT, SIGTERM and SIGHUP, blocked from now on; or negative errno. A SIGHUP that
 * is ignored stays so.
 */
int vs_signals_open(void);

/* The next one that came: true, its number, and whether the terminal sent it to all. */
bool vs_signals_read(int fd, int *number, bool *from_terminal);

#endif
