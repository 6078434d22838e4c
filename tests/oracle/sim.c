// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "sim_impl.h"

/* Calls that succeeded */

static void new_vm(struct sim *s, const struct op *op)
{
	struct sim_proc *p = &s->procs[op->proc];
	int i, vm = s->vm_count;
	struct sim_open *o;

	if (vm == SIM_VMS) {
		s->too_small = true;
		return;
	}
	s->vm_count++;
	s->vms[vm] = (struct sim_vm){ .owner_mm = p->mm,
				      .owner_pid = p->pid,
				      .holds = 1,
				      .first_op = s->op,
				      .last_op = SEQ_OPS };
	install(s, op->proc, op->a, file_new(s, FILE_VM, vm, NOBODY), false);
	for (i = 0; i < SEQ_DEVICES; i++) {
		o = &s->opens[s->devices[i].open];
		if (s->devices[i].open_count && o->tgid == p->pid && o->vm_op == SEQ_OPS)
			o->vm_op = s->op;
	}
}

static void new_kvmvfio(struct sim *s, const struct op *op)
{
	int vm_file = file_in(s, op->proc, op->b);

	if (vm_file == NOBODY || s->files[vm_file].type != FILE_VM) {
		s->impossible = true;
		return;
	}
	s->vms[s->files[vm_file].vm].holds++;
	install(s, op->proc, op->a, file_new(s, FILE_KV, s->files[vm_file].vm, NOBODY), false);
}

static void happened(const struct sim *s, uint8_t *first, uint8_t *last)
{
	if (*first == SEQ_OPS)
		*first = s->op;
	*last = s->op;
}

static void file_added(struct sim *s, int file, int vm)
{
	struct sim_open *o = open_by(s, file);

	if (on_list_of(s, file, vm))
		duty(s, RULE_TWO_VMS, s->files[file].dev, true);
	s->files[file].kvm = vm;
	if (!o)
		return;
	removal_over(s, o);
	happened(s, &o->add, &o->last_add);
	if (o->vm == NOBODY || o->vm == vm)
		return;
	if (o->forget == SEQ_OPS)
		happened(s, &o->other_add, &o->last_other_add);
	else if (o->shown == SEQ_OPS)
		o->blind_add = s->op;
}

static void add(struct sim *s, const struct op *op)
{
	int k = file_in(s, op->proc, op->a), f = file_in(s, op->proc, op->b);
	struct sim_file *kv = &s->files[k];

	if (k == NOBODY || f == NOBODY || kv->type != FILE_KV || kv->item_count == SIM_ITEMS) {
		s->impossible = true;
		return;
	}
	if (file_carries(&s->files[f])) {
		file_added(s, f, kv->vm);
		/* Where containers are asked, the group may have had none yet. */
		if (s->uncounted)
			duty(s, RULE_ADD_WITHOUT_EFFECT, s->files[f].dev, false);
	} else {
		duty(s, RULE_ADD_WITHOUT_EFFECT, s->files[f].dev, true);
	}
	kv->items[kv->item_count++] = f;
	s->files[f].refs++;
}

static void del(struct sim *s, const struct op *op)
{
	int k = file_in(s, op->proc, op->a), f = file_in(s, op->proc, op->b);
	struct sim_file *kv = &s->files[k];
	unsigned int i;

	for (i = 0; k != NOBODY && i < kv->item_count && kv->items[i] != f; i++)
		;
	if (k == NOBODY || f == NOBODY || kv->type != FILE_KV || i == kv->item_count) {
		s->impossible = true;
		return;
	}
	kv->items[i] = kv->items[--kv->item_count];
	s->files[f].kvm = NOBODY;
	removed(s, f, file_carries(&s->files[f]));
	file_put(s, f);
}

bool has_vm(const struct sim *s, uint32_t mm)
{
	unsigned int i;

	for (i = 0; i < s->vm_count; i++)
		if (s->vms[i].holds && s->vms[i].owner_mm == mm)
			return true;
	return false;
}

bool at_once(const struct sim *s, uint8_t op)
{
	const struct call *a = &s->history->calls[op], *b = &s->history->calls[s->op];

	return op != s->op && a->start_ns < b->end_ns && b->start_ns < a->end_ns;
}

/*
 * A VM that ends does so after its pointer has gone from the groups: whoever opens
 * at the same time may find neither, or the VM without the pointer.
 */
bool vm_ending(const struct sim *s, uint32_t mm)
{
	const struct sim_vm *vm;

	for (vm = s->vms; vm < s->vms + s->vm_count; vm++)
		if (!vm->holds && vm->owner_mm == mm && at_once(s, vm->last_op))
			return true;
	return false;
}

void first_open(struct sim *s, int proc, int file)
{
	struct sim_file *f = &s->files[file];
	struct sim_device *d = &s->devices[f->dev];
	bool cdev = f->type == FILE_CDEV;

	if (s->open_count == SIM_OPENS) {
		s->too_small = true;
		return;
	}
	d->open_count = 1;
	d->open = s->open_count++;
	d->file = file;
	if (!cdev && f->backend != BACKEND_COMPAT)
		f->refs++;
	s->opens[d->open] = (struct sim_open){
		.dev = f->dev,
		.path = cdev ? PATH_CDEV : PATH_GROUP,
		.backend = cdev ? BACKEND_IOMMUFD : f->backend,
		.first_op = s->op,
		.last_op = SEQ_OPS,
		.tgid = s->procs[proc].pid,
		.vm = f->kvm,
		.opens = 1,
		.add = SEQ_OPS,
		.last_add = SEQ_OPS,
		.other_add = SEQ_OPS,
		.last_other_add = SEQ_OPS,
		.vm_op = has_vm(s, s->procs[proc].mm) ? s->op : SEQ_OPS,
		.vm_ending = vm_ending(s, s->procs[proc].mm),
		.forget = SEQ_OPS,
		.shown = SEQ_OPS,
		.glimpse = SEQ_OPS,
		.gone = SEQ_OPS,
		.blind_add = SEQ_OPS,
		.blind_gone = SEQ_OPS,
		.cdev_del = SEQ_OPS,
		.held = f->kvm != NOBODY && !s->uncounted,
		.listed = f->kvm == NOBODY && on_list_of(s, file, NOBODY),
	};
	if (s->opens[d->open].held)
		s->vms[f->kvm].holds++;
}

/* Without a container there is no device: another order of the calls is the right one. */
static void get_device(struct sim *s, const struct op *op)
{
	int f = file_in(s, op->proc, op->b);
	struct sim_device *d;

	if (f == NOBODY || s->files[f].type != FILE_GROUP ||
	    (s->cdevs && s->files[f].backend == BACKENDS)) {
		s->impossible = true;
		return;
	}
	d = &s->devices[s->files[f].dev];
	if (!d->open_count) {
		first_open(s, op->proc, f);
	} else {
		d->open_count++;
		s->opens[d->open].opens++;
		device_shown(s, s->files[f].dev);
	}
	install(s, op->proc, op->a, file_new(s, FILE_DEVICE, NOBODY, s->files[f].dev), false);
}

static void set_container(struct sim *s, const struct op *op)
{
	int f = file_in(s, op->proc, op->a);

	if (type_in(s, op->proc, op->a) != FILE_GROUP)
		s->impossible = true;
	else if (type_in(s, op->proc, op->b) == FILE_IOMMUFD)
		s->files[f].backend = BACKEND_COMPAT;
	else
		s->files[f].backend = BACKEND_TYPE1;
}

static void unset_container(struct sim *s, const struct op *op)
{
	int f = file_in(s, op->proc, op->a);

	if (type_in(s, op->proc, op->a) != FILE_GROUP)
		s->impossible = true;
	else
		s->files[f].backend = BACKENDS;
}

struct sim_open *carrier(struct sim *s, const struct op *op)
{
	int f = file_in(s, op->proc, op->a);
	struct sim_open *o;

	if (f == NOBODY || !(s->files[f].type == FILE_DEVICE || s->files[f].bound))
		return NULL;
	o = &s->opens[s->devices[s->files[f].dev].open];
	return o->vm != NOBODY && o->forget == SEQ_OPS ? o : NULL;
}

/* As the kernel does it: the reference first, and the VM may end; then the pointer. */
static void forget(struct sim *s, const struct op *op)
{
	struct sim_open *o = carrier(s, op);

	if (!o) {
		s->impossible = true;
		return;
	}
	if (o->held)
		vm_put(s, o->vm);
	o->held = false;
	o->forget = s->op;
}

static void put(struct sim *s, const struct op *op)
{
	struct sim_open *o = carrier(s, op);

	if (!o || !o->held) {
		s->impossible = true;
		return;
	}
	o->held = false;
	vm_put(s, o->vm);
}

static void do_fork(struct sim *s, const struct op *op, uint32_t pid)
{
	struct sim_proc *child = &s->procs[op->to];
	int i;

	*child = s->procs[op->proc];
	child->pid = pid;
	child->mm = ++s->mms;
	for (i = 0; i < SLOT_COUNT; i++)
		if (child->files[i] != NOBODY)
			s->files[child->files[i]].refs++;
}

static void renew(struct sim *s, int proc)
{
	int i;

	s->procs[proc].mm = ++s->mms;
	for (i = 0; i < SLOT_COUNT; i++)
		if (!s->procs[proc].keep[i])
			close_slot(s, proc, i);
}

static void close_all(struct sim *s, const struct op *op)
{
	int i;

	for (i = 0; i < SLOT_COUNT; i++)
		close_slot(s, op->proc, op->flag ? SLOT_COUNT - 1 - i : i);
}

static void succeeded(struct sim *s, const struct op *op, const struct call *call)
{
	switch (op->kind) {
	case OP_VM:
		new_vm(s, op);
		break;
	case OP_KVMVFIO:
		new_kvmvfio(s, op);
		break;
	case OP_CONTAINER:
		install(s, op->proc, op->a, file_new(s, FILE_OTHER, NOBODY, NOBODY), op->flag);
		break;
	case OP_GROUP:
		group_open_fits(s, op, call);
		install(s, op->proc, op->a, file_new(s, FILE_GROUP, NOBODY, op->dev), op->flag);
		break;
	case OP_SETCONTAINER:
		set_container(s, op);
		break;
	case OP_UNSET:
		unset_container(s, op);
		break;
	case OP_ADD:
		add(s, op);
		break;
	case OP_DEL:
		del(s, op);
		break;
	case OP_DEVICE:
		get_device(s, op);
		break;
	case OP_DUP:
		install(s, op->proc, op->a, file_in(s, op->proc, op->b), op->flag);
		break;
	case OP_PASS:
		install(s, op->to, op->a, file_in(s, op->proc, op->b), op->flag);
		break;
	case OP_CLOSE:
		close_slot(s, op->proc, op->a);
		break;
	case OP_CLOSEALL:
		close_all(s, op);
		break;
	case OP_FORK:
		do_fork(s, op, call->ret);
		break;
	case OP_EXEC:
		renew(s, op->proc);
		break;
	case OP_EXIT:
	case OP_KILL:
		s->procs[op->proc].alive = false;
		break;
	case OP_FORGET:
		forget(s, op);
		break;
	case OP_PUT:
		put(s, op);
		break;
	default:
		cdev_succeeded(s, op);
	}
}

/* Calls that failed */

/* Did the driver of the device refuse, in this call? */
static bool refused(const struct sim *s, int dev, const struct call *call)
{
	const struct seen *r;

	for (r = s->seen; r < s->seen + s->seen_count; r++)
		if (r->open && r->ret < 0 && r->dev == dev && r->tgid == call->pid &&
		    r->ns >= call->start_ns && r->ns <= call->end_ns)
			return true;
	return false;
}

bool open_refused(struct sim *s, const struct op *op, const struct call *call, int file)
{
	uint32_t mm = s->procs[op->proc].mm;
	unsigned int rules;

	if (!refused(s, s->files[file].dev, call))
		return false;
	/* A refusal is an open without a pointer: had there been one, it would not be. */
	if (s->files[file].kvm != NOBODY || s->devices[s->files[file].dev].open_count)
		s->impossible = true;
	rules = 1u << (has_vm(s, mm) ? RULE_OPEN_REFUSED : RULE_DRIVER_REFUSED);
	if (vm_ending(s, mm))
		rules |= 1u << RULE_OPEN_REFUSED;
	duty_one_of(s, rules, SEQ_DEVICES, true);
	return true;
}

static void device_failed(struct sim *s, const struct op *op, const struct call *call)
{
	int f = file_in(s, op->proc, op->b);

	if (f == NOBODY || s->files[f].type != FILE_GROUP)
		return;
	if (!open_refused(s, op, call, f))
		duty(s, RULE_ATTACH_FAILED, SEQ_DEVICES, true);
}

/* The driver's answer, too, has to be the one that this order leads to. */
static void driver_failed(struct sim *s, const struct op *op, const struct call *call)
{
	const struct sim_open *o = carrier(s, op);
	int f = file_in(s, op->proc, op->a);
	bool fits = false;

	if (f == NOBODY || !(s->files[f].type == FILE_DEVICE || s->files[f].bound))
		return;
	if (call->ret == -EOPNOTSUPP)
		fits = op->kind == OP_PUT && s->uncounted;
	else if (call->ret == -ENXIO)
		fits = !o;
	else if (call->ret == -EALREADY)
		fits = op->kind == OP_PUT && o && !o->held;
	s->impossible |= !fits;
}

/* A call of VFIO, but of another file than a group. */
static bool is_no_group_call(enum op_kind kind)
{
	return kind == OP_SETIOMMU || kind == OP_BIND || kind == OP_ATTACH || kind == OP_DETACH ||
	       kind == OP_FORGET || kind == OP_PUT;
}

static void failed(struct sim *s, const struct op *op, const struct call *call)
{
	int type = type_in(s, op->proc, op_fills(op->kind) ? op->b : op->a);

	if (type == FILE_GROUP && is_no_group_call(op->kind)) {
		s->impossible |= call->ret != -ENOTTY;
		duty(s, RULE_ATTACH_FAILED, SEQ_DEVICES, true);
		return;
	}
	/*
	 * ATTACH, DETACH and FEATURE have the numbers of TCE_CREATE, TCE_REMOVE and
	 * REGISTER_MEMORY, which containers may have.
	 */
	if (type == FILE_OTHER && is_no_group_call(op->kind) && op->kind != OP_SETIOMMU &&
	    op->kind != OP_BIND) {
		duty(s, RULE_ATTACH_FAILED, SEQ_DEVICES, false);
		return;
	}
	switch (op->kind) {
	case OP_ADD:
	case OP_DEL:
		/* EIO: KVM answers it to a foreign address space before it looks at the call. */
		if (type == FILE_KV)
			duty(s, RULE_ADD_FAILED, SEQ_DEVICES, call->ret != -EIO);
		break;
	case OP_KVMVFIO:
		if (type == FILE_VM && call->ret == -EBUSY)
			duty(s, RULE_SECOND_KVM_VFIO, SEQ_DEVICES, true);
		break;
	case OP_GROUP:
		group_open_fits(s, op, call);
		break;
	case OP_SETCONTAINER:
		if (type == FILE_GROUP)
			duty(s, RULE_ATTACH_FAILED, SEQ_DEVICES, true);
		break;
	case OP_SETIOMMU:
		/* Files that are of no other type are containers; an iommufd can be one. */
		if ((type == FILE_OTHER || type == FILE_IOMMUFD) &&
		    file_in(s, op->proc, op->a) != NOBODY)
			duty(s, RULE_ATTACH_FAILED, SEQ_DEVICES, type == FILE_OTHER);
		break;
	case OP_DEVICE:
		device_failed(s, op, call);
		break;
	case OP_FORGET:
	case OP_PUT:
		driver_failed(s, op, call);
		break;
	default:
		cdev_failed(s, op, call);
	}
}

/* What one sees who comes late */

/* Is a device open by this file? */
static bool is_open_device(const struct sim_file *f, int dev)
{
	return f->dev == dev && (f->type == FILE_DEVICE || f->bound);
}

static bool held_by_owner(const struct sim *s, int dev)
{
	int p, slot, file;

	for (p = 0; p < SEQ_PROCS; p++) {
		if (!s->procs[p].alive || !has_vm(s, s->procs[p].mm))
			continue;
		for (slot = 0; slot < SLOT_COUNT; slot++) {
			file = s->procs[p].files[slot];
			if (file != NOBODY && is_open_device(&s->files[file], dev))
				return true;
		}
	}
	return false;
}

/* Whichever VM's list one leaves out, it is on another. */
static bool on_two_lists(const struct sim *s, int file)
{
	unsigned int i;

	for (i = 0; i < s->vm_count; i++)
		if (!on_list_of(s, file, i))
			return false;
	return s->vm_count > 1;
}

static bool is_shared(const struct sim *s, int dev)
{
	unsigned int i;

	for (i = 0; i < s->file_count; i++)
		if (file_carries(&s->files[i]) && s->files[i].dev == dev && on_two_lists(s, i))
			return true;
	return false;
}

/* An open without a pointer, and the file that could have had it. */
static void note_open(struct sim *s, int dev)
{
	const struct sim_device *d = &s->devices[dev];
	struct sim_open *o = &s->opens[d->open];
	int file = o->path == PATH_CDEV ? d->file : group_file(s, dev);

	o->suspect |= on_list_of(s, file, NOBODY) || held_by_owner(s, dev);
	o->file_has |= file != NOBODY && s->files[file].kvm != NOBODY;
}

/* The state that lasts from some moment of one call to some moment of the next. */
static void note_state(struct sim *s, uint64_t from_ns, uint64_t to_ns)
{
	const struct watch *w = s->watch;
	const struct sim_open *o;
	int i;

	if (!w || to_ns < w->armed_from || from_ns > w->stop_by)
		return;
	for (i = 0; i < SEQ_DEVICES; i++) {
		o = &s->opens[s->devices[i].open];
		if (s->devices[i].open_count && (o->vm == NOBODY || o->forget != SEQ_OPS))
			note_open(s, i);
		if (from_ns <= w->looked_by && !s->devices[i].shared)
			s->devices[i].shared = is_shared(s, i);
	}
}

/* All of it */

static void do_step(struct sim *s, const struct step *step)
{
	const struct op *op = &s->seq->ops[step->op];
	const struct call *call = &s->history->calls[step->op];

	s->op = step->op;
	if (step->slot != NOBODY)
		close_slot(s, op->proc, step->slot);
	else if (call->ret < 0)
		failed(s, op, call);
	else
		succeeded(s, op, call);
}

static void start(struct sim *s)
{
	int p, i;

	memset(s->procs, 0, sizeof(s->procs));
	for (p = 0; p < SEQ_PROCS; p++) {
		for (i = 0; i < SLOT_COUNT; i++)
			s->procs[p].files[i] = NOBODY;
		if (p < SEQ_FIRST_PROCS) {
			s->procs[p].alive = true;
			s->procs[p].pid = s->history->pids[p];
			s->procs[p].mm = ++s->mms;
		}
	}
	for (i = 0; i < SEQ_DEVICES; i++)
		s->devices[i] = (struct sim_device){ .file = NOBODY };
}

void sim_run(struct sim *s, const struct step *steps, unsigned int count)
{
	const struct call *calls = s->history->calls;
	uint64_t since = 0;
	unsigned int i;

	s->file_count = s->vm_count = s->open_count = s->duty_count = 0;
	s->mms = 0;
	s->impossible = s->too_small = false;
	start(s);
	for (i = 0; i < count && !s->impossible && !s->too_small; i++) {
		note_state(s, since, calls[steps[i].op].end_ns);
		do_step(s, &steps[i]);
		since = calls[steps[i].op].start_ns;
	}
	note_state(s, since, UINT64_MAX);
	s->op = SEQ_OPS;
	for (i = 0; i < s->open_count; i++)
		removal_over(s, &s->opens[i]);
}
