// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctl numbers of vmlinux/ioctl.h, on architectures of both kinds; all of it is
 * checked by the compiler. The macros are expanded where they are used, so that one
 * program can have them both ways.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../vmlinux/ioctl.h"

#define IS(number, value) _Static_assert((number) == (value), #number)

/* The machine that this is built on, against its own headers below. */
enum {
	OURS_CREATE_VM = (int)KVM_CREATE_VM,
	OURS_CREATE_DEVICE = (int)KVM_CREATE_DEVICE,
	OURS_SET_DEVICE_ATTR = (int)KVM_SET_DEVICE_ATTR,
	OURS_HAS_DEVICE_ATTR = (int)KVM_HAS_DEVICE_ATTR,
	OURS_SET_IOMMU = (int)VFIO_SET_IOMMU,
	OURS_GET_DEVICE_FD = (int)VFIO_GROUP_GET_DEVICE_FD,
};

/* x86, arm64, s390, riscv, loongarch */
#undef VS_IOC_SIZE_BITS
#undef VS_IOC_NONE
#undef VS_IOC_READ
#undef VS_IOC_WRITE
#define VS_IOC_SIZE_BITS 14
#define VS_IOC_NONE 0U
#define VS_IOC_READ 2U
#define VS_IOC_WRITE 1U

IS(KVM_CREATE_VM, 0xae01);
IS(KVM_CREATE_DEVICE, 0xc00caee0);
IS(KVM_SET_DEVICE_ATTR, 0x4018aee1);
IS(KVM_HAS_DEVICE_ATTR, 0x4018aee3);
IS(VFIO_SET_IOMMU, 0x3b66);
IS(VFIO_GROUP_GET_STATUS, 0x3b67);
IS(VFIO_GROUP_SET_CONTAINER, 0x3b68);
IS(VFIO_GROUP_UNSET_CONTAINER, 0x3b69);
IS(VFIO_GROUP_GET_DEVICE_FD, 0x3b6a);
IS(VFIO_DEVICE_SET_IRQS, 0x3b6e);
IS(VFIO_DEVICE_RESET, 0x3b6f);
IS(VFIO_IOMMU_MAP_DMA, 0x3b71);
IS(VFIO_IOMMU_UNMAP_DMA, 0x3b72);
IS(VFIO_DEVICE_FEATURE, 0x3b75);
IS(VFIO_DEVICE_BIND_IOMMUFD, 0x3b76);
IS(VFIO_DEVICE_ATTACH_IOMMUFD_PT, 0x3b77);
IS(VFIO_DEVICE_DETACH_IOMMUFD_PT, 0x3b78);
IS(IOMMU_DESTROY, 0x3b80);
IS(IOMMU_IOAS_ALLOC, 0x3b81);
IS(IOMMU_IOAS_COPY, 0x3b83);
IS(IOMMU_IOAS_MAP, 0x3b85);
IS(IOMMU_IOAS_UNMAP, 0x3b86);
IS(IOMMU_VFIO_IOAS, 0x3b88);
IS(IOMMU_IOAS_MAP_FILE, 0x3b8f);
IS(IOMMU_HW_QUEUE_ALLOC, 0x3b94);

/* powerpc, mips, sparc, alpha */
#undef VS_IOC_SIZE_BITS
#undef VS_IOC_NONE
#undef VS_IOC_READ
#undef VS_IOC_WRITE
#define VS_IOC_SIZE_BITS 13
#define VS_IOC_NONE 1U
#define VS_IOC_READ 2U
#define VS_IOC_WRITE 4U

IS(KVM_CREATE_VM, 0x2000ae01);
IS(KVM_CREATE_DEVICE, 0xc00caee0);
IS(KVM_SET_DEVICE_ATTR, 0x8018aee1);
IS(VFIO_SET_IOMMU, 0x20003b66);
IS(VFIO_GROUP_GET_DEVICE_FD, 0x20003b6a);
IS(VFIO_DEVICE_RESET, 0x20003b6f);
IS(VFIO_IOMMU_UNMAP_DMA, 0x20003b72);
IS(VFIO_IOMMU_SPAPR_REGISTER_MEMORY, 0x20003b75);
IS(VFIO_IOMMU_SPAPR_TCE_CREATE, 0x20003b77);
IS(VFIO_DEVICE_BIND_IOMMUFD, 0x20003b76);
IS(IOMMU_IOAS_MAP, 0x20003b85);

/* Both can be included, in this order as in the other. */
#include <linux/kvm.h>
#include <linux/vfio.h>

IS(OURS_CREATE_VM, (int)KVM_CREATE_VM);
IS(OURS_CREATE_DEVICE, (int)KVM_CREATE_DEVICE);
IS(OURS_SET_DEVICE_ATTR, (int)KVM_SET_DEVICE_ATTR);
IS(OURS_HAS_DEVICE_ATTR, (int)KVM_HAS_DEVICE_ATTR);
IS(OURS_SET_IOMMU, (int)VFIO_SET_IOMMU);
IS(OURS_GET_DEVICE_FD, (int)VFIO_GROUP_GET_DEVICE_FD);
IS(KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE, 3);
IS(VFIO_TYPE1v2_IOMMU, 3);
IS(VFIO_IOMMU_ENABLE, 0x3b73);
IS(VFIO_IOMMU_SPAPR_REGISTER_MEMORY, 0x3b75);
IS(VFIO_IOMMU_SPAPR_TCE_REMOVE, 0x3b78);
IS(sizeof(struct vfio_iommu_spapr_tce_create), sizeof(struct vs_spapr_tce_create));
IS(sizeof(struct vfio_iommu_spapr_register_memory), sizeof(struct vs_spapr_register_memory));
IS(VFIO_IRQ_SET_ACTION_TRIGGER, 32);
IS(VFIO_DEVICE_FEATURE, 0x3b75);
IS(VFIO_DEVICE_FEATURE_PROBE, 1 << 18);
IS(VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT, 8);
IS((int)VFIO_DEVICE_STATE_RUNNING_P2P, VS_MIG_STATE_RUNNING_P2P);

#define SAME(ours, theirs) IS(sizeof(struct ours), sizeof(struct theirs))

SAME(vs_kvm_create_device, kvm_create_device);
SAME(vs_kvm_device_attr, kvm_device_attr);
SAME(vs_type1_dma_map, vfio_iommu_type1_dma_map);
SAME(vs_type1_dma_unmap, vfio_iommu_type1_dma_unmap);
SAME(vs_irq_set, vfio_irq_set);
SAME(vs_device_feature, vfio_device_feature);
SAME(vs_feature_mig_state, vfio_device_feature_mig_state);

/* System headers may be too old for these, or have them longer. */
#define SIZE(ours, bytes) IS(sizeof(struct ours), bytes)

SIZE(vs_bind_iommufd, 16);
SIZE(vs_attach_iommufd_pt, 12);
SIZE(vs_detach_iommufd_pt, 8);
SIZE(vs_iommu_destroy, 8);
SIZE(vs_ioas_alloc, 12);
SIZE(vs_ioas_copy, 40);
SIZE(vs_ioas_map, 40);
SIZE(vs_ioas_map_file, 40);
SIZE(vs_ioas_unmap, 24);

static void numbers_are_checked_by_the_compiler(void **state)
{
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_checked_by_the_compiler),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
