/* SPDX-License-Identifier: GPL-2.0-only */
/* What an event is called and says, the same in every output. Pure. */
#ifndef VS_DESCRIBE_H
#define VS_DESCRIBE_H

#include "../model/model.h"
#include "strbuf.h"

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

/* What it returned; of what was found, the holder's descriptor. */
void vs_put_result(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs);

#endif
