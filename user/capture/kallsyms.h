/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's symbol table. */
#ifndef VS_SYMBOLS_H
#define VS_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A symbol that this kernel may have. */
struct vs_symbol {
	const char *name; /* not owned */
	/* The module it must be in, unless built in; NULL: a function, in any module. */
	const char *module;
	bool found;
	uint64_t addr; /* if found; 0: not looked up, or hidden */
	bool btf; /* has BTF: set by vs_types_read(), and so are the next three */
	unsigned int nargs;
	uint32_t btf_id;
	int btf_fd; /* of the module whose BTF has it; 0: the kernel's own BTF */
};

/**
 * vs_symbols_find - look symbols up
 * @symbols: found and addr are filled in; a function that has BTF counts as found
 * @quick: the kernel looks up a symbol without a search through all
 * @readable: set to whether addresses are visible (sysctl kernel.kptr_restrict)
 *
 * If @quick, asks the kernel for one symbol at a time (bpf_kallsyms_lookup_name(),
 * since 5.16); else reads /proc/kallsyms. What cannot be looked up is not found.
 */
void vs_symbols_find(struct vs_symbol *symbols, size_t count, bool quick, bool *readable);

#endif
