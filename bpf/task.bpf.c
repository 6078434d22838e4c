// SPDX-License-Identifier: GPL-2.0-only
/*
 * The observed program's children, and modules that sites are in, loaded and unloaded.
 * The former are loaded only when a program is observed.
 */
#include "probe.bpf.h"

static __always_inline int inherit(struct task_struct *child)
{
	__u32 from = bpf_get_current_pid_tgid() >> 32;
	__u32 to = BPF_CORE_READ(child, tgid);
	__u8 yes = 1;

	if (from == to || !bpf_map_lookup_elem(&tracked, &from))
		return 0;
	if (bpf_map_update_elem(&tracked, &to, &yes, BPF_ANY))
		lose(VS_LOSS_TRACKED, VS_NONE);
	return 0;
}

SEC("?raw_tp/sched_process_fork")
int task_fork(__u64 *ctx)
{
	return inherit((struct task_struct *)ctx[1]);
}

/*
 * For kernels that preempt the program above (7.0 on) and skip it meanwhile. A
 * kprobe is not preempted, and this is the call that lets the child run.
 */
SEC("?kprobe")
int BPF_KPROBE(task_wake, struct task_struct *child)
{
	return inherit(child);
}

/*
 * Run by user space itself (BPF_PROG_TEST_RUN): a process in a pid namespace
 * can not tell by getpid() what the probes will call it.
 */
SEC("?raw_tp")
int whoami(__u64 *ctx)
{
	self_tgid = bpf_get_current_pid_tgid() >> 32;
	return 0;
}

/*
 * Not sched_process_exit: the files of a process are closed after it, and
 * those closes still belong to the program. The leader's task is freed when
 * its last thread is gone.
 */
SEC("?raw_tp/sched_process_free")
int task_free(__u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	__u32 tgid = BPF_CORE_READ(task, tgid);

	if (tgid == (__u32)BPF_CORE_READ(task, pid))
		bpf_map_delete_elem(&tracked, &tgid);
	return 0;
}

static __always_inline bool of_family(const char *name, const volatile char *family)
{
	int i;

	for (i = 0; i < VS_FAMILY_LEN && family[i]; i++)
		if (name[i] != family[i])
			return false;
	return i;
}

static __always_inline bool recorded(const char *name)
{
	int i;

	for (i = 0; i < VS_FAMILY_MAX; i++)
		if (of_family(name, module_families[i]))
			return true;
	return false;
}

static __always_inline int module_event(struct module *mod, __u32 load)
{
	struct vs_call c = {};
	struct ev_module *e;
	char name[VS_FAMILY_LEN] = {};

	if (!armed)
		return 0;
	bpf_probe_read_kernel_str(name, sizeof(name), &mod->name);
	if (!recorded(name))
		return 0;
	e = emit_begin(ev_module, VS_MODULE, &c, 0);
	if (!e)
		return 0;
	e->load = load;
	bpf_probe_read_kernel_str(e->name, sizeof(e->name), &mod->name);
	emit_end(e);
	return 0;
}

SEC("?raw_tp/module_load")
int module_load(__u64 *ctx)
{
	return module_event((struct module *)ctx[0], 1);
}

SEC("?raw_tp/module_free")
int module_free(__u64 *ctx)
{
	return module_event((struct module *)ctx[0], 0);
}
