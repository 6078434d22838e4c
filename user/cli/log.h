/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages on stderr, and the end of what goes to stdout. */
#ifndef VS_LOG_H
#define VS_LOG_H

#include <stdbool.h>

/* One line on stderr, prefixed with the tool's name; ends the line itself. */
__attribute__((format(printf, 1, 2))) void vs_say(const char *fmt, ...);

enum vs_color { VS_COLOR_AUTO, VS_COLOR_ALWAYS, VS_COLOR_NEVER };

/* Whether to colour stdout. */
bool vs_use_color(enum vs_color color);

/* Write out stdout. False, with a message, if any of it could not be written. */
bool vs_stdout_flush(void);

#endif
