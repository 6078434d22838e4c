// SPDX-License-Identifier: GPL-2.0-only
/* Who holds which file, and what follows when nobody holds it any more. */
#include "sim_impl.h"

void duty_one_of(struct sim *s, unsigned int rules, unsigned int dev, bool must)
{
	if (s->duty_count == SIM_DUTIES) {
		s->too_small = true;
		return;
	}
	s->duties[s->duty_count++] =
		(struct duty){ .op = s->op, .rules = rules, .dev = dev, .must = must };
}

void duty(struct sim *s, enum rule rule, unsigned int dev, bool must)
{
	duty_one_of(s, 1u << rule, dev, must);
}

int file_new(struct sim *s, int type, int vm, int dev)
{
	if (s->file_count == SIM_FILES) {
		s->too_small = true;
		return NOBODY;
	}
	s->files[s->file_count] = (struct sim_file){
		.type = type, .vm = vm, .dev = dev, .kvm = NOBODY, .backend = BACKENDS
	};
	return s->file_count++;
}

bool file_carries(const struct sim_file *f)
{
	return f->type == FILE_GROUP || f->type == FILE_CDEV;
}

int group_file(const struct sim *s, int dev)
{
	unsigned int i;

	for (i = 0; i < s->file_count; i++)
		if (s->files[i].type == FILE_GROUP && s->files[i].dev == dev &&
		    s->files[i].refs > 0)
			return i;
	return NOBODY;
}

struct sim_open *open_by(struct sim *s, int file)
{
	const struct sim_file *f = &s->files[file];
	const struct sim_device *d;

	if (!file_carries(f))
		return NULL;
	d = &s->devices[f->dev];
	/* A group is not open while its device is by a cdev. */
	return d->open_count && (f->type == FILE_GROUP || d->file == file) ? &s->opens[d->open] :
									     NULL;
}

/* How many lists it is on, but the one of @but_vm. */
static int lists_with(const struct sim *s, int file, int but_vm)
{
	const struct sim_file *kv;
	unsigned int i, j;
	int n = 0;

	for (i = 0; i < s->file_count; i++) {
		kv = &s->files[i];
		for (j = 0; kv->type == FILE_KV && kv->vm != but_vm && j < kv->item_count; j++)
			n += kv->items[j] == file;
	}
	return n;
}

bool on_list_of(const struct sim *s, int file, int but_vm)
{
	return file != NOBODY && lists_with(s, file, but_vm) > 0;
}

/* Whether this call is a living process's own doing, in the VM's address space: exec left it. */
static bool by_owner(const struct sim *s, int vm)
{
	const struct op *op = &s->seq->ops[s->op];

	return op->kind != OP_EXIT && op->kind != OP_KILL &&
	       s->vms[vm].owner_mm == s->procs[op->proc].mm;
}

/* What one who reads the pointer at opens and closes only can take for the other. */
static void vm_gone(struct sim *s, struct sim_open *o)
{
	if (o->forget == SEQ_OPS)
		o->gone = s->op;
	else if (o->shown == SEQ_OPS)
		o->blind_gone = s->op;
}

void vm_put(struct sim *s, int vm)
{
	struct sim_open *o;
	int i;

	if (vm == NOBODY || --s->vms[vm].holds)
		return;
	s->vms[vm].last_op = s->op;
	for (i = 0; i < SEQ_DEVICES; i++) {
		o = &s->opens[s->devices[i].open];
		if (s->devices[i].open_count && o->vm == vm && by_owner(s, vm))
			vm_gone(s, o);
	}
}

/*
 * A finding is written once per rule and open: the first cause must be told,
 * unless the open had not returned yet, which a removal cannot be blamed for.
 */
void removed(struct sim *s, int file, bool counts)
{
	const struct sim_file *f = &s->files[file];
	struct sim_open *o = file_carries(f) ? open_by(s, file) :
					       &s->opens[s->devices[f->dev].open];
	const struct call *calls = s->history->calls;
	bool both;

	if (!o || !s->devices[f->dev].open_count)
		return;
	if (f->type == FILE_CDEV) {
		o->cdev_del = s->op;
		return;
	}
	both = calls[o->first_op].end_ns > calls[s->op].start_ns;
	duty(s, RULE_DEL_WHILE_OPEN, f->dev, counts && !o->del && !both);
	o->del |= counts;
}

/*
 * Once it is closed a cdev's file cannot be removed, so it is right to remove it just
 * before: only a device that stays open a while is found fault with.
 */
void removal_over(struct sim *s, struct sim_open *o)
{
	const struct call *calls = s->history->calls, *del = &calls[o->cdev_del];
	const struct call *over = &calls[s->op];
	uint64_t start = s->op == SEQ_OPS ? s->history->end_ns : over->start_ns;
	uint64_t end = s->op == SEQ_OPS ? s->history->end_ns : over->end_ns;

	if (o->cdev_del == SEQ_OPS)
		return;
	if (end > del->start_ns + GRACE_PERHAPS_NS) {
		duty(s, RULE_DEL_WHILE_OPEN, o->dev,
		     !o->del && start > del->end_ns + GRACE_OVER_NS &&
			     calls[o->first_op].end_ns <= del->start_ns);
		s->duties[s->duty_count - 1].op = o->cdev_del;
		s->duties[s->duty_count - 1].late = true;
		o->del = true;
	}
	o->cdev_del = SEQ_OPS;
}

static void kvmvfio_release(struct sim *s, struct sim_file *kv)
{
	unsigned int i, count = kv->item_count;
	struct sim_file *item;

	for (i = 0; i < count; i++) {
		item = &s->files[kv->items[i]];
		if (!file_carries(item))
			continue;
		item->kvm = NOBODY;
		if (by_owner(s, kv->vm))
			removed(s, kv->items[i], true);
	}
	kv->item_count = 0;
	/* The kernel puts the release of the files off until it is done here. */
	vm_put(s, kv->vm);
	for (i = 0; i < count; i++)
		file_put(s, kv->items[i]);
}

void device_shown(struct sim *s, int dev)
{
	struct sim_open *o = &s->opens[s->devices[dev].open];

	if (o->forget != SEQ_OPS && o->shown == SEQ_OPS)
		o->shown = s->op;
}

/* A container's device keeps the file of its group; an iommufd's and a cdev do not. */
static void device_release(struct sim *s, int dev)
{
	struct sim_device *d = &s->devices[dev];
	struct sim_open *o = &s->opens[d->open];

	device_shown(s, dev);
	if (--d->open_count)
		return;
	o->last_op = s->op;
	removal_over(s, o);
	if (o->held)
		vm_put(s, o->vm);
	if (o->path == PATH_GROUP && o->backend != BACKEND_COMPAT)
		file_put(s, d->file);
}

void file_put(struct sim *s, int file)
{
	struct sim_file *f = &s->files[file];

	if (--f->refs)
		return;
	if (f->type == FILE_VM)
		vm_put(s, f->vm);
	else if (f->type == FILE_KV)
		kvmvfio_release(s, f);
	else if (f->type == FILE_DEVICE || f->bound)
		device_release(s, f->dev);
}

int file_in(const struct sim *s, int proc, uint8_t slot)
{
	return slot < SLOT_COUNT ? s->procs[proc].files[slot] : NOBODY;
}

int type_in(const struct sim *s, int proc, uint8_t slot)
{
	int file = file_in(s, proc, slot);

	return file == NOBODY ? FILE_OTHER : (int)s->files[file].type;
}

void install(struct sim *s, int proc, uint8_t slot, int file, bool keep)
{
	if (file == NOBODY)
		return;
	s->files[file].refs++;
	s->procs[proc].files[slot] = file;
	s->procs[proc].keep[slot] = keep;
}

void close_slot(struct sim *s, int proc, int slot)
{
	int file = s->procs[proc].files[slot];

	if (file == NOBODY)
		return;
	s->procs[proc].files[slot] = NOBODY;
	file_put(s, file);
}
