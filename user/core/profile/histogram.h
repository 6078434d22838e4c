/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A log-linear histogram of times: any uint64_t, in little memory, with percentiles that
 * are wrong by a bounded part of the value.
 */
#ifndef VS_HISTOGRAM_H
#define VS_HISTOGRAM_H

#include <stdint.h>

/* Each power of two is divided into 2^VS_HISTOGRAM_BITS buckets. */
#define VS_HISTOGRAM_BITS 5
/* A percentile is wrong by no more than 1/64 of the exact value (the bucket's middle is told). */
#define VS_HISTOGRAM_ERROR (1.0 / (2 << VS_HISTOGRAM_BITS))

struct vs_histogram;

/* NULL if there is no memory. */
struct vs_histogram *vs_histogram_new(void);
void vs_histogram_free(struct vs_histogram *h); /* NULL is fine */

/* Return: 0 or -ENOMEM. */
int vs_histogram_add(struct vs_histogram *h, uint64_t value);

uint64_t vs_histogram_count(const struct vs_histogram *h);
uint64_t vs_histogram_sum(const struct vs_histogram *h);
uint64_t vs_histogram_max(const struct vs_histogram *h); /* exact */
/**
 * vs_histogram_at - the value that so many of a thousand do not exceed
 * @permille: 1 … 1000; 500 is the median: the smallest value whose rank among all, in
 *            order, is at least permille/1000 of their count
 *
 * Return: that value within VS_HISTOGRAM_ERROR, never more than the maximum; 0 if empty.
 */
uint64_t vs_histogram_at(const struct vs_histogram *h, unsigned int permille);

#endif
