/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small memory for addresses of objects, as cheap as can be: of two objects that share
 * a place the later one takes it. So it forgets, and what it forgets is recorded again.
 */
#ifndef VS_MEMORY_BPF_H
#define VS_MEMORY_BPF_H

#include "maps.bpf.h"

#define VS_MEMORY_SIZE 512

static __always_inline __u64 *place_of(__u64 *memory, __u64 object)
{
	return &memory[(object >> 6 ^ object >> 12) % VS_MEMORY_SIZE];
}

/* Devices whose open is on record. */
extern __u64 on_record[VS_MEMORY_SIZE];

#endif
