// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each case is one sequence with what the module saw; then come several things
 * the tool may have said, and whether the judge has to object. Operation i lasts
 * from i ms to i ms and 900 us; the tool sees what the module saw 20 us later.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"
#include "selftest.h"

enum { MS = 1000000, LINES = 24, SAYINGS = 9 };

struct saying {
	bool right;
	/*
	 * Words: an answer per open in the order of their closes (ordered, no-vm,
	 * unknown, before, without, mismatch, nothing), "RULE@OPERATION" for other
	 * findings, "pointer" for a wrong kvm pointer, "again" for an open too many.
	 * Of the open just said: "early" if its beginning was not seen, "still" if its
	 * end was not, "joined" if it ended with the last one.
	 */
	const char *words;
	bool lenient;
};

struct test {
	const char *name;
	/* Operations with results; "=" joins one to what the module saw meanwhile. */
	const char *lines[LINES];
	struct saying sayings[SAYINGS];
	/* Just before which operation the tool was armed, and stopped; 0: it was there. */
	unsigned int armed, stopped;
};

/* "OPERATION = RESULT [; open|close|refused DEVICE KVM]", RESULT -EBUSY as 16 below 0. */
static const struct test tests[] = {
	{
		.name = "the right order",
		.lines = { "w0 vm V0 = 5", "w0 kvm-vfio K0 V0 = 6", "w0 group G0 2 = 7",
			   "w0 add K0 G0 = 0", "w0 device D0 G0 2 = 8; open 2 9",
			   "w0 close D0 = 0; close 2 9", "w0 close-all = 0" },
		.sayings = { { true, "ordered", false },
			     { false, "no-vm", false },
			     { false, "before", false },
			     { false, "unknown", false },
			     { true, "unknown", true },
			     { false, "without", true },
			     { false, "ordered pointer", false },
			     { false, "ordered again", false } },
	},
	{
		.name = "nothing said",
		.lines = { "w0 vm V0 = 5", "w0 kvm-vfio K0 V0 = 6", "w0 group G0 2 = 7",
			   "w0 add K0 G0 = 0", "w0 device D0 G0 2 = 8; open 2 9",
			   "w0 exit = 0; close 2 9" },
		.sayings = { { false, "nothing", false },
			     { true, "nothing", true },
			     { true, "ordered", false } },
	},
	{
		.name = "added late",
		.lines = { "w0 vm V0 = 5", "w0 kvm-vfio K0 V0 = 6", "w0 group G0 2 = 7",
			   "w0 device D0 G0 2 = 8; open 2 0", "w0 add K0 G0 = 0",
			   "w0 close D0 = 0; close 2 0", "w0 close-all = 0" },
		.sayings = { { true, "before", false },
			     { false, "without", false },
			     { false, "no-vm", true },
			     { false, "ordered", false } },
	},
	{
		.name = "added late, the failed way: it does not count",
		.lines = { "w0 vm V0 = 5", "w0 kvm-vfio K0 V0 = 6", "w0 group G0 2 = 7",
			   "w0 device D0 G0 2 = 8; open 2 0", "w0 add K0 bad = -9",
			   "w0 close D0 = 0; close 2 0", "w0 close-all = 0" },
		.sayings = { { true, "without add-failed@4", false },
			     { false, "without", false },
			     { true, "without", true },
			     { false, "without add-failed@3", true },
			     { false, "before add-failed@4", false } },
	},
	{
		.name = "a user driver, and a VM in another process",
		.lines = { "w1 vm V0 = 5", "w0 group G0 2 = 7", "w0 device D0 G0 2 = 8; open 2 0",
			   "w1 vm V1 = 6", "w0 close D0 = 0; close 2 0" },
		.sayings = { { true, "no-vm", false }, { false, "without", false } },
	},
	{
		.name = "a VM that came later, in the opener's process",
		.lines = { "w0 group G0 2 = 7", "w0 device D0 G0 2 = 8; open 2 0", "w0 vm V0 = 9",
			   "w0 close V0 = 0", "w0 close D0 = 0; close 2 0" },
		.sayings = { { true, "without", false }, { false, "no-vm", false } },
	},
	{
		.name = "a VM that was gone",
		.lines = { "w0 vm V0 = 9", "w0 close V0 = 0", "w0 group G0 2 = 7",
			   "w0 device D0 G0 2 = 8; open 2 0", "w0 close D0 = 0; close 2 0" },
		.sayings = { { true, "no-vm", false }, { false, "without", false } },
	},
	{
		.name = "a VM held by its kvm-vfio device only",
		.lines = { "w0 vm V0 = 9", "w0 kvm-vfio K0 V0 = 6", "w0 close V0 = 0",
			   "w0 group G0 2 = 7", "w0 device D0 G0 2 = 8; open 2 0",
			   "w0 close D0 = 0; close 2 0" },
		.sayings = { { true, "without", false }, { false, "no-vm", false } },
	},
	{
		.name = "a child does not own its parent's VM",
		.lines = { "w0 vm V0 = 9", "w0 group G0 2 = 7", "w0 fork w3 = 103",
			   "w3 device D0 G0 2 = 8; open 2 0", "w3 close D0 = 0; close 2 0" },
		.sayings = { { true, "no-vm", false }, { false, "without", false } },
	},
	{
		.name = "neither does a program that took the process over",
		.lines = { "w0 vm V0 = 9", "w0 group G0 2 keep = 7", "w0 dup X0 V0 keep = 10",
			   "w0 exec = 0", "w0 device D0 G0 2 = 8; open 2 0",
			   "w0 close D0 = 0; close 2 0" },
		.sayings = { { true, "no-vm", false }, { false, "without", false } },
	},
	{
		.name = "two VMs, and one takes the pointer of both away",
		.lines = { "w0 vm V0 = 5", "w0 kvm-vfio K0 V0 = 6", "w0 group G0 2 = 7",
			   "w0 add K0 G0 = 0", "w0 pass G0 w1 G0 = 3", "w1 vm V0 = 5",
			   "w1 kvm-vfio K0 V0 = 6", "w1 add K0 G0 = 0", "w1 del K0 G0 = 0",
			   "w0 pass G0 w2 G0 = 3", "w2 device D0 G0 2 = 8; open 2 0",
			   "w2 close D0 = 0; close 2 0" },
		.sayings = { { true, "without two-vms@7", false },
			     { false, "without", false },
			     { false, "no-vm two-vms@7", false } },
	},
	{
		.name = "registered with another VM while open",
		.lines = { "w0 vm V0 = 5", "w0 kvm-vfio K0 V0 = 6", "w0 group G0 2 = 7",
			   "w0 add K0 G0 = 0", "w0 device D0 G0 2 = 8; open 2 9", "w0 vm V1 = 9",
			   "w0 kvm-vfio K1 V1 = 10", "w0 add K1 G0 = 0",
			   "w0 close D0 = 0; close 2 9" },
		.sayings = { { true, "mismatch two-vms@7", false },
			     { false, "ordered two-vms@7", false } },
	},
	{
		.name = "taken away while open, by a call and by an end",
		.lines = { "w0 vm V0 = 5", "w0 kvm-vfio K0 V0 = 6", "w0 group G0 2 = 7",
			   "w0 add K0 G0 = 0", "w0 device D0 G0 2 = 8; open 2 9",
			   "w0 del K0 G0 = 0", "w0 add K0 G0 = 0", "w0 kill = 0; close 2 9" },
		.sayings = { { true, "ordered del-while-open@5", false },
			     { false, "ordered", false },
			     { false, "ordered del-while-open@5 del-while-open@7", false } },
	},
	{
		.name = "a strict driver refuses",
		.lines = { "w0 vm V0 = 5", "w0 group G0 0 = 7",
			   "w0 device D0 G0 0 = -22; refused 0 0" },
		.sayings = { { true, "open-refused@2", false },
			     { false, "", false },
			     { false, "attach-failed@2", false } },
	},
	{
		.name = "a strict driver refuses a process without a VM",
		.lines = { "w0 group G0 0 = 7", "w0 device D0 G0 0 = -22; refused 0 0" },
		.sayings = { { true, "attach-failed@1", false },
			     { false, "open-refused@1", false } },
	},
	{
		.name = "the end of the open races with the registration",
		.lines = { "w0 vm V0 = 5", "w0 kvm-vfio K0 V0 = 6", "w0 group G0 2 = 7",
			   "w0 device D0 G0 2 = 8; open 2 0", "w0 add K0 G0 = 0",
			   "& w0 close D0 = 0; close 2 0" },
		.sayings = { { true, "before", false },
			     { true, "without", false },
			     { false, "no-vm", false } },
	},
	{
		.name = "open in the right order when the tool comes",
		.lines = { "w0 vm V0 = 5", "w0 kvm-vfio K0 V0 = 6", "w0 group G0 2 = 7",
			   "w0 add K0 G0 = 0", "w0 device D0 G0 2 = 8; open 2 9", "w1 vm V0 = 5",
			   "w1 close V0 = 0", "w0 close D0 = 0; close 2 9", "w0 close-all = 0" },
		.sayings = { { true, "ordered early", false },
			     { false, "ordered", false },
			     { false, "unknown early", false },
			     { false, "no-vm early", false },
			     { false, "ordered early still", false },
			     { false, "ordered early again", false },
			     { false, "nothing", false } },
		.armed = 6,
	},
	{
		.name = "open when the tool comes, added later",
		.lines = { "w0 vm V0 = 5", "w0 kvm-vfio K0 V0 = 6", "w0 group G0 2 = 7",
			   "w0 device D0 G0 2 = 8; open 2 0", "w1 vm V0 = 5", "w0 add K0 G0 = 0",
			   "w0 close D0 = 0; close 2 0", "w0 close-all = 0" },
		.sayings = { { true, "before early", false },
			     { false, "unknown early", false },
			     { false, "without early", false } },
		.armed = 5,
	},
	{
		.name = "open when the tool comes, held by the owner of a VM",
		.lines = { "w0 vm V0 = 5", "w0 group G0 2 = 7", "w0 device D0 G0 2 = 8; open 2 0",
			   "w1 vm V0 = 5", "w1 close V0 = 0", "w0 close D0 = 0; close 2 0" },
		.sayings = { { true, "without early", false },
			     { true, "unknown early", false },
			     { false, "before early", false },
			     { false, "no-vm early", false } },
		.armed = 4,
	},
	{
		.name = "open when the tool comes, and no VM anywhere near",
		.lines = { "w0 group G0 2 = 7", "w0 device D0 G0 2 = 8; open 2 0", "w1 vm V0 = 5",
			   "w1 close V0 = 0", "w0 close D0 = 0; close 2 0" },
		.sayings = { { true, "unknown early", false },
			     { false, "without early", false },
			     { false, "no-vm early", false } },
		.armed = 3,
	},
	{
		.name = "over when the tool comes",
		.lines = { "w0 group G0 2 = 7", "w0 device D0 G0 2 = 8; open 2 0",
			   "w0 close D0 = 0; close 2 0", "w1 vm V0 = 5", "w1 close V0 = 0" },
		.sayings = { { true, "nothing", false }, { false, "unknown early", false } },
		.armed = 4,
	},
	{
		.name = "open when the tool goes, not yet added",
		.lines = { "w0 vm V0 = 5", "w0 kvm-vfio K0 V0 = 6", "w0 group G0 2 = 7",
			   "w0 device D0 G0 2 = 8; open 2 0", "w1 vm V0 = 5", "w0 add K0 G0 = 0",
			   "w0 close D0 = 0; close 2 0", "w0 close-all = 0" },
		.sayings = { { true, "unknown still", false },
			     { true, "without still", false },
			     { false, "before still", false },
			     { false, "without", false },
			     { false, "no-vm still", false } },
		.stopped = 5,
	},
	{
		.name = "with losses: two opens taken for one",
		.lines = { "w0 group G0 2 = 7", "w0 device D0 G0 2 = 8; open 2 0",
			   "w0 close D0 = 0; close 2 0", "w0 vm V0 = 5",
			   "w0 device D0 G0 2 = 8; open 2 0", "w0 close D0 = 0; close 2 0" },
		.sayings = { { true, "unknown joined", true },
			     { false, "no-vm joined", true },
			     { false, "without joined", true },
			     { false, "no-vm joined", false } },
	},
	{
		.name = "with losses: a refusal is a call that failed",
		.lines = { "w0 vm V0 = 5", "w0 group G0 0 = 7",
			   "w0 device D0 G0 0 = -22; refused 0 0" },
		.sayings = { { true, "attach-failed@2", true }, { false, "add-failed@2", true } },
	},
	{
		.name = "the log contradicts the calls",
		.lines = { "w0 vm V0 = 5", "w0 kvm-vfio K0 V0 = 6", "w0 group G0 2 = 7",
			   "w0 add K0 G0 = 0", "w0 device D0 G0 2 = 8; open 2 0",
			   "w0 close D0 = 0; close 2 0" },
		.sayings = { { false, "without", false }, { false, "ordered", false } },
	},
};

struct made {
	struct seq seq;
	struct history history;
	struct seen seen[LINES];
	struct said_open opens[LINES];
	struct said_finding findings[LINES];
	struct matter matter;
};

static uint32_t pid_of(unsigned int proc)
{
	return 100 + proc;
}

static void make_seen(struct made *m, const char *text, unsigned int i)
{
	struct seen *r = &m->seen[m->matter.seen_count];
	unsigned int dev;
	char what[16];

	if (sscanf(text, " %15s %u %" SCNx64, what, &dev, &r->kvm) != 3)
		abort();
	r->dev = dev;
	r->open = strcmp(what, "close");
	r->ret = strcmp(what, "refused") ? 0 : -22;
	r->tgid = pid_of(m->seq.ops[i].proc);
	r->ns = i * MS + MS / 2;
	m->matter.seen_count++;
}

static void make_line(struct made *m, const char *line, unsigned int i)
{
	struct call *call = &m->history.calls[i];
	const char *equals = strchr(line, '='), *semicolon = strchr(line, ';');
	char op[64];

	snprintf(op, sizeof(op), "%.*s", (int)(equals - line), line);
	if (!op_parse(&m->seq.ops[i], op))
		abort();
	m->seq.count = i + 1;
	call->done = true;
	call->pid = pid_of(m->seq.ops[i].proc);
	call->ret = atoi(equals + 1);
	call->start_ns = i * MS;
	call->end_ns = i * MS + 900000;
	if (m->seq.ops[i].with) {
		call->together = call[-1].together = true;
		call[-1].end_ns = call->end_ns;
		call->start_ns = call[-1].start_ns;
	}
	if (semicolon)
		make_seen(m, semicolon + 1, i);
}

static void say_finding(struct made *m, int rule, unsigned int op)
{
	struct said_finding *f = &m->findings[m->matter.finding_count++];

	*f = (struct said_finding){ .number = -1,
				    .rule = rule,
				    .ts_ns = op * (int64_t)MS + MS / 2,
				    .pid = pid_of(m->seq.ops[op].proc),
				    .dev = SEQ_DEVICES };
}

/* An open as the tool has it, from the module's records, @n-th close. */
static struct said_open *say_open(struct made *m, unsigned int n, enum said_verdict verdict,
				  int rule)
{
	struct said_open *o = &m->opens[m->matter.open_count++];
	const struct seen *r, *first = NULL;

	*o = (struct said_open){ .number = m->matter.open_count, .verdict = verdict, .vm_pid = -1 };
	o->judged_ns = -1;
	for (r = m->seen; r < m->seen + m->matter.seen_count; r++) {
		if (r->open && !r->ret)
			first = r;
		if (!r->open && !n--)
			break;
	}
	o->dev = first->dev;
	o->pid = first->tgid;
	o->opens = 1;
	o->has_pointer = true;
	o->pointer = first->kvm;
	o->opened_ns = first->ns + 20000;
	o->closed_ns = r->ns + 20000;
	if (rule < RULE_COUNT) {
		say_finding(m, rule, 0);
		m->findings[m->matter.finding_count - 1].number = o->number;
	}
	return o;
}

static void say_word(struct made *m, const char *word)
{
	static const struct {
		const char *word;
		enum said_verdict verdict;
		int rule;
	} answers[] = {
		{ "ordered", SAID_ORDERED, RULE_COUNT },
		{ "no-vm", SAID_NO_VM, RULE_COUNT },
		{ "unknown", SAID_UNKNOWN, RULE_COUNT },
		{ "before", SAID_VIOLATION, RULE_OPEN_BEFORE_ADD },
		{ "without", SAID_VIOLATION, RULE_OPEN_WITHOUT_ADD },
		{ "mismatch", SAID_VIOLATION, RULE_KVM_MISMATCH },
	};
	size_t length = strcspn(word, "@"), i;

	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (!strcmp(word, answers[i].word))
			say_open(m, m->matter.open_count, answers[i].verdict, answers[i].rule);
	if (!strcmp(word, "pointer"))
		m->opens[0].pointer++;
	if (!strcmp(word, "early"))
		m->opens[m->matter.open_count - 1].opened_ns = -1;
	if (!strcmp(word, "joined"))
		m->opens[m->matter.open_count - 1].closed_ns =
			m->seen[m->matter.seen_count - 1].ns + 20000;
	if (!strcmp(word, "still"))
		m->opens[m->matter.open_count - 1].closed_ns = -1;
	if (!strcmp(word, "again"))
		m->opens[m->matter.open_count++] = m->opens[0];
	for (i = 0; word[length] && i < RULE_COUNT; i++)
		if (!strncmp(word, rule_name(i), length) && !rule_name(i)[length])
			say_finding(m, i, atoi(word + length + 1));
}

static struct watch watch_of(const struct test *test)
{
	uint64_t armed = test->armed * MS, stopped = test->stopped * MS;
	struct watch w = WATCH_ALL;

	if (armed) {
		w.armed_from = armed - 80000;
		w.armed_by = armed - 70000;
		w.looked_by = armed - 60000;
	}
	if (stopped) {
		w.stop_from = stopped - 80000;
		w.stop_by = stopped - 70000;
	}
	return w;
}

static bool judged_right(const struct test *test, const struct saying *saying, FILE *report)
{
	struct judge j = { .lenient = saying->lenient, .report = report };
	static struct made m;
	char words[128], *rest, *word;
	unsigned int i;

	memset(&m, 0, sizeof(m));
	for (i = 0; i < SEQ_FIRST_PROCS; i++)
		m.history.pids[i] = pid_of(i);
	for (i = 0; test->lines[i]; i++)
		make_line(&m, test->lines[i], i);
	snprintf(words, sizeof(words), "%s", saying->words);
	for (word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		say_word(&m, word);
	m.matter.seq = &m.seq;
	m.matter.history = &m.history;
	m.matter.seen = m.seen;
	m.matter.opens = m.opens;
	m.matter.findings = m.findings;
	m.matter.watch = watch_of(test);
	m.history.end_ns = LINES * MS;
	judge_set_rules(&j, "all");
	return !judge_matter(&j, &m.matter) == saying->right;
}

int selftest(void)
{
	const struct saying *saying;
	unsigned int i, wrong = 0, count = 0;

	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		for (saying = tests[i].sayings; saying->words; saying++) {
			count++;
			if (judged_right(&tests[i], saying, NULL))
				continue;
			wrong++;
			printf("** %s: \"%s\" should be %s\n", tests[i].name, saying->words,
			       saying->right ? "accepted" : "refused");
			judged_right(&tests[i], saying, stdout);
		}
	printf("%u sayings judged, %u wrongly\n", count, wrong);
	return wrong;
}
