/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VS_TEXT_H
#define VS_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Room that holds any escaped string of n bytes. */
#define VS_ESCAPED(n) ((n)*4 + 1)

/**
 * vs_escape - make a string of unknown origin safe to print
 * @out: receives the result, always ended
 * @size: room in @out, at least 1
 * @in: any bytes; need not be UTF-8
 *
 * Control bytes, bytes that are not valid UTF-8, code points that steer a
 * terminal or the direction of text, and the backslash become \n, \xNN,
 * \uNNNN or \UNNNNNNNN. What does not fit is cut between two characters.
 *
 * Return: @out.
 */
char *vs_escape(char *out, size_t size, const char *in);

/* Remove what a cut has left of @s's last character. */
void vs_whole_characters(char *s);

/* A duration for people ("11 us", "1.24 s"); @out of 16 bytes is enough. */
char *vs_duration(char *out, size_t size, uint64_t ns);

/* A size for people ("64 MiB"), powers of 1024; @out of 16 bytes is enough. */
char *vs_bytes(char *out, size_t size, uint64_t bytes);

#endif
