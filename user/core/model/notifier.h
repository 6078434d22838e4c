/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of the model: notifier kernels (up to 5.18). They notify drivers of their
 * VM, whenever it comes, and devices hold no kvm pointer; nor does the core count
 * opens: each GET_DEVICE_FD opens, each last reference of a file closes. Their
 * events become here what those of later kernels are: an open lasts from a device's
 * first file to its last, and has the kvm pointer that its group had when it began.
 *
 * What a driver was notified of before we came is not known. State proves nothing
 * then, and is hidden from the rules: such an open is always unknown.
 */
#ifndef VS_NOTIFIER_H
#define VS_NOTIFIER_H

#include "opens.h"

/*
 * What an event of a notifier kernel means to the rest of the model. True if an
 * open had to end for it, and a VM perhaps with it.
 */
bool m_adapt_notifier(struct vs_model *m, union vs_event *ev);

#endif
