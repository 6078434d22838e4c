/* SPDX-License-Identifier: GPL-2.0-only */
/* Budgets: a sink that finds over-budget in attaches, and passes on the rest. */
#ifndef VS_BUDGET_H
#define VS_BUDGET_H

#include "../model/sink.h"
#include "attach.h"

/* How long the sum of a phase may take in one attach. */
struct vs_budgets {
	uint64_t phase_ns[VS_PHASE_COUNT]; /* 0: any time */
	uint64_t total_ns; /* the attach itself; 0: any time */
};

/* "device_open=2s", "total=500ms". Return: 0, or -EINVAL. */
int vs_budget_parse(struct vs_budgets *b, const char *phase, uint64_t ns);
/* The names that have a budget: phases, then "total"; NULL after the last. */
const char *vs_budget_name(size_t i);

/* Whether any is set. */
bool vs_budgets_any(const struct vs_budgets *b);

/*
 * Copies @b. Owns @next, also on failure. NULL if there is no memory. An attach that goes on
 * is over budget as soon as it is seen to be.
 */
struct vs_sink *vs_budget_sink(const struct vs_budgets *b, struct vs_sink *next);

/* 0, or -ENOMEM: something may be told twice. */
int vs_budget_error(const struct vs_sink *budget_sink);

#endif
