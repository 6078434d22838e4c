// SPDX-License-Identifier: GPL-2.0-only
/*
 * Single calls on KVM, VFIO and iommufd, for the verbs. They return 0 or -errno unless
 * said otherwise; size_t arguments are slots of objects to define, int ones descriptors,
 * uint32_t ones ids in an iommufd.
 */
#ifndef VFIO_STEPS_CALLS_H
#define VFIO_STEPS_CALLS_H

#include <stddef.h>
#include <stdint.h>

struct run;

#define STEPS_FEATURE_DATA 64 /* room for the data of a device's feature */

/* Where devices are in sysfs; NULL ends it. */
extern const char *const steps_buses[];

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
/* What POWER wants before MAP_DMA; elsewhere nothing. */
int register_memory(struct run *r, int container, const void *mem, uint64_t size);
int get_device(struct run *r, size_t device, int group, const char *addr);
/* How many vectors the device has of one kind of interrupt, or -errno. */
int irq_count(struct run *r, int device, uint32_t index);
/* So many at once, IRQS_MAX at most. */
#define IRQS_MAX 32
int set_irqs(struct run *r, int device, uint32_t index, uint32_t count);

/* vfio-steps-iommufd.c */
int open_cdev(struct run *r, size_t device, const char *addr);
/* The device's id, 0 if it has none, goes to @id. */
int bind_iommufd(struct run *r, int device, int32_t iommufd, uint32_t *id);
int bind_iommufd_at(struct run *r, int device, uint64_t addr);
int attach_pt(struct run *r, int device, uint32_t id);
int detach_pt(struct run *r, int device);
/* @flags: the feature, and what to do with it; @data is in and out. */
int device_feature(struct run *r, int device, uint32_t flags, void *data, size_t size);

int open_iommufd(struct run *r, size_t iommufd);
int ioas_alloc(struct run *r, size_t ioas, int iommufd);
int ioas_map(struct run *r, int iommufd, uint32_t ioas, uint64_t iova, uint64_t size, void *mem);
int ioas_map_file(struct run *r, int iommufd, uint32_t ioas, int32_t file, uint64_t iova,
		  uint64_t size);
int ioas_copy(struct run *r, int iommufd, uint32_t to, uint32_t from, uint64_t iova, uint64_t size);
int ioas_unmap(struct run *r, int iommufd, uint32_t ioas, uint64_t iova, uint64_t size);
int iommufd_destroy(struct run *r, int iommufd, uint32_t id);

#endif
