// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "../core/event/refs.h"
#include "view.h"

void vs_pointers_of(const union vs_event *ev, struct vs_pointers *p)
{
	uint32_t pid;

	memset(p, 0, sizeof(*p));
	p->kvm = vs_event_vm(ev, &pid);
	switch (ev->h.kind) {
	case VS_KVM_ATTR:
		p->group = ev->attr.group;
		break;
	case VS_SET_KVM:
		p->group = ev->set_kvm.group;
		break;
	case VS_FOUND_REGISTRATION:
		p->group = ev->registration.group;
		break;
	case VS_FOUND_GROUP:
		p->group = ev->found_group.group;
		break;
	case VS_GROUP_OPEN:
	case VS_GROUP_RELEASE:
		p->group = ev->group.group;
		break;
	case VS_GROUP_IOCTL:
		p->group = ev->group_ioctl.group;
		if (*ev->group_ioctl.name)
			p->device = ev->group_ioctl.object;
		break;
	case VS_DEV_OPEN:
	case VS_DEV_CLOSE:
	case VS_FOUND_DEVICE:
		p->group = ev->dev.group;
		p->device = ev->dev.dev;
		break;
	case VS_DRIVER_OPEN:
	case VS_KVM_TAKEN:
	case VS_KVM_DROPPED:
		p->device = ev->dev_kvm.dev;
		break;
	case VS_DEV_IOCTL:
		p->device = ev->dev_ioctl.dev;
		break;
	}
}

void vs_print_text(FILE *f, struct vs_text *t)
{
	fwrite(t->buf, 1, t->used, f);
	vs_text_init(t, t->buf, t->size);
}

/* How much of @text stands in a line of @room columns: whole words, at least one. */
static size_t line_length(const char *text, size_t room)
{
	size_t len = strcspn(text, " "), next;

	while (text[len]) {
		next = strspn(text + len, " ");
		next += strcspn(text + len + next, " ");
		if (len + next > room)
			break;
		len += next;
	}
	return len;
}

void vs_print_wrapped(FILE *f, int indent, int width, const char *text)
{
	for (;;) {
		size_t len = line_length(text, (size_t)(width - indent));

		fwrite(text, 1, len, f);
		text += len;
		text += strspn(text, " ");
		fputc('\n', f);
		if (!*text)
			return;
		fprintf(f, "%*s", indent, "");
	}
}
