// SPDX-License-Identifier: GPL-2.0-only
/* The verbs: what each step does. Every function returns 0 or -errno. */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <linux/kvm.h>
#include <linux/vfio.h>

#include "../oracle/oracle.h"
#include "vfio-steps.h"
#include "vfio-steps-calls.h"
#include "vfio-steps-verbs.h"

#define POLL_MS 10

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void sleep_ms(uint64_t ms)
{
	struct timespec left = {
		.tv_sec = (time_t)(ms / 1000),
		.tv_nsec = (long)(ms % 1000) * 1000000,
	};

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

/* Passing descriptors */

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static int set_timeout(int fd)
{
	struct timeval limit = { .tv_sec = STEPS_TIMEOUT_MS / 1000 };

	return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) ? -errno : 0;
}

static int send_fd(int sock, int fd)
{
	char byte = 0;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	union control control = { 0 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	return sendmsg(sock, &msg, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int recv_fd(int sock)
{
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	union control control;
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg;
	int fd;

	if (recvmsg(sock, &msg, MSG_CMSG_CLOEXEC) < 0)
		return -errno;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (!cmsg || cmsg->cmsg_type != SCM_RIGHTS)
		return -ECONNRESET; /* the other end is closed */
	memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
	return fd;
}

/* The verbs proper: fetch the arguments, call the above. */

static int verb_vm(struct run *r, const struct step *s)
{
	return create_vm(r, s->arg[0].slot);
}

static int verb_kvm_vfio(struct run *r, const struct step *s)
{
	return create_kvm_vfio(r, s->arg[0].slot, fd_of(r, s, 1));
}

static int add_or_del(struct run *r, const struct step *s, uint64_t attr)
{
	const struct arg *file = &s->arg[1];

	switch (file->form) {
	case FORM_RAW_POINTER:
		return set_attr(r, fd_of(r, s, 0), attr, file->num);
	case FORM_RAW_FD:
		return set_attr_fd(r, fd_of(r, s, 0), attr, (int32_t)file->num);
	default:
		return set_attr_fd(r, fd_of(r, s, 0), attr, fd_of(r, s, 1));
	}
}

static int verb_add(struct run *r, const struct step *s)
{
	return add_or_del(r, s, KVM_DEV_VFIO_GROUP_ADD);
}

static int verb_del(struct run *r, const struct step *s)
{
	return add_or_del(r, s, KVM_DEV_VFIO_GROUP_DEL);
}

static int verb_container(struct run *r, const struct step *s)
{
	return open_container(r, s->arg[0].slot);
}

static int verb_group(struct run *r, const struct step *s)
{
	return open_group(r, s->arg[0].slot, s->arg[1].text);
}

static int verb_set_container(struct run *r, const struct step *s)
{
	return set_container(r, fd_of(r, s, 0), fd_of(r, s, 1));
}

static int verb_status(struct run *r, const struct step *s)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };

	return done(
		call(r, fd_of(r, s, 0), VFIO_GROUP_GET_STATUS, "VFIO_GROUP_GET_STATUS", &status));
}

static int verb_unset_container(struct run *r, const struct step *s)
{
	return done(call(r, fd_of(r, s, 0), VFIO_GROUP_UNSET_CONTAINER,
			 "VFIO_GROUP_UNSET_CONTAINER", NULL));
}

static int verb_set_iommu(struct run *r, const struct step *s)
{
	return set_iommu(r, fd_of(r, s, 0));
}

static int verb_device(struct run *r, const struct step *s)
{
	return get_device(r, s->arg[0].slot, fd_of(r, s, 1), s->arg[2].text);
}

/* What vfio-pci takes for a virtual function whose physical function is its own. */
static int verb_device_token(struct run *r, const struct step *s)
{
	char name[128];

	snprintf(name, sizeof(name), "%s vf_token=%s", s->arg[2].text, s->arg[3].text);
	return get_device(r, s->arg[0].slot, fd_of(r, s, 1), name);
}

/* Container, group, joined, with an IOMMU: ready to be added and opened. */
static int prepare(struct run *r, size_t container, size_t group, const char *addr)
{
	int err = open_container(r, container);

	if (!err)
		err = open_group(r, group, addr);
	if (!err)
		err = set_container(r, object_fd(r->ctx, group), object_fd(r->ctx, container));
	if (!err)
		err = set_iommu(r, object_fd(r->ctx, container));
	return err;
}

static int verb_prepare(struct run *r, const struct step *s)
{
	return prepare(r, s->arg[0].slot, s->arg[1].slot, s->arg[2].text);
}

/* The right order, from nothing to an open device. */
static int verb_attach(struct run *r, const struct step *s)
{
	size_t vm = s->arg[0].slot, kvm_vfio = s->arg[1].slot, group = s->arg[3].slot;
	const char *addr = s->arg[5].text;
	int err = create_vm(r, vm);

	if (!err)
		err = create_kvm_vfio(r, kvm_vfio, object_fd(r->ctx, vm));
	if (!err)
		err = prepare(r, s->arg[2].slot, group, addr);
	if (!err)
		err = set_attr_fd(r, object_fd(r->ctx, kvm_vfio), KVM_DEV_VFIO_GROUP_ADD,
				  object_fd(r->ctx, group));
	if (!err)
		err = get_device(r, s->arg[4].slot, object_fd(r->ctx, group), addr);
	return err;
}

static int verb_info(struct run *r, const struct step *s)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };

	return done(call(r, fd_of(r, s, 0), VFIO_DEVICE_GET_INFO, "VFIO_DEVICE_GET_INFO", &info));
}

/* The mapping stays until the process ends: closing the device leaves it. */
static int verb_mmap(struct run *r, const struct step *s)
{
	struct vfio_region_info region = { .argsz = sizeof(region),
					   .index = (uint32_t)s->arg[1].num };
	int fd = fd_of(r, s, 0);
	int err = call(r, fd, VFIO_DEVICE_GET_REGION_INFO, "VFIO_DEVICE_GET_REGION_INFO", &region);

	if (err < 0)
		return err;
	if (mmap(NULL, region.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)region.offset) ==
	    MAP_FAILED)
		return -errno;
	return 0;
}

static int verb_reset(struct run *r, const struct step *s)
{
	return done(call(r, fd_of(r, s, 0), VFIO_DEVICE_RESET, "VFIO_DEVICE_RESET", NULL));
}

static int hot_reset(struct run *r, const struct step *s, unsigned int groups)
{
	union {
		struct vfio_pci_hot_reset reset;
		char bytes[sizeof(struct vfio_pci_hot_reset) + 2 * sizeof(int32_t)];
	} arg = { .reset = { .argsz = sizeof(arg), .count = groups } };
	unsigned int i;

	for (i = 0; i < groups; i++) {
		int32_t group = fd_of(r, s, 1 + i);

		memcpy((char *)arg.reset.group_fds + i * sizeof(group), &group, sizeof(group));
	}
	return done(call(r, fd_of(r, s, 0), VFIO_DEVICE_PCI_HOT_RESET, "VFIO_DEVICE_PCI_HOT_RESET",
			 &arg));
}

static int verb_hot_reset(struct run *r, const struct step *s)
{
	return hot_reset(r, s, 1);
}

static int verb_hot_reset_both(struct run *r, const struct step *s)
{
	return hot_reset(r, s, 2);
}

static int verb_irq(struct run *r, const struct step *s)
{
	int device = fd_of(r, s, 0);
	int count = irq_count(r, device, VFIO_PCI_MSI_IRQ_INDEX);

	if (count < 0)
		return count;
	if (!count) {
		run_where(r, "the device has no MSI, nothing done");
		return 0;
	}
	return set_irqs(r, device, VFIO_PCI_MSI_IRQ_INDEX, 1);
}

/* That the driver has fewer is what it answers, and no failure. */
static int verb_irqs(struct run *r, const struct step *s)
{
	return set_irqs(r, fd_of(r, s, 0), (uint32_t)s->arg[1].num, (uint32_t)s->arg[2].num);
}

/* What only devices of the vs_oracle module can do; ENOTTY from others. */

static int verb_forget(struct run *r, const struct step *s)
{
	return done(call(r, fd_of(r, s, 0), VS_ORACLE_FORGET, "VS_ORACLE_FORGET", NULL));
}

static int verb_put(struct run *r, const struct step *s)
{
	return done(call(r, fd_of(r, s, 0), VS_ORACLE_PUT, "VS_ORACLE_PUT", NULL));
}

static int verb_unmap(struct run *r, const struct step *s)
{
	uint64_t iova = s->arg[1].num, size = s->arg[2].num;
	struct vfio_iommu_type1_dma_unmap arg = {
		.argsz = sizeof(arg),
		.iova = iova,
		.size = size,
	};
	int err = call(r, fd_of(r, s, 0), VFIO_IOMMU_UNMAP_DMA, "VFIO_IOMMU_UNMAP_DMA", &arg);

	if (err < 0)
		return err;
	drop_mappings(r->ctx, s->arg[0].slot, CONTAINERS_OWN, iova, iova + (size - 1));
	return 0;
}

static int verb_close(struct run *r, const struct step *s)
{
	int err = object_close(r->ctx, s->arg[0].slot);

	if (!err)
		drop_mappings(r->ctx, s->arg[0].slot, ANY_IOAS, 0, UINT64_MAX);
	return err;
}

static int verb_dup(struct run *r, const struct step *s)
{
	int fd = fcntl(fd_of(r, s, 0), F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	object_bind(r->ctx, s->arg[1].slot, fd);
	return 0;
}

static int verb_socketpair(struct run *r, const struct step *s)
{
	int fd[2], err;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd))
		return -errno;
	object_bind(r->ctx, s->arg[0].slot, fd[0]);
	object_bind(r->ctx, s->arg[0].slot_b, fd[1]);
	err = set_timeout(fd[0]);
	return err ? err : set_timeout(fd[1]);
}

static int verb_sendfd(struct run *r, const struct step *s)
{
	return send_fd(fd_of(r, s, 1), fd_of(r, s, 0));
}

static int verb_recvfd(struct run *r, const struct step *s)
{
	int fd = recv_fd(fd_of(r, s, 1));

	if (fd < 0)
		return fd;
	object_bind(r->ctx, s->arg[0].slot, fd);
	return 0;
}

static int verb_sleep(struct run *r, const struct step *s)
{
	(void)r;
	sleep_ms(s->arg[0].num);
	return 0;
}

static int verb_touch(struct run *r, const struct step *s)
{
	int fd = open_path(r, s->arg[0].text, O_CREAT | O_WRONLY);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

/* One more line in the file: ns since boot. */
static int verb_stamp(struct run *r, const struct step *s)
{
	int fd = open_path(r, s->arg[0].text, O_CREAT | O_WRONLY | O_APPEND);
	struct timespec ts;
	int n;

	if (fd < 0)
		return fd;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	n = dprintf(fd, "%lld\n", (long long)ts.tv_sec * 1000000000LL + ts.tv_nsec);
	close(fd);
	return n < 0 ? -EIO : 0;
}

static int verb_wait(struct run *r, const struct step *s)
{
	uint64_t deadline = now_ms() + STEPS_TIMEOUT_MS;

	while (access(s->arg[0].text, F_OK)) {
		if (now_ms() >= deadline)
			run_die(r, s, STEPS_EX_TIMEOUT, "the file did not appear within %d s",
				STEPS_TIMEOUT_MS / 1000);
		sleep_ms(POLL_MS);
	}
	return 0;
}

static int verb_comm(struct run *r, const struct step *s)
{
	(void)r;
	return prctl(PR_SET_NAME, s->arg[0].text) ? -errno : 0;
}

static int verb_print(struct run *r, const struct step *s)
{
	(void)r;
	return dprintf(STDOUT_FILENO, "%s\n", s->arg[0].text) < 0 ? -errno : 0;
}

static int verb_kill9(struct run *r, const struct step *s)
{
	(void)r;
	(void)s;
	return kill(getpid(), SIGKILL) ? -errno : 0;
}

static int verb_exit(struct run *r, const struct step *s)
{
	(void)r;
	_exit((int)s->arg[0].num);
}

/* The main program has blocked both signals if a `pause` is in the script. */
static int verb_pause(struct run *r, const struct step *s)
{
	sigset_t set;
	int sig;

	(void)r;
	(void)s;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	return -sigwait(&set, &sig);
}

static const struct verb verbs[] = {
	{ "vm", "vm V", { ARG_NEW }, .run = verb_vm },
	{ "kvm-vfio", "kvm-vfio K V", { ARG_NEW, ARG_OBJECT }, .run = verb_kvm_vfio },
	{ "add", "add K G|fd:N|ptr:ADDRESS", { ARG_OBJECT, ARG_FD }, .run = verb_add },
	{ "del", "del K G|fd:N|ptr:ADDRESS", { ARG_OBJECT, ARG_FD }, .run = verb_del },
	{ "spapr", "spapr K G", { ARG_OBJECT, ARG_OBJECT }, .run = verb_spapr },
	{ "spapr-table",
	  "spapr-table K G T",
	  { ARG_OBJECT, ARG_OBJECT, ARG_OBJECT },
	  .run = verb_spapr },
	{ "table",
	  "table T V SHIFT SIZE",
	  { ARG_NEW, ARG_OBJECT, ARG_NUMBER, ARG_SIZE },
	  .run = verb_table },
	{ "set-iommu-type",
	  "set-iommu-type C TYPE",
	  { ARG_OBJECT, ARG_NUMBER },
	  .run = verb_set_iommu_type },
	{ "enable", "enable C", { ARG_OBJECT }, .run = verb_enable },
	{ "disable", "disable C", { ARG_OBJECT }, .run = verb_disable },
	{ "register", "register C SIZE", { ARG_OBJECT, ARG_SIZE }, .run = verb_register },
	{ "unregister", "unregister C SIZE", { ARG_OBJECT, ARG_SIZE }, .run = verb_unregister },
	{ "map-registered",
	  "map-registered C IOVA SIZE",
	  { ARG_OBJECT, ARG_SIZE, ARG_SIZE },
	  .run = verb_map_registered },
	{ "window",
	  "window C SHIFT SIZE",
	  { ARG_OBJECT, ARG_NUMBER, ARG_SIZE },
	  .run = verb_window },
	{ "remove-window",
	  "remove-window C START",
	  { ARG_OBJECT, ARG_SIZE },
	  .run = verb_remove_window },
	{ "container", "container C", { ARG_NEW }, .run = verb_container },
	{ "group", "group G ADDR", { ARG_NEW, ARG_ADDR }, .run = verb_group },
	{ "set-container",
	  "set-container G C",
	  { ARG_OBJECT, ARG_OBJECT },
	  .run = verb_set_container },
	{ "status", "status G", { ARG_OBJECT }, .run = verb_status },
	{ "unset-container", "unset-container G", { ARG_OBJECT }, .run = verb_unset_container },
	{ "set-iommu", "set-iommu C", { ARG_OBJECT }, .run = verb_set_iommu },
	{ "device", "device D G ADDR", { ARG_NEW, ARG_OBJECT, ARG_ADDR }, .run = verb_device },
	{ "device-token",
	  "device-token D G ADDR UUID",
	  { ARG_NEW, ARG_OBJECT, ARG_ADDR, ARG_PATH },
	  .run = verb_device_token },
	{ "prepare", "prepare C G ADDR", { ARG_NEW, ARG_NEW, ARG_ADDR }, .run = verb_prepare },
	{ "attach",
	  "attach V K C G D ADDR",
	  { ARG_NEW, ARG_NEW, ARG_NEW, ARG_NEW, ARG_NEW, ARG_ADDR },
	  .run = verb_attach },
	{ "info", "info D", { ARG_OBJECT }, .run = verb_info },
	{ "mmap", "mmap D REGION", { ARG_OBJECT, ARG_NUMBER }, .run = verb_mmap },
	{ "reset", "reset D", { ARG_OBJECT }, .run = verb_reset },
	{ "hot-reset", "hot-reset D G", { ARG_OBJECT, ARG_OBJECT }, .run = verb_hot_reset },
	{ "hot-reset-both",
	  "hot-reset-both D G1 G2",
	  { ARG_OBJECT, ARG_OBJECT, ARG_OBJECT },
	  .run = verb_hot_reset_both },
	{ "irq", "irq D", { ARG_OBJECT }, .run = verb_irq },
	{ "irqs", "irqs D INDEX COUNT", { ARG_OBJECT, ARG_NUMBER, ARG_NUMBER }, .run = verb_irqs },
	{ "forget", "forget D", { ARG_OBJECT }, .run = verb_forget },
	{ "put", "put D", { ARG_OBJECT }, .run = verb_put },
	{ "map", "map C IOVA SIZE", { ARG_OBJECT, ARG_SIZE, ARG_SIZE }, .run = verb_map },
	{ "map-file",
	  "map-file C IOVA SIZE PATH",
	  { ARG_OBJECT, ARG_SIZE, ARG_SIZE, ARG_PATH },
	  .run = verb_map_file },
	{ "map-bar",
	  "map-bar C IOVA D N",
	  { ARG_OBJECT, ARG_SIZE, ARG_OBJECT, ARG_NUMBER },
	  .run = verb_map_bar },
	{ "map-again", "map-again C IOVA", { ARG_OBJECT, ARG_SIZE }, .run = verb_map_again },
	{ "map-nothing",
	  "map-nothing C IOVA SIZE",
	  { ARG_OBJECT, ARG_SIZE, ARG_SIZE },
	  .run = verb_map_nothing },
	{ "ioas-map-bar",
	  "ioas-map-bar I P|id:N IOVA D N",
	  { ARG_OBJECT, ARG_ID, ARG_SIZE, ARG_OBJECT, ARG_NUMBER },
	  .run = verb_ioas_map_bar },
	{ "unmap", "unmap C IOVA SIZE", { ARG_OBJECT, ARG_SIZE, ARG_SIZE }, .run = verb_unmap },
	{ "iommufd", "iommufd I", { ARG_NEW }, .run = verb_iommufd },
	{ "ioas", "ioas P I", { ARG_NEW, ARG_OBJECT }, .run = verb_ioas },
	{ "cdev", "cdev D ADDR", { ARG_NEW, ARG_ADDR }, .run = verb_cdev },
	{ "bind", "bind D I|fd:N|ptr:ADDRESS", { ARG_OBJECT, ARG_FD }, .run = verb_bind },
	{ "attach-pt", "attach-pt D P|id:N", { ARG_OBJECT, ARG_ID }, .run = verb_attach_pt },
	{ "detach-pt", "detach-pt D", { ARG_OBJECT }, .run = verb_detach_pt },
	{ "attach-cdev",
	  "attach-cdev V K I P D ADDR",
	  { ARG_NEW, ARG_NEW, ARG_NEW, ARG_NEW, ARG_NEW, ARG_ADDR },
	  .run = verb_attach_cdev },
	{ "ioas-map",
	  "ioas-map I P|id:N IOVA SIZE",
	  { ARG_OBJECT, ARG_ID, ARG_SIZE, ARG_SIZE },
	  .run = verb_ioas_map },
	{ "ioas-map-file",
	  "ioas-map-file I P|id:N F IOVA SIZE",
	  { ARG_OBJECT, ARG_ID, ARG_OBJECT, ARG_SIZE, ARG_SIZE },
	  .run = verb_ioas_map_file },
	{ "ioas-copy",
	  "ioas-copy I TO|id:N FROM|id:N IOVA SIZE",
	  { ARG_OBJECT, ARG_ID, ARG_ID, ARG_SIZE, ARG_SIZE },
	  .run = verb_ioas_copy },
	{ "ioas-unmap",
	  "ioas-unmap I P|id:N IOVA SIZE",
	  { ARG_OBJECT, ARG_ID, ARG_SIZE, ARG_SIZE },
	  .run = verb_ioas_unmap },
	{ "destroy", "destroy I P|id:N", { ARG_OBJECT, ARG_ID }, .run = verb_destroy },
	{ "memfd", "memfd F SIZE", { ARG_NEW, ARG_SIZE }, .run = verb_memfd },
	{ "feature",
	  "feature D FEATURE get|set|probe|none",
	  { ARG_OBJECT, ARG_FEATURE, ARG_HOW },
	  .run = verb_feature },
	{ "migrate", "migrate D STATE", { ARG_OBJECT, ARG_STATE }, .run = verb_migrate },
	{ "argsz", "argsz N", { ARG_ARGSZ }, .never_fails = true, .run = verb_argsz },
	{ "flags", "flags N", { ARG_NUMBER }, .never_fails = true, .run = verb_flags },
	{ "close", "close X", { ARG_OBJECT }, .run = verb_close },
	{ "dup", "dup X Y", { ARG_OBJECT, ARG_NEW }, .run = verb_dup },
	{ "socketpair", "socketpair S", { ARG_NEW_PAIR }, .run = verb_socketpair },
	{ "sendfd", "sendfd X S.a|S.b", { ARG_OBJECT, ARG_OBJECT }, .run = verb_sendfd },
	{ "recvfd", "recvfd X S.a|S.b", { ARG_NEW, ARG_OBJECT }, .run = verb_recvfd },
	{ "sleep", "sleep MS", { ARG_NUMBER }, .never_fails = true, .run = verb_sleep },
	{ "touch", "touch PATH", { ARG_PATH }, .run = verb_touch },
	{ "stamp", "stamp PATH", { ARG_PATH }, .run = verb_stamp },
	{ "wait", "wait PATH", { ARG_PATH }, .never_fails = true, .run = verb_wait },
	{ "comm", "comm TEXT", { ARG_TEXT }, .never_fails = true, .run = verb_comm },
	{ "print", "print TEXT", { ARG_TEXT }, .run = verb_print },
	{ "kill9", "kill9", .never_fails = true, .run = verb_kill9 },
	{ "exit", "exit N", { ARG_STATUS }, .never_fails = true, .run = verb_exit },
	{ "pause", "pause", .never_fails = true, .run = verb_pause },
	{ "fork", "fork NAME", { ARG_NEW_WORKER }, .op = OP_FORK, .never_fails = true },
	{ "thread", "thread NAME", { ARG_NEW_WORKER }, .op = OP_THREAD, .never_fails = true },
	{ "repeat", "repeat N", { ARG_NUMBER }, .op = OP_REPEAT, .never_fails = true },
	{ "end", "end", .op = OP_END, .never_fails = true },
	{ "join", "join NAME", { ARG_WORKER }, .op = OP_JOIN },
};

const struct verb *verb_find(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}
