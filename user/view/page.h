/* SPDX-License-Identifier: GPL-2.0-only */
/* What text views have in common: colors, the wall clock, headlines, losses. */
#ifndef VS_PAGE_H
#define VS_PAGE_H

#include "view.h"

/* Room for a call with its process, or for all of a finding up to its evidence. */
#define VS_LINE_LEN 4096

struct vs_page {
	struct vs_view_config config;
	uint64_t boottime_ns, realtime_ns; /* one moment on both clocks */
	/* Of the line before: many are of the same second. */
	int64_t second; /* wall-clock */
	char clock[12]; /* HH:MM:SS, "" at first */
};

enum vs_paint { PLAIN, GOOD, BAD, WARN, DIM };

/* What switches the color, "" if there are none. */
const char *vs_paint(const struct vs_page *p, enum vs_paint paint);

/* Recording begins. */
void vs_page_start(struct vs_page *p, const struct vs_run *run);

/* Wall-clock time of a moment since boot: HH:MM:SS.micros, local. */
void vs_put_clock(struct vs_page *p, struct vs_text *t, uint64_t ns);

/* The same for what may be long ago: YYYY-MM-DD HH:MM:SS. */
void vs_put_date(const struct vs_page *p, struct vs_text *t, uint64_t ns);

/* The beginning of a line that tells a verdict or a finding. */
void vs_put_word(struct vs_page *p, struct vs_text *t, uint64_t ns, enum vs_paint color,
		 const char *word);

/* The first line of a finding: what is wrong with an open is a violation; the rest is called
 * by its weight. */
void vs_put_headline(struct vs_page *p, struct vs_text *t, const struct vs_finding *f);

/* A process: its name, pid N. */
void vs_put_process(struct vs_text *t, const char *comm, uint32_t pid);

/* ", by group (type1)": the path, and what maps the device's DMA. */
void vs_put_path(struct vs_text *t, enum vs_path path, enum vs_backend backend);

/* Since when it has it, whether it exits, its pod or cgroup: as far as one knows. */
void vs_put_process_of(const struct vs_page *p, struct vs_text *t, const struct vs_hold *h);

/* Who has the device that the moment was asked for: a line for each process. */
void vs_print_use(struct vs_page *p, const struct vs_moment *moment);

/* One line for each cause. */
void vs_print_losses(const struct vs_page *p, const struct vs_ledger *l);

#endif
