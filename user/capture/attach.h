/* SPDX-License-Identifier: GPL-2.0-only */
/* Carries out a plan: loads, attaches and detaches programs. */
#ifndef VS_ATTACH_H
#define VS_ATTACH_H

#include "host.h"
#include "../../bpf/doing.h"
#include "vs_bpf.skel.h"

struct vs_attach_options {
	bool follow; /* be able to mark what a program and its children do */
	uint32_t buffer; /* bytes of the ring buffer, a power of two of pages; 0: 1 MiB */
};

struct vs_attached {
	struct vs_bpf *skel;
	/* Iterators over open files and over mappings, among the links; NULL: not wanted. */
	struct bpf_link *look, *look_mapped;
	struct bpf_link *links[VS_PROGRAMS_MAX + 2]; /* and two that follow children */
	size_t link_count;
	bool loaded;
	bool can_miss; /* tracing programs are attached, and preemption makes them miss calls */
};

/**
 * vs_attach - load and attach the probes of a plan, disarmed
 * @a: set on success; release it with vs_detach()
 * @host: facts; a refused attach is noted there and the plan made anew
 * @policy: what to attach
 * @plan: in: the plan; out: the plan that was carried out
 * @from: probes that are attached and share all their maps with the new ones; or NULL
 *
 * Nothing stays attached on failure.
 * Return: 0; -EOPNOTSUPP if a required site cannot be attached (see the plan); else
 * the negative errno of loading or attaching.
 */
int vs_attach(struct vs_attached *a, struct vs_host *host, const struct vs_policy *policy,
	      struct vs_plan *plan, const struct vs_attach_options *config,
	      const struct vs_attached *from);

/**
 * vs_look_ahead - on notifier kernels: have the probes note the device files there are
 *
 * They note what changes from then on, armed or not. Part of vs_attach() without @from;
 * else it comes after it, when the old probes are disarmed.
 * Return: 0, or a negative errno
 */
int vs_look_ahead(struct vs_attached *a);

/* Accepts all zero, and leaves it so. */
void vs_detach(struct vs_attached *a);

#endif
