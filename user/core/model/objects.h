/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of the model: the objects of the world as the kernel has them, how they
 * are found, made and forgotten, and the evidence that names them. No rule is here.
 */
#ifndef VS_OBJECTS_H
#define VS_OBJECTS_H

#include <string.h>
#include <utlist.h>

#include "../event/again.h"
#include "../hash.h"
#include "grace.h"
#include "ledger.h"
#include "model.h"
#include "walk.h"

/*
 * Who created a VM, as far as a record tells; 0: it does not. Beside an address stands the
 * thread, or the process if a look shows it: there both are the same.
 */
struct m_creator {
	uint32_t pid, tid;
};

struct m_vm {
	struct vs_vm pub; /* first: evidence holds on to it by this pointer */
	uint32_t creator; /* thread, or pub.pid */
	uint64_t mark; /* of the ledger when a record last told whose it is */
	unsigned int refs; /* opens, groups and evidence that name it */
	struct vs_evidence created; /* refers to itself, not counted */
	bool dead;
	bool gone; /* as a device showed that carries its pointer */
	bool announced; /* named as new, creation still to come */
	bool begun; /* its creation was seen, or announced as new */
	bool noncoherent_told;
	struct m_kvm_vfio *kvm_vfios;
	struct m_open *opens; /* that took its pointer */
	struct m_reg *regs;
	struct vs_holder *holders;
	struct m_vm *prev, *next; /* of its process */
	UT_hash_handle hh;
};

/* A kvm-vfio device of a VM. */
struct m_kvm_vfio {
	uint64_t ptr;
	bool noncoherent; /* as found */
	struct m_kvm_vfio *prev, *next;
};

struct m_open {
	struct vs_open pub;
	uint64_t dev;
	struct m_vm *kvm, *vm; /* counted; pub.kvm, pub.vm */
	struct m_group *group; /* NULL: not known */
	struct m_proc *proc; /* without a kvm pointer only */
	bool since_before; /* first open not seen */
	bool notifier; /* of a notifier kernel, see notifier.h */
	uint32_t files; /* its files, on such a kernel */
	bool pointer_lost; /* it was read again, and is not what the device took */
	bool vms_unknown; /* could not look whether the process had a VM */
	bool suspect; /* its process has a VM */
	bool listed; /* suspect for its group's registration alone */
	struct m_grace grace; /* it is suspect since, and may still be added */
	struct m_grace unmapped; /* maybe nothing is mapped in its container */
	const char *dead_why; /* if it does not answer */
	uint32_t regions_busy; /* regions that could not be mapped, bits */
	uint32_t irqs_told[VS_ERROR]; /* by severity: kinds of interrupts that were short, bits */
	struct m_grace unlisted; /* a cdev whose file was unregistered */
	uint64_t mark; /* of the ledger when it was opened */
	struct vs_evidence ev_del; /* that made it so */
	struct vs_evidence ev_open, ev_call, ev_end; /* ev_call: the call around ev_open */
	struct vs_holder *holders;
	struct m_open *g_prev, *g_next, *p_prev, *p_next, *v_prev, *v_next;
	UT_hash_handle hh;
};

/*
 * A group with open devices, registered with a VM, or found open; or the file of a device's
 * cdev, which is to its one device what a group is to its devices: it is registered, and
 * carries the kvm pointer.
 */
struct m_group {
	struct vs_group pub;
	uint64_t ptr;
	struct m_vm *kvm; /* counted; pub.kvm */
	struct m_container *container;
	struct m_open *opens;
	struct m_reg *regs;
	struct vs_holder *holders;
	UT_hash_handle hh;
};

/* A container, or an iommufd: what maps the DMA of several groups or devices. */
struct m_container {
	struct vs_container pub;
	uint64_t ptr;
	bool unmapped; /* nothing was mapped in it as it was looked at */
	struct vs_holder *holders;
	UT_hash_handle hh;
};

/*
 * A file on the list of a VM's kvm-vfio device. Its key is the struct file; where
 * the kernel keeps the group only (notifier kernels), the group.
 */
struct m_reg {
	uint64_t kvm_vfio, key;
	struct m_vm *vm;
	struct m_group *group;
	uint64_t mark; /* of the ledger when it was made */
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

/* What kept a group from being used, when a call was refused; and who was told so. */
struct m_blockers {
	uint64_t ts; /* of that call */
	int group;
	struct vs_blocker list[VS_BLOCKERS_MAX];
	size_t count;
	struct {
		uint32_t pid;
		int group;
		enum vs_severity severity;
		uint64_t ts; /* the last time that it was asked for, or tried */
		struct vs_blocker list[VS_BLOCKERS_MAX];
		size_t count; /* 0: they were not known */
	} told; /* in the last finding */
};

/* What the next reset that failed is about: first the device itself. */
struct m_reset_set {
	struct ev_reset_member list[VS_MISSING_MAX + 1];
	size_t count;
};

/* A process with VMs, or with opens that lack a kvm pointer. */
struct m_proc {
	uint32_t pid;
	struct m_vm *vms;
	struct m_open *opens;
	UT_hash_handle hh;
};

/* A process that the last look has met. */
struct m_person {
	uint32_t pid;
	struct vs_process pub;
	UT_hash_handle hh;
};

/* Vendor and device name, as the source found them. */
struct m_info {
	char name[VS_DEVNAME_LEN];
	char text[VS_NAME_LEN];
	UT_hash_handle hh;
};

#define M_FAILED_MAPS 8

struct vs_model {
	struct vs_model_config config;
	struct vs_sink *sink;
	struct vs_run run;
	struct ev_site *sites; /* run.sites */
	char **words; /* run.program */
	size_t word_count;
	struct vs_program_end program_end;
	bool site_list_done; /* the next SITE begins a new list */
	struct m_vm *vms; /* by address, living ones */
	struct m_vm *last_vm; /* that was looked for: a record names the same one repeatedly */
	struct m_open *opens; /* by the vfio_device's address */
	struct m_open *spare; /* memory for the next one, or NULL */
	struct m_group *groups;
	struct m_group *last_group; /* as last_vm */
	struct m_container *containers;
	struct m_proc *procs;
	struct m_info *infos;
	struct m_person *people;
	struct vs_place *places;
	struct m_refused *refused;
	struct m_blockers blockers; /* as told last */
	struct m_reset_set reset_set; /* as told last */
	struct m_early *early; /* while looking */
	bool looking;
	bool again; /* that look is a later one: the first has shown what there was */
	bool ended; /* by END: nothing more comes */
	struct vs_evidence failed_maps[M_FAILED_MAPS]; /* of memory, the last ones */
	size_t next_failed_map; /* which is replaced next */
	struct m_grace *graces; /* what may still turn out well, the oldest first */
	struct m_grace *late; /* what has not, and waits for a look, likewise */
	struct m_unbind *unbinds; /* in progress */
	struct vs_again iommus; /* processes that set IOMMUs up */
	struct m_reset *resets; /* that failed */
	struct m_tried *tried; /* attaches that failed, and may be tried again */
	struct m_busy *busy; /* what somebody wants and others hold */
	uint32_t vm_count, open_count, container_count, iommufd_count;
	struct vs_ledger ledger;
};

/* *_get() finds or makes one, NULL if there is no memory. */

struct m_proc *m_proc_get(struct vs_model *m, uint32_t pid);
void m_proc_put(struct vs_model *m, struct m_proc *p); /* gone if nothing is left in it */

struct m_vm *m_vm_find(struct vs_model *m, uint64_t ptr);
/*
 * The VM that @by has created, as the record @h tells. The VM that was known at this address
 * is another one if somebody else created it and its end may have been missed: something was
 * lost since a record last told of it, or what would show it is not observed.
 */
struct m_vm *m_vm_get(struct vs_model *m, uint64_t ptr, struct m_creator by,
		      const struct ev_hdr *h);
/* A VM is created: by its name record, or by its creation if that came first. */
struct m_vm *m_vm_begin(struct vs_model *m, uint64_t ptr, struct m_creator by,
			const struct ev_hdr *h);
/* Has @creator (0: not told) created it, as far as one knows? */
bool m_vm_is_of(const struct m_vm *vm, uint32_t creator);
/* The VM at this address for certain: nothing was lost since, or @creator says so. */
struct m_vm *m_vm_known(struct vs_model *m, uint64_t ptr, uint32_t creator);
/* A VM at this address, of which nothing else is known. It is there for whoever refers to it. */
struct m_vm *m_vm_unknown(struct vs_model *m, uint64_t ptr);
void m_vm_retire(struct vs_model *m, struct m_vm *vm);
/* Let *slot and *pub name @vm, or nothing, and count accordingly. */
void m_vm_ref(struct m_vm **slot, struct m_vm *vm, const struct vs_vm **pub);

/* A kvm-vfio device of @vm; and its end, which ends its registrations. */
struct m_kvm_vfio *m_kvm_vfio_get(struct m_vm *vm, uint64_t ptr);
void m_kvm_vfio_end(struct vs_model *m, struct m_vm *vm, uint64_t ptr);

struct m_group *m_group_find(struct vs_model *m, uint64_t ptr);
struct m_group *m_group_get(struct vs_model *m, uint64_t ptr);
void m_group_put(struct vs_model *m, struct m_group *g); /* gone if nothing is left in it */

struct m_container *m_container_get(struct vs_model *m, uint64_t ptr, bool iommufd);

struct m_open *m_open_find(const struct vs_model *m, uint64_t dev);
/* The same by the name of the device; it takes long. */
struct m_open *m_open_of_device(const struct vs_model *m, const char *name);

/* The key of the file a registration is about. */
static inline uint64_t m_reg_key(uint64_t file, uint64_t group)
{
	return file ? file : group;
}

struct m_reg *m_reg_find(struct vs_model *m, uint64_t kvm_vfio, uint64_t key, uint64_t group);
struct m_reg *m_reg_new(struct vs_model *m, uint64_t kvm_vfio, uint64_t key, struct m_group *g,
			struct m_vm *vm, const union vs_event *ev);
void m_reg_end(struct vs_model *m, struct m_reg *r);

/*
 * A process holds the object by a descriptor, or by a mapping alone (-1); seen twice is
 * once. 0 or -ENOMEM.
 */
int m_hold(struct vs_model *m, struct vs_holder **list, const struct ev_hdr *h, int fd);
void m_unhold_all(struct vs_holder **list);
/* Forget who holds what, and what is there for that alone: a new look will tell. */
void m_holders_forget(struct vs_model *m);
/* Another look begins; and it is done: who was not seen again holds it no more. */
void m_holders_unmark(struct vs_model *m);
void m_holders_sweep(struct vs_model *m);

/* What the look that goes on, or was last, knows of a process; all zero: it did not meet it. */
struct vs_process m_person_of(const struct vs_model *m, uint32_t pid);
int m_person_met(struct vs_model *m, const struct ev_process *ev);
void m_people_forget(struct vs_model *m);

/* The VMs named stay, whatever ends, until they are dropped. */
void m_refs_hold(const struct vs_refs *refs);
void m_refs_drop(const struct vs_refs *refs);

/* Keep an event as proof, with the VMs it names; replaces what was kept. */
void m_keep(struct vs_evidence *slot, const union vs_event *ev, const struct vs_refs *refs);
void m_evidence_drop(struct vs_evidence *slot);

#endif
