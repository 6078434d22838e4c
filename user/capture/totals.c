// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>
#include <string.h>

#include "../../bpf/counts.h"
#include "clock.h"
#include "totals.h"

static void make_record(const struct vs_attached *at, union vs_record *rec, enum vs_kind kind,
			const struct vs_counted *by)
{
	struct ev_hdr *h = &rec->h;

	vs_record_init(rec, kind, vs_now());
	h->lost = at->skel->bss->lost_total;
	h->pid = h->tid = by->pid;
	h->flags = by->flags;
	memcpy(h->comm, by->comm, sizeof(h->comm));
}

static int tell_dma(const struct vs_attached *at, vs_record_fn fn, void *ctx)
{
	struct bpf_map *map = at->skel->maps.dma;
	uint64_t key, *prev = NULL;
	int err = 0;

	while (!err && !bpf_map__get_next_key(map, prev, &key, sizeof(key))) {
		struct vs_dma_count count;
		struct ev_dma_totals *t;
		union vs_record rec;

		prev = &key;
		if (bpf_map__lookup_elem(map, &key, sizeof(key), &count, sizeof(count), 0))
			continue;
		make_record(at, &rec, VS_DMA_TOTALS, &count.by);
		t = &rec.ev.dma_totals;
		t->container = key;
		memcpy(&t->maps, &count.s, sizeof(count.s));
		err = fn(ctx, &rec);
	}
	return err;
}

static int tell_ioas(const struct vs_attached *at, vs_record_fn fn, void *ctx)
{
	struct bpf_map *map = at->skel->maps.ioas;
	uint64_t key, *prev = NULL;
	int err = 0;

	while (!err && !bpf_map__get_next_key(map, prev, &key, sizeof(key))) {
		struct vs_ioas_count count;
		struct ev_ioas_totals *t;
		union vs_record rec;

		prev = &key;
		if (bpf_map__lookup_elem(map, &key, sizeof(key), &count, sizeof(count), 0))
			continue;
		make_record(at, &rec, VS_IOAS_TOTALS, &count.by);
		t = &rec.ev.ioas_totals;
		t->iommufd = key;
		memcpy(&t->maps, count.call, sizeof(count.call));
		err = fn(ctx, &rec);
	}
	return err;
}

_Static_assert(sizeof(struct ev_dma_totals) - offsetof(struct ev_dma_totals, maps) ==
			       sizeof(struct vs_dma_stats) &&
		       sizeof(struct ev_ioas_totals) - offsetof(struct ev_ioas_totals, maps) ==
			       sizeof(((struct vs_ioas_count *)0)->call),
	       "the totals are what was counted");

int vs_totals_tell(const struct vs_attached *at, vs_record_fn fn, void *ctx)
{
	int err = tell_dma(at, fn, ctx);

	return err ? err : tell_ioas(at, fn, ctx);
}
