/* SPDX-License-Identifier: GPL-2.0-only */
/* The name people use for a VM, from what its process shows. Pure parsing. */
#ifndef VS_VMNAME_H
#define VS_VMNAME_H

#include <stdbool.h>
#include <stddef.h>

/**
 * vs_vmname_from_cmdline - a VMM's -name option (QEMU's syntax)
 * @cmdline: /proc/PID/cmdline: arguments, each ended by a NUL
 * @len: its length in bytes
 * @out: receives the name; empty if there is none
 */
bool vs_vmname_from_cmdline(const char *cmdline, size_t len, char *out, size_t size);

/**
 * vs_vmname_from_cgroup - machine or pod a process belongs to
 * @cgroup: /proc/PID/cgroup as a string
 *
 * Knows systemd-machined's scopes (libvirt: machine-qemu\x2d1\x2dNAME.scope)
 * and Kubernetes pods ("pod UID"), also as seen from a cgroup namespace of its own.
 */
bool vs_vmname_from_cgroup(const char *cgroup, char *out, size_t size);

/* The UID of the pod it is in; false: of none. */
bool vs_pod_from_cgroup(const char *cgroup, char *out, size_t size);

/* The path of its cgroup; of version 1, that which systemd manages. false: the root. */
bool vs_cgroup_path(const char *cgroup, char *out, size_t size);

#endif
