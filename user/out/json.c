// SPDX-License-Identifier: GPL-2.0-only
/*
 * Output for programs: one object per line, described in docs/json.md. Pure
 * ASCII, so that no terminal is steered by it.
 */
#include <jansson.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/describe.h"
#include "../core/text.h"
#include "out.h"

#define SCHEMA 1

/*
 * Text from other processes, escaped as in the text output: what a consumer
 * decodes and prints can not steer a terminal either.
 */
static json_t *text(const char *s)
{
	char escaped[VS_ESCAPED(VS_NAME_LEN)];

	return json_string(vs_escape(escaped, sizeof(escaped), s));
}

/* Addresses of any kind: JSON numbers end at 2^53 for many readers. */
static json_t *hex(uint64_t value)
{
	return json_sprintf("0x%llx", (unsigned long long)value);
}

static json_t *hex_or_null(uint64_t value)
{
	return value ? hex(value) : json_null();
}

/* The same for text of any length. */
static json_t *long_text(const char *s)
{
	size_t size = VS_ESCAPED(strlen(s));
	char *escaped = malloc(size);
	json_t *j = escaped ? json_string(vs_escape(escaped, size, s)) : json_null();

	free(escaped);
	return j;
}

static json_t *text_or_null(const char *s)
{
	return s && *s ? text(s) : json_null();
}

static json_t *vm_id(const struct vs_vm *vm)
{
	return vm ? json_sprintf("vm%u", vm->id) : json_null();
}

static json_t *number_or_null(int64_t value, bool known)
{
	return known ? json_integer(value) : json_null();
}

/* Failure to build an object leaves the key out; -ENOMEM is not worth more here. */
static void set(json_t *obj, const char *key, json_t *value)
{
	json_object_set_new(obj, key, value);
}

static json_t *object(const char *type)
{
	json_t *obj = json_object();

	set(obj, "type", json_string(type));
	set(obj, "schema", json_integer(SCHEMA));
	return obj;
}

static void write_line(struct vs_out *out, json_t *obj)
{
	json_dumpf(obj, out->file, JSON_COMPACT | JSON_ENSURE_ASCII);
	fputc('\n', out->file);
	json_decref(obj);
}

static void set_vm(json_t *obj, const struct vs_vm *vm)
{
	set(obj, "vm", vm_id(vm));
	set(obj, "vm_name", text_or_null(vm ? vm->name : NULL));
	set(obj, "vm_pid", number_or_null(vm ? vm->pid : 0, vm && vm->pid));
}

static json_t *program(char *const *argv)
{
	json_t *words;

	if (!argv)
		return json_null();
	words = json_array();
	for (; *argv; argv++)
		json_array_append_new(words, long_text(*argv));
	return words;
}

static void json_start(struct vs_out *out, const struct vs_meta *meta)
{
	json_t *obj = object("start"), *sites = json_array();
	size_t i;

	out->meta = *meta;
	set(obj, "tool", json_string("vfioscope"));
	set(obj, "version", json_string(meta->version));
	set(obj, "command", json_string(meta->command));
	set(obj, "kernel", text(meta->release));
	set(obj, "arch", text(meta->arch));
	set(obj, "boottime_ns", json_integer((json_int_t)meta->boottime_ns));
	set(obj, "realtime_ns", json_integer((json_int_t)meta->realtime_ns));
	set(obj, "grace_ns", json_integer((json_int_t)meta->grace_ns));
	set(obj, "program", program(meta->program));
	for (i = 0; i < vs_site_count; i++) {
		const struct vs_plan_site *ps = &meta->plan->site[i];
		json_t *site;

		if (!ps->wanted)
			continue;
		site = json_object();
		set(site, "site", json_string(vs_sites[i].name));
		set(site, "method", json_string(vs_method_name(ps->method)));
		set(site, "function",
		    ps->method ? json_string(vs_sites[i].cand[ps->cand].func) : json_null());
		json_array_append_new(sites, site);
	}
	set(obj, "sites", sites);
	write_line(out, obj);
}

/* Fields of one kind of event beyond those all have. */
static void set_specific(json_t *obj, const union vs_event *ev, const struct vs_refs *refs)
{
	switch (ev->h.kind) {
	case VS_KVM_ATTR:
		set(obj, "fd", json_integer(ev->attr.fd));
		set(obj, "group_vm", vm_id(refs->group_vm));
		break;
	case VS_SET_KVM:
		set(obj, "group_vm", vm_id(refs->group_vm));
		set(obj, "by_attr", json_boolean(ev->set_kvm.by_attr));
		break;
	case VS_GROUP_OPEN:
		set(obj, "node", text(ev->group.node));
		break;
	case VS_GROUP_IOCTL:
		set(obj, "group_vm", vm_id(refs->group_vm));
		set(obj, "cmd", json_integer(ev->group_ioctl.cmd));
		if (ev->group_ioctl.cmd == VFIO_GROUP_SET_CONTAINER)
			set(obj, "container_fd", json_integer(ev->group_ioctl.fd));
		break;
	case VS_CONTAINER_IOCTL:
		if (ev->container.cmd == VFIO_SET_IOMMU) {
			set(obj, "iommu_type", json_integer((json_int_t)ev->container.arg));
			break;
		}
		set(obj, "iova", hex(ev->container.iova));
		set(obj, "bytes", hex(ev->container.bytes));
		break;
	case VS_CONTAINER_DMA:
		set(obj, "maps", json_integer((json_int_t)ev->dma.s.maps));
		set(obj, "map_bytes", json_integer((json_int_t)ev->dma.s.map_bytes));
		set(obj, "map_ns", json_integer((json_int_t)ev->dma.s.map_ns));
		set(obj, "map_failed", json_integer((json_int_t)ev->dma.s.map_failed));
		set(obj, "unmaps", json_integer((json_int_t)ev->dma.s.unmaps));
		set(obj, "unmap_bytes", json_integer((json_int_t)ev->dma.s.unmap_bytes));
		set(obj, "unmap_ns", json_integer((json_int_t)ev->dma.s.unmap_ns));
		set(obj, "unmap_failed", json_integer((json_int_t)ev->dma.s.unmap_failed));
		break;
	case VS_DEV_OPEN:
	case VS_DEV_CLOSE:
		set(obj, "driver", text_or_null(ev->dev.driver));
		set(obj, "open_count", json_integer(ev->dev.open_count));
		set(obj, "kvm", ev->dev.kvm ? vm_id(refs->vm) : json_null());
		set(obj, "group_vm", vm_id(refs->group_vm));
		break;
	case VS_DRIVER_OPEN:
	case VS_KVM_TAKEN:
	case VS_KVM_DROPPED:
		set(obj, "kvm", ev->dev_kvm.kvm ? vm_id(refs->vm) : json_null());
		set(obj, "open_count", json_integer(ev->dev_kvm.open_count));
		break;
	case VS_DEV_IOCTL:
		if (ev->dev_ioctl.cmd != VFIO_DEVICE_SET_IRQS)
			break;
		set(obj, "irq_index", json_integer(ev->dev_ioctl.irq_index));
		set(obj, "irq_start", json_integer(ev->dev_ioctl.irq_start));
		set(obj, "irq_count", json_integer(ev->dev_ioctl.irq_count));
		set(obj, "irq_flags", json_integer(ev->dev_ioctl.irq_flags));
		break;
	case VS_MODULE:
		set(obj, "module", text(ev->module.name));
		break;
	}
}

static void set_pointers(json_t *obj, const union vs_event *ev)
{
	struct vs_pointers p;

	vs_pointers_of(ev, &p);
	set(obj, "kvm_ptr", hex_or_null(p.kvm));
	set(obj, "group_ptr", hex_or_null(p.group));
	set(obj, "device_ptr", hex_or_null(p.device));
}

static json_t *event_object(const struct vs_out *out, const union vs_event *ev,
			    const struct vs_refs *refs)
{
	json_t *obj = object("event");
	const char *error = vs_errno_name(ev->h.ret);

	set(obj, "op", json_string(vs_op_of(ev)->id));
	set(obj, "ts_ns", json_integer((json_int_t)ev->h.ts));
	set(obj, "duration_ns", number_or_null((json_int_t)ev->h.dur, ev->h.dur));
	set(obj, "result", json_integer(ev->h.ret));
	set(obj, "error", error ? json_string(error) : json_null());
	set(obj, "pid", json_integer(ev->h.pid));
	set(obj, "tid", json_integer(ev->h.tid));
	set(obj, "comm", text(ev->h.comm));
	set(obj, "exiting", json_boolean(ev->h.flags & VS_F_EXITING));
	set(obj, "began_before_us", json_boolean(ev->h.flags & VS_F_NO_START));
	set_vm(obj, refs->vm);
	set(obj, "group", number_or_null(refs->group, refs->group >= 0));
	set(obj, "device", text_or_null(vs_event_device(ev)));
	set_specific(obj, ev, refs);
	if (out->style.raw_pointers)
		set_pointers(obj, ev);
	return obj;
}

static void json_event(struct vs_out *out, const union vs_event *ev, const struct vs_refs *refs)
{
	write_line(out, event_object(out, ev, refs));
}

static void json_opened(struct vs_out *out, const struct vs_open *open)
{
	/* An open is one object, told when its verdict is final. */
	(void)out;
	(void)open;
}

static void set_device(json_t *obj, const struct vs_open *open)
{
	set(obj, "device", text(open->device));
	set(obj, "device_name", text_or_null(open->info));
	set(obj, "driver", text_or_null(open->driver));
	set(obj, "group", number_or_null(open->group, open->group >= 0));
}

static void json_closed(struct vs_out *out, const struct vs_open *open)
{
	json_t *obj = object("open"), *fired = json_array();
	int i;

	for (i = 0; i < VS_RULE_COUNT; i++)
		if (open->fired & (1u << i))
			json_array_append_new(fired, json_string(vs_rules[i].name));
	set(obj, "open", json_integer(open->id));
	set(obj, "verdict", json_string(vs_verdict_name(open->verdict)));
	set(obj, "reason", json_string(open->reason));
	set_device(obj, open);
	set_vm(obj, open->vm);
	set(obj, "kvm_at_open", vm_id(open->kvm));
	set(obj, "path", json_string("group"));
	set(obj, "pid", number_or_null(open->pid, open->pid));
	set(obj, "tid", number_or_null(open->tid, open->tid));
	set(obj, "comm", open->pid ? text(open->comm) : json_null());
	set(obj, "opens", json_integer(open->opens));
	set(obj, "findings", fired);
	set(obj, "opened_ns", number_or_null((json_int_t)open->opened_ns, open->opened_ns));
	set(obj, "closed_ns", number_or_null((json_int_t)open->closed_ns, open->closed_ns));
	write_line(out, obj);
}

static void json_finding(struct vs_out *out, const struct vs_finding *f)
{
	json_t *obj = object("finding"), *evidence = json_array();
	size_t i;

	set(obj, "open", json_integer(f->open->id));
	set(obj, "rule", json_string(f->rule->name));
	set(obj, "severity", json_string(vs_severity_name(f->severity)));
	set(obj, "title", json_string(f->rule->title));
	set(obj, "ts_ns", json_integer((json_int_t)f->ts));
	set(obj, "pending", json_boolean(f->pending));
	set_device(obj, f->open);
	set_vm(obj, f->vm);
	set(obj, "pid", number_or_null(f->open->pid, f->open->pid));
	set(obj, "comm", f->open->pid ? text(f->open->comm) : json_null());
	set(obj, "path", json_string("group"));
	for (i = 0; i < f->evidence_count; i++)
		json_array_append_new(
			evidence, event_object(out, &f->evidence[i]->ev, &f->evidence[i]->refs));
	set(obj, "evidence", evidence);
	set(obj, "harm", json_string(f->harm));
	set(obj, "fix", json_string(f->rule->fix));
	set(obj, "reference", json_string(f->rule->reference));
	write_line(out, obj);
}

static void json_end(struct vs_out *out, const struct vs_summary *s)
{
	json_t *obj = object("summary"), *opens = json_object(), *findings = json_object();
	json_t *lost = json_object();
	int i;

	set(obj, "command", json_string(out->meta.command));
	set(obj, "duration_ns", json_integer((json_int_t)s->duration_ns));
	set(obj, "events", number_or_null((json_int_t)s->tally->events, out->meta.events));
	for (i = VS_VERDICT_ORDERED; i < VS_VERDICT_COUNT; i++)
		set(opens, vs_verdict_name(i), json_integer((json_int_t)s->tally->opens[i]));
	for (i = VS_INFO; i <= VS_ERROR; i++)
		set(findings, vs_severity_name(i), json_integer((json_int_t)s->tally->findings[i]));
	for (i = 0; i < VS_LOSS_COUNT; i++)
		set(lost, s->loss_names[i], json_integer((json_int_t)s->lost_by_cause[i]));
	set(obj, "opens", out->meta.opens ? json_incref(opens) : json_null());
	set(obj, "findings", out->meta.opens ? json_incref(findings) : json_null());
	json_decref(opens);
	json_decref(findings);
	set(obj, "lost", lost);
	write_line(out, obj);
}

const struct vs_out_ops vs_out_json = {
	.start = json_start,
	.event = json_event,
	.opened = json_opened,
	.finding = json_finding,
	.closed = json_closed,
	.end = json_end,
};
