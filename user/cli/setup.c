// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "setup.h"

static enum vs_exit say_why(const struct vs_diagnosis *d, int err)
{
	const struct vs_obstacle *o = d->obstacles;
	char why[256];

	if (d->count) {
		vs_say("cannot observe this host: %s; %s. %s.", o->what, o->means, o->todo);
		return VS_EXIT_CANNOT_OBSERVE;
	}
	if (d->attach_err) {
		vs_host_say_failure(&d->host, d->attach_err, why, sizeof(why));
		vs_say("cannot observe this host: %s. Run again with -v to see the kernel's "
		       "messages.",
		       why);
		return VS_EXIT_CANNOT_OBSERVE;
	}
	vs_say("cannot inspect the running kernel: %s; run with -v to see libbpf's messages",
	       strerror(-err));
	return VS_EXIT_ERROR;
}

enum vs_exit vs_setup_live(struct vs_live **live, const struct vs_options *o, struct vs_ask ask)
{
	const struct vs_live_config config = {
		.policy = {
			.ask = ask,
			.probe = o->probe,
			.without = o->without,
			.lacks = o->lacks,
		},
		.version = VS_VERSION,
		.follow = o->program != NULL,
		.buffer = o->buffer,
		.device = o->filter.device,
		.idle = o->filter.idle,
		.mapped = !(ask.serves & ~(VS_SERVE_STATE | VS_SERVE_HOLDERS)),
		/* Who sees every call would see all that exists again. */
		.holders = ask.serves & VS_SERVE_ORDER && !(ask.serves & VS_SERVE_CALLS),
		.grace_ns = o->grace_ns,
		.program = o->program,
	};
	struct vs_diagnosis *d = malloc(sizeof(*d));
	enum vs_exit code = VS_EXIT_OK;
	int err;

	if (!d) {
		vs_say("cannot allocate memory to inspect this host");
		return VS_EXIT_ERROR;
	}
	err = vs_live_open(live, &config, d);
	if (err)
		code = say_why(d, err);
	vs_diagnosis_release(d);
	free(d);
	return code;
}

/* Columns of the terminal that stdout is; 0: it is none. */
static int terminal_width(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO))
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return 80;
	return size.ws_col;
}

/* Whether the user's locale has more than ASCII. */
static bool locale_is_utf8(void)
{
	locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	bool utf8 = locale && !strcmp(nl_langinfo_l(CODESET, locale), "UTF-8");

	if (locale)
		freelocale(locale);
	return utf8;
}

struct vs_sink *vs_setup_view(const struct vs_options *o, struct vs_view_config config)
{
	config.file = stdout;
	config.grace_ns = o->grace_ns;
	config.color = !o->json && vs_use_color(o->color);
	config.raw_pointers = o->raw_pointers;
	config.quiet = o->quiet;
	config.narrowed = vs_filter_narrows(&o->filter) || o->program;
	config.width = terminal_width();
	config.utf8 = locale_is_utf8();
	if (o->json)
		return vs_view_json(&config);
	return config.profile ? vs_view_profile(&config) : vs_view_text(&config);
}
