/* SPDX-License-Identifier: GPL-2.0-only */
/* Joins a source, a model and a chain of sinks: record by record, until the end. */
#ifndef VS_PIPELINE_H
#define VS_PIPELINE_H

#include "../core/model/model.h"
#include "../core/model/sink.h"
#include "../core/source.h"

struct vs_pipeline {
	struct vs_source *source;
	struct vs_model *model;
	struct vs_sink *sink;
};

/*
 * Owns @source and @sink from now on, also on failure; NULL of either is a failure.
 * Return: 0 or -ENOMEM.
 */
int vs_pipeline_open(struct vs_pipeline *p, struct vs_source *source, struct vs_sink *sink,
		     uint64_t grace_ns);
/* All zero is fine. */
void vs_pipeline_close(struct vs_pipeline *p);

/* As the source's operations of these names; their records go into the model. */
int vs_pipeline_begin(struct vs_pipeline *p);
int vs_pipeline_drain(struct vs_pipeline *p);
int vs_pipeline_finish(struct vs_pipeline *p);

#endif
