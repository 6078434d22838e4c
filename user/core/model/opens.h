/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of the model: opens, from the first open of a device to its last close. */
#ifndef VS_OPENS_H
#define VS_OPENS_H

#include "certainty.h"

/* Does the device still carry what @o took, the VM @kvm that @creator (0: not told) made? */
bool m_open_may_carry(const struct vs_model *m, const struct m_open *o, uint64_t kvm,
		      uint32_t creator);
/* Who created the VM of the process that opens or holds the device; at least the process is told. */
static inline uint32_t m_owner(const struct ev_dev *ev)
{
	return ev->owner_creator ? ev->owner_creator : ev->h.pid;
}

/* The open a later sign of it belongs to; NULL if what we know is another one. */
struct m_open *m_open_of(struct vs_model *m, const struct ev_dev *ev);
/*
 * From a first open, or from any later sign of an open that began before us. To be
 * followed by m_open_judge(), after what is known of its past has been applied.
 */
struct m_open *m_open_new(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs,
			  bool since_before);
/* What its beginning proves; announces the open. */
void m_open_judge(struct vs_model *m, struct m_open *o, const struct ev_dev *ev);
/* What the device's own state proves, whenever it is read after the first open. */
void m_open_judge_again(struct vs_model *m, struct m_open *o, const union vs_event *ev,
			const struct vs_refs *refs);
/* A rule has found something about an open; once per open and rule. */
void m_open_fire(struct vs_model *m, struct m_open *o, enum vs_rule_id id, uint64_t ts,
		 bool pending);

/* Settle the verdict and announce it. @ended: by a last close. */
void m_open_settle(struct vs_model *m, struct m_open *o, uint64_t ts, bool ended);
/* The same, and forget the open. */
void m_open_end(struct vs_model *m, struct m_open *o, uint64_t ts, bool ended);
void m_open_forget(struct vs_model *m, struct m_open *o);

/* The opener of a device without kvm pointer has a VM: its grace period runs. */
void m_suspect_begin(struct vs_model *m, struct m_open *o, struct m_vm *vm, uint64_t ts);
/* What made it suspect was over before the open: it is not. */
void m_suspect_clear(struct vs_model *m, struct m_open *o);
/*
 * The file of an open cdev is not registered any more, and the registration kept it open:
 * there is time until the grace period ends to close it. Or it is registered again.
 */
void m_unlist_begin(struct vs_model *m, struct m_open *o, const union vs_event *ev,
		    const struct vs_refs *refs);
void m_unlist_end(struct vs_model *m, struct m_open *o);

#endif
