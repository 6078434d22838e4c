/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The model: events in; VMs, opens, verdicts and findings out. Pure: time is
 * what events say, and nothing is read or written but memory.
 *
 * Objects live only as long as the kernel's: a VM until it is destroyed and
 * its last open has ended, an open until the last close. An address the
 * kernel uses again is a new object.
 */
#ifndef VS_MODEL_H
#define VS_MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include "../event/decode.h"
#include "../rules/rules.h"

/* A virtual machine. */
struct vs_vm {
	uint64_t ptr; /* its struct kvm: leaves the tool with --raw-pointers only */
	uint32_t id; /* vm1, vm2 … in order of appearance */
	uint32_t pid; /* process that created it; 0 if not known */
	char comm[VS_COMM_LEN]; /* that process's name, any bytes */
	char name[VS_NAME_LEN]; /* name people use, any bytes; may be empty */
	uint64_t created_ns; /* 0: before we came */
};

enum vs_verdict {
	VS_VERDICT_PENDING,
	VS_VERDICT_ORDERED,
	VS_VERDICT_VIOLATION,
	VS_VERDICT_NO_VM,
	VS_VERDICT_UNKNOWN,
	VS_VERDICT_COUNT,
};

/* The objects an event is about. Valid during the callback only. */
struct vs_refs {
	const struct vs_vm *vm; /* the VM of the call, or the kvm pointer's */
	const struct vs_vm *group_vm; /* the VM the group carries afterwards */
	int group; /* IOMMU group, -1 if none */
};

/* An event kept as proof. */
struct vs_evidence {
	union vs_event ev; /* h.kind VS_NONE: not seen */
	struct vs_refs refs;
};

/* A device's time from first open to last close. */
struct vs_open {
	uint32_t id; /* 1, 2 … */
	char device[VS_DEVNAME_LEN]; /* PCI address or UUID */
	char driver[VS_DRIVER_LEN];
	char info[VS_NAME_LEN]; /* vendor and device name, may be empty */
	int group; /* IOMMU group */
	uint32_t pid, tid; /* the opener; 0 if opened before we came */
	char comm[VS_COMM_LEN];
	/* Opened before we came: a process that holds it, 0 if none was seen. */
	uint32_t holder_pid;
	char holder_comm[VS_COMM_LEN];
	uint64_t opened_ns; /* 0: before we came */
	uint64_t closed_ns; /* 0: still open */
	uint32_t opens; /* how many opens it saw (GET_DEVICE_FD may be repeated) */
	bool tracked; /* opened by the observed program */
	const struct vs_vm *kvm; /* whose pointer the device took, or NULL */
	const struct vs_vm *vm; /* the VM involved, or NULL */
	enum vs_verdict verdict;
	const char *reason; /* one sentence, static */
	uint32_t fired; /* rules that found something, bit 1 << enum vs_rule_id */
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
	uint32_t pid; /* process concerned, 0 if not known: the opener, the caller */
	const char *comm; /* its name, any bytes */
	bool tracked; /* the observed program's */
	bool pending; /* the open goes on; what is said may still be mended */
	uint64_t ts; /* ns since boot when it became certain */
	const char *cause; /* what the call's errno means here, or NULL */
	const char *harm; /* for this driver */
	const struct vs_evidence *evidence[VS_EVIDENCE_MAX];
	size_t evidence_count;
};

/* What the model says. Pointers are valid during the call only. */
struct vs_sink {
	void *ctx;
	void (*event)(void *ctx, const union vs_event *ev, const struct vs_refs *refs);
	void (*opened)(void *ctx, const struct vs_open *open); /* verdict may be pending */
	void (*finding)(void *ctx, const struct vs_finding *finding);
	void (*closed)(void *ctx, const struct vs_open *open); /* verdict is final */
};

/* What can not be seen in this run: verdicts that rest on it are unknown. */
enum vs_blind {
	VS_BLIND_VM = 1 << 0, /* VMs being created */
	VS_BLIND_VM_END = 1 << 1, /* VMs being destroyed */
	VS_BLIND_ADD = 1 << 2, /* registrations being made and removed by a call */
	VS_BLIND_DEL = 1 << 3, /* registrations that end with their kvm-vfio device */
	VS_BLIND_SET_KVM = 1 << 4, /* which group a registration was about */
	VS_BLIND_CLOSE = 1 << 5, /* devices being closed */
};

struct vs_model_config {
	uint64_t grace_ns; /* patience with a device opened without a VM */
	const char *arch; /* uname -m of the observed host */
	unsigned int blind; /* enum vs_blind */
	bool look; /* a look at what is there comes first, ended by VS_LOOK_DONE */
};

struct vs_model;

/* NULL if there is no memory. */
struct vs_model *vs_model_new(const struct vs_model_config *config, const struct vs_sink *sink);
void vs_model_free(struct vs_model *m);

/**
 * vs_model_feed - take one event
 *
 * Events must come in the order the source recorded them.
 * Return: 0 or -ENOMEM.
 */
int vs_model_feed(struct vs_model *m, const union vs_event *ev);

/**
 * vs_model_resume - the source has attached anew
 * @blind: what can not be seen from now on: enum vs_blind
 * @look: another look comes, ended by VS_LOOK_DONE
 *
 * Something may have been missed just now: what rests on nothing having
 * happened is not certain for what is open.
 */
void vs_model_resume(struct vs_model *m, unsigned int blind, bool look);

/*
 * Time passes: report opens whose grace period is over at @now_ns. @lost: as an
 * event made now would count it.
 */
void vs_model_tick(struct vs_model *m, uint64_t now_ns, uint32_t lost);

/* The source ended at @now_ns having lost @lost records: settle what is open. */
void vs_model_finish(struct vs_model *m, uint64_t now_ns, uint32_t lost);

const char *vs_verdict_name(enum vs_verdict verdict);

#endif
