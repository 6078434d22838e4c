// SPDX-License-Identifier: GPL-2.0-only
#include "toy_calls.h"

#define VMM 100
#define MANAGER 200
#define FILE_7 0x7000
#define IOMMUFD 0x1fd

static const struct vs_attach *only_attach(const struct bench *b)
{
	assert_int_equal(b->heard.attaches, 1);
	assert_sums(&b->heard.attach[0]);
	return &b->heard.attach[0];
}

static const struct vs_attach *only_detach(const struct bench *b)
{
	assert_int_equal(b->heard.detaches, 1);
	assert_sums(&b->heard.detach[0]);
	return &b->heard.detach[0];
}

static const struct vs_attach *last_stuck(const struct bench *b)
{
	assert_true(b->heard.stucks > 0);
	assert_sums(&b->heard.stuck[b->heard.stucks - 1]);
	return &b->heard.stuck[b->heard.stucks - 1];
}

static void by_group(void **state)
{
	struct bench *b = *state;
	const struct vs_attach *a;

	open_by_group(b, VMM, 7, 1000);
	a = only_attach(b);
	assert_int_equal(a->id, 1);
	assert_string_equal(a->device, "0000:00:07.0");
	assert_string_equal(a->driver, "vfio-pci");
	assert_string_equal(a->comm, "vmm");
	assert_int_equal(a->group, 7);
	assert_int_equal(a->path, VS_PATH_GROUP);
	assert_int_equal(a->backend, VS_BACKEND_TYPE1);
	assert_int_equal(a->pid, VMM);
	assert_int_equal(a->state, VS_ATTACH_USABLE);
	assert_true(a->complete);
	assert_int_equal(a->begin_ns, 1000 * MS);
	assert_int_equal(a->end_ns, 1150 * MS);
	assert_int_equal(a->vmm_ns, 50 * MS);
	assert_int_equal(a->unaccounted_ns, 0);
	assert_int_equal(ENTRY(a, DEVICE_OPEN, NONE)->total_ns, 60 * MS);
	assert_int_equal(ENTRY(a, DEVICE_OPEN, NONE)->self_ns, 20 * MS);
	assert_int_equal(ENTRY(a, DRIVER_OPEN, DEVICE_OPEN)->self_ns, 10 * MS);
	assert_int_equal(ENTRY(a, RESET, DRIVER_OPEN)->total_ns, 30 * MS);
	assert_int_equal(b->heard.detaches, 0);
}

static void in_the_order_of_calls(void **state)
{
	static const enum vs_phase order[] = {
		VS_PHASE_GROUP_OPEN,  VS_PHASE_CONTAINER_ATTACH, VS_PHASE_SET_IOMMU,
		VS_PHASE_DEVICE_OPEN, VS_PHASE_DRIVER_OPEN,	 VS_PHASE_RESET,
	};
	struct bench *b = *state;
	const struct vs_attach *a;
	size_t i;

	open_by_group(b, VMM, 7, 1000);
	a = only_attach(b);
	assert_int_equal(a->phase_count, ARRAY_SIZE(order));
	for (i = 0; i < ARRAY_SIZE(order); i++)
		assert_int_equal(a->phase[i].phase, order[i]);
	/* Spans in the order of their ends. */
	assert_int_equal(a->spans, ARRAY_SIZE(order));
	for (i = 1; i < a->span_count; i++)
		assert_true(a->span[i - 1].begin_ns + a->span[i - 1].ns <=
			    a->span[i].begin_ns + a->span[i].ns);
}

static void close_and_unpin(void **state)
{
	struct bench *b = *state;
	const struct vs_attach *a;

	open_by_group(b, VMM, 7, 1000);
	feed(b, on_device(CALL(IRQ_SETUP, VMM, 1200, 1210), 7));
	close_device(b, VMM, 7, 2000);
	assert_int_equal(b->heard.detaches, 0);
	feed(b, with_ret(on_group(CALL(UNPIN, VMM, 2020, 2070), 7), 0));
	a = only_detach(b);
	assert_int_equal(a->closed_ns, 2009 * MS);
	assert_int_equal(LATER(a, IRQ_SETUP, NONE)->total_ns, 10 * MS);
	assert_int_equal(LATER(a, DEVICE_CLOSE, NONE)->total_ns, 10 * MS);
	assert_int_equal(LATER(a, UNPIN, NONE)->total_ns, 50 * MS);
	finish(b);
	assert_int_equal(b->heard.detaches, 1);
}

static void unpin_by_container(void **state)
{
	struct bench *b = *state;

	open_by_group(b, VMM, 7, 1000);
	close_device(b, VMM, 7, 2000);
	feed(b, on_container(CALL(UNPIN, VMM, 2020, 2070), 70));
	assert_int_equal(LATER(only_detach(b), UNPIN, NONE)->count, 1);
}

static void closed_for_a_while(void **state)
{
	struct bench *b = *state;
	union vs_event ev = make_event(VS_VM_CREATE, 5008 * MS, MANAGER);

	open_by_group(b, VMM, 7, 1000);
	close_device(b, VMM, 7, 2000);
	feed(b, ev);
	assert_int_equal(b->heard.detaches, 0);
	ev.h.ts += MS;
	feed(b, ev);
	assert_int_equal(b->heard.detaches, 1);
}

static void closed_and_used_again(void **state)
{
	struct bench *b = *state;

	open_by_group(b, VMM, 7, 1000);
	close_device(b, VMM, 7, 2000);
	open_by_group(b, MANAGER, 7, 2100);
	assert_int_equal(b->heard.detaches, 1);
	assert_int_equal(b->heard.detach[0].id, 1);
	assert_int_equal(b->heard.attaches, 2);
	assert_int_equal(b->heard.attach[1].id, 2);
	assert_int_equal(b->heard.attach[1].begin_ns, 2100 * MS);
}

static void detached_at_the_end(void **state)
{
	struct bench *b = *state;

	open_by_group(b, VMM, 7, 1000);
	finish(b);
	assert_int_equal(only_detach(b)->state, VS_ATTACH_USABLE);
	assert_int_equal(only_detach(b)->closed_ns, 0);
}

/* A process that only opens a group is no attach. */
static void group_alone(void **state)
{
	struct bench *b = *state;

	feed(b, on_group(CALL(GROUP_OPEN, VMM, 0, 10), 7));
	finish(b);
	assert_int_equal(b->heard.attaches + b->heard.detaches, 0);
}

static void calls_of_another_process(void **state)
{
	struct bench *b = *state;
	const struct vs_attach *a;

	feed(b, on_group(CALL(GROUP_OPEN, MANAGER, 100, 900), 7));
	feed(b, on_container(on_group(CALL(CONTAINER_ATTACH, MANAGER, 910, 920), 7), 70));
	feed(b, on_container(on_device(on_group(CALL(DEVICE_OPEN, VMM, 1000, 1050), 7), 7), 70));
	a = only_attach(b);
	assert_int_equal(a->pid, VMM);
	assert_int_equal(a->begin_ns, 1000 * MS);
	assert_int_equal(a->phase_count, 1);
}

/* A second device in the same container: nothing counts twice. */
static void second_device(void **state)
{
	struct bench *b = *state;
	const struct vs_attach *a;

	open_by_group(b, VMM, 7, 1000);
	feed(b, on_group(CALL(GROUP_OPEN, VMM, 2000, 2010), 8));
	feed(b, on_container(on_group(CALL(CONTAINER_ATTACH, VMM, 2010, 2020), 8), 70));
	feed(b, on_container(on_device(on_group(CALL(DEVICE_OPEN, VMM, 2030, 2040), 8), 8), 70));
	assert_int_equal(b->heard.attaches, 2);
	a = &b->heard.attach[1];
	assert_sums(a);
	assert_int_equal(a->begin_ns, 2000 * MS);
	assert_null(ENTRY(a, SET_IOMMU, NONE));
	assert_non_null(ENTRY(a, CONTAINER_ATTACH, NONE));
	/* What the container does next is the last one's. */
	feed(b, on_container(CALL(DMA_MAP, VMM, 3000, 3010), 70));
	finish(b);
	assert_null(LATER(&b->heard.detach[0], DMA_MAP, NONE));
	assert_non_null(LATER(&b->heard.detach[1], DMA_MAP, NONE));
}

static void second_device_of_a_group(void **state)
{
	struct bench *b = *state;

	open_by_group(b, VMM, 7, 1000);
	feed(b, on_device(on_group(CALL(DEVICE_OPEN, VMM, 2000, 2040), 7), 9));
	assert_int_equal(b->heard.attaches, 2);
	assert_int_equal(b->heard.attach[1].total_ns, 40 * MS);
	/* Its container is known all the same. */
	feed(b, on_container(CALL(DMA_MAP, VMM, 3000, 3010), 70));
	finish(b);
	assert_int_equal(b->heard.detach[1].id, 2);
	assert_non_null(LATER(&b->heard.detach[1], DMA_MAP, NONE));
}

/* Two groups in one container, both prepared before any device is opened. */
static void groups_share_a_container(void **state)
{
	struct bench *b = *state;
	uint64_t g;

	for (g = 7; g <= 8; g++) {
		feed(b, on_group(CALL(GROUP_OPEN, VMM, 10 * g, 10 * g + 2), g));
		feed(b,
		     on_container(on_group(CALL(CONTAINER_ATTACH, VMM, 10 * g + 3, 10 * g + 4), g),
				  70));
	}
	feed(b, on_container(CALL(SET_IOMMU, VMM, 100, 150), 70));
	for (g = 7; g <= 8; g++)
		feed(b, on_device(on_group(CALL(DEVICE_OPEN, VMM, 20 * g, 20 * g + 10), g), g));
	assert_int_equal(b->heard.attaches, 2);
	assert_non_null(ENTRY(&b->heard.attach[0], SET_IOMMU, NONE));
	assert_int_equal(ENTRY(&b->heard.attach[0], GROUP_OPEN, NONE)->count, 1);
	assert_null(ENTRY(&b->heard.attach[1], SET_IOMMU, NONE));
	assert_int_equal(ENTRY(&b->heard.attach[1], GROUP_OPEN, NONE)->count, 1);
}

static void opened_again_by_the_same(void **state)
{
	struct bench *b = *state;

	open_by_group(b, VMM, 7, 1000);
	feed(b, on_device(on_group(CALL(DEVICE_OPEN, VMM, 2000, 2040), 7), 7));
	finish(b);
	assert_int_equal(b->heard.attaches, 1);
	assert_int_equal(LATER(only_detach(b), DEVICE_OPEN, NONE)->total_ns, 40 * MS);
}

static void opened_by_another_meanwhile(void **state)
{
	struct bench *b = *state;

	open_by_group(b, VMM, 7, 1000);
	feed(b, on_device(on_group(CALL(DEVICE_OPEN, MANAGER, 2000, 2040), 7), 7));
	assert_int_equal(b->heard.attaches, 2);
	feed_dev(b, VS_DEV_CLOSE, MANAGER, 7, 1, 3000, 0);
	feed(b, on_device(CALL(DEVICE_CLOSE, MANAGER, 2999, 3001), 7));
	close_device(b, VMM, 7, 4000);
	finish(b);
	assert_int_equal(b->heard.detaches, 2);
	assert_int_equal(LATER(&b->heard.detach[0], DEVICE_CLOSE, NONE)->total_ns, 10 * MS);
	assert_int_equal(LATER(&b->heard.detach[1], DEVICE_CLOSE, NONE)->total_ns, 2 * MS);
}

static void close_was_lost(void **state)
{
	struct bench *b = *state;

	open_by_group(b, VMM, 7, 1000);
	open_by_group(b, VMM, 7, 2000);
	assert_int_equal(b->heard.attaches, 2);
	assert_int_equal(b->heard.detaches, 1);
}

static void failed_then_opened(void **state)
{
	struct bench *b = *state;
	const struct vs_attach *a;

	feed(b, on_group(CALL(GROUP_OPEN, VMM, 1000, 1010), 7));
	feed(b, with_ret(on_device(on_group(CALL(DEVICE_OPEN, VMM, 1020, 1030), 7), 7), -16));
	assert_int_equal(b->heard.attaches, 0);
	feed(b, on_device(on_group(CALL(DEVICE_OPEN, VMM, 1050, 1060), 7), 7));
	a = only_attach(b);
	assert_int_equal(a->state, VS_ATTACH_USABLE);
	assert_int_equal(a->error, 0);
	assert_int_equal(a->begin_ns, 1000 * MS);
	assert_int_equal(ENTRY(a, DEVICE_OPEN, NONE)->count, 2);
	assert_int_equal(ENTRY(a, DEVICE_OPEN, NONE)->failed, 1);
}

static void assert_failed(const struct bench *b, int error)
{
	assert_int_equal(only_attach(b)->state, VS_ATTACH_FAILED);
	assert_int_equal(only_attach(b)->error, error);
	assert_int_equal(only_detach(b)->id, only_attach(b)->id);
}

static void failed_at_the_end(void **state)
{
	struct bench *b = *state;

	feed(b, on_group(CALL(GROUP_OPEN, VMM, 1000, 1010), 7));
	feed(b, with_ret(on_device(on_group(CALL(DEVICE_OPEN, VMM, 1020, 1030), 7), 7), -16));
	finish(b);
	assert_failed(b, -16);
	assert_int_equal(only_attach(b)->total_ns, 30 * MS);
	assert_string_equal(only_attach(b)->device, "0000:00:07.0");
}

static void failed_and_released(void **state)
{
	struct bench *b = *state;

	feed(b, on_group(CALL(GROUP_OPEN, VMM, 1000, 1010), 7));
	feed(b, with_ret(on_device(on_group(CALL(DEVICE_OPEN, VMM, 1020, 1030), 7), 7), -16));
	feed(b, on_group(CALL(UNPIN, VMM, 1040, 1050), 7));
	assert_failed(b, -16);
	finish(b);
	assert_int_equal(b->heard.detaches, 1);
}

static void failed_and_another_tried(void **state)
{
	struct bench *b = *state;

	feed(b, on_group(CALL(GROUP_OPEN, VMM, 1000, 1010), 7));
	feed(b, with_ret(on_device(on_group(CALL(DEVICE_OPEN, VMM, 1020, 1030), 7), 7), -16));
	feed(b, on_group(CALL(GROUP_OPEN, MANAGER, 1100, 1110), 8));
	assert_int_equal(b->heard.attaches, 0);
	feed(b, on_group(CALL(GROUP_OPEN, VMM, 1100, 1110), 8));
	assert_failed(b, -16);
}

static union vs_event group_open_in_vain(uint64_t ms)
{
	union vs_event ev = with_ret(CALL(GROUP_OPEN, VMM, ms, ms + 10), -16);

	ev.phase.iommu_group = 7;
	return ev;
}

static void group_open_failed(void **state)
{
	struct bench *b = *state;

	feed(b, group_open_in_vain(1000));
	finish(b);
	assert_failed(b, -16);
	assert_int_equal(only_attach(b)->group, 7);
	assert_string_equal(only_attach(b)->device, "");
}

static void group_open_failed_at_first(void **state)
{
	struct bench *b = *state;

	feed(b, group_open_in_vain(900));
	open_by_group(b, VMM, 7, 1000);
	assert_int_equal(only_attach(b)->begin_ns, 900 * MS);
	assert_int_equal(ENTRY(only_attach(b), GROUP_OPEN, NONE)->count, 2);
	finish(b);
	assert_int_equal(b->heard.detaches, 1);
}

static void group_open_failed_then_no_device(void **state)
{
	struct bench *b = *state;

	feed(b, group_open_in_vain(900));
	feed(b, on_group(CALL(GROUP_OPEN, VMM, 1000, 1010), 7));
	finish(b);
	assert_int_equal(b->heard.detaches, 0);
}

/* Device cdevs */

static union vs_event cdev_call(enum vs_phase phase, uint64_t begin, uint64_t end)
{
	union vs_event ev = phase_of(phase, VS_PHASE_NONE, VMM, begin, end);

	ev = on_file(on_device(ev, 7), FILE_7);
	return phase == VS_PHASE_CDEV_OPEN ? ev : on_container(ev, IOMMUFD);
}

static void bind_device(struct bench *b)
{
	feed(b, cdev_call(VS_PHASE_CDEV_OPEN, 1000, 1010));
	feed_dev(b, VS_DEV_OPEN, VMM, 7, 1, 1040, VS_F_CDEV);
	feed(b, cdev_call(VS_PHASE_DEVICE_OPEN, 1020, 1050));
	assert_int_equal(b->heard.attaches, 0);
}

static void by_cdev(void **state)
{
	struct bench *b = *state;
	const struct vs_attach *a;

	bind_device(b);
	feed(b, cdev_call(VS_PHASE_IOMMUFD_ATTACH, 1060, 1080));
	a = only_attach(b);
	assert_int_equal(a->path, VS_PATH_CDEV);
	assert_int_equal(a->backend, VS_BACKEND_IOMMUFD);
	assert_int_equal(a->begin_ns, 1000 * MS);
	assert_int_equal(a->end_ns, 1080 * MS);
	assert_int_equal(a->vmm_ns, 20 * MS);
	feed(b, on_container(CALL(IOMMUFD_MAP, VMM, 1090, 1100), IOMMUFD));
	feed(b, cdev_call(VS_PHASE_IOMMUFD_ATTACH, 1200, 1280));
	finish(b);
	a = only_detach(b);
	assert_non_null(LATER(a, IOMMUFD_MAP, NONE));
	assert_int_equal(LATER(a, IOMMUFD_ATTACH, NONE)->total_ns, 80 * MS);
}

static void maps_before_the_ioas(void **state)
{
	struct bench *b = *state;

	feed(b, on_container(CALL(IOMMUFD_MAP, VMM, 900, 910), IOMMUFD));
	bind_device(b);
	feed(b, on_container(CALL(IOMMUFD_MAP, VMM, 1051, 1058), IOMMUFD));
	feed(b, cdev_call(VS_PHASE_IOMMUFD_ATTACH, 1060, 1080));
	assert_int_equal(ENTRY(only_attach(b), IOMMUFD_MAP, NONE)->total_ns, 17 * MS);
	assert_int_equal(only_attach(b)->begin_ns, 900 * MS);
}

static void bound_and_used(void **state)
{
	struct bench *b = *state;

	bind_device(b);
	feed(b, on_container(CALL(IOMMUFD_MAP, VMM, 1051, 1058), IOMMUFD));
	feed(b, on_device(CALL(IRQ_SETUP, VMM, 1100, 1110), 7));
	assert_int_equal(only_attach(b)->state, VS_ATTACH_USABLE);
	assert_int_equal(only_attach(b)->end_ns, 1050 * MS);
	finish(b);
	assert_null(ENTRY(only_detach(b), IOMMUFD_MAP, NONE));
	assert_non_null(LATER(only_detach(b), IOMMUFD_MAP, NONE));
	assert_non_null(LATER(only_detach(b), IRQ_SETUP, NONE));
}

static void bound_at_the_end(void **state)
{
	struct bench *b = *state;

	bind_device(b);
	finish(b);
	assert_int_equal(only_attach(b)->state, VS_ATTACH_USABLE);
	assert_int_equal(only_detach(b)->end_ns, 1050 * MS);
}

static void ioas_failed(void **state)
{
	struct bench *b = *state;

	bind_device(b);
	feed(b, with_ret(cdev_call(VS_PHASE_IOMMUFD_ATTACH, 1060, 1080), -22));
	assert_int_equal(b->heard.attaches, 0);
	feed_dev(b, VS_DEV_CLOSE, VMM, 7, 0, 1100, VS_F_CDEV);
	feed(b, on_device(CALL(DEVICE_CLOSE, VMM, 1090, 1101), 7));
	finish(b);
	assert_failed(b, -22);
	assert_int_equal(only_attach(b)->end_ns, 1080 * MS);
	assert_non_null(LATER(only_detach(b), DEVICE_CLOSE, NONE));
}

static void bind_failed_by_another_file(void **state)
{
	struct bench *b = *state;
	union vs_event ev;

	feed(b, cdev_call(VS_PHASE_CDEV_OPEN, 900, 910));
	feed(b, with_ret(cdev_call(VS_PHASE_DEVICE_OPEN, 920, 930), -16));
	ev = cdev_call(VS_PHASE_CDEV_OPEN, 1000, 1010);
	ev.phase.group = FILE_7 + 1;
	feed(b, ev);
	ev = cdev_call(VS_PHASE_DEVICE_OPEN, 1020, 1030);
	ev.phase.group = FILE_7 + 1;
	feed(b, ev);
	feed(b, cdev_call(VS_PHASE_IOMMUFD_ATTACH, 1060, 1080));
	assert_int_equal(only_attach(b)->begin_ns, 900 * MS);
	assert_int_equal(ENTRY(only_attach(b), DEVICE_OPEN, NONE)->failed, 1);
}

/* VMs */

static void vm_of_the_registration(void **state)
{
	struct vs_vm vm = { .id = 3, .name = "" };
	struct bench *b = *state;
	union vs_event ev = on_group(CALL(REGISTER, VMM, 1000, 1001), 7);

	feed_vm(b, &ev, 7, &vm);
	open_by_group(b, VMM, 7, 1010);
	assert_int_equal(only_attach(b)->vm.id, 3);
	assert_int_equal(only_attach(b)->begin_ns, 1000 * MS);
	/* Its name is known later. */
	SET_STRING(vm.name, "web");
	ev = on_device(CALL(IRQ_SETUP, VMM, 1200, 1201), 7);
	feed_vm(b, &ev, 7, &vm);
	finish(b);
	assert_string_equal(only_detach(b)->vm.name, "web");
}

static void registered_later(void **state)
{
	static const struct vs_vm vm = { .id = 3 };
	struct bench *b = *state;
	union vs_event ev = on_group(CALL(REGISTER, VMM, 2000, 2001), 7);

	open_by_group(b, VMM, 7, 1000);
	assert_int_equal(only_attach(b)->vm.id, 0);
	feed_vm(b, &ev, 7, &vm);
	finish(b);
	assert_int_equal(only_detach(b)->vm.id, 3);
	assert_non_null(LATER(only_detach(b), REGISTER, NONE));
}

/* Calls that do not return */

static union vs_event in_call(enum vs_phase phase, uint64_t begin_ms, uint64_t now_ms)
{
	union vs_event ev = make_event(VS_IN_CALL, now_ms * MS, VMM);

	ev.h.dur = (now_ms - begin_ms) * MS;
	ev.in_call.phase = phase;
	ev.in_call.iommu_group = 7;
	ev.in_call.group = 7;
	return ev;
}

/* The memory of a large VM: it takes as long as it takes. */
static void unpin_that_takes_long(void **state)
{
	struct bench *b = *state;
	uint64_t ms;

	open_by_group(b, VMM, 7, 1000);
	close_device(b, VMM, 7, 2000);
	for (ms = 3100; ms < 60000; ms += 1000) {
		union vs_event ev = in_call(VS_PHASE_UNPIN, 2020, ms);

		feed_vm(b, &ev, 7, NULL);
	}
	assert_int_equal(b->heard.detaches, 0);
	feed(b, with_ret(on_group(CALL(UNPIN, VMM, 2020, 60000), 7), 0));
	assert_int_equal(LATER(only_detach(b), UNPIN, NONE)->count, 1);
}

static void stuck_in_open(void **state)
{
	struct bench *b = *state;
	const struct vs_attach *a;
	union vs_event ev;

	feed(b, on_group(CALL(GROUP_OPEN, VMM, 1000, 1010), 7));
	ev = in_call(VS_PHASE_DEVICE_OPEN, 1020, 2020);
	ev.in_call.part = VS_PHASE_RESET;
	ev.in_call.part_ns = 900 * MS;
	ev.in_call.lock_id = VS_LOCK_DEV_SET;
	ev.in_call.lock_ns = 800 * MS;
	ev.in_call.holder_tid = 55;
	SET_STRING(ev.in_call.holder_device, "0000:00:08.0");
	feed(b, ev);
	a = last_stuck(b);
	assert_int_equal(a->id, 1);
	assert_int_equal(a->state, VS_ATTACH_GOING_ON);
	assert_int_equal(a->end_ns, 2020 * MS);
	assert_int_equal(a->total_ns, 1020 * MS);
	assert_int_equal(a->vmm_ns, 10 * MS);
	assert_int_equal(a->unaccounted_ns, SEC);
	assert_int_equal(a->now.phase, VS_PHASE_DEVICE_OPEN);
	assert_int_equal(a->now.part, VS_PHASE_RESET);
	assert_int_equal(a->now.call_ns, SEC);
	assert_int_equal(a->now.part_ns, 900 * MS);
	assert_int_equal(a->now.lock, VS_LOCK_DEV_SET);
	assert_int_equal(a->now.holder.tid, 55);
	assert_string_equal(a->now.holder.device, "0000:00:08.0");
	feed(b, in_call(VS_PHASE_DEVICE_OPEN, 1020, 3020));
	assert_int_equal(b->heard.stucks, 2);
	assert_int_equal(last_stuck(b)->id, 1);
	/* It returns after all. */
	feed(b, on_device(on_group(CALL(DEVICE_OPEN, VMM, 1020, 3500), 7), 7));
	assert_int_equal(only_attach(b)->id, 1);
	assert_int_equal(only_attach(b)->unaccounted_ns, 0);
	assert_int_equal(only_attach(b)->now.phase, VS_PHASE_NONE);
}

static void stuck_on_a_container(void **state)
{
	struct bench *b = *state;
	union vs_event ev = in_call(VS_PHASE_SET_IOMMU, 1040, 2040);

	feed(b, on_group(CALL(GROUP_OPEN, VMM, 1000, 1010), 7));
	feed(b, on_container(on_group(CALL(CONTAINER_ATTACH, VMM, 1020, 1030), 7), 70));
	ev.in_call.group = 0;
	ev.in_call.iommu_group = -1;
	ev.in_call.container = 70;
	feed_vm(b, &ev, -1, NULL);
	assert_int_equal(last_stuck(b)->begin_ns, 1000 * MS);
	assert_int_equal(last_stuck(b)->group, 7);
	feed(b, on_container(CALL(SET_IOMMU, VMM, 1040, 2050), 70));
	feed_vm(b,
		&(union vs_event){ .in_call = in_call(VS_PHASE_DEVICE_OPEN, 2060, 3060).in_call },
		7, NULL);
	assert_int_equal(last_stuck(b)->id, 1);
	feed(b, on_device(on_group(CALL(DEVICE_OPEN, VMM, 2060, 3500), 7), 7));
	assert_int_equal(only_attach(b)->id, 1);
}

static void in_a_call_at_the_end(void **state)
{
	struct bench *b = *state;
	union vs_event ev = in_call(VS_PHASE_GROUP_OPEN, 1000, 1010);

	ev.h.flags |= VS_F_AT_END;
	feed_vm(b, &ev, 7, NULL);
	assert_int_equal(b->heard.stucks, 0);
	finish(b);
	assert_int_equal(b->heard.attaches, 0);
	assert_int_equal(only_detach(b)->state, VS_ATTACH_GOING_ON);
	assert_int_equal(only_detach(b)->now.phase, VS_PHASE_GROUP_OPEN);
	assert_int_equal(only_detach(b)->total_ns, 10 * MS);
}

static void bound_and_in_a_call_at_the_end(void **state)
{
	struct bench *b = *state;
	union vs_event ev = in_call(VS_PHASE_IOMMUFD_ATTACH, 1060, 3000);

	bind_device(b);
	ev.in_call.dev = 7;
	ev.h.flags |= VS_F_AT_END | VS_F_CDEV;
	feed_vm(b, &ev, 7, NULL);
	assert_int_equal(b->heard.stucks, 1);
	finish(b);
	assert_int_equal(b->heard.attaches, 0);
	assert_int_equal(only_detach(b)->state, VS_ATTACH_GOING_ON);
	assert_int_equal(only_detach(b)->end_ns, 3000 * MS);
	assert_int_equal(only_detach(b)->now.phase, VS_PHASE_IOMMUFD_ATTACH);
}

static void stuck_in_close(void **state)
{
	struct bench *b = *state;
	union vs_event ev = in_call(VS_PHASE_DEVICE_CLOSE, 2000, 3000);

	open_by_group(b, VMM, 7, 1000);
	ev.in_call.dev = 7;
	feed_vm(b, &ev, 7, NULL);
	assert_int_equal(last_stuck(b)->id, 1);
	assert_int_equal(last_stuck(b)->state, VS_ATTACH_USABLE);
	assert_int_equal(last_stuck(b)->now.phase, VS_PHASE_DEVICE_CLOSE);
	feed(b, on_device(CALL(DEVICE_CLOSE, VMM, 2000, 3500), 7));
	finish(b);
	assert_int_equal(only_detach(b)->now.phase, VS_PHASE_NONE);
}

/* Told to be stuck, so it is told what has become of it. */
static void stuck_once_and_nothing_more(void **state)
{
	struct bench *b = *state;

	feed_vm(b, &(union vs_event){ .in_call = in_call(VS_PHASE_GROUP_OPEN, 0, 1000).in_call }, 7,
		NULL);
	feed(b, on_group(CALL(GROUP_OPEN, VMM, 0, 1500), 7));
	finish(b);
	assert_int_equal(b->heard.attaches, 0);
	assert_int_equal(only_detach(b)->id, 1);
	assert_int_equal(only_detach(b)->state, VS_ATTACH_GOING_ON);
	assert_int_equal(only_detach(b)->total_ns, 1500 * MS);
}

/* Losses */

static void lost_meanwhile(void **state)
{
	struct bench *b = *state;

	open_by_group(b, VMM, 6, 100);
	b->mark = 1; /* seen first in a record of this one */
	open_by_group(b, VMM, 7, 1000);
	feed_dev(b, VS_DEV_CLOSE, VMM, 9, 0, 1500, 0);
	open_by_group(b, VMM, 8, 2000);
	assert_true(b->heard.attach[0].complete);
	assert_false(b->heard.attach[1].complete);
	assert_true(b->heard.attach[2].complete);
}

/* The first record after a loss is an attach's own, but the loss is known to be older. */
static void lost_before_and_told_so(void **state)
{
	struct bench *b = *state;

	open_by_group(b, VMM, 6, 100);
	b->mark = 1;
	b->told_ns = 900 * MS;
	open_by_group(b, VMM, 7, 1000);
	b->mark = 2;
	b->told_ns = 2001 * MS;
	open_by_group(b, VMM, 8, 2000);
	assert_true(b->heard.attach[1].complete);
	assert_false(b->heard.attach[2].complete);
}

/* Memory */

static void ten_thousand_in_a_row(void **state)
{
	struct bench *b = *state;
	uint64_t i;

	for (i = 0; i < 10000; i++) {
		open_by_group(b, VMM + (uint32_t)i % 3, 7, 1000 + 1000 * i);
		close_device(b, VMM + (uint32_t)i % 3, 7, 1500 + 1000 * i);
		feed(b, on_group(CALL(UNPIN, VMM, 1600 + 1000 * i, 1610 + 1000 * i), 7));
	}
	assert_int_equal(b->heard.attaches, 10000);
	assert_int_equal(b->heard.detaches, 10000);
}

/* Whoever never opens a device is forgotten. */
static void groups_without_end(void **state)
{
	struct bench *b = *state;
	uint64_t i;

	for (i = 0; i < 3000; i++) {
		feed(b, on_group(CALL(GROUP_OPEN, VMM, 10 * i, 10 * i + 1), 1000 + i));
		feed(b, on_group(CALL(GROUP_OPEN, 5000 + (uint32_t)i, 10 * i, 10 * i + 1), 7));
	}
	open_by_group(b, VMM, 7, 100000);
	finish(b);
	assert_int_equal(b->heard.detaches, 1);
}

static void events_are_passed_on(void **state)
{
	struct bench *b = *state;

	open_by_group(b, VMM, 7, 1000);
	assert_int_equal(b->heard.events, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ATTACH_TEST(by_group),
		ATTACH_TEST(in_the_order_of_calls),
		ATTACH_TEST(close_and_unpin),
		ATTACH_TEST(unpin_by_container),
		ATTACH_TEST(unpin_that_takes_long),
		ATTACH_TEST(closed_for_a_while),
		ATTACH_TEST(closed_and_used_again),
		ATTACH_TEST(detached_at_the_end),
		ATTACH_TEST(group_alone),
		ATTACH_TEST(calls_of_another_process),
		ATTACH_TEST(second_device),
		ATTACH_TEST(second_device_of_a_group),
		ATTACH_TEST(groups_share_a_container),
		ATTACH_TEST(opened_again_by_the_same),
		ATTACH_TEST(opened_by_another_meanwhile),
		ATTACH_TEST(close_was_lost),
		ATTACH_TEST(failed_then_opened),
		ATTACH_TEST(failed_at_the_end),
		ATTACH_TEST(failed_and_released),
		ATTACH_TEST(failed_and_another_tried),
		ATTACH_TEST(group_open_failed),
		ATTACH_TEST(group_open_failed_at_first),
		ATTACH_TEST(group_open_failed_then_no_device),
		ATTACH_TEST(by_cdev),
		ATTACH_TEST(maps_before_the_ioas),
		ATTACH_TEST(bound_and_used),
		ATTACH_TEST(bound_at_the_end),
		ATTACH_TEST(ioas_failed),
		ATTACH_TEST(bind_failed_by_another_file),
		ATTACH_TEST(vm_of_the_registration),
		ATTACH_TEST(registered_later),
		ATTACH_TEST(stuck_in_open),
		ATTACH_TEST(stuck_on_a_container),
		ATTACH_TEST(in_a_call_at_the_end),
		ATTACH_TEST(bound_and_in_a_call_at_the_end),
		ATTACH_TEST(stuck_in_close),
		ATTACH_TEST(stuck_once_and_nothing_more),
		ATTACH_TEST(lost_meanwhile),
		ATTACH_TEST(lost_before_and_told_so),
		ATTACH_TEST(ten_thousand_in_a_row),
		ATTACH_TEST(groups_without_end),
		ATTACH_TEST(events_are_passed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
