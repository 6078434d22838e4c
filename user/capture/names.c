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

#include "../core/hash.h"
#include "../core/text/vmname.h"
#include "names.h"

/* A VM or device that has been named already. */
struct seen_vm {
	uint64_t kvm;
	UT_hash_handle hh;
};

struct seen_device {
	char name[VS_DEVNAME_LEN];
	UT_hash_handle hh;
};

struct vs_names {
	bool foreign_pids; /* events' process ids are not those of our /proc */
	uint64_t last_vm; /* met, and not forgotten: most events are about the same VM */
	struct seen_vm *vms;
	struct seen_device *devices;
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

void vs_names_free(struct vs_names *names)
{
	struct seen_device *d, *dtmp;
	struct seen_vm *v, *vtmp;

	if (!names)
		return;
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

/* A file under /proc/PID: its length, 0 if it can not be read. Always ended. */
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

/* Process and its name: from the creation itself, else by the creator's thread id. */
static void describe_process(const struct vs_names *names, struct ev_hdr *h,
			     const struct ev_hdr *creation, uint32_t tid)
{
	if (creation) {
		h->pid = creation->pid;
		memcpy(h->comm, creation->comm, sizeof(h->comm));
		return;
	}
	h->pid = process_of(names, tid);
	read_proc(names, h->pid, "comm", h->comm, sizeof(h->comm));
	/* One newline is the kernel's; a name may hold others. */
	if (*h->comm && h->comm[strlen(h->comm) - 1] == '\n')
		h->comm[strlen(h->comm) - 1] = '\0';
}

/*
 * The command line is asked first: KubeVirt and OpenStack name their VMs
 * there, and the cgroup may only say which pod a VMM runs in.
 */
static int name_vm(const struct vs_names *names, uint64_t kvm, const struct ev_hdr *creation,
		   uint32_t tid, vs_event_fn fn, void *ctx)
{
	union vs_event ev = { .h = { .kind = VS_VM_NAME, .size = sizeof(ev.vm_name) } };
	const size_t size = 64 * 1024; /* libvirt's command lines are long */
	char *buf = malloc(size);
	size_t len;
	int err;

	if (!buf)
		return -ENOMEM;
	ev.vm_name.kvm = kvm;
	ev.h.ts = vs_now();
	ev.h.ret = creation != NULL;
	describe_process(names, &ev.h, creation, tid);
	len = read_proc(names, ev.h.pid, "cmdline", buf, size);
	if (!vs_vmname_from_cmdline(buf, len, ev.vm_name.name, sizeof(ev.vm_name.name))) {
		read_proc(names, ev.h.pid, "cgroup", buf, size);
		vs_vmname_from_cgroup(buf, ev.vm_name.name, sizeof(ev.vm_name.name));
	}
	err = fn(ctx, &ev);
	free(buf);
	return err;
}

static int pass_vm(struct vs_names *names, uint64_t kvm, const struct ev_hdr *creation,
		   uint32_t creator, vs_event_fn fn, void *ctx)
{
	struct seen_vm *v;

	if (!kvm || !creator || kvm == names->last_vm)
		return 0;
	names->last_vm = kvm;
	HASH_FIND(hh, names->vms, &kvm, sizeof(kvm), v);
	if (v)
		return 0;
	v = calloc(1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	v->kvm = kvm;
	HASH_ADD(hh, names->vms, kvm, sizeof(kvm), v);
	if (!v->hh.tbl) {
		free(v);
		return -ENOMEM;
	}
	return name_vm(names, kvm, creation, creator, fn, ctx);
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

/* Device names are file names in sysfs, but say so before using one as such. */
static bool plain_name(const char *name)
{
	return *name && *name != '.' && !strchr(name, '/');
}

static int pass_device(struct vs_names *names, const char *name, vs_event_fn fn, void *ctx)
{
	union vs_event ev = { .h = { .kind = VS_DEV_INFO, .size = sizeof(ev.dev_info) } };
	struct seen_device *d;

	if (!*name)
		return 0;
	HASH_FIND_STR(names->devices, name, d);
	if (d || !plain_name(name))
		return 0;
	d = calloc(1, sizeof(*d));
	if (!d)
		return -ENOMEM;
	snprintf(d->name, sizeof(d->name), "%s", name);
	HASH_ADD_STR(names->devices, name, d);
	if (!d->hh.tbl) {
		free(d);
		return -ENOMEM;
	}
	if (!device_text(names, name, ev.dev_info.text, sizeof(ev.dev_info.text)))
		return 0;
	ev.h.ts = vs_now();
	snprintf(ev.dev_info.name, sizeof(ev.dev_info.name), "%s", name);
	return fn(ctx, &ev);
}

/* VMs an event is the first to show: known before the event is told. */
static int pass_before(struct vs_names *names, const union vs_event *ev, vs_event_fn fn, void *ctx)
{
	const struct ev_dev *d = &ev->dev;
	uint64_t vm;
	int err;

	switch (ev->h.kind) {
	case VS_VM_CREATE:
		/* A VM whose end was lost may have had this address. */
		forget_vm(names, ev->vm.kvm);
		return pass_vm(names, ev->vm.kvm, &ev->h, ev->vm.creator, fn, ctx);
	case VS_KVM_VFIO_CREATE:
	case VS_KVM_VFIO_RELEASE:
	case VS_FOUND_KVM_VFIO:
		return pass_vm(names, ev->kvm_vfio.kvm, NULL, ev->kvm_vfio.creator, fn, ctx);
	case VS_KVM_ATTR:
		return pass_vm(names, ev->attr.kvm, NULL, ev->attr.creator, fn, ctx);
	case VS_COHERENCY:
		return pass_vm(names, ev->coherency.kvm, NULL, ev->coherency.creator, fn, ctx);
	case VS_FOUND_VM:
		return pass_vm(names, ev->vm.kvm, NULL, ev->vm.creator, fn, ctx);
	case VS_FOUND_REGISTRATION:
		return pass_vm(names, ev->registration.kvm, NULL, ev->registration.creator, fn,
			       ctx);
	case VS_FOUND_GROUP:
		return pass_vm(names, ev->found_group.group_kvm, NULL, ev->found_group.creator, fn,
			       ctx);
	case VS_DEV_OPEN:
	case VS_DEV_CLOSE:
	case VS_FOUND_DEVICE:
		err = pass_device(names, d->name, fn, ctx);
		if (err)
			return err;
		vm = d->group_kvm ? d->group_kvm : d->owner_kvm;
		if (!vm && ev->h.kind == VS_FOUND_DEVICE)
			vm = d->kvm;
		return pass_vm(names, vm, NULL, d->creator, fn, ctx);
	}
	return 0;
}

int vs_names_pass(struct vs_names *names, const union vs_event *ev, vs_event_fn fn, void *ctx)
{
	int err = pass_before(names, ev, fn, ctx);

	if (!err)
		err = fn(ctx, ev);
	if (!err && ev->h.kind == VS_VM_DESTROY)
		forget_vm(names, ev->vm.kvm);
	return err;
}
