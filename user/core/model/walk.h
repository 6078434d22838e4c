/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A walk over the model's world, for views of a moment: which VMs, groups, containers
 * and open devices there are, and who holds them. Valid until the next record.
 */
#ifndef VS_WALK_H
#define VS_WALK_H

#include "model.h"

/* A process with a descriptor or a mapping of the object, as the last look found it. */
struct vs_holder {
	uint32_t pid;
	int fd; /* -1: it has none, and a mapping keeps the file */
	char comm[VS_COMM_LEN]; /* any bytes */
	struct vs_process process;
	bool seen; /* by the look that goes on, or was last */
	struct vs_holder *prev, *next;
};

/* A container, or an iommufd. */
struct vs_container {
	bool iommufd;
	uint32_t id; /* 1, 2 …, each kind by itself */
	char driver[24]; /* its IOMMU driver, "" before SET_IOMMU; any bytes */
};

/* A group, or the file of a device's cdev. */
struct vs_group {
	bool cdev;
	char device[VS_DEVNAME_LEN]; /* of a cdev, any bytes; else "" */
	int number; /* IOMMU group, -1 if not known */
	const struct vs_vm *kvm; /* whose kvm pointer it carries, or NULL */
	const struct vs_container *container; /* or iommufd; or NULL */
};

/* A device of this host, and what it is bound to; see EV_PLACE_FIELDS. Any bytes. */
struct vs_place {
	char name[VS_SYSFS_NAME], bus[VS_SYSFS_NAME], driver[VS_SYSFS_NAME];
	int group; /* IOMMU group, -1: none */
	bool vfio; /* VFIO has it */
	struct vs_place *prev, *next;
};

/* Put everything in order of id, number or name, before it is walked. */
void vs_walk_sort(struct vs_model *m);

/* The next one, NULL after the last; NULL @at: the first. */
const struct vs_vm *vs_walk_vm(const struct vs_model *m, const struct vs_vm *at);
const struct vs_group *vs_walk_group(const struct vs_model *m, const struct vs_group *at);
const struct vs_container *vs_walk_container(const struct vs_model *m,
					     const struct vs_container *at);
const struct vs_open *vs_walk_open(const struct vs_model *m, const struct vs_open *at);
/* The next VM on whose list the group stands; NULL @at: the first. */
const struct vs_vm *vs_walk_registered(const struct vs_group *g, const struct vs_vm *at);

const struct vs_holder *vs_vm_holders(const struct vs_vm *vm);
const struct vs_holder *vs_group_holders(const struct vs_group *g);
const struct vs_holder *vs_container_holders(const struct vs_container *c);
const struct vs_holder *vs_open_holders(const struct vs_open *open);

/**
 * vs_walk_holds - all that keeps a group in use: itself, its devices, its registrations
 * @group: IOMMU group; -1: @device alone is meant
 * @device: files of its cdev that are open and not bound count, too; NULL: they keep nobody
 *          from the group
 *
 * Return: how many, at most @max.
 */
size_t vs_walk_holds(const struct vs_model *m, int group, const char *device, struct vs_hold *holds,
		     size_t max);

/* A device of this host, used or not, as far as the stream tells; NULL after the last. */
const struct vs_place *vs_walk_place(const struct vs_model *m, const struct vs_place *at);

/* kvm-vfio devices of the VM, and whether they made it non-coherent. */
unsigned int vs_vm_kvm_vfios(const struct vs_vm *vm, bool *noncoherent);
/* The group of an open device, or its cdev's file; NULL if it is not known. */
const struct vs_group *vs_open_group(const struct vs_open *open);
/* A notifier kernel: devices hold no kvm pointer. */
bool vs_open_notifier(const struct vs_open *open);

#endif
