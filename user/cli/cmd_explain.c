// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "../core/rules.h"
#include "../out/out.h"
#include "cli.h"

static void section(const char *label, const char *text)
{
	printf("  %-10s", label);
	vs_print_wrapped(stdout, 12, 98, text);
}

static void explain(const struct vs_rule *r)
{
	printf("%s: %s\n\n", r->name, r->title);
	section("severity", "error if the driver needs the kvm pointer, else warning");
	section("fires", r->fires);
	section("why", r->kernel);
	section("fix", r->fix);
	section("see", r->reference);
}

enum vs_exit vs_cmd_explain(struct vs_options *o)
{
	const struct vs_rule *rule;
	int i;

	if (!o->rule) {
		for (i = 0; i < VS_RULE_COUNT; i++)
			printf("%-18s %s\n", vs_rules[i].name, vs_rules[i].title);
		return VS_EXIT_OK;
	}
	rule = vs_rule_find(o->rule);
	if (!rule) {
		vs_say("there is no rule '%s'; vfioscope explain lists them all", o->rule);
		return VS_EXIT_USAGE;
	}
	explain(rule);
	return VS_EXIT_OK;
}
