// SPDX-License-Identifier: GPL-2.0-only
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "../core/text.h"
#include "json_line.h"

#define SCHEMA 1

static void flush(struct json_line *j)
{
	fwrite(j->buf, 1, j->used, j->file);
	j->used = 0;
}

/* Room for so many bytes, no more than what words and numbers take. */
static inline char *room(struct json_line *j, size_t len)
{
	if (len > sizeof(j->buf) - j->used)
		flush(j);
	return j->buf + j->used;
}

static inline void put(struct json_line *j, const char *s, size_t len)
{
	char *at = room(j, len);

	if (len > sizeof(j->buf)) {
		fwrite(s, 1, len, j->file);
		return;
	}
	memcpy(at, s, len);
	j->used += len;
}

static void put_text(struct json_line *j, const char *s)
{
	put(j, s, strlen(s));
}

static void put_key(struct json_line *j, const char *key)
{
	size_t len = key ? strlen(key) : 0;
	char *at = room(j, len + 4), *start = at;

	if (j->comma)
		*at++ = ',';
	j->comma = true;
	if (key) {
		*at++ = '"';
		at = mempcpy(at, key, len);
		*at++ = '"';
		*at++ = ':';
	}
	j->used += (size_t)(at - start);
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
	j_string(j, "type", type);
	j_int(j, "schema", SCHEMA);
}

void j_end(struct json_line *j)
{
	put(j, "}\n", 2);
	flush(j);
}

void j_open(struct json_line *j, const char *key, char bracket)
{
	put_key(j, key);
	put(j, &bracket, 1);
	j->comma = false;
}

void j_close(struct json_line *j, char bracket)
{
	put(j, &bracket, 1);
	j->comma = true;
}

static void put_decimal(struct json_line *j, uint64_t value)
{
	char digits[20], *at = digits + sizeof(digits);

	do
		*--at = (char)('0' + value % 10);
	while (value /= 10);
	put(j, at, (size_t)(digits + sizeof(digits) - at));
}

static void put_hex(struct json_line *j, uint64_t value)
{
	char digits[16], *at = digits + sizeof(digits);

	do
		*--at = "0123456789abcdef"[value & 15];
	while (value >>= 4);
	put(j, at, (size_t)(digits + sizeof(digits) - at));
}

void j_int(struct json_line *j, const char *key, int64_t value)
{
	put_key(j, key);
	if (value < 0)
		put(j, "-", 1);
	put_decimal(j, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void j_int_or_null(struct json_line *j, const char *key, int64_t value, bool known)
{
	if (known)
		j_int(j, key, value);
	else
		j_null(j, key);
}

void j_bool(struct json_line *j, const char *key, bool value)
{
	put_key(j, key);
	put_text(j, value ? "true" : "false");
}

void j_null(struct json_line *j, const char *key)
{
	put_key(j, key);
	put(j, "null", 4);
}

/* Nothing in it has to be escaped, by anybody. */
static bool plain(const char *s, size_t *len)
{
	const char *at = s;

	while (*at >= 0x20 && *at < 0x7f && *at != '"' && *at != '\\')
		at++;
	*len = (size_t)(at - s);
	return !*at;
}

static void put_plain(struct json_line *j, const char *s, size_t len)
{
	char *at;

	if (len + 2 > sizeof(j->buf)) {
		put(j, "\"", 1);
		put(j, s, len);
		put(j, "\"", 1);
		return;
	}
	at = room(j, len + 2);
	at[0] = '"';
	memcpy(at + 1, s, len);
	at[len + 1] = '"';
	j->used += len + 2;
}

/* The rare text that has quotes in it or is not ASCII. */
static void put_any(struct json_line *j, const char *s)
{
	json_t *value = json_string(s);
	char *dumped = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_ENSURE_ASCII) : NULL;

	put_text(j, dumped ? dumped : "null");
	free(dumped);
	json_decref(value);
}

void j_string(struct json_line *j, const char *key, const char *s)
{
	size_t len;

	if (!s) {
		j_null(j, key);
		return;
	}
	put_key(j, key);
	if (plain(s, &len))
		put_plain(j, s, len);
	else
		put_any(j, s);
}

void j_text(struct json_line *j, const char *key, const char *s)
{
	char *escaped;
	size_t len;

	if (plain(s, &len)) {
		put_key(j, key);
		put_plain(j, s, len);
		return;
	}
	len = VS_ESCAPED(strlen(s));
	escaped = malloc(len);
	j_string(j, key, escaped ? vs_escape(escaped, len, s) : NULL);
	free(escaped);
}

void j_text_or_null(struct json_line *j, const char *key, const char *s)
{
	if (s && *s)
		j_text(j, key, s);
	else
		j_null(j, key);
}

void j_hex(struct json_line *j, const char *key, uint64_t value)
{
	put_key(j, key);
	put(j, "\"0x", 3);
	put_hex(j, value);
	put(j, "\"", 1);
}

void j_hex_or_null(struct json_line *j, const char *key, uint64_t value)
{
	if (value)
		j_hex(j, key, value);
	else
		j_null(j, key);
}

void j_id(struct json_line *j, const char *key, const char *what, uint32_t id)
{
	if (!id) {
		j_null(j, key);
		return;
	}
	put_key(j, key);
	put(j, "\"", 1);
	put_text(j, what);
	put_decimal(j, id);
	put(j, "\"", 1);
}

void j_vm_id(struct json_line *j, const char *key, const struct vs_vm *vm)
{
	j_id(j, key, "vm", vm ? vm->id : 0);
}

void j_vm(struct json_line *j, const struct vs_vm *vm)
{
	j_vm_id(j, "vm", vm);
	j_text_or_null(j, "vm_name", vm ? vm->name : NULL);
	j_int_or_null(j, "vm_pid", vm ? vm->pid : 0, vm && vm->pid);
}
