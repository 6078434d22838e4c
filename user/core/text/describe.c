// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "../../../vmlinux/ioctl.h"
#include "../event/phases.h"
#include "../rules/errnos.h"
#include "describe.h"
#include "maps.h"
#include "uapi.h"

const char *vs_errno_name(int64_t ret)
{
	return ret < 0 && ret >= -4095 ? vs_errno_word((int)ret) : NULL;
}

void vs_put_vm(struct vs_text *t, const struct vs_vm *vm, bool long_form)
{
	if (!vm) {
		vs_put(t, "no VM");
		return;
	}
	vs_put(t, "vm");
	vs_put_uint(t, vm->id);
	if (*vm->name) {
		vs_put(t, " \"");
		vs_put_escaped(t, vm->name);
		vs_put(t, "\"");
	}
	if (!long_form || !vm->pid)
		return;
	vs_put(t, " (");
	vs_put_escaped(t, vm->comm);
	vs_put(t, *vm->comm ? ", pid " : "pid ");
	vs_put_uint(t, vm->pid);
	vs_put(t, ")");
}

void vs_put_device(struct vs_text *t, const struct vs_open *open)
{
	vs_put_escaped(t, open->device);
	if (*open->info) {
		vs_put(t, " (");
		vs_put_escaped(t, open->info);
		vs_put(t, ")");
	}
	if (*open->driver) {
		vs_put(t, ", driver ");
		vs_put_escaped(t, open->driver);
	}
}

static void put_group(struct vs_text *t, int group)
{
	if (group < 0) {
		vs_put(t, "no group");
		return;
	}
	vs_put(t, "group ");
	vs_put_uint(t, (uint64_t)group);
}

static void put_kvm_pointer(struct vs_text *t, bool any, const struct vs_vm *vm)
{
	vs_put(t, "kvm pointer: ");
	if (any)
		vs_put_vm(t, vm, false);
	else
		vs_put(t, "none");
}

static void put_group_kvm(struct vs_text *t, bool any, const struct vs_vm *vm)
{
	vs_put(t, ", ");
	put_kvm_pointer(t, any, vm);
}

static void put_fd(struct vs_text *t, int fd)
{
	vs_put(t, "fd ");
	vs_put_int(t, fd);
}

/* What carries a kvm pointer: a group, or the file of a device's cdev. */
static void put_carrier(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs,
			const char *name)
{
	if (!(ev->h.flags & VS_F_CDEV)) {
		put_group(t, refs->group);
		return;
	}
	vs_put(t, "file of ");
	vs_put_escaped(t, name);
}

static void put_attr(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct ev_attr *a = &ev->attr;
	bool carrier = (!a->dev || ev->h.flags & VS_F_CDEV) && a->iommu_group >= 0;

	if (carrier) {
		put_carrier(t, ev, refs, a->name);
		vs_put(t, ", ");
	}
	put_fd(t, a->fd);
	vs_put(t, carrier ? ", " : a->dev ? " (a device), " : " (not a group), ");
	vs_put_vm(t, refs->vm, false);
}

static void put_other_attr(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs)
{
	vs_put(t, "attribute group ");
	vs_put_uint(t, ev->attr.attr_group);
	vs_put(t, ", attribute ");
	vs_put_uint(t, ev->attr.attr);
	vs_put(t, ", ");
	vs_put_vm(t, refs->vm, false);
}

static void put_set_kvm(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct ev_set_kvm *s = &ev->set_kvm;
	bool set = ev->h.kind == VS_SET_KVM;

	put_carrier(t, ev, refs, s->name);
	vs_put(t, set ? ": belongs to " : ": belonged to ");
	vs_put_vm(t, set ? refs->group_vm : refs->vm, false);
	if (ev->h.flags & VS_F_BY_ATTR || s->vm == VS_NOT_SEEN)
		return;
	vs_put(t, s->vm ? " (the kvm-vfio fd was closed)" : " (the VM ended)");
}

static void put_group_status(struct vs_text *t, const union vs_event *ev,
			     const struct vs_refs *refs)
{
	put_group(t, refs->group);
	if (vs_event_failed(ev))
		return;
	vs_put(t, ev->group_status.status & VFIO_GROUP_FLAGS_VIABLE ? ", viable" : ", not viable");
	if (ev->group_status.status & VFIO_GROUP_FLAGS_CONTAINER_SET)
		vs_put(t, ", has a container");
}

static void put_group_call(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs)
{
	put_group(t, refs->group);
	if (ev->h.kind != VS_GROUP_IOCTL)
		return;
	vs_put(t, ", command ");
	vs_put_hex(t, ev->group_call.cmd);
}

static void put_get_device_fd(struct vs_text *t, const union vs_event *ev,
			      const struct vs_refs *refs)
{
	vs_put_escaped(t, ev->get_device_fd.name);
	vs_put(t, ", ");
	put_group(t, refs->group);
}

static void put_set_container(struct vs_text *t, const union vs_event *ev,
			      const struct vs_refs *refs)
{
	put_group(t, refs->group);
	vs_put(t, ev->set_container.iommufd ? ", iommufd " : ", container ");
	put_fd(t, ev->set_container.fd);
}

static void put_set_iommu(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs)
{
	static const char *const types[] = {
		[VFIO_TYPE1_IOMMU] = "TYPE1",	  [VFIO_SPAPR_TCE_IOMMU] = "SPAPR_TCE",
		[VFIO_TYPE1v2_IOMMU] = "TYPE1v2", [VFIO_SPAPR_TCE_v2_IOMMU] = "SPAPR_TCE_v2",
		[VFIO_NOIOMMU_IOMMU] = "NOIOMMU",
	};
	uint64_t type = ev->set_iommu.type;

	(void)refs;
	if (type == VS_NOT_SEEN) {
		vs_put(t, "type not seen");
		return;
	}
	vs_put(t, "type ");
	vs_put_uint(t, type);
	vs_put(t, " (");
	vs_put(t, type <= VFIO_NOIOMMU_IOMMU && types[type] ? types[type] : "?");
	vs_put(t, ")");
}

static void put_dma(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct ev_dma *d = &ev->dma;

	(void)refs;
	if (d->ioas) {
		vs_put(t, "IOAS ");
		vs_put_uint(t, d->ioas);
		vs_put(t, ", ");
	}
	vs_put(t, "iova ");
	vs_put_hex(t, d->iova);
	vs_put(t, ", ");
	vs_put_size(t, d->bytes);
	if (d->memory == VS_MEMORY_UNKNOWN || d->memory == VS_MEMORY_ANONYMOUS)
		return;
	vs_put(t, ", ");
	vs_put_memory(t, d);
}

/* "BAR 1 of 0000:00:12.0, 1 MiB"; ", has efifb in it" */
static void put_region_map(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct ev_region *r = &ev->region;

	(void)refs;
	vs_put_region(t, r->region, r->name);
	vs_put(t, ", ");
	vs_put_size(t, r->bytes);
	if (!*r->owner)
		return;
	vs_put(t, ", has ");
	vs_put_escaped(t, r->owner);
	vs_put(t, " in it");
}

/* "at 0x7f0000000000, 1 GiB"; "at 0x800000000000000, 1 GiB, pages of 64 KiB, levels 1" */
static void put_spapr(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct ev_spapr *s = &ev->spapr;

	(void)refs;
	if (ev->h.kind == VS_SPAPR_ENABLE || ev->h.kind == VS_SPAPR_DISABLE) {
		vs_put(t, "container");
		return;
	}
	if (ev->h.kind != VS_TCE_CREATE || !ev->h.ret) {
		vs_put(t, "at ");
		vs_put_hex(t, s->start);
	}
	if (s->bytes) {
		vs_put(t, ev->h.kind == VS_TCE_CREATE && ev->h.ret ? "" : ", ");
		vs_put_size(t, s->bytes);
	}
	if (ev->h.kind != VS_TCE_CREATE)
		return;
	vs_put(t, ", pages of ");
	vs_put_size(t, s->page_shift < 64 ? 1ULL << s->page_shift : 0);
	vs_put(t, ", levels ");
	vs_put_uint(t, s->levels);
}

static void put_dma_calls(struct vs_text *t, const char *what, uint64_t calls, uint64_t bytes,
			  uint64_t ns, uint64_t failed)
{
	vs_put_uint(t, calls);
	vs_put(t, what);
	vs_put_size(t, bytes);
	vs_put(t, ", ");
	vs_put_duration(t, ns);
	vs_put(t, ", ");
	vs_put_uint(t, failed);
	vs_put(t, " failed");
}

static void put_dma_totals(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct ev_dma_totals *d = &ev->dma_totals;

	(void)refs;
	put_dma_calls(t, " maps, ", d->maps, d->map_bytes, d->map_ns, d->map_failed);
	vs_put(t, "; ");
	put_dma_calls(t, " unmaps, ", d->unmaps, d->unmap_bytes, d->unmap_ns, d->unmap_failed);
}

static void put_device(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct ev_dev *d = &ev->dev;

	vs_put_escaped(t, d->name);
	vs_put(t, " (");
	vs_put_escaped(t, d->driver);
	vs_put(t, "), ");
	put_group(t, refs->group);
	if (ev->h.flags & VS_F_CDEV)
		vs_put(t, ", cdev");
	if (ev->h.kind == VS_DEV_OPEN && ev->h.ret)
		vs_put(t, ev->h.flags & VS_F_NOT_ASKED ? ", the driver was not asked" : "");
	else if (ev->h.kind == VS_DEV_OPEN)
		vs_put(t, d->open_count > 1 ? ", opened again" : "");
	else if (ev->h.kind == VS_DEV_CLOSE)
		vs_put(t, d->open_count ? ", other opens remain" : ", last close");
	/* Where devices hold no pointer, there is something to say of an open only. */
	if (d->h.flags & VS_F_NOTIFIER && ev->h.kind != VS_DEV_OPEN)
		return;
	vs_put(t, ", ");
	put_kvm_pointer(t, d->kvm, refs->vm);
}

static const char *irq_action(uint32_t flags)
{
	if (flags & VFIO_IRQ_SET_ACTION_TRIGGER)
		return "trigger";
	if (flags & VFIO_IRQ_SET_ACTION_UNMASK)
		return "unmask";
	return flags & VFIO_IRQ_SET_ACTION_MASK ? "mask" : "no action";
}

static void put_set_irqs(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs)
{
	static const char *const indexes[] = { "INTx", "MSI", "MSI-X", "ERR", "REQ" };
	const struct ev_set_irqs *d = &ev->set_irqs;

	(void)refs;
	vs_put_escaped(t, d->name);
	vs_put(t, ", ");
	vs_put(t, irq_action(d->irq_flags));
	if (d->irq_index < 5) {
		vs_put(t, " ");
		vs_put(t, indexes[d->irq_index]);
	} else {
		vs_put(t, " index ");
		vs_put_uint(t, d->irq_index);
	}
	vs_put(t, ", ");
	vs_put_uint(t, d->irq_count);
	vs_put(t, " from ");
	vs_put_uint(t, d->irq_start);
}

static void put_dev_kvm(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs)
{
	vs_put_escaped(t, ev->dev_kvm.name);
	vs_put(t, ", ");
	if (ev->h.kind == VS_DRIVER_OPEN)
		put_kvm_pointer(t, ev->dev_kvm.kvm, refs->vm);
	else
		vs_put_vm(t, refs->vm, false);
}

static void put_found_group(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs)
{
	put_group(t, refs->group);
	vs_put(t, ", ");
	put_kvm_pointer(t, ev->found_group.group_kvm, refs->group_vm);
}

static void put_found_container(struct vs_text *t, const union vs_event *ev,
				const struct vs_refs *refs)
{
	const struct ev_found_container *c = &ev->found_container;

	(void)refs;
	vs_put_escaped(t, c->driver);
	vs_put(t, *c->driver ? "" : "no IOMMU driver yet");
}

static void put_registration(struct vs_text *t, const union vs_event *ev,
			     const struct vs_refs *refs)
{
	put_carrier(t, ev, refs, ev->registration.name);
	vs_put(t, " with ");
	vs_put_vm(t, refs->vm, false);
}

static void put_call_of_vm(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs)
{
	(void)ev;
	vs_put_vm(t, refs->vm, false);
}

static void put_found_kvm_vfio(struct vs_text *t, const union vs_event *ev,
			       const struct vs_refs *refs)
{
	vs_put_vm(t, refs->vm, false);
	vs_put(t, ev->found_kvm_vfio.noncoherent ? ", non-coherent" : "");
}

/* Who uses the group the other way, if that is known. */
static void put_busy(struct vs_text *t, const struct vs_open *busy)
{
	if (!busy)
		return;
	vs_put(t, busy->path == VS_PATH_CDEV ? "; bound through its cdev: " :
					       "; open through its group: ");
	vs_put_escaped(t, busy->device);
	if (!vs_open_pid(busy))
		return;
	vs_put(t, " in ");
	vs_put_escaped(t, busy->pid ? busy->comm : busy->holder_comm);
	vs_put(t, " (pid ");
	vs_put_uint(t, vs_open_pid(busy));
	vs_put(t, ")");
}

static void put_group_open(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs)
{
	vs_put(t, "/dev/vfio/");
	vs_put_escaped(t, ev->group_open.node);
	put_busy(t, refs->busy);
}

static void put_cdev(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct ev_cdev *c = &ev->cdev;

	if (*c->name) {
		vs_put_escaped(t, c->name);
		vs_put(t, ", ");
		put_group(t, refs->group);
	}
	if (!*c->node)
		return;
	vs_put(t, *c->name ? ", /dev/vfio/devices/" : "/dev/vfio/devices/");
	vs_put_escaped(t, c->node);
}

static void put_bind(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct ev_bind *b = &ev->bind;

	vs_put_escaped(t, b->name);
	vs_put(t, ", iommufd ");
	put_fd(t, b->fd);
	if (!b->group)
		vs_put(t, ", on an fd from GET_DEVICE_FD");
	else if (!ev->h.ret)
		put_group_kvm(t, b->group_kvm, refs->group_vm);
	if (ev->h.flags & VS_F_DROPPED_KVM)
		vs_put(t, "; dropped the kvm pointer of the device, which another file has open");
	put_busy(t, refs->busy);
}

static void put_page_table(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs)
{
	(void)refs;
	vs_put_escaped(t, ev->iommufd_pt.name);
	if (ev->h.kind == VS_DETACH_PT)
		return;
	vs_put(t, ", IOAS or page table ");
	vs_put_uint(t, ev->iommufd_pt.pt_id);
}

static void put_named(struct vs_text *t, const char *name, uint32_t number)
{
	if (name)
		vs_put(t, name);
	else
		vs_put_uint(t, number);
}

static void put_feature(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct ev_feature *f = &ev->feature;
	const char *to = vs_migration_name(f->mig_to), *from = vs_migration_name(f->mig_from);

	(void)refs;
	vs_put_escaped(t, f->name);
	vs_put(t, f->flags & VFIO_DEVICE_FEATURE_PROBE ? ", probe" : "");
	vs_put(t, f->flags & VFIO_DEVICE_FEATURE_GET ? ", get " : "");
	vs_put(t, f->flags & VFIO_DEVICE_FEATURE_SET ? ", set " : "");
	vs_put(t, f->flags & (VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_SET) ? "" : " ");
	put_named(t, vs_feature_name(f->feature), f->feature);
	if (!to)
		return;
	if (f->flags & VFIO_DEVICE_FEATURE_SET) {
		vs_put(t, ": ");
		vs_put(t, from ? from : "(not known)");
		vs_put(t, " to ");
	} else {
		vs_put(t, ": ");
	}
	vs_put(t, to);
}

static void put_iommufd_call(struct vs_text *t, const union vs_event *ev,
			     const struct vs_refs *refs)
{
	const struct ev_iommufd *i = &ev->iommufd;
	const char *name = vs_iommufd_call_name(i->cmd);

	(void)refs;
	if (ev->h.kind == VS_IOAS_ALLOC) {
		vs_put(t, i->ioas ? "IOAS " : "");
		if (i->ioas)
			vs_put_uint(t, i->ioas);
	} else if (name) {
		vs_put(t, name);
	} else {
		vs_put(t, "command ");
		vs_put_hex(t, i->cmd);
	}
}

static void put_ioas_totals(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct ev_ioas_totals *i = &ev->ioas_totals;

	(void)refs;
	put_dma_calls(t, " maps, ", i->maps, i->map_bytes, i->map_ns, i->map_failed);
	vs_put(t, "; ");
	put_dma_calls(t, " file maps, ", i->file_maps, i->file_map_bytes, i->file_map_ns,
		      i->file_map_failed);
	vs_put(t, "; ");
	put_dma_calls(t, " unmaps, ", i->unmaps, i->unmap_bytes, i->unmap_ns, i->unmap_failed);
	vs_put(t, "; ");
	put_dma_calls(t, " copies, ", i->copies, i->copy_bytes, i->copy_ns, i->copy_failed);
}

static void put_found_cdev(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs)
{
	vs_put_escaped(t, ev->found_cdev.name);
	vs_put(t, ev->found_cdev.iommufd ? ", bound" : ", not bound");
	put_group_kvm(t, ev->found_cdev.group_kvm, refs->group_vm);
}

static void put_found_iommufd(struct vs_text *t, const union vs_event *ev,
			      const struct vs_refs *refs)
{
	(void)ev;
	(void)refs;
	vs_put(t, "/dev/iommu");
}

static void put_group_release(struct vs_text *t, const union vs_event *ev,
			      const struct vs_refs *refs)
{
	(void)ev;
	put_group(t, refs->group);
}

static void put_dev_call(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs)
{
	(void)refs;
	vs_put_escaped(t, ev->dev_call.name);
}

static void put_module(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs)
{
	(void)refs;
	vs_put_escaped(t, ev->module.name);
}

/* "reset in driver_open", "3 x dma_map, 1 GiB" */
static void put_phase(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct ev_phase *p = &ev->phase;
	const char *name = vs_phase_name(p->phase), *parent = vs_phase_name(p->parent);

	(void)refs;
	if (p->count > 1) {
		vs_put_uint(t, p->count);
		vs_put(t, " x ");
	}
	vs_put(t, name ? name : "?");
	if (parent) {
		vs_put(t, " in ");
		vs_put(t, parent);
	}
	if (p->bytes) {
		vs_put(t, ", ");
		vs_put_size(t, p->bytes);
	}
	if (*p->name) {
		vs_put(t, ", ");
		vs_put_escaped(t, p->name);
	}
}

static void put_holder(struct vs_text *t, const char *comm, uint32_t pid, const char *device,
		       uint32_t phase)
{
	if (!pid)
		return;
	vs_put(t, ", held by ");
	vs_put_escaped(t, comm);
	vs_put(t, " (pid ");
	vs_put_uint(t, pid);
	vs_put(t, ")");
	if (*device) {
		vs_put(t, " for ");
		vs_put_escaped(t, device);
	}
	if (vs_phase_name(phase)) {
		vs_put(t, " in ");
		vs_put(t, vs_phase_name(phase));
	}
}

static void put_lock_wait(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct ev_lock_wait *w = &ev->lock_wait;
	const char *lock = vs_lock_name(w->lock_id), *phase = vs_phase_name(w->phase);

	(void)refs;
	vs_put(t, lock ? lock : "?");
	vs_put(t, " in ");
	vs_put(t, phase ? phase : "?");
	if (*w->name) {
		vs_put(t, " for ");
		vs_put_escaped(t, w->name);
	}
	put_holder(t, w->holder_comm, w->holder_pid, w->holder_device, w->holder_phase);
}

static void put_in_call(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct ev_in_call *c = &ev->in_call;
	const char *phase = vs_phase_name(c->phase), *part = vs_phase_name(c->part);

	(void)refs;
	vs_put(t, phase ? phase : "?");
	if (c->part != c->phase) {
		vs_put(t, " > ");
		vs_put(t, part ? part : "?");
		vs_put(t, " for ");
		vs_put_duration(t, c->part_ns);
	}
	if (*c->name) {
		vs_put(t, ", ");
		vs_put_escaped(t, c->name);
	}
	if (!vs_lock_name(c->lock_id))
		return;
	vs_put(t, ", waits for ");
	vs_put(t, vs_lock_name(c->lock_id));
	put_holder(t, c->holder_comm, c->holder_pid, c->holder_device, c->holder_phase);
}

/* What each kind says; one without an entry does not compile. Control is not shown. */
#define SAYS_VM_CREATE put_call_of_vm
#define SAYS_VM_DESTROY put_call_of_vm
#define SAYS_KVM_VFIO_CREATE put_call_of_vm
#define SAYS_KVM_VFIO_RELEASE put_call_of_vm
#define SAYS_GROUP_ADD put_attr
#define SAYS_GROUP_DEL put_attr
#define SAYS_SET_SPAPR_TCE put_attr
#define SAYS_KVM_VFIO_ATTR put_other_attr
#define SAYS_SET_KVM put_set_kvm
#define SAYS_CLEAR_KVM put_set_kvm
#define SAYS_NONCOHERENT_ON put_call_of_vm
#define SAYS_NONCOHERENT_OFF put_call_of_vm
#define SAYS_GROUP_OPEN put_group_open
#define SAYS_GROUP_RELEASE put_group_release
#define SAYS_GROUP_GET_STATUS put_group_status
#define SAYS_SET_CONTAINER put_set_container
#define SAYS_UNSET_CONTAINER put_group_call
#define SAYS_GET_DEVICE_FD put_get_device_fd
#define SAYS_GROUP_IOCTL put_group_call
#define SAYS_SET_IOMMU put_set_iommu
#define SAYS_DMA_MAP put_dma
#define SAYS_DMA_UNMAP put_dma
#define SAYS_DMA_TOTALS put_dma_totals
#define SAYS_DEV_OPEN put_device
#define SAYS_DEV_CLOSE put_device
#define SAYS_DRIVER_OPEN put_dev_kvm
#define SAYS_KVM_TAKEN put_dev_kvm
#define SAYS_KVM_DROPPED put_dev_kvm
#define SAYS_SET_IRQS put_set_irqs
#define SAYS_REGION_MAP put_region_map
#define SAYS_DEV_RESET put_dev_call
#define SAYS_DEV_HOT_RESET put_dev_call
#define SAYS_UNBIND_BEGIN put_dev_call
#define SAYS_UNBIND put_dev_call
#define SAYS_MODULE_LOAD put_module
#define SAYS_MODULE_UNLOAD put_module
#define SAYS_FOUND_VM put_call_of_vm
#define SAYS_FOUND_KVM_VFIO put_found_kvm_vfio
#define SAYS_FOUND_REGISTRATION put_registration
#define SAYS_FOUND_GROUP put_found_group
#define SAYS_FOUND_CONTAINER put_found_container
#define SAYS_FOUND_DEVICE put_device
#define SAYS_FILE_ADD put_attr
#define SAYS_FILE_DEL put_attr
#define SAYS_CDEV_OPEN put_cdev
#define SAYS_CDEV_RELEASE put_cdev
#define SAYS_BIND_IOMMUFD put_bind
#define SAYS_ATTACH_PT put_page_table
#define SAYS_DETACH_PT put_page_table
#define SAYS_DEV_FEATURE put_feature
#define SAYS_IOAS_ALLOC put_iommufd_call
#define SAYS_IOMMUFD_IOCTL put_iommufd_call
#define SAYS_IOAS_MAP put_dma
#define SAYS_IOAS_MAP_FILE put_dma
#define SAYS_IOAS_UNMAP put_dma
#define SAYS_IOAS_COPY put_dma
#define SAYS_IOAS_TOTALS put_ioas_totals
#define SAYS_FOUND_CDEV put_found_cdev
#define SAYS_FOUND_IOMMUFD put_found_iommufd
#define SAYS_PHASE put_phase
#define SAYS_LOCK_WAIT put_lock_wait
#define SAYS_IN_CALL put_in_call
#define SAYS_SPAPR_ENABLE put_spapr
#define SAYS_SPAPR_DISABLE put_spapr
#define SAYS_SPAPR_REGISTER put_spapr
#define SAYS_SPAPR_UNREGISTER put_spapr
#define SAYS_TCE_CREATE put_spapr
#define SAYS_TCE_REMOVE put_spapr
#define SAYS_START NULL
#define SAYS_SITE NULL
#define SAYS_PROGRAM NULL
#define SAYS_PROGRAM_END NULL
#define SAYS_ATTACHED NULL
#define SAYS_TIME NULL
#define SAYS_MISSED NULL
#define SAYS_LOSS NULL
#define SAYS_LOOK_AGAIN NULL
#define SAYS_LOOK_DONE NULL
#define SAYS_BLOCKER NULL
#define SAYS_RESET_MEMBER NULL
#define SAYS_PLACE NULL
#define SAYS_PROCESS NULL
#define SAYS_END NULL
#define SAYS_VM_NAME NULL
#define SAYS_DEV_INFO NULL

#define DETAIL(number, name, member, id, label, traits) [VS_##name] = SAYS_##name,

static void (*const details[VS_KIND_COUNT])(struct vs_text *t, const union vs_event *ev,
					    const struct vs_refs *refs) = { VS_KINDS(DETAIL) };

void vs_put_detail(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs)
{
	if (details[ev->h.kind])
		details[ev->h.kind](t, ev, refs);
}

void vs_put_result(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs)
{
	const char *name = vs_errno_name(ev->h.ret);

	if (name)
		vs_put(t, name);
	else if (vs_event_is(ev, VS_T_FOUND) && refs->holder_fd < 0)
		vs_put(t, "mapped");
	else if (vs_event_is(ev, VS_T_FOUND))
		put_fd(t, refs->holder_fd);
	else if (!vs_event_failed(ev) && vs_event_is(ev, VS_T_FD))
		put_fd(t, (int)ev->h.ret);
	else if (!ev->h.ret)
		vs_put(t, "ok");
	else
		vs_put_int(t, ev->h.ret);
}
