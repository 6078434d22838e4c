/* SPDX-License-Identifier: GPL-2.0-only */
/* What the vs_oracle module says to user space. */
#ifndef VS_ORACLE_H
#define VS_ORACLE_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define VS_ORACLE_PATH "/dev/vs_oracle"

/*
 * Device N is called 00000000-0000-4000-8000-N, N in twelve hexadecimal digits;
 * the devices of the driver vs_strict come first, those of vs_silent follow.
 */
#define VS_ORACLE_UUID "00000000-0000-4000-8000-%012x"

/*
 * On a device's descriptor. FORGET: the driver loses the kvm pointer of an open
 * device, and with it the device's reference on its VM, as an error path of the
 * kernel's own does (ENXIO: it has none). PUT: it drops the reference and keeps
 * the pointer, as kernels before 6.2 never took one, where this is EOPNOTSUPP
 * (ENXIO: no pointer; EALREADY: dropped before).
 */
#define VS_ORACLE_FORGET _IO(';', 0xf0)
#define VS_ORACLE_PUT _IO(';', 0xf1)

enum vs_oracle_what {
	VS_ORACLE_OPEN = 1, /* first open */
	VS_ORACLE_CLOSE = 2, /* last close */
};

/* Bits of flags */
enum vs_oracle_flag {
	VS_ORACLE_IOMMUFD = 1, /* an iommufd has the device, not a container */
};

/*
 * One call of the driver by the VFIO core. A read(2) of /dev/vs_oracle takes
 * whole records out, the oldest first, and returns 0 if there is none. Records
 * that found no room are missing in seq, and counted in the module's parameter
 * "lost".
 */
struct vs_oracle_record {
	__u64 seq; /* from 0 */
	__u64 boottime_ns;
	__u64 kvm; /* the device's kvm pointer as the driver finds it */
	__u32 device;
	__u32 what; /* enum vs_oracle_what */
	__u32 tgid; /* of the caller, in the initial pid namespace */
	__u32 pid;
	__s32 ret; /* of an open */
	__u32 flags;
};

#endif
