/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * uthash, the way it is used here: out of memory is an error to return, not a
 * reason to exit; and nearly all keys are kernel addresses, of which there are
 * several to find per event.
 */
#ifndef VS_HASH_H
#define VS_HASH_H

#define HASH_NONFATAL_OOM 1
#define HASH_FUNCTION(key, len, hash) ((hash) = hash_key(key, len))
#include <stdint.h>
#include <string.h>
#include <uthash.h>

static inline unsigned int hash_key(const void *key, size_t len)
{
	const char *at = key;
	uint64_t number = 0, part;

	for (; len > sizeof(part); at += sizeof(part), len -= sizeof(part)) {
		memcpy(&part, at, sizeof(part));
		number = ((number << 7 | number >> 57) ^ part) * 0x9e3779b97f4a7c15ULL;
	}
	part = 0;
	memcpy(&part, at, len);
	number ^= part;
	number = (number ^ number >> 32) * 0x9e3779b97f4a7c15ULL;
	number = (number ^ number >> 29) * 0xbf58476d1ce4e5b9ULL;
	return (unsigned int)(number >> 32);
}

#endif
