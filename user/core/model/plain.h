/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of the model: names and times as parts of a sentence. */
#ifndef VS_PLAIN_H
#define VS_PLAIN_H

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

#include "../../../bpf/event.h"

#define M_CAUSE_LEN 1024

/* A name, which may be any bytes: whoever wrote the driver, or has the device, chose it. */
static inline void m_put_plain(char *to, size_t size, const char *from)
{
	size_t i;

	for (i = 0; i + 1 < size && from[i]; i++)
		to[i] = (char)(isprint((unsigned char)from[i]) ? from[i] : '?');
	to[i] = '\0';
}

/* "12 ms", "25.0 s"; "": not known. */
static inline void m_put_time(char *to, size_t size, uint64_t ns)
{
	uint64_t ms = ns / 1000000;

	if (ns == VS_NOT_SEEN)
		*to = '\0';
	else if (ms < 1000)
		snprintf(to, size, "%" PRIu64 " ms", ms);
	else
		snprintf(to, size, "%" PRIu64 ".%" PRIu64 " s", ms / 1000, ms / 100 % 10);
}

#endif
