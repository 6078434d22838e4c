// SPDX-License-Identifier: GPL-2.0-only
/*
 * A worker makes the calls of one process of a sequence. It remembers nothing:
 * the coordinator names descriptors by number. So a worker is a worker still
 * after an exec, and its child is one from birth.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <linux/kvm.h>
#include <linux/vfio.h>

#include "calls.h"
#include "exec.h"
#include "oracle.h"

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

union fd_message {
	char space[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

bool send_with(int socket, const void *data, size_t size, int fd)
{
	struct iovec part = { (void *)data, size };
	struct msghdr msg = { .msg_iov = &part, .msg_iovlen = 1 };
	union fd_message control;
	struct cmsghdr *c;

	if (fd >= 0) {
		msg.msg_control = control.space;
		msg.msg_controllen = sizeof(control.space);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	return sendmsg(socket, &msg, MSG_NOSIGNAL) == (ssize_t)size;
}

ssize_t recv_with(int socket, void *data, size_t size, int *fd)
{
	union fd_message control;
	struct iovec part = { data, size };
	struct msghdr msg = { .msg_iov = &part,
			      .msg_iovlen = 1,
			      .msg_control = control.space,
			      .msg_controllen = sizeof(control.space) };
	struct cmsghdr *c;
	ssize_t n;

	*fd = -1;
	do
		n = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	c = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;
	if (c && c->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(c), sizeof(*fd));
	return n;
}

/* Kept open: a process does not need a new one for every VM. */
static int kvm_fd(void)
{
	int fd;

	if (fcntl(WORKER_KVM, F_GETFD) >= 0)
		return WORKER_KVM;
	fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return fd;
	dup3(fd, WORKER_KVM, O_CLOEXEC);
	close(fd);
	return WORKER_KVM;
}

static int close_all(const struct request *r)
{
	int i, failed = 0;

	for (i = 0; i < r->count; i++)
		failed |= close(r->fds[i]);
	return failed;
}

static int keep(int fd, const struct request *r)
{
	if (fd >= 0 && r->flag)
		fcntl(fd, F_SETFD, 0);
	return fd;
}

/* A sibling, so that the coordinator can wait for it; no more than this thread. */
static int fork_worker(int ctl)
{
	int pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid)
		return pid;
	dup3(ctl, WORKER_CTL, 0);
	close(WORKER_CTL2);
	close(ctl);
	return 0;
}

static int renew(void)
{
	char *args[] = { "oracle", WORKER_ARG, NULL }, *env[] = { NULL };

	return execve("/proc/self/exe", args, env);
}

static int perform(const struct request *r, int came)
{
	int flags = r->flag ? 0 : O_CLOEXEC;

	switch (r->kind) {
	case OP_VM:
		return ioctl(WORKER_KVM, KVM_CREATE_VM, 0);
	case OP_KVMVFIO:
		return call_kvmvfio(r->fds[0]);
	case OP_CONTAINER:
	case OP_GROUP:
	case OP_CDEV:
	case OP_IOMMUFD:
		return open(r->name, O_RDWR | flags);
	case OP_SETCONTAINER:
		return ioctl(r->fds[0], VFIO_GROUP_SET_CONTAINER, &r->fds[1]);
	case OP_SETIOMMU:
		return ioctl(r->fds[0], VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU);
	case OP_UNSET:
		return ioctl(r->fds[0], VFIO_GROUP_UNSET_CONTAINER);
	case OP_ADD:
		return call_add(r->fds[0], r->fds[1]);
	case OP_DEL:
		return call_del(r->fds[0], r->fds[1]);
	case OP_DEVICE:
		return ioctl(r->fds[0], VFIO_GROUP_GET_DEVICE_FD, r->name);
	case OP_BIND:
		return call_bind(r->fds[0], r->fds[1]);
	case OP_ATTACH:
		return call_attach(r->fds[0], r->fds[1]);
	case OP_DETACH:
		return call_detach(r->fds[0]);
	case OP_DUP:
		return fcntl(r->fds[0], r->flag ? F_DUPFD : F_DUPFD_CLOEXEC, 3);
	case OP_CLOSE:
	case OP_CLOSEALL:
		return close_all(r);
	case OP_FORK:
		return fork_worker(came);
	case OP_EXEC:
		return renew();
	case OP_EXIT:
		_exit(0);
	case OP_FORGET:
		return ioctl(r->fds[0], VS_ORACLE_FORGET);
	case OP_PUT:
		return ioctl(r->fds[0], VS_ORACLE_PUT);
	case ASK_TAKE:
		return keep(came, r);
	}
	return 0;
}

static void *second_thread(void *unused);

static int start_thread(int ctl)
{
	pthread_t thread;

	dup3(ctl, WORKER_CTL2, O_CLOEXEC);
	return pthread_create(&thread, NULL, second_thread, NULL) ? -1 : 0;
}

static void answer(int ctl, const struct request *r, int came)
{
	struct reply reply = { 0 };
	int ret;

	if (r->kind == OP_VM)
		kvm_fd();
	while (r->not_before_ns && now_ns() < r->not_before_ns)
		;
	reply.start_ns = now_ns();
	ret = r->kind == ASK_THREAD ? start_thread(came) : perform(r, came);
	reply.ret = ret < 0 ? -errno : ret;
	reply.end_ns = now_ns();
	if (r->kind == OP_FORK && !ret)
		return;
	if (came >= 0 && r->kind != ASK_TAKE)
		close(came);
	send_with(ctl, &reply, sizeof(reply), r->kind == ASK_GIVE ? r->fds[0] : -1);
}

static void serve(int ctl)
{
	struct request r;
	int came;

	while (recv_with(ctl, &r, sizeof(r), &came) == sizeof(r))
		answer(ctl, &r, came);
}

static void *second_thread(void *unused)
{
	serve(WORKER_CTL2);
	return unused;
}

_Noreturn void worker_main(bool renewed)
{
	struct reply reply = { .end_ns = now_ns() };

	if (renewed)
		send_with(WORKER_CTL, &reply, sizeof(reply), -1);
	serve(WORKER_CTL);
	_exit(0);
}
