// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../event/phases.h"
#include "sink.h"
#include "stream.h"

int m_on_start(struct vs_model *m, const union vs_record *rec)
{
	m->run.start = rec->start;
	return 0;
}

/* The sites of one attach follow each other; those of the next replace them. */
int m_on_site(struct vs_model *m, const union vs_record *rec)
{
	struct ev_site *sites;

	if (m->site_list_done)
		m->run.site_count = 0;
	m->site_list_done = false;
	sites = realloc(m->sites, (m->run.site_count + 1) * sizeof(*sites));
	if (!sites)
		return -ENOMEM;
	sites[m->run.site_count++] = rec->site;
	m->run.sites = m->sites = sites;
	return 0;
}

/* One more word, or the next piece of the last one. */
int m_on_program(struct vs_model *m, const union vs_record *rec)
{
	const struct ev_program *p = &rec->program;
	char **words, *word, *old = NULL;

	if (p->index + 1ULL == m->word_count) {
		old = m->words[p->index];
	} else if (p->index != m->word_count) {
		return 0;
	} else {
		words = realloc(m->words, (m->word_count + 2) * sizeof(*words));
		if (!words)
			return -ENOMEM;
		m->run.program = m->words = words;
		words[m->word_count++] = NULL;
		words[m->word_count] = NULL;
	}
	word = realloc(old, (old ? strlen(old) : 0) + strlen(p->text) + 1);
	if (!word)
		return -ENOMEM;
	if (!old)
		*word = '\0';
	m->words[p->index] = strcat(word, p->text);
	return 0;
}

int m_on_program_end(struct vs_model *m, const union vs_record *rec)
{
	m->program_end.end = rec->program_end;
	return 0;
}

/*
 * ENOTTY is an answer: programs ask for features that not every device has. A part of a
 * call may fail, and the call do without it.
 */
static bool explains(const union vs_event *ev)
{
	if (!vs_event_is(ev, VS_T_CALL))
		return false;
	if (ev->h.kind == VS_PHASE)
		return ev->phase.parent == VS_PHASE_NONE && ev->phase.failed;
	return vs_event_failed(ev) && ev->h.ret != -ENOTTY;
}

void m_program_note(struct vs_model *m, const union vs_event *ev)
{
	if (ev->h.flags & VS_F_TRACKED && explains(ev))
		m->program_end.call_failed = true;
}

int m_on_attached(struct vs_model *m, const union vs_record *rec)
{
	m->run.attached = rec->attached;
	m->site_list_done = true;
	m->looking = rec->h.flags & VS_F_LOOK;
	m->again = false;
	vs_ledger_attached(&m->ledger, &rec->attached);
	if (m->looking)
		m_holders_forget(m);
	if (rec->attached.attach > 1)
		VS_TELL(m->sink, attached, &m->run);
	else
		VS_TELL(m->sink, start, &m->run);
	return 0;
}

int m_on_missed(struct vs_model *m, const union vs_record *rec)
{
	vs_ledger_missed(&m->ledger, &rec->missed);
	return 0;
}

int m_on_loss(struct vs_model *m, const union vs_record *rec)
{
	vs_ledger_loss(&m->ledger, &rec->loss);
	return 0;
}

int m_on_vm_name(struct vs_model *m, const union vs_record *rec)
{
	const struct ev_vm_name *n = &rec->vm_name;
	const struct m_creator by = { n->h.pid, n->h.tid };
	bool new = n->h.flags &VS_F_NEW;
	struct m_vm *vm = new ? m_vm_begin(m, n->kvm, by, &n->h) : m_vm_get(m, n->kvm, by, &n->h);

	if (!vm)
		return -ENOMEM;
	if (!m_vm_is_of(vm, n->h.tid)) /* that of the last VM at this address */
		return 0;
	vm->announced = new;
	memcpy(vm->pub.name, n->name, sizeof(vm->pub.name));
	memcpy(vm->pub.comm, n->h.comm, sizeof(vm->pub.comm));
	return 0;
}

int m_on_dev_info(struct vs_model *m, const union vs_record *rec)
{
	const struct ev_dev_info *d = &rec->dev_info;
	struct m_info *info;

	HASH_FIND_STR(m->infos, d->name, info);
	if (!info) {
		info = calloc(1, sizeof(*info));
		if (!info)
			return -ENOMEM;
		memcpy(info->name, d->name, sizeof(info->name));
		HASH_ADD_STR(m->infos, name, info);
		if (!info->hh.tbl) {
			free(info);
			return -ENOMEM;
		}
	}
	memcpy(info->text, d->text, sizeof(info->text));
	VS_TELL(m->sink, device, d);
	return 0;
}

static struct vs_place *place_of(const struct vs_model *m, const char *name)
{
	struct vs_place *p;

	DL_FOREACH(m->places, p)
		if (!strcmp(p->name, name))
			return p;
	return NULL;
}

/* Told again, it may have moved. */
int m_on_place(struct vs_model *m, const union vs_record *rec)
{
	const struct ev_place *ev = &rec->place;
	struct vs_place *p = place_of(m, ev->name);

	if (!p) {
		p = calloc(1, sizeof(*p));
		if (!p)
			return -ENOMEM;
		memcpy(p->name, ev->name, sizeof(p->name));
		DL_APPEND(m->places, p);
	}
	memcpy(p->bus, ev->bus, sizeof(p->bus));
	memcpy(p->driver, ev->driver, sizeof(p->driver));
	p->group = ev->iommu_group;
	p->vfio = ev->vfio;
	return 0;
}

void m_stream_free(struct vs_model *m)
{
	struct m_info *info, *tmp;
	struct vs_place *p, *ptmp;

	DL_FOREACH_SAFE(m->places, p, ptmp)
		free(p);
	HASH_ITER(hh, m->infos, info, tmp) {
		HASH_DEL(m->infos, info);
		free(info);
	}
	while (m->word_count)
		free(m->words[--m->word_count]);
	free(m->words);
	free(m->sites);
}
