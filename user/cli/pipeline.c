// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "pipeline.h"

static int feed(void *ctx, const union vs_record *rec)
{
	return vs_model_feed(((struct vs_pipeline *)ctx)->model, rec);
}

int vs_pipeline_open(struct vs_pipeline *p, struct vs_source *source, struct vs_sink *sink,
		     uint64_t grace_ns)
{
	const struct vs_model_config config = { .grace_ns = grace_ns };

	p->source = source;
	p->sink = sink;
	p->model = source && sink ? vs_model_new(&config, sink) : NULL;
	return p->model ? 0 : -ENOMEM;
}

void vs_pipeline_close(struct vs_pipeline *p)
{
	vs_source_close(p->source);
	vs_model_free(p->model);
	vs_sink_free(p->sink);
	memset(p, 0, sizeof(*p));
}

int vs_pipeline_begin(struct vs_pipeline *p)
{
	return p->source->ops->begin(p->source, feed, p);
}

int vs_pipeline_drain(struct vs_pipeline *p)
{
	return p->source->ops->drain(p->source, feed, p);
}

int vs_pipeline_finish(struct vs_pipeline *p)
{
	return p->source->ops->finish(p->source, feed, p);
}
