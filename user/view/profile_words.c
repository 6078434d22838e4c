// SPDX-License-Identifier: GPL-2.0-only
#include "../core/text/describe.h"
#include "page.h"
#include "profile_words.h"

static void keep_together(struct vs_text *t, size_t from)
{
	for (; from < t->used; from++)
		if (t->buf[from] == ' ')
			t->buf[from] = VS_NO_BREAK;
}

void vs_put_time(struct vs_text *t, uint64_t ns)
{
	size_t at = t->used;

	vs_put_duration(t, ns);
	keep_together(t, at);
}

void vs_put_share(struct vs_text *t, double share)
{
	size_t at = t->used;

	if (share > 0 && share < 0.01)
		vs_put(t, "<1");
	else
		vs_put_uint(t, (uint64_t)(share * 100 + 0.5));
	vs_put(t, " %");
	keep_together(t, at);
}

static void put_phase_time(struct vs_text *t, const char *what, uint64_t ns)
{
	vs_put(t, what);
	vs_put(t, " ");
	vs_put_time(t, ns);
}

static const struct vs_attach_phase *longest_part(const struct vs_attach *a,
						  const struct vs_attach_phase *of)
{
	const struct vs_attach_phase *p, *longest = NULL;
	enum vs_phase parent = of ? of->phase : VS_PHASE_NONE;

	for (p = a->phase; p < a->phase + a->phase_count; p++)
		if (p->parent == parent && (!of || p->root == of->root) &&
		    (!longest || p->total_ns > longest->total_ns))
			longest = p;
	return longest;
}

/* As far inside as one thing takes at least half of the call. */
void vs_put_longest(struct vs_text *t, const struct vs_attach *a)
{
	const struct vs_attach_phase *call = longest_part(a, NULL), *in = call, *part = call;
	int depth;

	if (!call) {
		vs_put(t, "no call");
		return;
	}
	for (depth = 0; part && part->total_ns * 2 >= call->total_ns && depth < 4; depth++) {
		in = part;
		part = longest_part(a, in);
	}
	put_phase_time(t, vs_phase_name(call->phase), call->total_ns);
	if (in == call && in->lock_ns * 2 < call->total_ns)
		return;
	vs_put(t, " (");
	if (in->lock_ns && in->lock_ns * 2 >= call->total_ns)
		put_phase_time(t, "waits for locks", in->lock_ns);
	else
		put_phase_time(t, vs_phase_name(in->phase), in->total_ns);
	vs_put(t, ")");
}

void vs_put_attached(struct vs_text *t, const struct vs_attach *a)
{
	if (*a->device) {
		vs_put_escaped(t, a->device);
		return;
	}
	vs_put(t, "a device");
	if (a->group >= 0) {
		vs_put(t, " of IOMMU group ");
		vs_put_int(t, a->group);
	}
}

void vs_put_user(struct vs_text *t, const struct vs_attach *a)
{
	if (a->vm.id)
		vs_put_vm(t, &a->vm, true);
	if (a->vm.id && a->vm.pid == a->pid)
		return;
	vs_put(t, a->vm.id ? ", used by " : "");
	vs_put_process(t, a->comm, a->pid);
}

static void put_holder_vm(struct vs_text *t, const struct vs_lock_holder *h)
{
	vs_put(t, ", vm");
	vs_put_uint(t, h->vm_id);
	if (!*h->vm_name)
		return;
	vs_put(t, " \"");
	vs_put_escaped(t, h->vm_name);
	vs_put(t, "\"");
}

static void put_holder(struct vs_text *t, const struct vs_lock_holder *h)
{
	size_t at;

	if (!h->pid) {
		vs_put(t, "somebody unknown");
	} else {
		vs_put_escaped(t, h->comm);
		at = t->used;
		vs_put(t, " (pid ");
		vs_put_uint(t, h->pid);
		keep_together(t, at + 1);
		if (h->vm_id)
			put_holder_vm(t, h);
		vs_put(t, ")");
	}
	if (*h->device) {
		vs_put(t, " for ");
		vs_put_escaped(t, h->device);
	}
	if (h->phase != VS_PHASE_NONE) {
		vs_put(t, " in ");
		vs_put(t, vs_phase_name(h->phase));
	}
	if (h->ns) {
		vs_put(t, " ");
		vs_put_time(t, h->ns);
	}
}

static bool known(const struct vs_lock_holder *h)
{
	return h->pid || h->phase != VS_PHASE_NONE || *h->device;
}

void vs_put_now(struct vs_text *t, const struct vs_attach_now *now)
{
	vs_put(t, "in ");
	vs_put(t, vs_phase_name(now->phase));
	vs_put(t, " for ");
	vs_put_time(t, now->call_ns);
	if (now->part != now->phase && now->part != VS_PHASE_NONE) {
		vs_put(t, ": in ");
		vs_put(t, vs_phase_name(now->part));
		vs_put(t, " for ");
		vs_put_time(t, now->part_ns);
	}
	if (now->lock == VS_LOCK_NONE)
		return;
	vs_put(t, ", waiting for ");
	vs_put(t, vs_lock_name(now->lock));
	vs_put(t, " for ");
	vs_put_time(t, now->lock_ns);
	vs_put(t, known(&now->holder) ? ", held by " : ", its holder is not known");
	if (known(&now->holder))
		put_holder(t, &now->holder);
}

void vs_put_waited(struct vs_text *t, const struct vs_lock_waited *w)
{
	size_t i;

	vs_put(t, "waited ");
	vs_put_time(t, w->wait_ns);
	vs_put(t, " for ");
	vs_put(t, vs_lock_name(w->lock));
	vs_put(t, w->holder_count ? ", held by " : ", its holder is not known");
	for (i = 0; i < w->holder_count; i++) {
		vs_put(t, i ? "; by " : "");
		put_holder(t, &w->holder[i]);
	}
	if (w->holders > w->holder_count) {
		vs_put(t, "; by ");
		vs_put_uint(t, w->holders - w->holder_count);
		vs_put(t, " more");
	}
}
