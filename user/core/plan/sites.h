/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sites: what can be observed, and the kernel functions that show it. Data only:
 * user/capture collects the facts about this machine, plan.c chooses.
 */
#ifndef VS_SITES_H
#define VS_SITES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "../../../bpf/modules.h"
#include "../rules/rules.h"

#define VS_WAY_MAX 4
#define VS_PART_MAX 4

/* In the order in which they are planned: a site comes after those it needs. */
enum vs_site_id {
	VS_SITE_SNAPSHOT,
	VS_SITE_MAPPED,
	VS_SITE_VM_CREATE,
	VS_SITE_VM_DESTROY,
	VS_SITE_KVM_VFIO_CREATE,
	VS_SITE_KVM_VFIO_RELEASE,
	VS_SITE_REGISTRATION,
	VS_SITE_SET_KVM,
	VS_SITE_COHERENCY_ON,
	VS_SITE_COHERENCY_OFF,
	VS_SITE_GROUP_OPEN,
	VS_SITE_GROUP_RELEASE,
	VS_SITE_GROUP_IOCTL,
	VS_SITE_SET_IOMMU,
	VS_SITE_CONTAINER_IOCTL,
	VS_SITE_CONTAINER_RELEASE,
	VS_SITE_DEVICE_OPEN,
	VS_SITE_DEVICE_CLOSE,
	VS_SITE_KVM_TAKEN,
	VS_SITE_KVM_DROPPED,
	VS_SITE_DRIVER_OPEN,
	VS_SITE_DEVICE_IOCTL,
	VS_SITE_REGION_MAP,
	VS_SITE_UNBIND,
	VS_SITE_CDEV_OPEN,
	VS_SITE_CDEV_RELEASE,
	VS_SITE_CDEV_IOCTL,
	VS_SITE_IOMMUFD_BIND,
	VS_SITE_IOMMUFD_IOCTL,
	VS_SITE_IOMMUFD_RELEASE,
	VS_SITE_DMA_FAILURES,
	VS_SITE_IOMMUFD_FAILURES,
	VS_SITE_THREAD_END,
	VS_SITE_GROUP_PHASES,
	VS_SITE_CONTAINER_PHASES,
	VS_SITE_REGISTER_PHASE,
	VS_SITE_COHERENCY_PHASE,
	VS_SITE_DEVICE_PHASES,
	VS_SITE_CDEV_PHASE,
	VS_SITE_IOMMUFD_PHASES,
	VS_SITE_USE_IOMMU_PHASE,
	VS_SITE_IOMMUFD_USE_PHASE,
	VS_SITE_DOMAIN_PHASE,
	VS_SITE_IOMMU_ATTACH_PHASE,
	VS_SITE_PIN_PHASE,
	VS_SITE_DEVICE_MEMORY,
	VS_SITE_IOMMUFD_PIN_PHASE,
	VS_SITE_PCI_PHASES,
	VS_SITE_RESET_PHASE,
	VS_SITE_UNPIN_PHASE,
	VS_SITE_LOCK_WAIT,
	VS_SITE_MODULE_LOAD,
	VS_SITE_MODULE_FREE,
	VS_SITE_COUNT,
};

typedef uint64_t vs_site_set; /* bits VS_SITE_BIT(enum vs_site_id) */
typedef uint64_t vs_rule_set; /* bits VS_RULE_BIT(enum vs_rule_id) */

#define VS_SITE_BIT(id) ((vs_site_set)1 << (id))
#define VS_RULE_BIT(id) ((vs_rule_set)1 << (id))

_Static_assert(VS_SITE_COUNT <= 64, "vs_site_set is too small");
_Static_assert(VS_RULE_COUNT <= 64, "vs_rule_set is too small");

/* Bits: what a site is good for, and what a command asks for. */
enum vs_serve {
	VS_SERVE_ORDER = 1 << 0, /* verdicts and findings */
	VS_SERVE_CALLS = 1 << 1, /* every call is shown */
	VS_SERVE_DMA = 1 << 2, /* DMA mapped and unmapped */
	VS_SERVE_STATE = 1 << 3, /* what exists now */
	VS_SERVE_LATENCY = 1 << 4, /* where attach time goes */
	VS_SERVE_HOLDERS = 1 << 5, /* who has what others want */
};

#define VS_SERVE_ALL                                                                          \
	(VS_SERVE_ORDER | VS_SERVE_CALLS | VS_SERVE_DMA | VS_SERVE_STATE | VS_SERVE_LATENCY | \
	 VS_SERVE_HOLDERS)

/* Bits: the architectures a site exists on, and the one of this machine. */
enum vs_arch {
	VS_ARCH_X86 = 1 << 0,
	VS_ARCH_ARM64 = 1 << 1,
	VS_ARCH_POWERPC = 1 << 2,
	VS_ARCH_S390 = 1 << 3,
	VS_ARCH_OTHER = 1 << 4, /* none of the above */
};

enum vs_method {
	VS_METHOD_NONE,
	VS_METHOD_FENTRY,
	VS_METHOD_KPROBE,
	VS_METHOD_RAW_TP,
	VS_METHOD_ITER,
};

enum vs_how {
	VS_HOW_CALL, /* entry and return of a function */
	VS_HOW_POINT, /* its entry only */
	VS_HOW_RETURN, /* its return only, with the arguments: for a function that is called often */
	VS_HOW_RAW_TP, /* a raw tracepoint */
	VS_HOW_ITER, /* an iterator over kernel objects, run on demand */
	VS_HOW_MARK, /* nothing is attached: its existence identifies the kernel */
};

/* The programs that a part can have; the method decides which are attached. */
enum vs_slot {
	VS_SLOT_FENTRY,
	VS_SLOT_FEXIT,
	VS_SLOT_KPROBE,
	VS_SLOT_KRETPROBE,
	VS_SLOT_ONLY, /* of a tracepoint or iterator */
	VS_SLOT_COUNT,
};

#define VS_PROGRAM_NAME 96 /* bytes */

/* A kernel function (tracepoint, iterator), and what is attached to it. */
struct vs_part {
	const char *func;
	enum vs_how how;
	unsigned int nargs; /* that the programs expect; another prototype is not used */
	const char *prog; /* programs are named after it: PROG_fentry, …; NULL: after func */
};

/* One way to observe a site: all of its parts are attached, or none. */
struct vs_way {
	struct vs_part part[VS_PART_MAX];
	bool in_kernel; /* its functions are in vmlinux: fentry pins no module */
	const char *module; /* where they are instead of the site's; NULL: there */
	vs_site_set needs; /* sites it depends on, earlier in the table */
	const char *limits; /* what it does not show; NULL: nothing */
	vs_rule_set silent; /* rules that miss some or all cases this way */
};

struct vs_site {
	const char *name; /* stable, for --json and messages */
	const char *what; /* what is recorded, for people */
	const char *without; /* what is unknown when it is missing */
	const char *module; /* where the functions are; may be built in; NULL: the kernel */
	unsigned int arch; /* where it exists: enum vs_arch bits; 0: everywhere */
	/*
	 * Not every kernel has what it shows. The first parts of its ways tell: where
	 * none of these functions exists nothing is missing.
	 */
	bool optional;
	unsigned int serves; /* enum vs_serve bits */
	unsigned int blinds; /* what the model cannot know without it: enum vs_blind */
	vs_rule_set rules; /* that miss some or all cases without it */
	struct vs_way way[VS_WAY_MAX]; /* in order of preference */
};

/* Programs that a plan can attach: an entry and an exit for each part of one way. */
#define VS_PROGRAMS_MAX (VS_SITE_COUNT * VS_PART_MAX * 2)

/* Iterates over the parts of a way. */
#define VS_FOREACH_PART(p, w) \
	for ((p) = (w)->part; (p) < (w)->part + VS_PART_MAX && (p)->func; (p)++)

/* Iterates over a part's programs; an exit comes before its entry. */
#define VS_FOREACH_SLOT(slot, slots)                            \
	for ((slot) = VS_SLOT_COUNT - 1; (slot) >= 0; (slot)--) \
		if ((slots)&1u << (slot))

extern const struct vs_site vs_sites[VS_SITE_COUNT];

/* The modules that sites are in, each once, in the order of the table. Returns their number. */
size_t vs_site_modules(const char *modules[VS_SITE_COUNT]);

/**
 * vs_site_families - the words that the names of these modules begin with, each once
 * @families: "kvm" for kvm and kvm_intel; zeros to the end
 *
 * Return: 0, or -E2BIG: VS_FAMILY_MAX or VS_FAMILY_LEN is too small (a build checks).
 */
int vs_site_families(char families[VS_FAMILY_MAX][VS_FAMILY_LEN]);

/* Where the functions of a way are; NULL: in the kernel itself. */
const char *vs_way_module(const struct vs_site *site, unsigned int way);

/* A position in the table; all zero: before the first part. */
struct vs_part_at {
	size_t site, way, part;
	const struct vs_part *p;
};

/* The next part of all sites, false after the last. */
bool vs_part_next(struct vs_part_at *at);

/* What @method attaches for a part: bits 1 << enum vs_slot. */
unsigned int vs_part_slots(const struct vs_part *p, enum vs_method method);

/* "kvm_dev_ioctl_fexit": the program's name in the BPF object. Returns @name. */
const char *vs_part_program(const struct vs_part *p, enum vs_slot slot, char name[VS_PROGRAM_NAME]);

#endif
