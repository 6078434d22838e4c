// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an event costs the model, and a live device in memory, as a fleet grows:
 * neither may depend on how many VMs there are.
 *
 * usage: fleet [-c CYCLES] [-a AMONG] [LIVE...]
 *
 * For each size LIVE VMs come up, each in a process of its own, with a kvm-vfio
 * device, a registered group and an open device. Then, CYCLES times, one of them,
 * any, gets one more device and gives it back: all that trace records of it on
 * 6.12, in its order. AMONG: any of so many VMs only, whose objects then stay in
 * the processor's caches. Times are CPU times of the model alone; in the lab, with
 * --icount, a nanosecond is an instruction. One line of JSON for each size:
 *
 *   ns_per_event      over all cycles, ticks included
 *   tick_ns           one record of the time, LIVE devices open
 *   suspects_tick_ns  the same with LIVE opens whose grace period runs
 *   bytes_per_live    heap per VM, with all that belongs to it
 */
#include <malloc.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../user/core/event/decode.h"
#include "../../user/core/model/model.h"
#include "../../user/core/model/sink.h"

#define MS 1000000ULL
#define GRACE (5000 * MS)
#define TICK (100 * MS) /* simulated time between ticks, as in the tool */
#define TICKS 1000 /* for the cost of one */
#define CYCLE_EVENTS 16
#define BATCH (100 * CYCLE_EVENTS)

/* The numbers of a device and its group, and of the VM that has it. */
struct place {
	uint32_t vm, dev;
};

struct fleet {
	struct vs_model *model;
	uint32_t live;
	uint64_t now; /* simulated */
	uint64_t next_tick;
	union vs_record time; /* what is fed at one */
	uint32_t random;
	uint64_t opened, ordered, findings; /* as the model says */
	size_t count; /* records that wait to be fed */
	union vs_record batch[BATCH];
	struct vs_sink sink;
};

struct options {
	uint32_t cycles, among;
};

struct cost {
	uint64_t events, cycles_ns;
	double tick_ns, suspects_tick_ns, bytes_per_live;
};

static void check(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "fleet: %s\n", what);
	exit(1);
}

/* Measuring */

static uint64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000 * MS + (uint64_t)t.tv_nsec;
}

/* Tables of large fleets are mapped, and counted apart. */
static uint64_t heap_bytes(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

static uint32_t any(struct fleet *f, uint32_t count)
{
	f->random ^= f->random << 13;
	f->random ^= f->random >> 17;
	f->random ^= f->random << 5;
	return f->random % count;
}

/* Kernel objects: addresses as far apart as the kernel's are */

static uint64_t kvm_ptr(uint32_t vm)
{
	return 0xffffc90000000000 + vm * 0x10000ULL;
}

static uint64_t kvm_vfio_ptr(uint32_t vm)
{
	return 0xffff888100000000 + vm * 0x40ULL;
}

static uint64_t container_ptr(uint32_t vm)
{
	return 0xffff888200000000 + vm * 0x80ULL;
}

static uint64_t group_ptr(uint32_t dev)
{
	return 0xffff888300000000 + dev * 0x400ULL;
}

static uint64_t device_ptr(uint32_t dev)
{
	return 0xffff888400000000 + dev * 0x800ULL;
}

static uint32_t process_of(uint32_t vm)
{
	return 1000 + vm;
}

static void name_device(char *name, uint32_t dev)
{
	snprintf(name, VS_DEVNAME_LEN, "%04x:%02x:%02x.%x", dev >> 16, dev >> 8 & 0xff,
		 dev >> 3 & 0x1f, dev & 7);
}

/* Records, as the probes would write them */

static union vs_record *control(struct fleet *f, enum vs_kind kind)
{
	union vs_record *rec = &f->batch[f->count++];

	f->now += MS;
	vs_record_init(rec, kind, f->now);
	return rec;
}

static union vs_event *record(struct fleet *f, enum vs_kind kind, uint32_t vm)
{
	union vs_event *ev = &control(f, kind)->ev;

	ev->h.dur = MS / 2;
	ev->h.pid = ev->h.tid = process_of(vm);
	strcpy(ev->h.comm, "qemu-system-x86");
	return ev;
}

static void start_vm(struct fleet *f, uint32_t vm)
{
	union vs_record *name = control(f, VS_VM_NAME);
	union vs_event *ev;

	name->h.flags = VS_F_NEW;
	name->h.pid = name->h.tid = process_of(vm);
	strcpy(name->h.comm, "qemu-system-x86");
	name->vm_name.kvm = kvm_ptr(vm);
	snprintf(name->vm_name.name, VS_NAME_LEN, "instance-%08x", vm);
	ev = record(f, VS_VM_CREATE, vm);
	ev->h.ret = 11;
	ev->vm.kvm = kvm_ptr(vm);
	ev->vm.creator = process_of(vm);
	ev = record(f, VS_KVM_VFIO_CREATE, vm);
	ev->kvm_vfio.kvm = kvm_ptr(vm);
	ev->kvm_vfio.kvm_vfio = kvm_vfio_ptr(vm);
	ev->kvm_vfio.creator = process_of(vm);
}

static void describe_device(struct fleet *f, uint32_t dev)
{
	union vs_record *rec = control(f, VS_DEV_INFO);

	rec->dev_info.iommu_group = (int)dev;
	name_device(rec->dev_info.name, dev);
	strcpy(rec->dev_info.text, "Intel Corporation Ethernet Adaptive Virtual Function");
}

static void open_group(struct fleet *f, struct place at)
{
	union vs_event *ev = record(f, VS_GROUP_OPEN, at.vm);

	ev->group_open.group = group_ptr(at.dev);
	ev->group_open.iommu_group = (int)at.dev;
	snprintf(ev->group_open.node, sizeof(ev->group_open.node), "%u", at.dev);
}

static void release_group(struct fleet *f, struct place at)
{
	union vs_event *ev = record(f, VS_GROUP_RELEASE, at.vm);

	ev->group.group = group_ptr(at.dev);
	ev->group.iommu_group = (int)at.dev;
}

static void join_container(struct fleet *f, struct place at)
{
	union vs_event *ev = record(f, VS_SET_CONTAINER, at.vm);

	ev->set_container.group = group_ptr(at.dev);
	ev->set_container.iommu_group = (int)at.dev;
	ev->set_container.container = container_ptr(at.vm);
	ev->set_container.fd = 20;
}

static void leave_container(struct fleet *f, struct place at)
{
	union vs_event *ev = record(f, VS_UNSET_CONTAINER, at.vm);

	ev->group_call.group = group_ptr(at.dev);
	ev->group_call.iommu_group = (int)at.dev;
}

static void set_iommu(struct fleet *f, uint32_t vm)
{
	union vs_event *ev = record(f, VS_SET_IOMMU, vm);

	ev->set_iommu.container = container_ptr(vm);
	ev->set_iommu.type = 3; /* VFIO_TYPE1v2_IOMMU */
}

/* @kvm: the pointer that the group gets, or 0 if it loses its own. */
static void set_kvm(struct fleet *f, struct place at, uint64_t kvm)
{
	union vs_event *ev = record(f, kvm ? VS_SET_KVM : VS_CLEAR_KVM, at.vm);

	ev->set_kvm.group = group_ptr(at.dev);
	ev->set_kvm.kvm = ev->set_kvm.group_kvm = kvm;
	ev->set_kvm.kvm_before = kvm ? 0 : kvm_ptr(at.vm);
	ev->set_kvm.vm = kvm_ptr(at.vm);
	ev->set_kvm.kvm_vfio = kvm_vfio_ptr(at.vm);
	ev->set_kvm.iommu_group = (int)at.dev;
	ev->h.flags |= VS_F_BY_ATTR;
}

static void set_attr(struct fleet *f, struct place at, enum vs_kind kind)
{
	uint64_t kvm = kind == VS_GROUP_ADD ? kvm_ptr(at.vm) : 0;
	struct ev_attr *attr;

	set_kvm(f, at, kvm);
	attr = &record(f, kind, at.vm)->attr;
	attr->kvm = kvm_ptr(at.vm);
	attr->kvm_vfio = kvm_vfio_ptr(at.vm);
	attr->creator = process_of(at.vm);
	attr->attr_group = 1; /* KVM_DEV_VFIO_GROUP */
	attr->attr = kind == VS_GROUP_ADD ? 1 : 2;
	attr->fd = 21;
	attr->group = group_ptr(at.dev);
	attr->group_kvm = kvm;
	attr->group_creator = kvm ? process_of(at.vm) : 0;
	attr->kvm_before = kvm ? 0 : kvm_ptr(at.vm);
	attr->iommu_group = (int)at.dev;
}

static void device_pointer(struct fleet *f, enum vs_kind kind, struct place at, uint32_t opens)
{
	union vs_event *ev = record(f, kind, at.vm);

	ev->dev_kvm.dev = device_ptr(at.dev);
	ev->dev_kvm.kvm = kvm_ptr(at.vm);
	ev->dev_kvm.open_count = opens;
	ev->dev_kvm.iommu_group = (int)at.dev;
	name_device(ev->dev_kvm.name, at.dev);
}

static struct ev_dev *device_state(struct fleet *f, enum vs_kind kind, struct place at,
				   uint32_t opens)
{
	union vs_event *ev = record(f, kind, at.vm);

	ev->dev.dev = device_ptr(at.dev);
	ev->dev.group = group_ptr(at.dev);
	ev->dev.kvm = ev->dev.group_kvm = kvm_ptr(at.vm);
	ev->dev.kvm_creator = ev->dev.group_creator = process_of(at.vm);
	ev->dev.fd = -1;
	ev->dev.open_count = opens;
	ev->dev.iommu_group = (int)at.dev;
	name_device(ev->dev.name, at.dev);
	strcpy(ev->dev.driver, "vfio-pci");
	return &ev->dev;
}

static void get_device_fd(struct fleet *f, struct place at, uint64_t group_kvm)
{
	union vs_event *ev = record(f, VS_GET_DEVICE_FD, at.vm);

	ev->h.ret = 22;
	ev->get_device_fd.group = group_ptr(at.dev);
	ev->get_device_fd.group_kvm = group_kvm;
	ev->get_device_fd.iommu_group = (int)at.dev;
	ev->get_device_fd.dev = device_ptr(at.dev);
	name_device(ev->get_device_fd.name, at.dev);
}

static void reset(struct fleet *f, struct place at)
{
	union vs_event *ev = record(f, VS_DEV_RESET, at.vm);

	ev->dev_call.dev = device_ptr(at.dev);
	ev->dev_call.kvm = kvm_ptr(at.vm);
	ev->dev_call.iommu_group = (int)at.dev;
	name_device(ev->dev_call.name, at.dev);
}

static void set_irqs(struct fleet *f, struct place at)
{
	union vs_event *ev = record(f, VS_SET_IRQS, at.vm);

	ev->set_irqs.dev = device_ptr(at.dev);
	ev->set_irqs.kvm = kvm_ptr(at.vm);
	ev->set_irqs.irq_count = 1;
	ev->set_irqs.iommu_group = (int)at.dev;
	name_device(ev->set_irqs.name, at.dev);
}

/* What a VMM does: the first group of a container brings its IOMMU. */
static void attach(struct fleet *f, struct place at, bool first)
{
	open_group(f, at);
	join_container(f, at);
	if (first)
		set_iommu(f, at.vm);
	set_attr(f, at, VS_GROUP_ADD);
	device_pointer(f, VS_KVM_TAKEN, at, 0);
	device_pointer(f, VS_DRIVER_OPEN, at, 1);
	device_state(f, VS_DEV_OPEN, at, 1);
	get_device_fd(f, at, kvm_ptr(at.vm));
	reset(f, at);
	set_irqs(f, at);
}

static void detach(struct fleet *f, struct place at)
{
	device_state(f, VS_DEV_CLOSE, at, 0);
	device_pointer(f, VS_KVM_DROPPED, at, 0);
	set_attr(f, at, VS_GROUP_DEL);
	leave_container(f, at);
	release_group(f, at);
}

/* And what it should not do: the group belongs to no VM. */
static void open_unregistered(struct fleet *f, struct place at)
{
	struct ev_dev *open;

	open_group(f, at);
	join_container(f, at);
	set_iommu(f, at.vm);
	open = device_state(f, VS_DEV_OPEN, at, 1);
	open->kvm = open->group_kvm = 0;
	open->kvm_creator = open->group_creator = 0;
	open->owner_creator = process_of(at.vm);
	open->owner_kvm = kvm_ptr(at.vm);
	get_device_fd(f, at, 0);
}

/* The model */

static struct fleet *fleet_of(struct vs_sink *s)
{
	return (struct fleet *)((char *)s - offsetof(struct fleet, sink));
}

static void on_event(struct vs_sink *s, const union vs_event *ev, const struct vs_refs *refs)
{
	(void)s;
	(void)ev;
	(void)refs;
}

static void on_opened(struct vs_sink *s, const struct vs_open *open)
{
	(void)open;
	fleet_of(s)->opened++;
}

static void on_finding(struct vs_sink *s, const struct vs_finding *finding)
{
	(void)finding;
	fleet_of(s)->findings++;
}

static void on_closed(struct vs_sink *s, const struct vs_open *open)
{
	fleet_of(s)->ordered += open->verdict == VS_VERDICT_ORDERED;
}

static void tick(struct fleet *f, uint64_t ts)
{
	f->time.h.ts = ts;
	check(!vs_model_feed(f->model, &f->time), "no memory");
}

/* Returns how long it took. */
static uint64_t feed(struct fleet *f)
{
	uint64_t start = cpu_ns();
	size_t i;

	for (i = 0; i < f->count; i++) {
		check(!vs_model_feed(f->model, &f->batch[i]), "no memory");
		if (f->batch[i].h.ts < f->next_tick)
			continue;
		tick(f, f->batch[i].h.ts);
		f->next_tick = f->batch[i].h.ts + TICK;
	}
	f->count = 0;
	return cpu_ns() - start;
}

static void begin(struct fleet *f, uint32_t live, uint64_t grace_ns)
{
	static const struct vs_sink_ops ops = {
		.event = on_event,
		.opened = on_opened,
		.finding = on_finding,
		.closed = on_closed,
	};
	const struct vs_model_config config = { .grace_ns = grace_ns };
	union vs_record *start;

	memset(f, 0, sizeof(*f));
	f->sink.ops = &ops;
	f->live = live;
	f->random = 1;
	vs_record_init(&f->time, VS_TIME, 0);
	f->model = vs_model_new(&config, &f->sink);
	check(f->model, "no memory");
	start = control(f, VS_START);
	start->start.contract = VS_CONTRACT_VERSION;
	strcpy(start->start.arch, "x86_64");
	control(f, VS_ATTACHED)->attached.attach = 1;
	feed(f);
}

static double tick_cost(struct fleet *f)
{
	uint64_t start = cpu_ns();
	int i;

	for (i = 0; i < TICKS; i++)
		tick(f, f->now);
	return (double)(cpu_ns() - start) / TICKS;
}

/* What is measured */

static void come_up(struct fleet *f)
{
	uint32_t vm;

	for (vm = 0; vm < f->live; vm++) {
		start_vm(f, vm);
		describe_device(f, vm);
		attach(f, (struct place){ vm, vm }, true);
		feed(f);
	}
	/* Every VM's other device, so that no cycle is the first to name one. */
	for (vm = 0; vm < f->live; vm++) {
		describe_device(f, f->live + vm);
		feed(f);
	}
}

static void run_cycles(struct fleet *f, const struct options *o, struct cost *cost)
{
	uint32_t i, among = o->among < f->live ? o->among : f->live;
	struct place at;

	for (i = 0; i < o->cycles; i++) {
		at.vm = any(f, among);
		at.dev = f->live + at.vm;
		attach(f, at, false);
		detach(f, at);
		cost->events += CYCLE_EVENTS;
		if (f->count == BATCH || i + 1 == o->cycles)
			cost->cycles_ns += feed(f);
	}
}

static void measure_cycles(struct fleet *f, uint32_t live, const struct options *o,
			   struct cost *cost)
{
	uint64_t before = heap_bytes();

	begin(f, live, GRACE);
	come_up(f);
	cost->bytes_per_live = (double)(heap_bytes() - before) / live;
	run_cycles(f, o, cost);
	cost->tick_ns = tick_cost(f);
	check(f->opened == (uint64_t)live + o->cycles, "the model missed opens");
	check(f->ordered == o->cycles && !f->findings, "the model misjudged opens");
	vs_model_free(f->model);
}

static void measure_suspects(struct fleet *f, uint32_t live, struct cost *cost)
{
	const uint64_t grace = 86400 * 1000 * MS; /* for all of them to be in it */
	uint32_t vm;

	begin(f, live, grace);
	for (vm = 0; vm < live; vm++) {
		start_vm(f, vm);
		open_unregistered(f, (struct place){ vm, vm });
		feed(f);
	}
	cost->suspects_tick_ns = tick_cost(f);
	check(!f->findings, "the model lost its patience");
	tick(f, f->now + grace);
	check(f->findings == live, "the model missed suspects");
	vs_model_free(f->model);
}

static void measure(uint32_t live, const struct options *o)
{
	static struct fleet f;
	struct cost cost = { 0 };

	measure_cycles(&f, live, o, &cost);
	measure_suspects(&f, live, &cost);
	printf("{\"bench\":\"fleet\",\"live\":%u,\"events\":%llu,\"ns_per_event\":%.1f,"
	       "\"tick_ns\":%.1f,\"suspects_tick_ns\":%.1f,\"bytes_per_live\":%.0f}\n",
	       live, (unsigned long long)cost.events, (double)cost.cycles_ns / (double)cost.events,
	       cost.tick_ns, cost.suspects_tick_ns, cost.bytes_per_live);
}

/* In a process of its own: none finds a heap that another has used. */
static void measure_apart(uint32_t live, const struct options *o)
{
	pid_t pid = fork();
	int status;

	check(pid >= 0, "cannot fork");
	if (!pid) {
		measure(live, o);
		exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		exit(1);
}

static uint32_t number(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	check(*text && !*end && n && n <= 10000000,
	      "usage: fleet [-c CYCLES] [-a AMONG] [LIVE...]");
	return (uint32_t)n;
}

int main(int argc, char **argv)
{
	static const uint32_t sizes[] = { 10, 100, 1000, 10000, 100000 };
	struct options o = { .cycles = 50000, .among = UINT32_MAX };
	size_t i;
	int opt;

	while ((opt = getopt(argc, argv, "c:a:")) != -1)
		*(opt == 'a' ? &o.among : &o.cycles) = number(opt == '?' ? "" : optarg);
	for (i = 0; optind == argc && i < sizeof(sizes) / sizeof(sizes[0]); i++)
		measure_apart(sizes[i], &o);
	for (; optind < argc; optind++)
		measure_apart(number(argv[optind]), &o);
	return 0;
}
