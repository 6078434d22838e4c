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
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/kvm.h>
#include <linux/vfio.h>

#define PATH_SIZE 32

#ifdef __powerpc64__
#define IOMMU_DRIVER VFIO_SPAPR_TCE_v2_IOMMU
#else
#define IOMMU_DRIVER VFIO_TYPE1v2_IOMMU
#endif

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

/*
 * Of each architecture: _start, which passes the initial stack pointer on, and a system
 * call that returns a negative errno.
 */
#if defined(__x86_64__)
__asm__(".globl _start\n"
	"_start:\n"
	"	xor %ebp, %ebp\n"
	"	mov %rsp, %rdi\n"
	"	and $-16, %rsp\n"
	"	call start\n"
	"	hlt\n");

static long syscall4(long nr, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	return ret;
}
#elif defined(__aarch64__)
__asm__(".globl _start\n"
	"_start:\n"
	"	mov x29, #0\n"
	"	mov x30, #0\n"
	"	mov x0, sp\n"
	"	bl start\n"
	"	brk #0\n");

static long syscall4(long nr, long a, long b, long c, long d)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
	return x0;
}
#elif defined(__powerpc64__)
/* The kernel enters with the address of _start in r12 (ELFv2): the TOC lies relative to it. */
__asm__(".globl _start\n"
	"_start:\n"
	"	addis 2, 12, .TOC.-_start@ha\n"
	"	addi 2, 2, .TOC.-_start@l\n"
	"	mr 3, 1\n"
	"	clrrdi 1, 1, 4\n"
	"	li 0, 0\n"
	"	stdu 0, -128(1)\n"
	"	mtlr 0\n"
	"	bl start\n"
	"	nop\n"
	"	trap\n");

/* An error is a flag (summary overflow), and the errno is positive. */
static long syscall4(long nr, long a, long b, long c, long d)
{
	register long r0 __asm__("r0") = nr;
	register long r3 __asm__("r3") = a;
	register long r4 __asm__("r4") = b;
	register long r5 __asm__("r5") = c;
	register long r6 __asm__("r6") = d;

	__asm__ volatile("sc\n"
			 "bns+ 1f\n"
			 "neg 3, 3\n"
			 "1:"
			 : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6)
			 :
			 : "r7", "r8", "r9", "r10", "r11", "r12", "cr0", "ctr", "memory");
	return r3;
}
#else
#error "first-syscall needs _start and the system call of this architecture"
#endif

static long syscall3(long nr, long a, long b, long c)
{
	return syscall4(nr, a, b, c, 0);
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
	return must(syscall4(__NR_openat, AT_FDCWD, (long)path, O_RDWR | O_CLOEXEC, 0), status);
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
	do_ioctl(container, VFIO_SET_IOMMU, (void *)IOMMU_DRIVER, EX_SET_IOMMU);
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
