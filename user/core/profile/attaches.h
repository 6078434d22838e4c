/* SPDX-License-Identifier: GPL-2.0-only */
/* Attaches, put together from the records of their phases: a sink that wraps another. */
#ifndef VS_ATTACHES_H
#define VS_ATTACHES_H

#include "../model/sink.h"
#include "attach.h"

/**
 * vs_attaches_sink - tells @next of attaches (attach, stuck, detach), and passes on the rest
 * @next: owned from now on, also on failure; NULL is a failure
 *
 * Return: NULL if there is no memory.
 */
struct vs_sink *vs_attaches_sink(struct vs_sink *next);

/* 0, or -ENOMEM: something is missing from what it told. */
int vs_attaches_error(const struct vs_sink *attaches_sink);

#endif
