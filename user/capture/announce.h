/* SPDX-License-Identifier: GPL-2.0-only */
/* The records by which a stream explains itself: host, tool, sites, observed program. */
#ifndef VS_ANNOUNCE_H
#define VS_ANNOUNCE_H

#include "../core/plan/plan.h"
#include "../core/source.h"

/* START: this moment on both clocks. */
int vs_announce_start(const char *release, const char *arch, const char *version, vs_record_fn fn,
		      void *ctx);
/* SITE, for each one that was asked for. */
int vs_announce_sites(const struct vs_plan *plan, vs_record_fn fn, void *ctx);
/* PROGRAM, for each word; @words may be NULL. */
int vs_announce_program(char *const *words, vs_record_fn fn, void *ctx);

#endif
