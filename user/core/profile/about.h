/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of the profile: who does what to which device, as far as it is known. Data only. */
#ifndef VS_PROFILE_ABOUT_H
#define VS_PROFILE_ABOUT_H

#include "attach.h"

struct p_about {
	char device[VS_DEVNAME_LEN]; /* "" if not known */
	char driver[VS_DRIVER_LEN]; /* "" likewise */
	int group; /* IOMMU group, -1: not known */
	enum vs_path path;
	enum vs_backend backend;
	struct vs_vm vm; /* id 0: none */
	uint32_t pid, tid;
	char comm[VS_COMM_LEN];
	bool tracked;
};

/* A try to make a device usable that failed, when nothing better has followed. */
struct p_failure {
	int error; /* 0: none */
	uint64_t end_ns;
};

/* A call that a thread is in. */
struct p_under_way {
	uint32_t tid;
	uint64_t begin_ns; /* 0: none */
	uint64_t seen_ns; /* it still went on */
	struct vs_attach_now now;
};

#endif
