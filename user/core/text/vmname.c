// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vmname.h"

/* The comma that ends a value, or the end; a doubled comma is part of it. */
static const char *value_end(const char *s)
{
	for (; *s; s++) {
		if (*s == ',' && s[1] == ',')
			s++;
		else if (*s == ',')
			break;
	}
	return s;
}

/*
 * QEMU's -name takes "NAME" or "guest=NAME,process=…", a comma inside a value
 * being doubled (qemu(1), "-name").
 */
static bool name_option(const char *value, char *out, size_t size)
{
	size_t used = 0;

	while (strncmp(value, "guest=", 6)) {
		const char *end = value_end(value);

		if (!memchr(value, '=', (size_t)(end - value)))
			break; /* the first word without a key is the name */
		if (!*end)
			return false;
		value = end + 1;
	}
	if (!strncmp(value, "guest=", 6))
		value += 6;
	for (; *value && used + 1 < size; value++) {
		if (*value == ',') {
			if (value[1] != ',')
				break;
			value++;
		}
		out[used++] = *value;
	}
	out[used] = '\0';
	return used > 0;
}

bool vs_vmname_from_cmdline(const char *cmdline, size_t len, char *out, size_t size)
{
	const char *end = cmdline + len, *arg, *next;

	out[0] = '\0';
	for (arg = cmdline; arg < end; arg = next) {
		size_t n = strnlen(arg, end - arg);

		next = arg + n + 1;
		if (next >= end || (strcmp(arg, "-name") && strcmp(arg, "--name")))
			continue;
		/* The kernel cuts long command lines without a last NUL. */
		if (!memchr(next, '\0', end - next))
			return false;
		return name_option(next, out, size);
	}
	return false;
}

/* systemd's unit name escaping: \xNN is a byte. */
static void unescape_unit(char *s)
{
	char *to = s;

	while (*s) {
		if (s[0] == '\\' && s[1] == 'x' && isxdigit((unsigned char)s[2]) &&
		    isxdigit((unsigned char)s[3])) {
			char hex[3] = { s[2], s[3], '\0' };

			*to++ = (char)strtol(hex, NULL, 16);
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

/* libvirt calls its machines qemu-ID-NAME, ID being a number. */
static const char *strip_libvirt(const char *machine)
{
	const char *p = machine;

	if (strncmp(p, "qemu-", 5))
		return machine;
	p += 5;
	p += strspn(p, "0123456789");
	return *p == '-' && p[1] ? p + 1 : machine;
}

static bool machine_scope(const char *cgroup, char *out, size_t size)
{
	const char *at = strstr(cgroup, "/machine-");
	char unit[256];
	size_t n;

	if (!at)
		return false;
	at += strlen("/machine-");
	n = strcspn(at, "/\n");
	if (n >= sizeof(unit) || n < 7 || strncmp(at + n - 6, ".scope", 6))
		return false;
	memcpy(unit, at, n - 6);
	unit[n - 6] = '\0';
	unescape_unit(unit);
	snprintf(out, size, "%s", strip_libvirt(unit));
	return out[0] != '\0';
}

/* kubepods-burstable-pod1234_….slice (systemd) or kubepods/burstable/pod1234-… */
static bool pod(const char *cgroup, char *out, size_t size)
{
	const char *at = strstr(cgroup, "kubepods");
	char uid[64];
	size_t n, i;

	/* "pod" is in every "kubepods" on the way, too. */
	for (; at; at++) {
		at = strstr(at, "pod");
		if (!at || at[-1] == '-' || at[-1] == '/')
			break;
	}
	if (!at)
		return false;
	at += 3;
	n = strcspn(at, "./\n");
	if (!n || n >= sizeof(uid))
		return false;
	for (i = 0; i < n; i++)
		uid[i] = at[i] == '_' ? '-' : at[i];
	uid[n] = '\0';
	snprintf(out, size, "pod %s", uid);
	return true;
}

bool vs_vmname_from_cgroup(const char *cgroup, char *out, size_t size)
{
	out[0] = '\0';
	return machine_scope(cgroup, out, size) || pod(cgroup, out, size);
}
