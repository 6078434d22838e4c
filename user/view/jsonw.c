// SPDX-License-Identifier: GPL-2.0-only
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "../core/text/strbuf.h"
#include "jsonw.h"

#define SCHEMA 1

void j_flush(struct json_line *j)
{
	fwrite(j->buf, 1, j->used, j->file);
	j->used = 0;
}

/* Text of any length. */
static void put(struct json_line *j, const char *s, size_t len)
{
	if (len <= sizeof(j->buf)) {
		j_put_word(j, s, len);
		return;
	}
	j_flush(j);
	fwrite(s, 1, len, j->file);
}

void j_begin(struct json_line *j, FILE *file, const char *type)
{
	j->file = file;
	j->used = 0;
	j->comma = false;
	j_inner(j, type);
}

void j_inner(struct json_line *j, const char *type)
{
	j_open(j, NULL, '{');
	j_word(j, "type", type);
	j_int(j, "schema", SCHEMA);
}

void j_end(struct json_line *j)
{
	j_put_word(j, "}\n", 2);
	j_flush(j);
}

void j_open(struct json_line *j, const char *key, char bracket)
{
	j_key(j, key);
	j_put_word(j, &bracket, 1);
	j->comma = false;
}

void j_close(struct json_line *j, char bracket)
{
	j_put_word(j, &bracket, 1);
	j->comma = true;
}

void j_put_number(struct json_line *j, int64_t value)
{
	char *at = j_room(j, 21);

	if (value < 0)
		*at++ = '-';
	at += vs_decimal(at, value < 0 ? -(uint64_t)value : (uint64_t)value);
	j->used = (size_t)(at - j->buf);
}

void j_put_hex(struct json_line *j, uint64_t value)
{
	char *at = j_room(j, 20);

	at = j_copy(at, "\"0x", 3);
	at += vs_hexadecimal(at, value);
	*at++ = '"';
	j->used = (size_t)(at - j->buf);
}

void j_put_id(struct json_line *j, const char *what, uint32_t id)
{
	size_t len = strlen(what);
	char *at = j_room(j, len + 22);

	*at++ = '"';
	at = j_copy(at, what, len);
	at += vs_decimal(at, id);
	*at++ = '"';
	j->used = (size_t)(at - j->buf);
}

/* Nothing in it has to be escaped, by anybody. */
static bool plain(const char *s, size_t *len)
{
	*len = vs_plain_length(s);
	return !s[*len];
}

static void put_plain(struct json_line *j, const char *s, size_t len)
{
	put(j, "\"", 1);
	put(j, s, len);
	put(j, "\"", 1);
}

/* The rare text that has quotes in it or is not ASCII. */
static void put_any(struct json_line *j, const char *s)
{
	json_t *value = json_string(s);
	char *dumped = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_ENSURE_ASCII) : NULL;

	if (dumped)
		put(j, dumped, strlen(dumped));
	else
		put(j, "null", 4);
	free(dumped);
	json_decref(value);
}

void j_put_string(struct json_line *j, const char *s)
{
	size_t len;

	if (plain(s, &len))
		put_plain(j, s, len);
	else
		put_any(j, s);
}

void j_put_text(struct json_line *j, const char *s)
{
	char *escaped;
	size_t len;

	if (plain(s, &len)) {
		put_plain(j, s, len);
		return;
	}
	len = VS_ESCAPED(strlen(s));
	escaped = malloc(len);
	if (escaped)
		j_put_string(j, vs_escape(escaped, len, s));
	else
		j_put_word(j, "null", 4);
	free(escaped);
}

void j_vm(struct json_line *j, const struct vs_vm *vm)
{
	j_vm_id(j, "vm", vm);
	j_text_or_null(j, "vm_name", vm ? vm->name : NULL);
	j_int_or_null(j, "vm_pid", vm ? vm->pid : 0, vm && vm->pid);
}

bool j_again(struct json_line *j, const struct json_kept *k, const void *from, size_t len)
{
	if (k->from_len != len || memcmp(k->from, from, len))
		return false;
	j_put_word(j, k->text, k->len);
	return true;
}

size_t j_anew(struct json_line *j)
{
	j_room(j, sizeof(((struct json_kept *)NULL)->text));
	return j->used;
}

void j_keep(const struct json_line *j, size_t at, struct json_kept *k, const void *from, size_t len)
{
	k->from_len = 0;
	k->len = j->used - at;
	if (k->len > sizeof(k->text) || len > sizeof(k->from))
		return;
	k->from_len = len;
	memcpy(k->from, from, len);
	memcpy(k->text, j->buf + at, k->len);
}

void j_process(struct json_line *j, const struct vs_process *p)
{
	j_int_or_null(j, "started_ns", (int64_t)p->started_ns, p->started_ns);
	if (p->met)
		j_bool(j, "exiting", p->exiting);
	else
		j_null(j, "exiting");
	j_text_or_null(j, "pod", p->pod);
	j_text_or_null(j, "cgroup", p->cgroup);
}

static void set_hold(struct json_line *j, const struct vs_hold *h)
{
	j_open(j, NULL, '{');
	j_word(j, "hold", vs_hold_name(h->kind));
	j_int_or_null(j, "pid", h->pid, h->pid);
	if (h->pid)
		j_text(j, "comm", h->comm);
	else
		j_null(j, "comm");
	j_int_or_null(j, "fd", h->fd, h->fd >= 0);
	j_text_or_null(j, "device", h->device);
	j_id(j, "vm", "vm", h->vm);
	j_text_or_null(j, "vm_name", h->vm_name);
	j_int_or_null(j, "opened_ns", (int64_t)h->opened_ns, h->opened_ns);
	j_process(j, &h->process);
	j_close(j, '}');
}

void j_holds(struct json_line *j, const char *key, const struct vs_hold *holds, size_t count)
{
	size_t i;

	j_open(j, key, '[');
	for (i = 0; i < count; i++)
		set_hold(j, &holds[i]);
	j_close(j, ']');
}
