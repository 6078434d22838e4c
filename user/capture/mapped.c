// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "diagnosis.h"
#include "mapped.h"

static void load(struct vs_mapped *m, const struct vs_policy *like,
		 const struct vs_attached *beside, struct vs_diagnosis *d)
{
	const struct vs_attach_options options = { 0 };
	struct vs_policy policy = *like;

	policy.ask = (struct vs_ask){ .required = VS_SITE_BIT(VS_SITE_MAPPED) };
	if (!vs_diagnose(d, &policy) && !d->count)
		vs_attach(&m->at, &d->host, &policy, &d->plan, &options, beside);
	vs_diagnosis_release(d);
}

struct bpf_link *vs_mapped_load(struct vs_mapped *m, const struct vs_policy *policy,
				const struct vs_attached *beside)
{
	struct vs_diagnosis *d;

	if (m->tried)
		return m->at.look_mapped;
	m->tried = true;
	d = malloc(sizeof(*d));
	if (d)
		load(m, policy, beside, d);
	free(d);
	return m->at.look_mapped;
}

void vs_mapped_begin(struct vs_mapped *m, const struct vs_attached *beside)
{
	memset(m->at.skel->bss->losses, 0, sizeof(m->at.skel->bss->losses));
	m->at.skel->bss->lost_total = beside->skel->bss->lost_total;
	m->at.skel->bss->look_torn = 0;
	m->at.skel->bss->mapped_file = 0;
}

void vs_mapped_end(struct vs_mapped *m, const struct vs_attached *beside)
{
	struct vs_bpf__bss *to = beside->skel->bss;
	uint64_t lost;
	size_t i;

	for (i = 0; i < VS_LOSS_COUNT; i++) {
		lost = m->at.skel->bss->losses[i];
		__atomic_fetch_add(&to->losses[i], lost, __ATOMIC_SEQ_CST);
		__atomic_fetch_add(&to->lost_total, lost, __ATOMIC_SEQ_CST);
	}
	__atomic_fetch_add(&to->look_torn, m->at.skel->bss->look_torn, __ATOMIC_SEQ_CST);
}

void vs_mapped_drop(struct vs_mapped *m)
{
	vs_detach(&m->at);
	m->tried = false;
}
