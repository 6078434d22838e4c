/* SPDX-License-Identifier: GPL-2.0-only */
/* Carrying out a plan: the programs loaded, attached, and detached again. */
#ifndef VS_ATTACH_H
#define VS_ATTACH_H

#include "live.h"
#include "vs_bpf.skel.h"

struct vs_attached {
	struct vs_bpf *skel;
	struct bpf_link *look; /* among the links; NULL: not wanted */
	struct bpf_link *links[VS_SITE_COUNT * VS_PART_MAX * 2 + 2];
	size_t link_count;
	bool loaded;
	bool can_miss; /* tracing programs are attached where they can be preempted */
};

/**
 * vs_attach - load and attach the probes of a plan, disarmed
 * @a: set on success; released with vs_detach()
 * @host, @policy, @plan, @config: as vs_live_open()
 * @from: what is attached already, to share all maps with; or NULL
 *
 * Return: as vs_live_open(). Nothing stays attached on failure.
 */
int vs_attach(struct vs_attached *a, struct vs_host *host, const struct vs_policy *policy,
	      struct vs_plan *plan, const struct vs_live_config *config,
	      const struct vs_attached *from);

/* All zero is fine, and is what it becomes. */
void vs_detach(struct vs_attached *a);

#endif
