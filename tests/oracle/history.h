/* SPDX-License-Identifier: GPL-2.0-only */
/* What a run leaves behind: what was called, what the module saw, what the tool said. */
#ifndef ORACLE_HISTORY_H
#define ORACLE_HISTORY_H

#include "seq.h"

/* One operation as it was performed. */
struct call {
	uint64_t start_ns, end_ns; /* CLOCK_BOOTTIME, around the call that counts */
	int32_t ret; /* an fd, a pid (fork), 0; or a negative errno */
	uint32_t pid;
	bool done; /* false: not possible here, such as an operation of a dead process */
	bool together; /* with the call before it, or after */
	bool stuck; /* no answer: the process died or hangs */
};

struct history {
	unsigned int lane;
	uint64_t start_ns, end_ns;
	uint32_t pids[SEQ_FIRST_PROCS];
	struct call calls[SEQ_OPS];
};

/* By which file a device is open, and who does its DMA. */
enum path { PATH_GROUP, PATH_CDEV, PATHS };
enum backend { BACKEND_TYPE1, BACKEND_IOMMUFD, BACKEND_COMPAT, BACKENDS };

/* The module's: a driver's open_device or close_device of a sequence's device. */
struct seen {
	unsigned int seq; /* number of the sequence, in what is judged together */
	uint64_t ns;
	uint64_t kvm;
	uint32_t tgid;
	int32_t ret;
	uint8_t dev; /* 0 … SEQ_DEVICES - 1 */
	bool open;
	bool iommufd; /* has the device, not a container */
};

/*
 * When the tool watched. It was armed at some moment of the first pair, had
 * looked at what was there by the third, and was disarmed in the last pair.
 */
struct watch {
	uint64_t armed_from, armed_by, looked_by, stop_from, stop_by;
};

/* From before the first call to after the last. */
#define WATCH_ALL ((struct watch){ .stop_from = INT64_MAX, .stop_by = INT64_MAX })

enum said_verdict { SAID_ORDERED, SAID_VIOLATION, SAID_NO_VM, SAID_UNKNOWN, SAID_VERDICTS };

/* The tool's. Numbers that are null or absent are -1. */
struct said_open {
	unsigned int seq;
	int64_t number;
	enum said_verdict verdict;
	int64_t opened_ns, closed_ns;
	int64_t judged_ns; /* of a finding that made it a violation */
	int64_t opens, pid, vm_pid;
	int path, backend; /* enum path, enum backend; -1: not said */
	bool has_pointer; /* the field is there */
	uint64_t pointer; /* 0: null */
	uint8_t dev;
	bool taken; /* the judge's: belongs to an open of the module's log */
};

struct said_finding {
	unsigned int seq;
	int64_t number; /* of the open, or -1 */
	int rule; /* enum rule, or RULE_COUNT */
	int64_t ts_ns;
	int64_t pid;
	int64_t group;
	bool pending;
	uint8_t dev; /* SEQ_DEVICES: no device named */
	/* The judge's: about an open; the duty that it fulfils, from 1; seen in this search */
	bool taken;
	unsigned int duty;
	bool tried;
};

enum rule {
	/* These make an open a violation; the others are about calls. */
	RULE_OPEN_BEFORE_ADD,
	RULE_OPEN_WITHOUT_ADD,
	RULE_KVM_MISMATCH,
	RULE_KVM_LOST,
	RULE_VM_GONE,
	RULE_BREAKS_COUNT,
	RULE_OPEN_REFUSED = RULE_BREAKS_COUNT,
	RULE_DEL_WHILE_OPEN,
	RULE_ADD_FAILED,
	RULE_TWO_VMS,
	RULE_ADD_WITHOUT_EFFECT,
	RULE_SECOND_KVM_VFIO,
	RULE_ATTACH_FAILED,
	RULE_DRIVER_REFUSED,
	RULE_COUNT,
};

const char *rule_name(enum rule rule);
const char *verdict_name(enum said_verdict verdict);
const char *path_name(unsigned int path);
const char *backend_name(unsigned int backend);

#endif
