// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "../rules/errnos.h"
#include "findings.h"
#include "maps.h"
#include "unmapped.h"

/* Of a device: the VM works without. */
static bool is_device_memory(const struct ev_dma *map)
{
	return map->memory == VS_MEMORY_DEVICE || map->memory == VS_MEMORY_IO;
}

/* It is not known what the memory is, and a device's would fail like this. */
static bool may_be_device_memory(const union vs_event *ev)
{
	return ev->dma.memory == VS_MEMORY_UNKNOWN && ev->h.kind != VS_IOAS_COPY &&
	       (ev->h.ret == -EINVAL || ev->h.ret == -EFAULT);
}

/* That a map is there already is no loss: programs map what they have, to be sure (DPDK). */
static enum vs_severity severity_of(const union vs_event *ev)
{
	return is_device_memory(&ev->dma) || may_be_device_memory(ev) || ev->dma.same ? VS_INFO :
											VS_WARNING;
}

/* Should the process open a device now, this is why nothing is mapped for it. */
static void remember(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	m_keep(&m->failed_maps[m->next_failed_map], ev, refs);
	m->next_failed_map = (m->next_failed_map + 1) % M_FAILED_MAPS;
}

static int map_failed(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs,
		      enum vs_errno_op op)
{
	const struct vs_evidence proof = { .ev = *ev, .refs = *refs };
	const struct m_found found = {
		.rule = is_device_memory(&ev->dma) ? VS_RULE_NO_PEER_TO_PEER :
						     VS_RULE_ATTACH_FAILED,
		.severity = severity_of(ev),
		.call = &proof,
		.ts = ev->h.ts,
		.cause = vs_errno_why(op, (int)ev->h.ret),
		.map = &ev->dma,
	};

	if (!vs_event_failed(ev) || vs_errno_pin_interrupted((int)ev->h.ret))
		return 0;
	if (found.severity == VS_WARNING)
		remember(m, ev, refs);
	m_find(m, &found);
	return 0;
}

int m_on_dma_map(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	return map_failed(m, ev, refs, VS_ERRNO_MAP_DMA);
}

int m_on_ioas_map(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs)
{
	return map_failed(m, ev, refs, VS_ERRNO_IOAS_MAP);
}

/*
 * The last map of this process that failed, NULL if there is none. One that failed long ago is
 * not why nothing is mapped: VMMs may open a device first and map after it.
 */
static const struct vs_evidence *failed_of(const struct vs_model *m, const struct ev_hdr *open)
{
	const struct vs_evidence *e, *last = NULL;
	size_t i;

	for (i = 0; i < M_FAILED_MAPS; i++) {
		e = &m->failed_maps[i];
		if (e->ev.h.kind != VS_NONE && e->ev.h.pid == open->pid &&
		    open->ts - e->ev.h.ts < m->config.grace_ns &&
		    (!last || e->ev.h.ts > last->ev.h.ts))
			last = e;
	}
	return last;
}

void m_maps_at_open(struct vs_model *m, struct m_open *o, const union vs_event *ev,
		    const struct vs_refs *refs)
{
	const struct vs_evidence *failed = ev->h.flags & VS_F_NO_MAPS ? failed_of(m, &ev->h) : NULL;

	if (failed)
		m_find_call(m, VS_RULE_NO_DMA_MAPS, ev, refs, failed, NULL);
	else if (vs_again(&m->iommus, ev->h.pid))
		m_unmapped_begin(m, o, ev->h.ts);
}

void m_maps_forget(struct vs_model *m)
{
	size_t i;

	for (i = 0; i < M_FAILED_MAPS; i++)
		m_evidence_drop(&m->failed_maps[i]);
}
