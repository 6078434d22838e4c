// SPDX-License-Identifier: GPL-2.0-only
/*
 * The probes are armed, then the look goes on while everything else does:
 * nothing that happens meanwhile is lost or told twice.
 */
#include "toy_history.h"

/* Between arming and the look */

static void add_before_the_device_is_shown(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	was_open(l, VMM, 0);
	group_add(l, VMM, 0, 0);
	assert_silent(l);
	look(l);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
	EVIDENCE(&l->finding[0], VS_GROUP_ADD, VS_FOUND_DEVICE);
	finish(l);
	assert_verdict(l, VS_VERDICT_VIOLATION);
}

/* Nothing is left of it when the device is shown. */
static void add_and_del_before_the_device_is_shown(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	was_open(l, VMM, 0);
	group_add(l, VMM, 0, 0);
	group_del(l, VMM, 0, 0);
	look(l);
	assert_int_equal(l->finding_count, 2);
	assert_rule(&l->finding[0], VS_RULE_OPEN_BEFORE_ADD);
	assert_rule(&l->finding[1], VS_RULE_DEL_WHILE_OPEN);
	finish(l);
	assert_int_equal(l->finding_count, 2);
}

/* Not even the VM; another one may have its address. */
static void add_to_a_vm_that_ended_before_the_device_is_shown(void **state)
{
	unsigned int again;
	struct lab *l = *state;

	for (again = 0; again < 2; again++) {
		restart(l, &with_look);
		had_vm(l, 0, VMM);
		was_open(l, DPDK, 0);
		group_add(l, VMM, 0, 0);
		group_del(l, VMM, 0, 0);
		vm_destroy(l, 0, VMM);
		if (again)
			vm_create(l, 0, OTHER);
		look(l);
		assert_int_equal(count_rule(l, VS_RULE_OPEN_BEFORE_ADD), 1);
		assert_int_equal(l->finding[0].vm, 1);
		assert_int_equal(l->finding[0].vm_pid, VMM);
	}
}

static void add_to_another_vm_before_the_device_is_shown(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_vm(l, 1, OTHER);
	had_group(l, 0, 0);
	was_open(l, VMM, 0);
	group_add(l, OTHER, 1, 0);
	group_del(l, OTHER, 1, 0);
	look(l);
	assert_int_equal(count_rule(l, VS_RULE_KVM_MISMATCH), 1);
	assert_int_equal(count_rule(l, VS_RULE_DEL_WHILE_OPEN), 1);
}

static void del_before_the_device_is_shown(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_group(l, 0, 0);
	was_open(l, VMM, 0);
	group_del(l, VMM, 0, 0);
	look(l);
	assert_one_finding(l, VS_RULE_DEL_WHILE_OPEN);
	finish(l);
	assert_verdict(l, VS_VERDICT_ORDERED);
}

static void kvm_vfio_closed_before_the_device_is_shown(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_group(l, 0, 0);
	was_open(l, VMM, 0);
	kvm_vfio_close(l, VMM, 0);
	look(l);
	assert_one_finding(l, VS_RULE_DEL_WHILE_OPEN);
	EVIDENCE(&l->finding[0], VS_CLEAR_KVM, VS_FOUND_DEVICE);
}

static void kvm_vfio_closed_by_an_exit_before_the_device_is_shown(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_group(l, 0, 0);
	was_open(l, VMM, 0);
	l->flags = VS_F_EXITING;
	kvm_vfio_close(l, VMM, 0);
	l->flags = 0;
	look(l);
	assert_silent(l);
}

/* A device that is opened after all that: none of it was during its open. */
static void del_before_a_device_is_opened(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_group(l, 0, 0);
	group_del(l, VMM, 0, 0);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	look(l);
	finish(l);
	assert_silent(l);
	assert_verdict(l, VS_VERDICT_ORDERED);
}

/* Its close comes before the look has reached it. */
static void closed_before_it_is_shown(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	was_open(l, VMM, 0);
	group_add(l, VMM, 0, 0);
	group_del(l, VMM, 0, 0);
	dev_close(l, VMM, 0);
	look(l);
	finish(l);
	assert_int_equal(l->closed_count, 1);
	assert_int_equal(count_rule(l, VS_RULE_OPEN_BEFORE_ADD), 1);
	assert_int_equal(count_rule(l, VS_RULE_DEL_WHILE_OPEN), 1);
}

/* When the look is over, an open that appears late was not there at that time. */
static void early_calls_are_forgotten_after_the_look(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	group_add(l, VMM, 0, 0);
	group_del(l, VMM, 0, 0);
	look(l);
	was_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	assert_silent(l);
}

/* Close and new open may be among what was lost: the device is another open's. */
static void early_calls_before_a_loss_prove_nothing(void **state)
{
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	was_open(l, VMM, 0);
	group_add(l, VMM, 0, 0);
	group_del(l, VMM, 0, 0);
	l->lose = 2;
	dev_close(l, VMM, 0);
	df_open(l, VMM, 0);
	look(l);
	assert_silent(l);
}

/* State that no record has told of yet */

/* A second open counted, but not recorded, when the device is shown. */
static void shown_while_it_is_opened_again(void **state)
{
	struct lab *l = *state;

	was_open(l, DPDK, 0);
	df_open_begin(l, DPDK, 0);
	found_device(l, 0);
	df_open_end(l, DPDK, 0);
	look_done(l);
	dev_close(l, DPDK, 0);
	assert_int_equal(l->closed_count, 0);
	dev_close(l, DPDK, 0);
	assert_int_equal(l->closed_count, 1);
	assert_int_equal(l->opened_count, 1);
}

/* Only through its own file can a device be shown before its open is told. */
static void shown_while_it_is_opened_by_its_own_file(void **state)
{
	struct lab *l = *state;

	use_cdev(l, 3);
	df_open_begin(l, DPDK, 3);
	found_device(l, 3);
	df_open_end(l, DPDK, 3);
	look_done(l);
	dev_close(l, DPDK, 3);
	assert_int_equal(l->opened_count, 1);
	assert_int_equal(l->closed_count, 1);
}

/* The VM's fd is there before KVM_CREATE_VM has returned. */
static void vm_shown_while_it_is_created(void **state)
{
	struct lab *l = *state;

	vm_create_begin(l, 0, VMM);
	found_vm(l, 0);
	assert_int_equal(l->last_vm, 1);
	vm_create_end(l, 0);
	assert_int_equal(l->last_vm, 1);
	look_done(l);
	group_add(l, VMM, 0, 0);
	assert_int_equal(l->last_vm, 1);
}

/* On the list, and not yet told: no second registration. */
static void registration_shown_while_it_is_made(void **state)
{
	struct k_attr a;
	struct lab *l = *state;

	had_vm(l, 0, VMM);
	had_vm(l, 1, OTHER);
	a = attr_begin(l, 0, 0, KVM_DEV_VFIO_GROUP_ADD);
	found_registration(l, 0, 0);
	attr_end(l, VMM, &a);
	look_done(l);
	group_del(l, VMM, 0, 0);
	group_add(l, OTHER, 1, 0);
	assert_silent(l);
}

/* The place in the stream is older than the state: DEL is told after it. */
static void shown_after_a_del_that_is_told_later(void **state)
{
	struct lab *l = *state;
	size_t place;

	had_vm(l, 0, VMM);
	had_group(l, 0, 0);
	was_open(l, VMM, 0);
	place = lab_reserve(l);
	group_del(l, VMM, 0, 0);
	found_device_at(l, place, 0, VMM);
	look_done(l);
	finish(l);
	assert_one_finding(l, VS_RULE_DEL_WHILE_OPEN);
	assert_verdict(l, VS_VERDICT_ORDERED);
}

static void shown_after_an_add_that_is_told_later(void **state)
{
	struct lab *l = *state;
	size_t place;

	had_vm(l, 0, VMM);
	was_open(l, VMM, 0);
	place = lab_reserve(l);
	group_add(l, VMM, 0, 0);
	found_device_at(l, place, 0, VMM);
	look_done(l);
	finish(l);
	assert_one_finding(l, VS_RULE_OPEN_BEFORE_ADD);
}

/* Random histories, judged strictly */

/* Without losses there is one report per open, in order, and it says the truth. */
static void judge_open(const struct truth *t, const struct vs_open *open, bool at_end)
{
	uint64_t must = t->must;
	enum vs_verdict expected;

	if (at_end || (open->fired & BIT(VS_RULE_OPEN_BEFORE_ADD)))
		must &= ~BIT(VS_RULE_OPEN_WITHOUT_ADD);
	if ((open->fired & ~t->may) || (must & ~open->fired))
		fail_msg("%s at %llu: rules %#llx, may %#llx, must %#llx", open->device,
			 (unsigned long long)open->opened_ns, (unsigned long long)open->fired,
			 (unsigned long long)t->may, (unsigned long long)must);
	if (open->fired & BREAKS_ORDER)
		expected = VS_VERDICT_VIOLATION;
	else if (t->kvm)
		expected = VS_VERDICT_ORDERED;
	else if (t->before || (at_end && (t->must & BIT(VS_RULE_OPEN_WITHOUT_ADD))))
		expected = VS_VERDICT_UNKNOWN;
	else if (t->may & BIT(VS_RULE_OPEN_WITHOUT_ADD) &&
		 !(t->must & BIT(VS_RULE_OPEN_WITHOUT_ADD)))
		return; /* a moment's race with a DEL */
	else
		expected = VS_VERDICT_NO_VM;
	assert_string_equal(vs_verdict_name(open->verdict), vs_verdict_name(expected));
	assert_int_equal(open->opened_ns, t->opened_ns);
	assert_int_equal(open->pid, t->before ? 0 : t->pid);
}

static void judge(struct history *h, bool at_end)
{
	size_t next[K_DEVICES] = { 0 }, i;
	struct lab *l = h->l;

	for (i = 0; i < l->closed_count; i++) {
		const struct vs_open *open = &l->closed[i].open;
		unsigned int dev = 0;

		while (strcmp(l->dev[dev].name, open->device))
			dev++;
		while (next[dev] < h->count && h->t[next[dev]].dev != dev)
			next[dev]++;
		assert_true(next[dev] < h->count);
		if (i >= h->judged)
			judge_open(&h->t[next[dev]], open, at_end);
		next[dev]++;
	}
	h->judged = l->closed_count;
	/* None was missed. */
	assert_int_equal(l->closed_count + (at_end ? 0 : l->opened_count - l->closed_count),
			 l->opened_count);
	check_findings(h);
}

/*
 * Files come and go without locks: an open has to be told for what it is if its
 * first file was counted alone, and no open from before was known until then.
 */
static struct truth *told_truth(struct history *h, const struct vs_open *open)
{
	size_t i;

	for (i = 0; i < h->count; i++)
		if (!h->t[i].file && is_of(h->l, &h->t[i], open->device, 0) &&
		    h->t[i].opened_ns == open->opened_ns)
			return &h->t[i];
	fail_msg("%s: none was opened at %llu", open->device, (unsigned long long)open->opened_ns);
	return NULL;
}

static void judge_files(struct history *h, bool at_end)
{
	struct lab *l = h->l;
	struct truth *t;

	for (; h->judged < l->closed_count; h->judged++) {
		const struct said_open *said = &l->closed[h->judged];

		if (!said->open.opened_ns) {
			assert_int_equal(said->open.verdict, VS_VERDICT_UNKNOWN);
			assert_int_equal(said->open.fired & ~BIT(VS_RULE_DEL_WHILE_OPEN), 0);
			continue;
		}
		t = told_truth(h, &said->open);
		judge_open(t, &said->open, at_end);
		assert_int_equal(t->told++, 0);
		assert_true(said->kvm_ptr == t->kvm);
		assert_true(said->open.closed_ns == (at_end ? 0 : t->to));
	}
	for (t = h->t; at_end && t < h->t + h->count; t++)
		if (t->sure)
			assert_int_equal(t->told, 1);
	check_findings(h);
}

static void finish_history(struct history *h)
{
	void (*judging)(struct history *, bool) = on_notifier(h) ? judge_files : judge;

	judging(h, false);
	h_quiet(h);
	judging(h, false);
	finish(h->l);
	judging(h, true);
	assert_int_equal(h->l->closed_count, h->l->opened_count);
	if (!on_notifier(h))
		assert_int_equal(h->l->closed_count, h->count);
	assert_int_equal(count_rule(h->l, VS_RULE_ADD_WITHOUT_EFFECT), h->without_effect);
}

static struct history history;

static size_t run_random(struct lab *l, enum k_kernel kernel, uint32_t seed,
			 const struct lab_config *config)
{
	struct history *h = &history;
	unsigned int step;

	restart(l, config);
	h_begin(h, l, seed, kernel);
	h_prefix(h, config->look);
	for (step = 0; step < 400; step++) {
		h_step(h);
		if (h->looking && h_random(h, 2))
			h_look_step(h);
		h_tick(h);
	}
	while (h->looking)
		h_look_step(h);
	finish_history(h);
	return l->closed_count;
}

/* Little patience, so that it ends now and then. */
static const struct lab_config impatient = { .grace_ns = 40 * MS, .arch = "x86_64" };

/* Findings about cdevs in use after their file was unregistered. */
static size_t cdev_dels(const struct lab *l)
{
	size_t i, n = 0;

	for (i = 0; i < l->finding_count; i++)
		n += l->finding[i].rule == VS_RULE_DEL_WHILE_OPEN && l->finding[i].pending;
	return n;
}

static void random_histories_are_judged_right(void **state)
{
	size_t opens = 0, of_cdevs = 0, lost = 0;
	struct lab *l = *state;
	uint32_t seed;

	for (seed = 1; seed <= 300; seed++) {
		opens += run_random(l, seed % K_KERNELS, seed * 7919, &impatient);
		lost += count_rule(l, VS_RULE_KVM_LOST);
		of_cdevs += cdev_dels(l);
	}
	assert_true(opens > 1000);
	assert_true(lost > 10);
	assert_true(of_cdevs > 10);
}

static void random_histories_with_a_look_are_judged_right(void **state)
{
	struct lab_config config = impatient;
	size_t opens = 0;
	uint32_t seed;

	config.look = true;
	for (seed = 1; seed <= 600; seed++)
		opens += run_random(*state, seed % K_KERNELS, seed * 104729, &config);
	assert_true(opens > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOOK_TEST(add_before_the_device_is_shown),
		LOOK_TEST(add_and_del_before_the_device_is_shown),
		LOOK_TEST(add_to_a_vm_that_ended_before_the_device_is_shown),
		LOOK_TEST(add_to_another_vm_before_the_device_is_shown),
		LOOK_TEST(del_before_the_device_is_shown),
		LOOK_TEST(kvm_vfio_closed_before_the_device_is_shown),
		LOOK_TEST(kvm_vfio_closed_by_an_exit_before_the_device_is_shown),
		LOOK_TEST(del_before_a_device_is_opened),
		LOOK_TEST(closed_before_it_is_shown),
		LOOK_TEST(early_calls_are_forgotten_after_the_look),
		LOOK_TEST(early_calls_before_a_loss_prove_nothing),
		LOOK_TEST(shown_while_it_is_opened_again),
		LOOK_TEST(shown_while_it_is_opened_by_its_own_file),
		LOOK_TEST(vm_shown_while_it_is_created),
		LOOK_TEST(registration_shown_while_it_is_made),
		LOOK_TEST(shown_after_a_del_that_is_told_later),
		LOOK_TEST(shown_after_an_add_that_is_told_later),
		TEST(random_histories_are_judged_right),
		TEST(random_histories_with_a_look_are_judged_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
