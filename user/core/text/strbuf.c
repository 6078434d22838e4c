// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>

#include "strbuf.h"

/* Length of the valid UTF-8 sequence at s (1..4), 0 if there is none. */
static size_t utf8_length(const unsigned char *s, uint32_t *cp)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len, i;

	if (s[0] < 0x80) {
		*cp = s[0];
		return 1;
	}
	len = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	*cp = s[0] & (0x7f >> len);
	for (i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*cp = *cp << 6 | (s[i] & 0x3f);
	}
	if (*cp < least[len] || *cp > 0x10ffff || (*cp >= 0xd800 && *cp < 0xe000))
		return 0;
	return len;
}

/* C1 controls, line separators, and what reorders or hides text. */
static bool steers(uint32_t cp)
{
	return (cp >= 0x80 && cp < 0xa0) || cp == 0xad || cp == 0x61c ||
	       (cp >= 0x200b && cp <= 0x200f) || (cp >= 0x2028 && cp <= 0x202e) ||
	       (cp >= 0x2060 && cp <= 0x206f) || cp == 0xfeff || (cp >= 0xfff9 && cp <= 0xfffb) ||
	       (cp >= 0xe0000 && cp < 0xe0080);
}

/* Remove what a cut has left of the last character. */
static void whole_characters(struct vs_text *t)
{
	size_t start = t->used;
	uint32_t cp;

	/* It starts at most three bytes before the last byte. */
	while (start && t->used - start < 4 && ((unsigned char)t->buf[start - 1] & 0xc0) == 0x80)
		start--;
	if (start && (unsigned char)t->buf[start - 1] >= 0xc0 &&
	    !utf8_length((const unsigned char *)t->buf + start - 1, &cp))
		t->used = start - 1;
	t->buf[t->used] = '\0';
}

void vs_text_init(struct vs_text *t, char *buf, size_t size)
{
	t->buf = buf;
	t->size = size;
	t->used = 0;
	t->room = size - 1;
	buf[0] = '\0';
}

/* Nothing more is taken. */
static void full(struct vs_text *t)
{
	t->room = t->used;
}

void vs_put_cut(struct vs_text *t, const char *s)
{
	size_t len = t->room - t->used;

	memcpy(t->buf + t->used, s, len);
	t->used += len;
	t->buf[t->used] = '\0';
	whole_characters(t);
	full(t);
}

/* All of it or nothing. */
static void put_whole(struct vs_text *t, const char *s, size_t len)
{
	if (len > t->room - t->used)
		full(t);
	else
		vs_put_bytes(t, s, len);
}

static void put_escape(struct vs_text *t, char letter, uint32_t value, int digits)
{
	char out[12] = { '\\', letter };
	int i;

	for (i = digits - 1; i >= 0; i--, value >>= 4)
		out[2 + i] = "0123456789abcdef"[value & 15];
	put_whole(t, out, 2 + (size_t)digits);
}

/* One character, escaped if need be; how many bytes it took from @s. */
static size_t escape_one(struct vs_text *t, const unsigned char *s)
{
	uint32_t cp = 0;
	size_t len = utf8_length(s, &cp);

	if (!len) {
		put_escape(t, 'x', s[0], 2);
		return 1;
	}
	if (cp == '\\')
		put_whole(t, "\\\\", 2);
	else if (cp == '\n')
		put_whole(t, "\\n", 2);
	else if (cp == '\t')
		put_whole(t, "\\t", 2);
	else if (cp < 0x20 || cp == 0x7f)
		put_escape(t, 'x', cp, 2);
	else if (steers(cp) && cp > 0xffff)
		put_escape(t, 'U', cp, 8);
	else if (steers(cp))
		put_escape(t, 'u', cp, 4);
	else
		put_whole(t, (const char *)s, len);
	return len;
}

size_t vs_plain_length(const char *s)
{
	static const bool plain[256] = {
		[' ' ... '"' - 1] = true,
		['"' + 1 ... '\\' - 1] = true,
		['\\' + 1 ... '~'] = true,
	};
	size_t n = 0;

	while (plain[(unsigned char)s[n]])
		n++;
	return n;
}

void vs_put_escaped(struct vs_text *t, const char *in)
{
	for (;;) {
		/* Nearly all of nearly all text. */
		size_t plain = vs_plain_length(in);

		vs_put_bytes(t, in, plain);
		in += plain;
		if (!*in || t->used == t->room)
			return;
		in += escape_one(t, (const unsigned char *)in);
	}
}

char *vs_escape(char *out, size_t size, const char *in)
{
	struct vs_text t;

	vs_text_init(&t, out, size);
	vs_put_escaped(&t, in);
	return out;
}

/* A digit takes 1 / log2(10) bits, which 1233 / 4096 is a bit less than. */
static size_t decimal_length(uint64_t value)
{
	static const uint64_t powers[] = {
		0,
		10,
		100,
		1000,
		10000,
		100000,
		1000000,
		10000000,
		100000000,
		1000000000,
		10000000000,
		100000000000,
		1000000000000,
		10000000000000,
		100000000000000,
		1000000000000000,
		10000000000000000,
		100000000000000000,
		1000000000000000000,
		10000000000000000000U,
	};
	size_t bits = 64 - (size_t)__builtin_clzll(value | 1), most = bits * 1233 >> 12;

	return most + (value >= powers[most]);
}

size_t vs_decimal(char out[20], uint64_t value)
{
	static const char pairs[] = "0001020304050607080910111213141516171819"
				    "2021222324252627282930313233343536373839"
				    "4041424344454647484950515253545556575859"
				    "6061626364656667686970717273747576777879"
				    "8081828384858687888990919293949596979899";
	size_t len = decimal_length(value), at = len;

	for (; value > 9; value /= 100)
		memcpy(out + (at -= 2), pairs + value % 100 * 2, 2);
	if (at)
		out[0] = (char)('0' + value);
	return len;
}

size_t vs_hexadecimal(char out[16], uint64_t value)
{
	char digits[16];
	size_t at = sizeof(digits);

	do
		digits[--at] = "0123456789abcdef"[value & 15];
	while (value >>= 4);
	memcpy(out, digits + at, sizeof(digits) - at);
	return sizeof(digits) - at;
}

void vs_put_uint(struct vs_text *t, uint64_t value)
{
	char digits[20];

	vs_put_bytes(t, digits, vs_decimal(digits, value));
}

void vs_put_int(struct vs_text *t, int64_t value)
{
	if (value < 0)
		vs_put(t, "-");
	vs_put_uint(t, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void vs_put_hex(struct vs_text *t, uint64_t value)
{
	char digits[16];

	vs_put(t, "0x");
	vs_put_bytes(t, digits, vs_hexadecimal(digits, value));
}

void vs_put_digits(struct vs_text *t, uint64_t value, size_t width)
{
	static const char zeros[] = "00000000000000000000";
	char digits[20];
	size_t len = vs_decimal(digits, value);

	if (len < width)
		vs_put_bytes(t, zeros, width - len);
	vs_put_bytes(t, digits, len);
}

/* @value in units of which @places digits stand behind the point. */
static void put_fraction(struct vs_text *t, uint64_t value, size_t places)
{
	uint64_t unit = places == 1 ? 10 : 100;

	vs_put_uint(t, value / unit);
	vs_put(t, ".");
	vs_put_digits(t, value % unit, places);
}

static uint64_t rounded(uint64_t value, uint64_t unit)
{
	return value / unit + (value % unit * 2 >= unit);
}

void vs_put_duration(struct vs_text *t, uint64_t ns)
{
	/* The bounds are where rounding would reach the next unit. */
	if (ns < 1000)
		vs_put_uint(t, ns);
	else if (ns < 9950)
		put_fraction(t, rounded(ns, 100), 1);
	else if (ns < 999500)
		vs_put_uint(t, rounded(ns, 1000));
	else if (ns < 9950000)
		put_fraction(t, rounded(ns, 100000), 1);
	else if (ns < 995000000)
		vs_put_uint(t, rounded(ns, 1000000));
	else if (ns < 1000000000000000)
		put_fraction(t, rounded(ns, 10000000), 2);
	else
		vs_put_uint(t, rounded(ns, 1000000000));
	vs_put(t, ns < 1000 ? " ns" : ns < 999500 ? " us" : ns < 995000000 ? " ms" : " s");
}

void vs_put_size(struct vs_text *t, uint64_t bytes)
{
	static const char *const units[] = { " B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB" };
	uint64_t unit = 1, tenths;
	size_t i = 0;

	/* 1023.5 would be rounded to 1024. */
	while (i < 6 &&
	       (bytes / unit > 1023 || (bytes / unit == 1023 && bytes % unit * 2 >= unit))) {
		unit *= 1024;
		i++;
	}
	tenths = bytes / unit * 10 + (bytes % unit * 10 + unit / 2) / unit;
	if (tenths < 100 && tenths % 10)
		put_fraction(t, tenths, 1);
	else
		vs_put_uint(t, rounded(bytes, unit));
	vs_put(t, units[i]);
}

void vs_put_left(struct vs_text *t, size_t from, size_t width)
{
	static const char spaces[] = "                                ";

	while (t->used - from < width && t->used < t->room) {
		size_t missing = width - (t->used - from);

		vs_put_bytes(t, spaces, missing < sizeof(spaces) ? missing : sizeof(spaces) - 1);
	}
}

void vs_put_right(struct vs_text *t, size_t from, size_t width)
{
	size_t len = t->used - from, added;

	vs_put_left(t, from, width);
	added = t->used - from - len;
	memmove(t->buf + from + added, t->buf + from, len);
	memset(t->buf + from, ' ', added);
}
