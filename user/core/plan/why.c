// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "why.h"

/* A name goes between the two parts of the sentence. */
static const struct {
	const char *id, *before, *after;
} reasons[VS_WHY_COUNT] = {
	[VS_WHY_NONE] = { NULL, "", NULL },
	[VS_WHY_LEFT_OUT] = { "left-out", "left out by --without", NULL },
	[VS_WHY_OTHER_ARCH] = { "other-architecture", "it does not exist on this architecture",
				NULL },
	[VS_WHY_NOT_IN_KERNEL] = { "not-in-kernel", "the running kernel has no such thing", NULL },
	[VS_WHY_NO_PROGRAM] = { "no-program", "vfioscope has no program ", " for this site" },
	[VS_WHY_LOAD_REFUSED] = { "load-refused", "the kernel refused to load the program ", "" },
	[VS_WHY_ATTACH_REFUSED] = { "attach-refused", "the kernel refused to attach the program ",
				    "" },
	[VS_WHY_FENTRY_REFUSED] = { "fentry-refused", "the kernel refuses tracing programs", NULL },
	[VS_WHY_NO_DIRECT_CALLS] = { "no-direct-calls",
				     "the kernel cannot attach tracing programs to functions",
				     NULL },
	[VS_WHY_KPROBE_REFUSED] = { "kprobe-refused", "the kernel refuses kprobes", NULL },
	[VS_WHY_NO_FUNCTION_BTF] = { "no-function-btf", "this kernel has no BTF for ", "" },
	[VS_WHY_NO_FUNCTION] = { "no-function", "this kernel has no function ", "" },
	[VS_WHY_OTHER_PROTOTYPE] = { "other-prototype", "",
				     " has another prototype in this kernel" },
	[VS_WHY_NO_ITERATOR] = { "no-iterator", "this kernel has no iterator ", "" },
	[VS_WHY_PID_NAMESPACE] = { "pid-namespace", "a pid namespace hides the host's processes",
				   NULL },
	[VS_WHY_COSTLY] = { "costly", "each of many calls would pay for a kprobe on ",
			    ", and for --dma they do" },
	[VS_WHY_NEEDS_SITE] = { "needs-site", "it needs the site ", ", which is missing" },
};

const char *vs_why_id(enum vs_why why)
{
	return reasons[why].id;
}

void vs_why_say(char *buf, size_t size, enum vs_why why, const char *name, int err)
{
	const char *after = reasons[why].after;
	size_t used;

	snprintf(buf, size, "%s%s%s", reasons[why].before, after ? name : "", after ? after : "");
	used = strlen(buf);
	if (!err)
		return;
	if (strerrorname_np(err))
		snprintf(buf + used, size - used, " (%s)", strerrorname_np(err));
	else
		snprintf(buf + used, size - used, " (error %d)", err);
}
