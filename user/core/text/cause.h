/* SPDX-License-Identifier: GPL-2.0-only */
/* Why what a finding is about happened, as a sentence or a few. */
#ifndef VS_CAUSE_H
#define VS_CAUSE_H

#include <stdbool.h>
#include "../model/model.h"
#include "strbuf.h"

#define VS_CAUSE_LEN 1024 /* bytes that hold any cause */

/*
 * With the numbers and names of the evidence where the rule has them, else what the finding
 * itself gives as its cause. Returns false, and puts nothing, if it has none.
 */
bool vs_put_cause(struct vs_text *t, const struct vs_finding *f);

#endif
