// SPDX-License-Identifier: GPL-2.0-only
/* Findings about calls: every cause has to be told, and nothing without one. */
#include <inttypes.h>

#include "trial.h"

/* Without the record of the refusal, its call failed like any other. */
static bool is_rule(const struct trial *t, const struct duty *d, int rule)
{
	const unsigned int refusal = 1u << RULE_OPEN_REFUSED | 1u << RULE_DRIVER_REFUSED;

	return d->rules & 1u << rule ||
	       (t->j->lenient && d->rules & refusal && rule == RULE_ATTACH_FAILED);
}

static bool fulfils(const struct trial *t, const struct duty *d, const struct said_finding *f)
{
	const struct call *call = &t->m->history->calls[d->op];
	uint64_t ts = f->ts_ns - (d->late ? GRACE_NS : 0);

	if (f->taken || !is_rule(t, d, f->rule) || !within(call, ts))
		return false;
	if (d->dev != SEQ_DEVICES)
		return f->dev == d->dev || (f->dev == SEQ_DEVICES && f->pid == call->pid);
	return f->pid == call->pid;
}

/* Was the tool there to tell it? What an earlier call did it knows by its look. */
static bool is_must(const struct trial *t, const struct merged *m)
{
	bool by_state = m->duty.rules & (1u << RULE_TWO_VMS | 1u << RULE_DEL_WHILE_OPEN);

	if (t->j->lenient || !m->duty.must || m->hits != t->variants || !watched(t, m->duty.op))
		return false;
	if (m->duty.late &&
	    t->m->history->calls[m->duty.op].end_ns + GRACE_OVER_NS > t->m->watch.stop_from)
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

/* What lost records have not shown a later look shows, which follows refusals. */
static bool is_found_later(const struct trial *t, const struct said_finding *f)
{
	const struct merged *m;

	if (!t->j->lenient || f->rule != RULE_TWO_VMS)
		return false;
	for (m = t->duties; m < t->duties + t->duty_count; m++)
		if (!m->met && is_rule(t, &m->duty, f->rule) && m->duty.dev == f->dev &&
		    f->ts_ns > (int64_t)t->m->history->calls[m->duty.op].end_ns)
			return true;
	return false;
}

static bool can_break(unsigned int answers, int rule)
{
	int i;

	for (i = 0; i < ANSWER_COUNT; i++)
		if (answers & 1u << i && answer_rules(i) & 1u << rule)
			return true;
	return false;
}

/* About an open that the tool holds for open still, as its close was lost. */
static bool is_pending(const struct trial *t, const struct said_finding *f)
{
	const struct truth *truth;

	if (!t->j->lenient || f->rule >= RULE_BREAKS_COUNT)
		return false;
	for (truth = t->truths; truth < t->truths + t->truth_count; truth++)
		if (truth->dev == f->dev && open_at(truth, f->ts_ns) &&
		    can_break(truth->answers | truth->before, f->rule))
			return true;
	return false;
}

/*
 * Calls that follow closely may share what was said, as the clocks differ: a duty gives
 * up its finding to one that has no other, if it finds another itself.
 */
static bool meet(struct trial *t, struct merged *m)
{
	struct said_finding *f;

	for (f = t->m->findings; f < t->m->findings + t->m->finding_count; f++) {
		if (f->tried || !fulfils(t, &m->duty, f))
			continue;
		f->tried = true;
		if (f->duty && !meet(t, &t->duties[f->duty - 1]))
			continue;
		f->duty = m - t->duties + 1;
		m->met = true;
		return true;
	}
	return false;
}

static void meet_duties(struct trial *t, bool musts)
{
	struct said_finding *f;
	struct merged *m;

	for (m = t->duties; m < t->duties + t->duty_count; m++) {
		if (is_must(t, m) != musts)
			continue;
		for (f = t->m->findings; f < t->m->findings + t->m->finding_count; f++)
			f->tried = false;
		meet(t, m);
	}
}

/*
 * Told of an open that the sequence before left behind, as its close was lost:
 * the causes of that one are not at hand.
 */
static bool is_older(const struct trial *t, const struct said_finding *f)
{
	return t->j->lenient && f->ts_ns < (int64_t)t->m->history->start_ns;
}

static bool has_cause(const struct trial *t, const struct said_finding *f)
{
	return f->taken || f->duty || is_found(t, f) || is_found_later(t, f) || is_pending(t, f) ||
	       is_older(t, f);
}

/* The tool is held to all of the rules that are right. */
static bool is_compared(const struct trial *t, const struct duty *d)
{
	int i;

	for (i = 0; i < RULE_COUNT; i++)
		if (d->rules & 1u << i && !t->j->rules[i])
			return false;
	return true;
}

/* The first of the rules that are right. */
static enum rule rule_of(const struct duty *d)
{
	return __builtin_ctz(d->rules);
}

void compare_findings(struct trial *t)
{
	struct said_finding *f;
	struct merged *m;

	meet_duties(t, true);
	meet_duties(t, false);
	for (m = t->duties; m < t->duties + t->duty_count; m++) {
		if (m->duty.must && m->hits == t->variants)
			t->j->duties[rule_of(&m->duty)]++;
		if (!m->met && is_must(t, m) && is_compared(t, &m->duty))
			disagree(t, "operation %u gives cause for %s, the tool says nothing",
				 m->duty.op, rule_name(rule_of(&m->duty)));
	}
	for (f = t->m->findings; f < t->m->findings + t->m->finding_count; f++)
		if (f->rule < RULE_COUNT && t->j->rules[f->rule] && !has_cause(t, f))
			disagree(t, "the tool says %s at %" PRId64 " us without a cause",
				 rule_name(f->rule), us(t->m, f->ts_ns));
}
