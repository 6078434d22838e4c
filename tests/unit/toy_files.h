/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files of devices in random histories, on a kernel that notifies: there are no
 * locks, so several are opened and closed at a time. What is true of them goes
 * by the order of records. But when a file is counted alone, the closes of all
 * others have begun: that it begins a new open is as true.
 */
#ifndef VS_TEST_TOY_FILES_H
#define VS_TEST_TOY_FILES_H

#include "toy_truth.h"

static inline bool of_truth(const struct truth *t, const struct file *f)
{
	if (t->file)
		return t->file == f;
	return t->dev == f->dev && (t->before || (f->opened_ns && f->opened_ns >= t->opened_ns));
}

static inline struct file *file_in(struct history *h, unsigned int dev, enum file_state state)
{
	unsigned int from = h_random(h, H_FILES), i;

	for (i = 0; i < H_FILES; i++) {
		struct file *f = &h->file[(from + i) % H_FILES];

		if (f->state == state && (state == F_NONE || f->dev == dev))
			return f;
	}
	return NULL;
}

static inline void file_opens(struct history *h, unsigned int dev, uint32_t pid)
{
	struct file *f = file_in(h, dev, F_NONE);

	if (f && h->l->dev[dev].opens < 3)
		*f = (struct file){ .state = F_OPENING, .dev = dev, .pid = pid };
}

static inline void file_opened(struct history *h, struct file *f)
{
	struct truth *before = h->now[f->dev], *t = NULL;
	bool alone = h->l->dev[f->dev].opens == 1;
	bool known = h->clear[f->dev] > 1;

	if (!before || alone) {
		t = truth_new(h, f->dev, f->pid);
		t->recorded = true;
		t->unsure = !alone;
		t->other = before;
		t->sure = !before && alone && known;
	}
	df_open_end(h->l, f->pid, f->dev);
	f->state = F_OPEN;
	f->opened_ns = h->l->now;
	if (t)
		t->opened_ns = h->l->now;
	if (!before) {
		h->now[f->dev] = t;
		h->clear[f->dev] = alone ? h->clear[f->dev] + 1 : 0;
	}
	note_state(h, f->dev, false);
	if (t)
		note_listed(h, t);
	if (t && vm_of_process(h->l, f->pid))
		note_has_vm(h, t);
	get_device_fd(h->l, f->pid, f->dev, 30);
}

/* From now on, whoever knows of no first file takes it for one from before. */
static inline void file_exists(struct history *h, struct file *f)
{
	struct truth *t = truth_new(h, f->dev, f->pid);

	t->unsure = t->other = t->recorded = true;
	t->file = f;
}

/* Counted, then recorded. */
static inline void file_goes_on(struct history *h, unsigned int dev)
{
	struct file *f = file_in(h, dev, h_random(h, 2) ? F_OPENING : F_COUNTED);

	if (!f)
		return;
	if (f->state == F_COUNTED) {
		file_opened(h, f);
		return;
	}
	h->l->dev[dev].opens++;
	h->l->dev[dev].holder = f->pid;
	f->state = F_COUNTED;
	file_exists(h, f);
}

static inline void file_closes(struct history *h, struct file *f)
{
	struct k_device *d;
	struct truth *t;

	if (!f || device_shown(h, f->dev, f))
		return;
	d = &h->l->dev[f->dev];
	h->l->now += MS;
	f->state = F_CLOSING;
	f->began_ns = h->l->now;
	/* Without that probe, files are only ever added. */
	if (!(h->l->blind & VS_BLIND_CLOSE))
		d->opens--;
	f->left = d->opens;
	FOR_OPENS_OF(h, f->dev, t)
	{
		if (!f->left && !t->emptied_ns)
			t->emptied_ns = h->l->now;
	}
}

static inline bool has_files(const struct history *h, const struct truth *t)
{
	unsigned int i;

	for (i = 0; i < H_FILES; i++)
		if (h->file[i].state >= F_OPEN && of_truth(t, &h->file[i]))
			return true;
	return false;
}

static inline void file_closed(struct history *h, struct file *f)
{
	union vs_event ev;
	struct truth *t;

	if (!f)
		return;
	note_state(h, f->dev, false);
	ev = dev_event(h->l, VS_DEV_CLOSE, f->pid, &h->l->dev[f->dev]);
	ev.dev.open_count = f->left;
	ev.h.dur = ev.h.ts - f->began_ns;
	f->state = F_NONE;
	FOR_OPENS_OF(h, f->dev, t)
	{
		if (of_truth(t, f) && !has_files(h, t))
			truth_ends(h, t, ev.h.ts);
	}
	lab_emit(h->l, &ev);
}

static inline void file_step(struct history *h, unsigned int dev, uint32_t pid, unsigned int what)
{
	if (what < 2)
		file_opens(h, dev, pid);
	else if (what < 4)
		file_goes_on(h, dev);
	else if (what == 4)
		file_closes(h, file_in(h, dev, F_OPEN));
	else
		file_closed(h, file_in(h, dev, F_CLOSING));
}

/* What has begun to open is open; @all: what has begun to close is closed. */
static inline void files_quiet(struct history *h, bool all)
{
	struct file *f;

	for (f = h->file; f < h->file + H_FILES; f++) {
		while (f->state == F_OPENING || f->state == F_COUNTED)
			file_goes_on(h, f->dev);
		if (all && f->state == F_CLOSING)
			file_closed(h, f);
	}
}

/* None of their opens is recorded. */
static inline void files_before(struct history *h)
{
	struct file *f;

	for (f = h->file; f < h->file + H_FILES; f++) {
		f->opened_ns = 0;
		if (f->state != F_NONE)
			h->clear[f->dev] = 0;
	}
}

#endif
