// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include <utlist.h>

#include "attaches.h"
#include "route.h"
#include "stuck.h"
#include "tell.h"

/*
 * How long a closed device waits for the end of its group or container, counted anew while
 * memory is being unpinned: from its first second on, such a call is reported until it returns.
 */
#define LINGER_NS (3 * P_SEC)

static struct p_state *of(struct vs_sink *s)
{
	return (struct p_state *)s;
}

/* Devices and what they are in */

/* A device that is opened first has no opens before: their close was lost. */
static void on_dev_open(struct p_state *s, const struct ev_dev *ev, const struct vs_refs *refs)
{
	struct p_live *l, *tmp;

	p_check(s, p_threads_opened(s->threads, ev, refs->vm));
	if (ev->h.ret || ev->open_count != 1)
		return;
	DL_FOREACH_SAFE(s->lives.list, l, tmp) {
		if (l->dev != ev->dev)
			continue;
		p_settle_bound(s, l);
		p_tell_over(s, l);
	}
}

static void on_dev_close(struct p_state *s, const struct ev_dev *ev, const struct vs_refs *refs)
{
	struct p_live *l, *tmp;

	if (ev->open_count)
		return;
	DL_FOREACH_SAFE(s->lives.list, l, tmp) {
		if (l->dev != ev->dev || l->closed_ns)
			continue;
		if (refs->vm)
			l->body->a.vm = *refs->vm;
		p_settle_bound(s, l);
		p_live_closed(&s->lives, l, ev->h.ts);
	}
}

static void end_lingering(struct p_state *s, uint64_t ts)
{
	struct p_live *l, *tmp;

	if (!s->lives.closed)
		return;
	DL_FOREACH_SAFE(s->lives.list, l, tmp)
		if (l->closed_ns && ts >= l->closed_ns + LINGER_NS &&
		    ts >= l->unpinning_ns + LINGER_NS)
			p_tell_over(s, l);
}

static void on_set_container(struct p_state *s, const struct ev_set_container *ev)
{
	if (!ev->h.ret)
		p_check(s, p_container_set(s->pendings, ev->group,
					   ev->container ? ev->container : ev->iommufd));
}

static void on_found_group(struct p_state *s, const struct ev_found_group *ev)
{
	p_check(s, p_container_set(s->pendings, ev->group,
				   ev->container ? ev->container : ev->iommufd));
}

static void on_released(struct p_state *s, uint64_t group, uint32_t kind)
{
	struct p_pending *p = p_pending_next(s->pendings, NULL);

	while (p) {
		if (p->object.kind != kind || p->object.at != group) {
			p = p_pending_next(s->pendings, p);
			continue;
		}
		p_give_up(s, p);
		p = p_pending_next(s->pendings, NULL);
	}
	p_check(s, p_container_set(s->pendings, group, 0));
}

/* Of calls that were added up, what is new. */
static void on_phase(struct p_state *s, const struct ev_phase *ev, const struct vs_refs *refs)
{
	struct ev_phase news;
	int taken;

	if (!ev->since) {
		p_on_phase(s, ev, refs);
		return;
	}
	taken = p_totals_take(s->totals, ev, &news);
	if (taken > 0)
		p_on_phase(s, &news, refs);
	else
		p_check(s, taken);
}

static void take(struct p_state *s, const union vs_event *ev, const struct vs_refs *refs)
{
	switch (ev->h.kind) {
	case VS_PHASE:
		on_phase(s, &ev->phase, refs);
		break;
	case VS_LOCK_WAIT:
		p_on_lock_wait(s, &ev->lock_wait);
		break;
	case VS_IN_CALL:
		p_on_in_call(s, &ev->in_call, refs);
		break;
	case VS_DEV_OPEN:
		on_dev_open(s, &ev->dev, refs);
		break;
	case VS_DEV_CLOSE:
		on_dev_close(s, &ev->dev, refs);
		break;
	case VS_SET_CONTAINER:
		on_set_container(s, &ev->set_container);
		break;
	case VS_UNSET_CONTAINER:
		if (!ev->h.ret)
			p_check(s, p_container_set(s->pendings, ev->group_call.group, 0));
		break;
	case VS_FOUND_GROUP:
		on_found_group(s, &ev->found_group);
		break;
	case VS_FOUND_CDEV:
		p_check(s,
			p_container_set(s->pendings, ev->found_cdev.group, ev->found_cdev.iommufd));
		break;
	case VS_GROUP_RELEASE:
		on_released(s, ev->group.group, P_GROUP);
		break;
	case VS_CDEV_RELEASE:
		on_released(s, ev->cdev.file, P_FILE);
		break;
	default:
		break;
	}
}

/* The sink */

static void on_start(struct vs_sink *s, const struct vs_run *run)
{
	memcpy(of(s)->arch, run->start.arch, sizeof(of(s)->arch));
	vs_pass_start(s, run);
}

static void on_event(struct vs_sink *sink, const union vs_event *ev, const struct vs_refs *refs)
{
	struct p_state *s = of(sink);

	if (s->marked && s->mark != refs->mark)
		s->lost_ns = refs->told_ns ? refs->told_ns : ev->h.ts;
	s->marked = true;
	s->mark = refs->mark;
	end_lingering(s, ev->h.ts);
	vs_pass_event(sink, ev, refs);
	take(s, ev, refs);
}

static void end_live(struct p_state *s, struct p_live *l)
{
	if (l->going_on && l->under_way.begin_ns)
		p_describe_bound(s, l);
	else
		p_settle_bound(s, l);
}

static void on_end(struct vs_sink *sink, const struct vs_ending *ending)
{
	struct p_state *s = of(sink);
	struct p_pending *p;
	struct p_live *l, *tmp;

	while ((p = p_pending_next(s->pendings, NULL)))
		p_give_up(s, p);
	/* One that is settled moves to the end, and is met again. */
	DL_FOREACH_SAFE(s->lives.list, l, tmp)
		end_live(s, l);
	while (s->lives.list)
		p_tell_over(s, s->lives.list);
	vs_pass_end(sink, ending);
}

static void on_free(struct vs_sink *sink)
{
	struct p_state *s = of(sink);

	p_threads_free(s->threads);
	p_pendings_free(s->pendings);
	p_lives_free(&s->lives);
	p_waits_free(s->waits);
	p_totals_free(s->totals);
	p_sum_free(&s->sum);
	vs_pass_free(sink);
}

static const struct vs_sink_ops attaches_ops = {
	.start = on_start,
	.attached = vs_pass_attached,
	.device = vs_pass_device,
	.event = on_event,
	.opened = vs_pass_opened,
	.finding = vs_pass_finding,
	.closed = vs_pass_closed,
	.attach = vs_pass_attach,
	.stuck = vs_pass_stuck,
	.detach = vs_pass_detach,
	.profile = vs_pass_profile,
	.moment = vs_pass_moment,
	.end = on_end,
	.free = on_free,
};

struct vs_sink *vs_attaches_sink(struct vs_sink *next)
{
	struct p_state *s = vs_wrap_new(sizeof(*s), &attaches_ops, next);

	if (!s)
		return NULL;
	s->threads = p_threads_new();
	s->pendings = p_pendings_new();
	s->waits = p_waits_new();
	s->totals = p_totals_new();
	if (!s->threads || !s->pendings || !s->waits || !s->totals) {
		on_free(&s->wrap.sink);
		return NULL;
	}
	return &s->wrap.sink;
}

int vs_attaches_error(const struct vs_sink *attaches_sink)
{
	return ((const struct p_state *)attaches_sink)->error;
}
