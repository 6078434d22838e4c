/* SPDX-License-Identifier: GPL-2.0-only */
/* Sentences about DMA maps that failed. */
#ifndef VS_TEXT_MAPS_H
#define VS_TEXT_MAPS_H

#include <stdbool.h>
#include "../model/model.h"
#include "strbuf.h"

#define VS_CAUSE_LEN 1024 /* bytes that hold any cause */

/* "hugetlb", NULL for VS_MEMORY_UNKNOWN. */
const char *vs_memory_name(unsigned int memory);

/* "BAR 1 of 0000:00:12.0", "file disk.img (ext4)"; nothing if it is not known. */
void vs_put_memory(struct vs_text *t, const struct ev_dma *map);

/**
 * vs_put_cause - why the call of a finding failed
 * @f: a finding with a cause, or with a map that failed
 *
 * Of a map, the one reason that what was read then allows, if there is one; else what its
 * errno means in general.
 */
void vs_put_cause(struct vs_text *t, const struct vs_finding *f);

#endif
