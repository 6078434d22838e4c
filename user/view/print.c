// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "../core/event/refs.h"
#include "../core/passthrough/device.h"
#include "view.h"

void vs_pointers_of(const union vs_event *ev, struct vs_pointers *p)
{
	struct vs_about a;

	vs_event_about(ev, &a);
	p->kvm = a.vm;
	p->group = a.group;
	p->device = a.device;
}

void vs_blocker_fix(const struct vs_blocker *b, struct vs_hurdle *fix)
{
	struct vs_member m = { .bridge = b->bridge };

	memset(fix, 0, sizeof(*fix));
	memcpy(m.name, b->name, sizeof(m.name));
	memcpy(m.bus, b->bus, sizeof(m.bus));
	memcpy(m.driver, b->driver, sizeof(m.driver));
	/* Whoever met this has a driver of VFIO's. */
	vs_member_commands(&m, true, fix);
}

void vs_print_text(FILE *f, struct vs_text *t)
{
	fwrite(t->buf, 1, t->used, f);
	vs_text_init(t, t->buf, t->size);
}

/* Bytes from @text on that switch the color, or 0. */
static size_t color_length(const char *text)
{
	return *text == '\033' ? strcspn(text, "m") + 1 : 0;
}

/* Columns that @len bytes take at most: a character takes no more than it has bytes. */
static size_t columns(const char *text, size_t len)
{
	size_t i = 0, n = 0;

	while (i < len) {
		size_t color = color_length(text + i);

		i += color ? color : 1;
		n += !color;
	}
	return n;
}

/* What of a word stands in @room columns, without half a character at its end. */
static size_t piece_length(const char *text, size_t len, size_t room)
{
	size_t i = 0, n = 0;

	while (i < len && (n < room || color_length(text + i))) {
		size_t color = color_length(text + i);

		i += color ? color : 1;
		n += !color;
	}
	while (i < len && i > 1 && ((unsigned char)text[i] & 0xc0) == 0x80)
		i--;
	return i;
}

/* How much of @text stands in a line of @room columns: whole words if one fits. */
static size_t line_length(const char *text, size_t room)
{
	size_t len = piece_length(text, strcspn(text, " "), room), used = columns(text, len), next;

	while (text[len]) {
		next = strspn(text + len, " ");
		next += strcspn(text + len + next, " ");
		used += columns(text + len, next);
		if (used > room)
			break;
		len += next;
	}
	return len;
}

static void print_line(FILE *f, const char *text, size_t len)
{
	const char *end = text + len, *space;

	while ((space = memchr(text, VS_NO_BREAK, (size_t)(end - text)))) {
		fwrite(text, 1, (size_t)(space - text), f);
		fputc(' ', f);
		text = space + 1;
	}
	fwrite(text, 1, (size_t)(end - text), f);
	fputc('\n', f);
}

void vs_print_line(FILE *f, struct vs_text *t)
{
	print_line(f, t->buf, t->used);
	vs_text_init(t, t->buf, t->size);
}

/* @first: columns of the first line, which begins where something else may have ended. */
static void fold(FILE *f, int indent, size_t first, size_t others, const char *text)
{
	size_t room = first;

	for (;;) {
		size_t len = line_length(text, room ? room : 1);

		print_line(f, text, len);
		text += len;
		text += strspn(text, " ");
		if (!*text)
			return;
		fprintf(f, "%*s", indent, "");
		room = others;
	}
}

void vs_print_folded(FILE *f, int indent, int more, int width, const char *text)
{
	int all = width ? width : VS_WIDTH;

	fprintf(f, "%*s", indent, "");
	fold(f, indent + more, (size_t)(all - indent), (size_t)(all - indent - more), text);
}

void vs_print_wrapped(FILE *f, int indent, const char *text)
{
	size_t room = (size_t)(VS_WIDTH - indent);

	fold(f, indent, room, room, text);
}

void vs_print_titled(FILE *f, const char *title, const char *text)
{
	fprintf(f, "%-*s", VS_TITLE, title);
	vs_print_wrapped(f, VS_TITLE, text);
}
