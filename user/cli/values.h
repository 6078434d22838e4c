/* SPDX-License-Identifier: GPL-2.0-only */
/* Values as they are typed, read strictly: nothing before them, nothing after them. Pure. */
#ifndef VS_VALUES_H
#define VS_VALUES_H

#include <stdint.h>

/* A whole decimal number up to @max. Return: 0 or -EINVAL. */
int vs_value_number(const char *value, unsigned long max, unsigned long *out);

/* "500ms", "30s", "2m", "1h". Return: 0 or -EINVAL. */
int vs_value_duration(const char *value, uint64_t *ns);

/* "64K", "1M": a power of two from 4K to 1024M. Return: 0 or -EINVAL. */
int vs_value_size(const char *value, uint32_t *bytes);

#endif
