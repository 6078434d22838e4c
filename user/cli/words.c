// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "../core/text/strbuf.h"
#include "words.h"

/* Names here are shorter; a longer word is close to none. */
#define NAME_MAX_LEN 40
#define CLOSE 2

void vs_words_add(struct vs_words *words, const char *word)
{
	if (words->count < VS_WORDS_MAX)
		words->word[words->count++] = word;
}

const char *vs_words_list(const struct vs_words *words, const char *prefix, char *out, size_t size)
{
	struct vs_text t;
	size_t i;

	vs_text_init(&t, out, size);
	for (i = 0; i < words->count; i++) {
		if (i)
			vs_put(&t, i + 1 < words->count ? ", " : " or ");
		vs_put(&t, prefix);
		vs_put(&t, words->word[i]);
	}
	return out;
}

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* Steps from @a to @b: a letter added, removed, replaced, or swapped with the next. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[3][NAME_MAX_LEN + 1]; /* i % 3: this one and the two before it */
	size_t m = strlen(a), n = strlen(b), i, j;

	if (m > NAME_MAX_LEN || n > NAME_MAX_LEN)
		return NAME_MAX_LEN;
	for (i = 0; i <= m; i++) {
		unsigned int *now = row[i % 3];
		const unsigned int *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];

		now[0] = (unsigned int)i;
		for (j = 1; j <= n; j++) {
			if (!i) {
				now[j] = (unsigned int)j;
				continue;
			}
			now[j] = least(last[j - 1] + (a[i - 1] != b[j - 1]),
				       least(last[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = least(now[j], before[j - 2] + 1);
		}
	}
	return row[m % 3][n];
}

const char *vs_words_hint(const struct vs_words *words, const char *prefix, const char *word,
			  char *out, size_t size)
{
	unsigned int best = CLOSE + 1, steps;
	size_t i;

	out[0] = '\0';
	for (i = 0; i < words->count; i++) {
		steps = distance(word, words->word[i]);
		if (steps >= best || steps >= strlen(word) || steps >= strlen(words->word[i]))
			continue;
		best = steps;
		snprintf(out, size, " (did you mean '%s%s'?)", prefix, words->word[i]);
	}
	return out;
}
