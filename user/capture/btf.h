/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's type information (BTF): of functions, and of what the probes read. */
#ifndef VS_TYPES_H
#define VS_TYPES_H

#include "kallsyms.h"
#include "../core/plan/sites.h"

struct btf;

#define VS_VMLINUX_BTF "/sys/kernel/btf/vmlinux"

/*
 * The types the probes read, and no others, with the members they have on this
 * kernel: libbpf goes through a kernel's 150,000 types once per type the probes
 * know of, which takes longer than all the rest of a start.
 */
struct vs_types {
	bool vmlinux; /* the kernel has BTF; if not, all else is empty */
	bool vfio; /* there is BTF for VFIO's own types */
	int fd; /* a file in memory; 0: none */
	char path[32]; /* its name, for libbpf; "" if none */
	int module_fd[VS_SITE_COUNT]; /* BTF objects of the modules that sites are in */
	size_t module_count;
};

/**
 * vs_types_read - go through the BTF of the kernel and of KVM's and VFIO's modules
 * @types: filled in, also on failure; released with vs_types_free()
 * @probes: the BPF object's own BTF, which names the types its programs read
 * @symbols: what BTF says of functions is filled in; btf_fd lasts as long as @types
 *
 * What can not be read is not there. Return: 0, or negative errno.
 */
int vs_types_read(struct vs_types *types, const struct btf *probes, struct vs_symbol *symbols,
		  size_t count);

/* All zero is fine, and is what it becomes. */
void vs_types_free(struct vs_types *types);

#endif
