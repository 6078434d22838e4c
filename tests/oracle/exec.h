/* SPDX-License-Identifier: GPL-2.0-only */
/* Performing sequences with real system calls. */
#ifndef ORACLE_EXEC_H
#define ORACLE_EXEC_H

#include "history.h"

/* The devices of one lane; no other lane touches them. */
struct lane_devices {
	unsigned int number[SEQ_DEVICES]; /* the module's */
	char name[SEQ_DEVICES][40];
	int group[SEQ_DEVICES];
	char node[SEQ_DEVICES][48]; /* a device's own file; "": this kernel has none */
};

/**
 * lane_run - perform sequences until none is left, in this process and its workers
 * @next: number of the next sequence that nobody has taken, shared by all lanes
 *
 * History i belongs to sequence i. Returns false if a worker hangs.
 */
bool lane_run(unsigned int lane, const struct lane_devices *devices, const struct seq *seqs,
	      struct history *histories, unsigned int count, unsigned int *next);

/* worker.c */

/* What a worker is asked: descriptors by number, so that it need not remember anything. */
struct request {
	uint8_t kind; /* enum op_kind, or one of the next */
	bool flag;
	uint16_t count; /* of fds */
	int32_t fds[SLOT_COUNT];
	uint64_t not_before_ns; /* so that two begin at the same time; 0: at once */
	char name[48]; /* device, or file */
};

enum {
	ASK_GIVE = OP_COUNT, /* send fds[0] back */
	ASK_TAKE, /* keep the descriptor that came along */
	ASK_THREAD, /* serve the socket that came along in a second thread */
};

struct reply {
	uint64_t start_ns, end_ns;
	int32_t ret;
};

enum { WORKER_CTL = 100, WORKER_CTL2 = 101, WORKER_KVM = 102, WORKER_BAD = 999 };

/* For the first argument of a program image that is to be a worker. */
#define WORKER_ARG "--worker"

/* Serves WORKER_CTL; @renewed: after an exec, which waits for an answer. */
_Noreturn void worker_main(bool renewed);

uint64_t now_ns(void);
/* @fd: -1, or a descriptor that goes along. */
bool send_with(int socket, const void *data, size_t size, int fd);
/* *@fd: -1 if none came along. Returns recvmsg()'s value. */
ssize_t recv_with(int socket, void *data, size_t size, int *fd);

#endif
