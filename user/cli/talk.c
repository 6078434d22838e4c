// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "talk.h"

#define METHODS_MAX 4

struct talk_sink {
	struct vs_wrap wrap;
	const struct vs_run *run; /* the model's; lasts as long as the stream */
	bool quiet;
};

static struct talk_sink *of(struct vs_sink *s)
{
	return (struct talk_sink *)s;
}

static bool missing(const struct ev_site *site)
{
	return !strcmp(site->method, "none");
}

static size_t count_method(const struct vs_run *run, const char *method)
{
	size_t i, n = 0;

	for (i = 0; i < run->site_count; i++)
		n += !strcmp(run->sites[i].method, method);
	return n;
}

void vs_talk_armed(const struct vs_sink *s, const char *hint)
{
	static const char *const methods[METHODS_MAX] = { "fentry", "kprobe", "tracepoint",
							  "iterator" };
	const struct talk_sink *t = (const struct talk_sink *)s;
	size_t i, n, seen = 0, used = 0;
	char ways[96] = "";

	if (t->quiet || !t->run)
		return;
	for (i = 0; i < METHODS_MAX; i++) {
		n = count_method(t->run, methods[i]);
		seen += n;
		if (n && used < sizeof(ways))
			used += (size_t)snprintf(ways + used, sizeof(ways) - used, "%s%zu %s",
						 used ? ", " : "", n, methods[i]);
	}
	vs_say("armed: %zu sites (%s)%s", seen, ways, hint);
	for (i = 0; i < t->run->site_count; i++)
		if (missing(&t->run->sites[i]))
			vs_say("not observable here: %s (%s)", t->run->sites[i].what,
			       t->run->sites[i].why);
}

static void on_start(struct vs_sink *s, const struct vs_run *run)
{
	of(s)->run = run;
	vs_pass_start(s, run);
}

/* What is lost is said to everybody. */
static void on_attached(struct vs_sink *s, const struct vs_run *run)
{
	if (run->attached.h.flags & VS_F_ATTACH_FAILED)
		vs_say("cannot re-attach after a module load: what kvm and vfio do counts as "
		       "lost; restart vfioscope");
	else if (!of(s)->quiet)
		vs_say("re-attached after a module load");
	vs_pass_attached(s, run);
}

static const struct vs_sink_ops talk_ops = {
	.start = on_start,
	.attached = on_attached,
	.device = vs_pass_device,
	.event = vs_pass_event,
	.opened = vs_pass_opened,
	.finding = vs_pass_finding,
	.closed = vs_pass_closed,
	.attach = vs_pass_attach,
	.stuck = vs_pass_stuck,
	.detach = vs_pass_detach,
	.profile = vs_pass_profile,
	.moment = vs_pass_moment,
	.end = vs_pass_end,
	.free = vs_pass_free,
};

struct vs_sink *vs_talk_sink(bool quiet, struct vs_sink *next)
{
	struct talk_sink *s = vs_wrap_new(sizeof(*s), &talk_ops, next);

	if (!s)
		return NULL;
	s->quiet = quiet;
	return &s->wrap.sink;
}
