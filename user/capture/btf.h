/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's type information (BTF): functions, and types that the probes read. */
#ifndef VS_TYPES_H
#define VS_TYPES_H

#include "kallsyms.h"
#include "../core/plan/sites.h"

struct btf;

#define VS_VMLINUX_BTF "/sys/kernel/btf/vmlinux"

/*
 * Only the types that the probes read, as this kernel defines them: libbpf searches a
 * kernel's 150,000 types once for each type in the probes, which takes longer than the
 * rest of the start.
 */
struct vs_types {
	bool vmlinux; /* the kernel has BTF; if not, the rest is empty */
	bool vfio; /* VFIO's own types have BTF */
	int fd; /* a memfd; 0: none */
	char path[32]; /* of the memfd, for libbpf; "": none */
	int module_fd[VS_SITE_COUNT]; /* BTF objects of modules that sites are in */
	size_t module_count;
};

/**
 * vs_types_read - read the BTF of the kernel and of the modules that sites are in
 * @types: filled in, also on failure; release it with vs_types_free()
 * @probes: the BTF of the BPF object, which names the types its programs read
 * @symbols: what BTF has on functions is filled in; btf_fd is valid as long as @types
 *
 * BTF that cannot be read counts as missing. Return: 0, or negative errno.
 */
int vs_types_read(struct vs_types *types, const struct btf *probes, struct vs_symbol *symbols,
		  size_t count);

/* Accepts all zero, and leaves it so. */
void vs_types_free(struct vs_types *types);

#endif
