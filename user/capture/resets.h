/* SPDX-License-Identifier: GPL-2.0-only */
/* What a reset that failed was about, read from sysfs. */
#ifndef VS_RESETS_H
#define VS_RESETS_H

#include "../core/source.h"

/**
 * vs_resets_tell - before a reset of a PCI device that failed
 * @rec: the record of the call; of any other nothing is told
 *
 * A RESET_MEMBER for the device, and for each that a hot reset of it would reset, too.
 * Return: 0, or what @fn returned.
 */
int vs_resets_tell(const union vs_record *rec, vs_record_fn fn, void *ctx);

#endif
