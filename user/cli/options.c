// SPDX-License-Identifier: GPL-2.0-only
/* One table of options gives parsing, checks and help. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

#define WATCH (VS_CMD_TRACE | VS_CMD_AUDIT)
#define VIEW (WATCH | VS_CMD_PS)
#define ALL (VIEW | VS_CMD_DOCTOR | VS_CMD_EXPLAIN)

struct option_def {
	const char *name;
	char letter; /* 0: none */
	const char *arg; /* NULL: takes none */
	unsigned int commands; /* enum vs_command_bit */
	const char *help;
	const char *expected; /* what a good value looks like */
	int (*set)(struct vs_options *o, const char *value); /* -EINVAL: not good */
};

static int set_help(struct vs_options *o, const char *value)
{
	(void)value;
	o->help = true;
	return 0;
}

static int set_json(struct vs_options *o, const char *value)
{
	(void)value;
	o->json = true;
	return 0;
}

static int set_raw_pointers(struct vs_options *o, const char *value)
{
	(void)value;
	o->raw_pointers = true;
	return 0;
}

static int set_dma(struct vs_options *o, const char *value)
{
	(void)value;
	o->dma = true;
	return 0;
}

static int set_wait(struct vs_options *o, const char *value)
{
	(void)value;
	o->wait = true;
	return 0;
}

static int set_quiet(struct vs_options *o, const char *value)
{
	(void)value;
	o->quiet = true;
	return 0;
}

static int set_verbose(struct vs_options *o, const char *value)
{
	(void)value;
	o->verbose++;
	return 0;
}

/* A whole decimal number in [min, max], nothing before or after it. */
static int number(const char *value, unsigned long max, unsigned long *out)
{
	char *end;

	if (*value < '0' || *value > '9')
		return -EINVAL;
	errno = 0;
	*out = strtoul(value, &end, 10);
	return errno || *end || *out > max ? -EINVAL : 0;
}

/* "30s", "500ms", "2m", "1h" */
static int duration(const char *value, uint64_t *ns)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
		{ "ms", 1000000ULL },
		{ "s", 1000000000ULL },
		{ "m", 60000000000ULL },
		{ "h", 3600000000000ULL },
	};
	unsigned long n;
	char digits[16];
	size_t len = strspn(value, "0123456789"), i;

	if (!len || len >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, value, len);
	digits[len] = '\0';
	if (number(digits, 1000000000, &n))
		return -EINVAL;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(value + len, units[i].name))
			continue;
		if (n > UINT64_MAX / 2 / units[i].ns)
			return -EINVAL;
		*ns = n * units[i].ns;
		return 0;
	}
	return -EINVAL;
}

static int set_duration(struct vs_options *o, const char *value)
{
	int err = duration(value, &o->duration_ns);

	return err ? err : o->duration_ns ? 0 : -EINVAL;
}

static int set_grace(struct vs_options *o, const char *value)
{
	return duration(value, &o->grace_ns);
}

static int set_pid(struct vs_options *o, const char *value)
{
	unsigned long pid;

	if (number(value, INT_MAX, &pid) || !pid)
		return -EINVAL;
	o->filter.pid = (uint32_t)pid;
	return 0;
}

static int set_group(struct vs_options *o, const char *value)
{
	unsigned long group;

	if (number(value, INT_MAX, &group))
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

/* Index of @value in the words, -EINVAL if it is none of them. */
static int choice(const char *value, const char *const *words, int count)
{
	int i;

	for (i = 0; i < count; i++)
		if (!strcmp(value, words[i]))
			return i;
	return -EINVAL;
}

static int set_probe(struct vs_options *o, const char *value)
{
	static const char *const words[] = { "auto", "fentry", "kprobe" };
	int i = choice(value, words, 3);

	o->probe = i;
	return i < 0 ? i : 0;
}

static int set_without(struct vs_options *o, const char *value)
{
	int site = vs_site_find(value), feature = vs_feature_find(value);

	if (site < 0 && feature < 0)
		return -EINVAL;
	if (site >= 0)
		o->without |= VS_SITE_BIT(site);
	else
		o->lacks |= 1u << feature;
	return 0;
}

/* "64K", "1M"; a power of two, as the kernel wants it, of whole pages. */
static int set_buffer(struct vs_options *o, const char *value)
{
	unsigned long n, unit;
	size_t len = strlen(value);
	char digits[16];

	if (len < 2 || len > sizeof(digits))
		return -EINVAL;
	unit = value[len - 1] == 'K' ? 1024UL : value[len - 1] == 'M' ? 1024UL * 1024 : 0;
	memcpy(digits, value, len - 1);
	digits[len - 1] = '\0';
	if (!unit || number(digits, 1024 * 1024, &n))
		return -EINVAL;
	n *= unit;
	if (n < 4096 || n > 1024UL * 1024 * 1024 || n & (n - 1))
		return -EINVAL;
	o->buffer = (uint32_t)n;
	return 0;
}

static int set_color(struct vs_options *o, const char *value)
{
	static const char *const words[] = { "auto", "always", "never" };
	int i = choice(value, words, 3);

	o->color = i;
	return i < 0 ? i : 0;
}

static int set_fail_on(struct vs_options *o, const char *value)
{
	static const char *const words[] = { "warning", "error", "never" };
	static const int severities[] = { VS_WARNING, VS_ERROR, VS_ERROR + 1 };
	int i = choice(value, words, 3);

	if (i >= 0)
		o->fail_on = severities[i];
	return i < 0 ? i : 0;
}

static const struct option_def defs[] = {
	{ "json", 0, NULL, VIEW | VS_CMD_DOCTOR, "one JSON object per line", NULL, set_json },
	{ "pid", 0, "PID", VIEW, "only this process", "a process id, such as 1234", set_pid },
	{ "vm", 0, "NAME", VIEW, "only the VM of this name or id (vm1)", "a VM's name or id",
	  set_vm },
	{ "device", 0, "DEVICE", VIEW, "only this device",
	  "a PCI address (0000:3b:00.0) or an mdev UUID", set_device },
	{ "group", 0, "N", VIEW, "only this IOMMU group", "a number, such as 12", set_group },
	{ "duration", 0, "TIME", WATCH, "stop after this time (500ms, 30s, 2m, 1h)",
	  "a number above zero with a unit: 500ms, 30s, 2m, 1h", set_duration },
	{ "dma", 0, NULL, WATCH, "see DMA map and unmap, too: trace counts them, failures are told",
	  NULL, set_dma },
	{ "wait", 0, NULL, WATCH, "wait for kvm and vfio to be loaded, as a service does at boot",
	  NULL, set_wait },
	{ "fail-on", 0, "SEVERITY", VS_CMD_AUDIT,
	  "exit 1 on findings from this severity: error, warning (default), never",
	  "error, warning or never", set_fail_on },
	{ "grace", 0, "TIME", VS_CMD_AUDIT,
	  "patience with a device opened without its VM (default 5s)",
	  "a number with a unit: 500ms, 30s, 2m, 1h", set_grace },
	{ "probe", 0, "HOW", WATCH | VS_CMD_DOCTOR, "how to attach: auto (default), fentry, kprobe",
	  "auto, fentry or kprobe", set_probe },
	{ "without", 0, "WHAT", WATCH | VS_CMD_DOCTOR,
	  "do as if this site could not be attached; or: fentry, kprobe; may be repeated",
	  "fentry, kprobe, or a site as vfioscope doctor lists them", set_without },
	{ "buffer", 0, "SIZE", WATCH, "room for records not yet read (default 1M)",
	  "a power of two from 4K to 1024M", set_buffer },
	{ "color", 0, "WHEN", VIEW, "auto (default), always, never", "auto, always or never",
	  set_color },
	{ "raw-pointers", 0, NULL, VIEW, "show kernel addresses too", NULL, set_raw_pointers },
	{ "quiet", 'q', NULL, WATCH, "findings only, and no talk", NULL, set_quiet },
	{ "verbose", 'v', NULL, VIEW | VS_CMD_DOCTOR, "show libbpf's messages; twice: all of them",
	  NULL, set_verbose },
	{ "help", 'h', NULL, ALL, "this text", NULL, set_help },
};

#define DEF_COUNT (sizeof(defs) / sizeof(defs[0]))

/* getopt_long() calls a long option by this plus its index. */
#define LONG_BASE 256

static size_t fill_getopt(const struct vs_command *cmd, struct option *longs, char *shorts)
{
	size_t i, n = 0, s = 0;

	/* '+': stop at the first word; ':': tell missing arguments apart. */
	shorts[s++] = '+';
	shorts[s++] = ':';
	for (i = 0; i < DEF_COUNT; i++) {
		if (!(defs[i].commands & cmd->bit))
			continue;
		longs[n].name = defs[i].name;
		longs[n].has_arg = defs[i].arg ? required_argument : no_argument;
		longs[n].flag = NULL;
		longs[n++].val = LONG_BASE + (int)i;
		if (defs[i].letter)
			shorts[s++] = defs[i].letter;
	}
	shorts[s] = '\0';
	memset(&longs[n], 0, sizeof(longs[n]));
	return n;
}

static const struct option_def *def_of(int c)
{
	size_t i;

	if (c >= LONG_BASE)
		return &defs[c - LONG_BASE];
	for (i = 0; i < DEF_COUNT; i++)
		if (defs[i].letter && defs[i].letter == c)
			return &defs[i];
	return NULL;
}

static int parse_options(struct vs_options *o, const struct vs_command *cmd, int argc, char **argv)
{
	struct option longs[DEF_COUNT + 1];
	char shorts[DEF_COUNT + 3];
	int c, at;

	fill_getopt(cmd, longs, shorts);
	opterr = 0;
	optind = 1;
	/* optind stays at a cluster of letters until its last one. */
	while (at = optind, (c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct option_def *d = def_of(c);

		if (c == ':' || (c == '?' && optopt >= LONG_BASE)) {
			d = def_of(optopt);
			vs_say(c == ':' ? "option --%s needs a value" :
					  "option --%s takes no value",
			       d ? d->name : "?");
			return -EINVAL;
		}
		if (!d) {
			vs_say("unknown or ambiguous option '%s' for %s; see vfioscope %s --help",
			       argv[at], cmd->name, cmd->name);
			return -EINVAL;
		}
		if (d->set(o, optarg)) {
			vs_say("--%s: '%s' is not %s", d->name, optarg, d->expected);
			return -EINVAL;
		}
	}
	return optind;
}

static void options_init(struct vs_options *o)
{
	memset(o, 0, sizeof(*o));
	o->grace_ns = 5000000000ULL;
	o->fail_on = VS_WARNING;
	o->filter.group = -1;
	o->filter.device_group = -1;
}

/* Words that are no options: a rule for explain, else nothing. */
static int parse_words(struct vs_options *o, const struct vs_command *cmd, int count, char **words)
{
	if (cmd->bit == VS_CMD_EXPLAIN && count) {
		o->rule = *words++;
		count--;
	}
	if (!count)
		return 0;
	if (cmd->bit & WATCH)
		vs_say("unexpected word '%s'; a program to watch is given after --: vfioscope %s "
		       "-- %s",
		       *words, cmd->name, *words);
	else
		vs_say("unexpected word '%s'; see vfioscope %s --help", *words, cmd->name);
	return -EINVAL;
}

int vs_options_parse(struct vs_options *o, const struct vs_command *cmd, int argc, char **argv)
{
	int n, left;

	options_init(o);
	for (left = 1; left < argc && strcmp(argv[left], "--"); left++)
		;
	if (left < argc) {
		if (!(cmd->bit & WATCH)) {
			vs_say("%s takes no program to watch", cmd->name);
			return -EINVAL;
		}
		if (left + 1 == argc) {
			vs_say("no program after --; expected: vfioscope %s -- PROGRAM ARGS…",
			       cmd->name);
			return -EINVAL;
		}
		o->program = &argv[left + 1];
	}
	n = parse_options(o, cmd, left, argv);
	return n < 0 ? n : parse_words(o, cmd, left - n, argv + n);
}

void vs_usage(void)
{
	size_t i;

	printf("vfioscope watches KVM and VFIO meet: was every device opened after its group was\n"
	       "registered with its VM?\n\nusage: vfioscope COMMAND [options] [-- PROGRAM ARGS…]\n\n");
	for (i = 0; i < vs_command_count; i++)
		printf("  %-9s %s\n", vs_commands[i].name, vs_commands[i].summary);
	printf("\nvfioscope COMMAND --help tells a command's options; vfioscope --version what is "
	       "built in.\nExit codes: 0 nothing found, 1 findings, 2 usage, 3 can not observe "
	       "here, 4 inconclusive,\n5 internal or I/O error.\n");
}

void vs_command_help(const struct vs_command *cmd)
{
	char left[64];
	size_t i;

	printf("usage: vfioscope %s %s\n\n%s\n\n", cmd->name, cmd->args, cmd->summary);
	for (i = 0; i < DEF_COUNT; i++) {
		if (!(defs[i].commands & cmd->bit))
			continue;
		snprintf(left, sizeof(left), "%c%c%s --%s%s%s", defs[i].letter ? '-' : ' ',
			 defs[i].letter ? defs[i].letter : ' ', defs[i].letter ? "," : " ",
			 defs[i].name, defs[i].arg ? " " : "", defs[i].arg ? defs[i].arg : "");
		printf("  %-24s %s\n", left, defs[i].help);
	}
	if (cmd->bit & WATCH)
		printf("\nWith a PROGRAM, everything is attached before it starts, it is watched "
		       "with its\nchildren, and its own stdout goes to stderr. Without one: until "
		       "Ctrl-C.\n");
}
