/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DMA calls that the kernel adds up: each record says what they come to since the first, and
 * what is new is what they come to since the record before.
 */
#ifndef VS_TOTALS_H
#define VS_TOTALS_H

#include <stdbool.h>
#include "../../../bpf/event.h"

struct p_totals;

/* NULL if there is no memory. */
struct p_totals *p_totals_new(void);
void p_totals_free(struct p_totals *t); /* NULL is fine */

/**
 * p_totals_take - leave in a record of added-up calls (ev->since) what is new
 * @out: a copy of @ev with what the calls come to since the last record of this container
 *       and phase
 *
 * Return: 1; 0 if nothing is new; or -ENOMEM.
 */
int p_totals_take(struct p_totals *t, const struct ev_phase *ev, struct ev_phase *out);

#endif
