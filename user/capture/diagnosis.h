/* SPDX-License-Identifier: GPL-2.0-only */
/* This host, asked: what it is, how it would be observed, and what prevents it. */
#ifndef VS_DIAGNOSIS_H
#define VS_DIAGNOSIS_H

#include "host.h"

struct vs_diagnosis {
	struct vs_host host;
	struct vs_plan plan;
	struct vs_obstacle obstacles[VS_OBSTACLES_MAX]; /* the most basic first */
	size_t count;
	int attach_err; /* of attaching, 0 if it worked or was not tried */
};

/**
 * vs_diagnose - inspect the host, make the plan, name what prevents it
 * @d: filled in; released with vs_diagnosis_release(), also after a failure
 *
 * Attaches nothing. Return: 0, or negative errno: the host could not be inspected.
 */
int vs_diagnose(struct vs_diagnosis *d, const struct vs_policy *policy);
void vs_diagnosis_release(struct vs_diagnosis *d);

#endif
