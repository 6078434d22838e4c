// SPDX-License-Identifier: GPL-2.0-only
/* Attaches and what they come to, for programs: docs/json.md. */
#include "../core/profile/summary.h"
#include "../core/text/describe.h"
#include "jsonw.h"
#include "view.h"

static void set_uint(struct json_line *j, const char *key, uint64_t value)
{
	j_int(j, key, (int64_t)value);
}

/* A process that is not known has no name. */
static void set_process(struct json_line *j, uint32_t pid, uint32_t tid, const char *comm)
{
	j_int_or_null(j, "pid", pid, pid);
	j_int_or_null(j, "tid", tid, tid);
	j_text_or_null(j, "comm", pid ? comm : NULL);
}

/* Which attach it is. */
static void set_identity(struct json_line *j, const struct vs_attach *a)
{
	j_int(j, "attach", a->id);
	j_text_or_null(j, "device", a->device);
	j_text_or_null(j, "driver", a->driver);
	j_int_or_null(j, "group", a->group, a->group >= 0);
	j_vm(j, a->vm.id ? &a->vm : NULL);
	set_process(j, a->pid, a->tid, a->comm);
	j_word(j, "path", vs_path_name(a->path));
	j_word(j, "backend", vs_backend_name(a->backend));
}

static void set_holder(struct json_line *j, const struct vs_lock_holder *h)
{
	j_open(j, NULL, '{');
	set_process(j, h->pid, h->tid, h->comm);
	j_id(j, "vm", "vm", h->vm_id);
	j_text_or_null(j, "vm_name", h->vm_name);
	j_text_or_null(j, "device", h->device);
	j_word(j, "phase", vs_phase_name(h->phase));
	set_uint(j, "held_ns", h->ns);
	j_close(j, '}');
}

/* The one that held it for longest; NULL: nobody is known. */
static void set_main_holder(struct json_line *j, const struct vs_lock_holder *h)
{
	uint32_t pid = h ? h->pid : 0;

	j_int_or_null(j, "holder_pid", pid, pid);
	j_text_or_null(j, "holder_comm", pid ? h->comm : NULL);
	j_id(j, "holder_vm", "vm", h ? h->vm_id : 0);
	j_text_or_null(j, "holder_device", h ? h->device : NULL);
	j_word(j, "holder_phase", h ? vs_phase_name(h->phase) : NULL);
}

static void set_now(struct json_line *j, const struct vs_attach_now *now)
{
	if (now->phase == VS_PHASE_NONE) {
		j_null(j, "now");
		return;
	}
	j_open(j, "now", '{');
	j_word(j, "phase", vs_phase_name(now->phase));
	j_word(j, "part", vs_phase_name(now->part));
	set_uint(j, "call_ns", now->call_ns);
	set_uint(j, "part_ns", now->part_ns);
	j_word(j, "lock", vs_lock_name(now->lock));
	set_uint(j, "lock_wait_ns", now->lock_ns);
	set_main_holder(j, &now->holder);
	j_close(j, '}');
}

static void set_phases(struct json_line *j, const struct vs_attach_phase *phase, size_t count)
{
	size_t i;

	j_open(j, "phases", '[');
	for (i = 0; i < count; i++, phase++) {
		j_open(j, NULL, '{');
		j_word(j, "phase", vs_phase_name(phase->phase));
		j_word(j, "parent", vs_phase_name(phase->parent));
		j_word(j, "root", vs_phase_name(phase->root));
		set_uint(j, "count", phase->count);
		set_uint(j, "total_ns", phase->total_ns);
		set_uint(j, "self_ns", phase->self_ns);
		set_uint(j, "lock_wait_ns", phase->lock_ns);
		set_uint(j, "max_ns", phase->max_ns);
		set_uint(j, "max_bytes", phase->max_bytes);
		set_uint(j, "bytes", phase->bytes);
		set_uint(j, "pages", phase->pages);
		set_uint(j, "failed", phase->failed);
		j_close(j, '}');
	}
	j_close(j, ']');
}

static void set_wait(struct json_line *j, const struct vs_lock_waited *w)
{
	size_t i;

	j_open(j, NULL, '{');
	j_word(j, "lock", vs_lock_name(w->lock));
	j_word(j, "phase", vs_phase_name(w->phase));
	set_uint(j, "begin_ns", w->begin_ns);
	set_uint(j, "wait_ns", w->wait_ns);
	set_main_holder(j, w->holder_count ? &w->holder[0] : NULL);
	j_int(j, "holders", (int64_t)(w->holders > w->holder_count ? w->holders : w->holder_count));
	j_open(j, "held_by", '[');
	for (i = 0; i < w->holder_count; i++)
		set_holder(j, &w->holder[i]);
	j_close(j, ']');
	j_close(j, '}');
}

static void set_waits(struct json_line *j, const struct vs_attach *a)
{
	size_t i;

	j_int(j, "waits", (int64_t)(a->waits > a->wait_count ? a->waits : a->wait_count));
	j_open(j, "lock_waits", '[');
	for (i = 0; i < a->wait_count; i++)
		set_wait(j, &a->wait[i]);
	j_close(j, ']');
}

void vs_write_attach(FILE *f, const struct vs_attach *a)
{
	bool failed = a->state == VS_ATTACH_FAILED;
	struct json_line j;

	j_begin(&j, f, "attach");
	set_identity(&j, a);
	j_word(&j, "state", vs_attach_state_name(a->state));
	j_word(&j, "error", failed ? vs_errno_name(a->error) : NULL);
	set_uint(&j, "begin_ns", a->begin_ns);
	set_uint(&j, "total_ns", a->total_ns);
	set_uint(&j, "vmm_ns", a->vmm_ns);
	set_uint(&j, "unaccounted_ns", a->unaccounted_ns);
	j_bool(&j, "complete", a->complete);
	set_phases(&j, a->phase, a->phase_count);
	set_waits(&j, a);
	set_now(&j, &a->now);
	j_end(&j);
}

void vs_write_stuck(FILE *f, const struct vs_attach *a)
{
	struct json_line j;

	j_begin(&j, f, "stuck");
	set_identity(&j, a);
	set_uint(&j, "ts_ns", a->end_ns);
	set_now(&j, &a->now);
	j_end(&j);
}

void vs_write_detach(FILE *f, const struct vs_attach *a)
{
	struct json_line j;

	if (a->state == VS_ATTACH_GOING_ON)
		vs_write_attach(f, a);
	j_begin(&j, f, "detach");
	j_int(&j, "attach", a->id);
	j_text_or_null(&j, "device", a->device);
	j_int_or_null(&j, "closed_ns", (int64_t)a->closed_ns, a->closed_ns);
	set_phases(&j, a->later, a->later_count);
	j_end(&j);
}

static void write_stat(FILE *f, const struct vs_phase_stat *s)
{
	struct json_line j;

	j_begin(&j, f, "phase");
	j_word(&j, "phase", s->name);
	j_word(&j, "parent", vs_phase_name(s->parent));
	j_bool(&j, "later", s->later);
	j_text_or_null(&j, "driver", s->driver);
	set_uint(&j, "count", s->count);
	set_uint(&j, "p50_ns", s->p50_ns);
	set_uint(&j, "p90_ns", s->p90_ns);
	set_uint(&j, "p99_ns", s->p99_ns);
	set_uint(&j, "max_ns", s->max_ns);
	set_uint(&j, "total_ns", s->total_ns);
	j_int_or_null(&j, "share_permille", (int64_t)(s->share * 1000 + 0.5), !s->later);
	j_end(&j);
}

void vs_write_profile(FILE *f, const struct vs_profile *profile)
{
	size_t i;

	for (i = 0; i < profile->stat_count; i++)
		write_stat(f, &profile->stat[i]);
}
