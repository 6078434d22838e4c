/* SPDX-License-Identifier: GPL-2.0-only */
/* What the user asked for: a sink that passes on to another one what matches. Pure. */
#ifndef VS_FILTER_H
#define VS_FILTER_H

#include "model/sink.h"

/* All conditions must hold; an unset one always does. */
struct vs_filter {
	uint32_t pid; /* 0: any */
	const char *vm; /* name, or id ("vm1"); NULL: any */
	const char *device; /* full PCI address or UUID; NULL: any */
	int device_group; /* the device's IOMMU group, for calls that name only it; -1: unknown */
	int group; /* IOMMU group; -1: any */
	bool idle; /* what nobody uses, too */
	bool tracked; /* only the observed program and its children */
	bool hide_events; /* no calls */
	bool hide_opens; /* no opens, verdicts and findings */
};

/* Whether some VMs, groups and devices of a moment may be left out. */
bool vs_filter_narrows(const struct vs_filter *f);

bool vs_filter_vm(const struct vs_filter *f, const struct vs_vm *vm);
bool vs_filter_open(const struct vs_filter *f, const struct vs_open *open);
bool vs_filter_attach(const struct vs_filter *f, const struct vs_attach *attach);
bool vs_filter_finding(const struct vs_filter *f, const struct vs_finding *finding);
bool vs_filter_event(const struct vs_filter *f, const union vs_event *ev,
		     const struct vs_refs *refs);
/* The stream tells which IOMMU group a device is in. */
void vs_filter_learn(struct vs_filter *f, const struct ev_dev_info *info);

/* Owns @next, also on failure. NULL if there is no memory. */
struct vs_sink *vs_filter_sink(const struct vs_filter *f, struct vs_sink *next);

/**
 * vs_device_normalize - the full form of a device name
 * @in: "00:1f.0", "0000:00:1f.0" or a UUID, any case
 * @out: at least VS_DEVNAME_LEN bytes
 *
 * Return: 0, or -EINVAL if it is neither.
 */
int vs_device_normalize(const char *in, char *out);

#endif
