// SPDX-License-Identifier: GPL-2.0-only
/* Calls of the cdev path that fail, and the pointer that one of them drops. */
#include "model_test.h"
#include "toy_cdev.h"
#include "../../user/core/rules/errnos.h"

#define DEV 2
#define CDEV 1

static int begin_cdev(void **state)
{
	begin(state);
	use_cdev(*state, DEV);
	return 0;
}

#define CDEV_TEST(name) cmocka_unit_test_setup_teardown(name, begin_cdev, end)

static void assert_cause(const struct said_finding *f, enum vs_errno_op op, int err)
{
	assert_ptr_equal(f->cause, vs_errno_why(op, err));
}

/* open-refused, or not */

static void refused_by_the_driver(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	l->dev[DEV].driver = "vfio_ap_mdev";
	bind_refused(l, VMM, DEV, -EINVAL, 0);
	assert_one_finding(l, VS_RULE_OPEN_REFUSED); /* the BIND around it is not one more */
	EVIDENCE(&l->finding[0], VS_DEV_OPEN);
	assert_cause(&l->finding[0], VS_ERRNO_DRIVER_OPEN, EINVAL);
	assert_string_equal(l->finding[0].fix, vs_rules[VS_RULE_OPEN_REFUSED].cdev.fix);
	assert_int_equal(l->opened_count, 0);
	/* A later BIND of the same thread that fails is another one. */
	bind_returns(l, VMM, DEV, -EBADF);
	assert_int_equal(l->finding_count, 2);
	assert_rule(last_finding(l), VS_RULE_ATTACH_FAILED);
}

static void refused_by_iommufd(void **state)
{
	static const int errs[] = { EINVAL, EPERM, ENOMEM };
	struct lab *l = *state;
	size_t i;

	vm_create(l, 0, VMM);
	for (i = 0; i < ARRAY_SIZE(errs); i++) {
		bind_refused(l, VMM, DEV, -errs[i], VS_F_NOT_ASKED);
		assert_int_equal(l->finding_count, i + 1);
		assert_rule(last_finding(l), VS_RULE_ATTACH_FAILED);
		assert_cause(last_finding(l), VS_ERRNO_BIND_IOMMUFD, errs[i]);
		EVIDENCE(last_finding(l), VS_BIND_IOMMUFD);
	}
	assert_int_equal(count_rule(l, VS_RULE_OPEN_REFUSED), 0);
}

/* It had its VM's pointer: the driver had another reason. */
static void refused_with_a_pointer(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, CDEV);
	bind_refused(l, VMM, DEV, -EAGAIN, 0);
	assert_one_finding(l, VS_RULE_DRIVER_REFUSED);
}

/* attach-failed */

static void failed_binds_are_explained(void **state)
{
	static const int errs[] = { EINVAL, EBADF, EBADFD, EPERM, ENOTTY, ENODEV };
	struct lab *l = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(errs); i++) {
		bind_returns(l, VMM, DEV, -errs[i]);
		assert_int_equal(l->finding_count, i + 1);
		assert_rule(last_finding(l), VS_RULE_ATTACH_FAILED);
		assert_cause(last_finding(l), VS_ERRNO_BIND_IOMMUFD, errs[i]);
		assert_string_equal(last_finding(l)->fix, vs_rules[VS_RULE_ATTACH_FAILED].fix);
		assert_string_equal(last_finding(l)->device, l->dev[DEV].name);
	}
}

/* A device of a group knows no such call, and its file carries no pointer. */
static void bind_of_an_fd_from_its_group(void **state)
{
	struct lab *l = *state;
	union vs_event ev;

	dev_open(l, DPDK, 0);
	ev = bind_event(l, DPDK, 0, -EINVAL);
	ev.bind.group = 0;
	lab_emit(l, &ev);
	assert_one_finding(l, VS_RULE_ATTACH_FAILED);
	assert_string_equal(l->finding[0].fix, vs_rules[VS_RULE_ATTACH_FAILED].fix);
}

static void attach_of(struct lab *l, unsigned int dev, int64_t ret, uint32_t flags)
{
	union vs_event ev = lab_event(l, VS_ATTACH_PT, VMM);

	ev.h.ret = ret;
	ev.h.flags |= flags;
	ev.iommufd_pt.dev = l->dev[dev].ptr;
	SET_STRING(ev.iommufd_pt.name, l->dev[dev].name);
	lab_emit(l, &ev);
}

/* Of a file that is bound. */
static void attach_returns(struct lab *l, unsigned int dev, int64_t ret)
{
	attach_of(l, dev, ret, ret ? VS_F_BOUND : 0);
}

/* VMMs try the address spaces that they have. */
static void attach_is_tried_again(void **state)
{
	struct lab *l = *state;

	cdev_bind(l, VMM, DEV);
	attach_returns(l, DEV, -EINVAL);
	attach_returns(l, DEV, -EINVAL);
	assert_int_equal(count_rule(l, VS_RULE_ATTACH_FAILED), 0);
	attach_returns(l, DEV, 0);
	assert_int_equal(count_rule(l, VS_RULE_ATTACH_FAILED), 2);
	assert_int_equal(last_finding(l)->severity, VS_INFO);
	EVIDENCE(last_finding(l), VS_ATTACH_PT, VS_ATTACH_PT);
	attach_returns(l, DEV, 0);
	assert_int_equal(count_rule(l, VS_RULE_ATTACH_FAILED), 2);
}

static void attach_is_tried_in_vain(void **state)
{
	struct lab *l = *state;

	cdev_bind(l, VMM, DEV);
	attach_returns(l, DEV, -EINVAL);
	dev_close(l, VMM, DEV);
	assert_int_equal(count_rule(l, VS_RULE_ATTACH_FAILED), 1);
	assert_int_equal(last_finding(l)->severity, VS_WARNING);
	assert_string_equal(last_finding(l)->cause, vs_errno_why(VS_ERRNO_ATTACH_BOUND, EINVAL));
	/* Nor does success come. */
	cdev_bind(l, VMM, DEV);
	attach_returns(l, DEV, -EINVAL);
	tick(l, l->now + 6 * SEC);
	assert_int_equal(count_rule(l, VS_RULE_ATTACH_FAILED), 2);
	/* Another reason is none that another address space helps with. */
	attach_returns(l, DEV, -ENOMEM);
	assert_int_equal(count_rule(l, VS_RULE_ATTACH_FAILED), 3);
	/* At the end. */
	attach_returns(l, DEV, -EINVAL);
	finish(l);
	assert_int_equal(count_rule(l, VS_RULE_ATTACH_FAILED), 4);
	assert_int_equal(last_finding(l)->severity, VS_WARNING);
}

/* Another file of the device may be. */
static void attach_of_an_unbound_file(void **state)
{
	struct lab *l = *state;

	cdev_bind(l, VMM, DEV);
	attach_of(l, DEV, -EINVAL, 0);
	assert_one_finding(l, VS_RULE_ATTACH_FAILED);
	assert_int_equal(l->finding[0].severity, VS_WARNING);
	assert_string_equal(l->finding[0].cause, vs_errno_why(VS_ERRNO_ATTACH_PT, EINVAL));
}

/* A device is attached to an address space; and maps of one. */
static void failed_attaches_and_maps_are_explained(void **state)
{
	static const struct {
		unsigned int kind;
		int err;
		enum vs_errno_op op;
	} cases[] = {
		{ VS_ATTACH_PT, ENOENT, VS_ERRNO_ATTACH_PT },
		{ VS_ATTACH_PT, ENOMEM, VS_ERRNO_ATTACH_PT },
		{ VS_IOAS_MAP, ENOMEM, VS_ERRNO_IOAS_MAP },
		{ VS_IOAS_MAP_FILE, EBADF, VS_ERRNO_IOAS_MAP },
		{ VS_IOAS_COPY, ENOENT, VS_ERRNO_IOAS_MAP },
	};
	const struct vs_rule *text = &vs_rules[VS_RULE_ATTACH_FAILED];
	struct lab *l = *state;
	union vs_event ev;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		ev = lab_event(l, cases[i].kind, VMM);
		lab_emit(l, &ev);
		assert_int_equal(l->finding_count, i);
		ev = lab_event(l, cases[i].kind, VMM);
		ev.h.ret = -cases[i].err;
		lab_emit(l, &ev);
		assert_int_equal(l->finding_count, i + 1);
		assert_rule(last_finding(l), VS_RULE_ATTACH_FAILED);
		assert_cause(last_finding(l), cases[i].op, cases[i].err);
		assert_ptr_equal(last_finding(l)->fix, text->fix);
		EVIDENCE(last_finding(l), cases[i].kind);
	}
	/* Nothing follows from what is taken down, as with a container. */
	ev = lab_event(l, VS_IOAS_UNMAP, VMM);
	ev.h.ret = -ENOENT;
	lab_emit(l, &ev);
	ev = lab_event(l, VS_DETACH_PT, VMM);
	ev.h.ret = -EINVAL;
	lab_emit(l, &ev);
	assert_int_equal(l->finding_count, ARRAY_SIZE(cases));
}

/* kvm-lost */

static void registered_and_bound(struct lab *l)
{
	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, CDEV);
	cdev_bind(l, VMM, DEV);
	assert_silent(l);
}

static void dropped_by_a_second_bind(void **state)
{
	struct lab *l = *state;

	registered_and_bound(l);
	bind_again(l, OTHER, DEV);
	assert_int_equal(l->finding_count, 2);
	assert_rule(&l->finding[0], VS_RULE_KVM_LOST);
	assert_int_equal(l->finding[0].severity, VS_ERROR);
	assert_int_equal(l->finding[0].vm, 1);
	assert_int_equal(l->finding[0].pid, VMM); /* whose device it is */
	EVIDENCE(&l->finding[0], VS_DEV_OPEN, VS_BIND_IOMMUFD, VS_BIND_IOMMUFD);
	assert_int_equal(l->finding[0].evidence[2].h.pid, OTHER);
	assert_rule(&l->finding[1], VS_RULE_ATTACH_FAILED);
	/* Nothing more follows, whatever the device is seen to carry. */
	bind_again(l, OTHER, DEV);
	assert_int_equal(l->finding_count, 3);
	assert_rule(&l->finding[2], VS_RULE_ATTACH_FAILED);
	group_del(l, VMM, 0, CDEV);
	vm_destroy(l, 0, VMM);
	dev_close(l, VMM, DEV);
	assert_int_equal(l->finding_count, 3);
	assert_verdict(l, VS_VERDICT_VIOLATION);
	assert_reason_of(&last_closed(l)->open, "kvm-lost", vs_rules[VS_RULE_KVM_LOST].title);
	assert_int_equal(last_closed(l)->kvm, 1);
}

static void nothing_to_drop(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	cdev_bind(l, VMM, DEV);
	bind_again(l, OTHER, DEV);
	assert_one_finding(l, VS_RULE_ATTACH_FAILED);
}

/* Said of a device that is not known to be open: its open was before, or is lost. */
static void dropped_of_no_known_open(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_group(l, 0, CDEV);
	was_open(l, VMM, DEV);
	bind_again(l, OTHER, DEV);
	assert_int_equal(count_rule(l, VS_RULE_KVM_LOST), 0);
}

/* The device took no pointer, as far as the model has seen. */
static void dropped_of_an_open_without_a_pointer(void **state)
{
	union vs_event ev;
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	cdev_bind(l, DPDK, DEV);
	l->now += 10 * MS;
	ev = bind_event(l, OTHER, DEV, -EINVAL);
	ev.h.flags |= VS_F_DROPPED_KVM;
	lab_emit(l, &ev);
	assert_int_equal(count_rule(l, VS_RULE_KVM_LOST), 0);
}

/* The call began before this open did: another one may have lost its pointer to it. */
static void dropped_by_a_bind_that_began_before(void **state)
{
	union vs_event ev;
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	group_add(l, VMM, 0, CDEV);
	cdev_bind(l, VMM, DEV);
	ev = bind_event(l, OTHER, DEV, -EINVAL);
	ev.h.flags |= VS_F_DROPPED_KVM;
	ev.h.dur = ev.h.ts - l->opened[0].open.opened_ns;
	lab_emit(l, &ev);
	assert_int_equal(count_rule(l, VS_RULE_KVM_LOST), 0);
	/* It began just after. */
	ev = bind_event(l, OTHER, DEV, -EINVAL);
	ev.h.flags |= VS_F_DROPPED_KVM;
	ev.h.dur = ev.h.ts - l->opened[0].open.opened_ns - 1;
	lab_emit(l, &ev);
	assert_int_equal(count_rule(l, VS_RULE_KVM_LOST), 1);
}

/* Its close and another open may be lost: but not what the close of this one shows. */
static void dropped_after_a_loss(void **state)
{
	struct lab *l = *state;

	registered_and_bound(l);
	l->lose = 1;
	coherency(l, VMM, 0, true);
	bind_again(l, OTHER, DEV);
	assert_int_equal(count_rule(l, VS_RULE_KVM_LOST), 0);
	group_del(l, VMM, 0, CDEV);
	dev_close(l, VMM, DEV);
	assert_int_equal(count_rule(l, VS_RULE_KVM_LOST), 0);
}

/* The BIND itself was not recorded, but nothing else is missing. */
static void lost_by_the_state_at_the_close(void **state)
{
	struct lab *l = *state;

	registered_and_bound(l);
	l->armed = false;
	bind_again(l, OTHER, DEV);
	l->armed = true;
	group_del(l, VMM, 0, CDEV);
	assert_silent(l);
	dev_close(l, VMM, DEV);
	assert_one_finding(l, VS_RULE_KVM_LOST);
	EVIDENCE(&l->finding[0], VS_DEV_OPEN, VS_BIND_IOMMUFD, VS_DEV_CLOSE);
	assert_verdict(l, VS_VERDICT_VIOLATION);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CDEV_TEST(refused_by_the_driver),
		CDEV_TEST(refused_by_iommufd),
		CDEV_TEST(refused_with_a_pointer),
		CDEV_TEST(failed_binds_are_explained),
		CDEV_TEST(bind_of_an_fd_from_its_group),
		CDEV_TEST(attach_is_tried_again),
		CDEV_TEST(attach_is_tried_in_vain),
		CDEV_TEST(attach_of_an_unbound_file),
		CDEV_TEST(failed_attaches_and_maps_are_explained),
		CDEV_TEST(dropped_by_a_second_bind),
		CDEV_TEST(nothing_to_drop),
		CDEV_TEST(dropped_of_no_known_open),
		CDEV_TEST(dropped_of_an_open_without_a_pointer),
		CDEV_TEST(dropped_by_a_bind_that_began_before),
		CDEV_TEST(dropped_after_a_loss),
		CDEV_TEST(lost_by_the_state_at_the_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
