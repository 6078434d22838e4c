/* SPDX-License-Identifier: GPL-2.0-only */
/* Sentences about DMA maps that failed. */
#ifndef VS_TEXT_MAPS_H
#define VS_TEXT_MAPS_H

#include <stdbool.h>
#include "../model/model.h"
#include "strbuf.h"

/* "hugetlb", NULL for VS_MEMORY_UNKNOWN. */
const char *vs_memory_name(unsigned int memory);

/* "BAR 1 of 0000:00:12.0", "region 6 of 0000:00:12.0" */
void vs_put_region(struct vs_text *t, unsigned int region, const char *device);

/* "BAR 1 of 0000:00:12.0", "file disk.img (ext4)"; nothing if it is not known. */
void vs_put_memory(struct vs_text *t, const struct ev_dma *map);

/* The one reason that what was read then allows. Returns false, and puts nothing, if there is none. */
bool vs_put_map_cause(struct vs_text *t, const struct ev_dma *map);

#endif
