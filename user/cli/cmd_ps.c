// SPDX-License-Identifier: GPL-2.0-only
/* The assignments of this moment: one look, nothing attached to any function. */
#include <errno.h>
#include <string.h>

#include "../core/moment.h"
#include "pipeline.h"
#include "setup.h"

static enum vs_exit look(struct vs_pipeline *p)
{
	int err = vs_pipeline_begin(p);

	if (!err)
		err = vs_pipeline_finish(p);
	if (!err)
		err = vs_moment_error(p->sink);
	if (!err)
		return VS_EXIT_OK;
	vs_say("cannot look at what is open: %s", strerror(-err));
	return VS_EXIT_ERROR;
}

enum vs_exit vs_cmd_ps(struct vs_options *o)
{
	const struct vs_view_config config = { .command = "ps", .opens = true, .moment = true };
	struct vs_pipeline p = { 0 };
	struct vs_tally tally = { 0 };
	struct vs_live *live;
	struct vs_sink *sink;
	enum vs_exit code;

	code = vs_setup_live(&live, o, vs_ask_ps);
	if (code)
		return code;
	sink = vs_moment_sink(&o->filter, vs_tally_sink(&tally, vs_setup_view(o, config)));
	/* No grace period: a moment has no future to wait for. */
	if (vs_pipeline_open(&p, vs_live_source(live), sink, 0)) {
		vs_say("cannot allocate memory for the model of this host");
		code = VS_EXIT_ERROR;
	}
	if (!code)
		code = look(&p);
	vs_pipeline_close(&p);
	if (!code && tally.answer == VS_ANSWER_ABSENT)
		vs_say("there is no device %s on this host, and nobody holds one of that name",
		       o->filter.device);
	return code ? code : vs_tally_exit(&tally, o->fail_on);
}
