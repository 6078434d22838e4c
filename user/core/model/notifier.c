// SPDX-License-Identifier: GPL-2.0-only
#include "notifier.h"

static void hide_state(struct ev_dev *d)
{
	d->kvm = d->group_kvm = d->owner_kvm = 0;
	d->h.flags &= ~(unsigned int)(VS_F_VMS_UNKNOWN | VS_F_KVM_GONE);
}

/*
 * Files are counted here, in the order of events. The count in an event was
 * read without a lock: it is good enough to know a first file by, if no open
 * of the device is known. Of an open from before, which files were counted when
 * it was found, and are told of only now, nobody knows: there it is the most
 * that is left, when one more is opened, and the least, when one is shown.
 */
static void count_file(const struct vs_model *m, struct m_open *o, const struct ev_dev *d)
{
	const struct ev_hdr *h = &d->h;
	/* A close that began before this open is of the file before it. */
	bool ours = !(h->flags & VS_F_BEGAN_BEFORE) && vs_began(h) > o->pub.opened_ns;

	if (h->kind == VS_DEV_OPEN)
		o->files++;
	else if (h->kind == VS_DEV_CLOSE && ours && !m_certain(m, o))
		o->files = d->open_count; /* files are not known of */
	else if (h->kind == VS_DEV_CLOSE && ours && o->files)
		o->files--;
	if (!o->since_before)
		return;
	if (h->kind == VS_DEV_OPEN && o->files > d->open_count)
		o->files = d->open_count;
	if (h->kind == VS_FOUND_DEVICE && o->files < d->open_count)
		o->files = d->open_count;
}

/* Without it, which VM a group belongs to is known as of our start only. */
static bool groups_unknown(const struct vs_model *m)
{
	return m_blind_to(m, VS_BLIND_SET_KVM);
}

/* A first file: the closes of all others that were counted have begun. */
static bool begins_anew(const struct m_open *o, const struct ev_dev *d)
{
	return d->h.kind == VS_DEV_OPEN && d->open_count == 1 && m_known_by_count(o);
}

bool m_adapt_notifier(struct vs_model *m, union vs_event *ev)
{
	struct ev_dev *d = &ev->dev;
	bool ended = false;
	struct m_open *o;

	if (!vs_event_is(ev, VS_T_OPEN) || !(ev->h.flags & VS_F_NOTIFIER) ||
	    (ev->h.kind == VS_DEV_OPEN && ev->h.ret))
		return false;
	o = m_open_find(m, d->dev);
	if (o && ((!m_certain(m, o) && d->h.kind != VS_DEV_CLOSE) || begins_anew(o, d))) {
		m_open_end(m, o, ev->h.ts, false);
		ended = true;
		o = NULL;
	}
	if (o) {
		count_file(m, o, d);
		d->open_count = o->files;
		if (d->h.kind == VS_DEV_OPEN && d->open_count < 2)
			d->open_count = 2; /* it is not the first */
		d->kvm = o->kvm ? o->kvm->pub.ptr : 0;
	}
	if (groups_unknown(m) || (o ? o->since_before || !m_certain(m, o) :
				      ev->h.kind != VS_DEV_OPEN || d->open_count != 1))
		hide_state(d);
	return ended;
}
