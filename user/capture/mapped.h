/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A look at mappings by who does without until somebody wants what others hold: the
 * program is loaded then, and writes into the same ring buffer. Loading it at every start
 * would cost more than all that is gained by it.
 */
#ifndef VS_MAPPED_H
#define VS_MAPPED_H

#include "attach.h"

struct vs_mapped {
	struct vs_attached at;
	bool tried; /* it is there, or cannot be */
};

/**
 * vs_mapped_load - load it, if it was not tried yet
 * @policy: of the probes @beside, whose maps it shares
 *
 * Return: the iterator; NULL: this kernel has none, or refuses the program.
 */
struct bpf_link *vs_mapped_load(struct vs_mapped *m, const struct vs_policy *policy,
				const struct vs_attached *beside);

/* Before and after a look: losses are counted on, and then counted beside. */
void vs_mapped_begin(struct vs_mapped *m, const struct vs_attached *beside);
void vs_mapped_end(struct vs_mapped *m, const struct vs_attached *beside);

/* Other probes take over: it is loaded anew when it is needed again. */
void vs_mapped_drop(struct vs_mapped *m);

#endif
