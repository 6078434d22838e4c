// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event/refs.h"
#include "filter.h"
#include "profile/attach.h"

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

bool vs_filter_attach(const struct vs_filter *f, const struct vs_attach *a)
{
	return (!f->pid || f->pid == a->pid) &&
	       (!f->vm || vm_matches(f->vm, a->vm.id ? &a->vm : NULL)) &&
	       (!f->device || !strcmp(f->device, a->device)) &&
	       (f->group < 0 || f->group == a->group) && (!f->tracked || a->tracked);
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

bool vs_filter_narrows(const struct vs_filter *f)
{
	return f->pid || f->vm || f->device || f->group >= 0;
}

void vs_filter_learn(struct vs_filter *f, const struct ev_dev_info *info)
{
	if (f->device && info->iommu_group >= 0 && !strcmp(f->device, info->name))
		f->device_group = info->iommu_group;
}

struct filter_sink {
	struct vs_wrap wrap;
	struct vs_filter filter;
};

static struct vs_filter *filter_of(struct vs_sink *s)
{
	return &((struct filter_sink *)s)->filter;
}

static void on_device(struct vs_sink *s, const struct ev_dev_info *info)
{
	vs_filter_learn(filter_of(s), info);
	vs_pass_device(s, info);
}

static void on_event(struct vs_sink *s, const union vs_event *ev, const struct vs_refs *refs)
{
	if (!filter_of(s)->hide_events && vs_filter_event(filter_of(s), ev, refs))
		vs_pass_event(s, ev, refs);
}

static void on_opened(struct vs_sink *s, const struct vs_open *open)
{
	if (!filter_of(s)->hide_opens && vs_filter_open(filter_of(s), open))
		vs_pass_opened(s, open);
}

static void on_finding(struct vs_sink *s, const struct vs_finding *finding)
{
	if (!filter_of(s)->hide_opens && vs_filter_finding(filter_of(s), finding))
		vs_pass_finding(s, finding);
}

static void on_closed(struct vs_sink *s, const struct vs_open *open)
{
	if (!filter_of(s)->hide_opens && vs_filter_open(filter_of(s), open))
		vs_pass_closed(s, open);
}

static void on_attach(struct vs_sink *s, const struct vs_attach *attach)
{
	if (vs_filter_attach(filter_of(s), attach))
		vs_pass_attach(s, attach);
}

static void on_stuck(struct vs_sink *s, const struct vs_attach *attach)
{
	if (vs_filter_attach(filter_of(s), attach))
		vs_pass_stuck(s, attach);
}

static void on_detach(struct vs_sink *s, const struct vs_attach *attach)
{
	if (vs_filter_attach(filter_of(s), attach))
		vs_pass_detach(s, attach);
}

static const struct vs_sink_ops filter_ops = {
	.start = vs_pass_start,
	.attached = vs_pass_attached,
	.device = on_device,
	.event = on_event,
	.opened = on_opened,
	.finding = on_finding,
	.closed = on_closed,
	.attach = on_attach,
	.stuck = on_stuck,
	.detach = on_detach,
	.profile = vs_pass_profile,
	.moment = vs_pass_moment,
	.end = vs_pass_end,
	.free = vs_pass_free,
};

struct vs_sink *vs_filter_sink(const struct vs_filter *f, struct vs_sink *next)
{
	struct filter_sink *s = vs_wrap_new(sizeof(*s), &filter_ops, next);

	if (!s)
		return NULL;
	s->filter = *f;
	return &s->wrap.sink;
}
