// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "index.h"

/* At most half full, as most lookups fail. */
int vs_index_init(struct vs_index *index, size_t count)
{
	return hcreate_r(2 * count, &index->table) ? 0 : -ENOMEM;
}

void vs_index_free(struct vs_index *index)
{
	hdestroy_r(&index->table);
}

int vs_index_add(struct vs_index *index, const char *name, void *data)
{
	ENTRY item = { .key = (char *)name, .data = data }, *at;

	return hsearch_r(item, ENTER, &at, &index->table) ? 0 : -ENOMEM;
}

void *vs_index_find(struct vs_index *index, const char *name)
{
	ENTRY item = { .key = (char *)name }, *at;

	return hsearch_r(item, FIND, &at, &index->table) ? at->data : NULL;
}
