// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "parse.h"
#include "words.h"

#define SENTENCE 512

/* getopt_long() calls a long option by this plus its id. */
#define LONG_BASE 256

/* " audit": what follows the tool's name in a hint. */
#define SPACE_NAME(cmd) *(cmd)->name ? " " : "", (cmd)->name

static void fill_getopt(const struct vs_command *cmd, struct option *longs, char *shorts)
{
	int i;

	/* '+': stop at the first operand; ':': report a missing value as such. */
	*shorts++ = '+';
	*shorts++ = ':';
	VS_FOREACH_OPTION(i, cmd->options) {
		*longs++ = (struct option){
			.name = vs_option_table[i].name,
			.has_arg = vs_option_table[i].arg ? required_argument : no_argument,
			.val = LONG_BASE + i,
		};
		if (vs_option_table[i].letter)
			*shorts++ = vs_option_table[i].letter;
	}
	*shorts = '\0';
	memset(longs, 0, sizeof(*longs));
}

/* What getopt_long() returned, as an enum vs_option_id; -1 if it is none. */
static int option_id(int c)
{
	int i;

	if (c >= LONG_BASE)
		return c - LONG_BASE;
	for (i = 0; i < VS_OPT_COUNT; i++)
		if (vs_option_table[i].letter && vs_option_table[i].letter == c)
			return i;
	return -1;
}

/* The commands that have an option of this name. */
static void find_owners(struct vs_words *owners, const char *name)
{
	int c, i;

	for (c = 0; c < VS_COMMAND_COUNT; c++)
		VS_FOREACH_OPTION(i, vs_commands[c].options)
			if (!strcmp(vs_option_table[i].name, name))
				vs_words_add(owners, vs_commands[c].name);
}

/* An argument that begins with "-" and is no option of the command. */
static void say_unknown_option(const struct vs_command *cmd, const char *arg)
{
	struct vs_words all = { .count = 0 }, similar = { .count = 0 }, owners = { .count = 0 };
	char name[64] = "", list[SENTENCE], hint[SENTENCE];
	const char *letters = arg + strspn(arg, "-");
	bool is_long = arg[1] == '-';
	size_t len = strcspn(letters, "=");
	int i;

	if (len < sizeof(name))
		memcpy(name, letters, len);
	VS_FOREACH_OPTION(i, cmd->options) {
		vs_words_add(&all, vs_option_table[i].name);
		if (is_long && *name && !strncmp(vs_option_table[i].name, name, len))
			vs_words_add(&similar, vs_option_table[i].name);
	}
	if (is_long)
		find_owners(&owners, name);
	if (similar.count)
		vs_say("ambiguous option '%s': expected %s", arg,
		       vs_words_list(&similar, "--", list, sizeof(list)));
	else if (owners.count && !*cmd->name)
		vs_say("option '%s' must follow its command: %s", arg,
		       vs_words_list(&owners, "", list, sizeof(list)));
	else if (owners.count)
		vs_say("option '%s' belongs to %s, not to %s", arg,
		       vs_words_list(&owners, "", list, sizeof(list)), cmd->name);
	else
		vs_say("unknown option '%s'%s; 'vfioscope%s%s --help' lists all options", arg,
		       vs_words_hint(&all, "--", name, hint, sizeof(hint)), SPACE_NAME(cmd));
}

/* The values that an option lists. */
static void find_values(struct vs_words *good, const struct vs_option *opt)
{
	size_t i;

	for (i = 0; opt->value && opt->value(i); i++)
		vs_words_add(good, opt->value(i));
}

static const char *expected(const struct vs_option *opt, char *list, size_t size)
{
	struct vs_words good = { .count = 0 };

	if (opt->expected)
		return opt->expected;
	find_values(&good, opt);
	return vs_words_list(&good, "", list, size);
}

static void say_bad_value(const struct vs_option *opt, const char *value)
{
	struct vs_words good = { .count = 0 };
	char list[SENTENCE], hint[SENTENCE];

	find_values(&good, opt);
	vs_say("invalid value '%s' for --%s%s; expected %s", value, opt->name,
	       vs_words_hint(&good, "", value, hint, sizeof(hint)),
	       expected(opt, list, sizeof(list)));
}

static void say_missing_value(const struct vs_option *opt)
{
	char list[SENTENCE];

	vs_say("option --%s needs a value: %s", opt->name, expected(opt, list, sizeof(list)));
}

/* Return: index of the first operand, or -EINVAL. */
static int parse_options(struct vs_options *o, const struct vs_command *cmd, int argc, char **argv)
{
	struct option longs[VS_OPT_COUNT + 1];
	char shorts[VS_OPT_COUNT + 3];
	int c, at, id;

	fill_getopt(cmd, longs, shorts);
	opterr = 0;
	optind = 1;
	/* optind stays at a cluster of letters until its last one. */
	while (at = optind, (c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		id = option_id(c == ':' || c == '?' ? optopt : c);
		if (c == ':') {
			say_missing_value(&vs_option_table[id]);
			return -EINVAL;
		}
		if (c == '?' && optopt >= LONG_BASE) {
			vs_say("option --%s takes no value", vs_option_table[id].name);
			return -EINVAL;
		}
		if (c == '?') {
			say_unknown_option(cmd, argv[at]);
			return -EINVAL;
		}
		if (vs_option_set(o, id, optarg)) {
			say_bad_value(&vs_option_table[id], optarg);
			return -EINVAL;
		}
	}
	return optind;
}

static int parse_operands(struct vs_options *o, const struct vs_command *cmd, int count,
			  char **operands)
{
	o->operands = operands;
	o->operand_count = count;
	if (count <= cmd->operand_max)
		return 0;
	if (cmd->program)
		vs_say("unexpected argument '%s' (to run a program: vfioscope %s -- %s)",
		       operands[0], cmd->name, operands[0]);
	else
		vs_say("unexpected argument '%s'; expected: vfioscope%s%s [options]%s%s",
		       operands[cmd->operand_max], SPACE_NAME(cmd), cmd->operands ? " " : "",
		       cmd->operands ? cmd->operands : "");
	return -EINVAL;
}

static int parse_program(struct vs_options *o, const struct vs_command *cmd, char **program)
{
	size_t i;

	if (!cmd->program) {
		for (i = 0; !vs_commands[i].program; i++)
			;
		vs_say("unexpected '--' (to run a program: vfioscope %s -- %s)",
		       vs_commands[i].name, *program ? *program : "PROGRAM");
		return -EINVAL;
	}
	if (!*program) {
		vs_say("no program after --; expected: vfioscope %s -- PROGRAM ARGS…", cmd->name);
		return -EINVAL;
	}
	o->program = program;
	return 0;
}

int vs_parse_arguments(struct vs_options *o, const struct vs_command *cmd, int argc, char **argv)
{
	int n, end, err;

	vs_options_init(o);
	for (end = 1; end < argc && strcmp(argv[end], "--"); end++)
		;
	if (end < argc) {
		err = parse_program(o, cmd, &argv[end + 1]);
		if (err)
			return err;
	}
	n = parse_options(o, cmd, end, argv);
	return n < 0 ? n : parse_operands(o, cmd, end - n, argv + n);
}

const struct vs_command *vs_parse_command(const char *name)
{
	const struct vs_command *cmd = vs_command_find(name);
	struct vs_words all = { .count = 0 };
	char list[SENTENCE], hint[SENTENCE];
	size_t i;

	if (cmd)
		return cmd;
	for (i = 0; i < VS_COMMAND_COUNT; i++)
		vs_words_add(&all, vs_commands[i].name);
	vs_say("unknown command '%s'%s; expected %s", name,
	       vs_words_hint(&all, "", name, hint, sizeof(hint)),
	       vs_words_list(&all, "", list, sizeof(list)));
	return NULL;
}
