/* SPDX-License-Identifier: GPL-2.0-only */
/* What an errno means for the operation that returned it, and how to fix it. Pure. */
#ifndef VS_ERRNOS_H
#define VS_ERRNOS_H

#include <stdbool.h>

enum vs_errno_op {
	VS_ERRNO_ADD, /* kvm-vfio GROUP_ADD, FILE_ADD */
	VS_ERRNO_DEL, /* kvm-vfio GROUP_DEL, FILE_DEL */
	VS_ERRNO_ATTR, /* any other attribute of kvm-vfio */
	VS_ERRNO_CREATE_KVM_VFIO, /* KVM_CREATE_DEVICE(VFIO) */
	VS_ERRNO_GROUP_OPEN,
	VS_ERRNO_SET_CONTAINER,
	VS_ERRNO_HAS_CONTAINER, /* SET_CONTAINER of a group that has one */
	VS_ERRNO_GROUP_IOCTL, /* another call on a group */
	VS_ERRNO_SET_IOMMU,
	VS_ERRNO_GET_DEVICE_FD,
	VS_ERRNO_NO_CONTAINER, /* GET_DEVICE_FD of a group that has none */
	VS_ERRNO_NO_IOMMU, /* of a group whose container has none */
	VS_ERRNO_DRIVER_OPEN, /* the driver's open_device */
	VS_ERRNO_MAP_DMA,
	VS_ERRNO_SPAPR_ENABLE, /* POWER: ENABLE */
	VS_ERRNO_SPAPR_REGISTER, /* REGISTER_MEMORY */
	VS_ERRNO_SPAPR_WINDOW, /* TCE_CREATE, TCE_REMOVE */
	VS_ERRNO_BIND_IOMMUFD,
	VS_ERRNO_ATTACH_PT,
	VS_ERRNO_ATTACH_BOUND, /* ATTACH_IOMMUFD_PT of a device that is bound */
	VS_ERRNO_IOAS_MAP, /* IOAS_MAP, IOAS_MAP_FILE, IOAS_COPY */
	VS_ERRNO_RESET, /* DEVICE_RESET */
	VS_ERRNO_HOT_RESET, /* PCI_HOT_RESET */
	VS_ERRNO_SET_IRQS,
	VS_ERRNO_OP_COUNT,
};

/**
 * vs_errno_why - explain an operation's errno in one or two sentences
 * @err: negative as the kernel returns it, or positive
 *
 * Never NULL: an errno that the operation is not known to return gets one
 * generic sentence.
 */
const char *vs_errno_why(enum vs_errno_op op, int err);

/* What this driver means by it when it refuses an open; NULL: that is not known. */
const char *vs_errno_of_driver(const char *driver, int err);

/* "EIO", and what calls return that are interrupted; NULL: no such errno. @err: either sign */
const char *vs_errno_word(int err);

/*
 * The call was interrupted by a signal: whoever made it was killed, or the kernel makes it
 * again. Programs do not see these errnos.
 */
bool vs_errno_interrupted(int err);

/*
 * The same of calls that pin memory, which also fail with EINTR when the process is killed
 * (__get_user_pages()).
 */
bool vs_errno_pin_interrupted(int err);

#endif
