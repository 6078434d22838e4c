// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <linux/kvm.h>
#include <linux/vfio.h>

#include "describe.h"
#include "text.h"

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

char *vs_vm_label(char *out, size_t size, const struct vs_vm *vm, bool long_form)
{
	char name[VS_ESCAPED(VS_NAME_LEN)], comm[VS_ESCAPED(VS_COMM_LEN)];
	bool process;
	int n;

	if (!vm) {
		snprintf(out, size, "no VM");
		return out;
	}
	vs_escape(name, sizeof(name), vm->name);
	vs_escape(comm, sizeof(comm), vm->comm);
	n = snprintf(out, size, *name ? "vm%u \"%s\"" : "vm%u", vm->id, name);
	process = long_form && vm->pid && n > 0 && (size_t)n < size;
	if (process && *comm)
		snprintf(out + n, size - n, " (%s, pid %u)", comm, vm->pid);
	else if (process)
		snprintf(out + n, size - n, " (pid %u)", vm->pid);
	vs_whole_characters(out);
	return out;
}

static void group_label(char *out, size_t size, int group)
{
	if (group >= 0)
		snprintf(out, size, "group %d", group);
	else
		snprintf(out, size, "no group");
}

static void attr_detail(char *out, size_t size, const union vs_event *ev, const char *vm,
			const char *group)
{
	const struct ev_kvm_attr *a = &ev->attr;

	if (a->attr_group != KVM_DEV_VFIO_GROUP)
		snprintf(out, size, "attribute group %u, attribute %llu, %s", a->attr_group,
			 (unsigned long long)a->attr, vm);
	else if (a->dev)
		snprintf(out, size, "fd %d (a device), %s", a->fd, vm);
	else if (a->iommu_group < 0)
		snprintf(out, size, "fd %d (not a group), %s", a->fd, vm);
	else
		snprintf(out, size, "%s, fd %d, %s", group, a->fd, vm);
}

static void group_ioctl_detail(char *out, size_t size, const union vs_event *ev, const char *device,
			       const char *group)
{
	const struct ev_group_ioctl *g = &ev->group_ioctl;

	if (g->cmd == VFIO_GROUP_GET_DEVICE_FD)
		snprintf(out, size, "%s, %s", device, group);
	else if (g->cmd == VFIO_GROUP_SET_CONTAINER)
		snprintf(out, size, "%s, container fd %d", group, g->fd);
	else if (vs_op_of(ev) == &kind_ops[VS_GROUP_IOCTL])
		snprintf(out, size, "%s, command 0x%x", group, g->cmd);
	else
		snprintf(out, size, "%s", group);
}

static void container_detail(char *out, size_t size, const union vs_event *ev)
{
	static const char *const types[] = {
		[VFIO_TYPE1_IOMMU] = "TYPE1",	  [VFIO_SPAPR_TCE_IOMMU] = "SPAPR_TCE",
		[VFIO_TYPE1v2_IOMMU] = "TYPE1v2", [VFIO_SPAPR_TCE_v2_IOMMU] = "SPAPR_TCE_v2",
		[VFIO_NOIOMMU_IOMMU] = "NOIOMMU",
	};
	const struct ev_container_ioctl *c = &ev->container;
	char bytes[16];

	if (c->cmd == VFIO_SET_IOMMU && !c->arg)
		snprintf(out, size, "type not known");
	else if (c->cmd == VFIO_SET_IOMMU)
		snprintf(out, size, "type %llu (%s)", (unsigned long long)c->arg,
			 c->arg <= VFIO_NOIOMMU_IOMMU && types[c->arg] ? types[c->arg] : "?");
	else
		snprintf(out, size, "iova 0x%llx, %s", (unsigned long long)c->iova,
			 vs_bytes(bytes, sizeof(bytes), c->bytes));
}

static void dma_detail(char *out, size_t size, const struct vs_dma_stats *d)
{
	char mapped[16], map_time[16], unmapped[16], unmap_time[16];

	snprintf(out, size, "%llu maps, %s, %s, %llu failed; %llu unmaps, %s, %s, %llu failed",
		 (unsigned long long)d->maps, vs_bytes(mapped, sizeof(mapped), d->map_bytes),
		 vs_duration(map_time, sizeof(map_time), d->map_ns),
		 (unsigned long long)d->map_failed, (unsigned long long)d->unmaps,
		 vs_bytes(unmapped, sizeof(unmapped), d->unmap_bytes),
		 vs_duration(unmap_time, sizeof(unmap_time), d->unmap_ns),
		 (unsigned long long)d->unmap_failed);
}

static void device_detail(char *out, size_t size, const union vs_event *ev, const char *device,
			  const char *group, const char *vm)
{
	const struct ev_dev *d = &ev->dev;
	char driver[VS_ESCAPED(VS_DRIVER_LEN)];
	const char *which = "";

	vs_escape(driver, sizeof(driver), d->driver);
	if (ev->h.kind == VS_DEV_OPEN)
		which = d->open_count > 1 ? ", opened again" : "";
	else if (ev->h.kind == VS_DEV_CLOSE)
		which = d->open_count ? ", other opens remain" : ", last close";
	/* Where devices hold no pointer, there is something to say of an open only. */
	if ((d->h.flags & VS_F_PER_FILE) && ev->h.kind != VS_DEV_OPEN)
		snprintf(out, size, "%s (%s), %s%s", device, driver, group, which);
	else
		snprintf(out, size, "%s (%s), %s%s, kvm pointer: %s", device, driver, group, which,
			 d->kvm ? vm : "none");
}

static const char *irq_action(uint32_t flags)
{
	if (flags & VFIO_IRQ_SET_ACTION_TRIGGER)
		return "trigger";
	if (flags & VFIO_IRQ_SET_ACTION_UNMASK)
		return "unmask";
	return flags & VFIO_IRQ_SET_ACTION_MASK ? "mask" : "no action";
}

static void set_irqs_detail(char *out, size_t size, const union vs_event *ev, const char *device)
{
	static const char *const indexes[] = { "INTx", "MSI", "MSI-X", "ERR", "REQ" };
	const struct ev_dev_ioctl *d = &ev->dev_ioctl;

	if (d->cmd != VFIO_DEVICE_SET_IRQS)
		snprintf(out, size, "%s", device);
	else if (d->irq_index < 5)
		snprintf(out, size, "%s, %s %s, %u from %u", device, irq_action(d->irq_flags),
			 indexes[d->irq_index], d->irq_count, d->irq_start);
	else
		snprintf(out, size, "%s, %s index %u, %u from %u", device, irq_action(d->irq_flags),
			 d->irq_index, d->irq_count, d->irq_start);
}

char *vs_event_detail(char *out, size_t size, const union vs_event *ev, const struct vs_refs *refs)
{
	char device[VS_ESCAPED(VS_DEVNAME_LEN)], group[24];
	char vm[VS_LABEL_LEN], text[VS_LABEL_LEN];

	out[0] = '\0';
	vs_escape(device, sizeof(device), vs_event_device(ev));
	group_label(group, sizeof(group), refs->group);
	vs_vm_label(vm, sizeof(vm), refs->vm, false);
	switch (ev->h.kind) {
	case VS_VM_CREATE:
	case VS_VM_DESTROY:
	case VS_KVM_VFIO_CREATE:
	case VS_KVM_VFIO_RELEASE:
	case VS_COHERENCY:
	case VS_FOUND_VM:
		snprintf(out, size, "%s", vm);
		break;
	case VS_FOUND_KVM_VFIO:
		snprintf(out, size, "%s%s", vm, ev->kvm_vfio.noncoherent ? ", non-coherent" : "");
		break;
	case VS_FOUND_REGISTRATION:
		snprintf(out, size, "%s with %s", group, vm);
		break;
	case VS_FOUND_GROUP:
		snprintf(out, size, "%s, kvm pointer: %s", group, refs->group_vm ? vm : "none");
		break;
	case VS_FOUND_CONTAINER:
		vs_escape(text, sizeof(text), ev->found_container.driver);
		snprintf(out, size, "%s", *text ? text : "no IOMMU driver yet");
		break;
	case VS_KVM_ATTR:
		attr_detail(out, size, ev, vm, group);
		break;
	case VS_SET_KVM:
		vs_vm_label(text, sizeof(text), refs->group_vm, false);
		snprintf(out, size, "%s: %s%s%s", group,
			 ev->set_kvm.kvm ? "belongs to " : "belonged to ",
			 ev->set_kvm.kvm ? text : vm,
			 ev->set_kvm.by_attr ? "" :
			 ev->set_kvm.vm	     ? " (the kvm-vfio fd was closed)" :
					       " (the VM ended)");
		break;
	case VS_GROUP_OPEN:
		vs_escape(text, sizeof(text), ev->group.node);
		snprintf(out, size, "/dev/vfio/%s", text);
		break;
	case VS_GROUP_RELEASE:
		snprintf(out, size, "%s", group);
		break;
	case VS_GROUP_IOCTL:
		group_ioctl_detail(out, size, ev, device, group);
		break;
	case VS_CONTAINER_IOCTL:
		container_detail(out, size, ev);
		break;
	case VS_CONTAINER_DMA:
		dma_detail(out, size, &ev->dma.s);
		break;
	case VS_DEV_OPEN:
	case VS_DEV_CLOSE:
	case VS_FOUND_DEVICE:
		device_detail(out, size, ev, device, group, vm);
		break;
	case VS_KVM_TAKEN:
	case VS_KVM_DROPPED:
		snprintf(out, size, "%s, %s", device, vm);
		break;
	case VS_DRIVER_OPEN:
		snprintf(out, size, "%s, kvm pointer: %s", device, ev->dev_kvm.kvm ? vm : "none");
		break;
	case VS_DEV_IOCTL:
		set_irqs_detail(out, size, ev, device);
		break;
	case VS_MODULE:
		vs_escape(text, sizeof(text), ev->module.name);
		snprintf(out, size, "%s", text);
		break;
	}
	vs_whole_characters(out);
	return out;
}

char *vs_event_result(char *out, size_t size, const union vs_event *ev)
{
	const char *name = vs_errno_name(ev->h.ret);

	if (!vs_event_failed(ev) && vs_event_returns_fd(ev))
		snprintf(out, size, "fd %lld", (long long)ev->h.ret);
	else if (!ev->h.ret)
		snprintf(out, size, "ok");
	else if (vs_event_failed(ev) && name)
		snprintf(out, size, "%s", name);
	else
		snprintf(out, size, "%lld", (long long)ev->h.ret);
	return out;
}
