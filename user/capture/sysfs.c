// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sysfs.h"

bool vs_sysfs_plain(const char *name)
{
	return *name && *name != '.' && !strchr(name, '/');
}

/* A path that does not fit is none. */
static bool make_path(char path[PATH_MAX], const char *fmt, va_list args)
{
	int n = vsnprintf(path, PATH_MAX, fmt, args);

	return n > 0 && n < PATH_MAX;
}

static size_t read_path(char *out, size_t size, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t used = 0;
	ssize_t n;

	while (fd >= 0 && used < size - 1 && (n = read(fd, out + used, size - 1 - used)) > 0)
		used += (size_t)n;
	if (fd >= 0)
		close(fd);
	out[used] = '\0';
	return used;
}

size_t vs_sysfs_read(char *out, size_t size, const char *fmt, ...)
{
	char path[PATH_MAX];
	va_list args;
	bool ok;

	*out = '\0';
	va_start(args, fmt);
	ok = make_path(path, fmt, args);
	va_end(args);
	return ok ? read_path(out, size, path) : 0;
}

bool vs_sysfs_line(char *out, size_t size, const char *fmt, ...)
{
	char path[PATH_MAX];
	va_list args;
	bool ok;

	*out = '\0';
	va_start(args, fmt);
	ok = make_path(path, fmt, args);
	va_end(args);
	if (ok)
		read_path(out, size, path);
	out[strcspn(out, "\n")] = '\0';
	return *out;
}

bool vs_sysfs_link(char *out, size_t size, const char *fmt, ...)
{
	char path[PATH_MAX], target[PATH_MAX], *slash;
	ssize_t n = -1;
	va_list args;

	*out = '\0';
	va_start(args, fmt);
	if (make_path(path, fmt, args))
		n = readlink(path, target, sizeof(target) - 1);
	va_end(args);
	if (n <= 0)
		return false;
	target[n] = '\0';
	slash = strrchr(target, '/');
	snprintf(out, size, "%s", slash ? slash + 1 : target);
	return *out;
}

bool vs_sysfs_has(const char *fmt, ...)
{
	char path[PATH_MAX];
	va_list args;
	bool ok;

	va_start(args, fmt);
	ok = make_path(path, fmt, args);
	va_end(args);
	return ok && !access(path, F_OK);
}

bool vs_sysfs_each(const char *dir, bool (*fn)(void *ctx, const char *name), void *ctx)
{
	struct dirent *entry;
	DIR *d = opendir(dir);

	if (!d)
		return false;
	while ((entry = readdir(d)) != NULL)
		if (vs_sysfs_plain(entry->d_name) && !fn(ctx, entry->d_name))
			break;
	closedir(d);
	return true;
}
