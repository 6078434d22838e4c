/* SPDX-License-Identifier: GPL-2.0-only */
/* The phases of one attach, one row each, on its axis of time. */
#ifndef VS_WATERFALL_H
#define VS_WATERFALL_H

#include "../core/profile/attach.h"
#include "page.h"

/* Rows are never wider than the terminal; the bar goes first if it is narrow, then the share. */
void vs_print_waterfall(const struct vs_page *p, const struct vs_attach *a);

#endif
