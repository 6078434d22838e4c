// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "options.h"
#include "values.h"

static int set_verbose(struct vs_options *o, const char *value)
{
	(void)value;
	o->verbose++;
	return 0;
}

static int set_duration(struct vs_options *o, const char *value)
{
	int err = vs_value_duration(value, &o->duration_ns);

	return err ? err : o->duration_ns ? 0 : -EINVAL;
}

static int set_grace(struct vs_options *o, const char *value)
{
	return vs_value_duration(value, &o->grace_ns);
}

/* "device_open=2s" */
static int set_budget(struct vs_options *o, const char *value)
{
	const char *time = strchr(value, '=');
	char phase[32] = "";
	uint64_t ns;

	if (!time || (size_t)(time - value) >= sizeof(phase))
		return -EINVAL;
	memcpy(phase, value, (size_t)(time - value));
	if (vs_value_duration(time + 1, &ns) || !ns)
		return -EINVAL;
	return vs_budget_parse(&o->budgets, phase, ns);
}

static int set_top(struct vs_options *o, const char *value)
{
	return vs_value_number(value, 1000, &o->top);
}

static int set_timeline(struct vs_options *o, const char *value)
{
	o->timeline = value;
	return *value ? 0 : -EINVAL;
}

static int set_pid(struct vs_options *o, const char *value)
{
	unsigned long pid;

	if (vs_value_number(value, INT_MAX, &pid) || !pid)
		return -EINVAL;
	o->filter.pid = (uint32_t)pid;
	return 0;
}

static int set_group(struct vs_options *o, const char *value)
{
	unsigned long group;

	if (vs_value_number(value, INT_MAX, &group))
		return -EINVAL;
	o->filter.group = (int)group;
	return 0;
}

static int set_vm(struct vs_options *o, const char *value)
{
	o->filter.vm = value;
	return *value ? 0 : -EINVAL;
}

static int set_device(struct vs_options *o, const char *value)
{
	int err = vs_device_normalize(value, o->device);

	o->filter.device = o->device;
	return err;
}

static int set_buffer(struct vs_options *o, const char *value)
{
	return vs_value_size(value, &o->buffer);
}

/* Index of @value among those that @list gives, -EINVAL if it is none of them. */
static int choice(const char *value, const char *(*list)(size_t i))
{
	size_t i;

	for (i = 0; list(i); i++)
		if (!strcmp(value, list(i)))
			return (int)i;
	return -EINVAL;
}

static const char *probe_value(size_t i)
{
	static const char *const values[] = {
		[VS_PROBE_AUTO] = "auto",
		[VS_PROBE_FENTRY] = "fentry",
		[VS_PROBE_KPROBE] = "kprobe",
		NULL,
	};

	return values[i];
}

static int set_probe(struct vs_options *o, const char *value)
{
	int i = choice(value, probe_value);

	o->probe = i;
	return i < 0 ? i : 0;
}

static const char *color_value(size_t i)
{
	static const char *const values[] = {
		[VS_COLOR_AUTO] = "auto",
		[VS_COLOR_ALWAYS] = "always",
		[VS_COLOR_NEVER] = "never",
		NULL,
	};

	return values[i];
}

static int set_color(struct vs_options *o, const char *value)
{
	int i = choice(value, color_value);

	o->color = i;
	return i < 0 ? i : 0;
}

static const char *fail_on_value(size_t i)
{
	static const char *const values[] = { "error", "warning", "never", NULL };

	return values[i];
}

static int set_fail_on(struct vs_options *o, const char *value)
{
	static const int severities[] = { VS_ERROR, VS_WARNING, VS_ERROR + 1 };
	int i = choice(value, fail_on_value);

	if (i < 0)
		return i;
	o->fail_on = severities[i];
	return 0;
}

/* The features, then the sites. */
static const char *without_value(size_t i)
{
	static const char *const features[VS_FEATURE_COUNT] = {
		[VS_FEATURE_FENTRY] = "fentry",
		[VS_FEATURE_KPROBE] = "kprobe",
	};

	if (i < VS_FEATURE_COUNT)
		return features[i];
	i -= VS_FEATURE_COUNT;
	return i < VS_SITE_COUNT ? vs_sites[i].name : NULL;
}

static int set_without(struct vs_options *o, const char *value)
{
	int i = choice(value, without_value);

	if (i < 0)
		return i;
	if (i < VS_FEATURE_COUNT)
		o->lacks |= 1u << i;
	else
		o->without |= VS_SITE_BIT(i - VS_FEATURE_COUNT);
	return 0;
}

/* Of all phases, each with a comma. */
#define PHASE_NAME(arg, number, ID, name, parent, text) #name ", "

#define FLAG(member) .flag = offsetof(struct vs_options, member)

const struct vs_option vs_option_table[VS_OPT_COUNT] = {
	[VS_OPT_JSON] = {
		.name = "json",
		.help = "print one JSON object per line",
		.man = "Print one JSON object per line; see\n"
		       ".Sx JSON .",
		FLAG(json),
	},
	[VS_OPT_PID] = {
		.name = "pid",
		.arg = "PID",
		.help = "show only this process",
		.expected = "a process id, such as 1234",
		.man = "Show only what this process does;\n"
		       ".Cm ps :\n"
		       "what it holds open.\n"
		       "Process ids, given and shown, are those of the initial pid namespace,\n"
		       "wherever\n"
		       ".Nm\n"
		       "runs.",
		.set = set_pid,
	},
	[VS_OPT_VM] = {
		.name = "vm",
		.arg = "NAME",
		.help = "show only the VM with this name or id (vm1)",
		.expected = "a VM's name or id, such as vm1",
		.man = "Show only the VM with this name or this id\n"
		       ".Pq Li vm1 .\n"
		       "Calls that name no VM are not shown.",
		.set = set_vm,
	},
	[VS_OPT_DEVICE] = {
		.name = "device",
		.arg = "DEVICE",
		.help = "show only this device: a PCI address or an mdev UUID",
		.expected = "a PCI address (0000:3b:00.0) or an mdev UUID",
		.man = "Show only this device: a PCI address\n"
		       ".Po Li 0000:3b:00.0\n"
		       "or\n"
		       ".Li 3b:00.0\n"
		       ".Pc\n"
		       "or an mdev UUID.\n"
		       "Calls that name only a group are shown if it is the device's group.\n"
		       ".Cm doctor :\n"
		       "report on this device, and not on the host.\n"
		       ".Cm ps :\n"
		       "say who has this device, or its group: a line for each process, with its\n"
		       "VM, and how it holds it.\n"
		       "The exit status answers: see\n"
		       ".Sx EXIT STATUS .",
		.set = set_device,
	},
	[VS_OPT_GROUP] = {
		.name = "group",
		.arg = "N",
		.help = "show only this IOMMU group",
		.expected = "a number, such as 12",
		.man = "Show only this IOMMU group.",
		.set = set_group,
	},
	[VS_OPT_ALL] = {
		.name = "all",
		.help = "show also devices that VFIO has and nobody uses, and their groups",
		.man = "Show also what is not in use: devices bound to a driver of VFIO that nobody\n"
		       "has open, and the other devices of their IOMMU groups, with their drivers.",
		FLAG(filter.idle),
	},
	[VS_OPT_DURATION] = {
		.name = "duration",
		.arg = "TIME",
		.help = "stop after TIME (500ms, 30s, 2m, 1h)",
		.expected = "a number above zero with a unit: 500ms, 30s, 2m, 1h",
		.man = "Stop after this time: a whole number with one of the units ms, s, m and h.\n"
		       "The time spent in\n"
		       ".Fl -wait\n"
		       "is limited to it as well.\n"
		       "A\n"
		       ".Ar PROGRAM\n"
		       "that still runs is left running.",
		.set = set_duration,
	},
	[VS_OPT_DMA] = {
		.name = "dma",
		.help = "observe DMA map and unmap too: count them, report failures",
		.man = "Observe calls that map and unmap memory for DMA too, at the container's\n"
		       "ioctl.\n"
		       ".Cm trace\n"
		       "prints their totals for each container when the container or the trace\n"
		       "ends, and each call that fails;\n"
		       ".Cm audit\n"
		       "reports a failed map as\n"
		       ".Sy attach-failed .\n"
		       "Off by default, as some VMs make such calls all the time.",
		FLAG(dma),
	},
	[VS_OPT_WAIT] = {
		.name = "wait",
		.help = "wait until kvm and vfio are loaded, for a service started at boot",
		.man = "If kvm or vfio is not in the kernel yet, wait until both are, as a service\n"
		       "started at boot needs.\n"
		       "Without this option\n"
		       ".Nm\n"
		       "exits with 3 then.",
		FLAG(wait),
	},
	[VS_OPT_FAIL_ON] = {
		.name = "fail-on",
		.arg = "SEVERITY",
		.help = "exit 1 on findings at or above: error, warning (default), never",
		.value = fail_on_value,
		.man = "Exit with 1 on findings of this severity or above:\n"
		       ".Cm error ,\n"
		       ".Cm warning\n"
		       "(default) or\n"
		       ".Cm never .",
		.set = set_fail_on,
	},
	[VS_OPT_GRACE] = {
		.name = "grace",
		.arg = "TIME",
		.help = "report a device still lacking its VM after TIME (default 5s)",
		.expected = "a number with a unit: 500ms, 30s, 2m, 1h",
		.man = "Report a device that a process with a VM has opened, and that still lacks\n"
		       "its kvm pointer after this time, as\n"
		       ".Sy open-without-add ;\n"
		       "default 5s.",
		.set = set_grace,
	},
	[VS_OPT_BUDGET] = {
		.name = "budget",
		.arg = "PHASE=TIME",
		.help = "find over-budget if PHASE takes longer in one attach (repeatable)",
		.expected = "a phase and a time, as in device_open=2s; a phase is "
			    VS_PHASES(PHASE_NAME, -) "or total",
		.man = "Report\n"
		       ".Sy over-budget\n"
		       "if this phase takes longer than this time in one attach of a device;\n"
		       "repeatable.\n"
		       "The phase\n"
		       ".Cm total\n"
		       "is the attach as a whole, the VMM's own time included.\n"
		       "A time is a whole number with one of the units ms, s, m and h.",
		.set = set_budget,
	},
	[VS_OPT_TOP] = {
		.name = "top",
		.arg = "N",
		.help = "list the N slowest attaches at the end (default 5)",
		.expected = "a number from 0 to 1000",
		.man = "List this many of the slowest attaches at the end; default 5.",
		.set = set_top,
	},
	[VS_OPT_TIMELINE] = {
		.name = "timeline",
		.arg = "FILE",
		.help = "write a timeline for Perfetto or speedscope to FILE, which must not exist",
		.expected = "the name of a file",
		.man = "Write all attaches to this file, which must not exist yet, in the trace event\n"
		       "format that Perfetto and speedscope open: a track for each VM and device,\n"
		       "with arrows from who held a lock to who waited for it.",
		.set = set_timeline,
	},
	[VS_OPT_PROBE] = {
		.name = "probe",
		.arg = "HOW",
		.help = "attach by auto (default), fentry, kprobe",
		.value = probe_value,
		.man = "Attach by\n"
		       ".Cm fentry ,\n"
		       "by\n"
		       ".Cm kprobe ,\n"
		       "or by\n"
		       ".Cm auto\n"
		       "(default): fentry where the kernel allows it, else kprobe.\n"
		       "Where the kernel preempts tasks inside itself it skips fentry programs now\n"
		       "and then, and\n"
		       ".Cm auto\n"
		       "prefers kprobe.",
		.set = set_probe,
	},
	[VS_OPT_WITHOUT] = {
		.name = "without",
		.arg = "SITE",
		.help = "pretend SITE, fentry or kprobe is unavailable (repeatable)",
		.expected = "fentry, kprobe or a site listed by 'vfioscope doctor'",
		.value = without_value,
		.man = "Pretend that this site, one of those that\n"
		       ".Cm doctor\n"
		       "lists, is unavailable, or, with\n"
		       ".Cm fentry\n"
		       "or\n"
		       ".Cm kprobe ,\n"
		       "that the kernel refuses the method altogether; repeatable.\n"
		       "Verdicts that need the site become\n"
		       ".Sy unknown .\n"
		       "Without\n"
		       ".Cm snapshot ,\n"
		       "what is open at the start is not looked up.",
		.set = set_without,
	},
	[VS_OPT_BUFFER] = {
		.name = "buffer",
		.arg = "SIZE",
		.help = "ring buffer size (default 1M)",
		.expected = "a power of two from 4K to 1024M",
		.man = "Size of the ring buffer between the kernel and\n"
		       ".Nm :\n"
		       "a power of two with the unit K or M, from 4K to 1024M; default 1M.\n"
		       "Use a larger one if records are lost because it is full.",
		.set = set_buffer,
	},
	[VS_OPT_COLOR] = {
		.name = "color",
		.arg = "WHEN",
		.help = "color text: auto (default), always, never",
		.value = color_value,
		.man = "Color text\n"
		       ".Cm always ,\n"
		       ".Cm never\n"
		       "or\n"
		       ".Cm auto\n"
		       "(default): on a terminal, subject to\n"
		       ".Sx ENVIRONMENT .\n"
		       "JSON is never colored.",
		.set = set_color,
	},
	[VS_OPT_RAW_POINTERS] = {
		.name = "raw-pointers",
		.help = "show kernel addresses too",
		.man = "Show the kernel addresses of VMs, groups and devices too.\n"
		       "They defeat the kernel's address space randomization: do not publish such\n"
		       "output.",
		FLAG(raw_pointers),
	},
	[VS_OPT_QUIET] = {
		.name = "quiet",
		.letter = 'q',
		.help = "print no progress messages; audit: print findings only",
		.man = "Print no messages on stderr except errors.\n"
		       "As text,\n"
		       ".Cm audit\n"
		       "prints only findings and losses, and\n"
		       ".Cm trace\n"
		       "no heading.",
		FLAG(quiet),
	},
	[VS_OPT_VERBOSE] = {
		.name = "verbose",
		.letter = 'v',
		.help = "print libbpf's warnings; twice: its debug messages too",
		.man = "Print libbpf's warnings on stderr; given twice, its debug messages too.",
		.set = set_verbose,
	},
	[VS_OPT_HELP] = {
		.name = "help",
		.letter = 'h',
		.help = "print this help",
		.man = "Print the commands, or the options of a command.",
		FLAG(help),
	},
	[VS_OPT_VERSION] = {
		.name = "version",
		.letter = 'V',
		.help = "print the version and the optional parts built in",
		.man = "Print the version, those of the libraries, and the optional parts built\n"
		       "in.",
		FLAG(version),
	},
};

void vs_options_init(struct vs_options *o)
{
	memset(o, 0, sizeof(*o));
	o->grace_ns = 5000000000ULL;
	o->top = 5;
	o->fail_on = VS_WARNING;
	o->filter.group = -1;
	o->filter.device_group = -1;
}

int vs_option_set(struct vs_options *o, enum vs_option_id id, const char *value)
{
	const struct vs_option *opt = &vs_option_table[id];

	if (opt->set)
		return opt->set(o, value);
	*(bool *)((char *)o + opt->flag) = true;
	return 0;
}
