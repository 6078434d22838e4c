// SPDX-License-Identifier: GPL-2.0-only
/* doctor's report for people. */
#include <stdio.h>
#include <string.h>

#include "../core/plan/report.h"
#include "view.h"

/* A column of titles. */
#define TITLE 14

static const char *yes_no(bool yes)
{
	return yes ? "yes" : "no";
}

static const char *iommufd_says(const struct vs_report *r)
{
	if (r->iommufd)
		return "yes (/dev/iommu)";
	return r->iommufd_known ? "not loaded: modprobe iommufd" :
				  "no: use containers (/dev/vfio/vfio); it needs CONFIG_IOMMUFD";
}

static const char *cdev_says(const struct vs_report *r)
{
	return r->cdev ? "yes (/dev/vfio/devices)" :
			 "no: use groups (/dev/vfio/N); it needs CONFIG_VFIO_DEVICE_CDEV";
}

static const char *fentry_says(const struct vs_report *r)
{
	if (r->fentry_errno)
		return strerrorname_np(r->fentry_errno);
	return r->direct_calls ?
		       "allowed" :
		       "no: the kernel cannot attach to functions this way (direct calls)";
}

static void print_host(FILE *f, const struct vs_report *r)
{
	fprintf(f, "kernel        %s (%s)\n", r->release, r->arch);
	fprintf(f, "privilege     %s\n", r->privilege ? "sufficient" : "not sufficient");
	fprintf(f, "lockdown      %s\n", r->lockdown ? r->lockdown : "unknown");
	fprintf(f, "kernel BTF    %s\n", yes_no(r->btf));
	fprintf(f, "fentry        %s\n", fentry_says(r));
	fprintf(f, "kprobes       %s\n",
		r->kprobe_errno ? strerrorname_np(r->kprobe_errno) : "allowed");
	fprintf(f, "preemption    %s\n",
		r->preempts ?
			"full or lazy: auto uses kprobes, as the kernel could skip fentry programs" :
			"none or voluntary");
	fprintf(f, "kvm present   %s\n", yes_no(r->kvm));
	fprintf(f, "vfio present  %s\n", yes_no(r->vfio));
	fprintf(f, "iommufd       %s\n", iommufd_says(r));
	fprintf(f, "device cdev   %s\n", cdev_says(r));
}

static void print_sites(FILE *f, const struct vs_plan *plan)
{
	size_t i;

	fprintf(f, "\n%-18s %-10s %s\n", "SITE", "ATTACHED",
		"FUNCTION, OR WHAT IS LOST WITHOUT IT");
	for (i = 0; i < VS_SITE_COUNT; i++) {
		const struct vs_plan_site *ps = &plan->site[i];

		if (ps->method)
			fprintf(f, "%-18s %-10s %s\n", vs_sites[i].name, vs_method_name(ps->method),
				vs_plan_function(plan, i));
		else if (ps->wanted)
			fprintf(f, "%-18s %-10s %s (%s)\n", vs_sites[i].name, "missing",
				vs_sites[i].without, ps->why);
		else
			fprintf(f, "%-18s %-10s %s\n", vs_sites[i].name, "absent", ps->why);
	}
}

static void print_line(FILE *f, const char *title, const char *text)
{
	fprintf(f, "%-*s", TITLE, title);
	vs_print_wrapped(f, TITLE, text);
}

static void print_limits(FILE *f, const struct vs_plan *plan)
{
	const char *limits;
	size_t i;

	for (i = 0; i < VS_SITE_COUNT; i++) {
		limits = vs_plan_limits(plan, i);
		if (!limits)
			continue;
		fprintf(f, "\n");
		print_line(f, "limits", limits);
	}
}

/* "a, b": a word more, cut if there is no room. */
static void list_add(char *list, size_t size, const char *word)
{
	size_t used = strlen(list);

	snprintf(list + used, size - used, "%s%s", used ? ", " : "", word);
}

static void print_rules(FILE *f, const char *title, vs_rule_set rules, const char *meaning)
{
	char list[1024] = "";
	int i;

	for (i = 0; i < VS_RULE_COUNT; i++)
		if (rules & VS_RULE_BIT(i))
			list_add(list, sizeof(list), vs_rules[i].name);
	if (!*list)
		return;
	fprintf(f, "\n");
	print_line(f, title, list);
	print_line(f, "", meaning);
}

/* fentry takes a reference on the modules of its functions, a kprobe does not. */
static void print_pinned(FILE *f, const struct vs_report *r)
{
	char list[1024] = "", text[1280];
	size_t i;

	for (i = 0; i < r->pinned_count; i++)
		list_add(list, sizeof(list), r->pinned[i]);
	if (!*list)
		return;
	snprintf(text, sizeof(text),
		 "While vfioscope is attached, these modules cannot be unloaded: %s. With --probe "
		 "kprobe they can; vfioscope re-attaches when they are loaded again.",
		 list);
	fprintf(f, "\n");
	vs_print_wrapped(f, 0, text);
}

static void print_verdict(FILE *f, const struct vs_report *r)
{
	if (vs_report_can_observe(r))
		fprintf(f, "this host can be observed\n\n");
	else
		fprintf(f, "cannot observe this host: %s\n\n",
			r->obstacle_count ? r->obstacles[0].what : r->failure);
}

void vs_print_report(FILE *f, const struct vs_report *r)
{
	size_t i;

	print_verdict(f, r);
	print_host(f, r);
	for (i = 0; i < r->obstacle_count; i++) {
		fprintf(f, "\n");
		print_line(f, "problem", r->obstacles[i].what);
		print_line(f, "  impact", r->obstacles[i].means);
		print_line(f, "  fix", r->obstacles[i].todo);
	}
	/* Without kvm and vfio all sites are missing: the obstacles say so. */
	if (r->kvm && r->vfio)
		print_sites(f, r->plan);
	if (!vs_report_can_observe(r))
		return;
	print_limits(f, r->plan);
	print_rules(f, "silent rules", vs_plan_silent(r->plan),
		    "These miss some or all cases here; verdicts that depend on them are unknown.");
	print_rules(f, "inapplicable", vs_plan_inapplicable(r->plan),
		    "These are about what this machine does not have, and never fire here.");
	print_pinned(f, r);
}
