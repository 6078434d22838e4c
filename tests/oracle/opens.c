// SPDX-License-Identifier: GPL-2.0-only
/* What the tool said of opens, against what is right. */
#include <inttypes.h>

#include "trial.h"

static bool in_order(int64_t a, int64_t b)
{
	return a <= b + SLACK_NS;
}

/* Could the tool know of it, and as what: seen to begin, or open before? */
static bool could_know(const struct trial *t, const struct truth *truth, bool before)
{
	const struct watch *w = &t->m->watch;

	if (truth->close_by + SLACK_NS < w->armed_from || truth->open_from > w->stop_by + SLACK_NS)
		return false;
	if (before)
		return t->j->lenient || truth->open_from <= w->armed_by;
	return truth->open_by + SLACK_NS >= w->armed_from;
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

bool open_at(const struct truth *truth, int64_t ns)
{
	return in_order(truth->opened_ns, ns) &&
	       (!truth->closed_ns || in_order(ns, truth->close_by));
}

/* Between the driver's open and the end of the call. */
static bool began_at(const struct truth *truth, int64_t ns)
{
	return in_order(truth->opened_ns, ns) && in_order(ns, truth->open_by);
}

static bool is_of(const struct trial *t, const struct truth *truth, const struct said_open *said)
{
	if (said->dev != truth->dev || said->taken || !could_know(t, truth, said->opened_ns < 0))
		return false;
	if (said->opened_ns >= 0 && !began_at(truth, said->opened_ns))
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
	int i;

	for (f = t->m->findings; f < t->m->findings + t->m->finding_count; f++)
		if (f->number == said->number && f->rule < RULE_BREAKS_COUNT) {
			rules |= 1u << f->rule;
			f->taken = true;
		}
	if (said->verdict == SAID_ORDERED)
		return rules ? ANSWER_ODD : ANSWER_ORDERED;
	if (said->verdict == SAID_NO_VM)
		return rules ? ANSWER_ODD : ANSWER_NO_VM;
	if (said->verdict == SAID_UNKNOWN)
		return rules ? ANSWER_ODD : ANSWER_UNKNOWN;
	for (i = 0; i < ANSWER_COUNT; i++)
		if (rules && rules == answer_rules(i))
			return i;
	return ANSWER_ODD;
}

/*
 * Was it said right, and said at all? Who comes late may find a device whose group has
 * let go of its container.
 */
static bool way_fits(const struct trial *t, const struct said_open *said, int way,
		     unsigned int right, unsigned int unknown)
{
	if (right & 1u << unknown)
		return true;
	if (way < 0)
		return !t->j->cdevs || t->j->lenient || said->opened_ns < 0;
	return right & 1u << way;
}

static void compare_ways(struct trial *t, const struct truth *truth, const struct truth *last,
			 const struct said_open *said)
{
	unsigned int paths = truth->paths | last->paths;
	unsigned int backends = truth->backends | last->backends;

	if (!way_fits(t, said, said->path, paths, PATHS))
		disagree(t, "the open at %" PRId64 " us is not by %s", us(t->m, truth->opened_ns),
			 said->path < 0 ? "nothing" : path_name(said->path));
	if (!way_fits(t, said, said->backend, backends, BACKENDS))
		disagree(t, "the open at %" PRId64 " us has no backend %s",
			 us(t->m, truth->opened_ns),
			 said->backend < 0 ? "null" : backend_name(said->backend));
}

static void compare_facts(struct trial *t, const struct truth *truth, const struct said_open *said)
{
	const char *where = "the open at";
	int64_t when = us(t->m, truth->opened_ns);

	bool later = said->opened_ns < 0 && truth->lost_by;

	if (said->has_pointer && said->pointer != truth->kvm && (!later || said->pointer))
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

/* A pointer that is gone is told when it is read again; a VM's end at once. */
static void compare_times(struct trial *t, const struct truth *truth, const struct said_open *said)
{
	const struct said_finding *f;

	for (f = t->m->findings; f < t->m->findings + t->m->finding_count; f++) {
		if (f->number != said->number)
			continue;
		if ((f->rule == RULE_KVM_LOST && !in_order(truth->lost_from, f->ts_ns)) ||
		    (f->rule == RULE_VM_GONE &&
		     !(in_order(truth->gone_from, f->ts_ns) && in_order(f->ts_ns, truth->gone_by))))
			disagree(t, "the tool says %s at %" PRId64 " us, at the wrong time",
				 rule_name(f->rule), us(t->m, f->ts_ns));
	}
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
	char right[1024];

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
			 right, answer_name(answer));
	}
	compare_facts(t, truth, said);
	compare_ways(t, truth, last, said);
	if (!t->j->lenient)
		compare_times(t, truth, said);
}

static void count_answer(struct judge *j, const struct truth *truth)
{
	int i;

	j->opens++;
	for (i = 0; i < BACKENDS; i++)
		j->ways[i] += truth->backends >> i & 1;
	if (truth->answers & (truth->answers - 1))
		j->ambiguous++;
	for (i = 0; i < ANSWER_COUNT; i++)
		if (truth->answers & 1u << i) {
			j->answers[i]++;
			return;
		}
}

/* With records lost, an open that lost its pointer is taken for two. */
static const struct truth *second_part(const struct trial *t, const struct said_open *said)
{
	const struct truth *truth;

	for (truth = t->truths; truth < t->truths + t->truth_count; truth++)
		if (t->j->lenient && truth->lost_by && is_of(t, truth, said))
			return truth;
	return NULL;
}

void compare_opens(struct trial *t)
{
	struct said_open *said, *end = t->m->opens + t->m->open_count;
	const struct truth *truth;

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
	for (said = t->m->opens; said < end; said++) {
		truth = said->taken ? NULL : second_part(t, said);
		if (truth)
			compare_open(t, truth, said);
		if (!said->taken)
			disagree(t, "the tool speaks of an open of device %u that was not",
				 said->dev);
	}
}
