// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../core/text/strbuf.h"
#include "log.h"

void vs_say(const char *fmt, ...)
{
	char raw[1024], safe[VS_ESCAPED(sizeof(raw))];
	va_list args;

	va_start(args, fmt);
	vsnprintf(raw, sizeof(raw), fmt, args);
	va_end(args);
	/* Messages quote arguments and names of any origin. */
	fprintf(stderr, "vfioscope: %s\n", vs_escape(safe, sizeof(safe), raw));
}

bool vs_use_color(enum vs_color color)
{
	const char *term = getenv("TERM");

	if (color != VS_COLOR_AUTO)
		return color == VS_COLOR_ALWAYS;
	return isatty(STDOUT_FILENO) && !getenv("NO_COLOR") && term && strcmp(term, "dumb");
}

bool vs_stdout_flush(void)
{
	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return true;
	/* fflush() succeeds when an earlier write failed and nothing is left to write. */
	vs_say("cannot write to stdout: %s", strerror(errno ? errno : EIO));
	return false;
}
