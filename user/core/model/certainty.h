/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of the model: what is certain. Who asks here knows whether something that
 * was not seen can be taken for something that did not happen.
 */
#ifndef VS_CERTAINTY_H
#define VS_CERTAINTY_H

#include "objects.h"

/* Something cannot be observed: any of these bits of enum vs_blind. */
static inline bool m_blind_to(const struct vs_model *m, unsigned int blind)
{
	return m->run.attached.blind & blind;
}

/* Every sign of the open reached us: what is kept of it is its state now. */
bool m_certain(const struct vs_model *m, const struct m_open *o);

/* Why an absence cannot be trusted for this open; NULL if it can. */
const struct vs_reason *m_blind(const struct vs_model *m, const struct m_open *o);

/* A registration of @g, with another VM than @vm, that holds for certain; or NULL. */
struct m_reg *m_reg_other(const struct vs_model *m, const struct m_group *g, const struct m_vm *vm);

/*
 * A notifier kernel: a file was closed, and what seems to remain is a count that
 * was read without a lock, and no file that anybody has seen.
 */
bool m_known_by_count(const struct m_open *o);

/*
 * Read again, it no longer carried what it took; or it may have lost it to a call that is
 * not observed. Nothing follows from that pointer any more.
 */
bool m_lost_pointer(const struct vs_model *m, const struct m_open *o);

#endif
