/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VS_DECODE_H
#define VS_DECODE_H

#include <stddef.h>
#include <stdint.h>
#include "../../../bpf/event.h"

/* Any record; h.kind says which member is valid. */
union vs_event {
	struct ev_hdr h;
	struct ev_vm vm;
	struct ev_kvm_vfio kvm_vfio;
	struct ev_kvm_attr attr;
	struct ev_set_kvm set_kvm;
	struct ev_group group;
	struct ev_group_ioctl group_ioctl;
	struct ev_container_ioctl container;
	struct ev_container_dma dma;
	struct ev_dev dev;
	struct ev_dev_kvm dev_kvm;
	struct ev_dev_ioctl dev_ioctl;
	struct ev_coherency coherency;
	struct ev_module module;
	struct ev_registration registration;
	struct ev_found_group found_group;
	struct ev_found_container found_container;
	struct ev_look_done look_done;
	struct ev_missed missed;
	struct ev_vm_name vm_name;
	struct ev_dev_info dev_info;
};

/**
 * vs_decode - bytes from a source to a checked event
 * @data: one record, any alignment
 * @size: its length in bytes
 * @ev: filled in; unused tail is zero
 *
 * Accepts only a known kind with exactly its own length, and ends every
 * string inside its field, whatever the bytes were.
 *
 * Return: 0; -EMSGSIZE for a wrong length, -ENOMSG for an unknown kind.
 */
int vs_decode(const void *data, size_t size, union vs_event *ev);

/* Exact length of a kind's record, 0 for a kind that does not exist. */
size_t vs_event_size(unsigned int kind);

#endif
