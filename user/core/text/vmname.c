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

/* A part of a path, between slashes. */
struct part {
	const char *at;
	size_t len;
};

/* The part after @prev, or the first of a line's path; false after the last. */
static bool next_part(struct part *p, const char *path)
{
	const char *at = p->at ? p->at + p->len : path;

	at += strspn(at, "/");
	p->at = at;
	p->len = strcspn(at, "/\n");
	return p->len;
}

static bool part_is(const struct part *p, const char *word)
{
	return p->len == strlen(word) && !memcmp(p->at, word, p->len);
}

static bool has_word(const struct part *p, const char *word)
{
	return memmem(p->at, p->len, word, strlen(word));
}

/* A UID, or a static pod's hash: hexadecimal, with - or, in a slice, _ between. */
static bool is_uid(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!isxdigit((unsigned char)s[i]) && s[i] != '-' && s[i] != '_')
			return false;
	return len && isxdigit((unsigned char)*s);
}

/* Nothing on the way says that this is a pod: all of its UID has to. */
static bool is_whole_uid(const char *s, size_t len)
{
	static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	size_t i;

	if (len != sizeof(shape) - 1)
		return len == 32 && is_uid(s, len) && !memchr(s, '-', len);
	for (i = 0; i < len; i++)
		if ((shape[i] == '-') != (s[i] == '-'))
			return false;
	return is_uid(s, len);
}

/* What kubelet calls a pod's cgroup: podUID, or with systemd …-podUID.slice. */
static bool uid_of(const struct part *p, struct part *uid)
{
	static const char suffix[] = ".slice";
	size_t len = p->len, end = sizeof(suffix) - 1;
	const char *at = p->at;

	if (len > end && !memcmp(at + len - end, suffix, end)) {
		len -= end;
		at = memmem(p->at, len, "-pod", 4);
		if (!at)
			return false;
		at++;
	}
	len -= (size_t)(at - p->at);
	if (len < 3 || memcmp(at, "pod", 3))
		return false;
	*uid = (struct part){ at + 3, len - 3 };
	return is_uid(uid->at, uid->len);
}

/*
 * The pod in one path. It is below kubepods, whatever that is below. In a cgroup
 * namespace of its own a process sees others from its own cgroup: with the cgroupfs driver
 * /../../podUID/… or /../../../burstable/podUID/…, in which nothing says kubepods.
 */
static bool pod_in(const char *path, struct part *uid)
{
	bool kubepods = false, above = false, outside = false;
	struct part p = { 0 };

	while (next_part(&p, path)) {
		kubepods |= has_word(&p, "kubepods");
		if (part_is(&p, "..")) {
			above = true;
			continue;
		}
		if (kubepods && uid_of(&p, uid))
			return true;
		if (above && !outside && uid_of(&p, uid) && is_whole_uid(uid->at, uid->len))
			return true;
		outside |= !part_is(&p, "burstable") && !part_is(&p, "besteffort");
	}
	return false;
}

/* The path of a line is behind its second colon. */
static const char *path_of(const char *line)
{
	const char *end = line + strcspn(line, "\n");
	const char *colon = memchr(line, ':', (size_t)(end - line));

	colon = colon ? memchr(colon + 1, ':', (size_t)(end - colon - 1)) : NULL;
	return colon ? colon + 1 : end;
}

bool vs_pod_from_cgroup(const char *cgroup, char *out, size_t size)
{
	struct part uid;
	size_t i;

	out[0] = '\0';
	for (; *cgroup; cgroup += strcspn(cgroup, "\n"), cgroup += *cgroup == '\n') {
		if (!pod_in(path_of(cgroup), &uid))
			continue;
		snprintf(out, size, "%.*s", (int)uid.len, uid.at);
		for (i = 0; out[i]; i++)
			if (out[i] == '_')
				out[i] = '-';
		return true;
	}
	return false;
}

static bool pod(const char *cgroup, char *out, size_t size)
{
	char uid[64];

	if (!vs_pod_from_cgroup(cgroup, uid, sizeof(uid)))
		return false;
	snprintf(out, size, "pod %s", uid);
	return true;
}

/* A process that nobody has put anywhere is in the root. */
static bool is_placed(const char *path)
{
	return path[0] == '/' && path[1] && path[1] != '\n';
}

/*
 * The line named systemd, if there is one, else that of version 2. Where a host has both,
 * container runtimes without systemd's help place processes in the hierarchies of version 1
 * only, and version 2 shows where the runtime is.
 */
static const char *own_line(const char *cgroup)
{
	const char *unified = NULL;

	for (; *cgroup; cgroup += strcspn(cgroup, "\n"), cgroup += *cgroup == '\n') {
		const char *path = path_of(cgroup);

		if (!is_placed(path))
			continue;
		if (path - cgroup > 14 && !strncmp(path - 14, ":name=systemd:", 14))
			return path;
		if (!strncmp(cgroup, "0::", 3))
			unified = path;
	}
	return unified;
}

bool vs_cgroup_path(const char *cgroup, char *out, size_t size)
{
	const char *path = own_line(cgroup);

	snprintf(out, size, "%.*s", path ? (int)strcspn(path, "\n") : 0, path ? path : "");
	return out[0] != '\0';
}

bool vs_vmname_from_cgroup(const char *cgroup, char *out, size_t size)
{
	out[0] = '\0';
	return machine_scope(cgroup, out, size) || pod(cgroup, out, size);
}
