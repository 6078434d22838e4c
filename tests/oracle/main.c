// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "calls.h"
#include "run.h"
#include "selftest.h"

enum { EXIT_DISAGREE = 1, EXIT_USAGE = 2, EXIT_LAB = 3 };

struct options {
	uint64_t seed;
	unsigned int count, lanes, tries, late;
	const char *tool, *file, *rules, *out, *paths;
	bool lenient, stall;
};

static const char usage[] =
	"usage: oracle run [--seed S] [--count N] OPTION...     random sequences, judged\n"
	"       oracle replay --seed S|--file F OPTION...       one, shown with all that was seen\n"
	"       oracle shrink --seed S|--file F OPTION...       the shortest that still disagrees\n"
	"       oracle print --seed S                           as text, for --file\n"
	"       oracle selftest                                 can the judge fail?\n"
	"options: --tool COMMAND   the tool, as for the shell\n"
	"         --lanes L        sequences at a time, each with four devices (8; with --late 4)\n"
	"         --rules A,B|all  findings that must be complete and right (all)\n"
	"         --paths group|both  the files that devices are opened by; both where there are both\n"
	"         --lenient        the tool may be silent or say unknown\n"
	"         --late N         run: start the tool N times while sequences run; no --count\n"
	"         --stall          hold the tool up now and then, so that it loses records\n"
	"         --tries N        shrink: runs of each candidate (1)\n"
	"         --out DIR        keep the report there too\n";

static bool parse(int argc, char **argv, struct options *o)
{
	static const struct option names[] = {
		{ "seed", 1, NULL, 's' },  { "count", 1, NULL, 'n' }, { "lanes", 1, NULL, 'l' },
		{ "tool", 1, NULL, 't' },  { "file", 1, NULL, 'f' },  { "rules", 1, NULL, 'r' },
		{ "tries", 1, NULL, 'y' }, { "out", 1, NULL, 'o' },   { "lenient", 0, NULL, 'e' },
		{ "late", 1, NULL, 'a' },  { "stall", 0, NULL, 'i' }, { "paths", 1, NULL, 'p' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*o = (struct options){ .seed = 1,
			       .count = 1,
			       .tries = 1,
			       .rules = "all",
			       .tool = "./vfioscope audit --dma --json --raw-pointers" };
	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (c) {
		case 's':
			o->seed = strtoull(optarg, NULL, 0);
			break;
		case 'n':
			o->count = strtoul(optarg, NULL, 0);
			break;
		case 'l':
			o->lanes = strtoul(optarg, NULL, 0);
			break;
		case 'y':
			o->tries = strtoul(optarg, NULL, 0);
			break;
		case 't':
			o->tool = optarg;
			break;
		case 'f':
			o->file = optarg;
			break;
		case 'r':
			o->rules = optarg;
			break;
		case 'o':
			o->out = optarg;
			break;
		case 'e':
			o->lenient = true;
			break;
		case 'a':
			o->late = strtoul(optarg, NULL, 0);
			break;
		case 'i':
			o->stall = true;
			break;
		case 'p':
			o->paths = optarg;
			break;
		default:
			return false;
		}
	}
	if (!o->lanes)
		o->lanes = o->late ? 4 : 8;
	if (o->paths && strcmp(o->paths, "group") && strcmp(o->paths, "both"))
		return false;
	return optind == argc && o->lanes <= LANES && o->tries && o->tries <= BATCH / 4;
}

static bool get_sequence(const struct options *o, bool both, struct seq *seq)
{
	unsigned int line;
	FILE *f;

	seq_generate(seq, o->seed, both);
	if (!o->file)
		return true;
	memset(seq, 0, sizeof(*seq));
	f = fopen(o->file, "re");
	if (!f) {
		fprintf(stderr, "oracle: %s: %s\n", o->file, strerror(errno));
		return false;
	}
	line = seq_read(seq, f);
	fclose(f);
	if (line)
		fprintf(stderr, "oracle: %s:%u: not an operation\n", o->file, line);
	return !line;
}

static FILE *open_report(const struct options *o)
{
	char path[4096];
	FILE *f;

	if (!o->out)
		return stdout;
	mkdir(o->out, 0777);
	snprintf(path, sizeof(path), "%s/report", o->out);
	f = fopen(path, "we");
	return f ? f : stdout;
}

/* What the kernel has and does, before there is a tool. */
static bool know_kernel(const struct options *o, struct rig *rig)
{
	struct judge *j = &rig->judge;
	int vms = fleet_vms();
	enum bind_loses bind;

	if (vms == DEVICES_UNKNOWN) {
		fprintf(stderr, "oracle: /proc/kallsyms does not show the functions of vfio\n");
		return false;
	}
	j->uncounted = vms == DEVICES_BORROW;
	j->cdevs = fleet_cdevs(&rig->fleet);
	rig->both = j->cdevs && !(o->paths && !strcmp(o->paths, "group"));
	if (o->paths && !strcmp(o->paths, "both") && !j->cdevs) {
		fprintf(stderr, "oracle: devices have no files of their own here\n");
		return false;
	}
	if (!j->cdevs)
		return true;
	bind = call_bind_loses(rig->fleet.devices[0].node[SEQ_DEVICES - 1]);
	if (bind == BIND_UNKNOWN)
		fprintf(stderr, "oracle: a device cannot be bound to an iommufd\n");
	j->bind_loses = bind == BIND_LOSES;
	return bind != BIND_UNKNOWN;
}

static bool set_up(const struct options *o, struct rig *rig)
{
	if (!judge_set_rules(&rig->judge, o->rules)) {
		fprintf(stderr, "oracle: no such rule: %s\n", o->rules);
		return false;
	}
	rig->judge.lenient = o->lenient;
	rig->judge.report = open_report(o);
	if (!fleet_find(&rig->fleet, o->lanes)) {
		fprintf(stderr, "oracle: no devices: is the module vs_oracle loaded?\n");
		return false;
	}
	if (!know_kernel(o, rig))
		return false;
	/* What has been tried out is in the module's log: it is passed over. */
	if (!log_open(&rig->log, &rig->fleet)) {
		fprintf(stderr, "oracle: the log of the module vs_oracle cannot be read\n");
		return false;
	}
	rig->command = o->tool;
	rig->stall = o->stall;
	rig->late = o->late > 0;
	rig->starts = o->late;
	srandom(o->seed);
	return true;
}

static bool start_tool(const struct options *o, struct rig *rig)
{
	if (!rig->late && !tool_start(&rig->tool, &rig->log, o->tool)) {
		fprintf(stderr, "oracle: the tool does not start: %s\n", o->tool);
		return false;
	}
	return true;
}

static int finish(struct rig *rig)
{
	if (rig->tool.pid) {
		tool_interrupt(&rig->tool);
		watch_stop_tool(rig);
	}
	if (rig->hung)
		rig_complain(rig, "a worker died or hung");
	if (rig->log.seen_lost)
		rig_complain(rig, "the module lost records");
	if (rig->log.malformed)
		rig_complain(rig, "the tool wrote lines that are no objects");
	printf("seconds: %.1f running, %.1f waiting for the tool, %.1f judging\n",
	       rig->run_ns / 1e9, rig->wait_ns / 1e9, rig->judge_ns / 1e9);
	judge_summary(&rig->judge, stdout);
	return rig->judge.disagreements ? EXIT_DISAGREE : 0;
}

static bool more(const struct options *o, const struct rig *rig, unsigned int done)
{
	return !rig->hung && (rig->late ? rig->starts > 0 : done < o->count);
}

static int cmd_run(const struct options *o)
{
	struct seq *seqs = calloc(BATCH, sizeof(*seqs));
	static struct rig rig;
	unsigned int i, n, done;
	uint64_t start;

	if (!seqs || !set_up(o, &rig) || !start_tool(o, &rig))
		return EXIT_LAB;
	start = now_ns();
	for (done = 0; more(o, &rig, done); done += n) {
		n = !rig.late && o->count - done < BATCH ? o->count - done : BATCH;
		for (i = 0; i < n; i++)
			seq_generate(&seqs[i], o->seed + done + i, rig.both);
		rig_batch(&rig, seqs, n, NULL);
		fprintf(stderr, "%u sequences, %" PRIu64 " disagreements, %.0f s\n", done + n,
			rig.judge.disagreements, (now_ns() - start) / 1e9);
	}
	free(seqs);
	return finish(&rig);
}

static int cmd_replay(const struct options *o)
{
	static struct rig rig;
	struct seq seq;

	if (!set_up(o, &rig))
		return EXIT_LAB;
	if (!get_sequence(o, rig.both, &seq))
		return EXIT_USAGE;
	if (!start_tool(o, &rig))
		return EXIT_LAB;
	rig.judge.show = true;
	rig_batch(&rig, &seq, 1, NULL);
	return finish(&rig);
}

static int cmd_shrink(const struct options *o)
{
	static struct rig rig;
	struct seq seq;
	bool found;

	if (!set_up(o, &rig))
		return EXIT_LAB;
	if (!get_sequence(o, rig.both, &seq))
		return EXIT_USAGE;
	if (!start_tool(o, &rig))
		return EXIT_LAB;
	found = shrink(&rig, &seq, o->tries);
	if (found) {
		rig.judge.show = true;
		rig_batch(&rig, &seq, 1, NULL);
	}
	tool_interrupt(&rig.tool);
	tool_wait(&rig.tool, &rig.log);
	if (!found) {
		printf("no disagreement\n");
		return 0;
	}
	printf("\n# replay with: oracle replay --file THIS\n");
	seq_print(stdout, &seq);
	return EXIT_DISAGREE;
}

static int cmd_print(const struct options *o)
{
	struct seq seq;

	if (!get_sequence(o, o->paths && !strcmp(o->paths, "both"), &seq))
		return EXIT_USAGE;
	seq_print(stdout, &seq);
	return 0;
}

static int cmd_selftest(const struct options *o)
{
	(void)o;
	return selftest() ? EXIT_DISAGREE : 0;
}

/*
 * Workers execute this program anew: from memory, not from wherever it lies,
 * which in the lab is a slow share.
 */
static void move_to_memory(char **argv)
{
	int from, to;
	struct stat st;

	if (getenv("ORACLE_IN_MEMORY"))
		return;
	from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	to = memfd_create("oracle", MFD_CLOEXEC);
	if (from < 0 || to < 0 || fstat(from, &st) ||
	    sendfile(to, from, NULL, st.st_size) != st.st_size)
		return;
	setenv("ORACLE_IN_MEMORY", "1", 1);
	fexecve(to, argv, environ);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(const struct options *o);
	} commands[] = {
		{ "run", cmd_run },	{ "replay", cmd_replay },     { "shrink", cmd_shrink },
		{ "print", cmd_print }, { "selftest", cmd_selftest },
	};
	struct options o;
	size_t i;

	if (argc == 2 && !strcmp(argv[1], WORKER_ARG))
		worker_main(true);
	move_to_memory(argv);
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(argv[1], commands[i].name) && parse(argc - 1, argv + 1, &o))
			return commands[i].run(&o);
	fputs(usage, stderr);
	return EXIT_USAGE;
}
