/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What notifier kernels do not keep, or not where it can be read without BTF, and
 * the probes note instead: the VM of a group, the device of a file, and how many
 * files a device has. Probes keep it up to date from before recording begins (see
 * noting); the program look_ahead adds what existed before that.
 */
#ifndef VS_NOTED_BPF_H
#define VS_NOTED_BPF_H

#include "maps.bpf.h"

struct vs_group_kvm_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64); /* struct vfio_group */
	__type(value, __u64); /* struct kvm, or 0 */
};

struct vs_device_files_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64); /* struct file */
	__type(value, __u64); /* struct vfio_device */
};

struct vs_file_counts_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64); /* struct vfio_device */
	__type(value, __u64);
};

extern struct vs_group_kvm_map group_kvm SEC(".maps");
extern struct vs_device_files_map device_files SEC(".maps");
extern struct vs_file_counts_map file_counts SEC(".maps");

static __always_inline __u64 noted_group_kvm(__u64 group)
{
	__u64 *kvm = bpf_map_lookup_elem(&group_kvm, &group);

	return kvm ? *kvm : 0;
}

static __always_inline void note_group_kvm(__u64 group, __u64 kvm)
{
	if (bpf_map_update_elem(&group_kvm, &group, &kvm, BPF_ANY))
		lose(VS_LOSS_STATE);
}

/* Found on a list: what a probe has noted meanwhile is newer. */
static __always_inline void note_group_kvm_found(__u64 group, __u64 kvm)
{
	bpf_map_update_elem(&group_kvm, &group, &kvm, BPF_NOEXIST);
}

static __always_inline __u32 noted_file_count(__u64 dev)
{
	__u64 *count = bpf_map_lookup_elem(&file_counts, &dev);

	return count ? (__u32)*count : 0;
}

static __always_inline void uncount_file(__u64 dev)
{
	__u64 *count = bpf_map_lookup_elem(&file_counts, &dev);

	if (count)
		__sync_fetch_and_add(count, -1);
}

static __always_inline void count_file(__u64 dev)
{
	__u64 *count = bpf_map_lookup_elem(&file_counts, &dev), one = 1;

	if (count)
		__sync_fetch_and_add(count, 1);
	else if (bpf_map_update_elem(&file_counts, &dev, &one, BPF_ANY))
		lose(VS_LOSS_STATE);
}

/* Notes a file of the device, once. @made: just now, so any other at its address is gone. */
static __always_inline void note_file(struct file *file, __u64 dev, bool made)
{
	__u64 key = (__u64)file, *old;

	if (!file || !dev)
		return;
	old = made ? bpf_map_lookup_elem(&device_files, &key) : NULL;
	if (old) {
		uncount_file(*old);
		bpf_map_delete_elem(&device_files, &key);
	}
	if (!bpf_map_update_elem(&device_files, &key, &dev, BPF_NOEXIST))
		count_file(dev);
	else if (!bpf_map_lookup_elem(&device_files, &key))
		lose(VS_LOSS_STATE);
}

/* The file ends. Returns false if it was never noted. */
static __always_inline bool forget_file(struct file *file, __u64 dev)
{
	__u64 key = (__u64)file;

	if (bpf_map_delete_elem(&device_files, &key))
		return false;
	uncount_file(dev);
	return true;
}

#endif
