/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line, read strictly: a message about a mistake says what was expected. */
#ifndef VS_PARSE_H
#define VS_PARSE_H

#include "commands.h"

/**
 * vs_parse_arguments - read what follows a command
 * @cmd: the command, or &vs_no_command
 * @argv: the command's name and its arguments
 *
 * Says on stderr what is wrong.
 * Return: 0 or -EINVAL.
 */
int vs_parse_arguments(struct vs_options *o, const struct vs_command *cmd, int argc, char **argv);

/* NULL, with a message, if there is no such command. */
const struct vs_command *vs_parse_command(const char *name);

#endif
