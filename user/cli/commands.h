/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands: one table from which come dispatch, help, the man page and the bash
 * completion.
 */
#ifndef VS_COMMANDS_H
#define VS_COMMANDS_H

#include "../core/tally.h"
#include "options.h"

/* All commands, in the order in which help lists them. */
#define VS_COMMANDS(C)      \
	C(AUDIT, audit)     \
	C(TRACE, trace)     \
	C(PROFILE, profile) \
	C(PS, ps)           \
	C(DOCTOR, doctor)   \
	C(EXPLAIN, explain)

#define VS_COMMAND_ID(ID, name) VS_COMMAND_##ID,
enum vs_command_id { VS_COMMANDS(VS_COMMAND_ID) VS_COMMAND_COUNT };
#undef VS_COMMAND_ID

#define VS_COMMAND_RUN(ID, name) enum vs_exit vs_cmd_##name(struct vs_options *o);
VS_COMMANDS(VS_COMMAND_RUN)
#undef VS_COMMAND_RUN

struct vs_command {
	const char *name;
	const char *summary; /* one line, imperative */
	const char *operands; /* as in the synopsis, "[RULE]"; NULL: takes none */
	int operand_max;
	const char *(*operand)(size_t i); /* good ones, NULL after the last; NULL: many */
	bool program; /* takes "-- PROGRAM ARGS…" */
	uint64_t options; /* a set of VS_OPT() */
	const char *man; /* mdoc(7) */
	enum vs_exit (*run)(struct vs_options *o);
};

extern const struct vs_command vs_commands[VS_COMMAND_COUNT];

/* The tool without a command: its name is "", and it cannot be run. */
extern const struct vs_command vs_no_command;

/* NULL if there is no such command. */
const struct vs_command *vs_command_find(const char *name);

struct vs_exit_meaning {
	enum vs_exit code;
	const char *summary; /* part of a line */
	const char *man; /* mdoc(7) */
};

/* Ends with summary NULL. */
extern const struct vs_exit_meaning vs_exit_meanings[];

#endif
