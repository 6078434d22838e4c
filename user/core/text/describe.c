// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include <linux/kvm.h>
#include <linux/vfio.h>

#include "describe.h"

/* ioctl numbers are unique per kind of fd only: one table each. */
struct cmd_op {
	uint32_t cmd;
	struct vs_op op;
};

static const struct vs_op kind_ops[VS_KIND_COUNT] = {
	[VS_NONE] = { "none", "none" },
	[VS_VM_CREATE] = { "vm_create", "KVM_CREATE_VM" },
	[VS_VM_DESTROY] = { "vm_destroy", "VM destroyed" },
	[VS_KVM_VFIO_CREATE] = { "kvm_vfio_create", "kvm-vfio create" },
	[VS_KVM_VFIO_RELEASE] = { "kvm_vfio_release", "kvm-vfio release" },
	[VS_KVM_ATTR] = { "kvm_vfio_set_attr", "kvm-vfio SET_ATTR" },
	[VS_SET_KVM] = { "set_kvm", "kvm set" },
	[VS_GROUP_OPEN] = { "group_open", "group open" },
	[VS_GROUP_RELEASE] = { "group_release", "group release" },
	[VS_GROUP_IOCTL] = { "group_ioctl", "group ioctl" },
	[VS_CONTAINER_IOCTL] = { "container_ioctl", "container ioctl" },
	[VS_CONTAINER_DMA] = { "dma_totals", "DMA totals" },
	[VS_DEV_OPEN] = { "device_open", "device open" },
	[VS_DRIVER_OPEN] = { "driver_open", "driver open" },
	[VS_DEV_CLOSE] = { "device_close", "device close" },
	[VS_KVM_TAKEN] = { "kvm_taken", "kvm taken" },
	[VS_KVM_DROPPED] = { "kvm_dropped", "kvm dropped" },
	[VS_DEV_IOCTL] = { "device_ioctl", "device ioctl" },
	[VS_COHERENCY] = { "noncoherent_dma_on", "non-coherent on" },
	[VS_MODULE] = { "module_load", "module load" },
	[VS_VM_NAME] = { "vm_name", "VM name" },
	[VS_DEV_INFO] = { "device_info", "device info" },
	[VS_FOUND_VM] = { "found_vm", "found VM" },
	[VS_FOUND_KVM_VFIO] = { "found_kvm_vfio", "found kvm-vfio" },
	[VS_FOUND_REGISTRATION] = { "found_registration", "found registered" },
	[VS_FOUND_GROUP] = { "found_group", "found group" },
	[VS_FOUND_CONTAINER] = { "found_container", "found container" },
	[VS_FOUND_DEVICE] = { "found_device", "found device" },
	[VS_LOOK_DONE] = { "look_done", "look done" },
	[VS_MISSED] = { "missed", "missed" },
};

static const struct cmd_op attr_ops[] = {
	{ KVM_DEV_VFIO_GROUP_ADD, { "group_add", "GROUP_ADD" } },
	{ KVM_DEV_VFIO_GROUP_DEL, { "group_del", "GROUP_DEL" } },
	{ KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE, { "group_set_spapr_tce", "GROUP_SET_SPAPR_TCE" } },
	{ 0, { NULL, NULL } },
};

static const struct cmd_op group_ops[] = {
	{ VFIO_GROUP_GET_STATUS, { "group_get_status", "GROUP_GET_STATUS" } },
	{ VFIO_GROUP_SET_CONTAINER, { "set_container", "SET_CONTAINER" } },
	{ VFIO_GROUP_UNSET_CONTAINER, { "unset_container", "UNSET_CONTAINER" } },
	{ VFIO_GROUP_GET_DEVICE_FD, { "get_device_fd", "GET_DEVICE_FD" } },
	{ 0, { NULL, NULL } },
};

static const struct cmd_op container_ops[] = {
	{ VFIO_SET_IOMMU, { "set_iommu", "SET_IOMMU" } },
	{ VFIO_IOMMU_MAP_DMA, { "dma_map", "MAP_DMA" } },
	{ VFIO_IOMMU_UNMAP_DMA, { "dma_unmap", "UNMAP_DMA" } },
	{ 0, { NULL, NULL } },
};

static const struct cmd_op device_ops[] = {
	{ VFIO_DEVICE_SET_IRQS, { "set_irqs", "SET_IRQS" } },
	{ VFIO_DEVICE_RESET, { "device_reset", "DEVICE_RESET" } },
	{ 0, { NULL, NULL } },
};

static const struct vs_op *cmd_op(const struct cmd_op *table, uint64_t cmd,
				  const union vs_event *ev)
{
	for (; table->op.id; table++)
		if (table->cmd == cmd)
			return &table->op;
	return &kind_ops[ev->h.kind];
}

const struct vs_op *vs_op_of(const union vs_event *ev)
{
	static const struct vs_op clear = { "clear_kvm", "kvm cleared" };
	static const struct vs_op coherent = { "noncoherent_dma_off", "non-coherent off" };
	static const struct vs_op unload = { "module_unload", "module unload" };

	switch (ev->h.kind) {
	case VS_KVM_ATTR:
		if (ev->attr.attr_group != KVM_DEV_VFIO_GROUP)
			break;
		return cmd_op(attr_ops, ev->attr.attr, ev);
	case VS_SET_KVM:
		return ev->set_kvm.kvm ? &kind_ops[VS_SET_KVM] : &clear;
	case VS_GROUP_IOCTL:
		return cmd_op(group_ops, ev->group_ioctl.cmd, ev);
	case VS_CONTAINER_IOCTL:
		return cmd_op(container_ops, ev->container.cmd, ev);
	case VS_DEV_IOCTL:
		return cmd_op(device_ops, ev->dev_ioctl.cmd, ev);
	case VS_COHERENCY:
		return ev->coherency.on ? &kind_ops[VS_COHERENCY] : &coherent;
	case VS_MODULE:
		return ev->module.load ? &kind_ops[VS_MODULE] : &unload;
	}
	return &kind_ops[ev->h.kind < VS_KIND_COUNT ? ev->h.kind : VS_NONE];
}

bool vs_event_returns_fd(const union vs_event *ev)
{
	return ev->h.kind == VS_VM_CREATE || vs_event_found(ev) ||
	       (ev->h.kind == VS_GROUP_IOCTL && ev->group_ioctl.cmd == VFIO_GROUP_GET_DEVICE_FD);
}

bool vs_event_found(const union vs_event *ev)
{
	return ev->h.kind >= VS_FOUND_VM && ev->h.kind <= VS_FOUND_DEVICE;
}

bool vs_event_failed(const union vs_event *ev)
{
	return ev->h.ret < 0 && ev->h.ret >= -4095;
}

const char *vs_errno_name(int64_t ret)
{
	return ret < 0 && ret >= -4095 ? strerrorname_np((int)-ret) : NULL;
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

static void put_attr(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct ev_kvm_attr *a = &ev->attr;

	if (a->attr_group != KVM_DEV_VFIO_GROUP) {
		vs_put(t, "attribute group ");
		vs_put_uint(t, a->attr_group);
		vs_put(t, ", attribute ");
		vs_put_uint(t, a->attr);
	} else {
		bool group = !a->dev && a->iommu_group >= 0;

		if (group) {
			put_group(t, refs->group);
			vs_put(t, ", ");
		}
		vs_put(t, "fd ");
		vs_put_int(t, a->fd);
		vs_put(t, group ? "" : a->dev ? " (a device)" : " (not a group)");
	}
	vs_put(t, ", ");
	vs_put_vm(t, refs->vm, false);
}

static void put_set_kvm(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct ev_set_kvm *s = &ev->set_kvm;

	put_group(t, refs->group);
	vs_put(t, s->kvm ? ": belongs to " : ": belonged to ");
	vs_put_vm(t, s->kvm ? refs->group_vm : refs->vm, false);
	if (!s->by_attr)
		vs_put(t, s->vm ? " (the kvm-vfio fd was closed)" : " (the VM ended)");
}

static void put_group_ioctl(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs)
{
	const struct ev_group_ioctl *g = &ev->group_ioctl;

	if (g->cmd == VFIO_GROUP_GET_DEVICE_FD) {
		vs_put_escaped(t, g->name);
		vs_put(t, ", ");
	}
	put_group(t, refs->group);
	if (g->cmd == VFIO_GROUP_SET_CONTAINER) {
		vs_put(t, ", container fd ");
		vs_put_int(t, g->fd);
	} else if (vs_op_of(ev) == &kind_ops[VS_GROUP_IOCTL]) {
		vs_put(t, ", command ");
		vs_put_hex(t, g->cmd);
	}
}

static void put_container(struct vs_text *t, const union vs_event *ev)
{
	static const char *const types[] = {
		[VFIO_TYPE1_IOMMU] = "TYPE1",	  [VFIO_SPAPR_TCE_IOMMU] = "SPAPR_TCE",
		[VFIO_TYPE1v2_IOMMU] = "TYPE1v2", [VFIO_SPAPR_TCE_v2_IOMMU] = "SPAPR_TCE_v2",
		[VFIO_NOIOMMU_IOMMU] = "NOIOMMU",
	};
	const struct ev_container_ioctl *c = &ev->container;

	if (c->cmd != VFIO_SET_IOMMU) {
		vs_put(t, "iova ");
		vs_put_hex(t, c->iova);
		vs_put(t, ", ");
		vs_put_size(t, c->bytes);
	} else if (!c->arg) {
		vs_put(t, "type not known");
	} else {
		vs_put(t, "type ");
		vs_put_uint(t, c->arg);
		vs_put(t, " (");
		vs_put(t, c->arg <= VFIO_NOIOMMU_IOMMU && types[c->arg] ? types[c->arg] : "?");
		vs_put(t, ")");
	}
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

static void put_dma(struct vs_text *t, const struct vs_dma_stats *d)
{
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
	if (ev->h.kind == VS_DEV_OPEN)
		vs_put(t, d->open_count > 1 ? ", opened again" : "");
	else if (ev->h.kind == VS_DEV_CLOSE)
		vs_put(t, d->open_count ? ", other opens remain" : ", last close");
	/* Where devices hold no pointer, there is something to say of an open only. */
	if ((d->h.flags & VS_F_NOTIFIER) && ev->h.kind != VS_DEV_OPEN)
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

static void put_device_ioctl(struct vs_text *t, const union vs_event *ev)
{
	static const char *const indexes[] = { "INTx", "MSI", "MSI-X", "ERR", "REQ" };
	const struct ev_dev_ioctl *d = &ev->dev_ioctl;

	vs_put_escaped(t, d->name);
	if (d->cmd != VFIO_DEVICE_SET_IRQS)
		return;
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

void vs_put_detail(struct vs_text *t, const union vs_event *ev, const struct vs_refs *refs)
{
	switch (ev->h.kind) {
	case VS_VM_CREATE:
	case VS_VM_DESTROY:
	case VS_KVM_VFIO_CREATE:
	case VS_KVM_VFIO_RELEASE:
	case VS_COHERENCY:
	case VS_FOUND_VM:
		vs_put_vm(t, refs->vm, false);
		break;
	case VS_FOUND_KVM_VFIO:
		vs_put_vm(t, refs->vm, false);
		vs_put(t, ev->kvm_vfio.noncoherent ? ", non-coherent" : "");
		break;
	case VS_FOUND_REGISTRATION:
		put_group(t, refs->group);
		vs_put(t, " with ");
		vs_put_vm(t, refs->vm, false);
		break;
	case VS_FOUND_GROUP:
		put_group(t, refs->group);
		vs_put(t, ", ");
		put_kvm_pointer(t, refs->group_vm, refs->vm);
		break;
	case VS_FOUND_CONTAINER:
		vs_put_escaped(t, ev->found_container.driver);
		vs_put(t, *ev->found_container.driver ? "" : "no IOMMU driver yet");
		break;
	case VS_KVM_ATTR:
		put_attr(t, ev, refs);
		break;
	case VS_SET_KVM:
		put_set_kvm(t, ev, refs);
		break;
	case VS_GROUP_OPEN:
		vs_put(t, "/dev/vfio/");
		vs_put_escaped(t, ev->group.node);
		break;
	case VS_GROUP_RELEASE:
		put_group(t, refs->group);
		break;
	case VS_GROUP_IOCTL:
		put_group_ioctl(t, ev, refs);
		break;
	case VS_CONTAINER_IOCTL:
		put_container(t, ev);
		break;
	case VS_CONTAINER_DMA:
		put_dma(t, &ev->dma.s);
		break;
	case VS_DEV_OPEN:
	case VS_DEV_CLOSE:
	case VS_FOUND_DEVICE:
		put_device(t, ev, refs);
		break;
	case VS_KVM_TAKEN:
	case VS_KVM_DROPPED:
		vs_put_escaped(t, ev->dev_kvm.name);
		vs_put(t, ", ");
		vs_put_vm(t, refs->vm, false);
		break;
	case VS_DRIVER_OPEN:
		vs_put_escaped(t, ev->dev_kvm.name);
		vs_put(t, ", ");
		put_kvm_pointer(t, ev->dev_kvm.kvm, refs->vm);
		break;
	case VS_DEV_IOCTL:
		put_device_ioctl(t, ev);
		break;
	case VS_MODULE:
		vs_put_escaped(t, ev->module.name);
		break;
	}
}

void vs_put_result(struct vs_text *t, const union vs_event *ev)
{
	const char *name = vs_errno_name(ev->h.ret);

	if (name) {
		vs_put(t, name);
	} else if (!vs_event_failed(ev) && vs_event_returns_fd(ev)) {
		vs_put(t, "fd ");
		vs_put_int(t, ev->h.ret);
	} else if (!ev->h.ret) {
		vs_put(t, "ok");
	} else {
		vs_put_int(t, ev->h.ret);
	}
}
