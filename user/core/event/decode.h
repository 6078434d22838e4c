/* SPDX-License-Identifier: GPL-2.0-only */
/* Bytes from a source to a checked record. Pure. */
#ifndef VS_DECODE_H
#define VS_DECODE_H

#include "kinds.h"

/**
 * vs_decode - bytes from a source to a checked record
 * @data: one record, any alignment
 * @size: its length in bytes
 * @rec: filled in; unused tail is zero
 *
 * Accepts only a known kind with exactly its own length, and ends every
 * string inside its field, whatever the bytes were.
 *
 * Return: 0; -EMSGSIZE for a wrong length, -ENOMSG for an unknown kind.
 */
int vs_decode(const void *data, size_t size, union vs_record *rec);

#endif
