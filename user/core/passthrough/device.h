/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One device on its way to a VM: what the kernel shows of it, and what stands between.
 * Pure: capture/hostdev.c reads the facts.
 */
#ifndef VS_HOSTDEV_H
#define VS_HOSTDEV_H

#include "../../../bpf/event.h"
#include "host.h"

#define VS_MEMBERS_MAX 256

/* A device of an IOMMU group. */
struct vs_member {
	char name[VS_SYSFS_NAME];
	char bus[VS_SYSFS_NAME]; /* "pci", "platform" … */
	char driver[VS_SYSFS_NAME]; /* "": none */
	char used_as[VS_SYSFS_NAME]; /* as in struct vs_hostdev; not read for all purposes */
	bool vfio; /* VFIO has it */
	bool bridge; /* of PCI or CardBus */
};

/* A file in /dev through which it is used. */
struct vs_node {
	char path[VS_SYSFS_NAME + 32];
	bool expected; /* VFIO has it made */
	bool present;
	unsigned int mode; /* permission bits */
	unsigned int uid, gid;
	char user[32], group[32]; /* their names; "": not known */
};

/* Strings: "" is none, or not known where the comment says so. */
struct vs_hostdev {
	char name[VS_DEVNAME_LEN];
	bool mdev;
	bool found;
	char near[VS_SYSFS_NAME]; /* a function of the same slot, if it was not found */
	char create[192]; /* mdev: where it was made, or can be; not known */

	char driver[VS_SYSFS_NAME], override[VS_SYSFS_NAME];
	/* Disks, network interfaces and graphics cards that the host has of it: "vda, eth0" */
	char used_as[VS_SYSFS_NAME];
	bool vfio; /* VFIO has it */
	bool vfio_driver; /* one is there to bind it to: vfio-pci; mdev: any of the bus */
	bool bridge;
	char parent[VS_SYSFS_NAME]; /* mdev */

	int group; /* IOMMU group; -1: none */
	bool noiommu; /* the group is VFIO's own, without an IOMMU */
	struct vs_member member[VS_MEMBERS_MAX]; /* of the group, with the device */
	size_t member_count, member_unseen; /* how many more there are */
	/* The kernel tells by the drivers' own word who may share a group (since 5.19). */
	bool drivers_tell;
	char direct[64]; /* first range that firmware wants mapped 1:1 */
	enum vs_fact direct_refused; /* the kernel gives away no such group */
	struct vs_node group_node, cdev_node;

	enum vs_fact can_reset;
	char reset[128]; /* methods in order; not known, or none */
	char power[16]; /* D0, D3hot …; not known */
	enum vs_fact answers; /* its configuration space can be read */
	char pf[VS_SYSFS_NAME], pf_driver[VS_SYSFS_NAME]; /* of a VF */
	int vfs; /* that it has; -1: it cannot have any */
};

#define VS_COMMANDS_MAX 4
#define VS_HURDLES_MAX 16
#define VS_REMARKS_MAX 8

/* What stands between a device and a VM. */
struct vs_hurdle {
	const char *id; /* stable, for --json */
	char what[320]; /* goes on from "X cannot be given to a VM: " */
	char todo[320]; /* the fix in words; "": the commands say it */
	char command[VS_COMMANDS_MAX][192];
	size_t command_count;
};

struct vs_readiness {
	struct vs_hurdle hurdle[VS_HURDLES_MAX]; /* the most basic first */
	size_t hurdle_count;
	size_t hurdle_unlisted; /* there are more */
	char remark[VS_REMARKS_MAX][256]; /* what else to know */
	size_t remark_count;
};

/* Whether a shell takes the name as it is: only such stand in commands. */
bool vs_is_word(const char *name);

/* Whether this other device of the group keeps VFIO from having it. */
bool vs_member_blocks(const struct vs_hostdev *d, const struct vs_member *m);

/* The commands that take a device of a group from the host. @vfio_driver: vfio-pci is there. */
void vs_member_commands(const struct vs_member *m, bool vfio_driver, struct vs_hurdle *h);

/* Whether the devices beside it leave its group to VFIO. Unknown without a group. */
enum vs_fact vs_group_viable(const struct vs_hostdev *d);

/* What stands between, and what else to know. */
void vs_hostdev_judge(const struct vs_hostdev *d, const struct vs_passthrough *host,
		      struct vs_readiness *r);

/* All ids of hurdles, NULL after the last. */
const char *vs_hurdle_id(size_t i);

/* "X is ready for a VM", or not, and why. */
void vs_put_readiness(struct vs_text *t, const struct vs_hostdev *d, const struct vs_readiness *r);

#endif
