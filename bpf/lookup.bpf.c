// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds one symbol's address without reading all of /proc/kallsyms. User space runs this
 * program itself: it is attached to nothing. Kernels before 5.16 refuse to load it.
 */
#include "../vmlinux/base.h"
#include <bpf/bpf_helpers.h>
#include "lookup.h"

SEC("syscall")
int lookup(struct vs_lookup *l)
{
	/* Older kernels pass helpers no pointer into the context. */
	char name[sizeof(l->name)];
	__u64 addr = 0;

	__builtin_memcpy(name, l->name, sizeof(name));
	l->err = bpf_kallsyms_lookup_name(name, sizeof(name), 0, &addr);
	l->addr = addr;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
