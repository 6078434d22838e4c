/* SPDX-License-Identifier: GPL-2.0-only */
/* From the options of a command to its source and its view. */
#ifndef VS_SETUP_H
#define VS_SETUP_H

#include "../capture/live.h"
#include "../view/view.h"
#include "cli.h"

/**
 * vs_setup_live - be able to observe this host, as the options say
 * @live: set on success, to be closed as a source; disarmed
 * @ask: what of it
 *
 * Says on stderr what prevents it.
 * Return: VS_EXIT_OK, or the exit code to end with.
 */
enum vs_exit vs_setup_live(struct vs_live **live, const struct vs_options *o, struct vs_ask ask);

/* Stdout as the options want it; @config says what is shown. NULL: no memory. */
struct vs_sink *vs_setup_view(const struct vs_options *o, struct vs_view_config config);

#endif
