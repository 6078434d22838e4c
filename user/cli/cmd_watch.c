// SPDX-License-Identifier: GPL-2.0-only
#include "watch.h"

enum vs_exit vs_cmd_trace(struct vs_options *o)
{
	static const struct vs_watch w = {
		.command = "trace",
		.ask = &vs_ask_trace,
		.events = true,
	};

	return vs_watch_run(&w, o);
}

enum vs_exit vs_cmd_audit(struct vs_options *o)
{
	static const struct vs_watch w = {
		.command = "audit",
		.ask = &vs_ask_audit,
		.opens = true,
	};

	return vs_watch_run(&w, o);
}
