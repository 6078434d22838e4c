// SPDX-License-Identifier: GPL-2.0-only
/* What stands between a device and a VM, and what only looks as if it did. */
#include "events.h"
#include "../../user/core/passthrough/device.h"

#define NAME "0000:01:00.0"
#define UUID "11111111-2222-4333-8444-555555555555"

static struct vs_passthrough host;
static struct vs_hostdev dev;
static struct vs_readiness ready;

/* A host and a device at vfio-pci, alone in its group: nothing to find. */
static int good(void **state)
{
	(void)state;
	host = (struct vs_passthrough){
		.arch = VS_ARCH_X86,
		.groups = 20,
		.iommu = true,
		.table = VS_TABLE_DMAR,
		.remapping = VS_FACT_YES,
	};
	dev = (struct vs_hostdev){
		.name = NAME,
		.found = true,
		.driver = "vfio-pci",
		.vfio = true,
		.vfio_driver = true,
		.group = 12,
		.drivers_tell = true,
		.member = { { .name = NAME, .bus = "pci", .driver = "vfio-pci", .vfio = true } },
		.member_count = 1,
		.group_node = { .path = "/dev/vfio/12", .expected = true, .present = true },
		.can_reset = VS_FACT_YES,
		.answers = VS_FACT_YES,
		.vfs = -1,
	};
	return 0;
}

static void join(const char *name, const char *driver, bool bridge)
{
	struct vs_member *m = &dev.member[dev.member_count++];

	strcpy(m->name, name);
	strcpy(m->bus, "pci");
	strcpy(m->driver, driver);
	m->vfio = !strcmp(driver, "vfio-pci");
	m->bridge = bridge;
}

/* Another driver than VFIO's, or none. */
static void bind(const char *driver)
{
	strcpy(dev.driver, driver);
	dev.vfio = dev.member[0].vfio = false;
	strcpy(dev.member[0].driver, driver);
	dev.group_node.expected = dev.group_node.present = false;
}

/* These and no other hurdles, "id id". */
static void hurdles(const char *expected)
{
	char got[256] = "";
	size_t i;

	vs_hostdev_judge(&dev, &host, &ready);
	for (i = 0; i < ready.hurdle_count; i++) {
		strcat(got, i ? " " : "");
		strcat(got, ready.hurdle[i].id);
		/* Each says what to do. */
		assert_true(*ready.hurdle[i].todo || ready.hurdle[i].command_count);
	}
	assert_string_equal(got, expected);
}

static void first_line(const char *expected)
{
	char line[1024];
	struct vs_text t;

	vs_hostdev_judge(&dev, &host, &ready);
	vs_text_init(&t, line, sizeof(line));
	vs_put_readiness(&t, &dev, &ready);
	assert_string_equal(line, expected);
}

/* The commands of one hurdle, each with a newline. */
static void commands(size_t n, const char *expected)
{
	char got[1024] = "";
	size_t i;

	assert_true(n < ready.hurdle_count);
	for (i = 0; i < ready.hurdle[n].command_count; i++) {
		strcat(got, ready.hurdle[n].command[i]);
		strcat(got, "\n");
	}
	assert_string_equal(got, expected);
}

static bool remarked(const char *text)
{
	size_t i;

	vs_hostdev_judge(&dev, &host, &ready);
	for (i = 0; i < ready.remark_count; i++)
		if (strstr(ready.remark[i], text))
			return true;
	return false;
}

static void nothing_in_between(void **state)
{
	(void)state;
	first_line(NAME " is ready for a VM");
	assert_int_equal(ready.remark_count, 0);
	assert_int_equal(vs_group_viable(&dev), VS_FACT_YES);
}

static void no_driver(void **state)
{
	(void)state;
	bind("");
	hurdles("no-driver");
	commands(0, "echo vfio-pci > /sys/bus/pci/devices/" NAME "/driver_override\n"
		    "echo " NAME " > /sys/bus/pci/drivers_probe\n");
	dev.vfio_driver = false;
	hurdles("no-driver");
	commands(0, "modprobe vfio-pci\n"
		    "echo vfio-pci > /sys/bus/pci/devices/" NAME "/driver_override\n"
		    "echo " NAME " > /sys/bus/pci/drivers_probe\n");
	assert_null(strstr(ready.hurdle[0].what, "although"));
	strcpy(dev.override, "vfio-pci");
	first_line(
		NAME
		" cannot be given to a VM: no driver is bound to it, although driver_override is vfio-pci");
}

static void another_driver(void **state)
{
	(void)state;
	bind("e1000e");
	first_line(NAME " cannot be given to a VM: it is bound to e1000e, not to a VFIO driver");
	hurdles("other-driver");
	commands(0, "echo vfio-pci > /sys/bus/pci/devices/" NAME "/driver_override\n"
		    "echo " NAME " > /sys/bus/pci/devices/" NAME "/driver/unbind\n"
		    "echo " NAME " > /sys/bus/pci/drivers_probe\n");
	assert_string_equal(ready.hurdle[0].todo, "the host can no longer use it then");
	/* Others may share a group with VFIO; this does not make it VFIO's. */
	bind("pci-stub");
	hurdles("other-driver");
}

static void what_the_host_has_of_it(void **state)
{
	(void)state;
	bind("nvme");
	strcpy(dev.used_as, "nvme0n1");
	join("0000:01:00.1", "virtio-pci", false);
	strcpy(dev.member[1].used_as, "et\033h0");
	hurdles("other-driver not-viable");
	assert_non_null(strstr(ready.hurdle[0].todo, "It uses it as nvme0n1: stop that before"));
	assert_non_null(strstr(ready.hurdle[1].todo, "It uses it as et\\x1bh0: stop that before"));
}

/* Drivers are not the trouble: to change them takes the device from the host for nothing. */
static void no_commands_without_hope(void **state)
{
	(void)state;
	bind("nvme");
	join("0000:01:00.1", "nvme", false);
	hurdles("other-driver not-viable");
	assert_true(ready.hurdle[0].command_count && ready.hurdle[1].command_count);
	dev.direct_refused = VS_FACT_YES;
	strcpy(dev.direct, "0x7b800000-0x7b8fffff");
	hurdles("firmware-mapping other-driver not-viable");
	commands(1, "");
	commands(2, "");
	assert_non_null(strstr(ready.hurdle[1].todo, "above first"));
	*dev.direct = '\0';
	host.iommu = false;
	hurdles("no-iommu other-driver not-viable");
	commands(1, "");
	host.iommu = true;
	dev.answers = VS_FACT_NO;
	hurdles("no-answer other-driver not-viable");
	commands(1, "");
	/* It can be given away without. */
	dev.answers = VS_FACT_YES;
	host.remapping = VS_FACT_NO;
	hurdles("no-remapping other-driver not-viable");
	assert_true(ready.hurdle[1].command_count);
}

static void a_sibling_blocks(void **state)
{
	(void)state;
	join("0000:01:00.1", "snd_hda_intel", false);
	first_line(NAME " cannot be given to a VM: 0000:01:00.1 of its group 12 is bound to "
			"snd_hda_intel");
	hurdles("not-viable");
	commands(0, "echo vfio-pci > /sys/bus/pci/devices/0000:01:00.1/driver_override\n"
		    "echo 0000:01:00.1 > /sys/bus/pci/devices/0000:01:00.1/driver/unbind\n"
		    "echo 0000:01:00.1 > /sys/bus/pci/drivers_probe\n");
	assert_int_equal(vs_group_viable(&dev), VS_FACT_NO);
	/* Functions of one slot are no strangers. */
	assert_false(remarked("ACS"));
	join("0000:01:00.2", "xhci_hcd", false);
	first_line(NAME " cannot be given to a VM: 0000:01:00.1 of its group 12 is bound to "
			"snd_hda_intel (and 1 more)");
}

static void siblings_that_do_not(void **state)
{
	(void)state;
	join("0000:01:00.1", "vfio-pci", false);
	join("0000:01:00.2", "", false);
	join("0000:01:00.3", "pci-stub", false);
	join("0000:00:01.0", "pcieport", true);
	hurdles("");
	dev.drivers_tell = false;
	hurdles("");
	assert_int_equal(vs_group_viable(&dev), VS_FACT_YES);
}

/* Kernels differ in whether a bridge's driver counts, and not in what is beside bridges. */
static void a_bridge_with_a_driver(void **state)
{
	(void)state;
	join("0000:00:14.0", "shpchp", true);
	hurdles("not-viable");
	commands(0, "echo 0000:00:14.0 > /sys/bus/pci/devices/0000:00:14.0/driver/unbind\n");
	dev.drivers_tell = false;
	hurdles("");
	join("0000:01:00.1", "shpchp", false);
	hurdles("not-viable");
}

static void a_sibling_on_another_bus(void **state)
{
	(void)state;
	join("fe201000.serial", "uart-pl011", false);
	strcpy(dev.member[1].bus, "platform");
	hurdles("not-viable");
	commands(0, "echo fe201000.serial > "
		    "/sys/bus/platform/devices/fe201000.serial/driver/unbind\n");
	/* What a shell would take for something else is in no command. */
	strcpy(dev.member[1].name, "a;reboot");
	hurdles("not-viable");
	commands(0, "");
	strcpy(dev.member[1].name, "\033[2J");
	hurdles("not-viable");
	assert_null(strchr(ready.hurdle[0].what, '\033'));
	dev.drivers_tell = false;
	hurdles("not-viable");
}

static void more_siblings_than_are_listed(void **state)
{
	char name[16];
	int i;

	(void)state;
	for (i = 1; i <= 40; i++) {
		snprintf(name, sizeof(name), "0000:02:%02x.0", i);
		join(name, "nvme", false);
	}
	first_line(NAME " cannot be given to a VM: 0000:02:01.0 of its group 12 is bound to nvme "
			"(and 39 more)");
	assert_true(remarked("devices of other slots in its group: 40"));
	dev.member_count = 1;
	dev.member_unseen = 2;
	assert_int_equal(vs_group_viable(&dev), VS_FACT_UNKNOWN);
	assert_true(remarked("2 more devices"));
}

static void without_an_iommu(void **state)
{
	(void)state;
	bind("");
	dev.group = -1;
	dev.member_count = 0;
	hurdles("no-group no-driver");
	host.iommu = false;
	hurdles("no-iommu no-driver");
	assert_non_null(strstr(ready.hurdle[0].todo, "intel_iommu=on"));
	assert_int_equal(vs_group_viable(&dev), VS_FACT_UNKNOWN);
	/* Where groups come with drivers, there is none yet. */
	host.iommu = true;
	host.arch = VS_ARCH_ARM64;
	hurdles("no-driver");
	strcpy(dev.driver, "e1000e");
	hurdles("no-group other-driver");
}

static void without_an_iommu_and_yet_at_vfio(void **state)
{
	(void)state;
	host.iommu = false;
	host.remapping = VS_FACT_NO;
	dev.noiommu = true;
	hurdles("noiommu-mode");
}

static void memory_that_firmware_wants_mapped(void **state)
{
	(void)state;
	strcpy(dev.direct, "0x7b800000-0x7b8fffff");
	dev.direct_refused = VS_FACT_YES;
	hurdles("firmware-mapping");
	assert_non_null(strstr(ready.hurdle[0].what, "0x7b800000-0x7b8fffff for its group 12"));
	dev.direct_refused = VS_FACT_NO;
	hurdles("");
	assert_int_equal(ready.remark_count, 0);
	dev.direct_refused = VS_FACT_UNKNOWN;
	hurdles("");
	assert_true(remarked("is not known here"));
}

static void interrupts_that_are_not_remapped(void **state)
{
	(void)state;
	host.remapping = VS_FACT_NO;
	hurdles("no-remapping");
	strcpy(host.param[VS_PARAM_TYPE1_UNSAFE_INTERRUPTS], "N");
	hurdles("no-remapping");
	strcpy(host.param[VS_PARAM_TYPE1_UNSAFE_INTERRUPTS], "Y");
	hurdles("");
	*host.param[VS_PARAM_TYPE1_UNSAFE_INTERRUPTS] = '\0';
	host.remapping = VS_FACT_UNKNOWN;
	hurdles("");
}

static void a_device_that_is_dead(void **state)
{
	(void)state;
	dev.answers = VS_FACT_NO;
	strcpy(dev.power, "D3cold");
	hurdles("no-answer");
	assert_non_null(strstr(ready.hurdle[0].what, "power state D3cold"));
	/* Idle devices sleep. */
	good(NULL);
	strcpy(dev.power, "D3cold");
	hurdles("");
	dev.answers = VS_FACT_UNKNOWN;
	hurdles("");
}

static void a_bridge(void **state)
{
	(void)state;
	bind("pcieport");
	dev.bridge = true;
	hurdles("is-bridge");
}

static void files(void **state)
{
	(void)state;
	dev.group_node.present = false;
	first_line(NAME " cannot be given to a VM: /dev/vfio/12 is missing");
	hurdles("no-file");
	/* Either is enough. */
	dev.cdev_node = (struct vs_node){ .path = "/dev/vfio/devices/vfio0", .expected = true };
	hurdles("no-file");
	dev.cdev_node.present = true;
	hurdles("");
	dev.group_node.expected = false;
	dev.cdev_node.present = false;
	first_line(NAME " cannot be given to a VM: /dev/vfio/devices/vfio0 is missing");
	dev.cdev_node.expected = false;
	first_line(NAME " cannot be given to a VM: VFIO has created no file for it in /dev/vfio");
}

static void remarks(void **state)
{
	(void)state;
	dev.can_reset = VS_FACT_NO;
	strcpy(dev.pf, "0000:01:00.7");
	strcpy(dev.pf_driver, "vfio-pci");
	hurdles("");
	assert_true(remarked("cannot reset"));
	assert_true(remarked("PF 0000:01:00.7"));
	strcpy(dev.pf_driver, "ixgbe");
	assert_false(remarked("token"));
	dev.vfs = 0;
	assert_false(remarked("VFs"));
	dev.vfs = 8;
	assert_true(remarked("8 VFs"));
}

static void no_such_device(void **state)
{
	(void)state;
	dev = (struct vs_hostdev){ .name = NAME, .group = -1, .vfs = -1 };
	first_line(NAME " cannot be given to a VM: there is no such PCI device");
	hurdles("no-such-device");
	assert_non_null(strstr(ready.hurdle[0].todo, "rescan"));
	strcpy(dev.near, "0000:01:00.1");
	hurdles("no-such-device");
	assert_non_null(strstr(ready.hurdle[0].todo, "0000:01:00.1 is there"));
	dev = (struct vs_hostdev){ .name = UUID, .mdev = true, .group = -1, .vfs = -1 };
	hurdles("no-such-device");
	commands(0, "");
	strcpy(dev.create, "/sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1/create");
	hurdles("no-such-device");
	commands(0,
		 "echo " UUID " > /sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1/create\n");
}

/* It needs no IOMMU, no remapping and no driver of the host's. */
static void a_mediated_device(void **state)
{
	(void)state;
	host = (struct vs_passthrough){ .arch = VS_ARCH_X86, .remapping = VS_FACT_NO };
	strcpy(dev.name, UUID);
	strcpy(dev.driver, "mtty");
	dev.mdev = true;
	dev.can_reset = VS_FACT_UNKNOWN;
	hurdles("");
	assert_int_equal(ready.remark_count, 0);
	dev.group_node.present = false;
	hurdles("no-file");
	dev.vfio = false;
	*dev.driver = '\0';
	hurdles("no-driver");
	commands(0, "");
	strcpy(dev.create, "/sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1/create");
	hurdles("no-driver");
	commands(0,
		 "echo 1 > /sys/bus/mdev/devices/" UUID "/remove\n"
		 "echo " UUID " > /sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1/create\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(nothing_in_between, good),
		cmocka_unit_test_setup(no_driver, good),
		cmocka_unit_test_setup(another_driver, good),
		cmocka_unit_test_setup(what_the_host_has_of_it, good),
		cmocka_unit_test_setup(no_commands_without_hope, good),
		cmocka_unit_test_setup(a_sibling_blocks, good),
		cmocka_unit_test_setup(siblings_that_do_not, good),
		cmocka_unit_test_setup(a_bridge_with_a_driver, good),
		cmocka_unit_test_setup(a_sibling_on_another_bus, good),
		cmocka_unit_test_setup(more_siblings_than_are_listed, good),
		cmocka_unit_test_setup(without_an_iommu, good),
		cmocka_unit_test_setup(without_an_iommu_and_yet_at_vfio, good),
		cmocka_unit_test_setup(memory_that_firmware_wants_mapped, good),
		cmocka_unit_test_setup(interrupts_that_are_not_remapped, good),
		cmocka_unit_test_setup(a_device_that_is_dead, good),
		cmocka_unit_test_setup(a_bridge, good),
		cmocka_unit_test_setup(files, good),
		cmocka_unit_test_setup(remarks, good),
		cmocka_unit_test_setup(no_such_device, good),
		cmocka_unit_test_setup(a_mediated_device, good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
