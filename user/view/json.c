// SPDX-License-Identifier: GPL-2.0-only
/*
 * Output for programs: one object per line, described in docs/json.md. Pure
 * ASCII, so that no terminal is steered by it.
 */
#include <stdlib.h>
#include <string.h>

#include "../core/event/phases.h"
#include "../core/event/refs.h"
#include "../core/profile/summary.h"
#include "../core/tally.h"
#include "../core/text/cause.h"
#include "../core/text/describe.h"
#include "../core/text/maps.h"
#include "../core/text/uapi.h"
#include "../core/passthrough/device.h"
#include "jsonw.h"
#include "view.h"

struct json_view {
	struct vs_sink sink;
	struct vs_view_config config;
	/* Of events before. */
	struct json_kept caller, vm;
	/* Of a profile, until the end. */
	uint64_t attaches, failed, going_on, incomplete;
};

static struct json_view *of(struct vs_sink *s)
{
	return (struct json_view *)s;
}

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

static void set_sites(struct json_line *j, const struct vs_run *run)
{
	size_t i;

	j_open(j, "sites", '[');
	for (i = 0; i < run->site_count; i++) {
		const struct ev_site *site = &run->sites[i];

		j_open(j, NULL, '{');
		j_text(j, "site", site->name);
		j_text(j, "method", site->method);
		j_text_or_null(j, "function", site->function);
		j_close(j, '}');
	}
	j_close(j, ']');
}

static void json_start(struct vs_sink *s, const struct vs_run *run)
{
	const struct vs_view_config *c = &of(s)->config;
	struct json_line j;

	j_begin(&j, c->file, "start");
	j_string(&j, "tool", "vfioscope");
	j_text(&j, "version", run->start.version);
	j_string(&j, "command", c->command);
	j_text(&j, "kernel", run->start.release);
	j_text(&j, "arch", run->start.arch);
	j_int(&j, "boottime_ns", (int64_t)run->start.h.ts);
	j_int(&j, "realtime_ns", (int64_t)run->start.realtime_ns);
	j_int(&j, "grace_ns", (int64_t)c->grace_ns);
	set_program(&j, run->program);
	set_sites(&j, run);
	j_end(&j);
}

/* Of who is in the way of a call that failed with EBUSY; 0: not known. */
static uint32_t busy_pid(const struct vs_refs *refs)
{
	return refs->busy ? vs_open_pid(refs->busy) : 0;
}

/*
 * Fields of one kind of event beyond those all have, as bpf/event.h lists them: one
 * function for each struct, own_MEMBER().
 */
#define FORM_NONE(member, key)
#define FORM_INT(member, key) j_int(j, #key, (int64_t)e->member);
#define FORM_INT_SEEN(member, key) \
	j_int_or_null(j, #key, (int64_t)e->member, e->member != VS_NOT_SEEN);
#define FORM_HEX(member, key) j_hex(j, #key, e->member);
#define FORM_BOOL(member, key) j_bool(j, #key, e->member);
#define FORM_TEXT(member, key) j_text(j, #key, e->member);
#define FORM_TEXT_OR_NULL(member, key) j_text_or_null(j, #key, e->member);
#define FORM_FEATURE(member, key) j_text_or_null(j, #key, vs_feature_name(e->member));
#define FORM_MIGRATION(member, key) j_word(j, #key, vs_migration_name(e->member));
#define FORM_BUSY(member, key) j_int_or_null(j, #key, busy_pid(refs), busy_pid(refs));
#define FORM_MEMORY(member, key) j_word(j, #key, vs_memory_name(e->member));
#define FORM_PHASE(member, key) j_word(j, #key, vs_phase_name(e->member));
#define FORM_LOCK(member, key) j_word(j, #key, vs_lock_name(e->member));
#define FORM_KVM(member, key) j_vm_id(j, #key, e->member ? refs->vm : NULL);
#define FORM_GROUP_KVM(member, key) j_vm_id(j, #key, refs->group_vm);

#define SET_FIELD(type, member, role, pair, form, key) FORM_##form(member, key)
#define SET_STRING(length, member, role, form, key) FORM_##form(member, key)
#define SET_FLAG(flag, form, key) j_bool(j, #key, e->h.flags &(flag));

#define SET_STRUCT(name, FIELDS, member)                                        \
	static void own_##member(struct json_line *j, const union vs_event *ev, \
				 const struct vs_refs *refs)                    \
	{                                                                       \
		const struct name *e = &ev->member;                             \
                                                                                \
		(void)j;                                                        \
		(void)e;                                                        \
		(void)refs;                                                     \
		FIELDS(SET_FIELD, SET_STRING, SET_FLAG)                         \
	}

VS_EVENT_STRUCTS(SET_STRUCT)

/* Records about the stream are no events. */
#define SET_NOTHING(name, FIELDS, member)                                       \
	static void own_##member(struct json_line *j, const union vs_event *ev, \
				 const struct vs_refs *refs)                    \
	{                                                                       \
		(void)j;                                                        \
		(void)ev;                                                       \
		(void)refs;                                                     \
	}

VS_CONTROL_STRUCTS(SET_NOTHING)

#define SET_OF_KIND(number, name, member, id, label, traits) [VS_##name] = own_##member,

static void (*const own_fields[VS_KIND_COUNT])(struct json_line *j, const union vs_event *ev,
					       const struct vs_refs *refs) = {
	VS_KINDS(SET_OF_KIND)
};

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
	} from = { h->pid, h->tid, h->flags & (VS_F_EXITING | VS_F_BEGAN_BEFORE), "" };
	size_t at;

	memcpy(from.comm, h->comm, sizeof(from.comm));
	if (j_again(j, kept, &from, sizeof(from)))
		return;
	at = j_anew(j);
	j_int(j, "pid", h->pid);
	j_int(j, "tid", h->tid);
	j_text(j, "comm", h->comm);
	j_bool(j, "exiting", h->flags & VS_F_EXITING);
	j_bool(j, "began_before_us", h->flags & VS_F_BEGAN_BEFORE);
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
static void set_event(struct json_line *j, struct json_view *v, const union vs_event *ev,
		      const struct vs_refs *refs)
{
	bool found = vs_event_is(ev, VS_T_FOUND);

	j_word(j, "op", vs_kinds[ev->h.kind].id);
	j_int(j, "ts_ns", (int64_t)ev->h.ts);
	j_int_or_null(j, "duration_ns", (int64_t)ev->h.dur, ev->h.dur != VS_NOT_SEEN);
	j_int_or_null(j, "result", found ? refs->holder_fd : ev->h.ret,
		      !found || refs->holder_fd >= 0);
	j_word(j, "error", vs_errno_name(ev->h.ret));
	set_caller(j, &v->caller, &ev->h);
	set_vm(j, &v->vm, refs->vm);
	j_int_or_null(j, "group", refs->group, refs->group >= 0);
	j_text_or_null(j, "device", vs_event_device(ev));
	own_fields[ev->h.kind](j, ev, refs);
	if (v->config.raw_pointers)
		set_pointers(j, ev);
}

static void json_event(struct vs_sink *s, const union vs_event *ev, const struct vs_refs *refs)
{
	struct json_line j;

	j_begin(&j, of(s)->config.file, "event");
	set_event(&j, of(s), ev, refs);
	j_end(&j);
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

static void set_fired(struct json_line *j, uint64_t fired)
{
	int i;

	j_open(j, "findings", '[');
	for (i = 0; i < VS_RULE_COUNT; i++)
		if (fired & 1ULL << i)
			j_word(j, NULL, vs_rules[i].name);
	j_close(j, ']');
}

/* An open is one object, written when its verdict is final. */
static void json_closed(struct vs_sink *s, const struct vs_open *open)
{
	struct json_view *v = of(s);
	struct json_line j;

	j_begin(&j, v->config.file, "open");
	j_int(&j, "open", open->id);
	j_word(&j, "verdict", vs_verdict_name(open->verdict));
	j_string(&j, "reason", open->reason.text);
	j_word(&j, "reason_id", open->reason.id);
	set_device(&j, open->device, open->group, open);
	j_vm(&j, open->vm);
	j_vm_id(&j, "kvm_at_open", open->kvm);
	j_word(&j, "path", vs_path_name(open->path));
	j_word(&j, "backend", vs_backend_name(open->backend));
	j_int_or_null(&j, "pid", open->pid, open->pid);
	j_int_or_null(&j, "tid", open->tid, open->tid);
	set_comm(&j, "comm", open->pid, open->comm);
	j_int_or_null(&j, "holder_pid", open->holder_pid, open->holder_pid);
	set_comm(&j, "holder_comm", open->holder_pid, open->holder_comm);
	j_int(&j, "opens", open->opens);
	set_fired(&j, open->fired);
	j_int_or_null(&j, "opened_ns", (int64_t)open->opened_ns, open->opened_ns);
	j_int_or_null(&j, "closed_ns", (int64_t)open->closed_ns, open->closed_ns);
	if (v->config.raw_pointers)
		j_hex_or_null(&j, "kvm_pointer", open->kvm ? open->kvm->ptr : 0);
	j_end(&j);
}

static void set_evidence(struct json_line *j, struct json_view *v, const struct vs_finding *f)
{
	size_t i;

	j_open(j, "evidence", '[');
	for (i = 0; i < f->evidence_count; i++) {
		j_inner(j, "event");
		set_event(j, v, &f->evidence[i]->ev, &f->evidence[i]->refs);
		j_close(j, '}');
	}
	j_close(j, ']');
}

/* Null where it makes no sense, or nobody could look. */
static void set_holds(struct json_line *j, const struct vs_finding *f)
{
	if (!f->holds) {
		j_null(j, "holders");
		return;
	}
	j_holds(j, "holders", f->holds, f->hold_count);
}

static void set_blocker(struct json_line *j, const struct vs_blocker *b)
{
	struct vs_hurdle fix;
	size_t i;

	vs_blocker_fix(b, &fix);
	j_open(j, NULL, '{');
	j_text(j, "device", b->name);
	j_text_or_null(j, "bus", b->bus);
	j_text(j, "driver", b->driver);
	j_open(j, "commands", '[');
	for (i = 0; i < fix.command_count; i++)
		j_text(j, NULL, fix.command[i]);
	j_close(j, ']');
	j_close(j, '}');
}

static void set_blockers(struct json_line *j, const struct vs_finding *f)
{
	size_t i;

	if (f->rule->id != VS_RULE_NOT_VIABLE) {
		j_null(j, "blockers");
		return;
	}
	j_open(j, "blockers", '[');
	for (i = 0; i < f->blocker_count; i++)
		set_blocker(j, &f->blockers[i]);
	j_close(j, ']');
}

static void set_cause(struct json_line *j, const struct vs_finding *f)
{
	char buf[VS_CAUSE_LEN];
	struct vs_text t;

	vs_text_init(&t, buf, sizeof(buf));
	j_string(j, "cause", vs_put_cause(&t, f) ? buf : NULL);
}

static void set_missing(struct json_line *j, const struct vs_finding *f)
{
	const struct vs_missing *at;

	if (f->rule->id != VS_RULE_RESET_FAILED) {
		j_null(j, "missing");
		return;
	}
	j_open(j, "missing", '[');
	for (at = f->missing; at < f->missing + f->missing_count; at++) {
		j_open(j, NULL, '{');
		j_text(j, "device", at->device);
		j_int_or_null(j, "group", at->group, at->group >= 0);
		j_text_or_null(j, "driver", at->driver);
		j_bool(j, "vfio", at->vfio);
		j_text_or_null(j, "physical_function", at->pf);
		j_close(j, '}');
	}
	j_close(j, ']');
}

static void json_finding(struct vs_sink *s, const struct vs_finding *f)
{
	struct json_view *v = of(s);
	struct json_line j;

	j_begin(&j, v->config.file, "finding");
	j_int_or_null(&j, "open", f->open ? f->open->id : 0, f->open);
	j_word(&j, "rule", f->rule->name);
	j_word(&j, "severity", vs_severity_name(f->severity));
	j_string(&j, "title", f->title);
	j_int(&j, "ts_ns", (int64_t)f->ts);
	j_bool(&j, "pending", f->pending);
	set_device(&j, f->device, f->group, f->open);
	j_vm(&j, f->vm);
	j_int_or_null(&j, "pid", f->pid, f->pid);
	set_comm(&j, "comm", f->pid, f->comm);
	j_string(&j, "path", f->open ? vs_path_name(f->path) : NULL);
	set_evidence(&j, v, f);
	set_holds(&j, f);
	if (f->holds)
		j_bool(&j, "mappings_seen", !f->mapped_unseen);
	else
		j_null(&j, "mappings_seen");
	set_blockers(&j, f);
	set_missing(&j, f);
	set_cause(&j, f);
	j_string(&j, "harm", f->harm);
	j_string(&j, "fix", f->fix);
	j_string(&j, "reference", f->rule->reference);
	j_end(&j);
}

static void json_attach(struct vs_sink *s, const struct vs_attach *attach)
{
	vs_write_attach(of(s)->config.file, attach);
}

static void json_stuck(struct vs_sink *s, const struct vs_attach *attach)
{
	vs_write_stuck(of(s)->config.file, attach);
}

static void json_detach(struct vs_sink *s, const struct vs_attach *attach)
{
	vs_write_detach(of(s)->config.file, attach);
}

static void json_profile(struct vs_sink *s, const struct vs_profile *profile)
{
	struct json_view *v = of(s);

	v->attaches = profile->attaches;
	v->failed = profile->failed;
	v->going_on = profile->going_on;
	v->incomplete = profile->incomplete;
	vs_write_profile(v->config.file, profile);
}

static void set_opens(struct json_line *j, const struct vs_tally *tally, bool counted)
{
	int i;

	if (!counted) {
		j_null(j, "opens");
		return;
	}
	j_open(j, "opens", '{');
	for (i = VS_VERDICT_ORDERED; i < VS_VERDICT_COUNT; i++)
		j_int(j, vs_verdict_name(i), (int64_t)tally->opens[i]);
	j_close(j, '}');
}

static void set_findings(struct json_line *j, const struct vs_tally *tally, bool counted)
{
	int i;

	if (!counted) {
		j_null(j, "findings");
		return;
	}
	j_open(j, "findings", '{');
	for (i = VS_INFO; i <= VS_ERROR; i++)
		j_int(j, vs_severity_name(i), (int64_t)tally->findings[i]);
	j_close(j, '}');
}

static void set_attaches(struct json_line *j, const struct json_view *v)
{
	bool counted = v->config.profile;

	j_int_or_null(j, "attaches", (int64_t)v->attaches, counted);
	j_int_or_null(j, "attaches_failed", (int64_t)v->failed, counted);
	j_int_or_null(j, "attaches_going_on", (int64_t)v->going_on, counted);
	j_int_or_null(j, "attaches_incomplete", (int64_t)v->incomplete, counted);
}

static void json_moment(struct vs_sink *s, const struct vs_moment *moment)
{
	vs_write_moment(of(s)->config.file, moment, of(s)->config.raw_pointers);
}

static void set_program_end(struct json_line *j, const struct vs_program_end *p)
{
	if (!p) {
		j_null(j, "program");
		return;
	}
	j_open(j, "program", '{');
	j_int_or_null(j, "exit_status", p->end.exit_status, p->end.exit_status >= 0);
	j_int_or_null(j, "signal", p->end.signal, p->end.signal);
	j_bool(j, "told_to_end", p->end.told);
	j_int(j, "calls", (int64_t)p->end.calls);
	j_bool(j, "call_failed", p->call_failed);
	j_close(j, '}');
}

static void json_end(struct vs_sink *s, const struct vs_ending *ending)
{
	const struct vs_view_config *c = &of(s)->config;
	struct json_line j;
	int i;

	j_begin(&j, c->file, "summary");
	j_string(&j, "command", c->command);
	j_int(&j, "duration_ns", (int64_t)ending->duration_ns);
	j_int_or_null(&j, "events", (int64_t)ending->tally->events, c->events);
	set_opens(&j, ending->tally, c->opens);
	set_findings(&j, ending->tally, c->opens || c->profile);
	set_attaches(&j, of(s));
	set_program_end(&j, ending->program);
	j_open(&j, "lost", '{');
	for (i = 0; i < VS_LOSS_COUNT; i++)
		j_int(&j, vs_losses[i].id, (int64_t)ending->losses->by_cause[i]);
	j_close(&j, '}');
	j_end(&j);
}

static void json_free(struct vs_sink *s)
{
	free(s);
}

static const struct vs_sink_ops json_ops = {
	.start = json_start,
	.event = json_event,
	.finding = json_finding,
	.closed = json_closed,
	.moment = json_moment,
	.end = json_end,
	.free = json_free,
};

static const struct vs_sink_ops profile_ops = {
	.start = json_start,
	.finding = json_finding,
	.attach = json_attach,
	.stuck = json_stuck,
	.detach = json_detach,
	.profile = json_profile,
	.end = json_end,
	.free = json_free,
};

struct vs_sink *vs_view_json(const struct vs_view_config *config)
{
	struct json_view *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->sink.ops = config->profile ? &profile_ops : &json_ops;
	v->config = *config;
	return &v->sink;
}
