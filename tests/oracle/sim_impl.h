/* SPDX-License-Identifier: GPL-2.0-only */
/* Between sim.c, which replays the calls, cdevs.c, and files.c. */
#ifndef ORACLE_SIM_IMPL_H
#define ORACLE_SIM_IMPL_H

#include "sim.h"

/* The call being done gives cause for a finding: it must, or may be told. */
void duty(struct sim *s, enum rule rule, unsigned int dev, bool must);
/* For one of several, a bit set of enum rule. */
void duty_one_of(struct sim *s, unsigned int rules, unsigned int dev, bool must);
/* The file has left a list; @counts: the tool has to report it. */
void removed(struct sim *s, int file, bool counts);
/* A cdev's file is added, or closed; the removal before it may have been long ago. */
void removal_over(struct sim *s, struct sim_open *o);

/* One reference less. */
void vm_put(struct sim *s, int vm);
/* Whoever reads the device's pointer at its opens and closes reads it now. */
void device_shown(struct sim *s, int dev);

/* Files are numbers; NOBODY if the tables are full. */
int file_new(struct sim *s, int type, int vm, int dev);
void file_put(struct sim *s, int file);
/* Is it a file that has the pointer for the devices that are opened by it? */
bool file_carries(const struct sim_file *f);
/* The file of a device's group that is open, or NOBODY: there is one at a time. */
int group_file(const struct sim *s, int dev);
/* The open that goes by this file: any of its group's; NULL if there is none. */
struct sim_open *open_by(struct sim *s, int file);
/* It is on the list of a VM other than @but_vm. */
bool on_list_of(const struct sim *s, int file, int but_vm);

/* What a process has in a slot; NOBODY, FILE_OTHER if nothing. */
int file_in(const struct sim *s, int proc, uint8_t slot);
int type_in(const struct sim *s, int proc, uint8_t slot);
void install(struct sim *s, int proc, uint8_t slot, int file, bool keep);
void close_slot(struct sim *s, int proc, int slot);

/* Does the address space have a VM; or had it one that ends at the same time? */
bool has_vm(const struct sim *s, uint32_t mm);
bool vm_ending(const struct sim *s, uint32_t mm);
/* Made at the same time as the call being done: neither is before the other. */
bool at_once(const struct sim *s, uint8_t op);
/* The device, which is not open, is now: by a file of its group, or by its own. */
void first_open(struct sim *s, int proc, int file);
/* The open of the device in a slot, if it has a pointer; NULL: it has none. */
struct sim_open *carrier(struct sim *s, const struct op *op);
/* A call failed that opens the device of a file: was the driver asked, and refused? */
bool open_refused(struct sim *s, const struct op *op, const struct call *call, int file);

/* cdevs.c: calls on devices' own files, and on iommufds. */
void cdev_succeeded(struct sim *s, const struct op *op);
void cdev_failed(struct sim *s, const struct op *op, const struct call *call);
/* A group is opened, or not: which devices open by their own files forbid. */
void group_open_fits(struct sim *s, const struct op *op, const struct call *call);

#endif
