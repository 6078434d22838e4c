// SPDX-License-Identifier: GPL-2.0-only
/* Defines the maps and globals that are shared between the probes, once. */
#include "calls.bpf.h"
#include "doing.bpf.h"
#include "memory.bpf.h"
#include "noted.bpf.h"

struct vs_events_map events SEC(".maps");
struct vs_threads_map threads SEC(".maps");
struct vs_calls_map calls SEC(".maps");
struct vs_tracked_map tracked SEC(".maps");
struct vs_dma_map dma SEC(".maps");
struct vs_ioas_counts_map ioas SEC(".maps");
struct vs_doing_map doing SEC(".maps");
struct vs_dma_sums_map dma_sums SEC(".maps");
struct vs_group_kvm_map group_kvm SEC(".maps");
struct vs_device_files_map device_files SEC(".maps");
struct vs_file_counts_map file_counts SEC(".maps");

bool armed = false;
__u64 armed_ns = 0;
bool noting = false;
bool woken = false;
__u64 losses[VS_LOSS_COUNT] = {};
__u64 lost_total = 0;
__u64 program_calls = 0;
__u32 self_tgid = 0;
bool storage_works = false;
__u32 look_torn = 0;
__u64 mapped_file = 0;
bool group_was_busy = false;
bool map_has_failed = false;
bool reset_failed = false;
bool attach_has_failed = false;
__u32 inflight[SLOT_COUNT] = {};
__u32 doing_now = 0;
__u32 returning[VS_PHASE_COUNT] = {};
struct vs_doing doing_nothing = {};
struct vs_dma_sums dma_sums_nothing = {};
__u64 on_record[VS_MEMORY_SIZE] = {};
__u64 migration[VS_MEMORY_SIZE] = {};

const volatile __u64 addr_group_fops = 0;
const volatile __u64 addr_container_fops = 0;
const volatile __u64 addr_device_fops = 0;
const volatile __u64 addr_iommufd_fops = 0;
const volatile __u64 addr_kvm_device_fops = 0;
const volatile __u64 addr_vm_fops = 0;
const volatile __u64 addr_vm_list = 0;
const volatile __u64 addr_pci_bus = 0;
const volatile bool fixed_layout = false;
const volatile __u32 page_shift = 0;
const volatile __u32 kretprobe_room = 0;
const volatile __u64 wake_bytes = 0;
const volatile bool task_storage = false;
const volatile bool observe_dma = false;
const volatile bool count_dma = false;
const volatile bool every_call = false;
const volatile bool judging = false;
const volatile bool profiling = false;
const volatile bool container_calls_seen = false;
const volatile bool group_calls_seen = false;
const volatile bool iommufd_binds_seen = false;
const volatile char module_families[VS_FAMILY_MAX][VS_FAMILY_LEN] = {};
const volatile bool track_tree = false;

char LICENSE[] SEC("license") = "GPL";
