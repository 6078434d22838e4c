// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/kvm.h>
#include <linux/vfio.h>

#include "events.h"
#include "../../user/core/text/describe.h"

static void op(const union vs_event *ev, const char *id, const char *label)
{
	assert_string_equal(vs_op_of(ev)->id, id);
	assert_string_equal(vs_op_of(ev)->label, label);
}

static void simple_kind(unsigned int kind, const char *id)
{
	union vs_event ev = make_event(kind, 1, 1);

	assert_string_equal(vs_op_of(&ev)->id, id);
}

static void op_of_every_kind(void **state)
{
	union vs_event ev;
	unsigned int kind;

	(void)state;
	simple_kind(VS_VM_CREATE, "vm_create");
	simple_kind(VS_VM_DESTROY, "vm_destroy");
	simple_kind(VS_KVM_VFIO_CREATE, "kvm_vfio_create");
	simple_kind(VS_KVM_VFIO_RELEASE, "kvm_vfio_release");
	simple_kind(VS_GROUP_OPEN, "group_open");
	simple_kind(VS_GROUP_RELEASE, "group_release");
	simple_kind(VS_CONTAINER_DMA, "dma_totals");
	simple_kind(VS_DEV_OPEN, "device_open");
	simple_kind(VS_DRIVER_OPEN, "driver_open");
	simple_kind(VS_DEV_CLOSE, "device_close");
	simple_kind(VS_KVM_TAKEN, "kvm_taken");
	simple_kind(VS_KVM_DROPPED, "kvm_dropped");
	simple_kind(VS_FOUND_VM, "found_vm");
	simple_kind(VS_FOUND_KVM_VFIO, "found_kvm_vfio");
	simple_kind(VS_FOUND_REGISTRATION, "found_registration");
	simple_kind(VS_FOUND_GROUP, "found_group");
	simple_kind(VS_FOUND_CONTAINER, "found_container");
	simple_kind(VS_FOUND_DEVICE, "found_device");
	simple_kind(VS_LOOK_DONE, "look_done");
	for (kind = 0; kind < 256; kind++) {
		ev = make_event(VS_VM_CREATE, 1, 1);
		ev.h.kind = (uint8_t)kind;
		assert_non_null(vs_op_of(&ev)->id);
		assert_non_null(vs_op_of(&ev)->label);
		assert_true(*vs_op_of(&ev)->id && *vs_op_of(&ev)->label);
	}
}

static void op_of_attributes(void **state)
{
	union vs_event ev = make_event(VS_KVM_ATTR, 1, 1);

	(void)state;
	ev.attr.attr_group = KVM_DEV_VFIO_GROUP;
	ev.attr.attr = KVM_DEV_VFIO_GROUP_ADD;
	op(&ev, "group_add", "GROUP_ADD");
	ev.attr.attr = KVM_DEV_VFIO_GROUP_DEL;
	op(&ev, "group_del", "GROUP_DEL");
	ev.attr.attr = KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE;
	op(&ev, "group_set_spapr_tce", "GROUP_SET_SPAPR_TCE");
	ev.attr.attr = 1ULL << 32 | KVM_DEV_VFIO_GROUP_ADD;
	assert_string_equal(vs_op_of(&ev)->id, "kvm_vfio_set_attr");
	ev.attr.attr_group = KVM_DEV_VFIO_GROUP + 1;
	ev.attr.attr = KVM_DEV_VFIO_GROUP_ADD;
	assert_string_equal(vs_op_of(&ev)->id, "kvm_vfio_set_attr");
}

static void op_of_ioctls(void **state)
{
	union vs_event group = make_event(VS_GROUP_IOCTL, 1, 1);
	union vs_event container = make_event(VS_CONTAINER_IOCTL, 1, 1);
	union vs_event device = make_event(VS_DEV_IOCTL, 1, 1);

	(void)state;
	group.group_ioctl.cmd = VFIO_GROUP_GET_STATUS;
	op(&group, "group_get_status", "GROUP_GET_STATUS");
	group.group_ioctl.cmd = VFIO_GROUP_SET_CONTAINER;
	op(&group, "set_container", "SET_CONTAINER");
	group.group_ioctl.cmd = VFIO_GROUP_UNSET_CONTAINER;
	op(&group, "unset_container", "UNSET_CONTAINER");
	group.group_ioctl.cmd = VFIO_GROUP_GET_DEVICE_FD;
	op(&group, "get_device_fd", "GET_DEVICE_FD");
	group.group_ioctl.cmd = 0x1234;
	assert_string_equal(vs_op_of(&group)->id, "group_ioctl");

	container.container.cmd = VFIO_SET_IOMMU;
	op(&container, "set_iommu", "SET_IOMMU");
	container.container.cmd = VFIO_IOMMU_MAP_DMA;
	op(&container, "dma_map", "MAP_DMA");
	container.container.cmd = VFIO_IOMMU_UNMAP_DMA;
	op(&container, "dma_unmap", "UNMAP_DMA");
	container.container.cmd = 0x1234;
	assert_string_equal(vs_op_of(&container)->id, "container_ioctl");

	device.dev_ioctl.cmd = VFIO_DEVICE_SET_IRQS;
	op(&device, "set_irqs", "SET_IRQS");
	device.dev_ioctl.cmd = VFIO_DEVICE_RESET;
	op(&device, "device_reset", "DEVICE_RESET");
	device.dev_ioctl.cmd = 0x1234;
	assert_string_equal(vs_op_of(&device)->id, "device_ioctl");
}

/* The number of one fd's call is another call on another fd. */
static void ioctl_numbers_belong_to_their_fd(void **state)
{
	union vs_event device = make_event(VS_DEV_IOCTL, 1, 1);
	union vs_event group = make_event(VS_GROUP_IOCTL, 1, 1);

	(void)state;
	device.dev_ioctl.cmd = VFIO_GROUP_GET_DEVICE_FD;
	assert_string_not_equal(vs_op_of(&device)->id, "get_device_fd");
	group.group_ioctl.cmd = VFIO_DEVICE_SET_IRQS;
	assert_string_not_equal(vs_op_of(&group)->id, "set_irqs");
}

static void op_by_direction(void **state)
{
	union vs_event set = make_event(VS_SET_KVM, 1, 1);
	union vs_event coherency = make_event(VS_COHERENCY, 1, 1);
	union vs_event module = make_event(VS_MODULE, 1, 1);

	(void)state;
	assert_string_equal(vs_op_of(&set)->id, "clear_kvm");
	set.set_kvm.kvm = 0xffff;
	assert_string_equal(vs_op_of(&set)->id, "set_kvm");
	assert_string_equal(vs_op_of(&coherency)->id, "noncoherent_dma_off");
	coherency.coherency.on = 1;
	assert_string_equal(vs_op_of(&coherency)->id, "noncoherent_dma_on");
	assert_string_equal(vs_op_of(&module)->id, "module_unload");
	module.module.load = 1;
	assert_string_equal(vs_op_of(&module)->id, "module_load");
}

/* As it comes from a source. */
static union vs_event decoded(const union vs_event *in)
{
	union vs_event out;

	assert_int_equal(vs_decode(in, in->h.size, &out), 0);
	return out;
}

static void device_an_event_names(void **state)
{
	static const unsigned int with_device[] = { VS_GROUP_IOCTL, VS_DEV_OPEN,    VS_DEV_CLOSE,
						    VS_DRIVER_OPEN, VS_KVM_TAKEN,   VS_KVM_DROPPED,
						    VS_DEV_IOCTL,   VS_FOUND_DEVICE };
	unsigned int kind, i;
	union vs_event ev;
	bool has;

	(void)state;
	for (kind = 1; kind < VS_KIND_COUNT; kind++) {
		ev = make_event(kind, 1, 1);
		if (ev.h.size > sizeof(ev.h))
			memset((char *)&ev + sizeof(ev.h), 'd', ev.h.size - sizeof(ev.h) - 1);
		ev = decoded(&ev);
		for (has = false, i = 0; i < ARRAY_SIZE(with_device); i++)
			has |= with_device[i] == kind;
		assert_int_equal(vs_event_device(&ev)[0], has ? 'd' : '\0');
	}
}

static void result(const union vs_event *ev, int64_t ret, const char *expected)
{
	union vs_event copy = *ev;
	struct vs_text t;
	char out[32];

	copy.h.ret = ret;
	vs_text_init(&t, out, sizeof(out));
	vs_put_result(&t, &copy);
	assert_string_equal(out, expected);
}

static void results(void **state)
{
	union vs_event add = make_event(VS_KVM_ATTR, 1, 1);
	union vs_event create = make_event(VS_VM_CREATE, 1, 1);
	union vs_event get = make_event(VS_GROUP_IOCTL, 1, 1);

	(void)state;
	get.group_ioctl.cmd = VFIO_GROUP_GET_DEVICE_FD;
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
	union vs_event ev = make_event(VS_KVM_ATTR, 1, 1);

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
	union vs_event ev = make_event(VS_KVM_ATTR, 1, 1);

	(void)state;
	ev.attr.attr_group = KVM_DEV_VFIO_GROUP;
	ev.attr.attr = KVM_DEV_VFIO_GROUP_ADD;
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
	ev.set_kvm.by_attr = 1;
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

	ev = make_event(VS_GROUP_IOCTL, 1, 1);
	ev.group_ioctl.cmd = VFIO_GROUP_GET_DEVICE_FD;
	SET_STRING(ev.group_ioctl.name, "0000:3b:00.0");
	says(&ev, &refs, "0000:3b:00.0, group 12");

	ev = make_event(VS_CONTAINER_IOCTL, 1, 1);
	ev.container.cmd = VFIO_SET_IOMMU;
	ev.container.arg = VFIO_TYPE1v2_IOMMU;
	says(&ev, &none, "TYPE1v2");
	ev.container.arg = 0;
	says(&ev, &none, "not known");
	ev.container.arg = UINT64_MAX;
	says(&ev, &none, "18446744073709551615");
	ev.container.cmd = VFIO_IOMMU_MAP_DMA;
	ev.container.iova = 0x100000;
	ev.container.bytes = 2 << 20;
	says(&ev, &none, "0x100000");
	says(&ev, &none, "2 MiB");

	ev = make_event(VS_DEV_IOCTL, 1, 1);
	ev.dev_ioctl.cmd = VFIO_DEVICE_SET_IRQS;
	ev.dev_ioctl.irq_index = VFIO_PCI_MSIX_IRQ_INDEX;
	ev.dev_ioctl.irq_count = 16;
	says(&ev, &none, "MSI-X, 16 from 0");
	ev.dev_ioctl.irq_index = 5;
	says(&ev, &none, "index 5");
	ev.dev_ioctl.irq_index = UINT32_MAX;
	says(&ev, &none, "index 4294967295");
}

/* What a look found: no calls, and their result is the holder's fd. */
static void found_kinds(void **state)
{
	union vs_event ev;
	unsigned int kind;

	(void)state;
	for (kind = 1; kind < VS_KIND_COUNT; kind++) {
		ev = make_event(kind, 1, 1);
		assert_int_equal(vs_event_found(&ev),
				 kind == VS_FOUND_VM || kind == VS_FOUND_KVM_VFIO ||
					 kind == VS_FOUND_REGISTRATION || kind == VS_FOUND_GROUP ||
					 kind == VS_FOUND_CONTAINER || kind == VS_FOUND_DEVICE);
		if (vs_event_found(&ev))
			result(&ev, 23, "fd 23");
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
	ev.kvm_vfio.noncoherent = 1;
	says(&ev, &refs, "non-coherent");
	ev = make_event(VS_FOUND_REGISTRATION, 1, 1);
	assert_string_equal(detail(&ev, &refs), "group 12 with vm3 \"web\"");
	ev = make_event(VS_FOUND_GROUP, 1, 1);
	assert_string_equal(detail(&ev, &refs), "group 12, kvm pointer: vm3 \"web\"");
	assert_string_equal(detail(&ev, &none), "group 12, kvm pointer: none");
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
	union vs_event ev = make_event(VS_KVM_ATTR, 1, 1);

	(void)state;
	ev.attr.attr_group = KVM_DEV_VFIO_GROUP;
	ev.attr.attr = KVM_DEV_VFIO_GROUP_ADD;
	ev.attr.fd = 31;
	ev.attr.iommu_group = -1;
	ev.attr.dev = 1;
	says(&ev, &none, "fd 31 (a device)");
}

/* The VM and its process, as far as an event knows them. */
static void vm_an_event_is_about(void **state)
{
	union vs_event ev = make_event(VS_FOUND_DEVICE, 1, 1);
	uint32_t pid;

	(void)state;
	ev.dev.kvm = 0x10;
	ev.dev.creator = 7;
	assert_int_equal(vs_event_vm(&ev, &pid), 0x10);
	assert_int_equal(pid, 7);
	ev.dev.group_kvm = 0x20; /* then it is that one's process */
	assert_int_equal(vs_event_vm(&ev, &pid), 0x10);
	assert_int_equal(pid, 0);
	assert_int_equal(vs_event_group_vm(&ev, &pid), 0x20);
	assert_int_equal(pid, 7);
	ev.dev.kvm = ev.dev.group_kvm = 0;
	ev.dev.owner_kvm = 0x30;
	assert_int_equal(vs_event_vm(&ev, &pid), 0x30);
	assert_int_equal(pid, 7);

	ev = make_event(VS_FOUND_REGISTRATION, 1, 1);
	ev.registration.kvm = 0x10;
	ev.registration.group_kvm = 0x20;
	ev.registration.creator = 7;
	assert_int_equal(vs_event_vm(&ev, &pid), 0x10);
	assert_int_equal(pid, 7);
	assert_int_equal(vs_event_group_vm(&ev, &pid), 0x20);
	assert_int_equal(pid, 0);

	ev = make_event(VS_SET_KVM, 1, 1);
	ev.set_kvm.kvm_before = 0x10;
	assert_int_equal(vs_event_vm(&ev, &pid), 0x10);
	ev.set_kvm.kvm = 0x20;
	assert_int_equal(vs_event_vm(&ev, &pid), 0x20);
	ev.set_kvm.vm = 0x30;
	assert_int_equal(vs_event_vm(&ev, &pid), 0x20);
	ev.set_kvm.kvm = 0;
	assert_int_equal(vs_event_vm(&ev, &pid), 0x10);
	ev.set_kvm.kvm_before = 0;
	assert_int_equal(vs_event_vm(&ev, &pid), 0x30);
}

/* Names that are short, but not what names should be. */
static void names_are_escaped(void **state)
{
	static const unsigned int kinds[] = { VS_GROUP_IOCTL, VS_DEV_OPEN,  VS_DEV_CLOSE,
					      VS_DRIVER_OPEN, VS_KVM_TAKEN, VS_KVM_DROPPED,
					      VS_DEV_IOCTL };
	const struct vs_refs none = { .group = -1 };
	union vs_event ev;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		ev = make_event(kinds[i], 1, 1);
		ev.h.kind = (uint8_t)kinds[i];
		if (kinds[i] == VS_GROUP_IOCTL)
			ev.group_ioctl.cmd = VFIO_GROUP_GET_DEVICE_FD;
		/* What vs_event_device() gives is a field of the record. */
		strcpy((char *)(uintptr_t)vs_event_device(&ev), "\x1b[2J");
		says(&ev, &none, "\\x1b[2J");
		assert_true(is_printable_utf8(detail(&ev, &none)));
	}
	ev = make_event(VS_DEV_OPEN, 1, 1);
	SET_STRING(ev.dev.driver, "a\nb");
	says(&ev, &none, "(a\\nb)");
	ev = make_event(VS_GROUP_OPEN, 1, 1);
	SET_STRING(ev.group.node, "\x9b");
	says(&ev, &none, "/dev/vfio/\\x9b");
	ev = make_event(VS_MODULE, 1, 1);
	SET_STRING(ev.module.name, "\x07");
	says(&ev, &none, "\\x07");
}

/* Kernel addresses defeat KASLR: no detail holds one. */
static void details_hold_no_kernel_address(void **state)
{
	const uint64_t address = 0xffff8881deadbeef;
	const struct vs_refs refs = { .group = 12 };
	unsigned int kind;
	size_t at;

	(void)state;
	for (kind = 1; kind < VS_KIND_COUNT; kind++) {
		union vs_event ev = make_event(kind, 1, 1);

		if (kind == VS_CONTAINER_IOCTL || kind == VS_CONTAINER_DMA)
			continue; /* the caller's own numbers, and sums */
		for (at = sizeof(ev.h); at < ev.h.size; at += sizeof(address))
			memcpy((char *)&ev + at, &address, sizeof(address));
		ev.h.kind = (uint8_t)kind;
		if (kind == VS_KVM_ATTR)
			ev.attr.attr_group = KVM_DEV_VFIO_GROUP;
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

		kind = 1 + round % (VS_KIND_COUNT - 1);
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
		cmocka_unit_test(op_of_every_kind),
		cmocka_unit_test(op_of_attributes),
		cmocka_unit_test(op_of_ioctls),
		cmocka_unit_test(ioctl_numbers_belong_to_their_fd),
		cmocka_unit_test(op_by_direction),
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
