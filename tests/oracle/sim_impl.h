/* SPDX-License-Identifier: GPL-2.0-only */
/* Between sim.c, which replays the calls, and files.c. */
#ifndef ORACLE_SIM_IMPL_H
#define ORACLE_SIM_IMPL_H

#include "sim.h"

/* The call being done gives cause for a finding: it must, or may be told. */
void duty(struct sim *s, enum rule rule, unsigned int dev, bool must);
/* For one of several, a bit set of enum rule. */
void duty_one_of(struct sim *s, unsigned int rules, unsigned int dev, bool must);
/* The group has left a list; @counts: the kind of leaving that is told. */
void removed(struct sim *s, int group, bool counts);

/* One reference less. */
void vm_put(struct sim *s, int vm);
/* Whoever reads the device's pointer at its opens and closes reads it now. */
void device_shown(struct sim *s, int group);

/* Files are numbers; NOBODY if the tables are full. */
int file_new(struct sim *s, int type, int vm, int group);
void file_put(struct sim *s, int file);

/* What a process has in a slot; NOBODY, FILE_OTHER if nothing. */
int file_in(const struct sim *s, int proc, uint8_t slot);
int type_in(const struct sim *s, int proc, uint8_t slot);
void install(struct sim *s, int proc, uint8_t slot, int file, bool keep);
void close_slot(struct sim *s, int proc, int slot);

#endif
