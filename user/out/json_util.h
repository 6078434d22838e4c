/* SPDX-License-Identifier: GPL-2.0-only */
/* What all JSON objects are made with. */
#ifndef VS_JSON_UTIL_H
#define VS_JSON_UTIL_H

#include <jansson.h>
#include "out.h"

/* A new object of this type, with the schema's number. */
json_t *j_object(const char *type);
/* On a line of its own; consumed. */
void j_write_line(struct vs_out *out, json_t *obj);
/* Failure to build a value leaves the key out. @value is consumed. */
void j_set(json_t *obj, const char *key, json_t *value);
void j_set_vm(json_t *obj, const struct vs_vm *vm);

/* Text from other processes, escaped as in the text output; the second of any length. */
json_t *j_text(const char *s);
json_t *j_long_text(const char *s);
json_t *j_text_or_null(const char *s);
/* Addresses and sizes of any kind: JSON numbers end at 2^53 for many readers. */
json_t *j_hex(uint64_t value);
json_t *j_hex_or_null(uint64_t value);
json_t *j_vm_id(const struct vs_vm *vm);
json_t *j_number_or_null(int64_t value, bool known);

#endif
