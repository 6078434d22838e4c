// SPDX-License-Identifier: GPL-2.0-only
/* doctor's report for programs. */
#include <string.h>

#include "../core/passthrough/host.h"
#include "../core/plan/report.h"
#include "jsonw.h"
#include "view.h"

static void write_rules(struct json_line *j, const char *key, vs_rule_set rules)
{
	int i;

	j_open(j, key, '[');
	for (i = 0; i < VS_RULE_COUNT; i++)
		if (rules & VS_RULE_BIT(i))
			j_string(j, NULL, vs_rules[i].name);
	j_close(j, ']');
}

static void write_sites(struct json_line *j, const struct vs_plan *plan)
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
		write_rules(j, "rules", vs_sites[i].rules);
		j_close(j, '}');
	}
	j_close(j, ']');
}

static void write_obstacles(struct json_line *j, const struct vs_report *r)
{
	size_t i;

	j_open(j, "obstacles", '[');
	for (i = 0; i < r->obstacle_count; i++) {
		const struct vs_obstacle *o = &r->obstacles[i];

		j_open(j, NULL, '{');
		j_string(j, "id", o->id);
		j_string(j, "what", o->what);
		j_string(j, "means", o->means);
		j_string(j, "todo", o->todo);
		j_close(j, '}');
	}
	j_close(j, ']');
}

static void write_parameters(struct json_line *j, const struct vs_passthrough *p)
{
	size_t i;

	j_open(j, "parameters", '[');
	for (i = 0; i < VS_PARAM_COUNT; i++) {
		if (!*p->param[i])
			continue;
		j_open(j, NULL, '{');
		j_string(j, "module", vs_param_names[i].module);
		j_string(j, "name", vs_param_names[i].name);
		j_text(j, "value", p->param[i]);
		j_string(j, "means", vs_param_says(p, i));
		j_close(j, '}');
	}
	j_close(j, ']');
}

static void write_passthrough(struct json_line *j, const struct vs_passthrough *p)
{
	char advice[512];
	struct vs_text t;

	if (!p) {
		j_null(j, "passthrough");
		return;
	}
	vs_text_init(&t, advice, sizeof(advice));
	vs_iommu_advice(&t, p);
	j_open(j, "passthrough", '{');
	j_bool(j, "iommu", p->iommu);
	j_int(j, "iommu_groups", p->groups);
	j_string(j, "firmware_table", vs_iommu_table_name(p->table));
	j_string(j, "todo", t.used ? advice : NULL);
	j_fact(j, "interrupt_remapping", p->remapping);
	write_parameters(j, p);
	j_close(j, '}');
}

static const char *errno_name(int err)
{
	return err ? strerrorname_np(err) : NULL;
}

void vs_write_report(FILE *f, const struct vs_report *r)
{
	struct json_line j;

	j_begin(&j, f, "doctor");
	j_bool(&j, "can_observe", vs_report_can_observe(r));
	j_text(&j, "kernel", r->release);
	j_text(&j, "arch", r->arch);
	j_bool(&j, "privilege", r->privilege);
	j_string(&j, "lockdown", r->lockdown);
	j_bool(&j, "btf", r->btf);
	j_bool(&j, "preemption", r->preempts);
	j_bool(&j, "kvm", r->kvm);
	j_bool(&j, "vfio", r->vfio);
	j_bool(&j, "cdev", r->cdev);
	j_bool(&j, "iommufd", r->iommufd);
	write_passthrough(&j, r->passthrough);
	j_string(&j, "fentry_error", errno_name(r->fentry_errno));
	j_bool(&j, "direct_calls", r->direct_calls);
	j_string(&j, "kprobe_error", errno_name(r->kprobe_errno));
	j_string(&j, "attach_error", errno_name(r->attach_errno));
	j_string(&j, "attach_program", r->refused_program);
	write_obstacles(&j, r);
	write_sites(&j, r->plan);
	write_rules(&j, "silent_rules", vs_plan_silent(r->plan));
	write_rules(&j, "inapplicable_rules", vs_plan_inapplicable(r->plan));
	j_end(&j);
}
