/* SPDX-License-Identifier: GPL-2.0-only */
/* Words that all texts about attaches are made of; for vs_print_folded(). */
#ifndef VS_PROFILE_WORDS_H
#define VS_PROFILE_WORDS_H

#include "../core/profile/attach.h"
#include "../core/text/strbuf.h"

/* Times and shares, not broken between the number and its unit. */
void vs_put_time(struct vs_text *t, uint64_t ns);
void vs_put_share(struct vs_text *t, double share);
static inline double vs_share(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

/* "dma_map 290 ms", "device_open 4.20 s (waits for locks 4.10 s)": the longest call. */
void vs_put_longest(struct vs_text *t, const struct vs_attach *a);

/* The device, as far as it is known; the VM, or else the process. */
void vs_put_attached(struct vs_text *t, const struct vs_attach *a);
void vs_put_user(struct vs_text *t, const struct vs_attach *a);

/* "in device_open for 12.00 s: in reset for 11.90 s, waiting …": what it is in now. */
void vs_put_now(struct vs_text *t, const struct vs_attach_now *now);

/* "waited 4.10 s for dev_set->lock, held by …" */
void vs_put_waited(struct vs_text *t, const struct vs_lock_waited *w);

#endif
