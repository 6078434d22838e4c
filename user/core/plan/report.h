/* SPDX-License-Identifier: GPL-2.0-only */
/* A host as doctor reports it: facts, plan, and what prevents observing. Pure data. */
#ifndef VS_REPORT_H
#define VS_REPORT_H

#include "plan.h"

/* What prevents observing. The strings have no full stop at the end. */
struct vs_obstacle {
	const char *id; /* stable, for --json */
	char what[320]; /* the problem */
	const char *means; /* its impact */
	char todo[240]; /* the fix */
};

struct vs_passthrough;

/* All that is pointed to is owned by others. Errnos are positive; 0: none. */
struct vs_report {
	const char *release, *arch; /* uname -r, -m */
	const char *lockdown; /* NULL: unknown */
	bool privilege; /* this process has the capabilities that tracing needs */
	bool btf; /* of the kernel itself */
	bool preempts; /* fully or lazily */
	bool direct_calls; /* tracing programs can be attached to functions, as far as is known */
	bool kvm, vfio; /* present in the running kernel */
	bool cdev, iommufd; /* the same: device cdevs, /dev/iommu */
	enum vs_fact iommufd_known; /* it is there, or a module for it */
	int fentry_errno, kprobe_errno; /* why the kernel allows none of them */
	int attach_errno; /* why attaching all sites on trial failed */
	const char *failure; /* the same in words, without a full stop */
	const char *refused_program; /* the one that it failed at; NULL: none */
	const struct vs_obstacle *obstacles; /* the most basic first */
	size_t obstacle_count;
	const struct vs_plan *plan;
	const char *pinned[VS_SITE_COUNT]; /* modules that cannot be unloaded while attached */
	size_t pinned_count;
	const struct vs_passthrough *passthrough; /* NULL: there is no sysfs to ask */
};

static inline bool vs_report_can_observe(const struct vs_report *r)
{
	return !r->obstacle_count && !r->attach_errno;
}

#endif
