// SPDX-License-Identifier: GPL-2.0-only
/* Percentiles of a histogram against those of the values themselves, in order. */
#include <malloc.h>

#include "events.h"
#include "../../user/core/profile/histogram.h"

#define MOST_VALUES 5000

static const unsigned int permilles[] = { 1, 10, 250, 500, 501, 900, 990, 999, 1000 };

static struct vs_histogram *new_histogram(void)
{
	struct vs_histogram *h = vs_histogram_new();

	assert_non_null(h);
	return h;
}

static void add(struct vs_histogram *h, uint64_t value)
{
	assert_int_equal(vs_histogram_add(h, value), 0);
}

static uint64_t next_random64(uint32_t *state)
{
	uint64_t high = next_random(state);

	return high << 32 | next_random(state);
}

/* Distributions */

static uint64_t small(uint32_t *random)
{
	return next_random(random) % 100;
}

static uint64_t any_magnitude(uint32_t *random)
{
	return next_random64(random) >> (next_random(random) % 64);
}

static uint64_t uniform(uint32_t *random)
{
	return next_random64(random);
}

/* Most of them fast, few of them a thousand times as slow: as opens are behind a lock. */
static uint64_t two_humps(uint32_t *random)
{
	uint64_t fast = 2 * MS + next_random(random) % (3 * MS);

	return next_random(random) % 20 ? fast : fast * 1000;
}

static uint64_t around_powers_of_two(uint32_t *random)
{
	return (1ULL << (next_random(random) % 64)) + next_random(random) % 3 - 1;
}

static uint64_t nearly_the_same(uint32_t *random)
{
	return SEC + next_random(random) % 1000;
}

/* All in one bucket, at whose ends the middle is the most wrong. */
static uint64_t one_bucket(uint32_t *random)
{
	return (1ULL << 40) + next_random64(random) % (1ULL << (40 - VS_HISTOGRAM_BITS));
}

static uint64_t the_largest(uint32_t *random)
{
	return UINT64_MAX - next_random(random) % 5;
}

static const struct {
	const char *name;
	uint64_t (*value)(uint32_t *random);
} distributions[] = {
	{ "small", small },
	{ "any magnitude", any_magnitude },
	{ "uniform", uniform },
	{ "two humps", two_humps },
	{ "around powers of two", around_powers_of_two },
	{ "nearly the same", nearly_the_same },
	{ "one bucket", one_bucket },
	{ "the largest", the_largest },
};

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* By the definition: the first whose rank is at least so many of a thousand of all. */
static uint64_t exact(const uint64_t *sorted, size_t count, unsigned int permille)
{
	size_t rank = 1;

	while (rank * 1000 < permille * count)
		rank++;
	return sorted[rank - 1];
}

static void assert_percentiles(const char *name, const struct vs_histogram *h,
			       const uint64_t *sorted, size_t count)
{
	uint64_t before = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(permilles); i++) {
		uint64_t value = exact(sorted, count, permilles[i]);
		uint64_t told = vs_histogram_at(h, permilles[i]);
		uint64_t wrong = told > value ? told - value : value - told;

		if ((long double)wrong > (long double)value * VS_HISTOGRAM_ERROR)
			fail_msg("%s: %u of 1000 of %zu: %ju instead of %ju", name, permilles[i],
				 count, (uintmax_t)told, (uintmax_t)value);
		assert_true(told >= before);
		assert_true(told <= sorted[count - 1]);
		before = told;
	}
	assert_true(vs_histogram_at(h, 1000) == sorted[count - 1]);
	assert_true(vs_histogram_max(h) == sorted[count - 1]);
	assert_int_equal(vs_histogram_count(h), count);
}

static void percentiles_are_nearly_exact(void **state)
{
	static const size_t counts[] = { 1, 2, 3, 99, 100, 101, 999, 1000, 1001, MOST_VALUES };
	static uint64_t values[MOST_VALUES];
	uint32_t random = 1;
	size_t i, j, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(distributions); i++) {
		for (j = 0; j < ARRAY_SIZE(counts); j++) {
			struct vs_histogram *h = new_histogram();

			for (k = 0; k < counts[j]; k++) {
				values[k] = distributions[i].value(&random);
				add(h, values[k]);
			}
			qsort(values, counts[j], sizeof(values[0]), by_value);
			assert_percentiles(distributions[i].name, h, values, counts[j]);
			vs_histogram_free(h);
		}
	}
}

/* Values below two octaves have buckets of their own. */
static void small_values_are_exact(void **state)
{
	struct vs_histogram *h = new_histogram();
	uint64_t value;

	(void)state;
	for (value = 0; value < 2U << VS_HISTOGRAM_BITS; value++)
		add(h, value);
	/* 64 values: rank 1 is 0, rank 32 is 31, rank 33 is 32, rank 63 is 62. */
	assert_int_equal(vs_histogram_at(h, 15), 0);
	assert_int_equal(vs_histogram_at(h, 16), 1);
	assert_int_equal(vs_histogram_at(h, 500), 31);
	assert_int_equal(vs_histogram_at(h, 501), 32);
	assert_int_equal(vs_histogram_at(h, 984), 62);
	assert_int_equal(vs_histogram_at(h, 1000), 63);
	assert_int_equal(vs_histogram_sum(h), 64 * 63 / 2);
	vs_histogram_free(h);
}

static void empty(void **state)
{
	struct vs_histogram *h = new_histogram();
	size_t i;

	(void)state;
	assert_int_equal(vs_histogram_count(h), 0);
	assert_int_equal(vs_histogram_sum(h), 0);
	assert_int_equal(vs_histogram_max(h), 0);
	for (i = 0; i < ARRAY_SIZE(permilles); i++)
		assert_int_equal(vs_histogram_at(h, permilles[i]), 0);
	vs_histogram_free(h);
	vs_histogram_free(NULL);
}

/* One value is all percentiles, exactly. */
static void a_single_value(void **state)
{
	static const uint64_t values[] = {
		0,	    1, 31, 32, 33, 63, 64, 65, 1023, 123456789, 1ULL << 63, UINT64_MAX - 1,
		UINT64_MAX,
	};
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(values); i++) {
		struct vs_histogram *h = new_histogram();

		add(h, values[i]);
		for (j = 0; j < ARRAY_SIZE(permilles); j++)
			assert_true(vs_histogram_at(h, permilles[j]) == values[i]);
		assert_true(vs_histogram_sum(h) == values[i]);
		assert_true(vs_histogram_max(h) == values[i]);
		assert_int_equal(vs_histogram_count(h), 1);
		vs_histogram_free(h);
	}
}

/* A middle that lies above all that there is in its bucket. */
static void never_more_than_the_maximum(void **state)
{
	struct vs_histogram *h = new_histogram();

	(void)state;
	add(h, 1ULL << 30);
	add(h, (1ULL << 30) + 1);
	assert_int_equal(vs_histogram_at(h, 500), (1ULL << 30) + 1);
	vs_histogram_free(h);
}

static void sums_saturate(void **state)
{
	struct vs_histogram *h = new_histogram();

	(void)state;
	add(h, UINT64_MAX - 1);
	add(h, 1);
	assert_true(vs_histogram_sum(h) == UINT64_MAX);
	add(h, 1);
	assert_true(vs_histogram_sum(h) == UINT64_MAX);
	add(h, UINT64_MAX);
	assert_true(vs_histogram_sum(h) == UINT64_MAX);
	assert_int_equal(vs_histogram_count(h), 4);
	vs_histogram_free(h);
}

static size_t allocated(void)
{
	return mallinfo2().uordblks;
}

/* There are hundreds of histograms, and the times in each are of a few magnitudes. */
static void memory_is_small(void **state)
{
	size_t before = allocated(), first;
	uint32_t random = 7;
	struct vs_histogram *h;
	int i;

	(void)state;
	h = new_histogram();
	assert_true(allocated() - before < 1024);
	for (i = 0; i < 1000; i++)
		add(h, nearly_the_same(&random));
	first = allocated();
	assert_true(first - before < 2048);
	for (i = 0; i < 100000; i++)
		add(h, nearly_the_same(&random));
	assert_int_equal(allocated(), first);
	vs_histogram_free(h);
	assert_int_equal(allocated(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(percentiles_are_nearly_exact),
		cmocka_unit_test(small_values_are_exact),
		cmocka_unit_test(empty),
		cmocka_unit_test(a_single_value),
		cmocka_unit_test(never_more_than_the_maximum),
		cmocka_unit_test(sums_saturate),
		cmocka_unit_test(memory_is_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
