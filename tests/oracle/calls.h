/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls whose arguments are more than a number. They return what ioctl() does. */
#ifndef ORACLE_CALLS_H
#define ORACLE_CALLS_H

#include <stdbool.h>
#include <stdint.h>

/* A descriptor. */
int call_kvmvfio(int vm);
int call_add(int kvmvfio, int32_t fd);
int call_del(int kvmvfio, int32_t fd);

int call_bind(int device, int32_t iommufd);
/* To a new IOAS of the iommufd; to none, if that cannot have one. */
int call_attach(int device, int iommufd);
int call_detach(int device);

/*
 * Does this kernel take the pointer of a device's first opener when a second one's BIND
 * fails? It is tried out on the device's own file @node.
 */
enum bind_loses { BIND_KEEPS, BIND_LOSES, BIND_UNKNOWN };
enum bind_loses call_bind_loses(const char *node);

#endif
