/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a command's events come from: this host, asked, planned for, attached to. */
#ifndef VS_SOURCE_H
#define VS_SOURCE_H

#include "../capture/live.h"
#include "../view/view.h"
#include "cli.h"

struct vs_source {
	struct vs_host host;
	struct vs_plan plan;
	struct vs_live *live;
};

/**
 * vs_source_open - be able to observe this host
 * @o: how to attach, and whether a program is to be followed
 * @ask: what of it
 *
 * Says on stderr what keeps it from it. Disarmed at first.
 * Return: VS_EXIT_OK, or the exit code to end with; vs_source_close() is due either way.
 */
enum vs_exit vs_source_open(struct vs_source *s, const struct vs_options *o, struct vs_ask ask);
/* All zero is fine. */
void vs_source_close(struct vs_source *s);

/**
 * vs_source_replace - attach anew, as modules have come
 *
 * As vs_source_open() for a source that is open; if it fails all is as it was.
 */
enum vs_exit vs_source_replace(struct vs_source *s, const struct vs_options *o, struct vs_ask ask);

/* Whether a look at what is there already is part of the plan. */
bool vs_source_looks(const struct vs_source *s);

/* A model of what the source can see; NULL if there is no memory. */
struct vs_model *vs_source_model(const struct vs_source *s, uint64_t grace_ns,
				 const struct vs_sink *sink);

/* What an output says first, as far as source and options tell. */
void vs_source_meta(const struct vs_source *s, const struct vs_options *o, struct vs_meta *meta);

/* Stdout as the options want it. */
void vs_output_init(struct vs_out *out, const struct vs_options *o);

/* The filter asked for, with what this host knows of the device in it. */
void vs_filter_init(struct vs_filter *filter, const struct vs_options *o);

/* Records lost so far, for a summary and its tally. */
void vs_source_lost(const struct vs_source *s, struct vs_summary *summary, struct vs_tally *tally);

void vs_say_obstacle(const struct vs_obstacle *o);

#endif
