// SPDX-License-Identifier: GPL-2.0-only
/* VMs, processes, names, evidence, memory. */
#include "model_test.h"

/* VMs come and go */

static void address_used_again_is_another_vm(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	assert_int_equal(l->last_vm, 1);
	vm_name(l, 0, VMM, "old");
	vm_destroy(l, 0, VMM);
	vm_create(l, 0, OTHER);
	assert_int_equal(l->last_vm, 2);
	assert_int_equal(l->last_vm_pid, OTHER);
	group_add(l, OTHER, 0, 0);
	dev_open(l, OTHER, 0);
	dev_close(l, OTHER, 0);
	assert_int_equal(last_closed(l)->vm, 2);
	assert_string_equal(last_closed(l)->vm_name, "");
}

static void address_used_again_after_a_lost_end(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_name(l, 0, VMM, "old");
	l->lose = 1;
	vm_destroy(l, 0, VMM);
	vm_create(l, 0, OTHER);
	assert_int_equal(l->last_vm, 2);
	assert_int_equal(l->last_vm_pid, OTHER);
}

/* The old VM is known only by an open whose close was lost; its new VM is another. */
static void address_used_again_for_the_next_open(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_name(l, 0, VMM, "old");
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	l->flags = VS_F_EXITING;
	vm_destroy(l, 0, VMM);
	l->flags = 0;
	l->lose = 1;
	dev_close(l, VMM, 0);
	vm_create(l, 0, OTHER);
	vm_name(l, 0, OTHER, "new");
	group_add(l, OTHER, 0, 0);
	df_open(l, OTHER, 0);
	assert_int_equal(l->last_vm, 2);
	dev_close(l, OTHER, 0);
	assert_int_equal(l->closed_count, 2);
	assert_string_equal(l->closed[0].vm_name, "old");
	assert_string_equal(l->closed[1].vm_name, "new");
	assert_int_equal(last_closed(l)->kvm, 2);
	assert_silent(l);
}

/* The same, and nothing was seen of the new VM before the open. */
static void address_used_again_by_a_vm_not_seen(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	l->flags = VS_F_EXITING;
	vm_destroy(l, 0, VMM);
	l->flags = 0;
	l->lose = 4;
	dev_close(l, VMM, 0);
	vm_create(l, 0, OTHER);
	group_add(l, OTHER, 0, 0);
	df_open(l, OTHER, 0);
	assert_int_equal(l->last_vm, 2);
	dev_close(l, OTHER, 0);
	assert_int_equal(last_closed(l)->kvm, 2);
	assert_verdict(l, VS_VERDICT_ORDERED);
	assert_silent(l);
}

/* The address is that of a VM of the process, not the device's pointer. */
static void address_used_again_by_the_openers_vm(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	l->flags = VS_F_EXITING;
	vm_destroy(l, 0, VMM);
	l->flags = 0;
	l->lose = 2;
	dev_close(l, VMM, 0);
	df_open(l, OTHER, 0);
	vm_create(l, 0, OTHER);
	df_open(l, OTHER, 0); /* again */
	assert_int_equal(l->last_vm, 2);
	assert_int_equal(l->closed_count, 1);
	assert_int_equal(last_closed(l)->kvm, 1);
	finish(l);
	assert_silent(l);
}

/* A device carries the pointer of a VM that ended: its close is about that one. */
static void address_used_again_while_a_device_carries_the_old(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_name(l, 0, VMM, "old");
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	l->flags = VS_F_EXITING;
	vm_destroy(l, 0, VMM);
	l->flags = 0;
	vm_create(l, 0, OTHER);
	dev_close(l, VMM, 0);
	assert_int_equal(l->last_vm, 1);
	assert_string_equal(last_closed(l)->vm_name, "old");
	assert_verdict(l, VS_VERDICT_ORDERED);
	assert_silent(l);
}

/* As the source does it: the name of a new VM comes just before its creation. */
static void named_before_its_creation(void **state)
{
	struct lab *l = *state;

	vm_name_new(l, 0, VMM, "old");
	vm_create(l, 0, VMM);
	assert_int_equal(l->last_vm, 1);
	l->lose = 1;
	vm_destroy(l, 0, VMM);
	vm_name_new(l, 0, OTHER, "new");
	vm_create(l, 0, OTHER);
	assert_int_equal(l->last_vm, 2);
	assert_int_equal(l->last_vm_pid, OTHER);
	group_add(l, OTHER, 0, 0);
	dev_open(l, OTHER, 0);
	dev_close(l, OTHER, 0);
	assert_int_equal(last_closed(l)->vm, 2);
	assert_string_equal(last_closed(l)->vm_name, "new");
}

static void destroyed_while_open_keeps_its_name(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_name(l, 0, VMM, "web");
	dev_open(l, VMM, 0);
	vm_destroy(l, 0, VMM);
	vm_create(l, 0, OTHER); /* same address */
	vm_name(l, 0, OTHER, "new");
	dev_close(l, VMM, 0);
	assert_one_finding(l, VS_RULE_OPEN_WITHOUT_ADD);
	assert_string_equal(l->finding[0].vm_name, "web");
	assert_int_equal(l->finding[0].vm, 1);
	assert_int_equal(l->finding[0].vm_pid, VMM);
	assert_string_equal(last_closed(l)->vm_name, "web");
}

static void destroyed_after_the_violation_keeps_its_name(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_name(l, 0, VMM, "web");
	dev_open(l, VMM, 0);
	group_add(l, VMM, 0, 0);
	vm_destroy(l, 0, VMM);
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_VIOLATION);
	assert_string_equal(last_closed(l)->vm_name, "web");
}

/* Many short-lived VMs, each with a device open when it ends. */
static void many_vms(void **state)
{
	struct lab *l = *state;
	unsigned int i;

	for (i = 0; i < 500; i++) {
		vm_create(l, i % K_VMS, VMM + i);
		group_add(l, VMM + i, i % K_VMS, 0);
		dev_open(l, VMM + i, 0);
		dev_open(l, VMM + i, 2);
		dev_close(l, VMM + i, 2);
		dev_close(l, VMM + i, 0);
		vm_destroy(l, i % K_VMS, VMM + i);
	}
	assert_int_equal(l->closed_count, 1000);
	assert_int_equal(l->finding_count, 500);
	assert_int_equal(last_closed(l)->vm, 500);
	assert_verdict(l, VS_VERDICT_ORDERED);
}

/*
 * The inner call returns first: the first record that shows a VM from before
 * we came does not say whose it is, the next one does.
 */
static void process_of_a_vm_learnt_later(void **state)
{
	struct lab *l = *state;

	l->vm[0].pid = VMM;
	group_add(l, VMM, 0, 0);
	assert_int_equal(l->last_vm, 1);
	assert_int_equal(l->last_vm_pid, VMM);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(last_closed(l)->vm_pid, VMM);
}

/* As the source does it: a name before the first record that tells the process. */
static void process_of_a_vm_learnt_with_its_name(void **state)
{
	struct lab *l = *state;

	l->vm[0].pid = VMM;
	set_kvm(l, VMM, &l->group[0], &l->vm[0], &l->vm[0], group_takes(&l->group[0], &l->vm[0]),
		true);
	vm_name(l, 0, VMM, "web");
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_int_equal(last_closed(l)->vm_pid, VMM);
	assert_string_equal(last_closed(l)->vm_name, "web");
}

/* Evidence from other threads */

static void call_of_another_thread_is_no_evidence(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	l->tid = VMM + 1;
	df_open(l, VMM, 0);
	l->tid = VMM + 2;
	get_device_fd(l, VMM, 0, 31);
	l->tid = VMM + 1;
	get_device_fd(l, VMM, 0, 30);
	l->tid = 0;
	group_add(l, VMM, 0, 0);
	EVIDENCE(only_finding(l), VS_DEV_OPEN, VS_GET_DEVICE_FD, VS_GROUP_ADD);
	assert_int_equal(l->finding[0].evidence[1].h.tid, VMM + 1);
	assert_int_equal(l->finding[0].evidence[1].h.ret, 30);
}

static void failed_or_foreign_group_calls_are_no_evidence(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	df_open(l, VMM, 0);
	get_device_fd(l, VMM, 0, -EINTR);
	get_device_fd(l, VMM, 2, 32); /* another device */
	group_add(l, VMM, 0, 0);
	assert_int_equal(l->finding_count, 2);
	assert_rule(&l->finding[0], VS_RULE_ATTACH_FAILED);
	EVIDENCE(last_finding(l), VS_DEV_OPEN, VS_GROUP_ADD);
}

/* Names and other events */

static void device_info_is_kept(void **state)
{
	union vs_record rec = make_record(VS_DEV_INFO, 1 * SEC, 0);
	struct lab *l = *state;

	SET_STRING(rec.dev_info.name, "0000:3b:00.0");
	SET_STRING(rec.dev_info.text, "first");
	lab_feed(l, &rec);
	SET_STRING(rec.dev_info.text, "Vendor Device");
	lab_feed(l, &rec);
	assert_int_equal(l->events, 0); /* nothing the kernel did */
	assert_int_equal(l->device_count, 2);
	df_open(l, DPDK, 0);
	dev_close(l, DPDK, 0);
	assert_string_equal(last_closed(l)->open.info, "Vendor Device");
	dev_open(l, DPDK, 1);
	dev_close(l, DPDK, 1);
	assert_string_equal(last_closed(l)->open.info, "");
}

static void every_kernel_event_is_passed_on(void **state)
{
	struct lab *l = *state;
	unsigned int kind, expected = 0, controls = 0;

	FOR_EVENT_KINDS(kind)
	{
		union vs_event ev = lab_event(l, kind, VMM);

		lab_emit(l, &ev);
		assert_int_equal(l->events, ++expected);
	}
	FOR_KINDS(kind)
	controls += !!(vs_kinds[kind].traits & VS_T_CONTROL);
	assert_int_equal(expected, VS_KIND_COUNT - 1 - controls);
}

static void events_are_given_their_objects(void **state)
{
	struct lab *l = *state;
	union vs_event ev;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 1);
	assert_int_equal(l->last_vm, 1);
	assert_int_equal(l->last_group_vm, 1);
	assert_int_equal(l->last_group, 13);
	group_del(l, VMM, 0, 1);
	assert_int_equal(l->last_vm, 1);
	assert_int_equal(l->last_group_vm, 0);
	/* cleared: what it belonged to is still told */
	group_add(l, VMM, 0, 1);
	set_kvm(l, VMM, &l->group[1], NULL, &l->vm[0], group_takes(&l->group[1], NULL), false);
	assert_int_equal(l->last_vm, 1);
	assert_int_equal(l->last_group_vm, 0);
	/* whoever's kvm-vfio device it was */
	vm_create(l, 1, OTHER);
	set_kvm(l, VMM, &l->group[1], NULL, &l->vm[0], l->vm[1].ptr, false);
	assert_int_equal(l->last_vm, 2);
	df_open(l, DPDK, 2);
	assert_int_equal(l->last_vm, 0);
	assert_int_equal(l->last_group, 13);
	ev = lab_event(l, VS_NONCOHERENT_ON, VMM);
	ev.coherency.kvm = l->vm[0].ptr;
	lab_emit(l, &ev);
	assert_int_equal(l->last_vm, 1);
	assert_int_equal(l->last_group, -1);
}

/* Memory */

static void freed_with_everything_open(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	vm_create(l, 1, VMM);
	vm_name(l, 2, OTHER, "third");
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	dev_open(l, VMM, 2);
	dev_open(l, DPDK, 3);
	vm_destroy(l, 1, VMM);
	group_add(l, VMM, 0, 1);
	/* end() frees it */
}

/* A record that could not read the VM: no registration can be made of it. */
static void add_without_its_vm(void **state)
{
	union vs_event ev = make_event(VS_GROUP_ADD, 1 * SEC, VMM);
	struct lab *l = *state;

	ev.attr.group = l->group[0].ptr;
	lab_feed(l, &ev);
	assert_silent(l);
}

/* A record whose addresses and counts have few values, so that they meet. */
static union vs_record random_record(uint32_t *seed)
{
	unsigned int kind = 1 + next_random(seed) % (VS_KIND_COUNT - 1);
	union vs_record rec = make_record(kind, next_random(seed) % 16, next_random(seed) % 3);
	char *payload = (char *)&rec + sizeof(rec.h);
	size_t at, room = rec.h.size - sizeof(rec.h);

	for (at = 0; at < room; at += 8)
		payload[at] = (char)(next_random(seed) % 3);
	for (at = 4; at < room; at += 8)
		payload[at] = (char)(next_random(seed) % 16 == 0);
	rec.h.tid = next_random(seed) % 3;
	rec.h.dur = next_random(seed) % 4 ? VS_NOT_SEEN : next_random(seed) % 16;
	rec.h.flags = next_random(seed) % 4 ? 0 : next_random(seed);
	rec.h.ret = next_random(seed) % 3 ? 0 : -1;
	rec.h.lost = next_random(seed) % 50 ? 0 : next_random(seed) % 1000;
	/* It begins once, and ends once. */
	if (kind == VS_ATTACHED)
		rec.attached.attach = 2 + next_random(seed) % 3;
	if (kind == VS_END)
		vs_record_init(&rec, VS_TIME, next_random(seed) % 8 * SEC);
	return rec;
}

/* Records that make no sense together: anything may be said, but safely. */
static void random_records_do_no_harm(void **state)
{
	struct lab *l = *state;
	uint32_t seed = 0xf00d, i, round;

	for (round = 0; round < 100; round++) {
		restart(l, &defaults);
		for (i = 0; i < 1500; i++) {
			union vs_record rec = random_record(&seed);

			lab_feed(l, &rec);
			if (next_random(&seed) % 4 == 0)
				tick(l, next_random(&seed) % 8 * SEC);
		}
		l->now = 200 * SEC;
		finish(l);
		assert_true(l->ended);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(address_used_again_is_another_vm),
		TEST(address_used_again_after_a_lost_end),
		TEST(address_used_again_for_the_next_open),
		TEST(address_used_again_by_a_vm_not_seen),
		TEST(address_used_again_by_the_openers_vm),
		TEST(address_used_again_while_a_device_carries_the_old),
		TEST(named_before_its_creation),
		TEST(destroyed_while_open_keeps_its_name),
		TEST(destroyed_after_the_violation_keeps_its_name),
		TEST(many_vms),
		TEST(process_of_a_vm_learnt_later),
		TEST(process_of_a_vm_learnt_with_its_name),
		TEST(call_of_another_thread_is_no_evidence),
		TEST(failed_or_foreign_group_calls_are_no_evidence),
		TEST(device_info_is_kept),
		TEST(every_kernel_event_is_passed_on),
		TEST(events_are_given_their_objects),
		TEST(freed_with_everything_open),
		TEST(add_without_its_vm),
		TEST(random_records_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
