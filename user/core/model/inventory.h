/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a look found, as a person counts it: VMs, groups, containers, devices,
 * and who holds them open. Made from the same events and verdicts as any other
 * view; holds copies only. Pure.
 */
#ifndef VS_INVENTORY_H
#define VS_INVENTORY_H

#include "../filter.h"

/* A process with a descriptor for the object. */
struct vs_holder {
	uint32_t pid;
	int fd;
	char comm[VS_COMM_LEN]; /* any bytes */
	struct vs_holder *prev, *next;
};

struct vs_inv_vm {
	struct vs_vm vm;
	unsigned int kvm_vfio; /* kvm-vfio devices somebody holds open */
	bool noncoherent; /* non-coherent DMA is registered */
	struct vs_holder *holders; /* of the VM's own fd */
};

/* A group on a VM's list. */
struct vs_inv_reg {
	uint32_t vm;
	struct vs_inv_reg *prev, *next;
};

struct vs_inv_group {
	int group; /* IOMMU group */
	uint32_t vm; /* whose kvm pointer it carries, 0: none */
	uint32_t container; /* id, 0: none */
	bool iommufd; /* uses an iommufd in place of a container */
	struct vs_inv_reg *regs;
	struct vs_holder *holders;
};

struct vs_inv_container {
	uint32_t id; /* 1, 2 … */
	char driver[24]; /* its IOMMU driver, "" before SET_IOMMU; any bytes */
	struct vs_holder *holders;
};

struct vs_inv_device {
	struct vs_open open; /* vm and kvm are NULL: see the ids below */
	uint32_t kvm, group_kvm; /* ids of the VMs whose pointers device and group carry */
	uint32_t vm; /* id of the VM involved */
	bool notifier; /* a kernel on which devices hold no kvm pointer, see VS_F_NOTIFIER */
	struct vs_holder *holders;
};

struct vs_inventory;

/* NULL if there is no memory. */
struct vs_inventory *vs_inventory_new(void);
void vs_inventory_free(struct vs_inventory *inv);

/* From the model's event callback; other events are ignored. 0 or -ENOMEM. */
int vs_inventory_event(struct vs_inventory *inv, const union vs_event *ev,
		       const struct vs_refs *refs);
/* From the model's closed callback, once the look is over: the verdict. */
void vs_inventory_open(struct vs_inventory *inv, const struct vs_open *open);

/* In order of id, number or name; NULL @at: the first. NULL: no more. */
const struct vs_inv_vm *vs_inventory_vm(const struct vs_inventory *inv, const struct vs_inv_vm *at);
const struct vs_inv_group *vs_inventory_group(const struct vs_inventory *inv,
					      const struct vs_inv_group *at);
const struct vs_inv_container *vs_inventory_container(const struct vs_inventory *inv,
						      const struct vs_inv_container *at);
const struct vs_inv_device *vs_inventory_device(const struct vs_inventory *inv,
						const struct vs_inv_device *at);
/* Put everything in that order, before it is gone through. */
void vs_inventory_sort(struct vs_inventory *inv);

/* Forget what the filter does not ask for. */
void vs_inventory_keep(struct vs_inventory *inv, const struct vs_filter *f);

/* By id; NULL if there is none. */
const struct vs_inv_vm *vs_inventory_find_vm(const struct vs_inventory *inv, uint32_t id);
const struct vs_inv_container *vs_inventory_find_container(const struct vs_inventory *inv,
							   uint32_t id);

/* Whether a group has to do with a VM, itself or by a device in it. */
bool vs_inventory_group_about(const struct vs_inventory *inv, const struct vs_inv_group *g,
			      uint32_t vm);
/* Whether it stands on a list of the VM's. */
bool vs_inv_registered(const struct vs_inv_group *g, uint32_t vm);

#endif
