/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vs_oracle: VFIO devices made of nothing, whose drivers write down what they are
 * told. What a tracer says of an open can be held against it.
 *
 * devices.c has the devices, claim.c addresses that they are kept from, log.c the records
 * and /dev/vs_oracle.
 */
#ifndef VS_ORACLE_MODULE_H
#define VS_ORACLE_MODULE_H

#include "../oracle.h"

struct vfio_device;

int vs_log_start(void);
void vs_log_end(void);
void vs_claim_end(void);
void vs_log(enum vs_oracle_what what, unsigned int device, const struct vfio_device *vdev, int ret);

#endif
