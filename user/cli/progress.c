// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "../core/profile/attach.h"
#include "../core/text/strbuf.h"
#include "progress.h"

#define LINE 200

struct progress_sink {
	struct vs_wrap wrap;
	FILE *file;
	uint64_t attached, open; /* usable so far, and not closed yet */
	uint64_t slowest_ns;
	char slowest[VS_ESCAPED(VS_DEVNAME_LEN)];
	char stuck[LINE]; /* the last call that takes long, "" if it has ended since */
	uint32_t stuck_id;
	uint64_t shown_ns;
	bool visible;
};

static struct progress_sink *of(struct vs_sink *s)
{
	return (struct progress_sink *)s;
}

static void end_stuck(struct progress_sink *p, const struct vs_attach *a)
{
	if (p->stuck_id == a->id)
		p->stuck[0] = '\0';
}

static void on_attach(struct vs_sink *s, const struct vs_attach *a)
{
	struct progress_sink *p = of(s);

	end_stuck(p, a);
	if (a->state == VS_ATTACH_USABLE) {
		p->attached++;
		p->open++;
	}
	if (a->total_ns > p->slowest_ns) {
		p->slowest_ns = a->total_ns;
		vs_escape(p->slowest, sizeof(p->slowest), a->device);
	}
	vs_pass_attach(s, a);
}

static void on_stuck(struct vs_sink *s, const struct vs_attach *a)
{
	struct progress_sink *p = of(s);
	struct vs_text t;

	vs_text_init(&t, p->stuck, sizeof(p->stuck));
	vs_put(&t, "; ");
	vs_put_escaped(&t, *a->device ? a->device : "a device");
	vs_put(&t, " in ");
	vs_put(&t, vs_phase_name(a->now.part) ? vs_phase_name(a->now.part) : "a call");
	vs_put(&t, " for ");
	vs_put_duration(&t, a->now.call_ns);
	p->stuck_id = a->id;
	vs_pass_stuck(s, a);
}

static void on_detach(struct vs_sink *s, const struct vs_attach *a)
{
	struct progress_sink *p = of(s);

	end_stuck(p, a);
	if (a->state == VS_ATTACH_USABLE && p->open)
		p->open--;
	vs_pass_detach(s, a);
}

void vs_progress_hide(struct vs_sink *s)
{
	struct progress_sink *p = of(s);

	if (!p->visible)
		return;
	fputs("\r\033[K", p->file);
	fflush(p->file);
	p->visible = false;
}

void vs_progress_show(struct vs_sink *s, uint64_t now_ns, uint64_t every_ns)
{
	struct progress_sink *p = of(s);
	char line[2 * LINE];
	struct vs_text t;

	if (p->visible && now_ns - p->shown_ns < every_ns)
		return;
	vs_text_init(&t, line, sizeof(line));
	vs_put_uint(&t, p->attached);
	vs_put(&t, " attached, ");
	vs_put_uint(&t, p->open);
	vs_put(&t, " open");
	if (p->slowest_ns) {
		vs_put(&t, ", slowest ");
		vs_put_duration(&t, p->slowest_ns);
		vs_put(&t, " (");
		vs_put(&t, p->slowest);
		vs_put(&t, ")");
	}
	vs_put(&t, p->stuck);
	/* Without autowrap, the terminal cuts what it has no columns for. */
	fprintf(p->file, "\r\033[K\033[?7l%s\033[?7h", line);
	fflush(p->file);
	p->visible = true;
	p->shown_ns = now_ns;
}

static const struct vs_sink_ops progress_ops = {
	.start = vs_pass_start,
	.attached = vs_pass_attached,
	.device = vs_pass_device,
	.event = vs_pass_event,
	.opened = vs_pass_opened,
	.finding = vs_pass_finding,
	.closed = vs_pass_closed,
	.attach = on_attach,
	.stuck = on_stuck,
	.detach = on_detach,
	.profile = vs_pass_profile,
	.moment = vs_pass_moment,
	.end = vs_pass_end,
	.free = vs_pass_free,
};

struct vs_sink *vs_progress_sink(FILE *file, struct vs_sink *next)
{
	struct progress_sink *p = vs_wrap_new(sizeof(*p), &progress_ops, next);

	if (!p)
		return NULL;
	p->file = file;
	return &p->wrap.sink;
}
