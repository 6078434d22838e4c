/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one ledger of losses: what is missing from the stream, and since when. It
 * is kept from the counts in records, from MISSED, LOSS and ATTACHED.
 */
#ifndef VS_LEDGER_H
#define VS_LEDGER_H

#include "../event/kinds.h"

struct vs_ledger {
	uint64_t by_cause[VS_LOSS_COUNT]; /* as told so far */
	/* What a reading is compared with later: grows whenever something may be missing. */
	uint64_t records; /* lost before the last record, by the most that one said */
	uint64_t missed; /* probes not run */
	uint64_t breaks; /* times that other probes took over */
	bool doubt; /* some probes were not run about now */
	/* What a TIME record said last: nothing else was lost up to then, ns since boot. */
	uint64_t told_mark, told_ns;
};

/* All causes together. */
uint64_t vs_ledger_total(const struct vs_ledger *l);

/* Grows with every loss; equal at two moments if nothing was lost between. */
static inline uint64_t vs_ledger_mark(const struct vs_ledger *l)
{
	return l->records + l->missed + l->breaks;
}

/*
 * The mark for what this record began. With several CPUs a record may count fewer
 * losses than one before it; in doubt the mark equals none there will ever be.
 */
static inline uint64_t vs_ledger_mark_at(const struct vs_ledger *l, const struct ev_hdr *h)
{
	return h->lost + l->missed + l->breaks - (l->doubt ? 1 : 0);
}

static inline void vs_ledger_record(struct vs_ledger *l, const struct ev_hdr *h)
{
	if (h->lost > l->records)
		l->records = h->lost;
}

/* After vs_ledger_record() of a TIME record. */
static inline void vs_ledger_time(struct vs_ledger *l, const struct ev_hdr *h)
{
	uint64_t mark = vs_ledger_mark_at(l, h);

	if (mark == l->told_mark)
		return;
	l->told_mark = mark;
	l->told_ns = h->ts;
}

void vs_ledger_missed(struct vs_ledger *l, const struct ev_missed *missed);
void vs_ledger_attached(struct vs_ledger *l, const struct ev_attached *attached);
void vs_ledger_look_done(struct vs_ledger *l, const struct ev_look_done *done);
void vs_ledger_loss(struct vs_ledger *l, const struct ev_loss *loss);

#endif
