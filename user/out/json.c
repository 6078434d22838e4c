// SPDX-License-Identifier: GPL-2.0-only
/*
 * Output for programs: one object per line, described in docs/json.md. Pure
 * ASCII, so that no terminal is steered by it.
 */
#include <linux/vfio.h>
#include <string.h>

#include "../core/describe.h"
#include "json_util.h"
#include "out.h"

static json_t *program(char *const *argv)
{
	json_t *words;

	if (!argv)
		return json_null();
	words = json_array();
	for (; *argv; argv++)
		json_array_append_new(words, j_long_text(*argv));
	return words;
}

static void json_start(struct vs_out *out, const struct vs_meta *meta)
{
	json_t *obj = j_object("start"), *sites = json_array();
	size_t i;

	out->meta = *meta;
	j_set(obj, "tool", json_string("vfioscope"));
	j_set(obj, "version", json_string(meta->version));
	j_set(obj, "command", json_string(meta->command));
	j_set(obj, "kernel", j_text(meta->release));
	j_set(obj, "arch", j_text(meta->arch));
	j_set(obj, "boottime_ns", json_integer((json_int_t)meta->boottime_ns));
	j_set(obj, "realtime_ns", json_integer((json_int_t)meta->realtime_ns));
	j_set(obj, "grace_ns", json_integer((json_int_t)meta->grace_ns));
	j_set(obj, "program", program(meta->program));
	for (i = 0; i < vs_site_count; i++) {
		const struct vs_plan_site *ps = &meta->plan->site[i];
		json_t *site;

		if (!ps->wanted)
			continue;
		site = json_object();
		j_set(site, "site", json_string(vs_sites[i].name));
		j_set(site, "method", json_string(vs_method_name(ps->method)));
		j_set(site, "function",
		      ps->method ? json_string(vs_plan_function(meta->plan, i)) : json_null());
		json_array_append_new(sites, site);
	}
	j_set(obj, "sites", sites);
	j_write_line(out, obj);
}

/* Fields of one kind of event beyond those all have. */
static void set_specific(json_t *obj, const union vs_event *ev, const struct vs_refs *refs)
{
	switch (ev->h.kind) {
	case VS_KVM_ATTR:
		j_set(obj, "fd", json_integer(ev->attr.fd));
		j_set(obj, "group_vm", j_vm_id(refs->group_vm));
		break;
	case VS_SET_KVM:
		j_set(obj, "group_vm", j_vm_id(refs->group_vm));
		j_set(obj, "by_attr", json_boolean(ev->set_kvm.by_attr));
		break;
	case VS_GROUP_OPEN:
		j_set(obj, "node", j_text(ev->group.node));
		break;
	case VS_GROUP_IOCTL:
		j_set(obj, "group_vm", j_vm_id(refs->group_vm));
		j_set(obj, "cmd", json_integer(ev->group_ioctl.cmd));
		if (ev->group_ioctl.cmd == VFIO_GROUP_SET_CONTAINER)
			j_set(obj, "container_fd", json_integer(ev->group_ioctl.fd));
		break;
	case VS_CONTAINER_IOCTL:
		if (ev->container.cmd == VFIO_SET_IOMMU) {
			j_set(obj, "iommu_type",
			      ev->container.arg ? json_integer((json_int_t)ev->container.arg) :
						  json_null());
			break;
		}
		j_set(obj, "iova", j_hex(ev->container.iova));
		j_set(obj, "bytes", j_hex(ev->container.bytes));
		break;
	case VS_CONTAINER_DMA:
		j_set(obj, "maps", json_integer((json_int_t)ev->dma.s.maps));
		j_set(obj, "map_bytes", json_integer((json_int_t)ev->dma.s.map_bytes));
		j_set(obj, "map_ns", json_integer((json_int_t)ev->dma.s.map_ns));
		j_set(obj, "map_failed", json_integer((json_int_t)ev->dma.s.map_failed));
		j_set(obj, "unmaps", json_integer((json_int_t)ev->dma.s.unmaps));
		j_set(obj, "unmap_bytes", json_integer((json_int_t)ev->dma.s.unmap_bytes));
		j_set(obj, "unmap_ns", json_integer((json_int_t)ev->dma.s.unmap_ns));
		j_set(obj, "unmap_failed", json_integer((json_int_t)ev->dma.s.unmap_failed));
		break;
	case VS_FOUND_KVM_VFIO:
		j_set(obj, "noncoherent", json_boolean(ev->kvm_vfio.noncoherent));
		break;
	case VS_FOUND_REGISTRATION:
	case VS_FOUND_GROUP:
		j_set(obj, "group_vm", j_vm_id(refs->group_vm));
		break;
	case VS_FOUND_CONTAINER:
		j_set(obj, "iommu_driver", j_text_or_null(ev->found_container.driver));
		break;
	case VS_DEV_OPEN:
	case VS_DEV_CLOSE:
	case VS_FOUND_DEVICE:
		j_set(obj, "driver", j_text_or_null(ev->dev.driver));
		j_set(obj, "open_count", json_integer(ev->dev.open_count));
		j_set(obj, "kvm", ev->dev.kvm ? j_vm_id(refs->vm) : json_null());
		j_set(obj, "group_vm", j_vm_id(refs->group_vm));
		break;
	case VS_DRIVER_OPEN:
	case VS_KVM_TAKEN:
	case VS_KVM_DROPPED:
		j_set(obj, "kvm", ev->dev_kvm.kvm ? j_vm_id(refs->vm) : json_null());
		j_set(obj, "open_count", json_integer(ev->dev_kvm.open_count));
		break;
	case VS_DEV_IOCTL:
		if (ev->dev_ioctl.cmd != VFIO_DEVICE_SET_IRQS)
			break;
		j_set(obj, "irq_index", json_integer(ev->dev_ioctl.irq_index));
		j_set(obj, "irq_start", json_integer(ev->dev_ioctl.irq_start));
		j_set(obj, "irq_count", json_integer(ev->dev_ioctl.irq_count));
		j_set(obj, "irq_flags", json_integer(ev->dev_ioctl.irq_flags));
		break;
	case VS_MODULE:
		j_set(obj, "module", j_text(ev->module.name));
		break;
	}
}

static void set_pointers(json_t *obj, const union vs_event *ev)
{
	struct vs_pointers p;

	vs_pointers_of(ev, &p);
	j_set(obj, "kvm_ptr", j_hex_or_null(p.kvm));
	j_set(obj, "group_ptr", j_hex_or_null(p.group));
	j_set(obj, "device_ptr", j_hex_or_null(p.device));
}

static json_t *event_object(const struct vs_out *out, const union vs_event *ev,
			    const struct vs_refs *refs)
{
	json_t *obj = j_object("event");
	const char *error = vs_errno_name(ev->h.ret);

	j_set(obj, "op", json_string(vs_op_of(ev)->id));
	j_set(obj, "ts_ns", json_integer((json_int_t)ev->h.ts));
	j_set(obj, "duration_ns", j_number_or_null((json_int_t)ev->h.dur, ev->h.dur));
	j_set(obj, "result", json_integer(ev->h.ret));
	j_set(obj, "error", error ? json_string(error) : json_null());
	j_set(obj, "pid", json_integer(ev->h.pid));
	j_set(obj, "tid", json_integer(ev->h.tid));
	j_set(obj, "comm", j_text(ev->h.comm));
	j_set(obj, "exiting", json_boolean(ev->h.flags & VS_F_EXITING));
	j_set(obj, "began_before_us", json_boolean(ev->h.flags & VS_F_NO_START));
	j_set_vm(obj, refs->vm);
	j_set(obj, "group", j_number_or_null(refs->group, refs->group >= 0));
	j_set(obj, "device", j_text_or_null(vs_event_device(ev)));
	set_specific(obj, ev, refs);
	if (out->style.raw_pointers)
		set_pointers(obj, ev);
	return obj;
}

static void json_event(struct vs_out *out, const union vs_event *ev, const struct vs_refs *refs)
{
	j_write_line(out, event_object(out, ev, refs));
}

static void json_opened(struct vs_out *out, const struct vs_open *open)
{
	/* An open is one object, told when its verdict is final. */
	(void)out;
	(void)open;
}

/* @open: NULL if all that is known is a name and a group. */
static void set_device(json_t *obj, const char *device, int group, const struct vs_open *open)
{
	j_set(obj, "device", j_text_or_null(device));
	j_set(obj, "device_name", j_text_or_null(open ? open->info : NULL));
	j_set(obj, "driver", j_text_or_null(open ? open->driver : NULL));
	j_set(obj, "group", j_number_or_null(group, group >= 0));
}

static void json_closed(struct vs_out *out, const struct vs_open *open)
{
	json_t *obj = j_object("open"), *fired = json_array();
	int i;

	for (i = 0; i < VS_RULE_COUNT; i++)
		if (open->fired & (1u << i))
			json_array_append_new(fired, json_string(vs_rules[i].name));
	j_set(obj, "open", json_integer(open->id));
	j_set(obj, "verdict", json_string(vs_verdict_name(open->verdict)));
	j_set(obj, "reason", json_string(open->reason));
	set_device(obj, open->device, open->group, open);
	j_set_vm(obj, open->vm);
	j_set(obj, "kvm_at_open", j_vm_id(open->kvm));
	j_set(obj, "path", json_string("group"));
	j_set(obj, "pid", j_number_or_null(open->pid, open->pid));
	j_set(obj, "tid", j_number_or_null(open->tid, open->tid));
	j_set(obj, "comm", open->pid ? j_text(open->comm) : json_null());
	j_set(obj, "holder_pid", j_number_or_null(open->holder_pid, open->holder_pid));
	j_set(obj, "holder_comm", open->holder_pid ? j_text(open->holder_comm) : json_null());
	j_set(obj, "opens", json_integer(open->opens));
	j_set(obj, "findings", fired);
	j_set(obj, "opened_ns", j_number_or_null((json_int_t)open->opened_ns, open->opened_ns));
	j_set(obj, "closed_ns", j_number_or_null((json_int_t)open->closed_ns, open->closed_ns));
	if (out->style.raw_pointers)
		j_set(obj, "kvm_pointer", j_hex_or_null(open->kvm ? open->kvm->ptr : 0));
	j_write_line(out, obj);
}

static void json_finding(struct vs_out *out, const struct vs_finding *f)
{
	json_t *obj = j_object("finding"), *evidence = json_array();
	size_t i;

	j_set(obj, "open", f->open ? json_integer(f->open->id) : json_null());
	j_set(obj, "rule", json_string(f->rule->name));
	j_set(obj, "severity", json_string(vs_severity_name(f->severity)));
	j_set(obj, "title", json_string(f->rule->title));
	j_set(obj, "ts_ns", json_integer((json_int_t)f->ts));
	j_set(obj, "pending", json_boolean(f->pending));
	set_device(obj, f->device, f->group, f->open);
	j_set_vm(obj, f->vm);
	j_set(obj, "pid", j_number_or_null(f->pid, f->pid));
	j_set(obj, "comm", f->pid ? j_text(f->comm) : json_null());
	j_set(obj, "path", f->open ? json_string("group") : json_null());
	for (i = 0; i < f->evidence_count; i++)
		json_array_append_new(
			evidence, event_object(out, &f->evidence[i]->ev, &f->evidence[i]->refs));
	j_set(obj, "evidence", evidence);
	j_set(obj, "cause", f->cause ? json_string(f->cause) : json_null());
	j_set(obj, "harm", json_string(f->harm));
	j_set(obj, "fix", json_string(f->rule->fix));
	j_set(obj, "reference", json_string(f->rule->reference));
	j_write_line(out, obj);
}

static void json_end(struct vs_out *out, const struct vs_summary *s)
{
	json_t *obj = j_object("summary"), *opens = json_object(), *findings = json_object();
	json_t *lost = json_object();
	int i;

	j_set(obj, "command", json_string(out->meta.command));
	j_set(obj, "duration_ns", json_integer((json_int_t)s->duration_ns));
	j_set(obj, "events", j_number_or_null((json_int_t)s->tally->events, out->meta.events));
	for (i = VS_VERDICT_ORDERED; i < VS_VERDICT_COUNT; i++)
		j_set(opens, vs_verdict_name(i), json_integer((json_int_t)s->tally->opens[i]));
	for (i = VS_INFO; i <= VS_ERROR; i++)
		j_set(findings, vs_severity_name(i),
		      json_integer((json_int_t)s->tally->findings[i]));
	for (i = 0; i < VS_LOSS_COUNT; i++)
		j_set(lost, s->loss_names[i], json_integer((json_int_t)s->lost_by_cause[i]));
	j_set(obj, "opens", out->meta.opens ? json_incref(opens) : json_null());
	j_set(obj, "findings", out->meta.opens ? json_incref(findings) : json_null());
	json_decref(opens);
	json_decref(findings);
	j_set(obj, "lost", lost);
	j_write_line(out, obj);
}

const struct vs_out_ops vs_out_json = {
	.start = json_start,
	.event = json_event,
	.opened = json_opened,
	.finding = json_finding,
	.closed = json_closed,
	.inventory = vs_json_inventory,
	.end = json_end,
};
