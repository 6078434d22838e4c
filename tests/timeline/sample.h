/* SPDX-License-Identifier: GPL-2.0-only */
/* Attaches as they might have been, and their timeline. */
#ifndef VS_TEST_TIMELINE_SAMPLE_H
#define VS_TEST_TIMELINE_SAMPLE_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../../user/core/profile/attach.h"
#include "../../user/view/view.h"

/* After 34 days of uptime, where binary fractions of a microsecond get coarse. */
#define SAMPLE_BEGIN 3000000000000123ULL
#define SAMPLE_US 1000ULL
#define SAMPLE_MS 1000000ULL

/* The end of the chain. */
static void sample_free(struct vs_sink *s)
{
	free(s);
}

static const struct vs_sink_ops sample_end_ops = { .free = sample_free };

static inline struct vs_sink *sample_sink(FILE *file)
{
	struct vs_sink *last = calloc(1, sizeof(*last));

	if (last)
		last->ops = &sample_end_ops;
	return vs_view_timeline(file, last);
}

/* @vm, @device: numbers; one device for each VM's thread 100 * vm. */
static inline void sample_attach(struct vs_attach *a, uint32_t id, uint32_t vm, unsigned int device,
				 uint64_t begin)
{
	memset(a, 0, sizeof(*a));
	a->id = id;
	snprintf(a->device, sizeof(a->device), "0000:0%u:00.0", device);
	snprintf(a->driver, sizeof(a->driver), "vfio-pci");
	a->group = (int)device;
	a->path = VS_PATH_GROUP;
	a->backend = VS_BACKEND_TYPE1;
	a->vm.id = vm;
	a->vm.pid = a->pid = a->tid = vm * 100;
	snprintf(a->vm.name, sizeof(a->vm.name), "guest%u", vm);
	snprintf(a->vm.comm, sizeof(a->vm.comm), "qemu-system-x86");
	snprintf(a->comm, sizeof(a->comm), "qemu-system-x86");
	a->complete = true;
	a->begin_ns = begin;
	a->end_ns = begin;
}

static inline struct vs_span *sample_span(struct vs_attach *a, enum vs_phase phase,
					  enum vs_phase parent, uint64_t begin, uint64_t end)
{
	struct vs_span *span = &a->span[a->span_count++];

	*span = (struct vs_span){
		.phase = phase,
		.parent = parent,
		.tid = a->tid,
		.begin_ns = begin,
		.ns = end - begin,
	};
	a->spans++;
	return span;
}

static inline struct vs_lock_waited *sample_wait(struct vs_attach *a, enum vs_phase phase,
						 uint64_t begin, uint64_t end)
{
	struct vs_lock_waited *w = &a->wait[a->wait_count++];

	*w = (struct vs_lock_waited){
		.lock = VS_LOCK_DEV_SET,
		.phase = phase,
		.begin_ns = begin,
		.wait_ns = end - begin,
	};
	a->waits++;
	return w;
}

/* Of vm @vm, which opened @device meanwhile. */
static inline struct vs_lock_holder *sample_holder(struct vs_lock_waited *w, uint32_t vm,
						   unsigned int device, enum vs_phase phase)
{
	struct vs_lock_holder *h = &w->holder[w->holder_count++];

	h->pid = h->tid = vm * 100;
	h->vm_id = vm;
	snprintf(h->comm, sizeof(h->comm), "qemu-system-x86");
	snprintf(h->device, sizeof(h->device), "0000:0%u:00.0", device);
	snprintf(h->vm_name, sizeof(h->vm_name), "guest%u", vm);
	h->phase = phase;
	h->ns = w->wait_ns;
	w->holders++;
	return h;
}

/* A device_open of @open_ns that begins at @at, most of it a reset; parts end with it. */
static inline void sample_open(struct vs_attach *a, uint64_t at, uint64_t wait_ns, uint64_t open_ns)
{
	uint64_t end = at + wait_ns + open_ns;

	sample_span(a, VS_PHASE_RESET, VS_PHASE_DRIVER_OPEN, at + wait_ns + 4001, end);
	sample_span(a, VS_PHASE_DRIVER_OPEN, VS_PHASE_DEVICE_OPEN, at + wait_ns + 777, end);
	sample_span(a, VS_PHASE_DEVICE_OPEN, VS_PHASE_NONE, at, end);
	a->end_ns = end;
	a->total_ns = end - a->begin_ns;
}

/* The calls before: a group, a container with memory mapped. */
static inline uint64_t sample_setup(struct vs_attach *a)
{
	uint64_t at = a->begin_ns;

	sample_span(a, VS_PHASE_GROUP_OPEN, VS_PHASE_NONE, at, at + 41001);
	sample_span(a, VS_PHASE_CONTAINER_ATTACH, VS_PHASE_NONE, at + 60002, at + 101003);
	sample_span(a, VS_PHASE_DOMAIN_ALLOC, VS_PHASE_SET_IOMMU, at + 120004, at + 210005);
	sample_span(a, VS_PHASE_IOMMU_ATTACH, VS_PHASE_SET_IOMMU, at + 210005, at + 900006);
	sample_span(a, VS_PHASE_SET_IOMMU, VS_PHASE_NONE, at + 120003, at + 900006);
	sample_span(a, VS_PHASE_DMA_MAP, VS_PHASE_NONE, at + 1000007, at + 9000008)->bytes =
		2147483648;
	a->phase[a->phase_count++] = (struct vs_attach_phase){
		.phase = VS_PHASE_DMA_MAP,
		.root = VS_PHASE_DMA_MAP,
		.count = 17,
		.total_ns = 8400000,
		.self_ns = 8400000,
		.bytes = 2181038080,
	};
	return at + 10 * SAMPLE_MS;
}

/* What a guest does with it: interrupts, by its own thread; the close. */
static inline void sample_use(struct vs_attach *a)
{
	uint64_t at = a->end_ns + 50 * SAMPLE_MS;

	sample_span(a, VS_PHASE_IRQ_SETUP, VS_PHASE_NONE, at, at + 150 * SAMPLE_US)->tid =
		a->tid + 7;
	sample_span(a, VS_PHASE_IRQ_SETUP, VS_PHASE_NONE, at + 100 * SAMPLE_US,
		    at + 300 * SAMPLE_US);
	a->closed_ns = at + 90 * SAMPLE_MS;
	sample_span(a, VS_PHASE_RESET, VS_PHASE_DEVICE_CLOSE, a->closed_ns - 8 * SAMPLE_MS,
		    a->closed_ns);
	sample_span(a, VS_PHASE_DEVICE_CLOSE, VS_PHASE_NONE, a->closed_ns - 9 * SAMPLE_MS,
		    a->closed_ns);
}

#define SAMPLE_VMS 3

/* Three VMs open devices of one dev_set at once: each waits for those before it. */
static inline void sample_convoy(struct vs_attach a[SAMPLE_VMS])
{
	const uint64_t open_ns = 100 * SAMPLE_MS + 17;
	uint32_t i, other;

	for (i = 0; i < SAMPLE_VMS; i++) {
		struct vs_lock_waited *w;
		uint64_t at;

		sample_attach(&a[i], i + 1, i + 1, i + 1, SAMPLE_BEGIN);
		at = sample_setup(&a[i]);
		sample_open(&a[i], at, i * open_ns, open_ns);
		if (!i)
			continue;
		w = sample_wait(&a[i], VS_PHASE_DEVICE_OPEN, at, at + i * open_ns);
		for (other = 0; other < i; other++)
			sample_holder(w, other + 1, other + 1, VS_PHASE_RESET);
	}
}

/* One that hangs in a call, of a process without a VM. */
static inline void sample_stuck(struct vs_attach *a)
{
	sample_attach(a, SAMPLE_VMS + 1, 9, 9, SAMPLE_BEGIN + 20 * SAMPLE_MS);
	memset(&a->vm, 0, sizeof(a->vm));
	snprintf(a->comm, sizeof(a->comm), "dpdk-testpmd");
	a->state = VS_ATTACH_GOING_ON;
	a->end_ns = a->begin_ns + 400 * SAMPLE_MS;
	a->total_ns = 400 * SAMPLE_MS;
	sample_span(a, VS_PHASE_GROUP_OPEN, VS_PHASE_NONE, a->begin_ns, a->begin_ns + 20000);
	a->now = (struct vs_attach_now){
		.phase = VS_PHASE_DEVICE_OPEN,
		.part = VS_PHASE_DEVICE_OPEN,
		.call_ns = 350 * SAMPLE_MS,
		.part_ns = 350 * SAMPLE_MS,
		.lock = VS_LOCK_DEV_SET,
		.lock_ns = 349 * SAMPLE_MS,
		.holder = { .tid = 300, .pid = 300, .vm_id = 3, .phase = VS_PHASE_RESET },
	};
}

/* The whole timeline; false if there is no memory. */
static inline bool sample_write(FILE *file)
{
	struct vs_attach *a = calloc(SAMPLE_VMS + 1, sizeof(*a));
	struct vs_sink *sink = sample_sink(file);
	const struct vs_ending ending = { 0 };
	bool written = a && sink;
	int i;

	if (written) {
		sample_convoy(a);
		sample_stuck(&a[SAMPLE_VMS]);
		for (i = 0; i < SAMPLE_VMS; i++)
			VS_TELL(sink, attach, &a[i]);
		for (i = 0; i < SAMPLE_VMS; i++) {
			sample_use(&a[i]);
			VS_TELL(sink, detach, &a[i]);
		}
		VS_TELL(sink, detach, &a[SAMPLE_VMS]);
		VS_TELL(sink, end, &ending);
	}
	vs_sink_free(sink);
	free(a);
	return written;
}

#endif
