// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../capture/live.h"
#include "../view/jsonw.h"
#include "../view/view.h"
#include "setup.h"

/* Text has a column of titles. */
#define TITLE 14
#define WIDTH 98

/* Only attaching proves that it works: attach everything, disarmed, and detach it. */
static int diagnose(struct vs_diagnosis *d, const struct vs_options *o)
{
	const struct vs_live_config config = {
		.policy = {
			.ask = vs_ask_doctor,
			.probe = o->probe,
			.without = o->without,
			.lacks = o->lacks,
		},
		.version = VS_VERSION,
		.follow = true,
	};
	struct vs_live *live = NULL;
	int err = vs_live_open(&live, &config, d);

	if (!err)
		vs_source_close(vs_live_source(live));
	return d->count || d->attach_err ? 0 : err;
}

static bool can_observe(const struct vs_diagnosis *d)
{
	return !d->count && !d->attach_err;
}

static const char *yes_no(bool yes)
{
	return yes ? "yes" : "no";
}

static void text_host(const struct vs_host *h)
{
	printf("kernel        %s (%s)\n", h->release, h->arch);
	printf("privilege     %s\n", h->root_caps ? "sufficient" : "not sufficient");
	printf("lockdown      %s\n", *h->lockdown ? h->lockdown : "unknown");
	printf("kernel BTF    %s\n", yes_no(h->types.vmlinux));
	printf("fentry        %s\n",
	       h->fentry_errno ? strerrorname_np(h->fentry_errno) : "allowed");
	printf("kprobes       %s\n",
	       h->kprobe_errno ? strerrorname_np(h->kprobe_errno) : "allowed");
	printf("preemption    %s\n",
	       h->facts.preempt == VS_FACT_YES ?
		       "full or lazy: auto uses kprobes, as the kernel could skip fentry programs" :
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

static void text_line(const char *title, const char *text)
{
	printf("%-*s", TITLE, title);
	vs_print_wrapped(stdout, TITLE, WIDTH, text);
}

static void text_limits(const struct vs_plan *plan)
{
	const char *limits;
	size_t i;

	for (i = 0; i < VS_SITE_COUNT; i++) {
		limits = vs_plan_limits(plan, i);
		if (!limits)
			continue;
		printf("\n");
		text_line("limits", limits);
	}
}

/* "a, b": a word more, cut if there is no room. */
static void list_add(char *list, size_t size, const char *word)
{
	size_t used = strlen(list);

	snprintf(list + used, size - used, "%s%s", used ? ", " : "", word);
}

static void text_rules(const char *title, vs_rule_set rules, const char *meaning)
{
	char list[1024] = "";
	int i;

	for (i = 0; i < VS_RULE_COUNT; i++)
		if (rules & VS_RULE_BIT(i))
			list_add(list, sizeof(list), vs_rules[i].name);
	if (!*list)
		return;
	printf("\n");
	text_line(title, list);
	text_line("", meaning);
}

static bool pinned(const struct vs_plan *plan, const char *module)
{
	size_t i;

	for (i = 0; i < VS_SITE_COUNT; i++) {
		const struct vs_plan_site *ps = &plan->site[i];

		if (ps->method == VS_METHOD_FENTRY && !vs_sites[i].way[ps->way].in_kernel &&
		    !strcmp(vs_sites[i].module, module))
			return true;
	}
	return false;
}

/* fentry takes a reference on the modules of its functions, a kprobe does not. */
static void text_modules(const struct vs_plan *plan)
{
	const char *modules[VS_SITE_COUNT];
	size_t count = vs_site_modules(modules), i;
	char list[1024] = "", text[1280];

	for (i = 0; i < count; i++)
		if (pinned(plan, modules[i]) && vs_host_module_live(modules[i]))
			list_add(list, sizeof(list), modules[i]);
	if (!*list)
		return;
	snprintf(text, sizeof(text),
		 "While vfioscope is attached, these modules cannot be unloaded: %s. With --probe "
		 "kprobe they can; vfioscope re-attaches when they are loaded again.",
		 list);
	printf("\n");
	vs_print_wrapped(stdout, 0, WIDTH, text);
}

static void text_verdict(const struct vs_diagnosis *d)
{
	char why[256];

	if (can_observe(d)) {
		printf("this host can be observed\n\n");
		return;
	}
	if (!d->count)
		vs_host_say_failure(&d->host, d->attach_err, why, sizeof(why));
	printf("cannot observe this host: %s\n\n", d->count ? d->obstacles[0].what : why);
}

static void text_report(const struct vs_diagnosis *d)
{
	size_t i;

	text_verdict(d);
	text_host(&d->host);
	for (i = 0; i < d->count; i++) {
		printf("\n");
		text_line("problem", d->obstacles[i].what);
		text_line("  impact", d->obstacles[i].means);
		text_line("  fix", d->obstacles[i].todo);
	}
	/* Without kvm and vfio all sites are missing: the obstacles say so. */
	if (d->host.kvm && d->host.vfio)
		text_sites(&d->plan);
	if (!can_observe(d))
		return;
	text_limits(&d->plan);
	text_rules("silent rules", vs_plan_silent(&d->plan),
		   "These miss some or all cases here; verdicts that depend on them are unknown.");
	text_rules("inapplicable", vs_plan_inapplicable(&d->plan),
		   "These are about what this architecture does not have, and never fire here.");
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

static void json_obstacles(struct json_line *j, const struct vs_diagnosis *d)
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

static void json_report(const struct vs_diagnosis *d)
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
	struct vs_diagnosis d;
	int err = diagnose(&d, o);

	if (err)
		vs_say("cannot inspect the running kernel: %s; run with -v to see libbpf's messages",
		       strerror(-err));
	else if (o->json)
		json_report(&d);
	else
		text_report(&d);
	vs_diagnosis_release(&d);
	if (err)
		return VS_EXIT_ERROR;
	return can_observe(&d) ? VS_EXIT_OK : VS_EXIT_CANNOT_OBSERVE;
}
