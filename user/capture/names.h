/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names people use, added to the stream of records while their owners are
 * still there to be asked: VM names from /proc, device names from libpci.
 */
#ifndef VS_NAMES_H
#define VS_NAMES_H

#include "../core/source.h"

struct vs_names;

struct vs_names *vs_names_new(void); /* NULL if there is no memory */
void vs_names_free(struct vs_names *names);

/*
 * We run in a pid namespace of our own: /proc there knows other processes by
 * the numbers records have, so it is not asked. VMs stay without names.
 */
void vs_names_foreign_pids(struct vs_names *names, bool foreign);

/* A look begins: whom it meets is asked again. */
void vs_names_look(struct vs_names *names);

/* Hand @rec to @fn, with name records before it where it needs them. */
int vs_names_pass(struct vs_names *names, const union vs_record *rec, vs_record_fn fn, void *ctx);

/* What a device is, and which IOMMU group it is in by sysfs, at @ts. Any name. */
int vs_names_device(struct vs_names *names, const char *device, uint64_t ts, vs_record_fn fn,
		    void *ctx);

/* Whether device names can be looked up in this build. */
bool vs_names_pci(void);

#endif
