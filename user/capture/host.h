/* SPDX-License-Identifier: GPL-2.0-only */
/* What this machine is and allows: the facts the plan is made from. */
#ifndef VS_HOST_H
#define VS_HOST_H

#include <stdint.h>
#include "../core/plan/plan.h"
#include "btf.h"

/* Kernel objects found in the symbol table; 0: not found or not readable. */
struct vs_addresses {
	uint64_t group_fops;
	uint64_t container_fops;
	uint64_t device_fops;
	uint64_t kvm_device_fops;
	uint64_t vm_fops;
	uint64_t vm_list;
};

/* Where BTF describes a function; id 0: nowhere. */
struct vs_btf_place {
	uint32_t id;
	int fd; /* as vs_symbol.btf_fd */
};

/* A program that the kernel refused to load or to attach. */
struct vs_refusal {
	char program[VS_PROGRAM_NAME]; /* "": none in particular */
	int err; /* errno */
};

struct vs_host {
	char release[65]; /* uname -r */
	char arch[65]; /* uname -m */
	bool root_caps; /* holds the capabilities tracing takes */
	char lacks[64]; /* those it does not, "CAP_SYS_ADMIN, CAP_SYSLOG"; "" if none */
	bool preempt_built; /* built with CONFIG_PREEMPTION, whether in use or not */
	bool symbols_readable; /* kernel addresses are not hidden from us */
	char lockdown[32]; /* "none", "integrity", "confidentiality"; "" unknown */
	bool task_storage; /* programs may keep data with a task (5.12 on) */
	bool kvm, vfio; /* present in the running kernel */
	bool notifier; /* drivers are notified of their VM; devices do not hold it (to 5.18) */
	bool fixed_layout; /* where not: they are as vmlinux/vfio.h has them for 5.10 */
	bool kvm_known, vfio_known; /* a module for it is installed */
	int fentry_errno, kprobe_errno; /* why refused; 0 if not */
	struct vs_addresses addr;
	struct vs_types types;
	struct vs_facts facts;
	struct vs_btf_place place[VS_SITE_COUNT][VS_WAY_MAX][VS_PART_MAX]; /* beside facts.func */
	struct vs_btf_place look; /* the iterator over open files */
	struct vs_refusal refused; /* what the last attempt to attach ended with */
};

/**
 * vs_host_inspect - ask this machine; attaches nothing
 * @host: filled in; released with vs_host_release(), also after a failure
 *
 * Questions that can not be answered leave their fact unknown.
 *
 * Return: 0, or negative errno.
 */
int vs_host_inspect(struct vs_host *host);

void vs_host_release(struct vs_host *host);

/* Is a module of this name loaded, and has it begun its work? Not one built in. */
bool vs_host_module_live(const char *name);

/* Something that keeps us from observing. All strings end in no full stop. */
struct vs_obstacle {
	const char *id; /* stable, for --json */
	char what[160]; /* what is missing */
	const char *means; /* what that means */
	char todo[240]; /* what to do */
};

#define VS_OBSTACLES_MAX 8

/* Why @plan can not work on @host; the most basic reason first. 0: it can. */
size_t vs_host_obstacles(const struct vs_host *host, const struct vs_plan *plan,
			 struct vs_obstacle *out);

#endif
