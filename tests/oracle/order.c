// SPDX-License-Identifier: GPL-2.0-only
/* In which order the pieces of calls can have happened. */
#include "sim.h"

/* How many pieces a call falls into: a process that ends closes one by one. */
static unsigned int pieces(const struct op *op)
{
	return op->kind == OP_EXIT || op->kind == OP_KILL ? SLOT_COUNT + 1 : 1;
}

static unsigned int put_pieces(const struct op *op, uint8_t number, struct step *steps)
{
	unsigned int n = 0;
	int slot;

	/* From the last slot down, as the kernel closes the newest first, by and large. */
	if (op->kind == OP_EXIT || op->kind == OP_KILL)
		for (slot = SLOT_COUNT - 1; slot >= 0; slot--)
			steps[n++] = (struct step){ number, slot };
	steps[n++] = (struct step){ number, NOBODY };
	return n;
}

/* @place: before which piece of the first the second one happens. */
static unsigned int put_pair(const struct seq *seq, uint8_t first, unsigned int place,
			     struct step *steps)
{
	struct step apart[SLOT_COUNT + 1];
	unsigned int i, n = 0, count = put_pieces(&seq->ops[first], first, apart);

	for (i = 0; i < count; i++) {
		if (i == place)
			n += put_pieces(&seq->ops[first + 1], first + 1, &steps[n]);
		steps[n++] = apart[i];
	}
	if (place >= count)
		n += put_pieces(&seq->ops[first + 1], first + 1, &steps[n]);
	return n;
}

unsigned int sim_order(const struct seq *seq, const struct history *history, unsigned int variant,
		       struct step *steps, unsigned int *count)
{
	unsigned int i, ways, n = 0, variants = 1;

	for (i = 0; i < seq->count; i++) {
		if (!history->calls[i].done)
			continue;
		if (history->calls[i].together && i + 1 < seq->count) {
			ways = pieces(&seq->ops[i]) + 1;
			n += put_pair(seq, i, variant % ways, &steps[n]);
			variant /= ways;
			variants *= ways;
			i++;
		} else {
			n += put_pieces(&seq->ops[i], i, &steps[n]);
		}
	}
	*count = n;
	return variants;
}
