/* SPDX-License-Identifier: GPL-2.0-only */
/* Attaches put together by hand. */
#ifndef VS_TOY_PHASES_H
#define VS_TOY_PHASES_H

#include "events.h"
#include "../../user/core/profile/attach.h"

/* A complete attach of vfio-pci that took @total_ns, all of it the VMM's own. */
static inline void toy_attach(struct vs_attach *a, uint32_t id, uint64_t total_ns)
{
	memset(a, 0, sizeof(*a));
	a->id = id;
	SET_STRING(a->device, "0000:3b:00.0");
	SET_STRING(a->driver, "vfio-pci");
	a->group = 12;
	a->pid = a->tid = 100;
	SET_STRING(a->comm, "vmm");
	a->state = VS_ATTACH_USABLE;
	a->complete = true;
	a->begin_ns = 5 * SEC;
	a->end_ns = a->begin_ns + total_ns;
	a->total_ns = a->vmm_ns = total_ns;
}

static inline struct vs_attach_phase *toy_entry(struct vs_attach_phase *p, enum vs_phase phase,
						enum vs_phase parent, uint64_t ns)
{
	memset(p, 0, sizeof(*p));
	p->phase = phase;
	p->parent = parent;
	p->root = parent ? parent : phase;
	p->count = 1;
	p->total_ns = p->self_ns = p->max_ns = ns;
	return p;
}

/* A phase of it, by its nature a call or a part; one that a call takes from the VMM's time. */
static inline struct vs_attach_phase *toy_phase(struct vs_attach *a, enum vs_phase phase,
						enum vs_phase parent, uint64_t ns)
{
	assert_true(a->phase_count < VS_ATTACH_PHASES);
	if (!parent)
		a->vmm_ns -= ns;
	return toy_entry(&a->phase[a->phase_count++], phase, parent, ns);
}

static inline struct vs_attach_phase *toy_later(struct vs_attach *a, enum vs_phase phase,
						enum vs_phase parent, uint64_t ns)
{
	assert_true(a->later_count < VS_ATTACH_PHASES);
	return toy_entry(&a->later[a->later_count++], phase, parent, ns);
}

/* So much of a phase was waiting for locks. */
static inline struct vs_attach_phase *toy_waited(struct vs_attach_phase *p, uint64_t ns)
{
	p->self_ns -= ns;
	p->lock_ns += ns;
	return p;
}

#endif
