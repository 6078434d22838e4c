/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why an open got its verdict: a stable id for programs (metric label, SQL) beside
 * each sentence. The reason of a violation is the rule: its name and its title.
 */
#ifndef VS_REASONS_H
#define VS_REASONS_H

#include <stddef.h>

/* R(NAME, id, sentence, the same of a device cdev; NULL: no other) */
#define VS_REASONS(R)                                                                              \
	R(TOOK_POINTER, "took-pointer",                                                            \
	  "the device took the kvm pointer of the VM its group is registered with",                \
	  "the device took the kvm pointer of the VM its file is registered with")                 \
	R(CARRIES_POINTER, "carries-pointer",                                                      \
	  "the device carries its VM's kvm pointer, taken before tracing started", NULL)           \
	R(NO_VM, "no-vm", "no VM is involved: a user-space driver", NULL)                          \
	R(RECORDS_LOST, "records-lost", "records were lost while the device was open", NULL)       \
	R(CLOSES_BLIND, "closes-not-observed", "device closes cannot be observed in this run",     \
	  NULL)                                                                                    \
	R(REGISTRATIONS_BLIND, "registrations-not-observed",                                       \
	  "registrations cannot be observed in this run", NULL)                                    \
	R(CDEV_BLIND, "cdev-not-observed", "calls on device cdevs cannot be observed in this run", \
	  NULL)                                                                                    \
	R(VMS_BLIND, "vms-not-observed", "VM creation cannot be observed in this run", NULL)       \
	R(BEFORE_NOTIFIER, "opened-before-notifier",                                               \
	  "the device was opened before tracing started, and devices of this kernel do not show "  \
	  "whether they were notified of a VM",                                                    \
	  NULL)                                                                                    \
	R(BEFORE, "opened-before",                                                                 \
	  "the device was opened before tracing started and its state shows no VM", NULL)          \
	R(MAYBE_REGISTERED, "maybe-registered",                                                    \
	  "the group may have been registered with a VM all the time",                             \
	  "the device's file may have been registered with a VM all the time")                     \
	R(VMS_UNKNOWN, "vms-unknown", "cannot tell whether the process has a VM", NULL)            \
	R(ENDED_IN_GRACE, "ended-in-grace", "tracing ended before the grace period was over", NULL)

#define VS_REASON_ENUM(name, id, text, cdev) VS_REASON_##name,
enum vs_reason_id { VS_REASONS(VS_REASON_ENUM) VS_REASON_COUNT };

struct vs_reason {
	const char *id;
	const char *text; /* one sentence without a full stop */
	const char *cdev; /* the same of a device cdev; NULL: the same words */
};

extern const struct vs_reason vs_reasons[VS_REASON_COUNT];

#endif
