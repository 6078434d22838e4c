// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices' own files, replayed. Which errno BIND_IOMMUFD gives is asked for, too: it
 * says how far the kernel got, and with that whether another's pointer was touched.
 */
#include <errno.h>

#include "sim_impl.h"

/* Calls that succeeded */

static void open_cdev(struct sim *s, const struct op *op)
{
	install(s, op->proc, op->a, file_new(s, FILE_CDEV, NOBODY, op->dev), op->flag);
}

static void open_iommufd(struct sim *s, const struct op *op)
{
	install(s, op->proc, op->a, file_new(s, FILE_IOMMUFD, NOBODY, NOBODY), op->flag);
}

/* BIND's answer before the driver is asked; 0: it is, or would be. */
static int bind_error(const struct sim *s, const struct op *op, int file)
{
	const struct sim_file *f = &s->files[file];
	int iommufd = file_in(s, op->proc, op->b);

	/* An empty slot is the descriptor -1, which is looked at first of all. */
	if (f->type == FILE_DEVICE || (op->b < SLOT_COUNT && iommufd == NOBODY))
		return -EINVAL;
	if (group_file(s, f->dev) != NOBODY)
		return -EBUSY;
	if (f->bound)
		return -EINVAL;
	if (iommufd == NOBODY)
		return -EBADF;
	if (s->files[iommufd].type != FILE_IOMMUFD)
		return -EBADFD;
	return s->devices[f->dev].open_count ? -EINVAL : 0;
}

static void bound(struct sim *s, const struct op *op)
{
	int f = file_in(s, op->proc, op->a);

	if (f == NOBODY || s->files[f].type != FILE_CDEV || bind_error(s, op, f)) {
		s->impossible = true;
		return;
	}
	first_open(s, op->proc, f);
	s->files[f].bound = true;
}

/* They take an open device, which another order of the calls may have. */
static void attached(struct sim *s, const struct op *op)
{
	int f = file_in(s, op->proc, op->a);

	s->impossible |= f == NOBODY || !s->files[f].bound;
}

void cdev_succeeded(struct sim *s, const struct op *op)
{
	switch (op->kind) {
	case OP_CDEV:
		open_cdev(s, op);
		break;
	case OP_IOMMUFD:
		open_iommufd(s, op);
		break;
	case OP_BIND:
		bound(s, op);
		break;
	case OP_ATTACH:
	case OP_DETACH:
		attached(s, op);
		break;
	}
}

/* Calls that failed */

/*
 * The error path of a BIND that finds the device open puts the pointer of whoever
 * opened it. Before, the device has taken the pointer of this file, if it has one:
 * then the reference that is put is the new one, and the old one is lost for good.
 */
static void bind_loses(struct sim *s, int file)
{
	const struct sim_file *f = &s->files[file];
	struct sim_open *o = &s->opens[s->devices[f->dev].open];

	if (o->forget != SEQ_OPS && o->glimpse == SEQ_OPS)
		o->glimpse = s->op;
	if (!s->bind_loses || o->vm == NOBODY || o->forget != SEQ_OPS)
		return;
	o->forget = s->op;
	if (o->held && f->kvm == NOBODY)
		vm_put(s, o->vm);
	o->held = false;
	if (s->bind_shows)
		o->shown = s->op;
}

static void bind_failed(struct sim *s, const struct op *op, const struct call *call)
{
	int f = file_in(s, op->proc, op->a), error;

	if (f == NOBODY || !(s->files[f].type == FILE_CDEV || s->files[f].type == FILE_DEVICE))
		return;
	error = bind_error(s, op, f);
	if (!error) {
		s->impossible |= !open_refused(s, op, call, f);
		return;
	}
	s->impossible |= call->ret != error;
	/* If somebody still holds the group when the tool looks, it is `busy`. */
	duty(s, RULE_ATTACH_FAILED, SEQ_DEVICES, error != -EBUSY);
	if (s->files[f].type == FILE_CDEV && error == -EINVAL && !s->files[f].bound &&
	    type_in(s, op->proc, op->b) == FILE_IOMMUFD)
		bind_loses(s, f);
}

/* A device from a group has no such calls: that one failed need not be told; nor a DETACH. */
static void attach_failed(struct sim *s, const struct op *op)
{
	int type = type_in(s, op->proc, op->a);

	if (type == FILE_CDEV || type == FILE_DEVICE)
		duty(s, RULE_ATTACH_FAILED, SEQ_DEVICES,
		     op->kind == OP_ATTACH && type == FILE_CDEV);
}

void cdev_failed(struct sim *s, const struct op *op, const struct call *call)
{
	if (op->kind == OP_BIND)
		bind_failed(s, op, call);
	else if (op->kind == OP_ATTACH || op->kind == OP_DETACH)
		attach_failed(s, op);
}

/* Groups */

/* While a BIND lasts, its device counts as open by its own file, however it ends. */
static bool binding(const struct sim *s)
{
	unsigned int i;

	for (i = 0; i < s->seq->count; i++)
		if (s->history->calls[i].done && s->seq->ops[i].kind == OP_BIND && at_once(s, i))
			return true;
	return false;
}

void group_open_fits(struct sim *s, const struct op *op, const struct call *call)
{
	const struct sim_device *d = &s->devices[op->dev];
	bool busy = group_file(s, op->dev) != NOBODY ||
		    (d->open_count && s->opens[d->open].path == PATH_CDEV);

	if (!s->cdevs)
		return;
	if (call->ret == -EBUSY)
		s->impossible |= !busy && !binding(s);
	else
		s->impossible |= call->ret < 0 || busy;
}
