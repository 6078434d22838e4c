// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include <bpf/libbpf.h>

#include "phases.h"

/* Shorter calls are no news. */
#define LONG_NS 1000000000ULL

static void fill_holder(struct ev_in_call *c, const struct vs_waiting *w, uint64_t now)
{
	if (!w->start)
		return;
	c->lock_id = w->lock_id;
	c->lock_ns = now - w->start;
	c->holder_tid = w->tid;
	c->holder_pid = w->pid;
	c->holder_phase = w->phase;
	memcpy(c->holder_comm, w->comm, sizeof(c->holder_comm));
	memcpy(c->holder_device, w->device, sizeof(c->holder_device));
	c->holder_comm[sizeof(c->holder_comm) - 1] = '\0';
	c->holder_device[sizeof(c->holder_device) - 1] = '\0';
}

static void fill_call(struct ev_in_call *c, const struct vs_doing *d, uint32_t tid, uint64_t now)
{
	const struct vs_level *outer = &d->level[0], *inner = &d->level[d->depth - 1];

	c->h.pid = d->pid;
	c->h.tid = tid;
	c->h.flags = d->caller_flags | d->flags;
	memcpy(c->h.comm, d->comm, sizeof(c->h.comm));
	c->h.dur = now - outer->start;
	c->group = d->group;
	c->container = d->container;
	c->dev = d->dev;
	c->phase = outer->phase;
	c->part = inner->phase;
	c->part_ns = now - inner->start;
	c->iommu_group = d->iommu_group;
	memcpy(c->name, d->name, sizeof(c->name));
	c->name[sizeof(c->name) - 1] = '\0';
	fill_holder(c, &d->wait, now);
}

/* It was read while it may have changed: what cannot be is not told. */
static bool plausible(const struct vs_doing *d, uint64_t now)
{
	return d->depth && d->depth <= VS_LEVELS && d->level[0].start && d->level[0].start <= now &&
	       d->level[d->depth - 1].start <= now && d->wait.start <= now;
}

int vs_phases_tell_calls(const struct vs_attached *at, uint64_t now, bool at_end, vs_record_fn fn,
			 void *ctx)
{
	struct bpf_map *map = at->skel->maps.doing;
	uint32_t tid, *prev = NULL;
	int err = 0;

	if (!at->skel->bss->doing_now)
		return 0;
	while (!err && !bpf_map__get_next_key(map, prev, &tid, sizeof(tid))) {
		struct vs_doing d;
		union vs_record rec;

		prev = &tid;
		if (bpf_map__lookup_elem(map, &tid, sizeof(tid), &d, sizeof(d), 0) ||
		    !plausible(&d, now) || (!at_end && now - d.level[0].start < LONG_NS))
			continue;
		vs_record_init(&rec, VS_IN_CALL, now);
		fill_call(&rec.ev.in_call, &d, tid, now);
		rec.h.lost = at->skel->bss->lost_total;
		rec.h.flags |= at_end ? VS_F_AT_END : 0;
		err = fn(ctx, &rec);
	}
	return err;
}

static int tell_sum(const struct vs_dma_sums *s, uint64_t container, enum vs_phase phase,
		    const struct vs_phase_sum *sum, union vs_record *rec, vs_record_fn fn,
		    void *ctx)
{
	struct ev_phase *p = &rec->ev.phase;

	if (!sum->count)
		return 0;
	p->h.dur = sum->ns;
	p->h.pid = p->h.tid = s->pid;
	p->h.flags = s->flags;
	memcpy(p->h.comm, s->comm, sizeof(p->h.comm));
	p->container = container;
	p->since = s->since;
	p->phase = phase;
	p->iommu_group = -1;
	p->count = sum->count;
	p->max_ns = sum->max_ns;
	p->max_bytes = sum->max_bytes;
	p->lock_ns = sum->lock_ns;
	p->pin_ns = sum->pin_ns;
	p->pins = sum->pins;
	p->pages = sum->pages;
	p->bytes = sum->bytes;
	p->failed = sum->failed;
	return fn(ctx, rec);
}

int vs_phases_tell_sums(const struct vs_attached *at, uint64_t now, vs_record_fn fn, void *ctx)
{
	static const enum vs_phase phases[VS_SUM_COUNT] = {
		[VS_SUM_MAP] = VS_PHASE_DMA_MAP,
		[VS_SUM_MAP_DEVICE] = VS_PHASE_DMA_MAP_DEVICE,
		[VS_SUM_UNMAP] = VS_PHASE_DMA_UNMAP,
		[VS_SUM_IOMMUFD_MAP] = VS_PHASE_IOMMUFD_MAP,
	};
	struct bpf_map *map = at->skel->maps.dma_sums;
	uint64_t container, *prev = NULL;
	int err = 0, i;

	while (!err && !bpf_map__get_next_key(map, prev, &container, sizeof(container))) {
		struct vs_dma_sums sums;

		prev = &container;
		if (bpf_map__lookup_elem(map, &container, sizeof(container), &sums, sizeof(sums),
					 0))
			continue;
		for (i = 0; !err && i < VS_SUM_COUNT; i++) {
			union vs_record rec;

			vs_record_init(&rec, VS_PHASE, now);
			rec.h.lost = at->skel->bss->lost_total;
			err = tell_sum(&sums, container, phases[i], &sums.sum[i], &rec, fn, ctx);
		}
	}
	return err;
}
