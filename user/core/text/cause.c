// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "../event/refs.h"
#include "../rules/errnos.h"
#include "cause.h"
#include "maps.h"

/* The call that failed, or what the finding is about instead: its first proof. */
static const union vs_event *failed(const struct vs_finding *f)
{
	size_t i;

	for (i = 0; i < f->evidence_count; i++)
		if (f->evidence[i]->ev.h.ret < 0)
			return &f->evidence[i]->ev;
	return f->evidence_count ? &f->evidence[0]->ev : NULL;
}

/* " at once", " after 2.00 s"; nothing if it is not known. */
static void put_after(struct vs_text *t, uint64_t ns)
{
	if (ns == VS_NOT_SEEN)
		return;
	vs_put(t, ns < 1000000 ? " at once" : " after ");
	if (ns >= 1000000)
		vs_put_duration(t, ns);
}

static void put_refusal(struct vs_text *t, const struct vs_finding *f, const union vs_event *ev)
{
	const char *word = vs_errno_word((int)ev->h.ret);
	const char *driver = *ev->dev.driver ? ev->dev.driver : "?";

	vs_put(t, "The driver ");
	vs_put_escaped(t, driver);
	vs_put(t, " was asked to open the device, and returned ");
	vs_put(t, word ? word : "an unknown errno");
	put_after(t, ev->h.dur);
	vs_put(t, ". ");
	if (f->cause) {
		vs_put(t, f->cause);
		vs_put(t, " ");
	}
	vs_put(t, "VFIO and the bindings are in order. What the driver itself says of it is in the "
		  "kernel log of that moment: look for ");
	vs_put_escaped(t, driver);
	vs_put(t, " and for ");
	vs_put_escaped(t, ev->dev.name);
	vs_put(t, ".");
}

static void put_short(struct vs_text *t, const struct ev_set_irqs *ev)
{
	static const char *const indexes[] = { " by INTx", " by MSI", " by MSI-X" };

	vs_put(t, "The device can have ");
	vs_put_int(t, ev->h.ret);
	vs_put(t, " of ");
	vs_put_uint(t, (uint64_t)ev->irq_start + ev->irq_count);
	vs_put(t, " interrupts");
	vs_put(t, ev->irq_index < 3 ? indexes[ev->irq_index] : "");
	vs_put(t, ": none was set up, and the caller has to ask again for that many.");
}

/* What draws where the firmware has drawn: drivers/firmware/sysfb*.c, drivers/video/fbdev/. */
static bool is_boot_framebuffer(const char *owner)
{
	static const char *const names[] = {
		"efifb",  "vesafb",	     "simplefb",	 "simpledrm",
		"BOOTFB", "efi-framebuffer", "vesa-framebuffer", "simple-framebuffer"
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strncmp(owner, names[i], strlen(names[i])))
			return true;
	return false;
}

static void put_owner(struct vs_text *t, const struct ev_region *ev)
{
	vs_put_region(t, ev->region, ev->name);
	if (!*ev->owner) {
		vs_put(t, " is in use on the host; by whom is not known. Look for its addresses "
			  "(/sys/bus/pci/devices/");
		vs_put_escaped(t, ev->name);
		vs_put(t, "/resource) in /proc/iomem.");
		return;
	}
	vs_put(t, " belongs to ");
	vs_put_escaped(t, ev->owner);
	vs_put(t, " on the host (/proc/iomem)");
	vs_put(t, is_boot_framebuffer(ev->owner) ?
			  ": the framebuffer that the host has booted with. Boot with "
			  "initcall_blacklist=sysfb_init on the kernel command line." :
			  ".");
}

static void put_direct(struct vs_text *t, const struct vs_finding *f)
{
	vs_put(t,
	       "The firmware demands that memory is mapped 1:1 for the devices of the group, which "
	       "VFIO cannot give them, so the kernel keeps them: \"direct\" in "
	       "/sys/kernel/iommu_groups/");
	vs_put_int(t, f->group);
	vs_put(t,
	       "/reserved_regions. Look in the firmware's setup, or ask its vendor, for a way to "
	       "switch that off; else the device cannot be passed through.");
}

static void put_token(struct vs_text *t, const char *pf)
{
	vs_put(t,
	       "A VF token is missing or wrong: pass the one that was set on the physical function, ");
	vs_put_escaped(t, pf);
	vs_put(t, ", by whoever has that open (vfioscope ps --device ");
	vs_put_escaped(t, pf);
	vs_put(t, "). With QEMU: -device vfio-pci,host=...,vf-token=UUID.");
}

static bool put_attach(struct vs_text *t, const struct vs_finding *f, const union vs_event *ev)
{
	if (ev->h.flags & VS_F_DIRECT)
		put_direct(t, f);
	else if (ev->h.kind == VS_GET_DEVICE_FD && *ev->get_device_fd.pf)
		put_token(t, ev->get_device_fd.pf);
	else
		return false;
	return true;
}

/* The physical function whose functions are in the way of a hot reset, NULL: there is none. */
static const char *pf_in_the_way(const struct vs_finding *f)
{
	size_t i;

	for (i = 0; i < f->missing_count; i++)
		if (*f->missing[i].pf)
			return f->missing[i].pf;
	return NULL;
}

static void put_reset(struct vs_text *t, const struct vs_finding *f)
{
	const char *pf = pf_in_the_way(f);

	vs_put(t, f->cause);
	if (pf) {
		vs_put(t, " No virtual function may be left: detach those of ");
		vs_put_escaped(t, pf);
		vs_put(t, " from host and VMs, then echo 0 > /sys/bus/pci/devices/");
		vs_put_escaped(t, pf);
		vs_put(t,
		       "/sriov_numvfs, which removes them all and waits for whoever has one open.");
		return;
	}
	if (!f->reset_methods || !*f->reset_methods)
		return;
	vs_put(t, " Its reset methods: ");
	vs_put_escaped(t, f->reset_methods);
	vs_put(t, ".");
}

/* From its beginning to its end, which both are proofs. */
static void put_free(struct vs_text *t, const struct vs_finding *f)
{
	vs_put(t, "The device is free now, after ");
	vs_put_duration(t, f->evidence[1]->ev.h.ts - f->evidence[0]->ev.h.ts);
	vs_put(t, ".");
}

/* Of a rule whose sentences have parts; false: of another one. */
static bool put_parts(struct vs_text *t, const struct vs_finding *f, const union vs_event *ev)
{
	switch (f->rule->id) {
	case VS_RULE_DRIVER_REFUSED:
		put_refusal(t, f, ev);
		return true;
	case VS_RULE_IRQ_SHORT:
		if (ev->h.ret > 0)
			put_short(t, &ev->set_irqs);
		return ev->h.ret > 0;
	case VS_RULE_ATTACH_FAILED:
		return put_attach(t, f, ev);
	case VS_RULE_BAR_BUSY:
		put_owner(t, &ev->region);
		return true;
	case VS_RULE_RESET_FAILED:
		put_reset(t, f);
		return true;
	case VS_RULE_UNBIND_BLOCKED:
		if (f->evidence_count > 1)
			put_free(t, f);
		return f->evidence_count > 1;
	default:
		return false;
	}
}

bool vs_put_cause(struct vs_text *t, const struct vs_finding *f)
{
	const union vs_event *ev = failed(f);

	if (f->map && vs_put_map_cause(t, f->map))
		return true;
	if (ev && put_parts(t, f, ev))
		return true;
	if (f->cause)
		vs_put(t, f->cause);
	return f->cause;
}
