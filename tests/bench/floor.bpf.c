// SPDX-License-Identifier: GPL-2.0-only
/*
 * The floor of `make bench`: what watching the functions of `audit` on 6.12 costs
 * at least. The same functions, by fentry and fexit; as many records of the same
 * sizes are reserved and submitted, and nothing is read or known.
 */
#include "../../vmlinux/base.h"
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} events SEC(".maps");

static __always_inline int submit(__u64 size)
{
	void *e = bpf_ringbuf_reserve(&events, size, 0);

	if (e)
		bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
	return 0;
}

#define ENTRY(fn)                        \
	SEC("fentry/" #fn)               \
	int floor_entry_##fn(__u64 *ctx) \
	{                                \
		return 0;                \
	}

#define EXIT(fn, size)                  \
	SEC("fexit/" #fn)               \
	int floor_exit_##fn(__u64 *ctx) \
	{                               \
		return submit(size);    \
	}

#define POINT(fn, size)                  \
	SEC("fentry/" #fn)               \
	int floor_entry_##fn(__u64 *ctx) \
	{                                \
		return submit(size);     \
	}

/* Of what has no record as long as nothing is wrong. */
#define SILENT_POINT(fn) ENTRY(fn)

#define SILENT(fn)                      \
	ENTRY(fn)                       \
	SEC("fexit/" #fn)               \
	int floor_exit_##fn(__u64 *ctx) \
	{                               \
		return 0;               \
	}

#define CALL(fn, size) ENTRY(fn) EXIT(fn, size)

CALL(kvm_dev_ioctl, 72)
POINT(kvm_destroy_vm, 72)
CALL(kvm_vfio_create, 80)
CALL(kvm_vfio_release, 80)
CALL(kvm_vfio_set_attr, 144)
SILENT_POINT(vfio_file_set_kvm)
SILENT_POINT(kvm_arch_register_noncoherent_dma)
SILENT(vfio_group_fops_unl_ioctl)
POINT(vfio_iommu_type1_open, 96)
CALL(vfio_iommu_type1_attach_group, 96)
CALL(vfio_df_open, 184)
CALL(vfio_df_close, 184)

char LICENSE[] SEC("license") = "GPL";
