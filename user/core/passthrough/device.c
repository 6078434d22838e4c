// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>

#include "device.h"

#define PCI "/sys/bus/pci/devices/"

/* Most basic first: in this order people have to deal with them. */
enum hurdle {
	NO_SUCH_DEVICE,
	NO_ANSWER,
	IS_BRIDGE,
	NO_IOMMU,
	NO_GROUP,
	NOIOMMU_MODE,
	FIRMWARE_MAPPING,
	NO_REMAPPING,
	NO_DRIVER,
	OTHER_DRIVER,
	NOT_VIABLE,
	NO_FILE,
	HURDLE_COUNT,
};

static const char *const ids[HURDLE_COUNT] = {
	[NO_SUCH_DEVICE] = "no-such-device",
	[NO_ANSWER] = "no-answer",
	[IS_BRIDGE] = "is-bridge",
	[NO_IOMMU] = "no-iommu",
	[NO_GROUP] = "no-group",
	[NOIOMMU_MODE] = "noiommu-mode",
	[FIRMWARE_MAPPING] = "firmware-mapping",
	[NO_REMAPPING] = "no-remapping",
	[NO_DRIVER] = "no-driver",
	[OTHER_DRIVER] = "other-driver",
	[NOT_VIABLE] = "not-viable",
	[NO_FILE] = "no-file",
};

const char *vs_hurdle_id(size_t i)
{
	return i < HURDLE_COUNT ? ids[i] : NULL;
}

/* A hurdle more; what does not fit is counted. The last one is written over then. */
static struct vs_hurdle *hurdle(struct vs_readiness *r, enum hurdle id)
{
	struct vs_hurdle *h;

	if (r->hurdle_count == VS_HURDLES_MAX)
		r->hurdle_unlisted++;
	else
		r->hurdle_count++;
	h = &r->hurdle[r->hurdle_count - 1];
	memset(h, 0, sizeof(*h));
	h->id = ids[id];
	return h;
}

/* Names of others are escaped before they come here. */
#define SAY(field, ...) snprintf(field, sizeof(field), __VA_ARGS__)

static __attribute__((format(printf, 2, 3))) void command(struct vs_hurdle *h, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(h->command[h->command_count++], sizeof(h->command[0]), fmt, args);
	va_end(args);
}

static __attribute__((format(printf, 2, 3))) void remark(struct vs_readiness *r, const char *fmt,
							 ...)
{
	va_list args;

	if (r->remark_count == VS_REMARKS_MAX)
		return;
	va_start(args, fmt);
	vsnprintf(r->remark[r->remark_count++], sizeof(r->remark[0]), fmt, args);
	va_end(args);
}

/* A name of the kernel's, escaped. */
struct shown {
	char text[VS_ESCAPED(VS_SYSFS_NAME)];
};

static const char *show(struct shown *s, const char *name)
{
	return vs_escape(s->text, sizeof(s->text), name);
}

bool vs_is_word(const char *name)
{
	return *name && *name != '-' &&
	       !name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789:._-")];
}

/*
 * Drivers that leave DMA to others say so, and only those may share a group with VFIO; they
 * are not seen from here, but few: beside VFIO's own the two below. Before, the kernel
 * knew pci-stub by its name, and let bridges have any driver.
 */
bool vs_member_blocks(const struct vs_hostdev *d, const struct vs_member *m)
{
	if (!*m->driver || m->vfio || !strcmp(m->driver, "pci-stub"))
		return false;
	return d->drivers_tell ? strcmp(m->driver, "pcieport") != 0 : !m->bridge;
}

static bool is_itself(const struct vs_hostdev *d, const struct vs_member *m)
{
	return !strcmp(m->name, d->name);
}

enum vs_fact vs_group_viable(const struct vs_hostdev *d)
{
	size_t i;

	if (d->group < 0)
		return VS_FACT_UNKNOWN;
	for (i = 0; i < d->member_count; i++)
		if (!is_itself(d, &d->member[i]) && vs_member_blocks(d, &d->member[i]))
			return VS_FACT_NO;
	return d->member_unseen ? VS_FACT_UNKNOWN : VS_FACT_YES;
}

static void no_such_device(const struct vs_hostdev *d, struct vs_readiness *r)
{
	struct vs_hurdle *h = hurdle(r, NO_SUCH_DEVICE);
	struct shown near;

	if (d->mdev) {
		SAY(h->what, "there is no such mediated device");
		if (*d->create)
			command(h, "echo %s > %s", d->name, d->create);
		else
			SAY(h->todo,
			    "no driver of this host can create one at the moment: load that of the parent device, or remove another mediated device of it");
		return;
	}
	SAY(h->what, "there is no such PCI device");
	if (*d->near)
		SAY(h->todo,
		    "%s is there, in the same slot; lspci -D lists all. A VF exists once "
		    "its PF has enough of them (sriov_numvfs)",
		    show(&near, d->near));
	else
		SAY(h->todo, "lspci -D lists all. If it was removed: echo 1 > /sys/bus/pci/rescan. "
			     "A VF exists once its PF has enough of them (sriov_numvfs)");
}

static void judge_device(const struct vs_hostdev *d, struct vs_readiness *r)
{
	struct vs_hurdle *h;

	if (d->answers == VS_FACT_NO) {
		h = hurdle(r, NO_ANSWER);
		SAY(h->what, "it does not answer: its configuration space reads as ff%s%s",
		    *d->power ? ", power state " : "", d->power);
		SAY(h->todo,
		    "remove it and rescan; if it stays silent, power-cycle its slot or the host");
		command(h, "echo 1 > " PCI "%s/remove", d->name);
		command(h, "echo 1 > /sys/bus/pci/rescan");
	}
	if (d->bridge) {
		h = hurdle(r, IS_BRIDGE);
		SAY(h->what, "it is a bridge, which VFIO does not take");
		SAY(h->todo, "give the devices behind it to the VM");
	}
}

/* There is none before a driver is bound where device trees or IORT tell the IOMMU. */
static bool group_comes_later(const struct vs_hostdev *d, const struct vs_passthrough *host)
{
	return host->arch != VS_ARCH_X86 && !*d->driver;
}

static void judge_iommu(const struct vs_hostdev *d, const struct vs_passthrough *host,
			struct vs_readiness *r)
{
	struct vs_hurdle *h;
	struct vs_text t;

	if (d->noiommu) {
		h = hurdle(r, NOIOMMU_MODE);
		SAY(h->what, "VFIO has it in noiommu mode, which no VM can use");
		vs_text_init(&t, h->todo, sizeof(h->todo));
		vs_iommu_advice(&t, host);
	} else if (!host->iommu) {
		h = hurdle(r, NO_IOMMU);
		SAY(h->what, "this host uses no IOMMU");
		vs_text_init(&t, h->todo, sizeof(h->todo));
		vs_iommu_advice(&t, host);
	} else if (d->group < 0 && !group_comes_later(d, host)) {
		h = hurdle(r, NO_GROUP);
		SAY(h->what, "it is in no IOMMU group: no IOMMU of this host is in front of it");
		SAY(h->todo, "the kernel log says which devices the IOMMU serves (dmesg | grep -i "
			     "iommu)");
	}
}

static void judge_mapping(const struct vs_hostdev *d, const struct vs_passthrough *host,
			  struct vs_readiness *r)
{
	struct vs_hurdle *h;

	if (*d->direct && d->direct_refused == VS_FACT_YES) {
		h = hurdle(r, FIRMWARE_MAPPING);
		SAY(h->what,
		    "firmware demands a 1:1 mapping of %s for its group %d, and the kernel hands over no such group",
		    d->direct, d->group);
		SAY(h->todo, "turn off in the firmware setup what uses this memory (management "
			     "agents, RMRR), or ask the vendor of the platform");
	} else if (*d->direct && d->direct_refused == VS_FACT_UNKNOWN) {
		remark(r,
		       "firmware demands a 1:1 mapping of %s for its group %d; whether this kernel hands over such a group is not known here",
		       d->direct, d->group);
	}
	if (host->remapping == VS_FACT_NO && !vs_unsafe_interrupts(host) && d->group >= 0 &&
	    !d->noiommu) {
		h = hurdle(r, NO_REMAPPING);
		SAY(h->what, "this host does not remap interrupts, so VFIO refuses the IOMMU "
			     "(EPERM)");
		SAY(h->todo,
		    "turn interrupt remapping on (firmware setup; no intremap=off or "
		    "nointremap on the kernel command line); or, if all guests are trusted, let them raise any interrupt");
		command(h, "modprobe vfio_iommu_type1");
		command(h, "echo Y > /sys/module/vfio_iommu_type1/parameters/"
			   "allow_unsafe_interrupts");
	}
}

/* While one of these stands, binding drivers does not help, and takes the device from the host. */
static bool is_hopeless(const struct vs_readiness *r)
{
	static const enum hurdle grave[] = { NO_ANSWER, NO_IOMMU, NO_GROUP, NOIOMMU_MODE,
					     FIRMWARE_MAPPING };
	size_t i, k;

	for (i = 0; i < r->hurdle_count; i++)
		for (k = 0; k < sizeof(grave) / sizeof(grave[0]); k++)
			if (r->hurdle[i].id == ids[grave[k]])
				return true;
	return false;
}

static void wait_for_others(struct vs_hurdle *h)
{
	SAY(h->todo, "solve what stands above first");
}

/* @used_as: any bytes */
static void warn_of_loss(struct vs_hurdle *h, const char *does, const char *used_as)
{
	struct shown s;

	if (*used_as)
		SAY(h->todo,
		    "%sthe host can no longer use it then. It uses it as %s: stop that before (unmount, swapoff, link down)",
		    does, show(&s, used_as));
	else
		SAY(h->todo, "%sthe host can no longer use it then", does);
}

/* The commands that give a PCI device to vfio-pci, whatever it is bound to. */
static void give_to_vfio(bool vfio_driver, struct vs_hurdle *h, const char *name, bool bound)
{
	if (!vfio_driver)
		command(h, "modprobe vfio-pci");
	command(h, "echo vfio-pci > " PCI "%s/driver_override", name);
	if (bound)
		command(h, "echo %s > " PCI "%s/driver/unbind", name, name);
	command(h, "echo %s > /sys/bus/pci/drivers_probe", name);
}

/* Nobody can bind a mediated device to its driver; it is bound when it is made. */
static void judge_mdev_driver(const struct vs_hostdev *d, struct vs_readiness *r)
{
	struct vs_hurdle *h = hurdle(r, NO_DRIVER);

	SAY(h->what, "no driver is bound to it");
	if (!*d->create) {
		SAY(h->todo, "remove it and create it again");
		return;
	}
	if (!d->vfio_driver)
		command(h, "modprobe vfio_mdev");
	command(h, "echo 1 > /sys/bus/mdev/devices/%s/remove", d->name);
	command(h, "echo %s > %s", d->name, d->create);
}

/* One that is on the way to VFIO needs the last step only. */
static void judge_pci_driver(const struct vs_hostdev *d, struct vs_readiness *r)
{
	bool hopeless = is_hopeless(r), bound = *d->driver;
	struct vs_hurdle *h = hurdle(r, bound ? OTHER_DRIVER : NO_DRIVER);
	struct shown s;

	if (bound)
		SAY(h->what, "it is bound to %s, not to a VFIO driver", show(&s, d->driver));
	else
		SAY(h->what, "no driver is bound to it%s",
		    strcmp(d->override, "vfio-pci") ? "" :
						      ", although driver_override is vfio-pci");
	if (hopeless) {
		wait_for_others(h);
		return;
	}
	if (bound)
		warn_of_loss(h, "", d->used_as);
	give_to_vfio(d->vfio_driver, h, d->name, bound);
}

static void judge_driver(const struct vs_hostdev *d, struct vs_readiness *r)
{
	if (d->vfio)
		return;
	if (d->mdev)
		judge_mdev_driver(d, r);
	else
		judge_pci_driver(d, r);
}

/* What frees the group of a device; a bridge is nothing for vfio-pci. */
void vs_member_commands(const struct vs_member *m, bool vfio_driver, struct vs_hurdle *h)
{
	if (!vs_is_word(m->name) || !vs_is_word(m->bus)) {
		warn_of_loss(h, "unbind its driver; ", m->used_as);
	} else if (!strcmp(m->bus, "pci") && !m->bridge) {
		warn_of_loss(h, "give it to VFIO as well; ", m->used_as);
		give_to_vfio(vfio_driver, h, m->name, true);
	} else {
		warn_of_loss(h, "unbind its driver; ", m->used_as);
		command(h, "echo %s > /sys/bus/%s/devices/%s/driver/unbind", m->name, m->bus,
			m->name);
	}
}

static void judge_group(const struct vs_hostdev *d, struct vs_readiness *r)
{
	bool hopeless = is_hopeless(r);
	struct shown name, driver;
	struct vs_hurdle *h;
	size_t i;

	for (i = 0; i < d->member_count; i++) {
		const struct vs_member *m = &d->member[i];

		if (is_itself(d, m) || !vs_member_blocks(d, m))
			continue;
		h = hurdle(r, NOT_VIABLE);
		SAY(h->what, "%s of its group %d is bound to %s", show(&name, m->name), d->group,
		    show(&driver, m->driver));
		if (hopeless)
			wait_for_others(h);
		else
			vs_member_commands(m, d->vfio_driver, h);
	}
	if (d->member_unseen)
		remark(r, "%zu more devices are in its group; they were not looked at",
		       d->member_unseen);
}

static void judge_files(const struct vs_hostdev *d, struct vs_readiness *r)
{
	const struct vs_node *group = &d->group_node, *cdev = &d->cdev_node;
	struct vs_hurdle *h;

	if (!d->vfio || group->present || cdev->present)
		return;
	h = hurdle(r, NO_FILE);
	if (!group->expected && !cdev->expected) {
		SAY(h->what, "VFIO has created no file for it in /dev/vfio");
		SAY(h->todo, "the kernel log says why (dmesg | grep -i vfio)");
		return;
	}
	SAY(h->what, "%s is missing", group->expected ? group->path : cdev->path);
	SAY(h->todo,
	    "in a container, pass it in; on the host, the kernel creates it in devtmpfs: mount that on /dev, or have udev create it");
}

/* Whether two PCI addresses are of one slot. */
static bool same_slot(const char *a, const char *b)
{
	size_t len = strcspn(a, ".");

	return !strncmp(a, b, len) && b[len] == '.';
}

static size_t strangers(const struct vs_hostdev *d)
{
	size_t i, n = 0;

	for (i = 0; i < d->member_count; i++)
		n += !strcmp(d->member[i].bus, "pci") && !d->member[i].bridge &&
		     !same_slot(d->name, d->member[i].name);
	return n;
}

static void judge_rest(const struct vs_hostdev *d, struct vs_readiness *r)
{
	size_t others = strangers(d);
	struct shown s;

	if (others)
		remark(r,
		       "devices of other slots in its group: %zu; nothing between them keeps them apart (no ACS)",
		       others);
	if (*d->pf && !strcmp(d->pf_driver, "vfio-pci"))
		remark(r,
		       "its PF %s is bound to vfio-pci as well: opening it takes the PF's VF token",
		       show(&s, d->pf));
	if (d->vfs > 0)
		remark(r, "it has %d VFs; changing its driver may remove them", d->vfs);
	if (d->can_reset == VS_FACT_NO)
		remark(r, "the kernel cannot reset it alone: the next VM may get the state "
			  "that the last one left");
}

void vs_hostdev_judge(const struct vs_hostdev *d, const struct vs_passthrough *host,
		      struct vs_readiness *r)
{
	memset(r, 0, sizeof(*r));
	if (!d->found) {
		no_such_device(d, r);
		return;
	}
	if (d->mdev) {
		judge_driver(d, r);
		judge_files(d, r);
		return;
	}
	judge_device(d, r);
	judge_iommu(d, host, r);
	judge_mapping(d, host, r);
	if (!d->bridge)
		judge_driver(d, r);
	judge_group(d, r);
	judge_files(d, r);
	judge_rest(d, r);
}

void vs_put_readiness(struct vs_text *t, const struct vs_hostdev *d, const struct vs_readiness *r)
{
	size_t more = r->hurdle_count + r->hurdle_unlisted;

	vs_put_escaped(t, d->name);
	if (!more) {
		vs_put(t, " is ready for a VM");
		return;
	}
	vs_put(t, " cannot be given to a VM: ");
	vs_put(t, r->hurdle[0].what);
	if (more < 2)
		return;
	vs_put(t, " (and ");
	vs_put_uint(t, more - 1);
	vs_put(t, " more)");
}
