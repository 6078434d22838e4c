/* SPDX-License-Identifier: GPL-2.0-only */
/* What this machine is and what it allows: the facts that the plan is made from. */
#ifndef VS_HOST_H
#define VS_HOST_H

#include <stdint.h>
#include "../core/plan/report.h"
#include "btf.h"

/* Kernel objects found in the symbol table; 0: not found or not readable. */
struct vs_addresses {
	uint64_t group_fops;
	uint64_t container_fops;
	uint64_t device_fops;
	uint64_t iommufd_fops;
	uint64_t kvm_device_fops;
	uint64_t vm_fops;
	uint64_t vm_list;
	uint64_t pci_bus;
};

/* Where BTF describes a function; id 0: nowhere. */
struct vs_btf_place {
	uint32_t id;
	int fd; /* as vs_symbol.btf_fd */
};

/* A program that the kernel refused. */
struct vs_refusal {
	enum vs_why why; /* load or attach; VS_WHY_NONE: no program was refused */
	int err; /* errno */
	char program[VS_PROGRAM_NAME];
};

struct vs_host {
	char release[65]; /* uname -r */
	char arch[65]; /* uname -m */
	bool root_caps; /* this process has the capabilities that tracing needs */
	char lacks[64]; /* those it lacks, "CAP_SYS_ADMIN, CAP_SYSLOG"; "" if none */
	bool preempt_built; /* built with CONFIG_PREEMPTION, whether in use or not */
	bool symbols_readable; /* kernel addresses are visible to this process */
	char lockdown[32]; /* "none", "integrity", "confidentiality"; "" unknown */
	bool task_storage; /* kprobes may use task-local storage (since 5.12) */
	bool kvm, vfio; /* present in the running kernel */
	bool cdev, iommufd; /* the same: device cdevs, /dev/iommu */
	bool notifier; /* drivers are notified of their VM; devices do not hold it (to 5.18) */
	bool fixed_layout; /* structures without BTF are as vmlinux/vfio.h has them for 5.10 */
	enum vs_fact kvm_known, vfio_known, iommufd_known; /* it is there, or a module for it */
	int fentry_errno, kprobe_errno; /* why refused; 0 if not */
	struct vs_addresses addr;
	struct vs_types types;
	struct vs_facts facts;
	struct vs_btf_place place[VS_SITE_COUNT][VS_WAY_MAX][VS_PART_MAX]; /* beside facts.func */
	struct vs_btf_place look; /* the iterator over open files */
	struct vs_refusal refused; /* what ended the last attempt to attach */
};

/**
 * vs_host_inspect - collect the facts; attaches nothing
 * @host: filled in; release it with vs_host_release(), also after a failure
 *
 * What cannot be found out stays VS_FACT_UNKNOWN.
 *
 * Return: 0, or negative errno.
 */
int vs_host_inspect(struct vs_host *host);

void vs_host_release(struct vs_host *host);

/* Whether a module of this name is loaded and initialized; false if built in. */
bool vs_host_module_live(const char *name);

#define VS_OBSTACLES_MAX 8

/* Why @plan cannot work on @host, the most basic reason first. 0: it can. */
size_t vs_host_obstacles(const struct vs_host *host, const struct vs_plan *plan,
			 struct vs_obstacle *out);

/* Why loading or attaching the probes failed with @err, without a full stop. */
void vs_host_say_failure(const struct vs_host *host, int err, char *buf, size_t size);

#endif
