/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of the model: records about the stream itself. What was observed and how
 * is put together here, for everybody who shows it.
 */
#ifndef VS_STREAM_H
#define VS_STREAM_H

#include "objects.h"

int m_on_start(struct vs_model *m, const union vs_record *rec);
int m_on_site(struct vs_model *m, const union vs_record *rec);
int m_on_program(struct vs_model *m, const union vs_record *rec);
int m_on_program_end(struct vs_model *m, const union vs_record *rec);
/* An event of any process: whether a call of the program failed. */
void m_program_note(struct vs_model *m, const union vs_event *ev);
/* The caller lets go of what a look under way remembered. */
int m_on_attached(struct vs_model *m, const union vs_record *rec);
int m_on_missed(struct vs_model *m, const union vs_record *rec);
int m_on_loss(struct vs_model *m, const union vs_record *rec);
int m_on_vm_name(struct vs_model *m, const union vs_record *rec);
int m_on_place(struct vs_model *m, const union vs_record *rec);
int m_on_dev_info(struct vs_model *m, const union vs_record *rec);
void m_stream_free(struct vs_model *m);

#endif
