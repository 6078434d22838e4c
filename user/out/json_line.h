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
#include "../core/model.h"

/* Lives while one line is written. Errors stay in the FILE. */
struct json_line {
	FILE *file;
	bool comma; /* something stands before the next member */
	size_t used;
	char buf[2048];
};

/* A new object of this type, with the schema's number; and its end. */
void j_begin(struct json_line *j, FILE *file, const char *type);
void j_end(struct json_line *j);

/* Inside of it: @bracket is { or [, and then } or ]. */
void j_open(struct json_line *j, const char *key, char bracket);
void j_close(struct json_line *j, char bracket);
/* An object of this type in an array of the line's; closed with j_close(). */
void j_inner(struct json_line *j, const char *type);

void j_int(struct json_line *j, const char *key, int64_t value);
void j_int_or_null(struct json_line *j, const char *key, int64_t value, bool known);
void j_bool(struct json_line *j, const char *key, bool value);
void j_null(struct json_line *j, const char *key);

/* Text of our own; NULL becomes null. */
void j_string(struct json_line *j, const char *key, const char *s);
/*
 * Text from other processes, of any length, escaped as in the text output: what a
 * consumer decodes and prints can not steer a terminal either.
 */
void j_text(struct json_line *j, const char *key, const char *s);
/* The same; NULL and "" become null. */
void j_text_or_null(struct json_line *j, const char *key, const char *s);

/* Addresses and sizes of any kind: JSON numbers end at 2^53 for many readers. */
void j_hex(struct json_line *j, const char *key, uint64_t value);
void j_hex_or_null(struct json_line *j, const char *key, uint64_t value);
/* "vm3"; 0 becomes null. */
void j_id(struct json_line *j, const char *key, const char *what, uint32_t id);

/* id, name and process of a VM, or three times null */
void j_vm(struct json_line *j, const struct vs_vm *vm);
void j_vm_id(struct json_line *j, const char *key, const struct vs_vm *vm);

#endif
