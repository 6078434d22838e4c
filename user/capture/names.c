// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_LIBPCI
#include <pci/pci.h>
#endif

#include "../core/event/refs.h"
#include "../core/hash.h"
#include "../core/text/vmname.h"
#include "names.h"
#include "sysfs.h"

/* A VM or device that has been named already. */
struct seen_vm {
	uint64_t kvm;
	uint32_t pid, tid; /* of its creator: records have either beside the address */
	UT_hash_handle hh;
};

/* A process that the look which goes on has met. */
struct seen_process {
	uint32_t pid;
	UT_hash_handle hh;
};

struct seen_device {
	char name[VS_DEVNAME_LEN];
	/* As last announced: the name may pass to another device. */
	uint64_t dev;
	int iommu_group;
	UT_hash_handle hh;
};

struct vs_names {
	bool foreign_pids; /* events' process ids are not those of our /proc */
	uint64_t last_vm; /* met, and not forgotten: most events are about the same VM */
	uint32_t last_creator; /* as beside it */
	struct seen_vm *vms;
	struct seen_device *devices;
	struct seen_process *processes;
#ifdef HAVE_LIBPCI
	struct pci_access *pci;
#endif
};

bool vs_names_pci(void)
{
#ifdef HAVE_LIBPCI
	return true;
#else
	return false;
#endif
}

struct vs_names *vs_names_new(void)
{
	return calloc(1, sizeof(struct vs_names));
}

void vs_names_foreign_pids(struct vs_names *names, bool foreign)
{
	names->foreign_pids = foreign;
}

void vs_names_look(struct vs_names *names)
{
	struct seen_process *p, *tmp;

	HASH_ITER(hh, names->processes, p, tmp) {
		HASH_DEL(names->processes, p);
		free(p);
	}
}

void vs_names_free(struct vs_names *names)
{
	struct seen_device *d, *dtmp;
	struct seen_vm *v, *vtmp;

	if (!names)
		return;
	vs_names_look(names);
	HASH_ITER(hh, names->vms, v, vtmp) {
		HASH_DEL(names->vms, v);
		free(v);
	}
	HASH_ITER(hh, names->devices, d, dtmp) {
		HASH_DEL(names->devices, d);
		free(d);
	}
#ifdef HAVE_LIBPCI
	if (names->pci)
		pci_cleanup(names->pci);
#endif
	free(names);
}

/* A file under /proc/PID: its length, 0 if it cannot be read. Always ended. */
static size_t read_proc(const struct vs_names *names, uint32_t pid, const char *file, char *buf,
			size_t size)
{
	char path[64];
	size_t used = 0;
	ssize_t n;
	int fd;

	buf[0] = '\0';
	if (names->foreign_pids)
		return 0;
	snprintf(path, sizeof(path), "/proc/%u/%s", pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	while (used + 1 < size && (n = read(fd, buf + used, size - 1 - used)) > 0)
		used += (size_t)n;
	close(fd);
	buf[used] = '\0';
	return used;
}

/* The process of a thread; the thread's own id if it is gone. */
static uint32_t process_of(const struct vs_names *names, uint32_t tid)
{
	char status[4096];
	const char *at;
	unsigned int tgid;

	read_proc(names, tid, "status", status, sizeof(status));
	at = strstr(status, "\nTgid:");
	return at && sscanf(at, "\nTgid: %u", &tgid) == 1 ? tgid : tid;
}

/* Process, thread, and the name: from the creation itself, else by the creator's thread id. */
static void describe_process(const struct vs_names *names, struct ev_hdr *h,
			     const struct ev_hdr *creation, uint32_t tid)
{
	if (creation) {
		h->pid = creation->pid;
		h->tid = creation->tid;
		memcpy(h->comm, creation->comm, sizeof(h->comm));
		return;
	}
	h->pid = process_of(names, tid);
	h->tid = tid;
	read_proc(names, h->pid, "comm", h->comm, sizeof(h->comm));
	/* One newline is the kernel's; a name may hold others. */
	if (*h->comm && h->comm[strlen(h->comm) - 1] == '\n')
		h->comm[strlen(h->comm) - 1] = '\0';
}

/*
 * The command line is asked first: KubeVirt and OpenStack name their VMs
 * there, and the cgroup may only say which pod a VMM runs in.
 */
static int name_vm(const struct vs_names *names, struct seen_vm *v, const struct ev_hdr *at,
		   uint32_t tid, vs_record_fn fn, void *ctx)
{
	const struct ev_hdr *creation = at->kind == VS_VM_CREATE ? at : NULL;
	const size_t size = 64 * 1024; /* libvirt's command lines are long */
	char *buf = malloc(size);
	union vs_record rec;
	size_t len;
	int err;

	if (!buf)
		return -ENOMEM;
	vs_record_init(&rec, VS_VM_NAME, at->ts);
	rec.h.lost = at->lost;
	rec.vm_name.kvm = v->kvm;
	if (creation)
		rec.h.flags |= VS_F_NEW;
	describe_process(names, &rec.h, creation, tid);
	v->pid = rec.h.pid;
	v->tid = rec.h.tid;
	len = read_proc(names, rec.h.pid, "cmdline", buf, size);
	if (!vs_vmname_from_cmdline(buf, len, rec.vm_name.name, sizeof(rec.vm_name.name))) {
		read_proc(names, rec.h.pid, "cgroup", buf, size);
		vs_vmname_from_cgroup(buf, rec.vm_name.name, sizeof(rec.vm_name.name));
	}
	err = fn(ctx, &rec);
	free(buf);
	return err;
}

static struct seen_vm *see_vm(struct vs_names *names, uint64_t kvm)
{
	struct seen_vm *v;

	HASH_FIND(hh, names->vms, &kvm, sizeof(kvm), v);
	if (v)
		return v;
	v = calloc(1, sizeof(*v));
	if (!v)
		return NULL;
	v->kvm = kvm;
	HASH_ADD(hh, names->vms, kvm, sizeof(kvm), v);
	if (!v->hh.tbl) {
		free(v);
		return NULL;
	}
	return v;
}

/* If another one has created it, the end of the VM that had this address was lost. */
static int pass_vm(struct vs_names *names, uint64_t kvm, const struct ev_hdr *at, uint32_t creator,
		   vs_record_fn fn, void *ctx)
{
	struct seen_vm *v;

	if (!kvm || !creator || (kvm == names->last_vm && creator == names->last_creator))
		return 0;
	names->last_vm = kvm;
	names->last_creator = creator;
	v = see_vm(names, kvm);
	if (!v)
		return -ENOMEM;
	if (creator == v->pid || creator == v->tid)
		return 0;
	return name_vm(names, v, at, creator, fn, ctx);
}

static void forget_vm(struct vs_names *names, uint64_t kvm)
{
	struct seen_vm *v;

	names->last_vm = 0;
	HASH_FIND(hh, names->vms, &kvm, sizeof(kvm), v);
	if (!v)
		return;
	HASH_DEL(names->vms, v);
	free(v);
}

/* "PID (NAME) STATE …": the 22nd word, in ticks since boot. A name may hold any byte. */
static uint64_t started_ns(const struct vs_names *names, uint32_t pid)
{
	char stat[1024], *at;
	uint64_t ticks;
	int word;

	read_proc(names, pid, "stat", stat, sizeof(stat));
	at = strrchr(stat, ')');
	for (word = 2; at && word < 22; word++)
		at = strchr(at + 1, ' ');
	ticks = at ? strtoull(at, NULL, 10) : 0;
	return ticks * (1000000000ULL / (uint64_t)sysconf(_SC_CLK_TCK));
}

static int tell_process(const struct vs_names *names, const struct ev_hdr *at, vs_record_fn fn,
			void *ctx)
{
	char cgroup[4096];
	union vs_record rec;

	vs_record_init(&rec, VS_PROCESS, at->ts);
	rec.h.lost = at->lost;
	rec.h.pid = rec.h.tid = at->pid;
	memcpy(rec.h.comm, at->comm, sizeof(rec.h.comm));
	rec.process.started_ns = started_ns(names, at->pid);
	read_proc(names, at->pid, "cgroup", cgroup, sizeof(cgroup));
	vs_pod_from_cgroup(cgroup, rec.process.pod, sizeof(rec.process.pod));
	vs_cgroup_path(cgroup, rec.process.cgroup, sizeof(rec.process.cgroup));
	return fn(ctx, &rec);
}

static int pass_process(struct vs_names *names, const struct ev_hdr *at, vs_record_fn fn, void *ctx)
{
	struct seen_process *p;

	HASH_FIND(hh, names->processes, &at->pid, sizeof(at->pid), p);
	if (p || names->foreign_pids)
		return 0;
	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->pid = at->pid;
	HASH_ADD(hh, names->processes, pid, sizeof(p->pid), p);
	if (!p->hh.tbl) {
		free(p);
		return -ENOMEM;
	}
	return tell_process(names, at, fn, ctx);
}

#ifdef HAVE_LIBPCI
/* A number sysfs shows for a device; -1 if it does not. */
static int sysfs_hex(const char *device, const char *attr)
{
	char path[128];
	unsigned int value;
	FILE *f;
	int n;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/%s", device, attr);
	f = fopen(path, "re");
	if (!f)
		return -1;
	n = fscanf(f, "%x", &value);
	fclose(f);
	return n == 1 ? (int)value : -1;
}

static void pci_silent(char *msg, ...)
{
	(void)msg;
}

/* libpci expects this not to return; names meet it only without memory. */
static _Noreturn void pci_fatal(char *msg, ...)
{
	(void)msg;
	abort();
}

/*
 * Without pci_init(), which looks for a way to the hardware and ends the
 * process if there is none: names need no hardware.
 */
static struct pci_access *names_only(void)
{
	struct pci_access *pci = pci_alloc();

	if (pci) {
		pci->warning = pci->debug = pci_silent;
		pci->error = pci_fatal;
	}
	return pci;
}

static bool device_text(struct vs_names *names, const char *device, char *out, size_t size)
{
	int vendor = sysfs_hex(device, "vendor"), id = sysfs_hex(device, "device");

	if (!names->pci)
		names->pci = names_only();
	if (!names->pci || vendor < 0 || id < 0)
		return false;
	return pci_lookup_name(names->pci, out, (int)size, PCI_LOOKUP_VENDOR | PCI_LOOKUP_DEVICE,
			       vendor, id);
}
#else
static bool device_text(struct vs_names *names, const char *device, char *out, size_t size)
{
	(void)names;
	(void)device;
	(void)out;
	(void)size;
	return false;
}
#endif

/* A number sysfs shows; -1 if the device is in no group that it knows. */
static int sysfs_group(const char *device)
{
	char number[32];

	return vs_sysfs_link(number, sizeof(number), "/sys/bus/%s/devices/%s/iommu_group",
			     strchr(device, ':') ? "pci" : "mdev", device) ?
		       atoi(number) :
		       -1;
}

/* Before the record @at. */
static int tell_device(struct vs_names *names, const char *name, int group, const struct ev_hdr *at,
		       vs_record_fn fn, void *ctx)
{
	union vs_record rec;

	vs_record_init(&rec, VS_DEV_INFO, at->ts);
	rec.h.lost = at->lost;
	snprintf(rec.dev_info.name, sizeof(rec.dev_info.name), "%s", name);
	rec.dev_info.iommu_group = group;
	if (vs_sysfs_plain(name))
		device_text(names, name, rec.dev_info.text, sizeof(rec.dev_info.text));
	return fn(ctx, &rec);
}

int vs_names_device(struct vs_names *names, const char *device, uint64_t ts, vs_record_fn fn,
		    void *ctx)
{
	const struct ev_hdr at = { .ts = ts };

	return tell_device(names, device, vs_sysfs_plain(device) ? sysfs_group(device) : -1, &at,
			   fn, ctx);
}

static struct seen_device *device_of(struct vs_names *names, const char *name)
{
	struct seen_device *d;

	HASH_FIND_STR(names->devices, name, d);
	if (d)
		return d;
	d = calloc(1, sizeof(*d));
	if (!d)
		return NULL;
	snprintf(d->name, sizeof(d->name), "%s", name);
	HASH_ADD_STR(names->devices, name, d);
	if (!d->hh.tbl) {
		free(d);
		return NULL;
	}
	return d;
}

static int pass_device(struct vs_names *names, const struct ev_dev *ev, vs_record_fn fn, void *ctx)
{
	struct seen_device *d;

	if (!*ev->name)
		return 0;
	d = device_of(names, ev->name);
	if (!d)
		return -ENOMEM;
	if (d->dev == ev->dev && d->iommu_group == ev->iommu_group)
		return 0;
	d->dev = ev->dev;
	d->iommu_group = ev->iommu_group;
	return tell_device(names, ev->name, ev->iommu_group, &ev->h, fn, ctx);
}

/* What a record is the first to show: known before it is handed on. */
static int pass_before(struct vs_names *names, const union vs_event *ev, vs_record_fn fn, void *ctx)
{
	struct vs_about a;
	int err = 0;

	vs_event_about(ev, &a);
	/* A VM whose end was lost may have had this address. */
	if (ev->h.kind == VS_VM_CREATE)
		forget_vm(names, a.vm);
	if (vs_event_is(ev, VS_T_FOUND))
		err = pass_process(names, &ev->h, fn, ctx);
	if (!err && vs_event_is(ev, VS_T_OPEN))
		err = pass_device(names, &ev->dev, fn, ctx);
	if (!err)
		err = pass_vm(names, a.vm, &ev->h, a.vm_creator, fn, ctx);
	return err ? err : pass_vm(names, a.group_vm, &ev->h, a.group_creator, fn, ctx);
}

int vs_names_pass(struct vs_names *names, const union vs_record *rec, vs_record_fn fn, void *ctx)
{
	int err = pass_before(names, &rec->ev, fn, ctx);

	if (!err)
		err = fn(ctx, rec);
	if (!err && rec->h.kind == VS_VM_DESTROY)
		forget_vm(names, rec->ev.vm.kvm);
	return err;
}
