/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The attach plan. In: the sites, facts about a machine, the user's policy. Out: for
 * each site one way to attach it, or the reason why there is none. Pure.
 */
#ifndef VS_PLAN_H
#define VS_PLAN_H

#include <stdbool.h>
#include <stdint.h>
#include "sites.h"
#include "why.h"

/* Unknown is not NO: such a way is tried. */
enum vs_fact { VS_FACT_UNKNOWN, VS_FACT_NO, VS_FACT_YES };

/* One program of a part. The errnos: why the kernel refused it; 0: it did not. */
struct vs_program_facts {
	bool absent; /* vfioscope has no such program */
	int load_err;
	int attach_err;
};

/* What is known of one part: its function on this machine, and its programs. */
struct vs_func_facts {
	struct vs_program_facts program[VS_SLOT_COUNT];
	enum vs_fact symbol; /* is in the kernel's symbol table */
	enum vs_fact btf; /* has BTF */
	unsigned int nargs; /* according to BTF; valid if btf is YES */
};

struct vs_facts {
	enum vs_arch arch; /* 0: unknown, all sites may exist */
	enum vs_fact fentry; /* the kernel allows tracing programs */
	enum vs_fact direct_calls; /* and can attach them to functions, not to iterators only */
	enum vs_fact kprobe; /* the kernel allows kprobes */
	/* The kernel preempts tasks in kernel mode: tracing programs then miss calls. */
	enum vs_fact preempt;
	enum vs_fact own_pids; /* a pid namespace hides the host's processes */
	struct vs_func_facts func[VS_SITE_COUNT][VS_WAY_MAX][VS_PART_MAX];
};

enum vs_probe_policy { VS_PROBE_AUTO, VS_PROBE_FENTRY, VS_PROBE_KPROBE };

/* What a kernel may lack for all sites; see vs_policy.lacks. */
enum vs_feature {
	VS_FEATURE_FENTRY, /* tracing programs, iterators among them */
	VS_FEATURE_KPROBE,
	VS_FEATURE_COUNT,
};

/* What a command asks of the sites. */
struct vs_ask {
	unsigned int serves; /* enum vs_serve bits */
	vs_site_set required; /* sites that it cannot work without */
};

extern const struct vs_ask vs_ask_trace, vs_ask_audit, vs_ask_profile, vs_ask_ps, vs_ask_doctor;

struct vs_policy {
	struct vs_ask ask;
	enum vs_probe_policy probe;
	vs_site_set without; /* pretend that these cannot be attached */
	uint32_t lacks; /* bit 1 << enum vs_feature: pretend that the kernel refuses it */
};

struct vs_plan_site {
	bool wanted; /* it serves what was asked for, and exists here */
	enum vs_method method; /* NONE and wanted: the site is missing */
	unsigned int way; /* which way, if method is not NONE */
	enum vs_why why_id; /* why it has no method; VS_WHY_NONE: it has, or is not wanted */
	char why[160]; /* the same for people; "" for VS_WHY_NONE */
};

struct vs_plan {
	unsigned int serves; /* as asked for */
	vs_site_set required;
	struct vs_plan_site site[VS_SITE_COUNT];
};

/**
 * vs_plan_make - choose how each site is attached
 * @plan: filled in
 *
 * Prefers fentry, which is cheaper and has the arguments at return; but prefers kprobes
 * where the kernel preempts tracing programs, as it skips a program that already runs
 * on the same CPU. Kprobes are not preempted.
 */
void vs_plan_make(struct vs_plan *plan, const struct vs_facts *facts,
		  const struct vs_policy *policy);

/* The first required site that is missing, or NULL. */
const struct vs_site *vs_plan_blocker(const struct vs_plan *plan);

/* What the model cannot know with this plan: bits of enum vs_blind. */
unsigned int vs_plan_blind(const struct vs_plan *plan);

/* The function to name in messages about a site that is attached. */
const char *vs_plan_function(const struct vs_plan *plan, enum vs_site_id site);

/* What the site does not show as it is attached, for people; NULL: nothing. */
const char *vs_plan_limits(const struct vs_plan *plan, enum vs_site_id site);

/*
 * Rules that miss some or all cases with this plan: a site is missing, or attached
 * in a way that shows less.
 */
vs_rule_set vs_plan_silent(const struct vs_plan *plan);

/* Rules about what this machine does not have: they never fire, and miss nothing. */
vs_rule_set vs_plan_inapplicable(const struct vs_plan *plan);

/* Whether a fentry program of this plan keeps the module from being unloaded. */
bool vs_plan_pins(const struct vs_plan *plan, const char *module);

/* From the machine name, as in uname -m. */
enum vs_arch vs_arch_find(const char *machine);

/* How a site is attached. */
enum vs_method vs_plan_method(const struct vs_plan *plan, enum vs_site_id site);

const char *vs_method_name(enum vs_method method);

#endif
