// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "../core/rules/drivers.h"
#include "../core/rules/rules.h"
#include "../view/view.h"
#include "cli.h"
#include "words.h"

#define LABEL 12
#define WIDTH 98

static void section(const char *label, const char *text)
{
	printf("  %-*s", LABEL - 2, label);
	vs_print_wrapped(stdout, LABEL, WIDTH, text);
}

static void print_driver(const struct vs_driver *d)
{
	printf("%s%s%s", d->name ? d->name : "any other driver", d->arch ? " on " : "",
	       d->arch ? d->arch : "");
}

/* Drivers with the same harm are neighbours in the table: print it once for all of them. */
static const struct vs_driver *print_harm(const struct vs_driver *d)
{
	for (print_driver(d); d->name && d[1].harm == d->harm; print_driver(++d))
		printf(", ");
	printf(" (%s):\n%*s", vs_severity_name(d->needs_kvm ? VS_ERROR : VS_WARNING), LABEL + 2,
	       "");
	vs_print_wrapped(stdout, LABEL + 2, WIDTH, d->harm);
	return d;
}

static void harm_by_driver(void)
{
	const struct vs_driver *d;

	printf("  %-*s", LABEL - 2, "harm");
	for (d = print_harm(vs_drivers); d->name; d = print_harm(d + 1))
		printf("%*s", LABEL, "");
}

static void explain(const struct vs_rule *r)
{
	printf("%s: %s\n\n", r->name, r->title);
	section("severity", r->by_driver ?
				    "error if the driver needs the kvm pointer, else warning" :
				    vs_severity_name(r->severity));
	section("fires", r->fires);
	section("why", r->kernel);
	if (r->by_driver)
		harm_by_driver();
	else
		section("harm", r->harm);
	section("fix", r->fix);
	section("see", r->reference);
}

static void list(void)
{
	const struct vs_rule *r;
	char severity[16];

	for (r = vs_rules; r < vs_rules + VS_RULE_COUNT; r++) {
		snprintf(severity, sizeof(severity), "%s%s", r->by_driver ? "error/" : "",
			 vs_severity_name(r->severity));
		printf("%-19s %-14s %s\n", r->name, severity, r->title);
	}
}

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
		list();
		return VS_EXIT_OK;
	}
	rule = vs_rule_find(o->operands[0]);
	if (!rule) {
		say_unknown(o->operands[0]);
		return VS_EXIT_USAGE;
	}
	explain(rule);
	return VS_EXIT_OK;
}
