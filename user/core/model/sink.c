// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "sink.h"

static struct vs_sink *next_of(struct vs_sink *s)
{
	return ((struct vs_wrap *)s)->next;
}

void vs_pass_start(struct vs_sink *s, const struct vs_run *run)
{
	VS_TELL(next_of(s), start, run);
}

void vs_pass_attached(struct vs_sink *s, const struct vs_run *run)
{
	VS_TELL(next_of(s), attached, run);
}

void vs_pass_device(struct vs_sink *s, const struct ev_dev_info *info)
{
	VS_TELL(next_of(s), device, info);
}

void vs_pass_event(struct vs_sink *s, const union vs_event *ev, const struct vs_refs *refs)
{
	VS_TELL(next_of(s), event, ev, refs);
}

void vs_pass_opened(struct vs_sink *s, const struct vs_open *open)
{
	VS_TELL(next_of(s), opened, open);
}

void vs_pass_finding(struct vs_sink *s, const struct vs_finding *finding)
{
	VS_TELL(next_of(s), finding, finding);
}

void vs_pass_closed(struct vs_sink *s, const struct vs_open *open)
{
	VS_TELL(next_of(s), closed, open);
}

void vs_pass_attach(struct vs_sink *s, const struct vs_attach *attach)
{
	VS_TELL(next_of(s), attach, attach);
}

void vs_pass_stuck(struct vs_sink *s, const struct vs_attach *attach)
{
	VS_TELL(next_of(s), stuck, attach);
}

void vs_pass_detach(struct vs_sink *s, const struct vs_attach *attach)
{
	VS_TELL(next_of(s), detach, attach);
}

void vs_pass_profile(struct vs_sink *s, const struct vs_profile *profile)
{
	VS_TELL(next_of(s), profile, profile);
}

void vs_pass_moment(struct vs_sink *s, const struct vs_moment *moment)
{
	VS_TELL(next_of(s), moment, moment);
}

void vs_pass_end(struct vs_sink *s, const struct vs_ending *ending)
{
	VS_TELL(next_of(s), end, ending);
}

void vs_pass_free(struct vs_sink *s)
{
	vs_sink_free(next_of(s));
	free(s);
}

void *vs_wrap_new(size_t size, const struct vs_sink_ops *ops, struct vs_sink *next)
{
	struct vs_wrap *w = next ? calloc(1, size) : NULL;

	if (!w) {
		vs_sink_free(next);
		return NULL;
	}
	w->sink.ops = ops;
	w->next = next;
	return w;
}
