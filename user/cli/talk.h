/* SPDX-License-Identifier: GPL-2.0-only */
/* Says on stderr how the host is observed: a sink that passes everything on. */
#ifndef VS_TALK_H
#define VS_TALK_H

#include "../core/model/sink.h"

/* Owns @next, also on failure. NULL: no memory. */
struct vs_sink *vs_talk_sink(bool quiet, struct vs_sink *next);

/* Everything that happens is recorded from now on. @hint: how to stop, or "". */
void vs_talk_armed(const struct vs_sink *talk, const char *hint);

#endif
