/* SPDX-License-Identifier: GPL-2.0-only */
/* Which opens, events and findings the user asked for, and what they add up to. Pure. */
#ifndef VS_REPORT_H
#define VS_REPORT_H

#include "model/model.h"

/* All conditions must hold; an unset one always does. */
struct vs_filter {
	uint32_t pid; /* 0: any */
	const char *vm; /* name, or id ("vm1"); NULL: any */
	const char *device; /* full PCI address or UUID; NULL: any */
	int device_group; /* the device's IOMMU group, for calls that name only it; -1: unknown */
	int group; /* IOMMU group; -1: any */
	bool tracked; /* only the observed program and its children */
};

bool vs_filter_vm(const struct vs_filter *f, const struct vs_vm *vm);
bool vs_filter_open(const struct vs_filter *f, const struct vs_open *open);
bool vs_filter_finding(const struct vs_filter *f, const struct vs_finding *finding);
bool vs_filter_event(const struct vs_filter *f, const union vs_event *ev,
		     const struct vs_refs *refs);

/**
 * vs_device_normalize - the full form of a device name
 * @in: "00:1f.0", "0000:00:1f.0" or a UUID, any case
 * @out: at least VS_DEVNAME_LEN bytes
 *
 * Return: 0, or -EINVAL if it is neither.
 */
int vs_device_normalize(const char *in, char *out);

struct vs_tally {
	uint64_t events;
	uint64_t opens[VS_VERDICT_COUNT]; /* by final verdict */
	uint64_t findings[VS_ERROR + 1]; /* by severity */
	uint64_t lost; /* records, all causes */
};

/* Public exit codes (README, man page). */
enum vs_exit {
	VS_EXIT_OK = 0,
	VS_EXIT_FINDINGS = 1,
	VS_EXIT_USAGE = 2,
	VS_EXIT_CANNOT_OBSERVE = 3,
	VS_EXIT_INCONCLUSIVE = 4,
	VS_EXIT_ERROR = 5,
};

/* @fail_on: least severity that counts; above VS_ERROR: none does. */
enum vs_exit vs_tally_exit(const struct vs_tally *t, int fail_on);

#endif
