/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists of names in a sentence, and the name that a mistyped one may stand for. Pure. */
#ifndef VS_WORDS_H
#define VS_WORDS_H

#include <stddef.h>

#define VS_WORDS_MAX 64

struct vs_words {
	const char *word[VS_WORDS_MAX];
	size_t count;
};

/* One more; what does not fit is left out. */
void vs_words_add(struct vs_words *words, const char *word);

/* "a, b or c", each after @prefix; returns @out. */
const char *vs_words_list(const struct vs_words *words, const char *prefix, char *out, size_t size);

/**
 * vs_words_hint - what was meant by a word that is none of them
 * @out: receives " (did you mean 'PREFIXname'?)", or "" if no name is close
 *
 * Close: at most two letters added, left out, replaced or swapped with the next,
 * and something left of both.
 * Return: @out.
 */
const char *vs_words_hint(const struct vs_words *words, const char *prefix, const char *word,
			  char *out, size_t size);

#endif
