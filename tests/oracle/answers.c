// SPDX-License-Identifier: GPL-2.0-only
/* What the tool should have said of an open: the table "What is right" of README.md. */
#include "trial.h"

/* After the grace period a suspect is reported while open. */
static bool grace_passed(const struct trial *t, const struct truth *truth)
{
	uint64_t end = truth->closed_ns ? truth->closed_ns : t->m->watch.stop_by;

	if (end > t->m->watch.stop_by)
		end = t->m->watch.stop_by;
	return end - truth->opened_ns > GRACE_PERHAPS_NS;
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

/* As long as the device is open, a GROUP_ADD may follow: no verdict before its time. */
static unsigned int without_add(const struct trial *t, const struct truth *truth)
{
	unsigned int set = 1u << ANSWER_WITHOUT_ADD;

	return truth->close_by <= t->m->watch.stop_from ? set : set | 1u << ANSWER_UNKNOWN;
}

unsigned int answer_rules(enum answer answer)
{
	enum {
		BEFORE = 1u << RULE_OPEN_BEFORE_ADD,
		WITHOUT = 1u << RULE_OPEN_WITHOUT_ADD,
		MISMATCH = 1u << RULE_KVM_MISMATCH,
		LOST = 1u << RULE_KVM_LOST,
		GONE = 1u << RULE_VM_GONE,
	};
	static const unsigned int rules[] = {
		[ANSWER_BEFORE_ADD] = BEFORE,
		[ANSWER_WITHOUT_ADD] = WITHOUT,
		[ANSWER_BOTH] = BEFORE | WITHOUT,
		[ANSWER_MISMATCH] = MISMATCH,
		[ANSWER_LOST] = LOST,
		[ANSWER_GONE] = GONE,
		[ANSWER_MISMATCH_LOST] = MISMATCH | LOST,
		[ANSWER_MISMATCH_GONE] = MISMATCH | GONE,
		[ANSWER_LOST_GONE] = LOST | GONE,
		[ANSWER_ALL] = MISMATCH | LOST | GONE,
	};

	return answer < ANSWER_COUNT ? rules[answer] : 0;
}

/* Of a device that took a pointer: bit sets of what may be told, and of what must. */
struct told {
	unsigned int may, must;
};

static void tell(struct told *told, enum rule rule, bool may, bool must)
{
	told->may |= (may || must) << rule;
	told->must |= must << rule;
}

/* Once the VM is said to be gone, a pointer to nothing may vanish without a word. */
static bool tells(unsigned int rules, const struct told *told)
{
	unsigned int must = told->must;

	if (rules & 1u << RULE_VM_GONE)
		must &= ~(1u << RULE_KVM_LOST);
	return !(rules & ~told->may) && !(must & ~rules);
}

static unsigned int answers_told(const struct trial *t, struct told *told)
{
	unsigned int set = 0;
	int i;

	/* What the device took was right: what came later may be lost, or is not asked. */
	for (i = 0; i < RULE_BREAKS_COUNT; i++)
		if (t->j->lenient || !t->j->rules[i])
			told->must &= ~(1u << i);
	for (i = 0; i < ANSWER_COUNT; i++)
		if ((i == ANSWER_ORDERED || answer_rules(i)) && tells(answer_rules(i), told))
			set |= 1u << i;
	return set;
}

/*
 * That the pointer is lost: at a close, or as somebody is refused what others hold, in this
 * sequence or in another. The tool then looks at all open files.
 */
static bool may_show(const struct trial *t, const struct sim_open *o)
{
	return perhaps(t, o->shown) || perhaps(t, o->glimpse) || perhaps(t, o->forget);
}

static unsigned int with_pointer(const struct trial *t, const struct sim_open *o)
{
	struct told told = { 0, 0 };

	tell(&told, RULE_KVM_MISMATCH, perhaps(t, o->other_add) || perhaps(t, o->blind_add),
	     certainly(t, o->other_add));
	tell(&told, RULE_KVM_LOST, may_show(t, o), certainly(t, o->shown));
	tell(&told, RULE_VM_GONE, perhaps(t, o->gone) || perhaps(t, o->blind_gone),
	     certainly(t, o->gone));
	return answers_told(t, &told);
}

unsigned int answers_of(const struct trial *t, const struct sim_open *o, const struct truth *truth)
{
	bool suspect = o->listed || o->vm_ending || o->vm_op != SEQ_OPS;
	unsigned int set = 0;

	if (o->vm != NOBODY)
		return with_pointer(t, o);
	if (perhaps(t, o->add))
		set |= 1u << ANSWER_BEFORE_ADD |
		       (suspect && grace_passed(t, truth) ? 1u << ANSWER_BOTH : 0);
	if (certainly(t, o->add))
		return set;
	if (o->listed || o->vm_ending || perhaps(t, o->vm_op))
		set |= without_add(t, truth);
	if (!o->listed && !certainly(t, o->vm_op))
		set |= 1u << ANSWER_NO_VM;
	return set;
}

/* The call was made when the look was over, which had not missed the device. */
static bool after_look(const struct trial *t, uint8_t op)
{
	return watched(t, op) && !t->moved &&
	       t->m->history->calls[op].start_ns >= t->m->watch.looked_by;
}

/* Found with its pointer. */
static unsigned int found_with(const struct trial *t, const struct sim_open *o)
{
	struct told told = { 0, 0 };

	tell(&told, RULE_KVM_MISMATCH, perhaps(t, o->other_add) || perhaps(t, o->blind_add),
	     watched(t, o->last_other_add));
	tell(&told, RULE_KVM_LOST, may_show(t, o),
	     after_look(t, o->forget) && certainly(t, o->shown));
	tell(&told, RULE_VM_GONE, perhaps(t, o->gone) || perhaps(t, o->blind_gone),
	     after_look(t, o->gone));
	return answers_told(t, &told);
}

/* Found without one: whether it never had any does not show. */
static unsigned int found_without(const struct trial *t, const struct sim_open *o)
{
	bool add = o->vm == NOBODY ? perhaps(t, o->add) : o->file_has;
	unsigned int set = add ? 1u << ANSWER_BEFORE_ADD : 0;

	if (add && o->suspect)
		set |= 1u << ANSWER_BOTH;
	if (o->vm == NOBODY && watched(t, o->last_add))
		return set;
	return set | 1u << ANSWER_UNKNOWN | (o->suspect ? 1u << ANSWER_WITHOUT_ADD : 0);
}

/* For who came when it was open already: what its state proves, or unknown. */
unsigned int answers_before(const struct trial *t, const struct sim_open *o)
{
	if (o->vm == NOBODY)
		return found_without(t, o);
	if (!perhaps(t, o->forget) || (after_look(t, o->forget) && !t->j->lenient))
		return found_with(t, o);
	if (!t->j->lenient && t->m->history->calls[o->forget].end_ns < t->m->watch.armed_from)
		return found_without(t, o);
	return found_with(t, o) | found_without(t, o);
}
