// SPDX-License-Identifier: GPL-2.0-only
/* DMA maps that fail: how bad that is, and the one reason that what was read allows. */
#include <errno.h>

#include "../../user/core/rules/errnos.h"
#include "../../user/core/text/cause.h"
#include "model_test.h"

#define MIB (1ULL << 20)

static union vs_event map(struct lab *l, uint32_t pid, int err, enum vs_memory memory)
{
	union vs_event ev = lab_event(l, VS_DMA_MAP, pid);

	ev.h.ret = -err;
	ev.dma.bytes = MIB;
	ev.dma.memory = memory;
	return ev;
}

static void map_fails(struct lab *l, uint32_t pid, int err, enum vs_memory memory)
{
	union vs_event ev = map(l, pid, err, memory);

	lab_emit(l, &ev);
}

static void memory_is_a_warning(void **state)
{
	struct lab *l = *state;

	map_fails(l, DPDK, EINVAL, VS_MEMORY_ANONYMOUS);
	assert_one_finding(l, VS_RULE_ATTACH_FAILED);
	assert_int_equal(l->finding[0].severity, VS_WARNING);
	map_fails(l, DPDK, 0, VS_MEMORY_ANONYMOUS);
	assert_int_equal(l->finding_count, 1);
}

static void device_memory_is_info(void **state)
{
	static const int errs[] = { EINVAL, EFAULT, ENOMEM, EEXIST };
	struct lab *l = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(errs); i++) {
		map_fails(l, DPDK, errs[i], i % 2 ? VS_MEMORY_IO : VS_MEMORY_DEVICE);
		assert_rule(last_finding(l), VS_RULE_NO_PEER_TO_PEER);
		assert_int_equal(last_finding(l)->severity, VS_INFO);
	}
}

static void what_is_mapped_is_info(void **state)
{
	struct lab *l = *state;
	union vs_event ev = map(l, DPDK, EEXIST, VS_MEMORY_HUGETLB);

	lab_emit(l, &ev);
	assert_int_equal(last_finding(l)->severity, VS_WARNING);
	ev = map(l, DPDK, EEXIST, VS_MEMORY_HUGETLB);
	ev.dma.clash_bytes = ev.dma.bytes;
	ev.dma.same = true;
	lab_emit(l, &ev);
	assert_int_equal(last_finding(l)->severity, VS_INFO);
	assert_says(l->said_cause, "mapped there already");
}

/* What may be a device's is no warning; what cannot be is. */
static void memory_that_was_not_seen(void **state)
{
	struct lab *l = *state;

	map_fails(l, DPDK, EFAULT, VS_MEMORY_UNKNOWN);
	assert_rule(last_finding(l), VS_RULE_ATTACH_FAILED);
	assert_int_equal(last_finding(l)->severity, VS_INFO);
	map_fails(l, DPDK, ENOMEM, VS_MEMORY_UNKNOWN);
	assert_int_equal(last_finding(l)->severity, VS_WARNING);
}

static void the_vm_of_the_process_is_named(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	map_fails(l, VMM, ENOMEM, VS_MEMORY_ANONYMOUS);
	assert_int_equal(last_finding(l)->vm_pid, VMM);
	map_fails(l, OTHER, ENOMEM, VS_MEMORY_ANONYMOUS);
	assert_int_equal(last_finding(l)->vm_pid, 0);
	vm_create(l, 1, VMM); /* which of the two? */
	map_fails(l, VMM, ENOMEM, VS_MEMORY_ANONYMOUS);
	assert_int_equal(last_finding(l)->vm_pid, 0);
}

static void opened(struct lab *l, uint32_t pid, uint32_t flags)
{
	union vs_event ev = lab_event(l, VS_DEV_OPEN, pid);

	ev.h.flags |= flags;
	ev.dev.dev = l->dev[0].ptr;
	ev.dev.open_count = 1;
	lab_emit(l, &ev);
}

static void opened_without_a_map(void **state)
{
	struct lab *l = *state;

	opened(l, DPDK, VS_F_NO_MAPS); /* of another process one had failed */
	map_fails(l, OTHER, ENOMEM, VS_MEMORY_ANONYMOUS);
	opened(l, DPDK, VS_F_NO_MAPS);
	map_fails(l, DPDK, EFAULT, VS_MEMORY_DEVICE);
	opened(l, DPDK, VS_F_NO_MAPS);
	assert_int_equal(count_rule(l, VS_RULE_NO_DMA_MAPS), 0);
	map_fails(l, DPDK, ENOMEM, VS_MEMORY_ANONYMOUS);
	opened(l, DPDK, 0); /* others have succeeded */
	assert_int_equal(count_rule(l, VS_RULE_NO_DMA_MAPS), 0);
	opened(l, DPDK, VS_F_NO_MAPS);
	assert_int_equal(count_rule(l, VS_RULE_NO_DMA_MAPS), 1);
	assert_int_equal(last_finding(l)->evidence_count, 2);
}

/* VMMs may map after they open. */
static void map_that_failed_long_ago(void **state)
{
	struct lab *l = *state;

	map_fails(l, DPDK, ENOMEM, VS_MEMORY_ANONYMOUS);
	l->now += 3600 * SEC;
	opened(l, DPDK, VS_F_NO_MAPS);
	assert_int_equal(count_rule(l, VS_RULE_NO_DMA_MAPS), 0);
}

/* The process was killed while memory was pinned for it. */
static void maps_that_were_interrupted(void **state)
{
	struct lab *l = *state;

	map_fails(l, DPDK, EINTR, VS_MEMORY_ANONYMOUS);
	map_fails(l, DPDK, 512, VS_MEMORY_ANONYMOUS);
	opened(l, DPDK, VS_F_NO_MAPS);
	assert_silent(l);
}

/* Causes */

static const char *cause_of(const struct ev_dma *map)
{
	const struct vs_finding f = { .rule = &vs_rules[VS_RULE_ATTACH_FAILED],
				      .map = map,
				      .cause = vs_errno_why(VS_ERRNO_MAP_DMA, (int)map->h.ret) };
	static char buf[VS_CAUSE_LEN];
	struct vs_text t;

	vs_text_init(&t, buf, sizeof(buf));
	vs_put_cause(&t, &f);
	return buf;
}

static void assert_cause(const struct ev_dma *map, const char *words)
{
	if (!strstr(cause_of(map), words))
		fail_msg("not \"%s\": %s", words, cause_of(map));
}

static void causes_of_an_invalid_map(void **state)
{
	struct ev_dma map = { .h.ret = -EINVAL, .bytes = MIB, .memory = VS_MEMORY_ANONYMOUS };

	(void)state;
	assert_string_equal(cause_of(&map), vs_errno_why(VS_ERRNO_MAP_DMA, EINVAL));
	map.iommu_page = 4096;
	map.iova_last = (1ULL << 39) - 1;
	assert_string_equal(cause_of(&map), vs_errno_why(VS_ERRNO_MAP_DMA, EINVAL));
	map.iova = map.iova_last;
	map.bytes = 4096;
	assert_cause(&map, "multiples of 4 KiB");
	map.iova++;
	assert_cause(&map, "up to 0x7fffffffff (39 bits)");
	map.iova = 0xfee00000;
	map.hole_first = 0xfee00000;
	map.hole_last = 0xfeefffff;
	assert_cause(&map, "0xfee00000..0xfeefffff");
	map.bytes = 0;
	assert_cause(&map, "size is 0");
	map.no_iommu = true;
	assert_cause(&map, "SET_IOMMU comes before");
}

static void causes_of_a_clash(void **state)
{
	struct ev_dma map = { .h.ret = -EEXIST, .iova = 0x1000, .bytes = 4096 };

	(void)state;
	assert_string_equal(cause_of(&map), vs_errno_why(VS_ERRNO_MAP_DMA, EEXIST));
	map.clash_bytes = MIB;
	assert_cause(&map, "iova 0x0..0xfffff, 1 MiB");
}

static void causes_of_too_much(void **state)
{
	struct ev_dma map = { .h.ret = -ENOMEM, .bytes = MIB, .memlock = MIB, .locked = 4096 };

	(void)state;
	assert_cause(&map, "may lock 1 MiB of memory (RLIMIT_MEMLOCK), 4 KiB are locked");
	map.locked = 0;
	assert_cause(&map, "limit of locked memory was not reached");
	map.memlock = VS_NOT_SEEN;
	assert_cause(&map, "no limit of locked memory");
}

static void causes_of_too_many(void **state)
{
	struct ev_dma map = { .h.ret = -ENOSPC, .bytes = MIB };

	(void)state;
	assert_string_equal(cause_of(&map), vs_errno_why(VS_ERRNO_MAP_DMA, ENOSPC));
	map.beside_bytes = 4096;
	assert_cause(&map, "The map beside the range is of 4 KiB");
}

static void limit_of_several_containers(void **state)
{
	struct ev_dma map = {
		.h.ret = -ENOMEM, .bytes = MIB, .memlock = MIB, .locked = 4096, .containers = 1
	};

	(void)state;
	assert_null(strstr(cause_of(&map), "It has"));
	map.containers = 3;
	assert_cause(&map, "wants 1 MiB more. It has 3 containers,");
}

static void causes_of_a_fault(void **state)
{
	struct ev_dma map = { .h.ret = -EFAULT, .vaddr = 0x7000, .bytes = 16 * MIB };

	(void)state;
	assert_string_equal(cause_of(&map), vs_errno_why(VS_ERRNO_MAP_DMA, EFAULT));
	map.memory = VS_MEMORY_NONE;
	assert_cause(&map, "Nothing is mapped at address 0x7000");
	map.memory = VS_MEMORY_ANONYMOUS;
	assert_cause(&map, "for reading only");
	map.writable = true;
	assert_string_equal(cause_of(&map), vs_errno_why(VS_ERRNO_MAP_DMA, EFAULT));
	SET_STRING(map.file, "a\nb");
	SET_STRING(map.fs, "tmpfs");
	map.memory = VS_MEMORY_SHMEM;
	map.fs_bytes = map.fs_free = 32 * MIB;
	assert_string_equal(cause_of(&map), vs_errno_why(VS_ERRNO_MAP_DMA, EFAULT));
	map.fs_free = MIB;
	assert_cause(&map,
		     "file a\\nb (tmpfs) on a file system of 32 MiB, of which 1 MiB were free");
	map.memory = VS_MEMORY_FILE;
	assert_string_equal(cause_of(&map), vs_errno_why(VS_ERRNO_MAP_DMA, EFAULT));
	map.shared = true;
	assert_cause(&map, "shared mapping of file a\\nb (tmpfs)");
	map.memory = VS_MEMORY_HUGETLB;
	assert_cause(&map, "HugePages_Free");
}

static void causes_of_device_memory(void **state)
{
	struct ev_dma map = {
		.h.ret = -EFAULT, .memory = VS_MEMORY_DEVICE, .region = 2, .bytes = MIB
	};

	(void)state;
	SET_STRING(map.memory_device, "0000:3b:00.0");
	assert_cause(&map, "BAR 2 of 0000:3b:00.0. The kernel cannot pin it");
	map.h.ret = -EINVAL;
	map.iommu_page = 4096;
	map.iova_last = (1ULL << 39) - 1;
	map.iova = 1ULL << 40;
	assert_cause(&map, "39 bits");
	map.region = 6;
	assert_cause(&map, "region 6 of");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(memory_is_a_warning),
		TEST(device_memory_is_info),
		TEST(what_is_mapped_is_info),
		TEST(memory_that_was_not_seen),
		TEST(the_vm_of_the_process_is_named),
		TEST(opened_without_a_map),
		TEST(map_that_failed_long_ago),
		TEST(maps_that_were_interrupted),
		cmocka_unit_test(causes_of_an_invalid_map),
		cmocka_unit_test(causes_of_a_clash),
		cmocka_unit_test(causes_of_too_much),
		cmocka_unit_test(causes_of_too_many),
		cmocka_unit_test(limit_of_several_containers),
		cmocka_unit_test(causes_of_a_fault),
		cmocka_unit_test(causes_of_device_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
