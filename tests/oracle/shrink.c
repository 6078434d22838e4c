// SPDX-License-Identifier: GPL-2.0-only
/*
 * A shorter sequence that still disagrees: all candidates of a round run under
 * the same tool, side by side on the lanes, and are judged each by itself.
 */
#include <stdlib.h>
#include <string.h>

#include "run.h"

static void without(struct seq *to, const struct seq *from, unsigned int first, unsigned int count)
{
	unsigned int i;

	*to = *from;
	to->count = 0;
	for (i = 0; i < from->count; i++)
		if (i < first || i >= first + count)
			to->ops[to->count++] = from->ops[i];
	to->ops[0].with = false;
}

/* Tries to leave out @size operations at a time; true if something could go. */
static bool round_of(struct rig *rig, struct seq *seq, unsigned int size, unsigned int tries,
		     struct seq *candidates, unsigned int *wrong)
{
	unsigned int i, t, n = 0;

	for (i = 0; i < seq->count; i += size)
		for (t = 0; t < tries && n < BATCH; t++)
			without(&candidates[n++], seq, i, size);
	rig_batch(rig, candidates, n, wrong);
	for (i = 0; i < n; i++)
		if (wrong[i] && candidates[i].count) {
			*seq = candidates[i];
			return true;
		}
	return false;
}

bool shrink(struct rig *rig, struct seq *seq, unsigned int tries)
{
	struct seq *candidates = calloc(BATCH, sizeof(*candidates));
	unsigned int wrong[BATCH] = { 0 }, i, size;
	FILE *report = rig->judge.report;
	bool found = false;

	if (!candidates)
		abort();
	rig->judge.report = NULL;
	for (i = 0; i < tries; i++)
		candidates[i] = *seq;
	rig_batch(rig, candidates, tries, wrong);
	for (i = 0; i < tries; i++)
		found |= wrong[i];
	for (size = found ? seq->count / 2 : 0; size; size /= 2)
		while (!rig->hung && round_of(rig, seq, size, tries, candidates, wrong))
			if (size > seq->count / 2)
				size = seq->count > 1 ? seq->count / 2 : 1;
	rig->judge.report = report;
	free(candidates);
	return found;
}
