/* SPDX-License-Identifier: GPL-2.0-only */
/* What was shown adds up to an exit code: a sink that counts and passes on. Pure. */
#ifndef VS_TALLY_H
#define VS_TALLY_H

#include "model/sink.h"

struct vs_tally {
	uint64_t events;
	uint64_t opens[VS_VERDICT_COUNT]; /* by final verdict */
	uint64_t findings[VS_ERROR + 1]; /* by severity */
	int answer; /* enum vs_answer, of a moment */
	uint64_t lost; /* all causes, at the end */
	bool path_unseen; /* a whole way to use devices was not observed */
	struct vs_program_end program; /* at the end; all 0: none was observed */
};

/* Public exit codes (README, man page). */
enum vs_exit {
	VS_EXIT_OK = 0,
	VS_EXIT_FINDINGS = 1,
	VS_EXIT_USAGE = 2,
	VS_EXIT_CANNOT_OBSERVE = 3,
	VS_EXIT_INCONCLUSIVE = 4,
	VS_EXIT_ERROR = 5,
	VS_EXIT_UNEXPLAINED = 6,
};

/* @fail_on: least severity that counts; above VS_ERROR: none does. */
enum vs_exit vs_tally_exit(const struct vs_tally *t, int fail_on);

/* Counts into @tally, which outlives it. Owns @next, also on failure. NULL: no memory. */
struct vs_sink *vs_tally_sink(struct vs_tally *tally, struct vs_sink *next);

#endif
