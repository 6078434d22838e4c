// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../capture/live.h"
#include "../view/jsonw.h"
#include "../view/view.h"
#include "watch.h"

struct diagnosis {
	struct vs_host host;
	struct vs_plan plan;
	struct vs_obstacle obstacles[VS_OBSTACLES_MAX];
	size_t count;
	int attach_err; /* of the trial attach, 0 if it worked or was not made */
};

/* The proof of attachability is attaching: all of it, disarmed, and off again. */
static int diagnose(struct diagnosis *d, const struct vs_options *o)
{
	const struct vs_policy policy = {
		.ask = vs_ask_doctor,
		.probe = o->probe,
		.without = o->without,
		.lacks = o->lacks,
	};
	const struct vs_live_config config = { .follow = true };
	struct vs_live *live = NULL;
	int err = vs_host_inspect(&d->host);

	if (err)
		return err;
	vs_plan_make(&d->plan, &d->host.facts, &policy);
	d->count = vs_host_obstacles(&d->host, &d->plan, d->obstacles);
	if (d->count)
		return 0;
	d->attach_err = vs_live_open(&live, &d->host, &policy, &d->plan, &config);
	vs_live_close(live);
	d->count = vs_host_obstacles(&d->host, &d->plan, d->obstacles);
	return 0;
}

static bool can_observe(const struct diagnosis *d)
{
	return !d->count && !d->attach_err;
}

static const char *yes_no(bool yes)
{
	return yes ? "yes" : "no";
}

/* For one that has no name there is its number. */
static const char *error_name(int err)
{
	const char *name = strerrorname_np(-err);

	return name ? name : strerror(-err);
}

static void text_host(const struct vs_host *h)
{
	printf("kernel        %s (%s)\n", h->release, h->arch);
	printf("privilege     %s\n", h->root_caps ? "sufficient" : "not sufficient");
	printf("lockdown      %s\n", *h->lockdown ? h->lockdown : "not known");
	printf("kernel BTF    %s\n", yes_no(h->types.vmlinux));
	printf("fentry        %s\n",
	       h->fentry_errno ? strerrorname_np(h->fentry_errno) : "allowed");
	printf("kprobes       %s\n",
	       h->kprobe_errno ? strerrorname_np(h->kprobe_errno) : "allowed");
	printf("preemption    %s\n",
	       h->facts.preempt == VS_FACT_YES ?
		       "full or lazy: kprobes, as tracing programs could be skipped" :
		       "none or voluntary");
	printf("kvm present   %s\n", yes_no(h->kvm));
	printf("vfio present  %s\n", yes_no(h->vfio));
}

static void text_sites(const struct vs_plan *plan)
{
	size_t i;

	printf("\n%-18s %-10s %s\n", "SITE", "ATTACHED", "FUNCTION, OR WHAT IS LOST WITHOUT IT");
	for (i = 0; i < VS_SITE_COUNT; i++) {
		const struct vs_plan_site *ps = &plan->site[i];

		if (ps->method)
			printf("%-18s %-10s %s\n", vs_sites[i].name, vs_method_name(ps->method),
			       vs_plan_function(plan, i));
		else if (ps->wanted)
			printf("%-18s %-10s %s (%s)\n", vs_sites[i].name, "missing",
			       vs_sites[i].without, ps->why);
		else
			printf("%-18s %-10s %s\n", vs_sites[i].name, "absent", ps->why);
	}
}

static void text_limits(const struct vs_plan *plan)
{
	const char *limits;
	size_t i;

	for (i = 0; i < VS_SITE_COUNT; i++) {
		limits = vs_plan_limits(plan, i);
		if (!limits)
			continue;
		printf("\nlimits        ");
		vs_print_wrapped(stdout, 14, 98, limits);
	}
}

static void text_rules(const char *title, vs_rule_set rules, const char *meaning)
{
	char list[512] = "";
	int i;

	for (i = 0; i < VS_RULE_COUNT; i++)
		if (rules & VS_RULE_BIT(i))
			snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s",
				 *list ? ", " : "", vs_rules[i].name);
	if (!*list)
		return;
	printf("\n%-14s", title);
	vs_print_wrapped(stdout, 14, 98, list);
	printf("%-14s", "");
	vs_print_wrapped(stdout, 14, 98, meaning);
}

/* fentry holds the modules of its functions, a kprobe does not. */
static void text_modules(const struct vs_plan *plan)
{
	char list[64] = "";
	size_t i;

	for (i = 0; i < VS_SITE_COUNT; i++) {
		const char *module = vs_sites[i].module;
		const struct vs_plan_site *ps = &plan->site[i];

		if (ps->method == VS_METHOD_FENTRY && !vs_sites[i].way[ps->way].in_kernel &&
		    vs_host_module_live(module) && !strstr(list, module))
			snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s",
				 *list ? ", " : "", module);
	}
	if (*list)
		printf("\nWhile vfioscope is attached, these modules can not be unloaded: %s. With "
		       "--probe kprobe\nthey can; it attaches again when they come back.\n",
		       list);
}

static void text_report(const struct diagnosis *d)
{
	size_t i;

	if (can_observe(d))
		printf("this host can be observed\n\n");
	else if (d->count)
		printf("this host can not be observed: %s\n\n", d->obstacles[0].what);
	else if (*d->host.refused.program)
		printf("this host can not be observed: the kernel refused the program %s: %s\n\n",
		       d->host.refused.program, error_name(d->attach_err));
	else
		printf("this host can not be observed: loading the probes failed: %s\n\n",
		       error_name(d->attach_err));
	text_host(&d->host);
	for (i = 0; i < d->count; i++) {
		printf("\nmissing       ");
		vs_print_wrapped(stdout, 14, 98, d->obstacles[i].what);
		printf("  that means  ");
		vs_print_wrapped(stdout, 14, 98, d->obstacles[i].means);
		printf("  what to do  ");
		vs_print_wrapped(stdout, 14, 98, d->obstacles[i].todo);
	}
	/* Without kvm and vfio every site would be missing: nothing to tell. */
	if (d->host.kvm && d->host.vfio)
		text_sites(&d->plan);
	if (!can_observe(d))
		return;
	text_limits(&d->plan);
	text_rules("silent rules", vs_plan_silent(&d->plan),
		   "These find nothing here, or not all; verdicts that rest on them are unknown.");
	text_rules("inapplicable", vs_plan_inapplicable(&d->plan),
		   "These are about what this architecture does not have: they cannot fire here.");
	text_modules(&d->plan);
}

static void json_rules(struct json_line *j, const char *key, vs_rule_set rules)
{
	int i;

	j_open(j, key, '[');
	for (i = 0; i < VS_RULE_COUNT; i++)
		if (rules & VS_RULE_BIT(i))
			j_string(j, NULL, vs_rules[i].name);
	j_close(j, ']');
}

static void json_sites(struct json_line *j, const struct vs_plan *plan)
{
	size_t i;

	j_open(j, "sites", '[');
	for (i = 0; i < VS_SITE_COUNT; i++) {
		const struct vs_plan_site *ps = &plan->site[i];

		j_open(j, NULL, '{');
		j_string(j, "site", vs_sites[i].name);
		j_string(j, "method", vs_method_name(ps->method));
		j_string(j, "function", ps->method ? vs_plan_function(plan, i) : NULL);
		j_string(j, "why_missing", ps->why_id ? ps->why : NULL);
		j_string(j, "why_missing_id", vs_why_id(ps->why_id));
		j_string(j, "lost_without", vs_sites[i].without);
		j_string(j, "limits", vs_plan_limits(plan, i));
		json_rules(j, "rules", vs_sites[i].rules);
		j_close(j, '}');
	}
	j_close(j, ']');
}

static void json_obstacles(struct json_line *j, const struct diagnosis *d)
{
	size_t i;

	j_open(j, "obstacles", '[');
	for (i = 0; i < d->count; i++) {
		const struct vs_obstacle *o = &d->obstacles[i];

		j_open(j, NULL, '{');
		j_string(j, "id", o->id);
		j_string(j, "what", o->what);
		j_string(j, "means", o->means);
		j_string(j, "todo", o->todo);
		j_close(j, '}');
	}
	j_close(j, ']');
}

static void json_report(const struct diagnosis *d)
{
	const struct vs_host *h = &d->host;
	struct json_line j;

	j_begin(&j, stdout, "doctor");
	j_bool(&j, "can_observe", can_observe(d));
	j_text(&j, "kernel", h->release);
	j_text(&j, "arch", h->arch);
	j_bool(&j, "privilege", h->root_caps);
	j_string(&j, "lockdown", *h->lockdown ? h->lockdown : NULL);
	j_bool(&j, "btf", h->types.vmlinux);
	j_bool(&j, "preemption", h->facts.preempt == VS_FACT_YES);
	j_bool(&j, "kvm", h->kvm);
	j_bool(&j, "vfio", h->vfio);
	j_string(&j, "fentry_error", h->fentry_errno ? strerrorname_np(h->fentry_errno) : NULL);
	j_string(&j, "kprobe_error", h->kprobe_errno ? strerrorname_np(h->kprobe_errno) : NULL);
	j_string(&j, "attach_error", d->attach_err ? strerrorname_np(-d->attach_err) : NULL);
	j_string(&j, "attach_program",
		 d->attach_err && *h->refused.program ? h->refused.program : NULL);
	json_obstacles(&j, d);
	json_sites(&j, &d->plan);
	json_rules(&j, "silent_rules", vs_plan_silent(&d->plan));
	json_rules(&j, "inapplicable_rules", vs_plan_inapplicable(&d->plan));
	j_end(&j);
}

enum vs_exit vs_cmd_doctor(struct vs_options *o)
{
	struct diagnosis d;
	int err;

	memset(&d, 0, sizeof(d));
	err = diagnose(&d, o);
	if (err)
		vs_say("%s", strerror(-err));
	else if (o->json)
		json_report(&d);
	else
		text_report(&d);
	vs_host_release(&d.host);
	if (err)
		return VS_EXIT_ERROR;
	return can_observe(&d) ? VS_EXIT_OK : VS_EXIT_CANNOT_OBSERVE;
}
