// SPDX-License-Identifier: GPL-2.0-only
#include "ledger.h"

uint64_t vs_ledger_total(const struct vs_ledger *l)
{
	uint64_t total = 0;
	int cause;

	for (cause = 0; cause < VS_LOSS_COUNT; cause++)
		total += l->by_cause[cause];
	return total;
}

void vs_ledger_missed(struct vs_ledger *l, const struct ev_missed *missed)
{
	l->doubt = missed->count != 0;
	l->missed += missed->count;
	l->by_cause[VS_LOSS_BUSY] += missed->count;
}

/* The first attach misses nothing; later ones may have missed what happened meanwhile. */
void vs_ledger_attached(struct vs_ledger *l, const struct ev_attached *attached)
{
	if (attached->attach > 1)
		l->breaks++;
	if (attached->h.flags & VS_F_ATTACH_FAILED)
		l->by_cause[VS_LOSS_GAP]++;
}

#define ADD_CAUSE(arg, cause, name, text) [VS_LOSS_##cause] = loss->name,

/* A device may be open that it did not show: that it is not there is not certain. */
void vs_ledger_look_done(struct vs_ledger *l, const struct ev_look_done *done)
{
	if (!done->err)
		return;
	l->breaks++;
	l->by_cause[VS_LOSS_LOOK]++;
}

/* These have records of their own. */
static bool counted_elsewhere(int cause)
{
	return cause == VS_LOSS_BUSY || cause == VS_LOSS_GAP || cause == VS_LOSS_LOOK;
}

void vs_ledger_loss(struct vs_ledger *l, const struct ev_loss *loss)
{
	const uint64_t told[VS_LOSS_COUNT] = { VS_LOSSES(ADD_CAUSE, -) };
	uint64_t records = 0;
	int cause;

	for (cause = 0; cause < VS_LOSS_COUNT; cause++) {
		if (counted_elsewhere(cause))
			continue;
		l->by_cause[cause] = told[cause];
		records += told[cause];
	}
	if (records > l->records)
		l->records = records;
}
