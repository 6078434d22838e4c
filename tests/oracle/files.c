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

int file_new(struct sim *s, int type, int vm, int group)
{
	if (s->file_count == SIM_FILES) {
		s->too_small = true;
		return NOBODY;
	}
	s->files[s->file_count] = (struct sim_file){ .type = type, .vm = vm, .group = group };
	return s->file_count++;
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
		o = &s->opens[s->groups[i].open];
		if (s->groups[i].open_count && o->vm == vm && by_owner(s, vm))
			vm_gone(s, o);
	}
}

/*
 * A finding is written once per rule and open: the first cause must be told,
 * unless the open had not returned yet, which a removal cannot be blamed for.
 */
void removed(struct sim *s, int group, bool counts)
{
	struct sim_open *o = &s->opens[s->groups[group].open];
	const struct call *calls = s->history->calls;
	bool both = calls[o->first_op].end_ns > calls[s->op].start_ns;

	if (!s->groups[group].open_count)
		return;
	duty(s, RULE_DEL_WHILE_OPEN, group, counts && !o->del && !both);
	o->del |= counts;
}

static void kvmvfio_release(struct sim *s, struct sim_file *kv)
{
	struct sim_file *item;
	unsigned int i;

	for (i = 0; i < kv->item_count; i++) {
		item = &s->files[kv->items[i]];
		if (item->type != FILE_GROUP)
			continue;
		s->groups[item->group].kvm = NOBODY;
		if (by_owner(s, kv->vm))
			removed(s, item->group, true);
	}
	/* The kernel puts the release of the files off until it is done here. */
	vm_put(s, kv->vm);
	for (i = 0; i < kv->item_count; i++)
		file_put(s, kv->items[i]);
}

void device_shown(struct sim *s, int group)
{
	struct sim_open *o = &s->opens[s->groups[group].open];

	if (o->forget != SEQ_OPS && o->shown == SEQ_OPS)
		o->shown = s->op;
}

static void device_release(struct sim *s, int group)
{
	struct sim_group *g = &s->groups[group];
	struct sim_open *o = &s->opens[g->open];

	device_shown(s, group);
	if (--g->open_count)
		return;
	o->last_op = s->op;
	if (o->held)
		vm_put(s, o->vm);
	file_put(s, g->file);
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
	else if (f->type == FILE_DEVICE)
		device_release(s, f->group);
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
