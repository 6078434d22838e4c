/* SPDX-License-Identifier: GPL-2.0-only */
/* What the lookup program is asked, and answers; see lookup.bpf.c. */
#ifndef VS_LOOKUP_H
#define VS_LOOKUP_H

/* Includers bring __u64 and __s64: <linux/types.h>, or vmlinux/base.h in BPF. */
struct vs_lookup {
	char name[80]; /* in: "symbol" or "module:symbol"; zeros to the end */
	__u64 addr; /* out */
	__s64 err; /* out: 0, or negative errno; -ENOENT: there is no such symbol */
};

#endif
