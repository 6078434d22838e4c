// SPDX-License-Identifier: GPL-2.0-only
/* doctor's report for people. */
#include <stdio.h>
#include <string.h>

#include "../core/passthrough/host.h"
#include "../core/plan/report.h"
#include "view.h"

static const char *yes_no(bool yes)
{
	return yes ? "yes" : "no";
}

static const char *iommufd_says(const struct vs_report *r)
{
	if (r->iommufd)
		return "yes (/dev/iommu)";
	switch (r->iommufd_known) {
	case VS_FACT_YES:
		return "not loaded: modprobe iommufd";
	case VS_FACT_NO:
		return "no: use containers (/dev/vfio/vfio); it needs CONFIG_IOMMUFD";
	default:
		return "not loaded; whether this kernel has it cannot be seen from here (no "
		       "/lib/modules)";
	}
}

static const char *cdev_says(const struct vs_report *r)
{
	if (r->cdev)
		return "yes (/dev/vfio/devices)";
	return r->vfio ? "no: use groups (/dev/vfio/N); it needs CONFIG_VFIO_DEVICE_CDEV" :
			 "not known until vfio is loaded";
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

static void print_iommu(FILE *f, const struct vs_passthrough *p)
{
	char text[512];
	struct vs_text t;

	if (p->iommu) {
		fprintf(f, "iommu         on, %u %s\n", p->groups,
			p->groups == 1 ? "group" : "groups");
		return;
	}
	vs_text_init(&t, text, sizeof(text));
	vs_put(&t, "off: ");
	vs_iommu_advice(&t, p);
	vs_print_titled(f, "iommu", text);
}

/* Elsewhere it is not seen, or a matter of course. */
static void print_remapping(FILE *f, const struct vs_passthrough *p)
{
	static const char *const says[] = {
		[VS_FACT_UNKNOWN] = "unknown: /proc/interrupts does not tell",
		[VS_FACT_NO] = "off: a device cannot be given to a VM without it, unless "
			       "allow_unsafe_interrupts is set",
		[VS_FACT_YES] = "on",
	};

	if (p->arch == VS_ARCH_X86)
		vs_print_titled(f, "irq remapping", says[p->remapping]);
}

/* All that are there, and a line for each whose value matters. */
static void print_parameters(FILE *f, const struct vs_passthrough *p)
{
	char text[1024] = "", value[VS_ESCAPED(sizeof(p->param[0]))];
	const char *module = "";
	size_t i, used;

	for (i = 0; i < VS_PARAM_COUNT; i++) {
		if (!*p->param[i])
			continue;
		used = strlen(text);
		if (strcmp(module, vs_param_names[i].module))
			used += (size_t)snprintf(text + used, sizeof(text) - used,
						 "%s%s:", used ? "; " : "",
						 vs_param_names[i].module);
		module = vs_param_names[i].module;
		snprintf(text + used, sizeof(text) - used, " %s=%s", vs_param_names[i].name,
			 vs_escape(value, sizeof(value), p->param[i]));
	}
	if (*text)
		vs_print_titled(f, "parameters", text);
	for (i = 0; i < VS_PARAM_COUNT; i++) {
		if (!vs_param_says(p, i))
			continue;
		snprintf(text, sizeof(text), "%s.%s=%s: %s", vs_param_names[i].module,
			 vs_param_names[i].name, vs_escape(value, sizeof(value), p->param[i]),
			 vs_param_says(p, i));
		vs_print_titled(f, "", text);
	}
}

static void print_passthrough(FILE *f, const struct vs_passthrough *p)
{
	print_iommu(f, p);
	print_remapping(f, p);
	print_parameters(f, p);
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

static void print_limits(FILE *f, const struct vs_plan *plan)
{
	const char *limits;
	size_t i;

	for (i = 0; i < VS_SITE_COUNT; i++) {
		limits = vs_plan_limits(plan, i);
		if (!limits)
			continue;
		fprintf(f, "\n");
		vs_print_titled(f, "limits", limits);
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
	vs_print_titled(f, title, list);
	vs_print_titled(f, "", meaning);
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
	if (r->passthrough)
		print_passthrough(f, r->passthrough);
	for (i = 0; i < r->obstacle_count; i++) {
		fprintf(f, "\n");
		vs_print_titled(f, "problem", r->obstacles[i].what);
		vs_print_titled(f, "  impact", r->obstacles[i].means);
		vs_print_titled(f, "  fix", r->obstacles[i].todo);
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
