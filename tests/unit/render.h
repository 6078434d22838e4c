/* SPDX-License-Identifier: GPL-2.0-only */
/* What a model says, as people and programs get it: views that write into memory. */
#ifndef VS_TEST_RENDER_H
#define VS_TEST_RENDER_H

#include "model_test.h"
#include "../../user/core/moment.h"
#include "../../user/core/tally.h"
#include "../../user/view/view.h"

enum render_as { AS_TEXT, AS_JSON, AS_VIEWS };

struct render {
	struct vs_sink *sink;
	FILE *file;
	char *out; /* all that was written, when it is closed */
	size_t length;
	struct vs_tally tally;
};

/* @moment: as ps shows it; else every call, open and finding. */
static inline void render_begin(struct render *r, enum render_as as, bool moment)
{
	const struct vs_filter all = { .group = -1, .device_group = -1 };
	struct vs_view_config config = {
		.command = moment ? "ps" : "trace",
		.events = !moment,
		.opens = true,
		.moment = moment,
		.raw_pointers = true,
	};

	memset(r, 0, sizeof(*r));
	config.file = r->file = open_memstream(&r->out, &r->length);
	assert_non_null(r->file);
	r->sink = as == AS_JSON ? vs_view_json(&config) : vs_view_text(&config);
	r->sink = vs_tally_sink(&r->tally, r->sink);
	if (moment)
		r->sink = vs_moment_sink(&all, r->sink);
	assert_non_null(r->sink);
}

/* What was written is the caller's to free. */
static inline void render_close(struct render *r)
{
	assert_int_equal(fclose(r->file), 0);
}

/* A sink that passes on to two; owns both. */
struct tee {
	struct vs_sink sink; /* first */
	struct vs_sink *next[2];
};

#define TEE(op, type)                                               \
	static inline void tee_##op(struct vs_sink *s, type *thing) \
	{                                                           \
		VS_TELL(((struct tee *)s)->next[0], op, thing);     \
		VS_TELL(((struct tee *)s)->next[1], op, thing);     \
	}

TEE(start, const struct vs_run)
TEE(attached, const struct vs_run)
TEE(device, const struct ev_dev_info)
TEE(opened, const struct vs_open)
TEE(finding, const struct vs_finding)
TEE(closed, const struct vs_open)
TEE(end, const struct vs_ending)

static inline void tee_event(struct vs_sink *s, const union vs_event *ev,
			     const struct vs_refs *refs)
{
	VS_TELL(((struct tee *)s)->next[0], event, ev, refs);
	VS_TELL(((struct tee *)s)->next[1], event, ev, refs);
}

static inline void tee_free(struct vs_sink *s)
{
	vs_sink_free(((struct tee *)s)->next[0]);
	vs_sink_free(((struct tee *)s)->next[1]);
	free(s);
}

static const struct vs_sink_ops tee_ops = {
	.start = tee_start,
	.attached = tee_attached,
	.device = tee_device,
	.event = tee_event,
	.opened = tee_opened,
	.finding = tee_finding,
	.closed = tee_closed,
	.end = tee_end,
	.free = tee_free,
};

static inline struct vs_sink *tee_new(struct vs_sink *a, struct vs_sink *b)
{
	struct tee *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	t->sink.ops = &tee_ops;
	t->next[0] = a;
	t->next[1] = b;
	return &t->sink;
}

#endif
