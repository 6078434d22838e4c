/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of the model: calls that were refused, failed, or had an effect worth knowing. */
#ifndef VS_CALLS_H
#define VS_CALLS_H

#include "opens.h"

/* DEV_OPEN that failed. */
int m_on_group_open(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);
/* One that is none of those below. */
int m_on_group_ioctl(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);
int m_on_set_container(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);
int m_on_get_device_fd(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);
int m_on_set_iommu(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);
int m_on_spapr(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);
int m_on_bind(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);
int m_on_attach_pt(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);
int m_on_kvm_vfio_create(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);
/* A VM is known to be non-coherent. That it ended, or begins anew, is no finding. */
int m_on_noncoherent(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);

#endif
