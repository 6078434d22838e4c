/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who takes what the model says. Filter and tally wrap another sink; views end the
 * chain and own their state.
 */
#ifndef VS_SINK_H
#define VS_SINK_H

#include "ledger.h"
#include "model.h"

struct vs_attach;
struct vs_moment;
struct vs_profile;
struct vs_tally;

/* What is known when the stream has ended. */
struct vs_ending {
	struct vs_model *model; /* every verdict is final, every object still there */
	const struct vs_ledger *losses;
	const struct vs_program_end *program; /* NULL: none was observed */
	const struct vs_tally *tally; /* of what was shown; NULL: nobody counts */
	uint64_t duration_ns; /* from START to END */
};

struct vs_sink;

/* Any may be NULL. Pointers that are passed are valid during the call only. */
struct vs_sink_ops {
	/* Recording begins: comes first. */
	void (*start)(struct vs_sink *s, const struct vs_run *run);
	/* Recording goes on with other probes, or could not (VS_F_ATTACH_FAILED). */
	void (*attached)(struct vs_sink *s, const struct vs_run *run);
	void (*device)(struct vs_sink *s, const struct ev_dev_info *info);
	void (*event)(struct vs_sink *s, const union vs_event *ev, const struct vs_refs *refs);
	void (*opened)(struct vs_sink *s, const struct vs_open *open); /* may be pending */
	void (*finding)(struct vs_sink *s, const struct vs_finding *finding);
	void (*closed)(struct vs_sink *s, const struct vs_open *open); /* verdict is final */
	/* Of those who ask for attaches: one that was usable, or failed; told once. */
	void (*attach)(struct vs_sink *s, const struct vs_attach *attach);
	/* One that has been in a call for a second or more; again and again. */
	void (*stuck)(struct vs_sink *s, const struct vs_attach *attach);
	/* All there is to know of it; told of each, also of those not usable at the end. */
	void (*detach)(struct vs_sink *s, const struct vs_attach *attach);
	/* What all attaches come to; before the end. */
	void (*profile)(struct vs_sink *s, const struct vs_profile *profile);
	/* One moment as a whole, of those who ask for it; before its findings. */
	void (*moment)(struct vs_sink *s, const struct vs_moment *moment);
	void (*end)(struct vs_sink *s, const struct vs_ending *ending); /* comes last */
	void (*free)(struct vs_sink *s); /* and what it wraps */
};

struct vs_sink {
	const struct vs_sink_ops *ops;
};

/* VS_TELL(sink, event, ev, refs): if it wants to know. */
#define VS_TELL(sink, op, ...)                              \
	do {                                                \
		struct vs_sink *sink_ = (sink);             \
		if (sink_->ops->op)                         \
			sink_->ops->op(sink_, __VA_ARGS__); \
	} while (0)

/*
 * A sink that wraps another one begins with this, and passes on what it does not
 * change.
 */
struct vs_wrap {
	struct vs_sink sink;
	struct vs_sink *next; /* owned */
};

void vs_pass_start(struct vs_sink *s, const struct vs_run *run);
void vs_pass_attached(struct vs_sink *s, const struct vs_run *run);
void vs_pass_device(struct vs_sink *s, const struct ev_dev_info *info);
void vs_pass_event(struct vs_sink *s, const union vs_event *ev, const struct vs_refs *refs);
void vs_pass_opened(struct vs_sink *s, const struct vs_open *open);
void vs_pass_finding(struct vs_sink *s, const struct vs_finding *finding);
void vs_pass_closed(struct vs_sink *s, const struct vs_open *open);
void vs_pass_attach(struct vs_sink *s, const struct vs_attach *attach);
void vs_pass_stuck(struct vs_sink *s, const struct vs_attach *attach);
void vs_pass_detach(struct vs_sink *s, const struct vs_attach *attach);
void vs_pass_profile(struct vs_sink *s, const struct vs_profile *profile);
void vs_pass_moment(struct vs_sink *s, const struct vs_moment *moment);
void vs_pass_end(struct vs_sink *s, const struct vs_ending *ending);
void vs_pass_free(struct vs_sink *s);

/**
 * vs_wrap_new - a wrapping sink of @size bytes, zero after its struct vs_wrap
 * @next: owned from now on, also on failure; NULL is a failure
 *
 * Return: it begins with a struct vs_wrap; NULL if there is no memory.
 */
void *vs_wrap_new(size_t size, const struct vs_sink_ops *ops, struct vs_sink *next);

/* NULL is fine. */
static inline void vs_sink_free(struct vs_sink *s)
{
	if (s && s->ops->free)
		s->ops->free(s);
}

#endif
