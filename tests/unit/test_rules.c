// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>

#include "events.h"
#include "../../user/core/rules/drivers.h"
#include "../../user/core/rules/errnos.h"
#include "../../user/core/rules/rules.h"

/* The rules as promised to users, in the order of their ids. */
static const struct {
	const char *name;
	enum vs_severity severity;
	bool by_driver;
	bool breaks_order;
} promised[] = {
	{ "open-before-add", VS_WARNING, true, true },
	{ "open-without-add", VS_WARNING, true, true },
	{ "open-refused", VS_ERROR, false, false },
	{ "kvm-mismatch", VS_ERROR, false, true },
	{ "del-while-open", VS_WARNING, false, false },
	{ "add-failed", VS_WARNING, false, false },
	{ "kvm-lost", VS_ERROR, false, true },
	{ "vm-gone-while-open", VS_ERROR, false, true },
	{ "two-vms", VS_ERROR, false, false },
	{ "add-without-effect", VS_WARNING, false, false },
	{ "second-kvm-vfio", VS_WARNING, false, false },
	{ "attach-failed", VS_WARNING, false, false },
	{ "noncoherent-dma", VS_INFO, false, false },
	{ "over-budget", VS_WARNING, false, false },
	{ "busy", VS_WARNING, false, false },
	{ "not-viable", VS_WARNING, false, false },
	{ "no-dma-maps", VS_WARNING, false, false },
	{ "no-peer-to-peer", VS_INFO, false, false },
	{ "driver-refused", VS_ERROR, false, false },
	{ "reset-failed", VS_WARNING, false, false },
	{ "irq-short", VS_INFO, false, false },
	{ "bar-busy", VS_ERROR, false, false },
	{ "device-dead", VS_ERROR, false, false },
	{ "unbind-blocked", VS_WARNING, false, false },
};

static void rules_are_those_promised(void **state)
{
	size_t i, j;

	(void)state;
	assert_int_equal(VS_RULE_COUNT, ARRAY_SIZE(promised));
	for (i = 0; i < ARRAY_SIZE(promised); i++) {
		assert_int_equal(vs_rules[i].id, i);
		assert_string_equal(vs_rules[i].name, promised[i].name);
		assert_int_equal(vs_rules[i].severity, promised[i].severity);
		assert_int_equal(vs_rules[i].by_driver, promised[i].by_driver);
		assert_int_equal(vs_rules[i].breaks_order, promised[i].breaks_order);
		for (j = 0; j < i; j++)
			assert_string_not_equal(vs_rules[i].name, vs_rules[j].name);
	}
}

static void rules_by_name(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(promised); i++)
		assert_ptr_equal(vs_rule_find(promised[i].name), &vs_rules[i]);
	assert_null(vs_rule_find(""));
	assert_null(vs_rule_find("open"));
	assert_null(vs_rule_find("open-before-add "));
	assert_null(vs_rule_find("OPEN-BEFORE-ADD"));
}

/* One line of plain characters; pieces of literals joined with just one space. */
static void assert_line(const char *owner, const char *text)
{
	const char *p;

	if (!text || !*text)
		fail_msg("%s: a text is missing", owner);
	if (*text == ' ' || text[strlen(text) - 1] == ' ' || strstr(text, "  "))
		fail_msg("%s: spaces: %s", owner, text);
	for (p = text; *p; p++)
		if (!isascii((unsigned char)*p) || iscntrl((unsigned char)*p))
			fail_msg("%s: character %#x: %s", owner, (unsigned char)*p, text);
	for (p = text; (p = strpbrk(p, ",;")); p++)
		if (p[1] && p[1] != ' ')
			fail_msg("%s: no space after '%c': %s", owner, *p, text);
}

static void assert_sentences(const char *owner, const char *text)
{
	assert_line(owner, text);
	if (text[strlen(text) - 1] != '.')
		fail_msg("%s: does not end with a full stop: %s", owner, text);
}

static void assert_title(const char *owner, const char *text)
{
	assert_line(owner, text);
	assert_true(islower((unsigned char)text[0]));
	assert_int_not_equal(text[strlen(text) - 1], '.');
}

static void rules_say_everything(void **state)
{
	const struct vs_rule *r;

	(void)state;
	for (r = vs_rules; r < vs_rules + VS_RULE_COUNT; r++) {
		assert_sentences(r->name, r->fires);
		assert_sentences(r->name, r->kernel);
		assert_sentences(r->name, r->fix);
		if (r->by_driver)
			assert_null(r->harm);
		else
			assert_sentences(r->name, r->harm);
		assert_title(r->name, r->title);
		assert_line(r->name, r->reference);
		if (!strstr(r->reference, "Documentation/") && !strstr(r->reference, ".c"))
			fail_msg("%s: refers to nothing: %s", r->name, r->reference);
	}
}

/* What is said of a device cdev is as complete as what is said of a group. */
static void rules_say_everything_of_a_cdev(void **state)
{
	const struct vs_rule *r;

	(void)state;
	for (r = vs_rules; r < vs_rules + VS_RULE_COUNT; r++) {
		const struct vs_rule_text group = vs_rule_text(r, false);
		const struct vs_rule_text cdev = vs_rule_text(r, true);

		assert_ptr_equal(group.title, r->title);
		assert_ptr_equal(group.harm, r->harm);
		assert_ptr_equal(group.fix, r->fix);
		assert_title(r->name, cdev.title);
		assert_sentences(r->name, cdev.fix);
		if (r->by_driver)
			assert_null(cdev.harm);
		else
			assert_sentences(r->name, cdev.harm);
	}
}

static void severities_have_names(void **state)
{
	(void)state;
	assert_string_equal(vs_severity_name(VS_INFO), "info");
	assert_string_equal(vs_severity_name(VS_WARNING), "warning");
	assert_string_equal(vs_severity_name(VS_ERROR), "error");
}

/* Drivers */

static void drivers_say_their_harm(void **state)
{
	const struct vs_driver *d;

	(void)state;
	for (d = vs_drivers; d->name; d++) {
		assert_line("driver", d->name);
		assert_sentences(d->name, d->harm);
		/* an entry behind a more general one would never be found */
		assert_ptr_equal(vs_driver_find(d->name, d->arch ? d->arch : "riscv64"), d);
	}
	assert_sentences("any other", d->harm);
}

static void who_needs_kvm(void **state)
{
	static const struct {
		const char *driver, *arch;
		bool needs_kvm;
	} cases[] = {
		{ "intel_vgpu_mdev", "x86_64", true },	 { "vfio_ap_mdev", "s390x", true },
		{ "vfio-pci", "s390x", true },		 { "vfio-pci", "x86_64", false },
		{ "vfio-pci", "aarch64", false },	 { "mlx5_vfio_pci", "s390x", true },
		{ "mlx5_vfio_pci", "x86_64", false },	 { "vfio_mdev", "x86_64", false },
		{ "nvidia-vgpu-vfio", "x86_64", false }, { "", "s390x", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		if (vs_driver_find(cases[i].driver, cases[i].arch)->needs_kvm != cases[i].needs_kvm)
			fail_msg("%s on %s", cases[i].driver, cases[i].arch);
}

static void harm_of_vfio_pci_is_the_architectures(void **state)
{
	const struct vs_driver *s390 = vs_driver_find("vfio-pci", "s390x");
	const struct vs_driver *x86 = vs_driver_find("vfio-pci", "x86_64");

	(void)state;
	assert_non_null(strstr(s390->harm, "On s390"));
	assert_null(strstr(x86->harm, "On s390"));
	assert_null(vs_driver_find("some_driver", "s390x")->name);
}

/* Errnos */

#define MOST_ERRNOS 12

/* What Linux 5.10 to 7.3 return, by operation. */
static const struct {
	enum vs_errno_op op;
	int errnos[MOST_ERRNOS];
} known[] = {
	{ VS_ERRNO_ADD, { EIO, EFAULT, EBADF, EINVAL, EPERM, EEXIST, ENOMEM } },
	{ VS_ERRNO_DEL, { EIO, EFAULT, EBADF, ENOENT } },
	{ VS_ERRNO_ATTR, { EIO, ENXIO, ENOENT, EINVAL, EBADF } },
	{ VS_ERRNO_CREATE_KVM_VFIO, { EBUSY, EIO } },
	{ VS_ERRNO_GROUP_OPEN, { EBUSY, ENODEV, EPERM } },
	{ VS_ERRNO_SET_CONTAINER, { EINVAL, EBADF, EBADFD, ENODEV, EPERM, EBUSY } },
	{ VS_ERRNO_HAS_CONTAINER, { EINVAL } },
	{ VS_ERRNO_GROUP_IOCTL, { ENOTTY } },
	{ VS_ERRNO_SET_IOMMU, { EINVAL, ENODEV, EPERM, EBUSY } },
	{ VS_ERRNO_GET_DEVICE_FD,
	  { EINVAL, ENODEV, EACCES, EAGAIN, ESRCH, EEXIST, EPERM, EBUSY, ENOENT } },
	{ VS_ERRNO_NO_CONTAINER, { EINVAL } },
	{ VS_ERRNO_NO_IOMMU, { EINVAL } },
	{ VS_ERRNO_DRIVER_OPEN, { EAGAIN, ESRCH, EEXIST, EINVAL, EPERM, ENOENT, ENODEV } },
	{ VS_ERRNO_MAP_DMA, { EEXIST, EINVAL, ENOMEM, ENOSPC, EPERM, ENXIO } },
	{ VS_ERRNO_SPAPR_ENABLE, { ENODEV, EBUSY, EPERM, ENOMEM } },
	{ VS_ERRNO_SPAPR_REGISTER, { EINVAL, EBUSY, ENOMEM, EFAULT, EPERM, ENOTTY } },
	{ VS_ERRNO_SPAPR_WINDOW, { EINVAL, ENOSPC, ENXIO, EPERM, ENOMEM } },
	{ VS_ERRNO_BIND_IOMMUFD,
	  { EINVAL, EBUSY, EBADF, EBADFD, EPERM, EFAULT, ENOTTY, EAGAIN, ESRCH, EEXIST, ENODEV } },
	{ VS_ERRNO_ATTACH_PT, { ENOTTY, ENOENT, EINVAL, EBUSY, EADDRINUSE, EFAULT, ENOMEM } },
	{ VS_ERRNO_ATTACH_BOUND, { EINVAL } },
	{ VS_ERRNO_IOAS_MAP,
	  { ENOENT, EINVAL, EEXIST, EADDRINUSE, EOVERFLOW, E2BIG, EOPNOTSUPP, EFAULT, ENOMEM,
	    EBADF } },
	{ VS_ERRNO_RESET, { EINVAL, EAGAIN, ETIMEDOUT } },
	{ VS_ERRNO_HOT_RESET, { EINVAL, ENODEV, EBADF, EFAULT, EBUSY, EAGAIN, ENOTTY, ETIMEDOUT } },
	{ VS_ERRNO_SET_IRQS, { EBUSY, ENOSPC, ENODEV, EBADF, EFAULT, ENOMEM, EIO } },
};

static void errnos_are_explained(void **state)
{
	const char *generic = vs_errno_why(VS_ERRNO_ADD, 4095);
	const char *why;
	const int *err;
	size_t i;

	(void)state;
	assert_int_equal(ARRAY_SIZE(known), VS_ERRNO_OP_COUNT);
	for (i = 0; i < ARRAY_SIZE(known); i++) {
		assert_int_equal(known[i].op, i);
		for (err = known[i].errnos; *err; err++) {
			why = vs_errno_why(known[i].op, *err);
			if (why == generic)
				fail_msg("operation %zu: %s is not explained", i,
					 strerrorname_np(*err));
			assert_ptr_equal(vs_errno_why(known[i].op, -*err), why);
		}
	}
}

/* Not only those that are known: whatever is written must be fit to print. */
static void every_errno_has_a_sentence(void **state)
{
	static const int odd[] = { 0, 512, 4095, INT32_MAX, INT32_MIN };
	const char *generic = vs_errno_why(VS_ERRNO_ADD, 4095);
	unsigned int op;
	size_t i;
	int err;

	(void)state;
	for (op = 0; op < VS_ERRNO_OP_COUNT; op++) {
		for (err = 1; err < 200; err++)
			assert_sentences("errno", vs_errno_why(op, err));
		for (i = 0; i < ARRAY_SIZE(odd); i++)
			assert_ptr_equal(vs_errno_why(op, odd[i]), generic);
		assert_ptr_equal(vs_errno_why(op, EXDEV), generic);
	}
}

static void errnos_have_names(void **state)
{
	(void)state;
	assert_string_equal(vs_errno_word(EIO), "EIO");
	assert_string_equal(vs_errno_word(-EIO), "EIO");
	assert_string_equal(vs_errno_word(-512), "ERESTARTSYS");
	assert_string_equal(vs_errno_word(516), "ERESTART_RESTARTBLOCK");
	assert_string_equal(vs_errno_word(517), "EPROBE_DEFER");
	assert_null(vs_errno_word(518));
	assert_null(vs_errno_word(INT32_MIN));
	assert_false(vs_errno_interrupted(511));
	assert_true(vs_errno_interrupted(-512));
	assert_false(vs_errno_interrupted(515));
	assert_true(vs_errno_interrupted(516));
	assert_false(vs_errno_interrupted(517));
}

/* What one driver means by it says nothing of another's. */
static void errnos_of_drivers(void **state)
{
	(void)state;
	assert_sentences("driver", vs_errno_of_driver("vfio-pci", -EAGAIN));
	assert_null(vs_errno_of_driver("mlx5_vfio_pci", -EAGAIN));
	assert_null(vs_errno_of_driver("vfio-pci", -EIO));
}

/* The same number tells another story elsewhere. */
static void errnos_are_the_operations(void **state)
{
	(void)state;
	assert_non_null(strstr(vs_errno_why(VS_ERRNO_MAP_DMA, -ENOMEM), "RLIMIT_MEMLOCK"));
	assert_null(strstr(vs_errno_why(VS_ERRNO_ADD, -ENOMEM), "RLIMIT_MEMLOCK"));
	assert_non_null(strstr(vs_errno_why(VS_ERRNO_DEL, -EBADF), "DEL first"));
	assert_non_null(strstr(vs_errno_why(VS_ERRNO_SET_CONTAINER, -EPERM), "not viable"));
	assert_non_null(strstr(vs_errno_why(VS_ERRNO_GET_DEVICE_FD, -EINVAL), "no container"));
	assert_non_null(strstr(vs_errno_why(VS_ERRNO_DRIVER_OPEN, -ESRCH), "kvm pointer"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_are_those_promised),
		cmocka_unit_test(rules_by_name),
		cmocka_unit_test(rules_say_everything),
		cmocka_unit_test(rules_say_everything_of_a_cdev),
		cmocka_unit_test(severities_have_names),
		cmocka_unit_test(drivers_say_their_harm),
		cmocka_unit_test(who_needs_kvm),
		cmocka_unit_test(harm_of_vfio_pci_is_the_architectures),
		cmocka_unit_test(errnos_are_explained),
		cmocka_unit_test(every_errno_has_a_sentence),
		cmocka_unit_test(errnos_have_names),
		cmocka_unit_test(errnos_of_drivers),
		cmocka_unit_test(errnos_are_the_operations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
