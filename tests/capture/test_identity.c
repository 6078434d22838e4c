// SPDX-License-Identifier: GPL-2.0-only
/*
 * Closes that the probes record without saying what was closed, where the open is on
 * record: completed by the source, and what the model makes of them.
 */
#include "../unit/model_test.h"
#include "../../user/capture/identity.h"

#define DEV 0xffff888000300000

/* What the probes write of an open ... */
static union vs_event open_event(uint64_t dev, const char *name)
{
	union vs_event ev = make_event(VS_DEV_OPEN, 1 * SEC, VMM);

	ev.dev.dev = dev;
	ev.dev.open_count = 1;
	ev.dev.iommu_group = 12;
	ev.dev.kvm = ev.dev.group_kvm = 0x10;
	ev.dev.kvm_creator = ev.dev.group_creator = VMM;
	SET_STRING(ev.dev.name, name);
	SET_STRING(ev.dev.driver, "vfio-pci");
	return ev;
}

/* ... and of a close: what has to be read at that moment, and no more. */
static union vs_event short_close(uint64_t dev, uint32_t open_count)
{
	union vs_event ev = make_event(VS_DEV_CLOSE, 2 * SEC, OTHER);

	ev.dev.dev = dev;
	ev.dev.open_count = open_count;
	ev.dev.iommu_group = -1;
	ev.dev.kvm = ev.dev.group_kvm = 0x10;
	return ev;
}

static int begin_identities(void **state)
{
	*state = vs_identities_new();
	return *state ? 0 : -1;
}

static int end_identities(void **state)
{
	vs_identities_free(*state);
	return 0;
}

#define IDENTITY_TEST(name) cmocka_unit_test_setup_teardown(name, begin_identities, end_identities)

static void pass(struct vs_identities *ids, union vs_event *ev)
{
	assert_int_equal(vs_identities_pass(ids, ev), 0);
}

static void opened(struct vs_identities *ids, uint64_t dev, const char *name)
{
	union vs_event ev = open_event(dev, name), before = ev;

	pass(ids, &ev);
	assert_memory_equal(&ev, &before, sizeof(ev));
}

static void assert_completed(const union vs_event *close, const char *name)
{
	assert_string_equal(close->dev.name, name);
	assert_string_equal(close->dev.driver, "vfio-pci");
	assert_int_equal(close->dev.iommu_group, 12);
	assert_int_equal(close->dev.kvm_creator, VMM);
	assert_int_equal(close->dev.group_creator, VMM);
	assert_int_equal(close->h.flags, VS_F_OPEN_ON_RECORD);
	assert_int_equal(close->h.pid, OTHER); /* who closes is the close's */
}

static void a_close_is_completed_from_its_open(void **state)
{
	union vs_event close = short_close(DEV, 0);

	opened(*state, DEV, "0000:3b:00.0");
	pass(*state, &close);
	assert_completed(&close, "0000:3b:00.0");
	assert_int_equal(close.dev.open_count, 0);
}

static void each_device_has_its_own(void **state)
{
	union vs_event a = short_close(DEV, 0), b = short_close(DEV + 0x1000, 0);

	opened(*state, DEV, "0000:3b:00.0");
	opened(*state, DEV + 0x1000, "0000:3b:00.1");
	pass(*state, &b);
	pass(*state, &a);
	assert_completed(&a, "0000:3b:00.0");
	assert_completed(&b, "0000:3b:00.1");
}

/* The address may be another device's by now. */
static void the_last_open_counts(void **state)
{
	union vs_event close = short_close(DEV, 0);

	opened(*state, DEV, "0000:3b:00.0");
	opened(*state, DEV, "0000:5e:00.0");
	pass(*state, &close);
	assert_completed(&close, "0000:5e:00.0");
}

static void several_closes_of_one_open(void **state)
{
	union vs_event first = short_close(DEV, 1), last = short_close(DEV, 0);

	opened(*state, DEV, "0000:3b:00.0");
	pass(*state, &first);
	pass(*state, &last);
	assert_completed(&first, "0000:3b:00.0");
	assert_completed(&last, "0000:3b:00.0");
}

/* What the probes did read is not touched. */
static void a_complete_close_stays_as_it_is(void **state)
{
	union vs_event close = open_event(DEV, "0000:5e:00.0"), before;

	close.h.kind = VS_DEV_CLOSE;
	close.dev.open_count = 0;
	close.dev.iommu_group = 13;
	before = close;
	opened(*state, DEV, "0000:3b:00.0");
	pass(*state, &close);
	assert_memory_equal(&close, &before, sizeof(close));
}

/* Nothing is made up: what was never told stays as it was recorded. */
static void without_an_open_there_is_nothing_to_add(void **state)
{
	union vs_event close = short_close(DEV + 0x1000, 0), before = close;

	opened(*state, DEV, "0000:3b:00.0");
	pass(*state, &close);
	assert_memory_equal(&close, &before, sizeof(close));
}

static void a_failed_open_is_not_remembered(void **state)
{
	union vs_event open = open_event(DEV, "0000:3b:00.0"), close = short_close(DEV, 0);

	open.h.ret = -22;
	pass(*state, &open);
	pass(*state, &close);
	assert_string_equal(close.dev.name, "");
	assert_int_equal(close.dev.iommu_group, -1);
}

static void other_kinds_are_left_alone(void **state)
{
	union vs_record rec, before;
	unsigned int kind;

	opened(*state, DEV, "0000:3b:00.0");
	FOR_KINDS(kind)
	{
		if (kind == VS_DEV_OPEN || kind == VS_DEV_CLOSE)
			continue;
		rec = make_record(kind, 1 * SEC, VMM);
		if (vs_kinds[kind].traits & VS_T_OPEN)
			rec.ev.dev.dev = DEV;
		before = rec;
		pass(*state, &rec.ev);
		assert_memory_equal(&rec, &before, sizeof(rec));
	}
}

/* In the model */

/* Its open is on record: it is this one, whatever was lost in between. */
static void close_of_an_open_on_record(void **state)
{
	struct lab *l = *state;

	l->short_closes = true;
	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	l->lost += 5;
	dev_close(l, VMM, 0);
	assert_int_equal(l->closed_count, 1);
	assert_verdict(l, VS_VERDICT_ORDERED);
	assert_int_equal(last_closed(l)->open.pid, VMM);
	assert_string_equal(last_closed(l)->open.device, l->dev[0].name);
	assert_silent(l);
}

/* Another VM has the address by now; the close says what the open said. */
static void close_names_the_creator_of_its_open(void **state)
{
	struct lab *l = *state;

	l->kernel = K_BORROWED;
	l->short_closes = true;
	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	l->flags = VS_F_EXITING;
	vm_destroy(l, 0, VMM);
	l->flags = 0;
	vm_create(l, 0, OTHER);
	group_takes(&l->group[0], &l->vm[0]);
	dev_close(l, VMM, 0);
	assert_verdict(l, VS_VERDICT_ORDERED);
	assert_int_equal(last_closed(l)->vm_pid, VMM);
	assert_int_equal(l->last_vm, 1);
	assert_silent(l);
}

/* With a pointer that is not the one the open took. */
static void close_with_another_pointer(struct lab *l, uint32_t flags)
{
	union vs_event ev;

	vm_create(l, 0, VMM);
	vm_create(l, 1, OTHER);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	l->lost++;
	l->dev[0].opens--;
	l->dev[0].vm = l->group[0].vm = &l->vm[1];
	ev = dev_event(l, VS_DEV_CLOSE, VMM, &l->dev[0]);
	ev.h.flags |= flags;
	lab_emit(l, &ev);
}

/* Without the flag it may be another open's, after a loss; with it, it is not. */
static void close_after_a_loss_with_another_pointer(void **state)
{
	struct lab *l = *state;

	close_with_another_pointer(l, 0);
	assert_int_equal(l->closed_count, 2);
	assert_int_equal(last_closed(l)->open.pid, 0);
	restart(l, &defaults);
	close_with_another_pointer(l, VS_F_OPEN_ON_RECORD);
	assert_int_equal(l->closed_count, 1);
	assert_int_equal(last_closed(l)->open.pid, VMM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IDENTITY_TEST(a_close_is_completed_from_its_open),
		IDENTITY_TEST(each_device_has_its_own),
		IDENTITY_TEST(the_last_open_counts),
		IDENTITY_TEST(several_closes_of_one_open),
		IDENTITY_TEST(a_complete_close_stays_as_it_is),
		IDENTITY_TEST(without_an_open_there_is_nothing_to_add),
		IDENTITY_TEST(a_failed_open_is_not_remembered),
		IDENTITY_TEST(other_kinds_are_left_alone),
		TEST(close_of_an_open_on_record),
		TEST(close_names_the_creator_of_its_open),
		TEST(close_after_a_loss_with_another_pointer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
