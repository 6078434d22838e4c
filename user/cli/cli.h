/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line: commands, options, and talk on stderr. */
#ifndef VS_CLI_H
#define VS_CLI_H

#include "../core/plan/plan.h"
#include "../core/filter.h"
#include "log.h"

#ifndef VS_VERSION
#define VS_VERSION "0.1.0"
#endif

/* What was asked for. */
struct vs_options {
	bool help;
	bool json;
	bool raw_pointers;
	bool quiet;
	bool wait; /* for kvm and vfio to be loaded */
	bool dma; /* DMA calls are wanted seen */
	int verbose; /* 1: libbpf's warnings, 2: all it says */
	enum vs_color color;
	enum vs_probe_policy probe;
	uint64_t duration_ns; /* 0: until stopped */
	uint64_t grace_ns;
	vs_site_set without; /* sites to do without */
	uint32_t lacks; /* features to do without, bit 1 << enum vs_feature */
	uint32_t buffer; /* bytes of the ring buffer; 0: as built */
	int fail_on; /* enum vs_severity; VS_ERROR + 1: never */
	struct vs_filter filter;
	char device[VS_DEVNAME_LEN]; /* what filter.device points to */
	char **program; /* after "--", NULL if none */
	const char *rule; /* explain */
};

/* Commands, as bits: which options belong to which. */
enum vs_command_bit {
	VS_CMD_TRACE = 1 << 0,
	VS_CMD_AUDIT = 1 << 1,
	VS_CMD_DOCTOR = 1 << 2,
	VS_CMD_EXPLAIN = 1 << 3,
	VS_CMD_PS = 1 << 4,
};

struct vs_command {
	const char *name;
	enum vs_command_bit bit;
	const char *args; /* for the usage line */
	const char *summary; /* one line */
	enum vs_exit (*run)(struct vs_options *o);
};

extern const struct vs_command vs_commands[];
extern const size_t vs_command_count;

/**
 * vs_options_parse - the words after the command
 * @argv: words, without program and command
 *
 * Says on stderr what is wrong and what was expected.
 * Return: 0 or -EINVAL.
 */
int vs_options_parse(struct vs_options *o, const struct vs_command *cmd, int argc, char **argv);

void vs_usage(void); /* all commands, on stdout */
void vs_command_help(const struct vs_command *cmd); /* one, on stdout */

enum vs_exit vs_cmd_trace(struct vs_options *o);
enum vs_exit vs_cmd_audit(struct vs_options *o);
enum vs_exit vs_cmd_ps(struct vs_options *o);
enum vs_exit vs_cmd_doctor(struct vs_options *o);
enum vs_exit vs_cmd_explain(struct vs_options *o);

#endif
