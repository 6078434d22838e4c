// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes: the children of the observed program, if there is one, and what the probes
 * call the tool's own process.
 */
#include "calls.bpf.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

static __always_inline int inherit(struct task_struct *child)
{
	__u32 from = bpf_get_current_pid_tgid() >> 32;
	__u32 to = BPF_CORE_READ(child, tgid);
	__u8 yes = 1;

	if (from == to || !bpf_map_lookup_elem(&tracked, &from))
		return 0;
	if (bpf_map_update_elem(&tracked, &to, &yes, BPF_ANY))
		lose(VS_LOSS_TRACKED);
	return 0;
}

SEC("?raw_tp/sched_process_fork")
int task_fork(__u64 *ctx)
{
	return inherit((struct task_struct *)ctx[1]);
}

/*
 * For kernels that preempt the program above (7.0 on) and skip it meanwhile. A kprobe is
 * not preempted, and this function lets the child run.
 */
SEC("?kprobe")
int BPF_KPROBE(task_wake, struct task_struct *child)
{
	return inherit(child);
}

/*
 * Not sched_process_exit: the files of a process are closed after that, and those closes
 * still belong to the program. The leader's task is freed after its last thread is gone.
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

/*
 * Run by user space itself (BPF_PROG_TEST_RUN): in a pid namespace, getpid() does not
 * say what the probes call a process.
 */
SEC("?raw_tp")
int whoami(__u64 *ctx)
{
	self_tgid = bpf_get_current_pid_tgid() >> 32;
	if (task_storage)
		storage_works = call_thread(BPF_LOCAL_STORAGE_GET_F_CREATE);
	return 0;
}
