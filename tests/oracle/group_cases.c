// SPDX-License-Identifier: GPL-2.0-only
/*
 * Groups where devices have files of their own: in containers and on iommufds, as in
 * cdev_cases.c.
 */
#include <stddef.h>

#include "selftest.h"

/* Operations 0 to 5: by the group, whose container is an iommufd. */
#define BY_GROUP                                                                          \
	"w0 vm V0 = 5", "w0 kvm-vfio K0 V0 = 6", "w0 group G0 2 = 7", "w0 add K0 G0 = 0", \
		"w0 iommufd C0 = 8", "w0 set-container G0 C0 = 0"

const struct test group_tests[] = {
	{
		.name = "a group on an iommufd: the right order",
		.lines = { BY_GROUP, "w0 device D0 G0 2 = 9; open 2 9 iommufd",
			   "w0 close D0 = 0; close 2 9 iommufd" },
		.sayings = { { true, "ordered", false },
			     { false, "ordered path", false },
			     { false, "ordered backend", false },
			     { false, "ordered silent", false } },
	},
	{
		.name = "a group in a container: the right order",
		.lines = { "w0 group G0 2 = 7", "w0 container C0 = 8", "w0 set-container G0 C0 = 0",
			   "w0 device D0 G0 2 = 9; open 2 0", "w0 close D0 = 0; close 2 0" },
		.sayings = { { true, "no-vm", false },
			     { false, "no-vm path", false },
			     { false, "no-vm backend", false } },
	},
	{
		.name = "a group in a container, and an iommufd has the device",
		.lines = { "w0 group G0 2 = 7", "w0 container C0 = 8", "w0 set-container G0 C0 = 0",
			   "w0 device D0 G0 2 = 9; open 2 0 iommufd",
			   "w0 close D0 = 0; close 2 0 iommufd" },
		.sayings = { { false, "no-vm", false }, { false, "no-vm backend", false } },
	},
	{
		.name = "a driver is asked once",
		.lines = { "w0 vm V0 = 5", "w0 kvm-vfio K0 V0 = 6", "w0 group G0 0 = 7",
			   "w0 container C0 = 8", "w0 set-container G0 C0 = 0", "w0 add K0 G0 = 0",
			   "w0 device D0 G0 0 = 9; open 0 9", "w0 del K0 G0 = 0",
			   "w0 device D1 G0 0 = -22; refused 0 0", "w0 kill = 0; close 0 9" },
		.sayings = { { false, "ordered del-while-open@7 open-refused@8", false },
			     { false, "ordered del-while-open@7 attach-failed@8", false } },
	},
	{
		.name = "a group that has let go of its iommufd",
		.lines = { BY_GROUP, "w0 unset-container G0 = 0",
			   "w0 device D0 G0 2 = 9; open 2 9 iommufd",
			   "w0 close D0 = 0; close 2 9 iommufd" },
		.sayings = { { false, "ordered", false } },
	},
	{
		.name = "an iommufd's device does not keep its group, whose second file is added",
		.lines = { "w0 group G0 2 = 7", "w0 iommufd C0 = 8", "w0 set-container G0 C0 = 0",
			   "w0 device D0 G0 2 = 9; open 2 0 iommufd", "w0 close G0 = 0",
			   "w0 group G0 2 = 7", "w0 vm V0 = 10", "w0 kvm-vfio K0 V0 = 11",
			   "w0 add K0 G0 = 0", "w0 kill = 0; close 2 0 iommufd" },
		.sayings = { { true, "before", false },
			     { false, "without", false },
			     { false, "no-vm", false } },
	},
	{
		.name = "nor that another's BIND takes its pointer",
		.lines = { BY_GROUP, "w0 device D0 G0 2 = 9; open 2 9 iommufd", "w0 del K0 G0 = 0",
			   "w0 close G0 = 0", "w0 cdev D1 2 = 10", "w0 bind D1 C0 = -22",
			   "w0 close D0 = 0; close 2 0 iommufd" },
		.sayings = { { true, "lost@10 attach-failed@10 del-while-open@7", false },
			     { false, "ordered attach-failed@10 del-while-open@7", false } },
	},
	{
		.name = "nor does the end of its device end the group",
		.lines = { BY_GROUP, "w0 device D0 G0 2 = 9; open 2 9 iommufd",
			   "w0 close D0 = 0; close 2 9 iommufd", "w0 del K0 G0 = 0",
			   "w0 cdev D1 2 = 10", "w0 bind D1 C0 = -16" },
		.sayings = { { true, "ordered attach-failed@10", false } },
	},
	{
		.name = "a list that keeps the group does",
		.lines = { BY_GROUP, "w0 device D0 G0 2 = 9; open 2 9 iommufd", "w0 close G0 = 0",
			   "w0 cdev D1 2 = 10", "w0 bind D1 C0 = -16",
			   "w0 close D0 = 0; close 2 9 iommufd" },
		.sayings = { { true, "ordered attach-failed@9", false },
			     { false, "lost@9 attach-failed@9", false } },
	},
	{
		.name = "a device got from its group, on a list and in a BIND",
		.lines = { BY_GROUP, "w0 device D0 G0 2 = 9; open 2 9 iommufd", "w0 add K0 D0 = 0",
			   "w0 bind D0 C0 = -22", "w0 attach-pt D0 C0 = -25",
			   "w0 kill = 0; close 2 9 iommufd" },
		.sayings = { { true, "ordered add-without-effect@7 attach-failed@8", false },
			     { true, "ordered add-without-effect@7 attach-failed@8 attach-failed@9",
			       false },
			     { false, "ordered attach-failed@8", false },
			     { false, "ordered add-without-effect@7", false },
			     { false, "lost@8 add-without-effect@7 attach-failed@8", false } },
	},
	{
		.name = "the IOMMU of an iommufd",
		.lines = { "w0 iommufd C0 = 8", "w0 set-iommu C0 = -19", "w0 container C1 = 9",
			   "w0 set-iommu C1 = -22" },
		.sayings = { { true, "attach-failed@3", false },
			     { true, "attach-failed@1 attach-failed@3", false },
			     { false, "attach-failed@1", false } },
	},
	{
		.name = "a group opened anew on a list when the tool comes",
		.lines = { "w0 group G0 2 = 7", "w0 iommufd C0 = 8", "w0 set-container G0 C0 = 0",
			   "w0 device D0 G0 2 = 9; open 2 0 iommufd", "w0 close G0 = 0",
			   "w1 group G0 2 = 7", "w1 vm V0 = 10", "w1 kvm-vfio K0 V0 = 11",
			   "w1 add K0 G0 = 0", "w2 vm V0 = 5", "w2 close V0 = 0", "w1 kill = 0",
			   "w0 kill = 0; close 2 0 iommufd" },
		.sayings = { { true, "before early", false },
			     { true, "without early", false },
			     { false, "no-vm early", false } },
		.armed = 10,
	},
	{ NULL },
};
