// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"
#include "selftest.h"

enum { MS = 1000000 };

#define PAUSE_NS 6000000000u
#define GRACE_NS 5000000000u /* the tool's */
/* From the middle of a call to when the tool's clock may have its end: in the next call. */
enum { LATE_NS = 550000 };

struct made {
	struct seq seq;
	struct history history;
	struct seen seen[LINES];
	struct said_open opens[LINES];
	struct said_finding findings[LINES];
	struct matter matter;
	bool cdevs;
	unsigned int pause;
};

static uint32_t pid_of(unsigned int proc)
{
	return 100 + proc;
}

/* When an operation begins. */
static uint64_t when(const struct made *m, unsigned int op)
{
	return op * (uint64_t)MS + (m->pause && op >= m->pause ? PAUSE_NS : 0);
}

static void make_seen(struct made *m, const char *text, unsigned int i)
{
	struct seen *r = &m->seen[m->matter.seen_count];
	char what[16], iommufd[16];
	unsigned int dev;
	int words;

	words = sscanf(text, " %15s %u %" SCNx64 " %15s", what, &dev, &r->kvm, iommufd);
	if (words < 3)
		abort();
	r->iommufd = words == 4;
	r->dev = dev;
	r->open = strcmp(what, "close");
	r->ret = strcmp(what, "refused") ? 0 : -22;
	r->tgid = pid_of(m->seq.ops[i].proc);
	r->ns = when(m, i) + MS / 2;
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
	call->start_ns = when(m, i);
	call->end_ns = call->start_ns + 900000;
	if (m->seq.ops[i].with) {
		call->together = call[-1].together = true;
		call[-1].end_ns = call->end_ns;
		call->start_ns = call[-1].start_ns;
	}
	if (semicolon)
		make_seen(m, semicolon + 1, i);
}

static struct said_finding *say_finding(struct made *m, int rule, unsigned int op)
{
	struct said_finding *f = &m->findings[m->matter.finding_count++];

	*f = (struct said_finding){ .number = -1,
				    .rule = rule,
				    .ts_ns = when(m, op) + MS / 2,
				    .pid = pid_of(m->seq.ops[op].proc),
				    .dev = SEQ_DEVICES };
	return f;
}

static void say_ways(const struct made *m, struct said_open *o, const struct seen *first)
{
	unsigned int op = 0;
	bool bind;

	while (when(m, op + 1) <= first->ns)
		op++;
	bind = m->seq.ops[op].kind == OP_BIND;
	o->path = o->backend = -1;
	if (!m->cdevs)
		return;
	o->path = bind ? PATH_CDEV : PATH_GROUP;
	o->backend = !first->iommufd ? BACKEND_TYPE1 : bind ? BACKEND_IOMMUFD : BACKEND_COMPAT;
}

/* An open as the tool has it, from the module's records, @n-th close. */
static void say_open(struct made *m, unsigned int n, enum said_verdict verdict)
{
	struct said_open *o = &m->opens[m->matter.open_count++];
	const struct seen *r = m->seen, *first, *at;

	*o = (struct said_open){ .number = m->matter.open_count, .verdict = verdict, .vm_pid = -1 };
	o->judged_ns = -1;
	/* Of one that the module saw no close of, the last close has to do. */
	for (at = m->seen; at < m->seen + m->matter.seen_count; at++) {
		if (at->open)
			continue;
		r = at;
		if (!n--)
			break;
	}
	for (first = r; !(first->open && first->dev == r->dev && !first->ret); first--)
		;
	say_ways(m, o, first);
	o->dev = first->dev;
	o->pid = first->tgid;
	o->opens = 1;
	o->has_pointer = true;
	o->pointer = first->kvm;
	o->opened_ns = first->ns + 20000;
	o->closed_ns = r->ns + 20000;
}

/* An answer, such as "gone@4+lost@6"; false if it is something else. */
static bool say_answer(struct made *m, const char *word, bool first)
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
		{ "lost", SAID_VIOLATION, RULE_KVM_LOST },
		{ "gone", SAID_VIOLATION, RULE_VM_GONE },
	};
	size_t length = strcspn(word, "@+"), i;
	struct said_finding *f;

	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (!strncmp(word, answers[i].word, length) && !answers[i].word[length])
			break;
	if (i == sizeof(answers) / sizeof(answers[0]))
		return false;
	if (first)
		say_open(m, m->matter.open_count, answers[i].verdict);
	if (answers[i].rule < RULE_COUNT) {
		f = say_finding(m, answers[i].rule,
				word[length] == '@' ? atoi(word + length + 1) : 0);
		f->number = m->matter.open_count;
	}
	word = strchr(word, '+');
	return !word || say_answer(m, word + 1, false);
}

/* The last open falls into two, by the tool: the other is one from before. */
static void say_rest(struct made *m)
{
	struct said_open *o = &m->opens[m->matter.open_count++];

	*o = o[-1];
	o[-1].closed_ns = -1;
	o->number++;
	o->opened_ns = o->pid = -1;
	o->pointer = 0;
	o->verdict = SAID_UNKNOWN;
}

static void say_wrong_way(struct made *m, const char *word)
{
	struct said_open *o = &m->opens[m->matter.open_count - 1];

	if (!strcmp(word, "path"))
		o->path = PATH_CDEV - o->path;
	if (!strcmp(word, "backend"))
		o->backend = (o->backend + 1) % BACKENDS;
	if (!strcmp(word, "silent"))
		o->path = o->backend = -1;
}

static int64_t delay_of(const char *word)
{
	if (strchr(word, '~'))
		return GRACE_NS;
	return strchr(word, '!') ? LATE_NS : 0;
}

static void say_word(struct made *m, const char *word)
{
	size_t length = strcspn(word, "@"), i;

	if (say_answer(m, word, true))
		return;
	say_wrong_way(m, word);
	if (!strcmp(word, "pointer"))
		m->opens[0].pointer++;
	if (!strcmp(word, "early"))
		m->opens[m->matter.open_count - 1].opened_ns = -1;
	if (!strcmp(word, "joined"))
		m->opens[m->matter.open_count - 1].closed_ns =
			m->seen[m->matter.seen_count - 1].ns + 20000;
	if (!strcmp(word, "still"))
		m->opens[m->matter.open_count - 1].closed_ns = -1;
	if (!strcmp(word, "twice"))
		m->opens[m->matter.open_count - 1].opens = 2;
	if (!strcmp(word, "rest"))
		say_rest(m);
	if (!strcmp(word, "again"))
		m->opens[m->matter.open_count++] = m->opens[0];
	for (i = 0; word[length] && i < RULE_COUNT; i++)
		if (!strncmp(word, rule_name(i), length) && !rule_name(i)[length])
			say_finding(m, i, atoi(word + length + 1))->ts_ns += delay_of(word);
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

static bool judged_right(const struct test *test, bool cdevs, const struct saying *saying,
			 FILE *report)
{
	struct judge j = { .lenient = saying->lenient,
			   .report = report,
			   .uncounted = test->uncounted,
			   .cdevs = cdevs,
			   .bind_loses = cdevs && !test->mended };
	static struct made m;
	char words[128], *rest, *word;
	unsigned int i;

	memset(&m, 0, sizeof(m));
	m.cdevs = j.cdevs;
	m.pause = test->pause;
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
	m.history.end_ns = when(&m, LINES);
	judge_set_rules(&j, "all");
	return !judge_matter(&j, &m.matter) == saying->right;
}

/* Returns how many sayings were judged wrongly. */
static unsigned int judge_tests(const struct test *test, bool cdevs, unsigned int *count)
{
	const struct saying *saying;
	unsigned int wrong = 0;

	for (; test->name; test++)
		for (saying = test->sayings; saying->words; saying++) {
			++*count;
			if (judged_right(test, cdevs, saying, NULL))
				continue;
			wrong++;
			printf("** %s: \"%s\" should be %s\n", test->name, saying->words,
			       saying->right ? "accepted" : "refused");
			judged_right(test, cdevs, saying, stdout);
		}
	return wrong;
}

int selftest(void)
{
	unsigned int count = 0, wrong = judge_tests(tests, false, &count);

	wrong += judge_tests(cdev_tests, true, &count);
	wrong += judge_tests(group_tests, true, &count);
	printf("%u sayings judged, %u wrongly\n", count, wrong);
	return wrong;
}
