/* SPDX-License-Identifier: GPL-2.0-only */
/* What all attaches come to: a table per driver, the slowest ones, and a sentence. */
#ifndef VS_PROFILE_TABLE_H
#define VS_PROFILE_TABLE_H

#include "../core/profile/summary.h"
#include "page.h"

/* Columns that have no room are left out: the share first. */
void vs_print_profile(const struct vs_page *p, const struct vs_profile *profile);

#endif
