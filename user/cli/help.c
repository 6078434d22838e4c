// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "help.h"

static void print_options(uint64_t options)
{
	char left[64];
	int i;

	VS_FOREACH_OPTION(i, options) {
		const struct vs_option *opt = &vs_option_table[i];

		snprintf(left, sizeof(left), "%c%c%s --%s%s%s", opt->letter ? '-' : ' ',
			 opt->letter ? opt->letter : ' ', opt->letter ? "," : " ", opt->name,
			 opt->arg ? " " : "", opt->arg ? opt->arg : "");
		printf("  %-24s %s\n", left, opt->help);
	}
}

void vs_help(void)
{
	const struct vs_exit_meaning *e;
	size_t i;

	printf("usage: vfioscope COMMAND [options] [-- PROGRAM ARGS…]\n\n"
	       "Observe KVM and VFIO in the kernel: is every device opened after its group is\n"
	       "registered with its VM?\n\nCommands:\n");
	for (i = 0; i < VS_COMMAND_COUNT; i++)
		printf("  %-9s %s\n", vs_commands[i].name, vs_commands[i].summary);
	printf("\n'vfioscope COMMAND --help' lists the options of a command.\n\n");
	print_options(vs_no_command.options);
	printf("\nExit codes:\n");
	for (e = vs_exit_meanings; e->summary; e++)
		printf("  %d  %s\n", e->code, e->summary);
}

void vs_help_command(const struct vs_command *cmd)
{
	printf("usage: vfioscope %s [options]", cmd->name);
	if (cmd->operands)
		printf(" %s", cmd->operands);
	if (cmd->program)
		printf(" [-- PROGRAM ARGS…]");
	printf("\n\n%s\n\n", cmd->summary);
	print_options(cmd->options);
	if (cmd->program)
		printf("\nWith a PROGRAM: attach, start it, observe it and its children, and stop "
		       "when it ends;\nits stdout goes to stderr. Without one: observe all "
		       "processes until Ctrl-C.\n");
}
