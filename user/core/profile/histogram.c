// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each power of two is an octave of BUCKETS buckets, which is there from its first value
 * on: the times of one phase lie in a few. Octave 0 holds the values below BUCKETS.
 */
#include <errno.h>
#include <stdlib.h>

#include "histogram.h"

#define BUCKETS (1U << VS_HISTOGRAM_BITS)
#define OCTAVES (64 - VS_HISTOGRAM_BITS + 1)

struct vs_histogram {
	uint64_t *octave[OCTAVES]; /* NULL: no value in it */
	uint64_t count, sum, max;
};

struct bucket {
	unsigned int octave, at;
};

static struct bucket bucket_of(uint64_t value)
{
	unsigned int octave = 0;

	if (value >= BUCKETS)
		octave = 64 - VS_HISTOGRAM_BITS - (unsigned int)__builtin_clzll(value);
	return (struct bucket){
		.octave = octave,
		.at = (unsigned int)(value >> (octave ? octave - 1 : 0)) % BUCKETS,
	};
}

static uint64_t middle_of(struct bucket b)
{
	if (b.octave < 2)
		return b.octave * BUCKETS + b.at;
	return ((uint64_t)(BUCKETS + b.at) << (b.octave - 1)) + (1ULL << (b.octave - 2));
}

struct vs_histogram *vs_histogram_new(void)
{
	return calloc(1, sizeof(struct vs_histogram));
}

void vs_histogram_free(struct vs_histogram *h)
{
	size_t i;

	if (!h)
		return;
	for (i = 0; i < OCTAVES; i++)
		free(h->octave[i]);
	free(h);
}

int vs_histogram_add(struct vs_histogram *h, uint64_t value)
{
	struct bucket b = bucket_of(value);

	if (!h->octave[b.octave])
		h->octave[b.octave] = calloc(BUCKETS, sizeof(*h->octave[0]));
	if (!h->octave[b.octave])
		return -ENOMEM;
	h->octave[b.octave][b.at]++;
	h->count++;
	if (__builtin_add_overflow(h->sum, value, &h->sum))
		h->sum = UINT64_MAX;
	if (value > h->max)
		h->max = value;
	return 0;
}

uint64_t vs_histogram_count(const struct vs_histogram *h)
{
	return h->count;
}

uint64_t vs_histogram_sum(const struct vs_histogram *h)
{
	return h->sum;
}

uint64_t vs_histogram_max(const struct vs_histogram *h)
{
	return h->max;
}

/* @permille of @count, rounded up; the product may not fit. */
static uint64_t rank_of(uint64_t count, unsigned int permille)
{
	return count / 1000 * permille + (count % 1000 * permille + 999) / 1000;
}

uint64_t vs_histogram_at(const struct vs_histogram *h, unsigned int permille)
{
	uint64_t rank = rank_of(h->count, permille), seen = 0, middle;
	struct bucket b;

	if (rank == h->count)
		return h->max;
	for (b.octave = 0; b.octave < OCTAVES; b.octave++) {
		for (b.at = 0; h->octave[b.octave] && b.at < BUCKETS; b.at++) {
			seen += h->octave[b.octave][b.at];
			if (seen < rank)
				continue;
			middle = middle_of(b);
			return middle < h->max ? middle : h->max;
		}
	}
	return h->max;
}
