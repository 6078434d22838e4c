/* SPDX-License-Identifier: GPL-2.0-only */
/* Errnos that probes ask for (asm-generic/errno.h; include/linux/errno.h). */
#ifndef VMLINUX_ERRNO_H
#define VMLINUX_ERRNO_H

#define ENOENT 2
#define ENOMEM 12
#define EBUSY 16
#define EEXIST 17
#define EINVAL 22
#define ENOTTY 25
#define ENOSPC 28
#define ENOIOCTLCMD 515 /* programs get ENOTTY instead (vfs_ioctl()) */

#endif
