/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VS_CLOCK_H
#define VS_CLOCK_H

#include <stdint.h>

/* ns since boot, CLOCK_BOOTTIME: the clock of all records. */
uint64_t vs_now(void);

/* One moment on two clocks: ns since boot, and ns since 1970. */
void vs_clocks(uint64_t *boottime_ns, uint64_t *realtime_ns);

#endif
