/* SPDX-License-Identifier: GPL-2.0-only */
/* A hash table with names as keys. */
#ifndef VS_INDEX_H
#define VS_INDEX_H

#include <search.h>
#include <stddef.h>

struct vs_index {
	struct hsearch_data table;
};

/* For up to @count names. Return: 0 or -ENOMEM; call vs_index_free() in either case. */
int vs_index_init(struct vs_index *index, size_t count);
void vs_index_free(struct vs_index *index); /* accepts all zero */

/* A name that is there already is kept. @name is not copied. Return: 0 or -ENOMEM. */
int vs_index_add(struct vs_index *index, const char *name, void *data);

/* NULL: there is no such name. */
void *vs_index_find(struct vs_index *index, const char *name);

#endif
