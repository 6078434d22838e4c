// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "source.h"

void vs_say_obstacle(const struct vs_obstacle *o)
{
	vs_say("cannot observe this host: %s; %s. %s.", o->what, o->means, o->todo);
}

/* Facts, plan, obstacles, then the probes: new ones, or in place of those there are. */
static enum vs_exit attach(struct vs_source *s, const struct vs_options *o, struct vs_ask ask)
{
	const struct vs_policy policy = {
		.ask = ask,
		.probe = o->probe,
		.without = o->without,
		.lacks = o->lacks,
	};
	const struct vs_live_config config = { .follow = o->program != NULL, .buffer = o->buffer };
	struct vs_obstacle obstacles[VS_OBSTACLES_MAX];
	char why[256];
	int err = vs_host_inspect(&s->host);

	if (err) {
		vs_say("cannot inspect the running kernel: %s", strerror(-err));
		return VS_EXIT_ERROR;
	}
	vs_plan_make(&s->plan, &s->host.facts, &policy);
	if (!vs_host_obstacles(&s->host, &s->plan, obstacles)) {
		err = s->live ? vs_live_replace(s->live, &s->host, &policy, &s->plan) :
				vs_live_open(&s->live, &s->host, &policy, &s->plan, &config);
		if (!err)
			return VS_EXIT_OK;
	}
	if (vs_host_obstacles(&s->host, &s->plan, obstacles)) {
		vs_say_obstacle(&obstacles[0]);
	} else {
		vs_host_say_failure(&s->host, err, why, sizeof(why));
		vs_say("cannot observe this host: %s. Run again with -v to see the kernel's "
		       "messages.",
		       why);
	}
	return VS_EXIT_CANNOT_OBSERVE;
}

enum vs_exit vs_source_open(struct vs_source *s, const struct vs_options *o, struct vs_ask ask)
{
	s->live = NULL;
	return attach(s, o, ask);
}

enum vs_exit vs_source_replace(struct vs_source *s, const struct vs_options *o, struct vs_ask ask)
{
	struct vs_source *now = malloc(sizeof(*now));
	enum vs_exit code = VS_EXIT_ERROR;

	if (!now) {
		vs_say("cannot allocate memory to re-attach");
		return code;
	}
	now->live = s->live;
	code = attach(now, o, ask);
	vs_host_release(code ? &now->host : &s->host);
	if (!code)
		*s = *now;
	free(now);
	return code;
}

void vs_source_close(struct vs_source *s)
{
	vs_live_close(s->live);
	s->live = NULL;
	vs_host_release(&s->host);
}

bool vs_source_looks(const struct vs_source *s)
{
	return vs_plan_method(&s->plan, VS_SITE_SNAPSHOT) != VS_METHOD_NONE;
}

struct vs_model *vs_source_model(const struct vs_source *s, uint64_t grace_ns,
				 const struct vs_sink *sink)
{
	const struct vs_model_config config = {
		.grace_ns = grace_ns,
		.arch = s->host.arch,
		.blind = vs_plan_blind(&s->plan),
		.look = vs_source_looks(s),
	};

	return vs_model_new(&config, sink);
}

static void read_clocks(struct vs_meta *meta)
{
	struct timespec wall;
	uint64_t before = vs_now();

	clock_gettime(CLOCK_REALTIME, &wall);
	meta->boottime_ns = before + (vs_now() - before) / 2;
	meta->realtime_ns = (uint64_t)wall.tv_sec * 1000000000ULL + (uint64_t)wall.tv_nsec;
}

void vs_source_meta(const struct vs_source *s, const struct vs_options *o, struct vs_meta *meta)
{
	memset(meta, 0, sizeof(*meta));
	meta->version = VS_VERSION;
	meta->release = s->host.release;
	meta->arch = s->host.arch;
	meta->plan = &s->plan;
	meta->program = o->program;
	meta->grace_ns = o->grace_ns;
	read_clocks(meta);
}

void vs_output_init(struct vs_out *out, const struct vs_options *o)
{
	out->ops = o->json ? &vs_out_json : &vs_out_text;
	out->file = stdout;
	out->style.color = !o->json && vs_use_color(o->color);
	out->style.raw_pointers = o->raw_pointers;
	out->style.quiet = o->quiet;
	out->style.narrowed = o->filter.pid || o->filter.vm || o->filter.device ||
			      o->filter.group >= 0;
}

/* A call that names only a group is about the devices in it. */
static int group_of_device(const char *device)
{
	char path[96], target[256], *slash;
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/bus/%s/devices/%s/iommu_group",
		 strchr(device, ':') ? "pci" : "mdev", device);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return -1;
	target[n] = '\0';
	slash = strrchr(target, '/');
	return slash ? atoi(slash + 1) : -1;
}

void vs_filter_init(struct vs_filter *filter, const struct vs_options *o)
{
	*filter = o->filter;
	filter->tracked = o->program != NULL;
	if (filter->device)
		filter->device_group = group_of_device(filter->device);
}

void vs_source_lost(const struct vs_source *s, struct vs_summary *summary, struct vs_tally *tally)
{
	int i;

	for (i = 0; i < VS_LOSS_COUNT; i++)
		summary->loss_names[i] = vs_loss_name(i);
	tally->lost = vs_live_lost(s->live, summary->lost_by_cause);
}
