// SPDX-License-Identifier: GPL-2.0-only
#include "waits.h"

static void begin(struct vs_waits *w, enum vs_kind kind, uint32_t id, uint64_t late_ns)
{
	unsigned int i;

	for (i = 0; i < VS_WAITS_MAX && w->of[i].id; i++)
		;
	if (i == VS_WAITS_MAX)
		return;
	w->of[i].kind = kind;
	w->of[i].id = id;
	w->of[i].late_ns = late_ns;
	w->count++;
}

static void end(struct vs_waits *w, enum vs_kind kind, uint32_t id)
{
	unsigned int i;

	for (i = 0; w->count && i < VS_WAITS_MAX; i++) {
		if (w->of[i].kind != kind || w->of[i].id != id)
			continue;
		w->of[i].id = 0;
		w->count--;
	}
}

void vs_waits_note(struct vs_waits *w, const union vs_event *ev, uint64_t grace_ns)
{
	switch (ev->h.kind) {
	case VS_UNBIND_BEGIN:
		begin(w, VS_UNBIND, ev->h.tid, ev->h.ts + grace_ns);
		break;
	case VS_UNBIND:
		end(w, VS_UNBIND, ev->h.tid);
		break;
	case VS_SET_IOMMU:
		if (!ev->h.ret)
			vs_again_note(&w->iommus, ev->h.pid);
		break;
	case VS_DEV_OPEN:
		if (!ev->h.ret && vs_again(&w->iommus, ev->h.pid))
			begin(w, VS_DEV_OPEN, ev->h.pid, ev->h.ts + grace_ns);
		break;
	case VS_DEV_CLOSE:
		end(w, VS_DEV_OPEN, ev->h.pid);
		break;
	}
}

bool vs_waits_late(struct vs_waits *w, uint64_t now)
{
	bool late = false;
	unsigned int i;

	for (i = 0; w->count && i < VS_WAITS_MAX; i++) {
		if (!w->of[i].id || now < w->of[i].late_ns)
			continue;
		w->of[i].id = 0;
		w->count--;
		late = true;
	}
	return late;
}
