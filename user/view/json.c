// SPDX-License-Identifier: GPL-2.0-only
/*
 * Output for programs: one object per line, described in docs/json.md. Pure
 * ASCII, so that no terminal is steered by it.
 */
#include <linux/vfio.h>
#include <string.h>

#include "../core/text/describe.h"
#include "jsonw.h"
#include "view.h"

static void set_program(struct json_line *j, char *const *argv)
{
	if (!argv) {
		j_null(j, "program");
		return;
	}
	j_open(j, "program", '[');
	for (; *argv; argv++)
		j_text(j, NULL, *argv);
	j_close(j, ']');
}

static void set_sites(struct json_line *j, const struct vs_plan *plan)
{
	size_t i;

	j_open(j, "sites", '[');
	for (i = 0; i < VS_SITE_COUNT; i++) {
		const struct vs_plan_site *ps = &plan->site[i];

		if (!ps->wanted)
			continue;
		j_open(j, NULL, '{');
		j_word(j, "site", vs_sites[i].name);
		j_word(j, "method", vs_method_name(ps->method));
		j_string(j, "function", ps->method ? vs_plan_function(plan, i) : NULL);
		j_close(j, '}');
	}
	j_close(j, ']');
}

static void json_start(struct vs_out *out, const struct vs_meta *meta)
{
	struct json_line j;

	out->meta = *meta;
	j_begin(&j, out->file, "start");
	j_string(&j, "tool", "vfioscope");
	j_string(&j, "version", meta->version);
	j_string(&j, "command", meta->command);
	j_text(&j, "kernel", meta->release);
	j_text(&j, "arch", meta->arch);
	j_int(&j, "boottime_ns", (int64_t)meta->boottime_ns);
	j_int(&j, "realtime_ns", (int64_t)meta->realtime_ns);
	j_int(&j, "grace_ns", (int64_t)meta->grace_ns);
	set_program(&j, meta->program);
	set_sites(&j, meta->plan);
	j_end(&j);
}

/* Fields of one kind of event beyond those all have. */
static void set_specific(struct json_line *j, const union vs_event *ev, const struct vs_refs *refs)
{
	switch (ev->h.kind) {
	case VS_KVM_ATTR:
		j_int(j, "fd", ev->attr.fd);
		j_vm_id(j, "group_vm", refs->group_vm);
		break;
	case VS_SET_KVM:
		j_vm_id(j, "group_vm", refs->group_vm);
		j_bool(j, "by_attr", ev->set_kvm.by_attr);
		break;
	case VS_GROUP_OPEN:
		j_text(j, "node", ev->group.node);
		break;
	case VS_GROUP_IOCTL:
		j_vm_id(j, "group_vm", refs->group_vm);
		j_int(j, "cmd", ev->group_ioctl.cmd);
		if (ev->group_ioctl.cmd == VFIO_GROUP_SET_CONTAINER)
			j_int(j, "container_fd", ev->group_ioctl.fd);
		break;
	case VS_CONTAINER_IOCTL:
		if (ev->container.cmd == VFIO_SET_IOMMU) {
			j_int_or_null(j, "iommu_type", (int64_t)ev->container.arg,
				      ev->container.arg);
			break;
		}
		j_hex(j, "iova", ev->container.iova);
		j_hex(j, "bytes", ev->container.bytes);
		break;
	case VS_CONTAINER_DMA:
		j_int(j, "maps", ev->dma.s.maps);
		j_int(j, "map_bytes", ev->dma.s.map_bytes);
		j_int(j, "map_ns", ev->dma.s.map_ns);
		j_int(j, "map_failed", ev->dma.s.map_failed);
		j_int(j, "unmaps", ev->dma.s.unmaps);
		j_int(j, "unmap_bytes", ev->dma.s.unmap_bytes);
		j_int(j, "unmap_ns", ev->dma.s.unmap_ns);
		j_int(j, "unmap_failed", ev->dma.s.unmap_failed);
		break;
	case VS_FOUND_KVM_VFIO:
		j_bool(j, "noncoherent", ev->kvm_vfio.noncoherent);
		break;
	case VS_FOUND_REGISTRATION:
	case VS_FOUND_GROUP:
		j_vm_id(j, "group_vm", refs->group_vm);
		break;
	case VS_FOUND_CONTAINER:
		j_text_or_null(j, "iommu_driver", ev->found_container.driver);
		break;
	case VS_DEV_OPEN:
	case VS_DEV_CLOSE:
	case VS_FOUND_DEVICE:
		j_text_or_null(j, "driver", ev->dev.driver);
		j_int(j, "open_count", ev->dev.open_count);
		j_vm_id(j, "kvm", ev->dev.kvm ? refs->vm : NULL);
		j_vm_id(j, "group_vm", refs->group_vm);
		break;
	case VS_DRIVER_OPEN:
	case VS_KVM_TAKEN:
	case VS_KVM_DROPPED:
		j_vm_id(j, "kvm", ev->dev_kvm.kvm ? refs->vm : NULL);
		j_int(j, "open_count", ev->dev_kvm.open_count);
		break;
	case VS_DEV_IOCTL:
		if (ev->dev_ioctl.cmd != VFIO_DEVICE_SET_IRQS)
			break;
		j_int(j, "irq_index", ev->dev_ioctl.irq_index);
		j_int(j, "irq_start", ev->dev_ioctl.irq_start);
		j_int(j, "irq_count", ev->dev_ioctl.irq_count);
		j_int(j, "irq_flags", ev->dev_ioctl.irq_flags);
		break;
	case VS_MODULE:
		j_text(j, "module", ev->module.name);
		break;
	}
}

static void set_pointers(struct json_line *j, const union vs_event *ev)
{
	struct vs_pointers p;

	vs_pointers_of(ev, &p);
	j_hex_or_null(j, "kvm_ptr", p.kvm);
	j_hex_or_null(j, "group_ptr", p.group);
	j_hex_or_null(j, "device_ptr", p.device);
}

static void set_caller(struct json_line *j, struct json_kept *kept, const struct ev_hdr *h)
{
	struct {
		uint32_t pid, tid, flags;
		char comm[VS_COMM_LEN];
	} from = { h->pid, h->tid, h->flags & (VS_F_EXITING | VS_F_NO_START), "" };
	size_t at;

	memcpy(from.comm, h->comm, sizeof(from.comm));
	if (j_again(j, kept, &from, sizeof(from)))
		return;
	at = j_anew(j);
	j_int(j, "pid", h->pid);
	j_int(j, "tid", h->tid);
	j_text(j, "comm", h->comm);
	j_bool(j, "exiting", h->flags & VS_F_EXITING);
	j_bool(j, "began_before_us", h->flags & VS_F_NO_START);
	j_keep(j, at, kept, &from, sizeof(from));
}

static void set_vm(struct json_line *j, struct json_kept *kept, const struct vs_vm *vm)
{
	size_t at;

	if (vm && j_again(j, kept, vm, sizeof(*vm)))
		return;
	at = j_anew(j);
	j_vm(j, vm);
	if (vm)
		j_keep(j, at, kept, vm, sizeof(*vm));
}

/* The members of an event, without what is around them. */
static void set_event(struct json_line *j, struct vs_out *out, const union vs_event *ev,
		      const struct vs_refs *refs)
{
	j_word(j, "op", vs_op_of(ev)->id);
	j_int(j, "ts_ns", (int64_t)ev->h.ts);
	j_int_or_null(j, "duration_ns", (int64_t)ev->h.dur, ev->h.dur);
	j_int(j, "result", ev->h.ret);
	j_word(j, "error", vs_errno_name(ev->h.ret));
	set_caller(j, &out->caller, &ev->h);
	set_vm(j, &out->vm, refs->vm);
	j_int_or_null(j, "group", refs->group, refs->group >= 0);
	j_text_or_null(j, "device", vs_event_device(ev));
	set_specific(j, ev, refs);
	if (out->style.raw_pointers)
		set_pointers(j, ev);
}

static void json_event(struct vs_out *out, const union vs_event *ev, const struct vs_refs *refs)
{
	struct json_line j;

	j_begin(&j, out->file, "event");
	set_event(&j, out, ev, refs);
	j_end(&j);
}

static void json_opened(struct vs_out *out, const struct vs_open *open)
{
	/* An open is one object, told when its verdict is final. */
	(void)out;
	(void)open;
}

/* A process that is not known has no name. */
static void set_comm(struct json_line *j, const char *key, uint32_t pid, const char *comm)
{
	if (pid)
		j_text(j, key, comm);
	else
		j_null(j, key);
}

/* @open: NULL if all that is known is a name and a group. */
static void set_device(struct json_line *j, const char *device, int group,
		       const struct vs_open *open)
{
	j_text_or_null(j, "device", device);
	j_text_or_null(j, "device_name", open ? open->info : NULL);
	j_text_or_null(j, "driver", open ? open->driver : NULL);
	j_int_or_null(j, "group", group, group >= 0);
}

static void set_fired(struct json_line *j, uint32_t fired)
{
	int i;

	j_open(j, "findings", '[');
	for (i = 0; i < VS_RULE_COUNT; i++)
		if (fired & (1u << i))
			j_word(j, NULL, vs_rules[i].name);
	j_close(j, ']');
}

static void json_closed(struct vs_out *out, const struct vs_open *open)
{
	struct json_line j;

	j_begin(&j, out->file, "open");
	j_int(&j, "open", open->id);
	j_word(&j, "verdict", vs_verdict_name(open->verdict));
	j_string(&j, "reason", open->reason);
	set_device(&j, open->device, open->group, open);
	j_vm(&j, open->vm);
	j_vm_id(&j, "kvm_at_open", open->kvm);
	j_word(&j, "path", "group");
	j_int_or_null(&j, "pid", open->pid, open->pid);
	j_int_or_null(&j, "tid", open->tid, open->tid);
	set_comm(&j, "comm", open->pid, open->comm);
	j_int_or_null(&j, "holder_pid", open->holder_pid, open->holder_pid);
	set_comm(&j, "holder_comm", open->holder_pid, open->holder_comm);
	j_int(&j, "opens", open->opens);
	set_fired(&j, open->fired);
	j_int_or_null(&j, "opened_ns", (int64_t)open->opened_ns, open->opened_ns);
	j_int_or_null(&j, "closed_ns", (int64_t)open->closed_ns, open->closed_ns);
	if (out->style.raw_pointers)
		j_hex_or_null(&j, "kvm_pointer", open->kvm ? open->kvm->ptr : 0);
	j_end(&j);
}

static void set_evidence(struct json_line *j, struct vs_out *out, const struct vs_finding *f)
{
	size_t i;

	j_open(j, "evidence", '[');
	for (i = 0; i < f->evidence_count; i++) {
		j_inner(j, "event");
		set_event(j, out, &f->evidence[i]->ev, &f->evidence[i]->refs);
		j_close(j, '}');
	}
	j_close(j, ']');
}

static void json_finding(struct vs_out *out, const struct vs_finding *f)
{
	struct json_line j;

	j_begin(&j, out->file, "finding");
	j_int_or_null(&j, "open", f->open ? f->open->id : 0, f->open);
	j_word(&j, "rule", f->rule->name);
	j_word(&j, "severity", vs_severity_name(f->severity));
	j_string(&j, "title", f->rule->title);
	j_int(&j, "ts_ns", (int64_t)f->ts);
	j_bool(&j, "pending", f->pending);
	set_device(&j, f->device, f->group, f->open);
	j_vm(&j, f->vm);
	j_int_or_null(&j, "pid", f->pid, f->pid);
	set_comm(&j, "comm", f->pid, f->comm);
	j_string(&j, "path", f->open ? "group" : NULL);
	set_evidence(&j, out, f);
	j_string(&j, "cause", f->cause);
	j_string(&j, "harm", f->harm);
	j_string(&j, "fix", f->rule->fix);
	j_string(&j, "reference", f->rule->reference);
	j_end(&j);
}

static void set_counts(struct json_line *j, const struct vs_tally *tally)
{
	int i;

	j_open(j, "opens", '{');
	for (i = VS_VERDICT_ORDERED; i < VS_VERDICT_COUNT; i++)
		j_int(j, vs_verdict_name(i), (int64_t)tally->opens[i]);
	j_close(j, '}');
	j_open(j, "findings", '{');
	for (i = VS_INFO; i <= VS_ERROR; i++)
		j_int(j, vs_severity_name(i), (int64_t)tally->findings[i]);
	j_close(j, '}');
}

static void json_end(struct vs_out *out, const struct vs_summary *s)
{
	struct json_line j;
	int i;

	j_begin(&j, out->file, "summary");
	j_string(&j, "command", out->meta.command);
	j_int(&j, "duration_ns", (int64_t)s->duration_ns);
	j_int_or_null(&j, "events", (int64_t)s->tally->events, out->meta.events);
	if (out->meta.opens) {
		set_counts(&j, s->tally);
	} else {
		j_null(&j, "opens");
		j_null(&j, "findings");
	}
	j_open(&j, "lost", '{');
	for (i = 0; i < VS_LOSS_COUNT; i++)
		j_int(&j, s->loss_names[i], (int64_t)s->lost_by_cause[i]);
	j_close(&j, '}');
	j_end(&j);
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
