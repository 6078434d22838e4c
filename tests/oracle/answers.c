// SPDX-License-Identifier: GPL-2.0-only
/* What the tool should have said of an open: the table "What is right" of README.md. */
#include "trial.h"

/* The tool's grace period, and a little less: after it a suspect is reported while open. */
static const uint64_t grace_ns = 4500000000u;

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
bool watched(const struct trial *t, uint8_t op)
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

unsigned int answers_of(const struct trial *t, const struct sim_open *o, const struct truth *truth)
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
unsigned int answers_before(const struct trial *t, const struct sim_open *o)
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
