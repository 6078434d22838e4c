// SPDX-License-Identifier: GPL-2.0-only
#include "moment.h"
#include "tally.h"

/*
 * The observed program failed, and nothing that was shown or seen of it may be why. One
 * that was told to end did so.
 */
static bool unexplained(const struct vs_tally *t)
{
	const struct ev_program_end *end = &t->program.end;

	return (end->signal || end->exit_status > 0) && !end->told && !t->program.call_failed &&
	       !t->findings[VS_WARNING] && !t->findings[VS_ERROR];
}

/* A question of its own: nothing else counts. */
static enum vs_exit answer_exit(enum vs_answer answer)
{
	switch (answer) {
	case VS_ANSWER_HELD:
		return VS_EXIT_OK;
	case VS_ANSWER_ABSENT:
		return VS_EXIT_USAGE;
	case VS_ANSWER_UNSEEN:
		return VS_EXIT_INCONCLUSIVE;
	default:
		return VS_EXIT_FINDINGS;
	}
}

/* Before what is inconclusive: those who live with that do not live with a failed program. */
enum vs_exit vs_tally_exit(const struct vs_tally *t, int fail_on)
{
	int severity;

	if (t->answer)
		return answer_exit(t->answer);
	for (severity = fail_on; severity <= VS_ERROR; severity++)
		if (t->findings[severity])
			return VS_EXIT_FINDINGS;
	if (unexplained(t))
		return VS_EXIT_UNEXPLAINED;
	if (t->opens[VS_VERDICT_UNKNOWN] || t->lost || t->path_unseen)
		return VS_EXIT_INCONCLUSIVE;
	return VS_EXIT_OK;
}

struct tally_sink {
	struct vs_wrap wrap;
	struct vs_tally *tally;
};

static struct vs_tally *tally_of(struct vs_sink *s)
{
	return ((struct tally_sink *)s)->tally;
}

static void note_run(struct vs_sink *s, const struct vs_run *run)
{
	tally_of(s)->path_unseen |= run->attached.blind & VS_BLIND_CDEV;
}

static void on_start(struct vs_sink *s, const struct vs_run *run)
{
	note_run(s, run);
	vs_pass_start(s, run);
}

static void on_attached(struct vs_sink *s, const struct vs_run *run)
{
	note_run(s, run);
	vs_pass_attached(s, run);
}

static void on_event(struct vs_sink *s, const union vs_event *ev, const struct vs_refs *refs)
{
	tally_of(s)->events++;
	vs_pass_event(s, ev, refs);
}

static void on_finding(struct vs_sink *s, const struct vs_finding *finding)
{
	tally_of(s)->findings[finding->severity]++;
	vs_pass_finding(s, finding);
}

static void on_closed(struct vs_sink *s, const struct vs_open *open)
{
	tally_of(s)->opens[open->verdict]++;
	vs_pass_closed(s, open);
}

static void on_moment(struct vs_sink *s, const struct vs_moment *moment)
{
	size_t i;

	for (i = 0; i < moment->open_count; i++)
		tally_of(s)->opens[moment->opens[i]->verdict]++;
	tally_of(s)->answer = moment->answer;
	vs_pass_moment(s, moment);
}

static void on_end(struct vs_sink *s, const struct vs_ending *ending)
{
	struct vs_ending counted = *ending;

	tally_of(s)->lost = vs_ledger_total(ending->losses);
	if (ending->program)
		tally_of(s)->program = *ending->program;
	counted.tally = tally_of(s);
	vs_pass_end(s, &counted);
}

static const struct vs_sink_ops tally_ops = {
	.start = on_start,
	.attached = on_attached,
	.device = vs_pass_device,
	.event = on_event,
	.opened = vs_pass_opened,
	.finding = on_finding,
	.closed = on_closed,
	.attach = vs_pass_attach,
	.stuck = vs_pass_stuck,
	.detach = vs_pass_detach,
	.profile = vs_pass_profile,
	.moment = on_moment,
	.end = on_end,
	.free = vs_pass_free,
};

struct vs_sink *vs_tally_sink(struct vs_tally *tally, struct vs_sink *next)
{
	struct tally_sink *s = vs_wrap_new(sizeof(*s), &tally_ops, next);

	if (!s)
		return NULL;
	s->tally = tally;
	return &s->wrap.sink;
}
