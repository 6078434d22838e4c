/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of numbers that programs pass to VFIO and iommufd. NULL: it has none. Pure. */
#ifndef VS_UAPI_H
#define VS_UAPI_H

#include <stdint.h>

/* VFIO_DEVICE_FEATURE_*: "MIG_DEVICE_STATE" */
const char *vs_feature_name(uint32_t feature);

/* enum vfio_device_mig_state: "RUNNING" */
const char *vs_migration_name(uint32_t state);

/* An ioctl on an iommufd: "IOMMU_HWPT_ALLOC" */
const char *vs_iommufd_call_name(uint32_t cmd);

#endif
