// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "diagnosis.h"

int vs_diagnose(struct vs_diagnosis *d, const struct vs_policy *policy)
{
	int err;

	memset(d, 0, sizeof(*d));
	err = vs_host_inspect(&d->host);
	if (err)
		return err;
	vs_plan_make(&d->plan, &d->host.facts, policy);
	d->count = vs_host_obstacles(&d->host, &d->plan, d->obstacles);
	return 0;
}

void vs_diagnosis_release(struct vs_diagnosis *d)
{
	vs_host_release(&d->host);
}
