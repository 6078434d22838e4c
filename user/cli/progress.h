/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How far a run has come, as one line on a terminal that changes. It counts what passes on
 * its way to a view.
 */
#ifndef VS_PROGRESS_H
#define VS_PROGRESS_H

#include <stdio.h>
#include "../core/model/sink.h"

/* Owns @next, also on failure. NULL if there is no memory. @file: a terminal; not owned. */
struct vs_sink *vs_progress_sink(FILE *file, struct vs_sink *next);

/* Take the line away: something else is about to be printed. */
void vs_progress_hide(struct vs_sink *progress_sink);
/* Print it as it is now, if it has changed; at most once in @every_ns. */
void vs_progress_show(struct vs_sink *progress_sink, uint64_t now_ns, uint64_t every_ns);

#endif
