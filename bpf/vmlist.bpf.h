/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Walking KVM's list of all VMs: to find the one of a process, or whether a pointer is
 * a VM's.
 *
 * The list is walked without kvm_lock: if an entry goes away meanwhile, either a read
 * fails or the bound ends the walk, and the answer is "not known".
 */
#ifndef VS_VMLIST_BPF_H
#define VS_VMLIST_BPF_H

#include "shapes.bpf.h"

/* How many VMs are visited: 8,192, in legs of stretches. */
#define VS_VM_STRETCH 8
#define VS_VM_LEG 32
#define VS_VM_LEGS 32

/* Results of a walk that are not a VM (an address). */
enum {
	WALK_LOST = 0, /* the list cannot be read, or does not end */
	WALK_ON = 1, /* or'ed to the node to go on with: there are more */
	WALK_END = 2, /* no such VM */
};

/*
 * A stretch of the list, starting at node @pos: looks for the VM whose memory is @mm,
 * or with @mm 0 for the VM @kvm. Stretch, leg and walk are global functions because the
 * verifier checks each of these once, and not once per iteration of the loop around it.
 */
__weak __noinline __u64 vmlist_stretch(__u64 pos, __u64 mm, __u64 kvm)
{
	__u64 vm, vm_mm = 0;
	int i;

	for (i = 0; i < VS_VM_STRETCH; i++) {
		if (pos == addr_vm_list)
			return WALK_END;
		vm = shape_vm_of_node(pos);
		if (mm && !shape_read_vm_mm(vm, &vm_mm))
			return WALK_LOST;
		if (mm ? vm_mm == mm : vm == kvm)
			return vm;
		if (bpf_probe_read_kernel(&pos, sizeof(pos), (void *)pos) || !pos)
			return WALK_LOST;
	}
	return pos | WALK_ON;
}

__weak __noinline __u64 vmlist_leg(__u64 pos, __u64 mm, __u64 kvm)
{
	int i;

	for (i = 0; i < VS_VM_LEG; i++) {
		pos = vmlist_stretch(pos, mm, kvm);
		if (!(pos & WALK_ON))
			return pos;
		pos &= ~(__u64)WALK_ON;
	}
	return pos | WALK_ON;
}

__weak __noinline __u64 vmlist_walk(__u64 mm, __u64 kvm)
{
	__u64 pos = 0;
	int i;

	if (!addr_vm_list || bpf_probe_read_kernel(&pos, sizeof(pos), (void *)addr_vm_list))
		return WALK_LOST;
	for (i = 0; i < VS_VM_LEGS; i++) {
		pos = vmlist_leg(pos, mm, kvm);
		if (!(pos & WALK_ON))
			return pos;
		pos &= ~(__u64)WALK_ON;
	}
	return WALK_LOST;
}

/*
 * A VM whose memory is @mm, a process's; 0 if there is none. KVM refuses every ioctl
 * from another mm, so this is what "the process has a VM" means.
 */
static __always_inline __u64 vmlist_of_mm(struct mm_struct *mm, __u32 *flags)
{
	__u64 vm = mm ? vmlist_walk((__u64)mm, 0) : WALK_LOST;

	if (vm == WALK_LOST)
		*flags |= VS_F_VMS_UNKNOWN;
	return vm == WALK_END ? 0 : vm;
}

/* Does the pointer belong to a VM? "Gone" takes having seen the whole list. */
static __always_inline bool vmlist_has(__u64 kvm, __u32 *flags)
{
	__u64 vm = vmlist_walk(0, kvm);

	if (vm == WALK_LOST)
		*flags |= VS_F_VMS_UNKNOWN;
	else if (vm == WALK_END)
		*flags |= VS_F_KVM_GONE;
	return vm == kvm;
}

#endif
