/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's symbol table: what is there, and where. */
#ifndef VS_SYMBOLS_H
#define VS_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A name this kernel may have. */
struct vs_symbol {
	const char *name; /* not owned */
	/* The module it must be of, unless built in; NULL: a function, wherever it is. */
	const char *module;
	bool found;
	uint64_t addr; /* if found; 0: not asked for, or hidden */
	bool btf; /* BTF knows it: filled in by vs_types_read() */
	unsigned int nargs; /* by BTF */
	uint32_t btf_id;
	int btf_fd; /* the module's whose BTF it is; 0: the kernel's own */
};

/**
 * vs_symbols_find - look for names in the symbol table
 * @symbols: found and addr are filled in; functions that BTF knows are taken for found
 * @quick: the kernel finds a symbol without going through all
 * @readable: whether addresses may be seen at all (sysctl kernel.kptr_restrict)
 *
 * Asks the kernel for one at a time where that is quick (BPF's
 * bpf_kallsyms_lookup_name(), since 5.16), and reads /proc/kallsyms where not.
 * What can not be looked for is not found.
 */
void vs_symbols_find(struct vs_symbol *symbols, size_t count, bool quick, bool *readable);

#endif
