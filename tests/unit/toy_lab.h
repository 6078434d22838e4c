/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The laboratory of the model's tests: VMs with their lists of groups, groups
 * and devices, the ring buffer that records go through, and what the model
 * said. What the kernel does with all that is in toy_kernel.h.
 */
#ifndef VS_TEST_TOY_LAB_H
#define VS_TEST_TOY_LAB_H

#include "events.h"
#include "../../user/core/model/sink.h"
#include "../../user/core/text/cause.h"

#define K_VMS 4
#define K_GROUPS 3
#define K_DEVICES 4
#define K_MAX 4096
#define K_RING 512
#define K_IOMMUFD 0xffff888000600000

/* What a device has of its VM, and what keeps that VM alive. */
enum k_kernel {
	K_REFCOUNTED, /* a pointer, and a reference */
	K_BORROWED, /* a pointer (6.1) */
	K_BORROWED_EARLY, /* and registrations end with the VM only */
	K_NOTIFIER, /* nothing: drivers are told (5.10); and the same */
	K_KERNELS,
};

struct k_vm {
	uint64_t ptr, kvm_vfio;
	uint32_t pid; /* 0: does not exist */
	uint32_t life; /* counts the VMs that had this address */
	bool listed[K_GROUPS]; /* by its kvm-vfio device */
	bool noncoherent;
};

struct k_device;

struct k_group {
	uint64_t ptr;
	const struct k_device *cdev; /* not a group, but the file of this device's cdev */
	int number;
	struct k_vm *vm; /* group->kvm */
	struct k_vm *noted; /* by the probes at their start, see group_kvm_seen() */
	bool no_container;
};

struct k_device {
	uint64_t ptr;
	const char *name;
	const char *driver;
	struct k_group *group;
	struct k_vm *vm; /* device->kvm */
	uint32_t vm_life; /* which VM of that address it was */
	unsigned int opens; /* K_NOTIFIER: files, as the probes count them */
	uint32_t holder; /* process */
	bool on_record; /* the probes know that its open was recorded ... */
	struct ev_dev last_open; /* ... as this */
};

/* Copies of what the model said: its pointers do not live longer. */
struct said_finding {
	enum vs_rule_id rule;
	enum vs_severity severity;
	bool about_open, pending, tracked;
	uint64_t ts, opened_ns;
	char device[VS_DEVNAME_LEN];
	int group;
	uint32_t pid;
	char comm[VS_COMM_LEN];
	uint32_t vm, vm_pid; /* vm: 0 if none */
	char vm_name[VS_NAME_LEN];
	const char *title, *harm, *cause, *fix;
	const char *reason_id; /* of the open's verdict, NULL while pending */
	size_t evidence_count;
	union vs_event evidence[VS_EVIDENCE_MAX];
	uint32_t evidence_vm[VS_EVIDENCE_MAX];
	bool looked, mapped_unseen; /* for holders */
	size_t hold_count;
	struct vs_hold hold[16];
	size_t blocker_count;
	struct vs_blocker blocker[VS_BLOCKERS_MAX];
	size_t missing_count;
	struct vs_missing missing[VS_MISSING_MAX];
};

struct said_open {
	struct vs_open open;
	uint32_t vm, vm_pid, kvm; /* ids, 0 if none */
	uint64_t kvm_ptr;
	char vm_name[VS_NAME_LEN];
};

/* A place in the ring buffer: reserved first, then filled or given up. */
struct k_record {
	union vs_event ev;
	uint32_t lost; /* before it */
	enum { K_RESERVED, K_FILLED, K_DISCARDED } state;
};

/* A model, and what its source tells it first. */
struct lab_config {
	uint64_t grace_ns;
	const char *arch;
	unsigned int blind; /* enum vs_blind */
	bool look; /* a look comes first, ended by look_done() */
	bool log; /* keep the records */
};

struct lab {
	struct vs_sink sink; /* first: what the model says */
	struct vs_sink *next; /* gets it too, NULL: nobody; owned */
	struct vs_model *model;
	uint64_t seq; /* of the last record */
	uint32_t attaches;
	unsigned char *log; /* the records so far, one after the other */
	size_t log_size, log_room;
	bool log_wanted;
	enum k_kernel kernel;
	uint64_t now, grace_ns;
	bool armed; /* records are written */
	unsigned int blind; /* enum vs_blind: these records are not */
	uint32_t lost;
	unsigned int lose; /* so many of the next records are lost */
	bool no_vm_list; /* the probes cannot look for a process's VMs */
	bool short_closes; /* closes of opens on record are completed by the source */
	uint32_t flags; /* of the next records */
	uint32_t tid; /* of the next records; 0: the process's first thread */
	struct k_record ring[K_RING];
	size_t head, tail;
	struct k_vm vm[K_VMS];
	struct k_group group[K_GROUPS];
	struct k_device dev[K_DEVICES];
	bool started, ended; /* as the model said */
	struct vs_ledger losses; /* at the end */
	uint64_t duration_ns;
	size_t events, finding_count, opened_count, closed_count, attached_count, device_count;
	struct said_finding finding[K_MAX];
	char said_cause[1024]; /* of the last finding, "" if none */
	struct said_open opened[K_MAX], closed[K_MAX];
	int last_group; /* of the last event: ids only */
	uint32_t last_vm, last_group_vm, last_vm_pid;
};

static inline uint32_t vm_id(const struct vs_vm *vm)
{
	return vm ? vm->id : 0;
}

static inline uint64_t ptr_of(const struct k_vm *vm)
{
	return vm ? vm->ptr : 0;
}

/* Who created the VM at this address, 0 if there is none now. */
static inline uint32_t creator_of(const struct lab *l, uint64_t ptr)
{
	unsigned int i;

	for (i = 0; i < K_VMS; i++)
		if (l->vm[i].ptr == ptr)
			return l->vm[i].pid;
	return 0;
}

/* Closing the kvm-vfio device leaves its list as it is. */
static inline bool lists_last(const struct lab *l)
{
	return l->kernel == K_NOTIFIER || l->kernel == K_BORROWED_EARLY;
}

static inline bool on_borrowed(const struct lab *l)
{
	return l->kernel == K_BORROWED || l->kernel == K_BORROWED_EARLY;
}

/*
 * As the probes know it: a kernel that notifies keeps it where they do not reach,
 * so without the calls that change it, it is what it was.
 */
static inline uint64_t group_kvm_seen(const struct lab *l, const struct k_group *g)
{
	return ptr_of(l->kernel == K_NOTIFIER && l->blind & VS_BLIND_SET_KVM ? g->noted : g->vm);
}

/* What the model says */

static inline struct lab *lab_of(struct vs_sink *s)
{
	return (struct lab *)s;
}

/* The same to whoever else wants it. */
#define LAB_PASS(l, op, ...)                                 \
	do {                                                 \
		if ((l)->next)                               \
			VS_TELL((l)->next, op, __VA_ARGS__); \
	} while (0)

static inline struct lab *lab_hears(struct vs_sink *s)
{
	struct lab *l = lab_of(s);

	assert_true(l->started);
	assert_false(l->ended);
	return l;
}

static inline void lab_on_start(struct vs_sink *s, const struct vs_run *run)
{
	struct lab *l = lab_of(s);

	assert_false(l->started);
	l->started = true;
	LAB_PASS(l, start, run);
}

static inline void lab_on_attached(struct vs_sink *s, const struct vs_run *run)
{
	struct lab *l = lab_hears(s);

	l->attached_count++;
	LAB_PASS(l, attached, run);
}

static inline void lab_on_device(struct vs_sink *s, const struct ev_dev_info *info)
{
	struct lab *l = lab_of(s);

	assert_false(l->ended);
	l->device_count++;
	LAB_PASS(l, device, info);
}

static inline void lab_on_event(struct vs_sink *s, const union vs_event *ev,
				const struct vs_refs *refs)
{
	struct lab *l = lab_hears(s);

	assert_false(vs_event_is(ev, VS_T_CONTROL));
	l->events++;
	l->last_vm = vm_id(refs->vm);
	l->last_vm_pid = refs->vm ? refs->vm->pid : 0;
	l->last_group_vm = vm_id(refs->group_vm);
	l->last_group = refs->group;
	LAB_PASS(l, event, ev, refs);
}

static inline void copy_open(struct said_open *to, const struct vs_open *open)
{
	to->open = *open;
	to->vm = vm_id(open->vm);
	to->vm_pid = open->vm ? open->vm->pid : 0;
	to->kvm = vm_id(open->kvm);
	to->kvm_ptr = open->kvm ? open->kvm->ptr : 0;
	SET_STRING(to->vm_name, open->vm ? open->vm->name : "");
	to->open.vm = to->open.kvm = NULL;
}

static inline void lab_on_opened(struct vs_sink *s, const struct vs_open *open)
{
	struct lab *l = lab_hears(s);

	assert_true(l->opened_count < K_MAX);
	assert_int_equal(open->verdict == VS_VERDICT_PENDING, !open->reason.id);
	copy_open(&l->opened[l->opened_count++], open);
	LAB_PASS(l, opened, open);
}

static inline void lab_on_closed(struct vs_sink *s, const struct vs_open *open)
{
	struct lab *l = lab_hears(s);

	assert_true(l->closed_count < K_MAX);
	assert_int_not_equal(open->verdict, VS_VERDICT_PENDING);
	assert_non_null(open->reason.id);
	assert_non_null(open->reason.text);
	copy_open(&l->closed[l->closed_count++], open);
	LAB_PASS(l, closed, open);
}

static inline void copy_evidence(struct said_finding *to, const struct vs_finding *f)
{
	size_t i;

	assert_true(f->evidence_count && f->evidence_count <= VS_EVIDENCE_MAX);
	to->evidence_count = f->evidence_count;
	for (i = 0; i < f->evidence_count; i++) {
		const struct vs_vm *vm = f->evidence[i]->refs.vm;

		to->evidence[i] = f->evidence[i]->ev;
		to->evidence_vm[i] = vm_id(vm);
		/* Names of VMs that ended meanwhile are still there to read. */
		if (vm)
			assert_non_null(memchr(vm->name, '\0', VS_NAME_LEN));
	}
}

static inline void copy_finding(struct said_finding *to, const struct vs_finding *f)
{
	to->rule = f->rule->id;
	to->severity = f->severity;
	to->about_open = f->open;
	to->pending = f->pending;
	to->tracked = f->tracked;
	to->ts = f->ts;
	to->opened_ns = f->open ? f->open->opened_ns : 0;
	to->reason_id = f->open ? f->open->reason.id : NULL;
	to->title = f->title;
	to->fix = f->fix;
	to->harm = f->harm;
	to->cause = f->cause;
	SET_STRING(to->device, f->device);
	to->group = f->group;
	to->pid = f->pid;
	SET_STRING(to->comm, f->comm);
	to->vm = vm_id(f->vm);
	to->vm_pid = f->vm ? f->vm->pid : 0;
	SET_STRING(to->vm_name, f->vm ? f->vm->name : "");
	copy_evidence(to, f);
	to->looked = f->holds;
	to->mapped_unseen = f->mapped_unseen;
	to->hold_count = f->hold_count;
	assert_true(f->hold_count <= ARRAY_SIZE(to->hold));
	if (f->hold_count)
		memcpy(to->hold, f->holds, f->hold_count * sizeof(*f->holds));
	to->blocker_count = f->blocker_count;
	assert_true(f->blocker_count <= VS_BLOCKERS_MAX);
	if (f->blocker_count)
		memcpy(to->blocker, f->blockers, f->blocker_count * sizeof(*f->blockers));
	to->missing_count = f->missing_count;
	assert_true(f->missing_count <= VS_MISSING_MAX);
	if (f->missing_count)
		memcpy(to->missing, f->missing, f->missing_count * sizeof(*f->missing));
}

static inline void lab_on_finding(struct vs_sink *s, const struct vs_finding *f)
{
	struct lab *l = lab_hears(s);
	struct vs_text cause;

	assert_true(l->finding_count < K_MAX);
	if (f->open && f->rule->breaks_order)
		assert_int_equal(f->open->verdict, VS_VERDICT_VIOLATION);
	assert_true(f->title && f->harm && f->fix);
	copy_finding(&l->finding[l->finding_count++], f);
	vs_text_init(&cause, l->said_cause, sizeof(l->said_cause));
	vs_put_cause(&cause, f);
	LAB_PASS(l, finding, f);
}

static inline void lab_on_end(struct vs_sink *s, const struct vs_ending *ending)
{
	struct lab *l = lab_hears(s);

	assert_ptr_equal(ending->model, l->model);
	assert_null(ending->tally);
	l->losses = *ending->losses;
	l->duration_ns = ending->duration_ns;
	l->ended = true;
	LAB_PASS(l, end, ending);
}

static const struct vs_sink_ops lab_ops = {
	.start = lab_on_start,
	.attached = lab_on_attached,
	.device = lab_on_device,
	.event = lab_on_event,
	.opened = lab_on_opened,
	.finding = lab_on_finding,
	.closed = lab_on_closed,
	.end = lab_on_end,
};

/* To the model */

/* One after the other, without anything between, as in a file. */
static inline void lab_log(struct lab *l, const union vs_record *rec)
{
	if (!l->log_wanted)
		return;
	if (l->log_size + rec->h.size > l->log_room) {
		l->log_room = 2 * l->log_room + sizeof(*rec);
		l->log = realloc(l->log, l->log_room);
		assert_non_null(l->log);
	}
	memcpy(l->log + l->log_size, rec, rec->h.size);
	l->log_size += rec->h.size;
}

/* @record: of any kind. As from a source; and a copy, which nothing may be kept of. */
static inline void lab_feed(struct lab *l, const void *record)
{
	const struct ev_hdr *h = record;
	union vs_record decoded;

	assert_int_equal(vs_decode(record, h->size, &decoded), 0);
	decoded.h.seq = ++l->seq;
	lab_log(l, &decoded);
	assert_int_equal(vs_model_feed(l->model, &decoded), 0);
	memset(&decoded, 0xee, sizeof(decoded));
}

/* Time passes, but not in the laboratory. */
static inline void tick(struct lab *l, uint64_t ts)
{
	union vs_record rec = make_record(VS_TIME, ts, 0);

	rec.h.lost = l->lost;
	lab_feed(l, &rec);
}

/* For the first time, or anew. @flags: VS_F_LOOK, VS_F_ATTACH_FAILED */
static inline void attach(struct lab *l, unsigned int blind, uint32_t flags)
{
	union vs_record rec = make_record(VS_ATTACHED, l->now, 0);

	rec.h.flags = flags;
	rec.h.lost = l->lost;
	rec.attached.blind = blind;
	rec.attached.attach = ++l->attaches;
	lab_feed(l, &rec);
}

/* All that is known of losses, by their sum, and then nothing more. */
static inline void finish(struct lab *l)
{
	union vs_record rec;

	l->now += MS;
	rec = make_record(VS_LOSS, l->now, 0);
	rec.loss.ring_buffer_full = l->lost;
	lab_feed(l, &rec);
	rec = make_record(VS_END, l->now, 0);
	rec.h.lost = l->lost;
	lab_feed(l, &rec);
}

/* Devices 0 and 1 share group 0; 2 and 3 have groups of their own. */
static inline void lab_devices(struct lab *l)
{
	static const char *const names[K_DEVICES] = { "0000:3b:00.0", "0000:3b:00.1",
						      "0000:5e:00.0",
						      "c0ffee00-1234-5678-9abc-def012345678" };
	unsigned int i;

	for (i = 0; i < K_DEVICES; i++) {
		l->dev[i].ptr = 0xffff888000300000 + i * 0x1000;
		l->dev[i].name = names[i];
		l->dev[i].driver = "vfio-pci";
		l->dev[i].group = &l->group[i > 1 ? i - 1 : 0];
	}
}

static inline void lab_start(struct lab *l, const struct lab_config *config)
{
	const struct vs_model_config model = { .grace_ns = config->grace_ns };
	union vs_record rec = make_record(VS_START, l->now, 0);

	l->model = vs_model_new(&model, &l->sink);
	assert_non_null(l->model);
	rec.start.contract = VS_CONTRACT_VERSION;
	SET_STRING(rec.start.arch, config->arch);
	lab_feed(l, &rec);
	attach(l, config->blind, config->look ? VS_F_LOOK : 0);
}

/* @next: hears it all; owned. NULL: nobody does. */
static inline void lab_begin_for(struct lab *l, const struct lab_config *config,
				 struct vs_sink *next)
{
	unsigned int i;

	memset(l, 0, sizeof(*l));
	l->sink.ops = &lab_ops;
	l->next = next;
	l->log_wanted = config->log;
	l->grace_ns = config->grace_ns;
	l->now = 100 * SEC;
	l->armed = true;
	l->blind = config->blind;
	for (i = 0; i < K_VMS; i++) {
		l->vm[i].ptr = 0xffffc90000100000 + i * 0x10000;
		l->vm[i].kvm_vfio = 0xffff888000400000 + i * 0x1000;
	}
	for (i = 0; i < K_GROUPS; i++) {
		l->group[i].ptr = 0xffff888000200000 + i * 0x1000;
		l->group[i].number = 12 + (int)i;
	}
	lab_devices(l);
	lab_start(l, config);
}

static inline void lab_begin(struct lab *l, const struct lab_config *config)
{
	lab_begin_for(l, config, NULL);
}

static inline void lab_end(struct lab *l)
{
	vs_model_free(l->model);
	vs_sink_free(l->next);
	free(l->log);
}

/* The ring buffer */

#define NO_PLACE SIZE_MAX

/* Records are read in order, up to one that is not written yet. */
static inline void lab_drain(struct lab *l)
{
	struct k_record *r;

	while (l->head != l->tail) {
		r = &l->ring[l->head % K_RING];
		if (r->state == K_RESERVED)
			return;
		l->head++;
		if (r->state == K_FILLED)
			lab_feed(l, &r->ev);
	}
}

static inline size_t lab_reserve(struct lab *l)
{
	if (!l->armed)
		return NO_PLACE;
	if (l->lose) {
		l->lose--;
		l->lost++;
		return NO_PLACE;
	}
	assert_true(l->tail - l->head < K_RING);
	l->ring[l->tail % K_RING].state = K_RESERVED;
	l->ring[l->tail % K_RING].lost = l->lost;
	return l->tail++;
}

/* NULL @ev: nothing is written after all. */
static inline void lab_fill(struct lab *l, size_t place, const union vs_event *ev)
{
	struct k_record *r = &l->ring[place % K_RING];

	if (place == NO_PLACE)
		return;
	r->state = ev ? K_FILLED : K_DISCARDED;
	if (ev) {
		r->ev = *ev;
		r->ev.h.flags |= l->flags;
		r->ev.h.lost = r->lost;
		if (l->tid)
			r->ev.h.tid = l->tid;
	}
	lab_drain(l);
}

/* There is no probe that would write it. */
static inline bool unseen(const struct lab *l, const union vs_event *ev)
{
	static const unsigned int without[VS_KIND_COUNT] = {
		[VS_VM_CREATE] = VS_BLIND_VM,	      [VS_VM_DESTROY] = VS_BLIND_VM_END,
		[VS_GROUP_ADD] = VS_BLIND_ADD,	      [VS_GROUP_DEL] = VS_BLIND_ADD,
		[VS_SET_SPAPR_TCE] = VS_BLIND_ADD,    [VS_KVM_VFIO_ATTR] = VS_BLIND_ADD,
		[VS_KVM_VFIO_RELEASE] = VS_BLIND_DEL, [VS_SET_KVM] = VS_BLIND_SET_KVM,
		[VS_CLEAR_KVM] = VS_BLIND_SET_KVM,    [VS_DEV_CLOSE] = VS_BLIND_CLOSE,
		[VS_FILE_ADD] = VS_BLIND_ADD,	      [VS_FILE_DEL] = VS_BLIND_ADD,
		[VS_BIND_IOMMUFD] = VS_BLIND_CDEV,
	};

	return l->blind & without[ev->h.kind];
}

/* A record is written: or lost, and counted. True if it is written. */
static inline bool lab_emit(struct lab *l, const union vs_event *ev)
{
	size_t place = unseen(l, ev) ? NO_PLACE : lab_reserve(l);

	lab_fill(l, place, ev);
	return place != NO_PLACE;
}

static inline union vs_event lab_event(struct lab *l, unsigned int kind, uint32_t pid)
{
	l->now += MS;
	return make_event(kind, l->now, pid);
}

#endif
