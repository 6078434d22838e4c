// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every order of the calls that explains the module's log gives each open an
 * answer; the tool has to give one of these. The contract is in README.md.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "trial.h"

enum { VARIANTS = 1024 }; /* orders looked at, at most */

void disagree(struct trial *t, const char *format, ...)
{
	FILE *to = t->j->report;
	va_list args;

	if (to && !t->disagreements)
		fprintf(to, "\n== seed %" PRIu64 ", lane %u\n", t->m->seq->seed,
			t->m->history->lane);
	t->disagreements++;
	if (!to)
		return;
	fprintf(to, "** ");
	va_start(args, format);
	vfprintf(to, format, args);
	va_end(args);
	fputc('\n', to);
}

int64_t us(const struct matter *m, uint64_t ns)
{
	return ((int64_t)ns - (int64_t)m->history->start_ns) / 1000;
}

/* The module's log */

static bool take_open(struct trial *t, const struct seen *r)
{
	if (t->truth_count == TRUTHS)
		return false;
	t->truths[t->truth_count++] = (struct truth){
		.opened_ns = r->ns,
		.kvm = r->kvm,
		.tgid = r->tgid,
		.dev = r->dev,
		.open_from = UINT64_MAX,
		.close_from = UINT64_MAX,
		.opens_min = ~0u,
		.iommufd = r->iommufd,
		.lost_from = UINT64_MAX,
		.gone_from = UINT64_MAX,
	};
	return true;
}

static bool take_close(struct trial *t, const struct seen *r)
{
	unsigned int i;

	for (i = t->truth_count; i--;)
		if (t->truths[i].dev == r->dev)
			break;
	if (i > t->truth_count || t->truths[i].closed_ns)
		return false;
	t->truths[i].closed_ns = r->ns;
	t->truths[i].closed_kvm = r->kvm;
	return true;
}

static void read_log(struct trial *t)
{
	const struct seen *r;

	for (r = t->m->seen; r < t->m->seen + t->m->seen_count; r++) {
		if (r->open && r->ret) {
			t->j->refused++;
			continue;
		}
		if (!(r->open ? take_open(t, r) : take_close(t, r)))
			disagree(t, "the module's log makes no sense at %" PRId64 " us",
				 us(t->m, r->ns));
	}
}

/* Does an order of the calls explain the log? */

bool within(const struct call *call, uint64_t ns)
{
	return ns + SLACK_NS >= call->start_ns && ns <= call->end_ns + SLACK_NS;
}

static bool same_open(const struct trial *t, const struct sim_open *o, const struct truth *truth)
{
	const struct call *calls = t->m->history->calls;

	if (o->tgid != truth->tgid || (o->vm == NOBODY) != !truth->kvm)
		return false;
	if (t->j->cdevs && truth->iommufd != (o->backend != BACKEND_TYPE1))
		return false;
	if (!within(&calls[o->first_op], truth->opened_ns))
		return false;
	if (truth->closed_ns && truth->closed_kvm != (o->forget == SEQ_OPS ? truth->kvm : 0))
		return false;
	return o->last_op == SEQ_OPS || within(&calls[o->last_op], truth->closed_ns);
}

/* A VM has one address; two VMs have two, unless one came after the other's end. */
static bool same_pointer(const struct sim *s, int vm, uint64_t pointer, int other_vm,
			 uint64_t other_pointer)
{
	const struct sim_vm *a = &s->vms[vm], *b = &s->vms[other_vm];

	if (vm == other_vm)
		return pointer == other_pointer;
	return pointer != other_pointer || a->last_op <= b->first_op || b->last_op <= a->first_op;
}

static bool pointers_fit(const struct trial *t, const struct sim *s, const int *truth_of)
{
	unsigned int i, k;

	for (i = 0; i < s->open_count; i++)
		for (k = 0; k < i; k++)
			if (s->opens[i].vm != NOBODY && s->opens[k].vm != NOBODY &&
			    !same_pointer(s, s->opens[i].vm, t->truths[truth_of[i]].kvm,
					  s->opens[k].vm, t->truths[truth_of[k]].kvm))
				return false;
	return true;
}

/* The n-th open of a device here is its n-th there. */
static bool explains(const struct trial *t, const struct sim *s, int *truth_of)
{
	unsigned int i, k, next[SEQ_DEVICES] = { 0 };

	if (s->impossible || s->open_count != t->truth_count)
		return false;
	for (i = 0; i < s->open_count; i++) {
		k = next[s->opens[i].dev];
		while (k < t->truth_count && t->truths[k].dev != s->opens[i].dev)
			k++;
		if (k == t->truth_count || !same_open(t, &s->opens[i], &t->truths[k]))
			return false;
		truth_of[i] = k;
		next[s->opens[i].dev] = k + 1;
	}
	return pointers_fit(t, s, truth_of);
}

static void extend(uint64_t *from, uint64_t *by, uint64_t start, uint64_t end)
{
	if (start < *from)
		*from = start;
	if (end > *by)
		*by = end;
}

static void merge_end(const struct trial *t, uint8_t op, uint64_t *from, uint64_t *by)
{
	const struct call *call = &t->m->history->calls[op];

	if (op != SEQ_OPS)
		extend(from, by, call->start_ns, call->end_ns);
}

static void merge_open(struct trial *t, const struct sim *s, const struct sim_open *o,
		       struct truth *truth)
{
	const struct history *h = t->m->history;
	const struct call *first = &h->calls[o->first_op], *last = &h->calls[o->last_op];

	extend(&truth->open_from, &truth->open_by, first->start_ns, first->end_ns);
	if (o->last_op == SEQ_OPS)
		extend(&truth->close_from, &truth->close_by, truth->closed_ns, h->end_ns);
	else
		extend(&truth->close_from, &truth->close_by, last->start_ns, last->end_ns);
	truth->answers |= answers_of(t, o, truth);
	truth->before |= answers_before(t, o);
	merge_end(t, o->forget, &truth->lost_from, &truth->lost_by);
	merge_end(t, o->gone, &truth->gone_from, &truth->gone_by);
	merge_end(t, o->blind_gone, &truth->gone_from, &truth->gone_by);
	if (o->opens < truth->opens_min)
		truth->opens_min = o->opens;
	if (o->opens > truth->opens_max)
		truth->opens_max = o->opens;
	if (o->vm != NOBODY)
		truth->owner = s->vms[o->vm].owner_pid;
	truth->paths |= 1u << o->path;
	truth->backends |= 1u << o->backend;
}

/* The same duty in another order of the calls: which rule reports a refusal depends on the order. */
static bool same_duty(const struct duty *a, const struct duty *b)
{
	const unsigned int refusal = 1u << RULE_OPEN_REFUSED | 1u << RULE_DRIVER_REFUSED;

	return a->op == b->op && a->dev == b->dev &&
	       (a->rules & b->rules || (a->rules & refusal && b->rules & refusal));
}

static void merge_duty(struct trial *t, const struct duty *d)
{
	struct merged *m;

	for (m = t->duties; m < t->duties + t->duty_count; m++)
		if (same_duty(&m->duty, d) && m->variant != t->variants)
			break;
	if (m == t->duties + SIM_DUTIES)
		return;
	if (m == t->duties + t->duty_count) {
		t->duty_count++;
		*m = (struct merged){ .duty = *d };
	}
	m->duty.must &= d->must;
	m->duty.rules |= d->rules;
	m->variant = t->variants;
	m->hits++;
}

static void consider(struct trial *t, struct sim *s, unsigned int variant)
{
	static struct step steps[SIM_STEPS];
	int truth_of[SIM_OPENS];
	unsigned int i, count;

	sim_order(t->m->seq, t->m->history, variant, steps, &count);
	sim_run(s, steps, count);
	if (s->too_small)
		disagree(t, "the judge's tables are too small");
	if (!explains(t, s, truth_of))
		return;
	t->variants++;
	for (i = 0; i < s->open_count; i++)
		merge_open(t, s, &s->opens[i], &t->truths[truth_of[i]]);
	for (i = 0; i < s->duty_count; i++)
		merge_duty(t, &s->duties[i]);
	for (i = 0; i < SEQ_DEVICES; i++)
		t->shared[i] |= s->devices[i].shared;
}

static void find_answers(struct trial *t)
{
	static struct sim sim;
	static struct step steps[SIM_STEPS];
	unsigned int i, count, variants;

	sim.seq = t->m->seq;
	sim.history = t->m->history;
	sim.seen = t->m->seen;
	sim.seen_count = t->m->seen_count;
	sim.uncounted = t->j->uncounted;
	sim.cdevs = t->j->cdevs;
	sim.bind_loses = t->j->bind_loses;
	sim.bind_shows = !t->j->lenient;
	sim.watch = t->j->lenient || t->m->watch.armed_by ? &t->m->watch : NULL;
	variants = sim_order(t->m->seq, t->m->history, 0, steps, &count);
	for (i = 0; i < variants && i < VARIANTS; i++)
		consider(t, &sim, i);
	if (!t->variants)
		disagree(t, "no order of the calls explains what the module saw");
}

/* The whole */

static void count_calls(struct judge *j, const struct matter *m)
{
	const struct call *call;
	unsigned int i;

	j->sequences++;
	for (i = 0; i < m->seq->count; i++) {
		call = &m->history->calls[i];
		if (!call->done)
			continue;
		j->operations++;
		j->together += call->together;
		j->took_ns[m->seq->ops[i].kind] += call->end_ns - call->start_ns;
		if (call->ret < 0)
			j->failed[m->seq->ops[i].kind]++;
		else
			j->done[m->seq->ops[i].kind]++;
	}
}

static bool moves(const struct op *op)
{
	return op->kind == OP_PASS || op->kind == OP_FORK || op->kind == OP_DUP ||
	       op->kind == OP_EXEC;
}

static void look_at_calls(struct trial *t)
{
	const struct watch *w = &t->m->watch;
	const struct call *call;
	unsigned int i;

	for (i = 0; i < t->m->seq->count; i++) {
		call = &t->m->history->calls[i];
		if (call->stuck)
			disagree(t, "operation %u never came back", i);
		t->moved |= call->done && moves(&t->m->seq->ops[i]) &&
			    call->end_ns >= w->armed_from && call->start_ns <= w->looked_by;
	}
}

unsigned int judge_matter(struct judge *j, struct matter *m)
{
	static struct trial t;

	memset(&t, 0, sizeof(t));
	t.j = j;
	t.m = m;
	count_calls(j, m);
	look_at_calls(&t);
	read_log(&t);
	find_answers(&t);
	/* Without an explanation there is no measure for the rest. */
	if (t.variants) {
		compare_opens(&t);
		compare_findings(&t);
	}
	if ((t.disagreements || j->show) && j->report)
		matter_print(m, j->report);
	j->disagreements += t.disagreements;
	return t.disagreements;
}
