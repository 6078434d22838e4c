/* SPDX-License-Identifier: GPL-2.0-only */
/* What cannot be observed in a run: verdicts that rest on it are unknown. */
#ifndef VS_BLIND_H
#define VS_BLIND_H

/* ATTACHED carries these numbers: append only. */
enum vs_blind {
	VS_BLIND_VM = 1 << 0, /* VMs being created */
	VS_BLIND_VM_END = 1 << 1, /* VMs being destroyed */
	VS_BLIND_ADD = 1 << 2, /* registrations being made and removed by a call */
	VS_BLIND_DEL = 1 << 3, /* registrations that end with their kvm-vfio device */
	VS_BLIND_SET_KVM = 1 << 4, /* which group a registration was about */
	VS_BLIND_CLOSE = 1 << 5, /* devices being closed */
	VS_BLIND_CDEV = 1 << 6, /* devices used through a character device of their own */
	VS_BLIND_MAPPED = 1 << 7, /* devices that are mapped and have no descriptor */
};

#endif
