// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/kvm.h>
#include <linux/vfio.h>

#include "events.h"
#include "../../user/core/event/refs.h"
#include "../../user/core/text/describe.h"

/* As it comes from a source. */
static union vs_event decoded(const union vs_event *in)
{
	union vs_record out;

	assert_int_equal(vs_decode(in, in->h.size, &out), 0);
	return out.ev;
}

static void device_an_event_names(void **state)
{
	static const unsigned int with_device[] = {
		VS_GET_DEVICE_FD, VS_DEV_OPEN, VS_DEV_CLOSE, VS_DRIVER_OPEN, VS_KVM_TAKEN,
		VS_KVM_DROPPED, VS_SET_IRQS, VS_DEV_RESET, VS_DEV_HOT_RESET, VS_UNBIND_BEGIN,
		VS_UNBIND, VS_REGION_MAP, VS_FOUND_DEVICE,
		/* if their file is a device's */
		VS_GROUP_ADD, VS_GROUP_DEL, VS_SET_SPAPR_TCE, VS_KVM_VFIO_ATTR, VS_SET_KVM,
		VS_CLEAR_KVM, VS_FOUND_REGISTRATION,
		/* of the cdev path */
		VS_FILE_ADD, VS_FILE_DEL, VS_CDEV_OPEN, VS_CDEV_RELEASE, VS_BIND_IOMMUFD,
		VS_ATTACH_PT, VS_DETACH_PT, VS_DEV_FEATURE, VS_FOUND_CDEV,
		/* of phases */
		VS_PHASE, VS_LOCK_WAIT, VS_IN_CALL
	};
	unsigned int kind, i;
	union vs_event ev;
	bool has;

	(void)state;
	FOR_EVENT_KINDS(kind)
	{
		ev = make_event(kind, 1, 1);
		if (ev.h.size > sizeof(ev.h))
			memset((char *)&ev + sizeof(ev.h), 'd', ev.h.size - sizeof(ev.h) - 1);
		ev = decoded(&ev);
		for (has = false, i = 0; i < ARRAY_SIZE(with_device); i++)
			has |= with_device[i] == kind;
		assert_int_equal(vs_event_device(&ev)[0], has ? 'd' : '\0');
	}
}

static void result_of(const union vs_event *ev, int64_t ret, const struct vs_refs *refs,
		      const char *expected)
{
	union vs_event copy = *ev;
	struct vs_text t;
	char out[32];

	copy.h.ret = ret;
	vs_text_init(&t, out, sizeof(out));
	vs_put_result(&t, &copy, refs);
	assert_string_equal(out, expected);
}

static void result(const union vs_event *ev, int64_t ret, const char *expected)
{
	const struct vs_refs none = { .group = -1, .holder_fd = -1 };

	result_of(ev, ret, &none, expected);
}

static void results(void **state)
{
	union vs_event add = make_event(VS_GROUP_ADD, 1, 1);
	union vs_event create = make_event(VS_VM_CREATE, 1, 1);
	union vs_event get = make_event(VS_GET_DEVICE_FD, 1, 1);

	(void)state;
	result(&add, 0, "ok");
	result(&add, -EBADF, "EBADF");
	result(&add, -EEXIST, "EEXIST");
	result(&add, 5, "5");
	result(&create, 12, "fd 12");
	result(&create, 0, "fd 0");
	result(&create, -ENOMEM, "ENOMEM");
	result(&get, 23, "fd 23");
	result(&get, -ENODEV, "ENODEV");
	result(&add, -4000, "-4000"); /* an errno without a name */
	result(&add, -4096, "-4096"); /* no errno at all */
	result(&add, INT64_MIN, "-9223372036854775808");
}

static void failures(void **state)
{
	union vs_event ev = make_event(VS_GROUP_ADD, 1, 1);

	(void)state;
	assert_false(vs_event_failed(&ev));
	ev.h.ret = -EINVAL;
	assert_true(vs_event_failed(&ev));
	ev.h.ret = 3;
	assert_false(vs_event_failed(&ev));
}

static void errno_names(void **state)
{
	(void)state;
	assert_string_equal(vs_errno_name(-EINVAL), "EINVAL");
	assert_string_equal(vs_errno_name(-ENXIO), "ENXIO");
	assert_null(vs_errno_name(EINVAL));
	assert_null(vs_errno_name(-4000));
	assert_null(vs_errno_name(-4096));
	assert_null(vs_errno_name(INT64_MIN));
}

static const char *label(const struct vs_vm *vm, bool long_form)
{
	static char out[VS_LABEL_LEN];
	struct vs_text t;

	vs_text_init(&t, out, sizeof(out));
	vs_put_vm(&t, vm, long_form);
	return out;
}

static void vm_labels(void **state)
{
	struct vs_vm vm = { .id = 3, .pid = 77 };

	(void)state;
	assert_string_equal(label(NULL, true), "no VM");
	assert_string_equal(label(&vm, false), "vm3");
	assert_string_equal(label(&vm, true), "vm3 (pid 77)");
	SET_STRING(vm.name, "web");
	SET_STRING(vm.comm, "qemu");
	assert_string_equal(label(&vm, false), "vm3 \"web\"");
	assert_string_equal(label(&vm, true), "vm3 \"web\" (qemu, pid 77)");
	SET_STRING(vm.name, "\x1b[2J");
	SET_STRING(vm.comm, "a\nb");
	assert_string_equal(label(&vm, true), "vm3 \"\\x1b[2J\" (a\\nb, pid 77)");
}

static const char *detail(const union vs_event *ev, const struct vs_refs *refs)
{
	static char out[VS_DETAIL_LEN];
	struct vs_text t;

	memset(out, 0xff, sizeof(out));
	vs_text_init(&t, out, sizeof(out));
	vs_put_detail(&t, ev, refs);
	return out;
}

static void says(const union vs_event *ev, const struct vs_refs *refs, const char *what)
{
	if (!strstr(detail(ev, refs), what))
		fail_msg("'%s' does not say '%s'", detail(ev, refs), what);
}

static void details_name_what_the_call_was_about(void **state)
{
	const struct vs_vm vm = { .id = 3, .name = "web" };
	const struct vs_refs refs = { .vm = &vm, .group_vm = &vm, .group = 12 };
	const struct vs_refs none = { .group = -1 };
	union vs_event ev = make_event(VS_GROUP_ADD, 1, 1);

	(void)state;
	ev.attr.fd = 31;
	ev.attr.iommu_group = 12;
	says(&ev, &refs, "group 12");
	says(&ev, &refs, "fd 31");
	says(&ev, &refs, "vm3 \"web\"");
	ev.attr.iommu_group = -1;
	says(&ev, &none, "not a group");

	ev = make_event(VS_SET_KVM, 1, 1);
	ev.set_kvm.kvm = 1;
	says(&ev, &refs, "(the VM ended)");
	ev.set_kvm.vm = 1;
	says(&ev, &refs, "fd was closed");
	ev.h.flags |= VS_F_BY_ATTR;
	assert_null(strstr(detail(&ev, &refs), "fd was closed"));
	says(&ev, &none, "no VM");

	ev = make_event(VS_DEV_OPEN, 1, 1);
	SET_STRING(ev.dev.name, "0000:3b:00.0");
	SET_STRING(ev.dev.driver, "vfio-pci");
	ev.dev.open_count = 1;
	says(&ev, &none, "0000:3b:00.0 (vfio-pci)");
	says(&ev, &none, "kvm pointer: none");
	ev.dev.kvm = 1;
	ev.dev.open_count = 2;
	says(&ev, &refs, "kvm pointer: vm3");
	says(&ev, &refs, "opened again");

	ev.h.kind = VS_DEV_CLOSE;
	says(&ev, &refs, "other opens remain");
	ev.dev.open_count = 0;
	says(&ev, &refs, "last close");

	ev = make_event(VS_GET_DEVICE_FD, 1, 1);
	SET_STRING(ev.get_device_fd.name, "0000:3b:00.0");
	says(&ev, &refs, "0000:3b:00.0, group 12");

	ev = make_event(VS_SET_IOMMU, 1, 1);
	ev.set_iommu.type = VFIO_TYPE1v2_IOMMU;
	says(&ev, &none, "TYPE1v2");
	ev.set_iommu.type = 0; /* a hole in the table of names, and beyond its end */
	says(&ev, &none, "type 0 (?)");
	ev.set_iommu.type = 200;
	says(&ev, &none, "200");
	ev.set_iommu.type = VS_NOT_SEEN;
	says(&ev, &none, "type not seen");
	ev = make_event(VS_DMA_MAP, 1, 1);
	ev.dma.iova = 0x100000;
	ev.dma.bytes = 2 << 20;
	says(&ev, &none, "0x100000");
	says(&ev, &none, "2 MiB");

	ev = make_event(VS_SET_IRQS, 1, 1);
	ev.set_irqs.irq_index = VFIO_PCI_MSIX_IRQ_INDEX;
	ev.set_irqs.irq_count = 16;
	says(&ev, &none, "MSI-X, 16 from 0");
	ev.set_irqs.irq_index = 5;
	says(&ev, &none, "index 5");
	ev.set_irqs.irq_index = UINT32_MAX;
	says(&ev, &none, "index 4294967295");
}

/* What a look found: no calls; in place of a result stands the holder's fd. */
static void found_kinds(void **state)
{
	const struct vs_refs held = { .group = -1, .holder_fd = 23 };
	union vs_event ev;
	unsigned int kind;

	(void)state;
	FOR_EVENT_KINDS(kind)
	{
		ev = make_event(kind, 1, 1);
		assert_int_equal(vs_event_is(&ev, VS_T_FOUND),
				 kind == VS_FOUND_VM || kind == VS_FOUND_KVM_VFIO ||
					 kind == VS_FOUND_REGISTRATION || kind == VS_FOUND_GROUP ||
					 kind == VS_FOUND_CONTAINER || kind == VS_FOUND_DEVICE ||
					 kind == VS_FOUND_CDEV || kind == VS_FOUND_IOMMUFD);
		if (vs_event_is(&ev, VS_T_FOUND))
			result_of(&ev, 0, &held, "fd 23");
	}
}

static void details_of_what_was_found(void **state)
{
	const struct vs_vm vm = { .id = 3, .name = "web" };
	const struct vs_refs refs = { .vm = &vm, .group_vm = &vm, .group = 12 };
	const struct vs_refs none = { .group = 12 };
	union vs_event ev = make_event(VS_FOUND_VM, 1, 1);

	(void)state;
	assert_string_equal(detail(&ev, &refs), "vm3 \"web\"");
	ev = make_event(VS_FOUND_KVM_VFIO, 1, 1);
	assert_string_equal(detail(&ev, &refs), "vm3 \"web\"");
	ev.found_kvm_vfio.noncoherent = 1;
	says(&ev, &refs, "non-coherent");
	ev = make_event(VS_FOUND_REGISTRATION, 1, 1);
	assert_string_equal(detail(&ev, &refs), "group 12 with vm3 \"web\"");
	ev = make_event(VS_FOUND_GROUP, 1, 1);
	assert_string_equal(detail(&ev, &none), "group 12, kvm pointer: none");
	ev.found_group.group_kvm = 1;
	assert_string_equal(detail(&ev, &refs), "group 12, kvm pointer: vm3 \"web\"");
	/* A pointer to nothing that is known is not the same as none. */
	assert_string_equal(detail(&ev, &none), "group 12, kvm pointer: no VM");
	ev = make_event(VS_FOUND_CONTAINER, 1, 1);
	assert_string_equal(detail(&ev, &none), "no IOMMU driver yet");
	SET_STRING(ev.found_container.driver, "a\nb");
	assert_string_equal(detail(&ev, &none), "a\\nb");
	ev = make_event(VS_FOUND_DEVICE, 1, 1);
	SET_STRING(ev.dev.name, "0000:3b:00.0");
	SET_STRING(ev.dev.driver, "vfio-pci");
	ev.dev.open_count = 2;
	says(&ev, &none, "0000:3b:00.0 (vfio-pci), group 12, kvm pointer: none");
	ev.dev.kvm = 1;
	says(&ev, &refs, "kvm pointer: vm3 \"web\"");
}

static void registration_of_a_device(void **state)
{
	const struct vs_refs none = { .group = -1 };
	union vs_event ev = make_event(VS_GROUP_ADD, 1, 1);

	(void)state;
	ev.attr.fd = 31;
	ev.attr.iommu_group = -1;
	ev.attr.dev = 1;
	says(&ev, &none, "fd 31 (a device)");
}

/* The VM and its process, as far as an event knows them. */
static void vm_an_event_is_about(void **state)
{
	union vs_event ev = make_event(VS_FOUND_DEVICE, 1, 1);
	struct vs_about a;

	(void)state;
	ev.dev.kvm = 0x10;
	ev.dev.kvm_creator = 7;
	ev.dev.owner_creator = 8;
	ev.dev.group_creator = 9;
	vs_event_about(&ev, &a);
	assert_int_equal(a.vm, 0x10);
	assert_int_equal(a.vm_creator, 7);
	ev.dev.group_kvm = 0x20;
	vs_event_about(&ev, &a);
	assert_int_equal(a.vm, 0x10);
	assert_int_equal(a.vm_creator, 7);
	assert_int_equal(a.group_vm, 0x20);
	assert_int_equal(a.group_creator, 9);
	ev.dev.kvm = ev.dev.group_kvm = 0;
	ev.dev.owner_kvm = 0x30;
	vs_event_about(&ev, &a);
	assert_int_equal(a.vm, 0x30);
	assert_int_equal(a.vm_creator, 8);

	ev = make_event(VS_FOUND_REGISTRATION, 1, 1);
	ev.registration.kvm = 0x10;
	ev.registration.group_kvm = 0x20;
	ev.registration.creator = 7;
	vs_event_about(&ev, &a);
	assert_int_equal(a.vm, 0x10);
	assert_int_equal(a.vm_creator, 7);
	assert_int_equal(a.group_vm, 0x20);
	assert_int_equal(a.group_creator, 0);

	ev = make_event(VS_SET_KVM, 1, 1);
	ev.set_kvm.kvm_before = 0x10;
	vs_event_about(&ev, &a);
	assert_int_equal(a.vm, 0x10);
	ev.set_kvm.kvm = 0x20;
	vs_event_about(&ev, &a);
	assert_int_equal(a.vm, 0x20);
	ev.set_kvm.vm = 0x30;
	vs_event_about(&ev, &a);
	assert_int_equal(a.vm, 0x20);
	ev.set_kvm.kvm = 0;
	vs_event_about(&ev, &a);
	assert_int_equal(a.vm, 0x10);
	ev.set_kvm.kvm_before = 0;
	vs_event_about(&ev, &a);
	assert_int_equal(a.vm, 0x30);
}

/* Names that are short, but not what names should be. */
static void names_are_escaped(void **state)
{
	static const unsigned int kinds[] = {
		VS_GET_DEVICE_FD, VS_DEV_OPEN,	VS_DEV_CLOSE, VS_DRIVER_OPEN, VS_KVM_TAKEN,
		VS_KVM_DROPPED,	  VS_SET_IRQS,	VS_DEV_RESET, VS_CDEV_OPEN,   VS_CDEV_RELEASE,
		VS_BIND_IOMMUFD,  VS_ATTACH_PT, VS_DETACH_PT, VS_DEV_FEATURE, VS_FOUND_CDEV,
	};
	const struct vs_refs none = { .group = -1 };
	union vs_event ev;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		ev = make_event(kinds[i], 1, 1);
		/* What vs_event_device() gives is a field of the record. */
		strcpy((char *)(uintptr_t)vs_event_device(&ev), "\x1b[2J");
		says(&ev, &none, "\\x1b[2J");
		assert_true(is_printable_utf8(detail(&ev, &none)));
	}
	ev = make_event(VS_DEV_OPEN, 1, 1);
	SET_STRING(ev.dev.driver, "a\nb");
	says(&ev, &none, "(a\\nb)");
	ev = make_event(VS_GROUP_OPEN, 1, 1);
	SET_STRING(ev.group_open.node, "\x9b");
	says(&ev, &none, "/dev/vfio/\\x9b");
	ev = make_event(VS_CDEV_OPEN, 1, 1);
	SET_STRING(ev.cdev.node, "\x9b");
	says(&ev, &none, "/dev/vfio/devices/\\x9b");
	ev = make_event(VS_FILE_ADD, 1, 1);
	ev.h.flags |= VS_F_CDEV;
	SET_STRING(ev.attr.name, "\x9b");
	says(&ev, &none, "file of \\x9b");
	ev = make_event(VS_MODULE_LOAD, 1, 1);
	SET_STRING(ev.module.name, "\x07");
	says(&ev, &none, "\\x07");
}

static bool shows_the_callers_numbers(unsigned int kind)
{
	switch (kind) {
	case VS_SET_IOMMU:
	case VS_DMA_MAP:
	case VS_DMA_UNMAP:
	case VS_DMA_TOTALS: /* sums of them, too */
	case VS_KVM_VFIO_ATTR:
	case VS_IOAS_MAP:
	case VS_IOAS_MAP_FILE:
	case VS_IOAS_UNMAP:
	case VS_IOAS_COPY:
	case VS_IOAS_TOTALS:
	case VS_SPAPR_REGISTER:
	case VS_SPAPR_UNREGISTER:
	case VS_TCE_CREATE:
	case VS_TCE_REMOVE:
	case VS_PHASE:
	case VS_IN_CALL: /* times, too */
		return true;
	default:
		return false;
	}
}

/* Kernel addresses defeat KASLR: no detail holds one. */
static void details_hold_no_kernel_address(void **state)
{
	const uint64_t address = 0xffff8881deadbeef;
	const struct vs_refs refs = { .group = 12 };
	unsigned int kind;
	size_t at;

	(void)state;
	FOR_EVENT_KINDS(kind)
	{
		union vs_event ev = make_event(kind, 1, 1);

		if (shows_the_callers_numbers(kind))
			continue;
		for (at = sizeof(ev.h); at < ev.h.size; at += sizeof(address))
			memcpy((char *)&ev + at, &address, sizeof(address));
		ev = decoded(&ev);
		assert_null(strstr(detail(&ev, &refs), "ffff8881deadbeef"));
		assert_null(strstr(detail(&ev, &refs), "18446612690100928239"));
	}
}

static void fill(char *field, size_t size, uint32_t *seed)
{
	/* Characters whole and cut, controls, and what grows when escaped. */
	static const char *const bits[] = {
		"\x1b[31m", "\xc2\x9b", "\xe2\x80\xae", "\xe2\x82\xac", "\xc3\xa4",
		"\xff",	    "\n",	"\\",		"\"",		"a",
		"\x01",	    "\xf0\x9f", "%s",		"\x7f",
	};
	size_t used = 0;

	memset(field, 0, size);
	while (used + 6 < size) {
		const char *bit = bits[next_random(seed) % ARRAY_SIZE(bits)];

		strcpy(field + used, bit);
		used += strlen(bit);
	}
}

/* Nothing that a process, a driver or a VM is called reaches the terminal raw. */
static void hostile_names_are_harmless(void **state)
{
	uint32_t seed = 0xbad, round, kind;

	(void)state;
	for (round = 0; round < 20000; round++) {
		struct vs_vm vm = { .id = round, .pid = 5 };
		const struct vs_refs refs = { .vm = &vm, .group_vm = &vm, .group = 12 };
		union vs_event ev;

		kind = VS_NONE + 1 + round % (VS_KIND_COUNT - VS_NONE - 1);
		if (vs_kinds[kind].traits & VS_T_CONTROL)
			continue;
		ev = make_event(kind, 1, 1);
		fill((char *)&ev + sizeof(ev.h), ev.h.size - sizeof(ev.h), &seed);
		fill(ev.h.comm, sizeof(ev.h.comm), &seed);
		fill(vm.name, sizeof(vm.name), &seed);
		fill(vm.comm, sizeof(vm.comm), &seed);
		ev = decoded(&ev);
		assert_true(is_printable_utf8(detail(&ev, &refs)));
		assert_true(is_printable_utf8(label(&vm, true)));
	}
}

/* Too little room cuts between two characters. */
static void cut_labels_are_whole_characters(void **state)
{
	struct vs_vm vm = { .id = 1, .pid = 5, .comm = "qemu" };
	struct vs_text t;
	char out[256];
	size_t size;

	(void)state;
	SET_STRING(vm.name, "\u20ac\u20ac\u20ac\u20ac");
	for (size = 1; size < 64; size++) {
		vs_text_init(&t, out, size);
		vs_put_vm(&t, &vm, true);
		assert_true(is_printable_utf8(out));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(device_an_event_names),
		cmocka_unit_test(results),
		cmocka_unit_test(failures),
		cmocka_unit_test(errno_names),
		cmocka_unit_test(vm_labels),
		cmocka_unit_test(details_name_what_the_call_was_about),
		cmocka_unit_test(found_kinds),
		cmocka_unit_test(details_of_what_was_found),
		cmocka_unit_test(registration_of_a_device),
		cmocka_unit_test(vm_an_event_is_about),
		cmocka_unit_test(names_are_escaped),
		cmocka_unit_test(details_hold_no_kernel_address),
		cmocka_unit_test(hostile_names_are_harmless),
		cmocka_unit_test(cut_labels_are_whole_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
