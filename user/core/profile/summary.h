/* SPDX-License-Identifier: GPL-2.0-only */
/* What many attaches come to: phase by phase and driver by driver, and the slowest ones. */
#ifndef VS_SUMMARY_H
#define VS_SUMMARY_H

#include "../model/sink.h"
#include "attach.h"

/* One sample is what the phase took in one attach. Only complete attaches count. */
struct vs_phase_stat {
	const char *name; /* a phase's id; "total", "vmm", "unaccounted" */
	enum vs_phase phase, parent; /* NONE for the last three */
	bool later; /* after the device was usable */
	char driver[VS_DRIVER_LEN];
	uint64_t count; /* attaches that had it */
	uint64_t p50_ns, p90_ns, p99_ns; /* within VS_HISTOGRAM_ERROR */
	uint64_t max_ns, total_ns;
	double share; /* of the total of all attaches of that driver; 0 if later */
};

struct vs_profile {
	/* Each attach counts in one of these; in the last one whatever else it was. */
	uint64_t attaches; /* that were usable */
	uint64_t failed, going_on, incomplete;
	uint64_t total_ns, kernel_ns; /* of the complete, usable ones */
	/* By driver, then in the order in which an attach goes through phases. */
	const struct vs_phase_stat *stat;
	size_t stat_count;
	/* The slowest ones, slowest first; those that go on count with their time so far. */
	const struct vs_attach *const *top;
	size_t top_count;
};

/**
 * vs_summary_sink - tells @next of the profile when the stream ends, and passes on the rest
 * @top: how many of the slowest attaches are kept
 * @next: owned from now on, also on failure; NULL is a failure
 *
 * Return: NULL if there is no memory.
 */
struct vs_sink *vs_summary_sink(size_t top, struct vs_sink *next);

/* 0, or -ENOMEM: something is missing from what it told. */
int vs_summary_error(const struct vs_sink *summary_sink);

#endif
