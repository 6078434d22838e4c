/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's bookkeeping, replayed: which descriptor means which file, who
 * holds what, and what that makes of every open. It takes the results of the
 * calls as they were and only asks what follows from them.
 */
#ifndef ORACLE_SIM_H
#define ORACLE_SIM_H

#include "history.h"

enum { SIM_FILES = 256, SIM_VMS = 64, SIM_OPENS = 96, SIM_DUTIES = 256, SIM_ITEMS = 16 };

enum { NOBODY = -1 };

/* The tool's grace period; a little less, after which it may be over; and more, when it is. */
#define GRACE_NS 5000000000u
#define GRACE_PERHAPS_NS 4500000000u
#define GRACE_OVER_NS 5500000000u

/* A piece of a call that the kernel does in one go. */
struct step {
	uint8_t op;
	int8_t slot; /* exit, kill, exec: this slot is closed; else NOBODY: the call itself */
};

struct sim_open {
	uint8_t dev;
	enum path path;
	enum backend backend; /* BACKENDS: not known */
	uint8_t first_op, last_op; /* SEQ_OPS: closed when all was tidied up */
	uint32_t tgid;
	int vm; /* whose pointer the device took, or NOBODY */
	bool held; /* it holds a reference on this VM */
	unsigned int opens;
	/* The first and the last call of a kind while it was open; SEQ_OPS: none. */
	uint8_t add, last_add; /* GROUP_ADD returned 0 */
	uint8_t other_add, last_other_add; /* for another VM than vm */
	uint8_t vm_op; /* from which on the opener had a VM of its own */
	bool vm_ending; /* it had one, if that had not ended yet */
	uint8_t forget; /* the pointer is gone */
	uint8_t shown; /* and this was an open or a close of the device, which shows it */
	uint8_t glimpse; /* or a BIND that failed as it is open: by that one may know */
	uint8_t gone; /* the VM's owner ended it */
	/* The same as other_add and gone, between forget and shown. */
	uint8_t blind_add, blind_gone;
	bool listed; /* its group or cdev was on a VM's list, without a pointer */
	bool del; /* a registration was removed while it was open: told once */
	uint8_t cdev_del; /* PATH_CDEV: the same, if it has not been added again; else SEQ_OPS */
	/* Without a pointer, while watched: */
	bool suspect; /* on a list, or held by the owner of a VM */
	bool file_has; /* its group or cdev has one */
};

/* A finding that a call gives cause for. */
struct duty {
	uint16_t rules; /* bit set of enum rule: one of them is told */
	uint8_t op;
	uint8_t dev; /* SEQ_DEVICES: any */
	bool must; /* false: may */
	bool late; /* told a grace period after the call */
};

struct sim_file {
	enum {
		FILE_OTHER,
		FILE_VM,
		FILE_KV,
		FILE_GROUP,
		FILE_DEVICE, /* got from a group */
		FILE_CDEV, /* a device's own */
		FILE_IOMMUFD,
	} type;
	int vm, dev;
	int kvm; /* FILE_GROUP, FILE_CDEV: the VM whose pointer it has, or NOBODY */
	enum backend backend; /* FILE_GROUP: by its container; BACKENDS: it has none */
	bool bound; /* FILE_CDEV: the device is open by it */
	int refs;
	uint8_t items[SIM_ITEMS]; /* FILE_KV: files on its list */
	unsigned int item_count;
};

struct sim_vm {
	uint32_t owner_mm, owner_pid;
	int holds; /* 0: gone */
	uint8_t first_op, last_op;
};

struct sim_device {
	bool shared; /* during the look: its group, or a cdev of it, on the lists of two VMs */
	unsigned int open_count;
	int file; /* by which it was opened: of its group, or its own */
	int open; /* index of the open */
};

struct sim_proc {
	bool alive;
	uint32_t pid, mm;
	int files[SLOT_COUNT];
	bool keep[SLOT_COUNT];
};

struct sim {
	const struct seq *seq;
	const struct history *history;
	const struct seen *seen; /* for refusals: by whom, when */
	unsigned int seen_count;
	const struct watch *watch; /* note what one sees who comes late; NULL: no need */
	bool uncounted; /* devices hold no reference on their VM */
	bool cdevs; /* devices have files of their own */
	bool bind_loses; /* a second one's BIND takes the pointer of the first */
	bool bind_shows; /* the tool has seen each BIND, and what it took */
	struct sim_proc procs[SEQ_PROCS];
	struct sim_file files[SIM_FILES];
	struct sim_vm vms[SIM_VMS];
	struct sim_device devices[SEQ_DEVICES];
	struct sim_open opens[SIM_OPENS];
	struct duty duties[SIM_DUTIES];
	unsigned int file_count, vm_count, open_count, duty_count;
	uint32_t mms;
	uint8_t op; /* being done */
	bool impossible; /* this order of steps cannot have been */
	bool too_small; /* the tables above are */
};

/* Set what is declared before procs. */
void sim_run(struct sim *s, const struct step *steps, unsigned int count);

/*
 * The steps in order; @variant chooses among the orders of calls made together.
 * Returns how many variants there are. @steps holds at least SIM_STEPS.
 */
enum { SIM_STEPS = SEQ_OPS * (1 + SLOT_COUNT) };
unsigned int sim_order(const struct seq *seq, const struct history *history, unsigned int variant,
		       struct step *steps, unsigned int *count);

#endif
