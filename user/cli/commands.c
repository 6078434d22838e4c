// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "../core/rules/rules.h"
#include "commands.h"

#define FILTERS (VS_OPT(PID) | VS_OPT(VM) | VS_OPT(DEVICE) | VS_OPT(GROUP))
#define OUTPUT (VS_OPT(JSON) | VS_OPT(COLOR) | VS_OPT(RAW_POINTERS))
#define ATTACH (VS_OPT(PROBE) | VS_OPT(WITHOUT))
#define TALK (VS_OPT(VERBOSE) | VS_OPT(HELP))
/* Of commands that observe until something ends it. */
#define WATCH                                                                               \
	(FILTERS | OUTPUT | ATTACH | TALK | VS_OPT(DURATION) | VS_OPT(DMA) | VS_OPT(WAIT) | \
	 VS_OPT(BUFFER) | VS_OPT(QUIET))

static const char *rule_name(size_t i)
{
	return i < VS_RULE_COUNT ? vs_rules[i].name : NULL;
}

const struct vs_command vs_commands[VS_COMMAND_COUNT] = {
	[VS_COMMAND_AUDIT] = {
		.name = "audit",
		.summary = "check that every device is opened after its group is registered with its VM",
		.program = true,
		.options = WATCH | VS_OPT(FAIL_ON) | VS_OPT(GRACE) | VS_OPT(BUDGET),
		.man = "Judge every open of a device; print findings, verdicts and a count of both.\n"
		       "The exit status makes it a test for a continuous integration job: see\n"
		       ".Sx EXIT STATUS .",
		.run = vs_cmd_audit,
	},
	[VS_COMMAND_TRACE] = {
		.name = "trace",
		.summary = "print what the kernel does with devices and VMs, call by call",
		.program = true,
		.options = WATCH,
		.man = "Print what the kernel does with VMs, kvm-vfio devices, groups, containers,\n"
		       "devices, interrupts, resets and the modules of kvm and vfio, call by call,\n"
		       "with results and durations.\n"
		       "What is open at the start comes first.\n"
		       ".Cm trace\n"
		       "judges nothing.",
		.run = vs_cmd_trace,
	},
	[VS_COMMAND_PROFILE] = {
		.name = "profile",
		.summary = "show where the time goes when devices are attached to VMs",
		.program = true,
		.options = (WATCH & ~(VS_OPT(DMA) | VS_OPT(RAW_POINTERS))) | VS_OPT(FAIL_ON) |
			   VS_OPT(BUDGET) | VS_OPT(TOP) | VS_OPT(TIMELINE),
		.man = "Measure every attach of a device to a process, from its first call on the\n"
		       "device's group, container, iommufd or cdev to the return of the call that\n"
		       "makes the device usable: how long the VMM itself took between calls, and each\n"
		       "phase in the kernel, with its parts and the locks it waited for.\n"
		       "What comes later, up to the close of the device, follows.\n"
		       "An attach that does not go on is shown while it hangs, with the phase it is in.\n"
		       "At the end comes a table over all attaches, driver by driver.\n"
		       "With\n"
		       ".Fl -budget\n"
		       "it is a test for a continuous integration job.",
		.run = vs_cmd_profile,
	},
	[VS_COMMAND_PS] = {
		.name = "ps",
		.summary = "print which VM has which device now, and whether each has its kvm pointer",
		.options = FILTERS | VS_OPT(ALL) | OUTPUT | TALK,
		.man = "Print which VM has which groups and devices at this moment, who holds them\n"
		       "open, and whether each device has its kvm pointer, as a tree that ends with\n"
		       "what belongs to no VM.\n"
		       "Findings that this state proves follow.\n"
		       ".Cm ps\n"
		       "reads the open files of all processes once, attaches to no kernel function,\n"
		       "and changes nothing.\n"
		       "With\n"
		       ".Fl -device\n"
		       "it answers who has this device: in one line for each process that holds it,\n"
		       "or in one that says what the device is bound to and that nobody holds it.",
		.run = vs_cmd_ps,
	},
	[VS_COMMAND_DOCTOR] = {
		.name = "doctor",
		.summary = "check whether this host can be observed, or a device given to a VM",
		.options = VS_OPT(JSON) | VS_OPT(DEVICE) | ATTACH | TALK,
		.man = "Print whether this host can be observed and, if not, why and what to do;\n"
		       "how each site in the kernel is attached; what stays unseen, and which rules\n"
		       "therefore find nothing, or not everything.\n"
		       "It attaches to all sites once, without recording, and detaches again.\n"
		       "Also print whether an IOMMU is in use and interrupts are remapped, and the\n"
		       "parameters of the VFIO modules.\n"
		       ".Pp\n"
		       "With\n"
		       ".Fl -device ,\n"
		       "print instead what stands between this device and a VM: its driver, its\n"
		       "IOMMU group and the other devices of that, its files in\n"
		       ".Pa /dev/vfio ,\n"
		       "memory that firmware wants mapped, how it can be reset, and whether it\n"
		       "answers; with the commands that put it right.\n"
		       "This reads sysfs, attaches nothing and needs no privilege.",
		.run = vs_cmd_doctor,
	},
	[VS_COMMAND_EXPLAIN] = {
		.name = "explain",
		.summary = "explain a rule and how to fix what it finds; without RULE, list all rules",
		.operands = "[RULE]",
		.operand_max = 1,
		.operand = rule_name,
		.options = VS_OPT(HELP),
		.man = "Print what\n"
		       ".Ar RULE\n"
		       "means, why the kernel behaves so, how to fix what it finds and where it is\n"
		       "documented.\n"
		       "Without\n"
		       ".Ar RULE ,\n"
		       "list all rules.",
		.run = vs_cmd_explain,
	},
};

const struct vs_command vs_no_command = {
	.name = "",
	.options = VS_OPT(HELP) | VS_OPT(VERSION),
};

const struct vs_command *vs_command_find(const char *name)
{
	size_t i;

	for (i = 0; i < VS_COMMAND_COUNT; i++)
		if (!strcmp(vs_commands[i].name, name))
			return &vs_commands[i];
	return NULL;
}

const struct vs_exit_meaning vs_exit_meanings[] = {
	{ VS_EXIT_OK, "nothing found; ps --device: somebody holds it",
	  "Done, nothing found;\n"
	  ".Cm ps Fl -device :\n"
	  "somebody holds the device, or its group." },
	{ VS_EXIT_FINDINGS,
	  "findings (audit: at or above --fail-on; ps: warnings and errors), or a device that is not "
	  "ready (doctor) or that nobody holds (ps --device)",
	  ".Cm audit :\n"
	  "findings of the severity of\n"
	  ".Fl -fail-on\n"
	  "or above;\n"
	  ".Cm ps :\n"
	  "findings of severity warning or error;\n"
	  ".Cm doctor Fl -device :\n"
	  "the device is not ready for a VM, or does not exist;\n"
	  ".Cm ps Fl -device :\n"
	  "nobody holds the device, or nobody of those asked for; findings do not count." },
	{ VS_EXIT_USAGE, "usage error, PROGRAM cannot be run, or there is no such device (ps)",
	  "Usage error,\n"
	  ".Ar PROGRAM\n"
	  "cannot be run, or\n"
	  ".Cm ps Fl -device :\n"
	  "there is no such device." },
	{ VS_EXIT_CANNOT_OBSERVE, "this host cannot be observed",
	  "This host cannot be observed; one message says why and what to do." },
	{ VS_EXIT_INCONCLUSIVE,
	  "inconclusive: a verdict is unknown, records were lost, or not everything could be seen",
	  "Inconclusive: nothing found, but at least one verdict is\n"
	  ".Sy unknown ,\n"
	  "or records were lost;\n"
	  ".Cm ps Fl -device :\n"
	  "nobody is seen to hold the device, but not everything could be seen." },
	{ VS_EXIT_ERROR, "internal or I/O error", "Internal or I/O error." },
	{ VS_EXIT_UNEXPLAINED, "PROGRAM failed, and nothing that was observed explains it",
	  ".Ar PROGRAM\n"
	  "exited with a status other than 0 or was killed by a signal, and nothing that was\n"
	  "observed explains it: no finding of severity warning or error was shown, whether it\n"
	  "counts by\n"
	  ".Fl -fail-on\n"
	  "or not, and no call of its on VFIO or KVM was seen to fail.\n"
	  "Goes before 4.\n"
	  "To end after a signal that\n"
	  ".Nm\n"
	  "got, too, or passed on, is no failure." },
	{ .summary = NULL },
};
