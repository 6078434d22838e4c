/* SPDX-License-Identifier: GPL-2.0-only */
/* The running kernel as a source of records. */
#ifndef VS_LIVE_H
#define VS_LIVE_H

#include "../core/source.h"
#include "diagnosis.h"

struct vs_live;

struct vs_live_config {
	struct vs_policy policy;
	const char *version; /* of the tool */
	bool follow; /* be able to follow a program and its children */
	uint32_t buffer; /* bytes of the ring buffer, a power of two of pages; 0: 1 MiB */
	const char *device; /* the one asked for: the stream tells its group; NULL: none */
	bool idle; /* it tells of all devices that VFIO has, used or not, and their groups */
	bool mapped; /* the look at the start goes through mappings, too */
	bool holders; /* who wants what is in use gets to know who holds it */
	uint64_t grace_ns; /* for so long an unbind may wait */
	char *const *program; /* words of the program to observe, NULL after the last; NULL: none */
};

/**
 * vs_live_open - load and attach the probes, disarmed
 * @live: set on success; closed as a source
 * @config: what it points to has to last as long
 * @d: filled in with what was found; a refused attach is in its plan. Released by the
 *     caller, always
 *
 * Nothing stays attached on failure.
 * Return: 0; -EOPNOTSUPP if @d has obstacles; else the negative errno of inspecting,
 * loading or attaching (then also in d->attach_err).
 */
int vs_live_open(struct vs_live **live, const struct vs_live_config *config,
		 struct vs_diagnosis *d);

struct vs_source *vs_live_source(struct vs_live *live);

/* The program has ended, with this wait status; @told: it had been sent a signal to do so. */
void vs_live_program_ended(struct vs_live *live, int status, bool told);

/*
 * Between on and off, follow every process this one forks, and from then on
 * their children.
 */
int vs_live_follow_forks(struct vs_live *live, bool on);

#endif
