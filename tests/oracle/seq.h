/* SPDX-License-Identifier: GPL-2.0-only */
/* Sequences as data: operations of a few processes on a few objects, and their text form. */
#ifndef ORACLE_SEQ_H
#define ORACLE_SEQ_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum {
	SEQ_DEVICES = 4, /* devices 0, 1 are strict, 2, 3 silent; a group each */
	SEQ_PROCS = 6, /* w0 … w5 */
	SEQ_FIRST_PROCS = 3, /* there from the start; the others come by fork */
	SEQ_OPS = 160,
};

/* A process keeps its descriptors in named slots. */
enum slot {
	SLOT_V = 0, /* V0 … V2: VMs */
	SLOT_K = 3, /* K0 … K3: kvm-vfio devices */
	SLOT_C = 7, /* C0 … C2: containers, iommufds */
	SLOT_G = 10, /* G0 … G3: groups */
	SLOT_D = 14, /* D0 … D3: devices, from their groups or their own files */
	SLOT_X = 18, /* X0 … X5: anything */
	SLOT_COUNT = 24,
	SLOT_BAD = SLOT_COUNT, /* "bad": a number that is no open descriptor */
	SLOT_END,
};

enum op_kind {
	OP_VM,
	OP_KVMVFIO,
	OP_CONTAINER,
	OP_GROUP,
	OP_SETCONTAINER,
	OP_SETIOMMU,
	OP_UNSET,
	OP_ADD,
	OP_DEL,
	OP_DEVICE,
	OP_DUP,
	OP_PASS,
	OP_CLOSE,
	OP_CLOSEALL,
	OP_FORK,
	OP_EXEC,
	OP_EXIT,
	OP_KILL,
	OP_FORGET,
	OP_PUT,
	/* Where devices have files of their own. */
	OP_CDEV,
	OP_IOMMUFD,
	OP_BIND,
	OP_ATTACH,
	OP_DETACH,
	OP_COUNT,
};

struct op {
	uint8_t kind;
	uint8_t proc;
	uint8_t a; /* the slot it fills or works on */
	uint8_t b; /* the slot it makes use of */
	uint8_t dev; /* SEQ_DEVICES: a name that no device has */
	uint8_t to; /* another process */
	bool flag; /* keep: survives exec; closeall: from the last slot down */
	bool with; /* at the same time as the one before */
};

struct seq {
	uint64_t seed;
	unsigned int count;
	struct op ops[SEQ_OPS];
};

/* Fills slot a, in the process itself or, OP_PASS, in another. */
bool op_fills(enum op_kind kind);
const char *op_name(enum op_kind kind);
/* Writes the operation without a newline; returns what snprintf() would. */
int op_text(char *buf, size_t size, const struct op *op);
/* Reads what op_text() writes; false if it is none. */
bool op_parse(struct op *op, const char *text);

void seq_print(FILE *to, const struct seq *seq);
/* Empty lines and what follows a # are skipped. Returns the number of a bad line, or 0. */
unsigned int seq_read(struct seq *seq, FILE *from);

/*
 * gen.c: the sequence of a seed; always the same. @both: for kernels where devices
 * have files of their own beside their groups.
 */
void seq_generate(struct seq *seq, uint64_t seed, bool both);

#endif
