// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "host.h"
#include "../../bpf/doing.h"
#include "vs_bpf.skel.h"

/*
 * Objects whose addresses tell kinds of files, and of devices, apart. Other modules may have
 * a vm_list. Without a module it would be a function; this one is built in, always.
 */
static const struct {
	const char *name, *module;
	size_t at;
} objects[] = {
	{ "vfio_group_fops", "vfio", offsetof(struct vs_addresses, group_fops) },
	{ "vfio_fops", "vfio", offsetof(struct vs_addresses, container_fops) },
	{ "vfio_device_fops", "vfio", offsetof(struct vs_addresses, device_fops) },
	{ "iommufd_fops", "iommufd", offsetof(struct vs_addresses, iommufd_fops) },
	{ "kvm_device_fops", "kvm", offsetof(struct vs_addresses, kvm_device_fops) },
	{ "kvm_vm_fops", "kvm", offsetof(struct vs_addresses, vm_fops) },
	{ "vm_list", "kvm", offsetof(struct vs_addresses, vm_list) },
	{ "pci_bus_type", "pci", offsetof(struct vs_addresses, pci_bus) },
};

#define OBJECT_COUNT (sizeof(objects) / sizeof(objects[0]))

/* The functions that iterators attach to, by the iterator's name. */
static const struct {
	const char *iterator, *function;
} iterators[] = {
	{ "task_file", "bpf_iter_task_file" },
	{ "task_vma", "bpf_iter_task_vma" },
};

#define ITERATOR_COUNT (sizeof(iterators) / sizeof(iterators[0]))

/* Of kernels with device cdevs, and of iommufd. */
#define CDEV_SIGN "vfio_df_ioctl_bind_iommufd"
#define IOMMUFD_SIGN "iommufd_ctx_from_fd"

/* Functions that identify the kernel, besides those of the sites. */
static const char *const signs[] = {
	"kvm_vfio_set_attr",
	"vfio_register_group_dev",
	"vfio_group_fops_open",
	"vfio_group_get_external_user",
	"vfio_init_group_dev",
	"vfio_iommu_group_get",
	"kallsyms_lookup_names",
	CDEV_SIGN,
	IOMMUFD_SIGN,
};

#define SIGN_COUNT (sizeof(signs) / sizeof(signs[0]))

/* All names to look up, each once. */
struct names {
	struct vs_symbol symbol[VS_SITE_COUNT * VS_WAY_MAX * VS_PART_MAX + OBJECT_COUNT +
				SIGN_COUNT + ITERATOR_COUNT];
	size_t count;
};

static struct vs_symbol *name_find(struct names *names, const char *name)
{
	size_t i;

	for (i = 0; i < names->count; i++)
		if (!strcmp(names->symbol[i].name, name))
			return &names->symbol[i];
	return NULL;
}

static void name_add(struct names *names, const char *name, const char *module)
{
	if (!name_find(names, name))
		names->symbol[names->count++] =
			(struct vs_symbol){ .name = name, .module = module };
}

static bool has(struct names *names, const char *function)
{
	return name_find(names, function)->found;
}

/* NULL: it is none, and has nothing to do with one. */
static const char *function_of(const struct vs_part *p)
{
	size_t i;

	if (p->how == VS_HOW_RAW_TP)
		return NULL;
	if (p->how != VS_HOW_ITER)
		return p->func;
	for (i = 0; i < ITERATOR_COUNT; i++)
		if (!strcmp(iterators[i].iterator, p->func))
			return iterators[i].function;
	return NULL;
}

static void collect_names(struct names *names)
{
	struct vs_part_at at = { 0 };
	size_t i;

	for (i = 0; i < ITERATOR_COUNT; i++)
		name_add(names, iterators[i].function, NULL);
	for (i = 0; i < SIGN_COUNT; i++)
		name_add(names, signs[i], NULL);
	for (i = 0; i < OBJECT_COUNT; i++)
		name_add(names, objects[i].name, objects[i].module);
	while (vs_part_next(&at))
		if (function_of(at.p))
			name_add(names, function_of(at.p), NULL);
}

static struct vs_btf_place place_of(const struct vs_symbol *s)
{
	return (struct vs_btf_place){ .id = s->btf_id, .fd = s->btf_fd };
}

static void note_function(struct vs_host *host, const struct vs_part_at *at,
			  const struct vs_symbol *s)
{
	struct vs_func_facts *f = &host->facts.func[at->site][at->way][at->part];

	f->symbol = s->found ? VS_FACT_YES : VS_FACT_NO;
	f->btf = s->btf ? VS_FACT_YES : VS_FACT_NO;
	f->nargs = s->nargs;
	host->place[at->site][at->way][at->part] = place_of(s);
}

static void note_names(struct vs_host *host, struct names *names)
{
	struct vs_part_at at = { 0 };
	size_t i;

	host->kvm = has(names, "kvm_vfio_set_attr");
	host->vfio = has(names, "vfio_register_group_dev") || has(names, "vfio_group_fops_open");
	host->cdev = has(names, CDEV_SIGN);
	host->iommufd = has(names, IOMMUFD_SIGN);
	host->notifier = has(names, "vfio_group_get_external_user");
	/*
	 * The layout that vmlinux/vfio.h calls fixed came with the first and went, in 5.16,
	 * with the second.
	 */
	host->fixed_layout = has(names, "vfio_init_group_dev") &&
			     has(names, "vfio_iommu_group_get");
	for (i = 0; i < OBJECT_COUNT; i++)
		*(uint64_t *)((char *)&host->addr + objects[i].at) =
			name_find(names, objects[i].name)->addr;
	host->look = place_of(name_find(names, iterators[0].function));
	while (vs_part_next(&at))
		if (function_of(at.p))
			note_function(host, &at, name_find(names, function_of(at.p)));
}

/* The build checks that all exist (tools/check-programs.c), unless told not to. */
static void note_programs(struct vs_host *host, const struct bpf_object *obj)
{
	struct vs_part_at at = { 0 };
	char name[VS_PROGRAM_NAME];
	int slot;

	while (vs_part_next(&at)) {
		struct vs_program_facts *program =
			host->facts.func[at.site][at.way][at.part].program;

		for (slot = 0; slot < VS_SLOT_COUNT; slot++)
			program[slot].absent = !bpf_object__find_program_by_name(
				obj, vs_part_program(at.p, slot, name));
	}
}

/* Functions, types, and addresses of objects. */
static int read_names(struct vs_host *host, const struct bpf_object *obj)
{
	struct names *names = calloc(1, sizeof(*names));
	int err;

	if (!names)
		return -ENOMEM;
	collect_names(names);
	err = vs_types_read(&host->types, bpf_object__btf(obj), names->symbol, names->count);
	if (!err)
		/* Since 6.2, kernels that have it keep their symbols sorted by name. */
		vs_symbols_find(names->symbol, names->count,
				name_find(names, "kallsyms_lookup_names")->btf,
				&host->symbols_readable);
	if (!err)
		note_names(host, names);
	free(names);
	return err;
}

/*
 * The kernel checks permission before the (deliberately impossible) target: EPERM
 * means refused, any other error means allowed.
 */
static void probe_fentry(struct vs_host *host)
{
	struct bpf_insn exit0[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_FENTRY,
		    .attach_btf_id = 1);
	int fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "vs_probe", "GPL", exit0, 2, &opts);

	if (fd >= 0)
		close(fd);
	host->fentry_errno = fd == -EPERM || fd == -EACCES ? -fd : 0;
	host->facts.fentry = host->fentry_errno ? VS_FACT_NO : VS_FACT_YES;
}

/* The same with a function that does not exist: ENOENT means allowed. */
static void probe_kprobe(struct vs_host *host)
{
	struct perf_event_attr attr = { .size = sizeof(attr) };
	FILE *f = fopen("/sys/bus/event_source/devices/kprobe/type", "re");
	unsigned int type = 0;
	int fd;

	host->facts.kprobe = VS_FACT_NO;
	host->kprobe_errno = ENOENT;
	if (!f)
		return;
	if (fscanf(f, "%u", &type) == 1) {
		attr.type = type;
		attr.config1 = (uintptr_t) "vfioscope_no_such_function";
		fd = (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
		host->kprobe_errno = fd < 0 && (errno == EPERM || errno == EACCES) ? errno : 0;
		if (fd >= 0)
			close(fd);
		host->facts.kprobe = host->kprobe_errno ? VS_FACT_NO : VS_FACT_YES;
	}
	fclose(f);
}

/*
 * "none voluntary (full) lazy". Without debugfs only the banner is left, which tells
 * what the boot command line can choose and not what it chose: assume the worst.
 */
static void read_preemption(struct vs_host *host, const char *banner)
{
	FILE *f = fopen("/sys/kernel/debug/sched/preempt", "re");
	char line[128] = "";

	host->preempt_built = strstr(banner, "PREEMPT");
	if (f && fgets(line, sizeof(line), f))
		host->facts.preempt = strstr(line, "(none)") || strstr(line, "(voluntary)") ?
					      VS_FACT_NO :
					      VS_FACT_YES;
	else
		host->facts.preempt = strstr(banner, "PREEMPT") ? VS_FACT_YES : VS_FACT_NO;
	if (f)
		fclose(f);
}

/*
 * Before 5.11 maps count as locked memory (RLIMIT_MEMLOCK), and libbpf raises the
 * limit. The helper was added in the same release.
 */
static bool maps_are_locked_memory(void)
{
	return libbpf_probe_bpf_helper(BPF_PROG_TYPE_SOCKET_FILTER, BPF_FUNC_ktime_get_coarse_ns,
				       NULL) == 0;
}

/* The initial pid namespace's number is fixed: PROC_PID_INIT_INO, linux/proc_ns.h. */
static void read_pid_namespace(struct vs_host *host)
{
	struct stat st;

	if (!stat("/proc/self/ns/pid", &st))
		host->facts.own_pids = st.st_ino == 0xEFFFFFFCU ? VS_FACT_NO : VS_FACT_YES;
}

static void lack(struct vs_host *host, const char *name)
{
	size_t used = strlen(host->lacks);

	snprintf(host->lacks + used, sizeof(host->lacks) - used, "%s%s", used ? ", " : "", name);
}

/*
 * CAP_SYS_ADMIN: file descriptors of a module's BTF; it includes CAP_BPF and
 * CAP_PERFMON, which are enough for the rest. CAP_SYSLOG: addresses in
 * /proc/kallsyms; reported only if they were hidden, so symbols are read first.
 */
static void read_caps(struct vs_host *host)
{
	FILE *f = fopen("/proc/self/status", "re");
	unsigned long long eff = 0;
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "CapEff: %llx", &eff);
	if (f)
		fclose(f);
	if (!(eff & (1ULL << CAP_SYS_ADMIN)))
		lack(host, "CAP_SYS_ADMIN");
	if (!(eff & (1ULL << CAP_SYSLOG)) && !host->symbols_readable)
		lack(host, "CAP_SYSLOG");
	if ((eff & (1ULL << CAP_SYS_ADMIN)) && !(eff & (1ULL << CAP_SYS_RESOURCE)) &&
	    maps_are_locked_memory())
		lack(host, "CAP_SYS_RESOURCE");
	host->root_caps = !*host->lacks;
}

/* "none [integrity] confidentiality" */
static void read_lockdown(struct vs_host *host)
{
	FILE *f = fopen("/sys/kernel/security/lockdown", "re");
	char line[128], *from, *to;

	if (!f)
		return;
	if (fgets(line, sizeof(line), f)) {
		from = strchr(line, '[');
		to = from ? strchr(from, ']') : NULL;
		if (to && (size_t)(to - from) <= sizeof(host->lockdown)) {
			*to = '\0';
			strcpy(host->lockdown, from + 1);
		}
	}
	fclose(f);
}

/* In a container the host's modules may be out of sight, and elsewhere in some distributions. */
static enum vs_fact module_installed(const struct vs_host *host, const char *file)
{
	static const char *const lists[] = { "modules.dep", "modules.builtin" };
	char path[160], line[4096];
	bool found = false, seen = false;
	size_t i;

	for (i = 0; i < 2 && !found; i++) {
		FILE *f;

		snprintf(path, sizeof(path), "/lib/modules/%s/%s", host->release, lists[i]);
		f = fopen(path, "re");
		seen |= f != NULL;
		while (f && !found && fgets(line, sizeof(line), f)) {
			char *end = strchr(line, ':');

			if (end)
				*end = '\0';
			found = strstr(line, file);
		}
		if (f)
			fclose(f);
	}
	if (found)
		return VS_FACT_YES;
	return seen ? VS_FACT_NO : VS_FACT_UNKNOWN;
}

static int read_object(struct vs_host *host)
{
	struct vs_bpf *skel = vs_bpf__open();
	int err;

	if (!skel)
		return -errno;
	note_programs(host, skel->obj);
	err = read_names(host, skel->obj);
	vs_bpf__destroy(skel);
	return err;
}

int vs_host_inspect(struct vs_host *host)
{
	struct utsname uts;
	int err;

	memset(host, 0, sizeof(*host));
	if (!uname(&uts)) {
		snprintf(host->release, sizeof(host->release), "%s", uts.release);
		snprintf(host->arch, sizeof(host->arch), "%s", uts.machine);
		host->facts.arch = vs_arch_find(uts.machine);
		read_preemption(host, uts.version);
	}
	read_lockdown(host);
	read_pid_namespace(host);
	probe_fentry(host);
	probe_kprobe(host);
	host->task_storage =
		libbpf_probe_bpf_helper(BPF_PROG_TYPE_KPROBE, BPF_FUNC_task_storage_get, NULL) == 1;
	err = read_object(host);
	read_caps(host);
	host->kvm_known = host->kvm ? VS_FACT_YES : module_installed(host, "/kvm.ko");
	host->vfio_known = host->vfio ? VS_FACT_YES : module_installed(host, "/vfio.ko");
	host->iommufd_known = host->iommufd ? VS_FACT_YES : module_installed(host, "/iommufd.ko");
	return err;
}

void vs_host_release(struct vs_host *host)
{
	vs_types_free(&host->types);
}

bool vs_host_module_live(const char *name)
{
	char path[64], state[16] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/sys/module/%s/initstate", name);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(state, sizeof(state), f))
		state[0] = '\0';
	fclose(f);
	return !strcmp(state, "live\n");
}

static struct vs_obstacle *obstacle(struct vs_obstacle *out, size_t *n, const char *id,
				    const char *means)
{
	struct vs_obstacle *o = &out[(*n)++];

	memset(o, 0, sizeof(*o));
	o->id = id;
	o->means = means;
	return o;
}

#define SET(field, ...) snprintf(field, sizeof(field), __VA_ARGS__)

/*
 * bpf_probe_read_kernel(stack, 8, NULL): a kernel without the helper refuses the program.
 * libbpf_probe_bpf_helper() goes by what the kernel says: libbpf 1.1 does not know the words
 * of 6.12 for it.
 */
static bool reads_memory(void)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X,
		  .dst_reg = BPF_REG_1,
		  .src_reg = BPF_REG_10 },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_1, .imm = -8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2, .imm = 8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_probe_read_kernel },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_KPROBE, "vs_probe", "GPL", insns,
			       sizeof(insns) / sizeof(insns[0]), NULL);

	if (fd >= 0)
		close(fd);
	return fd != -EINVAL;
}

/*
 * Without /sys/kernel/security the state is unreadable. But nothing else disables
 * the helper that reads kernel memory, which every supported kernel has (5.5).
 */
static bool locked_down(const struct vs_host *h)
{
	if (*h->lockdown)
		return !strcmp(h->lockdown, "confidentiality");
	return h->facts.fentry == VS_FACT_YES && !reads_memory();
}

static void privilege_obstacles(const struct vs_host *h, struct vs_obstacle *out, size_t *n)
{
	struct vs_obstacle *o;

	if (!h->root_caps) {
		o = obstacle(out, n, "privilege", "only root may read the kernel's memory");
		SET(o->what, "not enough privilege (no %s)", h->lacks);
		SET(o->todo, "Run it as root: sudo vfioscope …");
	} else if (locked_down(h)) {
		o = obstacle(out, n, "locked-down", "not even root may read the kernel's memory");
		SET(o->what, "the kernel is locked down (confidentiality)");
		SET(o->todo, "Boot without lockdown=confidentiality; lockdown=integrity, as with "
			     "Secure Boot, is fine");
	} else if (h->facts.fentry == VS_FACT_NO && h->facts.kprobe == VS_FACT_NO) {
		o = obstacle(out, n, "tracing-refused",
			     "no kernel function can be traced from here, even by root");
		SET(o->what, "the kernel refuses to load tracing BPF programs (%s), and kprobes %s",
		    strerrorname_np(h->fentry_errno),
		    h->kprobe_errno == ENOENT ? "are not built into it" : "are refused, too");
		SET(o->todo, "In a container, run it on the host instead; in a restricted virtual "
			     "machine, use a host or guest whose kernel allows tracing BPF");
	}
}

static const char *vfio_advice(const struct vs_host *h)
{
	if (h->vfio_known == VS_FACT_NO)
		return "This kernel has no VFIO module installed: run it on the host that has the "
		       "devices";
	return h->vfio_known == VS_FACT_YES ?
		       "Load it: modprobe vfio-pci" :
		       "Load it on the host: modprobe vfio-pci (which modules there are cannot be "
		       "seen from here: no /lib/modules)";
}

/* Where it is built in, it may have given up while booting. */
static const char *kvm_advice(const struct vs_host *h)
{
	if (h->kvm_known == VS_FACT_NO)
		return "This kernel has no KVM module installed: run it on the host that runs the "
		       "VMs";
	switch (h->facts.arch) {
	case VS_ARCH_X86:
		return "Load it: modprobe kvm_intel (or kvm_amd)";
	case VS_ARCH_POWERPC:
		return "Load it: modprobe kvm_hv";
	default:
		return "Load it: modprobe kvm; if it is built in, the kernel log says why it did "
		       "not start (arm64: it has to be booted at EL2)";
	}
}

static void kernel_obstacles(const struct vs_host *h, struct vs_obstacle *out, size_t *n)
{
	struct vs_obstacle *o;

	if (!h->types.vmlinux) {
		o = obstacle(out, n, "no-btf", "kernel structure layouts are unknown");
		SET(o->what, "the kernel has no type information (%s)", VS_VMLINUX_BTF);
		SET(o->todo, "Use a kernel built with CONFIG_DEBUG_INFO_BTF, as the kernels of all "
			     "large distributions are");
	}
	if (!h->kvm) {
		o = obstacle(out, n, "no-kvm", "there are no VMs to observe");
		SET(o->what, "KVM is not in the running kernel");
		SET(o->todo, "%s", kvm_advice(h));
	}
	if (!h->vfio) {
		o = obstacle(out, n, "no-vfio", "there are no passed-through devices to observe");
		SET(o->what, "VFIO is not in the running kernel");
		SET(o->todo, "%s", vfio_advice(h));
	}
}

/* KVM and VFIO are there, and cannot be read. */
static void reading_obstacles(const struct vs_host *h, struct vs_obstacle *out, size_t *n)
{
	struct vs_obstacle *o;

	if (!h->symbols_readable) {
		o = obstacle(out, n, "symbols-hidden",
			     "files of KVM and VFIO cannot be told from others");
		SET(o->what, "kernel addresses are hidden even from root (sysctl "
			     "kernel.kptr_restrict is 2)");
		SET(o->todo, "Set it to 1: sysctl kernel.kptr_restrict=1");
	}
	if (!h->types.vfio && !h->fixed_layout) {
		o = obstacle(out, n, "no-module-btf", "VFIO's structure layouts are unknown");
		SET(o->what, "the kernel has no type information for VFIO "
			     "(/sys/kernel/btf/vfio)");
		SET(o->todo, "Use a kernel built with CONFIG_DEBUG_INFO_BTF_MODULES");
	}
}

size_t vs_host_obstacles(const struct vs_host *host, const struct vs_plan *plan,
			 struct vs_obstacle *out)
{
	const struct vs_site *site = vs_plan_blocker(plan);
	struct vs_obstacle *o;
	size_t n = 0;

	privilege_obstacles(host, out, &n);
	kernel_obstacles(host, out, &n);
	if (!n)
		reading_obstacles(host, out, &n);
	if (n || !site)
		return n;
	o = obstacle(out, &n, "site-missing", site->without);
	SET(o->what, "cannot observe \"%s\" on this kernel: %s", site->what,
	    plan->site[site - vs_sites].why);
	if (host->facts.own_pids == VS_FACT_YES)
		SET(o->todo, "Run it in the host's pid namespace (containers: --pid=host, "
			     "hostPID: true)");
	else
		SET(o->todo, "Run 'vfioscope doctor', which lists all sites; if --probe was given, "
			     "try --probe auto");
	return n;
}

void vs_host_say_failure(const struct vs_host *host, int err, char *buf, size_t size)
{
	const struct vs_refusal *no = &host->refused;

	if (no->why)
		vs_why_say(buf, size, no->why, no->program, no->err);
	else
		snprintf(buf, size, "loading the probes failed: %s", strerror(-err));
}
