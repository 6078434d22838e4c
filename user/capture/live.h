/* SPDX-License-Identifier: GPL-2.0-only */
/* The running kernel as a source of events. */
#ifndef VS_LIVE_H
#define VS_LIVE_H

#include "../core/event/decode.h"
#include "host.h"

struct vs_live;

struct vs_live_config {
	bool follow; /* be able to mark what a program and its children do */
	uint32_t buffer; /* bytes of the ring buffer, a power of two of pages; 0: 1 MiB */
};

/**
 * vs_live_open - load and attach the probes of a plan, disarmed
 * @live: set on success; released with vs_live_close()
 * @host: facts; a refused attach is noted there and the plan made anew
 * @policy: what to attach
 * @plan: in: the plan; out: the plan that was carried out
 *
 * Nothing stays attached on failure.
 * Return: 0; -EOPNOTSUPP if a required site can not be attached (see the
 * plan); else the negative errno of loading or attaching.
 */
int vs_live_open(struct vs_live **live, struct vs_host *host, const struct vs_policy *policy,
		 struct vs_plan *plan, const struct vs_live_config *config);

/**
 * vs_live_replace - attach anew, as modules have come
 * @host: facts of now; @policy, @plan: as vs_live_open()
 *
 * The stream goes on, armed or not as it was. Between the old probes and the new
 * ones something may be missed: the caller lets the model know, and looks again.
 * Return: as vs_live_open(); on failure all is as it was before.
 */
int vs_live_replace(struct vs_live *live, struct vs_host *host, const struct vs_policy *policy,
		    struct vs_plan *plan);

/* Detach everything. NULL is fine. */
void vs_live_close(struct vs_live *live);

/*
 * Between on and off, follow every process this one forks, and from then on
 * their children.
 */
int vs_live_follow_forks(struct vs_live *live, bool on);

/* Record from now on, or no more; all probes at one instant. */
void vs_live_arm(struct vs_live *live, bool on);

/* Readable when events pile up; others wait until they are come for, now and then. */
int vs_live_fd(const struct vs_live *live);

/* Return: 0, or negative errno, which ends vs_live_drain(). */
typedef int (*vs_event_fn)(void *ctx, const union vs_event *ev);

/**
 * vs_live_drain - hand over all events recorded so far
 *
 * Also those made in user space: the names of VMs and devices.
 * Return: 0, or the first error of @fn or of the ring buffer.
 */
int vs_live_drain(struct vs_live *live, vs_event_fn fn, void *ctx);

/**
 * vs_live_look - hand over what is open already
 *
 * Goes through the files of all processes, once, or again if something changed
 * under its eyes. What is found comes as VS_FOUND_* events in between those of
 * the probes, which should be armed before; VS_LOOK_DONE is the last. For a
 * plan that has the site "snapshot".
 * Return: 0, or as vs_live_drain().
 */
int vs_live_look(struct vs_live *live, vs_event_fn fn, void *ctx);

/* After disarming: DMA counts of containers that live on, as events. */
int vs_live_flush(struct vs_live *live, vs_event_fn fn, void *ctx);

/* Records lost so far, as an event made now would count them. */
uint32_t vs_live_lost_now(const struct vs_live *live);

/* The same by cause; returns all, and probes not run. */
uint32_t vs_live_lost(const struct vs_live *live, uint64_t by_cause[VS_LOSS_COUNT]);

const char *vs_loss_name(enum vs_loss loss);

/* ns since boot: the clock of all events. */
uint64_t vs_now(void);

/* libbpf's own words on stderr from now on: 0 none, 1 no debugging, 2 all. */
void vs_live_verbose(int level);

#endif
