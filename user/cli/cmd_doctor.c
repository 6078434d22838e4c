// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../capture/hostdev.h"
#include "../capture/live.h"
#include "../capture/passthrough.h"
#include "../core/plan/report.h"
#include "../view/view.h"
#include "setup.h"

/* Only attaching proves that it works: attach everything, disarmed, and detach it. */
static int diagnose(struct vs_diagnosis *d, const struct vs_options *o)
{
	const struct vs_live_config config = {
		.policy = {
			.ask = vs_ask_doctor,
			.probe = o->probe,
			.without = o->without,
			.lacks = o->lacks,
		},
		.version = VS_VERSION,
		.follow = true,
	};
	struct vs_live *live = NULL;
	int err = vs_live_open(&live, &config, d);

	if (!err)
		vs_source_close(vs_live_source(live));
	return d->count || d->attach_err ? 0 : err;
}

/* Modules that the probes of this plan keep from being unloaded. */
static void find_pinned(struct vs_report *r)
{
	const char *modules[VS_SITE_COUNT];
	size_t count = vs_site_modules(modules), i;

	for (i = 0; i < count; i++)
		if (vs_plan_pins(r->plan, modules[i]) && vs_host_module_live(modules[i]))
			r->pinned[r->pinned_count++] = modules[i];
}

/* @failure: room for why attaching failed. */
static void fill_report(struct vs_report *r, const struct vs_diagnosis *d, char *failure,
			size_t size)
{
	const struct vs_host *h = &d->host;

	*r = (struct vs_report){
		.release = h->release,
		.arch = h->arch,
		.lockdown = *h->lockdown ? h->lockdown : NULL,
		.privilege = h->root_caps,
		.btf = h->types.vmlinux,
		.direct_calls = h->facts.direct_calls != VS_FACT_NO,
		.preempts = h->facts.preempt == VS_FACT_YES,
		.kvm = h->kvm,
		.vfio = h->vfio,
		.cdev = h->cdev,
		.iommufd = h->iommufd,
		.iommufd_known = h->iommufd_known,
		.fentry_errno = h->fentry_errno,
		.kprobe_errno = h->kprobe_errno,
		.attach_errno = -d->attach_err,
		.obstacles = d->obstacles,
		.obstacle_count = d->count,
		.plan = &d->plan,
	};
	find_pinned(r);
	if (!d->attach_err)
		return;
	vs_host_say_failure(h, d->attach_err, failure, size);
	r->failure = failure;
	if (*h->refused.program)
		r->refused_program = h->refused.program;
}

/* sysfs alone answers: no privilege is needed, and nothing is attached. */
static enum vs_exit doctor_device(const struct vs_options *o)
{
	struct vs_passthrough host;
	struct vs_readiness ready;
	struct vs_hostdev *d;

	if (vs_passthrough_read(&host)) {
		vs_say("cannot observe this host: there is no sysfs at /sys. Mount it: mount -t "
		       "sysfs sysfs /sys");
		return VS_EXIT_CANNOT_OBSERVE;
	}
	d = vs_hostdev_read(o->filter.device);
	if (!d) {
		vs_say("cannot allocate memory to inspect %s", o->filter.device);
		return VS_EXIT_ERROR;
	}
	vs_hostdev_judge(d, &host, &ready);
	if (o->json)
		vs_write_readiness(stdout, d, &ready);
	else
		vs_print_readiness(stdout, d, &ready);
	free(d);
	return ready.hurdle_count ? VS_EXIT_FINDINGS : VS_EXIT_OK;
}

static enum vs_exit doctor_host(const struct vs_options *o)
{
	enum vs_exit code = VS_EXIT_ERROR;
	struct vs_passthrough passthrough;
	struct vs_report report;
	struct vs_diagnosis d;
	char failure[256];
	int err = diagnose(&d, o);

	if (err) {
		vs_say("cannot inspect the running kernel: %s; run with -v to see libbpf's messages",
		       strerror(-err));
		goto out;
	}
	fill_report(&report, &d, failure, sizeof(failure));
	if (!vs_passthrough_read(&passthrough))
		report.passthrough = &passthrough;
	if (o->json)
		vs_write_report(stdout, &report);
	else
		vs_print_report(stdout, &report);
	code = vs_report_can_observe(&report) ? VS_EXIT_OK : VS_EXIT_CANNOT_OBSERVE;
out:
	vs_diagnosis_release(&d);
	return code;
}

enum vs_exit vs_cmd_doctor(struct vs_options *o)
{
	return o->filter.device ? doctor_device(o) : doctor_host(o);
}
