// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "../core/text.h"
#include "json_util.h"

#define SCHEMA 1

/*
 * Text from other processes, escaped as in the text output: what a consumer
 * decodes and prints can not steer a terminal either.
 */
json_t *j_text(const char *s)
{
	char escaped[VS_ESCAPED(VS_NAME_LEN)];

	return json_string(vs_escape(escaped, sizeof(escaped), s));
}

/* Addresses of any kind: JSON numbers end at 2^53 for many readers. */
json_t *j_hex(uint64_t value)
{
	return json_sprintf("0x%llx", (unsigned long long)value);
}

json_t *j_hex_or_null(uint64_t value)
{
	return value ? j_hex(value) : json_null();
}

/* The same for text of any length. */
json_t *j_long_text(const char *s)
{
	size_t size = VS_ESCAPED(strlen(s));
	char *escaped = malloc(size);
	json_t *j = escaped ? json_string(vs_escape(escaped, size, s)) : json_null();

	free(escaped);
	return j;
}

json_t *j_text_or_null(const char *s)
{
	return s && *s ? j_text(s) : json_null();
}

json_t *j_vm_id(const struct vs_vm *vm)
{
	return vm ? json_sprintf("vm%u", vm->id) : json_null();
}

json_t *j_number_or_null(int64_t value, bool known)
{
	return known ? json_integer(value) : json_null();
}

/* Failure to build an object leaves the key out; -ENOMEM is not worth more here. */
void j_set(json_t *obj, const char *key, json_t *value)
{
	json_object_set_new(obj, key, value);
}

json_t *j_object(const char *type)
{
	json_t *obj = json_object();

	j_set(obj, "type", json_string(type));
	j_set(obj, "schema", json_integer(SCHEMA));
	return obj;
}

void j_write_line(struct vs_out *out, json_t *obj)
{
	json_dumpf(obj, out->file, JSON_COMPACT | JSON_ENSURE_ASCII);
	fputc('\n', out->file);
	json_decref(obj);
}

void j_set_vm(json_t *obj, const struct vs_vm *vm)
{
	j_set(obj, "vm", j_vm_id(vm));
	j_set(obj, "vm_name", j_text_or_null(vm ? vm->name : NULL));
	j_set(obj, "vm_pid", j_number_or_null(vm ? vm->pid : 0, vm && vm->pid));
}
