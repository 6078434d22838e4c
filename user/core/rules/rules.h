/* SPDX-License-Identifier: GPL-2.0-only */
/* The rules as data: what a finding says, and why the kernel behaves that way. */
#ifndef VS_RULES_H
#define VS_RULES_H

#include <stdbool.h>

enum vs_rule_id {
	VS_RULE_OPEN_BEFORE_ADD,
	VS_RULE_OPEN_WITHOUT_ADD,
	VS_RULE_OPEN_REFUSED,
	VS_RULE_KVM_MISMATCH,
	VS_RULE_DEL_WHILE_OPEN,
	VS_RULE_ADD_FAILED,
	VS_RULE_KVM_LOST,
	VS_RULE_VM_GONE_WHILE_OPEN,
	VS_RULE_TWO_VMS,
	VS_RULE_ADD_WITHOUT_EFFECT,
	VS_RULE_SECOND_KVM_VFIO,
	VS_RULE_ATTACH_FAILED,
	VS_RULE_NONCOHERENT_DMA,
	VS_RULE_OVER_BUDGET,
	VS_RULE_BUSY,
	VS_RULE_NOT_VIABLE,
	VS_RULE_NO_DMA_MAPS,
	VS_RULE_NO_PEER_TO_PEER,
	VS_RULE_DRIVER_REFUSED,
	VS_RULE_RESET_FAILED,
	VS_RULE_IRQ_SHORT,
	VS_RULE_BAR_BUSY,
	VS_RULE_DEVICE_DEAD,
	VS_RULE_UNBIND_BLOCKED,
	VS_RULE_COUNT,
};

/* In ascending order: --fail-on compares them. */
enum vs_severity { VS_INFO, VS_WARNING, VS_ERROR };

/* What depends on the path by which a device is used: its group, or its own cdev. */
struct vs_rule_text {
	const char *title; /* one line */
	const char *harm;
	const char *fix; /* what to change */
};

struct vs_rule {
	enum vs_rule_id id;
	enum vs_severity severity; /* if by_driver: for a driver that does not need kvm */
	bool by_driver; /* VS_ERROR if the driver needs kvm; harm comes from the driver */
	bool breaks_order; /* its finding makes the open a violation */
	const char *name; /* public, stable */
	const char *title; /* one line */
	const char *fires; /* the exact condition */
	const char *kernel; /* why the kernel behaves that way */
	const char *harm; /* NULL if by_driver */
	const char *fix; /* what to change */
	const char *reference; /* where the kernel documents it */
	struct vs_rule_text cdev; /* of a device cdev; NULL: as above */
};

extern const struct vs_rule vs_rules[VS_RULE_COUNT];

/* What to say of a group (harm: NULL if by_driver), or of a device cdev. */
struct vs_rule_text vs_rule_text(const struct vs_rule *rule, bool cdev);

/* NULL if no rule has this name. */
const struct vs_rule *vs_rule_find(const char *name);

const char *vs_severity_name(enum vs_severity severity);

#endif
