// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

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

/* One escaped character into buf (room for 16); how many bytes it took from s. */
static size_t escape_one(char *buf, const unsigned char *s)
{
	uint32_t cp = 0;
	size_t len = utf8_length(s, &cp);

	if (!len) {
		sprintf(buf, "\\x%02x", s[0]);
		return 1;
	}
	if (cp == '\\')
		strcpy(buf, "\\\\");
	else if (cp == '\n')
		strcpy(buf, "\\n");
	else if (cp == '\t')
		strcpy(buf, "\\t");
	else if (cp < 0x20 || cp == 0x7f)
		sprintf(buf, "\\x%02x", cp);
	else if (steers(cp))
		sprintf(buf, cp > 0xffff ? "\\U%08x" : "\\u%04x", cp);
	else
		sprintf(buf, "%.*s", (int)len, (const char *)s);
	return len;
}

/* How many bytes from @s on are what they look like. */
static size_t plain_length(const unsigned char *s)
{
	size_t n = 0;

	while (s[n] >= 0x20 && s[n] < 0x7f && s[n] != '\\')
		n++;
	return n;
}

char *vs_escape(char *out, size_t size, const char *in)
{
	const unsigned char *s = (const unsigned char *)in;
	size_t used = 0;
	char one[16];

	out[0] = '\0';
	while (*s) {
		/* Nearly all of nearly all text. */
		size_t plain = plain_length(s);

		if (plain >= size - used)
			plain = size - used - 1;
		memcpy(out + used, s, plain);
		used += plain;
		s += plain;
		out[used] = '\0';
		if (!*s || used + 1 == size)
			break;
		s += escape_one(one, s);
		if (used + strlen(one) >= size)
			break;
		strcpy(out + used, one);
		used += strlen(one);
	}
	return out;
}

void vs_whole_characters(char *s)
{
	size_t len = strlen(s), start = len;
	uint32_t cp;

	/* The last character starts at most three bytes before the last byte. */
	while (start && len - start < 4 && ((unsigned char)s[start - 1] & 0xc0) == 0x80)
		start--;
	if (start && (unsigned char)s[start - 1] >= 0xc0 &&
	    !utf8_length((const unsigned char *)s + start - 1, &cp))
		s[start - 1] = '\0';
}

char *vs_duration(char *out, size_t size, uint64_t ns)
{
	/* The bounds are where rounding would reach the next unit. */
	if (ns < 1000)
		snprintf(out, size, "%u ns", (unsigned int)ns);
	else if (ns < 9950)
		snprintf(out, size, "%.1f us", ns / 1e3);
	else if (ns < 999500)
		snprintf(out, size, "%.0f us", ns / 1e3);
	else if (ns < 9950000)
		snprintf(out, size, "%.1f ms", ns / 1e6);
	else if (ns < 995000000)
		snprintf(out, size, "%.0f ms", ns / 1e6);
	else if (ns < 1000000000000000)
		snprintf(out, size, "%.2f s", ns / 1e9);
	else
		snprintf(out, size, "%.0f s", ns / 1e9);
	return out;
}

char *vs_bytes(char *out, size_t size, uint64_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double value = bytes;
	size_t unit = 0;

	/* 1023.5 would be rounded to 1024. */
	while (value >= 1023.5 && unit < 6) {
		value /= 1024;
		unit++;
	}
	snprintf(out, size, value < 9.95 && (int)(value * 10 + 0.5) % 10 ? "%.1f %s" : "%.0f %s",
		 value, units[unit]);
	return out;
}
