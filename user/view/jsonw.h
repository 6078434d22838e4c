/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JSON, one object a line, written as it is made: a trace writes one for every
 * call that is seen, and building objects first costs many times as much as all
 * the rest. Pure ASCII.
 *
 * @key is the member's name, a word that needs no escaping; NULL in an array.
 */
#ifndef VS_JSON_LINE_H
#define VS_JSON_LINE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "../core/model/model.h"
#include "../core/plan/plan.h"

/* Lives while one line is written. Errors stay in the FILE. */
struct json_line {
	FILE *file;
	bool comma; /* something stands before the next member */
	size_t used;
	char buf[2048];
};

void j_flush(struct json_line *j);

/* Room for so many bytes, at most what words and numbers take. */
static inline char *j_room(struct json_line *j, size_t len)
{
	if (len > sizeof(j->buf) - j->used)
		j_flush(j);
	return j->buf + j->used;
}

static inline char *j_copy(char *at, const char *s, size_t len)
{
	memcpy(at, s, len);
	return at + len;
}

/*
 * What stands before a member's value. Here, so that the lengths of keys, which
 * nearly all of a line are, are known when it is compiled.
 */
static inline void j_key(struct json_line *j, const char *key)
{
	size_t len = key ? strlen(key) : 0;
	char *at = j_room(j, len + 4);

	*at = ',';
	at += j->comma;
	j->comma = true;
	if (key) {
		*at++ = '"';
		at = j_copy(at, key, len);
		*at++ = '"';
		*at++ = ':';
	}
	j->used = (size_t)(at - j->buf);
}

/* The value of a member whose key stands already. */
static inline void j_put_word(struct json_line *j, const char *word, size_t len)
{
	memcpy(j_room(j, len), word, len);
	j->used += len;
}

void j_put_number(struct json_line *j, int64_t value);
void j_put_hex(struct json_line *j, uint64_t value);
void j_put_id(struct json_line *j, const char *what, uint32_t id);
void j_put_string(struct json_line *j, const char *s);
void j_put_text(struct json_line *j, const char *s);

/* A new object of this type, with the schema's number; and its end. */
void j_begin(struct json_line *j, FILE *file, const char *type);
void j_end(struct json_line *j);

/* Inside of it: @bracket is { or [, and then } or ]. */
void j_open(struct json_line *j, const char *key, char bracket);
void j_close(struct json_line *j, char bracket);
/* An object of this type in an array of the line's; closed with j_close(). */
void j_inner(struct json_line *j, const char *type);

static inline void j_null(struct json_line *j, const char *key)
{
	j_key(j, key);
	j_put_word(j, "null", 4);
}

static inline void j_bool(struct json_line *j, const char *key, bool value)
{
	j_key(j, key);
	if (value)
		j_put_word(j, "true", 4);
	else
		j_put_word(j, "false", 5);
}

/* Unknown becomes null. */
static inline void j_fact(struct json_line *j, const char *key, enum vs_fact fact)
{
	if (fact == VS_FACT_UNKNOWN)
		j_null(j, key);
	else
		j_bool(j, key, fact == VS_FACT_YES);
}

static inline void j_int(struct json_line *j, const char *key, int64_t value)
{
	char digit = (char)('0' + value);

	j_key(j, key);
	if (value >= 0 && value < 10)
		j_put_word(j, &digit, 1);
	else
		j_put_number(j, value);
}

static inline void j_int_or_null(struct json_line *j, const char *key, int64_t value, bool known)
{
	if (known)
		j_int(j, key, value);
	else
		j_null(j, key);
}

/* A word of our own, in which nothing has to be escaped; NULL becomes null. */
static inline void j_word(struct json_line *j, const char *key, const char *word)
{
	if (!word) {
		j_null(j, key);
		return;
	}
	j_key(j, key);
	j_put_word(j, "\"", 1);
	j_put_word(j, word, strlen(word));
	j_put_word(j, "\"", 1);
}

/* Text of our own; NULL becomes null. */
static inline void j_string(struct json_line *j, const char *key, const char *s)
{
	if (!s) {
		j_null(j, key);
		return;
	}
	j_key(j, key);
	j_put_string(j, s);
}

/*
 * Text from other processes, of any length, escaped as in the text output: what a
 * consumer decodes and prints cannot steer a terminal either.
 */
static inline void j_text(struct json_line *j, const char *key, const char *s)
{
	j_key(j, key);
	j_put_text(j, s);
}

/* The same; NULL and "" become null. */
static inline void j_text_or_null(struct json_line *j, const char *key, const char *s)
{
	if (s && *s)
		j_text(j, key, s);
	else
		j_null(j, key);
}

/* Addresses and sizes of any kind: JSON numbers end at 2^53 for many readers. */
static inline void j_hex(struct json_line *j, const char *key, uint64_t value)
{
	j_key(j, key);
	j_put_hex(j, value);
}

static inline void j_hex_or_null(struct json_line *j, const char *key, uint64_t value)
{
	if (value)
		j_hex(j, key, value);
	else
		j_null(j, key);
}

/* "vm3"; 0 becomes null. */
static inline void j_id(struct json_line *j, const char *key, const char *what, uint32_t id)
{
	if (!id) {
		j_null(j, key);
		return;
	}
	j_key(j, key);
	j_put_id(j, what, id);
}

static inline void j_vm_id(struct json_line *j, const char *key, const struct vs_vm *vm)
{
	j_id(j, key, "vm", vm ? vm->id : 0);
}

/* id, name and process of a VM, or three times null */
void j_vm(struct json_line *j, const struct vs_vm *vm);

struct vs_process;

/* What is known of a process that holds something. */
void j_process(struct json_line *j, const struct vs_process *p);

/* An array of who has something; see finding.holders[] in docs/json.md. */
void j_holds(struct json_line *j, const char *key, const struct vs_hold *holds, size_t count);

/*
 * Members that most lines have as the line before had them: their text is kept, with
 * what it was made from.
 */
struct json_kept {
	size_t from_len, len; /* 0: nothing yet */
	char from[256];
	char text[1024];
};

/* Write them again if they are made from the same; else the caller does, after j_anew(). */
bool j_again(struct json_line *j, const struct json_kept *k, const void *from, size_t len);
/* Begin such members. Returns where. */
size_t j_anew(struct json_line *j);
/* They have been written, from @at on. What is too long is not kept. */
void j_keep(const struct json_line *j, size_t at, struct json_kept *k, const void *from,
	    size_t len);

#endif
