/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of the model, shared by its files. objects.c keeps VMs, processes,
 * groups and registrations; opens.c the opens and their verdicts; findings.c
 * says what a rule has found; registrations.c and calls.c hold the rules about
 * registrations and about calls; model.c takes events to all of them.
 */
#ifndef VS_MODEL_IMPL_H
#define VS_MODEL_IMPL_H

#include <string.h>
#include <utlist.h>

#include "../hash.h"
#include "model.h"

struct m_vm {
	struct vs_vm pub; /* first: evidence holds on to it by this pointer */
	unsigned int refs; /* opens and evidence that name it */
	struct vs_evidence created; /* refers to itself, not counted */
	bool dead;
	bool gone; /* as a device showed that carries its pointer */
	bool announced; /* named as new, creation still to come */
	bool begun; /* its creation was seen, or told as new */
	bool noncoherent; /* was told */
	struct m_open *opens; /* that took its pointer */
	struct m_reg *regs;
	struct m_vm *prev, *next; /* of its process */
	UT_hash_handle hh;
};

struct m_open {
	struct vs_open pub;
	uint64_t dev;
	struct m_vm *kvm, *vm; /* counted; pub.kvm, pub.vm */
	struct m_group *group; /* NULL: not known */
	struct m_proc *proc; /* without a kvm pointer only */
	bool since_before; /* first open not seen */
	bool notifier; /* of a kernel that notifies drivers, see files.c */
	uint32_t files; /* its files, on such a kernel */
	bool vms_unknown; /* could not look whether the process had a VM */
	bool suspect; /* its process has a VM */
	bool listed; /* suspect for its group's registration alone */
	bool grace; /* on m->suspects */
	uint64_t suspect_ns; /* since when */
	uint32_t lost; /* the source's count when it was opened */
	struct vs_evidence ev_open, ev_getfd, ev_end;
	struct m_open *g_prev, *g_next, *p_prev, *p_next, *s_prev, *s_next, *v_prev, *v_next;
	UT_hash_handle hh;
};

/* A group with open devices, or registered with a VM. */
struct m_group {
	uint64_t ptr;
	struct m_open *opens;
	struct m_reg *regs;
	UT_hash_handle hh;
};

/* A group on the list of a VM's kvm-vfio device. */
struct m_reg {
	uint64_t kvm_vfio;
	struct m_vm *vm;
	struct m_group *group;
	uint32_t lost; /* the source's count when it was made */
	struct vs_evidence made;
	struct m_reg *g_prev, *g_next, *v_prev, *v_next;
};

/* A registration made or removed before the look was over. */
struct m_early {
	struct vs_evidence ev;
	struct m_early *prev, *next;
};

/* A device that its driver refused to open: the call around it says so again. */
struct m_refused {
	uint32_t tid;
	uint64_t ts;
	UT_hash_handle hh;
};

/* A process with VMs, or with opens that lack a kvm pointer. */
struct m_proc {
	uint32_t pid;
	struct m_vm *vms;
	struct m_open *opens;
	UT_hash_handle hh;
};

/* Vendor and device name, as the source found them. */
struct m_info {
	char name[VS_DEVNAME_LEN];
	char text[VS_NAME_LEN];
	UT_hash_handle hh;
};

struct vs_model {
	struct vs_model_config config;
	struct vs_sink sink;
	struct m_vm *vms; /* by address, living ones */
	struct m_open *opens; /* by the vfio_device's address */
	struct m_open *spare; /* memory for the next one, or NULL */
	struct m_group *groups;
	struct m_proc *procs;
	struct m_info *infos;
	struct m_refused *refused;
	struct m_early *early; /* while looking */
	bool looking;
	struct m_open *suspects; /* opens whose grace period runs, the oldest first */
	uint32_t vm_count;
	uint32_t open_count;
	uint32_t lost; /* records, by the last event, and probes not run */
	uint32_t missed; /* the latter, and resumed; events do not count them */
	uint32_t resumed; /* times something may have been missed while attaching anew */
	bool doubt; /* some were missed about now */
};

/* objects.c: *_get() finds or makes one, NULL if there is no memory. */

struct m_proc *m_proc_get(struct vs_model *m, uint32_t pid);
void m_proc_put(struct vs_model *m, struct m_proc *p); /* gone if nothing is left in it */

struct m_vm *m_vm_find(const struct vs_model *m, uint64_t ptr);
struct m_vm *m_vm_get(struct vs_model *m, uint64_t ptr, uint32_t pid);
struct m_vm *m_vm_begin(struct vs_model *m, uint64_t ptr, uint32_t pid);
void m_vm_retire(struct vs_model *m, struct m_vm *vm);
/* Let *slot and *pub name @vm, or nothing, and count accordingly. */
void m_vm_ref(struct m_vm **slot, struct m_vm *vm, const struct vs_vm **pub);

struct m_group *m_group_find(const struct vs_model *m, uint64_t ptr);
struct m_group *m_group_get(struct vs_model *m, uint64_t ptr);
void m_group_put(struct vs_model *m, struct m_group *g); /* gone if nothing is left in it */

struct m_reg *m_reg_find(const struct vs_model *m, uint64_t kvm_vfio, uint64_t group);
/* A new one, or NULL if there is no memory. */
struct m_reg *m_reg_new(struct vs_model *m, uint64_t kvm_vfio, struct m_group *g, struct m_vm *vm,
			const union vs_event *ev);
void m_reg_end(struct vs_model *m, struct m_reg *r);
/* All of one kvm-vfio device's (0: of all) of a VM. */
void m_regs_end(struct vs_model *m, struct m_vm *vm, uint64_t kvm_vfio);
/* A registration of @g, with another VM than @vm, that holds for certain; or NULL. */
struct m_reg *m_reg_other(const struct vs_model *m, const struct m_group *g, const struct m_vm *vm);

/* Keep an event as proof, with the VMs it names; replaces what was kept. */
void m_keep(struct vs_evidence *slot, const union vs_event *ev, const struct vs_refs *refs);
void m_evidence_drop(struct vs_evidence *slot);

/* findings.c */

/* A rule has found something about an open; once per open and rule. */
void m_fire(struct vs_model *m, struct m_open *o, enum vs_rule_id id, uint64_t ts, bool pending);
/*
 * A rule has found something about a call. @earlier: one more proof, @cause:
 * what the call's errno means; or NULL.
 */
void m_fire_call(struct vs_model *m, enum vs_rule_id id, const union vs_event *ev,
		 const struct vs_refs *refs, const struct vs_evidence *earlier, const char *cause);

/* opens.c */

struct m_open *m_open_find(const struct vs_model *m, uint64_t dev);
/* The open a later sign of it belongs to; NULL if what we know is another one. */
struct m_open *m_open_of(struct vs_model *m, const struct ev_dev *ev);
/* From a first open, or from any later sign of an open that began before us. */
struct m_open *m_open_new(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs,
			  bool since_before);
/* Settle the verdict, tell it, forget the open. @ended: by a last close. */
void m_open_end(struct vs_model *m, struct m_open *o, uint64_t ts, bool ended);
void m_open_unlink(struct vs_model *m, struct m_open *o);
/* The opener of a device without kvm pointer has a VM: its grace period runs. */
void m_suspect_begin(struct vs_model *m, struct m_open *o, struct m_vm *vm, uint64_t ts);
void m_suspect_end(struct vs_model *m, struct m_open *o);
/* What made it suspect was over before the open: it is not. */
void m_suspect_clear(struct vs_model *m, struct m_open *o);
/*
 * The count to compare m->lost with later, for what @ev began: in doubt none
 * that will ever be equal.
 */
uint32_t m_lost_at(const struct vs_model *m, const union vs_event *ev);
/* Every sign of the open reached us: what is kept of it is its state now. */
bool m_certain(const struct vs_model *m, const struct m_open *o);
/* What the device's own state proves, whenever it is read after the first open. */
void m_judge_again(struct vs_model *m, struct m_open *o, const union vs_event *ev,
		   const struct vs_refs *refs);
/* Why an absence can not be trusted for this open; NULL if it can. */
const char *m_blind(const struct vs_model *m, const struct m_open *o);

/* files.c */

/*
 * What an event of a kernel that notifies drivers means to the rest of the model.
 * True if an open had to end for it, and a VM perhaps with it.
 */
bool m_adapt_notifier(struct vs_model *m, union vs_event *ev);
/*
 * On such a kernel: a file was closed, and what seems to remain is a count that
 * was read without a lock, and no file that anybody has seen.
 */
bool m_known_by_count(const struct m_open *o);

/* registrations.c */

int m_on_attr(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);
int m_on_set_kvm(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);
int m_on_registration(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);
void m_on_kvm_vfio_release(struct vs_model *m, const union vs_event *ev);
void m_on_vm_destroy(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);
/* What happened to the group while the look had not yet shown this open. */
void m_replay_early(struct vs_model *m, struct m_open *o);
void m_look_done(struct vs_model *m);

/* calls.c */

int m_on_refused(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);
void m_on_group_ioctl(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);
void m_on_container_ioctl(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);
void m_on_kvm_vfio_create(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);
/* A VM is known to be non-coherent. That it ended, or begins anew, is no finding. */
void m_on_noncoherent(struct vs_model *m, const union vs_event *ev, const struct vs_refs *refs);

#endif
