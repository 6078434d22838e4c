// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "../core/rules/rules.h"
#include "../view/view.h"
#include "cli.h"
#include "words.h"

static void say_unknown(const char *name)
{
	struct vs_words all = { .count = 0 };
	char hint[96];
	int i;

	for (i = 0; i < VS_RULE_COUNT; i++)
		vs_words_add(&all, vs_rules[i].name);
	vs_say("unknown rule '%s'%s; 'vfioscope explain' lists all rules", name,
	       vs_words_hint(&all, "", name, hint, sizeof(hint)));
}

enum vs_exit vs_cmd_explain(struct vs_options *o)
{
	const struct vs_rule *rule;

	if (!o->operand_count) {
		vs_print_rules(stdout);
		return VS_EXIT_OK;
	}
	rule = vs_rule_find(o->operands[0]);
	if (!rule) {
		say_unknown(o->operands[0]);
		return VS_EXIT_USAGE;
	}
	vs_print_rule(stdout, rule);
	return VS_EXIT_OK;
}
