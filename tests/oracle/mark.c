// SPDX-License-Identifier: GPL-2.0-only
/* How one knows that the tool has said all: by a call that it speaks of last. */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/kvm.h>

#include "calls.h"
#include "run.h"

/* A registration of no file: refused, which is a finding. */
static bool refused_add(int vm)
{
	int kvmvfio = call_kvmvfio(vm);
	bool refused;

	if (kvmvfio < 0)
		return false;
	refused = call_add(kvmvfio, -1) != 0;
	close(kvmvfio);
	return refused;
}

uint64_t mark_leave(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int vm = kvm < 0 ? -1 : ioctl(kvm, KVM_CREATE_VM, 0);
	uint64_t ns = now_ns();
	bool left = vm >= 0 && refused_add(vm);

	close(vm);
	close(kvm);
	return left ? ns : 0;
}

bool mark_is(const struct said_finding *said)
{
	return said->rule == RULE_ADD_FAILED && said->pid == getpid();
}

bool mark_heard(const struct log *log, uint64_t since_ns)
{
	size_t i;

	for (i = log->finding_count; i--;)
		if (mark_is(&log->findings[i].said) &&
		    log->findings[i].said.ts_ns >= (int64_t)since_ns)
			return true;
	return false;
}
