// SPDX-License-Identifier: GPL-2.0-only
/* Rules for people: one whole, or all in a line each. */
#include <stdio.h>

#include "../core/rules/drivers.h"
#include "../core/rules/rules.h"
#include "view.h"

#define LABEL 12

static void section(FILE *f, const char *label, const char *text)
{
	fprintf(f, "  %-*s", LABEL - 2, label);
	vs_print_wrapped(f, LABEL, text);
}

static void print_driver(FILE *f, const struct vs_driver *d)
{
	fprintf(f, "%s%s%s", d->name ? d->name : "any other driver", d->arch ? " on " : "",
		d->arch ? d->arch : "");
}

/* Drivers with the same harm are neighbours in the table: print it once for all of them. */
static const struct vs_driver *print_harm(FILE *f, const struct vs_driver *d)
{
	for (print_driver(f, d); d->name && d[1].harm == d->harm; print_driver(f, ++d))
		fprintf(f, ", ");
	fprintf(f, " (%s):\n%*s", vs_severity_name(d->needs_kvm ? VS_ERROR : VS_WARNING), LABEL + 2,
		"");
	vs_print_wrapped(f, LABEL + 2, d->harm);
	return d;
}

static void harm_by_driver(FILE *f)
{
	const struct vs_driver *d;

	fprintf(f, "  %-*s", LABEL - 2, "harm");
	for (d = print_harm(f, vs_drivers); d->name; d = print_harm(f, d + 1))
		fprintf(f, "%*s", LABEL, "");
}

void vs_print_rule(FILE *f, const struct vs_rule *r)
{
	fprintf(f, "%s: %s\n\n", r->name, r->title);
	section(f, "severity",
		r->by_driver ? "error if the driver needs the kvm pointer, else warning" :
			       vs_severity_name(r->severity));
	section(f, "fires", r->fires);
	section(f, "why", r->kernel);
	if (r->by_driver)
		harm_by_driver(f);
	else
		section(f, "harm", r->harm);
	section(f, "fix", r->fix);
	section(f, "see", r->reference);
}

void vs_print_rules(FILE *f)
{
	const struct vs_rule *r;
	char severity[16];

	for (r = vs_rules; r < vs_rules + VS_RULE_COUNT; r++) {
		snprintf(severity, sizeof(severity), "%s%s", r->by_driver ? "error/" : "",
			 vs_severity_name(r->severity));
		fprintf(f, "%-19s %-14s %s\n", r->name, severity, r->title);
	}
}
