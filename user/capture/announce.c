// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "announce.h"
#include "clock.h"

int vs_announce_start(const char *release, const char *arch, const char *version, vs_record_fn fn,
		      void *ctx)
{
	union vs_record rec;
	uint64_t boottime_ns, realtime_ns;

	vs_clocks(&boottime_ns, &realtime_ns);
	vs_record_init(&rec, VS_START, boottime_ns);
	rec.start.realtime_ns = realtime_ns;
	rec.start.contract = VS_CONTRACT_VERSION;
	snprintf(rec.start.release, sizeof(rec.start.release), "%.63s", release);
	snprintf(rec.start.arch, sizeof(rec.start.arch), "%.31s", arch);
	snprintf(rec.start.version, sizeof(rec.start.version), "%s", version);
	return fn(ctx, &rec);
}

int vs_announce_sites(const struct vs_plan *plan, vs_record_fn fn, void *ctx)
{
	union vs_record rec;
	int err = 0;
	size_t i;

	for (i = 0; i < VS_SITE_COUNT && !err; i++) {
		const struct vs_plan_site *ps = &plan->site[i];
		struct ev_site *site = &rec.site;

		if (!ps->wanted)
			continue;
		vs_record_init(&rec, VS_SITE, vs_now());
		snprintf(site->name, sizeof(site->name), "%s", vs_sites[i].name);
		snprintf(site->what, sizeof(site->what), "%s", vs_sites[i].what);
		snprintf(site->method, sizeof(site->method), "%s", vs_method_name(ps->method));
		if (ps->method)
			snprintf(site->function, sizeof(site->function), "%s",
				 vs_plan_function(plan, i));
		if (ps->why_id) {
			snprintf(site->why_id, sizeof(site->why_id), "%s", vs_why_id(ps->why_id));
			snprintf(site->why, sizeof(site->why), "%s", ps->why);
		}
		err = fn(ctx, &rec);
	}
	return err;
}

/* A word as long as it may be, in pieces. */
static int announce_word(uint32_t index, const char *word, vs_record_fn fn, void *ctx)
{
	union vs_record rec;
	size_t room = sizeof(rec.program.text) - 1, len;
	int err;

	do {
		len = strnlen(word, room);
		vs_record_init(&rec, VS_PROGRAM, vs_now());
		rec.program.index = index;
		memcpy(rec.program.text, word, len);
		word += len;
		rec.program.more = *word != '\0';
		err = fn(ctx, &rec);
	} while (!err && *word);
	return err;
}

int vs_announce_program(char *const *words, vs_record_fn fn, void *ctx)
{
	int err = 0;
	uint32_t i;

	for (i = 0; words && words[i] && !err; i++)
		err = announce_word(i, words[i], fn, ctx);
	return err;
}
