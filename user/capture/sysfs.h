/* SPDX-License-Identifier: GPL-2.0-only */
/* Small files and links of sysfs, and of others like it. Paths are printed as by printf(). */
#ifndef VS_SYSFS_H
#define VS_SYSFS_H

#include <stdbool.h>
#include <stddef.h>

#define VS_PRINTF __attribute__((format(printf, 3, 4)))

/* Whether a name can be that of a device: one component of a path, and not hidden. */
bool vs_sysfs_plain(const char *name);

/* All of a file, as far as there is room; "" if it cannot be read. Returns how much. */
VS_PRINTF size_t vs_sysfs_read(char *out, size_t size, const char *fmt, ...);

/* Its first line. False, and "": it cannot be read, or is empty. */
VS_PRINTF bool vs_sysfs_line(char *out, size_t size, const char *fmt, ...);

/* The last component of what a link points to; "" and false if it is none. */
VS_PRINTF bool vs_sysfs_link(char *out, size_t size, const char *fmt, ...);

/* Whether there is such a file or folder. */
__attribute__((format(printf, 1, 2))) bool vs_sysfs_has(const char *fmt, ...);

/**
 * vs_sysfs_each - hand each name in a folder to @fn, but for hidden ones
 * @fn: returns false to end it
 *
 * In no order. False if there is no such folder.
 */
bool vs_sysfs_each(const char *dir, bool (*fn)(void *ctx, const char *name), void *ctx);

#undef VS_PRINTF

#endif
