// SPDX-License-Identifier: GPL-2.0-only
/* The assignments of this moment: one look, nothing attached to any function. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "source.h"

/* A finding that is written already, and shown or not. */
struct told {
	size_t begin, end; /* in what is written */
	enum vs_severity severity;
	char device[VS_DEVNAME_LEN]; /* to be shown along with it; "": in any case */
	struct told *prev, *next;
};

struct ps {
	struct vs_source src;
	struct vs_model *model;
	struct vs_inventory *inv;
	struct vs_out out;
	struct vs_filter filter;
	struct vs_tally tally;
	struct told *told;
	int err;
};

static void on_event(void *ctx, const union vs_event *ev, const struct vs_refs *refs)
{
	struct ps *p = ctx;

	if (!p->err)
		p->err = vs_inventory_event(p->inv, ev, refs);
}

static void on_opened(void *ctx, const struct vs_open *open)
{
	(void)ctx;
	(void)open;
}

static void on_finding(void *ctx, const struct vs_finding *f)
{
	struct ps *p = ctx;
	struct vs_filter filter = p->filter;
	struct told *t;

	/* Who holds a device is known when all has been looked at. */
	if (f->open)
		filter.pid = 0;
	if (!vs_filter_finding(&filter, f))
		return;
	t = calloc(1, sizeof(*t));
	if (!t) {
		p->err = -ENOMEM;
		return;
	}
	t->severity = f->severity;
	if (f->open)
		memcpy(t->device, f->open->device, sizeof(t->device));
	t->begin = (size_t)ftell(p->out.file);
	p->out.ops->finding(&p->out, f);
	t->end = (size_t)ftell(p->out.file);
	DL_APPEND(p->told, t);
}

static void on_closed(void *ctx, const struct vs_open *open)
{
	struct ps *p = ctx;

	vs_inventory_open(p->inv, open);
}

static int feed(void *ctx, const union vs_event *ev)
{
	struct ps *p = ctx;
	int err = vs_model_feed(p->model, ev);

	return err ? err : p->err;
}

static int set_up(struct ps *p, const struct vs_options *o)
{
	const struct vs_sink sink = {
		.ctx = p,
		.event = on_event,
		.opened = on_opened,
		.finding = on_finding,
		.closed = on_closed,
	};

	/* No patience: a moment has no future to wait for. */
	p->model = vs_source_model(&p->src, 0, &sink);
	p->inv = vs_inventory_new();
	vs_output_init(&p->out, o);
	vs_filter_init(&p->filter, o);
	return p->model && p->inv ? 0 : -ENOMEM;
}

static bool shown(const struct ps *p, const struct told *t)
{
	const struct vs_inv_device *d = NULL;

	if (!*t->device)
		return true;
	while ((d = vs_inventory_device(p->inv, d)))
		if (!strcmp(d->open.device, t->device))
			return true;
	return false;
}

static void count_opens(struct ps *p)
{
	const struct vs_inv_device *d = NULL;

	while ((d = vs_inventory_device(p->inv, d)))
		p->tally.opens[d->open.verdict]++;
}

static void print_all(struct ps *p, const char *findings, struct vs_summary *summary)
{
	const struct told *t;

	vs_inventory_sort(p->inv);
	vs_inventory_keep(p->inv, &p->filter);
	p->out.ops->inventory(&p->out, p->inv);
	count_opens(p);
	DL_FOREACH(p->told, t) {
		if (!shown(p, t))
			continue;
		p->tally.findings[t->severity]++;
		fwrite(findings + t->begin, 1, t->end - t->begin, p->out.file);
	}
	p->out.ops->end(&p->out, summary);
}

/*
 * Findings are told while the look goes on, and read after the tree; so they
 * wait in memory.
 */
static enum vs_exit show(struct ps *p, const struct vs_options *o)
{
	struct vs_summary summary = { .tally = &p->tally };
	uint64_t started_ns = vs_now();
	struct vs_meta meta;
	char *findings = NULL;
	size_t size = 0;
	int err;

	vs_source_meta(&p->src, o, &meta);
	meta.command = "ps";
	meta.opens = true;
	meta.moment = true;
	p->out.ops->start(&p->out, &meta);
	p->out.file = open_memstream(&findings, &size);
	err = p->out.file ? vs_live_look(p->src.live, feed, p) : -ENOMEM;
	vs_source_lost(&p->src, &summary, &p->tally);
	vs_model_finish(p->model, vs_now(), (uint32_t)p->tally.lost);
	if (p->out.file)
		fclose(p->out.file);
	p->out.file = stdout;
	if (!err)
		err = p->err;
	summary.duration_ns = vs_now() - started_ns;
	if (!err)
		print_all(p, findings, &summary);
	else
		vs_say("cannot read which files are open on this host: %s", strerror(-err));
	free(findings);
	return err ? VS_EXIT_ERROR : vs_tally_exit(&p->tally, o->fail_on);
}

enum vs_exit vs_cmd_ps(struct vs_options *o)
{
	struct ps *p = calloc(1, sizeof(*p));
	enum vs_exit code = VS_EXIT_ERROR;
	struct told *t, *next;

	if (!p) {
		vs_say("cannot allocate memory to observe this host");
		return code;
	}
	code = vs_source_open(&p->src, o, vs_ask_ps);
	if (!code && set_up(p, o)) {
		vs_say("cannot allocate memory for the model of this host");
		code = VS_EXIT_ERROR;
	}
	if (!code)
		code = show(p, o);
	vs_source_close(&p->src);
	vs_model_free(p->model);
	vs_inventory_free(p->inv);
	DL_FOREACH_SAFE(p->told, t, next)
	{
		DL_DELETE(p->told, t);
		free(t);
	}
	free(p);
	return code;
}
