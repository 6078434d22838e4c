// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opens a VFIO group with its very first system call, then a device, and only
 * then meets KVM: the wrong order, by a process that gives a tracer no time to
 * notice it. No libc, no dynamic loader: nothing else is called before.
 *
 * usage: first-syscall GROUP ADDR, for example: first-syscall 12 0000:00:05.0
 *
 * gcc -static -nostdlib -ffreestanding -fno-stack-protector
 */
#ifndef __x86_64__
#error "first-syscall needs _start and the system call of this architecture: x86-64 only"
#endif

#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/kvm.h>
#include <linux/vfio.h>

#define PATH_SIZE 32

/* One exit status per call. */
enum {
	EX_GROUP = 1,
	EX_CONTAINER,
	EX_SET_CONTAINER,
	EX_SET_IOMMU,
	EX_DEVICE,
	EX_KVM,
	EX_VM,
	EX_KVM_VFIO,
	EX_ADD,
	EX_USAGE = 64,
};

void start(long *stack);

__asm__(".globl _start\n"
	"_start:\n"
	"	xor %ebp, %ebp\n"
	"	mov %rsp, %rdi\n"
	"	and $-16, %rsp\n"
	"	call start\n"
	"	hlt\n");

static long syscall3(long nr, long a, long b, long c)
{
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return ret;
}

static void __attribute__((noreturn)) leave(int status)
{
	for (;;)
		syscall3(__NR_exit_group, status, 0, 0);
}

/* The result of a call that must succeed. */
static int must(long ret, int status)
{
	if (ret < 0)
		leave(status);
	return (int)ret;
}

static int do_open(const char *path, int status)
{
	return must(syscall3(__NR_open, (long)path, O_RDWR | O_CLOEXEC, 0), status);
}

static int do_ioctl(int fd, unsigned long cmd, const void *arg, int status)
{
	return must(syscall3(__NR_ioctl, fd, (long)cmd, (long)arg), status);
}

/* Refuses what does not fit: a shortened path would open another group. */
static void group_path(char *path, const char *group)
{
	static const char dir[] = "/dev/vfio/";
	unsigned int len = 0;

	for (const char *p = dir; *p; p++)
		path[len++] = *p;
	for (; *group; group++) {
		if (*group < '0' || *group > '9' || len == PATH_SIZE - 1)
			leave(EX_USAGE);
		path[len++] = *group;
	}
	path[len] = '\0';
}

/* Container, IOMMU and device behind the open group. */
static void open_device(int group, const char *addr)
{
	int container = do_open("/dev/vfio/vfio", EX_CONTAINER);

	do_ioctl(group, VFIO_GROUP_SET_CONTAINER, &container, EX_SET_CONTAINER);
	do_ioctl(container, VFIO_SET_IOMMU, (void *)VFIO_TYPE1v2_IOMMU, EX_SET_IOMMU);
	do_ioctl(group, VFIO_GROUP_GET_DEVICE_FD, addr, EX_DEVICE);
}

static void add_group(int group)
{
	struct kvm_create_device device = { .type = KVM_DEV_TYPE_VFIO };
	struct kvm_device_attr attr = {
		.group = KVM_DEV_VFIO_GROUP,
		.attr = KVM_DEV_VFIO_GROUP_ADD,
		.addr = (unsigned long)&group,
	};
	int kvm = do_open("/dev/kvm", EX_KVM);
	int vm = do_ioctl(kvm, KVM_CREATE_VM, (void *)0, EX_VM);

	do_ioctl(vm, KVM_CREATE_DEVICE, &device, EX_KVM_VFIO);
	do_ioctl((int)device.fd, KVM_SET_DEVICE_ATTR, &attr, EX_ADD);
}

/* @stack: argc, then the argv pointers. */
void start(long *stack)
{
	const char **argv = (const char **)(stack + 1);
	char path[PATH_SIZE];
	int group;

	if (stack[0] != 3 || !*argv[1])
		leave(EX_USAGE);
	group_path(path, argv[1]);
	group = do_open(path, EX_GROUP);
	open_device(group, argv[2]);
	add_group(group);
	leave(0);
}
