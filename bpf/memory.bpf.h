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

/* Devices and, in the bits that are 0 in an address, the migration state they are in. */
extern __u64 migration[VS_MEMORY_SIZE];

#define VS_MIGRATION_MASK 7ULL /* enum vs_mig_state has eight values */
#define VS_MIGRATION_UNKNOWN (~0U)

static __always_inline __u32 migration_known(__u64 dev)
{
	__u64 noted = *place_of(migration, dev);

	return (noted & ~VS_MIGRATION_MASK) == dev ? noted & VS_MIGRATION_MASK :
						     VS_MIGRATION_UNKNOWN;
}

static __always_inline void migration_note(__u64 dev, __u32 state)
{
	*place_of(migration, dev) = state > VS_MIGRATION_MASK ? 0 : dev | state;
}

#endif
