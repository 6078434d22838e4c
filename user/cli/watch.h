/* SPDX-License-Identifier: GPL-2.0-only */
/* Source to model to output, until it is time to stop: what all live views share. */
#ifndef VS_WATCH_H
#define VS_WATCH_H

#include "../capture/host.h"
#include "cli.h"

struct vs_watch {
	const char *command;
	const struct vs_ask *ask;
	bool events; /* show events */
	bool opens; /* show opens and findings */
};

enum vs_exit vs_watch_run(const struct vs_watch *w, struct vs_options *o);

/* Say the first reason why this host can not be observed. */
void vs_say_obstacle(const struct vs_obstacle *o);

#endif
