// SPDX-License-Identifier: GPL-2.0-only
/* What trace says of calls on device cdevs and iommufds. */
#include <errno.h>

#include "events.h"
#include "../../user/core/text/describe.h"
#include "../../user/core/text/uapi.h"
#include "../../vmlinux/ioctl.h"

#define DEVICE "0000:5e:00.0"

static const struct vs_vm vm = { .id = 3, .name = "web" };
static const struct vs_refs refs = { .vm = &vm, .group_vm = &vm, .group = 13 };
static const struct vs_refs none = { .group = 13 };

static void is(const union vs_event *ev, const struct vs_refs *r, const char *expected)
{
	char out[VS_DETAIL_LEN];
	struct vs_text t;

	vs_text_init(&t, out, sizeof(out));
	vs_put_detail(&t, ev, r);
	assert_string_equal(out, expected);
}

static void registrations(void **state)
{
	union vs_event ev = make_event(VS_FILE_ADD, 1, 1);

	(void)state;
	ev.h.flags = VS_F_CDEV;
	ev.attr.fd = 31;
	ev.attr.dev = 1;
	ev.attr.iommu_group = 13;
	SET_STRING(ev.attr.name, DEVICE);
	is(&ev, &refs, "file of " DEVICE ", fd 31, vm3 \"web\"");
	/* Of a device of a group the file is nobody's. */
	ev.h.flags = 0;
	is(&ev, &refs, "fd 31 (a device), vm3 \"web\"");

	ev = make_event(VS_CLEAR_KVM, 1, 1);
	ev.h.flags = VS_F_CDEV | VS_F_BY_ATTR;
	SET_STRING(ev.set_kvm.name, DEVICE);
	is(&ev, &refs, "file of " DEVICE ": belonged to vm3 \"web\"");
	ev = make_event(VS_FOUND_REGISTRATION, 1, 1);
	ev.h.flags = VS_F_CDEV;
	SET_STRING(ev.registration.name, DEVICE);
	is(&ev, &refs, "file of " DEVICE " with vm3 \"web\"");
}

static void cdevs(void **state)
{
	union vs_event ev = make_event(VS_CDEV_OPEN, 1, 1);

	(void)state;
	SET_STRING(ev.cdev.node, "vfio0");
	is(&ev, &none, "/dev/vfio/devices/vfio0"); /* it failed */
	SET_STRING(ev.cdev.name, DEVICE);
	is(&ev, &none, DEVICE ", group 13, /dev/vfio/devices/vfio0");
	ev.h.kind = VS_CDEV_RELEASE;
	ev.cdev.node[0] = '\0';
	is(&ev, &none, DEVICE ", group 13");

	ev = make_event(VS_FOUND_CDEV, 1, 1);
	SET_STRING(ev.found_cdev.name, DEVICE);
	is(&ev, &none, DEVICE ", not bound, kvm pointer: none");
	ev.found_cdev.iommufd = 1;
	ev.found_cdev.group_kvm = 1;
	is(&ev, &refs, DEVICE ", bound, kvm pointer: vm3 \"web\"");
	ev = make_event(VS_FOUND_IOMMUFD, 1, 1);
	is(&ev, &none, "/dev/iommu");
}

static void binds(void **state)
{
	union vs_event ev = make_event(VS_BIND_IOMMUFD, 1, 1);

	(void)state;
	SET_STRING(ev.bind.name, DEVICE);
	ev.bind.fd = 9;
	ev.bind.group = 1;
	is(&ev, &none, DEVICE ", iommufd fd 9, kvm pointer: none");
	ev.bind.group_kvm = 1;
	is(&ev, &refs, DEVICE ", iommufd fd 9, kvm pointer: vm3 \"web\"");
	ev.h.ret = -EINVAL;
	is(&ev, &refs, DEVICE ", iommufd fd 9");
	ev.h.flags = VS_F_DROPPED_KVM;
	is(&ev, &refs,
	   DEVICE ", iommufd fd 9; dropped the kvm pointer of the device, which another file has "
		  "open");
	ev.h.flags = 0;
	ev.bind.group = 0;
	is(&ev, &refs, DEVICE ", iommufd fd 9, on an fd from GET_DEVICE_FD");

	ev = make_event(VS_ATTACH_PT, 1, 1);
	SET_STRING(ev.iommufd_pt.name, DEVICE);
	ev.iommufd_pt.pt_id = 2;
	is(&ev, &none, DEVICE ", IOAS or page table 2");
	ev.h.kind = VS_DETACH_PT;
	is(&ev, &none, DEVICE);
}

static void opens(void **state)
{
	union vs_event ev = make_event(VS_DEV_OPEN, 1, 1);

	(void)state;
	ev.h.flags = VS_F_CDEV;
	SET_STRING(ev.dev.name, DEVICE);
	SET_STRING(ev.dev.driver, "vfio-pci");
	ev.dev.kvm = 1;
	ev.dev.open_count = 1;
	is(&ev, &refs, DEVICE " (vfio-pci), group 13, cdev, kvm pointer: vm3 \"web\"");
	ev.h.ret = -EINVAL;
	ev.h.flags |= VS_F_NOT_ASKED;
	is(&ev, &refs,
	   DEVICE " (vfio-pci), group 13, cdev, the driver was not asked, kvm pointer: "
		  "vm3 \"web\"");
}

static void features(void **state)
{
	union vs_event ev = make_event(VS_DEV_FEATURE, 1, 1);
	struct ev_feature *f = &ev.feature;

	(void)state;
	SET_STRING(f->name, DEVICE);
	f->mig_from = f->mig_to = UINT32_MAX;
	f->feature = VFIO_DEVICE_FEATURE_LOW_POWER_EXIT;
	f->flags = VFIO_DEVICE_FEATURE_PROBE | VFIO_DEVICE_FEATURE_SET;
	is(&ev, &none, DEVICE ", probe, set LOW_POWER_EXIT");
	f->flags = 0;
	is(&ev, &none, DEVICE " LOW_POWER_EXIT");
	f->feature = 1000;
	f->flags = VFIO_DEVICE_FEATURE_GET;
	is(&ev, &none, DEVICE ", get 1000");
	f->feature = VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE;
	f->mig_to = VS_MIG_STATE_STOP;
	is(&ev, &none, DEVICE ", get MIG_DEVICE_STATE: STOP");
	f->flags = VFIO_DEVICE_FEATURE_SET;
	is(&ev, &none, DEVICE ", set MIG_DEVICE_STATE: (not known) to STOP");
	f->mig_from = VS_MIG_STATE_RUNNING_P2P;
	is(&ev, &none, DEVICE ", set MIG_DEVICE_STATE: RUNNING_P2P to STOP");
}

static void calls_on_an_iommufd(void **state)
{
	union vs_event ev = make_event(VS_IOAS_ALLOC, 1, 1);

	(void)state;
	ev.iommufd.ioas = 7;
	is(&ev, &none, "IOAS 7");
	ev.h.ret = -ENOMEM;
	ev.iommufd.ioas = 0;
	is(&ev, &none, "");
	ev = make_event(VS_IOMMUFD_IOCTL, 1, 1);
	ev.iommufd.cmd = IOMMU_HWPT_ALLOC;
	is(&ev, &none, "HWPT_ALLOC");
	ev.iommufd.cmd = 0x3bff;
	is(&ev, &none, "command 0x3bff");

	ev = make_event(VS_IOAS_MAP, 1, 1);
	ev.dma.ioas = 7;
	ev.dma.iova = 0x100000;
	ev.dma.bytes = 2 << 20;
	is(&ev, &none, "IOAS 7, iova 0x100000, 2 MiB");
	ev = make_event(VS_SET_CONTAINER, 1, 1);
	ev.set_container.fd = 9;
	is(&ev, &none, "group 13, container fd 9");
	ev.set_container.iommufd = 1;
	is(&ev, &none, "group 13, iommufd fd 9");
}

/* Names of numbers; of others, none. */
static void names(void **state)
{
	unsigned int i;

	(void)state;
	assert_string_equal(vs_feature_name(VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT),
			    "DMA_LOGGING_REPORT");
	assert_string_equal(vs_migration_name(VS_MIG_STATE_ERROR), "ERROR");
	assert_string_equal(vs_iommufd_call_name(IOMMU_DESTROY), "DESTROY");
	assert_null(vs_feature_name(UINT32_MAX));
	assert_null(vs_migration_name(UINT32_MAX));
	assert_null(vs_iommufd_call_name(0));
	/* These have kinds of their own. */
	assert_null(vs_iommufd_call_name(IOMMU_IOAS_MAP));
	assert_null(vs_iommufd_call_name(IOMMU_IOAS_ALLOC));
	for (i = 0; vs_migration_name(i); i++)
		;
	assert_int_equal(i, VS_MIG_STATE_PRE_COPY_P2P + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registrations), cmocka_unit_test(cdevs),
		cmocka_unit_test(binds),	 cmocka_unit_test(opens),
		cmocka_unit_test(features),	 cmocka_unit_test(calls_on_an_iommufd),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
