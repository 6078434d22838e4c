/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers as kprobes are entered with them; bpf_tracing.h takes arguments and results
 * from them. uapi/asm/ptrace.h of each architecture: ABI, so read at fixed places.
 */
#ifndef VMLINUX_REGS_H
#define VMLINUX_REGS_H

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx;
	unsigned long r11, r10, r9, r8, ax, cx, dx, si, di;
	unsigned long orig_ax, ip, cs, flags, sp, ss;
};
#elif defined(__TARGET_ARCH_arm64)
struct user_pt_regs {
	__u64 regs[31];
	__u64 sp, pc, pstate;
};
#elif defined(__TARGET_ARCH_powerpc)
struct pt_regs {
	unsigned long gpr[32];
	unsigned long nip, msr, orig_gpr3, ctr, link, xer, ccr;
	unsigned long softe, trap, dar, dsisr, result;
};
#elif defined(__TARGET_ARCH_s390)
typedef struct {
	unsigned long mask, addr;
} psw_t;
typedef struct {
	unsigned long args[1];
	psw_t psw;
	unsigned long gprs[16];
} user_pt_regs;
#else
#error "vmlinux/regs.h does not have the registers of this architecture"
#endif

#endif
