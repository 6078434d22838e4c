/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of the model: files put on and taken off a VM's list, and VMs that end. */
#ifndef VS_REGISTRATIONS_H
#define VS_REGISTRATIONS_H

#include "opens.h"

int m_on_add(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);
int m_on_del(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);
int m_on_other_attr(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);
int m_on_set_kvm(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);
int m_on_clear_kvm(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);
int m_on_registration(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);
int m_on_kvm_vfio_release(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);
int m_on_vm_destroy(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);

/* What happened to the group while the look had not yet shown this open. */
void m_replay_early(struct vs_model *m, struct m_open *o);
/* The look is over, or given up: what was remembered for it is forgotten. */
void m_early_forget(struct vs_model *m);

#endif
