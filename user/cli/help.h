/* SPDX-License-Identifier: GPL-2.0-only */
/* Help, from the tables of commands and options. */
#ifndef VS_HELP_H
#define VS_HELP_H

#include "commands.h"

void vs_help(void); /* the commands, on stdout */
void vs_help_command(const struct vs_command *cmd); /* one of them, on stdout */

#endif
