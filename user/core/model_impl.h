/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of the model, shared by its files: objects.c keeps VMs, processes and
 * groups, opens.c judges opens, model.c turns events into calls of both.
 */
#ifndef VS_MODEL_IMPL_H
#define VS_MODEL_IMPL_H

/* Out of memory is an error to return, not a reason to exit. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>
#include <utlist.h>

#include "model.h"

struct vm {
	struct vs_vm pub; /* first: evidence holds on to it by this pointer */
	uint64_t ptr;
	unsigned int refs; /* opens and evidence that name it */
	struct vs_evidence created; /* refers to itself, not counted */
	bool dead;
	bool announced; /* named as new, creation still to come */
	struct vm *prev, *next; /* of its process */
	UT_hash_handle hh;
};

struct open {
	struct vs_open pub;
	uint64_t dev;
	struct vm *kvm, *vm; /* counted; pub.kvm, pub.vm */
	struct group *group; /* both only without a kvm pointer */
	struct proc *proc;
	bool since_before; /* first open not seen */
	bool vms_unknown; /* could not look whether the process had a VM */
	bool suspect; /* its process has a VM */
	bool grace; /* on m->suspects */
	uint64_t suspect_ns; /* since when */
	uint32_t lost; /* the source's count when it was opened */
	struct vs_evidence ev_open, ev_getfd, ev_end;
	struct open *g_prev, *g_next, *p_prev, *p_next, *s_prev, *s_next;
	UT_hash_handle hh;
};

/* A group with opens that lack a kvm pointer. */
struct group {
	uint64_t ptr;
	struct open *opens;
	UT_hash_handle hh;
};

/* A process with VMs, or with opens that lack a kvm pointer. */
struct proc {
	uint32_t pid;
	struct vm *vms;
	struct open *opens;
	UT_hash_handle hh;
};

/* Vendor and device name, as the source found them. */
struct info {
	char name[VS_DEVNAME_LEN];
	char text[VS_NAME_LEN];
	UT_hash_handle hh;
};

struct vs_model {
	struct vs_model_config config;
	struct vs_sink sink;
	struct vm *vms; /* by address, living ones */
	struct open *opens; /* by the vfio_device's address */
	struct group *groups;
	struct proc *procs;
	struct info *infos;
	struct open *suspects; /* opens whose grace period runs */
	uint32_t vm_count;
	uint32_t open_count;
	uint32_t lost; /* records, by the last event */
};

/* objects.c: *_get() finds or makes one, NULL if there is no memory. */

struct proc *proc_get(struct vs_model *m, uint32_t pid);
void proc_put(struct vs_model *m, struct proc *p); /* gone if nothing is left in it */

struct vm *vm_find(const struct vs_model *m, uint64_t ptr);
struct vm *vm_get(struct vs_model *m, uint64_t ptr, uint32_t pid);
struct vm *vm_begin(struct vs_model *m, uint64_t ptr, uint32_t pid);
void vm_retire(struct vs_model *m, struct vm *vm);
/* Let *slot and *pub name @vm, or nothing, and count accordingly. */
void vm_ref(struct vm **slot, struct vm *vm, const struct vs_vm **pub);

struct group *group_find(const struct vs_model *m, uint64_t ptr);
struct group *group_get(struct vs_model *m, uint64_t ptr);
void group_put(struct vs_model *m, struct group *g);

/* Keep an event as proof, with the VMs it names; replaces what was kept. */
void keep(struct vs_evidence *slot, const union vs_event *ev, const struct vs_refs *refs);
void evidence_drop(struct vs_evidence *slot);

/* opens.c */

struct open *open_find(const struct vs_model *m, uint64_t dev);
/* From a first open, or from any later sign of an open that began before us. */
struct open *open_new(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs,
		      bool since_before);
/* Settle the verdict, tell it, forget the open. @ended: by a last close. */
void open_end(struct vs_model *m, struct open *o, uint64_t ts, bool ended);
void open_unlink(struct vs_model *m, struct open *o);
/* The opener of a device without kvm pointer has a VM: its grace period runs. */
void suspect_begin(struct vs_model *m, struct open *o, struct vm *vm, uint64_t ts);
/* What the device's own state proves, at whatever moment it is read. */
void judge_state(struct vs_model *m, struct open *o, const struct ev_dev *ev);
/* Why an absence can not be trusted for this open; NULL if it can. */
const char *blind(const struct vs_model *m, const struct open *o);
/* A rule has found something; once per open and rule. */
void fire(struct vs_model *m, struct open *o, enum vs_rule_id id, uint64_t ts, bool pending);

#endif
