// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "attach.h"
#include "targets.h"

/* NULL: vfioscope has no such program. */
static struct bpf_program *program(const struct vs_attached *a, const struct vs_part *p,
				   enum vs_slot slot)
{
	char name[VS_PROGRAM_NAME];

	return bpf_object__find_program_by_name(a->skel->obj, vs_part_program(p, slot, name));
}

/* The parts of the way chosen for a site; none if the site is not attached. */
static const struct vs_part *parts_of(const struct vs_plan *plan, size_t site)
{
	static const struct vs_part none = { 0 };
	const struct vs_plan_site *ps = &plan->site[site];

	return ps->method ? vs_sites[site].way[ps->way].part : &none;
}

/* Where the tracing programs of this part attach. */
static struct vs_btf_place place(const struct vs_host *host, const struct vs_plan *plan,
				 size_t site, int part)
{
	const struct vs_plan_site *ps = &plan->site[site];

	return host->place[site][ps->way][part];
}

static int select_one(struct vs_targets *t, struct bpf_program *prog,
		      const struct vs_btf_place *place)
{
	if (!prog)
		return -ENOENT;
	bpf_program__set_autoload(prog, true);
	return vs_targets_add(t, prog, place->id, place->fd);
}

static int select_part(struct vs_attached *a, const struct vs_part *p, enum vs_method method,
		       const struct vs_btf_place *place, struct vs_targets *t)
{
	int slot, err = 0;

	VS_FOREACH_SLOT(slot, vs_part_slots(p, method))
		if (!err)
			err = select_one(t, program(a, p, slot), place);
	return err;
}

static int select_programs(struct vs_attached *a, const struct vs_host *host,
			   const struct vs_plan *plan, struct vs_targets *t)
{
	size_t site;
	int i, err = 0;

	for (site = 0; site < VS_SITE_COUNT; site++) {
		const struct vs_part *p = parts_of(plan, site);

		for (i = 0; !err && i < VS_PART_MAX && p[i].func; i++) {
			struct vs_btf_place at = place(host, plan, site, i);

			err = select_part(a, &p[i], plan->site[site].method, &at, t);
		}
	}
	return err;
}

static int keep_link(struct vs_attached *a, struct bpf_link *link)
{
	if (!link)
		return -errno;
	if (a->link_count == sizeof(a->links) / sizeof(a->links[0])) {
		bpf_link__destroy(link);
		return -E2BIG;
	}
	a->links[a->link_count++] = link;
	return 0;
}

static struct bpf_link *link_new(struct bpf_program *prog, const struct vs_part *p,
				 enum vs_slot slot)
{
	switch (slot) {
	case VS_SLOT_FENTRY:
	case VS_SLOT_FEXIT:
		return bpf_program__attach_trace(prog);
	case VS_SLOT_KPROBE:
	case VS_SLOT_KRETPROBE:
		return bpf_program__attach_kprobe(prog, slot == VS_SLOT_KRETPROBE, p->func);
	default:
		return p->how == VS_HOW_ITER ? bpf_program__attach_iter(prog, NULL) :
					       bpf_program__attach_raw_tracepoint(prog, p->func);
	}
}

static void note_refused(struct vs_host *host, enum vs_why why, const char *program, int err)
{
	host->refused.why = why;
	host->refused.err = -err;
	snprintf(host->refused.program, sizeof(host->refused.program), "%s", program);
}

#define VS_ENOTSUPP 524 /* include/linux/errno.h: the kernel's own, which gets out here */

/*
 * Architectures get the means to attach tracing programs to functions years after the
 * programs themselves. Whether this kernel has them shows in the attempt only, and what holds
 * for one function holds for all.
 */
static void note_direct_calls(struct vs_facts *facts, enum vs_slot slot, int err)
{
	if (err == -VS_ENOTSUPP && (slot == VS_SLOT_FENTRY || slot == VS_SLOT_FEXIT))
		facts->direct_calls = VS_FACT_NO;
}

/* Return: 0, or -EAGAIN: the refusal is noted in the facts, and the next plan avoids it. */
static int attach_part(struct vs_attached *a, struct vs_host *host, const struct vs_part *p,
		       enum vs_method method, struct vs_func_facts *facts)
{
	char name[VS_PROGRAM_NAME];
	int slot, err;

	/* The exit first: an entry without an exit would only fill the map of calls. */
	VS_FOREACH_SLOT(slot, vs_part_slots(p, method)) {
		err = keep_link(a, link_new(program(a, p, slot), p, slot));
		if (err) {
			facts->program[slot].attach_err = -err;
			note_direct_calls(&host->facts, slot, err);
			note_refused(host, VS_WHY_ATTACH_REFUSED, vs_part_program(p, slot, name),
				     err);
			return -EAGAIN;
		}
	}
	return 0;
}

static void note_iterator(struct vs_attached *a, size_t site)
{
	if (site == VS_SITE_SNAPSHOT)
		a->look = a->links[a->link_count - 1];
	else if (site == VS_SITE_MAPPED)
		a->look_mapped = a->links[a->link_count - 1];
}

static int attach_sites(struct vs_attached *a, struct vs_host *host, const struct vs_plan *plan)
{
	size_t site;
	int err, i;

	for (site = 0; site < VS_SITE_COUNT; site++) {
		const struct vs_plan_site *ps = &plan->site[site];
		const struct vs_part *p = parts_of(plan, site);

		if (ps->method == VS_METHOD_FENTRY && host->facts.preempt != VS_FACT_NO)
			a->can_miss = true;
		for (i = 0; i < VS_PART_MAX && p[i].func; i++) {
			err = attach_part(a, host, &p[i], ps->method,
					  &host->facts.func[site][ps->way][i]);
			if (err)
				return err;
		}
		if (ps->method == VS_METHOD_ITER)
			note_iterator(a, site);
	}
	return 0;
}

static bool forks_by_kprobe(const struct vs_host *host)
{
	return host->facts.preempt != VS_FACT_NO && host->facts.kprobe == VS_FACT_YES;
}

static int follow_children(struct vs_attached *a, const struct vs_host *host)
{
	int err = -ENOENT;

	if (forks_by_kprobe(host))
		err = keep_link(a, bpf_program__attach_kprobe(a->skel->progs.task_wake, false,
							      "wake_up_new_task"));
	if (err)
		err = keep_link(a, bpf_program__attach_raw_tracepoint(a->skel->progs.task_fork,
								      "sched_process_fork"));
	if (!err)
		err = keep_link(a, bpf_program__attach_raw_tracepoint(a->skel->progs.task_free,
								      "sched_process_free"));
	return err;
}

/* Maps for state that this kernel keeps itself stay at their least size. */
static int size_maps(struct vs_attached *a, const struct vs_host *host, uint32_t buffer,
		     bool profiles)
{
	struct bpf_map *noted[] = { a->skel->maps.group_kvm, a->skel->maps.device_files,
				    a->skel->maps.file_counts };
	int err = host->task_storage ? bpf_map__set_max_entries(a->skel->maps.calls, 1) : 0;
	size_t i;

	if (!err && !profiles)
		err = bpf_map__set_max_entries(a->skel->maps.doing, 1);
	if (!err && !profiles)
		err = bpf_map__set_max_entries(a->skel->maps.dma_sums, 1);
	for (i = 0; !err && !host->notifier && i < sizeof(noted) / sizeof(noted[0]); i++)
		err = bpf_map__set_max_entries(noted[i], 1);
	if (!err && buffer)
		err = bpf_map__set_max_entries(a->skel->maps.events, buffer);
	return err;
}

/*
 * State and the stream of records continue. Global variables are not shared: old and
 * new probes are armed separately, and kernel addresses may differ.
 */
static int share_maps(struct vs_attached *a, const struct vs_attached *from)
{
	struct bpf_map *map, *old;
	int err;

	bpf_object__for_each_map(map, a->skel->obj)
	{
		if (bpf_map__is_internal(map) || !bpf_map__autocreate(map))
			continue;
		old = bpf_object__find_map_by_name(from->skel->obj, bpf_map__name(map));
		err = bpf_map__reuse_fd(map, bpf_map__fd(old));
		if (err)
			return err;
	}
	return 0;
}

/*
 * maxactive of a kretprobe is max(10, 2 * possible CPUs) with CONFIG_PREEMPTION, else
 * the number of possible CPUs (register_kretprobe()). Without preemption a quarter is
 * left for calls that the probes do not count.
 */
static uint32_t kretprobe_room(const struct vs_host *host)
{
	int cpus = libbpf_num_possible_cpus();

	if (cpus < 1)
		cpus = 1;
	if (host->preempt_built)
		return cpus > 5 ? 2 * (uint32_t)cpus : 10;
	return cpus < 4 ? (uint32_t)cpus : (uint32_t)cpus * 3 / 4;
}

/* Sets what the probes need to know of this kernel and of the plan. */
static int set_constants(struct vs_attached *a, const struct vs_host *host,
			 const struct vs_plan *plan, bool follow)
{
	struct vs_bpf__rodata *c = a->skel->rodata;

	c->task_storage = host->task_storage;
	c->wake_bytes = bpf_map__max_entries(a->skel->maps.events) / 8;
	c->addr_group_fops = host->addr.group_fops;
	c->addr_container_fops = host->addr.container_fops;
	c->addr_device_fops = host->addr.device_fops;
	c->addr_iommufd_fops = host->addr.iommufd_fops;
	c->addr_kvm_device_fops = host->addr.kvm_device_fops;
	c->addr_vm_fops = host->addr.vm_fops;
	c->addr_vm_list = host->addr.vm_list;
	c->addr_pci_bus = host->addr.pci_bus;
	c->fixed_layout = !host->types.vfio && host->fixed_layout;
	c->page_shift = (uint32_t)__builtin_ctzl((unsigned long)sysconf(_SC_PAGESIZE));
	c->kretprobe_room = kretprobe_room(host);
	c->track_tree = follow;
	c->observe_dma = plan->serves & VS_SERVE_DMA;
	c->count_dma = plan->serves & VS_SERVE_CALLS;
	c->every_call = plan->serves & VS_SERVE_CALLS;
	c->judging = plan->serves & VS_SERVE_ORDER;
	c->profiling = plan->serves & VS_SERVE_LATENCY;
	c->container_calls_seen = vs_plan_method(plan, VS_SITE_CONTAINER_IOCTL);
	c->group_calls_seen = vs_plan_method(plan, VS_SITE_GROUP_IOCTL);
	c->iommufd_binds_seen = vs_plan_method(plan, VS_SITE_IOMMUFD_BIND);
	return vs_site_families(c->module_families);
}

static int load_for(struct vs_attached *a, const struct vs_host *host, const struct vs_plan *plan,
		    const struct vs_attach_options *config, const struct vs_attached *from,
		    struct vs_targets *t)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = host->types.path);
	int err;

	a->skel = vs_bpf__open_opts(&opts);
	if (!a->skel)
		return -errno;
	bpf_program__set_autoload(a->skel->progs.whoami, true);
	bpf_program__set_autoload(a->skel->progs.task_fork, config->follow);
	bpf_program__set_autoload(a->skel->progs.task_wake,
				  config->follow && forks_by_kprobe(host));
	bpf_program__set_autoload(a->skel->progs.task_free, config->follow);
	err = select_programs(a, host, plan, t);
	if (!err && host->notifier)
		err = select_one(t, a->skel->progs.look_ahead, &host->look);
	if (!err)
		err = bpf_map__set_autocreate(a->skel->maps.threads, host->task_storage);
	if (err)
		return err;
	err = from ? share_maps(a, from) :
		     size_maps(a, host, config->buffer, plan->serves & VS_SERVE_LATENCY);
	if (err)
		return err;
	err = set_constants(a, host, plan, config->follow);
	return err ? err : vs_bpf__load(a->skel);
}

/* Notes it for all parts that have the program. Return: whether any has. */
static bool note_load_err(struct vs_facts *facts, const char *program, int err)
{
	struct vs_part_at at = { 0 };
	char name[VS_PROGRAM_NAME];
	bool found = false;
	int slot;

	while (vs_part_next(&at)) {
		for (slot = 0; slot < VS_SLOT_COUNT; slot++) {
			if (strcmp(vs_part_program(at.p, slot, name), program))
				continue;
			facts->func[at.site][at.way][at.part].program[slot].load_err = -err;
			found = true;
		}
	}
	return found;
}

/* libbpf loads programs in turn and stops at the first that the kernel refuses. */
static int note_load_failure(struct vs_host *host, const struct vs_targets *t, int err)
{
	const char *program;

	if (!t->loading)
		return err;
	program = bpf_program__name(t->loading);
	note_refused(host, VS_WHY_LOAD_REFUSED, program, err);
	return err != -ENOMEM && note_load_err(&host->facts, program, err) ? -EAGAIN : err;
}

static int load(struct vs_attached *a, struct vs_host *host, const struct vs_plan *plan,
		const struct vs_attach_options *config, const struct vs_attached *from)
{
	struct vs_targets targets;
	int err = vs_targets_begin(&targets);

	if (err)
		return err;
	/* Which maps they share was found by trying: see learn(). */
	if (from)
		host->task_storage = from->skel->rodata->task_storage;
	err = load_for(a, host, plan, config, from, &targets);
	if (err)
		err = note_load_failure(host, &targets, err);
	vs_targets_end(&targets);
	return err;
}

int vs_look_ahead(struct vs_attached *a)
{
	struct bpf_link *link;
	char nothing[64];
	int fd, err = 0;
	ssize_t n;

	a->skel->bss->noting = true;
	link = bpf_program__attach_iter(a->skel->progs.look_ahead, NULL);
	if (!link)
		return -errno;
	fd = bpf_iter_create(bpf_link__fd(link));
	if (fd < 0)
		err = fd;
	while (!err && (n = read(fd, nothing, sizeof(nothing))))
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			err = -errno;
	if (fd >= 0)
		close(fd);
	bpf_link__destroy(link);
	return err;
}

/*
 * A kretprobe has no arguments of a call whose entry was not seen. So the probes note
 * calls for a moment before they are armed: of nearly all calls then in flight the
 * entry has been seen. (fexit has the arguments and does not need this.)
 */
static void note_calls(struct vs_attached *a, const struct vs_plan *plan)
{
	const struct timespec moment = { .tv_nsec = 100000000 };
	size_t i;

	for (i = 0; i < VS_SITE_COUNT; i++)
		if (plan->site[i].method == VS_METHOD_KPROBE)
			break;
	if (i == VS_SITE_COUNT)
		return;
	a->skel->bss->noting = true;
	nanosleep(&moment, NULL);
}

/*
 * Asks the probes for the pid of this process as they see it, and whether they can keep
 * calls in task-local storage. Return: as attach_once().
 */
static int learn(struct vs_attached *a, struct vs_host *host)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int err = bpf_prog_test_run_opts(bpf_program__fd(a->skel->progs.whoami), &opts);

	if (err || !host->task_storage || a->skel->bss->storage_works)
		return err;
	host->task_storage = false;
	return -EAGAIN;
}

/* Return: 0; -EAGAIN: another plan may work; else a negative errno. */
static int attach_once(struct vs_attached *a, struct vs_host *host, const struct vs_plan *plan,
		       const struct vs_attach_options *config, const struct vs_attached *from)
{
	int err;

	host->refused = (struct vs_refusal){ 0 };
	err = load(a, host, plan, config, from);
	a->loaded = !err;
	if (!err)
		err = learn(a, host);
	if (!err)
		err = attach_sites(a, host, plan);
	if (!err && config->follow)
		err = follow_children(a, host);
	/* While old probes are armed, what they note must not be mixed with ours. */
	if (!err && host->notifier && !from)
		err = vs_look_ahead(a);
	if (!err && !from)
		note_calls(a, plan);
	return err;
}

void vs_detach(struct vs_attached *a)
{
	while (a->link_count)
		bpf_link__destroy(a->links[--a->link_count]);
	vs_bpf__destroy(a->skel);
	memset(a, 0, sizeof(*a));
}

int vs_attach(struct vs_attached *a, struct vs_host *host, const struct vs_policy *policy,
	      struct vs_plan *plan, const struct vs_attach_options *config,
	      const struct vs_attached *from)
{
	bool inspected = false, loaded;
	int err;

	/* This ends: each round but two excludes one more program. */
	while ((err = attach_once(a, host, plan, config, from))) {
		loaded = a->loaded;
		vs_detach(a);
		if (!inspected && (!loaded || err != -EAGAIN)) {
			/* A module may have been loaded or unloaded since: look again. */
			inspected = true;
			vs_host_release(host);
			err = vs_host_inspect(host);
			if (err)
				return err;
		} else if (err != -EAGAIN) {
			return err;
		}
		vs_plan_make(plan, &host->facts, policy);
		if (vs_plan_blocker(plan))
			return -EOPNOTSUPP;
	}
	return 0;
}
