// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every order of the calls that explains the module's log gives each open an
 * answer; the tool has to give one of these. The contract is in README.md.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"
#include "sim.h"

enum {
	VARIANTS = 1024, /* orders looked at, at most */
	TRUTHS = SIM_OPENS,
};

/* The two read the clock at different moments of a call, not in a fixed order. */
static const uint64_t slack_ns = 200000;

/* The tool's grace period, and a little less: after it a suspect is reported while open. */
static const uint64_t grace_ns = 4500000000u;

/* An open by the module's log. */
struct truth {
	uint64_t opened_ns, closed_ns; /* closed_ns 0: not closed */
	uint64_t kvm;
	uint32_t tgid;
	uint8_t dev;
	/* The calls of its first open and its last close: began, ended; at the outside */
	uint64_t open_from, open_by, close_from, close_by;
	unsigned int answers; /* bit set of enum answer, for who saw it begin */
	unsigned int before; /* the same for who came later */
	unsigned int opens_min, opens_max;
	uint32_t owner; /* of its VM */
};

struct merged {
	struct duty duty;
	unsigned int hits; /* variants that have it */
	unsigned int variant; /* the last that had it */
	bool met;
};

struct trial {
	struct judge *j;
	struct matter *m;
	struct truth truths[TRUTHS];
	struct merged duties[SIM_DUTIES];
	bool shared[SEQ_DEVICES]; /* by some variant: two VMs had the group during the look */
	bool moved; /* descriptors went about during the look, which can miss them then */
	unsigned int truth_count, duty_count;
	unsigned int variants; /* that explain the log */
	unsigned int disagreements;
};

static const char *const rule_names[RULE_COUNT] = {
	[RULE_OPEN_BEFORE_ADD] = "open-before-add",
	[RULE_OPEN_WITHOUT_ADD] = "open-without-add",
	[RULE_KVM_MISMATCH] = "kvm-mismatch",
	[RULE_OPEN_REFUSED] = "open-refused",
	[RULE_DEL_WHILE_OPEN] = "del-while-open",
	[RULE_ADD_FAILED] = "add-failed",
	[RULE_TWO_VMS] = "two-vms",
	[RULE_ADD_WITHOUT_EFFECT] = "add-without-effect",
	[RULE_SECOND_KVM_VFIO] = "second-kvm-vfio",
	[RULE_ATTACH_FAILED] = "attach-failed",
	[RULE_KVM_LOST] = "kvm-lost",
	[RULE_VM_GONE] = "vm-gone-while-open",
};

static const char *const answer_names[] = {
	[ANSWER_ORDERED] = "ordered",
	[ANSWER_NO_VM] = "no-vm",
	[ANSWER_BEFORE_ADD] = "violation (open-before-add)",
	[ANSWER_WITHOUT_ADD] = "violation (open-without-add)",
	[ANSWER_BOTH] = "violation (open-without-add, then open-before-add)",
	[ANSWER_MISMATCH] = "violation (kvm-mismatch)",
	[ANSWER_UNKNOWN] = "unknown",
	[ANSWER_ODD] = "a verdict that does not fit its findings",
};

const char *rule_name(enum rule rule)
{
	return rule < RULE_COUNT ? rule_names[rule] : "?";
}

const char *verdict_name(enum said_verdict verdict)
{
	static const char *const names[] = { "ordered", "violation", "no-vm", "unknown" };

	return verdict < SAID_VERDICTS ? names[verdict] : "?";
}

bool judge_set_rules(struct judge *j, const char *names)
{
	size_t length;
	bool all;
	int i;

	memset(j->rules, 0, sizeof(j->rules));
	for (; *names; names += length + (names[length] == ',')) {
		length = strcspn(names, ",");
		all = length == 3 && !strncmp(names, "all", 3);
		for (i = 0; i < RULE_COUNT; i++)
			if (all ||
			    (!strncmp(names, rule_names[i], length) && !rule_names[i][length]))
				break;
		if (i == RULE_COUNT)
			return false;
		if (all)
			memset(j->rules, true, sizeof(j->rules));
		j->rules[i] = true;
	}
	return true;
}

__attribute__((format(printf, 2, 3))) static void disagree(struct trial *t, const char *format, ...)
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

/* Times to read: microseconds since the sequence began. */
static int64_t us(const struct matter *m, uint64_t ns)
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

static bool within(const struct call *call, uint64_t ns)
{
	return ns + slack_ns >= call->start_ns && ns <= call->end_ns + slack_ns;
}

static bool same_open(const struct trial *t, const struct sim_open *o, const struct truth *truth)
{
	const struct call *calls = t->m->history->calls;

	if (o->tgid != truth->tgid || (o->vm == NOBODY) != !truth->kvm)
		return false;
	if (!within(&calls[o->first_op], truth->opened_ns))
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

/* What is right */

static bool grace_passed(const struct trial *t, const struct truth *truth)
{
	uint64_t end = truth->closed_ns ? truth->closed_ns : t->m->watch.stop_by;

	if (end > t->m->watch.stop_by)
		end = t->m->watch.stop_by;
	return end - truth->opened_ns > grace_ns;
}

/* By the time the tool was stopped, the call had had its effect: perhaps, certainly. */
static bool perhaps(const struct trial *t, uint8_t op)
{
	return op != SEQ_OPS && t->m->history->calls[op].start_ns <= t->m->watch.stop_by;
}

static bool certainly(const struct trial *t, uint8_t op)
{
	return op != SEQ_OPS && t->m->history->calls[op].end_ns <= t->m->watch.stop_from;
}

/* And it began when the tool was armed. */
static bool watched(const struct trial *t, uint8_t op)
{
	return certainly(t, op) && t->m->history->calls[op].start_ns >= t->m->watch.armed_by;
}

static unsigned int mismatch(const struct trial *t)
{
	/* What the device took was right: what came later may be lost. */
	bool not_asked = t->j->lenient || !t->j->rules[RULE_KVM_MISMATCH];

	return 1u << ANSWER_MISMATCH | (not_asked ? 1u << ANSWER_ORDERED : 0);
}

/* As long as the device is open, a GROUP_ADD may follow: no verdict before its time. */
static unsigned int without_add(const struct trial *t, const struct truth *truth)
{
	unsigned int set = 1u << ANSWER_WITHOUT_ADD;

	return truth->close_by <= t->m->watch.stop_from ? set : set | 1u << ANSWER_UNKNOWN;
}

static unsigned int answers_of(const struct trial *t, const struct sim_open *o,
			       const struct truth *truth)
{
	bool suspect = o->listed || o->vm_op != SEQ_OPS;
	unsigned int set = 0;

	if (o->vm != NOBODY) {
		if (perhaps(t, o->other_add))
			set |= mismatch(t);
		return certainly(t, o->other_add) ? set : set | 1u << ANSWER_ORDERED;
	}
	if (perhaps(t, o->add))
		set |= 1u << ANSWER_BEFORE_ADD |
		       (suspect && grace_passed(t, truth) ? 1u << ANSWER_BOTH : 0);
	if (certainly(t, o->add))
		return set;
	if (o->listed || perhaps(t, o->vm_op))
		set |= without_add(t, truth);
	if (!o->listed && !certainly(t, o->vm_op))
		set |= 1u << ANSWER_NO_VM;
	return set;
}

/* For who came when it was open already: what its state proves, or unknown. */
static unsigned int answers_before(const struct trial *t, const struct sim_open *o)
{
	unsigned int set;

	if (o->vm != NOBODY) {
		set = perhaps(t, o->other_add) ? mismatch(t) : 0;
		return watched(t, o->last_other_add) ? set : set | 1u << ANSWER_ORDERED;
	}
	set = perhaps(t, o->add) ? 1u << ANSWER_BEFORE_ADD : 0;
	if (perhaps(t, o->add) && o->suspect)
		set |= 1u << ANSWER_BOTH;
	if (watched(t, o->last_add))
		return set;
	return set | 1u << ANSWER_UNKNOWN | (o->suspect ? 1u << ANSWER_WITHOUT_ADD : 0);
}

static void extend(uint64_t *from, uint64_t *by, uint64_t start, uint64_t end)
{
	if (start < *from)
		*from = start;
	if (end > *by)
		*by = end;
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
	if (o->opens < truth->opens_min)
		truth->opens_min = o->opens;
	if (o->opens > truth->opens_max)
		truth->opens_max = o->opens;
	if (o->vm != NOBODY)
		truth->owner = s->vms[o->vm].owner_pid;
}

static void merge_duty(struct trial *t, const struct duty *d)
{
	struct merged *m;

	for (m = t->duties; m < t->duties + t->duty_count; m++)
		if (m->duty.op == d->op && m->duty.rule == d->rule && m->duty.dev == d->dev &&
		    m->variant != t->variants)
			break;
	if (m == t->duties + SIM_DUTIES)
		return;
	if (m == t->duties + t->duty_count) {
		t->duty_count++;
		*m = (struct merged){ .duty = *d };
	}
	m->duty.must &= d->must;
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
		t->shared[i] |= s->groups[i].shared;
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
	sim.watch = t->j->lenient || t->m->watch.armed_by ? &t->m->watch : NULL;
	variants = sim_order(t->m->seq, t->m->history, 0, steps, &count);
	for (i = 0; i < variants && i < VARIANTS; i++)
		consider(t, &sim, i);
	if (!t->variants)
		disagree(t, "no order of the calls explains what the module saw");
}

/* What was said */

static bool in_order(int64_t a, int64_t b)
{
	return a <= b + (int64_t)slack_ns;
}

/* Could the tool know of it, and as what: seen to begin, or open before? */
static bool could_know(const struct trial *t, const struct truth *truth, bool before)
{
	const struct watch *w = &t->m->watch;

	if (truth->close_by + slack_ns < w->armed_from || truth->open_from > w->stop_by + slack_ns)
		return false;
	if (before)
		return t->j->lenient || truth->open_from <= w->armed_by;
	return truth->open_by + slack_ns >= w->armed_from;
}

/* What was seen to begin or to end, or stayed open during all of the look. */
static bool must_know(const struct trial *t, const struct truth *truth)
{
	const struct watch *w = &t->m->watch;

	if (t->j->lenient || truth->open_by > w->stop_from)
		return false;
	if (truth->open_from >= w->armed_by)
		return true;
	if (truth->close_from >= w->armed_by && truth->close_by <= w->stop_from)
		return true;
	return truth->close_from >= w->looked_by && !t->moved;
}

/* Its last close, as the tool saw it, lies between the driver's and the next open. */
static bool closed_with(const struct trial *t, const struct truth *truth, int64_t closed_ns)
{
	const struct truth *next;

	if (!truth->closed_ns || !in_order(truth->closed_ns, closed_ns))
		return false;
	for (next = truth + 1; next < t->truths + t->truth_count; next++)
		if (next->dev == truth->dev)
			return in_order(closed_ns, next->opened_ns);
	return true;
}

/*
 * The open that ended when the tool says that this one did. With records lost,
 * it may have taken several opens of a device for one.
 */
static const struct truth *ended_as(const struct trial *t, const struct truth *truth,
				    const struct said_open *said)
{
	const struct truth *last;

	if (closed_with(t, truth, said->closed_ns))
		return truth;
	if (!t->j->lenient || said->opened_ns < 0)
		return NULL;
	for (last = truth + 1; last < t->truths + t->truth_count; last++)
		if (last->dev == truth->dev && closed_with(t, last, said->closed_ns))
			return last;
	return NULL;
}

static bool open_at(const struct truth *truth, int64_t ns)
{
	return in_order(truth->opened_ns, ns) &&
	       (!truth->closed_ns || in_order(ns, truth->close_by));
}

static bool is_of(const struct trial *t, const struct truth *truth, const struct said_open *said)
{
	if (said->dev != truth->dev || said->taken || !could_know(t, truth, said->opened_ns < 0))
		return false;
	if (said->opened_ns >= 0 && !open_at(truth, said->opened_ns))
		return false;
	if (said->closed_ns >= 0)
		return said->closed_ns <= (int64_t)t->m->watch.stop_by && ended_as(t, truth, said);
	if (!t->j->lenient)
		return truth->close_by > t->m->watch.stop_from;
	return said->opened_ns >= 0 || open_at(truth, said->judged_ns);
}

static enum answer answer_of(const struct trial *t, const struct said_open *said)
{
	unsigned int rules = 0;
	struct said_finding *f;

	for (f = t->m->findings; f < t->m->findings + t->m->finding_count; f++)
		if (f->number == said->number && f->rule <= RULE_KVM_MISMATCH) {
			rules |= 1u << f->rule;
			f->taken = true;
		}
	if (said->verdict == SAID_ORDERED)
		return rules ? ANSWER_ODD : ANSWER_ORDERED;
	if (said->verdict == SAID_NO_VM)
		return rules ? ANSWER_ODD : ANSWER_NO_VM;
	if (said->verdict == SAID_UNKNOWN)
		return rules ? ANSWER_ODD : ANSWER_UNKNOWN;
	switch (rules) {
	case 1u << RULE_OPEN_BEFORE_ADD:
		return ANSWER_BEFORE_ADD;
	case 1u << RULE_OPEN_WITHOUT_ADD:
		return ANSWER_WITHOUT_ADD;
	case 1u << RULE_OPEN_BEFORE_ADD | 1u << RULE_OPEN_WITHOUT_ADD:
		return ANSWER_BOTH;
	case 1u << RULE_KVM_MISMATCH:
		return ANSWER_MISMATCH;
	}
	return ANSWER_ODD;
}

static void answers_text(char *buf, size_t size, unsigned int answers)
{
	size_t n = 0;
	int i;

	buf[0] = '\0';
	for (i = 0; i <= ANSWER_UNKNOWN; i++)
		if (answers & 1u << i)
			n += snprintf(buf + n, size - n, "%s%s", n ? " or " : "", answer_names[i]);
}

static void compare_facts(struct trial *t, const struct truth *truth, const struct said_open *said)
{
	const char *where = "the open at";
	int64_t when = us(t->m, truth->opened_ns);

	if (said->has_pointer && said->pointer != truth->kvm)
		disagree(t, "%s %" PRId64 " us took %#" PRIx64 ", the tool says %#" PRIx64, where,
			 when, truth->kvm, said->pointer);
	if (said->pid >= 0 && said->pid != truth->tgid)
		disagree(t, "%s %" PRId64 " us was by pid %u, the tool says %" PRId64, where, when,
			 truth->tgid, said->pid);
	if (said->verdict == SAID_ORDERED && truth->kvm && said->vm_pid >= 0 &&
	    truth->owner != said->vm_pid)
		disagree(t, "%s %" PRId64 " us took the VM of pid %u, the tool says %" PRId64,
			 where, when, truth->owner, said->vm_pid);
	if (!t->j->lenient && said->opened_ns >= 0 && truth->open_from >= t->m->watch.armed_by &&
	    truth->close_by <= t->m->watch.stop_from &&
	    (said->opens < truth->opens_min || said->opens > truth->opens_max))
		disagree(t, "%s %" PRId64 " us was opened %u times, the tool says %" PRId64, where,
			 when, truth->opens_min, said->opens);
}

static void count_said(struct judge *j, bool before, enum answer answer)
{
	j->unknown += answer == ANSWER_UNKNOWN;
	j->before += before;
	j->before_proven += before && answer != ANSWER_UNKNOWN;
}

static void compare_open(struct trial *t, const struct truth *truth, struct said_open *said)
{
	enum answer answer = answer_of(t, said);
	bool before = said->opened_ns < 0;
	unsigned int answers = before ? truth->before : truth->answers;
	const struct truth *last;
	char right[256];

	said->taken = true;
	count_said(t->j, before, answer);
	last = said->closed_ns >= 0 ? ended_as(t, truth, said) : truth;
	if (last != truth)
		answers &= last->answers;
	if (t->j->lenient)
		answers |= 1u << ANSWER_UNKNOWN;
	if (answer > ANSWER_UNKNOWN || !(answers & 1u << answer)) {
		answers_text(right, sizeof(right), answers);
		disagree(t, "the open of device %u at %" PRId64 " us%s is %s, the tool says %s",
			 truth->dev, us(t->m, truth->opened_ns), before ? ", from before," : "",
			 right, answer_names[answer]);
	}
	compare_facts(t, truth, said);
}

static void count_answer(struct judge *j, const struct truth *truth)
{
	int i;

	j->opens++;
	if (truth->answers & (truth->answers - 1))
		j->ambiguous++;
	for (i = 0; i < ANSWER_COUNT; i++)
		if (truth->answers & 1u << i) {
			j->answers[i]++;
			return;
		}
}

static void compare_opens(struct trial *t)
{
	struct said_open *said, *end = t->m->opens + t->m->open_count;
	struct truth *truth;

	for (truth = t->truths; truth < t->truths + t->truth_count; truth++) {
		count_answer(t->j, truth);
		for (said = t->m->opens; said < end && !is_of(t, truth, said); said++)
			;
		if (said < end)
			compare_open(t, truth, said);
		else if (must_know(t, truth))
			disagree(t,
				 "the tool says nothing of the open of device %u at %" PRId64 " us",
				 truth->dev, us(t->m, truth->opened_ns));
	}
	for (said = t->m->opens; said < end; said++)
		if (!said->taken)
			disagree(t, "the tool speaks of an open of device %u that was not",
				 said->dev);
}

/* Findings about calls */

/* Without the record of the refusal, its call failed like any other. */
static bool is_rule(const struct trial *t, const struct duty *d, int rule)
{
	return rule == d->rule ||
	       (t->j->lenient && d->rule == RULE_OPEN_REFUSED && rule == RULE_ATTACH_FAILED);
}

static bool fulfils(const struct trial *t, const struct duty *d, const struct said_finding *f)
{
	const struct call *call = &t->m->history->calls[d->op];

	if (f->taken || !is_rule(t, d, f->rule) || !within(call, f->ts_ns))
		return false;
	if (d->dev != SEQ_DEVICES)
		return f->dev == d->dev || (f->dev == SEQ_DEVICES && f->pid == call->pid);
	return f->pid == call->pid;
}

/* Was the tool there to tell it? What an earlier call did it knows by its look. */
static bool is_must(const struct trial *t, const struct merged *m)
{
	bool by_state = m->duty.rule == RULE_TWO_VMS || m->duty.rule == RULE_DEL_WHILE_OPEN;

	if (t->j->lenient || !m->duty.must || m->hits != t->variants || !watched(t, m->duty.op))
		return false;
	return !by_state || !t->m->watch.looked_by ||
	       (!t->moved && t->m->history->calls[m->duty.op].start_ns >= t->m->watch.looked_by);
}

/* The look itself can show a group on the lists of two VMs. */
static bool is_found(const struct trial *t, const struct said_finding *f)
{
	const struct watch *w = &t->m->watch;

	return f->rule == RULE_TWO_VMS && f->dev < SEQ_DEVICES && t->shared[f->dev] &&
	       f->ts_ns >= (int64_t)w->armed_from && f->ts_ns <= (int64_t)w->looked_by;
}

static bool can_break(unsigned int answers, int rule)
{
	static const unsigned int breaks[] = {
		[RULE_OPEN_BEFORE_ADD] = 1u << ANSWER_BEFORE_ADD | 1u << ANSWER_BOTH,
		[RULE_OPEN_WITHOUT_ADD] = 1u << ANSWER_WITHOUT_ADD | 1u << ANSWER_BOTH,
		[RULE_KVM_MISMATCH] = 1u << ANSWER_MISMATCH,
	};

	return answers & breaks[rule];
}

/* About an open that the tool holds for open still, as its close was lost. */
static bool is_pending(const struct trial *t, const struct said_finding *f)
{
	const struct truth *truth;

	if (!t->j->lenient || f->rule > RULE_KVM_MISMATCH)
		return false;
	for (truth = t->truths; truth < t->truths + t->truth_count; truth++)
		if (truth->dev == f->dev && open_at(truth, f->ts_ns) &&
		    can_break(truth->answers | truth->before, f->rule))
			return true;
	return false;
}

static void meet_duties(struct trial *t, bool musts)
{
	struct said_finding *f;
	struct merged *m;

	for (m = t->duties; m < t->duties + t->duty_count; m++) {
		if (m->met || is_must(t, m) != musts)
			continue;
		for (f = t->m->findings; f < t->m->findings + t->m->finding_count; f++)
			if (fulfils(t, &m->duty, f)) {
				m->met = f->taken = true;
				break;
			}
	}
}

static int by_end(const void *a, const void *b, void *calls)
{
	const struct call *x = (const struct call *)calls + ((const struct merged *)a)->duty.op;
	const struct call *y = (const struct call *)calls + ((const struct merged *)b)->duty.op;

	return (x->end_ns > y->end_ns) - (x->end_ns < y->end_ns);
}

static void compare_findings(struct trial *t)
{
	struct said_finding *f;
	struct merged *m;

	/* Of calls at the same time, the one that ended first has the least choice. */
	qsort_r(t->duties, t->duty_count, sizeof(*t->duties), by_end, (void *)t->m->history->calls);
	meet_duties(t, true);
	meet_duties(t, false);
	for (m = t->duties; m < t->duties + t->duty_count; m++) {
		if (m->duty.must && m->hits == t->variants)
			t->j->duties[m->duty.rule]++;
		if (!m->met && is_must(t, m) && t->j->rules[m->duty.rule])
			disagree(t, "operation %u gives cause for %s, the tool says nothing",
				 m->duty.op, rule_name(m->duty.rule));
	}
	for (f = t->m->findings; f < t->m->findings + t->m->finding_count; f++)
		if (!f->taken && f->rule < RULE_COUNT && t->j->rules[f->rule] && !is_found(t, f) &&
		    !is_pending(t, f))
			disagree(t, "the tool says %s at %" PRId64 " us without a cause",
				 rule_name(f->rule), us(t->m, f->ts_ns));
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

/* For people */

static void print_call(const struct matter *m, unsigned int i, FILE *to)
{
	const struct call *call = &m->history->calls[i];
	char text[128];

	op_text(text, sizeof(text), &m->seq->ops[i]);
	fprintf(to, "%3u  %-32s", i, text);
	if (!call->done)
		fprintf(to, "  # not done\n");
	else if (call->ret < 0)
		fprintf(to, "  # %s, pid %u, %" PRId64 " to %" PRId64 " us\n",
			strerrorname_np(-call->ret), call->pid, us(m, call->start_ns),
			us(m, call->end_ns));
	else
		fprintf(to, "  # %d, pid %u, %" PRId64 " to %" PRId64 " us\n", call->ret, call->pid,
			us(m, call->start_ns), us(m, call->end_ns));
}

void matter_print(const struct matter *m, FILE *to)
{
	const struct said_finding *f;
	const struct said_open *o;
	const struct seen *r;
	unsigned int i;

	for (i = 0; i < m->seq->count; i++)
		print_call(m, i, to);
	for (r = m->seen; r < m->seen + m->seen_count; r++)
		fprintf(to,
			"module  %8" PRId64 " us  device %u %s, pid %u, kvm %#" PRIx64 ", ret %d\n",
			us(m, r->ns), r->dev, r->open ? "open" : "close", r->tgid, r->kvm, r->ret);
	for (o = m->opens; o < m->opens + m->open_count; o++)
		fprintf(to,
			"tool    open %" PRId64 " of device %u, %" PRId64 " to %" PRId64
			" us: %s, pid %" PRId64 ", pointer %#" PRIx64 ", %" PRId64 " opens\n",
			o->number, o->dev, o->opened_ns < 0 ? -1 : us(m, o->opened_ns),
			o->closed_ns < 0 ? -1 : us(m, o->closed_ns), verdict_name(o->verdict),
			o->pid, o->pointer, o->opens);
	for (f = m->findings; f < m->findings + m->finding_count; f++)
		fprintf(to, "tool    %s at %" PRId64 " us, open %" PRId64 ", pid %" PRId64 "%s\n",
			rule_name(f->rule), us(m, f->ts_ns), f->number, f->pid,
			f->pending ? ", pending" : "");
}

static uint64_t violations(const struct judge *j)
{
	return j->answers[ANSWER_BEFORE_ADD] + j->answers[ANSWER_WITHOUT_ADD] +
	       j->answers[ANSWER_BOTH] + j->answers[ANSWER_MISMATCH];
}

void judge_summary(const struct judge *j, FILE *to)
{
	int i;

	fprintf(to, "\ncalls            succeeded   failed  us each\n");
	for (i = 0; i < OP_COUNT; i++)
		fprintf(to, "%-16s %9" PRIu64 " %8" PRIu64 " %8" PRIu64 "\n", op_name(i),
			j->done[i], j->failed[i],
			j->took_ns[i] / 1000 / (j->done[i] + j->failed[i] + 1));
	fprintf(to, "\nright answers\n");
	for (i = 0; i < ANSWER_COUNT; i++)
		fprintf(to, "%-52s %8" PRIu64 "\n", answer_names[i], j->answers[i]);
	fprintf(to, "%-52s %8" PRIu64 "\n", "more than one is right", j->ambiguous);
	fprintf(to, "%-52s %8" PRIu64 "\n", "the tool said unknown", j->unknown);
	fprintf(to, "%-52s %8" PRIu64 "\n", "it spoke of an open from before", j->before);
	fprintf(to, "%-52s %8" PRIu64 "\n", "and what it said was proven", j->before_proven);
	fprintf(to, "\ncause for findings\n");
	for (i = RULE_OPEN_REFUSED; i < RULE_COUNT; i++)
		fprintf(to, "%-52s %8" PRIu64 "%s\n", rule_names[i], j->duties[i],
			j->rules[i] ? "" : "  (not compared)");
	fprintf(to, "%-52s %8" PRIu64 "\n", "calls made together", j->together);
	fprintf(to,
		"\n%" PRIu64 " sequences, %" PRIu64 " operations, %" PRIu64 " opens (%" PRIu64
		" ordered, %" PRIu64 " violation, %" PRIu64 " no-vm), %" PRIu64 " refused, %" PRIu64
		" disagreements\n",
		j->sequences, j->operations, j->opens, j->answers[ANSWER_ORDERED], violations(j),
		j->answers[ANSWER_NO_VM], j->refused, j->disagreements);
}
