// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "text/describe.h"
#include "filter.h"

static bool vm_matches(const char *wanted, const struct vs_vm *vm)
{
	char id[16];

	if (!vm)
		return false;
	snprintf(id, sizeof(id), "vm%u", vm->id);
	return !strcmp(wanted, id) || !strcmp(wanted, vm->name);
}

bool vs_filter_vm(const struct vs_filter *f, const struct vs_vm *vm)
{
	return !f->vm || vm_matches(f->vm, vm);
}

bool vs_filter_open(const struct vs_filter *f, const struct vs_open *open)
{
	return (!f->pid || f->pid == open->pid || f->pid == open->holder_pid) &&
	       (!f->vm || vm_matches(f->vm, open->vm)) &&
	       (!f->device || !strcmp(f->device, open->device)) &&
	       (f->group < 0 || f->group == open->group) && (!f->tracked || open->tracked);
}

static bool matches_device(const struct vs_filter *f, const char *device, int group)
{
	if (*device)
		return !strcmp(f->device, device);
	return group >= 0 && group == f->device_group;
}

bool vs_filter_finding(const struct vs_filter *f, const struct vs_finding *finding)
{
	if (finding->open)
		return vs_filter_open(f, finding->open);
	return (!f->pid || f->pid == finding->pid) && (!f->vm || vm_matches(f->vm, finding->vm)) &&
	       (!f->device || matches_device(f, finding->device, finding->group)) &&
	       (f->group < 0 || f->group == finding->group) && (!f->tracked || finding->tracked);
}

bool vs_filter_event(const struct vs_filter *f, const union vs_event *ev,
		     const struct vs_refs *refs)
{
	return (!f->pid || f->pid == ev->h.pid) &&
	       (!f->vm || vm_matches(f->vm, refs->vm) || vm_matches(f->vm, refs->group_vm)) &&
	       (!f->device || matches_device(f, vs_event_device(ev), refs->group)) &&
	       (f->group < 0 || f->group == refs->group) &&
	       (!f->tracked || ev->h.flags & VS_F_TRACKED);
}

/* Digits of @s by @pattern: x a hex digit, everything else itself. */
static bool looks_like(const char *s, const char *pattern)
{
	for (; *pattern; s++, pattern++)
		if (*pattern == 'x' ? !isxdigit((unsigned char)*s) : *s != *pattern)
			return false;
	return !*s;
}

int vs_device_normalize(const char *in, char *out)
{
	const char *prefix = "";
	size_t i;

	if (looks_like(in, "xx:xx.x"))
		prefix = "0000:";
	else if (!looks_like(in, "xxxx:xx:xx.x") && !looks_like(in, "xxxxx:xx:xx.x") &&
		 !looks_like(in, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"))
		return -EINVAL;
	/* The function of a PCI device is 0..7. */
	if (strchr(in, '.') && (in[strlen(in) - 1] < '0' || in[strlen(in) - 1] > '7'))
		return -EINVAL;
	snprintf(out, VS_DEVNAME_LEN, "%s%s", prefix, in);
	for (i = 0; out[i]; i++)
		out[i] = (char)tolower((unsigned char)out[i]);
	return 0;
}

enum vs_exit vs_tally_exit(const struct vs_tally *t, int fail_on)
{
	int severity;

	for (severity = fail_on; severity <= VS_ERROR; severity++)
		if (t->findings[severity])
			return VS_EXIT_FINDINGS;
	if (t->opens[VS_VERDICT_UNKNOWN] || t->lost)
		return VS_EXIT_INCONCLUSIVE;
	return VS_EXIT_OK;
}
