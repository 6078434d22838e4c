// SPDX-License-Identifier: GPL-2.0-only
/*
 * Single calls on KVM and VFIO, for the verbs. They return 0 or -errno unless said
 * otherwise; size_t arguments are slots of objects to define, int ones descriptors.
 */
#ifndef VFIO_STEPS_CALLS_H
#define VFIO_STEPS_CALLS_H

#include <stddef.h>
#include <stdint.h>

struct run;

/* A descriptor or -errno. */
int open_path(struct run *r, const char *path, int flags);
/* ioctl(2): its result or -errno; @name is for the report. */
int call(struct run *r, int fd, unsigned long cmd, const char *name, void *arg);
/* 0 instead of the positive result of a call that has succeeded. */
int done(int ret);

int create_vm(struct run *r, size_t vm);
int create_kvm_vfio(struct run *r, size_t kvm_vfio, int vm);
int set_attr(struct run *r, int kvm_vfio, uint64_t attr, uint64_t addr);
int set_attr_fd(struct run *r, int kvm_vfio, uint64_t attr, int32_t fd);

int open_container(struct run *r, size_t container);
int open_group(struct run *r, size_t group, const char *addr);
int set_container(struct run *r, int group, int container);
int set_iommu(struct run *r, int container);
int get_device(struct run *r, size_t device, int group, const char *addr);
/* How many vectors the device has of one kind of interrupt, or -errno. */
int irq_count(struct run *r, int device, uint32_t index);
int set_irq(struct run *r, int device, uint32_t index);

#endif
