/* SPDX-License-Identifier: GPL-2.0-only */
/* Attaches made by hand, and views that write about them into memory. */
#ifndef VS_TOY_ATTACH_H
#define VS_TOY_ATTACH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>
#include "../../user/core/profile/summary.h"
#include "../../user/core/tally.h"
#include "../../user/view/view.h"

#define MS 1000000ULL
#define S (1000 * MS)
#define BEGIN (100 * S)

struct toy_view {
	struct vs_sink *sink;
	FILE *file;
	char *out; /* all that was written, once it is closed */
	size_t length;
};

static inline void toy_start(struct toy_view *v)
{
	struct vs_run run = { .start = { .h.ts = 50 * S, .realtime_ns = 1000000 * S } };

	VS_TELL(v->sink, start, &run);
}

static inline void toy_open(struct toy_view *v, const struct vs_view_config *as, bool json)
{
	struct vs_view_config config = *as;

	memset(v, 0, sizeof(*v));
	config.command = "profile";
	config.profile = true;
	config.file = v->file = open_memstream(&v->out, &v->length);
	assert_non_null(v->file);
	v->sink = json ? vs_view_json(&config) : vs_view_profile(&config);
	assert_non_null(v->sink);
	toy_start(v);
}

/* The caller's to free. */
static inline char *toy_close(struct toy_view *v)
{
	vs_sink_free(v->sink);
	assert_int_equal(fclose(v->file), 0);
	return v->out;
}

/* Added last: what it takes by itself. */
static inline struct vs_attach_phase *toy_phase(struct vs_attach *a, enum vs_phase phase,
						enum vs_phase parent, enum vs_phase root,
						uint64_t ns)
{
	struct vs_attach_phase *p = &a->phase[a->phase_count++];

	*p = (struct vs_attach_phase){
		.phase = phase,
		.parent = parent,
		.root = root,
		.count = 1,
		.total_ns = ns,
		.self_ns = ns,
		.max_ns = ns,
	};
	return p;
}

/* The same with its place in time, @at since the attach began. */
static inline struct vs_attach_phase *toy_run(struct vs_attach *a, enum vs_phase phase,
					      enum vs_phase parent, enum vs_phase root, uint64_t at,
					      uint64_t ns)
{
	a->span[a->span_count++] = (struct vs_span){
		.phase = phase, .parent = parent, .tid = 12, .begin_ns = BEGIN + at, .ns = ns
	};
	return toy_phase(a, phase, parent, root, ns);
}

#define CALL(name) VS_PHASE_##name, VS_PHASE_NONE, VS_PHASE_##name
#define PART(name, parent, root) VS_PHASE_##name, VS_PHASE_##parent, VS_PHASE_##root

static inline void toy_identity(struct vs_attach *a)
{
	*a = (struct vs_attach){
		.id = 1,
		.device = "0000:01:00.0",
		.driver = "vfio-pci",
		.group = 7,
		.path = VS_PATH_GROUP,
		.backend = VS_BACKEND_TYPE1,
		.vm = { .id = 1, .pid = 12, .comm = "qemu-system-x86", .name = "guest1" },
		.pid = 12,
		.tid = 12,
		.comm = "qemu-system-x86",
		.complete = true,
		.begin_ns = BEGIN,
	};
}

/* A wait of the last phase for another VM's reset, which was in the way. */
static inline void toy_wait(struct vs_attach *a, enum vs_lock lock, uint64_t at, uint64_t ns)
{
	struct vs_attach_phase *p = &a->phase[a->phase_count - 1];
	struct vs_lock_waited *w = &a->wait[a->wait_count++];

	p->lock_ns += ns;
	p->total_ns += ns;
	p->max_ns += ns;
	*w = (struct vs_lock_waited){
		.lock = lock,
		.phase = p->phase,
		.begin_ns = BEGIN + at,
		.wait_ns = ns,
		.holder = { { .tid = 44,
			      .pid = 44,
			      .comm = "qemu-system-x86",
			      .device = "0000:01:00.1",
			      .vm_id = 2,
			      .vm_name = "guest2",
			      .phase = VS_PHASE_RESET,
			      .ns = ns - ns / 20 } },
		.holder_count = 1,
	};
}

/*
 * A PCI device opened by its group, with 1 GiB mapped by calls that were added up: 1.20 s
 * in calls, 110 ms of them waiting; @vmm_ns between them.
 */
static inline void toy_attach(struct vs_attach *a, uint64_t vmm_ns)
{
	struct vs_attach_phase *p;

	toy_identity(a);
	toy_run(a, CALL(GROUP_OPEN), 0, 2 * MS);
	toy_run(a, CALL(CONTAINER_ATTACH), 3 * MS, 3 * MS);
	p = toy_run(a, CALL(SET_IOMMU), 8 * MS, 35 * MS);
	p->self_ns = 5 * MS;
	toy_run(a, PART(DOMAIN_ALLOC, SET_IOMMU, SET_IOMMU), 10 * MS, 10 * MS);
	toy_run(a, PART(IOMMU_ATTACH, SET_IOMMU, SET_IOMMU), 20 * MS, 20 * MS);
	p = toy_phase(a, CALL(DMA_MAP), 290 * MS);
	p->count = 3;
	p->self_ns = 0;
	p->bytes = 1ULL << 30;
	p->max_ns = 250 * MS;
	p->max_bytes = 768ULL << 20;
	toy_phase(a, PART(PIN, DMA_MAP, DMA_MAP), 240 * MS)->pages = 262144;
	toy_phase(a, PART(MAP, DMA_MAP, DMA_MAP), 50 * MS);
	toy_run(a, CALL(REGISTER), 400 * MS, 60 * MS);
	p = toy_run(a, CALL(DEVICE_OPEN), 470 * MS + vmm_ns / 2, 810 * MS);
	p->total_ns = 700 * MS;
	p->self_ns = 10 * MS;
	toy_wait(a, VS_LOCK_DEV_SET, 470 * MS + vmm_ns / 2, 110 * MS);
	toy_run(a, PART(USE_IOMMU, DEVICE_OPEN, DEVICE_OPEN), 581 * MS + vmm_ns / 2, 5 * MS);
	p = toy_run(a, PART(DRIVER_OPEN, DEVICE_OPEN, DEVICE_OPEN), 590 * MS + vmm_ns / 2,
		    685 * MS);
	p->self_ns = 15 * MS;
	toy_run(a, PART(POWER_UP, DRIVER_OPEN, DEVICE_OPEN), 592 * MS + vmm_ns / 2, 60 * MS);
	toy_run(a, PART(ENABLE, DRIVER_OPEN, DEVICE_OPEN), 655 * MS + vmm_ns / 2, 10 * MS);
	toy_run(a, PART(RESET, DRIVER_OPEN, DEVICE_OPEN), 667 * MS + vmm_ns / 2, 600 * MS);
	a->vmm_ns = vmm_ns;
	a->total_ns = 1200 * MS + vmm_ns;
	a->end_ns = a->begin_ns + a->total_ns;
}

/* Its later life: interrupts, and a close with a reset. */
static inline void toy_later(struct vs_attach *a)
{
	struct vs_attach b = { .phase_count = 0 };

	toy_phase(&b, CALL(IRQ_SETUP), 2100000)->count = 3;
	toy_phase(&b, CALL(DEVICE_CLOSE), 120 * MS)->self_ns = 20 * MS;
	toy_phase(&b, PART(RESET, DEVICE_CLOSE, DEVICE_CLOSE), 100 * MS);
	memcpy(a->later, b.phase, sizeof(a->later));
	a->later_count = b.phase_count;
	a->closed_ns = a->end_ns + 60 * S;
}

/* It is in a reset that does not return, or waits for one. */
static inline void toy_stuck(struct vs_attach *a, bool waits)
{
	toy_attach(a, 100 * MS);
	a->state = VS_ATTACH_GOING_ON;
	a->now = (struct vs_attach_now){
		.phase = VS_PHASE_DEVICE_OPEN,
		.part = waits ? VS_PHASE_DEVICE_OPEN : VS_PHASE_RESET,
		.call_ns = 12 * S,
		.part_ns = waits ? 12 * S : 11900 * MS,
	};
	if (!waits)
		return;
	a->now.lock = VS_LOCK_DEV_SET;
	a->now.lock_ns = 11900 * MS;
	a->now.holder = a->wait[0].holder[0];
}

static inline void toy_end(struct toy_view *v, const struct vs_tally *tally)
{
	static const struct vs_ledger none;
	const struct vs_ending ending = { .losses = &none, .tally = tally, .duration_ns = 9 * S };

	VS_TELL(v->sink, end, &ending);
}

#endif
