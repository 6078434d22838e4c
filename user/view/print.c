// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "../core/event/refs.h"
#include "view.h"

#define WIDTH 98 /* columns of text */

void vs_pointers_of(const union vs_event *ev, struct vs_pointers *p)
{
	struct vs_about a;

	vs_event_about(ev, &a);
	p->kvm = a.vm;
	p->group = a.group;
	p->device = a.device;
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

void vs_print_wrapped(FILE *f, int indent, const char *text)
{
	for (;;) {
		size_t len = line_length(text, (size_t)(WIDTH - indent));

		fwrite(text, 1, len, f);
		text += len;
		text += strspn(text, " ");
		fputc('\n', f);
		if (!*text)
			return;
		fprintf(f, "%*s", indent, "");
	}
}
