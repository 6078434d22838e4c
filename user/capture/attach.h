/* SPDX-License-Identifier: GPL-2.0-only */
/* Carries out a plan: loads, attaches and detaches programs. */
#ifndef VS_ATTACH_H
#define VS_ATTACH_H

#include "live.h"
#include "vs_bpf.skel.h"

struct vs_attached {
	struct vs_bpf *skel;
	struct bpf_link *look; /* among the links; NULL: not wanted */
	struct bpf_link *links[VS_PROGRAMS_MAX + 2]; /* and two that follow children */
	size_t link_count;
	bool loaded;
	bool can_miss; /* tracing programs are attached, and preemption makes them miss calls */
};

/**
 * vs_attach - load and attach the probes of a plan, disarmed
 * @a: set on success; release it with vs_detach()
 * @host, @policy, @plan, @config: as vs_live_open()
 * @from: probes that are attached and share all their maps with the new ones; or NULL
 *
 * Return: as vs_live_open(). Nothing stays attached on failure.
 */
int vs_attach(struct vs_attached *a, struct vs_host *host, const struct vs_policy *policy,
	      struct vs_plan *plan, const struct vs_live_config *config,
	      const struct vs_attached *from);

/* Accepts all zero, and leaves it so. */
void vs_detach(struct vs_attached *a);

#endif
