// SPDX-License-Identifier: GPL-2.0-only
#include "events.h"
#include "../../user/core/text/strbuf.h"

static void check(const char *in, const char *expected)
{
	char out[256];

	memset(out, 'z', sizeof(out));
	assert_ptr_equal(vs_escape(out, sizeof(out), in), out);
	assert_string_equal(out, expected);
}

static void plain_text_stays(void **state)
{
	(void)state;
	check("", "");
	check("qemu-system-x86", "qemu-system-x86");
	check("a b ~ !", "a b ~ !");
	check("\"quoted\" 'too'", "\"quoted\" 'too'");
	check("%s%n%d", "%s%n%d");
	check("w\u00e4chter \u20ac \U0001f427", "w\u00e4chter \u20ac \U0001f427");
	check("\xc2\xa0", "\xc2\xa0"); /* first after C1 */
	check("\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"); /* last code point */
	check("\xed\x9f\xbf\xee\x80\x80", "\xed\x9f\xbf\xee\x80\x80"); /* around the surrogates */
}

static void control_bytes(void **state)
{
	char in[2] = "", out[16], expected[8];
	unsigned int c;

	(void)state;
	check("a\nb\tc", "a\\nb\\tc");
	check("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m");
	check("\x1b]0;title\x07", "\\x1b]0;title\\x07");
	check("\r\b\x7f", "\\x0d\\x08\\x7f");
	for (c = 1; c < 0x20; c++) {
		in[0] = (char)c;
		if (c == '\n' || c == '\t')
			continue;
		snprintf(expected, sizeof(expected), "\\x%02x", c);
		assert_string_equal(vs_escape(out, sizeof(out), in), expected);
	}
}

/* What is printed can be told from what was escaped. */
static void backslash_is_doubled(void **state)
{
	(void)state;
	check("\\", "\\\\");
	check("\\x1b", "\\\\x1b");
	check("machine-qemu\\x2d1", "machine-qemu\\\\x2d1");
}

static void invalid_utf8(void **state)
{
	(void)state;
	check("\x80", "\\x80"); /* continuation alone */
	check("\xff\xfe", "\\xff\\xfe");
	check("a\xc3", "a\\xc3"); /* ends too early */
	check("\xc3(", "\\xc3(");
	check("\xe2\x82", "\\xe2\\x82");
	check("\xf0\x9f\x90", "\\xf0\\x9f\\x90");
	check("\xe2\x82\x41", "\\xe2\\x82"
			      "A");
	check("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* beyond U+10FFFF */
	check("\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80");
}

/* An ESC or a slash in more bytes than it needs is no character. */
static void overlong_forms(void **state)
{
	(void)state;
	check("\xc0\x9b", "\\xc0\\x9b");
	check("\xc1\xbf", "\\xc1\\xbf");
	check("\xe0\x80\x9b", "\\xe0\\x80\\x9b");
	check("\xe0\x9f\xbf", "\\xe0\\x9f\\xbf");
	check("\xf0\x80\x80\x9b", "\\xf0\\x80\\x80\\x9b");
	check("\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf");
}

static void surrogates(void **state)
{
	(void)state;
	check("\xed\xa0\x80", "\\xed\\xa0\\x80");
	check("\xed\xbf\xbf", "\\xed\\xbf\\xbf");
	check("\xed\xa0\xbd\xed\xb0\xa7", "\\xed\\xa0\\xbd\\xed\\xb0\\xa7");
}

/* C1: a terminal in 8 bit mode takes U+009B for ESC [. */
static void c1_controls(void **state)
{
	(void)state;
	check("\xc2\x80", "\\u0080");
	check("\xc2\x9b"
	      "31m",
	      "\\u009b31m");
	check("\xc2\x9f", "\\u009f");
}

static void text_direction_and_hidden(void **state)
{
	(void)state;
	check("\xe2\x80\xae"
	      "gpj.exe",
	      "\\u202egpj.exe");
	check("\xe2\x80\xaa\xe2\x80\xab\xe2\x80\xac\xe2\x80\xad", "\\u202a\\u202b\\u202c\\u202d");
	check("\xe2\x81\xa6\xe2\x81\xa7\xe2\x81\xa8\xe2\x81\xa9", "\\u2066\\u2067\\u2068\\u2069");
	check("\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c", "\\u200e\\u200f\\u061c");
	check("\xe2\x80\x8b\xef\xbb\xbf", "\\u200b\\ufeff"); /* no width at all */
	check("\xe2\x80\xa8\xe2\x80\xa9", "\\u2028\\u2029"); /* other line ends */
}

static void cut_between_characters(void **state)
{
	char out[64];

	(void)state;
	assert_string_equal(vs_escape(out, 1, "abc"), "");
	assert_string_equal(vs_escape(out, 3, "abc"), "ab");
	assert_string_equal(vs_escape(out, 4, "abc"), "abc");
	/* never half an escape */
	assert_string_equal(vs_escape(out, 5, "a\x1b"), "a");
	assert_string_equal(vs_escape(out, 6, "a\x1b"), "a\\x1b");
	assert_string_equal(vs_escape(out, 2, "\\"), "");
	/* never half a character */
	assert_string_equal(vs_escape(out, 4, "ab\xe2\x82\xac"), "ab");
	assert_string_equal(vs_escape(out, 5, "ab\xe2\x82\xac"), "ab");
	assert_string_equal(vs_escape(out, 6, "ab\xe2\x82\xac"), "ab\xe2\x82\xac");
	/* nothing after the cut, even if it would fit */
	assert_string_equal(vs_escape(out, 4,
				      "ab\x1b"
				      "c"),
			    "ab");
}

/* VS_ESCAPED() is room enough for the worst string. */
static void room_is_enough(void **state)
{
	char in[VS_NAME_LEN], out[VS_ESCAPED(VS_NAME_LEN)];

	(void)state;
	memset(in, 0x1b, sizeof(in) - 1);
	in[sizeof(in) - 1] = '\0';
	vs_escape(out, sizeof(out), in);
	assert_int_equal(strlen(out), 4 * (sizeof(in) - 1));
}

static void random_strings_come_out_printable(void **state)
{
	uint32_t seed = 0xe5ca9e, round;
	char in[64], out[VS_ESCAPED(64)];
	size_t i, size;

	(void)state;
	for (round = 0; round < 100000; round++) {
		for (i = 0; i < sizeof(in) - 1; i++)
			in[i] = (char)(next_random(&seed) >> 8);
		in[next_random(&seed) % sizeof(in)] = '\0';
		in[sizeof(in) - 1] = '\0';
		size = 1 + next_random(&seed) % sizeof(out);
		memset(out, 0xff, sizeof(out));
		vs_escape(out, size, in);
		assert_true(strlen(out) < size);
		assert_true(is_printable_utf8(out));
	}
}

static void duration(uint64_t ns, const char *expected)
{
	char out[32];
	struct vs_text t;

	vs_text_init(&t, out, sizeof(out));
	vs_put_duration(&t, ns);
	assert_string_equal(out, expected);
}

static void durations(void **state)
{
	(void)state;
	duration(0, "0 ns");
	duration(999, "999 ns");
	duration(1000, "1.0 us");
	duration(1500, "1.5 us");
	duration(11000, "11 us");
	duration(999000, "999 us");
	duration(1 * MS, "1.0 ms");
	duration(42 * MS, "42 ms");
	duration(1240 * MS, "1.24 s");
	duration(15 * SEC, "15.00 s");
	duration(3600 * SEC, "3600.00 s");
}

/* Rounding must not say "1000" of a unit. */
static void durations_round_into_the_next_unit(void **state)
{
	(void)state;
	duration(9949, "9.9 us");
	duration(9950, "10 us");
	duration(999499, "999 us");
	duration(999500, "1.0 ms");
	duration(999999, "1.0 ms");
	duration(9949999, "9.9 ms");
	duration(9950000, "10 ms");
	duration(994999999, "995 ms");
	duration(995000000, "1.00 s");
	duration(999999999, "1.00 s");
	duration(1004999999, "1.00 s");
	duration(1005000000, "1.01 s");
	duration(999999999999999, "1000000.00 s");
	duration(1000000000000000, "1000000 s");
}

static void longest_duration(void **state)
{
	(void)state;
	duration(UINT64_MAX, "18446744074 s");
}

static void bytes(uint64_t n, const char *expected)
{
	char out[32];
	struct vs_text t;

	vs_text_init(&t, out, sizeof(out));
	vs_put_size(&t, n);
	assert_string_equal(out, expected);
}

static void sizes(void **state)
{
	(void)state;
	bytes(0, "0 B");
	bytes(1, "1 B");
	bytes(1023, "1023 B");
	bytes(1024, "1 KiB");
	bytes(1536, "1.5 KiB");
	bytes(4096, "4 KiB");
	bytes(64ULL << 20, "64 MiB");
	bytes(2ULL << 30, "2 GiB");
	bytes(1ULL << 40, "1 TiB");
	bytes(1ULL << 60, "1 EiB");
	bytes(UINT64_MAX, "16 EiB");
}

static void sizes_round_into_the_next_unit(void **state)
{
	(void)state;
	bytes(1023 * 1024 + 511, "1023 KiB");
	bytes(1023 * 1024 + 512, "1 MiB");
	bytes((1ULL << 20) - 1, "1 MiB");
	bytes((1ULL << 30) - 4096, "1 GiB");
	bytes(10188, "9.9 KiB");
	bytes(10189, "10 KiB"); /* not "10.0" */
}

static void numbers(void **state)
{
	char out[256];
	struct vs_text t;

	(void)state;
	vs_text_init(&t, out, sizeof(out));
	vs_put_uint(&t, 0);
	vs_put(&t, " ");
	vs_put_uint(&t, UINT64_MAX);
	vs_put(&t, " ");
	vs_put_int(&t, INT64_MIN);
	vs_put(&t, " ");
	vs_put_hex(&t, 0);
	vs_put(&t, " ");
	vs_put_hex(&t, 0xffff888012345678);
	vs_put(&t, " ");
	vs_put_digits(&t, 42, 6);
	vs_put(&t, " ");
	vs_put_digits(&t, 1234567, 6);
	assert_string_equal(out, "0 18446744073709551615 -9223372036854775808 0x0 "
				 "0xffff888012345678 000042 1234567");
}

/* Of every length, with digits of all kinds. */
static void decimal(uint64_t value)
{
	char expected[24], out[24] = "";

	snprintf(expected, sizeof(expected), "%llu", (unsigned long long)value);
	assert_int_equal(vs_decimal(out, value), strlen(expected));
	assert_string_equal(out, expected);
}

static void decimals_of_every_length(void **state)
{
	uint64_t unit = 1, i;
	int digits;

	(void)state;
	for (i = 0; i < 2000; i++)
		decimal(i);
	for (digits = 1; digits <= 20; digits++, unit *= 10) {
		decimal(unit - 1);
		decimal(unit);
		decimal(unit + unit / 7 * 3);
	}
	decimal(UINT64_MAX);
}

static void columns(void **state)
{
	char out[256];
	struct vs_text t;
	size_t at;

	(void)state;
	vs_text_init(&t, out, sizeof(out));
	vs_put(&t, "|");
	at = t.used;
	vs_put(&t, "ab");
	vs_put_left(&t, at, 4);
	vs_put(&t, "|");
	at = t.used;
	vs_put(&t, "cd");
	vs_put_right(&t, at, 4);
	vs_put(&t, "|");
	at = t.used;
	vs_put(&t, "too long");
	vs_put_left(&t, at, 4);
	vs_put_right(&t, at, 4);
	vs_put(&t, "|");
	at = t.used;
	vs_put_right(&t, at, 40);
	assert_string_equal(out, "|ab  |  cd|too long|"
				 "                                        ");
}

/* What does not fit is cut, and nothing that would fit is appended after it. */
static void full_texts_stay_as_they_are(void **state)
{
	static const char *const pieces[] = { "abc", "\u20ac\u20ac", "\\", "x" };
	char out[32], whole[64];
	struct vs_text t;
	size_t size, i, at;

	(void)state;
	for (size = 1; size < sizeof(out); size++) {
		memset(out, 0x7f, sizeof(out));
		vs_text_init(&t, out, size);
		*whole = '\0';
		for (i = 0; i < ARRAY_SIZE(pieces); i++) {
			vs_put(&t, pieces[i]);
			strcat(whole, pieces[i]);
		}
		at = t.used;
		vs_put_right(&t, at, 100);
		vs_put_uint(&t, 1);
		vs_put_escaped(&t, "y\n");
		assert_true(t.used < size);
		assert_int_equal(strlen(out), t.used);
		assert_true(is_printable_utf8(out));
		assert_memory_equal(out, whole, t.used < strlen(whole) ? t.used : strlen(whole));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_text_stays),
		cmocka_unit_test(control_bytes),
		cmocka_unit_test(backslash_is_doubled),
		cmocka_unit_test(invalid_utf8),
		cmocka_unit_test(overlong_forms),
		cmocka_unit_test(surrogates),
		cmocka_unit_test(c1_controls),
		cmocka_unit_test(text_direction_and_hidden),
		cmocka_unit_test(cut_between_characters),
		cmocka_unit_test(room_is_enough),
		cmocka_unit_test(random_strings_come_out_printable),
		cmocka_unit_test(durations),
		cmocka_unit_test(durations_round_into_the_next_unit),
		cmocka_unit_test(longest_duration),
		cmocka_unit_test(sizes),
		cmocka_unit_test(sizes_round_into_the_next_unit),
		cmocka_unit_test(numbers),
		cmocka_unit_test(decimals_of_every_length),
		cmocka_unit_test(columns),
		cmocka_unit_test(full_texts_stay_as_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
