// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fills the templates of the man page and of the bash completion from the tables
 * of commands, options and rules. Runs when the tool is built, and is not in it.
 *
 * usage: gendoc TEMPLATE
 *
 * In a template the lines .\" @NAME@ and # @NAME@ stand for the part of that name.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../user/core/rules/rules.h"
#include "../user/cli/commands.h"

/* The table of commands names them; nothing runs them here. */
#define CANNOT_RUN(ID, name)                             \
	enum vs_exit vs_cmd_##name(struct vs_options *o) \
	{                                                \
		(void)o;                                 \
		return VS_EXIT_ERROR;                    \
	}
VS_COMMANDS(CANNOT_RUN)

/* "Fl v | Fl -verbose", "Fl -pid Ar PID" */
static void man_option(const struct vs_option *opt, const char *between)
{
	if (opt->letter)
		printf("Fl %c %s ", opt->letter, between);
	printf("Fl -%s", opt->name);
	if (opt->arg)
		printf(" Ar %s", opt->arg);
}

/* "[RULE] FILE" as ".Op Ar RULE" and ".Ar FILE" */
static void man_operands(const char *operands)
{
	while (operands && *operands) {
		bool optional = *operands == '[';
		const char *name = operands + optional;
		size_t len = strcspn(name, " ]");

		printf(".%sAr %.*s\n", optional ? "Op " : "", (int)len, name);
		operands = name + len;
		operands += strspn(operands, " ]");
	}
}

static void man_synopsis(void)
{
	const struct vs_command *cmd;
	int i;

	for (cmd = vs_commands; cmd < vs_commands + VS_COMMAND_COUNT; cmd++) {
		printf(".Nm\n.Cm %s\n", cmd->name);
		VS_FOREACH_OPTION(i, cmd->options & ~VS_OPT(HELP)) {
			printf(".Op ");
			man_option(&vs_option_table[i], "|");
			printf("\n");
		}
		man_operands(cmd->operands);
		if (cmd->program)
			printf(".Op Fl - Ar PROGRAM Op Ar ARGS ...\n");
	}
	VS_FOREACH_OPTION(i, vs_no_command.options) {
		printf(".Nm\n%s.", vs_commands[0].options & 1ULL << i ? ".Op Ar COMMAND\n" : "");
		man_option(&vs_option_table[i], "|");
		printf("\n");
	}
}

static void man_commands(void)
{
	const struct vs_command *cmd;

	for (cmd = vs_commands; cmd < vs_commands + VS_COMMAND_COUNT; cmd++)
		printf(".It Cm %s\n%s\n", cmd->name, cmd->man);
}

static void man_options(void)
{
	int i;

	VS_FOREACH_OPTION(i, ~0ULL) {
		printf(".It ");
		man_option(&vs_option_table[i], ",");
		printf("\n%s\n", vs_option_table[i].man);
	}
}

static void man_exit_status(void)
{
	const struct vs_exit_meaning *e;

	for (e = vs_exit_meanings; e->summary; e++)
		printf(".It %d\n%s\n", e->code, e->man);
}

/* Text for people, as roff: each sentence begins a line. */
static void man_prose(const char *text)
{
	for (; *text; text++) {
		if (*text == '\\')
			printf("\\e");
		else if (!strncmp(text, "--", 2) && text++)
			printf("\\-\\-");
		else if (!strncmp(text, ". ", 2) && text++)
			printf(".\n\\&");
		else
			putchar(*text);
	}
	printf("\n");
}

static void man_rules(void)
{
	const struct vs_rule *r;

	for (r = vs_rules; r < vs_rules + VS_RULE_COUNT; r++) {
		printf(".It Sy %s Pq %s%s\n", r->name, r->by_driver ? "error or " : "",
		       vs_severity_name(r->severity));
		man_prose(r->fires);
		if (r->breaks_order)
			printf("The verdict is\n.Sy violation .\n");
	}
}

static void bash_options(uint64_t options)
{
	const char *space = "";
	int i;

	VS_FOREACH_OPTION(i, options) {
		printf("%s--%s", space, vs_option_table[i].name);
		space = " ";
	}
}

static void bash_values(const char *(*value)(size_t i))
{
	size_t i;

	for (i = 0; value(i); i++)
		printf("%s%s", i ? " " : "", value(i));
}

/* In "case $option in": the values of each option that takes one. */
static void bash_option_values(void)
{
	int i;

	VS_FOREACH_OPTION(i, ~0ULL) {
		if (!vs_option_table[i].arg)
			continue;
		printf("\t--%s)", vs_option_table[i].name);
		if (vs_option_table[i].value) {
			printf(" words='");
			bash_values(vs_option_table[i].value);
			printf("'");
		}
		printf(" ;;\n");
	}
}

/* In "case $command in": what each command takes, and what comes instead of a command. */
static void bash_command_words(void)
{
	const struct vs_command *cmd;

	printf("\t\t'')\n\t\t\twords='");
	for (cmd = vs_commands; cmd < vs_commands + VS_COMMAND_COUNT; cmd++)
		printf("%s ", cmd->name);
	bash_options(vs_no_command.options);
	printf("'\n\t\t\t;;\n");
	for (cmd = vs_commands; cmd < vs_commands + VS_COMMAND_COUNT; cmd++) {
		printf("\t\t%s)\n\t\t\twords='", cmd->name);
		if (cmd->operand) {
			bash_values(cmd->operand);
			printf(" ");
		}
		bash_options(cmd->options);
		printf("%s'\n\t\t\t;;\n", cmd->program ? " --" : "");
	}
}

static const struct {
	const char *name;
	void (*print)(void);
} parts[] = {
	{ "SYNOPSIS", man_synopsis },
	{ "RULES", man_rules },
	{ "COMMANDS", man_commands },
	{ "OPTIONS", man_options },
	{ "EXIT STATUS", man_exit_status },
	{ "OPTION VALUES", bash_option_values },
	{ "COMMAND WORDS", bash_command_words },
};

#define PART_COUNT (sizeof(parts) / sizeof(parts[0]))

/* Return: 0, or -EINVAL if there is no such part. */
static int print_part(const char *name)
{
	size_t i;

	for (i = 0; i < PART_COUNT; i++) {
		if (strcmp(parts[i].name, name))
			continue;
		parts[i].print();
		return 0;
	}
	fprintf(stderr, "gendoc: there is no part '%s'\n", name);
	return -EINVAL;
}

static int fill(FILE *template)
{
	char line[1024], name[32];
	int err = 0;

	while (!err && fgets(line, sizeof(line), template)) {
		if (sscanf(line, " .\\\" @%31[A-Z ]@", name) == 1 ||
		    sscanf(line, " # @%31[A-Z ]@", name) == 1)
			err = print_part(name);
		else
			fputs(line, stdout);
	}
	return err;
}

/* A command that has an id and no row would be known by nobody. */
static int check_tables(void)
{
	size_t i;

	for (i = 0; i < VS_COMMAND_COUNT; i++) {
		if (vs_commands[i].name)
			continue;
		fprintf(stderr, "gendoc: command %zu has no row in vs_commands[]\n", i);
		return -EINVAL;
	}
	return 0;
}

int main(int argc, char **argv)
{
	FILE *template;
	int err;

	if (argc != 2) {
		fprintf(stderr, "usage: gendoc TEMPLATE\n");
		return VS_EXIT_USAGE;
	}
	err = check_tables();
	if (err)
		return VS_EXIT_ERROR;
	template = fopen(argv[1], "re");
	if (!template) {
		fprintf(stderr, "gendoc: cannot open '%s': %s\n", argv[1], strerror(errno));
		return VS_EXIT_ERROR;
	}
	err = fill(template);
	fclose(template);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "gendoc: cannot write to stdout\n");
		err = -EIO;
	}
	return err ? VS_EXIT_ERROR : VS_EXIT_OK;
}
