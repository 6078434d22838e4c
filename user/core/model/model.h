/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The model: records in; VMs, opens, verdicts and findings out. Pure: time is
 * what records say, and nothing is read or written but memory.
 *
 * Objects live only as long as the kernel's: a VM until it is destroyed and
 * its last open has ended, an open until the last close. An address the
 * kernel uses again is a new object.
 */
#ifndef VS_MODEL_H
#define VS_MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include "../event/blind.h"
#include "../event/kinds.h"
#include "../rules/reasons.h"
#include "../rules/rules.h"

struct vs_sink;

/* A virtual machine. */
struct vs_vm {
	uint64_t ptr; /* its struct kvm: leaves the tool with --raw-pointers only */
	uint32_t id; /* vm1, vm2 … in order of appearance */
	uint32_t pid; /* process that created it; 0 if not known */
	char comm[VS_COMM_LEN]; /* that process's name, any bytes */
	char name[VS_NAME_LEN]; /* name people use, any bytes; may be empty */
	uint64_t created_ns; /* 0: before tracing started */
};

enum vs_verdict {
	VS_VERDICT_PENDING,
	VS_VERDICT_ORDERED,
	VS_VERDICT_VIOLATION,
	VS_VERDICT_NO_VM,
	VS_VERDICT_UNKNOWN,
	VS_VERDICT_COUNT,
};

/* How a device is opened. */
enum vs_path {
	VS_PATH_GROUP, /* through its group: /dev/vfio/N, GET_DEVICE_FD */
	VS_PATH_CDEV, /* through its own file: /dev/vfio/devices/vfioN, BIND_IOMMUFD */
	VS_PATH_COUNT,
};

/* What maps a device's DMA. */
enum vs_backend {
	VS_BACKEND_UNKNOWN,
	VS_BACKEND_TYPE1, /* a container: the type1 IOMMU driver, */
	VS_BACKEND_SPAPR, /* that of POWER, */
	VS_BACKEND_NOIOMMU, /* or nothing */
	VS_BACKEND_IOMMUFD, /* the iommufd that the device is bound to */
	VS_BACKEND_IOMMUFD_COMPAT, /* the iommufd that its group uses as a container */
	VS_BACKEND_COUNT,
};

struct vs_open;

/* The objects an event is about. Valid during the callback only. */
struct vs_refs {
	const struct vs_vm *vm; /* the VM of the call, or the kvm pointer's */
	const struct vs_vm *group_vm; /* the VM the group carries afterwards */
	/* It failed with EBUSY: an open of the same group by the other path; or NULL. */
	const struct vs_open *busy;
	int group; /* IOMMU group, -1 if none */
	int holder_fd; /* of what was found: the process's descriptor; else -1 */
	/* Two events have the same if nothing was lost between them. */
	uint64_t mark;
	uint64_t told_ns; /* nothing was lost since then, ns since boot; 0: not known */
};

/* An event kept as proof. */
struct vs_evidence {
	union vs_event ev; /* h.kind VS_NONE: not seen */
	struct vs_refs refs;
};

/* Why a verdict: see vs_reasons[] and vs_rules[]. */
struct vs_reason_given {
	const char *id;
	const char *text;
};

/* A device's time from first open to last close. */
struct vs_open {
	uint32_t id; /* 1, 2 … */
	char device[VS_DEVNAME_LEN]; /* PCI address or UUID */
	char driver[VS_DRIVER_LEN];
	char info[VS_NAME_LEN]; /* vendor and device name, may be empty */
	int group; /* IOMMU group */
	enum vs_path path;
	enum vs_backend backend;
	uint32_t pid, tid; /* the opener; 0 if opened before tracing started */
	char comm[VS_COMM_LEN];
	/* Opened before tracing started: a process that holds it, 0 if none was seen. */
	uint32_t holder_pid;
	char holder_comm[VS_COMM_LEN];
	uint64_t opened_ns; /* 0: before tracing started */
	uint64_t closed_ns; /* 0: still open */
	uint32_t opens; /* how many opens it saw (GET_DEVICE_FD may be repeated) */
	bool tracked; /* opened by the observed program */
	const struct vs_vm *kvm; /* whose pointer the device took, or NULL */
	const struct vs_vm *vm; /* the VM involved, or NULL */
	enum vs_verdict verdict;
	struct vs_reason_given reason; /* both NULL while pending */
	uint64_t fired; /* rules that found something, bit 1 << enum vs_rule_id */
};

/* A process as a look met it. Any bytes. */
struct vs_process {
	bool met; /* else nothing is known */
	uint64_t started_ns; /* ns since boot, 0: not known */
	bool exiting; /* or killed, and not gone yet */
	char pod[VS_POD_LEN]; /* its UID; "": in none */
	char cgroup[VS_CGROUP_LEN]; /* "": the root, or not known */
};

/* How a process has what another one wants. */
enum vs_hold_kind {
	VS_HOLD_GROUP, /* the group is open */
	VS_HOLD_DEVICE, /* a device of it is */
	VS_HOLD_MAPPING, /* a device of it is mapped, and has no descriptor there */
	VS_HOLD_CDEV, /* a file of its own is open, and not bound */
	VS_HOLD_REGISTRATION, /* a VM has the group, or the device's file, on its list */
	VS_HOLD_COUNT,
};

struct vs_hold {
	enum vs_hold_kind kind;
	uint32_t pid; /* 0: not known */
	int fd; /* its descriptor; -1: none was seen */
	char comm[VS_COMM_LEN]; /* any bytes */
	char device[VS_DEVNAME_LEN]; /* of VS_HOLD_DEVICE, _MAPPING and _CDEV; any bytes */
	uint32_t vm; /* id of the VM that is involved, 0 if none */
	char vm_name[VS_NAME_LEN]; /* any bytes; may be empty */
	uint64_t opened_ns; /* since when a device is open; 0: not seen, or of no device */
	struct vs_process process;
};

#define VS_BLOCKERS_MAX 8

/* A device that keeps its group from being used; see EV_BLOCKER_FIELDS. Any bytes. */
struct vs_blocker {
	char name[VS_SYSFS_NAME], bus[VS_SYSFS_NAME], driver[VS_SYSFS_NAME];
	bool bridge;
};

#define VS_MISSING_MAX 8

/*
 * A device that a hot reset would reset, too, and that stands in its way: the caller does
 * not have it, or it is a virtual function. Any bytes.
 */
struct vs_missing {
	char device[VS_SYSFS_NAME], driver[VS_SYSFS_NAME];
	char pf[VS_SYSFS_NAME]; /* its physical function, "" if it is none of one */
	int group; /* IOMMU group, -1 if none */
	bool vfio; /* its driver is one of VFIO's */
};

#define VS_EVIDENCE_MAX 6

/* A rule that found something: about an open, or about a call or a group. */
struct vs_finding {
	const struct vs_rule *rule;
	enum vs_severity severity;
	const struct vs_open *open; /* NULL: not about one */
	const struct vs_vm *vm; /* or NULL */
	const char *device; /* "" if none, any bytes */
	int group; /* IOMMU group, -1 if none */
	enum vs_path path; /* that the texts speak of */
	uint32_t pid; /* process concerned, 0 if not known: the opener, the caller */
	const char *comm; /* its name, any bytes */
	bool tracked; /* the observed program's */
	bool pending; /* the open goes on; the finding may still be repaired */
	uint64_t ts; /* ns since boot when it became certain */
	const char *title;
	const char *cause; /* what the call's errno means here, or NULL: see vs_put_cause() */
	const char *harm; /* for this driver */
	const char *fix;
	const struct vs_evidence *evidence[VS_EVIDENCE_MAX];
	size_t evidence_count;
	const struct vs_hold *holds; /* what keeps others out; NULL: it was not looked for */
	size_t hold_count;
	const struct ev_dma *map; /* the DMA map that failed; NULL: it is not about one */
	bool mapped_unseen; /* who maps it was not looked for */
	const struct vs_blocker *blockers; /* of rule not-viable */
	size_t blocker_count;
	const char *reset_methods; /* of rule reset-failed: of the device, or NULL; any bytes */
	const struct vs_missing *missing; /* the same */
	size_t missing_count;
};

/* What was observed and how: from START, SITE, PROGRAM and ATTACHED. */
struct vs_run {
	struct ev_start start; /* boottime is start.h.ts */
	const struct ev_site *sites; /* that were asked for */
	size_t site_count;
	char *const *program; /* words of its command line, ended by NULL; NULL: none */
	struct ev_attached attached; /* the last one */
};

/* What became of the observed program. */
struct vs_program_end {
	struct ev_program_end end;
	bool call_failed; /* one of its calls that were observed */
};

struct vs_model_config {
	uint64_t grace_ns; /* patience with a device opened without a VM */
};

struct vs_model;

/**
 * vs_model_new - a model of nothing yet
 * @sink: gets all that the model has to say; not owned
 *
 * Return: NULL if there is no memory.
 */
struct vs_model *vs_model_new(const struct vs_model_config *config, struct vs_sink *sink);
void vs_model_free(struct vs_model *m);

/**
 * vs_model_feed - take one record
 *
 * The only way to change a model. Records come in the order in which the source
 * recorded them; deadlines that have passed by the time of a record are dealt
 * with before it, in deadline order. So the same records give the same output,
 * however they are read.
 *
 * Return: 0 or -ENOMEM.
 */
int vs_model_feed(struct vs_model *m, const union vs_record *rec);

/*
 * vs_model_learns_from - whether records of this kind change the model
 *
 * The others are shown, and say of the objects they name that these are there.
 */
bool vs_model_learns_from(unsigned int kind);

const char *vs_verdict_name(enum vs_verdict verdict);
const char *vs_hold_name(enum vs_hold_kind kind);
/* The opener, or else a process that holds it; 0: none is known. */
static inline uint32_t vs_open_pid(const struct vs_open *open)
{
	return open->pid ? open->pid : open->holder_pid;
}

const char *vs_path_name(enum vs_path path);
/* NULL for VS_BACKEND_UNKNOWN. */
const char *vs_backend_name(enum vs_backend backend);
/* What maps the DMA of a device that is opened or found, on a machine of @arch. */
enum vs_backend vs_backend_of(const struct ev_dev *ev, const char *arch);

#endif
