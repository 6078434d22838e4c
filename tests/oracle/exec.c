// SPDX-License-Identifier: GPL-2.0-only
/*
 * The coordinator of a lane: it has one operation at a time performed by the
 * worker concerned, or two where the sequence says so, and writes down what came
 * of it. Only it knows which descriptor is in which slot.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exec.h"

enum {
	REPLY_SECONDS = 600, /* a lane may be frozen as long as a tool takes to start */
	/* Both have read their request by then. */
	TOGETHER_NS = 400000,
};

/* What made the descriptor in a slot. */
struct held {
	uint8_t kind; /* enum op_kind */
	uint8_t dev; /* OP_GROUP, OP_CDEV, OP_DEVICE */
};

struct worker {
	pid_t pid; /* 0: none */
	int ctl, ctl2; /* ctl2: its second thread's, or -1 */
	int fds[SLOT_COUNT]; /* -1: empty */
	bool keep[SLOT_COUNT]; /* survives exec */
	struct held held[SLOT_COUNT];
};

struct lane {
	const struct lane_devices *devices;
	struct worker workers[SEQ_PROCS];
	const struct seq *seq;
	struct history *history;
	/* Of a device's group: what its container was last, OP_CONTAINER or OP_IOMMUFD. */
	uint8_t backend[SEQ_DEVICES];
	bool listed[SEQ_DEVICES]; /* a descriptor from the group is on a list, perhaps */
	bool leaks; /* a VM was left behind that nobody can end */
	bool stuck;
};

/* Workers */

static bool socket_pair(int pair[2])
{
	struct timeval limit = { .tv_sec = REPLY_SECONDS };

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return false;
	setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return true;
}

static void worker_clear(struct worker *w, pid_t pid, int ctl)
{
	w->pid = pid;
	w->ctl = ctl;
	w->ctl2 = -1;
	memset(w->fds, -1, sizeof(w->fds));
}

static void worker_spawn(struct worker *w)
{
	pid_t pid;
	int pair[2];

	if (!socket_pair(pair))
		exit(1);
	pid = fork();
	if (pid < 0)
		exit(1);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup3(pair[1], WORKER_CTL, 0);
		close_range(3, WORKER_CTL - 1, 0);
		close_range(WORKER_CTL + 1, ~0u, 0);
		worker_main(false);
	}
	close(pair[1]);
	worker_clear(w, pid, pair[0]);
}

static void worker_gone(struct worker *w)
{
	int status;

	waitpid(w->pid, &status, 0);
	close(w->ctl);
	if (w->ctl2 >= 0)
		close(w->ctl2);
	worker_clear(w, 0, -1);
}

static bool worker_ask(struct lane *l, int ctl, const struct request *r, int fd,
		       struct reply *reply, int *came)
{
	int none;

	if (send_with(ctl, r, sizeof(*r), fd) &&
	    recv_with(ctl, reply, sizeof(*reply), came ? came : &none) == sizeof(*reply))
		return true;
	l->stuck = true;
	return false;
}

static bool worker_thread(struct lane *l, struct worker *w)
{
	struct request r = { .kind = ASK_THREAD };
	struct reply reply;
	int pair[2];
	bool ok;

	if (w->ctl2 >= 0)
		return true;
	if (!socket_pair(pair))
		return false;
	ok = worker_ask(l, w->ctl, &r, pair[1], &reply, NULL) && !reply.ret;
	close(pair[1]);
	w->ctl2 = pair[0];
	return ok;
}

/* Operations */

static int fd_of(const struct worker *w, uint8_t slot)
{
	return slot < SLOT_COUNT ? w->fds[slot] : WORKER_BAD;
}

static void request_close_all(struct request *r, const struct worker *w)
{
	int i, s;

	for (i = 0; i < SLOT_COUNT; i++) {
		s = r->flag ? SLOT_COUNT - 1 - i : i;
		if (w->fds[s] >= 0)
			r->fds[r->count++] = w->fds[s];
	}
}

static void request_fill(const struct lane *l, const struct op *op, struct request *r)
{
	const struct worker *w = &l->workers[op->proc];

	memset(r, 0, sizeof(*r));
	r->kind = op->kind;
	r->flag = op->flag;
	r->count = 1;
	r->fds[0] = fd_of(w, op_fills(op->kind) ? op->b : op->a);
	r->fds[1] = fd_of(w, op->b);
	if (op->kind == OP_CONTAINER)
		strcpy(r->name, "/dev/vfio/vfio");
	else if (op->kind == OP_IOMMUFD)
		strcpy(r->name, "/dev/iommu");
	else if (op->kind == OP_CDEV)
		strcpy(r->name, l->devices->node[op->dev]);
	else if (op->kind == OP_GROUP)
		snprintf(r->name, sizeof(r->name), "/dev/vfio/%d", l->devices->group[op->dev]);
	else if (op->kind == OP_DEVICE && op->dev < SEQ_DEVICES)
		strcpy(r->name, l->devices->name[op->dev]);
	else if (op->kind == OP_DEVICE)
		strcpy(r->name, "0000:ff:1f.7");
	if (op->kind == OP_CLOSEALL) {
		r->count = 0;
		request_close_all(r, w);
	}
}

static bool has_device(const struct lane *l, uint8_t dev)
{
	const struct worker *w;
	int s;

	for (w = l->workers; w < l->workers + SEQ_PROCS; w++)
		for (s = 0; w->pid && s < SLOT_COUNT; s++)
			if (w->fds[s] >= 0 && w->held[s].kind == OP_DEVICE && w->held[s].dev == dev)
				return true;
	return l->listed[dev];
}

/*
 * A group lets go of an iommufd while its device is open, and then takes a container:
 * the kernel closes the device as if the container had opened it, drops a reference on
 * the group's file that it never took, and all else is luck.
 */
static bool ruins_kernel(const struct lane *l, const struct op *op)
{
	const struct worker *w = &l->workers[op->proc];
	uint8_t dev;

	if (op->kind != OP_SETCONTAINER || fd_of(w, op->a) < 0 || op->a >= SLOT_COUNT ||
	    w->held[op->a].kind != OP_GROUP || op->b >= SLOT_COUNT)
		return false;
	dev = w->held[op->a].dev;
	return l->backend[dev] && l->backend[dev] != w->held[op->b].kind && has_device(l, dev);
}

static bool possible(const struct lane *l, const struct op *op)
{
	const struct worker *w = &l->workers[op->proc];
	const struct worker *to = &l->workers[op->to];

	if (!w->pid || ruins_kernel(l, op))
		return false;
	switch (op->kind) {
	case OP_PASS:
		return to->pid && to != w && fd_of(w, op->b) >= 0 && op->b < SLOT_COUNT &&
		       op->a < SLOT_COUNT && to->fds[op->a] < 0;
	case OP_FORK:
		return !to->pid;
	case OP_CLOSE:
	case OP_FORGET:
	case OP_PUT:
		return op->a < SLOT_COUNT && w->fds[op->a] >= 0;
	case OP_GROUP:
		if (op->dev == SEQ_DEVICES)
			return false;
		break;
	case OP_CDEV:
		if (op->dev == SEQ_DEVICES || !l->devices->node[op->dev][0])
			return false;
	}
	return !op_fills(op->kind) || (op->a < SLOT_COUNT && w->fds[op->a] < 0);
}

/* What a call changes that others depend upon. */
static void note_backend(struct lane *l, const struct op *op, int ret)
{
	const struct worker *w = &l->workers[op->proc];

	if (op->kind == OP_BIND && ret == -EINVAL)
		l->leaks = true;
	if (ret < 0 || op->a >= SLOT_COUNT || op->b >= SLOT_COUNT)
		return;
	if (op->kind == OP_SETCONTAINER && w->held[op->a].kind == OP_GROUP)
		l->backend[w->held[op->a].dev] = w->held[op->b].kind;
	if (op->kind == OP_ADD && w->held[op->b].kind == OP_DEVICE)
		l->listed[w->held[op->b].dev] = true;
}

/* A copy is what the original is. */
static struct held held_by(const struct worker *w, const struct op *op)
{
	if (op->kind == OP_DUP || op->kind == OP_PASS)
		return w->held[op->b];
	return (struct held){ .kind = op->kind, .dev = op->dev };
}

/* What a successful call changes in the slots. */
static void settle(struct lane *l, const struct op *op, int ret)
{
	struct worker *w = &l->workers[op->proc];
	struct worker *target = op->kind == OP_PASS ? &l->workers[op->to] : w;
	int s;

	note_backend(l, op, ret);
	if (ret < 0)
		return;
	if (op_fills(op->kind)) {
		target->fds[op->a] = ret;
		target->held[op->a] = held_by(w, op);
		/* KVM's and VFIO's own descriptors never survive. */
		target->keep[op->a] = op->flag && op->kind != OP_VM && op->kind != OP_KVMVFIO &&
				      op->kind != OP_DEVICE;
	} else if (op->kind == OP_CLOSE) {
		w->fds[op->a] = -1;
	} else if (op->kind == OP_CLOSEALL) {
		memset(w->fds, -1, sizeof(w->fds));
	} else if (op->kind == OP_EXEC) {
		for (s = 0; s < SLOT_COUNT; s++)
			if (!w->keep[s])
				w->fds[s] = -1;
	}
}

static void call_from(struct call *call, const struct reply *reply)
{
	call->start_ns = reply->start_ns;
	call->end_ns = reply->end_ns;
	call->ret = reply->ret;
}

static bool do_pass(struct lane *l, const struct op *op, struct call *call)
{
	struct worker *w = &l->workers[op->proc], *to = &l->workers[op->to];
	struct request give = { .kind = ASK_GIVE, .fds = { w->fds[op->b] } };
	struct request take = { .kind = ASK_TAKE, .flag = op->flag };
	struct reply reply;
	int fd = -1;
	bool ok;

	ok = worker_ask(l, w->ctl, &give, -1, &reply, &fd) && fd >= 0 &&
	     worker_ask(l, to->ctl, &take, fd, &reply, NULL);
	/* Both of them have it: this is never the last one. */
	close(fd);
	if (ok)
		call_from(call, &reply);
	return ok;
}

static bool do_fork(struct lane *l, const struct op *op, struct call *call)
{
	struct worker *w = &l->workers[op->proc], *child = &l->workers[op->to];
	struct request r = { .kind = OP_FORK };
	struct reply reply;
	int pair[2];
	bool ok;

	if (!socket_pair(pair))
		return false;
	ok = worker_ask(l, w->ctl, &r, pair[1], &reply, NULL);
	close(pair[1]);
	if (!ok || reply.ret < 0) {
		close(pair[0]);
		return false;
	}
	worker_clear(child, reply.ret, pair[0]);
	memcpy(child->fds, w->fds, sizeof(w->fds));
	memcpy(child->keep, w->keep, sizeof(w->keep));
	memcpy(child->held, w->held, sizeof(w->held));
	call_from(call, &reply);
	return true;
}

static bool do_exec(struct lane *l, const struct op *op, struct call *call)
{
	struct worker *w = &l->workers[op->proc];
	struct request r = { .kind = OP_EXEC };
	struct reply reply;
	bool ok;

	call->start_ns = now_ns();
	ok = worker_ask(l, w->ctl, &r, -1, &reply, NULL);
	call->end_ns = now_ns();
	call->ret = ok ? reply.ret : -EIO;
	if (w->ctl2 >= 0)
		close(w->ctl2);
	w->ctl2 = -1;
	return ok;
}

static void end_begin(struct lane *l, const struct op *op, struct call *call)
{
	struct worker *w = &l->workers[op->proc];
	struct request r = { .kind = OP_EXIT };

	call->start_ns = now_ns();
	if (op->kind == OP_KILL)
		kill(w->pid, SIGKILL);
	else
		send_with(w->ctl, &r, sizeof(r), -1);
}

/* Once it can be waited for, all its descriptors have been released. */
static void end_finish(struct lane *l, const struct op *op, struct call *call)
{
	worker_gone(&l->workers[op->proc]);
	call->end_ns = now_ns();
}

static bool is_end(const struct op *op)
{
	return op->kind == OP_EXIT || op->kind == OP_KILL;
}

/* Has a plain call made: request and reply apart, so that two can overlap. */
static bool plain_begin(struct lane *l, const struct op *op, int ctl, uint64_t not_before)
{
	struct request r;

	request_fill(l, op, &r);
	r.not_before_ns = not_before;
	return send_with(ctl, &r, sizeof(r), -1);
}

static bool plain_finish(struct lane *l, const struct op *op, int ctl, struct call *call)
{
	struct reply reply;
	int none;

	if (recv_with(ctl, &reply, sizeof(reply), &none) != sizeof(reply)) {
		l->stuck = call->stuck = true;
		return false;
	}
	call_from(call, &reply);
	settle(l, op, call->ret);
	return true;
}

static bool call_start(struct lane *l, const struct op *op, struct call *call)
{
	call->done = possible(l, op);
	call->pid = l->workers[op->proc].pid;
	return call->done;
}

static void do_one(struct lane *l, const struct op *op, struct call *call)
{
	struct worker *w = &l->workers[op->proc];
	bool ok = true;

	if (!call_start(l, op, call))
		return;
	if (is_end(op)) {
		end_begin(l, op, call);
		end_finish(l, op, call);
		return;
	}
	if (op->kind == OP_PASS)
		ok = do_pass(l, op, call);
	else if (op->kind == OP_FORK)
		ok = do_fork(l, op, call);
	else if (op->kind == OP_EXEC)
		ok = do_exec(l, op, call);
	else if (plain_begin(l, op, w->ctl, 0))
		ok = plain_finish(l, op, w->ctl, call);
	if (!ok)
		l->stuck = call->stuck = true;
	else if (op->kind == OP_PASS || op->kind == OP_EXEC)
		settle(l, op, call->ret);
}

static bool is_plain(const struct op *op)
{
	return op->kind != OP_PASS && op->kind != OP_FORK && op->kind != OP_EXEC && !is_end(op);
}

static bool can_pair(const struct lane *l, const struct op *a, const struct op *b)
{
	if (!possible(l, a) || !possible(l, b) || !is_plain(b))
		return false;
	if (op_fills(a->kind) && op_fills(b->kind) && a->proc == b->proc && a->a == b->a)
		return false;
	/* A slot that is closed is not made use of: its number could mean another file. */
	if (a->proc == b->proc && (a->kind == OP_CLOSEALL || b->kind == OP_CLOSEALL))
		return false;
	if (a->proc == b->proc && ((a->kind == OP_CLOSE && (a->a == b->a || a->a == b->b)) ||
				   (b->kind == OP_CLOSE && (b->a == a->a || b->a == a->b))))
		return false;
	return is_plain(a) || (is_end(a) && a->proc != b->proc);
}

/* Two at a time: in two threads of a process, or in two processes. */
static void do_pair(struct lane *l, const struct op *op, struct call *call)
{
	struct worker *w = &l->workers[op[0].proc], *x = &l->workers[op[1].proc];
	uint64_t when;
	int ctl = x->ctl;

	if (x == w) {
		if (!worker_thread(l, w)) {
			l->stuck = true;
			return;
		}
		ctl = w->ctl2;
	}
	call_start(l, &op[0], &call[0]);
	call_start(l, &op[1], &call[1]);
	call[0].together = call[1].together = true;
	when = now_ns() + TOGETHER_NS;
	plain_begin(l, &op[1], ctl, when);
	if (is_end(&op[0])) {
		while (now_ns() < when - TOGETHER_NS / 4)
			;
		end_begin(l, &op[0], &call[0]);
	} else {
		plain_begin(l, &op[0], w->ctl, when);
		plain_finish(l, &op[0], w->ctl, &call[0]);
	}
	plain_finish(l, &op[1], ctl, &call[1]);
	if (is_end(&op[0]))
		end_finish(l, &op[0], &call[0]);
}

/* Sequences */

/* Whoever is left from the sequence before is fit to serve again: it holds nothing. */
static void gather_workers(struct lane *l)
{
	int p, q;

	for (p = 0; p < SEQ_PROCS; p++) {
		for (q = p + 1; !l->workers[p].pid && q < SEQ_PROCS; q++)
			if (l->workers[q].pid) {
				l->workers[p] = l->workers[q];
				worker_clear(&l->workers[q], 0, -1);
			}
		if (p < SEQ_FIRST_PROCS && !l->workers[p].pid)
			worker_spawn(&l->workers[p]);
	}
}

static void drop_workers(struct lane *l, int from)
{
	int p;

	for (p = from; p < SEQ_PROCS; p++)
		if (l->workers[p].pid) {
			kill(l->workers[p].pid, SIGKILL);
			worker_gone(&l->workers[p]);
		}
}

static void tidy_up(struct lane *l)
{
	struct worker *w;
	int p, s;

	/* A VM that cannot end is in its address space: the next sequence wants none. */
	if (l->leaks)
		drop_workers(l, 0);
	/* A shortened sequence may have lost its ends: what still holds something goes. */
	for (p = 0; p < SEQ_PROCS; p++) {
		w = &l->workers[p];
		for (s = 0; w->pid && s < SLOT_COUNT; s++)
			if (w->fds[s] >= 0) {
				kill(w->pid, SIGKILL);
				worker_gone(w);
			}
	}
}

static void run_sequence(struct lane *l)
{
	const struct seq *seq = l->seq;
	struct call *calls = l->history->calls;
	unsigned int i;
	int p;

	memset(l->backend, 0, sizeof(l->backend));
	memset(l->listed, 0, sizeof(l->listed));
	l->leaks = false;
	gather_workers(l);
	drop_workers(l, SEQ_FIRST_PROCS);
	for (p = 0; p < SEQ_FIRST_PROCS; p++)
		l->history->pids[p] = l->workers[p].pid;
	l->history->start_ns = now_ns();
	for (i = 0; i < seq->count && !l->stuck; i++) {
		if (i + 1 < seq->count && seq->ops[i + 1].with &&
		    can_pair(l, &seq->ops[i], &seq->ops[i + 1])) {
			do_pair(l, &seq->ops[i], &calls[i]);
			i++;
		} else {
			do_one(l, &seq->ops[i], &calls[i]);
		}
	}
	tidy_up(l);
	l->history->end_ns = now_ns();
}

bool lane_run(unsigned int lane, const struct lane_devices *devices, const struct seq *seqs,
	      struct history *histories, unsigned int count, unsigned int *next)
{
	struct lane l = { .devices = devices };
	unsigned int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (!l.stuck) {
		i = __atomic_fetch_add(next, 1, __ATOMIC_RELAXED);
		if (i >= count)
			break;
		l.seq = &seqs[i];
		l.history = &histories[i];
		l.history->lane = lane;
		run_sequence(&l);
	}
	drop_workers(&l, 0);
	return !l.stuck;
}
