/* SPDX-License-Identifier: GPL-2.0-only */
/* What an event is called and says, the same in every output. Pure. */
#ifndef VS_DESCRIBE_H
#define VS_DESCRIBE_H

#include "../event/refs.h"
#include "../model/model.h"
#include "strbuf.h"

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
/* Room for what any event says. */
#define VS_DETAIL_LEN 1024

/* All that follows is for people, and escaped. */

/* A VM: vm1 "name", in its @long_form with the process: (comm, pid 12). */
void vs_put_vm(struct vs_text *t, const struct vs_vm *vm, bool long_form);

/* A device: its name (vendor and device), driver NAME, as far as they are known. */
void vs_put_device(struct vs_text *t, const struct vs_open *open);

/* What the call was about. */
void vs_put_detail(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs);

/* What it returned. */
void vs_put_result(struct vs_text *t, const union vs_event *ev);

#endif
