// SPDX-License-Identifier: GPL-2.0-only
#include <time.h>

#include "clock.h"

static uint64_t ns_of(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

uint64_t vs_now(void)
{
	return ns_of(CLOCK_BOOTTIME);
}

void vs_clocks(uint64_t *boottime_ns, uint64_t *realtime_ns)
{
	uint64_t before = vs_now();

	*realtime_ns = ns_of(CLOCK_REALTIME);
	*boottime_ns = before + (vs_now() - before) / 2;
}
