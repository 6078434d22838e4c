/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text for people, put together piece by piece in a buffer of the caller's. It is
 * always ended, and what does not fit is left out, cut between two characters:
 * nothing is appended after a cut. A line is made for every call that is seen,
 * and printf() would cost many times as much as all the rest.
 */
#ifndef VS_TEXT_H
#define VS_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Room that holds any escaped string of n bytes. */
#define VS_ESCAPED(n) ((n)*4 + 1)

struct vs_text {
	char *buf;
	size_t size;
	size_t used; /* without the end */
	size_t room; /* that may be used, without the end */
};

/* An empty text; @size is at least 1. */
void vs_text_init(struct vs_text *t, char *buf, size_t size);

/* The beginning of @s, of which there is more than room. */
void vs_put_cut(struct vs_text *t, const char *s);

/* Here, so that a word of known length takes a few instructions. */
static inline void vs_put_bytes(struct vs_text *t, const char *s, size_t len)
{
	if (len > t->room - t->used) {
		vs_put_cut(t, s);
		return;
	}
	memcpy(t->buf + t->used, s, len);
	t->used += len;
	t->buf[t->used] = '\0';
}

/* Text of our own. */
static inline void vs_put(struct vs_text *t, const char *s)
{
	vs_put_bytes(t, s, strlen(s));
}

/**
 * vs_put_escaped - a string of unknown origin, made safe to print
 * @in: any bytes; need not be UTF-8
 *
 * Control bytes, bytes that are not valid UTF-8, code points that steer a
 * terminal or the direction of text, and the backslash become \n, \xNN,
 * \uNNNN or \UNNNNNNNN.
 */
void vs_put_escaped(struct vs_text *t, const char *in);

void vs_put_uint(struct vs_text *t, uint64_t value);
void vs_put_int(struct vs_text *t, int64_t value);
void vs_put_hex(struct vs_text *t, uint64_t value); /* with 0x */
/* In @width digits, zeros before; no more than 20. */
void vs_put_digits(struct vs_text *t, uint64_t value, size_t width);

/* A duration ("11 us", "1.24 s"), and a size ("64 MiB", powers of 1024). */
void vs_put_duration(struct vs_text *t, uint64_t ns);
void vs_put_size(struct vs_text *t, uint64_t bytes);

/* What was put since @used was @from becomes a column of @width bytes at least. */
void vs_put_left(struct vs_text *t, size_t from, size_t width);
void vs_put_right(struct vs_text *t, size_t from, size_t width);

/* vs_put_escaped() alone, into @out of @size bytes; returns @out. */
char *vs_escape(char *out, size_t size, const char *in);

/* How many bytes from @s on are printable ASCII, and neither a quote nor a backslash. */
size_t vs_plain_length(const char *s);

/* @value in decimal digits, not ended; returns how many. */
size_t vs_decimal(char out[20], uint64_t value);
/* The same in hexadecimal digits. */
size_t vs_hexadecimal(char out[16], uint64_t value);

#endif
