/* SPDX-License-Identifier: GPL-2.0-only */
/* What an event is called and says, the same in every output. Pure. */
#ifndef VS_DESCRIBE_H
#define VS_DESCRIBE_H

#include "about.h"
#include "model.h"

/* Stable name for programs ("group_add"), and the one people know. */
struct vs_op {
	const char *id;
	const char *label;
};

/* Never NULL; an ioctl without a name of its own gets its fd's. */
const struct vs_op *vs_op_of(const union vs_event *ev);

/* Whether the result is a file descriptor (if not negative). */
bool vs_event_returns_fd(const union vs_event *ev);

/* Whether it is no call, but what a look at open files found. */
bool vs_event_found(const union vs_event *ev);

/* True if the call failed; the result is then a negative errno. */
bool vs_event_failed(const union vs_event *ev);

/* "EBADF", or NULL for a number without a name. */
const char *vs_errno_name(int64_t ret);

/* Room for any VM's long label. */
#define VS_LABEL_LEN 640

/**
 * vs_vm_label - a VM for people: vm1 "name" (comm, pid 12)
 * @long_form: with the process
 *
 * The result is escaped, ready to print. NULL @vm gives "no VM".
 */
char *vs_vm_label(char *out, size_t size, const struct vs_vm *vm, bool long_form);

/* What the call was about, for people; escaped. */
char *vs_event_detail(char *out, size_t size, const union vs_event *ev, const struct vs_refs *refs);

/* What it returned, for people. */
char *vs_event_result(char *out, size_t size, const union vs_event *ev);

#endif
